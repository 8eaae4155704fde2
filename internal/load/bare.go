package load

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"
)

// Bare is a server that does nothing but hold sockets and send them frames, in
// a process of its own: what the clients, the frames and the machine cost a
// page of the hub when the hub itself holds no socket.
type Bare struct {
	URL string
	cmd *exec.Cmd
	in  io.WriteCloser
}

// StartBare starts it. To the sockets of one thread after the other it sends a
// frame of the size of a post, so many times a second.
func StartBare(ctx context.Context, perSecond int) (*Bare, error) {
	cmd, in, out, err := itself(ctx, "bare", fmt.Sprint(perSecond))
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	return &Bare{URL: strings.TrimSpace(line), cmd: cmd, in: in}, err
}

// Stop ends it.
func (b *Bare) Stop() error {
	b.in.Close()
	return b.cmd.Wait()
}

// bareSockets are the open sockets by what they listen to.
type bareSockets struct {
	mu     sync.Mutex
	topics []string // in the order in which they were first asked for
	of     map[string][]*websocket.Conn
}

// ServeBare is the process of a bare server. It ends with its input.
func ServeBare(in io.Reader, out io.Writer, perSecond int) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &bareSockets{of: map[string][]*websocket.Conn{}}
	up := websocket.FastHTTPUpgrader{ReadBufferSize: 512, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{}, CheckOrigin: func(*fasthttp.RequestCtx) bool { return true }}
	server := fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) { up.Upgrade(c, s.hold) }}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	fmt.Fprintln(out, "http://"+l.Addr().String())
	over := make(chan bool)
	go func() {
		io.Copy(io.Discard, in)
		close(over)
	}()
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-over:
			return nil
		case err := <-failed:
			return errors.Join(errors.New("the bare server ended"), err)
		case <-tick.C:
			s.send(n)
		}
	}
}

// hold reads what a socket asks to listen to, until it breaks; then the
// connection is no longer its own.
func (s *bareSockets) hold(c *websocket.Conn) {
	var asked []string
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, topic := range asked {
			s.of[topic] = slices.DeleteFunc(s.of[topic], func(held *websocket.Conn) bool { return held == c })
		}
	}()
	for {
		var ask struct{ Topic string }
		if err := c.ReadJSON(&ask); err != nil {
			return
		}
		asked = append(asked, ask.Topic)
		s.mu.Lock()
		if s.of[ask.Topic] == nil {
			s.topics = append(s.topics, ask.Topic)
		}
		s.of[ask.Topic] = append(s.of[ask.Topic], c)
		s.mu.Unlock()
	}
}

// send sends the frame of a number to whom it concerns.
func (s *bareSockets) send(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.topics) == 0 {
		return
	}
	topic := s.topics[n%len(s.topics)]
	raw, _ := json.Marshal(event{Topic: topic, Seq: int64(n), Kind: "bare", HTML: strings.Repeat("An answer of a few words. ", 40)})
	for _, c := range s.of[topic] {
		c.WriteMessage(websocket.TextMessage, raw)
	}
}
