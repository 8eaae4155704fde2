package bleve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

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
		defer s.words.close()
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
	index    bleve.Index // the tiers of the query as one
	words    *dictionary
	concepts *search.Concepts

	corrected map[string][]string
}

func (g *generation) searching(ctx context.Context, q search.Query, concepts *search.Concepts) (*searching, error) {
	var tiers []bleve.Index
	for _, t := range hub.Tiers {
		if slices.Contains(q.Tiers, t) {
			tiers = append(tiers, g.tiers[t])
		}
	}
	d, err := openDictionary(ctx, tiers)
	if err != nil {
		return nil, err
	}
	s := &searching{ctx: ctx, q: q, words: d, concepts: concepts}
	if len(tiers) == 1 {
		s.index = tiers[0]
	} else {
		s.index = bleve.NewIndexAlias(tiers...)
	}
	return s, nil
}

// strictness is how closely the words of a question are taken.
type strictness int

const (
	exact    strictness = iota // the words, their forms and other names
	forgiven                   // words with slips of the finger, and beginnings of words
	most                       // most of the words
)

// answer takes the question as it stands; only when nothing is found does it
// forgive slips, and at last ask for most of the words only.
func (s *searching) answer() (search.Answer, error) {
	if len(s.words.readers) == 0 {
		return search.Answer{}, nil
	}
	for how := exact; ; how++ {
		asked, err := s.asked(how)
		if err != nil {
			return search.Answer{}, err
		}
		a, err := s.run(asked)
		if err != nil {
			return a, err
		}
		last := how == most || s.q.Question.Empty()
		if a.Total == 0 && !last {
			continue
		}
		if a.Total > 0 {
			a.Corrected, a.Part = s.corrected, how == most
		}
		return a, nil
	}
}

// run finds the page of what fits the question and the filters.
func (s *searching) run(asked query.Query) (search.Answer, error) {
	var a search.Answer
	found, err := s.find(asked, "", s.q.Size, s.q.Count)
	if err != nil {
		return a, err
	}
	a.Total = int(found.Total)
	for _, h := range found.Hits {
		a.Hits = append(a.Hits, search.Hit{ID: h.ID, Score: h.Score})
	}
	if s.q.Count {
		a.Counts, err = s.counts(asked, found)
	}
	return a, err
}

// manyTags is more than there are values: every one is counted.
const manyTags = 100_000

func (s *searching) find(asked query.Query, without string, size int, count bool) (*bleve.SearchResult, error) {
	r := bleve.NewSearchRequestOptions(s.narrowed(asked, without), size, s.q.From, false)
	r.SortBy([]string{"-_score", "_id"})
	if s.q.Newest {
		r.SortBy([]string{"-" + fieldDate, "_id"})
	}
	if size == 0 {
		r.From, r.Score = 0, "none"
	}
	if count {
		r.AddFacet(fieldTag, bleve.NewFacetRequest(fieldTag, manyTags))
	}
	return s.index.SearchInContext(s.ctx, r)
}

// narrowed is the question with every filter but one. A filter takes away and
// adds nothing to a score.
func (s *searching) narrowed(asked query.Query, without string) query.Query {
	all := query.NewBooleanQuery([]query.Query{asked}, nil, nil)
	var filters []query.Query
	for facet, values := range s.q.Filter {
		if facet == without || len(values) == 0 {
			continue
		}
		var any []query.Query
		for _, v := range values {
			any = append(any, term(fieldTag, facet+"="+v))
		}
		filters = append(filters, query.NewDisjunctionQuery(any))
	}
	if len(filters) > 0 {
		all.AddFilter(query.NewConjunctionQuery(filters))
	}
	for _, p := range s.q.Question.Not {
		all.AddMustNot(s.unwanted(p))
	}
	return all
}

// counts reads the counts of a result, and asks once more for each facet that
// the query narrows: those are counted as though it did not.
func (s *searching) counts(asked query.Query, found *bleve.SearchResult) (map[string]map[string]int, error) {
	counts := map[string]map[string]int{}
	readCounts(counts, found, func(facet string) bool { return len(s.q.Filter[facet]) == 0 })
	for facet, values := range s.q.Filter {
		if len(values) == 0 {
			continue
		}
		others, err := s.find(asked, facet, 0, true)
		if err != nil {
			return nil, err
		}
		readCounts(counts, others, func(f string) bool { return f == facet })
	}
	return counts, nil
}

func readCounts(counts map[string]map[string]int, found *bleve.SearchResult, wanted func(facet string) bool) {
	result := found.Facets[fieldTag]
	if result == nil || result.Terms == nil {
		return
	}
	for _, t := range result.Terms.Terms() {
		facet, value, _ := strings.Cut(t.Term, "=")
		if !wanted(facet) {
			continue
		}
		if counts[facet] == nil {
			counts[facet] = map[string]int{}
		}
		counts[facet][value] = t.Count
	}
}

