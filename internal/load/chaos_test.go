package load

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestChaos is a short run of what hubload does for ten minutes: nothing that
// was acknowledged is lost, doubled or out of order, and every open page ends
// with what the store holds.
func TestChaos(t *testing.T) {
	program := filepath.Join(t.TempDir(), "hub")
	if out, err := exec.Command("go", "build", "-o", program, "nmirfhub/cmd/hub").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	h, err := New(ctx, program, filepath.Join(t.TempDir(), "data"), 12, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Kill)
	x := Chaos{Hub: h, For: 8 * time.Second, Kill: 3 * time.Second, Pause: 700 * time.Millisecond}
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
