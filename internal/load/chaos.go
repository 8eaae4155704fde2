package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
)

// Chaos has clients write and listen while hubs are killed and links drop, and
// compares at the end what each has heard and what was acknowledged with what
// the hubs serve. Of several instances a client asks any, each time anew.
type Chaos struct {
	Hubs    []*Hub
	Threads []Thread
	For     time.Duration
	Kill    time.Duration // between two kills, at most
	Pause   time.Duration // between two posts of a client, about
}

// Told is what came of it.
type Told struct{ Kills, Dropped, Posts, Lost, Doubled, Misplaced, Unheard int }

// Bad is how many posts are not where they should be.
func (t Told) Bad() int { return t.Lost + t.Doubled + t.Misplaced + t.Unheard }

// chaotic is a client: what it has heard of its thread, and what it was told is
// kept.
type chaotic struct {
	person Person
	thread Thread

	mu    sync.Mutex
	heard map[int64]string // seq: mark
	last  int64
	kept  map[string]int64 // mark: seq
	conn  *websocket.Conn
	wrong int // out of order, or another text for a seq
}

func (c *chaotic) hear(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Kind != "post" {
		return
	}
	mark := marked.FindString(e.HTML)
	was, known := c.heard[e.Seq]
	if known && was != mark || !known && e.Seq != c.last+1 {
		c.wrong++
	}
	c.heard[e.Seq] = mark
	c.last = max(c.last, e.Seq)
}

// Run makes the chaos.
func (x *Chaos) Run(ctx context.Context) (Told, error) {
	var told Told
	var clients []*chaotic
	for i, p := range x.Hubs[0].People {
		clients = append(clients, &chaotic{person: p, thread: x.Threads[i%len(x.Threads)], heard: map[int64]string{}, kept: map[string]int64{}})
	}
	writing, stop := context.WithTimeout(ctx, x.For)
	defer stop()
	listening, quiet := context.WithCancel(ctx)
	defer quiet()
	var writers, ears sync.WaitGroup
	for i, c := range clients {
		ears.Go(func() { x.listens(listening, c) })
		writers.Go(func() { x.writes(writing, ctx, c, i) })
	}
	var err error
	if told.Kills, told.Dropped, err = x.harm(writing, clients); err != nil {
		return told, err // what began ends with the program
	}
	writers.Wait()
	err = x.settle(ctx, clients)
	quiet()
	for _, c := range clients {
		c.drop()
	}
	ears.Wait()
	if err != nil {
		return told, err
	}
	return x.compare(ctx, clients, told)
}

// listens keeps a socket open, with what it has heard so far.
func (x *Chaos) listens(ctx context.Context, c *chaotic) {
	for ctx.Err() == nil {
		c.mu.Lock()
		after := map[string]int64{c.thread.ID: c.last}
		c.mu.Unlock()
		listen(x.any().URL, c.person, after, c.hear, func(conn *websocket.Conn) {
			c.mu.Lock()
			c.conn = conn
			c.mu.Unlock()
			if ctx.Err() != nil {
				conn.Close()
			}
		})
		pause(ctx, time.Duration(rand.IntN(300))*time.Millisecond)
	}
}

func (c *chaotic) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		c.conn.NetConn().Close()
	}
}

// writes posts until the time is over; what was begun is tried until it is
// acknowledged, with the same key.
func (x *Chaos) writes(ctx, whole context.Context, c *chaotic, n int) {
	for i := 0; ; i++ {
		pause(ctx, time.Duration(float64(x.Pause)*(0.5+rand.Float64())))
		if ctx.Err() != nil {
			return
		}
		mark := fmt.Sprintf("mark-%d-%d", n, i)
		for whole.Err() == nil {
			p, err := x.any().Say(whole, c.person, c.thread, mark, "An answer, "+mark)
			if err == nil {
				c.mu.Lock()
				c.kept[mark] = p.Seq
				c.mu.Unlock()
				break
			}
			var no *refused
			if errors.As(err, &no) && no.status == 429 {
				break // nothing was acknowledged
			}
			pause(whole, 50*time.Millisecond)
		}
	}
}

// harm kills the hub and drops links until the time is over, and has the hub
// run at the end. A hub that does not start again is an error.
func (x *Chaos) harm(ctx context.Context, clients []*chaotic) (kills, dropped int, err error) {
	for {
		until := time.After(time.Duration((0.3 + 0.7*rand.Float64()) * float64(x.Kill)))
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return kills, dropped, nil
			case <-until:
				waiting = false
			case <-time.After(200 * time.Millisecond):
				clients[rand.IntN(len(clients))].drop()
				dropped++
			}
		}
		h := x.any()
		h.Kill()
		kills++
		start, end := context.WithTimeout(context.Background(), 2*time.Minute)
		err := h.Start(start)
		end()
		if err != nil {
			return kills, dropped, err
		}
	}
}

// any is one of the instances.
func (x *Chaos) any() *Hub { return x.Hubs[rand.IntN(len(x.Hubs))] }

// settle waits until every client has heard what the hub serves.
func (x *Chaos) settle(ctx context.Context, clients []*chaotic) error {
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	defer stop()
	for _, t := range x.Threads {
		all, err := x.posts(ctx, clients[0].person, t)
		if err != nil {
			return err
		}
		for _, c := range clients {
			for c.thread.ID == t.ID && ctx.Err() == nil {
				c.mu.Lock()
				last := c.last
				c.mu.Unlock()
				if last >= int64(len(all)) {
					break
				}
				pause(ctx, 20*time.Millisecond)
			}
		}
	}
	return nil
}

// posts are the posts of a thread as one of the hubs serves them, asked again
// while their store is busy.
func (x *Chaos) posts(ctx context.Context, p Person, t Thread) (all []Post, err error) {
	for range 10 {
		if all, err = x.any().Posts(ctx, p, t); err == nil || ctx.Err() != nil {
			break
		}
		pause(ctx, time.Second)
	}
	return all, err
}

// compare counts what is not as it should be.
func (x *Chaos) compare(ctx context.Context, clients []*chaotic, told Told) (Told, error) {
	for _, t := range x.Threads {
		all, err := x.posts(ctx, clients[0].person, t)
		if err != nil {
			return told, err
		}
		at := map[string]int64{}
		for i, p := range all {
			mark := marked.FindString(p.Body)
			if _, twice := at[mark]; twice && mark != "" {
				told.Doubled++
			}
			if p.Seq != int64(i+1) {
				told.Misplaced++
			}
			at[mark] = p.Seq
		}
		told.Posts += len(all)
		for _, c := range clients {
			if c.thread.ID != t.ID {
				continue
			}
			told.Misplaced += c.wrong
			for mark, seq := range c.kept {
				if at[mark] != seq {
					told.Lost++
				}
			}
			for _, p := range all {
				if mark, heard := c.heard[p.Seq]; !heard || mark != marked.FindString(p.Body) {
					told.Unheard++
				}
			}
		}
	}
	return told, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
