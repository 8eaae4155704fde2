package finder

import (
	"context"
	"fmt"
	"sync"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
)

// Keeper keeps an index in step with the records. What changes is told to it
// and taken in at once; what it was not told, because the hub stopped, another
// instance wrote, or the index was away, it finds by comparing revisions. Its
// fields are set once, before Run.
type Keeper struct {
	Finder *Service
	Index  search.Index
	Report func(error) // told once when the index cannot be brought up to date; it is tried until it can

	mu     sync.Mutex
	stale  map[string]bool // ids to look at
	wake   chan struct{}
	wakeUp sync.Once
}

// Times of a Keeper.
const (
	retryAfter   = time.Second
	compareEvery = 15 * time.Minute
	batch        = 200 // records taken in at once
)

// Changed is told the id of a record that may have changed. It never waits.
func (k *Keeper) Changed(id string) {
	k.mu.Lock()
	if k.stale == nil {
		k.stale = map[string]bool{}
	}
	k.stale[id] = true
	k.mu.Unlock()
	select {
	case k.signal() <- struct{}{}:
	default: // it will look anyway
	}
}

func (k *Keeper) signal() chan struct{} {
	k.wakeUp.Do(func() { k.wake = make(chan struct{}, 1) })
	return k.wake
}

// Run keeps the index in step until ctx ends: it compares first, then follows
// what it is told, and compares again from time to time.
func (k *Keeper) Run(ctx context.Context) {
	compare := time.NewTicker(compareEvery)
	defer compare.Stop()
	due, well := true, true // a comparison is due; the index answers
	for ctx.Err() == nil {
		err := k.step(ctx, due)
		var again <-chan time.Time
		if err == nil {
			due = false
		} else if ctx.Err() == nil {
			if well {
				k.Report(err)
			}
			again = time.After(retryAfter)
		}
		well = err == nil
		select {
		case <-ctx.Done():
		case <-k.signal():
			if err != nil { // an index that is away is not asked with every change
				select {
				case <-ctx.Done():
				case <-again:
				}
			}
		case <-again:
		case <-compare.C:
			due = true
		}
	}
}

func (k *Keeper) step(ctx context.Context, compare bool) error {
	if compare {
		if err := k.CatchUp(ctx); err != nil {
			return err
		}
	}
	return k.follow(ctx)
}

// follow takes in what was told.
func (k *Keeper) follow(ctx context.Context) error {
	for {
		ids := k.take()
		if len(ids) == 0 {
			return nil
		}
		if err := k.refresh(ctx, ids); err != nil {
			for _, id := range ids {
				k.Changed(id)
			}
			return err
		}
	}
}

// take hands out some of what is to be looked at.
func (k *Keeper) take() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var ids []string
	for id := range k.stale {
		if len(ids) == batch {
			break
		}
		ids = append(ids, id)
		delete(k.stale, id)
	}
	return ids
}

// refresh brings the entries of some records in step.
func (k *Keeper) refresh(ctx context.Context, ids []string) error {
	var docs []search.Doc
	gone := map[string]int64{}
	for _, id := range ids {
		r, err := k.Finder.Records.Fetch(ctx, id)
		switch {
		case err != nil:
			return err
		case r == nil:
		case r.Status == hub.StatusPublished:
			d, err := k.Finder.Doc(ctx, r)
			if err != nil {
				return err
			}
			docs = append(docs, d)
		default:
			gone[id] = r.Rev
		}
	}
	defer k.Finder.changes.Add(1)
	if len(gone) > 0 {
		if err := k.Index.Drop(ctx, gone); err != nil {
			return fmt.Errorf("take records out of the search index: %w", err)
		}
	}
	if len(docs) > 0 {
		if err := k.Index.Put(ctx, docs); err != nil {
			return fmt.Errorf("take records into the search index: %w", err)
		}
	}
	return nil
}

// Difference is what an index lacks and what it has too much.
type Difference struct {
	Missing []string         // ids of published records that it lacks, or has in another revision
	Surplus map[string]int64 // what it has and should not, with the revision up to which to take it out
}

// Empty says whether the index is as it should be.
func (d Difference) Empty() bool { return len(d.Missing) == 0 && len(d.Surplus) == 0 }

// Compare says in what the index differs from the records.
func (k *Keeper) Compare(ctx context.Context) (Difference, error) {
	held, err := k.Index.Revs(ctx)
	if err != nil {
		return Difference{}, fmt.Errorf("read the search index: %w", err)
	}
	d := Difference{Surplus: map[string]int64{}}
	err = k.Finder.Records.Each(ctx, func(r *hub.Record) error {
		rev, has := held[r.ID]
		delete(held, r.ID)
		switch {
		case r.Status == hub.StatusPublished && rev < r.Rev:
			d.Missing = append(d.Missing, r.ID)
		case r.Status != hub.StatusPublished && has && rev <= r.Rev:
			d.Surplus[r.ID] = r.Rev
		}
		return nil
	})
	for id, rev := range held { // of no record
		d.Surplus[id] = rev
	}
	return d, err
}

// CatchUp finds what the index lacks, and brings it in step.
func (k *Keeper) CatchUp(ctx context.Context) error {
	d, err := k.Compare(ctx)
	if err != nil {
		return err
	}
	if len(d.Surplus) > 0 {
		defer k.Finder.changes.Add(1)
		if err := k.Index.Drop(ctx, d.Surplus); err != nil {
			return fmt.Errorf("take records out of the search index: %w", err)
		}
	}
	for len(d.Missing) > 0 {
		n := min(batch, len(d.Missing))
		if err := k.refresh(ctx, d.Missing[:n]); err != nil {
			return err
		}
		d.Missing = d.Missing[n:]
	}
	return nil
}

// Rebuild makes the index anew beside the one in use. done is told after each
// batch how many records are in.
func (k *Keeper) Rebuild(ctx context.Context, done func(n int)) error {
	defer k.Finder.changes.Add(1)
	return k.Index.Rebuild(ctx, func(put func([]search.Doc) error) error {
		var docs []search.Doc
		n := 0
		flush := func() error {
			if err := put(docs); err != nil {
				return err
			}
			n += len(docs)
			docs = docs[:0]
			done(n)
			return ctx.Err()
		}
		err := k.Finder.Records.Each(ctx, func(r *hub.Record) error {
			if r.Status != hub.StatusPublished {
				return nil
			}
			d, err := k.Finder.Doc(ctx, r)
			if err != nil {
				return err
			}
			docs = append(docs, d)
			if len(docs) < batch {
				return nil
			}
			return flush()
		})
		if err != nil {
			return err
		}
		return flush()
	})
}
