package site

import (
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	page "nmirfhub/web/page/moderation"
)

func (s *Site) moderationRoutes(pages fiber.Router) {
	s.get(pages, "/moderation/unanswered", s.unanswered)
}

// mostUnanswered is how many questions the list shows.
const mostUnanswered = 200

// unanswered is the list of questions that nothing answered, for
// moderators; to everybody else there is no such page.
func (s *Site) unanswered(ctx context.Context, r *request) error {
	missed, err := s.Missed.MostMissed(ctx, r.viewer, mostUnanswered)
	if err != nil {
		return err
	}
	v := page.UnansweredView{Base: r.base(r.T("unanswered.title"), "")}
	v.Private = true
	for _, m := range missed {
		v.Rows = append(v.Rows, page.Row{
			Href: "/" + string(m.Lang) + "/search?" + url.Values{"q": {m.Words}}.Encode(), Words: m.Words, Lang: r.languageName(string(m.Lang)),
			Times: r.Number(int(m.N)), Last: r.Date(m.Last),
		})
	}
	return r.render(ctx, page.UnansweredPage(v))
}
