package load

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

// TestChaos is a short run of what hubload does for ten minutes: nothing that
// was acknowledged is lost, doubled or out of order, and every open page ends
// with what the store holds.
func TestChaos(t *testing.T) {
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	h, err := New(ctx, program, filepath.Join(t.TempDir(), "data"), hub.RoleMember, 12, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Kill)
	x := Chaos{Hubs: []*Hub{h}, For: 8 * time.Second, Kill: 3 * time.Second, Pause: 700 * time.Millisecond}
	for i := range 3 {
		thread, err := h.Begin(ctx, h.People[i], fmt.Sprintf("Thread %d", i))
		if err != nil {
			t.Fatal(err)
		}
		x.Threads = append(x.Threads, thread)
	}
	told, err := x.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", told)
	if told.Bad() != 0 || told.Kills == 0 || told.Posts < 20 {
		t.Errorf("%+v", told)
	}
}

// TestChaosOfInstances is the same with three instances that share a store and
// hear of each other over NATS, whose links drop, lose, double and mix up.
func TestChaosOfInstances(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds two programs")
	}
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	c, err := NewCluster(ctx, "", filepath.Join(t.TempDir(), "data"), 3, 12)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	x := Chaos{Hubs: c.Hubs, For: 10 * time.Second, Kill: 4 * time.Second, Pause: time.Second}
	for i := range 3 {
		thread, err := c.Hubs[i].Begin(ctx, c.Hubs[0].People[i], fmt.Sprintf("Thread %d", i))
		if err != nil {
			t.Fatal(err)
		}
		x.Threads = append(x.Threads, thread)
	}
	told, err := x.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v, %s", told, c.Faults)
	if told.Bad() != 0 || told.Kills == 0 || told.Posts < 20 || c.Faults.Doubled.Load() == 0 {
		t.Errorf("%+v, %s", told, c.Faults)
	}
}
