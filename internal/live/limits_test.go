package live

import (
	"fmt"
	"testing"
)

// TestTopicsOfASocket: a page listens to so many topics and no more, however
// slowly it asks.
func TestTopicsOfASocket(t *testing.T) {
	l := &Live{topics: map[string]*topic{}, pool: &pool{}}
	s := &socket{live: l, queued: true}
	for n := range MaxTopics {
		if !s.subscribe(fmt.Sprintf("thread:%d", n), 0) {
			t.Fatalf("topic %d is refused", n)
		}
	}
	if !s.subscribe("thread:7", 3) {
		t.Error("one that it has is refused")
	}
	if s.subscribe("thread:more", 0) {
		t.Error("one more is let in")
	}
}

func TestFramed(t *testing.T) {
	for n, head := range map[int]string{0: "8100", 125: "817d", 126: "817e007e", 65535: "817effff", 65536: "817f0000000000010000"} {
		got := framed(opText, make([]byte, n))
		if want := len(head) / 2; len(got) != want+n || fmt.Sprintf("%x", got[:want]) != head {
			t.Errorf("%d bytes: %x and %d bytes, want %s", n, got[:want], len(got), head)
		}
	}
}
