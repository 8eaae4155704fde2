package site

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/search"
	"nmirfhub/web/part"
)

func (s *Site) searchRoutes(pages fiber.Router) {
	s.get(pages, "/search", s.search)
}

// searched are the kinds that a question is put to, in the order of the tabs.
var searched = []hub.Kind{hub.Practice, hub.Publication, hub.Resource, hub.Mechanism, hub.System, hub.Event, hub.Network, finder.KindCollection, finder.KindThread}

// searchFacets are what answers are narrowed by beside their kind.
var searchFacets = []listFacet{
	{facet: record.FacetLanguage, key: "library.facet.language", label: languageLabel},
	{facet: record.FacetTheme, key: "library.facet.theme", vocabulary: "theme"},
	{facet: record.FacetChallenge, key: "practice.facet.challenge", vocabulary: "challenge"},
	{facet: record.FacetCapacity, key: "practice.facet.capacity", vocabulary: "capacity", label: capacityLabel},
	{facet: record.FacetRegion, key: "practice.facet.region", vocabulary: "region"},
	{facet: record.FacetState, key: "practice.facet.state", label: stateLabel},
	{facet: record.FacetAudience, key: "toolkit.facet.audience", vocabulary: "audience"},
	{facet: record.FacetPublisher, key: "library.facet.publisher", label: publisherLabel},
	{facet: record.FacetYear, key: "library.facet.year", label: itself},
}

// capacityLabel knows the capacities of practices and, where those have none,
// of the toolkit.
func capacityLabel(r *request, _ record.Listing) func(string) string {
	v := r.site.Vocabulary
	return func(code string) string {
		if v.Known("capacity", code) {
			return v.Label("capacity", code, r.Lang)
		}
		return v.Label("resource-capacity", code, r.Lang)
	}
}

// search answers a question over everything that the reader may find.
func (s *Site) search(ctx context.Context, r *request) error {
	if langs := r.query["lang"]; len(langs) > 0 { // as addresses from elsewhere have it
		r.query["language"] = append(r.query["language"], langs...)
		r.query.Del("lang")
	}
	ask, err := r.ask(searchFacets)
	if err != nil {
		return err
	}
	if ask.Kinds, err = kindsOf(r.query["kind"]); err != nil {
		return err
	}
	ask.Space = r.query.Get("space")
	v := page.View{Base: r.base(r.T("search.title"), ""), Words: ask.Words, Doors: r.doorLinks(), Visitor: !r.viewer.SignedIn(), SignIn: r.href("/signin")}
	v.WithoutSearch, v.Private = true, true
	if err := r.searchRooms(ctx, &v, &ask); err != nil {
		return err
	}
	if strings.TrimSpace(ask.Words) == "" && len(ask.Filter) == 0 && len(ask.Kinds) == 0 {
		return r.render(ctx, page.Page(v))
	}
	found, err := s.Finder.Find(ctx, r.viewer, ask)
	if err != nil {
		return err
	}
	if found.Question.Empty() && len(ask.Filter) == 0 && len(ask.Kinds) == 0 {
		return r.render(ctx, page.Page(v)) // nothing but punctuation
	}
	if err := r.searchPage(&v, ask, found); err != nil {
		return err
	}
	if found.Total == 0 || found.Spare {
		r.c.Locals(notKept, true) // what is asked in vain is counted each time
	}
	if found.Spare {
		v.Notice = r.T("search.spare")
	}
	return r.render(ctx, page.Page(v))
}

// searchRooms says in which space is searched, or else which spaces are only
// searched by themselves. hub.ErrNotFound for a space that the viewer may not
// search, as if there were none.
func (r *request) searchRooms(ctx context.Context, v *page.View, ask *finder.Ask) error {
	link := func(slug, title string) layout.Link {
		return layout.Link{Href: r.href("/search?" + url.Values{"q": {ask.Words}, "space": {slug}}.Encode()), Text: title}
	}
	if ask.Space == "" {
		rooms, err := r.site.Discuss.NamedSpaces(ctx, r.viewer, r.Lang)
		for _, x := range rooms {
			v.Rooms = append(v.Rooms, link(x.Slug, r.spaceRow(x).Title))
		}
		return err
	}
	x, err := r.site.Discuss.SearchedSpace(ctx, r.viewer, ask.Space)
	if err != nil {
		return err
	}
	v.Keep = []part.Hidden{{Name: "space", Value: x.Slug}}
	row := r.spaceRow(x)
	v.Within, v.Everywhere = layout.Link{Href: row.Href, Text: row.Title}, r.question(ask.Words)
	if x.Tier.Named() { // read post by post: what else it could be narrowed by is not asked for
		ask.Filter, ask.Kinds = nil, nil
	}
	return nil
}

// covered says how far a space was looked through.
func (r *request) covered(c *finder.Covered) string {
	switch {
	case c == nil:
		return ""
	case c.All:
		return r.N("search.covered", c.Posts)
	}
	return r.N("search.covered.part", c.Posts, "date", r.Date(c.Since.Format(time.DateOnly)))
}

