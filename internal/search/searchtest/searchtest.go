// Package searchtest is the contract of a search index as a suite of tests.
// Every adapter runs it.
package searchtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
)

// Concepts is the table that the suite asks with.
func Concepts(t testing.TB) *search.Concepts {
	t.Helper()
	c, err := search.NewConcepts([]search.Concept{
		{ID: "nmirf", Acronyms: []string{"NMIRF", "NMRF"}, Names: map[hub.Lang][]string{
			hub.English: {"National Mechanism for Implementation, Reporting and Follow-up"},
			hub.French:  {"mécanisme national de mise en œuvre"},
		}},
		{ID: "cedaw", Acronyms: []string{"CEDAW", "CEDEF"}, Names: map[hub.Lang][]string{
			hub.English: {"Convention on the Elimination of All Forms of Discrimination against Women"},
			hub.Arabic:  {"اتفاقية القضاء على جميع أشكال التمييز ضد المرأة"},
		}},
		{ID: "focal-point", Names: map[hub.Lang][]string{
			hub.English: {"focal point"}, hub.Spanish: {"punto focal"}, hub.Chinese: {"联络人"},
		}},
		{ID: "op-cat", Acronyms: []string{"OP-CAT"}},
		{ID: "state MAR", Names: map[hub.Lang][]string{hub.English: {"Morocco"}}, Firm: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Docs are what the suite finds.
func Docs() []search.Doc {
	doc := func(id string, shelf search.Shelf, date string, tags []string, versions ...search.Version) search.Doc {
		return search.Doc{ID: id, Rev: 1, Shelf: shelf, Date: date, Tags: tags, Versions: versions}
	}
	docs := []search.Doc{
		doc("focal", onPublic, "2020", []string{"kind=practice", "state=MAR", "theme=coordination"},
			search.Version{Lang: hub.English, Title: "Two focal points in each ministry", Summary: "Every ministry names two people."},
			search.Version{Lang: hub.French, Title: "Deux points focaux dans chaque ministère", Summary: "Chaque ministère désigne deux personnes."},
			search.Version{Lang: hub.Arabic, Title: "جهتا اتصال في كل وزارة", Summary: "تسمّي كل وزارة شخصين"},
			search.Version{Lang: hub.Chinese, Title: "每个部委设两名联络人", Summary: "各部委指定两人"},
			search.Version{Lang: hub.Russian, Title: "Два координатора в каждом министерстве"},
			search.Version{Lang: hub.Spanish, Title: "Dos puntos focales en cada ministerio"},
			search.Version{Lang: hub.Portuguese, Title: "Dois pontos focais em cada ministério"},
		),
		doc("report", onPublic, "2023-05", []string{"kind=publication", "language=en", "theme=reporting"},
			search.Version{Lang: hub.English, Title: "Report of the Marrakech seminar", Summary: "What mechanisms said about the recommendations that they follow.", Text: "Document A/HRC/50/64 names the CEDAW Committee. A national mechanism for implementation, reporting and follow-up keeps the memory of the State."},
		),
		doc("tracker", onPublic, "2018", []string{"kind=system", "state=PRY", "theme=information"},
			search.Version{Lang: hub.English, Title: "SIMORE, a public tracking database", Summary: "Recommendations are tracked by institution.", Text: "The database of recommendations is open."},
			search.Version{Lang: hub.Spanish, Title: "SIMORE, base de datos pública de seguimiento", Summary: "Cada institución registra las recomendaciones."},
		),
		doc("network", onNetwork, "2024", []string{"kind=practice", "state=MDA", "theme=coordination"},
			search.Version{Lang: hub.English, Title: "Frank words on the zanzibarine budget", Summary: "Recommendations that a minister refused. Document A/HRC/99/77."},
		),
	}
	docs[1].Names = []string{"A/HRC/50/64", "Danish Institute for Human Rights"}
	docs[0].Labels = map[hub.Lang]string{hub.Russian: "Марокко", hub.English: "Morocco", hub.Chinese: "摩洛哥"}
	docs[2].Files = []search.File{{Lang: hub.English, Text: "Annex on hydrology"}, {Text: "Wobblewitz 1887"}} // of one the language is not known
	return docs
}

const (
	onPublic  = search.Shelf(hub.TierPublic)
	onNetwork = search.Shelf(hub.TierNetwork)
)

var public = []search.Shelf{onPublic}

// Run runs the suite on indexes that open makes, each empty.
func Run(t *testing.T, open func(t *testing.T) search.Index) {
	for name, test := range map[string]func(*testing.T, search.Index){
		"Finds": finds, "NothingClosed": nothingClosed, "Counts": counts, "Order": order,
		"Revisions": revisions, "Moves": moves, "Suggests": suggests, "Rebuild": rebuild,
		"AnyQuestion": anyQuestion, "Limits": limits, "AtOnce": atOnce, "Closed": closed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := open(t)
			if err := x.Put(t.Context(), Docs()); err != nil {
				t.Fatal(err)
			}
			test(t, x)
		})
	}
}

func ask(t testing.TB, x search.Index, q search.Query, question string, lang hub.Lang) search.Answer {
	t.Helper()
	q.Question = search.Parse(question, lang, Concepts(t))
	if q.Size == 0 {
		q.Size = 10
	}
	if q.Shelves == nil {
		q.Shelves = public
	}
	a, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("%q: %v", question, err)
	}
	return a
}

func ids(a search.Answer) string {
	var all []string
	for _, h := range a.Hits {
		all = append(all, h.ID)
	}
	return strings.Join(all, " ")
}

func finds(t *testing.T, x search.Index) {
	for _, c := range []struct {
		question string
		lang     hub.Lang
		want     string // ids, the best first
	}{
		{"focal points", hub.English, "focal"},
		{"focal point ministries", hub.English, "focal"},
		{"point focal ministere", hub.French, "focal"},
		{"وزارات اتصال", hub.Arabic, "focal"},
		{"部委 联络人", hub.Chinese, "focal"},
		{"координаторы министерства", hub.Russian, "focal"},
		{"punto focal ministerios", hub.Spanish, "focal"},
		{"pontos focais ministerio", hub.Portuguese, "focal"},
		{"Марокко", hub.Russian, "focal"},                           // a label
		{"wobblewitz 1887", hub.French, "tracker"},                  // a file of which the language is not known
		{"ministries", hub.French, "focal"},                         // asked in English by a reader of French
		{"marakech seminar", hub.English, "report"},                 // a letter missing
		{"Marrakehc seminar", hub.English, "report"},                // two letters in the wrong order
		{"recomendatoins database", hub.English, "tracker"},         // two slips in a long word
		{"a/hrc/50/64", hub.English, "report"},                      // a code
		{"A HRC 50 64", hub.English, "report"},                      // in other punctuation
		{"A-HRC-50-64", hub.English, "report"},                      //
		{"A/HRC/50/65", hub.English, ""},                            // codes forgive nothing
		{"NMIRF", hub.English, "report"},                            // acronym for name
		{"CEDEF", hub.French, "report"},                             // acronym of another language
		{"CEDAX", hub.English, ""},                                  //
		{`"tracking database"`, hub.English, "tracker"},             //
		{`"database tracking"`, hub.English, ""},                    //
		{"recommendations -database", hub.English, "report"},        //
		{"recommendations -report", hub.English, "tracker"},         //
		{"recommendations -\"open\"", hub.English, "report"},        //
		{"hydrology", hub.English, "tracker"},                       // in a file
		{"Danish Institute", hub.English, "report"},                 // a name
		{"track*", hub.English, "tracker"},                          // the beginning of a word
		{"the of and", hub.English, "report"},                       // nothing but small words
		{"the recommendations of the open", hub.English, "tracker"}, // small words beside others
	} {
		a := ask(t, x, search.Query{}, c.question, c.lang)
		if got := ids(a); got != c.want || a.Total != len(strings.Fields(c.want)) {
			t.Errorf("%s: found %q (%d), want %q", c.question, got, a.Total, c.want)
		}
	}
	a := ask(t, x, search.Query{}, "marakech", hub.English)
	if !slices.Contains(a.Corrected["marakech"], "marrakech") {
		t.Errorf("corrected = %v, want marakech: marrakech", a.Corrected)
	}
	if a := ask(t, x, search.Query{}, "recommendations seminar submarine", hub.English); !a.Part || ids(a) != "report" {
		t.Errorf("most of the words: found %q, part %v", ids(a), a.Part)
	}
	if a := ask(t, x, search.Query{}, "names people Morocco seminar report", hub.English); !a.Part || ids(a) != "focal" {
		t.Errorf("most of the words, a State among them: found %q, part %v", ids(a), a.Part)
	}
	if a := ask(t, x, search.Query{}, "report Morocco seminar", hub.English); !a.Part || ids(a) != "report" {
		t.Errorf("nothing about the State: found %q, part %v", ids(a), a.Part)
	}
}

func nothingClosed(t *testing.T, x search.Index) {
	for _, question := range []string{"zanzibarine", "zanzibar", "zanzibarin", "zan*", "Frank words", "A/HRC/99/77", "refused minister", "MDA", "network"} {
		if a := ask(t, x, search.Query{Count: true}, question, hub.English); a.Total != 0 || len(a.Counts) != 0 {
			t.Errorf("the public asks %q and finds %q, %v", question, ids(a), a.Counts)
		}
	}
	if a := ask(t, x, search.Query{Shelves: []search.Shelf{}}, "focal", hub.English); a.Total != 0 {
		t.Errorf("a reader of nothing finds %d", a.Total)
	}
	a := ask(t, x, search.Query{Shelves: []search.Shelf{onPublic, onNetwork}}, "zanzibarine", hub.English)
	if ids(a) != "network" {
		t.Errorf("a member finds %q", ids(a))
	}
	// What is closed changes no order, no number and no correction.
	before := ask(t, x, search.Query{Count: true}, "recomendations", hub.English)
	for i := range 40 {
		d := Docs()[3]
		d.ID, d.Shelf = fmt.Sprintf("closed-%d", i), search.Shelves[1+i%(len(search.Shelves)-1)]
		d.Versions[0].Title = "recomendations recommendations seminar"
		if err := x.Put(t.Context(), []search.Doc{d}); err != nil {
			t.Fatal(err)
		}
	}
	after := ask(t, x, search.Query{Count: true}, "recomendations", hub.English)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("before: %v\nafter:  %v", before, after)
	}
}

