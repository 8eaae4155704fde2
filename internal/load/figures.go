package load

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// Rate posts at a rate into threads, each in turn by the next person, and
// returns how long each took to be acknowledged, and when. What the hub
// refuses is an error.
func Rate(ctx context.Context, h *Hub, threads []Thread, perSecond int, during time.Duration) (took []time.Duration, acked map[string]time.Time, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	acked = map[string]time.Time{}
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for i := range int(during.Seconds() * float64(perSecond)) {
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-tick.C:
		}
		all.Go(func() {
			t := threads[i%len(threads)]
			began := time.Now()
			p, failed := h.Say(ctx, h.People[i%len(h.People)], t, hub.NewID(), fmt.Sprintf("An answer of a few words, mark-%d", i))
			now := time.Now()
			mu.Lock()
			defer mu.Unlock()
			if failed != nil {
				err = failed
				return
			}
			took = append(took, now.Sub(began))
			acked[where(t.ID, p.Seq)] = now
		})
	}
	all.Wait()
	return took, acked, err
}

func where(thread string, seq int64) string { return fmt.Sprintf("%s-%d", thread, seq) }

// Ears are sockets in a process of its own.
type Ears struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// orders are what the process of the ears is told.
type orders struct {
	URL     string
	People  []Person
	Each    int      // sockets of a person
	Threads []string // each socket listens to one of them, in turn
	All     string   // and to this
}

// arrival is when a socket heard of a post.
type arrival struct {
	Thread string
	Seq    int64
	At     time.Time
}

// Open opens sockets in a process of its own, and returns when all listen.
func Open(ctx context.Context, h *Hub, each int, threads []Thread, all Thread) (*Ears, error) {
	o := orders{URL: h.URL, People: h.People, Each: each, All: all.ID}
	for _, t := range threads {
		o.Threads = append(o.Threads, t.ID)
	}
	cmd, in, out, err := itself(ctx, "ears")
	if err != nil {
		return nil, err
	}
	e := &Ears{cmd: cmd, in: in, out: bufio.NewScanner(out)}
	e.out.Buffer(nil, 1<<20)
	if err := json.NewEncoder(e.in).Encode(o); err != nil {
		return nil, err
	}
	if !e.out.Scan() || e.out.Text() != "open" {
		return nil, fmt.Errorf("the sockets did not open: %s", e.out.Text())
	}
	return e, nil
}

// itself starts this program once more, to do something else.
func itself(ctx context.Context, args ...string) (cmd *exec.Cmd, in io.WriteCloser, out io.Reader, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, nil, err
	}
	cmd = exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	if in, err = cmd.StdinPipe(); err != nil {
		return nil, nil, nil, err
	}
	if out, err = cmd.StdoutPipe(); err != nil {
		return nil, nil, nil, err
	}
	return cmd, in, out, cmd.Start()
}

