// Package live tells pages that are open what is new. A hint says that a topic
// has changed; what has changed is read from the store, for each reader as
// their rights are then, so that no hint that is lost, doubled or late can do
// harm, and no reader who is slow costs more than what they have not read yet.
package live

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fasthttp/websocket"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/hub"
)

// Limits of a socket.
const (
	MaxSockets = 5        // of a person
	MaxTopics  = 100      // of a socket
	MaxFrame   = 32 << 10 // bytes
	maxOps     = 20       // in opsTime
	opsTime    = 10 * time.Second
	maxEdits   = 64 // that wait; beyond, the page reads itself anew

	dead      = 75 * time.Second // without a sign of life
	ping      = 25 * time.Second
	writeTime = 10 * time.Second
	readTime  = 5 * time.Second
	check     = 20 * time.Second       // rights are read again at least so often, and when a hint says so
	gather    = 500 * time.Millisecond // who comes and goes is told at once for so long
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
	Since(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, after int64) ([]Event, error)
	// One is a single post as it is now.
	One(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, seq int64) (Event, error)
	// Seen notes that the viewer has seen a post.
	Seen(ctx context.Context, v hub.Viewer, topic string, seq int64) error
}

// Live keeps the sockets of this instance. Its exported fields are set once.
type Live struct {
	Topics Topics
	// Viewer is for whom a session is now. hub.ErrNotFound when it has ended.
	Viewer func(ctx context.Context, session string) (hub.Viewer, error)

	mu      sync.Mutex
	topics  map[string]map[*socket]bool
	persons map[string]map[*socket]bool
	moved   map[string]bool // topics at which somebody came or went, to be told
	shown   map[string]int  // how many people were told of last, by topic
	closed  bool
	serving sync.WaitGroup
}

// socket is one open page.
type socket struct {
	live    *Live
	conn    *websocket.Conn
	session string
	person  string
	lang    hub.Lang

	mu      sync.Mutex
	subs    map[string]*sub
	recheck bool
	viewer  *hub.Viewer   // until the rights are read again; the writer's alone
	wake    chan struct{} // something is to be told
	quit    chan struct{} // the hub closes
}

// sub is a topic that a page listens to.
type sub struct {
	last     int64   // seq of the last post that was sent
	news     bool    // there may be more
	edits    []int64 // posts that have changed
	resync   bool
	presence bool
	open     bool // the page was told of it: should it end, it is told that too
}

