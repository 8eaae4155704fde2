package finder_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
)

var (
	visitor   = hub.Viewer{}
	member    = hub.Viewer{Person: "person-1", Role: hub.RoleMember, Mechanism: "MDA"}
	keeper    = hub.Viewer{Person: "person-3", Role: hub.RoleCoordinator, Mechanism: "MDA"}
	moderator = hub.Viewer{Person: "person-2", Role: hub.RoleModerator}
)

func (h *testHub) ask(t *testing.T, v hub.Viewer, a finder.Ask) finder.Result {
	t.Helper()
	if a.Lang == "" {
		a.Lang = hub.English
	}
	r, err := h.finder.Find(t.Context(), v, a)
	if err != nil {
		t.Fatalf("%q: %v", a.Words, err)
	}
	return r
}

func titles(r finder.Result) []string {
	var all []string
	for _, h := range r.Hits {
		all = append(all, h.Head.Slug)
	}
	return all
}

func marked(runs []finder.Run) string {
	var b strings.Builder
	for _, r := range runs {
		if r.Marked {
			b.WriteString("[" + r.Text + "]")
		} else {
			b.WriteString(r.Text)
		}
	}
	return b.String()
}

// draft is a practice about to be published.
func (h *testHub) draft(t *testing.T, tier hub.Tier, title string) *hub.Record {
	t.Helper()
	r, err := h.records.Create(t.Context(), member, hub.Record{
		Kind: hub.Practice, Slug: strings.ToLower(strings.ReplaceAll(title, " ", "-")), Tier: tier, Original: hub.English,
		Versions: []hub.Version{{Lang: hub.English, Title: title, Summary: "What a quetzalcoatl did."}},
		Body:     record.Encode(practice.Practice{Capacity: "coordination", Stage: "running", Evidence: "self-reported"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (h *testHub) publish(t *testing.T, r *hub.Record) *hub.Record {
	t.Helper()
	r, err := h.records.Submit(t.Context(), member, r.ID, r.Rev)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = h.records.Clear(t.Context(), keeper, r.ID, r.Rev); err != nil {
		t.Fatal(err)
	}
	if r, err = h.records.Publish(t.Context(), moderator, r.ID, r.Rev); err != nil {
		t.Fatal(err)
	}
	return r
}

// eventually waits until something holds, and fails when it does not within
// the time that a change may take to be found.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, time.Second, what, holds)
}

func within(t *testing.T, most time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", most, what)
		case <-tick.C:
		}
	}
}

// follow keeps the index in step until the test ends.
func (h *testHub) follow(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.keeper.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
}

// TestLifeOfARecord: what is published is found within a second, by whom it is
// for, and what is taken back is found no more.
func TestLifeOfARecord(t *testing.T) {
	h := empty(t)
	h.records.Changed = h.keeper.Changed
	h.follow(t)
	found := func(v hub.Viewer, words string) bool { return h.ask(t, v, finder.Ask{Words: words}).Total > 0 }

	public, closed := h.draft(t, hub.TierPublic, "Open hornbill"), h.draft(t, hub.TierNetwork, "Closed hornbill")
	public, closed = h.publish(t, public), h.publish(t, closed)
	eventually(t, "members find both", func() bool { return h.ask(t, member, finder.Ask{Words: "hornbill"}).Total == 2 })
	if r := h.ask(t, visitor, finder.Ask{Words: "hornbill"}); r.Total != 1 || r.Counts[finder.FacetKind]["practice"] != 1 {
		t.Errorf("a visitor finds %v, counts %v", titles(r), r.Counts)
	}
	if found(visitor, "closed") {
		t.Error("a visitor finds what is closed")
	}
	// Narrower from now on.
	public.Tier = hub.TierNetwork
	if _, err := h.records.Save(t.Context(), moderator, *public, ""); err != nil {
		t.Fatal(err)
	}
	// Even before the index knows, the door holds.
	if r := h.ask(t, visitor, finder.Ask{Words: "open hornbill"}); len(r.Hits) > 0 {
		t.Errorf("a visitor is shown %v", titles(r))
	}
	eventually(t, "no visitor finds it", func() bool { return !found(visitor, "open hornbill") })
	if _, err := h.records.Archive(t.Context(), moderator, closed.ID, closed.Rev, "out of date"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nobody finds what is archived", func() bool { return !found(member, "closed hornbill") })
}

// TestCatchesUp: an index that missed changes finds them by itself.
func TestCatchesUp(t *testing.T) {
	h := empty(t)
	kept, lost := h.publish(t, h.draft(t, hub.TierPublic, "Kept ibis")), h.publish(t, h.draft(t, hub.TierPublic, "Lost ibis"))
	if err := h.keeper.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d, err := h.keeper.Compare(t.Context()); err != nil || !d.Empty() {
		t.Fatalf("after catching up: %v, %v", d, err)
	}
	kept.Versions[0].Title = "Renamed ibis"
	if _, err := h.records.Save(t.Context(), moderator, *kept, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.records.Archive(t.Context(), moderator, lost.ID, lost.Rev, ""); err != nil {
		t.Fatal(err)
	}
	d, err := h.keeper.Compare(t.Context())
	if err != nil || !slices.Equal(d.Missing, []string{kept.ID}) || len(d.Surplus) != 1 {
		t.Fatalf("compared: %v, %v", d, err)
	}
	if err := h.keeper.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := titles(h.ask(t, visitor, finder.Ask{Words: "ibis"})); len(got) != 1 || h.ask(t, visitor, finder.Ask{Words: "renamed"}).Total != 1 {
		t.Errorf("found %v", got)
	}
}

// TestEveryLanguage: the same practice is found in each language from its own
// words.
func TestEveryLanguage(t *testing.T) {
	h := seeded(t)
	for lang, words := range map[hub.Lang]string{
		hub.English: "focal points every ministry senior technical", hub.French: "deux points focaux ministère", hub.Arabic: "جهتا اتصال وزارة",
		hub.Spanish: "rotación puntos focales Portugal", hub.Portuguese: "rotação pontos focais Portugal", hub.Russian: "частая смена координаторов Португалия", hub.Chinese: "联络人频繁更换 葡萄牙",
	} {
		if got := titles(h.ask(t, visitor, finder.Ask{Words: words, Lang: lang, Kinds: []hub.Kind{hub.Practice}})); !slices.Contains(got[:min(3, len(got))], "two-focal-points-per-ministry") {
			t.Errorf("%s: %s: found %v", lang, words, got)
		}
	}
}

func TestMarks(t *testing.T) {
	h := seeded(t)
	for _, c := range []struct{ words, slug, title, passage, why string }{
		{"focal points ministry", "two-focal-points-per-ministry", "Two [focal points] in every [ministry], one senior and one technical", "", ""},
		{"handover note", "focal-point-handover-note", "Focal-point [handover] [note]", "", ""},
	} {
		r := h.ask(t, visitor, finder.Ask{Words: c.words})
		i := slices.IndexFunc(r.Hits, func(x finder.Hit) bool { return x.Head.Slug == c.slug })
		if i < 0 {
			t.Errorf("%s: found %v", c.words, titles(r))
			continue
		}
		if got := marked(r.Hits[i].Title); got != c.title {
			t.Errorf("%s: %s, want %s", c.words, got, c.title)
		}
	}
	// Found under its acronym: the page says so.
	r := h.ask(t, visitor, finder.Ask{Words: "Universal Periodic Review", Lang: hub.English})
	if !slices.ContainsFunc(r.Hits, func(x finder.Hit) bool { return x.Why == "UPR" || strings.Contains(marked(x.Title), "[UPR]") }) {
		t.Errorf("no hit says that it was found as UPR: %v", titles(r))
	}
	if !slices.Contains(r.Also, "UPR") {
		t.Errorf("also = %v", r.Also)
	}
}

func TestTerms(t *testing.T) {
	h := empty(t)
	for _, c := range []struct {
		typed string
		lang  hub.Lang
		want  finder.Term
	}{
		{"mold", hub.English, finder.Term{Kind: finder.TermState, Text: "Republic of Moldova", Path: "/en/mechanisms/mda"}},
		{"ministries ap", hub.English, finder.Term{Kind: finder.TermChallenge, Text: "Ministries work apart", Path: "/en/challenges/silos"}},
		{"examen peri", hub.French, finder.Term{Kind: finder.TermName, Text: "UPR – Examen périodique universel", Path: "/fr/search?q=UPR"}},
	} {
		if got := h.finder.Terms(c.typed, c.lang, 5); !slices.Contains(got, c.want) {
			t.Errorf("%s: %v, want %v", c.typed, got, c.want)
		}
	}
	if got := h.finder.Terms("", hub.English, 5); got != nil {
		t.Errorf("nothing typed: %v", got)
	}
}

// TestMissed: questions that nothing answers are counted, by language, for
// those who may see figures.
func TestMissed(t *testing.T) {
	h := empty(t)
	m := &finder.MissedCounter{Door: h.records.Door, Store: h.store, Now: time.Now, Report: func(err error) { t.Error(err) }}
	h.finder.Missed = m.Add
	for range 3 {
		h.ask(t, visitor, finder.Ask{Words: "Quagga  protocol!", Lang: hub.French})
	}
	h.ask(t, visitor, finder.Ask{Words: "quagga protocol", Lang: hub.English})
	for range 2 {
		if err := m.Write(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := m.MostMissed(t.Context(), moderator, 10)
	if err != nil || len(got) != 2 || got[0].Words != "quagga protocol" || got[0].N != 3 || got[0].Lang != hub.French {
		t.Errorf("missed: %+v, %v", got, err)
	}
	for _, v := range []hub.Viewer{visitor, {Person: "p", Role: hub.RoleMember, Mechanism: "MDA"}, {Person: "a", Role: hub.RoleAdmin}} {
		if _, err := m.MostMissed(t.Context(), v, 10); err == nil {
			t.Errorf("%s sees the figures", v.Role)
		}
	}
}
