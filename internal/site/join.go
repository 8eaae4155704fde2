package site

import (
	"context"
	"errors"
	"net/netip"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
	page "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

func (s *Site) joinRoutes(pages fiber.Router) {
	pages.Get("/join", s.serve(s.joinForm))
	pages.Post("/join", s.serve(s.join))
	pages.Get(people.InvitePath+":token", s.serve(s.inviteForm))
	pages.Post(people.InvitePath+":token", s.serve(s.invite))
	pages.Get(people.InvitePath+":token/passkey", s.serve(s.askInvited))
}

// joinForm is for anyone who asks to join.
func (s *Site) joinForm(ctx context.Context, r *request) error {
	return s.joinPage(ctx, r, r.query.Get("done") == "asked", nil)
}

func (s *Site) joinPage(ctx context.Context, r *request, sent bool, wrong map[string]string) error {
	v := page.JoinView{Base: r.base(r.T("join.title"), ""), Token: s.formToken(r), Sent: sent, Fields: r.filled(r.joinFields(), wrong)}
	v.Description, v.Path = r.T("join.lede"), "/join"
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.JoinPage(v))
}

func (r *request) joinFields() []part.Field {
	return []part.Field{
		{Name: "name", Label: r.T("join.name"), Auto: "name", Most: people.MaxLine},
		{Name: "email", Label: r.T("join.email"), Hint: r.T("join.email.hint"), Type: "email", Auto: "email", Most: 254, Latin: true},
		{Name: "country", Label: r.T("join.country"), Type: "select", Options: r.states(r.T("join.country.none")), Optional: true},
		{Name: "body", Label: r.T("join.body"), Auto: "organization", Most: people.MaxLine},
		{Name: "position", Label: r.T("join.position"), Auto: "organization-title", Most: people.MaxLine},
		{Name: "voucher", Label: r.T("join.voucher"), Hint: r.T("join.voucher.hint"), Type: "textarea", Most: people.MaxText},
		{Name: "why", Label: r.T("join.why"), Hint: r.T("join.why.hint"), Type: "textarea", Rows: 5, Most: people.MaxText},
	}
}

// join puts a request before the moderators. Its answer is the same whether or
// not the address has an account.
func (s *Site) join(ctx context.Context, r *request) error {
	ip, _ := netip.ParseAddr(r.c.IP())
	err := s.People.Ask(ctx, people.Request{
		Name: r.typed("name"), Email: r.typed("email"), Country: hub.State(r.typed("country")), Body: r.typed("body"), Position: r.typed("position"),
		Voucher: r.typed("voucher"), Why: r.typed("why"), Lang: r.Lang,
	}, ip)
	if wrong := r.wrong(err); wrong != nil {
		return s.joinPage(ctx, r, false, wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/join", "asked")
}

// inviteForm shows what an invitation offers. Opening it uses nothing up.
func (s *Site) inviteForm(ctx context.Context, r *request) error {
	return s.invitePage(ctx, r, nil)
}

func (s *Site) invitePage(ctx context.Context, r *request, wrong map[string]string) error {
	token := r.c.Params("token")
	i, err := s.People.Open(ctx, token)
	if err != nil {
		return err
	}
	holder, err := s.Members.Find(ctx, i.Email)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	has := err == nil
	v := page.InviteView{
		Base: r.base(r.T("invite.title"), ""), Token: s.formToken(r), Offer: r.offer(i), Email: i.Email, Until: r.T("invite.until", "day", r.Day(i.Expires)),
		Terms: []string{r.T("invite.terms.1"), r.T("invite.terms.2"), r.T("invite.terms.3"), r.T("invite.terms.4")}, Has: has, Mine: has && holder.ID == r.viewer.Person,
		SignIn: r.href("/signin?next=" + r.href(people.InvitePath+token)),
		Agree:  part.Field{Name: "consent", Label: r.T("invite.agree"), Error: wrong["consent"]},
	}
	if !v.Mine {
		v.Fields = r.filled([]part.Field{
			{Name: "name", Label: r.T("invite.name"), Hint: r.T("invite.name.hint"), Auto: "name", Most: member.MaxName},
			{Name: "lang", Label: r.T("invite.lang"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
			r.langsField(nil),
		}, wrong)
		v.Password = r.filled([]part.Field{
			{Name: "password", Label: r.T("invite.password"), Hint: r.T("invite.password.hint"), Type: "password", Auto: "new-password", Latin: true},
		}, wrong)[0]
		v.Password.Value = "" // a password is never sent back
		if s.Members.Passkeys() {
			v.Passkey = r.href(people.InvitePath + token + "/passkey")
			v.Device = r.filled([]part.Field{{Name: "device", Label: r.T("passkey.device"), Hint: r.T("passkey.device.hint"), Most: member.MaxPasskeyName}}, wrong)[0]
		}
	}
	v.Private, v.Path = true, "/join"
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.InvitePage(v))
}

// offer says what an invitation offers.
func (r *request) offer(i people.Invitation) string {
	return r.T("invite.offer."+string(i.Role), "state", r.site.Vocabulary.StateName(i.Mechanism, r.Lang))
}

func (s *Site) invite(ctx context.Context, r *request) error {
	token, consent := r.c.Params("token"), r.typed("consent") == "1"
	i, err := s.People.Open(ctx, token)
	if err != nil {
		return err
	}
	holder, err := s.Members.Find(ctx, i.Email)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	if err == nil && holder.ID == r.viewer.Person {
		err := s.People.AcceptAs(ctx, r.viewer, token, consent)
		if wrong := r.wrong(err); wrong != nil {
			return s.invitePage(ctx, r, wrong)
		}
		if err != nil {
			return err
		}
		// What the account may has changed, and its sessions have ended.
		s.dropCookie(r.c, sessionCookie)
		return r.c.Redirect(r.href("/signin"), fiber.StatusSeeOther)
	}
	lang, err := hub.ParseLang(r.typed("lang"))
	if err != nil {
		lang = r.Lang
	}
	a := people.Acceptance{Name: r.typed("name"), Lang: lang, Langs: r.langs(), Password: r.typed("password"), Consent: consent}
	if answer := r.c.FormValue("answer"); answer != "" {
		a.Passkey = &people.Passkey{Device: r.typed("device"), Sealed: r.c.FormValue("sealed"), Answer: []byte(answer)}
	}
	in, err := s.People.Accept(ctx, token, a, s.from(r))
	if errors.Is(err, member.ErrPasskey) {
		return s.invitePage(ctx, r, map[string]string{"device": r.T("passkey.failed")})
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.invitePage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	first := "/account" // where they begin: at their seat, where they have one
	if m, number := i.SeatOffered(); number > 0 {
		first = seatPath(m, number)
	}
	first = "/" + string(lang) + first + "?done=joined"
	if in.Recovery == nil {
		return s.enter(r, in.Session, in.Bearer, first)
	}
	if err := s.setSession(r, in.Session, in.Bearer); err != nil {
		return err
	}
	v := page.CodesView{Base: r.base(r.T("security.recovery"), ""), Recovery: in.Recovery, Next: first}
	v.Private, v.Path = true, "/join"
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.CodesPage(v))
}

// askInvited is the question to the device of somebody who is invited.
func (s *Site) askInvited(ctx context.Context, r *request) error {
	return r.asks(s.People.AskPasskey(ctx, r.c.Params("token")))
}
