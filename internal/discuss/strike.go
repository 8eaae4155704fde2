package discuss

import (
	"context"
	"errors"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Strike strikes out an earlier wording of a post, which is named by the time
// until which it stood, for who moderates its space. As of a post that was
// deleted nobody reads its words from then on, and they are destroyed after
// KeepDeleted; that it was there, and why it is not, stays. Done twice is done
// once. hub.Invalid with the field "reason"; hub.ErrNotFound when there is none.
func (s *Service) Strike(ctx context.Context, v hub.Viewer, space, slug string, seq int64, until time.Time, reason string) error {
	reason = oneLine(reason)
	if err := checkText("reason", reason, MaxPurpose); err != nil {
		return err
	}
	return s.keep(ctx, v, space, slug, seq, "post.strike", reason, func(p *Post) error {
		i := slices.IndexFunc(p.Before, func(b Version) bool { return b.At.Equal(until) })
		switch {
		case i < 0:
			return hub.ErrNotFound
		case p.Before[i].Struck != nil:
			return store.ErrSame
		case i == 0 && p.First == "":
			p.First = sumOf(p.Before[0].Body) // the attempt is known by it
		}
		p.Before = slices.Clone(p.Before)
		p.Before[i].Struck = &Decision{v.Person, s.Now(), reason}
		return nil
	})
}

// StrikeSummary strikes out an earlier wording of a summary, by its number, as
// Strike does of a post. hub.ErrNotFound for the present one too: it is worded
// anew first.
func (s *Service) StrikeSummary(ctx context.Context, v hub.Viewer, space, slug string, n int64, reason string) error {
	reason = oneLine(reason)
	if err := checkText("reason", reason, MaxPurpose); err != nil {
		return err
	}
	_, t, v, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return err
	}
	if n >= t.Wording() {
		return hub.ErrNotFound
	}
	_, err = store.Change(ctx, s.Store, wordings, summaryID(t.ID, n), filedKeys, func(w *filed) error {
		switch {
		case w.Summary.Struck != nil:
			return store.ErrSame
		case w.Summary.Body == "":
			return hub.ErrNotFound
		}
		w.Summary.Struck = &Decision{v.Person, s.Now(), reason}
		return nil
	})
	if err != nil {
		return err
	}
	s.hint(Topic(t.ID), 0, false)
	return s.note(ctx, v, "summary.strike", "thread:"+t.ID, reason)
}

// read are earlier wordings as readers get them: without the words of those that
// were struck out.
func read(before []Version) []Version {
	if !slices.ContainsFunc(before, func(b Version) bool { return b.Struck != nil }) {
		return before
	}
	before = slices.Clone(before)
	for i := range before {
		if before[i].Struck != nil {
			before[i].Body = ""
		}
	}
	return before
}

// struckKeys finds a post by the first of its wordings that was struck out and
// is not destroyed yet.
func struckKeys(p Post, k map[string]store.Value) {
	var first time.Time
	for _, b := range p.Before {
		if b.Struck != nil && b.Body != "" && (first.IsZero() || b.Struck.At.Before(first)) {
			first = b.Struck.At
		}
	}
	if !first.IsZero() {
		k["struck"] = first.UnixMicro()
	}
}

// sweepStruck destroys wordings that were struck out long ago.
func (s *Service) sweepStruck(ctx context.Context) error {
	end := s.Now().Add(-KeepDeleted)
	q := store.Query{Index: "struck", To: end.UnixMicro()}
	said, err := store.All[Post](ctx, s.Store, posts, q)
	errs := []error{err}
	for _, p := range said {
		_, err := store.Change(ctx, s.Store, posts, postID(p.Thread, p.Seq), postKeys, func(p *Post) error {
			p.Before = slices.Clone(p.Before)
			for i, b := range p.Before {
				if b.Struck != nil && b.Struck.At.Before(end) {
					p.Before[i].Body = ""
				}
			}
			return nil
		})
		errs = append(errs, err)
	}
	summed, err := store.All[filed](ctx, s.Store, wordings, q)
	errs = append(errs, err)
	for _, w := range summed {
		_, err := store.Change(ctx, s.Store, wordings, summaryID(w.Thread, w.Summary.N), filedKeys, func(w *filed) error {
			w.Summary.Body = ""
			return nil
		})
		if !errors.Is(err, hub.ErrNotFound) { // its thread was destroyed
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