func counts(t *testing.T, x search.Index) {
	a := ask(t, x, search.Query{Count: true}, "recommendations", hub.English)
	if a.Total != 2 || a.Counts["kind"]["publication"] != 1 || a.Counts["kind"]["system"] != 1 || a.Counts["kind"]["practice"] != 0 {
		t.Errorf("total %d, counts %v", a.Total, a.Counts)
	}
	// One facet set: its own values are counted as though it were not.
	a = ask(t, x, search.Query{Count: true, Filter: map[string][]string{"kind": {"system"}}}, "recommendations", hub.English)
	if a.Total != 1 || a.Counts["kind"]["publication"] != 1 || a.Counts["theme"]["reporting"] != 0 || a.Counts["theme"]["information"] != 1 {
		t.Errorf("with a filter: total %d, counts %v", a.Total, a.Counts)
	}
	// Any of the values of a facet.
	if a = ask(t, x, search.Query{Filter: map[string][]string{"kind": {"system", "publication"}}}, "recommendations", hub.English); a.Total != 2 {
		t.Errorf("two values: total %d", a.Total)
	}
	// No question: all there is.
	if a = ask(t, x, search.Query{Count: true}, "", hub.English); a.Total != 3 || a.Counts["kind"]["practice"] != 1 {
		t.Errorf("no question: total %d, counts %v", a.Total, a.Counts)
	}
	if a = ask(t, x, search.Query{Count: true, Filter: map[string][]string{"unheard": {"of"}}}, "", hub.English); a.Total != 0 {
		t.Errorf("a facet that nothing has: total %d", a.Total)
	}
}

