package sqlite

import (
	"path/filepath"
	"sync"
	"testing"

	"nmirfhub/internal/store"
	"nmirfhub/internal/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, opener(t), nil)
}

// opener opens a file for each test, the same one again for the same test.
func opener(t *testing.T) storetest.Open {
	folder := t.TempDir()
	var mu sync.Mutex
	files := map[string]string{}
	return func(t testing.TB, cs []store.Collection) store.Store {
		t.Helper()
		mu.Lock()
		path, ok := files[t.Name()]
		if !ok {
			path = filepath.Join(folder, string(rune('a'+len(files)%26))+string(rune('a'+len(files)/26))+".db")
			files[t.Name()] = path
		}
		mu.Unlock()
		return mustOpen(t, path, cs)
	}
}

func mustOpen(t testing.TB, path string, cs []store.Collection) *Store {
	t.Helper()
	s, err := Open(path, cs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s
}
