package bleve

import (
	"cmp"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

// scored is an entry that may stand on the page.
type scored struct {
	shelf *shelf
	part  *part
	tags  *tagged // of the part
	at    uint64  // number on its shelf
	head  bool    // every word is found where it says what it is about
	score float64
	date  string
	id    string // read when two are equal, or shown
}

// name reads the id of an entry.
func (x *scored) name() (string, error) {
	if x.id == "" {
		var err error
		x.id, err = x.tags.id(x.at-x.part.base, func() (string, error) {
			return x.shelf.snapshot.ExternalID(index.NewIndexInternalID(nil, x.at))
		})
		return x.id, err
	}
	return x.id, nil
}

// sortScored orders entries: those that are about the words first, then by
// date where wanted, then by score; of the first so many, equal ones by id.
func sortScored(all []scored, first int) error {
	var failed error
	slices.SortFunc(all, func(a, b scored) int {
		c := cmp.Compare(b.date, a.date)
		if c == 0 && a.head != b.head {
			c = 1
			if a.head {
				c = -1
			}
		}
		return cmp.Or(c, cmp.Compare(b.score, a.score))
	})
	for from := 0; from < min(first, len(all)); {
		to := from + 1
		for to < len(all) && all[to].date == all[from].date && all[to].head == all[from].head && all[to].score == all[from].score {
			to++
		}
		if to > from+1 {
			for i := from; i < to; i++ {
				if _, err := all[i].name(); err != nil {
					failed = err
				}
			}
			slices.SortFunc(all[from:to], func(a, b scored) int { return cmp.Compare(a.id, b.id) })
		}
		from = to
	}
	return failed
}

// walk hands those entries of a set, numbered on the whole shelf, that a query
// finds to each, with what they score.
func (s *shelf) walk(q query.Query, set *roaring.Bitmap, each func(number uint64, score float64)) error {
	if set.IsEmpty() {
		return nil
	}
	found, err := q.Searcher(context.Background(), s.snapshot, nil, search.SearcherOptions{})
	if err != nil {
		return err
	}
	defer found.Close()
	ctx := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(found.DocumentMatchPoolSize()+4, 0), IndexReader: s.snapshot}
	var id index.IndexInternalID
	for all := set.Iterator(); all.HasNext(); {
		id = index.NewIndexInternalID(id, uint64(all.PeekNext()))
		at, err := found.Advance(ctx, id)
		if err != nil || at == nil {
			return err
		}
		n := at.IndexInternalID.Value()
		all.AdvanceIfNeeded(uint32(n))
		if all.HasNext() && uint64(all.PeekNext()) == n {
			each(n, at.Score)
			all.Next()
		}
		ctx.DocumentMatchPool.Put(at)
	}
	return nil
}

// onShelf numbers the entries of a segment on the whole shelf.
func (p *part) onShelf(set *roaring.Bitmap) *roaring.Bitmap {
	return roaring.AddOffset64(set, int64(p.base))
}
