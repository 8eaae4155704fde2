package discuss

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// Untold are threads with posts that their followers were not told of, the
// oldest first, at most some. A thread that is new is told to who follows its
// space.
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

// Newest is the seq of the last post whose words everybody in the room reads;
// 0 for none. What is held, hidden or deleted is no news.
func (s *Service) Newest(ctx context.Context, t Thread) (int64, error) {
	q := store.Query{Index: "seq", Equal: [][]store.Value{{t.ID}}, Desc: true, Limit: PostsAPage}
	for {
		page, err := s.Store.List(ctx, posts, q)
		if err != nil {
			return 0, err
		}
		for _, d := range page.Docs {
			if p, err := store.Decode[Post](d); err != nil || p.Absent() == "" {
				return p.Seq, err
			}
		}
		if q.After = page.Next; q.After == "" {
			return 0, nil
		}
	}
}

// Told notes that the followers of a thread were told of its posts, as many as
// it had then.
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

// Follower is somebody whom a thread concerns: by themselves, or by a seat.
type Follower struct {
	Person, Seat string
	Named        bool // a post mentions them
}

// Followers are those who follow a thread, and its space while the thread is
// new. Each person comes once.
func (s *Service) Followers(ctx context.Context, t Thread) (found []Follower, err error) {
	of := []store.Value{t.ID}
	if t.Told == 0 {
		of = append(of, Whole(t.Space))
	}
	all, err := store.All[Mark](ctx, s.Store, marks, store.Query{Index: "thread", Equal: [][]store.Value{of}})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	add := func(f Follower) {
		if !seen[f.Person] {
			seen[f.Person] = true
			found = append(found, f)
		}
	}
	for _, m := range all {
		if m.Follows && !strings.HasPrefix(m.Person, OfSeat("")) {
			add(Follower{Person: m.Person})
		}
	}
	for _, m := range all {
		seat, is := strings.CutPrefix(m.Person, OfSeat(""))
		if !m.Follows || !is || s.Holders == nil {
			continue
		}
		people, err := s.Holders(ctx, seat)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			add(Follower{Person: p, Seat: seat})
		}
	}
	return found, nil
}

// Ring notes that there is news in a thread for somebody who follows it or is
// mentioned in it, and returns in which way they want to hear of it and what they had seen. as is
// what they said of everything. False when they have seen it all, want nothing
// of it, or may not read it.
func (s *Service) Ring(ctx context.Context, v hub.Viewer, f Follower, t Thread, as member.News) (way member.News, seen int64, rings bool, err error) {
	if _, _, err := s.enter(ctx, v, hub.ActRead, t.Space); errors.Is(err, hub.ErrNotFound) {
		return "", 0, false, nil
	} else if err != nil {
		return "", 0, false, err
	}
	own, err := s.own(ctx, v, t)
	if err != nil {
		return "", 0, false, err
	}
	if way = own.way(as); way == member.NewsNothing || own.Seq >= t.Posts {
		return way, own.Seq, false, nil
	}
	was, is, err := s.mark(ctx, v.Person, t, func(m *Mark) {
		m.Told = max(m.Told, t.Posts)
		if f.Named {
			m.Named = max(m.Named, t.Posts)
		}
		if m.Seat = ""; f.Seat == v.Seat {
			m.Seat = f.Seat // a coordinator who stands in for a seat hears of it as of their own
		}
	})
	if err == nil && was.Told <= was.Seq && is.Told > is.Seq {
		s.hint(topicOf(v.Person), 0, false)
	}
	return way, is.Seq, is.Told > is.Seq, err
}

// own is the viewer's own mark of a thread, with the way of its space where it
// has none.
func (s *Service) own(ctx context.Context, v hub.Viewer, t Thread) (m Mark, err error) {
	for _, of := range []string{t.ID, Whole(t.Space)} {
		x, _, err := store.Load[Mark](ctx, s.Store, marks, markID(v.Person, of))
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return m, err
		}
		if of == t.ID {
			m = x
		}
		m.Way = cmp.Or(m.Way, x.Way)
	}
	return m, nil
}

// way is how somebody wants to hear of what the mark is of. as is what they
// said of everything.
func (m Mark) way(as member.News) member.News {
	if m.Way == nil {
		return as
	}
	return *m.Way
}

// News is a thread with posts that somebody was told of and has not seen, or a
// thread or space that they follow; of a space the thread is zero.
type News struct {
	Thread Thread
	Space  Space
	Mark   Mark
	Asks   int64 // seq of a post for whose use the person is asked to consent; 0 for none
	Sums   int   // proposals for the summary that wait for them to decide
	Fates  int   // proposals of theirs that were decided on, which they have not seen
}

// Way is how somebody wants to hear of it. as is what they said of everything.
func (n News) Way(as member.News) member.News { return n.Mark.way(as) }

// MaxNews is how many threads with news there are for a person at most; of
// more the rest is not counted.
const MaxNews = 100

// Posts says whether there are posts that they were told of and have not seen.
func (n News) Posts() bool {
	return n.Mark.Told > n.Mark.Seq || n.Asks == 0 && n.Sums == 0 && n.Fates == 0
}

