package site

import (
	"cmp"
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/exchange"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/library"
	"nmirfhub/internal/record"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/library"
	"nmirfhub/web/part"
)

func (s *Site) libraryRoutes(pages fiber.Router) {
	s.get(pages, "/library", s.libraryList)
	s.get(pages, "/library/:slug", s.publication)
}

// publisherLabel is the name behind a publisher's code, as the publications
// found have it; where they spell it differently, the first in the alphabet.
func publisherLabel(_ *request, found record.Listing) func(string) string {
	names := map[string]string{}
	for name := range found.Counts[record.FacetName] {
		code := library.PublisherCode(name)
		if other, there := names[code]; !there || name < other {
			names[code] = name
		}
	}
	return func(code string) string { return cmp.Or(names[code], code) }
}

func (s *Site) libraryList(ctx context.Context, r *request) error {
	list, err := s.list(ctx, r, listing{kind: hub.Publication, path: "/library", facets: []listFacet{
		{facet: record.FacetType, key: "library.facet.type", vocabulary: "publication-type"},
		{facet: record.FacetLanguage, key: "library.facet.language", label: languageLabel},
		{facet: record.FacetTheme, key: "library.facet.theme", vocabulary: "theme"},
		{facet: record.FacetPublisher, key: "library.facet.publisher", label: publisherLabel},
		{facet: record.FacetYear, key: "library.facet.year", label: itself},
	}})
	if err != nil {
		return err
	}
	v := page.ListView{
		Base: r.base(r.T("library.title"), "library"), Filter: list.filter, Chips: list.chips, Search: list.keep, Words: list.words,
		Total: r.N("library.total", list.total), Sort: r.sortOf(list, "newest", "title"), Pager: list.pager,
	}
	v.Write = r.writeHref(hub.Publication)
	v.Description = r.T("library.description")
	for _, h := range list.heads {
		v.Items = append(v.Items, r.publicationItem(h))
	}
	return r.render(ctx, page.ListPage(v))
}

// sortOf is the choice of order of a list; the first one is the usual one.
func (r *request) sortOf(l listed, orders ...string) part.Sort {
	s := part.Sort{Action: l.filter.Action}
	for _, h := range l.keep {
		if h.Name != "sort" {
			s.Keep = append(s.Keep, h)
		}
	}
	if l.words != "" {
		s.Keep = append(s.Keep, part.Hidden{Name: "q", Value: l.words})
	}
	for i, o := range orders {
		s.Options = append(s.Options, part.Option{Value: o, Label: r.T("list.sort." + o), Checked: l.sort == o || (l.sort == "" && i == 0)})
	}
	return s
}

func (r *request) publicationItem(h *record.Head) page.Item {
	t := h.In(r.Lang)
	i := page.Item{
		Link: r.link(h), Cover: r.coverOf(h), Summary: t.Summary,
		Publisher: r.joined(h.Values(record.FacetName)...), Locked: r.lockOf(h.Tier),
	}
	i.Lang, i.Dir = langDir(t.Lang)
	i.SummaryLang, i.SummaryDir = i.Lang, i.Dir
	if i.Summary == "" {
		i.Summary = h.In(h.Original).Summary
		i.SummaryLang, i.SummaryDir = langDir(h.Original)
	}
	i.Meta = r.joined(r.site.Vocabulary.Label("publication-type", h.Value(record.FacetType), r.Lang), h.Value(record.FacetYear))
	var langs []string
	for _, l := range h.Values(record.FacetLanguage) {
		langs = append(langs, r.languageName(l))
	}
	if len(langs) > 0 {
		i.Languages = r.T("list.in", "langs", r.List(langs))
	}
	return i
}

// lockOf says for whom something is, when not for everybody.
func (r *request) lockOf(t hub.Tier) string {
	if key := "tier." + string(t); r.Has(key) {
		return r.T(key)
	}
	return ""
}

// joined puts commas of the reader's language between what is there.
func (r *request) joined(parts ...string) string { return joined(r.T("list.comma"), parts...) }

// joined joins what is there.
func joined(separator string, parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, separator)
}

// exports are the formats of citations: ending, media type, writer.
var exports = []struct {
	ending, name, contentType string
	write                     func(exchange.Citation) ([]byte, error)
}{
	{".bib", "BibTeX", "application/x-bibtex; charset=utf-8", func(c exchange.Citation) ([]byte, error) { return []byte(c.BibTeX()), nil }},
	{".ris", "RIS", "application/x-research-info-systems; charset=utf-8", func(c exchange.Citation) ([]byte, error) { return []byte(c.RIS()), nil }},
	{".csl.json", "CSL JSON", "application/vnd.citationstyles.csl+json; charset=utf-8", exchange.Citation.CSLJSON},
}

// publication shows a publication, or with an ending its citation.
func (s *Site) publication(ctx context.Context, r *request) error {
	slug := r.c.Params("slug")
	for _, e := range exports {
		if base, ok := strings.CutSuffix(slug, e.ending); ok {
			rec, err := s.Records.Find(ctx, r.viewer, hub.Publication, base)
			if err != nil {
				return err
			}
			body, err := record.Decode[library.Publication](rec.Body)
			if err != nil {
				return err
			}
			raw, err := e.write(citation(rec, body))
			if err != nil {
				return err
			}
			r.c.Set(fiber.HeaderContentType, e.contentType)
			r.c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+slug+`"`)
			return r.c.Send(raw)
		}
	}
	rec, err := r.find(ctx, hub.Publication, slug)
	if err != nil {
		return err
	}
	return s.publicationPage(ctx, r, rec)
}

