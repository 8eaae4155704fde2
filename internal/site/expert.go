package site

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
	"nmirfhub/internal/question"
	page "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

func (s *Site) expertRoutes(pages fiber.Router) {
	s.get(pages, "/experts", s.experts)
	pages.Get("/experts/mine", s.serve(s.myExpert))
	pages.Post("/experts/mine", s.serve(s.myExpertAct))
	pages.Get("/experts/:id", s.serve(s.expert))
	pages.Post("/experts/:id", s.serve(s.writeExpert))
	pages.Post("/moderation/experts", s.serve(s.decideExpert))
}

// experts is the roster for the network; everybody else reads what it is.
func (s *Site) experts(ctx context.Context, r *request) error {
	if !s.People.ListsExperts(r.viewer) {
		return s.memberDoor("experts")(ctx, r)
	}
	asked := s.People.Filters(r.viewer)
	f := people.ExpertFilter{Words: r.query.Get("q"), Has: map[string]string{}}
	for _, q := range asked {
		f.Has[q.Code] = r.query.Get(q.Code)
	}
	all, err := s.People.Experts(ctx, r.viewer, people.ExpertFilter{})
	if err != nil {
		return err
	}
	v := page.ExpertsView{Base: r.base(r.T("door.experts"), "experts"), Filter: r.expertFilter(asked, f, all)}
	v.Private, v.Members = true, true
	if !f.Empty() {
		v.Clear = r.href("/experts")
	}
	if s.People.MayOffer(r.viewer) {
		v.Mine = r.href("/experts/mine")
	}
	for _, x := range all {
		if f.Fits(x) {
			v.Experts = append(v.Experts, r.expertCard(x))
		}
	}
	v.Total = r.N("experts.total", len(v.Experts))
	return r.render(ctx, page.ExpertsPage(v))
}

// expertFilter asks for words, and for a choice of each question: of what the
// entries say, so that no choice leads to nobody.
func (r *request) expertFilter(asked []*question.Question, f people.ExpertFilter, all []people.Expert) []part.Field {
	fields := []part.Field{{Name: "q", Label: r.T("experts.words"), Value: f.Words, Optional: true, Filter: true, Most: 200}}
	for _, q := range asked {
		x := part.Field{Name: q.Code, Label: q.Ask.In(r.Lang), Type: "select", Value: f.Has[q.Code], Optional: true, Filter: true}
		options := r.states("")[1:]
		if q.List != "" {
			options = r.codes(q.List)
		}
		said := map[string]bool{f.Has[q.Code]: true}
		for _, e := range all {
			for _, code := range e.Chosen(q.Code) {
				said[code] = true
			}
		}
		options = slices.DeleteFunc(options, func(o part.Option) bool { return !said[o.Value] })
		if x.Options = append([]part.Option{{Label: r.T("experts.any")}}, options...); len(options) > 0 {
			fields = append(fields, x)
		}
	}
	return fields
}

// codes are the codes of a list, with their names.
func (r *request) codes(list string) []part.Option {
	var all []part.Option
	for _, c := range r.site.Vocabulary.Codes(list) {
		all = append(all, part.Option{Value: c.Code, Label: r.site.Vocabulary.Label(list, c.Code, r.Lang)})
	}
	return all
}

// expertAnswer is an answer of an entry in words.
type expertAnswer struct {
	*question.Question
	lines []string
}

// chosen says whether it was chosen from a list.
func (a expertAnswer) chosen() bool {
	return a.List != "" || a.Form == question.State || a.Form == question.States
}

// expertAnswers are what an entry tells, but for whom it is of.
func (r *request) expertAnswers(x people.Expert) []expertAnswer {
	if x.Set() == nil {
		return nil
	}
	var all []expertAnswer
	rec := x.Record()
	for _, q := range x.Set().All() {
		if lines := r.answerLines(rec, q, x.Fields[q.Code]); len(lines) > 0 && q.At != "title" {
			all = append(all, expertAnswer{q, lines})
		}
	}
	return all
}

// expertCard is an entry in the list: where its person is from and what they
// speak, in a line; what else they chose, as tags.
func (r *request) expertCard(x people.Expert) page.ExpertCard {
	c := page.ExpertCard{Href: r.href("/experts/" + x.ID), Name: x.Name(), About: x.About()}
	var meta []string
	for _, a := range r.expertAnswers(x) {
		switch {
		case a.Form == question.State, a.List == "language":
			meta = append(meta, r.List(a.lines))
		case a.chosen():
			c.Tags = append(c.Tags, a.lines...)
		}
	}
	c.Meta = strings.Join(meta, " · ")
	return c
}

// expertFacts are what an entry tells, in words.
func (r *request) expertFacts(x people.Expert) []page.Fact {
	var facts []page.Fact
	for _, a := range r.expertAnswers(x) {
		f := page.Fact{Label: a.Ask.In(r.Lang), Value: strings.Join(a.lines, "\n")}
		if a.chosen() {
			f.Value = r.List(a.lines)
		}
		facts = append(facts, f)
	}
	return facts
}

