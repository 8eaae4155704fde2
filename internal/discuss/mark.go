package discuss

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// Mark is how far somebody has read a thread, and how they want to hear of it.
// It is theirs alone. What the holder of a seat follows is a mark of the seat,
// so that it passes on with it; how far they have read stays their own.
type Mark struct {
	Person  string       `json:"person"` // or OfSeat, or Moderators
	Space   string       `json:"space"`
	Thread  string       `json:"thread"` // or Whole: the new threads of a space; or bell
	Seq     int64        `json:"seq"`    // of the last post that they have seen
	Follows bool         `json:"follows,omitempty"`
	Way     *member.News `json:"way,omitempty"`   // how they hear of it; nil: as of the space, or as of everything
	Told    int64        `json:"told,omitempty"`  // seq of the last post that they were told of; there is news while it is above Seq
	Seat    string       `json:"seat,omitempty"`  // that they held when they were told of what it follows
	Named   int64        `json:"named,omitempty"` // seq of the last post that mentions them and that they were told of
	Rung    int64        `json:"rung,omitempty"`  // of a bell: how often it was rung
	Quiet   int64        `json:"quiet,omitempty"` // and up to which of these times nothing was found to wait
}

// Whole stands in a mark for a space as a whole.
func Whole(space string) string { return "space:" + space }

// OfSeat stands in a mark, and for who wrote a draft, for whoever holds a seat.
func OfSeat(seat string) string { return "seat:" + seat }

// owner is whose mark it is what the viewer follows: their seat's, where they
// hold one.
func owner(v hub.Viewer) string {
	if v.Seat != "" {
		return OfSeat(v.Seat)
	}
	return v.Person
}

func markID(whose, thread string) string { return whose + "/" + thread }

func markKeys(m Mark) map[string]store.Value {
	k := map[string]store.Value{"person": m.Person, "space": m.Space, "thread": m.Thread}
	if m.Told > m.Seq || m.rings() {
		k["news"] = m.Person
	}
	return k
}

// mark changes a mark of a thread, and returns it as it was and is.
func (s *Service) mark(ctx context.Context, whose string, t Thread, set func(*Mark)) (was, is Mark, err error) {
	id := markID(whose, t.ID)
	for range store.MaxTries {
		is, err = store.Change(ctx, s.Store, marks, id, markKeys, func(m *Mark) error {
			was = *m
			if set(m); *m == was {
				return store.ErrSame
			}
			return nil
		})
		if !errors.Is(err, hub.ErrNotFound) {
			return was, is, err
		}
		was, is = Mark{}, Mark{Person: whose, Space: t.Space, Thread: t.ID}
		if set(&is); is == (Mark{Person: whose, Space: t.Space, Thread: t.ID}) {
			return was, is, nil
		}
		if err = s.put(ctx, marks, id, markKeys(is), is); !errors.Is(err, hub.ErrConflict) {
			return was, is, err
		}
	}
	return was, is, err
}

// Read notes how far the viewer has read a thread.
func (s *Service) Read(ctx context.Context, v hub.Viewer, t Thread, seq int64) error {
	if !v.SignedIn() {
		return nil
	}
	was, is, err := s.mark(ctx, v.Person, t, func(m *Mark) { m.Seq = max(m.Seq, seq) })
	if err == nil && was.Told > was.Seq && is.Told <= is.Seq {
		s.hint(topicOf(v.Person), 0, false) // the bell on their other pages
	}
	return err
}

// wrote has who wrote a post follow its thread, unless they wanted to hear
// nothing of it. Where they are not named, their seat does not follow: others
// see what it does.
func (s *Service) wrote(ctx context.Context, v hub.Viewer, t Thread, p Post) error {
	if p.Anonymous {
		v.Seat = ""
	}
	_, m, err := s.mark(ctx, v.Person, t, func(m *Mark) {
		m.Seq = max(m.Seq, p.Seq)
		m.Follows = m.Follows || v.Seat == "" && m.wants()
	})
	if err != nil || v.Seat == "" || !m.wants() {
		return err
	}
	_, _, err = s.mark(ctx, owner(v), t, func(m *Mark) { m.Follows = true })
	return err
}

func (m Mark) wants() bool { return m.Way == nil || *m.Way != member.NewsNothing }

// Follow says whether the viewer wants to hear of new posts of a thread, or,
// without a slug, of new threads of a space; and in which way: nil is as of the
// space, or as of everything. hub.Invalid with the field "way".
func (s *Service) Follow(ctx context.Context, v hub.Viewer, space, slug string, follows bool, way *member.News) (err error) {
	t := Thread{ID: Whole(space), Space: space}
	if slug == "" {
		_, v, err = s.enter(ctx, v, hub.ActSubscribe, space)
	} else {
		_, t, v, err = s.find(ctx, v, hub.ActSubscribe, space, slug)
	}
	if err != nil {
		return err
	}
	if way != nil && !slices.Contains(member.NewsWays, *way) {
		return &hub.Invalid{Field: "way", Reason: hub.ReasonUnknown, Value: string(*way)}
	}
	own := v.Seat == ""
	_, _, err = s.mark(ctx, v.Person, t, func(m *Mark) {
		m.Way = way
		m.Follows = follows && (own || m.Follows)
		if !follows {
			m.Told = 0
		}
	})
	if err != nil || own {
		return err
	}
	_, _, err = s.mark(ctx, owner(v), t, func(m *Mark) { m.Follows = follows })
	return err
}

