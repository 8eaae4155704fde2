// Package nats carries hints between instances over NATS. Nothing waits for
// it: the instance that publishes hears its own hints at once, and while NATS
// is away every instance is told again and again to read the store.
package nats

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/hub"
)

// subject is where all hints go.
const subject = "hub.hints"

// Times of a connection.
const (
	answerTime = 2 * time.Second
	pause      = time.Second     // between tries to connect
	awayEvery  = 2 * time.Second // how often, without NATS, everybody reads the store
)

// maxHint is the greatest size of a hint in bytes: a topic is short, and so are
// the persons that an instance names.
const maxHint = 2 << 10

// Bus is a bus over NATS. Safe for concurrent use.
type Bus struct {
	conn   *nats.Conn
	id     string     // tells its own hints from those of others
	local  bus.Memory // who listens here
	once   sync.Once
	closed chan struct{}
	away   sync.WaitGroup
}

// message is a hint with who sent it.
type message struct {
	From string `json:"from"`
	bus.Hint
}

// Open joins the bus at an address: nats://user:password@host:4222. It does
// not wait for NATS, which may come later; report is told when it goes and
// comes. An error only for an address that cannot be one.
func Open(url string, report func(away bool, err error)) (*Bus, error) {
	b := &Bus{id: hub.NewID(), closed: make(chan struct{})}
	var err error
	b.conn, err = nats.Connect(url, nats.Name("hub"), nats.Timeout(answerTime), nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1), nats.ReconnectWait(pause), nats.ReconnectBufSize(-1), nats.NoEcho(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				report(true, err)
			}
		}),
		nats.ConnectHandler(func(*nats.Conn) { b.back() }),
		nats.ReconnectHandler(func(*nats.Conn) {
			b.back()
			report(false, nil)
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrSlowConsumer) { // some were lost
				b.back()
			}
		}))
	if err != nil {
		return nil, fmt.Errorf("join NATS: %w", err)
	}
	if _, err := b.conn.Subscribe(subject, b.hear); err != nil {
		b.conn.Close()
		return nil, fmt.Errorf("join NATS: %w", err)
	}
	b.away.Go(b.readAlone)
	return b, nil
}

// hear hands a hint of another instance over. What is none is left alone.
func (b *Bus) hear(m *nats.Msg) {
	var x message
	if len(m.Data) > maxHint || json.Unmarshal(m.Data, &x) != nil || x.From == b.id || x.Topic == "" {
		return
	}
	b.local.Publish(x.Hint)
}

// back says that hints may have been lost.
func (b *Bus) back() { b.local.Publish(bus.Hint{Edit: true}) }

// readAlone has everybody read the store while NATS is away.
func (b *Bus) readAlone() {
	tick := time.NewTicker(awayEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.closed:
			return
		case <-tick.C:
			if !b.conn.IsConnected() {
				b.local.Publish(bus.Hint{})
			}
		}
	}
}

// Publish is bus.Bus's: here at once, elsewhere when NATS is there.
func (b *Bus) Publish(h bus.Hint) {
	b.local.Publish(h)
	raw, err := json.Marshal(message{b.id, h})
	if err == nil {
		b.conn.Publish(subject, raw) // what is lost is read from the store
	}
}

// Listen is bus.Bus's.
func (b *Bus) Listen(hand func(bus.Hint)) (stop func()) { return b.local.Listen(hand) }

// Connected says whether NATS is there; it waits a moment for an answer.
func (b *Bus) Connected() error {
	if err := b.conn.FlushTimeout(answerTime); err != nil {
		return fmt.Errorf("NATS does not answer: %w", err)
	}
	return nil
}

// Close is bus.Bus's.
func (b *Bus) Close() error {
	b.once.Do(func() {
		close(b.closed)
		b.conn.Close()
		b.away.Wait()
	})
	return b.local.Close()
}
