package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

var raceCases = []contractCase{
	{"Race/Updates", raceUpdates},
	{"Race/UniqueKeys", raceUniqueKeys},
	{"Race/IDs", raceIDs},
	{"Race/Deletes", raceDeletes},
	{"Race/ReadersSeeWholeDocuments", raceReaders},
}

// together runs n functions at once and waits for all.
func together(n int, run func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			run(i)
		})
	}
	close(start)
	wg.Wait()
}

// raceUpdates: of 16 writers x 50 updates of one document, each is either
// acknowledged and in the document, or refused and not in it.
func raceUpdates(t *fixture) {
	const writers, updates = 16, 50
	t.insert(notes, "a", keys{"date": ""})
	var mu sync.Mutex
	var acknowledged []string
	refused := 0
	together(writers, func(w int) {
		for n := range updates {
			token := fmt.Sprintf("%d.%d", w, n)
			err := t.appendToken("a", token)
			mu.Lock()
			switch {
			case err == nil:
				acknowledged = append(acknowledged, token)
			case errors.Is(err, hub.ErrConflict):
				refused++
			default:
				t.Errorf("Update = %v", err)
			}
			mu.Unlock()
		}
	})
	d, stored := t.tokens("a")
	slices.Sort(acknowledged)
	slices.Sort(stored)
	if len(acknowledged)+refused != writers*updates || !slices.Equal(stored, acknowledged) || d.Rev != int64(1+len(acknowledged)) {
		t.Errorf("%d updates: %d acknowledged, %d refused, %d stored, revision %d; or others are stored than were acknowledged",
			writers*updates, len(acknowledged), refused, len(stored), d.Rev)
	}
	t.lists(notes, store.Query{Index: "date"}, "a")
}

// appendToken reads the document and stores it with one token more.
func (t *fixture) appendToken(id, token string) error {
	d, err := t.Get(t.Context(), notes, id)
	if err != nil {
		return err
	}
	var tokens []string
	json.Unmarshal(d.Body, &tokens) // the first body is none of them
	d.Body, err = json.Marshal(append(tokens, token))
	if err != nil {
		return err
	}
	d.Keys = keys{"date": token}
	return t.Update(t.Context(), notes, d)
}

func (t *fixture) tokens(id string) (store.Doc, []string) {
	t.Helper()
	d, err := t.Get(t.Context(), notes, id)
	if err != nil {
		t.Fatal(err)
	}
	var tokens []string
	if err := json.Unmarshal(d.Body, &tokens); err != nil {
		t.Fatalf("body %.100q: %v", d.Body, err)
	}
	return d, tokens
}

// oneWins counts who of many succeeds; the rest must be refused.
func (t *fixture) oneWins(what string, n int, act func(i int) error) {
	t.Helper()
	var won atomic.Int64
	together(n, func(i int) {
		switch err := act(i); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, hub.ErrConflict) && !errors.Is(err, hub.ErrNotFound):
			t.Errorf("%s = %v", what, err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%s: %d of %d succeeded", what, won.Load(), n)
	}
}

func raceUniqueKeys(t *fixture) {
	for n := range int64(8) {
		t.oneWins("Insert", 64, func(i int) error {
			id := fmt.Sprintf("%d.%d", n, i)
			return t.Insert(t.Context(), notes, store.Doc{ID: id, Keys: keys{"thread": "t", "number": n}, Body: []byte("{}")})
		})
	}
	if ids := t.all(notes, store.Query{Index: "sequence", Equal: one("t")}); len(ids) != 8 {
		t.Errorf("%d are stored: %q", len(ids), ids)
	}
}

func raceIDs(t *fixture) {
	for n := range 8 {
		t.oneWins("Insert", 64, func(i int) error {
			return t.Insert(t.Context(), notes, store.Doc{ID: fmt.Sprint(n), Keys: keys{"rank": int64(i)}, Body: []byte("{}")})
		})
	}
	if ids := t.all(notes, store.Query{Index: "rank"}); len(ids) != 8 {
		t.Errorf("%d are stored: %q", len(ids), ids)
	}
}

func raceDeletes(t *fixture) {
	for n := range 8 {
		id := fmt.Sprint(n)
		t.insert(notes, id, keys{"date": "2020"})
		t.oneWins("Delete or Update", 16, func(i int) error {
			if i%2 == 0 {
				return t.Delete(t.Context(), notes, id, 1)
			}
			return t.Update(t.Context(), notes, store.Doc{ID: id, Rev: 1, Keys: keys{"date": "2021"}})
		})
	}
}

// raceReaders: revision, keys and body are of one write.
func raceReaders(t *fixture) {
	d := t.insert(notes, "a", keys{"date": "2020", "rank": int64(1)})
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, err := t.Get(t.Context(), notes, "a")
				if err != nil || got.Keys["rank"] != got.Rev || got.Rev > 1 && string(got.Body) != fmt.Sprint(got.Rev) {
					t.Errorf("Get = %d, %v, %s, %v", got.Rev, got.Keys, got.Body, err)
					return
				}
			}
		})
	}
	for range 100 {
		d.Keys, d.Body = keys{"date": "2020", "rank": d.Rev + 1}, []byte(fmt.Sprint(d.Rev+1))
		d = t.update(notes, d)
	}
	close(done)
	wg.Wait()
}
