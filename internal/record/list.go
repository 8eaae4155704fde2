package record

import (
	"cmp"
	"slices"

	"nmirfhub/internal/hub"
)

// Order says in which order a list comes.
type Order string

// The orders of a list.
const (
	Newest  Order = ""      // by date of the thing, newest first; what has no date comes last
	ByTitle Order = "title" // as a reader of Query.Lang sorts titles
	ByState Order = "state" // as a reader of Query.Lang sorts the names of the States whose mechanism a record is of, then titles
)

// Query asks for a page of a list.
type Query struct {
	Kind   hub.Kind
	Filter map[Facet][]string // a record fits a facet by any of its values, and must fit every facet
	Words  string             // all of them must occur in titles or summaries
	Order  Order
	Lang   hub.Lang // the reader's, for ByTitle and ByState
	After  string   // Listing.Next of the page before
	Before string   // Listing.Previous of the page after; not together with After
	Limit  int      // 1 to MaxPage; 0 means DefaultPage
}

// Sizes of a page of a list.
const (
	DefaultPage = 25
	MaxPage     = 100
)

// Listing is a page of a list.
type Listing struct {
	Heads    []*Head
	Total    int    // how many fit in all
	Next     string // cursor; empty on the last page
	Previous string // cursor; empty on the first page
	// Counts says, for each facet and value, how many records there would be
	// with the other facets as they are and this one set to the value. Values
	// without a record are left out.
	Counts map[Facet]map[string]int
}

// Select answers a query with what is of one of the tiers. hub.Invalid when
// the cursor is not one of this list or the limit is out of range.
func (c *Catalogue) Select(tiers []hub.Tier, q Query) (Listing, error) {
	limit := q.Limit
	if limit == 0 {
		limit = DefaultPage
	}
	if limit < 1 || limit > MaxPage {
		return Listing{}, &hub.Invalid{Field: "limit", Reason: hub.ReasonRange, Limit: MaxPage}
	}
	s := c.shelf(q.Kind)
	readable := s.readable(tiers)
	base := slices.Clone(readable)
	if words := Words(q.Words); len(words) > 0 {
		base.and(s.saying(words))
	}
	fits := s.fitting(base, q.Filter, "")
	l := Listing{Total: fits.count(), Counts: s.counts(base, fits, q.Filter)}
	err := s.page(&l, readable, fits, q, limit)
	return l, err
}

// fitting is what of base fits every facet of the filter but the one left out.
func (s *shelf) fitting(base bits, filter map[Facet][]string, leaveOut Facet) bits {
	fits := slices.Clone(base)
	for facet, values := range filter {
		if facet == leaveOut || len(values) == 0 {
			continue
		}
		any := newBits(len(s.heads))
		for _, v := range values {
			any.or(s.tags[Tag{facet, v}])
		}
		fits.and(any)
	}
	return fits
}

func (s *shelf) counts(base, fits bits, filter map[Facet][]string) map[Facet]map[string]int {
	without := map[Facet]bits{}
	counts := map[Facet]map[string]int{}
	for tag, has := range s.tags {
		others := fits
		if len(filter[tag.Facet]) > 0 {
			if without[tag.Facet] == nil {
				without[tag.Facet] = s.fitting(base, filter, tag.Facet)
			}
			others = without[tag.Facet]
		}
		n := others.countAnd(has)
		if n == 0 {
			continue
		}
		if counts[tag.Facet] == nil {
			counts[tag.Facet] = map[string]int{}
		}
		counts[tag.Facet][tag.Value] = n
	}
	return counts
}

