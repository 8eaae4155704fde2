package site

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
	"nmirfhub/web/page/signin"
	"nmirfhub/web/part"
)

func (s *Site) signinRoutes(pages fiber.Router) {
	pages.Get("/signin", s.serve(s.signinForm))
	pages.Post("/signin", s.serve(s.signin))
	pages.Post("/signout", s.serve(s.signout))
	pages.Post("/signin/code", s.serve(s.code))
	s.passkeyRoutes(pages)
	pages.Get("/signin/forgot", s.serve(s.forgotForm))
	pages.Post("/signin/forgot", s.serve(s.forgot))
	pages.Get("/signin/link/:token", s.serve(s.linkForm))
	pages.Post("/signin/link/:token", s.serve(s.linkRedeem))
	if s.Provider != nil {
		pages.Post("/signin/oidc", s.serve(s.providerBegin))
	}
}

func (s *Site) signinForm(ctx context.Context, r *request) error {
	v := signin.View{}
	if r.query.Get("out") == "1" {
		v.Done = r.T("signin.out")
	}
	return s.signinPage(ctx, r, v)
}

// signinPage shows the form, tied to the browser by a nonce of its own.
func (s *Site) signinPage(ctx context.Context, r *request, v signin.View) error {
	base := r.base(r.T("signin.title"), "")
	base.Description, base.Private = r.T("signin.description"), true
	v.Base, v.Demo, v.Token, v.Passkeys = base, s.Demo, s.formToken(r), s.Members.Passkeys()
	if s.Provider != nil {
		v.Provider = s.Provider.Name
	}
	if v.Next == "" {
		v.Next = ownPath(r.query.Get("next"))
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, signin.Page(v))
}

// formToken is the token of a form that a person who has not signed in gets;
// it sets the nonce that the token is bound to where the browser has none.
func (s *Site) formToken(r *request) string {
	if bearer := s.bearer(r.c); bearer != "" {
		return member.CSRF(s.Secret, bearer)
	}
	nonce := rand.Text()
	s.setCookie(r.c, nonceCookie, nonce, s.Now().Add(nonceLife))
	return member.CSRF(s.Secret, "nonce:"+nonce)
}

// ownPath is a path of this hub to go on to, or nothing: never another site.
func ownPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || len(next) > 1000 {
		return ""
	}
	return next
}

func (s *Site) signin(ctx context.Context, r *request) error {
	email, password := r.c.FormValue("email"), r.c.FormValue("password")
	next := ownPath(r.c.FormValue("next"))
	session, token, err := s.Members.SignIn(ctx, email, password, s.from(r))
	var many *hub.TooMany
	var invalid *hub.Invalid
	switch {
	case errors.Is(err, member.ErrSignIn), errors.As(err, &invalid):
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.signinPage(ctx, r, signin.View{Email: email, Next: next, Error: r.T("signin.wrong")})
	case errors.As(err, &many):
		r.c.Status(fiber.StatusTooManyRequests)
		return s.signinPage(ctx, r, signin.View{Email: email, Next: next, Error: r.T("signin.wait")})
	}
	return s.enterOr(ctx, r, session, token, next, err)
}

// enterOr enters, or asks for the code that is still needed.
func (s *Site) enterOr(ctx context.Context, r *request, session member.Session, token, next string, err error) error {
	var needs *member.NeedsCode
	if errors.As(err, &needs) {
		return s.codePage(ctx, r, signin.CodeView{Pending: needs.Pending, Next: next})
	}
	if err != nil {
		return err
	}
	return s.enter(r, session, token, next)
}

// codePage asks for the code of the second step.
func (s *Site) codePage(ctx context.Context, r *request, v signin.CodeView) error {
	v.Base, v.Token = r.base(r.T("code.title"), "", r.crumb("/signin", "signin")), s.formToken(r)
	v.Private, v.Path, v.Passkeys = true, "/signin", s.Members.Passkeys()
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, signin.CodePage(v))
}

// code finishes a sign-in.
func (s *Site) code(ctx context.Context, r *request) error {
	pending, next := r.typed("pending"), ownPath(r.typed("next"))
	session, token, err := s.Members.FinishSignIn(ctx, pending, r.typed("code"), s.from(r))
	var many *hub.TooMany
	switch {
	case errors.Is(err, member.ErrCode):
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.codePage(ctx, r, signin.CodeView{Pending: pending, Next: next, Error: r.T("code.wrong")})
	case errors.As(err, &many):
		r.c.Status(fiber.StatusTooManyRequests)
		return s.codePage(ctx, r, signin.CodeView{Pending: pending, Next: next, Error: r.T("signin.wait")})
	case errors.Is(err, hub.ErrNotFound):
		return r.c.Redirect(r.href("/signin"), fiber.StatusSeeOther) // it took too long
	case err != nil:
		return err
	}
	return s.enter(r, session, token, next)
}

