package site

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
	"nmirfhub/internal/record"
	"nmirfhub/internal/toolkit"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/toolkit"
	"nmirfhub/web/part"
)

func (s *Site) toolkitRoutes(pages fiber.Router) {
	s.get(pages, "/toolkit", s.toolkitList)
	s.get(pages, "/toolkit/:slug", s.resource)
}

func (s *Site) toolkitList(ctx context.Context, r *request) error {
	list, err := s.list(ctx, r, listing{kind: hub.Resource, path: "/toolkit", order: record.ByTitle, limit: 50, facets: []listFacet{
		{facet: record.FacetStatus, key: "toolkit.facet.status", vocabulary: "readiness"},
		{facet: record.FacetCapacity, key: "toolkit.facet.capacity", vocabulary: "resource-capacity"},
		{facet: record.FacetAudience, key: "toolkit.facet.audience", vocabulary: "audience"},
		{facet: record.FacetType, key: "toolkit.facet.type", vocabulary: "resource-type"},
		{facet: record.FacetLanguage, key: "toolkit.facet.language", label: languageLabel},
	}})
	if err != nil {
		return err
	}
	v := page.ListView{
		Base: r.base(r.T("toolkit.title"), "toolkit"), Filter: list.filter, Chips: list.chips, Search: list.keep, Words: list.words,
		Total: r.N("toolkit.total", list.total), Pager: list.pager,
	}
	v.Description = r.T("toolkit.description")
	for _, h := range list.heads {
		row := r.row(h, s.Vocabulary.Label("resource-type", h.Value(record.FacetType), r.Lang), s.Vocabulary.Label("resource-capacity", h.Value(record.FacetCapacity), r.Lang))
		if status := h.Value(record.FacetStatus); status != "ready" {
			row.Tags = []string{s.Vocabulary.Label("readiness", status, r.Lang)}
		}
		v.Rows = append(v.Rows, row)
	}
	return r.render(ctx, page.ListPage(v))
}

// row is a head in a plain list; meta is what it is, in a few words.
func (r *request) row(h *record.Head, meta ...string) part.Row {
	t := h.In(r.Lang)
	row := part.Row{Href: r.link(h).Href, Text: t.Title, Summary: t.Summary, Meta: r.joined(meta...), Locked: r.lockOf(h.Tier)}
	row.Lang, row.Dir = langDir(t.Lang)
	return row
}

// resource shows a resource, or with .md its text to download.
func (s *Site) resource(ctx context.Context, r *request) error {
	slug, download := strings.CutSuffix(r.c.Params("slug"), ".md")
	rec, err := r.find(ctx, hub.Resource, slug)
	if err != nil {
		return err
	}
	return s.resourcePage(ctx, r, rec, download)
}

func (s *Site) resourcePage(ctx context.Context, r *request, rec *hub.Record, download bool) error {
	body, err := record.Decode[toolkit.Resource](rec.Body)
	if err != nil {
		return err
	}
	text, lang, err := textIn[toolkit.Text](rec, r.Lang)
	if err != nil {
		return err
	}
	if text.Markdown == "" && lang != rec.Original {
		if text, lang, err = textIn[toolkit.Text](rec, rec.Original); err != nil {
			return err
		}
	}
	if download {
		return s.resourceFile(r, rec, text, lang)
	}
	v, err := r.resourceView(rec, body, text, lang)
	if err != nil {
		return err
	}
	return r.render(ctx, page.Page(v))
}

// resourceFile sends the text with its title, source and address.
func (s *Site) resourceFile(r *request, rec *hub.Record, text toolkit.Text, lang hub.Lang) error {
	if text.Markdown == "" {
		return hub.ErrNotFound
	}
	var b strings.Builder
	b.WriteString("# " + rec.In(lang).Title + "\n\n" + strings.TrimSpace(text.Markdown) + "\n\n---\n\n")
	for _, source := range rec.Sources {
		b.WriteString(r.T("toolkit.md.source", "source", source.Title) + "\n\n")
	}
	b.WriteString(r.T("toolkit.md.from", "url", s.Origin+r.href("/toolkit/"+rec.Slug)) + "\n")
	r.c.Set(fiber.HeaderContentType, "text/markdown; charset=utf-8")
	r.c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+rec.Slug+"."+string(lang)+`.md"`)
	return r.c.SendString(b.String())
}

