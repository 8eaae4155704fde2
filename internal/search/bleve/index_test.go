package bleve_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/bleve"
	"nmirfhub/internal/search/searchtest"
)

func open(t *testing.T, dir, shape string) *bleve.Index {
	t.Helper()
	x, err := bleve.Open(context.Background(), dir, shape, searchtest.Concepts(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func TestContract(t *testing.T) {
	searchtest.Run(t, func(t *testing.T) search.Index { return open(t, t.TempDir(), "a") })
}

func revs(t *testing.T, x *bleve.Index) int {
	t.Helper()
	all, err := x.Revs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// filled makes an index in a folder, on the disk, and closes it.
func filled(t *testing.T, dir string) {
	t.Helper()
	x := open(t, dir, "a")
	err := x.Rebuild(t.Context(), func(put func([]search.Doc) error) error { return put(searchtest.Docs()) })
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenAgain(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir)
	x := open(t, dir, "a")
	if n := revs(t, x); n != len(searchtest.Docs()) {
		t.Errorf("opened again it holds %d", n)
	}
	a, err := x.Search(t.Context(), search.Query{Question: search.Parse("focal", hub.English, searchtest.Concepts(t)), Shelves: search.Shelves[:], Size: 5})
	if err != nil || a.Total != 1 {
		t.Errorf("total %d, %v", a.Total, err)
	}
	if all, _ := filepath.Glob(filepath.Join(dir, "made-*")); len(all) != 1 {
		t.Errorf("folders left: %v", all)
	}
}

// TestBeginsAnew: whatever happened to the files, the index opens, and what it
// lacks is seen from Revs.
func TestBeginsAnew(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, dir string){
		"Shape":     func(*testing.T, string) {},
		"NoPointer": func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "current.json")) },
		"Pointer":   func(t *testing.T, dir string) { write(t, filepath.Join(dir, "current.json"), `{"shape": `) },
		"Outside": func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "current.json"), `{"shape":"1.a","folder":"../.."}`)
		},
		"Meta": func(t *testing.T, dir string) {
			each(t, dir, "made-*/public/index_meta.json", func(f string) { write(t, f, "{") })
		},
		"Truncated": func(t *testing.T, dir string) {
			each(t, dir, "made-*/public/store/*.zap", func(f string) { write(t, f, "cut") })
		},
		"Gone": func(t *testing.T, dir string) {
			each(t, dir, "made-*/public/store/*.zap", func(f string) { remove(t, f) })
		},
		"Root": func(t *testing.T, dir string) {
			each(t, dir, "made-*/public/store/root.bolt", func(f string) { write(t, f, "x") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			filled(t, dir)
			damage(t, dir)
			shape := "a"
			if name == "Shape" {
				shape = "b"
			}
			x := open(t, dir, shape)
			if n := revs(t, x); n == len(searchtest.Docs()) {
				t.Fatal("the damage did not matter")
			}
			if err := x.Put(t.Context(), searchtest.Docs()); err != nil {
				t.Fatal(err)
			}
			if n := revs(t, x); n != len(searchtest.Docs()) {
				t.Errorf("made again it holds %d", n)
			}
		})
	}
}

func each(t *testing.T, dir, pattern string, do func(file string)) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: no file, %v", pattern, err)
	}
	for _, f := range all {
		do(f)
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}
