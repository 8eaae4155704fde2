package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"nmirfhub/internal/store"
)

var listCases = []contractCase{
	{"List/Order", listOrder},
	{"List/OrderOfStrings", listOrderOfStrings},
	{"List/OrderOfNumbers", listOrderOfNumbers},
	{"List/ShortPrefix", listShortPrefix},
	{"List/Bounds", listBounds},
	{"List/BoundsOfNumbers", listBoundsOfNumbers},
	{"List/Branches", listBranches},
	{"List/BranchesOfSeveralValues", listBranchesOfSeveralValues},
	{"List/ManyBranches", listManyBranches},
	{"List/SeveralValues", listSeveralValues},
	{"List/AbsentLeftOut", listAbsentLeftOut},
	{"List/WholeDocuments", listWholeDocuments},
	{"List/ErrInvalid", listErrInvalid},
	{"List/SeveralValuesInOrder", listSeveralValuesInOrder},
	{"List/Limit", listLimit},
}

func listOrder(t *fixture) {
	t.insert(notes, "b", keys{"kind": "k", "date": "2021"})
	t.insert(notes, "a", keys{"kind": "k", "date": "2021"})
	t.insert(notes, "d", keys{"kind": "k", "date": "2020"})
	t.insert(notes, "c", keys{"kind": "k", "date": "2022-12"})
	t.insert(notes, "e", keys{"kind": "l", "date": "2019"})
	t.lists(notes, store.Query{Index: "date"}, "e", "d", "a", "b", "c")
	t.lists(notes, store.Query{Index: "date", Desc: true}, "c", "b", "a", "d", "e")
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("k")}, "d", "a", "b", "c")
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("k"), Desc: true}, "c", "b", "a", "d")
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("k", "2021")}, "a", "b")
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("k", "2021"), Desc: true}, "b", "a")
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("none")})
	t.lists(notes, store.Query{Index: "kind-date", Equal: one(int64(1))})
}

func listOrderOfStrings(t *fixture) {
	want := append([]string{"", "a", "aa", "ab", "A", "Z", "z", "É", "é", "0", "10", "9", "a\x00", "a b"}, odd...)
	slices.Sort(want)
	want = slices.Compact(want)
	ids := make([]string, len(want))
	for i, s := range want {
		ids[i] = fmt.Sprintf("%03d", len(want)-i)
		t.insert(notes, ids[i], keys{"date": s, "kind": "k"})
	}
	for _, limit := range []int{100, 1} {
		t.lists(notes, store.Query{Index: "date", Limit: limit}, ids...)
		t.lists(notes, store.Query{Index: "kind-date", Equal: one("k"), Desc: true, Limit: limit}, reversed(ids)...)
	}
}

func reversed(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Reverse(ids)
	return ids
}

func listOrderOfNumbers(t *fixture) {
	var ids []string
	for i, n := range []int64{math.MinInt64, math.MinInt64 + 1, -1 << 53, -10, -9, 0, 9, 10, 1<<53 + 1, 1<<53 + 2, math.MaxInt64 - 1, math.MaxInt64} {
		id := string(rune('z' - i))
		ids = append(ids, id)
		t.insert(notes, id, keys{"rank": n})
	}
	for _, limit := range []int{100, 1, 3} {
		t.lists(notes, store.Query{Index: "rank", Limit: limit}, ids...)
		t.lists(notes, store.Query{Index: "rank", Limit: limit, Desc: true}, reversed(ids)...)
	}
}

// listShortPrefix: what the query does not name orders, field by field.
func listShortPrefix(t *fixture) {
	t.insert(notes, "a", keys{"kind": "k", "status": "t", "rank": int64(1)})
	t.insert(notes, "b", keys{"kind": "k", "status": "s", "rank": int64(9)})
	t.insert(notes, "c", keys{"kind": "k", "status": "s", "rank": int64(2)})
	t.insert(notes, "d", keys{"kind": "j", "status": "z", "rank": int64(2)})
	t.insert(notes, "e", keys{"kind": "k", "status": "s", "rank": int64(2)})
	for _, limit := range []int{100, 1, 2} {
		q := store.Query{Index: "kind-status-rank", Limit: limit}
		t.lists(notes, q, "d", "c", "e", "b", "a")
		q.Equal = one("k")
		t.lists(notes, q, "c", "e", "b", "a")
		q.Desc = true
		t.lists(notes, q, "a", "b", "e", "c")
		q.Equal, q.Desc = [][]store.Value{in("j", "k"), in("s", "z")}, false
		t.lists(notes, q, "c", "d", "e", "b")
	}
}

