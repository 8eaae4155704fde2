package live_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/live"
)

// store is the content of topics, and who may have it.
type store struct {
	mu     sync.Mutex
	posts  map[string][]string // by topic
	shut   map[string]bool     // persons who may read nothing any more
	out    map[string]bool     // sessions that have ended
	seen   []string
	denied map[string]bool // topics
	hidden map[string]bool // persons who are not shown to others
	away   bool            // it does not answer
	missed int             // how often it did not
}

var errAway = errors.New("the store is away")

func (s *store) Since(_ context.Context, v hub.Viewer, _ hub.Lang, topic string, after int64) ([]live.Frame, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		s.missed++
		return nil, errAway
	}
	if s.shut[v.Person] || s.denied[topic] {
		return nil, hub.ErrNotFound
	}
	var all []live.Frame
	for n, text := range s.posts[topic] {
		if seq := int64(n + 1); seq > after && len(all) < 20 {
			all = append(all, live.Encode(live.Event{Topic: topic, Seq: seq, Kind: live.KindPost, HTML: text}))
		}
	}
	return all, nil
}

func (s *store) One(_ context.Context, _ hub.Viewer, _ hub.Lang, topic string, seq int64) (live.Frame, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return live.Encode(live.Event{Topic: topic, Seq: seq, Kind: live.KindEdit, HTML: s.posts[topic][seq-1]}), nil
}

func (s *store) Here(_ context.Context, v hub.Viewer, _ hub.Lang, topic string, people []string, count int) (live.Frame, error) {
	others := slices.DeleteFunc(slices.Clone(people), func(p string) bool { return p == v.Person })
	return live.Encode(live.Event{Topic: topic, Kind: live.KindPresence, Data: map[string]any{"count": count, "people": others}}), nil
}

func (s *store) Writing(_ context.Context, _ hub.Viewer, _ hub.Lang, topic string, people []string) (live.Frame, error) {
	return live.Encode(live.Event{Topic: topic, Kind: live.KindTyping, Data: map[string]any{"people": people}}), nil
}

func (s *store) Writes(_ context.Context, v hub.Viewer, _ string) (bool, error) {
	return v.Person != "mute", nil
}

func (s *store) Seen(_ context.Context, v hub.Viewer, topic string, seq int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, fmt.Sprintf("%s %s %d", v.Person, topic, seq))
	return nil
}

func (s *store) viewer(_ context.Context, session string) (hub.Viewer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		s.missed++
		return hub.Viewer{}, errAway
	}
	if s.out[session] {
		return hub.Viewer{}, hub.ErrNotFound
	}
	person := strings.TrimSuffix(session, "+")
	return hub.Viewer{Person: person, Unseen: s.hidden[person]}, nil
}

// say adds a post and tells of it, as often as asked.
func (w *world) say(topic string, hints int) {
	w.mu.Lock()
	w.posts[topic] = append(w.posts[topic], fmt.Sprintf("post %d", len(w.posts[topic])+1))
	n := int64(len(w.posts[topic]))
	w.mu.Unlock()
	for range hints {
		w.bus.Publish(bus.Hint{Topic: topic, Seq: n})
	}
}

// world is a server of sockets over memory.
type world struct {
	*store
	live *live.Live
	bus  *bus.Memory
	dial websocket.Dialer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{store: &store{posts: map[string][]string{}, shut: map[string]bool{}, out: map[string]bool{}, denied: map[string]bool{}, hidden: map[string]bool{}}, bus: &bus.Memory{}}
	w.live = &live.Live{Topics: w.store, Viewer: w.viewer}
	w.bus.Listen(w.live.Hint)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	up := websocket.FastHTTPUpgrader{CheckOrigin: func(*fasthttp.RequestCtx) bool { return true }}
	server := &fasthttp.Server{KeepHijackedConns: true, ReduceMemoryUsage: true, Handler: func(c *fasthttp.RequestCtx) {
		session := string(c.QueryArgs().Peek("as"))
		up.Upgrade(c, func(conn *websocket.Conn) {
			go w.live.Serve(conn, session, strings.TrimSuffix(session, "+"), hub.English)
		})
	}}
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(narrowed{l})
	}()
	t.Cleanup(func() {
		w.live.Close()
		l.Close()
		<-served
	})
	w.dial.NetDial = func(string, string) (net.Conn, error) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(narrow)
		}
		return c, err
	}
	return w
}

// narrow is how many bytes the network takes before somebody reads them.
const narrow = 128 << 10

