package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"nmirfhub/internal/store"
)

// childFile names the file that this program, started again by TestKilled,
// writes to until it is killed.
const childFile = "HUB_TEST_SQLITE_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		fmt.Fprintln(os.Stderr, writeForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever inserts and updates documents from several goroutines and
// writes each id to the standard output once the store has acknowledged it.
func writeForever(path string) error {
	s, err := Open(path, letters)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for w := range 4 {
		go func() {
			for n := 0; ; n++ {
				if err := writeOne(s, fmt.Sprintf("%d.%d.%d", os.Getpid(), w, n)); err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

func writeOne(s *Store, id string) error {
	ctx, cancel := store.Deadline(context.Background())
	defer cancel()
	d := store.Doc{ID: id, Keys: map[string]store.Value{"date": "1", "theme": []string{"x", id}}, Body: []byte(id)}
	if err := s.Insert(ctx, "letters", d); err != nil {
		return err
	}
	d.Rev, d.Keys = 1, map[string]store.Value{"date": "2", "theme": []string{"y", id}}
	if err := s.Update(ctx, "letters", d); err != nil {
		return err
	}
	_, err := os.Stdout.WriteString(id + "\n")
	return err
}

// TestKilled: whatever a process had acknowledged when it was killed is there,
// and the indexes are in step with the documents.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	var acknowledged []string
	for range 3 {
		acknowledged = append(acknowledged, killAfter(t, path, 150)...)
	}
	s := mustOpen(t, path, letters)
	for _, id := range acknowledged {
		d, err := s.Get(t.Context(), "letters", id)
		if err != nil || d.Rev != 2 || string(d.Body) != id {
			t.Errorf("Get %s = %+v, %v", id, d, err)
		}
		page, err := s.List(t.Context(), "letters", store.Query{Index: "themes", Equal: [][]store.Value{{id}}, Limit: 2})
		if err != nil || len(page.Docs) != 1 {
			t.Errorf("List %s = %+v, %v", id, page, err)
		}
	}
	var verdict string
	if err := s.db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check = %q, %v", verdict, err)
	}
}

// killAfter starts the child, kills it after n acknowledgements without notice,
// and returns all that it had given until then.
func killAfter(t *testing.T, path string, n int) []string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill := sync.OnceFunc(func() { child.Process.Kill() })
	defer kill()
	var ids []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		ids = append(ids, lines.Text())
		if len(ids) == n {
			kill()
		}
	}
	if child.Wait() == nil || len(ids) < n {
		t.Fatalf("the child ended by itself after %d writes", len(ids))
	}
	return ids
}
