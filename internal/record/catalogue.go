package record

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"nmirfhub/internal/hub"
)

// Catalogue answers lists: which published records fit some filters, in which
// order, and how many there would be with each further filter. It is derived
// from the store, holds heads only, and is asked with the tiers that the
// access policy gives the reader: what those leave out is in no answer, no
// count and no cursor.
//
// Each filter is a set of bits over the records of a kind, so that a count is
// an intersection: its cost grows by one machine word for 64 records. Safe for
// concurrent use.
type Catalogue struct {
	mu    sync.Mutex // held while changing
	heads map[string]*Head
	// shelves is replaced as a whole whenever a head changes. A kind that
	// changed is not in it until somebody asks: many changes in a row, as when
	// content is brought in, cost one ordering and not one each.
	shelves   atomic.Pointer[map[hub.Kind]*shelf]
	rev       atomic.Uint64
	stateName func(hub.State, hub.Lang) string
}

// shelf is the records of one kind in their orders.
type shelf struct {
	heads  []*Head // position of the bits: newest first, then by id
	tags   map[Tag]bits
	tiers  map[hub.Tier]bits
	slugs  map[string]int
	ids    map[string]int
	newest *order

	stateName func(hub.State, hub.Lang) string

	mu    sync.Mutex
	named map[naming]*order  // made when first asked for
	words []string           // folded words of each head, made when first asked for
	said  map[string]*sayers // by word; made when first asked for, and never changed after
}

// NewCatalogue returns an empty catalogue. stateName is what a State is called
// in a language, for the order of mechanisms.
func NewCatalogue(stateName func(hub.State, hub.Lang) string) *Catalogue {
	c := &Catalogue{heads: map[string]*Head{}, stateName: stateName}
	c.shelves.Store(&map[hub.Kind]*shelf{})
	return c
}

// Rev is a number that grows whenever an answer may differ from one given
// before. What is kept of answers is kept under it.
func (c *Catalogue) Rev() uint64 { return c.rev.Load() }

// put takes the heads into the catalogue, and takes those ids out that are
// published no more as of the revision given. What is older than what the
// catalogue holds is left.
func (c *Catalogue) put(in []*Head, out map[string]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	touched := map[hub.Kind]bool{}
	for _, h := range in {
		if old := c.heads[h.ID]; old == nil || old.Rev < h.Rev {
			c.heads[h.ID] = h
			touched[h.Kind] = true
		}
	}
	for id, rev := range out {
		if old := c.heads[id]; old != nil && old.Rev < rev {
			delete(c.heads, id)
			touched[old.Kind] = true
		}
	}
	if len(touched) == 0 {
		return
	}
	next := maps.Clone(*c.shelves.Load())
	for k := range touched {
		delete(next, k)
	}
	c.shelves.Store(&next)
	c.rev.Add(1)
}

// shelf is the records of a kind as they are now.
func (c *Catalogue) shelf(k hub.Kind) *shelf {
	if s := (*c.shelves.Load())[k]; s != nil {
		return s
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := (*c.shelves.Load())[k]; s != nil {
		return s
	}
	next := maps.Clone(*c.shelves.Load())
	next[k] = c.shelve(k)
	c.shelves.Store(&next)
	return next[k]
}

func (c *Catalogue) shelve(k hub.Kind) *shelf {
	s := &shelf{tags: map[Tag]bits{}, tiers: map[hub.Tier]bits{}, slugs: map[string]int{}, ids: map[string]int{}, named: map[naming]*order{}, stateName: c.stateName}
	for _, h := range c.heads {
		if h.Kind == k {
			s.heads = append(s.heads, h)
		}
	}
	slices.SortFunc(s.heads, func(a, b *Head) int {
		return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(a.ID, b.ID))
	})
	n := len(s.heads)
	for i, h := range s.heads {
		s.slugs[h.Slug], s.ids[h.ID] = i, i
		if s.tiers[h.Tier] == nil {
			s.tiers[h.Tier] = newBits(n)
		}
		s.tiers[h.Tier].set(i)
		for _, t := range h.Tags {
			if s.tags[t] == nil {
				s.tags[t] = newBits(n)
			}
			s.tags[t].set(i)
		}
	}
	s.newest = newestFirst(s.heads)
	return s
}

// readable is the records that are of one of the tiers.
func (s *shelf) readable(tiers []hub.Tier) bits {
	b := newBits(len(s.heads))
	for _, t := range tiers {
		b.or(s.tiers[t])
	}
	return b
}

// saying is the records that hold every one of the words in a title or
// summary, in any language.
func (s *shelf) saying(words []string) bits {
	s.mu.Lock()
	if s.words == nil {
		s.words = make([]string, len(s.heads))
		for i, h := range s.heads {
			var all strings.Builder
			for _, t := range h.Texts {
				all.WriteString(t.Title + "\n" + t.Summary + "\n")
			}
			s.words[i] = Fold(all.String())
		}
	}
	s.mu.Unlock()
	b := newBits(len(s.heads))
	for i, text := range s.words {
		if containsAll(text, words) {
			b.set(i)
		}
	}
	return b
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
