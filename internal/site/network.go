package site

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/network"
	"nmirfhub/internal/record"
	page "nmirfhub/web/page/network"
	"nmirfhub/web/part"
)

func (s *Site) networkRoutes(pages fiber.Router) {
	s.get(pages, "/networks", s.networkList)
	s.get(pages, "/networks/:slug", s.network)
}

func (s *Site) networkList(ctx context.Context, r *request) error {
	list, err := s.list(ctx, r, listing{kind: hub.Network, path: "/networks", order: record.ByTitle, limit: record.MaxPage})
	if err != nil {
		return err
	}
	v := page.ListView{Base: r.base(r.T("network.title"), ""), Total: r.N("network.total", list.total)}
	v.Description = r.T("network.description")
	for _, h := range list.heads {
		v.Rows = append(v.Rows, r.row(h, s.Vocabulary.Label("network-status", h.Value(record.FacetStatus), r.Lang)))
	}
	return r.render(ctx, page.ListPage(v))
}

func (s *Site) network(ctx context.Context, r *request) error {
	rec, err := r.find(ctx, hub.Network, r.c.Params("slug"))
	if err != nil {
		return err
	}
	return s.networkPage(ctx, r, rec)
}

func (s *Site) networkPage(ctx context.Context, r *request, rec *hub.Record) error {
	b, err := record.Decode[network.Network](rec.Body)
	if err != nil {
		return err
	}
	t, lang, err := textIn[network.Text](rec, r.Lang)
	if err != nil {
		return err
	}
	status := s.Vocabulary.Label("network-status", b.Status, r.Lang)
	v := page.View{Base: r.base(rec.In(r.Lang).Title, "", r.crumb("/networks", "foot.more.networks")), Plain: r.plain(rec, r.T("kind.network"), lang)}
	v.Description = v.Summary
	d := details{request: r, prefix: "network.f.", lang: lang}
	d.told("status", status)
	d.said("form", t.Form)
	d.told("since", b.Since)
	d.said("founders", t.Founders...)
	if b.Members > 0 {
		d.said("members", r.T("network.members", "n", r.Number(b.Members), "unit", t.MembersUnit))
	}
	d.linked("named", linksTo(r.stateLinks(b.Named)))
	d.said("others", t.Others...)
	facts := d.take()
	d.said("rhythm", t.Rhythm)
	d.said("secretariat", t.Secretariat)
	d.said("instruments", t.Instruments...)
	d.said("strengths", t.Strengths...)
	d.said("limits", t.Limits...)
	d.said("lessons", t.Lessons...)
	v.Sections = []part.PlainSection{
		{ID: "facts", Heading: r.T("network.facts"), Facts: facts},
		{ID: "how", Heading: r.T("network.how"), Facts: d.take()},
	}
	return r.render(ctx, page.Page(v))
}
