package discuss

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Mark is how far somebody has read a thread, and whether they follow it. It
// is theirs alone.
type Mark struct {
	Person  string `json:"person"`
	Space   string `json:"space"`
	Thread  string `json:"thread"`
	Seq     int64  `json:"seq"` // of the last post that they have seen
	Follows bool   `json:"follows,omitempty"`
}

func markKeys(m Mark) map[string]store.Value {
	return map[string]store.Value{"person": m.Person, "space": m.Space, "thread": m.Thread}
}

// mark changes somebody's own mark of a thread.
func (s *Service) mark(ctx context.Context, v hub.Viewer, t Thread, set func(*Mark)) error {
	if !v.SignedIn() {
		return nil
	}
	id := v.Person + "/" + t.ID
	first := Mark{Person: v.Person, Space: t.Space, Thread: t.ID}
	set(&first)
	err := s.put(ctx, marks, id, markKeys(first), first)
	if !errors.Is(err, hub.ErrConflict) {
		return err
	}
	_, err = store.Change(ctx, s.Store, marks, id, markKeys, func(m *Mark) error {
		before := *m
		if set(m); *m == before {
			return store.ErrSame
		}
		return nil
	})
	return err
}

// Read notes how far the viewer has read a thread.
func (s *Service) Read(ctx context.Context, v hub.Viewer, t Thread, seq int64) error {
	return s.mark(ctx, v, t, func(m *Mark) { m.Seq = max(m.Seq, seq) })
}

// Follow says whether the viewer wants to hear of new posts of a thread.
func (s *Service) Follow(ctx context.Context, v hub.Viewer, space, slug string, follows bool) error {
	_, t, v, err := s.find(ctx, v, hub.ActSubscribe, space, slug)
	if err != nil {
		return err
	}
	return s.mark(ctx, v, t, func(m *Mark) { m.Follows = follows })
}

// Marks are the viewer's own marks in a space, by thread.
func (s *Service) Marks(ctx context.Context, v hub.Viewer, space string) (map[string]Mark, error) {
	found := map[string]Mark{}
	if !v.SignedIn() {
		return found, nil
	}
	all, err := store.All[Mark](ctx, s.Store, marks, store.Query{Index: "person", Equal: [][]store.Value{{v.Person}, {space}}})
	for _, m := range all {
		found[m.Thread] = m
	}
	return found, err
}

// Reaction is what somebody says of a post without words. There are two that
// are of use to who asked, and none that ranks.
type Reaction string

// The reactions.
const (
	Useful Reaction = "useful"
	SameUs Reaction = "same" // it is the same with us
)

// Reactions lists them.
var Reactions = []Reaction{Useful, SameUs}

// reacted is one reaction of one person.
type reacted struct {
	Thread string   `json:"thread"`
	Seq    int64    `json:"seq"`
	Person string   `json:"person"`
	What   Reaction `json:"what"`
}

// React says something of a post, or takes it back when it was said before.
// Nobody reacts to what they wrote. hub.ErrNotFound when there is no such post.
func (s *Service) React(ctx context.Context, v hub.Viewer, space, slug string, seq int64, what Reaction) error {
	_, t, v, err := s.find(ctx, v, hub.ActCreate, space, slug)
	if err != nil {
		return err
	}
	p, _, err := s.post(ctx, t.ID, seq)
	if err != nil {
		return err
	}
	if !slices.Contains(Reactions, what) || p.Gone != nil || p.By == v.Person {
		return hub.ErrNotFound
	}
	id := fmt.Sprintf("%s-%d/%s/%s", t.ID, seq, what, v.Person)
	x := reacted{t.ID, seq, v.Person, what}
	defer s.hint(Topic(t.ID), seq, true)
	err = s.put(ctx, reactions, id, map[string]store.Value{"thread": t.ID, "seq": seq}, x)
	if !errors.Is(err, hub.ErrConflict) {
		return err
	}
	d, err := s.Store.Get(ctx, reactions, id)
	if err == nil {
		err = s.Store.Delete(ctx, reactions, id, d.Rev)
	}
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	return err
}

// Count is how many said something of a post, and whether the viewer did.
type Count struct {
	All  int
	Mine bool
}

// Counts are the reactions to posts of a thread from one seq to before another.
func (s *Service) Counts(ctx context.Context, v hub.Viewer, t Thread, from, to int64) (map[int64]map[Reaction]Count, error) {
	all, err := store.All[reacted](ctx, s.Store, reactions, store.Query{Index: "thread", Equal: [][]store.Value{{t.ID}}, From: from, To: to})
	found := map[int64]map[Reaction]Count{}
	for _, x := range all {
		if found[x.Seq] == nil {
			found[x.Seq] = map[Reaction]Count{}
		}
		c := found[x.Seq][x.What]
		found[x.Seq][x.What] = Count{c.All + 1, c.Mine || x.Person == v.Person}
	}
	return found, err
}

// Author is who wrote something, as people in the space see them.
type Author struct {
	Name      string
	Mechanism hub.State
	Role      hub.Role
	Nameless  bool // they asked not to be named
	Gone      bool // the account is no more
}

// Author is who wrote something.
func (s *Service) Author(ctx context.Context, person string, anonymous bool) (Author, error) {
	if anonymous {
		return Author{Nameless: true}, nil
	}
	p, err := s.Members.Person(ctx, person)
	if errors.Is(err, hub.ErrNotFound) {
		return Author{Gone: true}, nil
	}
	return Author{Name: p.Name, Mechanism: p.Mechanism, Role: p.Role}, err
}