// expert is one entry.
func (s *Site) expert(ctx context.Context, r *request) error { return s.expertPage(ctx, r, nil) }

func (s *Site) expertPage(ctx context.Context, r *request, wrong map[string]string) error {
	x, err := s.People.Expert(ctx, r.viewer, r.c.Params("id"))
	if err != nil {
		return err
	}
	v := page.ExpertView{Base: r.base(x.Name(), "experts", r.crumb("/experts", "door.experts")), Done: r.didSay(), Facts: r.expertFacts(x)}
	v.Confirmed = r.T("record.confirmed", "day", r.Day(x.Said))
	v.Private, v.Members = true, true
	v.Message = r.filled([]part.Field{{Name: "message", Label: r.T("experts.message"), Type: "textarea", Rows: 6, Most: people.MaxText}}, wrong)[0]
	return r.render(ctx, page.ExpertPage(v))
}

// writeExpert passes a message on.
func (s *Site) writeExpert(ctx context.Context, r *request) error {
	id := r.c.Params("id")
	err := s.People.Contact(ctx, r.viewer, id, r.typed("message"))
	if wrong := r.wrong(err); wrong != nil {
		return s.expertPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/experts/"+id, "message")
}

// myExpert is one's own entry.
func (s *Site) myExpert(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return r.c.Redirect(r.href("/signin?next="+url.QueryEscape(r.href("/experts/mine"))), fiber.StatusSeeOther)
	}
	return s.myExpertPage(ctx, r, nil)
}

// ownExpert is the viewer's entry, and as they are asked for it now.
func (s *Site) ownExpert(ctx context.Context, r *request) (is, asked people.Expert, err error) {
	if is, err = s.People.MyExpert(ctx, r.viewer); err != nil && !errors.Is(err, hub.ErrNotFound) {
		return is, asked, err
	}
	asked, err = s.People.Offering(r.viewer, is)
	return is, asked, err
}

