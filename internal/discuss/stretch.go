package discuss

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// StretchPosts is how many posts of a thread are found as one: most threads
// are a single stretch, and a post that changes costs no more than its own.
const StretchPosts = 50

// Stretch is a run of posts of a thread as a search knows it. Who wrote what is
// not in it, nor whom it mentions, nor what was deleted, hidden, held, moved away or worded otherwise
// before.
type Stretch struct {
	ID     string
	Rev    int64 // grows with every change of a post, and with those of the thread in the first stretch
	Space  Space
	Slug   string // of the thread
	Title  string
	Lang   hub.Lang  // of the title
	First  bool      // it begins the thread
	Tags   []Tag     // in the first stretch
	Active time.Time // when the last of it was said
	Said   []Said
	Gone   bool // nothing of it is to be found
	Public bool // everybody may find it, or perhaps could before
}

// Said is a text of a stretch.
type Said struct {
	Seq  int64 // of the post; 0 for the summary and the outcome, which stand in the first stretch
	Lang hub.Lang
	Body string // Markdown
}

// stretchMark begins the id of every stretch, and of nothing else that an index
// holds.
const stretchMark = "talk-"

// IsStretch says whether an id is one of a stretch.
func IsStretch(id string) bool { return strings.HasPrefix(id, stretchMark) }

func stretchID(thread string, n int64) string { return fmt.Sprintf("%s%s-%d", stretchMark, thread, n) }

// stretchOf is which stretch of its thread a post is in; 1 is the first.
func stretchOf(seq int64) int64 { return (max(seq, 1)-1)/StretchPosts + 1 }

func parseStretch(id string) (thread string, n int64, err error) {
	rest := strings.TrimPrefix(id, stretchMark)
	at := strings.LastIndexByte(rest, '-')
	if at < 0 || rest == id {
		return "", 0, hub.ErrNotFound
	}
	n, err = strconv.ParseInt(rest[at+1:], 10, 64)
	if err != nil || n < 1 {
		return "", 0, hub.ErrNotFound
	}
	return rest[:at], n, nil
}

// Stretched is the stretch that a write to the store may have changed; empty
// where it changes none.
func Stretched(collection, id string) string {
	switch collection {
	case threads:
		return stretchID(id, 1)
	case posts:
		if at := strings.LastIndexByte(id, '-'); at > 0 {
			if seq, err := strconv.ParseInt(id[at+1:], 10, 64); err == nil {
				return stretchID(id[:at], stretchOf(seq))
			}
		}
	}
	return ""
}

// Stretch is a stretch for the index, whoever may read it; its space says for
// whom it is. It is Gone where there is nothing to find: no such thread, one
// that waits for a moderator, or a space whose members are named.
func (s *Service) Stretch(ctx context.Context, id string) (*Stretch, error) {
	thread, n, err := parseStretch(id)
	if err != nil {
		return &Stretch{ID: id, Gone: true}, nil // no such id will ever be
	}
	x, t, rev, err := s.stretched(ctx, thread)
	missing := errors.Is(err, hub.ErrNotFound)
	if err != nil && !missing {
		return nil, err
	}
	docs, err := s.stretchDocs(ctx, thread, n)
	if err != nil {
		return nil, err
	}
	f, err := s.stretchFrom(x, t, rev, n, docs)
	if err != nil {
		return nil, err
	}
	f.ID = id
	f.Gone = f.Gone || missing || x.Tier.Named() || t.Held
	f.Public = missing || x.Tier == Public || len(t.Was) > 0
	if missing && len(docs) == 0 {
		f.Rev = math.MaxInt64 // destroyed
	}
	return f, nil
}

// FoundStretch is a stretch for somebody who searches. hub.ErrNotFound for who
// may not, as if there were none, and when nothing of it is left.
func (s *Service) FoundStretch(ctx context.Context, v hub.Viewer, id string) (*Stretch, error) {
	thread, n, err := parseStretch(id)
	if err != nil {
		return nil, err
	}
	x, t, rev, err := s.stretched(ctx, thread)
	if err != nil {
		return nil, err
	}
	if x, _, err = s.searches(ctx, v, x.Slug); err != nil {
		return nil, err
	}
	docs, err := s.stretchDocs(ctx, thread, n)
	if err != nil {
		return nil, err
	}
	f, err := s.stretchFrom(x, t, rev, n, docs)
	if err == nil && (f.Gone || t.Held) {
		err = hub.ErrNotFound
	}
	return f, err
}

// searches reads a space for a search of the viewer. Who reads it through a
// broken glass does not search it.
func (s *Service) searches(ctx context.Context, v hub.Viewer, slug string) (Space, hub.Viewer, error) {
	x, v, err := s.enter(ctx, v, hub.ActSearch, slug)
	if errors.Is(err, hub.ErrForbidden) {
		err = hub.ErrNotFound
	}
	return x, v, err
}

// SearchedSpace is a space that the viewer may search. hub.ErrNotFound for who
// may not, as if there were none.
func (s *Service) SearchedSpace(ctx context.Context, v hub.Viewer, slug string) (Space, error) {
	x, _, err := s.searches(ctx, v, slug)
	return x, err
}

// SearchedTiers are the tiers without named members that the viewer may search
// as a whole.
func (s *Service) SearchedTiers(v hub.Viewer) (all []Tier) {
	for _, t := range Tiers {
		if !t.Named() && s.Door.May(v, hub.ActSearch, access.Object{Kind: kinds[t]}, s.Now()) == nil {
			all = append(all, t)
		}
	}
	return all
}

