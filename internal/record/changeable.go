package record

import (
	"context"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// PartOf is how many records a part of Changeable holds at most.
const PartOf = 200

// Changeable returns a part, counted from 0, of the records of a kind that the
// viewer may change as a whole: their drafts, and what is published and may be
// revised by them. Where they write a draft of what is published, it stands
// for that. n is how many there are in all parts.
func (s *Service) Changeable(ctx context.Context, v hub.Viewer, k hub.Kind, part int) (all []*hub.Record, n int, err error) {
	if !v.SignedIn() {
		return nil, 0, nil
	}
	stood := map[string]bool{}
	add := func(r *hub.Record) {
		rights := s.Rights(v, r)
		if r.Kind != k || r.Bare || stood[r.ID] || !rights.Writes && !rights.Revises {
			return
		}
		stood[r.ID], stood[r.Of] = true, true
		if n/PartOf == part {
			all = append(all, r)
		}
		n++
	}
	for _, q := range s.changeable(v) {
		if err := s.every(ctx, v, q, add); err != nil {
			return nil, 0, err
		}
	}
	return all, n, nil
}

// changeable are the queries that find what the viewer may change, drafts
// first.
func (s *Service) changeable(v hub.Viewer) []store.Query {
	published := []store.Value{string(hub.StatusPublished)}
	all := []store.Query{ownOpen(v), {Index: "author", Equal: [][]store.Value{{v.Person}, published}}}
	if s.Door.May(v, hub.ActModerate, access.Object{Kind: access.Unpublished}, s.Now()) == nil {
		return append(all, store.Query{Index: "status", Equal: [][]store.Value{published}})
	}
	if v.Mechanism != "" {
		all = append(all, store.Query{Index: "mechanism", Equal: [][]store.Value{{string(v.Mechanism)}, published}})
	}
	return all
}

// ownOpen finds what the viewer has still to do.
func ownOpen(v hub.Viewer) store.Query {
	return store.Query{Index: "author", Equal: [][]store.Value{{v.Person}, open}}
}

// every reads all that a query finds and the viewer may list.
func (s *Service) every(ctx context.Context, v hub.Viewer, q store.Query, each func(*hub.Record)) error {
	q.Limit = store.MaxLimit
	for {
		page, next, err := access.List(ctx, s.Door, v, collection, q, access.Record)
		if err != nil {
			return err
		}
		for _, r := range page {
			each(r)
		}
		if q.After = next; next == "" {
			return nil
		}
	}
}

// DraftsOf are the drafts that the viewer writes of published records, by the
// id of those.
func (s *Service) DraftsOf(ctx context.Context, v hub.Viewer) (map[string]*hub.Record, error) {
	all := map[string]*hub.Record{}
	err := s.every(ctx, v, ownOpen(v), func(r *hub.Record) {
		if r.Of != "" && s.Rights(v, r).Writes {
			all[r.Of] = r
		}
	})
	return all, err
}
