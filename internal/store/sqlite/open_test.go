package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

var letters = []store.Collection{{Name: "letters", Indexes: []store.Index{
	{Name: "date", Fields: []string{"date"}},
	{Name: "themes", Fields: []string{"theme", "date"}},
}}}

func mustInsert(t testing.TB, s *Store, id string, keys map[string]store.Value) {
	t.Helper()
	d := store.Doc{ID: id, Keys: keys, Body: []byte("{}")}
	if err := s.Insert(t.Context(), "letters", d); err != nil {
		t.Fatal(err)
	}
}

func TestOpenFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, path, letters)
	mustInsert(t, s, "a", nil)
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		st, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got := st.Mode().Perm(); got != mode {
			t.Errorf("mode of %s = %o, want %o", filepath.Base(st.Name()), got, mode)
		}
	}
}

func TestOpenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	s := mustOpen(t, path, letters)
	_, err := Open(path, letters)
	holder := fmt.Sprintf("process %d uses this data directory", os.Getpid())
	if !errors.Is(err, hub.ErrUnavailable) || !strings.Contains(err.Error(), holder) {
		t.Errorf("second Open = %v, want hub.ErrUnavailable and %q", err, holder)
	}
	mustInsert(t, s, "a", nil) // the refused one has broken nothing
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path, letters)
}

func TestOpenOddPath(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a b?c#d%20é")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	s := mustOpen(t, "hub & co.db", letters)
	mustInsert(t, s, "a", nil)
	for _, name := range []string{"hub & co.db", "hub & co.db-wal"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    string
		err     error
	}{
		{"NoFolder", func(t *testing.T, path string) { os.Remove(filepath.Dir(path)) }, "make the data directory first", hub.ErrUnavailable},
		{"FolderIsFile", folderIsFile, "see that the data directory is whole", hub.ErrUnavailable},
		{"NotMine", notMine, "let the user that runs the hub own", hub.ErrUnavailable},
		{"NotADatabase", garbage, "restore the last backup", errDamaged},
		{"OtherProgram", otherProgram, "database of another program", nil},
		{"NewerHub", newerHub, "a newer hub has written", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data", "hub.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			c.prepare(t, path)
			_, err := Open(path, letters)
			if err == nil || !strings.Contains(err.Error(), c.want) || c.err != nil && !errors.Is(err, c.err) {
				t.Errorf("Open = %v, want %v with %q", err, c.err, c.want)
			}
		})
	}
}

func folderIsFile(t *testing.T, path string) {
	folder := filepath.Dir(path)
	os.Remove(folder)
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func notMine(t *testing.T, path string) {
	if os.Getuid() <= 0 {
		t.Skip("root and Windows may write everywhere")
	}
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
}

func garbage(t *testing.T, path string) {
	if err := os.WriteFile(path, bytes.Repeat([]byte("no database\n"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
}

func otherProgram(t *testing.T, path string) { change(t, path, "CREATE TABLE mail (id TEXT)") }

func newerHub(t *testing.T, path string) {
	mustOpen(t, path, letters).Close()
	change(t, path, "PRAGMA user_version=99")
}

// change runs SQL on a file that no Store has open.
func change(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", address(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func TestOpenNotDurable(t *testing.T) {
	for i, weak := range []string{"journal_mode(wal)&_pragma=synchronous(normal)", "journal_mode(wal)&_pragma=synchronous(off)", "synchronous(full)"} {
		db, err := sql.Open("sqlite", fmt.Sprintf("file:%s/%d.db?_pragma=%s", t.TempDir(), i, weak))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openSessions(db, 1, false); err == nil || !strings.Contains(err.Error(), "not be durable") {
			t.Errorf("%s: openSessions = %v, want an error", weak, err)
		}
		db.Close()
	}
}

// TestOpenAgain: what is declared as before is not made anew.
func TestOpenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	made := func() (version, changes int) {
		s := mustOpen(t, path, letters)
		defer s.Close()
		w := <-s.writer
		defer func() { s.writer <- w }()
		row := w.conn.QueryRowContext(t.Context(), "SELECT schema_version, total_changes() FROM pragma_schema_version")
		if err := row.Scan(&version, &changes); err != nil {
			t.Fatal(err)
		}
		return version, changes
	}
	first, _ := made()
	if again, changes := made(); again != first || changes != 0 {
		t.Errorf("schema version %d, then %d with %d rows changed", first, again, changes)
	}
}

// TestOpenUniqueBroken: an index that cannot be unique stops the start, and the
// file stays as it was.
func TestOpenUniqueBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	s := mustOpen(t, path, letters)
	for i := range 600 { // more than are read at once
		mustInsert(t, s, fmt.Sprintf("%03d", i), map[string]store.Value{"date": fmt.Sprint(min(i, 598))})
	}
	s.Close()
	unique := []store.Collection{{Name: "letters", Indexes: []store.Index{
		{Name: "date", Fields: []string{"date"}, Unique: true},
	}}}
	_, err := Open(path, unique)
	if err == nil || !strings.Contains(err.Error(), `"599" has the same values as another`) {
		t.Errorf("Open = %v", err)
	}
	s = mustOpen(t, path, letters)
	page, err := s.List(t.Context(), "letters", store.Query{Index: "date", Limit: 1000})
	if err != nil || len(page.Docs) != 600 {
		t.Errorf("List = %d documents, %v, want 600", len(page.Docs), err)
	}
	if err := s.Delete(t.Context(), "letters", "599", 1); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = mustOpen(t, path, unique)
	page, err = s.List(t.Context(), "letters", store.Query{Index: "date", Limit: 1000})
	if err != nil || len(page.Docs) != 599 {
		t.Errorf("List = %d documents, %v, want 599", len(page.Docs), err)
	}
}

// TestDamaged: a page overwritten on the disk gives a clear error, no wrong
// documents and no panic.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	s := mustOpen(t, path, letters)
	for i := range 200 {
		mustInsert(t, s, fmt.Sprint(i), map[string]store.Value{"date": fmt.Sprint(i), "theme": strings.Repeat("x", 100)})
	}
	s.Close()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := len(content) - 4*4096; at < len(content); at++ {
		content[at] = 0xa5
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path, letters)
	_, err = s.List(t.Context(), "letters", store.Query{Index: "themes", Limit: 1000})
	if !errors.Is(err, errDamaged) || errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("List = %v, want errDamaged", err)
	}
}

