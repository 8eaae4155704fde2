package site

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
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
	f := people.ExpertFilter{Words: r.query.Get("q"), Lang: r.query.Get("language"), Region: r.query.Get("region"), Capacity: r.query.Get("capacity"), Support: r.query.Get("support")}
	all, err := s.People.Experts(ctx, r.viewer, f)
	if err != nil {
		return err
	}
	v := page.ExpertsView{Base: r.base(r.T("door.experts"), "experts"), Total: r.N("experts.total", len(all)), Filter: r.expertFilter(f)}
	v.Private, v.Members = true, true
	if f != (people.ExpertFilter{}) {
		v.Clear = r.href("/experts")
	}
	if s.People.MayOffer(r.viewer) {
		v.Mine = r.href("/experts/mine")
	}
	for _, x := range all {
		v.Experts = append(v.Experts, r.expertCard(x))
	}
	return r.render(ctx, page.ExpertsPage(v))
}

func (r *request) expertFilter(f people.ExpertFilter) []part.Field {
	any := part.Option{Label: r.T("experts.any")}
	return []part.Field{
		{Name: "q", Label: r.T("experts.words"), Value: f.Words, Optional: true, Filter: true, Most: 200},
		{Name: "language", Label: r.T("experts.langs"), Type: "select", Value: f.Lang, Options: append([]part.Option{any}, r.languages()...), Optional: true, Filter: true},
		{Name: "region", Label: r.T("experts.regions"), Type: "select", Value: f.Region, Options: append([]part.Option{any}, r.codes("region")...), Optional: true, Filter: true},
		{Name: "capacity", Label: r.T("experts.capacities"), Type: "select", Value: f.Capacity, Options: append([]part.Option{any}, r.codes("capacity")...), Optional: true, Filter: true},
		{Name: "support", Label: r.T("experts.support"), Type: "select", Value: f.Support, Options: append([]part.Option{any}, r.supports()...), Optional: true, Filter: true},
	}
}

// codes are the codes of a list, with their names.
func (r *request) codes(list string) []part.Option {
	var all []part.Option
	for _, c := range r.site.Vocabulary.Codes(list) {
		all = append(all, part.Option{Value: c.Code, Label: r.site.Vocabulary.Label(list, c.Code, r.Lang)})
	}
	return all
}

func (r *request) supports() []part.Option {
	var all []part.Option
	for _, c := range people.Supports {
		all = append(all, part.Option{Value: c, Label: r.T("support." + c)})
	}
	return all
}

func (r *request) expertCard(x people.Expert) page.ExpertCard {
	f := x.Fields
	c := page.ExpertCard{Href: r.href("/experts/" + x.ID), Name: f.Name, About: f.About}
	var meta []string
	if f.Country != "" {
		meta = append(meta, r.site.Vocabulary.StateName(f.Country, r.Lang))
	}
	if names := r.langNames(f.Langs); names != "" {
		meta = append(meta, names)
	}
	c.Meta = strings.Join(meta, ". ")
	for _, k := range f.Capacities {
		c.Tags = append(c.Tags, r.site.Vocabulary.Label("capacity", k, r.Lang))
	}
	for _, k := range f.Support {
		c.Tags = append(c.Tags, r.T("support."+k))
	}
	return c
}

func (r *request) langNames(langs []hub.Lang) string {
	var all []string
	for _, l := range langs {
		all = append(all, r.languageName(string(l)))
	}
	return r.List(all)
}

