package bleve

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// shelf is the index of one tier as it was at one moment: immutable segments,
// each with its entries numbered from 0. Which entries fit is worked out on
// sets of these numbers, which costs next to nothing; only entries that may
// stand on the page are scored.
type shelf struct {
	snapshot *scorch.IndexSnapshot
	segments []*part
}

// part is one segment of a shelf.
type part struct {
	segment segment.Segment
	base    uint64 // number of its first entry on the whole shelf
	live    *roaring.Bitmap
	dicts   map[string]segment.TermDictionary
}

func openShelf(b bleve.Index) (*shelf, error) {
	r, err := reader(b)
	if err != nil {
		return nil, err
	}
	snapshot, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		r.Close()
		return nil, fmt.Errorf("the index is of an unknown make: %T", r)
	}
	s := &shelf{snapshot: snapshot}
	base := uint64(0)
	for _, x := range snapshot.Segments() {
		s.segments = append(s.segments, &part{segment: x.Segment(), base: base, live: x.DocNumbersLive(), dicts: map[string]segment.TermDictionary{}})
		base += x.Segment().Count()
	}
	return s, nil
}

func (s *shelf) close() error { return s.snapshot.Close() }

// into adds the entries that have a term in a field, taken out or not.
func (p *part) into(set *roaring.Bitmap, field, term string) error {
	dict := p.dicts[field]
	if dict == nil {
		var err error
		if dict, err = p.segment.Dictionary(field); err != nil {
			return err
		}
		p.dicts[field] = dict
	}
	list, err := dict.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return err
	}
	if or, ok := list.(interface{ OrInto(*roaring.Bitmap) }); ok {
		or.OrInto(set)
		return nil
	}
	all := list.Iterator(false, false, false, nil)
	for {
		at, err := all.Next()
		if err != nil || at == nil {
			return err
		}
		set.Add(uint32(at.Number()))
	}
}

// has is the entries that have a term in a field.
func (p *part) has(field, term string) (*roaring.Bitmap, error) {
	set := roaring.New()
	err := p.into(set, field, term)
	return set, err
}

// terms are the terms of a field with the entries that have them.
func (p *part) terms(field string, each func(term string, has *roaring.Bitmap) error) error {
	dict, err := p.segment.Dictionary(field)
	if err != nil {
		return err
	}
	all := dict.AutomatonIterator(nil, nil, nil)
	for {
		e, err := all.Next()
		if err != nil || e == nil {
			return err
		}
		has, err := p.has(field, e.Term)
		if err != nil {
			return err
		}
		if err := each(e.Term, has); err != nil {
			return err
		}
	}
}
