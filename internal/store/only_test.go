package store_test

import (
	"errors"
	"path/filepath"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
)

func TestOnly(t *testing.T) {
	index := []store.Index{{Name: "date", Fields: []string{"date"}}}
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), []store.Collection{
		{Name: "mine", Indexes: index}, {Name: "theirs", Indexes: index},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for c, want := range map[string]bool{"mine": true, "theirs": false, "none": false} {
		for act, err := range everyCall(t, store.Only(s, "mine", "none"), c) {
			var invalid *hub.Invalid
			refused := errors.As(err, &invalid) && invalid.Field == "collection"
			if refused == want || want && err != nil {
				t.Errorf("%s %s = %v, want it done: %t", act, c, err, want)
			}
		}
	}
	view := store.Only(s, "mine")
	if err := view.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if err := view.Ping(t.Context()); err != nil {
		t.Errorf("Ping after Close of the view = %v", err)
	}
}

// everyCall uses each method once, in an order in which each can succeed.
func everyCall(t *testing.T, s store.Store, collection string) map[string]error {
	d := store.Doc{ID: "a", Rev: 1, Keys: map[string]store.Value{"date": "1"}}
	insert := s.Insert(t.Context(), collection, d)
	_, get := s.Get(t.Context(), collection, "a")
	_, list := s.List(t.Context(), collection, store.Query{Index: "date", Limit: 1})
	update := s.Update(t.Context(), collection, d)
	remove := s.Delete(t.Context(), collection, "a", 2)
	return map[string]error{"Insert": insert, "Get": get, "List": list, "Update": update, "Delete": remove}
}