// narrowed is a listener whose links take little.
type narrowed struct{ net.Listener }

func (n narrowed) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if err == nil {
		err = c.(*net.TCPConn).SetWriteBuffer(narrow)
	}
	return c, err
}

// tab is an open page.
type tab struct {
	t    *testing.T
	conn *websocket.Conn
}

func (w *world) open(t *testing.T, session string) *tab {
	t.Helper()
	conn, _, err := w.dial.Dial("ws://hub/live?as="+session, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &tab{t, conn}
}

func (x *tab) say(format string, args ...any) {
	x.t.Helper()
	if err := x.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		x.t.Fatal(err)
	}
}

// next is the next event of a kind; presence is passed over where it is not
// asked for.
func (x *tab) next(kind string) live.Event {
	x.t.Helper()
	for {
		x.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		_, raw, err := x.conn.ReadMessage()
		if err != nil {
			x.t.Fatalf("waiting for %s: %v", kind, err)
		}
		var e live.Event
		if err := json.Unmarshal(raw, &e); err != nil {
			x.t.Fatal(err)
		}
		if e.Kind == live.KindPresence && kind != live.KindPresence {
			continue
		}
		if e.Kind != kind {
			x.t.Fatalf("%+v, want %s", e, kind)
		}
		return e
	}
}

// ended waits until the socket is closed, with a code.
func (x *tab) ended(code int) {
	x.t.Helper()
	for {
		x.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, _, err := x.conn.ReadMessage(); err != nil {
			if code != 0 && !websocket.IsCloseError(err, code) {
				x.t.Errorf("closed by %v, want %d", err, code)
			}
			return
		}
	}
}

// posts reads posts from one seq to another, in order, without a gap.
func (x *tab) posts(from, to int64) {
	x.t.Helper()
	for seq := from; seq <= to; seq++ {
		if e := x.next(live.KindPost); e.Seq != seq || e.HTML != fmt.Sprintf("post %d", seq) {
			x.t.Fatalf("%+v, want post %d", e, seq)
		}
	}
}

// TestPosts: what follows the last seq of a page comes, each once and in
// order, whatever becomes of the hints.
func TestPosts(t *testing.T) {
	w := newWorld(t)
	for range 45 {
		w.say("thread:a", 0)
	}
	x := w.open(t, "ana")
	x.say(`{"op":"sub","topic":"thread:a","after":2}`)
	x.posts(3, 45)
	w.say("thread:a", 3) // doubled
	w.say("thread:a", 0) // lost
	w.say("thread:a", 1)
	x.posts(46, 48)
	for n := range int64(3) { // late and out of order
		w.bus.Publish(bus.Hint{Topic: "thread:a", Seq: 40 - n})
	}
	w.say("thread:b", 1) // not asked for
	w.say("thread:a", 1)
	x.posts(49, 49)

	w.bus.Publish(bus.Hint{Topic: "thread:a", Seq: 7, Edit: true})
	if e := x.next(live.KindEdit); e.Seq != 7 {
		t.Errorf("%+v", e)
	}
	w.bus.Publish(bus.Hint{Topic: "thread:a"})
	x.next(live.KindResync)
	x.say(`{"op":"unsub","topic":"thread:a"}`)
	x.say(`{"op":"sub","topic":"thread:b","after":0}`)
	x.posts(1, 1)
	w.say("thread:a", 1)
	w.say("thread:b", 1)
	x.posts(2, 2) // of b: of a nothing comes any more
}

// TestReconnect: a page that comes back names what it has, and gets the rest.
func TestReconnect(t *testing.T) {
	w := newWorld(t)
	w.say("thread:a", 0)
	x := w.open(t, "ana")
	x.say(`{"op":"sub","topic":"thread:a","after":0}`)
	x.posts(1, 1)
	x.conn.Close()
	w.say("thread:a", 1)
	w.say("thread:a", 1)
	y := w.open(t, "ana")
	y.say(`{"op":"sub","topic":"thread:a","after":1}`)
	y.posts(2, 3)
}

