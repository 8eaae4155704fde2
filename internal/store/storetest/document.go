package storetest

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

var documentCases = []contractCase{
	{"Insert/OK", insertOK},
	{"Insert/RevIsOne", insertRevIsOne},
	{"Insert/IDTaken", insertIDTaken},
	{"Insert/Body", insertBody},
	{"Insert/BodyTooLong", insertBodyTooLong},
	{"Insert/ErrInvalid", insertErrInvalid},
	{"Insert/EmptyListIsNone", insertEmptyListIsNone},
	{"Get/Absent", getAbsent},
	{"Get/Unicode", getUnicode},
	{"Update/OK", updateOK},
	{"Update/OtherRevision", updateOtherRevision},
	{"Update/Absent", updateAbsent},
	{"Update/ErrInvalid", updateErrInvalid},
	{"Delete/OK", deleteOK},
	{"Delete/OtherRevision", deleteOtherRevision},
	{"Delete/Absent", deleteAbsent},
	{"Delete/ThenInsert", deleteThenInsert},
	{"Collections/Apart", collectionsApart},
	{"Collections/Undeclared", collectionsUndeclared},
}

func insertOK(t *fixture) {
	d := t.insert(notes, "a", keys{
		"kind": "practice", "date": "", "rank": int64(math.MinInt64), "number": int64(math.MaxInt64),
		"theme": []string{"b", "a", "b"}, "alias": []string{"one"},
	})
	t.holds(notes, d)
	t.holds(notes, t.insert(notes, "b", nil))
}

func insertRevIsOne(t *fixture) {
	d := store.Doc{ID: "a", Rev: 7, Keys: keys{"kind": "k"}, Body: []byte("{}")}
	if err := t.Insert(t.Context(), notes, d); err != nil {
		t.Fatal(err)
	}
	d.Rev = 1
	t.holds(notes, d)
}

func insertIDTaken(t *fixture) {
	d := t.insert(notes, "a", keys{"date": "2020"})
	err := t.Insert(t.Context(), notes, store.Doc{ID: "a", Keys: keys{"date": "2021"}, Body: []byte("2")})
	t.is("Insert", err, hub.ErrConflict)
	t.holds(notes, d)
	t.lists(notes, store.Query{Index: "date"}, "a")
	t.lists(notes, store.Query{Index: "date", Equal: one("2021")})
}

// insertBody: a body is kept byte for byte, whatever it is.
func insertBody(t *fixture) {
	text := []byte(`{"text":"Sécurité"} `)
	large := bytes.Repeat(text, store.MaxBody/len(text)+1)[:store.MaxBody]
	for i, body := range [][]byte{nil, {}, []byte(` {"b":1.0,"a":12345678901234567890} `), {0, 0xff, '\'', '$'}, large} {
		d := store.Doc{ID: fmt.Sprint(i), Rev: 1, Body: body}
		if err := t.Insert(t.Context(), notes, d); err != nil {
			t.Fatalf("Insert of %d bytes = %v", len(body), err)
		}
		t.holds(notes, d)
	}
}

func insertBodyTooLong(t *fixture) {
	d := store.Doc{ID: "a", Body: make([]byte, store.MaxBody+1)}
	t.invalid("Insert", t.Insert(t.Context(), notes, d), "body")
	t.absent(notes, "a")
	t.insert(notes, "a", nil)
	d.Rev = 1
	t.invalid("Update", t.Update(t.Context(), notes, d), "body")
}

// wrong is documents that no store takes, with the field of the error.
func wrong() map[string]store.Doc {
	many := make([]string, store.MaxValues+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	with := func(k keys) store.Doc { return store.Doc{ID: "a", Rev: 1, Keys: k} }
	return map[string]store.Doc{
		"keys.colour": with(keys{"colour": "red"}),
		"keys.date":   with(keys{"date": strings.Repeat("x", store.MaxKey+1)}),
		"keys.theme":  with(keys{"theme": many}),
		"keys.kind":   with(keys{"kind": "\xff"}),
		"keys.alias":  with(keys{"alias": []string{"a", "b\xff"}}),
		"keys.rank":   with(keys{"rank": 3}),
		"keys.number": with(keys{"number": 3.5}),
		"keys.status": with(keys{"status": nil}),
		"keys.slug":   with(keys{"slug": []string{"a"}, "kind": []string{"b"}}),
	}
}

func insertErrInvalid(t *fixture) {
	for field, d := range wrong() {
		t.invalid("Insert", t.Insert(t.Context(), notes, d), field)
	}
	for _, id := range []string{"", strings.Repeat("x", store.MaxID+1), "\xc3"} {
		t.invalid("Insert", t.Insert(t.Context(), notes, store.Doc{ID: id}), "id")
	}
	t.insert(notes, strings.Repeat("x", store.MaxID), keys{"date": strings.Repeat("x", store.MaxKey)})
	t.lists(notes, store.Query{Index: "date"}, strings.Repeat("x", store.MaxID))
}

func insertEmptyListIsNone(t *fixture) {
	d := t.insert(notes, "a", keys{"kind": "k", "theme": []string{}, "alias": []string{}})
	t.insert(notes, "b", keys{"alias": []string{}})
	d.Keys = keys{"kind": "k"}
	t.holds(notes, d)
	t.lists(notes, store.Query{Index: "theme"})
	t.lists(notes, store.Query{Index: "alias"})
}

func getAbsent(t *fixture) {
	t.insert(notes, "a", nil)
	for _, id := range []string{"b", "A", "", "a ", "\xff", strings.Repeat("x", store.MaxID+1), "$where", "a\x00"} {
		t.absent(notes, id)
	}
}

// odd is strings that engines are known to trip over.
var odd = []string{
	"a'b\"c`d", "$ne", "a.b", "%_*?", "\\", "{\"$gt\":\"\"}", "a\x00b", "\x00", "a\tb\nc", "<&>", "\u2028", "é", "e\u0301",
	"ﬁ", "العربية", "中文", "🙂", "\U0010ffff", "\uffff", "\u200b", "NULL", "1", "1e3", "true", "--", " ",
}

func getUnicode(t *fixture) {
	for i, s := range odd {
		d := t.insert(notes, s, keys{"kind": s, "address": s, "theme": []string{s, "all"}, "rank": int64(i)})
		t.holds(notes, d)
		t.lists(notes, store.Query{Index: "address", Equal: one(s)}, s)
		t.lists(notes, store.Query{Index: "theme", Equal: one(s)}, s)
	}
	t.lists(notes, store.Query{Index: "rank", Limit: 7}, odd...)
}

func updateOK(t *fixture) {
	d := t.insert(notes, "a", keys{"kind": "k", "date": "2020", "theme": []string{"x", "y"}, "rank": int64(1)})
	d.Keys = keys{"kind": "k", "date": "2021", "theme": []string{"y", "z"}}
	d.Body = []byte("new")
	d = t.update(notes, d)
	t.holds(notes, d)
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("k", "2020")})
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("k", "2021")}, "a")
	t.lists(notes, store.Query{Index: "theme", Equal: one("x")})
	t.lists(notes, store.Query{Index: "theme", Equal: one("y")}, "a")
	t.lists(notes, store.Query{Index: "theme", Equal: one("z")}, "a")
	t.lists(notes, store.Query{Index: "rank"})
	d.Keys = nil
	t.holds(notes, t.update(notes, d))
	t.lists(notes, store.Query{Index: "date"})
}