func order(t *testing.T, x search.Index) {
	if got := ids(ask(t, x, search.Query{Newest: true}, "", hub.English)); got != "report focal tracker" {
		t.Errorf("newest first: %s", got)
	}
	// A title says more than a text.
	if got := ids(ask(t, x, search.Query{}, "database", hub.English)); got != "tracker" {
		t.Errorf("database: %s", got)
	}
	first := ids(ask(t, x, search.Query{Size: 1}, "recommendations", hub.English))
	second := ids(ask(t, x, search.Query{Size: 1, From: 1}, "recommendations", hub.English))
	if first == second || first == "" || second == "" {
		t.Errorf("pages: %q, %q", first, second)
	}
}

func revisions(t *testing.T, x search.Index) {
	ctx := t.Context()
	d := Docs()[0]
	d.Rev, d.Versions = 3, []search.Version{{Lang: hub.English, Title: "Renamed altogether"}}
	put := func(d search.Doc) {
		t.Helper()
		if err := x.Put(ctx, []search.Doc{d}); err != nil {
			t.Fatal(err)
		}
	}
	put(d)
	old := Docs()[0]
	old.Rev = 2
	put(old) // late
	if got := ids(ask(t, x, search.Query{}, "altogether", hub.English)); got != "focal" {
		t.Errorf("renamed: %q", got)
	}
	if got := ids(ask(t, x, search.Query{}, "focal", hub.English)); got != "" {
		t.Errorf("words of an earlier revision find %q", got)
	}
	if err := x.Drop(ctx, map[string]int64{"focal": 2}); err != nil {
		t.Fatal(err)
	}
	if revs, err := x.Revs(ctx); err != nil || revs["focal"] != 3 || len(revs) != 4 {
		t.Errorf("revs = %v, %v", revs, err)
	}
	if err := x.Drop(ctx, map[string]int64{"focal": 4, "unheard-of": 9}); err != nil {
		t.Fatal(err)
	}
	put(d) // late again
	if revs, err := x.Revs(ctx); err != nil || revs["focal"] != 0 || len(revs) != 3 {
		t.Errorf("after the drop: %v, %v", revs, err)
	}
}

