// Package api is the hub as JSON under /api/v1: the same services as the
// pages, the same rights, and problem details (RFC 9457) for what goes wrong.
package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/pace"
	"nmirfhub/internal/record"
	"nmirfhub/internal/vocabulary"
)

// API answers requests. Its fields are set once, before Routes.
type API struct {
	Finder  *finder.Service
	Discuss *discuss.Service
	Records *record.Service
	Writing *contribute.Service
	Words   *vocabulary.Set
	Origin  string                                            // public address without a slash at the end
	Viewer  func(*fiber.Ctx) hub.Viewer                       // who asks from a page
	Genuine func(*fiber.Ctx) error                            // whether an act by cookie comes from a page of ours
	Token   func(context.Context, string) (hub.Viewer, error) // for whom a program asks; hub.ErrNotFound for nobody
	Report  func(c *fiber.Ctx, cause error)                   // told of errors that are ours
	Say     func(lang hub.Lang, key string, args ...string) string
	Now     func() time.Time

	tables pace.Pace
}

// timeout is how long an answer may take.
const timeout = 5 * time.Second

// maxQuery is the greatest length of a query string in bytes.
const maxQuery = 4 << 10

// route is an address of the API.
type route struct {
	method, path string
	query        []string // the parameters that it looks at
	public       bool     // caches may keep what the public gets
	do           handler
}

// routes are all of them. openapi.yaml describes each.
func (a *API) routes() []route {
	const get, post, put = fiber.MethodGet, fiber.MethodPost, fiber.MethodPut
	narrow := []string{"lang", "kind", "q"}
	for _, f := range filters {
		narrow = append(narrow, string(f))
	}
	in := []string{"lang"}
	const one = "/records/:kind/:slug"
	all := []route{
		{get, "/records", slices.Concat(narrow, []string{"cursor", "limit"}), true, a.records},
		{post, "/records/:kind", in, false, a.newRecord},
		{get, one, in, true, a.record},
		{put, one, in, false, a.putRecord},
		{get, one + "/history", in, false, a.history},
		{get, "/questions/:kind", in, true, a.questions},
		{get, "/states", in, true, a.states},
		{get, "/mechanisms.csv", in, true, a.table(hub.Mechanism)},
		{get, "/practices.csv", in, true, a.table(hub.Practice)},
		{get, "/publications.csv", in, true, a.table(hub.Publication)},
		{get, "/openapi.json", nil, true, a.describe},
		{get, "/search", slices.Concat(narrow, []string{"space", "sort", "page", "limit"}), false, a.search},
		{get, "/suggest", []string{"lang", "q"}, false, a.suggest},
		{get, "/spaces", in, false, a.spaces},
		{get, "/spaces/:space/threads", []string{"lang", "tag", "cursor"}, false, a.threads},
		{post, "/spaces/:space/threads", in, false, a.newThread},
		{get, "/threads/:thread/posts", []string{"lang", "after", "limit"}, false, a.posts},
		{post, "/threads/:thread/posts", in, false, a.newPost},
		{get, postPath, in, false, a.onePost},
		{put, postPath, in, false, a.putPost},
		{get, postPath + "/before", in, false, a.before},
		{get, summaryPath, in, false, a.summary},
		{put, summaryPath, in, false, a.putSummary},
		{get, summaryPath + "/history", in, false, a.summaryHistory},
		{post, summaryPath + "/history/:number/restore", in, false, a.restore},
		{post, summaryPath + "/proposals", in, false, a.propose},
		{post, proposalPath + "/accept", in, false, a.accept},
		{post, proposalPath + "/aside", in, false, a.setAside},
		{post, proposalPath + "/withdraw", in, false, a.withdraw},
	}
	for name, do := range a.acts() {
		all = append(all, route{post, one + "/" + name, in, false, do})
	}
	return all
}

// Routes joins the API to a router that stands at /api/v1 and knows who asks.
func (a *API) Routes(r fiber.Router) {
	for _, x := range a.routes() {
		if x.method == fiber.MethodGet {
			r.Get(x.path, a.answer(x))
			continue
		}
		r.Add(x.method, x.path, a.answer(x))
	}
	r.Use(a.answer(route{do: func(context.Context, asked) (any, error) { return nil, hub.ErrNotFound }}))
}

