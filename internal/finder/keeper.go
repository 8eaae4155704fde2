package finder

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/shelf"
)

// Keeper keeps an index in step with the records and the talk. What changes is
// told to it and taken in at once, talk within a second; what it was not told,
// because the hub stopped, another instance wrote, or the index was away, it
// finds by comparing revisions. Its fields are set once, before Run.
type Keeper struct {
	Finder *Service
	Index  search.Index
	Report func(error)   // told once when the index cannot be brought up to date; it is tried until it can
	Every  time.Duration // how often revisions are compared; 0: CompareEvery

	mu     sync.Mutex
	stale  map[string]bool // ids to look at
	said   map[string]bool // ids of talk to look at in a moment
	lost   bool            // changes may not have been told
	wake   chan struct{}
	wakeUp sync.Once
}

// Times of a Keeper.
const (
	retryAfter   = time.Second
	CompareEvery = 15 * time.Minute
	CompareAgain = time.Minute // where changes may not have been told
	batch        = 200         // taken in at once
	talkEvery    = time.Second // people write in bursts: a stretch is made anew at most so often
)

// Changed is told the id of a record or a stretch that may have changed. It
// never waits.
func (k *Keeper) Changed(id string) {
	if discuss.IsStretch(id) {
		k.soon(id)
		return
	}
	k.changed(id)
}

// soon looks at what was said in a moment.
func (k *Keeper) soon(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.said) == 0 {
		k.said = map[string]bool{}
		time.AfterFunc(talkEvery, func() {
			k.mu.Lock()
			ids := slices.Collect(maps.Keys(k.said))
			k.said = nil
			k.mu.Unlock()
			k.changed(ids...)
		})
	}
	k.said[id] = true
}

func (k *Keeper) changed(ids ...string) {
	k.mu.Lock()
	if k.stale == nil {
		k.stale = map[string]bool{}
	}
	for _, id := range ids {
		k.stale[id] = true
	}
	k.mu.Unlock()
	select {
	case k.signal() <- struct{}{}:
	default: // it will look anyway
	}
}

// Lost is told that changes may not have been told: revisions are compared
// within CompareAgain.
func (k *Keeper) Lost() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lost = true
}

// compares says whether revisions are to be compared, when they were last.
func (k *Keeper) compares(last time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	due := k.lost || time.Since(last) >= cmp.Or(k.Every, CompareEvery)
	k.lost = k.lost && !due
	return due
}

func (k *Keeper) signal() chan struct{} {
	k.wakeUp.Do(func() { k.wake = make(chan struct{}, 1) })
	return k.wake
}

