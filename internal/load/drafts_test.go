package load

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

// TestSavesSurvive is a short run of what hubload does a hundred times: what a
// form that saves itself was told is kept is there after the hub was killed.
func TestSavesSurvive(t *testing.T) {
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	h, err := New(ctx, program, filepath.Join(t.TempDir(), "data"), hub.RoleMember, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Kill() })
	all, err := h.Drafts(ctx, 4)
	if err != nil {
		t.Fatal(err)
	}
	saved, lost, err := KillWhileSaving(ctx, h, all, 4)
	if err != nil || lost > 0 || saved < 20 {
		t.Errorf("%d of %d lost, %v", lost, saved, err)
	}
}
