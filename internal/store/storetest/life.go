package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

var lifeCases = []contractCase{
	{"Life/Reopen", lifeReopen},
	{"Life/OtherDeclarations", lifeOtherDeclarations},
	{"Life/Ping", lifePing},
	{"Life/Closed", lifeClosed},
	{"Context/Cancelled", contextCancelled},
	{"Context/Deadline", contextDeadline},
}

func lifeReopen(t *fixture) {
	var want []store.Doc
	var ids []string
	for i := range 30 {
		id := fmt.Sprintf("%02d", i)
		ids = append(ids, id)
		want = append(want, t.insert(notes, id, keys{"kind": "k", "slug": id, "date": "2020", "theme": []string{"x", id}}))
	}
	want[3] = t.update(notes, want[3])
	t.delete(notes, "29", 1)
	t.reopen(Collections())
	for _, d := range want[:29] {
		t.holds(notes, d)
	}
	t.absent(notes, "29")
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("k")}, ids[:29]...)
	t.lists(notes, store.Query{Index: "theme", Equal: one("07")}, "07")
	t.is("Insert", t.Insert(t.Context(), notes, store.Doc{ID: "x", Keys: keys{"kind": "k", "slug": "05"}}), hub.ErrConflict)
}

// lifeOtherDeclarations: a new index finds what was stored before it, one that
// is gone is refused, and a change of fields is a new index.
func lifeOtherDeclarations(t *fixture) {
	t.insert(notes, "a", keys{"kind": "k", "date": "2021", "rank": int64(1), "theme": []string{"x", "y"}, "address": "m"})
	t.insert(notes, "b", keys{"kind": "k", "date": "2020", "rank": int64(2)})
	t.insert(others, "z", keys{"date": "2020"})
	t.reopen([]store.Collection{{Name: notes, Indexes: []store.Index{
		{Name: "date", Fields: []string{"date", "rank"}},
		{Name: "new", Fields: []string{"kind", "theme"}},
		{Name: "mail", Fields: []string{"kind", "address"}, Unique: true},
	}}})
	t.lists(notes, store.Query{Index: "date", Limit: 1}, "b", "a")
	t.lists(notes, store.Query{Index: "date", Equal: one("2021", int64(1))}, "a")
	t.lists(notes, store.Query{Index: "new", Equal: one("k", "y")}, "a")
	_, err := t.List(t.Context(), notes, store.Query{Index: "kind-date", Limit: 1})
	t.invalid("List", err, "index")
	_, err = t.Get(t.Context(), others, "z")
	t.invalid("Get", err, "collection")
	taken := store.Doc{ID: "c", Keys: keys{"kind": "k", "address": "m"}}
	t.is("Insert", t.Insert(t.Context(), notes, taken), hub.ErrConflict)
	t.insert(notes, "d", keys{"kind": "k", "theme": "y", "address": "n"})
	t.reopen(Collections())
	t.lists(others, store.Query{Index: "date"}, "z")
	t.lists(notes, store.Query{Index: "theme", Equal: one("y")}, "a", "d")
	t.lists(notes, store.Query{Index: "kind-date", Equal: one("k")}, "b", "a")
}

func lifePing(t *fixture) {
	if err := t.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v", err)
	}
}

func lifeClosed(t *fixture) {
	t.insert(notes, "a", keys{"date": "2020"})
	if err := t.Close(); err != nil {
		t.Fatalf("Close = %v", err)
	}
	_, err := t.Get(t.Context(), notes, "a")
	t.is("Get", err, hub.ErrUnavailable)
	_, err = t.List(t.Context(), notes, store.Query{Index: "date", Limit: 1})
	t.is("List", err, hub.ErrUnavailable)
	t.is("Insert", t.Insert(t.Context(), notes, store.Doc{ID: "b"}), hub.ErrUnavailable)
	t.is("Update", t.Update(t.Context(), notes, store.Doc{ID: "a", Rev: 1}), hub.ErrUnavailable)
	t.is("Delete", t.Delete(t.Context(), notes, "a", 1), hub.ErrUnavailable)
	t.is("Ping", t.Ping(t.Context()), hub.ErrUnavailable)
}

// contextCancelled: whoever let go beforehand changes nothing, and is not told
// that the store is away.
func contextCancelled(t *fixture) {
	d := t.insert(notes, "a", keys{"date": "2020"})
	ctx := cancelled(t.T)
	_, get := t.Get(ctx, notes, "a")
	_, list := t.List(ctx, notes, store.Query{Index: "date", Limit: 1})
	for what, err := range map[string]error{
		"Get": get, "List": list,
		"Insert": t.Insert(ctx, notes, store.Doc{ID: "b"}),
		"Update": t.Update(ctx, notes, store.Doc{ID: "a", Rev: 1, Body: []byte("x")}),
		"Delete": t.Delete(ctx, notes, "a", 1),
		"Ping":   t.Ping(ctx),
	} {
		t.is(what, err, context.Canceled)
		if errors.Is(err, hub.ErrUnavailable) {
			t.Errorf("%s = %v, want no hub.ErrUnavailable", what, err)
		}
	}
	t.holds(notes, d)
	t.absent(notes, "b")
}

func contextDeadline(t *fixture) {
	d := t.insert(notes, "a", keys{"date": "2020"})
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := t.Get(ctx, notes, "a")
	t.is("Get", err, hub.ErrUnavailable)
	_, err = t.List(ctx, notes, store.Query{Index: "date", Limit: 1})
	t.is("List", err, hub.ErrUnavailable)
	t.is("Insert", t.Insert(ctx, notes, store.Doc{ID: "b"}), hub.ErrUnavailable)
	t.is("Update", t.Update(ctx, notes, store.Doc{ID: "a", Rev: 1, Body: []byte("x")}), hub.ErrUnavailable)
	t.is("Delete", t.Delete(ctx, notes, "a", 1), hub.ErrUnavailable)
	t.is("Ping", t.Ping(ctx), hub.ErrUnavailable)
	t.holds(notes, d)
	t.absent(notes, "b")
}