func updateOtherRevision(t *fixture) {
	d := t.insert(notes, "a", keys{"date": "2020"})
	d = t.update(notes, d)
	for _, rev := range []int64{-1, 0, 1, 3} {
		err := t.Update(t.Context(), notes, store.Doc{ID: "a", Rev: rev, Keys: keys{"date": "1"}, Body: []byte("x")})
		t.is("Update", err, hub.ErrConflict)
	}
	t.holds(notes, d)
	t.lists(notes, store.Query{Index: "date", Equal: one("2020")}, "a")
	t.lists(notes, store.Query{Index: "date", Equal: one("1")})
}

func updateAbsent(t *fixture) {
	for _, rev := range []int64{0, 1} {
		t.is("Update", t.Update(t.Context(), notes, store.Doc{ID: "a", Rev: rev}), hub.ErrNotFound)
	}
	t.absent(notes, "a")
}

func updateErrInvalid(t *fixture) {
	was := t.insert(notes, "a", keys{"date": "2020"})
	for field, d := range wrong() {
		t.invalid("Update", t.Update(t.Context(), notes, d), field)
	}
	t.holds(notes, was)
}

func deleteOK(t *fixture) {
	t.insert(notes, "a", keys{"kind": "k", "date": "2020", "theme": []string{"x", "y"}, "status": "s"})
	t.insert(notes, "b", keys{"kind": "k", "date": "2020", "theme": []string{"x"}, "status": "s"})
	t.delete(notes, "a", 1)
	t.absent(notes, "a")
	t.lists(notes, store.Query{Index: "date"}, "b")
	t.lists(notes, store.Query{Index: "theme-date", Equal: one("k", "s", "x")}, "b")
	t.lists(notes, store.Query{Index: "theme", Equal: one("y")})
}

func deleteOtherRevision(t *fixture) {
	d := t.update(notes, t.insert(notes, "a", nil))
	for _, rev := range []int64{0, 1, 3} {
		t.is("Delete", t.Delete(t.Context(), notes, "a", rev), hub.ErrConflict)
	}
	t.holds(notes, d)
}

func deleteAbsent(t *fixture) {
	for _, id := range []string{"a", "", "\xff"} {
		t.is("Delete", t.Delete(t.Context(), notes, id, 1), hub.ErrNotFound)
	}
}

func deleteThenInsert(t *fixture) {
	t.update(notes, t.insert(notes, "a", keys{"date": "2020"}))
	t.delete(notes, "a", 2)
	t.holds(notes, t.insert(notes, "a", keys{"date": "2021"}))
	t.lists(notes, store.Query{Index: "date"}, "a")
}

func collectionsApart(t *fixture) {
	d := t.insert(notes, "a", keys{"kind": "k", "slug": "s", "date": "2020"})
	t.absent(others, "a")
	t.lists(others, store.Query{Index: "date"})
	t.is("Update", t.Update(t.Context(), others, d), hub.ErrNotFound)
	t.is("Delete", t.Delete(t.Context(), others, "a", 1), hub.ErrNotFound)
	t.insert(others, "a", keys{"kind": "k", "slug": "s", "date": "2021"})
	t.delete(others, "a", 1)
	t.holds(notes, d)
	t.lists(notes, store.Query{Index: "date"}, "a")
}

func collectionsUndeclared(t *fixture) {
	_, err := t.Get(t.Context(), "letters", "a")
	t.invalid("Get", err, "collection")
	_, err = t.List(t.Context(), "letters", store.Query{Index: "date", Limit: 1})
	t.invalid("List", err, "collection")
	t.invalid("Insert", t.Insert(t.Context(), "letters", store.Doc{ID: "a"}), "collection")
	t.invalid("Update", t.Update(t.Context(), "letters", store.Doc{ID: "a", Rev: 1}), "collection")
	t.invalid("Delete", t.Delete(t.Context(), "letters", "a", 1), "collection")
}
