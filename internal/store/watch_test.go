package store_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
)

// TestWatch: every write is told, after it was done, and none that was not.
func TestWatch(t *testing.T) {
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), []store.Collection{{Name: "mine"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var told []int64 // revision found when it was told; 0 for none
	w := store.Watch(s, func(collection, id string) {
		d, _ := s.Get(context.Background(), collection, id)
		told = append(told, d.Rev)
	})
	ctx := t.Context()
	for _, err := range []error{
		w.Insert(ctx, "mine", store.Doc{ID: "a", Body: []byte("{}")}), w.Update(ctx, "mine", store.Doc{ID: "a", Rev: 1, Body: []byte("{}")}), w.Delete(ctx, "mine", "a", 2),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Get(ctx, "mine", "a"); err == nil {
		t.Error("what was deleted is there")
	}
	if !slices.Equal(told, []int64{1, 2, 0}) {
		t.Errorf("told %v", told)
	}
}
