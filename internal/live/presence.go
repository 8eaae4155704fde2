package live

import (
	"context"
	"maps"
	"slices"
	"time"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/hub"
)

// Who is there is told by ids, between instances and to Topics, which finds out
// who may know whose name. Every instance says of each topic who is at it, when
// that changes and again in every reminder; what one has not said for hereLife
// is forgotten. So nothing is lost for long when hints are.
const (
	gather      = 500 * time.Millisecond // who comes and goes is told at once for so long
	gatherEach  = time.Millisecond       // and for each who is there: a crowd is told seldom
	gatherMost  = 10 * time.Second
	crowd       = 20 // of how many people one is no news
	hereLife    = 45 * time.Second
	typingEvery = 3 * time.Second // of one page
	typingTopic = time.Second     // of all pages of a topic
	maxTyping   = 200             // pages of a topic at which it is told who writes
	maxWriters  = 3
)

// topic is what pages listen to. l.mu guards it.
type topic struct {
	name    string
	sockets map[*socket]bool // whether the page is in, and its person seen there
	now     there            // as was told last
	said    there            // what other instances were told last
	others  map[string]there // by instance
	moved   bool             // somebody came or went, which is to be told
	typed   time.Time        // when it was last told that somebody writes
}

// there is who is at a topic.
type there struct {
	people []string // in order; of many only some
	count  int
	at     int64     // of the instance that said it
	until  time.Time // when it is forgotten
}

func (x there) same(o there) bool { return x.count == o.count && slices.Equal(x.people, o.people) }