// page fills in the heads and cursors of a listing. A cursor names the record
// at the border and its place in the order, so that a record added or taken
// away meanwhile neither hides nor repeats another.
func (s *shelf) page(l *Listing, readable, fits bits, q Query, limit int) error {
	order := s.order(q)
	start, end, err := s.bounds(order, readable, fits, q, limit)
	if err != nil {
		return err
	}
	for _, i := range order.at[start:end] {
		if fits.has(i) {
			l.Heads = append(l.Heads, s.heads[i])
		}
	}
	if len(l.Heads) == 0 {
		return nil
	}
	if slices.ContainsFunc(order.at[end:], fits.has) {
		l.Next = s.cursor(q, l.Heads[len(l.Heads)-1])
	}
	if slices.ContainsFunc(order.at[:start], fits.has) {
		l.Previous = s.cursor(q, l.Heads[0])
	}
	return nil
}

// bounds is the stretch of the order that holds the page.
func (s *shelf) bounds(o *order, readable, fits bits, q Query, limit int) (start, end int, err error) {
	if q.Before != "" {
		end, err = s.seek(o, readable, q, q.Before)
		start = end
		for n := 0; start > 0 && n < limit; start-- {
			if fits.has(o.at[start-1]) {
				n++
			}
		}
		return start, end, err
	}
	if q.After != "" {
		start, err = s.seek(o, readable, q, q.After)
		if err == nil && start < len(o.at) && s.heads[o.at[start]].ID == idOf(q.After) {
			start++
		}
	}
	end = start
	for n := 0; end < len(o.at) && n < limit; end++ {
		if fits.has(o.at[end]) {
			n++
		}
	}
	return start, end, err
}

// seek finds the place of a cursor in the order: that of the record it names,
// or, where that is gone or not for this reader, the place of its key. A
// reader who makes up a cursor learns nothing of what is closed.
func (s *shelf) seek(o *order, readable bits, q Query, raw string) (int, error) {
	key, id, err := parseCursor(q, raw)
	if err != nil {
		return 0, err
	}
	if i, known := s.ids[id]; known && readable.has(i) {
		return o.place[i], nil
	}
	place, _ := slices.BinarySearchFunc(o.at, key, func(i int, key string) int {
		return cmp.Compare(o.key(i), key)
	})
	return place, nil
}

// find returns the heads with the slugs that are of one of the tiers.
func (c *Catalogue) find(tiers []hub.Tier, k hub.Kind, slugs []string) []*Head {
	s := c.shelf(k)
	var found []*Head
	for _, slug := range slugs {
		if i, ok := s.slugs[slug]; ok && slices.Contains(tiers, s.heads[i].Tier) {
			found = append(found, s.heads[i])
		}
	}
	return found
}

// byID returns the heads with the ids that are of one of the tiers.
func (c *Catalogue) byID(tiers []hub.Tier, ids []string) []*Head {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*Head
	for _, id := range ids {
		if h := c.heads[id]; h != nil && slices.Contains(tiers, h.Tier) {
			found = append(found, h)
		}
	}
	return found
}

// sameKind is how many of one kind stand among what is new, so that an import
// of many leaves room for the rest.
const sameKind = 2

// recent returns the n heads updated last, at most sameKind of each kind,
// that are of one of the tiers, newest first.
func (c *Catalogue) recent(tiers []hub.Tier, n int) []*Head {
	later := func(a, b *Head) int {
		return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(a.ID, b.ID))
	}
	var all []*Head
	for _, k := range hub.Kinds {
		own := slices.DeleteFunc(slices.Clone(c.shelf(k).heads), func(h *Head) bool { return !slices.Contains(tiers, h.Tier) })
		slices.SortFunc(own, later)
		all = append(all, own[:min(sameKind, len(own))]...)
	}
	slices.SortFunc(all, later)
	return all[:min(n, len(all))]
}

// tagged returns the first n heads with a tag that are of one of the tiers.
func (c *Catalogue) tagged(tiers []hub.Tier, k hub.Kind, tag Tag, n int) []*Head {
	s := c.shelf(k)
	has := slices.Clone(s.tags[tag])
	has.and(s.readable(tiers))
	var found []*Head
	has.each(func(i int) {
		if len(found) < n {
			found = append(found, s.heads[i])
		}
	})
	return found
}
