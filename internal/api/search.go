package api

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// results is the answer to a search.
type results struct {
	Items  []item                          `json:"items"`
	Total  int                             `json:"total"`
	Facets map[record.Facet]map[string]int `json:"facets"`
	Also   []string                        `json:"also,omitempty"`      // other names that were looked for
	Fixed  map[string][]string             `json:"corrected,omitempty"` // words found nowhere: what was looked for besides
	Part   bool                            `json:"part,omitempty"`      // the items have most of the words, not all
	Within *covered                        `json:"covered,omitempty"`   // how far a space was looked through
}

// covered is how far a space whose members are named was looked through, the
// last active threads first.
type covered struct {
	Posts int  `json:"posts"`
	All   bool `json:"all"`
}

// item is something found.
type item struct {
	Kind    hub.Kind    `json:"kind"` // "thread" for what was said
	Slug    string      `json:"slug"`
	Title   string      `json:"title"`
	Excerpt string      `json:"excerpt"`
	Lang    hub.Lang    `json:"lang"` // of the title
	State   []hub.State `json:"state"`
	URL     string      `json:"url"`
	Why     string      `json:"why,omitempty"`   // name of the same thing under which it was found
	Space   string      `json:"space,omitempty"` // of a thread
	Seq     int64       `json:"seq,omitempty"`   // of the post in the thread
}

// filters are the facets that a search is narrowed by. The parameter lang is
// the reader's language; language is that of what is found.
var filters = []record.Facet{
	record.FacetLanguage, record.FacetState, record.FacetRegion, record.FacetTheme, record.FacetCapacity,
	record.FacetChallenge, record.FacetYear, record.FacetPublisher, record.FacetAudience,
}

func (a *API) search(ctx context.Context, q asked) (any, error) {
	ask := finder.Ask{Words: q.query.Get("q"), Lang: q.lang, Space: q.query.Get("space"), Filter: map[record.Facet][]string{}}
	for _, f := range filters {
		if values := q.query[string(f)]; len(values) > 0 {
			ask.Filter[f] = values
		}
	}
	for _, k := range q.query["kind"] {
		if !slices.Contains(hub.Kinds[:], hub.Kind(k)) && hub.Kind(k) != finder.KindThread && hub.Kind(k) != finder.KindCollection {
			return nil, &hub.Invalid{Field: "kind", Reason: hub.ReasonUnknown, Value: k}
		}
		ask.Kinds = append(ask.Kinds, hub.Kind(k))
	}
	switch sort := q.query.Get("sort"); sort {
	case "", "best":
	case "newest", "date":
		ask.Newest = true
	default:
		return nil, &hub.Invalid{Field: "sort", Reason: hub.ReasonUnknown, Value: sort}
	}
	var err error
	if ask.Page, err = number(q.query, "page", 1000); err != nil {
		return nil, err
	}
	if ask.Size, err = number(q.query, "limit", 100); err != nil {
		return nil, err
	}
	r, err := a.Finder.Find(ctx, q.viewer, ask)
	if err != nil {
		return nil, err
	}
	x := results{Items: []item{}, Total: r.Total, Facets: r.Counts, Also: r.Also, Fixed: r.Corrected, Part: r.Part}
	if r.Covered != nil {
		x.Within = &covered{r.Covered.Posts, r.Covered.All}
	}
	if x.Facets == nil || x.Within != nil {
		x.Facets = map[record.Facet]map[string]int{}
	}
	for _, h := range r.Hits {
		x.Items = append(x.Items, a.item(q, h))
	}
	return x, nil
}

// item is a hit. Of what was said it tells neither who said it nor from where.
func (a *API) item(q asked, h finder.Hit) item {
	x := item{Title: text(h.Title), Excerpt: text(h.Passage.Runs), Lang: h.Lang, State: []hub.State{}, Why: h.Why}
	if h.Talk != nil {
		x.Kind, x.Slug, x.Space, x.Seq, x.URL = finder.KindThread, h.Talk.Thread, h.Talk.Space.Slug, h.Talk.Seq, a.Origin+h.Talk.Path(q.lang)
		return x
	}
	if c := h.Collection; c != nil {
		x.Kind, x.Slug, x.URL = finder.KindCollection, c.Slug, a.Origin+finder.CollectionPath(q.lang, c.Slug)
		return x
	}
	x.Kind, x.Slug, x.URL = h.Head.Kind, h.Head.Slug, a.Origin+finder.Path(q.lang, h.Head.Kind, h.Head.Slug)
	x.State = append(x.State, h.Head.States...)
	return x
}

func number(q url.Values, name string, most int) (int, error) {
	raw := q.Get(name)
	if raw == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 || n > most {
		return 0, &hub.Invalid{Field: name, Reason: hub.ReasonRange, Limit: most, Value: raw}
	}
	return n, nil
}

func text(runs []finder.Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

// suggested is a suggestion while somebody types.
type suggested struct {
	Text string `json:"text"`
	Kind string `json:"kind"` // of a record, or state, difficulty, name
	Note string `json:"note,omitempty"`
	Lang string `json:"lang"` // of the text
	URL  string `json:"url"`  // path
}

// mostSuggested is how many suggestions come, and of how many terms.
const (
	mostSuggested = 8
	mostTerms     = 3
)

func (a *API) suggest(ctx context.Context, q asked) (any, error) {
	typed := q.query.Get("q")
	items := []suggested{}
	for _, t := range a.Finder.Terms(typed, q.lang, mostTerms) {
		items = append(items, suggested{Text: t.Text, Kind: string(t.Kind), Note: a.Say(q.lang, "suggest."+string(t.Kind)), Lang: string(q.lang), URL: t.Path})
	}
	titles, err := a.Finder.Suggest(ctx, q.viewer, typed, q.lang, mostSuggested-len(items))
	if err != nil {
		return nil, err
	}
	for _, s := range titles {
		items = append(items, suggested{
			Text: s.Title, Kind: string(s.Kind), Note: a.Say(q.lang, "kind."+string(s.Kind)), Lang: string(s.Lang), URL: s.Path,
		})
	}
	return map[string]any{"items": items}, nil
}
