package member

import (
	"cmp"
	"context"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// OfRole are those with a role who may sign in, by name; for roles that few
// have. An account from before accounts were found by role is found after its
// next sign-in.
func (s *Service) OfRole(ctx context.Context, r hub.Role) ([]Person, error) {
	var all []Person
	for q := (store.Query{Index: "role", Equal: [][]store.Value{{string(r)}}, Limit: store.MaxLimit}); ; {
		page, err := s.Store.List(ctx, persons, q)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			p, err := personOf(d)
			if err != nil {
				return nil, err
			}
			if s.admits(p) {
				all = append(all, p)
			}
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	slices.SortFunc(all, func(a, b Person) int { return cmp.Or(cmp.Compare(a.shown(), b.shown()), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}
