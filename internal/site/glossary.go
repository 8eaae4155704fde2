package site

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/vocabulary"
	page "nmirfhub/web/page/glossary"
)

func (s *Site) glossaryRoutes(pages fiber.Router) {
	s.get(pages, "/glossary", s.glossary)
}

func (s *Site) glossary(ctx context.Context, r *request) error {
	v := page.View{Base: r.base(r.T("glossary.title"), ""), Words: strings.TrimSpace(r.query.Get("q"))}
	if utf8.RuneCountInString(v.Words) > record.MaxQuestion {
		return &hub.Invalid{Field: "q", Reason: hub.ReasonTooLong, Limit: record.MaxQuestion}
	}
	v.Description = r.T("glossary.description")
	words, total := record.Words(v.Words), 0
	for _, c := range s.Vocabulary.Codes("glossary-category") {
		g := page.Group{ID: c.Code, Name: s.Vocabulary.Label("glossary-category", c.Code, r.Lang)}
		for _, t := range s.Vocabulary.Glossary(r.Lang) {
			if t.Category == c.Code && holds(t, words) {
				g.Terms = append(g.Terms, r.term(t))
			}
		}
		if total += len(g.Terms); len(g.Terms) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	v.Total = r.N("glossary.total", total)
	return r.render(ctx, page.Page(v))
}

func holds(t vocabulary.Term, words []string) bool {
	text := record.Fold(t.Term + " " + t.Abbreviation + " " + t.Definition + " " + t.English)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func (r *request) term(t vocabulary.Term) page.Term {
	x := page.Term{ID: t.ID, Term: t.Term, Abbreviation: t.Abbreviation, Definition: t.Definition}
	x.Lang, x.Dir = langDir(t.Lang)
	if r.Lang != hub.English && t.Lang != hub.English {
		x.English = t.English
	}
	return x
}
