package discuss

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Glimpse is the end of a thread as it was at a moment, read once for all who
// have it open. It is nobody's view: what of it somebody may read is for See
// to say.
type Glimpse struct {
	Space  Space
	Thread Thread
	From   int64 // seq of the first of the posts

	posts     []Post
	reactions []reacted
	at        time.Time
}

// Seen is what one viewer sees of a Glimpse.
type Seen struct {
	Posts  []Post
	Counts map[int64]map[Reaction]Count
	Rights Rights
}

// See is what of a glimpse the viewer may read, from a post on. hub.ErrNotFound
// when that is nothing.
func (s *Service) See(ctx context.Context, v hub.Viewer, g *Glimpse, from int64) (x Seen, err error) {
	if v, err = s.reads(ctx, v, g); err != nil {
		return x, err
	}
	if err := s.look(ctx, v, g.Thread); err != nil {
		return x, err
	}
	if x.Rights, err = s.Rights(ctx, v, g.Space, g.Thread); err != nil {
		return x, err
	}
	for _, p := range g.posts {
		if p.Seq >= from {
			x.Posts = append(x.Posts, p.shown(x.Rights.Moderate || v.Person != "" && p.By == v.Person))
		}
	}
	x.Counts = counted(g.reactions, v)
	return x, nil
}

// glimpses are those that are kept for a moment, by thread.
type glimpses struct {
	mu  sync.Mutex
	all map[string]*kept
}

// kept is a glimpse with the number of the change that it was read after.
type kept struct {
	change atomic.Uint64 // grows with every hint of the thread

	mu   sync.Mutex // held while it is read: others wait for that
	of   uint64
	last *Glimpse
}

// Limits of what is kept.
const (
	maxGlimpses = 1000
	glimpseLife = time.Second // of what no hint ends: a hint may be lost
)

func (g *glimpses) of(thread string) *kept {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all[thread] == nil {
		if g.all == nil || len(g.all) >= maxGlimpses {
			g.all = map[string]*kept{}
		}
		g.all[thread] = &kept{}
	}
	return g.all[thread]
}

// Changed is told that a thread has changed, before those who have it open are;
// an empty id stands for all.
func (s *Service) Changed(thread string) {
	s.glimpses.mu.Lock()
	defer s.glimpses.mu.Unlock()
	if thread == "" {
		s.glimpses.all = nil
	} else if k := s.glimpses.all[thread]; k != nil {
		k.change.Add(1)
	}
}

// Glimpse is the end of a thread as it is now. Who may read it is for See.
// hub.ErrNotFound when there is none.
func (s *Service) Glimpse(ctx context.Context, thread string) (*Glimpse, error) {
	k := s.glimpses.of(thread)
	k.mu.Lock()
	defer k.mu.Unlock()
	change := k.change.Load()
	if k.last != nil && k.of == change && s.Now().Sub(k.last.at) < glimpseLife {
		return k.last, nil
	}
	g, err := s.glimpse(ctx, thread)
	if err == nil {
		k.of, k.last = change, g
	}
	return g, err
}

// Page is what the viewer sees of a thread from a post on, with the seq of the
// last. The end of a thread, which most people read, is read once for all who
// come within a second. Errors as Thread.
func (s *Service) Page(ctx context.Context, v hub.Viewer, x Space, t Thread, from int64) (seen Seen, last int64, err error) {
	if from+PostsAPage <= t.Posts {
		return s.pageBefore(ctx, v, x, t, from)
	}
	g, err := s.Glimpse(ctx, t.ID)
	if err != nil {
		return seen, 0, err
	}
	end, err := s.last(ctx, t.ID)
	if err != nil {
		return seen, 0, err
	}
	if n := len(g.posts); n == 0 || g.posts[n-1].Seq < end.Seq { // another instance has written
		if g, err = s.glimpse(ctx, t.ID); err != nil {
			return seen, 0, err
		}
	}
	if from < g.From {
		return s.pageBefore(ctx, v, x, t, from)
	}
	seen, err = s.See(ctx, v, g, from)
	return seen, end.Seq, err
}

// pageBefore is a page that is not the end.
func (s *Service) pageBefore(ctx context.Context, v hub.Viewer, x Space, t Thread, from int64) (seen Seen, last int64, err error) {
	g := &Glimpse{Space: x, Thread: t, From: from}
	page, err := s.Store.List(ctx, posts, store.Query{Index: "seq", Equal: [][]store.Value{{t.ID}}, From: from, Limit: PostsAPage})
	if err != nil {
		return seen, 0, err
	}
	if err := g.take(page.Docs); err != nil {
		return seen, 0, err
	}
	q := store.Query{Index: "thread", Equal: [][]store.Value{{t.ID}}, From: from, To: from + PostsAPage}
	if g.reactions, err = store.All[reacted](ctx, s.Store, reactions, q); err != nil {
		return seen, 0, err
	}
	seen, err = s.See(ctx, v, g, from)
	return seen, t.Posts, err
}

func (g *Glimpse) take(docs []store.Doc) error {
	for _, d := range docs {
		p, err := store.Decode[Post](d)
		if err != nil {
			return err
		}
		g.posts = append(g.posts, p)
	}
	return nil
}

func (s *Service) glimpse(ctx context.Context, thread string) (*Glimpse, error) {
	g := &Glimpse{From: 1, at: s.Now()}
	var err error
	if g.Thread, err = s.thread(ctx, thread); err != nil {
		return nil, err
	}
	if g.Space, _, err = store.Load[Space](ctx, s.Store, spaces, g.Thread.Space); err != nil {
		return nil, err
	}
	page, err := s.Store.List(ctx, posts, store.Query{Index: "seq", Equal: [][]store.Value{{thread}}, Desc: true, Limit: PostsAPage})
	if err != nil {
		return nil, err
	}
	slices.Reverse(page.Docs)
	if err := g.take(page.Docs); err != nil {
		return nil, err
	}
	if len(g.posts) > 0 {
		g.From = g.posts[0].Seq
	}
	g.reactions, err = store.All[reacted](ctx, s.Store, reactions, store.Query{Index: "thread", Equal: [][]store.Value{{thread}}, From: g.From})
	return g, err
}
