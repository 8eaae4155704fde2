package record

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
)

// code names a State by its code.
func code(s hub.State, _ hub.Lang) string { return string(s) }

// made is a catalogue of n records: tiers, themes and dates in turn.
func made(n int) *Catalogue {
	c := NewCatalogue(code)
	var heads []*Head
	for i := range n {
		heads = append(heads, madeHead(i))
	}
	c.put(heads, nil)
	return c
}

func madeHead(i int) *Head {
	tiers := []hub.Tier{hub.TierPublic, hub.TierPublic, hub.TierNetwork}
	h := &Head{
		ID: fmt.Sprintf("id%06d", i), Kind: hub.Practice, Slug: fmt.Sprintf("slug-%d", i), Rev: 1, Tier: tiers[i%3],
		Date: fmt.Sprint(1990 + i%30), Original: hub.English,
		Texts: []HeadText{{Lang: hub.English, Title: fmt.Sprintf("Title %d, Éducation", i), Summary: "A summary of some words that a list shows."}},
	}
	h.Tags = []Tag{
		{FacetTheme, fmt.Sprint("theme-", i%7)}, {FacetStage, fmt.Sprint("stage-", i%3)}, {FacetYear, h.Date},
	}
	return h
}

var public = []hub.Tier{hub.TierPublic}

func ids(heads []*Head) []string {
	var all []string
	for _, h := range heads {
		all = append(all, h.ID)
	}
	return all
}

// walk reads a whole list forward, page by page.
func walk(t *testing.T, c *Catalogue, tiers []hub.Tier, q Query) []string {
	t.Helper()
	var all []string
	for range 1000 {
		l, err := c.Select(tiers, q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ids(l.Heads)...)
		if q.After = l.Next; q.After == "" {
			return all
		}
	}
	t.Fatal("the list has no end")
	return nil
}

func TestPagesHoldEverythingOnce(t *testing.T) {
	c := made(230)
	for _, order := range []Order{Newest, ByTitle} {
		all := walk(t, c, public, Query{Kind: hub.Practice, Order: order, Lang: hub.English, Limit: 7})
		unique := slices.Compact(slices.Sorted(slices.Values(all)))
		want := 0
		for i := range 230 {
			if i%3 != 2 {
				want++
			}
		}
		if len(all) != want || len(unique) != want {
			t.Errorf("order %q: %d heads, %d of them different, want %d", order, len(all), len(unique), want)
		}
	}
}

func TestBackAndForth(t *testing.T) {
	c := made(100)
	q := Query{Kind: hub.Practice, Limit: 10}
	first, err := c.Select(public, q)
	if err != nil || first.Previous != "" {
		t.Fatalf("first page: previous %q, %v", first.Previous, err)
	}
	q.After = first.Next
	second, err := c.Select(public, q)
	if err != nil {
		t.Fatal(err)
	}
	q.After, q.Before = "", second.Previous
	back, err := c.Select(public, q)
	if err != nil || !slices.Equal(ids(back.Heads), ids(first.Heads)) {
		t.Errorf("back: got %v, %v; want %v", ids(back.Heads), err, ids(first.Heads))
	}
}