// ask reads a question and its filters from the address. hub.Invalid names the
// parameter that cannot be understood.
func (r *request) ask(facets []listFacet) (finder.Ask, error) {
	a := finder.Ask{Words: strings.TrimSpace(r.query.Get("q")), Lang: r.Lang, Filter: map[record.Facet][]string{}, Page: 1}
	for _, f := range facets {
		if values := r.query[string(f.facet)]; len(values) > 0 {
			a.Filter[f.facet] = values
		}
	}
	switch sort := r.query.Get("sort"); sort {
	case "", "best", "title":
	case "newest", "date":
		a.Newest = true
	default:
		return a, &hub.Invalid{Field: "sort", Reason: hub.ReasonUnknown, Value: sort}
	}
	if p := r.query.Get("page"); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > finder.MaxPages {
			return a, &hub.Invalid{Field: "page", Reason: hub.ReasonRange, Limit: finder.MaxPages, Value: p}
		}
		a.Page = n
	}
	return a, nil
}

// kindsOf are the kinds named; hub.Invalid for one that is not searched.
func kindsOf(names []string) ([]hub.Kind, error) {
	var kinds []hub.Kind
	for _, name := range names {
		if !slices.Contains(searched, hub.Kind(name)) {
			return nil, &hub.Invalid{Field: "kind", Reason: hub.ReasonUnknown, Value: name}
		}
		kinds = append(kinds, hub.Kind(name))
	}
	return kinds, nil
}

// searchPage fills the page with what was found.
func (r *request) searchPage(v *page.View, ask finder.Ask, found finder.Result) error {
	l := listing{path: "/search", facets: searchFacets}
	as := record.Query{Filter: ask.Filter, Words: ask.Words}
	counted := record.Listing{Counts: found.Counts, Total: found.Total}
	if err := r.knownValues(l, as, counted); err != nil {
		return err
	}
	a := address{path: r.href(l.path), query: r.filters(l)}
	if len(ask.Kinds) > 0 {
		a.query["kind"] = r.query["kind"]
	}
	if ask.Space != "" {
		a.query.Set("space", ask.Space)
	}
	v.Asked, v.Title = true, r.T("search.title")
	if ask.Words != "" {
		v.Title = r.T("search.title.for", "words", ask.Words)
	}
	if ask.Space == "" {
		v.Tabs = r.kindTabs(a, ask, found)
	}
	v.Filter = part.Filter{Action: a.path, Facets: r.facets(l, as, counted), Keep: a.only("q", "sort", "kind", "space")}
	if found.Covered != nil { // nothing was counted to narrow it by
		v.Filter.Facets = nil
	}
	v.Keep = a.without("q")
	v.Chips = r.chips(l, a, record.Query{Filter: ask.Filter}, counted)
	if len(v.Chips) > 0 {
		v.Filter.Clear = address{a.path, url.Values{"q": {ask.Words}}}.String()
		if ask.Space != "" {
			v.Filter.Clear = address{a.path, url.Values{"q": {ask.Words}, "space": {ask.Space}}}.String()
		}
	}
	if found.Total > 1 {
		v.Sort = r.sortOf(listed{filter: v.Filter, keep: v.Keep, words: ask.Words, sort: r.query.Get("sort")}, "best", "newest")
	}
	v.Total = r.totalOf(ask, found)
	v.Also, v.Covered = r.also(found), r.covered(found.Covered)
	v.Part = found.Part
	for _, h := range found.Hits {
		v.Hits = append(v.Hits, r.hit(h))
	}
	v.Pager = r.numbered(a, ask.Page, found.Pages)
	if found.Total == 0 {
		if ask.Space == "" {
			v.Near = r.near(a, ask)
		}
		if r.viewer.SignedIn() {
			v.Doors = append([]layout.Link{r.crumb("/discuss", "search.ask")}, v.Doors...)
		}
	}
	return nil
}

func (r *request) totalOf(ask finder.Ask, found finder.Result) string {
	if ask.Words == "" {
		return r.N("search.total", found.Total)
	}
	return r.N("search.total.for", found.Total, "words", ask.Words)
}

// also says what else was looked for: other names, and words in the place of
// those that are found nowhere.
func (r *request) also(found finder.Result) string {
	all := slices.Clone(found.Also)
	for _, typed := range slices.Sorted(maps.Keys(found.Corrected)) {
		words := found.Corrected[typed]
		all = append(all, words[:min(2, len(words))]...)
	}
	if len(all) == 0 {
		return ""
	}
	return r.T("search.also", "words", r.joined(all...))
}

