package site

import (
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/desk"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/moderation"
)

func (s *Site) moderationRoutes(pages fiber.Router) {
	for _, q := range queues {
		pages.Get(q.path(), s.serve(func(ctx context.Context, r *request) error { return s.deskPage(ctx, r, q, nil) }))
	}
	pages.Post("/moderation", s.serve(s.actAtDesk))
	pages.Post("/moderation/people", s.serve(s.decidePeople))
	s.questionsRoutes(pages)
	pages.Get("/moderation/figures", s.serve(s.figures))
	pages.Get("/moderation/figures.csv", s.serve(s.exportFigures))
	pages.Get("/admin/acts", s.serve(s.acts))
	pages.Get("/admin/acts.csv", s.serve(s.exportActs))
	pages.Get("/admin/glass", s.serve(s.glass))
	pages.Post("/admin/glass", s.serve(s.breakGlass))
	pages.Get("/admin/accounts", s.serve(s.accounts))
	pages.Post("/admin/accounts", s.serve(s.measure))
}

// queue is the desk narrowed to some kinds, at an address of its own.
type queue struct {
	name  string // as the address has it; empty: all that waits
	key   string // of its title
	kinds []desk.Kind
	more  func(*Site, context.Context, *request, *page.DeskView, map[string]string) error // what it shows besides; may be nil
}

func (q queue) path() string {
	if q.name == "" {
		return "/moderation"
	}
	return "/moderation/" + q.name
}

// queues are those there are. The first has all that waits.
var queues = []queue{
	{"", "desk.all", nil, nil},
	{"records", "moderation.records", []desk.Kind{desk.Record}, nil},
	{"people", "moderation.people.title", []desk.Kind{desk.Request, desk.Nomination, desk.Seats}, (*Site).joining},
	{"experts", "experts.offered", []desk.Kind{desk.Expert}, nil},
	{"posts", "posts.title", []desk.Kind{desk.Reported, desk.Held, desk.Summary}, nil},
	{"unanswered", "unanswered.title", []desk.Kind{desk.Question}, (*Site).missed},
	{"archive", "desk.archive", []desk.Kind{desk.Due}, nil},
}

// queueNamed is the queue with a name; that of all for an unknown one.
func queueNamed(name string) queue {
	for _, q := range queues {
		if q.name == name {
			return q
		}
	}
	return queues[0]
}

// tabs lead from one page of the moderators to the others. counts are how many
// wait of each kind; nil where a page does not know.
func (r *request) tabs(path string, counts map[desk.Kind]int) []layout.Tab {
	var all []layout.Tab
	for _, q := range queues {
		t := layout.Tab{Link: r.crumb(q.path(), q.key), Current: q.path() == path}
		if q.name == "" {
			t.Text = r.T("desk.tab.all")
		}
		if counts != nil {
			n := 0
			for k, waits := range counts {
				if q.has(k) {
					n += waits
				}
			}
			t.Count = r.Number(n)
		}
		all = append(all, t)
	}
	for _, x := range []struct{ path, key string }{{"/moderation/spaces", "rooms.title"}, {questionsPath, "questions.title"}, {"/moderation/figures", "figures.title"}} {
		all = append(all, layout.Tab{Link: r.crumb(x.path, x.key), Current: x.path == path})
	}
	return all
}

func (q queue) has(k desk.Kind) bool {
	for _, has := range q.kinds {
		if has == k {
			return true
		}
	}
	return q.kinds == nil
}

// mostMissed is how many searches without an answer the list shows.
const mostMissed = 200

// missed is what people searched for and did not find.
func (s *Site) missed(ctx context.Context, r *request, v *page.DeskView, _ map[string]string) error {
	all, err := s.Missed.MostMissed(ctx, r.viewer, mostMissed)
	if err != nil {
		return err
	}
	var rows []page.Row
	for _, m := range all {
		rows = append(rows, page.Row{
			Href: "/" + string(m.Lang) + "/search?" + url.Values{"q": {m.Words}}.Encode(), Words: m.Words, Lang: r.languageName(string(m.Lang)),
			Times: r.Number(int(m.N)), Last: r.Date(m.Last),
		})
	}
	v.Below = append(v.Below, page.Missed(v.Base, rows))
	return nil
}

// deskHref is where the desk is, for who has one.
func (r *request) deskHref() string {
	if r.site.Desk == nil || !r.site.Desk.May(r.viewer) {
		return ""
	}
	return r.href("/moderation")
}