// enter has a socket listen to a topic. It is not there before it may read.
func (l *Live) enter(name string, s *socket) *topic {
	if name == Person {
		return personTopic
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.topics[name]
	if t == nil {
		t = &topic{name: name, sockets: map[*socket]bool{}}
		l.topics[name] = t
	}
	t.sockets[s] = false
	return t
}

// personTopic is the topic that every page has for itself: nobody is there with
// it.
var personTopic = &topic{name: Person}

// leave ends that. l.mu is held.
func (l *Live) leave(t *topic, s *socket) {
	if t == personTopic {
		return
	}
	delete(t.sockets, s)
	l.present(t, false)
}

// opened notes that the page of a socket may read a topic.
func (l *Live) opened(t *topic, s *socket) {
	if t == personTopic {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, listens := t.sockets[s]; !listens {
		return
	}
	t.sockets[s] = !s.unseen
	l.present(t, false)
}

// show notes whether the person of a socket is seen where they are.
func (s *socket) show(v hub.Viewer) {
	if s.unseen == v.Unseen {
		return
	}
	s.unseen = v.Unseen
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	s.mu.Lock()
	var open []*topic
	for i := range s.subs {
		if x := &s.subs[i]; x.open && x.topic != personTopic {
			open = append(open, x.topic)
			x.presence = true
		}
	}
	s.mu.Unlock()
	for _, t := range open {
		t.sockets[s] = !v.Unseen
		s.live.present(t, false)
	}
}

// own is who is at the topic here.
func (t *topic) own() there {
	people := map[string]bool{}
	for s, seen := range t.sockets {
		if seen {
			people[s.person.id] = true
		}
	}
	x := there{people: slices.Sorted(maps.Keys(people)), count: len(people)}
	x.people = x.people[:min(len(x.people), bus.MaxHere)]
	return x
}

// all is who is at the topic here and elsewhere; who is at two places counts
// once, as far as they are named.
func (t *topic) all() there {
	own := t.own()
	people, more := map[string]bool{}, own.count-len(own.people)
	for _, p := range own.people {
		people[p] = true
	}
	for _, o := range t.others {
		more += o.count - len(o.people)
		for _, p := range o.people {
			people[p] = true
		}
	}
	return there{people: slices.Sorted(maps.Keys(people)), count: len(people) + more}
}

// here is who is at a topic; at one with many, as was told last.
func (l *Live) here(t *topic) (people []string, count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := t.now
	if len(t.sockets) < crowd || x.count == 0 {
		x = t.all()
	}
	return x.people, x.count
}

// People is how many persons have a topic open.
func (l *Live) People(name string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.topics[name]; t != nil {
		return t.all().count
	}
	return 0
}

// present has everybody at a topic told who is there, a moment later and once
// for all who come and go meanwhile; again has other instances told in any
// case. l.mu is held.
func (l *Live) present(t *topic, again bool) {
	if again {
		t.said = there{count: -1}
	}
	if t.moved {
		return
	}
	t.moved = true
	wait := min(gather+time.Duration(len(t.sockets))*gatherEach, gatherMost)
	time.AfterFunc(wait, func() { l.showPresence(t) })
}

// showPresence tells who is there, here and to other instances. Among many a
// few more or less are no news: a thousand pages that open one after the other
// would cost a million notices.
func (l *Live) showPresence(t *topic) {
	l.mu.Lock()
	t.moved = false
	own, all, was := t.own(), t.all(), t.now
	hint, say := l.say(t, own)
	if len(t.sockets) == 0 {
		delete(l.topics, t.name)
	} else if few := max(all.count-was.count, was.count-all.count) < was.count/crowd; !few && !all.same(was) {
		t.now = all
		for s := range t.sockets {
			s.tell(t, func(x *sub) { x.presence = true })
		}
	}
	l.mu.Unlock()
	if say {
		l.Publish(hint)
	}
}

// say is what other instances are told of who is here, if that is news to them.
// l.mu is held.
func (l *Live) say(t *topic, own there) (bus.Hint, bool) {
	if l.Publish == nil || own.same(t.said) {
		return bus.Hint{}, false
	}
	t.said = own
	return l.saying(t.name, bus.Here{People: own.people, More: own.count - len(own.people)}), true
}

func (l *Live) saying(topic string, h bus.Here) bus.Hint {
	h.From, h.At = l.id, time.Now().UnixNano()
	return bus.Hint{Topic: topic, Here: &h}
}

// remind says again who is here, and forgets what others have not said again.
func (l *Live) remind() {
	if l.Publish == nil {
		return
	}
	var hints []bus.Hint
	l.mu.Lock()
	now := time.Now()
	for _, t := range l.topics {
		had := len(t.others)
		maps.DeleteFunc(t.others, func(_ string, o there) bool { return now.After(o.until) })
		if len(t.others) < had {
			l.present(t, false)
		}
		if own := t.own(); own.count > 0 {
			t.said = there{count: -1}
			hint, _ := l.say(t, own)
			hints = append(hints, hint)
		}
	}
	l.mu.Unlock()
	for _, h := range hints {
		l.Publish(h)
	}
}

// hear takes what another instance says of a topic. Whom it hears of for the
// first time is told who is here. l.mu is held.
func (l *Live) hear(name string, h bus.Here) {
	t := l.topics[name]
	if t == nil || h.From == l.id {
		return
	}
	if h.Writes != "" {
		l.write(t, h.Writes)
		return
	}
	was, known := t.others[h.From]
	if known && h.At <= was.at || len(h.People) > bus.MaxHere || h.More < 0 {
		return
	}
	if t.others == nil {
		t.others = map[string]there{}
	}
	x := there{people: h.People, count: len(h.People) + h.More, at: h.At, until: time.Now().Add(hereLife)}
	t.others[h.From] = x
	if !known || !x.same(was) {
		l.present(t, !known)
	}
}

// typing tells others that the person of a page writes, where they may know.
func (s *socket) typing(name string) {
	s.mu.Lock()
	i := slices.IndexFunc(s.subs, func(x sub) bool { return x.topic.name == name && x.open && x.topic != personTopic })
	s.mu.Unlock()
	if i < 0 || s.unseen || time.Since(s.typed) < typingEvery {
		return
	}
	s.typed = time.Now()
	may, err := within(func(ctx context.Context) (bool, error) {
		v, err := s.rights(ctx, false)
		if err != nil {
			return false, err
		}
		return s.live.Topics.Writes(ctx, v, name)
	})
	if err != nil || !may {
		return
	}
	l := s.live
	l.mu.Lock()
	if t := l.topics[name]; t != nil {
		l.write(t, s.person.id)
	}
	hint := l.saying(name, bus.Here{Writes: s.person.id})
	l.mu.Unlock()
	if l.Publish != nil {
		l.Publish(hint)
	}
}

// write tells the pages of a topic that somebody writes; in a crowd nobody is
// told. l.mu is held.
func (l *Live) write(t *topic, who string) {
	if len(t.sockets) > maxTyping || time.Since(t.typed) < typingTopic {
		return
	}
	t.typed = time.Now()
	for s := range t.sockets {
		if s.person.id == who {
			continue
		}
		s.tell(t, func(x *sub) {
			if x.open && len(x.writes) < maxWriters && !slices.Contains(x.writes, who) {
				x.writes = append(x.writes, who)
			}
		})
	}
}
