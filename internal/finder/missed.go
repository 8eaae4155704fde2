package finder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/search/words"
	"nmirfhub/internal/store"
)

// missedCollection holds the questions that nothing answered.
const missedCollection = "missed"

// Collections declares what the store must hold for the finder.
//
//	missed  key: language and digest of the words; body: Missed
func Collections() []store.Collection {
	return []store.Collection{{Name: missedCollection, Indexes: []store.Index{
		{Name: "often", Fields: []string{"n"}},
		{Name: "last", Fields: []string{"last"}},
	}}}
}

// Missed is a question that nothing answered, and how often it was asked.
// Nobody who asked is in it, and no time but the day of the last.
type Missed struct {
	Words string   `json:"words"` // folded, at most maxMissed runes
	Lang  hub.Lang `json:"lang"`  // of the page it was asked on
	N     int64    `json:"n"`
	Last  string   `json:"last"` // day: "2006-01-02"
}

// Limits of what is counted.
const (
	maxMissed     = 80                  // runes of a question
	maxPending    = 2000                // different questions between two writes; more are not counted
	missedWrite   = 10 * time.Second    // how often counts are written
	missedKept    = 90 * 24 * time.Hour // since a question was last asked
	missedForgets = 500                 // removed at once
)

// MissedCounter counts questions that nothing answers. Its fields are set
// once, before Run. Safe for concurrent use.
type MissedCounter struct {
	Door   *access.Door
	Store  store.Store // of Collections alone
	Now    func() time.Time
	Report func(error) // told when counts cannot be written; they are tried again

	mu      sync.Mutex
	pending map[Missed]int64 // without N and Last
}

// Add counts a question. It never waits.
func (m *MissedCounter) Add(question string, lang hub.Lang) {
	var folds []string
	for _, w := range words.Split(question) {
		folds = append(folds, w.Fold)
	}
	text := []rune(strings.Join(folds, " "))
	key := Missed{Words: string(text[:min(len(text), maxMissed)]), Lang: lang}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pending == nil {
		m.pending = map[Missed]int64{}
	}
	if _, known := m.pending[key]; known || len(m.pending) < maxPending {
		m.pending[key]++
	}
}

// Run writes the counts from time to time until ctx ends, and what is left
// then.
func (m *MissedCounter) Run(ctx context.Context) {
	tick := time.NewTicker(missedWrite)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), store.Timeout)
			defer cancel()
			if err := m.Write(last); err != nil {
				m.Report(err)
			}
			return
		case <-tick.C:
			if err := m.Write(ctx); err != nil && ctx.Err() == nil {
				m.Report(err)
			}
		}
	}
}

// Write adds what was counted to the store, and removes what nobody asked for
// long.
func (m *MissedCounter) Write(ctx context.Context) error {
	m.mu.Lock()
	pending := m.pending
	m.pending = nil
	m.mu.Unlock()
	var failed error
	for key, n := range pending {
		if failed == nil {
			failed = m.add(ctx, key, n)
		}
		if failed != nil {
			m.restore(key, n)
		}
	}
	if failed != nil {
		return fmt.Errorf("count questions without an answer: %w", failed)
	}
	if len(pending) == 0 {
		return nil
	}
	return m.forget(ctx)
}

func (m *MissedCounter) restore(key Missed, n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pending == nil {
		m.pending = map[Missed]int64{}
	}
	m.pending[key] += n
}

// add adds to the count of a question; another instance may do the same at
// once.
func (m *MissedCounter) add(ctx context.Context, key Missed, n int64) error {
	sum := sha256.Sum256([]byte(key.Words))
	id := string(key.Lang) + "." + hex.EncodeToString(sum[:16])
	for {
		was, err := m.Store.Get(ctx, missedCollection, id)
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
		there := err == nil
		next := key
		if there {
			if err := json.Unmarshal(was.Body, &next); err != nil {
				return err
			}
		}
		next.N += n
		next.Last = m.Now().Format(time.DateOnly)
		body, err := json.Marshal(next)
		if err != nil {
			return err
		}
		d := store.Doc{ID: id, Rev: was.Rev, Body: body, Keys: map[string]store.Value{"n": next.N, "last": next.Last}}
		if there {
			err = m.Store.Update(ctx, missedCollection, d)
		} else {
			err = m.Store.Insert(ctx, missedCollection, d)
		}
		if !errors.Is(err, hub.ErrConflict) && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
}

func (m *MissedCounter) forget(ctx context.Context) error {
	old, err := m.Store.List(ctx, missedCollection, store.Query{Index: "last", To: m.Now().Add(-missedKept).Format(time.DateOnly), Limit: missedForgets})
	if err != nil {
		return err
	}
	for _, d := range old.Docs {
		err := m.Store.Delete(ctx, missedCollection, d.ID, d.Rev)
		if err != nil && !errors.Is(err, hub.ErrConflict) && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	return nil
}

// MostMissed are the questions asked most often in vain, for moderators, like
// what is reported to them: the words are those of people, members among them,
// and no mere figures. hub.ErrNotFound for everybody else.
func (m *MissedCounter) MostMissed(ctx context.Context, v hub.Viewer, most int) ([]Missed, error) {
	if err := m.Door.May(v, hub.ActList, access.Object{Kind: access.Report}, m.Now()); err != nil {
		return nil, err
	}
	page, err := m.Store.List(ctx, missedCollection, store.Query{Index: "often", Desc: true, Limit: most})
	if err != nil {
		return nil, err
	}
	var all []Missed
	for _, d := range page.Docs {
		var x Missed
		if err := json.Unmarshal(d.Body, &x); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}
