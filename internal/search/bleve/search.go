package bleve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/words"
)

// Search is search.Index's.
func (x *Index) Search(ctx context.Context, q search.Query) (a search.Answer, err error) {
	if err := q.Check(); err != nil {
		return a, err
	}
	err = x.use(func(g *generation) error {
		s, err := g.searching(ctx, q, x.concepts)
		if err != nil {
			return err
		}
		defer s.close()
		a, err = s.answer()
		return err
	})
	return a, unavailable(ctx, err)
}

// unavailable tells a caller that has let go from an index that fails.
func unavailable(ctx context.Context, err error) error {
	var invalid *hub.Invalid
	switch {
	case err == nil || errors.As(err, &invalid):
		return err
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	}
	return fmt.Errorf("search: %w: %w", err, hub.ErrUnavailable)
}

// searching is one query being answered.
type searching struct {
	ctx      context.Context
	q        search.Query
	concepts *search.Concepts
	tags     *tagSets
	shelves  []*shelf // of the query
	words    *dictionary

	corrected map[string][]string
}

func (g *generation) searching(ctx context.Context, q search.Query, concepts *search.Concepts) (*searching, error) {
	s := &searching{ctx: ctx, q: q, concepts: concepts, tags: &g.tags}
	for _, t := range search.Shelves {
		if !slices.Contains(q.Shelves, t) {
			continue
		}
		shelf, err := openShelf(g.shelves[t])
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.shelves = append(s.shelves, shelf)
	}
	s.words = &dictionary{ctx: ctx, shelves: s.shelves, counted: map[[2]string]uint64{}}
	return s, nil
}

func (s *searching) close() error {
	s.tags.keep(s.shelves)
	var all []error
	for _, x := range s.shelves {
		all = append(all, x.close())
	}
	return errors.Join(all...)
}

// strictness is how closely the words of a question are taken.
type strictness int

const (
	exact    strictness = iota // the words, their forms and other names
	forgiven                   // words with slips of the finger, and beginnings of words
	most                       // most of the words, the States named among them
	loose                      // most of the words, whichever
)

// answer takes the question as it stands; only when nothing is found does it
// forgive slips, and at last ask for most of the words only.
func (s *searching) answer() (search.Answer, error) {
	for how := exact; ; how++ {
		if err := s.ctx.Err(); err != nil {
			return search.Answer{}, err
		}
		a, err := s.run(how)
		if err != nil {
			return a, err
		}
		if a.Total == 0 && how < loose && !s.q.Question.Empty() {
			continue
		}
		if a.Total > 0 {
			a.Corrected, a.Part = s.corrected, how >= most
		}
		return a, nil
	}
}

// run finds the page of what fits the question and the filters.
func (s *searching) run(how strictness) (search.Answer, error) {
	var a search.Answer
	asked, err := s.parts(how)
	if err != nil {
		return a, err
	}
	var found []fitting
	if s.q.Count {
		a.Counts = map[string]map[string]int{}
	}
	for _, x := range s.shelves {
		for _, p := range x.segments {
			f, err := s.fitting(x, p, asked, how, a.Counts)
			if err != nil {
				return a, err
			}
			a.Total += int(f.all.GetCardinality())
			found = append(found, f)
		}
	}
	a.Hits, err = s.page(found, asked)
	return a, err
}

// fitting is the entries of a segment that fit the question and the filters,
// and those of them where each word is found in what says what they are about.
type fitting struct {
	shelf      *shelf
	part       *part
	tags       *tagged
	all, heads *roaring.Bitmap
}

// fitting works out what fits in a segment, and counts it.
func (s *searching) fitting(x *shelf, p *part, asked []anyOf, how strictness, counts map[string]map[string]int) (fitting, error) {
	tags, err := s.tags.in(p)
	f := fitting{shelf: x, part: p, tags: tags}
	if err != nil {
		return f, err
	}
	base, err := s.base(x, p, asked, how)
	if err != nil {
		return f, err
	}
	if base.IsEmpty() {
		f.all, f.heads = base, base
		return f, nil
	}
	f.all = tags.fit(base, s.q.Filter, "")
	if counts != nil {
		tags.count(counts, base, f.all, s.q.Filter)
	}
	f.heads = roaring.New()
	if len(asked) > 0 && how < most && !f.all.IsEmpty() {
		if f.heads, err = every(asked, x, p, true); err != nil {
			return f, err
		}
		f.heads.And(f.all)
	}
	return f, nil
}

