package load

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

// TestBring brings two publications as hubload brings thousands.
func TestBring(t *testing.T) {
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	h, err := New(ctx, program, filepath.Join(t.TempDir(), "data"), hub.RoleModerator, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Kill() })
	b, err := h.Bring(ctx, h.People[0], "two.bib", []byte(`
@book{a, title={Reporting to the treaty bodies, step by step}, author={Ndiaye, Awa}, year=2020}
@book{b, title={A small office and its many recommendations}, author={Ceban, Ion}, year=2021}
`))
	if err != nil || b.Says != "2 of 2" {
		t.Errorf("%+v, %v", b, err)
	}
}
