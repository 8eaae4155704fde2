// Package bus carries hints between the instances of a hub: that a topic has
// changed. A hint holds no content and grants nothing; losing one, getting it
// twice or in another order harms nobody, since whoever gets one reads the
// store.
package bus

import "sync"

// Hint says that something has changed. One without a topic says that hints
// are being lost, and with Edit that some were: whoever listens reads the
// store.
type Hint struct {
	Topic string `json:"topic"`          // "thread:x7f...", "person:x7f..." or "found:talk-x7f..."
	Seq   int64  `json:"seq,omitempty"`  // of the post that is new or has changed; 0: the topic as a whole
	Edit  bool   `json:"edit,omitempty"` // it was there before
	Here  *Here  `json:"here,omitempty"` // who is there; the topic itself is as it was
}

// Here is who has a topic open at one instance, or that one of them writes. It
// has ids, and no names: whoever gets it finds out who may know of whom. An
// instance says it again and again; what it has not said for a while is over.
type Here struct {
	From   string   `json:"from"`             // the instance
	At     int64    `json:"at"`               // grows with each that the instance says; an older one is left alone
	People []string `json:"people,omitempty"` // persons, at most MaxHere
	More   int      `json:"more,omitempty"`   // how many besides
	Writes string   `json:"writes,omitempty"` // who writes now; who is there is not said then
}

// MaxHere is how many persons an instance names.
const MaxHere = 24

// Bus carries hints to everybody who listens, the sender too.
type Bus interface {
	// Publish sends a hint and does not wait for anybody.
	Publish(Hint)
	// Listen has every hint handed over from now on, one after the other, until
	// stop is called. What is handed over must not block.
	Listen(hand func(Hint)) (stop func())
	Close() error
}

// Memory is the bus of a hub of one instance. The zero value is ready.
type Memory struct {
	mu    sync.RWMutex
	hands map[int]func(Hint)
	next  int
}

// Publish sends a hint.
func (m *Memory) Publish(h Hint) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, hand := range m.hands {
		hand(h)
	}
}

// Listen has every hint handed over.
func (m *Memory) Listen(hand func(Hint)) (stop func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hands == nil {
		m.hands = map[int]func(Hint){}
	}
	m.next++
	n := m.next
	m.hands[n] = hand
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.hands, n)
	}
}

// Close lets everybody go.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hands = nil
	return nil
}
