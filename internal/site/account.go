package site

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image/png"
	"slices"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

func (s *Site) accountRoutes(pages fiber.Router) {
	pages.Get("/account", s.serve(s.account))
	pages.Post("/account", s.serve(s.accountAct))
	pages.Get("/account/data", s.serve(s.ownData))
	pages.Post("/account/data", s.serve(s.ownDataAct))
	pages.Get("/account/security", s.serve(s.security))
	pages.Post("/account/security", s.serve(s.securityAct))
}

// account is a person's own page: who they are here, and their places.
func (s *Site) account(ctx context.Context, r *request) error { return s.accountPage(ctx, r, nil) }

func (s *Site) accountPage(ctx context.Context, r *request, wrong map[string]string) error {
	if !r.viewer.SignedIn() {
		return r.c.Redirect(r.href("/signin?next="+r.href("/account")), fiber.StatusSeeOther)
	}
	p, err := s.Members.Person(ctx, r.viewer.Person)
	if err != nil {
		return err
	}
	v := page.AccountView{Base: r.base(r.T("account.title"), ""), Done: r.didSay()}
	v.Private, v.Members = true, true
	v.Facts = []page.Fact{{Label: r.T("account.email"), Value: p.Email}, {Label: r.T("account.role"), Value: r.T("role." + string(p.Role))}}
	if p.Mechanism != "" {
		v.Facts = append(v.Facts, page.Fact{Label: r.T("account.mechanism"), Value: s.Vocabulary.StateName(p.Mechanism, r.Lang)})
	}
	lang := p.Lang
	if lang == "" {
		lang = r.Lang
	}
	v.Profile = r.filled([]part.Field{
		{Name: "name", Label: r.T("account.name"), Hint: r.T("invite.name.hint"), Value: p.Name, Auto: "name", Most: member.MaxName},
		{Name: "lang", Label: r.T("invite.lang"), Type: "select", Options: r.languages(), Value: string(lang)},
		r.langsField(p.Langs),
	}, wrong)
	if s.Members.Lacks(p) && !p.FactorBy.IsZero() {
		v.Factor = r.T(dueKey(p.Role), "day", r.Day(p.FactorBy))
	}
	v.Links, err = s.places(ctx, r)
	if err != nil {
		return err
	}
	return r.render(ctx, page.AccountPage(v))
}

// dueKey is what a person reads who lacks the second step of their role.
func dueKey(role hub.Role) string {
	if member.NeedsPasskey(role) {
		return "passkey.due"
	}
	return "security.due"
}

// places are where a person has something to do.
func (s *Site) places(ctx context.Context, r *request) ([]layout.Link, error) {
	var all []layout.Link
	seat, err := s.People.MySeat(ctx, r.viewer)
	switch {
	case err == nil:
		all = append(all, layout.Link{Href: r.href(seatPath(seat.Mechanism, seat.Number)), Text: r.T("account.seat", "title", seat.Title)})
	case !errors.Is(err, hub.ErrNotFound):
		return nil, err
	}
	if s.Records.Writes(r.viewer) {
		all = append(all, r.crumb("/contribute", "contribute.title"))
	}
	if r.viewer.Mechanism != "" {
		all = append(all, r.crumb(people.SeatsPath(r.viewer.Mechanism), "seats.title"))
	}
	if s.People.Moderates(r.viewer) {
		all = append(all, r.crumb("/moderation", "desk.all"), r.crumb("/moderation/spaces", "rooms.title"))
	}
	if s.Desk.Counts(r.viewer) {
		all = append(all, r.crumb("/moderation/figures", "figures.title"))
	}
	if s.People.ReadsActs(r.viewer) {
		all = append(all, r.crumb("/admin/acts", "acts.title"))
	}
	if s.Discuss.Breaks(r.viewer) {
		all = append(all, r.crumb("/admin/glass", "glass.title"))
	}
	if s.People.KeepsAccounts(r.viewer) {
		all = append(all, r.crumb("/admin/accounts", "accounts.title"))
	}
	if _, err := s.People.MyExpert(ctx, r.viewer); err == nil || s.People.MayOffer(r.viewer) {
		all = append(all, r.crumb("/experts/mine", "experts.mine"))
	}
	return append(all, r.crumb("/account/lists", "lists.title"), r.crumb("/news", "news.title"), r.crumb("/account/notifications", "notifications.title"), r.crumb("/account/security", "security.title"), r.crumb("/account/data", "data.title"), r.crumb("/discuss", "door.discuss")), nil
}