// Close ends the sockets and returns what they heard.
func (e *Ears) Close() (all []arrival, err error) {
	e.in.Close()
	for e.out.Scan() {
		var a arrival
		if err := json.Unmarshal(e.out.Bytes(), &a); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, e.cmd.Wait()
}

// Hear is the process of the ears: it reads its orders, opens the sockets, and
// writes what they heard when its input ends.
func Hear(ctx context.Context, in io.Reader, out io.Writer) error {
	read := json.NewDecoder(in)
	var o orders
	if err := read.Decode(&o); err != nil {
		return err
	}
	var mu sync.Mutex
	var heard []arrival
	var open atomic.Int64
	failed := make(chan error, 1)
	for i := range len(o.People) * o.Each {
		p := o.People[i%len(o.People)]
		topics := map[string]int64{o.Threads[i%len(o.Threads)]: 1}
		if o.All != "" {
			topics[o.All] = 1
		}
		ready := make(chan bool)
		go func() {
			err := listen(o.URL, p, topics, func(e event) {
				if e.Kind != "post" {
					return
				}
				a := arrival{e.Topic[len("thread:"):], e.Seq, time.Now()}
				mu.Lock()
				heard = append(heard, a)
				mu.Unlock()
			}, func(*websocket.Conn) {
				open.Add(1)
				close(ready)
			})
			select {
			case failed <- err:
			default:
			}
		}()
		select {
		case <-ready:
		case err := <-failed:
			return fmt.Errorf("socket %d: %w", i, err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	fmt.Fprintln(out, "open")
	io.Copy(io.Discard, in)
	mu.Lock()
	defer mu.Unlock()
	w := bufio.NewWriter(out)
	for _, a := range heard {
		json.NewEncoder(w).Encode(a)
	}
	return w.Flush()
}

// Delays are how long after their acknowledgement posts arrived at sockets; a
// post that arrived before counts as at once.
func Delays(heard []arrival, acked map[string]time.Time) (all []time.Duration) {
	for _, a := range heard {
		if at, known := acked[where(a.Thread, a.Seq)]; known {
			all = append(all, max(0, a.At.Sub(at)))
		}
	}
	return all
}

// Page asks for a page as a person, over and over, with some connections, and
// returns how often it was answered in a second and how long it took.
func Page(ctx context.Context, h *Hub, path string, connections int, during time.Duration) (perSecond float64, took []time.Duration, err error) {
	ctx, stop := context.WithTimeout(ctx, during)
	defer stop()
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for i := range connections {
		all.Go(func() {
			var own []time.Duration
			for ctx.Err() == nil {
				d, failed := h.get(ctx, h.People[i%len(h.People)], path)
				if failed != nil {
					if ctx.Err() == nil {
						mu.Lock()
						err = failed
						mu.Unlock()
					}
					break
				}
				own = append(own, d)
			}
			mu.Lock()
			took = append(took, own...)
			mu.Unlock()
		})
	}
	all.Wait()
	return float64(len(took)) / time.Since(began).Seconds(), took, err
}

// Look asks for a page fifty times a second, and returns how long each took.
func Look(ctx context.Context, h *Hub, path string) (took []time.Duration) {
	for ctx.Err() == nil {
		if d, err := h.get(ctx, h.People[rand.IntN(len(h.People))], path); err == nil {
			took = append(took, d)
		}
		pause(ctx, 20*time.Millisecond)
	}
	return took
}

// get asks for a page as a person, with a client that costs little beside the
// hub on the same machine.
func (h *Hub) get(ctx context.Context, p Person, path string) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	r, answer := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(r)
	defer fasthttp.ReleaseResponse(answer)
	r.SetRequestURI(h.URL + path)
	r.Header.SetCookie("hub", p.Bearer)
	began := time.Now()
	if err := h.pages.DoTimeout(r, answer, 30*time.Second); err != nil {
		return 0, err
	}
	if answer.StatusCode() != fasthttp.StatusOK {
		return 0, &refused{answer.StatusCode(), path}
	}
	return time.Since(began), nil
}

// Fill writes threads of so many posts straight into the store, by its service,
// as if over the last weeks: everybody keeps to the limits.
func Fill(ctx context.Context, talk *discuss.Service, people []Person, lengths ...int) ([]Thread, error) {
	var all []Thread
	now := time.Now().Add(-50 * 24 * time.Hour)
	talk.Now = func() time.Time { return now }
	for n, length := range lengths {
		v := func(i int) hub.Viewer {
			return hub.Viewer{Person: people[i%len(people)].ID, Role: hub.RoleMember, Mechanism: "MDA"}
		}
		t, err := talk.Start(ctx, v(0), Space, discuss.NewThread{Title: fmt.Sprintf("A thread of %d posts", length), Body: "How do you do it?", Lang: hub.English})
		if err != nil {
			return nil, err
		}
		for i := 1; i < length; i++ {
			now = now.Add(130 * time.Second / time.Duration(min(len(people), 20)))
			body := fmt.Sprintf("We name **two** people in each ministry, at different levels, and they hand over in writing. This is answer %d of thread %d.", i, n)
			if _, err := talk.Append(ctx, v(i), t.Space, t.Slug, discuss.NewPost{Body: body, Lang: hub.English}); err != nil {
				return nil, fmt.Errorf("post %d: %w", i, err)
			}
		}
		all = append(all, Thread{t.ID, t.Slug})
	}
	return all, nil
}
