package site

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
)

// Keys under which middleware leaves what handlers need.
const (
	keyRequestID = "request-id"
	keyViewer    = "viewer"
	keySession   = "session"
	keyLanguage  = "language"
)

// trace gives the request an id and logs it once: method, route, status, how
// long, who. Never content, never the query.
func (s *Site) trace(c *fiber.Ctx) error {
	var b [8]byte
	rand.Read(b[:])
	id := hex.EncodeToString(b[:])
	c.Locals(keyRequestID, id)
	c.Set("X-Request-Id", id)
	start := time.Now()
	err := c.Next()
	if err != nil {
		err = s.fail(c, err)
	}
	attrs := []slog.Attr{
		slog.String("id", id), slog.String("method", c.Method()), slog.String("route", c.Route().Path),
		slog.Int("status", c.Response().StatusCode()), slog.Duration("took", time.Since(start)),
	}
	if v, ok := c.Locals(keyViewer).(hub.Viewer); ok && v.SignedIn() {
		attrs = append(attrs, slog.String("person", v.Person))
	}
	s.Log.LogAttrs(c.UserContext(), slog.LevelInfo, "request", attrs...)
	return err
}

func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals(keyRequestID).(string)
	return id
}

// guard sets what browsers must hold to on every answer.
func (s *Site) guard(c *fiber.Ctx) error {
	h := &c.Response().Header
	if s.https() {
		h.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000; includeSubDomains")
	}
	h.Set(fiber.HeaderContentSecurityPolicy, s.policy())
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	// Not "no-referrer": with it browsers send "Origin: null" with our own
	// forms, and the check of the origin would be blind. Other sites learn
	// nothing either way.
	h.Set(fiber.HeaderReferrerPolicy, "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set(fiber.HeaderPermissionsPolicy, "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()")
	h.Set(fiber.HeaderXFrameOptions, "DENY")
	return c.Next()
}

func (s *Site) https() bool { return len(s.Origin) > 5 && s.Origin[:6] == "https:" }

const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'"

func (s *Site) policy() string { return contentPolicy }

// cookie names the session cookie. Over https its prefix makes browsers
// refuse it from anywhere but this host.
func (s *Site) cookie(name string) string {
	if s.https() {
		return "__Host-" + name
	}
	return name
}

const (
	sessionCookie = "hub"
	nonceCookie   = "hub-form" // ties the sign-in form to the browser that asked for it
	nonceLife     = 12 * time.Hour
)

func (s *Site) setCookie(c *fiber.Ctx, name, value string, ends time.Time) {
	c.Cookie(&fiber.Cookie{
		Name: s.cookie(name), Value: value, Path: "/", Expires: ends,
		Secure: s.https(), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

func (s *Site) dropCookie(c *fiber.Ctx, name string) {
	s.setCookie(c, name, "", time.Unix(1, 0))
}

// hasSession says whether the request bears a session cookie of either name,
// valid or not.
func hasSession(c *fiber.Ctx) bool {
	h := &c.Request().Header
	return len(h.Cookie(sessionCookie)) > 0 || len(h.Cookie("__Host-"+sessionCookie)) > 0
}

// signedIn finds out who asks. A session that is no more leaves the public.
func (s *Site) signedIn(c *fiber.Ctx) error {
	token := c.Cookies(s.cookie(sessionCookie))
	if token == "" {
		return c.Next()
	}
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	viewer, session, err := s.Members.Session(c.UserContext(), token)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		s.dropCookie(c, sessionCookie)
	case err != nil:
		return err
	default:
		c.Locals(keyViewer, viewer)
		c.Locals(keySession, session)
	}
	return c.Next()
}

func identity(c *fiber.Ctx) (hub.Viewer, member.Session) {
	viewer, ok := c.Locals(keyViewer).(hub.Viewer)
	if !ok {
		return hub.Public, member.Session{}
	}
	session, _ := c.Locals(keySession).(member.Session)
	return viewer, session
}

// pageMethods are what pages and their forms use. The answer is the same for
// every address: it does not tell which ones there are.
const pageMethods = "GET, HEAD, POST"

// sameSite refuses a request that changes something unless it comes from our
// own page: origin, fetch metadata and the form's token must all say so.
func (s *Site) sameSite(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead:
		return c.Next()
	case fiber.MethodOptions:
		c.Set(fiber.HeaderAllow, pageMethods)
		return c.SendStatus(fiber.StatusNoContent)
	case fiber.MethodPost:
	default:
		c.Set(fiber.HeaderAllow, pageMethods)
		return fiber.ErrMethodNotAllowed
	}
	if err := s.genuine(c, c.FormValue("_csrf")); err != nil {
		return err
	}
	return c.Next()
}

// Genuine says whether an act that a script sends comes from a page of ours:
// as a form's, with the token in a header.
func (s *Site) Genuine(c *fiber.Ctx) error { return s.genuine(c, c.Get("X-CSRF-Token")) }

func (s *Site) genuine(c *fiber.Ctx, token string) error {
	if site := c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return errForeign
	}
	if !s.ourOrigin(c.Get(fiber.HeaderOrigin)) || !member.CheckCSRF(s.Secret, s.bearer(c), token) {
		return errForeign
	}
	return nil
}

// errForeign is a form that was not sent from a page of ours, or from one
// that was open too long.
var errForeign = errors.Join(errors.New("not sent from a page of the hub"), hub.ErrForbidden)

// ourOrigin compares with the configured address. On a loopback address the
// names of this machine count as one.
func (s *Site) ourOrigin(origin string) bool {
	if origin == s.Origin {
		return true
	}
	ours, err := url.Parse(s.Origin)
	theirs, err2 := url.Parse(origin)
	return err == nil && err2 == nil && ours.Scheme == theirs.Scheme && ours.Port() == theirs.Port() &&
		loopback(ours.Hostname()) && loopback(theirs.Hostname()) && theirs.User == nil && theirs.Path == ""
}

func loopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// bearer is what form tokens are bound to: the session, or before sign-in the
// nonce of the browser.
func (s *Site) bearer(c *fiber.Ctx) string {
	if viewer, _ := identity(c); viewer.SignedIn() {
		return "session:" + c.Cookies(s.cookie(sessionCookie))
	}
	if nonce := c.Cookies(s.cookie(nonceCookie)); nonce != "" {
		return "nonce:" + nonce
	}
	return ""
}

// csrf is the token for forms of the page; empty when nobody is signed in,
// for pages of the public are kept and hold nothing of a browser.
func (r *request) csrf() string {
	if !r.viewer.SignedIn() {
		return ""
	}
	return member.CSRF(r.site.Secret, r.site.bearer(r.c))
}