// accountAct changes the profile, or ends the other sign-ins.
func (s *Site) accountAct(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return hub.ErrNotFound
	}
	what := r.typed("act")
	var err error
	switch what {
	case "profile":
		err = s.Members.SetProfile(ctx, r.viewer.Person, r.typed("name"), hub.Lang(r.typed("lang")), r.langs())
	case "others":
		err = s.Members.EndSessions(ctx, r.viewer.Person, r.session.ID)
	default:
		return hub.ErrNotFound
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.accountPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/account", what)
}

// ownData is what the hub has of a person, and how they leave.
func (s *Site) ownData(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return r.c.Redirect(r.href("/signin?next="+r.href("/account/data")), fiber.StatusSeeOther)
	}
	v := page.DataView{Base: r.base(r.T("data.title"), "", r.crumb("/account", "account.title"))}
	v.Private, v.Members = true, true
	return r.render(ctx, page.DataPage(v))
}

// ownDataAct sends a person their data, or erases their account.
func (s *Site) ownDataAct(ctx context.Context, r *request) error {
	switch r.typed("act") {
	case "download":
		own, err := s.People.Own(ctx, r.viewer)
		if err != nil {
			return err
		}
		return s.sendOwn(ctx, r, own)
	case "erase":
		if r.typed("sure") != "1" {
			return r.c.Redirect(r.href("/account/data"), fiber.StatusSeeOther)
		}
		if err := s.People.EraseOwn(ctx, r.viewer); err != nil {
			return err
		}
		s.dropCookie(r.c, sessionCookie)
		return r.c.Redirect(r.href("/"), fiber.StatusSeeOther)
	}
	return hub.ErrNotFound
}

// security is how a person signs in: password, second step, where they are
// signed in.
func (s *Site) security(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return r.c.Redirect(r.href("/signin?next="+r.href("/account/security")), fiber.StatusSeeOther)
	}
	return s.securityPage(ctx, r, page.SecurityView{}, nil)
}

func (s *Site) securityPage(ctx context.Context, r *request, v page.SecurityView, wrong map[string]string) error {
	p, err := s.Members.Person(ctx, r.viewer.Person)
	if err != nil {
		return err
	}
	v.Base, v.Done = r.base(r.T("security.title"), "", r.crumb("/account", "account.title")), r.didSay()
	v.Private, v.Members = true, true
	s.fillPasskeys(r, &v, p, wrong)
	if p.Factor != nil {
		v.Has = p.Factor.Secret != ""
		v.Left = r.N("security.left", len(p.Factor.Recovery))
	}
	if err := s.fillSecret(r, &v, p); err != nil {
		return err
	}
	v.Code = r.filledFor("codes", part.Field{Name: "code", Label: r.T("code.field"), Auto: "one-time-code", Latin: true, Most: 10}, wrong)
	v.Passwords = []part.Field{
		r.filledFor("password", part.Field{Name: "old", Label: r.T("security.old"), Type: "password", Auto: "current-password", Latin: true}, wrong),
		r.filledFor("password", part.Field{Name: "password", Label: r.T("link.password"), Hint: r.T("invite.password.hint"), Type: "password", Auto: "new-password", Latin: true}, wrong),
	}
	for i := range v.Passwords {
		v.Passwords[i].Value = "" // a password is never sent back
	}
	all, err := s.Members.Sessions(ctx, p.ID)
	if err != nil {
		return err
	}
	if err := s.fillTokens(ctx, r, &v, wrong); err != nil {
		return err
	}
	for _, x := range all {
		v.Sessions = append(v.Sessions, page.SignedIn{
			ID: x.ID, When: r.T("security.since", "day", r.Day(x.Created), "seen", r.Day(x.Seen)), Here: x.ID == r.session.ID,
		})
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.SecurityPage(v))
}

