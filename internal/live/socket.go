package live

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"

	"nmirfhub/internal/hub"
)

// socket is one open page. Its reader alone reads from it, and one worker at a
// time writes to it.
type socket struct {
	live    *Live
	conn    *websocket.Conn
	out     net.Conn // below conn
	session string
	person  *person
	lang    hub.Lang
	ended   atomic.Bool // nothing is told to it any more

	// The worker's alone.
	unseen bool      // others are not shown that it is there
	typed  time.Time // when others were last told that it writes

	next *socket // in the pool

	mu      sync.Mutex
	subs    []sub // changed by the worker, marked by all
	said    [][]byte
	pong    []byte
	bye     []byte // the last frame, after which the page is let go
	ping    bool
	recheck bool // the rights are to be read again
	behind  bool // the store did not answer: what waits is for the next try
	queued  bool // somebody works on it, or will
	left    bool // the page is gone
	done    chan struct{}
}

// sub is a topic that a page listens to.
type sub struct {
	topic    *topic
	last     int64    // seq of the last post that was sent
	edits    []int64  // posts that have changed
	writes   []string // persons who write
	news     bool     // there may be more
	resync   bool
	presence bool
	open     bool // the page was told of it: should it end, it is told that too
}

// waits says whether there is something to tell.
func (x *sub) waits() bool {
	return x.news || x.resync || x.presence || len(x.edits) > 0 || len(x.writes) > 0
}

// counted says whether all that is to be told is who is there, to a page that
// was let in before.
func (x *sub) counted() bool { return x.open && !x.news && !x.resync && len(x.edits) == 0 }

// Serve serves a page until it closes or its session ends, and closes it.
func (l *Live) Serve(conn *websocket.Conn, session, person string, lang hub.Lang) error {
	defer conn.Close()
	s := &socket{live: l, conn: conn, out: conn.NetConn(), session: session, lang: lang}
	if !l.join(s, person) {
		s.send(closing(websocket.ClosePolicyViolation, "too many open pages"))
		return ErrTooMany
	}
	defer l.part(s)
	s.read()
	s.leave()
	return nil
}

func closing(code int, why string) []byte {
	return framed(opClose, websocket.FormatCloseMessage(code, why))
}

const closeRestart = websocket.CloseServiceRestart

// over is a deadline that has passed.
var over = time.Unix(1, 0)

// read takes what the page says until it closes.
func (s *socket) read() {
	s.conn.SetReadLimit(MaxFrame)
	begun, count := time.Now(), 0
	often := func() bool {
		if time.Since(begun) > opsTime {
			begun, count = time.Now(), 0
		}
		count++
		return count > maxOps
	}
	s.conn.SetPongHandler(func(string) error { return s.alive() })
	s.conn.SetPingHandler(func(data string) error {
		if often() {
			return errOften
		}
		s.note(func() { s.pong = framed(opPong, []byte(data)) })
		return s.alive()
	})
	for s.alive() == nil {
		_, raw, err := s.conn.ReadMessage()
		if errors.Is(err, errOften) || err == nil && often() {
			s.dismiss(websocket.ClosePolicyViolation, "too much at once")
			return
		}
		if err != nil {
			return
		}
		s.note(func() { s.said = append(s.said, raw) })
	}
}

var errOften = errors.New("too much at once")

// alive gives the page time until the next sign of life. The deadline is set
// first, and whether it has ended asked after; who ends it does it the other
// way round.
func (s *socket) alive() error {
	if err := s.conn.SetReadDeadline(time.Now().Add(dead)); err != nil || !s.ended.Load() {
		return err
	}
	s.conn.SetReadDeadline(over)
	return net.ErrClosed
}

// end has the reader return.
func (s *socket) end() {
	s.ended.Store(true)
	s.conn.SetReadDeadline(over)
}