func (r *request) resourceView(rec *hub.Record, body toolkit.Resource, text toolkit.Text, lang hub.Lang) (page.View, error) {
	t := rec.In(r.Lang)
	voc := r.site.Vocabulary
	v := page.View{
		Base: r.base(t.Title, "toolkit", r.crumb("/toolkit", "door.toolkit")), Heading: t.Title, Summary: t.Summary, Locked: r.lockOf(rec.Tier),
		Eyebrow: voc.Label("resource-type", body.Type, r.Lang), Files: r.filesOf(rec), Sources: sourceLines(rec.Sources), More: r.more(rec),
	}
	v.Description, v.Members = t.Summary, v.Locked != ""
	v.Translated = r.translated(rec)
	v.Lang, v.Dir = langDir(t.Lang)
	v.TextLang, v.TextDir = langDir(lang)
	original, err := record.Decode[toolkit.Text](rec.In(rec.Original).Text)
	if err != nil {
		return v, err
	}
	if body.ForReview {
		v.Review, v.Note = r.T("toolkit.review"), original.Note
	}
	switch {
	case body.Readiness == "pointer":
		v.Missing = r.T("toolkit.pointer")
	case body.Readiness == "requested":
		v.Missing = r.T("toolkit.requested")
	default:
		if v.Text, err = markup.Render(text.Markdown); err != nil {
			return v, err
		}
		v.Download = r.href("/toolkit/" + rec.Slug + ".md")
		if lang != r.Lang {
			v.Foreign = r.T("toolkit.foreign", "lang", r.T("language."+string(lang)))
		}
	}
	v.Facts = r.resourceFacts(rec, body, original)
	for _, h := range r.site.Records.Heads(r.viewer, hub.Practice, body.Practices...) {
		v.Practices = append(v.Practices, r.link(h))
	}
	v.Related = r.related(rec)
	return v, nil
}

func (r *request) resourceFacts(rec *hub.Record, body toolkit.Resource, original toolkit.Text) []part.Fact {
	capacity := part.Fact{Label: r.T("toolkit.f.capacity"), Values: []string{r.site.Vocabulary.Label("resource-capacity", body.Capacity, r.Lang)}}
	audience := part.Fact{Label: r.T("toolkit.f.audience")}
	for _, code := range body.Audience {
		audience.Values = append(audience.Values, r.site.Vocabulary.Label("audience", code, r.Lang))
	}
	languages := part.Fact{Label: r.T("toolkit.f.languages")}
	for _, v := range rec.Versions {
		if t, err := record.Decode[toolkit.Text](v.Text); err == nil && t.Markdown != "" {
			languages.Links = append(languages.Links, part.LinkTo{Href: "/" + string(v.Lang) + "/toolkit/" + rec.Slug, Text: r.languageName(string(v.Lang))})
		}
	}
	facts := []part.Fact{capacity, audience}
	if len(languages.Links) > 0 {
		facts = append(facts, languages)
	}
	if original.Note != "" && !body.ForReview {
		note := part.Fact{Label: r.T("toolkit.f.note"), Values: []string{original.Note}}
		note.Lang, note.Dir = langDir(rec.Original)
		facts = append(facts, note)
	}
	return facts
}

// linksTo turns links of the layout into links of a fact.
func linksTo(all []layout.Link) []part.LinkTo {
	var links []part.LinkTo
	for _, l := range all {
		links = append(links, part.LinkTo{Href: l.Href, Text: l.Text})
	}
	return links
}
