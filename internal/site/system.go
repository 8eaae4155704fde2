package site

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/system"
	page "nmirfhub/web/page/system"
	"nmirfhub/web/part"
)

func (s *Site) systemRoutes(pages fiber.Router) {
	s.get(pages, "/systems", s.systemList)
	s.get(pages, "/systems/:slug", s.system)
}

func (s *Site) systemList(ctx context.Context, r *request) error {
	list, err := s.list(ctx, r, listing{kind: hub.System, path: "/systems", order: record.ByTitle, limit: record.MaxPage, facets: []listFacet{
		{facet: record.FacetType, key: "system.facet.type", vocabulary: "system-type"},
		{facet: record.FacetCost, key: "system.facet.cost", vocabulary: "cost"},
		{facet: record.FacetStage, key: "system.facet.stage", vocabulary: "stage"},
	}})
	if err != nil {
		return err
	}
	v := page.ListView{
		Base: r.base(r.T("system.title"), ""), Filter: list.filter, Chips: list.chips, Total: r.N("system.total", list.total),
	}
	v.Description = r.T("system.description")
	for _, h := range list.heads {
		v.Rows = append(v.Rows, r.row(h, s.Vocabulary.Label("system-type", h.Value(record.FacetType), r.Lang), s.Vocabulary.Label("cost", h.Value(record.FacetCost), r.Lang)))
	}
	return r.renderSystems(ctx, v, list.heads)
}

// renderSystems adds the table of features, of the tools whose features any
// source describes.
func (r *request) renderSystems(ctx context.Context, v page.ListView, heads []*record.Head) error {
	features := map[string][]page.Cell{}
	for _, h := range heads {
		if len(h.Values(record.FacetFeature))+len(h.Values(record.FacetLack)) == 0 {
			continue
		}
		v.Columns = append(v.Columns, r.link(h))
		says := map[string]bool{}
		for _, f := range h.Values(record.FacetFeature) {
			says[f] = true
		}
		for _, f := range h.Values(record.FacetLack) {
			says[f] = false
		}
		for _, c := range r.site.Vocabulary.Codes("feature") {
			has, said := says[c.Code]
			features[c.Code] = append(features[c.Code], r.featureCell(said, has))
		}
	}
	for _, c := range r.site.Vocabulary.Codes("feature") {
		if cells := features[c.Code]; anySaid(cells) {
			v.Compare = append(v.Compare, page.CompareRow{Feature: r.site.Vocabulary.Label("feature", c.Code, r.Lang), Cells: cells})
		}
	}
	return r.render(ctx, page.ListPage(v))
}

func anySaid(cells []page.Cell) bool {
	for _, c := range cells {
		if c.Said {
			return true
		}
	}
	return false
}

func (r *request) featureCell(said, has bool) page.Cell {
	c := page.Cell{Said: said, Has: has, Text: r.T("not_described")}
	if said {
		c.Text = r.T("system.no")
	}
	if said && has {
		c.Text = r.T("system.yes")
	}
	return c
}

func (s *Site) system(ctx context.Context, r *request) error {
	rec, err := r.find(ctx, hub.System, r.c.Params("slug"))
	if err != nil {
		return err
	}
	return s.systemPage(ctx, r, rec)
}

func (s *Site) systemPage(ctx context.Context, r *request, rec *hub.Record) error {
	body, err := record.Decode[system.System](rec.Body)
	if err != nil {
		return err
	}
	text, lang, err := textIn[system.Text](rec, r.Lang)
	if err != nil {
		return err
	}
	v := page.View{
		Base:  r.base(rec.In(r.Lang).Title, "", r.crumb("/systems", "foot.more.systems")),
		Plain: r.plain(rec, s.Vocabulary.Label("system-type", body.Type, r.Lang), lang),
	}
	v.Description = v.Summary
	if body.URL != "" {
		v.Outside = part.LinkTo{Href: body.URL, Text: r.T("system.open")}
	}
	v.Sections = r.systemSections(body, text, lang)
	return r.render(ctx, page.Page(v))
}

func (r *request) systemSections(b system.System, t system.Text, lang hub.Lang) []part.PlainSection {
	voc := r.site.Vocabulary
	d := details{request: r, prefix: "system.f.", lang: lang}
	d.said("owner", t.Owner)
	d.told("cost", voc.Label("cost", b.Cost, r.Lang))
	d.told("stage", voc.Label("stage", b.Stage, r.Lang))
	d.told("since", b.Since)
	var states []part.LinkTo
	var others []string
	for _, u := range b.UsedBy {
		c, err := hub.ParseState(u)
		if _, known := voc.State(c); err == nil && known {
			states = append(states, part.LinkTo{Href: r.stateHref(c), Text: voc.StateName(c, r.Lang)})
			continue
		}
		others = append(others, u)
	}
	d.linked("states", states)
	var users []string
	for _, n := range []struct {
		key string
		n   int
	}{{"institutions", b.UsersInstitutions}, {"people", b.UsersPeople}, {"states", b.UsersStates}} {
		if n.n > 0 {
			users = append(users, r.N("system.users."+n.key, n.n))
		}
	}
	d.told("users", append(users, others...)...)
	d.said("access", t.AccessPoints...)
	d.said("languages", t.Languages...)
	if heads := r.site.Records.Heads(r.viewer, hub.System, b.BuiltOn); len(heads) == 1 {
		d.linked("built_on", []part.LinkTo{{Href: r.link(heads[0]).Href, Text: r.link(heads[0]).Text}})
	}
	facts := d.take()
	var has, lacks []string
	for _, c := range voc.Codes("feature") {
		if yes, said := b.Features[c.Code]; said && yes {
			has = append(has, voc.Label("feature", c.Code, r.Lang))
		} else if said {
			lacks = append(lacks, voc.Label("feature", c.Code, r.Lang))
		}
	}
	d.told("has", has...)
	d.told("lacks", lacks...)
	d.said("contents", t.Contents...)
	d.said("filters", t.Filters...)
	d.said("planned", t.Planned...)
	d.said("limits", append(t.Limits, t.UsersNote)...)
	sections := []part.PlainSection{{ID: "facts", Heading: r.T("system.facts"), Facts: facts}}
	if does := d.take(); len(does) > 0 {
		sections = append(sections, part.PlainSection{ID: "does", Heading: r.T("system.does"), Facts: does})
	}
	return sections
}