func listBounds(t *fixture) {
	for _, d := range []string{"2019", "2020", "2020-05", "2021", "2021-02-03"} {
		t.insert(notes, "d"+d, keys{"kind": "k", "date": d})
	}
	for _, c := range []struct {
		from, to store.Value
		want     string
	}{
		{nil, nil, "d2019 d2020 d2020-05 d2021 d2021-02-03"},
		{"2020", nil, "d2020 d2020-05 d2021 d2021-02-03"},
		{"2020", "2021", "d2020 d2020-05"},
		{nil, "2020", "d2019"},
		{nil, "2019", ""},
		{"2021-02-03", nil, "d2021-02-03"},
		{"2020", "2020", ""},
		{"2021", "2020", ""},
		{"", "3", "d2019 d2020 d2020-05 d2021 d2021-02-03"},
	} {
		want := strings.Fields(c.want)
		for _, limit := range []int{100, 1, 2} {
			q := store.Query{Index: "kind-date", Equal: one("k"), From: c.from, To: c.to, Limit: limit}
			t.lists(notes, q, want...)
			q.Desc = true
			t.lists(notes, q, reversed(want)...)
			t.lists(notes, store.Query{Index: "date", From: c.from, To: c.to, Limit: limit}, want...)
		}
	}
}

func listBoundsOfNumbers(t *fixture) {
	for id, n := range map[string]int64{"a": -5, "b": 0, "c": 7, "d": math.MaxInt64} {
		t.insert(notes, id, keys{"rank": n})
	}
	for _, c := range []struct {
		from, to store.Value
		want     string
	}{
		{int64(0), nil, "b c d"},
		{int64(-5), int64(7), "a b"},
		{nil, int64(math.MaxInt64), "a b c"},
		{nil, int64(math.MinInt64), ""},
		{int64(math.MaxInt64), nil, "d"},
		{int64(8), int64(7), ""},
	} {
		for _, limit := range []int{100, 1} {
			want := strings.Fields(c.want)
			t.lists(notes, store.Query{Index: "rank", From: c.from, To: c.to, Limit: limit}, want...)
			t.lists(notes, store.Query{Index: "rank", From: c.from, To: c.to, Limit: limit, Desc: true}, reversed(want)...)
		}
	}
}

func listBranches(t *fixture) {
	for id, k := range map[string]keys{
		"a": {"kind": "k", "status": "s", "rank": int64(4)},
		"b": {"kind": "l", "status": "s", "rank": int64(3)},
		"c": {"kind": "m", "status": "s", "rank": int64(3)},
		"d": {"kind": "k", "status": "t", "rank": int64(3)},
		"e": {"kind": "l", "status": "t", "rank": int64(1)},
		"f": {"kind": "l", "status": "u", "rank": int64(2)},
	} {
		t.insert(notes, id, k)
	}
	for _, limit := range []int{100, 1, 2, 3} {
		q := store.Query{Index: "kind-status-rank", Equal: [][]store.Value{in("k", "l", "k"), in("s", "t", "none")}, Limit: limit}
		t.lists(notes, q, "e", "b", "d", "a")
		q.Desc = true
		t.lists(notes, q, "a", "d", "b", "e")
		q.From, q.To = int64(3), int64(4)
		t.lists(notes, q, "d", "b")
		t.lists(notes, store.Query{Index: "kind-status-rank", Equal: [][]store.Value{in("l", "k"), in("t", "s"), in(int64(3), int64(4))}, Limit: limit}, "a", "b", "d")
	}
}

// listBranchesOfSeveralValues: found twice, listed once.
func listBranchesOfSeveralValues(t *fixture) {
	t.insert(notes, "a", keys{"kind": "k", "status": "s", "theme": []string{"x", "y"}, "date": "2020"})
	t.insert(notes, "b", keys{"kind": "k", "status": "s", "theme": []string{"y", "z"}, "date": "2019"})
	t.insert(notes, "c", keys{"kind": "k", "status": "s", "theme": "x", "date": "2021"})
	t.insert(notes, "d", keys{"kind": "k", "status": "t", "theme": []string{"z", "x"}, "date": "2018"})
	q := store.Query{Index: "theme-date", Equal: [][]store.Value{in("k"), in("s", "t"), in("x", "y", "z")}}
	for q.Limit = 1; q.Limit < 6; q.Limit++ {
		q.Desc = false
		t.lists(notes, q, "d", "b", "a", "c")
		q.Desc = true
		t.lists(notes, q, "c", "a", "b", "d")
	}
}

func listManyBranches(t *fixture) {
	var kinds, statuses []store.Value
	for i := range 8 {
		kinds = append(kinds, fmt.Sprint("k", i))
		statuses = append(statuses, fmt.Sprint("s", i))
	}
	t.insert(notes, "a", keys{"kind": "k7", "status": "s7", "rank": int64(2)})
	t.insert(notes, "b", keys{"kind": "k0", "status": "s7", "rank": int64(1)})
	q := store.Query{Index: "kind-status-rank", Equal: [][]store.Value{kinds, statuses}, Limit: 1}
	t.lists(notes, q, "b", "a")
	q.Equal = append(q.Equal, in(int64(1), int64(2)))
	_, err := t.List(t.Context(), notes, q)
	t.invalid("List by 128 branches", err, "equal")
}