// leave returns when nobody works on the socket any more, and nobody will.
func (s *socket) leave() {
	s.mu.Lock()
	s.left = true
	if !s.queued {
		s.ended.Store(true)
		s.mu.Unlock()
		return
	}
	s.done = make(chan struct{})
	if s.bye == nil {
		s.out.SetWriteDeadline(over) // the page is gone: who writes to it need not wait
	}
	s.mu.Unlock()
	<-s.done
}

// note notes what is to be done and has it done.
func (s *socket) note(what func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what()
	s.wake()
}

// wake has the socket worked on, if there is something to do. s.mu is held.
func (s *socket) wake() {
	if !s.queued && s.todo() {
		s.queued = true
		s.live.pool.add(s)
	}
}

// todo says whether there is something to do. s.mu is held.
func (s *socket) todo() bool {
	switch {
	case s.ended.Load():
		return false
	case s.bye != nil:
		return true
	case s.left:
		return false
	}
	return s.ping || s.pong != nil || len(s.said) > 0 || !s.behind && (s.recheck || slices.ContainsFunc(s.subs, func(x sub) bool { return x.waits() }))
}

// tell marks a topic; without one the rights are read again.
func (s *socket) tell(t *topic, mark func(*sub)) {
	s.note(func() {
		if t == nil {
			s.recheck = true
		} else if x := s.sub(t); x != nil {
			mark(x)
		}
	})
}

// turn asks for a sign of life and has the rights read again.
func (s *socket) turn() { s.note(func() { s.ping, s.recheck, s.behind = true, true, false }) }

// retry has done what the store did not answer for.
func (s *socket) retry() { s.note(func() { s.behind = false }) }

// dismiss lets the page go with a word.
func (s *socket) dismiss(code int, why string) {
	s.note(func() { s.bye = closing(code, why) })
}

// sub is what the socket has of a topic; nil for nothing. s.mu is held.
func (s *socket) sub(t *topic) *sub {
	for i := range s.subs {
		if s.subs[i].topic == t {
			return &s.subs[i]
		}
	}
	return nil
}