// base is what fits the question in a segment, whatever the filters.
func (s *searching) base(x *shelf, p *part, asked []anyOf, how strictness) (*roaring.Bitmap, error) {
	base := p.live
	if len(asked) > 0 {
		var set *roaring.Bitmap
		var err error
		if how >= most {
			set, err = s.many(asked, how, x, p)
		} else {
			set, err = every(asked, x, p, false)
		}
		if err != nil {
			return nil, err
		}
		base = roaring.And(set, p.live)
	}
	for _, n := range s.q.Question.Not {
		unwanted, err := s.unwanted(n).set(x, p, false)
		if err != nil {
			return nil, err
		}
		base = roaring.AndNot(base, unwanted)
	}
	return base, nil
}

// many is the entries of a segment that have enough of the words; what is firm
// in the question is among them, unless it is taken loosely.
func (s *searching) many(asked []anyOf, how strictness, x *shelf, p *part) (*roaring.Bitmap, error) {
	least := s.q.Question.Enough()
	have := make([]*roaring.Bitmap, least+1) // have[n]: at least n of those seen
	for n := range have {
		have[n] = roaring.New()
	}
	have[0] = p.live
	for _, a := range asked {
		set, err := a.set(x, p, false)
		if err != nil {
			return nil, err
		}
		for n := least; n > 0; n-- {
			have[n].Or(roaring.And(have[n-1], set))
		}
	}
	for _, part := range s.q.Question.Parts {
		if !part.Firm || how == loose {
			continue
		}
		forms, err := s.part(part, exact)
		if err != nil {
			return nil, err
		}
		set, err := forms.set(x, p, false)
		if err != nil {
			return nil, err
		}
		have[least].And(set)
	}
	return have[least], nil
}

// page scores what may stand on the page, and cuts it out.
func (s *searching) page(found []fitting, asked []anyOf) ([]search.Hit, error) {
	if s.q.Size == 0 {
		return nil, nil
	}
	var all []scored
	var err error
	if s.q.Newest || len(asked) == 0 {
		all, err = s.newest(found)
	} else {
		all, err = s.best(found, asked)
	}
	if err != nil {
		return nil, err
	}
	var hits []search.Hit
	for i := s.q.From; i < min(len(all), s.q.From+s.q.Size); i++ {
		id, err := all[i].name()
		if err != nil {
			return nil, err
		}
		hits = append(hits, search.Hit{ID: id, Score: all[i].score})
	}
	return hits, nil
}

// best are the entries in the order of what they score, as many as the page
// needs: what is about the words comes first, so that where enough of it is
// found the rest need not be scored.
func (s *searching) best(found []fitting, asked []anyOf) ([]scored, error) {
	heads := 0
	for _, f := range found {
		heads += int(f.heads.GetCardinality())
	}
	var all []scored
	for _, x := range s.shelves {
		wanted, about := roaring.New(), roaring.New()
		for _, f := range found {
			if f.shelf != x {
				continue
			}
			about.Or(f.part.onShelf(f.heads))
			if heads < s.q.From+s.q.Size {
				wanted.Or(f.part.onShelf(f.all))
			}
		}
		wanted.Or(about)
		err := x.walk(sumOf(asked), wanted, func(n uint64, score float64) {
			f := fittingOf(found, x, n)
			all = append(all, scored{shelf: x, part: f.part, tags: f.tags, at: n, score: score, head: about.Contains(uint32(n))})
		})
		if err != nil {
			return nil, err
		}
	}
	return all, sortScored(all, s.q.From+s.q.Size)
}

// fittingOf is that of the segment which holds an entry of a shelf.
func fittingOf(found []fitting, x *shelf, n uint64) fitting {
	for _, f := range slices.Backward(found) {
		if f.shelf == x && f.part.base <= n {
			return f
		}
	}
	return fitting{}
}

