package site

import (
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/event"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	page "nmirfhub/web/page/event"
	"nmirfhub/web/part"
)

func (s *Site) eventRoutes(pages fiber.Router) {
	s.get(pages, "/events", s.eventList)
	s.get(pages, "/events/:slug", s.event)
}

func (s *Site) eventList(ctx context.Context, r *request) error {
	list, err := s.list(ctx, r, listing{kind: hub.Event, path: "/events", limit: record.MaxPage, facets: []listFacet{
		{facet: record.FacetType, key: "event.facet.type", vocabulary: "event-type"},
		{facet: record.FacetYear, key: "event.facet.year", label: itself},
	}})
	if err != nil {
		return err
	}
	v := page.ListView{Base: r.base(r.T("event.title"), ""), Filter: list.filter, Chips: list.chips, Total: r.N("event.total", list.total)}
	v.Description = r.T("event.description")
	v.Groups = r.eventGroups(list.heads)
	return r.render(ctx, page.ListPage(v))
}

// eventGroups puts what comes first, soonest first; then what was, by year.
func (r *request) eventGroups(heads []*record.Head) []page.Group {
	today := r.site.Now().Format("2006-01-02")
	var groups []page.Group
	for _, h := range heads { // newest first
		name := r.T("event.undated")
		switch {
		case h.Date >= today:
			name = r.T("event.coming")
		case h.Date != "":
			name = h.Date[:4]
		}
		if len(groups) == 0 || groups[len(groups)-1].Heading != name {
			groups = append(groups, page.Group{Heading: name})
		}
		g := &groups[len(groups)-1]
		g.Rows = append(g.Rows, r.row(h, r.site.Vocabulary.Label("event-type", h.Value(record.FacetType), r.Lang), r.Date(h.Date), r.statesOf(h)))
	}
	if len(groups) > 0 && groups[0].Heading == r.T("event.coming") {
		slices.Reverse(groups[0].Rows)
	}
	return groups
}

func (s *Site) event(ctx context.Context, r *request) error {
	rec, err := r.find(ctx, hub.Event, r.c.Params("slug"))
	if err != nil {
		return err
	}
	return s.eventPage(ctx, r, rec)
}

func (s *Site) eventPage(ctx context.Context, r *request, rec *hub.Record) error {
	b, err := record.Decode[event.Event](rec.Body)
	if err != nil {
		return err
	}
	t, lang, err := textIn[event.Text](rec, r.Lang)
	if err != nil {
		return err
	}
	v := page.View{
		Base:  r.base(rec.In(r.Lang).Title, "", r.crumb("/events", "foot.more.events")),
		Plain: r.plain(rec, s.Vocabulary.Label("event-type", b.Type, r.Lang), lang),
	}
	v.Description = v.Summary
	d := details{request: r, prefix: "event.f.", lang: lang}
	date := r.Date(rec.Date)
	if b.End != "" {
		date = r.T("event.until", "from", date, "to", r.Date(b.End))
	}
	d.told("date", date)
	d.said("place", t.Place)
	if b.Host != "" {
		d.linked("host", linksTo(r.stateLinks([]hub.State{b.Host})))
	}
	d.said("organisers", t.Organisers...)
	if b.Attended > 0 {
		d.told("attended", r.N("event.attended", b.Attended))
	}
	d.linked("named", linksTo(r.stateLinks(b.TookPart)))
	var outcomes []part.LinkTo
	for _, h := range s.Records.Heads(r.viewer, hub.Publication, b.Outcomes...) {
		outcomes = append(outcomes, part.LinkTo{Href: r.link(h).Href, Text: r.link(h).Text})
	}
	d.linked("outcomes", outcomes)
	v.Sections = []part.PlainSection{{ID: "facts", Heading: r.T("event.facts"), Facts: d.take()}}
	return r.render(ctx, page.Page(v))
}
