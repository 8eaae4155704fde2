package record

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/hub"
)

// likening says by which facets one record is like another, and how much each
// weighs beside a word that both say.
var likening = []struct {
	facet  Facet
	weight float64
}{{FacetChallenge, 3}, {FacetTheme, 2}, {FacetCapacity, 1.5}}

const (
	tooCommon = 8  // a word that more than one record in so many says tells nothing
	fewSayers = 16 // but for one that so few say
	fewWords  = 2  // that two records must share where no facet joins them
	wordRunes = 3  // of the shortest word that counts
)

// likeness is how much a record has in common with another.
type likeness struct {
	at    int // position on the shelf
	score float64
}

// related returns the n records beside r that share most with it: difficulties,
// themes, capacities and words of titles and summaries. What few share weighs
// more than what many do. All of it is counted among what is of one of the
// tiers: a record that its reader may not know of changes neither choice nor
// order. The cost is that of the records that share something.
func (c *Catalogue) related(tiers []hub.Tier, r *hub.Record, n int) []*Head {
	s := c.shelf(r.Kind)
	at, known := s.ids[r.ID]
	if !known {
		return nil
	}
	readable := s.readable(tiers)
	total := readable.count()
	scores, words, joined := make([]float64, len(s.heads)), make([]int, len(s.heads)), newBits(len(s.heads))
	for _, l := range likening {
		for _, value := range s.heads[at].Values(l.facet) {
			has := slices.Clone(s.tags[Tag{l.facet, value}])
			has.and(readable)
			weight := l.weight * rarity(total, has.count())
			has.each(func(i int) {
				scores[i] += weight
				joined.set(i)
			})
		}
	}
	for _, w := range s.saidBy(at) {
		n := w.readable(tiers)
		if n > max(total/tooCommon, fewSayers) {
			continue
		}
		weight := rarity(total, n)
		for _, i := range w.at {
			if !readable.has(i) {
				continue
			}
			scores[i] += weight
			if words[i]++; words[i] == fewWords {
				joined.set(i)
			}
		}
	}
	var best []likeness
	joined.each(func(i int) {
		if i != at {
			best = insert(best, likeness{i, scores[i]}, n)
		}
	})
	var heads []*Head
	for _, b := range best {
		heads = append(heads, s.heads[b.at])
	}
	return heads
}

// rarity is what it weighs that two records share something which n of all
// have.
func rarity(all, n int) float64 { return math.Log(1 + float64(all)/float64(max(n, 1))) }

// insert puts one among the n best; of equals the first on the shelf stays
// first.
func insert(best []likeness, x likeness, n int) []likeness {
	if len(best) == n && best[n-1].score >= x.score {
		return best
	}
	place, _ := slices.BinarySearchFunc(best, x, func(a, b likeness) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.at, b.at)) })
	return slices.Insert(best, place, x)[:min(n, len(best)+1)]
}

// sayers are the records that say a word.
type sayers struct {
	at []int               // positions, in their order
	of [len(hub.Tiers)]int // how many there are of each tier
}

// readable is how many of them are of one of the tiers.
func (w *sayers) readable(tiers []hub.Tier) (n int) {
	for _, t := range tiers {
		n += w.of[slices.Index(hub.Tiers[:], t)]
	}
	return n
}

// saidBy are the words of a record with who else says them, in the order of the
// alphabet. Which records say a word is found out for all of the shelf when it
// is first asked.
func (s *shelf) saidBy(at int) []*sayers {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said == nil {
		s.said = map[string]*sayers{}
		for i, h := range s.heads {
			for _, w := range wordsOf(h) {
				if s.said[w] == nil {
					s.said[w] = &sayers{}
				}
				s.said[w].at = append(s.said[w].at, i)
				s.said[w].of[slices.Index(hub.Tiers[:], h.Tier)]++
			}
		}
	}
	var all []*sayers
	for _, w := range wordsOf(s.heads[at]) {
		all = append(all, s.said[w])
	}
	return all
}

// wordsOf are the words of a head in all its languages, sorted.
func wordsOf(h *Head) []string {
	var all []string
	for _, t := range h.Texts {
		all = append(all, strings.FieldsFunc(Fold(t.Title+" "+t.Summary), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })...)
	}
	all = slices.DeleteFunc(all, func(w string) bool { return utf8.RuneCountInString(w) < wordRunes })
	slices.Sort(all)
	return slices.Compact(all)
}
