package audit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
)

func newLog(t testing.TB) *Log {
	t.Helper()
	dir := t.TempDir()
	s, err := sqlite.Open(filepath.Join(dir, "hub.db"), Collections())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return another(s, dir)
}

func another(s store.Store, dir string) *Log {
	return &Log{Store: s, Now: time.Now, Seals: filepath.Join(dir, "audit.seal"), Key: []byte("the key of the hub")}
}

func (l *Log) fill(t testing.TB, n int) {
	t.Helper()
	for i := range n {
		err := l.Add(t.Context(), Act{Who: fmt.Sprint("person", i%3), What: []string{"seat.offer", "seat.end"}[i%2], Object: fmt.Sprint("seat:MDA-", i%5), Outcome: Done, Request: fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAddAndList(t *testing.T) {
	l := newLog(t)
	if err := l.Add(t.Context(), Act{Who: "ana", What: "seat.end", Object: "seat:MDA-1", Outcome: Refused, Reason: strings.Repeat("é", 600) + "\xff"}); err != nil {
		t.Fatal(err)
	}
	l.fill(t, 10)
	all, next, err := l.List(t.Context(), Filter{Limit: 4})
	if err != nil || len(all) != 4 || all[0].Seq != 11 || next == "" {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	if more, _, err := l.List(t.Context(), Filter{Limit: 100, After: next}); err != nil || len(more) != 7 || more[6].Seq != 1 || len([]rune(more[6].Reason)) != MaxReason {
		t.Errorf("%d more, %v", len(more), err)
	}
	for name, c := range map[string]struct {
		f    Filter
		want int
	}{
		"Who": {Filter{Who: "ana"}, 1}, "What": {Filter{What: "seat.end"}, 6}, "Object": {Filter{Object: "seat:MDA-4"}, 2}, "Nobody": {Filter{Who: "nobody"}, 0},
	} {
		c.f.Limit = 100
		if got, _, err := l.List(t.Context(), c.f); err != nil || len(got) != c.want {
			t.Errorf("%s: %d, %v", name, len(got), err)
		}
	}
	// Who acted can be found, until they are erased; the chain stays whole.
	who := all[0].Who
	if p, err := l.Person(t.Context(), who); err != nil || p != "person0" || strings.Contains(who, "person") {
		t.Errorf("%q is %q, %v", who, p, err)
	}
	for range 2 {
		if err := l.Erase(t.Context(), "person0"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Person(t.Context(), who); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("after the erasure: %v", err)
	}
	if r, err := l.Verify(t.Context()); err != nil || r.Entries != 11 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestTwoInstances: the chain has no gap when several write at once.
func TestTwoInstances(t *testing.T) {
	l := newLog(t)
	other := another(l.Store, t.TempDir())
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 10 {
				if err := []*Log{l, other}[n%2].Add(t.Context(), Act{Who: "ana", What: "x", Object: "y", Outcome: Done}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if r, err := l.Verify(t.Context()); err != nil || r.Entries != 80 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestSeals: the end of the log cannot be cut off, nor the seals altered.
func TestSeals(t *testing.T) {
	l := newLog(t)
	for range 2 { // nothing to seal, and nothing to seal again
		if err := l.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	l.fill(t, 3)
	for range 2 {
		if err := l.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	l.fill(t, 2)
	if r, err := l.Verify(t.Context()); err != nil || r.Seals != 1 || r.Entries != 5 {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, seq := range []int64{5, 4, 3} {
		if err := l.Store.Delete(t.Context(), entries, idOf(seq), 1); err != nil {
			t.Fatal(err)
		}
	}
	var f *Fault
	if _, err := l.Verify(t.Context()); !errors.As(err, &f) || f.Seq != 3 {
		t.Errorf("the end is cut off: %v", err)
	}
	good, err := os.ReadFile(l.Seals)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{"altered": strings.Replace(string(good), " 3 ", " 2 ", 1), "nonsense": "x\n" + string(good)} {
		if err := os.WriteFile(l.Seals, []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Verify(t.Context()); !errors.As(err, &f) || f.Seq != 0 {
			t.Errorf("seals %s: %v", name, err)
		}
	}
	if err := os.WriteFile(l.Seals, []byte("2026-11-23T00:00:00Z 3 abc"), 0o600); err != nil { // a crash
		t.Fatal(err)
	}
	if r, err := l.Verify(t.Context()); err != nil || r.Entries != 2 {
		t.Errorf("half a seal: %+v, %v", r, err)
	}
}

// TestEveryAlterationIsFound alters, cuts and moves entries at random, a
// thousand times.
func TestEveryAlterationIsFound(t *testing.T) {
	l := newLog(t)
	l.fill(t, 40)
	if err := l.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.fill(t, 20)
	if err := l.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	seals, _, err := readSeals(l.Seals, l.Key)
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	good := slices.Collect(l.walk(t.Context(), &failed))
	if failed != nil || len(good) != 60 {
		t.Fatalf("%d entries, %v", len(good), failed)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 1000 {
		all := slices.Clone(good)
		at := random.IntN(len(all))
		want := int64(at + 1)
		what := random.IntN(5)
		switch what {
		case 0: // alter a field
			e, err := entryOf(all[at].body)
			if err != nil {
				t.Fatal(err)
			}
			switch random.IntN(7) {
			case 0:
				e.Who += "x"
			case 1:
				e.What += "x"
			case 2:
				e.Object = "seat:FRA-1"
			case 3:
				e.Outcome = Refused
			case 4:
				e.Time = e.Time.Add(time.Microsecond)
			case 5:
				e.Reason = "another"
			case 6:
				e.Request += "1"
			}
			all[at].body = e.doc().Body
		case 1: // cut one out
			all = slices.Delete(all, at, at+1)
		case 2: // move one
			to := (at + 1 + random.IntN(len(all)-1)) % len(all)
			all[at], all[to] = all[to], all[at]
			want = int64(min(at, to) + 1)
		case 3: // cut off the end
			all = all[:at]
		case 4: // alter one and make all after it anew
			prev := first
			if at > 0 {
				e, _ := entryOf(all[at-1].body)
				prev = e.Hash
			}
			for i := at; i < len(all); i++ {
				e, _ := entryOf(all[i].body)
				if i == at {
					e.Object = "seat:FRA-1"
				}
				e.Prev = prev
				e.Hash = e.sum()
				prev = e.Hash
				all[i].body = e.doc().Body
			}
			want = 60
			if at < 40 {
				want = 40
			}
		}
		var f *Fault
		if _, err := verify(slices.Values(all), seals); !errors.As(err, &f) || f.Seq != want {
			t.Fatalf("alteration %d (%d at %d): %v, want entry %d", n, what, at+1, err, want)
		}
	}
}

func FuzzSeal(f *testing.F) {
	key := []byte("the key of the hub")
	f.Add(seal{"2026-11-23T00:00:00Z", 7, first}.sign(key))
	f.Add("2026-11-23T00:00:00Z 7 abc def\n")
	f.Add("\n")
	f.Fuzz(func(t *testing.T, line string) {
		if s, err := readSeal(line, key); err == nil && s.sign(key) != line {
			t.Errorf("%q was read as %+v", line, s)
		}
	})
}

func FuzzEntry(f *testing.F) {
	f.Add([]byte(`{"seq":1,"time":"2026-11-23T00:00:00Z","what":"x","object":"y","outcome":"done","prev":"","hash":""}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if e, err := entryOf(raw); err == nil {
			e.sum()
		}
	})
}
