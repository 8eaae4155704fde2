package site

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/practice"
)

func (s *Site) practiceRoutes(pages fiber.Router) {
	s.get(pages, "/practices", s.practiceList)
	s.get(pages, "/practices/:slug", s.practice)
	pages.Get("/practices/:slug/adapt", s.serve(s.adaptForm))
	pages.Post("/practices/:slug/adapt", s.serve(s.adapt))
}

func (s *Site) practiceList(ctx context.Context, r *request) error {
	list, err := s.list(ctx, r, listing{kind: hub.Practice, path: "/practices", facets: []listFacet{
		{facet: record.FacetChallenge, key: "practice.facet.challenge", vocabulary: "challenge"},
		{facet: record.FacetCapacity, key: "practice.facet.capacity", vocabulary: "capacity"},
		{facet: record.FacetState, key: "practice.facet.state", label: stateLabel},
		{facet: record.FacetRegion, key: "practice.facet.region", vocabulary: "region"},
		{facet: record.FacetStage, key: "practice.facet.stage", vocabulary: "stage"},
		{facet: record.FacetTheme, key: "practice.facet.theme", vocabulary: "theme"},
	}})
	if err != nil {
		return err
	}
	v := page.ListView{
		Base: r.base(r.T("practice.title"), "practices"), Filter: list.filter, Chips: list.chips, Search: list.keep, Words: list.words,
		Total: r.N("practice.total", list.total), Sort: r.sortOf(list, "newest", "title"), Pager: list.pager,
	}
	v.Write = r.writeHref(hub.Practice)
	v.Description = r.T("practice.description")
	for _, h := range list.heads {
		t := h.In(r.Lang)
		i := page.Item{Link: r.link(h), Summary: t.Summary, Locked: r.lockOf(h.Tier), Meta: r.joined(r.statesOf(h), r.Date(h.Date))}
		i.Lang, i.Dir = langDir(t.Lang)
		for _, c := range h.Values(record.FacetCapacity) {
			i.Tags = append(i.Tags, s.Vocabulary.Label("capacity", c, r.Lang))
		}
		for _, c := range h.Values(record.FacetChallenge) {
			i.Tags = append(i.Tags, s.Vocabulary.Label("challenge", c, r.Lang))
		}
		i.Adapted = r.adaptedBy(s.Records.Adaptations(r.viewer, h.ID))
		v.Items = append(v.Items, i)
	}
	return r.render(ctx, page.ListPage(v))
}

// statesOf names the States of a head.
func (r *request) statesOf(h *record.Head) string {
	var names []string
	for _, c := range h.States {
		names = append(names, r.site.Vocabulary.StateName(c, r.Lang))
	}
	return r.List(names)
}

func (s *Site) practice(ctx context.Context, r *request) error {
	rec, err := r.find(ctx, hub.Practice, r.c.Params("slug"))
	if err != nil {
		return err
	}
	return s.practicePage(ctx, r, rec)
}

