package record

import (
	"cmp"
	"context"
	"slices"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// ArchiveMonths is how many months after its day a record that nobody confirmed
// waits to be archived, where the hub is not set otherwise.
const ArchiveMonths = 6

// AskedFor is how long a State that was asked once more has for its answer.
const AskedFor = 30 * 24 * time.Hour

// dueBefore is the day to look at a record again before which it is to be
// archived.
func (s *Service) dueBefore() time.Time { return s.Now().AddDate(0, -s.archiveMonths(), 0) }

func (s *Service) archiveMonths() int { return cmp.Or(s.ArchiveMonths, ArchiveMonths) }

// due says whether a record is to be archived: nobody has confirmed it for long
// after its day.
func (s *Service) due(r *hub.Record) bool {
	return r.Status == hub.StatusPublished && !r.ReviewBy.IsZero() && r.ReviewBy.Before(s.dueBefore())
}

// Due are the records that are to be archived, those longest after their day
// first, at most some. Those of which the State was asked once more come back
// after AskedFor. hub.ErrNotFound for who is no moderator.
func (s *Service) Due(ctx context.Context, v hub.Viewer, most int) ([]*hub.Record, error) {
	if err := s.moderates(v); err != nil {
		return nil, err
	}
	q := store.Query{Index: "review", To: timeKey(s.dueBefore()), Limit: most}
	var found []*hub.Record
	for {
		page, next, err := access.List(ctx, s.Door, v, collection, q, access.Record)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if s.Now().Sub(r.Asked) >= AskedFor {
				found = append(found, r)
			}
		}
		if q.After = next; next == "" || len(found) >= most {
			return found[:min(most, len(found))], nil
		}
	}
}

// DueSince is since when a record waits to be archived.
func (s *Service) DueSince(r *hub.Record) time.Time {
	since := r.ReviewBy.AddDate(0, s.archiveMonths(), 0)
	if again := r.Asked.Add(AskedFor); !r.Asked.IsZero() && again.After(since) {
		return again
	}
	return since
}

// AskOnce asks whoever published a record, once more, whether it is still
// right. For moderators, of what is to be archived.
func (s *Service) AskOnce(ctx context.Context, v hub.Viewer, id string, rev int64) (*hub.Record, error) {
	return s.act(ctx, v, id, rev, hub.ActModerate, func(was, next *hub.Record) (hub.Change, error) {
		if !s.due(was) {
			return hub.Change{}, wrongStatus(was)
		}
		next.Asked = s.Now()
		return hub.Change{Act: hub.ActAsked}, nil
	})
}

// StaleNow is how many published records are to be looked at again: a number
// that names none.
func (s *Service) StaleNow(ctx context.Context, of func(hub.Kind)) error {
	q := store.Query{Index: "review", To: timeKey(s.Now()), Limit: store.MaxLimit}
	return access.Steps(ctx, s.Door, collection, q, func(k hub.Kind, _ []hub.Step) error {
		of(k)
		return nil
	})
}

// undoable are the decisions that can be taken back.
var undoable = []hub.Act{hub.ActReturned, hub.ActPublished, hub.ActArchived}

// UndoFor is for how long whoever decided can take it back.
const UndoFor = 15 * time.Minute

// Undo takes back what the viewer has decided about a record since a time: it
// is again as it was before. That is an act of its own, and the decision stays
// in the history. Taken back twice is taken back once. hub.ErrConflict when somebody did something else with it
// meanwhile, or when it is too late.
func (s *Service) Undo(ctx context.Context, v hub.Viewer, id string, since time.Time) (*hub.Record, error) {
	was, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
	if err != nil {
		return nil, err
	}
	if !s.own(v, was.Change, since) {
		return nil, hub.ErrConflict
	}
	if was.Change.Act == hub.ActUndone {
		return was, nil
	}
	if !slices.Contains(undoable, was.Change.Act) {
		return nil, hub.ErrConflict
	}
	if was.Status == hub.StatusArchived && was.Of != "" {
		if err := s.undoContent(ctx, v, was, since); err != nil {
			return nil, err
		}
	}
	return s.undo(ctx, v, was)
}

// own says whether a change is the viewer's and can still be taken back.
func (s *Service) own(v hub.Viewer, c hub.Change, since time.Time) bool {
	return v.SignedIn() && c.By == v.Person && !c.At.Before(since) && s.Now().Sub(c.At) < UndoFor
}

// undoContent gives the record that a draft has replaced its content back.
// Done already, by an attempt that a crash has ended, is done.
func (s *Service) undoContent(ctx context.Context, v hub.Viewer, draft *hub.Record, since time.Time) error {
	was, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, draft.Of, access.Record)
	if err != nil {
		return err
	}
	c := was.Change
	if c.Draft != draft.ID || !s.own(v, c, since) {
		return hub.ErrConflict
	}
	if c.Act == hub.ActUndone {
		return nil
	}
	_, err = s.undo(ctx, v, was)
	return err
}

// undo makes the revision before the present one the next.
func (s *Service) undo(ctx context.Context, v hub.Viewer, was *hub.Record) (*hub.Record, error) {
	var before *hub.Record
	q := store.Query{Index: "record", Equal: [][]store.Value{{was.ID}, {was.Rev - 1}}, Limit: 1}
	err := access.Past(ctx, s.Door, v, was, revisions, q, func(r *hub.Record) error {
		before = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	if before == nil {
		return nil, hub.ErrConflict
	}
	if before.Status != hub.StatusClearing || !s.Clears(v, before) {
		if err := s.Door.May(v, hub.ActPublish, access.Record(was), s.Now()); err != nil {
			return nil, err
		}
	}
	next := *before
	return &next, s.replace(ctx, was, &next, hub.Change{Act: hub.ActUndone, By: v.Person, Draft: was.Change.Draft})
}
