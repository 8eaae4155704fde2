package record

import (
	"context"
	"errors"
	"fmt"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// open are the statuses of what its author has still to do.
var open = []store.Value{string(hub.StatusDraft), string(hub.StatusReturned), string(hub.StatusClearing), string(hub.StatusSubmitted)}

// Open returns the drafts, and what was submitted or returned, of an author at
// a mechanism, that the viewer may read; at most some.
func (s *Service) Open(ctx context.Context, v hub.Viewer, author string, m hub.State, most int) (found []*hub.Record, err error) {
	err = s.openOf(ctx, author, m, func(r *hub.Record) error {
		if len(found) < most && s.May(v, hub.ActRead, r) {
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
// again after a crash it does the rest.
func (s *Service) PassOn(ctx context.Context, from, to string, m hub.State) (n int, err error) {
	var all []string
	err = s.openOf(ctx, from, m, func(r *hub.Record) error {
		all = append(all, r.ID)
		return nil
	})
	for _, id := range all {
		if err == nil {
			err = s.passOn(ctx, id, from, to)
			n++
		}
	}
	return n, err
}

func (s *Service) openOf(ctx context.Context, author string, m hub.State, each func(*hub.Record) error) error {
	q := store.Query{Index: "author", Equal: [][]store.Value{{author}, open}, Limit: store.MaxLimit}
	return access.Sweep(ctx, s.Door, collection, q, func(r *hub.Record) error {
		if r.Mechanism != m {
			return nil
		}
		return each(r)
	})
}

// passOn gives one record to another author, with all that is in it. Somebody
// who saves it at the same time loses nothing: it is read again.
func (s *Service) passOn(ctx context.Context, id, from, to string) error {
	for range store.MaxTries {
		r, err := access.Whole(ctx, s.Door, collection, id)
		if err != nil {
			return err
		}
		if r.Author != from {
			return nil
		}
		next := *r
		next.Author = to
		if err = s.replace(ctx, r, &next, hub.Change{Act: hub.ActPassed}); !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("pass on %s: %w", id, hub.ErrConflict)
}
