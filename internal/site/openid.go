package site

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/openid"
	"nmirfhub/web/layout"
	"nmirfhub/web/page/signin"
)

// attemptCookie keeps a sign-in while its person is at the provider. The
// browser comes back from another site, which SameSite=Lax lets it bring.
const attemptCookie = "hub-signin"

// attempt is what that cookie holds.
type attempt struct {
	openid.Attempt
	lang hub.Lang
	next string // path to go on to
}

// providerBegin leads to the provider, by a page that goes on by itself: see
// signin.AwayView.
func (s *Site) providerBegin(ctx context.Context, r *request) error {
	// Not the time of the page: the provider has its own, and the page that
	// says that it is away comes after.
	a, to, err := s.Provider.Begin(context.WithoutCancel(ctx))
	if err != nil {
		return s.providerFailed(r, err)
	}
	s.keepAttempt(r.c, attempt{a, r.Lang, ownPath(r.typed("next"))})
	v := signin.AwayView{Base: r.base(r.T("provider.go.title", "name", s.Provider.Name), "", r.crumb("/signin", "signin")), To: to, Provider: s.Provider.Name}
	v.Private, v.Path = true, "/signin"
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	r.c.Set("Refresh", "0;url="+to)
	return r.render(context.WithoutCancel(ctx), signin.AwayPage(v))
}

// providerBack takes what the provider answers. What it vouches for is a first
// step, as a password is.
func (s *Site) providerBack(c *fiber.Ctx) error {
	answer, err := parseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return err
	}
	a, known := s.attempt(c)
	s.dropCookie(c, attemptCookie)
	if known {
		c.Locals(keyLanguage, a.lang)
	}
	r := &request{Printer: s.Catalogs.In(s.language(c)), site: s, c: c}
	r.viewer, r.session = identity(c)
	email, err := s.Provider.Finish(c.UserContext(), a.Attempt, answer)
	if err != nil {
		return s.providerFailed(r, err)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), timeout)
	defer cancel()
	session, token, err := s.Members.SignInAs(ctx, email, s.from(r))
	if errors.Is(err, member.ErrSignIn) {
		return s.providerFailed(r, err)
	}
	return s.enterOr(ctx, r, session, token, a.next, err)
}

// providerFailed says in what way a sign-in at the provider has ended, and how
// to go on. What does not depend on the person goes into the log.
func (s *Site) providerFailed(r *request, err error) error {
	status, key := fiber.StatusForbidden, ""
	switch {
	case errors.Is(err, openid.ErrState):
		status, key = fiber.StatusUnprocessableEntity, "provider.state"
	case errors.Is(err, openid.ErrRefused):
		key = "provider.refused"
	case errors.Is(err, openid.ErrUnverified):
		key = "provider.unverified"
	case errors.Is(err, member.ErrSignIn):
		key = "provider.unknown"
	case errors.Is(err, openid.ErrAnswer):
		status, key = fiber.StatusUnprocessableEntity, "provider.answer"
	case errors.Is(err, hub.ErrUnavailable):
		status, key = fiber.StatusServiceUnavailable, "provider.away"
	default:
		return err
	}
	if errors.Is(err, openid.ErrAnswer) || errors.Is(err, hub.ErrUnavailable) {
		s.Log.LogAttrs(r.c.UserContext(), slog.LevelWarn, "sign-in at the provider", slog.String("id", requestID(r.c)), slog.Any("error", err))
	}
	return s.providerPage(r, status, key)
}

func (s *Site) providerPage(r *request, status int, key string) error {
	name := s.Provider.Name
	title := r.T(key+".title", "name", name)
	p := layout.Problem{Base: r.base(title, ""), Status: status, Heading: title}
	p.Private, p.Path = true, "/signin"
	p.Say = []string{r.T(key+".what", "name", name), r.T(key + ".do")}
	p.Acts = []layout.Link{{Href: r.href("/signin"), Text: r.T("problem.signin")}, {Href: r.href("/"), Text: r.T("problem.home")}}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	r.c.Status(status)
	return r.render(context.WithoutCancel(r.c.UserContext()), layout.ProblemPage(p))
}

// keepAttempt gives the browser its sign-in to keep, signed.
func (s *Site) keepAttempt(c *fiber.Ctx, a attempt) {
	lines := strings.Join([]string{a.State, a.Nonce, a.Verifier, strconv.FormatInt(a.Began.Unix(), 10), string(a.lang), a.next}, "\n")
	text := base64.RawURLEncoding.EncodeToString([]byte(lines))
	s.setCookie(c, attemptCookie, text+"."+s.attemptCode(text), a.Began.Add(openid.AttemptLife))
}

// attempt is the sign-in that the browser kept; false when there is none, or
// it is not as it was given.
func (s *Site) attempt(c *fiber.Ctx) (a attempt, ok bool) {
	text, code, _ := strings.Cut(c.Cookies(s.cookie(attemptCookie)), ".")
	if !member.CheckCSRF(s.Secret, attemptPurpose+text, code) {
		return a, false
	}
	lines, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(lines), "\n")
	if err != nil || len(parts) != 6 {
		return a, false
	}
	began, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil {
		return a, false
	}
	kept := openid.Attempt{State: parts[0], Nonce: parts[1], Verifier: parts[2], Began: time.Unix(began, 0)}
	return attempt{kept, hub.Lang(parts[4]), parts[5]}, true
}

// attemptPurpose keeps these codes apart from those of forms.
const attemptPurpose = "attempt:"

func (s *Site) attemptCode(text string) string { return member.CSRF(s.Secret, attemptPurpose+text) }
