package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/storetest"
)

// faulty is a log over a real store that fails when it is told to.
func faulty(t *testing.T) (*Log, *storetest.Faulty) {
	t.Helper()
	l := newLog(t)
	f := &storetest.Faulty{Store: l.Store}
	l.Store = f
	return l, f
}

// TestSealAfterACrash: a seal that a crash has cut is taken off before the
// next one is written, and the log can be verified again.
func TestSealAfterACrash(t *testing.T) {
	l := newLog(t)
	l.fill(t, 2)
	if err := l.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(l.Seals)
	if err != nil {
		t.Fatal(err)
	}
	l.fill(t, 2)
	if err := os.WriteFile(l.Seals, []byte(string(good)+"2026-11-23T00:00:00Z 4 ab"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := l.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := l.Verify(t.Context()); err != nil || r.Seals != 2 || r.Entries != 4 {
		t.Errorf("%+v, %v", r, err)
	}
	raw, err := os.ReadFile(l.Seals)
	if err != nil || !strings.HasPrefix(string(raw), string(good)) || strings.Count(string(raw), "\n") != 2 {
		t.Errorf("%q, %v", raw, err)
	}
}

// TestAddFails: an act whose entry is not acknowledged makes no gap and no
// second name; the next one is there.
func TestAddFails(t *testing.T) {
	act := Act{Who: "ana", What: "seat.end", Object: "seat:MDA-1", Outcome: Done}
	for _, c := range []storetest.Call{{Name: "get", Collection: names}, {Name: "insert", Collection: names}, {Name: "list", Collection: entries}, {Name: "insert", Collection: entries}} {
		t.Run(c.Name+c.Collection, func(t *testing.T) {
			l, f := faulty(t)
			f.Break(c.Name, c.Collection, hub.ErrUnavailable)
			if err := l.Add(t.Context(), act); !errors.Is(err, hub.ErrUnavailable) {
				t.Errorf("got %v, want not available", err)
			}
			f.When(nil)
			if r, err := l.Verify(t.Context()); err != nil || r.Entries != 0 {
				t.Errorf("%+v, %v", r, err)
			}
			if err := l.Add(t.Context(), act); err != nil {
				t.Fatal(err)
			}
			all, _, err := l.List(t.Context(), Filter{Who: "ana", Limit: 10})
			if err != nil || len(all) != 1 || all[0].Seq != 1 {
				t.Errorf("%+v, %v", all, err)
			}
		})
	}
}

// TestAnswerIsLost: a write that was done without its answer leaves the chain
// whole, and the person with one name.
func TestAnswerIsLost(t *testing.T) {
	for n := 1; ; n++ {
		l, f := faulty(t)
		f.FailWrite(n, true, hub.ErrUnavailable)
		act := Act{Who: "ana", What: "x", Object: "y", Outcome: Done}
		err := l.Add(t.Context(), act)
		if !f.Failed() {
			if n != 3 || err != nil {
				t.Errorf("an act takes %d writes, %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, hub.ErrUnavailable) {
			t.Errorf("write %d: %v", n, err)
		}
		if err := l.Add(t.Context(), act); err != nil {
			t.Fatal(err)
		}
		r, err := l.Verify(t.Context())
		if err != nil || r.Entries != int64(n) {
			t.Errorf("write %d: %+v, %v", n, r, err)
		}
		if all, _, err := l.List(t.Context(), Filter{Who: "ana", Limit: 10}); err != nil || int64(len(all)) != r.Entries {
			t.Errorf("write %d: %d acts of ana, %v", n, len(all), err)
		}
	}
}

// TestAddGivesUp: races that never end are an error, not an endless loop.
func TestAddGivesUp(t *testing.T) {
	l, f := faulty(t)
	f.Break("insert", entries, hub.ErrConflict)
	if err := l.Add(t.Context(), Act{What: "x", Object: "y", Outcome: Done}); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}

// TestNamedAtOnce: a person whom two instances name at once has the name that
// was first.
func TestNamedAtOnce(t *testing.T) {
	l, f := faulty(t)
	other := another(f.Store, t.TempDir())
	named := false
	f.When(func(c storetest.Call) error {
		if c == (storetest.Call{Name: "insert", Collection: names}) && !named {
			named = true
			return other.Add(context.Background(), Act{Who: "ana", What: "first", Object: "y", Outcome: Done})
		}
		return nil
	})
	if err := l.Add(t.Context(), Act{Who: "ana", What: "second", Object: "y", Outcome: Done}); err != nil {
		t.Fatal(err)
	}
	all, _, err := l.List(t.Context(), Filter{Limit: 10})
	if err != nil || len(all) != 2 || all[0].Who != all[1].Who || !named {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestReadingFails: a store that does not answer is no empty record.
func TestReadingFails(t *testing.T) {
	l, f := faulty(t)
	l.fill(t, 2)
	all, _, err := l.List(t.Context(), Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		call, collection string
		act              func() error
	}{
		"List":   {"list", entries, func() error { _, _, err := l.List(t.Context(), Filter{Limit: 1}); return err }},
		"Who":    {"get", names, func() error { _, _, err := l.List(t.Context(), Filter{Who: "person0", Limit: 1}); return err }},
		"Person": {"list", names, func() error { _, err := l.Person(t.Context(), all[0].Who); return err }},
		"Erase":  {"delete", names, func() error { return l.Erase(t.Context(), "person0") }},
		"Verify": {"list", entries, func() error { _, err := l.Verify(t.Context()); return err }},
		"Seal":   {"list", entries, func() error { return l.Seal(t.Context()) }},
	} {
		f.Break(c.call, c.collection, hub.ErrUnavailable)
		if err := c.act(); !errors.Is(err, hub.ErrUnavailable) {
			t.Errorf("%s: got %v, want not available", name, err)
		}
		f.When(nil)
		if err := c.act(); err != nil {
			t.Errorf("%s, when the store is back: %v", name, err)
		}
	}
}

// TestUnreadableEntry: what this program cannot read is neither shown nor
// followed by another entry, and is named.
func TestUnreadableEntry(t *testing.T) {
	l := newLog(t)
	l.fill(t, 2)
	d, err := l.Store.Get(t.Context(), entries, idOf(2))
	if err != nil {
		t.Fatal(err)
	}
	d.Body = []byte(`{"seq":2,"later":true}`)
	if err := l.Store.Update(t.Context(), entries, d); err != nil {
		t.Fatal(err)
	}
	if all, _, err := l.List(t.Context(), Filter{Limit: 10}); err == nil {
		t.Errorf("listed: %+v", all)
	}
	if err := l.Add(t.Context(), Act{What: "x", Object: "y", Outcome: Done}); err == nil {
		t.Error("an act follows on what cannot be read")
	}
	var fault *Fault
	if _, err := l.Verify(t.Context()); !errors.As(err, &fault) || fault.Seq != 2 || !strings.Contains(err.Error(), "entry 2: it cannot be read") {
		t.Errorf("%v", err)
	}
}

// TestMoved: an entry under another number is found by the place it has.
func TestMoved(t *testing.T) {
	l := newLog(t)
	l.fill(t, 3)
	d, err := l.Store.Get(t.Context(), entries, idOf(2))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Store.Delete(t.Context(), entries, d.ID, d.Rev); err != nil {
		t.Fatal(err)
	}
	d.ID = "another"
	if err := l.Store.Insert(t.Context(), entries, d); err != nil {
		t.Fatal(err)
	}
	var fault *Fault
	if _, err := l.Verify(t.Context()); !errors.As(err, &fault) || fault.Seq != 2 {
		t.Errorf("%v", err)
	}
}

// TestSealedIsAnother: a log made anew from the start does not fit its seals.
func TestSealedIsAnother(t *testing.T) {
	l := newLog(t)
	l.fill(t, 3)
	if err := l.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	forged := newLog(t)
	forged.fill(t, 3)
	forged.Seals = l.Seals
	var fault *Fault
	if _, err := forged.Verify(t.Context()); !errors.As(err, &fault) || fault.Seq != 3 || !strings.Contains(err.Error(), "sealed") {
		t.Errorf("%v", err)
	}
}

// TestSealsCannotBeWritten: the log goes on without a place for its seals, and
// says that it has none.
func TestSealsCannotBeWritten(t *testing.T) {
	l := newLog(t)
	l.fill(t, 1)
	for _, path := range []string{filepath.Join(t.TempDir(), "none", "audit.seal"), t.TempDir()} {
		l.Seals = path
		if err := l.Seal(t.Context()); err == nil {
			t.Errorf("sealed in %s", path)
		}
	}
	if _, err := l.Verify(t.Context()); err == nil {
		t.Error("verified without its seals")
	}
	l.Seals = filepath.Join(t.TempDir(), "audit.seal")
	if err := os.WriteFile(l.Seals, []byte("no seal\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var fault *Fault
	if err := l.Seal(t.Context()); !errors.As(err, &fault) || fault.Seq != 0 || !strings.Contains(err.Error(), "line 1 of the seals") {
		t.Errorf("%v", err)
	}
}

// TestRun seals when it begins, tells what fails, and ends with its context.
func TestRun(t *testing.T) {
	l := newLog(t)
	l.fill(t, 1)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	l.Run(ctx, func(err error) { t.Errorf("reported after the end: %v", err) })
	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	good := l.Seals
	l.Seals = t.TempDir()
	var told error
	l.Run(ctx, func(err error) { told = err; stop() })
	if told == nil {
		t.Error("what failed is not told")
	}
	l.Seals = good
	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	l.Now = func() time.Time { stop(); return time.Now() } // a seal is being made
	l.Run(ctx, func(err error) { t.Errorf("reported: %v", err) })
	if r, err := l.Verify(t.Context()); err != nil || r.Seals != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestErasedMeanwhile: to erase somebody whom another instance erases is no
// error.
func TestErasedMeanwhile(t *testing.T) {
	l, f := faulty(t)
	l.fill(t, 1)
	other := another(f.Store, t.TempDir())
	f.When(func(c storetest.Call) error {
		if c.Name == "delete" {
			return other.Erase(context.Background(), "person0")
		}
		return nil
	})
	if err := l.Erase(t.Context(), "person0"); err != nil {
		t.Error(err)
	}
	if _, err := l.known(t.Context(), "person0"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("after the erasure: %v", err)
	}
}

// TestBrokenName: a name that cannot be read is an error and not another name.
func TestBrokenName(t *testing.T) {
	l := newLog(t)
	if err := l.Store.Insert(t.Context(), names, store.Doc{ID: "ana", Keys: map[string]store.Value{"name": "x"}, Body: []byte("{")}); err != nil {
		t.Fatal(err)
	}
	if err := l.Add(t.Context(), Act{Who: "ana", What: "x", Object: "y", Outcome: Done}); err == nil {
		t.Error("an act of nobody is recorded")
	}
}

// TestFaultSays: a fault names the entry, or the seals.
func TestFaultSays(t *testing.T) {
	for want, f := range map[string]*Fault{"the audit log: torn": {0, "torn"}, "the audit log, entry 7: torn": {7, "torn"}} {
		if got := fmt.Sprint(f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
