package site

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
	folk "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

// accounts is where an account is found by its address, and measures are
// taken.
func (s *Site) accounts(ctx context.Context, r *request) error {
	if !s.People.KeepsAccounts(r.viewer) {
		return hub.ErrNotFound
	}
	return s.accountsPage(ctx, r, r.query.Get("email"), nil)
}

func (s *Site) accountsPage(ctx context.Context, r *request, email string, wrong map[string]string) error {
	v := folk.AccountsView{Base: r.base(r.T("accounts.title"), ""), Done: r.didSay(), Email: email}
	v.Private, v.Members = true, true
	if email != "" {
		p, err := s.People.FindAccount(ctx, r.viewer, email)
		switch {
		case errors.Is(err, hub.ErrNotFound), r.wrong(err) != nil:
			v.Problem = r.T("accounts.none")
		case err != nil:
			return err
		default:
			v.ID = p.ID
			v.Facts = []folk.Fact{
				{Label: r.T("account.name"), Value: p.Name}, {Label: r.T("account.email"), Value: p.Email}, {Label: r.T("accounts.role"), Value: r.T("role." + string(p.Role))},
				{Label: r.T("account.mechanism"), Value: s.Vocabulary.StateName(p.Mechanism, r.Lang)}, {Label: r.T("accounts.status"), Value: r.T("status." + string(p.Status))},
			}
			var measures []part.Option
			for _, m := range people.Measures {
				measures = append(measures, part.Option{Value: string(m), Label: r.T("measure." + string(m))})
			}
			v.Fields = r.filled([]part.Field{
				{Name: "act", Label: r.T("accounts.measure"), Type: "select", Options: measures},
				{Name: "reason", Label: r.T("moderation.reason"), Hint: r.T("accounts.reason.hint"), Most: people.MaxReason},
			}, wrong)
		}
	}
	if err := s.fillProposals(ctx, r, &v); err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, folk.AccountsPage(v))
}

// fillProposals shows the measures that wait for a second person.
func (s *Site) fillProposals(ctx context.Context, r *request, v *folk.AccountsView) error {
	all, err := s.People.Proposals(ctx, r.viewer)
	if errors.Is(err, hub.ErrFresh) {
		return nil // the page asks for a fresh sign-in when it is used
	}
	for _, x := range all {
		p, err := s.Members.Person(ctx, x.Person)
		if errors.Is(err, hub.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		v.Proposals = append(v.Proposals, folk.Proposal{
			ID: x.ID, Whose: p.Email, What: r.T("measure." + string(x.Measure)), Reason: x.Reason,
			By: r.T("accounts.proposed", "name", s.nameOf(ctx, x.By), "day", r.Day(x.At)), Other: x.By != r.viewer.Person && x.Person != r.viewer.Person,
		})
	}
	return err
}

// measure takes a measure, or agrees to one.
func (s *Site) measure(ctx context.Context, r *request) error {
	var waits bool
	var err error
	what := "measure"
	switch r.typed("act") {
	case "agree":
		err = s.People.Agree(ctx, r.viewer, r.typed("id"))
	case "drop":
		what, err = "drop", s.People.WithdrawProposal(ctx, r.viewer, r.typed("id"))
	default:
		waits, err = s.People.Take(ctx, r.viewer, r.typed("id"), people.Measure(r.typed("act")), r.typed("reason"))
	}
	if waits {
		what = "propose"
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.accountsPage(ctx, r, r.typed("email"), wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/admin/accounts", what)
}