// moves: what is for fewer people from now on leaves nothing behind.
func moves(t *testing.T, x search.Index) {
	talk := Docs()[2]
	talk.ID, talk.Shelf, talk.Versions = "talk", search.TalkPublic, []search.Version{{Lang: hub.English, Text: "An umbrella for the ombudsman"}}
	for n, at := range []search.Shelf{search.TalkPublic, search.TalkRegistered, search.TalkNetwork} {
		talk.Shelf, talk.Rev = at, int64(n+1)
		if err := x.Put(t.Context(), []search.Doc{talk}); err != nil {
			t.Fatal(err)
		}
		for _, other := range search.Shelves {
			a := ask(t, x, search.Query{Shelves: []search.Shelf{other}, Count: true}, "umbrella", hub.English)
			if want := map[bool]int{true: 1}[other == at]; a.Total != want || len(a.Counts) > 0 != (want == 1) {
				t.Errorf("talk on the shelf %s: %d found on %s, %v", at, a.Total, other, a.Counts)
			}
		}
	}
	d := Docs()[1]
	d.Rev, d.Shelf = 2, onNetwork
	if err := x.Put(t.Context(), []search.Doc{d}); err != nil {
		t.Fatal(err)
	}
	for _, question := range []string{"Marrakech", "marakech", "marr*", "A/HRC/50/64"} {
		if a := ask(t, x, search.Query{}, question, hub.English); a.Total != 0 || len(a.Corrected) != 0 {
			t.Errorf("%s: found %q, corrected %v", question, ids(a), a.Corrected)
		}
	}
	if got := ids(ask(t, x, search.Query{Shelves: []search.Shelf{onNetwork}}, "Marrakech", hub.English)); got != "report" {
		t.Errorf("a member finds %q", got)
	}
}

func suggests(t *testing.T, x search.Index) {
	for _, c := range []struct{ typed, want string }{
		{"mar", "report"}, {"seminar of the marr", "report"}, {"foc", "focal"}, {"points foc", "focal"}, {"zanz", ""}, {"frank", ""}, {"", ""}, {"联络", "focal"}, {"xyzzy", ""},
	} {
		got, err := x.Suggest(t.Context(), search.Parse(c.typed, hub.English, Concepts(t)), public, 5)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%q: %v, %v, want %q", c.typed, got, err, c.want)
		}
	}
}