// News are the threads with news for the viewer, where they are asked for their
// consent or to decide on a proposal for a summary, or where one of theirs was
// decided on, the last active first, at most MaxNews, as far as they may read
// them now.
func (s *Service) News(ctx context.Context, v hub.Viewer) ([]News, error) {
	if !v.SignedIn() {
		return nil, nil
	}
	y := tray{at: places{s: s, v: v}, most: MaxNews}
	if err := errors.Join(s.lookFor(ctx, &y), s.told(ctx, &y, false)); err != nil {
		return nil, err
	}
	for i, n := range y.all {
		var err error
		if y.all[i].Mark, err = s.own(ctx, v, n.Thread); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(y.all, func(a, b News) int { return b.Thread.Active.Compare(a.Thread.Active) })
	return y.all, nil
}

// CountNews is in how many threads there is news for the viewer; most stands
// for more. For who has none it is one look into an index.
func (s *Service) CountNews(ctx context.Context, v hub.Viewer, most int) (int, error) {
	if !v.SignedIn() {
		return 0, nil
	}
	y := tray{at: places{s: s, v: v}, most: most}
	err := s.told(ctx, &y, true)
	return len(y.all), err
}

// ledOf puts on the tray the threads in which proposals for the summary wait for
// the viewer.
func (s *Service) ledOf(ctx context.Context, y *tray) error {
	page, err := s.Store.List(ctx, threads, store.Query{Index: "decides", Equal: [][]store.Value{s.bells(y.at.v)}, Limit: MaxNews})
	if err != nil {
		return err
	}
	for _, d := range page.Docs {
		t, err := store.Decode[Thread](d)
		if err != nil {
			return err
		}
		y.waits = true
		n, way, err := s.concerns(ctx, &y.at, Proposal{Thread: t.ID, State: Waits}, nil)
		if err != nil {
			return err
		}
		if way == member.NewsNothing {
			continue
		}
		if n := y.in(n); n != nil {
			n.Sums = t.Proposed
		}
	}
	return nil
}

// fatesOf puts on the tray the threads in which proposals of the viewer were
// decided on.
func (s *Service) fatesOf(ctx context.Context, y *tray) error {
	page, err := s.Store.List(ctx, proposals, store.Query{Index: "rings", Equal: [][]store.Value{{y.at.v.Person}}, Limit: 2 * y.most})
	if err != nil {
		return err
	}
	for _, d := range page.Docs {
		p, err := store.Decode[Proposal](d)
		if err != nil {
			return err
		}
		y.waits = true
		n, way, err := s.concerns(ctx, &y.at, p, nil)
		if err != nil {
			return err
		}
		if way == member.NewsNothing {
			continue
		}
		if n := y.in(n); n != nil {
			n.Fates++
		}
	}
	return nil
}

// concerns is where a proposal is, and in which way the viewer wants to hear of
// it: NewsNothing too where it does not concern them, or they may not read or
// decide any more. as is what they said of everything; nil: it is looked up.
func (s *Service) concerns(ctx context.Context, at *places, p Proposal, as *member.News) (n News, way member.News, err error) {
	n, err = at.of(ctx, Mark{Person: at.v.Person, Thread: p.Thread})
	if errors.Is(err, hub.ErrNotFound) {
		return n, member.NewsNothing, nil
	}
	if err != nil {
		return n, "", err
	}
	mine := p.By == at.v.Person
	if p.State == Waits && (mine || !s.mayLead(at.v, n.Space, n.Thread)) || p.State != Waits && !mine {
		return n, member.NewsNothing, nil
	}
	own, err := s.own(ctx, at.v, n.Thread)
	if err != nil {
		return n, "", err
	}
	if own.Way == nil && as == nil {
		person, err := s.Members.Person(ctx, at.v.Person)
		return n, person.News, err
	}
	return n, *cmp.Or(own.Way, as), nil
}

// mayLead says whether the viewer leads a thread, at least after a fresh sign-in.
func (s *Service) mayLead(v hub.Viewer, x Space, t Thread) bool {
	err := s.leads(v, x, t)
	return err == nil || errors.Is(err, hub.ErrFresh)
}

// TellOf says in which way the viewer wants to hear of a proposal. as is what
// they said of everything. False where it does not concern them.
func (s *Service) TellOf(ctx context.Context, v hub.Viewer, p Proposal, as member.News) (way member.News, rings bool, err error) {
	_, way, err = s.concerns(ctx, &places{s: s, v: v}, p, &as)
	return way, way != member.NewsNothing, err
}

// Ringing has the open pages of somebody count again what is new for them.
func (s *Service) Ringing(person string) { s.hint(topicOf(person), 0, false) }

// places finds out where marks are, for one viewer; each space is read once.
type places struct {
	s    *Service
	v    hub.Viewer
	read map[string]Space
}

// of is where a mark is. hub.ErrNotFound where the viewer may not read.
func (p *places) of(ctx context.Context, m Mark) (n News, err error) {
	t := Thread{Space: m.Space}
	if m.Thread != Whole(m.Space) {
		if t, err = p.s.thread(ctx, m.Thread); err != nil {
			return n, err
		}
	}
	n, err = p.ofThread(ctx, t)
	n.Mark = m
	return n, err
}

// ofThread is where a thread is.
func (p *places) ofThread(ctx context.Context, t Thread) (n News, err error) {
	n.Thread = t
	if t.Held && t.By != p.v.Person {
		return n, hub.ErrNotFound
	}
	space := t.Space
	if x, known := p.read[space]; known {
		n.Space = x
		return n, nil
	}
	if n.Space, p.v, err = p.s.enter(ctx, p.v, hub.ActRead, space); err != nil {
		return n, err
	}
	if p.read == nil {
		p.read = map[string]Space{}
	}
	p.read[space] = n.Space
	return n, nil
}
