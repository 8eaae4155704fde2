// Package finder puts a reader's question to the search index, on the shelves
// that the policy lets them search, and brings each hit through the access door
// before anything of it is shown. What is marked in a passage is found again in
// the record or post itself as it is now, so no excerpt is older than that or
// wider than its reader's rights.
package finder

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/words"
	"nmirfhub/internal/shelf"
	"nmirfhub/internal/vocabulary"
)

// Service answers questions. Its fields are set once. Safe for concurrent use.
type Service struct {
	Records    *record.Service
	Talk       *discuss.Service // may be nil
	Shelf      *shelf.Service   // may be nil
	Index      search.Searcher
	Concepts   *search.Concepts
	Vocabulary *vocabulary.Set
	Pages      func(context.Context, hub.Attachment) ([]string, error) // text of a file by pages; may be nil
	Missed     func(question string, lang hub.Lang)                    // told of each question that nothing answers; may be nil

	changes atomic.Uint64
	terms   termIndex
}

// Rev is a number that grows whenever an answer may differ from one given
// before.
func (s *Service) Rev() uint64 { return s.changes.Load() }

// Ask is a question with its filters.
type Ask struct {
	Words  string // as typed
	Lang   hub.Lang
	Filter map[record.Facet][]string
	Kinds  []hub.Kind // any of them; none: all; KindThread for talk, KindCollection for collections
	Space  string     // slug: what was said in this space alone
	Newest bool
	Page   int // 1 is the first; 0 counts as 1
	Size   int // 0: PageSize, or record.DefaultPage for a list
}

// PageSize is how many hits a page shows where nothing else is asked.
const PageSize = 10

// MaxPages is how many pages of PageSize can be asked for.
const MaxPages = search.MaxFrom/PageSize + 1

// Result is a page of what was found.
type Result struct {
	Question  search.Question
	Hits      []Hit
	Total     int
	Counts    map[record.Facet]map[string]int // see search.Answer; kinds under FacetKind
	Corrected map[string][]string             // words found nowhere: what was looked for besides
	Part      bool                            // the hits have most of the words, not all
	Spare     bool                            // see search.Answer
	Also      []string                        // other names that were looked for, in the reader's language or as acronyms
	Pages     int                             // how many pages can be asked for
	Covered   *Covered                        // where a space was looked through: how far
}

// Hit is a record found, a collection, or what was said in a thread: one of the
// three.
type Hit struct {
	Head       *record.Head
	Talk       *Said
	Collection *shelf.Collection
	// Lang is the language of Title; Passage may be of another.
	Lang    hub.Lang
	Title   []Run
	Passage Passage // empty when only the title or a label has the words
	// Why names what was found where the words themselves were not: a name
	// of the same thing.
	Why string
	// File and Page say where in which file the passage stands; Page is 0 for
	// a passage of the record itself.
	File string
	Page int

	said bool // the words are in the record itself
}

// Find answers a question. hub.Invalid names what is beyond a limit;
// hub.ErrUnavailable when the index does not answer; hub.ErrNotFound for a space
// that the viewer may not search, as if there were none.
func (s *Service) Find(ctx context.Context, v hub.Viewer, a Ask) (Result, error) {
	if a.Space != "" {
		x, err := s.space(ctx, v, a.Space)
		if err != nil {
			return Result{}, err
		}
		a.Kinds = []hub.Kind{KindThread}
		if x.Tier.Named() {
			return s.within(ctx, v, a)
		}
	}
	r, found, err := s.ask(ctx, v, a, PageSize)
	if err != nil {
		return r, err
	}
	r.Also = s.also(r.Question, a.Lang)
	if found.Total == 0 && !r.Question.Empty() && len(a.Filter) == 0 && len(a.Kinds) == 0 && a.Space == "" && s.Missed != nil {
		s.Missed(a.Words, a.Lang)
	}
	r.Hits, err = s.hits(ctx, v, found, r.Question, a.Lang)
	return r, err
}

// space is the space that a question is about.
func (s *Service) space(ctx context.Context, v hub.Viewer, slug string) (discuss.Space, error) {
	if s.Talk == nil {
		return discuss.Space{}, hub.ErrNotFound
	}
	return s.Talk.SearchedSpace(ctx, v, slug)
}

// ask puts a question to the index.
func (s *Service) ask(ctx context.Context, v hub.Viewer, a Ask, usual int) (Result, search.Answer, error) {
	size := cmp.Or(a.Size, usual)
	q := search.Query{
		Question: search.Parse(a.Words, a.Lang, s.Concepts), Shelves: s.shelvesFor(v, a), Filter: filterOf(a), Newest: a.Newest,
		From: (max(a.Page, 1) - 1) * size, Size: size, Count: true,
	}
	found, err := s.Index.Search(ctx, q)
	r := Result{
		Question: q.Question, Total: found.Total, Corrected: found.Corrected, Part: found.Part, Spare: found.Spare, Counts: countsOf(found.Counts),
		Pages: min((found.Total+size-1)/size, search.MaxFrom/size+1),
	}
	return r, found, err
}

