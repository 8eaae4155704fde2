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

// generation is a whole index: one bleve index for each shelf, so that what is
// closed has no part in the words and numbers of the rest.
type generation struct {
	dir     string
	shelves map[search.Shelf]bleve.Index
	tags    tagSets

	mu   sync.Mutex // held while writing
	held map[string]place
}

// place says where an entry is and of which revision; without a shelf it was
// dropped, and nothing of that revision or earlier comes back.
type place struct {
	rev   int64
	shelf search.Shelf
}

// openGeneration opens the index in a folder, or makes an empty one there.
func openGeneration(ctx context.Context, dir string) (*generation, error) {
	g := &generation{dir: dir, shelves: map[search.Shelf]bleve.Index{}, held: map[string]place{}}
	for _, t := range search.Shelves {
		b, err := openOne(filepath.Join(dir, string(t)))
		if err != nil {
			return nil, errors.Join(err, g.close())
		}
		g.shelves[t] = b
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

// openOne opens or makes the index of a shelf. A damaged file can make the
// library panic: that is an error like another.
func openOne(dir string) (b bleve.Index, err error) {
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

// readRevs reads which entries a shelf holds.
func (g *generation) readRevs(ctx context.Context, t search.Shelf) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read the index of %s: %v", t, p)
		}
	}()
	r, err := reader(g.shelves[t])
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
	batches := map[search.Shelf]*bleve.Batch{}
	batch := func(t search.Shelf) *bleve.Batch {
		if batches[t] == nil {
			batches[t] = g.shelves[t].NewBatch()
		}
		return batches[t]
	}
	next := map[string]place{}
	for _, d := range docs {
		if g.shelves[d.Shelf] == nil {
			return &hub.Invalid{Field: "shelf", Reason: hub.ReasonUnknown, Value: string(d.Shelf)}
		}
		was, pending := next[d.ID]
		if !pending {
			was = g.held[d.ID]
		}
		if was.rev > d.Rev {
			continue
		}
		if was.shelf != "" && was.shelf != d.Shelf {
			batch(was.shelf).Delete(d.ID)
		}
		if err := batch(d.Shelf).Index(d.ID, entryOf(d, concepts)); err != nil {
			return fmt.Errorf("index %s: %w", d.ID, err)
		}
		next[d.ID] = place{d.Rev, d.Shelf}
	}
	return g.write(batches, next)
}

// drop takes out what is not of a later revision.
func (g *generation) drop(revs map[string]int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	batches := map[search.Shelf]*bleve.Batch{}
	next := map[string]place{}
	for id, rev := range revs {
		was := g.held[id]
		if was.rev > rev {
			continue
		}
		if was.shelf != "" {
			if batches[was.shelf] == nil {
				batches[was.shelf] = g.shelves[was.shelf].NewBatch()
			}
			batches[was.shelf].Delete(id)
		}
		next[id] = place{rev: rev}
	}
	return g.write(batches, next)
}

// write carries the batches out, the narrowest shelf last: what moves to a
// narrower shelf is gone from the wider one first.
func (g *generation) write(batches map[search.Shelf]*bleve.Batch, next map[string]place) error {
	for _, t := range search.Shelves {
		if b := batches[t]; b != nil {
			if err := g.shelves[t].Batch(b); err != nil {
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
		if p.shelf != "" {
			all[id] = p.rev
		}
	}
	return all
}

func (g *generation) close() error {
	var all []error
	for _, b := range g.shelves {
		all = append(all, b.Close())
	}
	return errors.Join(all...)
}
