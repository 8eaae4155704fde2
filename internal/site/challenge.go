package site

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/challenge"
	"nmirfhub/web/part"
)

func (s *Site) challengeRoutes(pages fiber.Router) {
	s.get(pages, "/challenges", s.challenges)
	s.get(pages, "/challenges/:code", s.challenge)
}

// challenges is the list of difficulties from which a reader may start.
func (s *Site) challenges(ctx context.Context, r *request) error {
	found, err := s.Records.List(r.viewer, record.Query{Kind: hub.Practice, Limit: 1})
	if err != nil {
		return err
	}
	v := page.ListView{Base: r.base(r.T("challenges.title"), "practices", r.crumb("/practices", "door.practices"))}
	v.Description = r.T("challenges.description")
	for _, c := range s.Vocabulary.Codes("challenge") {
		i := page.Item{Link: layout.Link{Href: r.href("/challenges/" + c.Code), Text: s.Vocabulary.Label("challenge", c.Code, r.Lang)}, Note: r.T("challenges.none")}
		if n := found.Counts[record.FacetChallenge][c.Code]; n > 0 {
			i.Note = r.N("challenges.practices", n)
		}
		v.Items = append(v.Items, i)
	}
	return r.render(ctx, page.ListPage(v))
}

// Rows of the sections of a difficulty.
const (
	challengePractices    = 8
	challengeResources    = 5
	challengePublications = 5
)

// challenge is what the hub has on one difficulty: practices that name it,
// tools that rest on them or speak of it, publications that speak of it.
func (s *Site) challenge(ctx context.Context, r *request) error {
	code := r.c.Params("code")
	if !s.Vocabulary.Known("challenge", code) {
		return hub.ErrNotFound
	}
	name := s.Vocabulary.Label("challenge", code, r.Lang)
	v := page.View{
		Base:   r.base(name, "practices", r.crumb("/challenges", "challenges.title")),
		Search: layout.Link{Href: r.question(name), Text: r.T("challenge.search")},
		People: []layout.Link{r.crumb("/experts", "challenge.people.experts"), r.crumb("/discuss", "challenge.people.discuss")},
	}
	v.Description = r.T("challenges.description")
	practices, err := s.Records.List(r.viewer, record.Query{
		Kind: hub.Practice, Filter: map[record.Facet][]string{record.FacetChallenge: {code}}, Limit: challengePractices,
	})
	if err != nil {
		return err
	}
	v.Practices = r.rowsOf(practices.Heads)
	v.All = layout.Link{Href: r.href("/practices?challenge=" + code), Text: r.N("challenge.all", practices.Total)}
	if v.Resources, err = s.challengeRows(ctx, r, hub.Resource, name, practices.Heads, challengeResources); err != nil {
		return err
	}
	if v.Publications, err = s.challengeRows(ctx, r, hub.Publication, name, nil, challengePublications); err != nil {
		return err
	}
	return r.render(ctx, page.Page(v))
}

// challengeRows are records of a kind: those that rest on the practices, then
// those that speak of the difficulty. Without an index there are fewer.
func (s *Site) challengeRows(ctx context.Context, r *request, k hub.Kind, name string, on []*record.Head, most int) ([]part.Row, error) {
	var heads []*record.Head
	seen := map[string]bool{}
	add := func(all []*record.Head) {
		for _, h := range all {
			if !seen[h.ID] && len(heads) < most {
				seen[h.ID] = true
				heads = append(heads, h)
			}
		}
	}
	if len(on) > 0 {
		var slugs []string
		for _, p := range on {
			slugs = append(slugs, p.Slug)
		}
		l, err := s.Records.List(r.viewer, record.Query{Kind: k, Filter: map[record.Facet][]string{record.FacetPractice: slugs}, Limit: most})
		if err != nil {
			return nil, err
		}
		add(l.Heads)
	}
	l, _, err := s.Finder.List(ctx, r.viewer, finder.Ask{Words: name, Lang: r.Lang, Kinds: []hub.Kind{k}, Size: most})
	if err != nil && !errors.Is(err, hub.ErrUnavailable) {
		return nil, err
	}
	add(l.Heads)
	return r.rowsOf(heads), nil
}

func (r *request) rowsOf(heads []*record.Head) []part.Row {
	var rows []part.Row
	for _, h := range heads {
		t := h.In(r.Lang)
		row := part.Row{
			Href: r.link(h).Href, Text: t.Title, Summary: t.Summary, Locked: r.lockOf(h.Tier), Meta: r.joined(r.statesOf(h), r.Date(h.Date)),
		}
		row.Lang, row.Dir = langDir(t.Lang)
		rows = append(rows, row)
	}
	return rows
}
