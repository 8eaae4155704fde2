package bleve

import (
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// tagSets remembers the tags, dates and ids of the entries by segment. A
// segment never changes, so neither do they. Safe for concurrent use.
type tagSets struct {
	mu sync.Mutex
	of map[segment.Segment]*tagged
}

// tagged is the entries of a segment by facet and value and by date, taken out
// or not, and their ids as far as they were asked for.
type tagged struct {
	facets map[string]map[string]*roaring.Bitmap
	dates  map[string]*roaring.Bitmap

	mu  sync.Mutex
	ids []string
}

// in are the tags of a segment.
func (t *tagSets) in(p *part) (*tagged, error) {
	t.mu.Lock()
	known := t.of[p.segment]
	t.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made := &tagged{facets: map[string]map[string]*roaring.Bitmap{}, dates: map[string]*roaring.Bitmap{}, ids: make([]string, p.segment.Count())}
	err := p.terms(fieldTag, func(term string, has *roaring.Bitmap) error {
		facet, value, _ := strings.Cut(term, "=")
		if made.facets[facet] == nil {
			made.facets[facet] = map[string]*roaring.Bitmap{}
		}
		made.facets[facet][value] = has
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = p.terms(fieldDate, func(date string, has *roaring.Bitmap) error {
		made.dates[date] = has
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[segment.Segment]*tagged{}
	}
	t.of[p.segment] = made
	return made, nil
}

// keep forgets segments that are in use no more.
func (t *tagSets) keep(shelves []*shelf) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.of) < 64 {
		return
	}
	used := map[segment.Segment]bool{}
	for _, s := range shelves {
		for _, p := range s.segments {
			used[p.segment] = true
		}
	}
	for x := range t.of {
		if !used[x] {
			delete(t.of, x)
		}
	}
}

// any is the entries that have one of the values of a facet.
func (t *tagged) any(facet string, values []string) *roaring.Bitmap {
	set := roaring.New()
	for _, v := range values {
		if has := t.facets[facet][v]; has != nil {
			set.Or(has)
		}
	}
	return set
}

// fit is what of base fits every facet of a filter but one.
func (t *tagged) fit(base *roaring.Bitmap, filter map[string][]string, without string) *roaring.Bitmap {
	set := base
	for facet, values := range filter {
		if facet != without && len(values) > 0 {
			set = roaring.And(set, t.any(facet, values))
		}
	}
	return set
}

// count adds for each value of the facets how many of the entries have it:
// see search.Answer.
func (t *tagged) count(into map[string]map[string]int, base, fit *roaring.Bitmap, filter map[string][]string) {
	for facet, values := range t.facets {
		set := fit
		if len(filter[facet]) > 0 {
			set = t.fit(base, filter, facet)
		}
		for value, has := range values {
			n := int(set.AndCardinality(has))
			if n == 0 {
				continue
			}
			if into[facet] == nil {
				into[facet] = map[string]int{}
			}
			into[facet][value] += n
		}
	}
}

// id is the id of an entry by its number in the segment; read gets it where it
// is not known yet.
func (t *tagged) id(n uint64, read func() (string, error)) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ids[n] != "" {
		return t.ids[n], nil
	}
	var err error
	t.ids[n], err = read()
	return t.ids[n], err
}