// kindTabs narrow the answers to one kind.
func (r *request) kindTabs(a address, ask finder.Ask, found finder.Result) []page.Tab {
	counts := found.Counts[finder.FacetKind]
	sum := 0
	var tabs []page.Tab
	for _, k := range searched {
		n := counts[string(k)]
		sum += n
		chosen := slices.Contains(ask.Kinds, k)
		if n > 0 || chosen {
			tabs = append(tabs, page.Tab{
				Link:  layout.Link{Href: a.with("kind", string(k)), Text: r.T("search.g." + string(k))},
				Count: r.Number(n), Current: chosen,
			})
		}
	}
	all := page.Tab{Link: layout.Link{Href: a.none("kind"), Text: r.T("search.all")}, Count: r.Number(sum), Current: len(ask.Kinds) == 0}
	return append([]page.Tab{all}, tabs...)
}

func (r *request) hit(h finder.Hit) page.Hit {
	x := page.Hit{Title: runs(h.Title), Passage: runs(h.Passage.Runs)}
	if h.Talk != nil { // who said it is not told: an excerpt is a copy
		row := r.spaceRow(h.Talk.Space)
		x.Href, x.Kind, x.Meta = h.Talk.Path(r.Lang), r.T("kind."+string(finder.KindThread)), row.Title
		if row.Shut {
			x.Locked = row.Who
		}
	} else if c := h.Collection; c != nil {
		x.Href, x.Kind, x.Locked = finder.CollectionPath(r.Lang, c.Slug), r.T("kind."+string(finder.KindCollection)), r.lockOf(c.Tier)
		x.Meta = r.N("lists.items", len(r.site.Records.HeadsByID(r.viewer, c.Records()...)))
	} else {
		x.Href, x.Kind, x.Locked = r.link(h.Head).Href, r.T("kind."+string(h.Head.Kind)), r.lockOf(h.Head.Tier)
		x.Save = r.saveHref(h.Head.ID)
		x.Meta = r.joined(r.statesOf(h.Head), r.Date(h.Head.Date), r.versionsOf(h.Head))
	}
	x.Lang, x.Dir = langDir(h.Lang)
	if !h.Passage.Empty() {
		x.PassageLang, x.PassageDir = langDir(h.Passage.Lang)
		if h.Passage.Lang != h.Lang {
			x.Why = r.T("search.why.language", "lang", r.languageName(string(h.Passage.Lang)))
		}
	}
	if h.Page > 0 {
		x.Why = r.pageIn(h.File, h.Page)
	} else if h.Why != "" {
		x.Why = r.T("search.why.name", "name", h.Why)
	}
	return x
}

// versionsOf names the languages of a record, where there are several.
func (r *request) versionsOf(h *record.Head) string {
	langs := h.Values(record.FacetLanguage)
	if len(langs) == 0 {
		for _, t := range h.Texts {
			langs = append(langs, string(t.Lang))
		}
	}
	if len(langs) < 2 {
		return ""
	}
	return r.N("search.versions", len(langs))
}

func runs(all []finder.Run) []page.Run {
	var out []page.Run
	for _, x := range all {
		out = append(out, page.Run{Text: x.Text, Marked: x.Marked})
	}
	return out
}

// near is what a question that finds nothing could be instead: without its
// filters, with a word less.
func (r *request) near(a address, ask finder.Ask) []layout.Link {
	var links []layout.Link
	if ask.Words != "" && (len(ask.Filter) > 0 || len(ask.Kinds) > 0) {
		links = append(links, layout.Link{Href: address{a.path, url.Values{"q": {ask.Words}}}.String(), Text: r.T("search.near.filters")})
	}
	all := strings.Fields(ask.Words)
	if len(all) < 2 {
		return links
	}
	for i := range all[:min(len(all), 6)] {
		less := strings.Join(append(slices.Clone(all[:i]), all[i+1:]...), " ")
		links = append(links, layout.Link{Href: r.question(less), Text: less})
	}
	return links
}

func (r *request) question(words string) string {
	return r.href("/search?" + url.Values{"q": {words}}.Encode())
}

func (r *request) doorLinks() []layout.Link {
	return []layout.Link{
		r.crumb("/challenges", "challenges.title"), r.crumb("/practices", "door.practices"), r.crumb("/library", "door.library"),
		r.crumb("/mechanisms", "door.mechanisms"), r.crumb("/toolkit", "door.toolkit"), r.crumb("/glossary", "foot.help.glossary"),
	}
}

// numbered leads through pages of answers by number: the first, those around
// the present one, the last.
func (r *request) numbered(a address, at, pages int) part.Pager {
	var p part.Pager
	if pages < 2 && at == 1 {
		return p
	}
	link := func(n int) string {
		if n == 1 {
			return a.none("page")
		}
		return a.with("page", strconv.Itoa(n))
	}
	last := 0
	for n := 1; n <= pages; n++ {
		if n > 1 && n < pages && (n < at-2 || n > at+2) {
			continue
		}
		if n > last+1 {
			p.Numbers = append(p.Numbers, part.Number{})
		}
		p.Numbers = append(p.Numbers, part.Number{Text: r.Number(n), Href: link(n), Current: n == at})
		last = n
	}
	if at > 1 {
		p.Previous = link(min(at-1, max(pages, 1)))
	}
	if at < pages {
		p.Next = link(at + 1)
	}
	return p
}
