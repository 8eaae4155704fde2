// Package desk is what waits for a moderator, whatever it is: one list of it,
// who has taken what, decisions about several at once that can be taken back,
// and what the weeks brought. What waits stays with the service it belongs to,
// which says who may see it; the desk keeps only who has taken it.
package desk

import (
	"context"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
)

// The collections of the package.
const (
	takings = "desk-takings"
	bulks   = "desk-bulks"
	weeks   = "desk-weeks"
)

// Collections declares what the store must hold for a Service.
//
//	desk-takings  key: Item.Key; body: Taking
//	desk-bulks    key: "{person}:{key of the attempt}"; body: Bulk
//	desk-weeks    key: the week, "2026-W48"; body: Week
func Collections() []store.Collection {
	at := []store.Index{{Name: "at", Fields: []string{"at"}}}
	return []store.Collection{{Name: takings, Indexes: at}, {Name: bulks, Indexes: at}, {Name: weeks}}
}

// Service is the desk. Its fields are set once. Safe for concurrent use, by
// several instances on one store.
type Service struct {
	Door    *access.Door
	Store   store.Store
	Records *record.Service
	People  *people.Service
	Talk    *discuss.Service
	Members *member.Service
	Log     *audit.Log
	Now     func() time.Time // UTC
}

// May says whether the viewer has a desk.
func (s *Service) May(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActModerate, access.Object{Kind: access.Report}, s.Now()) == nil
}

// enter is hub.ErrNotFound for who has none.
func (s *Service) enter(v hub.Viewer) error {
	if !s.May(v) {
		return hub.ErrNotFound
	}
	return nil
}

func (s *Service) note(ctx context.Context, v hub.Viewer, what, object, reason string) error {
	return s.Log.Add(ctx, audit.Act{Who: v.Person, What: what, Object: object, Outcome: audit.Done, Reason: reason})
}

// Colleagues are the moderators, by name.
func (s *Service) Colleagues(ctx context.Context, v hub.Viewer) ([]member.Person, error) {
	if err := s.enter(v); err != nil {
		return nil, err
	}
	return s.Members.OfRole(ctx, hub.RoleModerator)
}

// Run counts the week each hour and forgets what is long over, until ctx ends.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := s.Keep(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Keep does what Run does each hour.
func (s *Service) Keep(ctx context.Context) error {
	for _, back := range []time.Duration{week, 0} {
		if _, err := s.week(ctx, record.Week(s.Now().Add(-back))); err != nil {
			return err
		}
	}
	return s.forget(ctx)
}

// keptFor is how long it is kept who has taken what, and what was decided at
// once.
const keptFor = 30 * 24 * time.Hour

func (s *Service) forget(ctx context.Context) error {
	for _, collection := range []string{takings, bulks} {
		page, err := s.Store.List(ctx, collection, store.Query{Index: "at", To: s.Now().Add(-keptFor).UnixMicro(), Limit: store.MaxLimit})
		if err != nil {
			return err
		}
		for _, d := range page.Docs {
			if err := s.Store.Delete(ctx, collection, d.ID, d.Rev); err != nil && !lost(err) {
				return err
			}
		}
	}
	return nil
}
