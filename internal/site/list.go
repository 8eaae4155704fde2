package site

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/web/part"
)

// listing describes a list page.
type listing struct {
	kind   hub.Kind
	path   string // below the language
	facets []listFacet
	order  record.Order // when the address names none
	limit  int          // 0: record.DefaultPage
}

// listFacet is a facet of a list.
type listFacet struct {
	facet      record.Facet
	key        string // message of the heading
	vocabulary string // list that labels the values; empty where label is set
	label      labeller
}

// labeller says what the values of a facet are called in a listing. It is
// called once for a page.
type labeller func(*request, record.Listing) func(value string) string

// listed is what a list page shows, beside its heads.
type listed struct {
	heads  []*record.Head
	total  int
	words  string
	filter part.Filter
	chips  []part.Chip
	keep   []part.Hidden // what the search box passes on
	sort   string        // order as the address has it
	pager  part.Pager
}

// list answers a list page: what the address asks for, for the viewer.
// hub.Invalid names the parameter that cannot be understood.
func (s *Site) list(ctx context.Context, r *request, l listing) (listed, error) {
	q, err := r.listQuery(l)
	if err != nil {
		return listed{}, err
	}
	found, pager, err := s.lookUp(ctx, r, l, q)
	if err != nil {
		return listed{}, err
	}
	if err := r.knownValues(l, q, found); err != nil {
		return listed{}, err
	}
	v := listed{heads: found.Heads, total: found.Total, words: q.Words, sort: r.query.Get("sort")}
	a := address{path: r.href(l.path), query: r.filters(l)}
	v.filter = part.Filter{Action: a.path, Facets: r.facets(l, q, found), Keep: a.only("q", "sort")}
	v.keep = a.without("q")
	v.chips = r.chips(l, a, q, found)
	if len(v.chips) > 0 || q.Words != "" {
		v.filter.Clear = a.path
	}
	v.pager = pager(a)
	return v, nil
}

// lookUp answers a list from the catalogue or, where it has words, from the
// search index.
func (s *Site) lookUp(ctx context.Context, r *request, l listing, q record.Query) (record.Listing, func(address) part.Pager, error) {
	if q.Words == "" {
		found, err := s.Records.List(r.viewer, q)
		return found, func(a address) part.Pager { return pagerOf(a, q, found) }, err
	}
	ask, err := r.ask(l.facets)
	if err != nil {
		return record.Listing{}, nil, err
	}
	ask.Kinds, ask.Size = []hub.Kind{l.kind}, q.Limit
	found, result, err := s.Finder.List(ctx, r.viewer, ask)
	if result.Spare {
		r.c.Locals(notKept, true)
		r.notice = r.T("search.spare")
	}
	return found, func(a address) part.Pager { return r.numbered(a, ask.Page, result.Pages) }, err
}