// enter gives the browser its session and leads on.
func (s *Site) enter(r *request, session member.Session, token, next string) error {
	if err := s.setSession(r, session, token); err != nil {
		return err
	}
	if next == "" {
		next = r.href("/")
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.c.Redirect(next, fiber.StatusSeeOther)
}

// setSession gives the browser its session.
func (s *Site) setSession(r *request, session member.Session, token string) error {
	s.setCookie(r.c, sessionCookie, token, session.Ends)
	s.dropCookie(r.c, nonceCookie)
	return s.knowDevice(r, session.Person)
}

// A browser that somebody has signed in with is known for a year.
const (
	deviceCookie = "hub-device"
	deviceLife   = 365 * 24 * time.Hour
)

// knowDevice tells a person of a sign-in from a browser that they have not
// used before. The cookie tells nothing but that. Demo accounts get no mail.
func (s *Site) knowDevice(r *request, person string) error {
	known := member.CSRF(s.Secret, "device:"+person)
	if s.Demo || r.c.Cookies(s.cookie(deviceCookie)) == known {
		return nil
	}
	s.setCookie(r.c, deviceCookie, known, s.Now().Add(deviceLife))
	return s.People.Tell(r.c.UserContext(), person, people.NoticeDevice)
}

func (s *Site) from(r *request) member.From {
	addr, _ := netip.ParseAddr(r.c.IP())
	return member.From{IP: addr, Replaces: member.Secret(r.c.Cookies(s.cookie(sessionCookie)))}
}

func (s *Site) signout(ctx context.Context, r *request) error {
	if token := r.c.Cookies(s.cookie(sessionCookie)); token != "" {
		if err := s.Members.SignOut(ctx, token); err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	s.dropCookie(r.c, sessionCookie)
	r.c.Set("Clear-Site-Data", `"cache", "storage"`)
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.c.Redirect(r.href("/signin?out=1"), fiber.StatusSeeOther)
}

// linkForm shows whose sign-in link it is. Opening it uses nothing up: mail
// scanners open links.
func (s *Site) linkForm(ctx context.Context, r *request) error {
	return s.linkPage(ctx, r, "")
}

func (s *Site) linkPage(ctx context.Context, r *request, problem string) error {
	p, purpose, err := s.Members.LinkHolder(ctx, r.c.Params("token"))
	if err != nil {
		return err
	}
	v := signin.LinkView{Base: r.base(r.T("link.title"), ""), Token: s.formToken(r), Name: p.Name, Error: problem, Hint: r.T("link.password.hint")}
	if purpose == member.PurposeReset {
		v.Title, v.Hint = r.T("reset.new"), r.T("invite.password.hint")
	}
	v.Private, v.Path = true, "/signin"
	if v.Name == "" {
		v.Name = p.Email
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, signin.LinkPage(v))
}

func (s *Site) linkRedeem(ctx context.Context, r *request) error {
	session, token, err := s.Members.RedeemLink(ctx, r.c.Params("token"), r.c.FormValue("password"), s.from(r))
	var invalid *hub.Invalid
	if errors.As(err, &invalid) && invalid.Field == "password" {
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.linkPage(ctx, r, r.T("link.short"))
	}
	return s.enterOr(ctx, r, session, token, "", err)
}

// forgotForm is for who has lost their password.
func (s *Site) forgotForm(ctx context.Context, r *request) error {
	return s.forgotPage(ctx, r, nil)
}

func (s *Site) forgotPage(ctx context.Context, r *request, wrong map[string]string) error {
	v := signin.ForgotView{Base: r.base(r.T("reset.title"), "", r.crumb("/signin", "signin")), Token: s.formToken(r), Sent: r.query.Get("done") == "asked"}
	v.Fields = r.filled([]part.Field{{Name: "email", Label: r.T("signin.email"), Type: "email", Auto: "username", Most: 254, Latin: true}}, wrong)
	v.Private, v.Path = true, "/signin/forgot"
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, signin.ForgotPage(v))
}

// forgot sends a link for a new password, where there is an account. The
// answer is the same where there is none.
func (s *Site) forgot(ctx context.Context, r *request) error {
	err := s.People.Forgot(ctx, r.typed("email"), r.Lang, s.from(r).IP)
	if wrong := r.wrong(err); wrong != nil {
		return s.forgotPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/signin/forgot", "asked")
}
