package bleve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/blevesearch/bleve/v2"
	index "github.com/blevesearch/bleve_index_api"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
)

// generation is a whole index: one bleve index for each tier, so that what is
// closed has no part in the words and numbers of the rest.
type generation struct {
	dir   string
	tiers map[hub.Tier]bleve.Index
	tags  tagSets

	mu   sync.Mutex // held while writing
	held map[string]place
}

// place says where an entry is and of which revision; without a tier it was
// dropped, and nothing of that revision or earlier comes back.
type place struct {
	rev  int64
	tier hub.Tier
}

// openGeneration opens the index in a folder, or makes an empty one there.
func openGeneration(ctx context.Context, dir string) (*generation, error) {
	g := &generation{dir: dir, tiers: map[hub.Tier]bleve.Index{}, held: map[string]place{}}
	for _, t := range hub.Tiers {
		b, err := openTier(filepath.Join(dir, string(t)))
		if err != nil {
			return nil, errors.Join(err, g.close())
		}
		g.tiers[t] = b
		if err := g.readRevs(ctx, t); err != nil {
			return nil, errors.Join(err, g.close())
		}
	}
	return g, nil
}

// fast lets a write be found before it is on the disk: the store is the truth,
// and what a crash takes is made again.
// The library writes into the map it is given. An index that is open elsewhere
// is an error at once, and no wait for ever.
func fast() map[string]any { return map[string]any{"unsafe_batch": true, "bolt_timeout": "1s"} }

// openTier opens or makes the index of a tier. A damaged file can make the
// library panic: that is an error like another.
func openTier(dir string) (b bleve.Index, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("open the index %s: %v", dir, p)
		}
	}()
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		m, err := newMapping()
		if err != nil {
			return nil, err
		}
		return bleve.NewUsing(dir, m, bleve.Config.DefaultIndexType, bleve.Config.DefaultKVStore, fast())
	}
	return bleve.OpenUsing(dir, fast())
}

// readRevs reads which entries a tier holds.
func (g *generation) readRevs(ctx context.Context, t hub.Tier) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read the index of %s: %v", t, p)
		}
	}()
	r, err := reader(g.tiers[t])
	if err != nil {
		return err
	}
	defer r.Close()
	values, err := r.DocValueReader([]string{fieldRev})
	if err != nil {
		return err
	}
	ids, err := r.DocIDReaderAll()
	if err != nil {
		return err
	}
	defer ids.Close()
	for n := 0; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		internal, err := ids.Next()
		if err != nil || internal == nil {
			return err
		}
		id, err := r.ExternalID(internal)
		if err != nil {
			return err
		}
		var rev int64
		err = values.VisitDocValues(internal, func(_ string, term []byte) { rev, _ = strconv.ParseInt(string(term), 10, 64) })
		if err != nil {
			return err
		}
		if rev == 0 {
			return fmt.Errorf("the entry of %s has no revision", id)
		}
		g.held[id] = place{rev, t}
	}
}

func reader(b bleve.Index) (index.IndexReader, error) {
	inner, err := b.Advanced()
	if err != nil {
		return nil, err
	}
	return inner.Reader()
}

// put takes in those docs that are newer than what is held.
func (g *generation) put(docs []search.Doc, concepts *search.Concepts) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	batches := map[hub.Tier]*bleve.Batch{}
	batch := func(t hub.Tier) *bleve.Batch {
		if batches[t] == nil {
			batches[t] = g.tiers[t].NewBatch()
		}
		return batches[t]
	}
	next := map[string]place{}
	for _, d := range docs {
		if g.tiers[d.Tier] == nil {
			return &hub.Invalid{Field: "tier", Reason: hub.ReasonUnknown, Value: string(d.Tier)}
		}
		was, pending := next[d.ID]
		if !pending {
			was = g.held[d.ID]
		}
		if was.rev > d.Rev {
			continue
		}
		if was.tier != "" && was.tier != d.Tier {
			batch(was.tier).Delete(d.ID)
		}
		if err := batch(d.Tier).Index(d.ID, entryOf(d, concepts)); err != nil {
			return fmt.Errorf("index %s: %w", d.ID, err)
		}
		next[d.ID] = place{d.Rev, d.Tier}
	}
	return g.write(batches, next)
}

// drop takes out what is not of a later revision.
func (g *generation) drop(revs map[string]int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	batches := map[hub.Tier]*bleve.Batch{}
	next := map[string]place{}
	for id, rev := range revs {
		was := g.held[id]
		if was.rev > rev {
			continue
		}
		if was.tier != "" {
			if batches[was.tier] == nil {
				batches[was.tier] = g.tiers[was.tier].NewBatch()
			}
			batches[was.tier].Delete(id)
		}
		next[id] = place{rev: rev}
	}
	return g.write(batches, next)
}

// write carries the batches out, the narrowest tier last: what moves to a
// narrower tier is gone from the wider one first.
func (g *generation) write(batches map[hub.Tier]*bleve.Batch, next map[string]place) error {
	for _, t := range hub.Tiers {
		if b := batches[t]; b != nil {
			if err := g.tiers[t].Batch(b); err != nil {
				return fmt.Errorf("write the index of %s: %w", t, err)
			}
		}
	}
	for id, p := range next {
		g.held[id] = p
	}
	return nil
}

func (g *generation) revs() map[string]int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make(map[string]int64, len(g.held))
	for id, p := range g.held {
		if p.tier != "" {
			all[id] = p.rev
		}
	}
	return all
}

func (g *generation) close() error {
	var all []error
	for _, b := range g.tiers {
		all = append(all, b.Close())
	}
	return errors.Join(all...)
}