// newest are the entries by their dates, the latest first, as many as the page
// needs and those of the same date; those without a date are the last.
func (s *searching) newest(found []fitting) ([]scored, error) {
	dates := map[string]bool{"": true}
	left := make([]*roaring.Bitmap, len(found))
	for i, f := range found {
		left[i] = f.all.Clone()
		if !f.all.IsEmpty() {
			for date := range f.tags.dates {
				dates[date] = true
			}
		}
	}
	var all []scored
	for _, date := range slices.Backward(slices.Sorted(maps.Keys(dates))) {
		if len(all) >= s.q.From+s.q.Size {
			break
		}
		for i, f := range found {
			of := left[i]
			if date != "" {
				has := f.tags.dates[date]
				if has == nil || !left[i].Intersects(has) {
					continue
				}
				of = roaring.And(left[i], has)
				left[i].AndNot(has)
			}
			for at := of.Iterator(); at.HasNext(); {
				all = append(all, scored{shelf: f.shelf, part: f.part, tags: f.tags, at: f.part.base + uint64(at.Next()), date: date})
			}
		}
	}
	return all, sortScored(all, s.q.From+s.q.Size)
}

// parts are the parts of the question in their forms. Words that say nothing
// by themselves are left out.
func (s *searching) parts(how strictness) ([]anyOf, error) {
	var all []anyOf
	parts := s.q.Question.Parts
	spans := s.q.Question.CodeSpans()
	for i := 0; i < len(parts); {
		code, err := s.codeAt(spans, i)
		if err != nil {
			return all, err
		}
		if code.To > i {
			all = append(all, anyOf{flat(fieldCode, code.Code, 8)})
			i = code.To
			continue
		}
		if !parts[i].Weak {
			p, err := s.part(parts[i], how)
			if err != nil {
				return all, err
			}
			all = append(all, p)
		}
		i++
	}
	return all, nil
}

// codeAt is the longest stretch from a part on that is a code in what the
// query may see.
func (s *searching) codeAt(spans []search.CodeSpan, from int) (search.CodeSpan, error) {
	for _, c := range spans {
		if c.From != from {
			continue
		}
		n, err := s.words.count(fieldCode, c.Code)
		if err != nil || n > 0 {
			return c, err
		}
	}
	return search.CodeSpan{}, nil
}

// part is one part of the question: by its words, or by the concept they name.
func (s *searching) part(p search.Part, how strictness) (anyOf, error) {
	if p.Phrase {
		return s.phrase(p), nil
	}
	var each []anyOf
	for i, w := range p.Words {
		last := i == len(p.Words)-1
		q, err := s.word(w, p, how, last)
		if err != nil {
			return nil, err
		}
		each = append(each, q)
	}
	if p.Concept == "" && len(each) == 1 {
		return each[0], nil
	}
	// A name of many words counts like one word, and so like its acronym.
	said := form{all: each, worth: 1 / float64(len(each))}
	if p.Concept == "" {
		return anyOf{said}, nil
	}
	return anyOf{said, flat(fieldTitleConcept, p.Concept, 2.5), flat(fieldConcept, p.Concept, 0.4)}, nil
}

// Expansions of a word at most.
const (
	mostBeginnings = 40
	mostLike       = 8
)

// word is a word in all its forms.
func (s *searching) word(w search.Word, p search.Part, how strictness, last bool) (anyOf, error) {
	any := s.forms(w.Text, w.Fold, 1)
	typed := utf8.RuneCountInString(w.Fold)
	if p.Prefix && last || how >= forgiven && last && !p.Exact && typed >= search.MinPrefix {
		begun, err := s.words.beginning(fieldWord, w.Fold, mostBeginnings)
		if err != nil {
			return nil, err
		}
		for _, c := range begun {
			any = append(any, flat(fieldTitleWord, c.word, 1), flat(fieldWord, c.word, 0.1))
		}
	}
	if typos := search.Typos(typed); how >= forgiven && !p.Exact && typos > 0 {
		like, err := s.words.like(fieldWord, w.Fold, typos, mostLike)
		if err != nil {
			return nil, err
		}
		any = append(any, s.like(w.Fold, like)...)
	}
	return any, nil
}