// Hint takes a hint of the bus. It does not block.
func (l *Live) Hint(h bus.Hint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.Topic == "" {
		l.lost(h.Edit)
		return
	}
	if person, is := strings.CutPrefix(h.Topic, "person:"); is {
		for s := range l.persons[person] {
			s.tell("", func(*sub) {})
		}
		return
	}
	for s := range l.topics[h.Topic] {
		s.tell(h.Topic, func(x *sub) {
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

// lost has every socket read its topics from the store, and with some lost
// for good its whole page. l.mu is held.
func (l *Live) lost(pages bool) {
	for topic, all := range l.topics {
		for s := range all {
			s.tell(topic, func(x *sub) { x.news, x.resync = true, x.resync || pages })
		}
	}
	for _, all := range l.persons {
		for s := range all {
			s.tell("", func(*sub) {})
		}
	}
}

// tell marks a topic and wakes the writer; an empty topic has the rights read
// again.
func (s *socket) tell(topic string, mark func(*sub)) {
	s.mu.Lock()
	if topic == "" {
		s.recheck = true
	} else if x := s.subs[topic]; x != nil {
		mark(x)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// ErrTooMany is a socket more than a person may have.
var ErrTooMany = errors.New("too many open pages")

// Serve serves a page until it closes, its session ends, or ctx does. The
// server closes the connection when it returns, and not before: until then a
// deadline that is over is what ends a read.
func (l *Live) Serve(ctx context.Context, conn *websocket.Conn, session, person string, lang hub.Lang) error {
	s := &socket{live: l, conn: conn, session: session, person: person, lang: lang, subs: map[string]*sub{}, wake: make(chan struct{}, 1), quit: make(chan struct{})}
	if !l.join(s) {
		s.close(websocket.ClosePolicyViolation, "too many open pages")
		return ErrTooMany
	}
	defer l.part(s)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.write(ctx)
		cancel()
		conn.SetReadDeadline(over) // the reader below ends
	}()
	s.read(ctx)
	cancel()
	<-written // nobody touches the connection after this returns: the server uses it again
	return nil
}

// over is a deadline that has passed.
var over = time.Unix(1, 0)

func (l *Live) join(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.persons[s.person]) >= MaxSockets {
		return false
	}
	l.serving.Add(1)
	if l.persons == nil {
		l.persons, l.topics = map[string]map[*socket]bool{}, map[string]map[*socket]bool{}
	}
	put(l.persons, s.person, s)
	return true
}

func put(all map[string]map[*socket]bool, key string, s *socket) {
	if all[key] == nil {
		all[key] = map[*socket]bool{}
	}
	all[key][s] = true
}

func drop(all map[string]map[*socket]bool, key string, s *socket) {
	if delete(all[key], s); len(all[key]) == 0 {
		delete(all, key)
	}
}

// part forgets a socket.
func (l *Live) part(s *socket) {
	s.mu.Lock()
	var topics []string
	for t := range s.subs {
		topics = append(topics, t)
	}
	s.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.serving.Done()
	drop(l.persons, s.person, s)
	for _, t := range topics {
		drop(l.topics, t, s)
		l.present(t)
	}
}

// present has everybody at a topic told who is there, a moment later and once
// for all who come and go meanwhile. l.mu is held.
func (l *Live) present(topic string) {
	if l.moved[topic] {
		return
	}
	if l.moved == nil {
		l.moved, l.shown = map[string]bool{}, map[string]int{}
	}
	l.moved[topic] = true
	time.AfterFunc(gather, func() { l.showPresence(topic) })
}

// showPresence tells who is there. Among many a few more or less are no news:
// a thousand pages that open one after the other would cost a million notices.
func (l *Live) showPresence(topic string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.moved, topic)
	n := l.people(topic)
	if was := l.shown[topic]; n == 0 {
		delete(l.shown, topic)
		return
	} else if n == was || max(n-was, was-n) < was/crowd {
		return
	}
	l.shown[topic] = n
	for s := range l.topics[topic] {
		s.tell(topic, func(x *sub) { x.presence = true })
	}
}

// crowd is of how many people one is no news.
const crowd = 20

// People is how many persons have a topic open at this instance.
func (l *Live) People(topic string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.people(topic)
}

func (l *Live) people(topic string) int {
	persons := map[string]bool{}
	for s := range l.topics[topic] {
		persons[s.person] = true
	}
	return len(persons)
}

// Close lets every socket go and waits until they are gone; pages come back to
// another instance, or later.
func (l *Live) Close() {
	l.mu.Lock()
	if !l.closed {
		for _, some := range l.persons {
			for s := range some {
				close(s.quit)
			}
		}
	}
	l.closed = true
	l.mu.Unlock()
	l.serving.Wait()
}

func (s *socket) close(code int, why string) {
	s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(time.Second))
}

// op is what a page says.
type op struct {
	Op    string `json:"op"`
	Topic string `json:"topic"`
	After int64  `json:"after"`
	Seq   int64  `json:"seq"`
}

// read takes what the page says until it closes.
func (s *socket) read(ctx context.Context) {
	s.conn.SetReadLimit(MaxFrame)
	alive := func() error { // set first, asked after: the writer that ends does it the other way round
		if err := s.conn.SetReadDeadline(time.Now().Add(dead)); err != nil || ctx.Err() == nil {
			return err
		}
		s.conn.SetReadDeadline(over)
		return ctx.Err()
	}
	s.conn.SetPongHandler(func(string) error { return alive() })
	begun, count := time.Now(), 0
	for alive() == nil {
		_, raw, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		if time.Since(begun) > opsTime {
			begun, count = time.Now(), 0
		}
		if count++; count > maxOps {
			s.close(websocket.ClosePolicyViolation, "too much at once")
			return
		}
		var o op
		if json.Unmarshal(raw, &o) != nil || !s.take(ctx, o) {
			s.close(websocket.ClosePolicyViolation, "not understood")
			return
		}
	}
}

// take does what a page asks; false when it is no such thing.
func (s *socket) take(ctx context.Context, o op) bool {
	switch o.Op {
	case "sub":
		return len(o.Topic) <= 100 && s.sub(o.Topic, max(o.After, 0))
	case "unsub":
		s.unsub(o.Topic)
	case "seen":
		ctx, cancel := context.WithTimeout(ctx, readTime)
		defer cancel()
		if v, err := s.live.Viewer(ctx, s.session); err == nil {
			_ = s.live.Topics.Seen(ctx, v, o.Topic, o.Seq) // the next visit notes it
		}
	case "typing": // nothing is told of it yet
	default:
		return false
	}
	return true
}

func (s *socket) sub(topic string, after int64) bool {
	s.mu.Lock()
	if len(s.subs) >= MaxTopics && s.subs[topic] == nil {
		s.mu.Unlock()
		return false
	}
	s.subs[topic] = &sub{last: after, news: true, presence: topic != Person}
	s.mu.Unlock()
	if topic != Person { // which every page has for itself: nobody is there with it
		s.live.mu.Lock()
		put(s.live.topics, topic, s)
		s.live.present(topic)
		s.live.mu.Unlock()
	}
	s.tell(topic, func(*sub) {})
	return true
}

func (s *socket) unsub(topic string) {
	s.mu.Lock()
	delete(s.subs, topic)
	s.mu.Unlock()
	s.live.mu.Lock()
	drop(s.live.topics, topic, s)
	s.live.present(topic)
	s.live.mu.Unlock()
}

// write tells the page what is new until ctx ends or the page is gone.
func (s *socket) write(ctx context.Context) {
	alive, again := time.NewTicker(ping), time.NewTicker(check)
	defer alive.Stop()
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.quit:
			s.close(websocket.CloseServiceRestart, "come back")
			return
		case <-alive.C:
			if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTime)) != nil {
				return
			}
			continue
		case <-again.C:
			s.tell("", nil)
			continue
		case <-s.wake:
		}
		if !s.deliver(ctx) {
			return
		}
	}
}

