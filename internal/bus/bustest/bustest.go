// Package bustest is what every bus does, as a suite for each adapter.
package bustest

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/bus"
	"nmirfhub/internal/hub"
)

// heard is what a listener was handed.
type heard struct {
	mu   sync.Mutex
	all  []bus.Hint
	news chan struct{}
}

func listen(b bus.Bus) (*heard, func()) {
	h := &heard{news: make(chan struct{}, 1)}
	stop := b.Listen(func(x bus.Hint) {
		if x.Topic == "" {
			return // hints may have been lost: nothing to compare
		}
		h.mu.Lock()
		h.all = append(h.all, x)
		h.mu.Unlock()
		select {
		case h.news <- struct{}{}:
		default:
		}
	})
	return h, stop
}

// wait waits for n hints and returns them.
func (h *heard) wait(t *testing.T, n int) []bus.Hint {
	t.Helper()
	for end := time.After(10 * time.Second); ; {
		h.mu.Lock()
		all := h.all
		h.mu.Unlock()
		if len(all) >= n {
			return all
		}
		select {
		case <-h.news:
		case <-end:
			t.Fatalf("heard %d hints, want %d", len(all), n)
		}
	}
}

// Run runs the suite; ends makes two ends of one bus, which may be the same.
func Run(t *testing.T, ends func(t *testing.T) (bus.Bus, bus.Bus)) {
	t.Run("EverybodyHears", func(t *testing.T) {
		a, b := ends(t)
		one, stop := listen(a)
		defer stop()
		other, stop := listen(b)
		defer stop()
		for _, x := range []bus.Hint{{Topic: "thread:x", Seq: 7}, {Topic: "thread:x", Seq: 3, Edit: true}, {Topic: "person:y"}} {
			a.Publish(x)
		}
		for _, h := range []*heard{one, other} {
			if got := fmt.Sprint(h.wait(t, 3)); got != "[{thread:x 7 false <nil>} {thread:x 3 true <nil>} {person:y 0 false <nil>}]" {
				t.Errorf("heard %s", got)
			}
		}
	})
	t.Run("WhoIsHere", func(t *testing.T) {
		a, b := ends(t)
		h, stop := listen(b)
		defer stop()
		many := make([]string, bus.MaxHere)
		for i := range many {
			many[i] = hub.NewID()
		}
		said := []bus.Here{{From: hub.NewID(), At: 1 << 60, People: many, More: 9999}, {From: "a", At: 2, Writes: many[0]}, {From: "a", At: 3}}
		for _, x := range said {
			a.Publish(bus.Hint{Topic: "thread:x", Here: &x})
		}
		for i, got := range h.wait(t, len(said)) {
			if got.Here == nil || !reflect.DeepEqual(*got.Here, said[i]) {
				t.Errorf("heard %+v, want %+v", got.Here, said[i])
			}
		}
	})
	t.Run("Stop", func(t *testing.T) {
		a, b := ends(t)
		gone, stop := listen(b)
		stop()
		left, stop := listen(b)
		defer stop()
		a.Publish(bus.Hint{Topic: "thread:x", Seq: 1})
		left.wait(t, 1)
		if gone.mu.Lock(); len(gone.all) != 0 {
			t.Errorf("who stopped heard %v", gone.all)
		}
		gone.mu.Unlock()
	})
	t.Run("Many", func(t *testing.T) {
		a, b := ends(t)
		h, stop := listen(b)
		defer stop()
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for i := range 500 {
					a.Publish(bus.Hint{Topic: "thread:" + fmt.Sprint(n), Seq: int64(i + 1)})
				}
			})
		}
		wg.Wait()
		last := map[string]int64{}
		for _, x := range h.wait(t, 4000) {
			if x.Seq != last[x.Topic]+1 {
				t.Fatalf("%s: %d after %d", x.Topic, x.Seq, last[x.Topic])
			}
			last[x.Topic] = x.Seq
		}
	})
	t.Run("Closed", func(t *testing.T) {
		a, b := ends(t)
		h, _ := listen(b)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b.Publish(bus.Hint{Topic: "thread:x", Seq: 1}) // harms nobody
		if a != b {
			a.Publish(bus.Hint{Topic: "thread:x", Seq: 2})
		}
		if h.mu.Lock(); len(h.all) != 0 {
			t.Errorf("a closed bus hands over %v", h.all)
		}
		h.mu.Unlock()
	})
}
