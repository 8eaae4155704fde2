package record

import (
	"context"
	"fmt"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Revision is a record as it was at a revision, for a viewer who may read its
// earlier ones. hub.ErrNotFound for everybody else, and where it was not kept.
func (s *Service) Revision(ctx context.Context, v hub.Viewer, id string, rev int64) (*hub.Record, error) {
	now, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
	if err != nil {
		return nil, err
	}
	return s.revision(ctx, v, now, rev)
}

func (s *Service) revision(ctx context.Context, v hub.Viewer, now *hub.Record, rev int64) (*hub.Record, error) {
	q := store.Query{Index: "record", Equal: [][]store.Value{{now.ID}, {rev}}, Limit: 1}
	var found *hub.Record
	err := access.Past(ctx, s.Door, v, now, revisions, q, func(r *hub.Record) error {
		found = r
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case found != nil:
		return found, nil
	case rev == now.Rev:
		return now, nil
	}
	return nil, fmt.Errorf("revision %d of %s: %w", rev, now.ID, hub.ErrNotFound)
}

// Restore brings back what a record said at an earlier revision: into the
// draft that it is, or into a new draft that is to replace what is published,
// and goes the way of every draft. Its content alone comes back: who reads the
// record, whose it is and where it stands stay as they are. settle has the
// last word on what comes back, with the record as it is now. For who may
// write the record or revise it, and read its earlier revisions. hub.Invalid
// with the field "status" for a record that nobody writes now: one that was
// handed on, or withdrawn.
func (s *Service) Restore(ctx context.Context, v hub.Viewer, id string, rev int64, settle func(now, next *hub.Record) error) (*hub.Record, error) {
	now, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
	if err != nil {
		return nil, err
	}
	old, err := s.revision(ctx, v, now, rev)
	if err != nil {
		return nil, err
	}
	back := func(was, next *hub.Record) (hub.Change, error) {
		content(next, old)
		next.Tier = was.Tier
		return hub.Change{Act: hub.ActRestored, From: rev}, settle(was, next)
	}
	if now.Status == hub.StatusPublished {
		return s.revise(ctx, v, now, back)
	}
	return s.act(ctx, v, id, now.Rev, hub.ActEdit, func(was, next *hub.Record) (hub.Change, error) {
		if !drafted(was) {
			return hub.Change{}, wrongStatus(was)
		}
		return back(was, next)
	})
}