// filters is what of the address the list keeps from page to page.
func (r *request) filters(l listing) url.Values {
	q := url.Values{}
	for _, f := range l.facets {
		if values := r.query[string(f.facet)]; len(values) > 0 {
			q[string(f.facet)] = values
		}
	}
	for _, name := range []string{"q", "sort"} {
		if v := r.query.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	return q
}

func (r *request) listQuery(l listing) (record.Query, error) {
	q := record.Query{
		Kind: l.kind, Filter: map[record.Facet][]string{}, Words: strings.TrimSpace(r.query.Get("q")), Order: l.order,
		Lang: r.Lang, After: r.query.Get("after"), Before: r.query.Get("before"), Limit: l.limit,
	}
	switch sort := r.query.Get("sort"); sort {
	case "":
	case "title":
		q.Order = record.ByTitle
	case "newest":
		q.Order = record.Newest
	default:
		return q, &hub.Invalid{Field: "sort", Reason: hub.ReasonUnknown, Value: sort}
	}
	for _, f := range l.facets {
		if values := r.query[string(f.facet)]; len(values) > 0 {
			q.Filter[f.facet] = values
		}
	}
	return q, nil
}

// knownValues refuses a filter value that neither the vocabulary nor any
// record that the viewer may list has.
func (r *request) knownValues(l listing, q record.Query, found record.Listing) error {
	for _, f := range l.facets {
		for _, v := range q.Filter[f.facet] {
			_, counted := found.Counts[f.facet][v]
			if counted || (f.vocabulary != "" && r.site.Vocabulary.Known(f.vocabulary, v)) || r.knownElsewhere(f, v) {
				continue
			}
			return &hub.Invalid{Field: string(f.facet), Reason: hub.ReasonUnknown, Value: v}
		}
	}
	return nil
}

// knownElsewhere accepts what has a form of its own: States, years,
// languages, and names made of letters and hyphens.
func (r *request) knownElsewhere(f listFacet, v string) bool {
	switch f.facet {
	case record.FacetState:
		_, known := r.site.Vocabulary.State(hub.State(v))
		return known
	case record.FacetYear:
		return len(v) == 4 && strings.Trim(v, "0123456789") == ""
	case record.FacetLanguage:
		return r.Has("language." + v)
	}
	return false
}

func (r *request) labels(f listFacet, found record.Listing) func(string) string {
	if f.label != nil {
		return f.label(r, found)
	}
	return func(value string) string { return r.site.Vocabulary.Label(f.vocabulary, value, r.Lang) }
}

// facets are the filters with how many records each would leave. A ticked
// value stays even when it leaves none.
func (r *request) facets(l listing, q record.Query, found record.Listing) []part.Facet {
	var all []part.Facet
	for _, f := range l.facets {
		counts := found.Counts[f.facet]
		values := slices.Clone(q.Filter[f.facet])
		for v := range counts {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		slices.SortFunc(values, func(a, b string) int {
			if f.facet == record.FacetYear {
				return cmp.Compare(b, a)
			}
			return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
		})
		label := r.labels(f, found)
		facet := part.Facet{Name: string(f.facet), Legend: r.T(f.key)}
		for _, v := range values {
			facet.Options = append(facet.Options, part.Option{
				Value: v, Label: label(v), Count: r.Number(counts[v]), Checked: slices.Contains(q.Filter[f.facet], v),
			})
		}
		all = append(all, facet)
	}
	return all
}

func (r *request) chips(l listing, a address, q record.Query, found record.Listing) []part.Chip {
	var all []part.Chip
	for _, f := range l.facets {
		if len(q.Filter[f.facet]) == 0 {
			continue
		}
		label := r.labels(f, found)
		for _, v := range q.Filter[f.facet] {
			all = append(all, part.Chip{Label: label(v), Href: a.less(string(f.facet), v)})
		}
	}
	if q.Words != "" {
		all = append(all, part.Chip{Label: q.Words, Href: a.less("q", r.query.Get("q"))})
	}
	return all
}

// address is the path of a list with its filters.
type address struct {
	path  string
	query url.Values
}

func (a address) String() string {
	if len(a.query) == 0 {
		return a.path
	}
	return a.path + "?" + a.query.Encode()
}

// less is the address without one value.
func (a address) less(name, value string) string {
	q := url.Values{}
	for n, values := range a.query {
		for _, v := range values {
			if n != name || v != value {
				q.Add(n, v)
			}
		}
	}
	return address{a.path, q}.String()
}

// with is the address with one value more.
func (a address) with(name, value string) string {
	q := url.Values{name: {value}}
	for n, values := range a.query {
		if n != name {
			q[n] = values
		}
	}
	return address{a.path, q}.String()
}

// none is the address without a parameter, and without a page.
func (a address) none(name string) string {
	q := maps.Clone(a.query)
	delete(q, name)
	delete(q, "page")
	return address{a.path, q}.String()
}

func (a address) only(names ...string) []part.Hidden {
	return a.hidden(func(n string) bool { return slices.Contains(names, n) })
}

func (a address) without(names ...string) []part.Hidden {
	return a.hidden(func(n string) bool { return !slices.Contains(names, n) })
}

func (a address) hidden(keep func(string) bool) []part.Hidden {
	var all []part.Hidden
	for n, values := range a.query {
		for _, v := range values {
			if keep(n) {
				all = append(all, part.Hidden{Name: n, Value: v})
			}
		}
	}
	slices.SortFunc(all, func(x, y part.Hidden) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Value, y.Value))
	})
	return all
}

func pagerOf(a address, q record.Query, found record.Listing) part.Pager {
	var p part.Pager
	if found.Next != "" {
		p.Next = a.with("after", found.Next)
	}
	if found.Previous != "" {
		p.Previous = a.with("before", found.Previous)
		p.First = a.String()
	}
	return p
}

// Labels of facets whose values are no codes.

func stateLabel(r *request, _ record.Listing) func(string) string {
	return func(v string) string { return r.site.Vocabulary.StateName(hub.State(v), r.Lang) }
}

func languageLabel(r *request, _ record.Listing) func(string) string { return r.languageName }

func itself(*request, record.Listing) func(string) string {
	return func(v string) string { return v }
}

// languageName is what a language is called, or its code.
func (r *request) languageName(code string) string {
	if key := "language." + code; r.Has(key) {
		return r.T(key)
	}
	return code
}
