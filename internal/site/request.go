package site

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/member"
	"nmirfhub/web/layout"
)

// request is a page being answered: who asks, in which language, for what.
type request struct {
	*i18n.Printer
	site    *Site
	c       *fiber.Ctx
	viewer  hub.Viewer
	session member.Session // zero when nobody is signed in
	query   url.Values     // valid UTF-8, each single parameter once
	notice  string         // what the page says of its answer
	turned  []string       // what became of files that were brought and not attached
}

// handler answers a page.
type handler func(ctx context.Context, r *request) error

// get serves a page at a path under the language, and keeps what the public
// gets of it until the content changes.
func (s *Site) get(pages fiber.Router, path string, p handler) {
	pages.Get(path, s.keep, s.serve(p))
}

// serve makes a Fiber handler of a page.
func (s *Site) serve(p handler) fiber.Handler { return s.serveWithin(timeout, p) }

// serveWithin is serve for a page that may take so long.
func (s *Site) serveWithin(timeout time.Duration, p handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, err := s.request(c)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(c.UserContext(), timeout)
		defer cancel()
		return p(ctx, r)
	}
}

// request reads what every page needs. hub.ErrNotFound for an unknown
// language, hub.Invalid for a query that is no UTF-8 or says a thing twice.
func (s *Site) request(c *fiber.Ctx) (*request, error) {
	lang, err := hub.ParseLang(c.Params("lang"))
	if err != nil {
		return nil, hub.ErrNotFound
	}
	query, err := parseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return nil, err
	}
	r := &request{Printer: s.Catalogs.In(lang), site: s, c: c, query: query}
	r.viewer, r.session = identity(c)
	return r, nil
}

// MaxQuery is the greatest length of a query string in bytes.
const MaxQuery = 4 << 10

// repeatable are the parameters that may stand more than once in an address.
var repeatable = []string{"type", "language", "year", "publisher", "theme", "capacity", "challenge", "state", "region", "stage", "host", "status", "cost", "kind"}

func parseQuery(raw string) (url.Values, error) {
	if len(raw) > MaxQuery {
		return nil, &hub.Invalid{Field: "query", Reason: hub.ReasonTooLong, Limit: MaxQuery}
	}
	q, err := url.ParseQuery(raw)
	if err != nil {
		return nil, &hub.Invalid{Field: "query", Reason: hub.ReasonFormat}
	}
	for name, values := range q {
		if len(values) > 1 && !slices.Contains(repeatable, name) {
			return nil, &hub.Invalid{Field: name, Reason: hub.ReasonTaken}
		}
		for _, v := range append(values, name) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return nil, &hub.Invalid{Field: "query", Reason: hub.ReasonFormat}
			}
		}
	}
	return q, nil
}

// base is the frame of a page. door is the current entry of the masthead,
// empty for none; crumbs lead back from the page, home excluded.
func (r *request) base(title, door string, crumbs ...layout.Link) layout.Base {
	news, bell := r.bell()
	return layout.Base{
		Bell: bell, News: news, Desk: r.deskHref(),
		Printer: r.Printer, Title: title, Door: door, Crumbs: crumbs,
		Path: r.path(), Origin: r.site.Origin,
		Person: r.session.Name, CSRF: r.csrf(), RequestID: requestID(r.c), Notice: r.notice, Assets: r.site.layoutAssets(),
	}
}

// path is the address of the page without its language, with its query.
func (r *request) path() string {
	full := r.c.Path()
	path := "/"
	if i := strings.IndexByte(full[1:], '/'); i >= 0 {
		path = full[1+i:]
	}
	if len(r.query) > 0 {
		path += "?" + r.query.Encode()
	}
	return path
}

// href gives a path of the hub the language of the page.
func (r *request) href(path string) string { return "/" + string(r.Lang) + path }

// crumb leads back to a page of the hub, by its path and message key.
func (r *request) crumb(path, key string) layout.Link {
	return layout.Link{Href: r.href(path), Text: r.T(key)}
}

// render answers with a page. It is written to memory first, so that an error
// on the way never leaves half a page.
func (r *request) render(ctx context.Context, page templ.Component) error {
	return r.site.render(ctx, r.c, page)
}

func (s *Site) render(ctx context.Context, c *fiber.Ctx, page templ.Component) error {
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	if err := page.Render(ctx, buf); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return c.Send(append([]byte(nil), buf.Bytes()...))
}