func rebuild(t *testing.T, x search.Index) {
	ctx := t.Context()
	err := x.Rebuild(ctx, func(put func([]search.Doc) error) error {
		if got := ids(ask(t, x, search.Query{}, "focal", hub.English)); got != "focal" {
			t.Errorf("meanwhile: %q", got)
		}
		late := Docs()[1]
		late.Rev, late.Versions = 2, []search.Version{{Lang: hub.English, Title: "Changed meanwhile"}}
		if err := x.Put(ctx, []search.Doc{late}); err != nil {
			return err
		}
		return put(Docs()[:2]) // without the tracker; with the report as it was
	})
	if err != nil {
		t.Fatal(err)
	}
	for question, want := range map[string]string{"focal": "focal", "meanwhile": "report", "seminar": "", "SIMORE": ""} {
		if got := ids(ask(t, x, search.Query{}, question, hub.English)); got != want {
			t.Errorf("%s: %q, want %q", question, got, want)
		}
	}
	failure := errors.New("the store went away")
	if err := x.Rebuild(ctx, func(func([]search.Doc) error) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("a rebuild that fails: %v", err)
	}
	if got := ids(ask(t, x, search.Query{}, "focal", hub.English)); got != "focal" {
		t.Errorf("after a rebuild that failed: %q", got)
	}
}

// anyQuestion: every text is a question, and gets an answer.
func anyQuestion(t *testing.T, x search.Index) {
	for _, question := range Hostile() {
		a := ask(t, x, search.Query{Count: true}, question, hub.English)
		for _, h := range a.Hits {
			if h.ID == "network" {
				t.Errorf("%.40q finds what is closed", question)
			}
		}
	}
}

// Hostile are questions that nobody means well with, or means at all.
func Hostile() []string {
	return []string{
		strings.Repeat("a", 1<<20), strings.Repeat("focal ", 1<<18), strings.Repeat("\"", 1000), strings.Repeat("-", 1000), "", " ", "the", "...", "!?",
		"\"unbalanced", "-", "--", "-\"", "\"\"", "*", "**", "a*", "(((((", ")", "[a-z]+", "/.*/", "tier:network", "tier=network", "kind:practice OR tier:network",
		"+zanzibarine", "^frank", "~2", "foo~", "\\", "\x00\x01\x02", "\u202efocal", "a\u0300\u0301\u0302\u0303", "фокал point 联络人 وزارة", "😀😀", "\xff\xfe", "' OR 1=1 --",
		"{\"query\":{}}", "tier = \"network\"", "联", "ـ", "ً", "1", "50 64", "a/b/c/d/e/f/1/2/3/4/5/6/7/8/9", strings.Repeat("1/", 100), strings.Repeat("联络人", 80), strings.Join(strings.Split(strings.Repeat("word", 200), "d"), "d "),
	}
}

func limits(t *testing.T, x search.Index) {
	for _, q := range []search.Query{{From: -1}, {From: search.MaxFrom + 1}, {Size: -1}, {Size: search.MaxSize + 1}} {
		q.Shelves = public
		var invalid *hub.Invalid
		if _, err := x.Search(t.Context(), q); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if err := x.Put(t.Context(), []search.Doc{{ID: "odd", Rev: 1, Shelf: "unheard-of"}}); err == nil {
		t.Error("a doc of no tier is taken in")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ctx, search.Query{Shelves: public, Size: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that has let go: %v", err)
	}
}

func atOnce(t *testing.T, x search.Index) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			d := Docs()[0]
			d.Rev = int64(i + 2)
			if err := x.Put(t.Context(), []search.Doc{d}); err != nil {
				t.Error(err)
			}
			q := search.Query{Question: search.Parse("focal", hub.English, Concepts(t)), Shelves: public, Size: 10, Count: true}
			if a, err := x.Search(t.Context(), q); err != nil || a.Total != 1 {
				t.Errorf("total %d, %v", a.Total, err)
			}
		})
	}
	wg.Wait()
	if revs, err := x.Revs(t.Context()); err != nil || revs["focal"] != 9 {
		t.Errorf("revs = %v, %v", revs, err)
	}
}

func closed(t *testing.T, x search.Index) {
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := x.Search(t.Context(), search.Query{Shelves: public}); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
}
