package record

import (
	"context"
	"fmt"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Outcome is what became of a shipped record.
type Outcome int

// What becomes of a shipped record.
const (
	SeedNew       Outcome = iota // was not there
	SeedRefreshed                // was there as shipped before, and is now as shipped today
	SeedSame                     // is there as shipped
	SeedKept                     // was changed by a person since: left alone
)

// Seed brings a shipped record in, published. r.Seed is the digest of its
// content: it tells whether the stored record still is what was shipped. One
// that a person changed, archived or returned is left alone.
func (s *Service) Seed(ctx context.Context, r *hub.Record) (Outcome, error) {
	was, err := s.stored(ctx, r.Kind, r.Slug)
	if err != nil {
		return 0, err
	}
	switch {
	case was == nil:
		return SeedNew, s.seedNew(ctx, r)
	case was.Seed == "":
		return SeedKept, nil
	case was.Seed == r.Seed:
		return SeedSame, nil
	}
	next := *r
	next.ID, next.Created, next.Published, next.Attachments = was.ID, was.Created, was.Published, was.Attachments
	next.Status, next.Steps = hub.StatusPublished, was.Steps
	return SeedRefreshed, s.replace(ctx, was, &next, hub.Change{Act: hub.ActRevised})
}

func (s *Service) seedNew(ctx context.Context, r *hub.Record) error {
	n := *r
	n.Rev, n.Status = 1, hub.StatusPublished
	n.Created, n.Published = s.Now(), s.Now()
	s.stamp(&n, hub.Change{Act: hub.ActPublished})
	if err := s.insert(ctx, &n); err != nil {
		return fmt.Errorf("seed %s %s: %w", r.Kind, r.Slug, err)
	}
	return nil
}

// stored is the record as it is in the store, whoever may read it; nil when
// there is none.
func (s *Service) stored(ctx context.Context, k hub.Kind, slug string) (*hub.Record, error) {
	var found *hub.Record
	q := store.Query{Index: "slug", Equal: [][]store.Value{{string(k)}, {slug}}, Limit: 1}
	err := access.Sweep(ctx, s.Door, collection, q, func(r *hub.Record) error {
		found = r
		return nil
	})
	return found, err
}