// TestRights: a right that ends takes the topic along at once; a session that
// ends takes the socket.
func TestRights(t *testing.T) {
	w := newWorld(t)
	w.say("thread:a", 0)
	x, y := w.open(t, "ana"), w.open(t, "sam")
	for _, tab := range []*tab{x, y} {
		tab.say(`{"op":"sub","topic":"thread:a","after":0}`)
		tab.posts(1, 1)
	}
	x.say(`{"op":"sub","topic":"thread:closed"}`)
	w.mu.Lock()
	w.denied["thread:shut"] = true
	w.mu.Unlock()
	x.say(`{"op":"sub","topic":"thread:shut"}`)
	if e := x.next(live.KindDenied); e.Topic != "thread:shut" {
		t.Errorf("%+v", e)
	}
	w.mu.Lock()
	w.shut["ana"] = true
	w.mu.Unlock()
	w.bus.Publish(bus.Hint{Topic: "person:ana"})
	ended := []string{x.next(live.KindRevoked).Topic, x.next(live.KindRevoked).Topic}
	if slices.Sort(ended); !slices.Equal(ended, []string{"thread:a", "thread:closed"}) {
		t.Errorf("ended: %v", ended)
	}
	w.say("thread:a", 1)
	y.posts(2, 2)
	w.mu.Lock()
	w.out["sam"] = true
	w.mu.Unlock()
	w.bus.Publish(bus.Hint{Topic: "person:sam"})
	if e := y.next(live.KindRevoked); e.Topic != "" {
		t.Errorf("%+v", e)
	}
	y.ended(0)
}

// TestPresence counts persons, not pages.
func TestPresence(t *testing.T) {
	w := newWorld(t)
	count := func(x *tab, want float64) {
		t.Helper()
		for {
			e := x.next(live.KindPresence)
			if n := e.Data.(map[string]any)["count"].(float64); n == want {
				return
			} else if n > want {
				continue // an earlier state
			}
		}
	}
	x := w.open(t, "ana")
	x.say(`{"op":"sub","topic":"thread:a"}`)
	count(x, 1)
	again := w.open(t, "ana")
	again.say(`{"op":"sub","topic":"thread:a"}`)
	y := w.open(t, "sam")
	y.say(`{"op":"sub","topic":"thread:a"}`)
	count(y, 2)
	again.conn.Close()
	y.conn.Close()
	for w.live.People("thread:a") != 1 {
		count(x, 1)
	}
}

// TestHostile: what is no protocol closes the socket, and nobody else notices.
func TestHostile(t *testing.T) {
	w := newWorld(t)
	good := w.open(t, "good")
	good.say(`{"op":"sub","topic":"thread:a","after":0}`)
	for name, frames := range map[string][]string{
		"no JSON": {"x"}, "nothing known": {`{"op":"drop"}`}, "a long topic": {`{"op":"sub","topic":"` + strings.Repeat("x", 200) + `"}`},
		"too much at once": slices.Repeat([]string{`{"op":"typing","topic":"thread:a"}`}, 30), "half a frame": {`{"op":`},
	} {
		x := w.open(t, "bad")
		for _, f := range frames {
			if x.conn.WriteMessage(websocket.TextMessage, []byte(f)) != nil {
				break
			}
		}
		t.Log(name)
		x.ended(websocket.ClosePolicyViolation)
	}
	huge := w.open(t, "bad")
	huge.conn.WriteMessage(websocket.TextMessage, make([]byte, live.MaxFrame+1))
	huge.ended(websocket.CloseMessageTooBig)
	var many []*tab
	for range live.MaxSockets {
		x := w.open(t, "many")
		x.say(`{"op":"sub","topic":"thread:b","after":0}`)
		x.next(live.KindPresence) // it is in
		many = append(many, x)
	}
	w.open(t, "many").ended(websocket.ClosePolicyViolation)
	many[0].say(`{"op":"seen","topic":"thread:a","seq":3}`)
	many[0].say(`{"op":"sub","topic":"thread:a","after":0}`)
	w.say("thread:a", 1)
	many[0].posts(1, 1)
	good.posts(1, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.seen, []string{"many thread:a 3"}) {
		t.Errorf("%v", w.seen)
	}
}

// TestClose lets every page go with a word that it may come back.
func TestClose(t *testing.T) {
	w := newWorld(t)
	x := w.open(t, "ana")
	x.say(`{"op":"sub","topic":"thread:a"}`)
	x.next(live.KindPresence)
	w.live.Close()
	x.ended(websocket.CloseServiceRestart)
}

