package site

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/people"
)

func (s *Site) accountRoutes(pages fiber.Router) {
	pages.Get("/account", s.serve(s.account))
	pages.Post("/account", s.serve(s.accountAct))
}

// account is a person's own page: who they are here, and their places.
func (s *Site) account(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return r.c.Redirect(r.href("/signin?next="+r.href("/account")), fiber.StatusSeeOther)
	}
	p, err := s.Members.Person(ctx, r.viewer.Person)
	if err != nil {
		return err
	}
	v := page.AccountView{Base: r.base(r.T("account.title"), ""), Done: r.didSay()}
	v.Private, v.Members = true, true
	v.Facts = []page.Fact{{Label: r.T("account.name"), Value: r.session.Name}, {Label: r.T("account.email"), Value: p.Email}, {Label: r.T("account.role"), Value: r.T("role." + string(p.Role))}}
	if p.Mechanism != "" {
		v.Facts = append(v.Facts, page.Fact{Label: r.T("account.mechanism"), Value: s.Vocabulary.StateName(p.Mechanism, r.Lang)})
	}
	v.Links, err = s.places(ctx, r)
	if err != nil {
		return err
	}
	return r.render(ctx, page.AccountPage(v))
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
	if r.viewer.Mechanism != "" {
		all = append(all, r.crumb(seatsPath(r.viewer.Mechanism), "seats.title"))
	}
	if s.People.Moderates(r.viewer) {
		all = append(all, r.crumb("/moderation/people", "moderation.people.title"), r.crumb("/moderation/unanswered", "unanswered.title"))
	}
	if s.People.ReadsActs(r.viewer) {
		all = append(all, r.crumb("/admin/acts", "acts.title"))
	}
	return append(all, r.crumb("/discuss", "door.discuss")), nil
}

func (s *Site) accountAct(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() || r.typed("act") != "others" {
		return hub.ErrNotFound
	}
	if err := s.Members.EndSessions(ctx, r.viewer.Person, r.session.ID); err != nil {
		return err
	}
	return r.done("/account", "others")
}
