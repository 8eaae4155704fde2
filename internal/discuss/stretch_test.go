package discuss_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// said is what a search may find of a stretch; empty where there is none.
func (r *room) said(t testing.TB, id string) (text string, rev int64) {
	t.Helper()
	f, err := r.Stretch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if f.Gone {
		return "", f.Rev
	}
	return words(f), f.Rev
}

func words(f *discuss.Stretch) string {
	all := []string{f.Title}
	for _, x := range f.Said {
		all = append(all, x.Body)
	}
	return strings.Join(all, " | ")
}

// first is the id of the first stretch of a thread.
func first(x discuss.Thread) string { return discuss.Stretched("threads", x.ID) }

// held are the stretches that an index is to hold, with their revisions.
func (r *room) held(t testing.TB) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	err := r.EachStretch(t.Context(), func(id string, rev int64) error { all[id] = rev; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestStretch follows what can be found of a thread through all that happens
// to it: what is gone is gone with the next look, and the revision grows.
func TestStretch(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Asking")
	for _, body := range []string{"two", "three", "four", "five"} {
		r.say(t, sam, x, body)
	}
	last := int64(0)
	check := func(what, want string) {
		t.Helper()
		got, rev := r.said(t, first(x))
		if got != want || rev <= last {
			t.Errorf("%s: %q with revision %d after %d, want %q", what, got, rev, last, want)
		}
		if all := r.held(t); all[first(x)] != rev {
			t.Errorf("%s: an index is to hold %v, and the stretch has revision %d", what, all, rev)
		}
		last = rev
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	check("said", "Asking | How do you do it? | two | three | four | five")
	do(r.Delete(ctx, sam, "network", x.Slug, 2, ""))
	check("deleted", "Asking | How do you do it? | three | four | five")
	do(r.Hide(ctx, moderator, "network", x.Slug, 3, "A name."))
	check("hidden", "Asking | How do you do it? | four | five")
	_, err := r.Edit(ctx, sam, "network", x.Slug, 4, "4", time.Time{})
	do(err)
	check("worded anew", "Asking | How do you do it? | 4 | five")
	do(r.Show(ctx, moderator, "network", x.Slug, 3))
	check("shown", "Asking | How do you do it? | three | 4 | five")
	_, err = r.Summarise(ctx, ana, "network", x.Slug, "So far", 0)
	do(err)
	_, err = r.Conclude(ctx, ana, "network", x.Slug, discuss.Outcome{Asked: "a", Reuse: "r"}, time.Time{})
	do(err)
	check("concluded", "Asking | How do you do it? | three | 4 | five | So far | a\n\nr")
	off, err := r.Split(ctx, moderator, "network", x.Slug, 5, "Aside", "It is another question.")
	do(err)
	check("split", "Asking | How do you do it? | three | 4 | So far | a\n\nr")
	if got, _ := r.said(t, first(off)); got != "Aside | five" {
		t.Errorf("split off: %q", got)
	}
}

// TestStretches: a long thread is found by stretches, and a write names the one
// that it changes.
func TestStretches(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "public", "Long")
	for n := 2; n <= discuss.StretchPosts+2; n++ {
		if n%20 == 0 {
			r.pass(time.Hour)
		}
		r.say(t, sam, x, fmt.Sprintf("post-%d", n))
	}
	second := discuss.Stretched("posts", fmt.Sprintf("%s-%d", x.ID, discuss.StretchPosts+1))
	if got, _ := r.said(t, second); got != "Long | post-51 | post-52" {
		t.Errorf("second: %q", got)
	}
	if all := r.held(t); len(all) != 2 || all[second] != 2 {
		t.Errorf("stretches: %v", all)
	}
	for write, want := range map[[2]string]string{
		{"posts", x.ID + "-50"}: first(x), {"threads", x.ID}: first(x), {"reactions", x.ID + "-3/useful/ana"}: "", {"posts", "odd"}: "", {"space-members", "a/b"}: "",
	} {
		if got := discuss.Stretched(write[0], write[1]); got != want {
			t.Errorf("a write to %v changes %q, want %q", write, got, want)
		}
	}
	for _, seq := range []int64{51, 52} {
		if err := r.Delete(t.Context(), sam, "public", x.Slug, seq, ""); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := r.said(t, second); got != "" || len(r.held(t)) != 1 {
		t.Errorf("nothing is left of the second, and it is %q", got)
	}
}

// TestNoStretch: what waits for a moderator, and what is said in spaces whose
// members are named, is for no index; a thread that moves there leaves it.
func TestNoStretch(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	if err := r.SetSpace(ctx, moderator, "registered", func(x *discuss.Space) { x.Holds = true }); err != nil {
		t.Fatal(err)
	}
	newcomer := somebody("new one", hub.RoleStakeholder)
	held := r.start(t, newcomer, "registered", "Held")
	r.admit(t, "dialogue", "ana")
	named := r.start(t, ana, "dialogue", "Named")
	for what, x := range map[string]discuss.Thread{"held": held, "in a dialogue": named, "none": {ID: "none"}} {
		if got, _ := r.said(t, first(x)); got != "" {
			t.Errorf("a thread %s is found by %q", what, got)
		}
	}
	if all := r.held(t); len(all) != 0 {
		t.Errorf("an index is to hold %v", all)
	}
	if _, err := r.FoundStretch(ctx, newcomer, first(held)); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("its author finds what is held: %v", err)
	}
	if err := r.Show(ctx, moderator, "registered", held.Slug, 1); err != nil {
		t.Fatal(err)
	}
	if got, _ := r.said(t, first(held)); got == "" {
		t.Error("what was shown is not found")
	}
	if _, err := r.Move(ctx, moderator, "registered", held.Slug, "dialogue", "It belongs there."); err != nil {
		t.Fatal(err)
	}
	if got, _ := r.said(t, first(held)); got != "" || len(r.held(t)) != 0 {
		t.Errorf("a thread that moved into a dialogue is found by %q", got)
	}
	for _, id := range []string{"", "talk-", "talk-x", "talk-x-0", "talk-x-y", "x-1", fmt.Sprintf("talk-%s-%d", held.ID, int64(math.MaxInt64))} {
		if f, err := r.Stretch(ctx, id); err != nil || !f.Gone {
			t.Errorf("%q: %v, %v", id, f, err)
		}
	}
}

func (r *room) admit(t testing.TB, space string, persons ...string) {
	t.Helper()
	keeper := moderator
	keeper.Fresh = r.now().Add(time.Hour)
	for _, p := range persons {
		if err := r.Admit(t.Context(), keeper, space, p); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhoSearches puts every role before every space: an answer, or as if there
// were none. Who reads through a broken glass does not search.
func TestWhoSearches(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	threads := map[discuss.Tier]discuss.Thread{}
	r.admit(t, "dialogue", "ana", "tb")
	r.admit(t, "closed", "ana", "left")
	left := somebody("left", hub.RoleMember)
	if err := r.Dismiss(ctx, left, "closed", "left", ""); err != nil {
		t.Fatal(err)
	}
	for _, tier := range discuss.Tiers {
		threads[tier] = r.start(t, ana, string(tier), "In "+string(tier))
	}
	admin := somebody("admin", hub.RoleAdmin)
	admin.Fresh = r.now().Add(time.Hour)
	for _, tier := range discuss.Tiers {
		if _, err := r.Break(ctx, admin, string(tier), "To look."); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		v    hub.Viewer
		may  string
	}{
		{"nobody", hub.Viewer{}, "public"}, {"a stakeholder", somebody("s", hub.RoleStakeholder), "public registered"},
		{"an expert of a treaty body", somebody("tb", hub.RoleTBExpert), "public registered dialogue"},
		{"another one", somebody("tb2", hub.RoleTBExpert), "public registered"},
		{"a member", sam, "public registered network"}, {"one who left", left, "public registered network"}, {"who was admitted", ana, "public registered dialogue network closed"},
		{"a moderator", moderator, "public registered dialogue network"}, {"an administrator", admin, "public"},
	} {
		for _, tier := range discuss.Tiers {
			may := strings.Contains(" "+c.may+" ", " "+string(tier)+" ")
			f, err := r.FoundStretch(ctx, c.v, first(threads[tier]))
			if may != (err == nil) || !may && !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%s finds what is said in %s: %v, %v", c.name, tier, f != nil, err)
			}
			n := 0
			err = r.Within(ctx, c.v, string(tier), func(f *discuss.Stretch) error { n++; return discuss.ErrEnough })
			if may != (err == nil && n == 1) || !may && !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%s looks through %s: %d, %v", c.name, tier, n, err)
			}
		}
		var open []string
		for _, tier := range r.SearchedTiers(c.v) {
			open = append(open, string(tier))
		}
		if want := strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(c.may, "closed", ""), "dialogue ", "")); strings.Join(open, " ") != strings.TrimSuffix(want, " dialogue") {
			t.Errorf("%s searches %v as a whole, want %q", c.name, open, want)
		}
	}
	if all, err := r.NamedSpaces(ctx, ana, hub.English); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}
