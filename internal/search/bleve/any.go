package bleve

import (
	"context"
	"errors"
	"math"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// others is what the forms beside the best one add.
const others = 0.15

// Searcher is query.Query's.
//
// The score is that of the best form, with a little for the others: the
// library's own disjunction multiplies by the share of the forms that fit, so
// that a word said in every corner of a record would weigh more than the same
// word as its title.
func (a anyOf) Searcher(ctx context.Context, r index.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	return a.searcher(ctx, r, m, o, others)
}

// sumOf finds what any of several words finds, and adds up what they score.
type sumOf []anyOf

// Searcher is query.Query's.
func (all sumOf) Searcher(ctx context.Context, r index.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	var a anyOf
	for _, x := range all {
		a = append(a, form{all: []anyOf{x}, worth: 1})
	}
	return a.searcher(ctx, r, m, o, 1)
}

func (a anyOf) searcher(ctx context.Context, r index.IndexReader, m mapping.IndexMapping, o search.SearcherOptions, others float64) (search.Searcher, error) {
	total, err := r.DocCount()
	if err != nil {
		return nil, err
	}
	s := &anySearcher{others: others}
	for _, f := range a {
		of, err := f.query().Searcher(ctx, r, m, o)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		n := of.Count()
		if n == 0 {
			if err := of.Close(); err != nil {
				return nil, errors.Join(err, s.Close())
			}
			continue
		}
		b := branch{Searcher: of, worth: f.worth}
		if f.flat {
			b.flat = f.worth * (1 + math.Log(float64(total)/float64(n+1)))
		}
		s.branches = append(s.branches, b)
	}
	if len(s.branches) == 0 {
		return searcher.NewMatchNoneSearcher(r)
	}
	return s, nil
}

// branch is the search for one form, at the entry it has come to.
type branch struct {
	search.Searcher
	worth, flat float64
	at          *search.DocumentMatch // nil at the end
}

func (b *branch) score() float64 {
	if b.flat > 0 {
		return b.flat
	}
	return b.worth * b.at.Score
}

type anySearcher struct {
	branches []branch
	others   float64
	begun    bool
}

// Next is search.Searcher's.
func (s *anySearcher) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	if !s.begun {
		s.begun = true
		for i := range s.branches {
			if err := s.branches[i].next(ctx); err != nil {
				return nil, err
			}
		}
	}
	return s.take(ctx)
}

func (b *branch) next(ctx *search.SearchContext) (err error) {
	b.at, err = b.Searcher.Next(ctx)
	return err
}

// take merges what the branches have of the next entry, and moves them on.
func (s *anySearcher) take(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	var first *search.DocumentMatch
	for i := range s.branches {
		at := s.branches[i].at
		if at != nil && (first == nil || at.IndexInternalID.Compare(first.IndexInternalID) < 0) {
			first = at
		}
	}
	if first == nil {
		return nil, nil
	}
	best, sum := 0.0, 0.0
	for i := range s.branches {
		b := &s.branches[i]
		if b.at == nil || !b.at.IndexInternalID.Equals(first.IndexInternalID) {
			continue
		}
		score := b.score()
		best, sum = max(best, score), sum+score
		if b.at != first {
			ctx.DocumentMatchPool.Put(b.at)
		}
		if b.at != first {
			if err := b.next(ctx); err != nil {
				return nil, err
			}
		}
	}
	for i := range s.branches {
		if s.branches[i].at == first {
			if err := s.branches[i].next(ctx); err != nil {
				return nil, err
			}
			break
		}
	}
	first.Score = best + s.others*(sum-best)
	return first, nil
}

// Advance is search.Searcher's.
func (s *anySearcher) Advance(ctx *search.SearchContext, id index.IndexInternalID) (*search.DocumentMatch, error) {
	s.begun = true
	for i := range s.branches {
		b := &s.branches[i]
		if b.at != nil && b.at.IndexInternalID.Compare(id) >= 0 {
			continue
		}
		if b.at != nil {
			ctx.DocumentMatchPool.Put(b.at)
		}
		var err error
		if b.at, err = b.Searcher.Advance(ctx, id); err != nil {
			return nil, err
		}
	}
	return s.take(ctx)
}

// Close is search.Searcher's.
func (s *anySearcher) Close() error {
	var all []error
	for _, b := range s.branches {
		all = append(all, b.Searcher.Close())
	}
	return errors.Join(all...)
}

// Weight is search.Searcher's: scores are not weighed against those of other
// questions.
func (s *anySearcher) Weight() float64 { return 0 }

// SetQueryNorm is search.Searcher's.
func (s *anySearcher) SetQueryNorm(float64) {}

// Count is search.Searcher's.
func (s *anySearcher) Count() uint64 {
	var n uint64
	for _, b := range s.branches {
		n += b.Searcher.Count()
	}
	return n
}

// Min is search.Searcher's.
func (s *anySearcher) Min() int { return 0 }

// Size is search.Searcher's.
func (s *anySearcher) Size() int {
	n := 0
	for _, b := range s.branches {
		n += b.Searcher.Size()
	}
	return n
}

// DocumentMatchPoolSize is search.Searcher's.
func (s *anySearcher) DocumentMatchPoolSize() int {
	n := len(s.branches)
	for _, b := range s.branches {
		n += b.Searcher.DocumentMatchPoolSize()
	}
	return n
}
