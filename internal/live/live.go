// Package live tells pages that are open what is new. A hint says that a topic
// has changed; what has changed is read from the store, for each reader as
// their rights are then, so that no hint that is lost, doubled or late can do
// harm, and no reader who is slow costs more than what they have not read yet.
//
// A page that is silent costs one goroutine, which waits for it to speak. What
// is to be done for a page, be it asked by the page, by a hint or by time, is
// noted with the page and done by one of a few workers; see pool.
package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/hub"
)

// Limits of a socket.
const (
	MaxSockets = 5        // of a person
	MaxTopics  = 100      // of a socket
	MaxFrame   = 32 << 10 // bytes
	maxOps     = 20       // in opsTime, pings too
	opsTime    = 10 * time.Second
	maxEdits   = 64 // that wait; beyond, the page reads itself anew

	dead      = 75 * time.Second // without a sign of life
	quick     = 5 * time.Millisecond
	writeTime = 10 * time.Second // of who does not take a frame within quick
	readTime  = 5 * time.Second
)

// Event is what a page is told.
type Event struct {
	Topic string `json:"topic,omitempty"`
	Seq   int64  `json:"seq,omitempty"`
	Kind  string `json:"kind"`
	HTML  string `json:"html,omitempty"`
	Data  any    `json:"data,omitempty"`
}

// The kinds of events.
const (
	KindPost     = "post"
	KindEdit     = "edit"
	KindPresence = "presence"
	KindTyping   = "typing"
	KindDenied   = "denied"
	KindRevoked  = "revoked"
	KindResync   = "resync" // read the page anew
)

// Person is the topic of what is for the reader alone. Its seq is how much news
// there is, which also goes down.
const Person = "person"

// KindNotification says how much news there is for the reader.
const KindNotification = "notification"

// Topics is where the content of topics comes from. Every method answers
// hub.ErrNotFound or hub.ErrForbidden for a viewer who may not read the topic.
type Topics interface {
	// Since is what follows a seq, in order, at most some.
	Since(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, after int64) ([]Frame, error)
	// One is a single post as it is now.
	One(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, seq int64) (Frame, error)
	// Seen notes that the viewer has seen a post.
	Seen(ctx context.Context, v hub.Viewer, topic string, seq int64) error
	// Here says who has a topic open: persons, and how many there are in all.
	Here(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, people []string, count int) (Frame, error)
	// Writing says that persons write. hub.ErrNotFound for who may not know.
	Writing(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, people []string) (Frame, error)
	// Writes says whether others may be told that the viewer writes.
	Writes(ctx context.Context, v hub.Viewer, topic string) (bool, error)
}

// Live keeps the sockets of this instance. Its exported fields are set once.
type Live struct {
	Topics Topics
	// Viewer is for whom a session is now. hub.ErrNotFound when it has ended.
	Viewer func(ctx context.Context, session string) (hub.Viewer, error)
	// Publish tells other instances who is here; nil where there are none.
	Publish func(bus.Hint)

	away atomic.Int64 // until when the store is not asked, since it did not answer; Unix nanoseconds

	mu      sync.Mutex
	id      string // of this instance, in hints
	topics  map[string]*topic
	persons map[string]*person
	turns   [turns]map[*socket]bool // see tend
	turn    int                     // of the socket that comes next
	behind  map[*socket]bool        // the store did not answer for them
	pool    *pool
	stop    chan struct{} // closed when no socket is left
	closed  bool
	serving sync.WaitGroup
}

// person is somebody with pages open.
type person struct {
	id      string
	turn    int
	sockets []*socket     // l.mu guards it
	change  atomic.Uint64 // grows with every hint that their rights have changed

	mu    sync.Mutex // held while the rights are read: others wait for that
	views map[string]view
}

// view is for whom a session was, read once for all its pages.
type view struct {
	viewer hub.Viewer
	change uint64 // of the person, before it was read
	at     time.Time
}

// viewLife is how long a view is good for other pages of the session.
const viewLife = time.Second