// stretched reads where the stretches of a thread belong, with its revision.
func (s *Service) stretched(ctx context.Context, thread string) (x Space, t Thread, rev int64, err error) {
	if t, rev, err = store.Load[Thread](ctx, s.Store, threads, thread); err != nil {
		return x, t, 0, err
	}
	x, _, err = store.Load[Space](ctx, s.Store, spaces, t.Space)
	return x, t, rev, err
}

// stretchDocs are the posts of a stretch as they are stored.
func (s *Service) stretchDocs(ctx context.Context, thread string, n int64) ([]store.Doc, error) {
	if n > math.MaxInt64/StretchPosts-1 {
		return nil, nil
	}
	from := (n-1)*StretchPosts + 1
	q := store.Query{Index: "seq", Equal: [][]store.Value{{thread}}, From: from, To: from + StretchPosts, Limit: StretchPosts}
	page, err := s.Store.List(ctx, posts, q)
	return page.Docs, err
}

// stretchFrom makes a stretch of its posts as they are stored.
func (s *Service) stretchFrom(x Space, t Thread, rev, n int64, docs []store.Doc) (*Stretch, error) {
	f := &Stretch{ID: stretchID(t.ID, n), Space: x, Slug: t.Slug, Title: t.Title, Lang: t.Lang, Active: t.Created}
	for _, d := range docs {
		f.Rev += d.Rev
		p, err := store.Decode[Post](d)
		if err != nil {
			return nil, err
		}
		if p.Absent() == "" {
			f.Said, f.Active = append(f.Said, Said{p.Seq, p.Lang, s.Copy(p.Body, p.Lang)}), p.Created
		}
	}
	if n > 1 {
		f.Gone = len(f.Said) == 0
		return f, nil
	}
	f.First, f.Rev, f.Tags = true, f.Rev+rev, t.Tags
	if t.Summed() != "" {
		f.Said = append(f.Said, Said{Lang: t.Lang, Body: s.Copy(t.Signed(t.Summary.Body).Body, t.Lang)})
	}
	if t.Outcome != nil {
		f.Said = append(f.Said, Said{Lang: t.Lang, Body: t.Outcome.Text()})
	}
	return f, nil
}

// EachStretch hands out the id and revision of every stretch that an index is
// to hold. One of a thread that is on its way to another space comes with the
// greatest revision: whatever an index has of it may stand in the wrong place.
func (s *Service) EachStretch(ctx context.Context, each func(id string, rev int64) error) error {
	every, err := store.All[Space](ctx, s.Store, spaces, store.Query{Index: "created"})
	if err != nil {
		return err
	}
	for _, x := range every {
		if x.Tier.Named() {
			continue
		}
		err := s.eachThread(ctx, x, func(t Thread, rev int64) error {
			return s.eachStretch(ctx, x, t, rev, func(f *Stretch) error {
				if t.Moving {
					f.Rev = math.MaxInt64
				}
				return each(f.ID, f.Rev)
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachThread hands out the threads of a space that do not wait for a moderator,
// the last active first, with their revisions.
func (s *Service) eachThread(ctx context.Context, x Space, each func(Thread, int64) error) error {
	q := store.Query{Index: "active", Equal: [][]store.Value{{x.Slug}}, Desc: true, Limit: 100}
	for {
		page, err := s.Store.List(ctx, threads, q)
		if err != nil {
			return err
		}
		for _, d := range page.Docs {
			t, err := store.Decode[Thread](d)
			if err == nil && !t.Held {
				err = each(t, d.Rev)
			}
			if err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}

// eachStretch hands out the stretches of a thread.
func (s *Service) eachStretch(ctx context.Context, x Space, t Thread, rev int64, each func(*Stretch) error) error {
	q := store.Query{Index: "seq", Equal: [][]store.Value{{t.ID}}, Limit: StretchPosts}
	for n := int64(1); ; n++ {
		page, err := s.Store.List(ctx, posts, q)
		if err != nil {
			return err
		}
		if len(page.Docs) > 0 {
			f, err := s.stretchFrom(x, t, rev, n, page.Docs)
			if err == nil && !f.Gone {
				err = each(f)
			}
			if err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}

// ErrEnough ends a look through a space.
var ErrEnough = errors.New("enough")

// Within hands the talk of one space to who searches it, the last active thread
// first, until each returns ErrEnough. It keeps nothing: so the words of a space
// whose members are named stand in no index. hub.ErrNotFound for who may not
// search the space, as if there were none.
func (s *Service) Within(ctx context.Context, v hub.Viewer, slug string, each func(*Stretch) error) error {
	x, _, err := s.searches(ctx, v, slug)
	if err != nil {
		return err
	}
	err = s.eachThread(ctx, x, func(t Thread, rev int64) error { return s.eachStretch(ctx, x, t, rev, each) })
	if errors.Is(err, ErrEnough) {
		return nil
	}
	return err
}

// NamedSpaces are the spaces with named members that the viewer may search, by
// title in a language.
func (s *Service) NamedSpaces(ctx context.Context, v hub.Viewer, l hub.Lang) ([]Space, error) {
	v, err := s.Known(ctx, v)
	if err != nil || !v.SignedIn() {
		return nil, err
	}
	all, err := s.Spaces(ctx, v, l)
	return slices.DeleteFunc(all, func(x Space) bool {
		return !x.Tier.Named() || s.Door.May(v, hub.ActSearch, x.object(""), s.Now()) != nil
	}), err
}
