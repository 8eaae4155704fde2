package meili

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/meilisearch/meilisearch-go"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/words"
)

// strictness is how closely the words of a question are taken, as in the
// embedded index.
type strictness int

const (
	exact    strictness = iota // the words, their forms and other names
	forgiven                   // words with slips of the finger, and the beginning of the last
	most                       // most of the words, the States named among them
	loose                      // most of the words, whichever
)

// What the server reads of a question: words beyond the tenth it leaves out,
// and says nothing. Where more than this many words stand, only one at a time
// is left out to look for most of them.
const (
	mostWords   = 10
	leaveTwo    = 7
	mostSpans   = 40
	suggestMore = 4 // titles looked at for each suggestion
)

// Search is search.Index's.
func (x *Index) Search(ctx context.Context, q search.Query) (a search.Answer, err error) {
	if err := q.Check(); err != nil || len(q.Shelves) == 0 {
		return a, err
	}
	codes, err := x.codes(ctx, q)
	if err != nil {
		return a, err
	}
	s := &asking{x: x, q: q, codes: codes}
	for how := exact; how <= loose; how++ {
		if a, err = s.run(ctx, how); err != nil || a.Total > 0 || q.Question.Empty() {
			return a, err
		}
	}
	return a, nil
}

// asking is one query being answered.
type asking struct {
	x     *Index
	q     search.Query
	codes map[int]search.CodeSpan // by the part where one begins
}

// codes finds which stretches of the question are codes of entries that the
// query may see: at each place the longest.
func (x *Index) codes(ctx context.Context, q search.Query) (map[int]search.CodeSpan, error) {
	spans := q.Question.CodeSpans()
	spans = spans[:min(len(spans), mostSpans)]
	found := map[int]search.CodeSpan{}
	if len(spans) == 0 {
		return found, nil
	}
	var queries []*meilisearch.SearchRequest
	for _, c := range spans {
		for _, t := range q.Shelves {
			queries = append(queries, &meilisearch.SearchRequest{IndexUID: x.uid(t), Query: quoted(token(codes, c.Code)), Limit: 1, AttributesToRetrieve: []string{attrID}})
		}
	}
	answers, err := x.ask(ctx, &meilisearch.MultiSearchRequest{Queries: queries})
	if err != nil {
		return nil, err
	}
	for i, r := range answers.Results {
		c := spans[i/len(q.Shelves)]
		if _, longer := found[c.From]; !longer && len(r.Hits) > 0 {
			found[c.From] = c
		}
	}
	return found, nil
}

// run puts the question once.
func (s *asking) run(ctx context.Context, how strictness) (search.Answer, error) {
	var a search.Answer
	questions := s.questions(how)
	if len(questions) == 0 {
		return a, nil
	}
	found, err := s.federated(ctx, questions, s.filter(how, ""), how)
	if err != nil {
		return a, err
	}
	a.Total, a.Part = int(found.EstimatedTotalHits), how >= most && found.EstimatedTotalHits > 0
	if a.Hits, a.Corrected, err = s.hits(found, how); err != nil || !s.q.Count || a.Total == 0 {
		return a, err
	}
	if a.Counts, err = counted(found, nil); err != nil {
		return a, err
	}
	for _, facet := range slices.Sorted(maps.Keys(s.q.Filter)) {
		if len(s.q.Filter[facet]) == 0 {
			continue
		}
		others, err := s.federated(ctx, questions, s.filter(how, facet), exact)
		if err != nil {
			return a, err
		}
		if others.EstimatedTotalHits == 0 {
			continue
		}
		counts, err := counted(others, func(f string) bool { return f == facet })
		if err != nil {
			return a, err
		}
		a.Counts[facet] = counts[facet]
	}
	return a, nil
}

// federated puts questions to the indexes of the shelves, and has the answers
// merged.
func (s *asking) federated(ctx context.Context, questions []string, filter []any, how strictness) (*meilisearch.MultiSearchResponse, error) {
	retrieve := []string{attrID, attrRev}
	if how >= forgiven {
		retrieve = append(retrieve, attrWord)
	}
	r := &meilisearch.MultiSearchRequest{Federation: &meilisearch.MultiSearchFederation{
		Offset: int64(s.q.From), Limit: int64(s.q.Size), FacetsByIndex: map[string][]string{}, MergeFacets: &meilisearch.MultiSearchFederationMergeFacets{},
	}}
	for _, t := range s.q.Shelves {
		uid := s.x.uid(t)
		if s.q.Count {
			r.Federation.FacetsByIndex[uid] = []string{attrTag}
		}
		for _, q := range questions {
			one := &meilisearch.SearchRequest{IndexUID: uid, Query: q, MatchingStrategy: meilisearch.All, AttributesToRetrieve: retrieve}
			if len(filter) > 0 {
				one.Filter = filter
			}
			if s.q.Newest || q == "" {
				one.Sort = []string{attrDate + ":desc"}
			}
			r.Queries = append(r.Queries, one)
		}
	}
	return s.x.ask(ctx, r)
}