func (s *Site) publicationPage(ctx context.Context, r *request, rec *hub.Record) error {
	body, err := record.Decode[library.Publication](rec.Body)
	if err != nil {
		return err
	}
	return r.render(ctx, page.Page(r.publicationView(rec, body)))
}

// citation is the publication as its original language has it.
func citation(rec *hub.Record, p library.Publication) exchange.Citation {
	v := rec.In(rec.Original)
	c := exchange.Citation{
		Key: rec.Slug, Type: p.Type, Title: v.Title, Publisher: p.Publisher, Place: p.Place, Date: rec.Date, Symbol: p.Symbol,
		ISBN: p.ISBN, DOI: p.DOI, Container: p.Container, Volume: p.Volume, Number: p.Number, Pages: p.Pages,
		Language: string(rec.Original), Abstract: v.Summary,
	}
	for _, a := range p.Authors {
		c.Authors = append(c.Authors, exchange.Name(a))
	}
	for _, i := range p.Issues {
		if i.URL != "" && (c.URL == "" || i.Lang == rec.Original) {
			c.URL = i.URL
		}
	}
	return c
}

func (r *request) publicationView(rec *hub.Record, p library.Publication) page.View {
	t, original := rec.In(r.Lang), rec.In(rec.Original)
	v := page.View{
		Base: r.base(t.Title, "library", r.crumb("/library", "door.library")), Heading: t.Title, Summary: t.Summary,
		Eyebrow: r.joined(r.site.Vocabulary.Label("publication-type", p.Type, r.Lang), r.Date(rec.Date)),
		Locked:  r.lockOf(rec.Tier), Cover: r.coverOf(r.site.Records.HeadOf(rec)), Files: r.filesOf(rec), Citation: citation(rec, p).Line(),
		Sources: sourceLines(rec.Sources), More: r.more(rec), Related: r.related(rec),
	}
	v.Description, v.Members = t.Summary, v.Locked != ""
	v.Lang, v.Dir = langDir(t.Lang)
	v.Translated = r.translated(rec)
	v.SummaryLang, v.SummaryDir = v.Lang, v.Dir
	if v.Summary == "" {
		v.Summary = original.Summary
		v.SummaryLang, v.SummaryDir = langDir(original.Lang)
	}
	if t.Translation != "" && t.Title != original.Title {
		v.Printed = original.Title
		v.PrintedLang, v.PrintedDir = langDir(original.Lang)
	}
	switch {
	case p.Availability == "forthcoming":
		v.Note = r.T("library.forthcoming")
	case p.Availability == "internal":
		v.Note = r.T("library.internal")
	case p.DescriptiveTitle:
		v.Note = r.T("library.descriptive")
	}
	for _, i := range p.Issues {
		issue := page.Issue{Name: r.languageName(string(i.Lang)), Title: i.Title, URL: i.URL, Where: hostOf(i.URL)}
		issue.Lang, issue.Dir = langDir(i.Lang)
		v.Issues = append(v.Issues, issue)
	}
	for _, e := range exports {
		v.Exports = append(v.Exports, layout.Link{Href: r.href("/library/" + rec.Slug + e.ending), Text: r.T("library.export", "format", e.name)})
	}
	v.Facts = r.publicationFacts(rec, p)
	return v
}

func (r *request) publicationFacts(rec *hub.Record, p library.Publication) []page.Fact {
	var facts []page.Fact
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, page.Fact{Label: r.T("library.f." + key), Value: value})
		}
	}
	var authors, themes []string
	for _, a := range p.Authors {
		authors = append(authors, joined(" ", a.Literal, a.Given, a.Family))
	}
	for _, t := range rec.Themes {
		themes = append(themes, r.site.Vocabulary.Label("theme", t, r.Lang))
	}
	add("authors", r.joined(authors...))
	if publisher := r.joined(p.Publisher...); publisher != r.joined(authors...) {
		add("publisher", publisher)
	}
	add("date", r.Date(rec.Date))
	add("symbol", p.Symbol)
	add("isbn", p.ISBN)
	add("doi", p.DOI)
	add("container", r.joined(p.Container, p.Volume, p.Number, p.Pages))
	add("themes", r.joined(themes...))
	add("licence", p.Licence)
	return facts
}

func sourceLines(all []hub.Source) []part.SourceLine {
	var lines []part.SourceLine
	for _, s := range all {
		lines = append(lines, part.SourceLine{Title: s.Title, URL: s.URL, Note: s.Note})
	}
	return lines
}

// sameThings is how many related records a page shows.
const sameThings = 5

// related is other records of the kind, those with the most in common first.
func (r *request) related(rec *hub.Record) []layout.Link {
	return r.linksOf(r.site.Records.Related(r.viewer, rec, sameThings))
}

func (r *request) linksOf(heads []*record.Head) []layout.Link {
	var links []layout.Link
	for _, h := range heads {
		links = append(links, r.link(h))
	}
	return links
}
