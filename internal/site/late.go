package site

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/contribute"
)

// latePage gives back what was typed into a form of a record that cannot be
// changed any more, as far as it is not there already.
func (s *Site) latePage(ctx context.Context, r *request, x *question.Section, lang hub.Lang) error {
	rec, set, err := s.contributed(ctx, r)
	if err != nil {
		return s.gonePage(ctx, r, err)
	}
	back := layout.Link{Href: r.href(contributionPath(rec)), Text: titleIn(rec, lang)}
	v := page.LateView{
		Base: r.base(r.T("contribute.late"), "", r.crumb("/contribute", "contribute.title"), back), Heading: back.Text,
		Why: r.T("contribute.late.why"), Back: layout.Link{Href: back.Href, Text: r.T("contribute.late.back")},
	}
	v.Lang, v.Dir = langDir(lang)
	v.Private, v.Members = true, true
	for _, g := range r.given(x) {
		q := set.Question(g.Question)
		if question.Mark(g.Answer) != question.Mark(q.Get(rec, lang)) {
			v.Typed = append(v.Typed, page.Typed{Ask: q.Ask.In(r.Lang), Lines: r.answerLines(rec, q, g.Answer)})
		}
	}
	r.c.Status(fiber.StatusConflict)
	return r.render(ctx, page.LatePage(v))
}

// gonePage gives back what was typed into a form of a record that its reader
// may not read any more. It is made of what was sent alone, and so the same for
// a record that never was. Any other error, or a form in which nothing was
// changed, is err.
func (s *Site) gonePage(ctx context.Context, r *request, err error) error {
	json := r.c.Get(fiber.HeaderAccept) == fiber.MIMEApplicationJSON // the page keeps what was typed
	if json || !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrForbidden) {
		return err
	}
	names := r.typedNames()
	var codes []string
	for _, name := range names {
		if code, is := strings.CutPrefix(name, "seen."); is && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	set := s.askedFor(r, codes)
	v := page.LateView{
		Base: r.base(r.T("contribute.late"), "", r.crumb("/contribute", "contribute.title")), Why: r.T("contribute.gone.why"),
		Back: layout.Link{Href: r.href("/contribute"), Text: r.T("contribute.gone.back")},
	}
	v.Private, v.Members = true, true
	for _, code := range codes {
		if set == nil { // of questions that are not known here: as it was sent
			v.Typed = append(v.Typed, page.Typed{Ask: code, Lines: r.typedOf(names, code)})
			continue
		}
		q := questionOf(set, code)
		a, _, left := r.read(q)
		if question.Mark(a) == r.typed("seen."+code) && left == "" {
			continue
		}
		lines := r.answerLines(&hub.Record{}, q, a)
		if left != "" {
			lines = append(lines, strings.Split(left, "\n")...)
		}
		v.Typed = append(v.Typed, page.Typed{Ask: q.Ask.In(r.Lang), Lines: lines})
	}
	v.Typed = slices.DeleteFunc(v.Typed, func(x page.Typed) bool { return len(x.Lines) == 0 })
	if len(v.Typed) == 0 {
		return err
	}
	r.c.Status(fiber.StatusNotFound)
	return r.render(ctx, page.LatePage(v))
}

// typedNames are the names of the fields that were sent, in their order as far
// as it is known.
func (r *request) typedNames() []string {
	var all []string
	for name := range r.c.Request().PostArgs().All() {
		all = append(all, string(name))
	}
	if form, err := r.c.MultipartForm(); err == nil {
		var more []string
		for name := range form.Value {
			more = append(more, name)
		}
		slices.Sort(more)
		all = append(all, more...)
	}
	return all
}

// typedOf is what was typed into the fields of a question.
func (r *request) typedOf(names []string, code string) []string {
	var lines []string
	for _, name := range slices.Compact(slices.Clone(names)) {
		if name == code || strings.HasPrefix(name, code+".") || name == question.LinesField(code) {
			for _, value := range r.typedAll(name) {
				if value = strings.TrimSpace(value); value != "" {
					lines = append(lines, strings.Split(value, "\n")...)
				}
			}
		}
	}
	return lines
}

// askedFor is the version of questions that has all of the codes, of those that
// the viewer may be asked; nil for none.
func (s *Site) askedFor(r *request, codes []string) *question.Set {
	for _, k := range s.Writing.Kinds() {
		newest := s.Writing.Sets.For(k, r.viewer.Mechanism)
		all := slices.Clone(s.Writing.Sets.Versions(k))
		slices.Reverse(all)
		for _, set := range all {
			if newest != nil && set.Version <= newest.Version && !slices.ContainsFunc(codes, func(c string) bool { return !set.Asks(c) }) {
				return set
			}
		}
	}
	return nil
}

func questionOf(set *question.Set, code string) *question.Question {
	all := set.Whole()
	return all[slices.IndexFunc(all, func(q *question.Question) bool { return q.Code == code })]
}
