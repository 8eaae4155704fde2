package discuss

import (
	"context"
	"errors"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Untold are threads with posts that their followers were not told of, the
// oldest first, at most some.
func (s *Service) Untold(ctx context.Context) (found []Thread, err error) {
	page, err := s.Store.List(ctx, threads, store.Query{Index: "untold", Limit: 100})
	if err != nil {
		return nil, err
	}
	for _, d := range page.Docs {
		t, err := store.Decode[Thread](d)
		if err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	return found, nil
}

// Told notes that the followers of a thread were told of it as it was.
func (s *Service) Told(ctx context.Context, t Thread) error {
	_, err := store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(now *Thread) error {
		if now.Told >= t.Posts {
			return store.ErrSame
		}
		now.Told = t.Posts
		return nil
	})
	return err
}

// Followers are the marks of those who follow a thread.
func (s *Service) Followers(ctx context.Context, t Thread) ([]Mark, error) {
	every, err := store.All[Mark](ctx, s.Store, marks, store.Query{Index: "thread", Equal: [][]store.Value{{t.ID}}})
	var found []Mark
	for _, m := range every {
		if m.Follows {
			found = append(found, m)
		}
	}
	return found, err
}

// News is a thread that somebody follows, with posts that they have not seen.
type News struct {
	Thread Thread
	Space  Space
	Mark   Mark
}

// News are the threads that the viewer follows and that have new posts, as far
// as they may read them now.
func (s *Service) News(ctx context.Context, v hub.Viewer) (found []News, err error) {
	if !v.SignedIn() {
		return nil, nil
	}
	if v, err = s.Known(ctx, v); err != nil {
		return nil, err
	}
	mine, err := store.All[Mark](ctx, s.Store, marks, store.Query{Index: "person", Equal: [][]store.Value{{v.Person}}})
	if err != nil {
		return nil, err
	}
	for _, m := range mine {
		if !m.Follows {
			continue
		}
		x, _, err := s.enter(ctx, v, hub.ActRead, m.Space)
		if errors.Is(err, hub.ErrNotFound) {
			continue // not for them any more
		}
		if err != nil {
			return nil, err
		}
		t, err := s.thread(ctx, m.Thread)
		if err != nil {
			return nil, err
		}
		if t.Posts > m.Seq {
			found = append(found, News{t, x, m})
		}
	}
	return found, nil
}