func listSeveralValues(t *fixture) {
	t.insert(notes, "a", keys{"kind": "k", "status": "s", "theme": []string{"x", "y", "x"}, "date": "2021"})
	t.insert(notes, "b", keys{"kind": "k", "status": "s", "theme": []string{"x"}, "date": "2020"})
	t.insert(notes, "c", keys{"kind": "k", "status": "s", "theme": "x", "date": "2019"})
	t.insert(notes, "d", keys{"kind": "k", "status": "t", "theme": []string{"y"}, "date": "2019"})
	q := store.Query{Index: "theme-date", Equal: one("k", "s", "x"), Limit: 1}
	t.lists(notes, q, "c", "b", "a")
	q.Desc = true
	t.lists(notes, q, "a", "b", "c")
	q.From = "2020"
	t.lists(notes, q, "a", "b")
	t.lists(notes, store.Query{Index: "theme-date", Equal: one("k", "s", "y")}, "a")
	t.lists(notes, store.Query{Index: "theme", Equal: one("y")}, "a", "d")
	t.lists(notes, store.Query{Index: "theme-inside", Equal: one("k", "x")})
}

func listAbsentLeftOut(t *fixture) {
	t.insert(notes, "a", keys{"kind": "k", "status": "s", "rank": int64(1), "date": "2020"})
	t.insert(notes, "b", keys{"kind": "k", "status": "s"})
	t.insert(notes, "c", keys{"kind": "k", "rank": int64(1)})
	t.insert(notes, "d", keys{"status": "s", "rank": int64(1), "date": "2020"})
	t.insert(notes, "e", nil)
	q := store.Query{Index: "kind-status-rank", Limit: 1}
	t.lists(notes, q, "a")
	q.Equal = one("k")
	t.lists(notes, q, "a")
	q.Equal = one("k", "s")
	t.lists(notes, q, "a")
	q.Desc = true
	t.lists(notes, q, "a")
	t.lists(notes, store.Query{Index: "date", Desc: true, Limit: 1}, "d", "a")
	t.lists(notes, store.Query{Index: "date", To: "3"}, "a", "d")
}

func listWholeDocuments(t *fixture) {
	want := t.insert(notes, "a", keys{"kind": "k", "date": "2020", "rank": int64(-3), "theme": []string{"x", "y"}})
	want = t.update(notes, want)
	page, err := t.List(t.Context(), notes, store.Query{Index: "date", Limit: 5})
	if err != nil || len(page.Docs) != 1 || page.Next != "" {
		t.Fatalf("List = %+v, %v", page, err)
	}
	got := page.Docs[0]
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
		t.Errorf("List = %#v, want %#v", got, want)
	}
}

func listErrInvalid(t *fixture) {
	for _, c := range []struct {
		field string
		q     store.Query
	}{
		{"index", store.Query{Index: "colour", Limit: 1}},
		{"index", store.Query{Limit: 1}},
		{"limit", store.Query{Index: "date"}},
		{"limit", store.Query{Index: "date", Limit: -1}},
		{"limit", store.Query{Index: "date", Limit: store.MaxLimit + 1}},
		{"equal", store.Query{Index: "date", Limit: 1, Equal: one("a", "b")}},
		{"equal", store.Query{Index: "date", Limit: 1, Equal: [][]store.Value{{}}}},
		{"equal", store.Query{Index: "date", Limit: 1, Equal: one(nil)}},
		{"equal", store.Query{Index: "date", Limit: 1, Equal: one([]string{"a"})}},
		{"equal", store.Query{Index: "date", Limit: 1, Equal: one(2020)}},
		{"equal", store.Query{Index: "date", Limit: 1, Equal: one("\xff")}},
		{"from", store.Query{Index: "date", Limit: 1, From: 2020}},
		{"from", store.Query{Index: "date", Limit: 1, Equal: one("a"), From: "2020"}},
		{"to", store.Query{Index: "date", Limit: 1, Equal: one("a"), To: "2020"}},
		{"to", store.Query{Index: "date", Limit: 1, To: []string{"2020"}}},
		{"to", store.Query{Index: "date", Limit: 1, From: "2020", To: int64(2021)}},
	} {
		_, err := t.List(t.Context(), notes, c.q)
		t.invalid(fmt.Sprintf("List %+v", c.q), err, c.field)
	}
}

// listSeveralValuesInOrder: where a document with several values belongs in
// an order by them is not defined, so the query is refused.
func listSeveralValuesInOrder(t *fixture) {
	t.insert(notes, "a", keys{"theme": []string{"x", "y"}})
	_, err := t.List(t.Context(), notes, store.Query{Index: "theme", Limit: 5})
	t.invalid("List", err, "equal")
	t.lists(notes, store.Query{Index: "theme", Equal: one("x")}, "a")
}

func listLimit(t *fixture) {
	for i := range 5 {
		t.insert(notes, fmt.Sprint(i), keys{"date": "2020"})
	}
	for limit, want := range map[int]int{1: 1, 4: 4, 5: 5, 6: 5, store.MaxLimit: 5} {
		page, err := t.List(t.Context(), notes, store.Query{Index: "date", Limit: limit})
		if err != nil || len(page.Docs) != want || (page.Next != "") != (limit < 5) {
			t.Errorf("List of %d = %d documents, next %q, %v, want %d", limit, len(page.Docs), page.Next, err, want)
		}
	}
}
