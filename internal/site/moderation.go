package site

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/exchange"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/moderation"
	folk "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

func (s *Site) moderationRoutes(pages fiber.Router) {
	s.get(pages, "/moderation/unanswered", s.unanswered)
	pages.Get("/moderation/people", s.serve(s.moderatePeople))
	pages.Post("/moderation/people", s.serve(s.decidePeople))
	pages.Get("/admin/acts", s.serve(s.acts))
	pages.Get("/admin/acts.csv", s.serve(s.exportActs))
	pages.Get("/admin/glass", s.serve(s.glass))
	pages.Post("/admin/glass", s.serve(s.breakGlass))
	pages.Get("/admin/accounts", s.serve(s.accounts))
	pages.Post("/admin/accounts", s.serve(s.measure))
}

// mostUnanswered is how many questions the list shows.
const mostUnanswered = 200

// unanswered is the list of questions that nothing answered, for
// moderators; to everybody else there is no such page.
func (s *Site) unanswered(ctx context.Context, r *request) error {
	missed, err := s.Missed.MostMissed(ctx, r.viewer, mostUnanswered)
	if err != nil {
		return err
	}
	v := page.UnansweredView{Base: r.base(r.T("unanswered.title"), "")}
	v.Private = true
	for _, m := range missed {
		v.Rows = append(v.Rows, page.Row{
			Href: "/" + string(m.Lang) + "/search?" + url.Values{"q": {m.Words}}.Encode(), Words: m.Words, Lang: r.languageName(string(m.Lang)),
			Times: r.Number(int(m.N)), Last: r.Date(m.Last),
		})
	}
	risen, err := s.Discuss.Risen(ctx, r.viewer, mostUnanswered)
	if err != nil {
		return err
	}
	for _, n := range risen {
		v.Threads = append(v.Threads, page.Waiting{Link: r.threadLink(n.Thread), Since: r.T("unanswered.since", "day", r.Day(n.Thread.Created)), Asked: r.N("unanswered.asked", len(n.Thread.Asked))})
	}
	return r.render(ctx, page.UnansweredPage(v))
}

// mostPeople is how many requests and invitations the page of people shows.
const mostPeople = 100

// moderatePeople is who waits to come in: requests, nominations, invitations.
func (s *Site) moderatePeople(ctx context.Context, r *request) error {
	return s.peoplePage(ctx, r, nil)
}

func (s *Site) peoplePage(ctx context.Context, r *request, wrong map[string]string) error {
	v := folk.ModerationView{Base: r.base(r.T("moderation.people.title"), ""), Done: r.didSay()}
	v.Private, v.Members = true, true
	v.Tabs = r.queues()
	asked, err := s.People.Requests(ctx, r.viewer, mostPeople)
	if err != nil {
		return err
	}
	for _, a := range asked {
		v.Items = append(v.Items, r.requestItem(a))
	}
	nominated, err := s.People.Invitations(ctx, r.viewer, "", people.StateNominated, mostPeople)
	if err != nil {
		return err
	}
	for _, i := range nominated {
		v.Items = append(v.Items, folk.Item{
			ID: i.ID, Nomination: true, Kind: r.T("moderation.nomination"), When: r.Day(i.Created), Title: r.offer(i),
			Facts: []folk.Fact{{Label: r.T("join.email"), Value: i.Email}, {Label: r.T("moderation.by"), Value: s.nameOf(ctx, i.By)}},
		})
	}
	sent, err := s.People.Invitations(ctx, r.viewer, "", people.StateSent, mostPeople)
	if err != nil {
		return err
	}
	for _, i := range sent {
		x := folk.Invited{ID: i.ID, Email: i.Email, What: r.offer(i), When: r.T("invite.until", "day", r.Day(i.Expires)), Expired: i.Expired(s.Now())}
		if x.Expired {
			x.When = r.T("moderation.expired", "day", r.Day(i.Expires))
		}
		v.Waiting = append(v.Waiting, x)
	}
	overdue, err := s.People.Overdue(ctx, r.viewer)
	if err != nil {
		return err
	}
	for _, d := range overdue {
		key := "moderation.overdue.by"
		if len(d.Coordinators) == 0 {
			key = "moderation.overdue.nobody"
		}
		v.Overdue = append(v.Overdue, layout.Link{
			Href: r.href(people.SeatsPath(d.Mechanism)), Text: r.T(key, "state", s.Vocabulary.StateName(d.Mechanism, r.Lang), "day", r.Day(d.By)),
		})
	}
	v.Lede = r.N("moderation.people.lede", len(v.Items))
	r.invitationForm(&v, wrong)
	return r.render(ctx, folk.ModerationPage(v))
}

// queues are the pages of moderators.
func (r *request) queues() []layout.Link {
	return []layout.Link{r.crumb("/moderation/people", "moderation.people.title"), r.crumb("/moderation/experts", "experts.offered"), r.crumb("/moderation/records", "moderation.records"), r.crumb("/moderation/posts", "posts.title"), r.crumb("/moderation/spaces", "rooms.title"), r.crumb("/moderation/unanswered", "unanswered.title")}
}

