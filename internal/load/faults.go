package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Faults stands between instances and NATS: of what NATS tells an instance some
// gets lost, some comes twice, some late and after what follows, and now and
// then a link breaks.
type Faults struct {
	Address                       string // where instances join
	Passed, Lost, Doubled, Broken atomic.Int64
	Late                          atomic.Int64

	to     string
	listen net.Listener
	mu     sync.Mutex
	links  map[net.Conn]bool
}

func (f *Faults) String() string {
	return fmt.Sprintf("%d passed, %d lost, %d doubled, %d late, %d links broken", f.Passed.Load(), f.Lost.Load(), f.Doubled.Load(), f.Late.Load(), f.Broken.Load())
}

// between makes faults on the way to an address until ctx ends.
func between(ctx context.Context, to string) (*Faults, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Faults{Address: l.Addr().String(), to: to, listen: l, links: map[net.Conn]bool{}}
	context.AfterFunc(ctx, func() { l.Close() })
	go f.accept(ctx)
	go f.breaks(ctx)
	return f, nil
}

func (f *Faults) accept(ctx context.Context) {
	for {
		c, err := f.listen.Accept()
		if err != nil {
			return
		}
		go f.link(ctx, c)
	}
}

// link carries one instance's talk with NATS.
func (f *Faults) link(ctx context.Context, instance net.Conn) {
	defer instance.Close()
	server, err := net.Dial("tcp", f.to)
	if err != nil {
		return
	}
	defer server.Close()
	f.mu.Lock()
	f.links[instance] = true
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.links, instance)
	}()
	defer context.AfterFunc(ctx, func() { instance.Close() })()
	go func() {
		io.Copy(server, instance)
		server.Close()
	}()
	f.carry(bufio.NewReader(server), instance)
}

// carry passes on what NATS says, line by line; a line MSG has what was said
// behind it.
func (f *Faults) carry(from *bufio.Reader, to io.Writer) {
	var late []byte
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return
		}
		said := []byte(line)
		if !strings.HasPrefix(line, "MSG ") {
			if _, err := to.Write(said); err != nil {
				return
			}
			continue
		}
		words := strings.Fields(line)
		n, err := strconv.Atoi(words[len(words)-1])
		if err != nil {
			return
		}
		said = append(said, make([]byte, n+2)...)
		if _, err := io.ReadFull(from, said[len(line):]); err != nil {
			return
		}
		out := said
		switch x := rand.IntN(100); {
		case x < 15:
			f.Lost.Add(1)
			continue
		case x < 30:
			f.Doubled.Add(1)
			out = append(out, said...)
		case x < 45 && late == nil:
			f.Late.Add(1)
			late = said
			continue
		default:
			f.Passed.Add(1)
		}
		if rand.IntN(3) == 0 {
			out, late = append(out, late...), nil
		}
		if _, err := to.Write(out); err != nil {
			return
		}
	}
}

// breaks breaks a link every few seconds.
func (f *Faults) breaks(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, time.Duration(1000+rand.IntN(4000))*time.Millisecond)
		f.mu.Lock()
		for c := range f.links {
			c.Close()
			f.Broken.Add(1)
			break
		}
		f.mu.Unlock()
	}
}
