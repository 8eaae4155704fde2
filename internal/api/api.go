// Package api is the hub as JSON under /api/v1: the same services as the
// pages, the same rights, and problem details (RFC 9457) for what goes wrong.
package api

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/problem"
)

// API answers requests. Its fields are set once, before Routes.
type API struct {
	Finder  *finder.Service
	Discuss *discuss.Service
	Origin  string                                            // public address without a slash at the end
	Viewer  func(*fiber.Ctx) hub.Viewer                       // who asks from a page
	Genuine func(*fiber.Ctx) error                            // whether an act by cookie comes from a page of ours
	Token   func(context.Context, string) (hub.Viewer, error) // for whom a program asks; hub.ErrNotFound for nobody
	Report  func(c *fiber.Ctx, cause error)                   // told of errors that are ours
	Say     func(lang hub.Lang, key string) string            // a message in a language
}

// timeout is how long an answer may take.
const timeout = 5 * time.Second

// maxQuery is the greatest length of a query string in bytes.
const maxQuery = 4 << 10

// Routes joins the API to a router that stands at /api/v1 and knows who asks.
func (a *API) Routes(r fiber.Router) {
	r.Get("/search", a.answer(a.search))
	r.Get("/suggest", a.answer(a.suggest))
	r.Get("/spaces", a.answer(a.spaces))
	r.Get("/spaces/:space/threads", a.answer(a.threads))
	r.Post("/spaces/:space/threads", a.answer(a.newThread))
	r.Get("/threads/:thread/posts", a.answer(a.posts))
	r.Post("/threads/:thread/posts", a.answer(a.newPost))
	r.Use(a.answer(func(context.Context, asked) (any, error) { return nil, hub.ErrNotFound }))
}

// asked is a request as the handlers see it.
type asked struct {
	viewer hub.Viewer
	query  url.Values // valid UTF-8
	lang   hub.Lang   // parameter lang; English where it is absent
	params map[string]string
	body   []byte // of a POST, JSON
	key    string // Idempotency-Key; empty for none
}

// created is an answer that says that something is new.
type created struct{ value any }

type handler func(context.Context, asked) (any, error)

// answer sends what a handler returns, or the problem.
func (a *API) answer(h handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "private, no-store")
		q, err := parse(c)
		if err != nil {
			return a.fail(c, q.lang, err)
		}
		ctx, cancel := context.WithTimeout(c.UserContext(), timeout)
		defer cancel()
		if q.viewer, err = a.viewer(ctx, c); err != nil {
			return a.fail(c, q.lang, err)
		}
		if err := a.sent(c, &q); err != nil {
			return a.fail(c, q.lang, err)
		}
		v, err := h(ctx, q)
		if err != nil {
			return a.fail(c, q.lang, err)
		}
		if x, is := v.(created); is {
			return c.Status(fiber.StatusCreated).JSON(x.value)
		}
		return c.JSON(v)
	}
}

// sent fills in what an act sends with it. One by cookie must come from a page
// of the hub; one by token bears its own proof.
func (a *API) sent(c *fiber.Ctx, q *asked) error {
	q.params = c.AllParams()
	if c.Method() != fiber.MethodPost {
		return nil
	}
	if c.Get(fiber.HeaderAuthorization) == "" {
		if err := a.Genuine(c); err != nil {
			return err
		}
	}
	if mime, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";"); mime != fiber.MIMEApplicationJSON {
		return &hub.Invalid{Field: "Content-Type", Reason: hub.ReasonFormat}
	}
	q.body, q.key = c.Body(), c.Get("Idempotency-Key")
	return nil
}

// viewer is for whom a request is: of a token, else of a page. A token that is
// nobody's is hub.ErrForbidden, and no request of the public: who sent it
// expects more.
func (a *API) viewer(ctx context.Context, c *fiber.Ctx) (hub.Viewer, error) {
	header := c.Get(fiber.HeaderAuthorization)
	if header == "" {
		return a.Viewer(c), nil
	}
	v, err := a.Token(ctx, strings.TrimPrefix(header, "Bearer "))
	if errors.Is(err, hub.ErrNotFound) {
		return hub.Public, hub.ErrForbidden
	}
	return v, err
}

func parse(c *fiber.Ctx) (asked, error) {
	q := asked{lang: hub.English}
	raw := c.Request().URI().QueryString()
	if len(raw) > maxQuery {
		return q, &hub.Invalid{Field: "query", Reason: hub.ReasonTooLong, Limit: maxQuery}
	}
	var err error
	if q.query, err = url.ParseQuery(string(raw)); err != nil {
		return q, &hub.Invalid{Field: "query", Reason: hub.ReasonFormat}
	}
	for name, values := range q.query {
		for _, v := range append(slices.Clone(values), name) {
			if !utf8.ValidString(v) {
				return q, &hub.Invalid{Field: "query", Reason: hub.ReasonFormat}
			}
		}
	}
	if l := q.query.Get("lang"); l != "" {
		if q.lang, err = hub.ParseLang(l); err != nil {
			q.lang = hub.English
			return q, err
		}
	}
	return q, nil
}

// details is a problem as RFC 9457 has it.
type details struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Field  string `json:"field,omitempty"`
}

func (a *API) fail(c *fiber.Ctx, l hub.Lang, err error) error {
	p := problem.Of(err, false)
	if p.Status == fiber.StatusForbidden && !a.Viewer(c).SignedIn() {
		p.Status = fiber.StatusUnauthorized
	}
	if p.Bug {
		a.Report(c, err)
	}
	if p.After > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(p.After.Seconds())))
	}
	d := details{Title: a.Say(l, p.Key+".title"), Status: p.Status, Field: p.Field}
	if p.Field != "" {
		d.Detail = err.Error()
	}
	if err := c.Status(p.Status).JSON(d); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	return nil
}