// asked is the query that the question's parts make.
func (s *searching) asked(how strictness) (query.Query, error) {
	parts, err := s.parts(how)
	if err != nil {
		return nil, err
	}
	if len(parts.must) == 0 && len(parts.may) == 0 {
		return query.NewMatchAllQuery(), nil
	}
	if how == most {
		any := query.NewDisjunctionQuery(parts.must)
		any.SetMin(float64(enough(s.q.Question.Parts)))
		return query.NewBooleanQuery([]query.Query{any}, parts.may, nil), nil
	}
	return query.NewBooleanQuery(parts.must, parts.may, nil), nil
}

// enough is how many parts must be found when not all can be: three in five,
// and one in three of the pairs of Chinese characters, of which one slip takes
// two.
func enough(parts []search.Part) int {
	strong, han := 0, 0
	for _, p := range parts {
		if p.Weak {
			continue
		}
		strong++
		if words.ScriptOf(p.Words[0].Fold) == words.Han {
			han++
		}
	}
	if han*2 > strong {
		return max(1, strong/3)
	}
	return max(1, (strong*3+4)/5)
}

// partQueries are the queries of the parts of a question.
type partQueries struct{ must, may []query.Query }

func (s *searching) parts(how strictness) (partQueries, error) {
	var all partQueries
	parts := s.q.Question.Parts
	spans := s.q.Question.CodeSpans()
	for i := 0; i < len(parts); {
		code, err := s.codeAt(spans, i)
		if err != nil {
			return all, err
		}
		if code.To > i {
			all.must = append(all.must, anyOf{flat(fieldCode, code.Code, 8)})
			i = code.To
			continue
		}
		p, err := s.part(parts[i], how)
		if err != nil {
			return all, err
		}
		if parts[i].Weak {
			all.may = append(all.may, p)
		} else {
			all.must = append(all.must, p)
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
func (s *searching) part(p search.Part, how strictness) (query.Query, error) {
	if p.Phrase {
		return s.phrase(p), nil
	}
	var each []query.Query
	for i, w := range p.Words {
		last := i == len(p.Words)-1
		q, err := s.word(w, p, how, last)
		if err != nil {
			return nil, err
		}
		each = append(each, q)
	}
	said := each[0]
	if len(each) > 1 {
		said = query.NewConjunctionQuery(each)
	}
	if p.Concept == "" {
		return said, nil
	}
	// A name of many words counts like one word, and so like its acronym.
	return anyOf{{query: said, worth: 1 / float64(len(each))}, flat(fieldTitleConcept, p.Concept, 2.5), flat(fieldConcept, p.Concept, 0.4)}, nil
}

// Expansions of a word at most.
const (
	mostBeginnings = 40
	mostLike       = 8
)

// word is a word in all its forms.
func (s *searching) word(w search.Word, p search.Part, how strictness, last bool) (query.Query, error) {
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
			any = append(any, form{query: term(f.name+string(l), stem), worth: f.worth * each})
		}
	}
	return any
}

// phrase is words that stand together in this order, in their forms.
func (s *searching) phrase(p search.Part) query.Query {
	var any anyOf
	for _, l := range s.q.Question.Langs {
		var stems []string
		for _, w := range p.Words {
			stems = append(stems, words.Stem(w.Text, l))
		}
		for _, f := range proseFields {
			any = append(any, form{query: query.NewPhraseQuery(stems, f.name+string(l)), worth: f.worth})
		}
	}
	return any
}

// unwanted is what must not be found.
func (s *searching) unwanted(p search.Part) query.Query {
	if p.Phrase {
		return s.phrase(p)
	}
	return s.forms(p.Words[0].Text, p.Words[0].Fold, 1)
}

func term(field, word string) query.Query {
	q := query.NewTermQuery(word)
	q.SetField(field)
	return q
}

// flat is a form that counts by how rare the word is, and by nothing else.
func flat(field, word string, worth float64) form {
	return form{query: term(field, word), worth: worth, flat: true}
}

// Suggest is search.Index's.
func (x *Index) Suggest(ctx context.Context, q search.Question, tiers []hub.Tier, n int) (ids []string, err error) {
	err = x.use(func(g *generation) error {
		s, err := g.searching(ctx, search.Query{Question: q, Tiers: tiers, Size: n}, x.concepts)
		if err != nil {
			return err
		}
		defer s.words.close()
		ids, err = s.suggest(n)
		return err
	})
	return ids, unavailable(ctx, err)
}

func (s *searching) suggest(n int) ([]string, error) {
	if len(s.words.readers) == 0 || s.q.Question.Empty() {
		return nil, nil
	}
	var typed []search.Word
	for _, p := range s.q.Question.Parts {
		typed = append(typed, p.Words...)
	}
	var each []query.Query
	for _, w := range typed[:len(typed)-1] {
		each = append(each, anyOf{flat(fieldTitleWord, w.Fold, 1)})
	}
	last := typed[len(typed)-1].Fold
	begun, err := s.words.beginning(fieldTitleWord, last, mostBeginnings)
	if err != nil {
		return nil, err
	}
	any := anyOf{flat(fieldTitleWord, last, 2)}
	for _, c := range begun {
		any = append(any, flat(fieldTitleWord, c.word, 1))
	}
	found, err := s.find(query.NewConjunctionQuery(append(each, any)), "", n, false)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, h := range found.Hits {
		ids = append(ids, h.ID)
	}
	return ids, nil
}
