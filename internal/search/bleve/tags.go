package bleve

import (
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// tagSets remembers the entries of each tag by segment. A segment never
// changes, so neither do they. Safe for concurrent use.
type tagSets struct {
	mu sync.Mutex
	of map[segment.Segment]tagged
}

// tagged is the entries of a segment by facet and value, taken out or not.
type tagged map[string]map[string]*roaring.Bitmap

// in are the tags of a segment.
func (t *tagSets) in(p *part) (tagged, error) {
	t.mu.Lock()
	known := t.of[p.segment]
	t.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made := tagged{}
	err := p.terms(fieldTag, func(term string, has *roaring.Bitmap) error {
		facet, value, _ := strings.Cut(term, "=")
		if made[facet] == nil {
			made[facet] = map[string]*roaring.Bitmap{}
		}
		made[facet][value] = has
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[segment.Segment]tagged{}
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
func (t tagged) any(facet string, values []string) *roaring.Bitmap {
	set := roaring.New()
	for _, v := range values {
		if has := t[facet][v]; has != nil {
			set.Or(has)
		}
	}
	return set
}

// fit is what of base fits every facet of a filter but one.
func (t tagged) fit(base *roaring.Bitmap, filter map[string][]string, without string) *roaring.Bitmap {
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
func (t tagged) count(into map[string]map[string]int, base, fit *roaring.Bitmap, filter map[string][]string) {
	for facet, values := range t {
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