// asked is a request as the handlers see it.
type asked struct {
	viewer hub.Viewer
	query  url.Values // valid UTF-8; only what the route looks at
	lang   hub.Lang   // parameter lang; English where it is absent
	params map[string]string
	body   []byte // of an act: JSON, or nothing
	key    string // Idempotency-Key; empty for none
	match  string // If-Match; empty for none
	from   string // the person, or the network of the public
	plain  bool   // it bears nothing that says who asks
}

// reply is an answer that is more than a value.
type reply struct {
	status int    // 0 for 200
	tag    string // names what is sent, for conditional requests
	part   bool   // the tag names the part that an act changes: what is sent may differ, and always is
	at     string // where it is found
	value  any
	file   *file // instead of a value
}

// file is an answer to be saved.
type file struct {
	name, contentType string
	content           []byte
}

type handler func(context.Context, asked) (any, error)

// private is for answers that are somebody's.
const private = "private, no-store"

// answer sends what a handler returns, or the problem.
func (a *API) answer(x route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, private)
		q, err := parse(c)
		if err != nil {
			return a.fail(c, q, err)
		}
		maps.DeleteFunc(q.query, func(name string, _ []string) bool { return !slices.Contains(x.query, name) })
		ctx, cancel := context.WithTimeout(c.UserContext(), timeout)
		defer cancel()
		if q.viewer, err = a.viewer(ctx, c); err != nil {
			return a.fail(c, q, err)
		}
		q.from = cmp.Or(q.viewer.Person, network(c.IP()))
		if err := a.sent(c, &q); err != nil {
			return a.fail(c, q, err)
		}
		v, err := x.do(ctx, q)
		if err != nil {
			return a.fail(c, q, err)
		}
		return a.send(c, x, q, v)
	}
}

// send answers with a value. What the public gets may be kept by whoever asks
// each time whether it still holds.
func (a *API) send(c *fiber.Ctx, x route, q asked, v any) error {
	r, is := v.(reply)
	if !is {
		r = reply{value: v}
	}
	if r.file == nil {
		raw, err := json.Marshal(r.value)
		if err != nil {
			return a.fail(c, q, err)
		}
		r.file = &file{contentType: fiber.MIMEApplicationJSON, content: raw}
	}
	if x.public {
		c.Set(fiber.HeaderVary, "Authorization, Cookie")
		if q.plain {
			c.Set(fiber.HeaderCacheControl, "public, no-cache")
		}
		if r.tag == "" {
			sum := sha256.Sum256(r.file.content)
			r.tag = base64.RawURLEncoding.EncodeToString(sum[:12])
		}
	}
	if r.tag != "" {
		c.Set(fiber.HeaderETag, `"`+r.tag+`"`)
		if !r.part && known(c.Get(fiber.HeaderIfNoneMatch), r.tag) && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) {
			return c.SendStatus(fiber.StatusNotModified)
		}
	}
	if r.at != "" {
		c.Set(fiber.HeaderLocation, r.at)
	}
	if r.file.name != "" {
		c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+r.file.name+`"`)
	}
	c.Set(fiber.HeaderContentType, r.file.contentType)
	return c.Status(cmp.Or(r.status, fiber.StatusOK)).Send(r.file.content)
}

// known says whether a tag is among those of If-None-Match, compared weakly.
func known(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == "*" || one == `"`+tag+`"` {
			return true
		}
	}
	return false
}

// network is the part of an address that one subscriber has for themself.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Unmap().Is4() {
		return ip
	}
	return netip.PrefixFrom(addr.WithZone(""), 64).Masked().String()
}

// sent fills in what an act sends with it. One by cookie must come from a page
// of the hub; one by token bears its own proof.
func (a *API) sent(c *fiber.Ctx, q *asked) error {
	q.params = c.AllParams()
	q.plain = c.Get(fiber.HeaderAuthorization) == "" && c.Get(fiber.HeaderCookie) == ""
	if c.Method() != fiber.MethodPost && c.Method() != fiber.MethodPut {
		return nil
	}
	if c.Get(fiber.HeaderAuthorization) == "" {
		if err := a.Genuine(c); err != nil {
			return err
		}
	}
	q.body, q.key, q.match = c.Body(), c.Get("Idempotency-Key"), c.Get(fiber.HeaderIfMatch)
	mime, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if len(q.body) > 0 && mime != fiber.MIMEApplicationJSON {
		return &hub.Invalid{Field: "Content-Type", Reason: hub.ReasonFormat}
	}
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
		return hub.Public, errToken
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
