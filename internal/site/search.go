package site

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/search"
)

func (s *Site) searchRoutes(pages fiber.Router) {
	s.get(pages, "/search", s.search)
}

// searched are the kinds that a question is put to, in the order of answers.
var searched = []hub.Kind{hub.Practice, hub.Publication, hub.Resource, hub.Mechanism, hub.System, hub.Event, hub.Network}

// firstHits is how many answers of each kind a question shows at first.
const firstHits = 5

// search answers a question over titles and summaries, in every language.
func (s *Site) search(ctx context.Context, r *request) error {
	words := strings.TrimSpace(r.query.Get("q"))
	if utf8.RuneCountInString(words) > record.MaxQuestion {
		return &hub.Invalid{Field: "q", Reason: hub.ReasonTooLong, Limit: record.MaxQuestion}
	}
	kinds, err := kindsOf(r.query["kind"])
	if err != nil {
		return err
	}
	v := page.View{Base: r.base(r.T("search.title"), ""), Words: words, Doors: r.doorLinks()}
	v.WithoutSearch, v.Private = true, true
	if len(record.Words(words)) == 0 {
		return r.render(ctx, page.Page(v))
	}
	v.Asked, v.Title = true, r.T("search.title.for", "words", words)
	if err := s.find(r, &v, words, kinds); err != nil {
		return err
	}
	return r.render(ctx, page.Page(v))
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

// find puts the question to every kind and fills the page with the answers.
func (s *Site) find(r *request, v *page.View, words string, chosen []hub.Kind) error {
	total := 0
	all := page.Tab{Link: layout.Link{Href: r.question(words, ""), Text: r.T("search.all")}, Current: len(chosen) == 0}
	tabs := []page.Tab{}
	for _, k := range searched {
		q := record.Query{Kind: k, Words: words, Limit: firstHits}
		alone := len(chosen) == 1 && chosen[0] == k
		if alone {
			q.Limit, q.After, q.Before = record.DefaultPage, r.query.Get("after"), r.query.Get("before")
		}
		l, err := s.Records.List(r.viewer, q)
		if err != nil {
			return err
		}
		if l.Total == 0 {
			continue
		}
		total += l.Total
		name := r.T("search.g." + string(k))
		tabs = append(tabs, page.Tab{Link: layout.Link{Href: r.question(words, k), Text: name}, Count: r.Number(l.Total), Current: slices.Contains(chosen, k)})
		if len(chosen) > 0 && !slices.Contains(chosen, k) {
			continue
		}
		g := page.Group{Name: name, Hits: r.hits(l.Heads)}
		if l.Total > len(l.Heads) && !alone {
			g.More = layout.Link{Href: r.question(words, k), Text: r.N("search.more", l.Total, "door", name)}
		}
		if alone {
			v.Pager = pagerOf(address{r.href("/search"), url.Values{"q": {words}, "kind": {string(k)}}}, q, l)
		}
		v.Groups = append(v.Groups, g)
	}
	all.Count = r.Number(total)
	v.Kinds = append([]page.Tab{all}, tabs...)
	v.Total, v.Nothing = r.N("search.total", total), total == 0
	if v.Nothing {
		v.Fewer = r.fewer(words)
	}
	return nil
}

func (r *request) question(words string, k hub.Kind) string {
	q := url.Values{"q": {words}}
	if k != "" {
		q.Set("kind", string(k))
	}
	return r.href("/search?" + q.Encode())
}

func (r *request) hits(heads []*record.Head) []page.Hit {
	var hits []page.Hit
	for _, h := range heads {
		t := h.In(r.Lang)
		hit := page.Hit{Link: r.link(h), Summary: t.Summary, Locked: r.lockOf(h.Tier), Meta: r.joined(r.T("kind."+string(h.Kind)), r.statesOf(h), r.Date(h.Date))}
		hit.Lang, hit.Dir = langDir(t.Lang)
		hits = append(hits, hit)
	}
	return hits
}

// fewer are questions with one word less, for one that nothing answers.
func (r *request) fewer(words string) []layout.Link {
	all := strings.Fields(words)
	if len(all) < 2 {
		return nil
	}
	var links []layout.Link
	for i := range all[:min(len(all), 6)] {
		less := strings.Join(append(slices.Clone(all[:i]), all[i+1:]...), " ")
		links = append(links, layout.Link{Href: r.question(less, ""), Text: less})
	}
	return links
}

func (r *request) doorLinks() []layout.Link {
	return []layout.Link{
		r.crumb("/practices", "door.practices"), r.crumb("/library", "door.library"), r.crumb("/mechanisms", "door.mechanisms"),
		r.crumb("/toolkit", "door.toolkit"), r.crumb("/glossary", "foot.help.glossary"),
	}
}