// invitationForm is the form of an invitation, or what was wrong with a decision.
func (r *request) invitationForm(v *folk.ModerationView, wrong map[string]string) {
	v.Fields = []part.Field{
		{Name: "email", Label: r.T("join.email"), Type: "email", Most: 254, Latin: true},
		{Name: "role", Label: r.T("moderation.as"), Type: "select", Options: r.roles()},
		{Name: "mechanism", Label: r.T("moderation.of"), Hint: r.T("moderation.of.hint"), Type: "select", Options: r.states(r.T("moderation.of.none")), Optional: true},
		{Name: "lang", Label: r.T("moderation.lang"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
	}
	switch {
	case len(wrong) == 0:
	case r.typed("act") == "invite":
		v.Fields = r.filled(v.Fields, wrong)
	default:
		r.c.Status(fiber.StatusUnprocessableEntity)
		v.Problem = r.T("moderation.wrong")
		for _, what := range wrong {
			v.Problem += " " + what
		}
	}
}

func (r *request) roles() []part.Option {
	var all []part.Option
	for _, role := range people.Offered(r.viewer) {
		all = append(all, part.Option{Value: string(role), Label: r.T("role." + string(role))})
	}
	return all
}

func (r *request) requestItem(a people.Request) folk.Item {
	country := ""
	if a.Country != "" {
		country = r.site.Vocabulary.StateName(a.Country, r.Lang)
	}
	i := folk.Item{
		ID: a.ID, Kind: r.T("moderation.request"), When: r.Day(a.Created), Title: a.Name, Roles: r.roles(), States: r.states(r.T("moderation.of.none")),
		Facts: []folk.Fact{
			{Label: r.T("join.email"), Value: a.Email}, {Label: r.T("join.country"), Value: country}, {Label: r.T("join.body"), Value: a.Body},
			{Label: r.T("join.position"), Value: a.Position}, {Label: r.T("join.voucher"), Value: a.Voucher}, {Label: r.T("join.why"), Value: a.Why},
		},
	}
	for n := range i.States {
		i.States[n].Checked = i.States[n].Value == string(a.Country)
	}
	return i
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
		return s.peoplePage(ctx, r, wrong)
	}
	var many *hub.TooMany
	if errors.As(err, &many) {
		return s.peoplePage(ctx, r, map[string]string{"email": r.T("wrong.mails")})
	}
	if err != nil {
		return err
	}
	return r.done("/moderation/people", what)
}

// actsPage is how many acts a page shows.
const actsPage = 50

// acts is the record of who did what.
func (s *Site) acts(ctx context.Context, r *request) error {
	v := page.ActsView{Base: r.base(r.T("acts.title"), ""), Narrow: r.filled([]part.Field{
		{Name: "what", Label: r.T("acts.what"), Hint: r.T("acts.what.hint"), Latin: true, Filter: true, Optional: true, Most: 60, Value: r.query.Get("what")},
		{Name: "object", Label: r.T("acts.object"), Hint: r.T("acts.object.hint"), Latin: true, Filter: true, Optional: true, Most: 100, Value: r.query.Get("object")},
	}, nil)}
	if s.People.ExportsActs(r.viewer) {
		v.Narrow = append(v.Narrow, part.Field{Name: "email", Label: r.T("acts.who.field"), Type: "email", Latin: true, Filter: true, Optional: true, Most: 254, Value: r.query.Get("email")})
		v.Export = r.href("/admin/acts.csv?" + narrowed(r.query).Encode())
	}
	f, err := s.People.Narrow(ctx, r.viewer, people.ActsFilter{Email: r.query.Get("email"), What: r.query.Get("what"), Object: r.query.Get("object")})
	var wrong *hub.Invalid
	var all []people.DoneAct
	var next string
	switch {
	case s.People.ReadsActs(r.viewer) && (errors.Is(err, hub.ErrNotFound) || errors.As(err, &wrong)):
		// nobody has that address: nothing is found
	case err != nil:
		return err
	default:
		f.After, f.Limit = r.query.Get("after"), actsPage
		if all, next, err = s.People.Acts(ctx, r.viewer, f); err != nil {
			return err
		}
	}
	v.Private, v.Members = true, true
	for _, a := range all {
		v.Rows = append(v.Rows, page.Act{Time: r.moment(a.Time), Who: a.Who, What: a.What, Object: a.Object, Failed: a.Failed, Reason: a.Reason})
	}
	if next != "" {
		q := narrowed(r.query)
		q.Set("after", next)
		v.Next = r.href("/admin/acts?" + q.Encode())
	}
	return r.render(ctx, page.ActsPage(v))
}

// narrowed are the parameters that narrow the record of acts.
func narrowed(q url.Values) url.Values {
	kept := url.Values{}
	for _, name := range []string{"what", "object", "email"} {
		if value := q.Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	return kept
}

// exportActs sends the record of acts as a table. What a spreadsheet would
// take for a formula is made plain text.
func (s *Site) exportActs(ctx context.Context, r *request) error {
	f, err := s.People.Narrow(ctx, r.viewer, people.ActsFilter{Email: r.query.Get("email"), What: r.query.Get("what"), Object: r.query.Get("object")})
	if err != nil {
		return err
	}
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	w.Write([]string{"time", "who", "act", "object", "outcome", "reason"})
	err = s.People.ExportActs(ctx, r.viewer, f, func(a people.DoneAct) error {
		outcome := "done"
		if a.Failed {
			outcome = "refused"
		}
		return w.Write([]string{a.Time.Format(time.RFC3339), exchange.Cell(a.Who), exchange.Cell(a.What), exchange.Cell(a.Object), outcome, exchange.Cell(a.Reason)})
	})
	if err != nil {
		return err
	}
	w.Flush()
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	r.c.Attachment("acts.csv")
	r.c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	return r.c.Send(table.Bytes())
}

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