// expertFacts are what an entry tells, in words.
func (r *request) expertFacts(f people.ExpertFields) []page.Fact {
	voc := r.site.Vocabulary
	labels := func(list string, codes []string) string {
		var all []string
		for _, c := range codes {
			if list == "" {
				all = append(all, r.T("support."+c))
				continue
			}
			all = append(all, voc.Label(list, c, r.Lang))
		}
		return r.List(all)
	}
	country := ""
	if f.Country != "" {
		country = voc.StateName(f.Country, r.Lang)
	}
	var facts []page.Fact
	for _, x := range []page.Fact{
		{Label: r.T("experts.about"), Value: f.About}, {Label: r.T("experts.support"), Value: labels("", f.Support)}, {Label: r.T("experts.experience"), Value: f.Experience},
		{Label: r.T("experts.training"), Value: f.Training}, {Label: r.T("experts.capacities"), Value: labels("capacity", f.Capacities)},
		{Label: r.T("experts.regions"), Value: labels("region", f.Regions)}, {Label: r.T("experts.langs"), Value: r.langNames(f.Langs)},
		{Label: r.T("experts.country"), Value: country}, {Label: r.T("experts.availability"), Value: f.Availability},
	} {
		if x.Value != "" {
			facts = append(facts, x)
		}
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
	v := page.ExpertView{Base: r.base(x.Fields.Name, "experts", r.crumb("/experts", "door.experts")), Done: r.didSay(), Facts: r.expertFacts(x.Fields)}
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

func (s *Site) myExpertPage(ctx context.Context, r *request, wrong map[string]string) error {
	x, err := s.People.MyExpert(ctx, r.viewer)
	has := err == nil
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	may := s.People.MayOffer(r.viewer)
	if !has && !may {
		return hub.ErrNotFound
	}
	v := page.MyExpertView{Base: r.base(r.T("experts.mine"), "experts", r.crumb("/experts", "door.experts")), Done: r.didSay(), Has: has, May: may}
	v.Private, v.Members = true, true
	if has {
		v.State = r.expertState(x)
	}
	v.Fields = r.askedFields(x, has, wrong)
	if len(wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	return r.render(ctx, page.MyExpertPage(v))
}

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

// askedFields are the questions of an entry, each with its consent: as typed,
// else as it is.
func (r *request) askedFields(x people.Expert, has bool, wrong map[string]string) []page.Asked {
	f := x.Fields
	if !has {
		f.Name, f.Country = r.session.Name, r.session.Mechanism
	}
	var langs []string
	for _, l := range f.Langs {
		langs = append(langs, string(l))
	}
	all := []page.Asked{
		{Field: part.Field{Name: "name", Label: r.T("account.name"), Value: f.Name, Most: people.MaxLine}},
		{Field: part.Field{Name: "country", Label: r.T("experts.country"), Type: "select", Value: string(f.Country), Options: r.states(r.T("join.country.none")), Optional: true}},
		{Field: part.Field{Name: "about", Label: r.T("experts.about"), Hint: r.T("experts.about.hint"), Type: "textarea", Value: f.About, Most: people.MaxText, Optional: true}},
		{Field: part.Field{Name: "support", Label: r.T("experts.support"), Type: "checks", Options: checked(r.supports(), f.Support)}},
		{Field: part.Field{Name: "experience", Label: r.T("experts.experience"), Hint: r.T("experts.experience.hint"), Type: "textarea", Value: f.Experience, Most: people.MaxText, Optional: true}},
		{Field: part.Field{Name: "training", Label: r.T("experts.training"), Value: f.Training, Most: people.MaxLine, Optional: true}},
		{Field: part.Field{Name: "availability", Label: r.T("experts.availability"), Value: f.Availability, Most: people.MaxLine, Optional: true}},
		{Field: part.Field{Name: "langs", Label: r.T("experts.langs"), Type: "checks", Options: checked(r.languages(), langs)}},
		{Field: part.Field{Name: "capacities", Label: r.T("experts.capacities"), Type: "checks", Options: checked(r.codes("capacity"), f.Capacities)}},
		{Field: part.Field{Name: "regions", Label: r.T("experts.regions"), Type: "checks", Options: checked(r.codes("region"), f.Regions)}},
	}
	sent := r.c.Method() == fiber.MethodPost
	for i := range all {
		a := &all[i]
		_, a.Yes = x.Consent[a.Name]
		a.Error = wrong[a.Name]
		if sent {
			a.Yes = r.typed("yes-"+a.Name) == "1"
			r.retype(&a.Field)
		}
	}
	return all
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
	var err error
	switch what {
	case "offer":
		f := people.ExpertFields{
			Name: r.typed("name"), Country: hub.State(r.typed("country")), About: r.typed("about"), Experience: r.typed("experience"), Training: r.typed("training"),
			Availability: r.typed("availability"), Regions: r.several("regions"), Capacities: r.several("capacities"), Support: r.several("support"),
		}
		for _, l := range r.several("langs") {
			f.Langs = append(f.Langs, hub.Lang(l))
		}
		_, err = s.People.OfferHelp(ctx, r.viewer, f, func(field string) bool { return r.typed("yes-"+field) == "1" })
	case "right":
		err = s.People.StillRight(ctx, r.viewer)
	case "withdraw":
		err = s.People.WithdrawHelp(ctx, r.viewer)
	default:
		return hub.ErrNotFound
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.myExpertPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	if what == "withdraw" {
		return r.done("/account", "withdrawn")
	}
	return r.done("/experts/mine", "entry")
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
