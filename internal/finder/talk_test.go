package finder_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
)

// leaves is how soon the words of what was said are gone.
const leaves = 5 * time.Second

var (
	stakeholder = hub.Viewer{Person: "s", Role: hub.RoleStakeholder}
	admin       = hub.Viewer{Person: "a", Role: hub.RoleAdmin}
	fresh       = hub.Viewer{Person: moderator.Person, Role: hub.RoleModerator, Fresh: time.Now().Add(time.Hour)}
)

// spaces opens one space of each tier.
func (h *testHub) spaces(t testing.TB) {
	t.Helper()
	var all []discuss.Space
	for _, tier := range discuss.Tiers {
		all = append(all, discuss.Space{
			Slug: "in-" + string(tier), Tier: tier, Kind: discuss.Questions, Anonymous: true,
			Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Space " + string(tier), Purpose: "To talk."}},
		})
	}
	if err := h.talk.Ship(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for _, tier := range []string{"in-dialogue", "in-closed"} {
		if err := h.talk.Admit(t.Context(), fresh, tier, member.Person); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *testHub) start(t testing.TB, space, title string, said ...string) discuss.Thread {
	t.Helper()
	x, err := h.talk.Start(t.Context(), member, space, discuss.NewThread{Title: title, Body: said[0], Lang: hub.English, Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range said[1:] {
		if _, err := h.talk.Append(t.Context(), member, space, x.Slug, discuss.NewPost{Body: body, Lang: hub.English}); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// TestTalkIsFound: a thread is found by its title, its tags and what was said,
// by whom it is for, and the hit leads to the post.
func TestTalkIsFound(t *testing.T) {
	h := empty(t)
	h.spaces(t)
	for _, tier := range discuss.Tiers {
		h.start(t, "in-"+string(tier), "A pangolin in "+string(tier), "How do you do it?", "We count the **numbats** twice.", "So do we.")
	}
	x := h.start(t, "in-public", "Apart", "x")
	if _, err := h.talk.SetTags(t.Context(), member, "in-public", x.Slug, []discuss.Tag{{List: "challenge", Code: "silos"}, {List: "state", Code: "MAR"}}); err != nil {
		t.Fatal(err)
	}
	if err := h.keeper.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		v    hub.Viewer
		want int
	}{
		{"nobody", visitor, 1}, {"a stakeholder", stakeholder, 2}, {"a member", member, 3}, {"a moderator", moderator, 3}, {"an administrator", admin, 1},
	} {
		for _, words := range []string{"numbat", "pangolin", "numbats pangolin", "pangolim"} {
			r := h.ask(t, c.v, finder.Ask{Words: words, Lang: hub.English})
			if r.Total != c.want || len(r.Hits) != c.want || r.Counts[finder.FacetKind]["thread"] != c.want || len(r.Counts[finder.FacetSpace]) != c.want {
				t.Errorf("%s asks %s: total %d, hits %d, counts %v", c.name, words, r.Total, len(r.Hits), r.Counts)
			}
		}
		for _, a := range []finder.Ask{{Words: "numbat", Kinds: []hub.Kind{hub.Practice}}, {Words: "wombat"}, {Words: member.Person}} {
			if r := h.ask(t, c.v, a); r.Total != 0 {
				t.Errorf("%s finds %d for %+v", c.name, r.Total, a)
			}
		}
		if all, err := h.finder.Suggest(t.Context(), c.v, "pang", hub.English, 8); err != nil || len(all) != 0 {
			t.Errorf("%s is shown %v while typing, %v", c.name, all, err)
		}
	}
	r := h.ask(t, visitor, finder.Ask{Words: "numbats"})
	if hit := r.Hits[0]; hit.Talk == nil || hit.Talk.Seq != 2 || hit.Talk.Space.Slug != "in-public" || marked(hit.Passage.Runs) != "We count the [numbats] twice." {
		t.Errorf("the hit is %+v, %s", hit.Talk, marked(hit.Passage.Runs))
	}
	for _, words := range []string{"ministries work apart", "Maroc"} {
		if r := h.ask(t, visitor, finder.Ask{Words: words, Lang: hub.French}); r.Total != 1 || r.Hits[0].Talk == nil || r.Hits[0].Talk.Thread != "apart" {
			t.Errorf("%s: %d found", words, r.Total)
		}
	}
	if r := h.ask(t, member, finder.Ask{Words: "numbats", Space: "in-network"}); r.Total != 1 || r.Hits[0].Talk.Space.Slug != "in-network" {
		t.Errorf("in one space %d are found", r.Total)
	}
}

// TestWordsLeave: what is deleted, hidden, worded anew, split off, moved to
// where members are named or destroyed is found no more, for members and counts
// alike.
func TestWordsLeave(t *testing.T) {
	h := empty(t)
	h.spaces(t)
	h.follow(t)
	ctx := t.Context()
	x := h.start(t, "in-registered", "Words", "first", "deleted aardvark", "hidden bandicoot", "early cassowary", "dugong aside")
	gone := h.start(t, "in-network", "Elsewhere echidna", "moved echidna")
	finds := func(words string) bool { return h.ask(t, moderator, finder.Ask{Words: "\"" + words + "\""}).Total > 0 }
	all := []string{"aardvark", "bandicoot", "cassowary", "dugong", "echidna"}
	within(t, leaves, "what was said is found", func() bool {
		for _, w := range all {
			if !finds(w) {
				return false
			}
		}
		return true
	})
	if _, err := h.talk.Split(ctx, moderator, x.Space, x.Slug, 5, "Aside", "Another question."); err != nil {
		t.Fatal(err)
	}
	_, edited := h.talk.Edit(ctx, member, x.Space, x.Slug, 4, "late cassowaries", time.Time{})
	_, moved := h.talk.Move(ctx, fresh, gone.Space, gone.Slug, "in-dialogue", "For few.")
	if moved == nil {
		t.Fatal("the network moves to where others read")
	}
	if err := errors.Join(edited, h.talk.Delete(ctx, member, x.Space, x.Slug, 2, ""), h.talk.Hide(ctx, moderator, x.Space, x.Slug, 3, "A name.")); err != nil {
		t.Fatal(err)
	}
	within(t, leaves, "what is gone is not found", func() bool { return !finds("aardvark") && !finds("bandicoot") && !finds("early cassowary") })
	if !finds("late cassowaries") {
		t.Error("the new wording is not found")
	}
	within(t, leaves, "what was split off is found where it is", func() bool {
		r := h.ask(t, moderator, finder.Ask{Words: "dugong"})
		return r.Total == 1 && r.Hits[0].Talk.Thread == "aside"
	})
	if _, err := h.talk.Move(ctx, fresh, x.Space, x.Slug, "in-dialogue", "For few."); err != nil {
		t.Fatal(err)
	}
	within(t, leaves, "what was moved is not found", func() bool { return !finds("late cassowaries") })
	if err := h.talk.SetSpace(ctx, moderator, "in-network", func(x *discuss.Space) { x.Keep = 1 }); err != nil {
		t.Fatal(err)
	}
	now := h.talk.Now
	h.talk.Now = func() time.Time { return now().AddDate(1, 0, 0) }
	defer func() { h.talk.Now = now }()
	if err := h.talk.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	within(t, leaves, "what was destroyed is not found", func() bool { return !finds("echidna") })
	if d, err := h.keeper.Compare(ctx); err != nil || !d.Empty() {
		t.Errorf("the index differs: %+v, %v", d, err)
	}
}

// TestIndexMissesTalk: an index that was not told catches up with talk as with
// records, and one that is made anew holds it.
func TestIndexMissesTalk(t *testing.T) {
	h := empty(t)
	h.spaces(t)
	x := h.start(t, "in-public", "Kookaburra", "one", "quokka")
	if err := h.keeper.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.talk.Delete(t.Context(), member, x.Space, x.Slug, 2, ""); err != nil {
		t.Fatal(err)
	}
	if d, err := h.keeper.Compare(t.Context()); err != nil || len(d.Missing) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	if err := h.keeper.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d, err := h.keeper.Compare(t.Context()); err != nil || !d.Empty() || h.ask(t, visitor, finder.Ask{Words: "quokka"}).Total != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	if err := h.keeper.Rebuild(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	if d, err := h.keeper.Compare(t.Context()); err != nil || !d.Empty() || h.ask(t, visitor, finder.Ask{Words: "kookaburra"}).Total != 1 {
		t.Errorf("made anew: %+v, %v", d, err)
	}
}

// TestWithin: a space whose members are named is searched by its members, in
// the space alone, and its words are in no index.
func TestWithin(t *testing.T) {
	h := empty(t)
	h.spaces(t)
	for i := range 3 {
		h.start(t, "in-closed", fmt.Sprintf("Thread %d", i), "one", "We asked the Committee about CEDAW.", "The parliaments of neighbours, a wallaby")
	}
	x := h.start(t, "in-closed", "The wallaby budget", "parliament", "secret numbat")
	if err := h.talk.Delete(t.Context(), member, x.Space, x.Slug, 2, ""); err != nil {
		t.Fatal(err)
	}
	if err := h.keeper.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	revs, err := h.keeper.Index.Revs(t.Context())
	if err != nil || len(revs) != 0 {
		t.Errorf("the index holds %v, %v", revs, err)
	}
	missed := 0
	h.finder.Missed = func(string, hub.Lang) { missed++ }
	for _, c := range []struct {
		words string
		want  int
		part  bool
	}{
		{"wallaby", 4, false}, {"parliament wallabies", 4, false}, {"wallaby budget", 1, false}, {"\"parliaments of neighbours\"", 3, false}, {"\"neighbours of parliaments\"", 0, false},
		{"wallaby -neighbours", 1, false}, {"Convention on the Elimination of All Forms of Discrimination against Women", 3, false}, {"wall*", 4, false},
		{"numbat", 0, false}, {"wombat", 0, false}, {"the", 4, false}, {"", 0, false}, {"neighbours wallaby parliament quince", 3, true},
	} {
		r, err := h.finder.Find(t.Context(), member, finder.Ask{Words: c.words, Lang: hub.English, Space: "in-closed"})
		if err != nil || r.Total != c.want || r.Part != c.part || len(r.Hits) != c.want || c.words != "" && !r.Covered.All {
			t.Errorf("%q: %d found, part %v, %v, want %d", c.words, r.Total, r.Part, err, c.want)
		}
	}
	r, _ := h.finder.Find(t.Context(), member, finder.Ask{Words: "wallaby", Lang: hub.English, Space: "in-closed", Size: 2, Page: 2})
	if len(r.Hits) != 2 || r.Pages != 2 || r.Total != 4 {
		t.Errorf("second page: %d hits of %d", len(r.Hits), r.Total)
	}
	for name, v := range map[string]hub.Viewer{"nobody": visitor, "a stakeholder": stakeholder, "another member": {Person: "m3", Role: hub.RoleMember, Mechanism: "MAR"}, "a moderator": moderator, "an administrator": admin} {
		_, hidden := h.finder.Find(t.Context(), v, finder.Ask{Words: "wallaby", Space: "in-closed"})
		_, none := h.finder.Find(t.Context(), v, finder.Ask{Words: "wallaby", Space: "none"})
		if !errors.Is(hidden, hub.ErrNotFound) || !errors.Is(none, hub.ErrNotFound) {
			t.Errorf("%s: %v, and for none: %v", name, hidden, none)
		}
		if r := h.ask(t, v, finder.Ask{Words: "wallaby"}); r.Total != 0 || len(r.Corrected) != 0 {
			t.Errorf("%s finds %d, corrected %v", name, r.Total, r.Corrected)
		}
	}
	if missed != 5 {
		t.Errorf("%d questions were counted, want those that were asked of everything", missed)
	}
	if r := h.ask(t, member, finder.Ask{Words: "wallaby"}); r.Total != 0 {
		t.Errorf("asked of everything, its member finds %d", r.Total)
	}
}

// TestNoNewsForThePublic: what is said behind doors drops no page that is kept
// for the public.
func TestNoNewsForThePublic(t *testing.T) {
	h := empty(t)
	h.spaces(t)
	said := func(words ...string) uint64 { // space and word, by turns
		t.Helper()
		for i := 0; i < len(words); i += 2 {
			h.start(t, words[i], "Title", words[i+1])
		}
		if err := h.keeper.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		return h.finder.Rev()
	}
	before := said("in-public", "xenops")
	if before == 0 {
		t.Error("what everybody reads changes nothing for the public")
	}
	if now := said("in-closed", "whelk", "in-network", "yapok", "in-registered", "zorilla"); now != before {
		t.Errorf("revision %d and %d", before, now)
	}
	if r := h.ask(t, member, finder.Ask{Words: "yapok"}); r.Total != 1 {
		t.Errorf("a member finds %d", r.Total)
	}
	if now := said("in-public", "quelea"); now == before {
		t.Error("what everybody reads changes nothing for the public")
	}
}
