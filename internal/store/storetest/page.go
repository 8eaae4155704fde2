package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"nmirfhub/internal/store"
)

var pageCases = []contractCase{
	{"Page/WhileChanging", pageWhileChanging},
	{"Page/CursorOfRemoved", pageCursorOfRemoved},
	{"Page/OtherBounds", pageOtherBounds},
	{"Page/ForeignCursor", pageForeignCursor},
	{"Page/TamperedCursor", pageTamperedCursor},
	{"Page/Model", pageModel},
}

// pageWhileChanging: what nobody touches comes once, whatever is added and
// removed between the pages.
func pageWhileChanging(t *fixture) {
	random := rand.New(rand.NewPCG(1, 2))
	var untouched, gone []string
	for i := range 60 {
		id := fmt.Sprintf("%02d", i)
		t.insert(notes, id, keys{"kind": []string{"k", "l"}[i%2], "date": fmt.Sprint(2000 + random.IntN(6))})
		if i%3 == 0 {
			gone = append(gone, id)
		} else {
			untouched = append(untouched, id)
		}
	}
	for _, desc := range []bool{false, true} {
		q := store.Query{Index: "kind-date", Equal: [][]store.Value{in("k", "l")}, Desc: desc, Limit: 4}
		seen := map[string]int{}
		for n := 0; n == 0 || q.After != ""; n++ {
			page, err := t.List(t.Context(), notes, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.Docs {
				seen[d.ID]++
			}
			q.After = page.Next
			t.insert(notes, fmt.Sprint("new", desc, n), keys{"kind": "l", "date": fmt.Sprint(2000 + random.IntN(6))})
			if len(gone) > 0 && n%2 == 0 {
				t.delete(notes, gone[0], 1)
				gone = gone[1:]
			}
		}
		for _, id := range untouched {
			if seen[id] != 1 {
				t.Errorf("desc %t: %s came %d times", desc, id, seen[id])
			}
		}
	}
}

// pageCursorOfRemoved: a cursor is a place, not a document.
func pageCursorOfRemoved(t *fixture) {
	for _, id := range []string{"a", "b", "c", "d"} {
		t.insert(notes, id, keys{"date": "2020"})
	}
	for _, desc := range []bool{false, true} {
		q := store.Query{Index: "date", Desc: desc, Limit: 2}
		page, err := t.List(t.Context(), notes, q)
		if err != nil {
			t.Fatal(err)
		}
		last := page.Docs[1].ID
		t.delete(notes, last, 1)
		q.After = page.Next
		want := map[bool][]string{false: {"c", "d"}, true: {"a"}}[desc]
		t.lists(notes, q, want...)
	}
}

func pageOtherBounds(t *fixture) {
	for i := range 6 {
		t.insert(notes, fmt.Sprint(i), keys{"kind": "k", "rank": int64(i), "status": "s"})
	}
	q := store.Query{Index: "kind-status-rank", Equal: one("k", "s"), Limit: 2}
	page, err := t.List(t.Context(), notes, q)
	if err != nil {
		t.Fatal(err)
	}
	q.After, q.Limit = page.Next, 3
	q.From, q.To = int64(0), int64(5)
	t.lists(notes, q, "2", "3", "4")
	q.From = int64(3)
	t.lists(notes, q, "3", "4")
	q.From, q.To = nil, int64(1)
	t.lists(notes, q)
}

func pageForeignCursor(t *fixture) {
	for i := range 3 {
		k := keys{"kind": "k", "status": "s", "date": "2020", "rank": int64(i), "slug": fmt.Sprint(i)}
		t.insert(notes, fmt.Sprint(i), k)
		t.insert(others, fmt.Sprint(i), k)
	}
	own := store.Query{Index: "kind-date", Equal: one("k"), Limit: 1}
	page, err := t.List(t.Context(), notes, own)
	if err != nil || page.Next == "" {
		t.Fatalf("List = %+v, %v", page, err)
	}
	own.After = page.Next
	t.lists(notes, own, "1", "2")
	_, err = t.List(t.Context(), others, own)
	t.invalid("List of others", err, "cursor")
	for _, q := range []store.Query{
		{Index: "date"},
		{Index: "slug", Equal: own.Equal},
		{Index: "kind-date", Equal: one("l")},
		{Index: "kind-date", Equal: [][]store.Value{in("k", "l")}},
		{Index: "kind-date"},
		{Index: "kind-date", Equal: one("k", "2020")},
		{Index: "kind-date", Equal: own.Equal, Desc: true},
	} {
		q.After, q.Limit = page.Next, 1
		_, err := t.List(t.Context(), notes, q)
		t.invalid(fmt.Sprintf("List %+v", q), err, "cursor")
	}
}

func pageTamperedCursor(t *fixture) {
	for i := range 3 {
		t.insert(notes, fmt.Sprint(i), keys{"date": "2020"})
	}
	q := store.Query{Index: "date", Limit: 1}
	page, err := t.List(t.Context(), notes, q)
	if err != nil {
		t.Fatal(err)
	}
	made := []string{"x", "AAAA", "!", page.Next + "A", page.Next[1:], page.Next + "=", page.Next + "\n"}
	for i := range page.Next {
		b := []byte(page.Next)
		if b[i]++; b[i] == '[' || b[i] == '{' || b[i] == ':' || b[i] == '.' || b[i] == '`' {
			b[i] = '0' // stay in the alphabet, so that it is the content that is refused
		}
		made = append(made, string(b), page.Next[:i])
	}
	for _, q.After = range made {
		if q.After == "" {
			continue
		}
		_, err := t.List(t.Context(), notes, q)
		t.invalid(fmt.Sprintf("List after %q", q.After), err, "cursor")
	}
}

// pageModel compares lists with a plain filter and sort, over random documents
// and queries.
func pageModel(t *fixture) {
	random := rand.New(rand.NewPCG(3, 4))
	docs := modelDocs(random)
	for i, d := range docs {
		docs[i] = t.insert(notes, d.ID, d.Keys)
	}
	for range 150 {
		q := modelQuery(random)
		want := modelList(docs, q)
		if got := t.all(notes, q); !slices.Equal(got, want) {
			t.Fatalf("List %+v = %q, want %q", q, got, want)
		}
	}
}

var modelIndexes = []store.Index{
	{Name: "kind-date", Fields: []string{"kind", "date"}},
	{Name: "kind-status-rank", Fields: []string{"kind", "status", "rank"}},
	{Name: "theme-date", Fields: []string{"kind", "status", "theme", "date"}},
}

func modelDocs(random *rand.Rand) []store.Doc {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	var docs []store.Doc
	for i := range 50 {
		k := keys{"kind": pick("k", "l", "m"), "status": pick("s", "t"), "date": pick("1", "2", "3", "4"), "rank": int64(random.IntN(4) - 1)}
		k["theme"] = []string{pick("x", "y"), pick("y", "z")}
		if lacks := pick("kind", "date", "rank", "", "", "", ""); lacks != "" {
			delete(k, lacks)
		}
		docs = append(docs, store.Doc{ID: fmt.Sprintf("%02d", (i*7)%50), Keys: k})
	}
	return docs
}

func modelQuery(random *rand.Rand) store.Query {
	some := func(from ...store.Value) []store.Value {
		random.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
		return from[:1+random.IntN(len(from))]
	}
	x := modelIndexes[random.IntN(len(modelIndexes))]
	q := store.Query{Index: x.Name, Desc: random.IntN(2) == 0, Limit: 1 + random.IntN(9)}
	full := [][]store.Value{some("k", "l", "m"), some("1", "2", "4")}
	var bounds []store.Value
	switch x.Name {
	case "kind-date":
		bounds = some("1", "2", "3")
	case "kind-status-rank":
		full = [][]store.Value{some("k", "l"), some("s", "t"), some(int64(0), int64(2))}
		bounds = some(int64(0), int64(1), int64(2))
	case "theme-date":
		full = [][]store.Value{some("k", "l"), some("s", "t"), some("x", "y", "z"), some("1", "2", "4")}
		bounds = some("1", "2", "3")
	}
	least := len(full) - 1 // the list field must be named; the others may be short too
	if x.Name != "theme-date" {
		least = 0
	}
	q.Equal = full[:least+random.IntN(len(full)-least+1)]
	if len(q.Equal) == len(x.Fields)-1 {
		q.From = bounds[0]
		if len(bounds) > 1 {
			q.To = bounds[1]
		}
	}
	return q
}

func modelList(docs []store.Doc, q store.Query) []string {
	x := modelIndexes[slices.IndexFunc(modelIndexes, func(x store.Index) bool { return x.Name == q.Index })]
	var found []store.Doc
	for _, d := range docs {
		if modelMatches(x, d, q) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b store.Doc) int {
		if q.Desc {
			a, b = b, a
		}
		for _, f := range x.Fields[len(q.Equal):] {
			if c := store.Compare(a.Keys[f], b.Keys[f]); c != 0 {
				return c
			}
		}
		return store.Compare(a.ID, b.ID)
	})
	var ids []string
	for _, d := range found {
		ids = append(ids, d.ID)
	}
	return ids
}

func modelMatches(x store.Index, d store.Doc, q store.Query) bool {
	for i, f := range x.Fields {
		v := d.Keys[f]
		if v == nil {
			return false
		}
		if i < len(q.Equal) && !slices.ContainsFunc(q.Equal[i], func(w store.Value) bool {
			several, _ := v.([]string)
			return single(v) == w || slices.ContainsFunc(several, func(s string) bool { return s == w })
		}) {
			return false
		}
		if i == len(q.Equal) && (q.From != nil && store.Compare(v, q.From) < 0 || q.To != nil && store.Compare(v, q.To) >= 0) {
			return false
		}
	}
	return true
}

// single is the value when it is no list, which cannot be compared with ==.
func single(v store.Value) store.Value {
	if _, ok := v.([]string); ok {
		return nil
	}
	return v
}