// work does what waits, and has the rest, or what came meanwhile, done when it
// is its turn again.
func (s *socket) work() {
	if !s.act() {
		s.end()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.todo() {
		s.live.pool.add(s)
		return
	}
	s.queued = false
	if s.done != nil {
		s.ended.Store(true)
		close(s.done)
	}
}

// act is false when the page is gone or to be let go.
func (s *socket) act() bool {
	s.mu.Lock()
	said, pong, ping, bye := s.said, s.pong, s.ping, s.bye
	s.said, s.pong, s.ping = nil, nil, false
	s.mu.Unlock()
	if bye != nil {
		s.send(bye)
		return false
	}
	if pong != nil && !s.send(pong) || ping && !s.send(framed(opPing, nil)) {
		return false
	}
	for _, raw := range said {
		var o op
		if json.Unmarshal(raw, &o) != nil || !s.take(o) {
			s.send(closing(websocket.ClosePolicyViolation, "not understood"))
			return false
		}
	}
	return s.deliver()
}

// within asks the store, which is to answer in time.
func within[T any](ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	return ask(ctx)
}

// op is what a page says.
type op struct {
	Op    string `json:"op"`
	Topic string `json:"topic"`
	After int64  `json:"after"`
	Seq   int64  `json:"seq"`
}

// maxSeq is beyond what any thread has.
const maxSeq = 1 << 53

// take does what a page asks; false when it is no such thing.
func (s *socket) take(o op) bool {
	switch o.Op {
	case "sub":
		return len(o.Topic) <= 100 && s.subscribe(o.Topic, min(max(o.After, 0), maxSeq))
	case "unsub":
		s.unsubscribe(o.Topic)
	case "seen":
		_, _ = within(func(ctx context.Context) (bool, error) { // what fails the next visit notes
			v, err := s.view(ctx)
			if err != nil {
				return false, err
			}
			return true, s.live.Topics.Seen(ctx, v, o.Topic, o.Seq)
		})
	case "typing":
		s.typing(o.Topic)
	default:
		return false
	}
	return true
}

func (s *socket) subscribe(name string, after int64) bool {
	t := s.live.enter(name, s)
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := sub{topic: t, last: after, news: true, presence: name != Person}
	if x := s.sub(t); x != nil {
		*x = fresh
		return true
	}
	if s.subs = append(s.subs, fresh); len(s.subs) > MaxTopics {
		return false
	}
	return true
}

func (s *socket) unsubscribe(name string) {
	s.mu.Lock()
	i := slices.IndexFunc(s.subs, func(x sub) bool { return x.topic.name == name })
	if i < 0 {
		s.mu.Unlock()
		return
	}
	t := s.subs[i].topic
	s.subs = slices.Delete(s.subs, i, i+1)
	s.mu.Unlock()
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	s.live.leave(t, s)
}

// errAway stands for a store that did not answer a moment ago.
var errAway = errors.New("the store is away")

// view is for whom the page is. Pages of one session share what was read, until
// a hint says that it has changed.
func (s *socket) view(ctx context.Context) (hub.Viewer, error) {
	p := s.person
	p.mu.Lock()
	defer p.mu.Unlock()
	change := p.change.Load()
	if seen, known := p.views[s.session]; known && seen.change == change && time.Since(seen.at) < viewLife {
		return seen.viewer, nil
	}
	if time.Now().UnixNano() < s.live.away.Load() {
		return hub.Viewer{}, errAway
	}
	at := time.Now()
	v, err := s.live.Viewer(ctx, s.session)
	if err == nil {
		p.views[s.session] = view{v, change, at}
	}
	return v, err
}

// rights is the viewer without a look into the store where none is due.
func (s *socket) rights(ctx context.Context, recheck bool) (hub.Viewer, error) {
	if !recheck {
		s.person.mu.Lock()
		seen, known := s.person.views[s.session]
		s.person.mu.Unlock()
		if known {
			return seen.viewer, nil
		}
	}
	return s.view(ctx)
}

// deliver sends everything that waits; false when the page is gone, or may
// have nothing any more.
func (s *socket) deliver() bool {
	waiting, recheck := s.waiting()
	if len(waiting) == 0 && !recheck {
		return true
	}
	v, err := within(func(ctx context.Context) (hub.Viewer, error) { return s.rights(ctx, recheck) })
	if errors.Is(err, hub.ErrNotFound) {
		s.send(Encode(Event{Kind: KindRevoked}).raw)
		return false
	}
	if err != nil {
		s.later(waiting)
		return true
	}
	s.show(v)
	for i, x := range waiting {
		err := s.deliverTopic(v, &x)
		if errors.Is(err, errGone) {
			return false
		}
		if err != nil {
			s.later(append(waiting[i+1:], x))
			return true
		}
	}
	return true
}

// later puts back what was to be told, with the rights to be read before, for
// when the store answers again.
func (s *socket) later(waiting []sub) {
	s.note(func() {
		s.recheck, s.behind = true, true
		for _, x := range waiting {
			if now := s.sub(x.topic); now != nil {
				now.news, now.resync, now.presence = true, now.resync || x.resync, now.presence || x.presence
				now.edits = append(now.edits, x.edits...)
			}
		}
	})
	s.live.fellBehind(s)
}

// fellBehind notes that the store did not answer for a socket. For a second
// nobody asks it: the workers are not all to wait for it.
func (l *Live) fellBehind(s *socket) {
	l.away.Store(time.Now().Add(time.Second).UnixNano())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.behind[s] = true
}

// waiting takes what is to be told, and whether the rights are to be read
// again first.
func (s *socket) waiting() (all []sub, recheck bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind {
		return nil, false
	}
	recheck, s.recheck = s.recheck, false
	for i := range s.subs {
		x := &s.subs[i]
		x.news = x.news || recheck // who may not read any more is told so
		if x.waits() {
			all = append(all, *x)
			x.news, x.resync, x.presence, x.edits, x.writes = false, false, false, nil, nil
		}
	}
	return all, recheck
}

// errGone is a page that takes no more.
var errGone = errors.New("the page is gone")

// deliverTopic sends what waits of a topic. errGone; others say that the store
// did not answer.
func (s *socket) deliverTopic(v hub.Viewer, x *sub) error {
	name, topics := x.topic.name, s.live.Topics
	for !x.counted() {
		frames, err := within(func(ctx context.Context) ([]Frame, error) { return topics.Since(ctx, v, s.lang, name, x.last) })
		if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrForbidden) {
			return s.refuse(x)
		}
		if err != nil {
			return err
		}
		if !x.open {
			s.live.opened(x.topic, s)
		}
		for _, f := range frames {
			if !s.send(f.raw) {
				return errGone
			}
			x.last = f.Seq
		}
		x.open = true
		s.note(func() {
			if now := s.sub(x.topic); now != nil {
				now.last, now.open = x.last, true
			}
		})
		if len(frames) == 0 {
			break
		}
	}
	for _, seq := range x.edits {
		f, err := within(func(ctx context.Context) (Frame, error) { return topics.One(ctx, v, s.lang, name, seq) })
		if err == nil && !s.send(f.raw) {
			return errGone
		}
	}
	if x.resync && !s.send(Encode(Event{Topic: name, Kind: KindResync}).raw) {
		return errGone
	}
	return s.deliverHere(v, x)
}