func (s *Site) myExpertPage(ctx context.Context, r *request, wrong map[string]string) error {
	is, asked, err := s.ownExpert(ctx, r)
	if err != nil {
		return err
	}
	v := page.MyExpertView{Base: r.base(r.T("experts.mine"), "experts", r.crumb("/experts", "door.experts")), Done: r.didSay(), Has: is.ID != "", May: s.People.MayOffer(r.viewer)}
	if !v.Has && !v.May {
		return hub.ErrNotFound
	}
	v.Private, v.Members = true, true
	if v.Has {
		v.State, v.Shown = r.expertState(is), is.State == people.StateAccepted
		if _, err := s.People.Expert(ctx, r.viewer, is.ID); err == nil {
			v.Seen = r.href("/experts/" + is.ID)
		}
	}
	if v.May {
		if err := s.fillOffer(ctx, r, &v, is, asked, wrong); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	return r.render(ctx, page.MyExpertPage(v))
}

// fillOffer puts the questions of an entry on its page.
func (s *Site) fillOffer(ctx context.Context, r *request, v *page.MyExpertView, is, asked people.Expert, wrong map[string]string) error {
	rec := asked.Record()
	flags, err := s.Trials.Own(ctx, r.viewer, rec)
	if err != nil {
		return err
	}
	if !v.Has {
		r.presetExpert(rec, asked.Set())
	}
	v.Questions = asked.Questions
	if wrong["questions"] != "" {
		v.Problem = r.T("experts.changed")
	}
	for _, x := range asked.Set().Sections {
		sec := page.ExpertSection{Title: x.Title.In(r.Lang)}
		for i := range x.Questions {
			q := &x.Questions[i]
			a := r.asked(rec, q, rec.Original, wrong)
			a.Closable, a.Skippable, a.Consent = false, false, r.T("experts.yes")
			_, a.Yes = is.Consent[q.Code]
			if r.c.Method() == fiber.MethodPost {
				a.Yes = r.saysYes(q.Code)
			}
			a.New = v.Has && !is.Set().Asks(q.Code) && !a.Answered
			r.askUnclear(&a, q.Code, flags, wrong)
			for _, e := range []string{a.Error, a.Unclear.Error} {
				if e != "" {
					v.Wrong = append(v.Wrong, part.Field{Name: "q-" + q.Code, Label: a.Label, Error: e})
				}
			}
			sec.Asked = append(sec.Asked, a)
		}
		v.Sections = append(v.Sections, sec)
	}
	for _, a := range r.expertAnswers(is) {
		if asked.Set().Question(a.Code) == nil {
			v.Gone = append(v.Gone, page.Fact{Label: a.Ask.In(r.Lang), Value: r.List(a.lines)})
		}
	}
	return nil
}

// presetExpert answers in a new entry what the hub knows of its person.
func (r *request) presetExpert(rec *hub.Record, set *question.Set) {
	for _, q := range set.All() {
		known := ""
		switch {
		case q.At == "title":
			known = r.session.Name
		case q.Form == question.State:
			known = string(r.session.Mechanism)
		default:
			continue
		}
		q.Put(rec, rec.Original, q.Read(func(string) []string { return []string{known} }))
	}
}

// saysYes says whether the form that was sent has the yes to a question.
func (r *request) saysYes(code string) bool { return r.typed("yes-"+code) == "1" }

func (r *request) expertState(x people.Expert) string {
	switch {
	case x.Hidden:
		return r.T("experts.state.hidden")
	case x.State == people.StateAccepted:
		return r.T("experts.state.shown")
	case x.State == people.StateDeclined && x.Decided != nil:
		return r.T("experts.state.returned", "reason", x.Decided.Reason)
	}
	return r.T("experts.state.waits")
}

// checked marks the options that are chosen.
func checked(all []part.Option, chosen []string) []part.Option {
	for i := range all {
		all[i].Checked = slices.Contains(chosen, all[i].Value)
	}
	return all
}

// several are all values of a field of the form that was sent.
func (r *request) several(name string) []string {
	if form, err := r.c.MultipartForm(); err == nil {
		return form.Value[name]
	}
	var all []string
	for _, v := range r.c.Context().PostArgs().PeekMulti(name) {
		all = append(all, string(v))
	}
	return all
}

// myExpertAct writes one's own entry, says that it is right, or withdraws it.
func (s *Site) myExpertAct(ctx context.Context, r *request) error {
	what := r.typed("act")
	var wrong map[string]string
	var err error
	switch what {
	case "offer":
		wrong, err = s.offerHelp(ctx, r)
	case "right":
		err = s.People.StillRight(ctx, r.viewer)
	case "withdraw":
		err = s.People.WithdrawHelp(ctx, r.viewer)
	default:
		return hub.ErrNotFound
	}
	switch {
	case err != nil:
		return err
	case len(wrong) > 0:
		return s.myExpertPage(ctx, r, wrong)
	case what == "withdraw":
		return r.done("/account", "withdrawn")
	}
	return r.done("/experts/mine", "entry")
}

// offerHelp writes one's own entry: all of it, or nothing. It gives what is
// wrong, by question.
func (s *Site) offerHelp(ctx context.Context, r *request) (map[string]string, error) {
	if !s.People.MayOffer(r.viewer) {
		return nil, hub.ErrNotFound
	}
	is, asked, err := s.ownExpert(ctx, r)
	if err != nil {
		return nil, err
	}
	wrong := map[string]string{}
	for i := range asked.Set().Sections {
		unsaid, err := s.flagged(ctx, r, asked.Record(), &asked.Set().Sections[i])
		if err != nil {
			return nil, err
		}
		maps.Copy(wrong, unsaid)
	}
	o := people.Offer{Questions: cmp.Or(r.typed("questions"), asked.Questions), Answers: map[string]question.Answer{}, Yes: r.saysYes}
	for _, q := range asked.Set().All() {
		o.Answers[q.Code] = q.Read(r.typedAll)
	}
	maps.Copy(wrong, r.unsaid(is, asked.Set(), o))
	if len(wrong) > 0 {
		return wrong, nil
	}
	if _, err = s.People.OfferHelp(ctx, r.viewer, o); err != nil {
		wrong = r.wrong(err)
	}
	if wrong != nil {
		err = nil
	}
	return wrong, err
}

// unsaid names the answers that would be lost, since they have no yes and
// never had: nobody writes something to have it thrown away. What the hub has
// filled in itself is none of them.
func (r *request) unsaid(is people.Expert, set *question.Set, o people.Offer) map[string]string {
	preset := &hub.Record{Original: hub.English}
	r.presetExpert(preset, set)
	all := map[string]string{}
	for _, q := range set.All() {
		a := o.Answers[q.Code]
		_, had := is.Consent[q.Code]
		switch {
		case a == nil, o.Yes(q.Code):
		case q.Required:
			all[q.Code] = r.T("experts.unsaid.required")
		case !had && !bytes.Equal(a, q.Get(preset, preset.Original)):
			all[q.Code] = r.T("experts.unsaid")
		}
	}
	return all
}

// decideExpert shows an entry, or returns it.
func (s *Site) decideExpert(ctx context.Context, r *request) error {
	what := r.typed("act")
	if what != "publish" && what != "return" {
		return hub.ErrNotFound
	}
	err := s.People.DecideExpert(ctx, r.viewer, r.typed("id"), what == "publish", r.typed("reason"))
	if wrong := r.wrong(err); wrong != nil {
		return s.deskPage(ctx, r, queueNamed("experts"), wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/moderation/experts", what)
}
