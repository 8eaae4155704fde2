package site

import (
	"context"
	"errors"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/moderation"
	folk "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

// mostInvited is how many invitations the page of people shows.
const mostInvited = 100

// joining is what the queue of people shows besides: invitations that were sent,
// and where to invite somebody.
func (s *Site) joining(ctx context.Context, r *request, v *page.DeskView, wrong map[string]string) error {
	sent, err := s.People.Invitations(ctx, r.viewer, "", people.StateSent, mostInvited)
	if err != nil {
		return err
	}
	var waiting []folk.Invited
	for _, i := range sent {
		x := folk.Invited{ID: i.ID, Email: i.Email, What: r.offer(i), When: r.T("invite.until", "day", r.Day(i.Expires))}
		if i.Expired(s.Now()) {
			x.When = r.T("moderation.expired", "day", r.Day(i.Expires))
		}
		waiting = append(waiting, x)
	}
	overdue, err := s.People.Overdue(ctx, r.viewer)
	if err != nil {
		return err
	}
	var links []layout.Link
	for _, d := range overdue {
		links = append(links, layout.Link{Href: r.href(people.SeatsPath(d.Mechanism)), Text: r.overdue(d)})
	}
	v.Below = append(v.Below, folk.Sent(v.Base, waiting))
	v.Beside = append(v.Beside, folk.Invite(v.Base, r.invitationForm(wrong)), folk.Overdue(v.Base, links))
	return nil
}

func (r *request) overdue(d people.Due) string {
	key := "moderation.overdue.by"
	if len(d.Coordinators) == 0 {
		key = "moderation.overdue.nobody"
	}
	return r.T(key, "state", r.site.Vocabulary.StateName(d.Mechanism, r.Lang), "day", r.Day(d.By))
}

// invitationForm is the form of an invitation.
func (r *request) invitationForm(wrong map[string]string) []part.Field {
	fields := []part.Field{
		{Name: "email", Label: r.T("join.email"), Type: "email", Most: 254, Latin: true},
		{Name: "role", Label: r.T("moderation.as"), Type: "select", Options: r.roles()},
		{Name: "mechanism", Label: r.T("moderation.of"), Hint: r.T("moderation.of.hint"), Type: "select", Options: r.states(r.T("moderation.of.none")), Optional: true},
		{Name: "lang", Label: r.T("moderation.lang"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
	}
	if r.typed("act") == "invite" {
		return r.filled(fields, wrong)
	}
	return fields
}

func (r *request) roles() []part.Option {
	var all []part.Option
	for _, role := range people.Offered(r.viewer) {
		all = append(all, part.Option{Value: string(role), Label: r.T("role." + string(role))})
	}
	return all
}

// joiner is somebody who asks to join, for the decision about them.
func (r *request) joiner(a people.Request) folk.Item {
	i := folk.Item{ID: a.ID, Roles: r.roles(), States: r.states(r.T("moderation.of.none"))}
	for n := range i.States {
		i.States[n].Checked = i.States[n].Value == string(a.Country)
	}
	return i
}

// joinerFacts are what somebody said who asks to join.
func (r *request) joinerFacts(a people.Request) []page.Fact {
	return []page.Fact{
		{Label: r.T("join.email"), Value: a.Email}, {Label: r.T("join.body"), Value: a.Body}, {Label: r.T("join.position"), Value: a.Position},
		{Label: r.T("join.voucher"), Value: a.Voucher}, {Label: r.T("join.why"), Value: a.Why},
	}
}

// nameOf is a person's name for the pages of moderators.
func (s *Site) nameOf(ctx context.Context, id string) string {
	p, err := s.Members.Person(ctx, id)
	if err != nil {
		return ""
	}
	return p.Name
}

// decidePeople carries out what a moderator decides.
func (s *Site) decidePeople(ctx context.Context, r *request) error {
	id, what, reason := r.typed("id"), r.typed("act"), r.typed("reason")
	role, mechanism := hub.Role(r.typed("role")), hub.State(r.typed("mechanism"))
	var err error
	switch what {
	case "invite":
		_, err = s.People.Invite(ctx, r.viewer, people.NewInvitation{Email: r.typed("email"), Role: role, Mechanism: mechanism, Lang: hub.Lang(r.typed("lang"))})
	case "accept", "decline":
		_, err = s.People.Decide(ctx, r.viewer, id, what == "accept", reason)
	case "answer", "refuse":
		err = s.People.AnswerRequest(ctx, r.viewer, id, people.Answer{Accept: what == "answer", Role: role, Mechanism: mechanism, Reason: reason})
	case "again":
		_, err = s.People.Again(ctx, r.viewer, id)
	case "withdraw":
		_, err = s.People.Withdraw(ctx, r.viewer, id)
	default:
		return hub.ErrNotFound
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.deskPage(ctx, r, queueNamed("people"), wrong)
	}
	var many *hub.TooMany
	if errors.As(err, &many) {
		return s.deskPage(ctx, r, queueNamed("people"), map[string]string{"email": r.T("wrong.mails")})
	}
	if err != nil {
		return err
	}
	return r.done("/moderation/people", what)
}
