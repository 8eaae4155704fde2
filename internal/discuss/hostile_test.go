package discuss_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// TestMoveWhileWriting: people write while a thread is moved; each post is
// there once, in order, in the space where the thread is now, and the old
// address leads on.
func TestMoveWhileWriting(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "registered", "Moved")
	const people, each = 8, 3
	var all sync.WaitGroup
	for who := range people {
		all.Go(func() {
			for n := range each {
				v := somebody(fmt.Sprintf("p%d", who), hub.RoleMember)
				if _, err := r.Append(t.Context(), v, x.Space, x.Slug, discuss.NewPost{Body: fmt.Sprint(n), Lang: hub.English}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Go(func() {
		if _, err := r.Move(t.Context(), moderator, x.Space, x.Slug, "network", "for members"); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, total := r.read(t, ana, x, 1)
	rest, _ := r.read(t, ana, x, 21)
	found = append(found, rest...)
	if total != people*each+1 || len(found) != people*each+1 {
		t.Fatalf("%d posts of %d", len(found), total)
	}
	for i, p := range found {
		if p.Seq != int64(i+1) {
			t.Errorf("post %d stands at %d", p.Seq, i+1)
		}
	}
	outside := somebody("s", hub.RoleStakeholder)
	if _, _, err := r.Posts(t.Context(), outside, x.Space, x.Slug, 1); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("who may not read it where it is now: %v", err)
	}
}

// TestHostileText: what is far beyond any limit is refused at once, and nothing
// of it is kept.
func TestHostileText(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Hostile")
	for name, body := range map[string]string{
		"10 MB": strings.Repeat("x", 10<<20), "deep list": strings.Repeat("- ", 64) + "x", "deep quote": strings.Repeat(">", 64) + "x",
		"thousand links": strings.Repeat("[a](http://x.example/) ", 1000), "zero width": strings.Repeat("\u200b", 5000), "only turning": strings.Repeat("\u2066\u202e", 500),
	} {
		var invalid *hub.Invalid
		if p, err := r.Append(t.Context(), ana, "network", x.Slug, discuss.NewPost{Body: body, Lang: hub.English}); name != "zero width" && (!errors.As(err, &invalid) || invalid.Field != "body") {
			t.Errorf("%s: %v", name, err)
		} else if len(p.Body) > 10 {
			t.Errorf("%s: %d bytes are kept", name, len(p.Body))
		}
	}
	p := r.say(t, ana, x, "a"+strings.Repeat("\u200b", 5000)+"b\u202ec")
	if len(p.Body) > 10 || strings.Contains(p.Body, "\u202e") {
		t.Errorf("%q", p.Body)
	}
}
