package member

import (
	"context"
	"errors"
	"fmt"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Sweep deletes the sessions and single-use tokens that have expired, and
// returns how many. To be run every few minutes; nothing depends on when,
// since what has expired is refused whether it is there or not. Instances may
// sweep at once. On an error what was deleted before stays deleted.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	s.limits.forget(s.now())
	total := 0
	for _, c := range []string{sessions, tokens, apiTokens} {
		n, err := s.sweep(ctx, c)
		total += n
		if err != nil {
			return total, fmt.Errorf("sweep %s: %w", c, err)
		}
	}
	return total, nil
}

func (s *Service) sweep(ctx context.Context, collection string) (int, error) {
	// Key "expires" is cut to seconds, so the second that runs is left alone.
	q := store.Query{Index: "expires", To: s.now().Unix(), Limit: store.MaxLimit}
	deleted := 0
	for {
		page, err := s.Store.List(ctx, collection, q)
		if err != nil {
			return deleted, err
		}
		for _, d := range page.Docs {
			err := s.Store.Delete(ctx, collection, d.ID, d.Rev)
			switch {
			case err == nil:
				deleted++
			case errors.Is(err, hub.ErrNotFound), errors.Is(err, hub.ErrConflict):
				// Another sweep was faster, or the session was used just now.
			default:
				return deleted, err
			}
		}
		if page.Next == "" {
			return deleted, nil
		}
		q.After = page.Next
	}
}