// TestInstances: two instances on one store, whose hints get lost, doubled and
// mixed up between them: every page has what the store has, in order, once it
// is told that hints were lost.
func TestInstances(t *testing.T) {
	one := newWorld(t)
	other := newWorld(t)
	other.live.Topics, other.live.Viewer = one.store, one.viewer
	var tabs []*tab
	for n := range 20 {
		w := []*world{one, other}[n%2]
		x := w.open(t, fmt.Sprintf("p%d", n))
		x.say(`{"op":"sub","topic":"thread:a","after":0}`)
		tabs = append(tabs, x)
	}
	const posts = 60
	for n := range int64(posts) {
		one.say("thread:a", int(n%3)) // none, one or two for its own
		switch n % 4 {                // and for the other instance
		case 0:
			other.bus.Publish(bus.Hint{Topic: "thread:a", Seq: max(n, 1)})
		case 1:
			other.bus.Publish(bus.Hint{Topic: "thread:a", Seq: n + 1})
			other.bus.Publish(bus.Hint{Topic: "thread:a", Seq: n - 3})
		}
	}
	one.bus.Publish(bus.Hint{})
	other.bus.Publish(bus.Hint{})
	for _, x := range tabs {
		x.posts(1, posts)
	}
	other.bus.Publish(bus.Hint{Edit: true})
	tabs[1].next(live.KindResync)
}

// nextHere waits until a page is told that so many are there, and returns the
// others by name.
func (x *tab) nextHere(want int) []string {
	x.t.Helper()
	for {
		data := x.next(live.KindPresence).Data.(map[string]any)
		if int(data["count"].(float64)) != want {
			continue // an earlier state
		}
		var people []string
		for _, p := range data["people"].([]any) {
			people = append(people, p.(string))
		}
		return people
	}
}

// join has two worlds on one store and one bus, as two instances.
func join(t *testing.T) (one, other *world) {
	t.Helper()
	one, other = newWorld(t), newWorld(t)
	other.store, other.live.Topics, other.live.Viewer = one.store, one.store, one.viewer
	both := func(h bus.Hint) {
		one.bus.Publish(h)
		other.bus.Publish(h)
	}
	one.live.Publish, other.live.Publish = both, both
	return one, other
}

// TestHere: who is at a topic is told by name wherever the topic is open, of
// all instances, save those who do not want it; who is not let in is not there.
func TestHere(t *testing.T) {
	one, other := join(t)
	one.hidden["sam"], one.denied["thread:closed"] = true, true
	ana := one.open(t, "ana")
	ana.say(`{"op":"sub","topic":"thread:a"}`)
	if got := ana.nextHere(1); len(got) != 0 {
		t.Errorf("with ana alone there are %v", got)
	}
	eve := other.open(t, "eve")
	eve.say(`{"op":"sub","topic":"thread:a"}`)
	if got := eve.nextHere(2); !slices.Equal(got, []string{"ana"}) {
		t.Errorf("eve sees %v", got)
	}
	if got := ana.nextHere(2); !slices.Equal(got, []string{"eve"}) {
		t.Errorf("ana sees %v", got)
	}
	sam := one.open(t, "sam") // is not shown, and is shown nobody
	sam.say(`{"op":"sub","topic":"thread:a"}`)
	if data := sam.next(live.KindPresence).Data.(map[string]any); data["count"].(float64) != 0 || data["people"] != nil {
		t.Errorf("who is not shown is shown %v", data)
	}
	x := one.open(t, "out")
	x.say(`{"op":"sub","topic":"thread:closed"}`)
	x.next(live.KindDenied)
	if n := one.live.People("thread:closed"); n != 0 {
		t.Errorf("%d are where nobody may be", n)
	}
	one.mu.Lock()
	one.hidden["sam"], one.hidden["eve"] = false, true
	one.mu.Unlock()
	other.live.Hint(bus.Hint{Topic: "person:eve"})
	one.live.Hint(bus.Hint{Topic: "person:sam"})
	for got := ana.nextHere(2); !slices.Equal(got, []string{"sam"}); got = ana.nextHere(2) {
	}
	if data := eve.next(live.KindPresence).Data.(map[string]any); data["people"] == nil {
		t.Logf("who is hidden now is told %v", data)
	}
	sam.conn.Close()
	if got := ana.nextHere(1); len(got) != 0 {
		t.Errorf("after all have left there are %v", got)
	}
}

