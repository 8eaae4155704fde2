package site

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
	page "nmirfhub/web/page/people"
	"nmirfhub/web/page/signin"
	"nmirfhub/web/part"
)

// A passkey is asked for by the script of the page, which gets the question
// here and sends the device's answer with the form that asked.
func (s *Site) passkeyRoutes(pages fiber.Router) {
	pages.Get("/signin/passkey", s.serve(s.askPasskey))
	pages.Post("/signin/passkey", s.serve(s.passkey))
	pages.Get("/account/security/passkey", s.serve(s.askNewPasskey))
}

// passkeyQuestion is what the script needs: the options for the device, and the
// sealed question that goes back with the answer.
type passkeyQuestion struct {
	Options any    `json:"options"`
	Sealed  string `json:"sealed"`
}

func (r *request) asks(options any, sealed string, err error) error {
	if err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.c.JSON(passkeyQuestion{options, sealed})
}

func (s *Site) askPasskey(_ context.Context, r *request) error {
	return r.asks(s.Members.AskPasskey())
}

// passkey signs in who has answered.
func (s *Site) passkey(ctx context.Context, r *request) error {
	next := ownPath(r.typed("next"))
	session, token, err := s.Members.SignInPasskey(ctx, r.c.FormValue("sealed"), []byte(r.c.FormValue("answer")), s.from(r))
	var many *hub.TooMany
	switch {
	case errors.Is(err, member.ErrPasskey):
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.signinPage(ctx, r, signin.View{Next: next, Error: r.T("passkey.wrong")})
	case errors.As(err, &many):
		r.c.Status(fiber.StatusTooManyRequests)
		return s.signinPage(ctx, r, signin.View{Next: next, Error: r.T("signin.wait")})
	case err != nil:
		return err
	}
	return s.enter(r, session, token, next)
}

func (s *Site) askNewPasskey(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return hub.ErrNotFound
	}
	return r.asks(s.Members.AskNewPasskey(ctx, r.viewer.Person))
}

// addPasskey gives the person the passkey that their device has made.
func (s *Site) addPasskey(ctx context.Context, r *request) error {
	recovery, err := s.Members.AddPasskey(ctx, r.viewer.Person, r.typed("device"), r.c.FormValue("sealed"), []byte(r.c.FormValue("answer")), r.session.ID)
	wrong := r.wrong(err)
	if errors.Is(err, member.ErrPasskey) {
		wrong = map[string]string{"device": r.T("passkey.failed")}
	}
	if wrong != nil {
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.securityPage(ctx, r, page.SecurityView{}, wrong)
	}
	if err != nil {
		return err
	}
	if err := s.People.Tell(ctx, r.viewer.Person, people.NoticePasskey); err != nil {
		return err
	}
	if recovery == nil {
		return r.done("/account/security", "passkey")
	}
	return s.securityPage(ctx, r, page.SecurityView{Recovery: recovery}, nil)
}

// dropPasskey takes a passkey off the person.
func (s *Site) dropPasskey(ctx context.Context, r *request) error {
	if err := s.Members.DropPasskey(ctx, r.viewer.Person, r.typed("id"), r.session.ID); err != nil {
		return err
	}
	return s.People.Tell(ctx, r.viewer.Person, people.NoticePasskey)
}

// fillPasskeys shows the passkeys of a person.
func (s *Site) fillPasskeys(r *request, v *page.SecurityView, p member.Person, wrong map[string]string) {
	if v.Passkeys = s.Members.Passkeys(); !v.Passkeys {
		return
	}
	v.Device = r.filledFor("passkey", part.Field{
		Name: "device", Label: r.T("passkey.device"), Hint: r.T("passkey.device.hint"), Most: member.MaxPasskeyName,
	}, wrong)
	if wrong == nil {
		v.Device.Value = "" // it was added
	}
	if p.Factor == nil {
		return
	}
	for _, k := range p.Factor.Passkeys {
		used := r.T("passkey.unused")
		if !k.Used.IsZero() {
			used = r.T("passkey.used", "day", r.Day(k.Used))
		}
		v.Keys = append(v.Keys, page.Token{ID: k.ID, Name: k.Name, Until: used})
	}
}