// counted says whether all that is to be told is who is there, to a page that
// was let in before.
func (x sub) counted() bool {
	return x.open && x.presence && !x.news && !x.resync && len(x.edits) == 0
}

// deliver sends everything that waits; false when the page is gone, or may
// have nothing any more.
func (s *socket) deliver(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	waiting, recheck := s.waiting()
	if recheck || s.viewer == nil {
		v, err := s.live.Viewer(ctx, s.session)
		if errors.Is(err, hub.ErrNotFound) {
			s.send(Event{Kind: KindRevoked})
			return false
		}
		if err != nil {
			s.again(waiting)
			return true // the store is away: the next hint, or the next look, does it
		}
		s.viewer = &v
	}
	for topic, x := range waiting {
		if !s.deliverTopic(ctx, *s.viewer, topic, x) {
			return false
		}
	}
	return true
}

// again puts back what was to be told, with the rights to be read before.
func (s *socket) again(waiting map[string]sub) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recheck = true
	for topic, x := range waiting {
		if now := s.subs[topic]; now != nil {
			now.news, now.resync, now.presence = true, now.resync || x.resync, now.presence || x.presence
			now.edits = append(now.edits, x.edits...)
		}
	}
}

// waiting takes what is to be told, by topic, and whether the rights are to be
// read again first.
func (s *socket) waiting() (all map[string]sub, recheck bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all = map[string]sub{}
	for topic, x := range s.subs {
		if s.recheck || x.news || x.resync || x.presence || len(x.edits) > 0 {
			x.news = x.news || s.recheck // who may not read any more is told so
			all[topic] = *x
			x.news, x.resync, x.presence, x.edits = false, false, false, nil
		}
	}
	recheck, s.recheck = s.recheck, false
	return all, recheck
}

func (s *socket) deliverTopic(ctx context.Context, v hub.Viewer, topic string, x sub) bool {
	for !x.counted() {
		events, err := s.live.Topics.Since(ctx, v, s.lang, topic, x.last)
		switch {
		case errors.Is(err, hub.ErrNotFound), errors.Is(err, hub.ErrForbidden):
			s.unsub(topic)
			kind := KindDenied
			if x.open {
				kind = KindRevoked
			}
			return s.send(Event{Topic: topic, Kind: kind})
		case err != nil:
			s.tell(topic, func(now *sub) { now.news = true })
			return true
		}
		s.mu.Lock()
		if now := s.subs[topic]; now != nil {
			now.open = true
		}
		s.mu.Unlock()
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			if !s.send(e) {
				return false
			}
			x.last = e.Seq
		}
		s.mu.Lock()
		if now := s.subs[topic]; now != nil {
			now.last = x.last
		}
		s.mu.Unlock()
	}
	for _, seq := range x.edits {
		if e, err := s.live.Topics.One(ctx, v, s.lang, topic, seq); err == nil && !s.send(e) {
			return false
		}
	}
	if x.resync && !s.send(Event{Topic: topic, Kind: KindResync}) {
		return false
	}
	return !x.presence || s.send(Event{Topic: topic, Kind: KindPresence, Data: map[string]int{"count": s.live.People(topic)}})
}

// send writes one event; false when the page does not take it.
func (s *socket) send(e Event) bool {
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err) // a type with a channel or function: a mistake of ours
	}
	return s.conn.SetWriteDeadline(time.Now().Add(writeTime)) == nil && s.conn.WriteMessage(websocket.TextMessage, raw) == nil
}