func (s *Site) practicePage(ctx context.Context, r *request, rec *hub.Record) error {
	body, err := record.Decode[practice.Practice](rec.Body)
	if err != nil {
		return err
	}
	text, lang, err := textIn[practice.Text](rec, r.Lang)
	if err != nil {
		return err
	}
	t := rec.In(r.Lang)
	v := page.View{
		Base: r.base(t.Title, "practices", r.crumb("/practices", "door.practices")), Heading: t.Title, Summary: t.Summary, Eyebrow: r.T("practice.eyebrow.alone"),
		Locked: r.lockOf(rec.Tier), Problem: text.Problem, Actors: text.Actors, Results: text.Results, Hard: text.Challenges, Lessons: text.Lessons,
		Evidence: s.Vocabulary.Label("evidence", body.Evidence, r.Lang), Facts: r.practiceFacts(rec, body),
		Related: r.related(rec), Files: r.filesOf(rec), Sources: sourceLines(rec.Sources), More: r.more(rec), Tools: r.toolsFor(rec.Slug),
	}
	v.Description, v.Members = t.Summary, v.Locked != ""
	v.Translated = r.translated(rec)
	v.Lang, v.Dir = langDir(t.Lang)
	v.TextLang, v.TextDir = langDir(lang)
	if lang != r.Lang {
		v.Foreign = r.T("practice.foreign", "lang", r.T("language."+string(lang)))
	}
	if text.Done != "" {
		v.Done = strings.Split(text.Done, "\n\n")
	}
	if len(rec.States) > 0 {
		v.Eyebrow = r.T("practice.eyebrow", "who", r.statesList(rec.States))
	} else if body.Organisation != "" {
		v.Eyebrow = r.T("practice.eyebrow", "who", body.Organisation)
	}
	v.Adapted, v.Changed, v.WorkedHow = rec.Adapts != "", text.Changed, text.WorkedHow
	v.Worked = s.Vocabulary.Label("worked", body.Worked, r.Lang)
	if err := s.fillUse(ctx, r, &v, rec); err != nil {
		return err
	}
	return r.render(ctx, page.Page(v))
}

// textIn is the text of a record in a language, else in the original one, and
// which it is.
func textIn[T any](rec *hub.Record, l hub.Lang) (T, hub.Lang, error) {
	v := rec.In(l)
	if len(v.Text) == 0 {
		v = rec.In(rec.Original)
	}
	text, err := record.Decode[T](v.Text)
	return text, v.Lang, err
}

func (r *request) statesList(codes []hub.State) string {
	var names []string
	for _, c := range codes {
		names = append(names, r.site.Vocabulary.StateName(c, r.Lang))
	}
	return r.List(names)
}

func (r *request) stateLinks(codes []hub.State) []layout.Link {
	var links []layout.Link
	for _, c := range codes {
		links = append(links, layout.Link{Href: r.stateHref(c), Text: r.site.Vocabulary.StateName(c, r.Lang)})
	}
	return links
}

func (r *request) practiceFacts(rec *hub.Record, p practice.Practice) []page.Fact {
	var facts []page.Fact
	add := func(key, value string, links ...layout.Link) {
		if value != "" || len(links) > 0 {
			facts = append(facts, page.Fact{Label: r.T("practice.f." + key), Value: value, Links: links})
		}
	}
	coded := func(path, facet, list string, codes ...string) []layout.Link {
		var links []layout.Link
		for _, c := range codes {
			if c == "" { // a draft may lack it
				continue
			}
			links = append(links, layout.Link{Href: r.href(path + "?" + facet + "=" + c), Text: r.site.Vocabulary.Label(list, c, r.Lang)})
		}
		return links
	}
	add("state", "", r.stateLinks(rec.States)...)
	add("organisation", p.Organisation)
	add("since", r.Date(rec.Date))
	add("capacity", "", coded("/practices", "capacity", "capacity", append([]string{p.Capacity}, p.CapacityAlso...)...)...)
	add("challenge", "", coded("/practices", "challenge", "challenge", p.Challenges...)...)
	add("stage", r.site.Vocabulary.Label("stage", p.Stage, r.Lang))
	add("also", "", r.stateLinks(p.AlsoIn)...)
	add("languages", r.languagesOf(rec))
	checked := r.T("practice.checked.no")
	if !rec.Confirmed.IsZero() {
		checked = r.Day(rec.Confirmed)
	}
	add("checked", checked)
	return facts
}

func (r *request) languagesOf(rec *hub.Record) string {
	var names []string
	for _, v := range rec.Versions {
		names = append(names, r.languageName(string(v.Lang)))
	}
	return r.List(names)
}

// toolsFor is the toolkit entries that rest on a practice.
func (r *request) toolsFor(slug string) []layout.Link {
	l, err := r.site.Records.List(r.viewer, record.Query{Kind: hub.Resource, Filter: map[record.Facet][]string{record.FacetPractice: {slug}}, Limit: sameThings})
	if err != nil {
		return nil
	}
	return r.linksOf(l.Heads)
}