// Hint takes a hint of the bus. It does not block.
func (l *Live) Hint(h bus.Hint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.Here != nil {
		l.hear(h.Topic, *h.Here)
		return
	}
	if h.Topic == "" {
		l.lost(h.Edit)
		return
	}
	if id, is := strings.CutPrefix(h.Topic, "person:"); is {
		if p := l.persons[id]; p != nil {
			p.changed()
		}
		return
	}
	t := l.topics[h.Topic]
	if t == nil {
		return
	}
	for s := range t.sockets {
		s.tell(t, func(x *sub) {
			switch {
			case h.Seq == 0:
				x.resync = true
			case !h.Edit:
				x.news = true
			case len(x.edits) >= maxEdits:
				x.edits, x.resync = nil, true
			case !slices.Contains(x.edits, h.Seq):
				x.edits = append(x.edits, h.Seq)
			}
		})
	}
}

// changed has the rights of a person read again. l.mu is held.
func (p *person) changed() {
	p.change.Add(1)
	for _, s := range p.sockets {
		s.tell(nil, nil)
	}
}

// lost has every socket read its topics from the store, and with some lost
// for good its whole page; other instances have not heard who is here then.
// l.mu is held.
func (l *Live) lost(pages bool) {
	for _, t := range l.topics {
		for s := range t.sockets {
			s.tell(t, func(x *sub) { x.news, x.resync = true, x.resync || pages })
		}
		if pages {
			l.present(t, true)
		}
	}
	for _, p := range l.persons {
		p.changed()
	}
}

// ErrTooMany is a socket more than a person may have.
var ErrTooMany = errors.New("too many open pages")

func (l *Live) join(s *socket, id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.persons[id]
	if l.closed || p != nil && len(p.sockets) >= MaxSockets {
		return false
	}
	l.serving.Add(1)
	if l.pool == nil {
		l.begin()
	}
	if p == nil {
		p = &person{id: id, turn: l.turn, views: map[string]view{}}
		l.persons[id] = p
		l.turn = (l.turn + 1) % turns
	}
	p.sockets = append(p.sockets, s)
	s.person = p
	if l.turns[p.turn] == nil {
		l.turns[p.turn] = map[*socket]bool{}
	}
	l.turns[p.turn][s] = true
	return true
}

// begin starts what serves the sockets. l.mu is held.
func (l *Live) begin() {
	l.id = hub.NewID()
	l.persons, l.topics, l.behind = map[string]*person{}, map[string]*topic{}, map[*socket]bool{}
	l.pool, l.stop = newPool(), make(chan struct{})
	go l.tend()
}

// part forgets a socket that nobody works on any more.
func (l *Live) part(s *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.serving.Done()
	for _, x := range s.subs {
		l.leave(x.topic, s)
	}
	p := s.person
	if p.sockets = slices.DeleteFunc(p.sockets, func(o *socket) bool { return o == s }); len(p.sockets) == 0 {
		delete(l.persons, p.id)
	}
	delete(l.turns[p.turn], s)
	delete(l.behind, s)
}

// Every socket has its turn once in turns times tick: it is asked for a sign of
// life, and its rights are read again. The turns are many, so that at no moment
// a crowd has its own.
const (
	turns  = 400
	tick   = 50 * time.Millisecond
	second = 20 // ticks
)

// tend gives sockets their turns, those that are behind another try each
// second, and says again who is here once in a while.
func (l *Live) tend() {
	clock := time.NewTicker(tick)
	defer clock.Stop()
	for n := 0; ; n++ {
		select {
		case <-l.stop:
			return
		case <-clock.C:
		}
		l.mu.Lock()
		for s := range l.turns[n%turns] {
			s.turn()
		}
		if n%second == 0 {
			for s := range l.behind {
				delete(l.behind, s)
				s.retry()
			}
		}
		l.mu.Unlock()
		if n%turns == 0 {
			l.remind()
		}
	}
}

// Close lets every socket go and waits until they are gone; pages come back to
// another instance, or later.
func (l *Live) Close() {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	for _, p := range l.persons {
		for _, s := range p.sockets {
			s.dismiss(closeRestart, "come back")
		}
	}
	l.mu.Unlock()
	l.serving.Wait()
	if first && l.pool != nil {
		close(l.stop)
		l.pool.close()
	}
}
