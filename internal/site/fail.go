package site

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/language"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/problem"
	"nmirfhub/web/layout"
)

// Fail answers an error that was met before any page, such as headers that
// are too large.
func (s *Site) Fail(c *fiber.Ctx, err error) error { return s.fail(c, err) }

// fail answers an error with a page that says what happened and what to do.
func (s *Site) fail(c *fiber.Ctx, err error) error {
	a := s.answer(c, err)
	if a.Bug {
		s.Log.LogAttrs(c.UserContext(), slog.LevelError, "failed", slog.String("id", requestID(c)), slog.String("route", c.Route().Path), slog.Any("error", err))
	}
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderContentEncoding)
	c.Response().Header.Del(fiber.HeaderContentDisposition)
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	if a.After > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, int(a.After.Seconds()))))
	}
	c.Status(a.Status)
	return s.render(context.WithoutCancel(c.UserContext()), c, layout.ProblemPage(s.problemPage(c, a)))
}

// answer is the table's answer, and Fiber's own errors in our words.
func (s *Site) answer(c *fiber.Ctx, err error) problem.Answer {
	var f *fiber.Error
	if errors.As(err, &f) {
		switch f.Code {
		case fiber.StatusNotFound:
			return problem.Of(hub.ErrNotFound, true)
		case fiber.StatusMethodNotAllowed, fiber.StatusRequestEntityTooLarge, fiber.StatusRequestHeaderFieldsTooLarge, fiber.StatusRequestURITooLong, fiber.StatusRequestTimeout:
			return problem.Answer{Status: f.Code, Key: "problem." + strconv.Itoa(f.Code)}
		}
		if f.Code < 500 {
			return problem.Answer{Status: f.Code, Key: "problem.400"}
		}
	}
	return problem.Of(err, c.Method() == fiber.MethodPost)
}

func (s *Site) problemPage(c *fiber.Ctx, a problem.Answer) layout.Problem {
	lang := s.language(c)
	r := &request{Printer: s.Catalogs.In(lang), site: s, c: c}
	r.viewer, r.session = identity(c)
	p := layout.Problem{Base: r.base(r.T(a.Key+".title"), ""), Status: a.Status, Heading: r.T(a.Key + ".title")}
	p.Path, p.Private = "/", true
	what := r.T(a.Key+".what", "field", s.fieldName(r, a.Field), "day", r.Day(a.Since))
	p.Say = []string{what, r.T(a.Key + ".do")}
	p.Acts = []layout.Link{{Href: r.href("/"), Text: r.T("problem.home")}}
	if a.Key == "problem.fresh" {
		p.Acts = append([]layout.Link{{Href: r.href("/signin?next=" + url.QueryEscape(c.Path())), Text: r.T("signin")}}, p.Acts...)
	}
	if a.Status == fiber.StatusForbidden || a.Status == fiber.StatusNotFound {
		if !r.viewer.SignedIn() {
			p.Acts = append(p.Acts, layout.Link{Href: r.href("/signin"), Text: r.T("problem.signin")})
		}
	}
	return p
}

// fieldName is the field in the reader's words, or as the address has it.
func (s *Site) fieldName(r *request, field string) string {
	if key := "field." + field; r.Has(key) {
		return r.T(key)
	}
	return field
}

// language is the language of the address, or the one in which somebody left
// to come back to an address without; else the best that the browser asks for.
func (s *Site) language(c *fiber.Ctx) hub.Lang {
	if l, ok := c.Locals(keyLanguage).(hub.Lang); ok {
		return l
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Path(), "/"), "/")
	if l, err := hub.ParseLang(first); err == nil {
		return l
	}
	return accepted(c.Get(fiber.HeaderAcceptLanguage))
}

var matcher = language.NewMatcher([]language.Tag{
	language.English, // the first is the one when nothing fits
	language.Arabic, language.Chinese, language.French, language.Russian, language.Spanish, language.Portuguese,
})

var matched = []hub.Lang{hub.English, hub.Arabic, hub.Chinese, hub.French, hub.Russian, hub.Spanish, hub.Portuguese}

func accepted(header string) hub.Lang {
	if len(header) > 500 {
		header = ""
	}
	_, i := language.MatchStrings(matcher, header)
	return matched[i]
}