func filterOf(a Ask) map[string][]string {
	f := map[string][]string{}
	for facet, values := range a.Filter {
		f[string(facet)] = values
	}
	for _, k := range a.Kinds {
		f[FacetKind] = append(f[FacetKind], string(k))
	}
	if a.Space != "" {
		f[string(FacetSpace)] = []string{a.Space}
	}
	return f
}

func countsOf(counts map[string]map[string]int) map[record.Facet]map[string]int {
	all := map[record.Facet]map[string]int{}
	for f, values := range counts {
		all[record.Facet(f)] = values
	}
	return all
}

// hits loads what was found through the door, and marks the words in it.
func (s *Service) hits(ctx context.Context, v hub.Viewer, found search.Answer, q search.Question, l hub.Lang) ([]Hit, error) {
	ids := idsOf(found)
	records, err := s.Records.Readable(ctx, v, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return discuss.IsStretch(id) || isCollection(id) })...)
	if err != nil {
		return nil, err
	}
	if s.Talk != nil && slices.ContainsFunc(ids, discuss.IsStretch) {
		if v, err = s.Talk.Known(ctx, v); err != nil {
			return nil, err
		}
	}
	m := s.marker(q, found.Corrected)
	var hits []Hit
	for _, id := range ids {
		if discuss.IsStretch(id) || isCollection(id) {
			hit, err := s.otherHit(ctx, m, v, id, l)
			if err != nil {
				return nil, err
			}
			if hit != nil {
				hits = append(hits, *hit)
			}
			continue
		}
		if len(records) == 0 || records[0].ID != id {
			continue // not for the viewer now
		}
		r := records[0]
		records = records[1:]
		hit := m.hit(r, s.Records.HeadOf(r), l)
		if !hit.said {
			s.inFiles(ctx, m, r, &hit)
		}
		hits = append(hits, hit)
	}
	return hits, nil
}

// otherHit is what the viewer may see of what was found and is no record; nil
// when that is nothing.
func (s *Service) otherHit(ctx context.Context, m *marker, v hub.Viewer, id string, l hub.Lang) (*Hit, error) {
	if isCollection(id) {
		return s.collectionHit(m, v, id, l)
	}
	return s.talkHit(ctx, m, v, id)
}

// also are the other names of the concepts that a question names: those of the
// reader's language first, then acronyms.
func (s *Service) also(q search.Question, l hub.Lang) []string {
	const most = 4
	var all []string
	for _, p := range q.Parts {
		if p.Concept == "" {
			continue
		}
		c := s.Concepts.Concept(p.Concept)
		n := 0
		for _, name := range slices.Concat(c.Names[l], c.Acronyms, c.Names[hub.English]) {
			if n < most && !slices.Contains(all, name) && !named(name, p.Words, q.Langs) {
				all = append(all, name)
				n++
			}
		}
	}
	return all
}

// named says whether a name is what was typed, in one of its forms.
func named(name string, typed []search.Word, langs []hub.Lang) bool {
	split := words.Split(name)
	return slices.ContainsFunc(langs, func(l hub.Lang) bool {
		return slices.EqualFunc(typed, split, func(w search.Word, x words.Word) bool {
			return words.Stem(w.Text, l) == words.Stem(name[x.Start:x.End], l)
		})
	})
}

// List answers a question about one kind with heads, for the pages of the
// doors. Errors as Find.
func (s *Service) List(ctx context.Context, v hub.Viewer, a Ask) (record.Listing, Result, error) {
	r, found, err := s.ask(ctx, v, a, record.DefaultPage)
	return record.Listing{Heads: s.Records.HeadsByID(v, idsOf(found)...), Total: r.Total, Counts: r.Counts}, r, err
}

func idsOf(found search.Answer) []string {
	ids := make([]string, len(found.Hits))
	for i, h := range found.Hits {
		ids[i] = h.ID
	}
	return ids
}

// Suggestion is a record or a collection whose title goes on as somebody types.
type Suggestion struct {
	ID    string
	Kind  hub.Kind
	Title string
	Lang  hub.Lang // of the title
	Path  string   // address, without the host
}

// weighed is how many records are weighed for each suggestion shown.
const weighed = 5

// Suggest returns at most n records and collections in whose titles each word stands, the last
// as the beginning of a word; the shortest titles first.
func (s *Service) Suggest(ctx context.Context, v hub.Viewer, typed string, l hub.Lang, n int) ([]Suggestion, error) {
	q := search.Parse(typed, l, s.Concepts)
	ids, err := s.Index.Suggest(ctx, q, search.ShelvesOf(s.Records.Searchable(v)), n*weighed)
	if err != nil {
		return nil, err
	}
	all := s.suggestions(v, ids, l)
	slices.SortStableFunc(all, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(len(a.Title), len(b.Title)), cmp.Compare(a.ID, b.ID))
	})
	return all[:min(n, len(all))], nil
}