// like are the forms of the words that a word may have been meant to be.
func (s *searching) like(typed string, found []candidate) anyOf {
	var any anyOf
	for _, c := range found {
		if c.word == typed || s.concepts.IsAcronym(c.word) {
			continue
		}
		if s.corrected == nil {
			s.corrected = map[string][]string{}
		}
		if !slices.Contains(s.corrected[typed], c.word) {
			s.corrected[typed] = append(s.corrected[typed], c.word)
		}
		any = append(any, s.forms(c.word, c.word, 0.7/float64(c.distance+1))...)
	}
	return any
}

// forms are a word as it is in any language, and its stem in each language
// that the question may be in; the likeliest counts most.
func (s *searching) forms(text, fold string, worth float64) anyOf {
	any := anyOf{flat(fieldTitleWord, fold, 0.8*worth), flat(fieldWord, fold, 0.05*worth)}
	for i, l := range s.q.Question.Langs {
		each := worth
		if i > 0 {
			each *= 0.6
		}
		stem := words.Stem(text, l)
		for _, f := range proseFields {
			any = append(any, form{field: f.name + string(l), term: stem, worth: f.worth * each})
		}
	}
	return any
}

// phrase is words that stand together in this order, in their forms.
func (s *searching) phrase(p search.Part) anyOf {
	var any anyOf
	for _, l := range s.q.Question.Langs {
		var stems []string
		for _, w := range p.Words {
			stems = append(stems, words.Stem(w.Text, l))
		}
		for _, f := range proseFields {
			any = append(any, form{field: f.name + string(l), phrase: stems, worth: f.worth})
		}
	}
	return any
}

// unwanted is what must not be found.
func (s *searching) unwanted(p search.Part) anyOf {
	if p.Phrase {
		return s.phrase(p)
	}
	return s.forms(p.Words[0].Text, p.Words[0].Fold, 1)
}

// Suggest is search.Index's.
func (x *Index) Suggest(ctx context.Context, q search.Question, shelves []search.Shelf, n int) (ids []string, err error) {
	err = x.use(func(g *generation) error {
		s, err := g.searching(ctx, search.Query{Question: q, Shelves: shelves, Size: n}, x.concepts)
		if err != nil {
			return err
		}
		defer s.close()
		ids, err = s.suggest()
		return err
	})
	return ids, unavailable(ctx, err)
}

func (s *searching) suggest() ([]string, error) {
	if s.q.Question.Empty() {
		return nil, nil
	}
	var typed []search.Word
	for _, p := range s.q.Question.Parts {
		typed = append(typed, p.Words...)
	}
	var before []anyOf
	for _, w := range typed[:len(typed)-1] {
		before = append(before, anyOf{flat(fieldTitleWord, w.Fold, 1)})
	}
	last := typed[len(typed)-1].Fold
	begun, err := s.words.beginning(fieldTitleWord, last, mostBeginnings)
	if err != nil {
		return nil, err
	}
	whole, goesOn := anyOf{flat(fieldTitleWord, last, 1)}, anyOf{}
	for _, c := range begun {
		goesOn = append(goesOn, flat(fieldTitleWord, c.word, 1))
	}
	var ids []string
	for _, end := range []anyOf{whole, goesOn} {
		if ids, err = s.titled(ids, append(slices.Clone(before), end)); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// titled adds the ids of entries in whose titles the words stand, the newest
// first, as many as are wanted in all.
func (s *searching) titled(ids []string, asked []anyOf) ([]string, error) {
	var found []fitting
	for _, x := range s.shelves {
		for _, p := range x.segments {
			set, err := every(asked, x, p, true)
			if err != nil {
				return nil, err
			}
			set.And(p.live)
			tags, err := s.tags.in(p)
			if err != nil {
				return nil, err
			}
			found = append(found, fitting{shelf: x, part: p, tags: tags, all: set})
		}
	}
	all, err := s.newest(found)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(all) && len(ids) < s.q.Size; i++ {
		id, err := all[i].name()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
