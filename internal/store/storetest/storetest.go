// Package storetest is the contract of package store as a suite of cases. Each
// adapter runs it on the real engine; a case that fails is a promise broken.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Open opens a store over the collections. Called again for the same test,
// after Close, it must open what was stored before; for another test, an empty
// store.
type Open func(t testing.TB, cs []store.Collection) store.Store

// Collections of the suite. notes has an index of every shape; others has the
// same, to show that collections share nothing.
const (
	notes  = "notes"
	others = "others"
)

// Collections declares what the suite works on.
func Collections() []store.Collection {
	indexes := []store.Index{
		{Name: "date", Fields: []string{"date"}},
		{Name: "rank", Fields: []string{"rank"}},
		{Name: "kind-date", Fields: []string{"kind", "date"}},
		{Name: "kind-status-rank", Fields: []string{"kind", "status", "rank"}},
		{Name: "theme-date", Fields: []string{"kind", "status", "theme", "date"}},
		{Name: "theme", Fields: []string{"theme"}},
		{Name: "theme-inside", Fields: []string{"kind", "theme", "rank", "date"}},
		{Name: "slug", Fields: []string{"kind", "slug"}, Unique: true},
		{Name: "address", Fields: []string{"address"}, Unique: true},
		{Name: "sequence", Fields: []string{"thread", "number"}, Unique: true},
		{Name: "alias", Fields: []string{"alias"}, Unique: true},
	}
	return []store.Collection{{Name: notes, Indexes: indexes}, {Name: others, Indexes: indexes}}
}

// Run runs every case on a store of its own. skip names cases that the engine
// is known to fail, each with the reason, which the log of the test shows; a
// name that is no case fails.
func Run(t *testing.T, open Open, skip map[string]string) {
	all := slices.Concat(documentCases, uniqueCases, listCases, pageCases, lifeCases, raceCases)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			if reason := skip[c.name]; reason != "" {
				t.Skip(reason)
			}
			c.run(&fixture{T: t, Store: open(t, Collections()), open: open})
		})
	}
	for name := range skip {
		if !slices.ContainsFunc(all, func(c contractCase) bool { return c.name == name }) {
			t.Errorf("skipped case %q is none of the suite", name)
		}
	}
}

// contractCase is a named case; the name is what Run's skip goes by.
type contractCase struct {
	name string
	run  func(t *fixture)
}

// fixture is a test with its store. Close and reopen with reopen.
type fixture struct {
	*testing.T
	store.Store
	open Open
}

// reopen closes the store and opens it again over other declarations.
func (t *fixture) reopen(cs []store.Collection) {
	t.Helper()
	if err := t.Close(); err != nil {
		t.Fatalf("Close = %v", err)
	}
	t.Store = t.open(t.T, cs)
}

type keys = map[string]store.Value

func (t *fixture) insert(collection, id string, k keys) store.Doc {
	t.Helper()
	d := store.Doc{ID: id, Rev: 1, Keys: k, Body: []byte(fmt.Sprintf(`{"id":%q}`, id))}
	if err := t.Insert(t.Context(), collection, d); err != nil {
		t.Fatalf("Insert %s = %v", id, err)
	}
	return d
}

func (t *fixture) update(collection string, d store.Doc) store.Doc {
	t.Helper()
	if err := t.Update(t.Context(), collection, d); err != nil {
		t.Fatalf("Update %s = %v", d.ID, err)
	}
	d.Rev++
	return d
}

func (t *fixture) delete(collection, id string, rev int64) {
	t.Helper()
	if err := t.Delete(t.Context(), collection, id, rev); err != nil {
		t.Fatalf("Delete %s = %v", id, err)
	}
}

// holds says that the document is stored as it is given.
func (t *fixture) holds(collection string, want store.Doc) {
	t.Helper()
	got, err := t.Get(t.Context(), collection, want.ID)
	if err != nil {
		t.Fatalf("Get %s = %v", want.ID, err)
	}
	if string(got.Body) != string(want.Body) {
		t.Errorf("Get %s: body %.100q, want %.100q", want.ID, got.Body, want.Body)
	}
	got.Body, want.Body = nil, nil
	if len(got.Keys)+len(want.Keys) == 0 {
		got.Keys, want.Keys = nil, nil
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Get = %#v, want %#v", got, want)
	}
}

func (t *fixture) absent(collection, id string) {
	t.Helper()
	if d, err := t.Get(t.Context(), collection, id); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("Get %q = %v, %v, want hub.ErrNotFound", id, d, err)
	}
}

// all lists by the query in pages of size q.Limit, 100 when it is 0, and
// returns the ids.
func (t *fixture) all(collection string, q store.Query) []string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	var ids []string
	for {
		page, err := t.List(t.Context(), collection, q)
		if err != nil {
			t.Fatalf("List %+v = %v", q, err)
		}
		if len(page.Docs) > q.Limit {
			t.Fatalf("List %+v: %d documents", q, len(page.Docs))
		}
		for _, d := range page.Docs {
			ids = append(ids, d.ID)
		}
		if page.Next == "" {
			return ids
		}
		if len(page.Docs) != q.Limit {
			t.Fatalf("List %+v: %d documents and a next page", q, len(page.Docs))
		}
		q.After = page.Next
	}
}

// lists says that the query finds the ids in this order.
func (t *fixture) lists(collection string, q store.Query, want ...string) {
	t.Helper()
	if got := t.all(collection, q); !slices.Equal(got, want) {
		t.Errorf("List %+v = %q, want %q", q, got, want)
	}
}

// is says that err is the hub error.
func (t *fixture) is(what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", what, err, want)
	}
}

// invalid says that err is hub.Invalid about the field.
func (t *fixture) invalid(what string, err error, field string) {
	t.Helper()
	var e *hub.Invalid
	if !errors.As(err, &e) || e.Field != field {
		t.Errorf("%s = %v, want hub.Invalid of %q", what, err, field)
	}
}

// one makes the Equal of a query with one value for each field.
func one(values ...store.Value) [][]store.Value {
	equal := make([][]store.Value, len(values))
	for i, v := range values {
		equal[i] = []store.Value{v}
	}
	return equal
}

// in is the values of which one must match.
func in(values ...store.Value) []store.Value { return values }

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