// fillTokens shows what lets programs ask as the person.
func (s *Site) fillTokens(ctx context.Context, r *request, v *page.SecurityView, wrong map[string]string) error {
	v.Token = r.filledFor("token", part.Field{Name: "token", Label: r.T("token.name"), Hint: r.T("token.name.hint"), Most: member.MaxTokenName}, wrong)
	all, err := s.Members.APITokens(ctx, r.viewer.Person)
	for _, t := range all {
		v.Tokens = append(v.Tokens, page.Token{ID: t.ID, Name: t.Name, Until: r.T("token.until", "day", r.Day(t.Expires))})
	}
	return err
}

// fillSecret shows a secret for an app, the same as before when its code was
// wrong.
func (s *Site) fillSecret(r *request, v *page.SecurityView, p member.Person) error {
	secret, address := s.Members.NewSecret(p)
	if typed := r.typed("secret"); r.typed("act") == "codes" && len(typed) == len(secret) {
		address = strings.Replace(address, secret, typed, 1)
		secret = typed
	}
	v.Secret = secret
	var err error
	v.Picture, err = picture(address)
	return err
}

// picture is an address as a picture of squares that a telephone reads, as an
// image in the page itself.
func picture(address string) (string, error) {
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	if code, err = barcode.Scale(code, 240, 240); err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, code); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// freshActs need a sign-in that is not long ago.
var freshActs = []string{"codes", "passkey", "unpasskey", "token"}

func (s *Site) securityAct(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return hub.ErrNotFound
	}
	what := r.typed("act")
	if slices.Contains(freshActs, what) && !s.Now().Before(r.viewer.Fresh) {
		return hub.ErrFresh
	}
	var err error
	switch what {
	case "passkey":
		return s.addPasskey(ctx, r)
	case "unpasskey":
		err = s.dropPasskey(ctx, r)
	case "codes":
		var recovery []string
		recovery, err = s.Members.SetCodes(ctx, r.viewer.Person, r.typed("secret"), r.typed("code"), r.session.ID)
		if err == nil {
			if err := s.People.Tell(ctx, r.viewer.Person, people.NoticeCodes); err != nil {
				return err
			}
			return s.securityPage(ctx, r, page.SecurityView{Recovery: recovery}, nil)
		}
	case "password":
		err = s.Members.ChangePassword(ctx, r.viewer.Person, r.typed("old"), r.typed("password"), r.session.ID, s.from(r))
		if errors.Is(err, member.ErrSignIn) {
			r.c.Status(fiber.StatusUnprocessableEntity)
			return s.securityPage(ctx, r, page.SecurityView{}, map[string]string{"old": r.T("security.old.wrong")})
		}
		if err == nil {
			err = s.People.Tell(ctx, r.viewer.Person, people.NoticePassword)
		}
	case "token":
		var token string
		token, _, err = s.Members.NewAPIToken(ctx, r.viewer.Person, r.typed("token"))
		if err == nil {
			return s.securityPage(ctx, r, page.SecurityView{NewToken: token}, nil)
		}
	case "untoken":
		err = s.Members.DropAPIToken(ctx, r.viewer.Person, r.typed("id"))
	case "end":
		err = s.Members.EndSession(ctx, r.viewer.Person, r.typed("id"))
		what = "others"
	default:
		return hub.ErrNotFound
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.securityPage(ctx, r, page.SecurityView{}, wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/account/security", what)
}
