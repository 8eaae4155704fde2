package discuss

import (
	"context"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// About are the threads that ask about a record, the last active first, as far
// as the viewer may read them; at most some. Others learn nothing of them, not
// how many there are either.
func (s *Service) About(ctx context.Context, v hub.Viewer, record string, most int) ([]News, error) {
	if !v.SignedIn() {
		return nil, nil
	}
	return s.threadsBy(ctx, v, store.Query{Index: "about", Equal: [][]store.Value{{record}}, Desc: true}, most)
}
