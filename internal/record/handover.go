package record

import (
	"context"
	"errors"
	"fmt"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Open returns the drafts, and what was submitted or returned, of an author at
// a mechanism, that the viewer may read; at most some.
func (s *Service) Open(ctx context.Context, v hub.Viewer, author string, m hub.State, most int) (found []*hub.Record, err error) {
	q := store.Query{Index: "author", Equal: [][]store.Value{{author}, inWork}, Limit: store.MaxLimit}
	err = access.Sweep(ctx, s.Door, collection, q, func(r *hub.Record) error {
		if r.Mechanism == m && len(found) < most && s.May(v, hub.ActRead, r) {
			found = append(found, r)
		}
		return nil
	})
	return found, err
}

// ToReview returns the published records of a mechanism that are to be looked
// at again before a day ("2027-11-30"), and that the viewer may read; at most
// some.
func (s *Service) ToReview(ctx context.Context, v hub.Viewer, m hub.State, before string, most int) (found []*hub.Record, err error) {
	q := store.Query{Index: "mechanism", Equal: [][]store.Value{{string(m)}, {string(hub.StatusPublished)}}, Limit: store.MaxLimit}
	err = access.Sweep(ctx, s.Door, collection, q, func(r *hub.Record) error {
		if len(found) < most && !r.ReviewBy.IsZero() && r.ReviewBy.Format("2006-01-02") < before && s.May(v, hub.ActRead, r) {
			found = append(found, r)
		}
		return nil
	})
	return found, err
}

// PassOn gives what an author had still to do at a mechanism to another, and
// says how many records that were. Each gets a revision that says so; done
// again after a crash it does the rest. They are read as their author reads
// them: whole, with what is for members alone.
func (s *Service) PassOn(ctx context.Context, from, to string, m hub.State) (n int, err error) {
	author := hub.Viewer{Person: from, Role: hub.RoleMember, Mechanism: m}
	q := store.Query{Index: "author", Equal: [][]store.Value{{from}, inWork}, Limit: store.MaxLimit}
	var all []*hub.Record
	for {
		some, next, err := access.List(ctx, s.Door, author, collection, q, access.Record)
		if err != nil {
			return 0, err
		}
		all = append(all, some...)
		if q.After = next; next == "" {
			break
		}
	}
	for _, r := range all {
		if r.Mechanism != m {
			continue
		}
		if err := s.passOn(ctx, author, r, to); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// passOn gives a record of an author to another. Somebody who saves it at the
// same time loses nothing: it is read again.
func (s *Service) passOn(ctx context.Context, author hub.Viewer, r *hub.Record, to string) error {
	for range store.MaxTries {
		next := *r
		next.Author = to
		err := s.replace(ctx, r, &next, hub.Change{Act: hub.ActPassed})
		if !errors.Is(err, hub.ErrConflict) {
			return err
		}
		r, err = access.Load(ctx, s.Door, author, hub.ActRead, collection, r.ID, access.Record)
		if errors.Is(err, hub.ErrNotFound) || err == nil && (r.Author != author.Person || r.Status == hub.StatusPublished || r.Status == hub.StatusArchived) {
			return nil // it is not theirs to do any more
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("pass on %s: %w", r.ID, hub.ErrConflict)
}