// TestDiskFull stands in for a full disk with the engine's own limit of pages,
// which ends in the same code.
func TestDiskFull(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "hub.db"), letters)
	mustInsert(t, s, "a", nil)
	limitPages(t, s, 1)
	err := s.Insert(t.Context(), "letters", store.Doc{ID: "b", Body: make([]byte, 1<<20)})
	if !errors.Is(err, hub.ErrUnavailable) || !strings.Contains(err.Error(), mendFull) {
		t.Errorf("Insert = %v, want hub.ErrUnavailable and %q", err, mendFull)
	}
	if _, err := s.Get(t.Context(), "letters", "a"); err != nil {
		t.Errorf("reads go on: Get = %v", err)
	}
	limitPages(t, s, 1<<30)
	if err := s.Insert(t.Context(), "letters", store.Doc{ID: "b", Body: make([]byte, 1<<20)}); err != nil {
		t.Errorf("Insert with space again = %v", err)
	}
}

func limitPages(t *testing.T, s *Store, n int) {
	w := <-s.writer
	defer func() { s.writer <- w }()
	if _, err := w.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", n)); err != nil {
		t.Fatal(err)
	}
}

// TestReadOnly stands in for a file system that became read-only.
func TestReadOnly(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "hub.db"), letters)
	w := <-s.writer
	w.conn.ExecContext(t.Context(), "PRAGMA query_only=1")
	s.writer <- w
	err := s.Insert(t.Context(), "letters", store.Doc{ID: "a"})
	if !errors.Is(err, hub.ErrUnavailable) || !strings.Contains(err.Error(), mendReadOnly) {
		t.Errorf("Insert = %v, want hub.ErrUnavailable and %q", err, mendReadOnly)
	}
}

// TestWaitEnds: who waits for the one writer waits no longer than their
// context.
func TestWaitEnds(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "hub.db"), letters)
	w := <-s.writer
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err := s.Insert(ctx, "letters", store.Doc{ID: "a"})
	if !errors.Is(err, hub.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Insert = %v, want hub.ErrUnavailable", err)
	}
	s.writer <- w
	mustInsert(t, s, "a", nil)
}

// TestStoppedHalfway: a context that ends within a write leaves nothing of it,
// and the session works on.
func TestStoppedHalfway(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "hub.db"), letters)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.write(ctx, func(ctx context.Context, w *session) error {
		defer cancel()
		return w.insert(ctx, s.tables["letters"], store.Doc{ID: "a", Keys: map[string]store.Value{"date": "1"}})
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("write = %v, want context.Canceled", err)
	}
	mustInsert(t, s, "b", map[string]store.Value{"date": "1"})
	page, err := s.List(t.Context(), "letters", store.Query{Index: "date", Limit: 5})
	if err != nil || len(page.Docs) != 1 || page.Docs[0].ID != "b" {
		t.Errorf("List = %v, %v, want b", page.Docs, err)
	}
}

// TestLeftOpen: a transaction that a failed rollback left open costs one write.
func TestLeftOpen(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "hub.db"), letters)
	w := <-s.writer
	if _, err := w.exec(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	s.writer <- w
	if err := s.Insert(t.Context(), "letters", store.Doc{ID: "a"}); err == nil {
		t.Error("Insert = nil, want an error")
	}
	mustInsert(t, s, "a", nil)
}

// TestInterrupted: a statement that runs for long is stopped at the deadline.
func TestInterrupted(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "hub.db"), letters)
	const forever = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT count(*) FROM r"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := s.use(ctx, s.readers, func(ctx context.Context, r *session) error {
		_, err := r.exec(ctx, forever)
		return err
	})
	if !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("use = %v, want hub.ErrUnavailable", err)
	}
	for range readers { // each session, the stopped one too
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping = %v", err)
		}
	}
}

// TestNoGoroutineStays: a closed store leaves nothing running.
func TestNoGoroutineStays(t *testing.T) {
	before := runtime.NumGoroutine()
	s := mustOpen(t, filepath.Join(t.TempDir(), "hub.db"), letters)
	mustInsert(t, s, "a", nil)
	s.Close()
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched() // the pool ends its own goroutine a moment after Close
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}