// Run keeps the index in step until ctx ends: it compares first, then follows
// what it is told, and compares again from time to time.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(CompareAgain)
	defer tick.Stop()
	var last time.Time
	due, well := true, true // a comparison is due; the index answers
	for ctx.Err() == nil {
		err := k.step(ctx, due)
		var again <-chan time.Time
		if err == nil {
			if due {
				due, last = false, time.Now()
			}
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
		case <-tick.C:
			due = due || k.compares(last)
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
			k.changed(ids...)
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

// refresh brings the entries of some records and stretches in step.
func (k *Keeper) refresh(ctx context.Context, ids []string) error {
	var docs []search.Doc
	gone := map[string]int64{}
	public := false
	for _, id := range ids {
		e, err := k.Finder.entry(ctx, id)
		if err != nil {
			return err
		}
		public = public || e.public
		if e.doc != nil {
			docs = append(docs, *e.doc)
		} else if e.rev > 0 {
			gone[id] = e.rev
		}
	}
	if public { // who tells how fast a page of the public is learns nothing of other talk
		defer k.Finder.changes.Add(1)
	}
	if len(gone) > 0 {
		if err := k.Index.Drop(ctx, gone); err != nil {
			return fmt.Errorf("take entries out of the search index: %w", err)
		}
	}
	if len(docs) > 0 {
		if err := k.put(ctx, docs); err != nil {
			return fmt.Errorf("take entries into the search index: %w", err)
		}
	}
	return nil
}

// put takes entries in. One that the index does not take keeps no others out:
// it is told of, and what the index held of it before is taken out.
func (k *Keeper) put(ctx context.Context, docs []search.Doc) error {
	err := k.Index.Put(ctx, docs)
	if err == nil || len(docs) == 1 {
		return err
	}
	refused := map[string]int64{}
	for i, d := range docs {
		one := k.Index.Put(ctx, docs[i:i+1])
		if one == nil {
			continue
		}
		refused[d.ID] = d.Rev
		if len(refused) == i+1 && i+1 >= min(3, len(docs)) {
			return err // it takes nothing
		}
		err = one
	}
	if len(refused) == 0 {
		return nil
	}
	k.Report(fmt.Errorf("the search index does not take %d entries: %w", len(refused), err))
	return k.Index.Drop(ctx, refused)
}

// Difference is what an index lacks and what it has too much.
type Difference struct {
	Missing []string         // ids of published records and collections and of talk that it lacks, or has in another revision
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
	if err == nil && k.Finder.Talk != nil {
		err = k.Finder.Talk.EachStretch(ctx, func(id string, rev int64) error {
			had := held[id]
			delete(held, id)
			if had < rev {
				d.Missing = append(d.Missing, id)
			}
			return nil
		})
	}
	if err == nil {
		err = k.Finder.eachCollection(func(c shelf.Collection) error {
			id := CollectionID(c.ID)
			had := held[id]
			delete(held, id)
			if had < c.Rev {
				d.Missing = append(d.Missing, id)
			}
			return nil
		})
	}
	for id, rev := range held { // of nothing that there is
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
			return fmt.Errorf("take entries out of the search index: %w", err)
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
// batch how many entries are in.
func (k *Keeper) Rebuild(ctx context.Context, done func(n int)) error {
	defer k.Finder.changes.Add(1)
	return k.Index.Rebuild(ctx, func(put func([]search.Doc) error) error {
		f := filling{put: put, done: done}
		err := k.Finder.Records.Each(ctx, func(r *hub.Record) error {
			if r.Status != hub.StatusPublished {
				return nil
			}
			d, err := k.Finder.Doc(ctx, r)
			if err != nil {
				return err
			}
			return f.add(ctx, d)
		})
		if err == nil && k.Finder.Talk != nil {
			err = k.Finder.Talk.EachStretch(ctx, func(id string, _ int64) error {
				e, err := k.Finder.entry(ctx, id)
				if err != nil || e.doc == nil {
					return err
				}
				return f.add(ctx, *e.doc)
			})
		}
		if err == nil {
			err = k.Finder.eachCollection(func(c shelf.Collection) error { return f.add(ctx, collectionDoc(c)) })
		}
		if err != nil {
			return err
		}
		return f.flush(ctx)
	})
}

// filling puts entries into an index that is made anew, some at a time.
type filling struct {
	put  func([]search.Doc) error
	done func(n int)
	docs []search.Doc
	n    int
}

func (f *filling) add(ctx context.Context, d search.Doc) error {
	if f.docs = append(f.docs, d); len(f.docs) < batch {
		return nil
	}
	return f.flush(ctx)
}

func (f *filling) flush(ctx context.Context) error {
	if err := f.put(f.docs); err != nil {
		return err
	}
	f.n += len(f.docs)
	f.docs = f.docs[:0]
	f.done(f.n)
	return ctx.Err()
}

// Count is how many entries an index is to hold, roughly: records that are not
// published are counted.
func (s *Service) Count(ctx context.Context) (int, error) {
	n, err := s.Records.Count(ctx)
	if err == nil && s.Talk != nil {
		err = s.Talk.EachStretch(ctx, func(string, int64) error { n++; return nil })
	}
	if err == nil {
		err = s.eachCollection(func(shelf.Collection) error { n++; return nil })
	}
	return n, err
}

// entry is what an index is to know of a record or a stretch.
type entry struct {
	doc    *search.Doc // nil for what it is not to hold
	rev    int64       // up to which it is to be taken out then; 0 where it never was in
	public bool        // an answer to the public may change with it
}

func (s *Service) entry(ctx context.Context, id string) (e entry, err error) {
	if discuss.IsStretch(id) {
		return s.talkEntry(ctx, id)
	}
	if isCollection(id) {
		return s.collectionEntry(id), nil
	}
	r, err := s.Records.Fetch(ctx, id)
	if r == nil || err != nil {
		return e, err
	}
	e.rev, e.public = r.Rev, true
	if r.Status == hub.StatusPublished {
		d, err := s.Doc(ctx, r)
		e.doc = &d
		return e, err
	}
	return e, nil
}

func (s *Service) talkEntry(ctx context.Context, id string) (e entry, err error) {
	if s.Talk == nil {
		return e, nil
	}
	f, err := s.Talk.Stretch(ctx, id)
	if err != nil {
		return e, err
	}
	e.rev, e.public = f.Rev, f.Public
	if !f.Gone {
		d, err := s.talkDoc(f)
		e.doc = &d
		return e, err
	}
	return e, nil
}
