package finder_test

import (
	"fmt"
	"slices"
	"testing"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/shelf"
)

// curate publishes a collection in three languages.
func (h *testHub) curate(t testing.TB, tier hub.Tier, title string) shelf.Collection {
	t.Helper()
	c, err := h.shelf.NewCollection(t.Context(), moderator, hub.English, title)
	if err != nil {
		t.Fatal(err)
	}
	c = h.write(t, c, func(c *shelf.Collection) error {
		c.Tier, c.Entries = tier, []shelf.Entry{{Record: "of-any-id", Say: map[hub.Lang]string{hub.English: "With a quokka"}}}
		c.Texts = map[hub.Lang]shelf.Text{
			hub.English: {Title: title, Intro: "For whoever *always* **counts** bandicoots."}, hub.French: {Title: "Le dossier des ornithorynques", Intro: "Pour compter."},
			hub.Arabic: {Title: "مجموعة الزرافات"},
		}
		return nil
	})
	if c, err = h.shelf.Publish(t.Context(), moderator, c.Slug, c.Rev, true); err != nil {
		t.Fatal(err)
	}
	return c
}

func (h *testHub) write(t testing.TB, c shelf.Collection, set func(*shelf.Collection) error) shelf.Collection {
	t.Helper()
	c, err := h.shelf.Write(t.Context(), moderator, c.Slug, c.Rev, set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// collections is how many collections a reader finds, is told of and is shown
// while typing; the three must agree.
func (h *testHub) collections(t *testing.T, v hub.Viewer, words string, l hub.Lang) int {
	t.Helper()
	r := h.ask(t, v, finder.Ask{Words: words, Lang: l, Kinds: []hub.Kind{finder.KindCollection}})
	if r.Total != len(r.Hits) || r.Total != r.Counts[finder.FacetKind]["collection"] {
		t.Errorf("%s finds %d, shows %d, counts %v", words, r.Total, len(r.Hits), r.Counts[finder.FacetKind])
	}
	for _, hit := range r.Hits {
		if hit.Collection == nil {
			t.Errorf("%s finds %+v", words, hit)
		}
	}
	return r.Total
}

// TestCollectionIsFound: a published collection is found by its title and what
// it is for, in its languages, by whom it is for; drafts, what is said of a
// record in it, and lists of single people are not.
func TestCollectionIsFound(t *testing.T) {
	h := empty(t)
	titles := map[hub.Tier]string{hub.TierPublic: "A wombat for all", hub.TierRegistered: "A wombat with an account", hub.TierNetwork: "A wombat of the network"}
	for _, tier := range shelf.Tiers {
		h.curate(t, tier, titles[tier])
	}
	if _, err := h.shelf.NewCollection(t.Context(), moderator, hub.English, "A wombat that is a draft"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.shelf.NewList(t.Context(), member, "A wombat of my own"); err != nil {
		t.Fatal(err)
	}
	if err := h.keeper.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		v    hub.Viewer
		want int
	}{{"nobody", visitor, 1}, {"a stakeholder", stakeholder, 2}, {"a member", member, 3}, {"a moderator", moderator, 3}, {"an administrator", admin, 2}} {
		for words, l := range map[string]hub.Lang{"wombat": hub.English, "bandicoot": hub.English, "wombats bandicoots": hub.English, "always counts": hub.English, "ornithorynque": hub.French, "الزرافات": hub.Arabic, "wombta": hub.English} {
			if n := h.collections(t, c.v, words, l); n != c.want {
				t.Errorf("%s asks %s: %d", c.name, words, n)
			}
		}
		if n := h.collections(t, c.v, "quokka", hub.English); n != 0 {
			t.Errorf("%s finds what is said of a record", c.name)
		}
		all, err := h.finder.Suggest(t.Context(), c.v, "womb", hub.English, 8)
		if err != nil || len(all) != c.want || slices.ContainsFunc(all, func(s finder.Suggestion) bool { return s.Kind != finder.KindCollection }) {
			t.Errorf("%s is shown %v while typing, %v", c.name, all, err)
		}
	}
	r := h.ask(t, visitor, finder.Ask{Words: "bandicoots", Lang: hub.French})
	if hit := r.Hits[0]; hit.Collection == nil || hit.Lang != hub.French || marked(hit.Passage.Runs) != "For whoever always counts [bandicoots]." {
		t.Errorf("the hit is %+v, %s", hit, marked(hit.Passage.Runs))
	}
	if d, err := h.keeper.Compare(t.Context()); err != nil || !d.Empty() {
		t.Errorf("%+v differs, %v", d, err)
	}
	if err := h.keeper.Rebuild(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	if n := h.collections(t, member, "wombat", hub.English); n != 3 {
		t.Errorf("made anew the index has %d", n)
	}
}

// TestCollectionLeaves: a collection that is taken back, or is for others now,
// is gone from the answers within seconds.
func TestCollectionLeaves(t *testing.T) {
	h := empty(t)
	h.follow(t)
	until := func(what string, v hub.Viewer, want int) {
		t.Helper()
		within(t, leaves, fmt.Sprintf("%s: %d found", what, want), func() bool {
			return h.ask(t, v, finder.Ask{Words: "numbat", Lang: hub.English}).Total == want
		})
	}
	c := h.curate(t, hub.TierPublic, "A numbat")
	until("published", visitor, 1)
	rev := h.finder.Rev()
	c = h.write(t, c, func(c *shelf.Collection) error { c.Tier = hub.TierNetwork; return nil })
	until("for the network", visitor, 0)
	until("for the network", member, 1)
	if h.finder.Rev() == rev {
		t.Error("what is kept of answers is kept on")
	}
	c = h.write(t, c, func(c *shelf.Collection) error {
		c.Texts[hub.English] = shelf.Text{Title: "A quoll"}
		return nil
	})
	until("renamed", member, 0)
	c = h.write(t, c, func(c *shelf.Collection) error { c.Texts[hub.English] = shelf.Text{Title: "A numbat"}; return nil })
	until("renamed back", member, 1)
	if _, err := h.shelf.Publish(t.Context(), moderator, c.Slug, c.Rev, false); err != nil {
		t.Fatal(err)
	}
	until("taken back", member, 0)
	until("taken back", moderator, 0)
}
