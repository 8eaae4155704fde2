package storetest

import (
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

var uniqueCases = []contractCase{
	{"Unique/Insert", uniqueInsert},
	{"Unique/Update", uniqueUpdate},
	{"Unique/Freed", uniqueFreed},
	{"Unique/AbsentLeftOut", uniqueAbsentLeftOut},
	{"Unique/OfTwoFields", uniqueOfTwoFields},
	{"Unique/SeveralValues", uniqueSeveralValues},
	{"Unique/SeveralValuesAlike", uniqueSeveralValuesAlike},
	{"Unique/List", uniqueList},
}

func uniqueInsert(t *fixture) {
	t.insert(notes, "a", keys{"address": "x"})
	d := store.Doc{ID: "b", Keys: keys{"address": "x", "date": "2020"}}
	t.is("Insert", t.Insert(t.Context(), notes, d), hub.ErrConflict)
	t.absent(notes, "b")
	t.lists(notes, store.Query{Index: "date"})
	t.lists(notes, store.Query{Index: "address", Equal: one("x")}, "a")
	t.insert(others, "b", keys{"address": "x"})
}

func uniqueUpdate(t *fixture) {
	a := t.insert(notes, "a", keys{"address": "x", "date": "2020"})
	b := t.insert(notes, "b", keys{"address": "y"})
	a = t.update(notes, a) // its own value is not in its way
	taken := store.Doc{ID: "a", Rev: a.Rev, Keys: keys{"address": "y", "date": "2021"}, Body: []byte("no")}
	t.is("Update", t.Update(t.Context(), notes, taken), hub.ErrConflict)
	t.holds(notes, a)
	t.holds(notes, b)
	t.lists(notes, store.Query{Index: "date", Equal: one("2020")}, "a")
	t.lists(notes, store.Query{Index: "date", Equal: one("2021")})
}

func uniqueFreed(t *fixture) {
	a := t.insert(notes, "a", keys{"address": "x"})
	a.Keys = keys{"address": "y"}
	a = t.update(notes, a)
	t.insert(notes, "b", keys{"address": "x"})
	t.delete(notes, "a", a.Rev)
	t.insert(notes, "c", keys{"address": "y"})
	t.lists(notes, store.Query{Index: "address"}, "b", "c")
}

func uniqueAbsentLeftOut(t *fixture) {
	for _, id := range []string{"a", "b"} {
		t.insert(notes, id, nil)
		t.insert(notes, id+"kind", keys{"kind": "k"})
		t.insert(notes, id+"slug", keys{"slug": "s"})
	}
	t.lists(notes, store.Query{Index: "slug"})
	t.lists(notes, store.Query{Index: "slug", Equal: one("k")})
	t.insert(notes, "c", keys{"kind": "k", "slug": "s"})
	t.lists(notes, store.Query{Index: "slug", Equal: one("k")}, "c")
}

func uniqueOfTwoFields(t *fixture) {
	t.insert(notes, "a", keys{"thread": "t", "number": int64(1)})
	t.insert(notes, "b", keys{"thread": "t", "number": int64(2)})
	t.insert(notes, "c", keys{"thread": "u", "number": int64(1)})
	err := t.Insert(t.Context(), notes, store.Doc{ID: "d", Keys: keys{"thread": "t", "number": int64(2)}})
	t.is("Insert", err, hub.ErrConflict)
	t.lists(notes, store.Query{Index: "sequence", Equal: one("t")}, "a", "b")
	// Values must not run into each other.
	t.insert(notes, "e", keys{"kind": "ab", "slug": "c"})
	t.insert(notes, "f", keys{"kind": "a", "slug": "bc"})
}

func uniqueSeveralValues(t *fixture) {
	t.insert(notes, "a", keys{"alias": []string{"x", "y", "x"}})
	t.insert(notes, "b", keys{"alias": []string{"z"}})
	for _, taken := range []store.Value{[]string{"w", "y"}, []string{"z", "v"}, "x"} {
		err := t.Insert(t.Context(), notes, store.Doc{ID: "c", Keys: keys{"alias": taken, "date": "2020"}})
		t.is("Insert", err, hub.ErrConflict)
	}
	t.lists(notes, store.Query{Index: "date"})
	t.insert(notes, "c", keys{"alias": []string{"w", "v"}})
	t.lists(notes, store.Query{Index: "alias", Equal: [][]store.Value{in("v", "w", "x", "z")}}, "a", "b", "c")
}

// uniqueSeveralValuesAlike is what of uniqueSeveralValues every engine knows.
func uniqueSeveralValuesAlike(t *fixture) {
	t.insert(notes, "a", keys{"alias": []string{"x", "y"}})
	err := t.Insert(t.Context(), notes, store.Doc{ID: "b", Keys: keys{"alias": []string{"x", "y"}}})
	t.is("Insert", err, hub.ErrConflict)
	t.lists(notes, store.Query{Index: "alias", Equal: one("y")}, "a")
}

// uniqueList: the same slug in two kinds is a tie, which the ID decides.
func uniqueList(t *fixture) {
	t.insert(notes, "c", keys{"kind": "k", "slug": "s"})
	t.insert(notes, "a", keys{"kind": "l", "slug": "s"})
	t.insert(notes, "b", keys{"kind": "m", "slug": "s"})
	t.insert(notes, "d", keys{"kind": "l", "slug": "r"})
	q := store.Query{Index: "slug", Equal: [][]store.Value{in("k", "l", "m")}}
	for q.Limit = 1; q.Limit < 5; q.Limit++ {
		t.lists(notes, q, "d", "a", "b", "c")
	}
	t.lists(notes, store.Query{Index: "slug"}, "c", "d", "a", "b")
	t.lists(notes, store.Query{Index: "slug", Equal: one("l", "s"), Limit: 1}, "a")
}