// TestPagesWhileChanging adds and removes records between pages: what stays
// is seen exactly once.
func TestPagesWhileChanging(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, order := range []Order{Newest, ByTitle} {
		c := made(120)
		seen := map[string]int{}
		q := Query{Kind: hub.Practice, Order: order, Lang: hub.English, Limit: 5}
		removed := map[string]bool{}
		for next := 1000; ; next++ {
			l, err := c.Select(public, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range l.Heads {
				seen[h.ID]++
			}
			if q.After = l.Next; q.After == "" {
				break
			}
			gone := fmt.Sprintf("id%06d", r.IntN(120))
			removed[gone] = true
			c.put([]*Head{madeHead(next)}, map[string]int64{gone: 2})
		}
		for i := range 120 {
			id := fmt.Sprintf("id%06d", i)
			if want := 1; i%3 != 2 && !removed[id] && seen[id] != want {
				t.Errorf("order %q: %s was seen %d times, want %d", order, id, seen[id], want)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	c := made(210)
	q := Query{Kind: hub.Practice, Filter: map[Facet][]string{FacetTheme: {"theme-1", "theme-2"}, FacetStage: {"stage-0"}}}
	l, err := c.Select(public, q)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	themes := map[string]int{}
	for i := range 210 {
		if i%3 != 0 { // public, and stage-0
			continue
		}
		themes[fmt.Sprint("theme-", i%7)]++
		if i%7 == 1 || i%7 == 2 {
			want++
		}
	}
	if l.Total != want {
		t.Errorf("total %d, want %d", l.Total, want)
	}
	for theme, n := range themes {
		if got := l.Counts[FacetTheme][theme]; got != n {
			t.Errorf("%s: counted %d, want %d", theme, got, n)
		}
	}
	if n := l.Counts[FacetStage]["stage-2"]; n != 0 {
		t.Errorf("stage-2 is closed to the public and counted %d", n)
	}
}

// TestTwoWorlds compares a catalogue with closed records and one without:
// every answer to the public must be the same, made-up cursors included.
func TestTwoWorlds(t *testing.T) {
	with, without := NewCatalogue(code), NewCatalogue(code)
	for i := range 90 {
		h := madeHead(i)
		with.put([]*Head{h}, nil)
		if h.Tier == hub.TierPublic {
			without.put([]*Head{h}, nil)
		}
	}
	hidden := madeHead(5)
	stolen := with.shelf(hub.Practice).cursor(Query{Kind: hub.Practice}, hidden)
	for _, q := range []Query{
		{}, {Limit: 3}, {Order: ByTitle, Lang: hub.French}, {Order: ByState, Lang: hub.French}, {Words: "education"}, {Words: "title 5"},
		{Filter: map[Facet][]string{FacetStage: {"stage-2"}}}, {Filter: map[Facet][]string{FacetYear: {"1995"}}},
		{After: stolen, Limit: 4}, {Before: stolen, Limit: 4},
	} {
		q.Kind = hub.Practice
		a, errA := with.Select(public, q)
		b, errB := without.Select(public, q)
		if fmt.Sprint(ids(a.Heads), a.Total, a.Next, a.Previous, a.Counts, errA) != fmt.Sprint(ids(b.Heads), b.Total, b.Next, b.Previous, b.Counts, errB) {
			t.Errorf("%+v: the worlds differ\n%v %v\n%v %v", q, ids(a.Heads), a.Total, ids(b.Heads), b.Total)
		}
	}
}

// TestByState: the order is that of the names of the States, as the reader's
// language has them, page by page and back.
func TestByState(t *testing.T) {
	names := map[hub.Lang]map[hub.State]string{
		hub.English: {"DEU": "Germany", "EGY": "Egypt", "CHE": "Switzerland"},
		hub.French:  {"DEU": "Allemagne", "EGY": "Égypte", "CHE": "Suisse"},
	}
	c := NewCatalogue(func(s hub.State, l hub.Lang) string { return names[l][s] })
	for i, state := range []hub.State{"CHE", "DEU", "EGY"} {
		h := madeHead(3 * i) // public
		h.Mechanism = state
		c.put([]*Head{h}, nil)
	}
	for l, want := range map[hub.Lang]string{hub.English: "[EGY DEU CHE]", hub.French: "[DEU EGY CHE]"} {
		var got []hub.State
		for _, id := range walk(t, c, public, Query{Kind: hub.Practice, Order: ByState, Lang: l, Limit: 1}) {
			got = append(got, c.heads[id].Mechanism)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: got %v, want %s", l, got, want)
		}
	}
}

func TestBadCursors(t *testing.T) {
	c := made(10)
	newest, err := c.Select(public, Query{Kind: hub.Practice, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"x", "!!!", strings.Repeat("A", 500), "AAAA"} {
		var invalid *hub.Invalid
		if _, err := c.Select(public, Query{Kind: hub.Practice, After: raw}); !errors.As(err, &invalid) || invalid.Field != "page" {
			t.Errorf("%q: got %v, want an invalid page", raw, err)
		}
	}
	if _, err := c.Select(public, Query{Kind: hub.Practice, Order: ByTitle, Lang: hub.English, After: newest.Next}); err == nil {
		t.Error("a cursor of one order is taken in another")
	}
	if _, err := c.Select(public, Query{Kind: hub.Practice, Limit: MaxPage + 1}); err == nil {
		t.Error("a page beyond the limit is given")
	}
}

func TestWords(t *testing.T) {
	c := made(30)
	for words, want := range map[string]int{"education": 20, "EDUCATION title": 20, "nothing": 0, "\x00 ,;": 20} {
		if l, err := c.Select(public, Query{Kind: hub.Practice, Words: words}); err != nil || l.Total != want {
			t.Errorf("%q: got %d, %v; want %d", words, l.Total, err, want)
		}
	}
}

func FuzzCursor(f *testing.F) {
	c := made(40)
	l, err := c.Select(public, Query{Kind: hub.Practice, Limit: 3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(l.Next)
	f.Add("")
	f.Fuzz(func(t *testing.T, raw string) {
		for _, q := range []Query{{After: raw}, {Before: raw}} {
			q.Kind = hub.Practice
			l, err := c.Select(public, q)
			for _, h := range l.Heads {
				if h.Tier != hub.TierPublic {
					t.Fatalf("cursor %q shows %s, which is closed (%v)", raw, h.ID, err)
				}
			}
		}
	})
}

func BenchmarkSelect(b *testing.B) {
	for _, n := range []int{130, 13000} {
		c := made(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Select(public, Query{Kind: hub.Practice, Filter: map[Facet][]string{FacetTheme: {"theme-1"}}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