// refuse ends a topic.
func (s *socket) refuse(x *sub) error {
	s.unsubscribe(x.topic.name)
	kind := KindDenied
	if x.open {
		kind = KindRevoked
	}
	if !s.send(Encode(Event{Topic: x.topic.name, Kind: kind}).raw) {
		return errGone
	}
	return nil
}

// deliverHere sends who is there and who writes, to who may know it. What
// cannot be read now comes with the next change. Who is not shown to others is
// shown nobody.
func (s *socket) deliverHere(v hub.Viewer, x *sub) error {
	name, topics := x.topic.name, s.live.Topics
	var all []func(context.Context) (Frame, error)
	switch {
	case x.presence && v.Unseen:
		all = append(all, func(context.Context) (Frame, error) { return nobody(name), nil })
	case x.presence:
		people, count := s.live.here(x.topic)
		all = append(all, func(ctx context.Context) (Frame, error) { return topics.Here(ctx, v, s.lang, name, people, count) })
	}
	if len(x.writes) > 0 && !v.Unseen {
		all = append(all, func(ctx context.Context) (Frame, error) { return topics.Writing(ctx, v, s.lang, name, x.writes) })
	}
	for _, ask := range all {
		if f, err := within(ask); err == nil && !s.send(f.raw) {
			return errGone
		}
	}
	return nil
}

// nobody says nothing of who is there.
func nobody(topic string) Frame {
	return Encode(Event{Topic: topic, Kind: KindPresence, Data: map[string]int{"count": 0}})
}

// send writes a frame; false when the page does not take it. Who does not take
// it at once keeps its worker, and another goes on with the rest.
func (s *socket) send(frame []byte) bool {
	n, err := s.write(frame, quick)
	if errors.Is(err, os.ErrDeadlineExceeded) && s.slow() {
		defer s.live.pool.back()
		_, err = s.write(frame[n:], writeTime)
	}
	return err == nil
}

// slow takes the worker of a socket off, if somebody still reads it.
func (s *socket) slow() bool {
	s.mu.Lock()
	gone := s.left && s.bye == nil
	s.mu.Unlock()
	return !gone && s.live.pool != nil && s.live.pool.away()
}

func (s *socket) write(frame []byte, within time.Duration) (int, error) {
	if err := s.out.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return 0, err
	}
	return s.out.Write(frame)
}