// TestHereFaults: what instances say of who is there may be doubled and late,
// be nonsense, or end without a word.
func TestHereFaults(t *testing.T) {
	w := newWorld(t)
	x := w.open(t, "ana")
	x.say(`{"op":"sub","topic":"thread:a"}`)
	x.nextHere(1)
	say := func(at int64, people ...string) {
		w.bus.Publish(bus.Hint{Topic: "thread:a", Here: &bus.Here{From: "other", At: at, People: people}})
	}
	say(5, "eve", "ana")
	x.nextHere(2) // who is at two places is there once
	say(4, "eve", "sam", "kim")
	say(5, "sam", "kim", "lea")
	w.bus.Publish(bus.Hint{Topic: "thread:a", Here: &bus.Here{From: "bad", At: 1, More: -7}})
	w.bus.Publish(bus.Hint{Topic: "thread:a", Here: &bus.Here{From: "bad", At: 2, People: make([]string, 1000)}})
	w.bus.Publish(bus.Hint{Topic: "thread:none", Here: &bus.Here{From: "other", At: 9, People: []string{"eve"}}})
	if n := w.live.People("thread:a"); n != 2 {
		t.Errorf("%d are there", n)
	}
	say(6)
	if got := x.nextHere(1); len(got) != 0 {
		t.Errorf("after the other instance has none there are %v", got)
	}
}

// TestTyping: others are told who writes, at all instances, not too often, and
// not of who does not want it or may not write.
func TestTyping(t *testing.T) {
	one, other := join(t)
	one.hidden["sam"] = true
	var tabs []*tab
	for i, who := range []string{"ana", "eve", "sam", "mute"} {
		x := []*world{one, other}[i%2].open(t, who)
		x.say(`{"op":"typing","topic":"thread:a"}`) // before it is let in
		x.say(`{"op":"sub","topic":"thread:a"}`)
		x.next(live.KindPresence)
		tabs = append(tabs, x)
	}
	for _, n := range []int{2, 3, 0, 0} {
		tabs[n].say(`{"op":"typing","topic":"thread:a"}`)
	}
	for _, n := range []int{1, 3} {
		if data := tabs[n].next(live.KindTyping).Data.(map[string]any); fmt.Sprint(data["people"]) != "[ana]" {
			t.Errorf("%d is told that %v write", n, data["people"])
		}
	}
	one.say("thread:a", 1)
	other.bus.Publish(bus.Hint{Topic: "thread:a", Seq: 1})
	for _, x := range tabs { // nobody was told more than that: the next thing is the post
		x.posts(1, 1)
	}
}

// TestSlow: pages that read nothing have all they are told waiting for them
// alone; the others have it at once, and so have those when they read again.
func TestSlow(t *testing.T) {
	w := newWorld(t)
	w.mu.Lock()
	long := strings.Repeat("x", 16<<10)
	w.posts["thread:a"] = slices.Repeat([]string{long}, 150)
	w.mu.Unlock()
	var slow []*tab
	for n := range 3 * runtime.GOMAXPROCS(0) * 4 {
		x := w.open(t, fmt.Sprintf("slow%d", n))
		x.say(`{"op":"sub","topic":"thread:a","after":0}`)
		slow = append(slow, x)
	}
	good := w.open(t, "good")
	good.say(`{"op":"sub","topic":"thread:b","after":0}`)
	for n := range int64(20) {
		w.say("thread:b", 1)
		good.posts(n+1, n+1)
	}
	x := slow[0]
	for last := int64(0); last < 150; {
		x.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		_, raw, err := x.conn.ReadMessage()
		if err != nil { // it was let go, and comes back as a page does
			x = w.open(t, "back")
			x.say(`{"op":"sub","topic":"thread:a","after":%d}`, last)
			continue
		}
		var e live.Event
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if e.Kind == live.KindPost && (e.Seq != last+1 || len(e.HTML) != len(long)) {
			t.Fatalf("post %d of %d bytes after %d", e.Seq, len(e.HTML), last)
		}
		last = max(last, e.Seq)
	}
}

// TestStoreAway: while the store does not answer nothing is told and nobody is
// let go; then everybody has what came meanwhile.
func TestStoreAway(t *testing.T) {
	w := newWorld(t)
	var tabs []*tab
	for n := range 30 {
		x := w.open(t, fmt.Sprintf("p%d", n))
		x.say(`{"op":"sub","topic":"thread:a","after":0}`)
		x.next(live.KindPresence)
		tabs = append(tabs, x)
	}
	away := func(is bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.away = is
	}
	away(true)
	w.say("thread:a", 1)
	w.bus.Publish(bus.Hint{Topic: "person:p3"})
	w.say("thread:a", 1)
	for tried := false; !tried; runtime.Gosched() {
		w.mu.Lock()
		tried = w.missed > 0
		w.mu.Unlock()
	}
	away(false)
	for _, x := range tabs {
		x.posts(1, 2)
	}
}