// NoMails leaves what is new in a thread, or in the whole of its space, to the
// pages of a person. Who may ask is for the caller to know.
func (s *Service) NoMails(ctx context.Context, person, thread string, whole bool) error {
	t, err := s.thread(ctx, thread)
	if err != nil {
		return err
	}
	if whole {
		t.ID = Whole(t.Space)
	}
	way := member.NewsNever
	_, _, err = s.mark(ctx, person, t, func(m *Mark) { m.Way = &way })
	return err
}

// Marks are the marks of the viewer and their seat in a space, by thread.
func (s *Service) Marks(ctx context.Context, v hub.Viewer, space string) (map[string]Mark, error) {
	if !v.SignedIn() {
		return map[string]Mark{}, nil
	}
	return s.marksOf(ctx, []string{v.Person, owner(v)}, []store.Value{space})
}

// Follows are the threads and spaces that the viewer or their seat follows, or
// of which they have said how they want to hear, with where that is. Those
// that they may not read any more are left out.
func (s *Service) Follows(ctx context.Context, v hub.Viewer, most int) (found []News, err error) {
	return s.follows(ctx, v, most, v.Person, owner(v))
}

// SeatFollows are the threads and spaces that a seat follows, as far as the
// viewer may read them. Who may ask is for the caller to know.
func (s *Service) SeatFollows(ctx context.Context, v hub.Viewer, seat string, most int) ([]News, error) {
	return s.follows(ctx, v, most, OfSeat(seat))
}

func (s *Service) follows(ctx context.Context, v hub.Viewer, most int, owners ...string) (found []News, err error) {
	all, err := s.marksOf(ctx, owners)
	if err != nil {
		return nil, err
	}
	at := places{s: s, v: v}
	for _, thread := range slices.Sorted(maps.Keys(all)) {
		m := all[thread]
		if !m.Follows && m.Way == nil {
			continue
		}
		n, err := at.of(ctx, m)
		if errors.Is(err, hub.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if found = append(found, n); len(found) == most {
			break
		}
	}
	return found, nil
}

// marksOf are marks by thread, those of several owners put together: who has
// read is the first.
func (s *Service) marksOf(ctx context.Context, owners []string, more ...[]store.Value) (map[string]Mark, error) {
	whose := []store.Value{owners[0]}
	for _, o := range owners[1:] {
		if o != owners[0] {
			whose = append(whose, o)
		}
	}
	all, err := store.All[Mark](ctx, s.Store, marks, store.Query{Index: "person", Equal: append([][]store.Value{whose}, more...)})
	found := map[string]Mark{}
	for _, m := range all {
		other, twice := found[m.Thread]
		if twice && other.Person == owners[0] {
			other, m = m, other
		}
		m.Follows = m.Follows || other.Follows
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

func (x reacted) id() string { return fmt.Sprintf("%s-%d/%s/%s", x.Thread, x.Seq, x.What, x.Person) }

func (x reacted) keys() map[string]store.Value {
	return map[string]store.Value{"thread": x.Thread, "seq": x.Seq}
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
	if !slices.Contains(Reactions, what) || p.Absent() != "" || p.By == v.Person {
		return hub.ErrNotFound
	}
	x := reacted{t.ID, seq, v.Person, what}
	defer s.hint(Topic(t.ID), seq, true)
	err = s.put(ctx, reactions, x.id(), x.keys(), x)
	if !errors.Is(err, hub.ErrConflict) {
		return err
	}
	d, err := s.Store.Get(ctx, reactions, x.id())
	if err == nil {
		err = s.Store.Delete(ctx, reactions, x.id(), d.Rev)
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
	return counted(all, v), err
}

func counted(all []reacted, v hub.Viewer) map[int64]map[Reaction]Count {
	found := map[int64]map[Reaction]Count{}
	for _, x := range all {
		if found[x.Seq] == nil {
			found[x.Seq] = map[Reaction]Count{}
		}
		c := found[x.Seq][x.What]
		found[x.Seq][x.What] = Count{c.All + 1, c.Mine || x.Person == v.Person}
	}
	return found
}

// Author is who wrote something, as people in the space see them.
type Author struct {
	Name      string // empty for who may not know persons by their names
	Mechanism hub.State
	Role      hub.Role
	Nameless  bool // they asked not to be named
	Gone      bool // the account is no more
}

// Author is who wrote something, for a viewer who may read it. Who is not signed
// in reads public spaces, and learns of no person there (row 13 of the policy).
func (s *Service) Author(ctx context.Context, v hub.Viewer, person string, anonymous bool) (Author, error) {
	a, err := s.author(ctx, person, anonymous)
	if !v.SignedIn() {
		a.Name = ""
	}
	return a, err
}

func (s *Service) author(ctx context.Context, person string, anonymous bool) (Author, error) {
	if anonymous {
		return Author{Nameless: true}, nil
	}
	if a, known := s.authors.find(person, s.Now()); known {
		return a, nil
	}
	p, err := s.Members.Person(ctx, person)
	a := Author{Name: p.Name, Mechanism: p.Mechanism, Role: p.Role}
	if errors.Is(err, hub.ErrNotFound) {
		a, err = Author{Gone: true}, nil
	}
	if err == nil {
		s.authors.put(person, a, s.Now())
	}
	return a, err
}

// authors are those that were asked for of late: twenty on every page of a
// thread. A name that has changed shows after authorLife.
type authors struct {
	mu    sync.Mutex
	since time.Time
	all   map[string]Author
}

const (
	authorLife = 2 * time.Second
	maxAuthors = 5000
)

func (x *authors) find(person string, now time.Time) (Author, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil || now.Sub(x.since) > authorLife || len(x.all) >= maxAuthors {
		x.since, x.all = now, map[string]Author{}
	}
	a, known := x.all[person]
	return a, known
}

func (x *authors) put(person string, a Author, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if now.Sub(x.since) <= authorLife {
		x.all[person] = a
	}
}