// ask puts questions to the server.
func (x *Index) ask(ctx context.Context, r *meilisearch.MultiSearchRequest) (*meilisearch.MultiSearchResponse, error) {
	if x.closed.Load() {
		return nil, &failure{}
	}
	found, err := x.client.MultiSearchWithContext(ctx, r)
	return found, failed(ctx, err)
}

// filter is what the entries must have: of each facet one of its values, but
// for one facet; and the States that the question names, where only most of
// its words are looked for.
func (s *asking) filter(how strictness, but string) []any {
	var all []any
	for _, facet := range slices.Sorted(maps.Keys(s.q.Filter)) {
		var any []string
		for _, v := range s.q.Filter[facet] {
			any = append(any, equal(attrTag, facet+"="+v))
		}
		if facet != but && len(any) > 0 {
			all = append(all, any)
		}
	}
	for _, p := range s.q.Question.Parts {
		if p.Firm && how == most {
			all = append(all, equal(attrNamed, p.Concept))
		}
	}
	return all
}

// equal is a condition in the language of filters.
func equal(attr, value string) string {
	return attr + ` = "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// questions are the question in the forms in which it is put: its words by
// their stems in each language that it may be in, and as they were typed. None
// when it cannot be taken this way.
func (s *asking) questions(how strictness) []string {
	if s.q.Question.Empty() {
		return s.distinct([][]string{{}})
	}
	var forms [][]string
	for i := range s.q.Question.Langs {
		forms = append(forms, s.terms(i, how))
	}
	forms = append(forms, s.terms(-1, how))
	if how < most {
		return s.distinct(forms)
	}
	least := s.q.Question.Enough()
	forms = [][]string{forms[0], forms[len(forms)-1]} // the likeliest language, and as typed
	var some [][]string
	for _, f := range forms {
		leave := len(f) - least
		if leave < 0 {
			return nil
		}
		some = append(some, without(f, leave)...)
	}
	return s.distinct(some)
}

// without is a row of terms without one of them, or without two of a short row
// where so many may be left out.
func without(terms []string, leave int) [][]string {
	if leave == 0 {
		return [][]string{terms}
	}
	var all [][]string
	for i := range terms {
		rest := slices.Delete(slices.Clone(terms), i, i+1)
		if leave == 1 || len(terms) > leaveTwo {
			all = append(all, rest)
			continue
		}
		all = append(all, without(rest, min(leave-1, 1))...)
	}
	return all
}

// distinct joins terms into questions, each once, with what must not be found
// before them: the server reads so many words and no more.
func (s *asking) distinct(forms [][]string) []string {
	var all []string
	for _, terms := range forms {
		q := strings.Join(append(s.unwanted(), terms[:min(len(terms), mostWords)]...), " ")
		if !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	return all
}

// terms are the parts of the question: by stems of a language that it may be
// in, or as typed for -1.
func (s *asking) terms(lang int, how strictness) []string {
	var all []string
	parts := s.q.Question.Parts
	begun := ""
	for i := 0; i < len(parts); i++ {
		p := parts[i]
		if c, is := s.codes[i]; is {
			all = append(all, quoted(token(codes, c.Code)))
			i = c.To - 1
			continue
		}
		switch {
		case p.Weak:
		case p.Concept != "":
			all = append(all, quoted(token(concepts, p.Concept)))
		case p.Phrase:
			all = append(all, quoted(s.forms(p, max(lang, 0))))
		case p.Prefix:
			begun = p.Words[len(p.Words)-1].Fold
		case how >= forgiven && !p.Exact:
			all = append(all, s.forms(p, lang))
		default:
			all = append(all, quoted(s.forms(p, lang)))
		}
	}
	if begun != "" { // only the last word of a question may go on
		all = append(all, begun)
	}
	return all
}

// forms are the words of a part, by stems of a language or as typed.
func (s *asking) forms(p search.Part, lang int) string {
	all := make([]string, len(p.Words))
	for i, w := range p.Words {
		all[i] = w.Fold
		if lang >= 0 {
			all[i] = words.Stem(w.Text, s.q.Question.Langs[lang])
		}
		if s.x.concepts.IsAcronym(w.Fold) {
			all[i] = token(acronyms, w.Fold)
		}
	}
	return strings.Join(all, " ")
}

// unwanted are the words that must not be found, in all their forms.
func (s *asking) unwanted() []string {
	var all []string
	for _, p := range s.q.Question.Not {
		for lang := -1; lang < len(s.q.Question.Langs); lang++ {
			if not := "-" + quoted(s.forms(p, lang)); !slices.Contains(all, not) {
				all = append(all, not)
			}
		}
	}
	return all
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, "") + `"` }

// hits are the entries on the page, and what else was looked for.
func (s *asking) hits(found *meilisearch.MultiSearchResponse, how strictness) ([]search.Hit, map[string][]string, error) {
	var hits []search.Hit
	var near map[string][]string
	for _, h := range found.Hits[:min(len(found.Hits), s.q.Size)] {
		var e struct {
			entry
			Federation struct {
				Score float64 `json:"weightedRankingScore"`
			} `json:"_federation"`
		}
		if err := h.DecodeInto(&e); err != nil {
			return nil, nil, fmt.Errorf("meilisearch: a hit cannot be read: %w", hub.ErrUnavailable)
		}
		hits = append(hits, search.Hit{ID: e.ID, Rev: e.Rev, Score: e.Federation.Score})
		if how >= forgiven {
			near = s.corrected(near, strings.Fields(e.Word))
		}
	}
	return hits, near, nil
}

// corrected adds the words of an entry that words of the question may have
// been meant to be.
func (s *asking) corrected(near map[string][]string, there []string) map[string][]string {
	for _, p := range s.q.Question.Parts {
		if p.Exact || p.Phrase || p.Weak {
			continue
		}
		typed := p.Words[0].Fold
		forgives := search.Typos(utf8.RuneCountInString(typed))
		if forgives == 0 || slices.Contains(there, typed) {
			continue
		}
		for _, w := range there {
			if s.sameStem(p.Words[0].Text, w) {
				delete(near, typed)
				break
			}
			if distance([]rune(typed), []rune(w), forgives) <= forgives && !slices.Contains(near[typed], w) {
				if near == nil {
					near = map[string][]string{}
				}
				near[typed] = append(near[typed], w)
			}
		}
	}
	return near
}

// sameStem says whether a word is another in one of its forms.
func (s *asking) sameStem(a, b string) bool {
	return slices.ContainsFunc(s.q.Question.Langs, func(l hub.Lang) bool { return words.Stem(a, l) == words.Stem(b, l) })
}

// counted reads the counts of the values of the facets wanted; nil: of all.
func counted(found *meilisearch.MultiSearchResponse, wanted func(string) bool) (map[string]map[string]int, error) {
	all := map[string]map[string]int{}
	raw, there := found.FacetDistribution[attrTag]
	if !there { // a server may leave out what was not declared, and say nothing
		return nil, &failure{http.StatusOK, "no_counts"}
	}
	var tags map[string]int
	if err := json.Unmarshal(raw, &tags); err != nil {
		return nil, fmt.Errorf("meilisearch: counts cannot be read: %w", hub.ErrUnavailable)
	}
	for tag, n := range tags {
		facet, value, _ := strings.Cut(tag, "=")
		if wanted != nil && !wanted(facet) {
			continue
		}
		if all[facet] == nil {
			all[facet] = map[string]int{}
		}
		all[facet][value] = n
	}
	return all, nil
}

// Suggest is search.Index's. The server forgives slips in the last word, so
// the titles are looked at again.
func (x *Index) Suggest(ctx context.Context, q search.Question, shelves []search.Shelf, n int) ([]string, error) {
	if q.Empty() || len(shelves) == 0 || n <= 0 {
		return nil, nil
	}
	var typed, terms []string
	for _, p := range q.Parts {
		for _, w := range p.Words {
			typed, terms = append(typed, w.Fold), append(terms, quoted(w.Fold))
		}
	}
	last := len(typed) - 1
	terms[last] = typed[last]
	r := &meilisearch.MultiSearchRequest{Federation: &meilisearch.MultiSearchFederation{Limit: int64(n * suggestMore)}}
	for _, t := range shelves {
		r.Queries = append(r.Queries, &meilisearch.SearchRequest{
			IndexUID: x.uid(t), Query: strings.Join(terms[max(0, len(terms)-mostWords):], " "), MatchingStrategy: meilisearch.All, Sort: []string{attrDate + ":desc"},
			AttributesToSearchOn: []string{attrTitleWord}, AttributesToRetrieve: []string{attrID, attrTitleWord},
		})
	}
	found, err := x.ask(ctx, r)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, h := range found.Hits {
		var e entry
		if err := h.DecodeInto(&e); err != nil {
			return nil, fmt.Errorf("meilisearch: a hit cannot be read: %w", hub.ErrUnavailable)
		}
		if len(ids) < n && titled(strings.Fields(e.TitleWord), typed) {
			ids = append(ids, e.ID)
		}
	}
	return ids, nil
}

// titled says whether the words stand in a title, the last as the beginning of
// one.
func titled(title, typed []string) bool {
	last := len(typed) - 1
	for _, w := range typed[:last] {
		if !slices.Contains(title, w) {
			return false
		}
	}
	return slices.ContainsFunc(title, func(w string) bool { return strings.HasPrefix(w, typed[last]) })
}

// distance is how many slips of the finger make one word of another: a letter
// more, less or other, or two in the wrong order. Beyond most it is most+1.
func distance(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row := rows[(i+2)%3], rows[(i)%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return min(rows[(len(a)+1)%3][len(b)], most+1)
}
