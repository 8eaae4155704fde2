package site

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

func (s *Site) seatRoutes(pages fiber.Router) {
	pages.Get("/mechanisms/:iso3/seats", s.serve(s.seats))
	pages.Post("/mechanisms/:iso3/seats", s.serve(s.seatsAct))
	pages.Get("/mechanisms/:iso3/seats/:number", s.serve(s.seat))
	pages.Post("/mechanisms/:iso3/seats/:number", s.serve(s.seatAct))
}

func seatPath(m hub.State, number int) string {
	return people.SeatsPath(m) + "/" + strconv.Itoa(number)
}

// mechanismOf is the State in the address.
func (r *request) mechanismOf() hub.State { return hub.State(strings.ToUpper(r.c.Params("iso3"))) }

// seats are the seats of a mechanism: mock-up seats.
func (s *Site) seats(ctx context.Context, r *request) error { return s.seatsPage(ctx, r, nil) }

func (s *Site) seatsPage(ctx context.Context, r *request, wrong map[string]string) error {
	m := r.mechanismOf()
	all, err := s.People.Seats(ctx, r.viewer, m)
	if err != nil {
		return err
	}
	name := s.Vocabulary.StateName(m, r.Lang)
	v := page.SeatsView{
		Base: r.base(r.T("seats.of", "state", name), "mechanisms", r.crumb("/mechanisms", "door.mechanisms"), layout.Link{Href: r.href("/mechanisms/" + strings.ToLower(string(m))), Text: name}),
		Done: r.didSay(), Count: r.N("seats.count", len(all)), Keeps: s.People.Keeps(r.viewer, m), Confirm: r.T("seats.confirm.never"),
	}
	v.Private, v.Members = true, true
	for _, x := range all {
		v.Seats = append(v.Seats, r.seatRow(x))
		if x.Leaving != nil {
			v.Open = append(v.Open, layout.Link{Href: r.href(seatPath(m, x.Number)), Text: r.T("seats.open", "number", r.Number(x.Number), "day", r.Date(x.Leaving.LastDay))})
		}
		if x.Confirmed != nil {
			v.Confirm = r.T("seats.confirm.last", "day", r.Day(x.Confirmed.At))
		}
	}
	if s.People.Moderates(r.viewer) {
		v.Moderates = true
		if v.Trusted, err = s.People.Trusted(ctx, m); err != nil {
			return err
		}
	}
	v.Fields = r.filled(r.seatFields(all), wrong)
	return r.render(ctx, page.SeatsPage(v))
}

// seatRow is a seat in the list.
func (r *request) seatRow(x people.Seat) page.Seat {
	row := page.Seat{
		Href: r.href(seatPath(x.Mechanism, x.Number)), Title: r.T("seat.title", "number", r.Number(x.Number), "title", x.Title), Meta: r.seatMeta(x),
		Holder: r.T("seat.nobody"), Since: r.T("seat.empty.since", "day", r.Day(x.Empty)), State: r.T("seat.empty"), Colour: "red",
	}
	if x.Offered != "" {
		row.State, row.Colour = r.T("seat.offered"), "gold"
	}
	if x.Held != nil {
		row.Holder, row.Since, row.State, row.Colour = x.Held.Name, r.T("seat.since", "day", r.Day(x.Held.From)), r.T("seat.active"), "green"
	}
	switch {
	case x.Lapsed:
		row.State, row.Colour = r.T("seat.lapsed"), "red"
	case x.Faded:
		row.State, row.Colour = r.T("seat.faded"), "gold"
	}
	if x.Leaving != nil {
		row.State, row.Colour, row.Since = r.T("seat.handover"), "gold", r.T("seat.until", "day", r.Date(x.Leaving.LastDay))
	}
	if x.Next != nil {
		row.Holder = r.T("seat.to", "from", row.Holder, "to", x.Next.Name)
	}
	return row
}

func (r *request) seatMeta(x people.Seat) string {
	meta := []string{x.Body, r.T("level." + string(x.Level)), r.T("seat.may." + seatDuty(x.Role, x.Reads))}
	if x.Pair != 0 {
		meta = append(meta, r.T("seat.pair", "number", r.Number(x.Pair)))
	}
	if x.Deputy != nil {
		meta = append(meta, r.T("seat.deputy.is", "name", x.Deputy.Name, "day", r.Date(x.Deputy.Until)))
	}
	return strings.Join(meta, ". ")
}

// reader is the name of what the holder of a seat for reading may do.
const reader = "reader"

// seatDuty names what the holder of a seat may do.
func seatDuty(role hub.Role, reads bool) string {
	if reads {
		return reader
	}
	return string(role)
}

func (r *request) seatFields(all []people.Seat) []part.Field {
	pairs := []part.Option{{Label: r.T("seats.pair.none")}}
	for _, x := range all {
		pairs = append(pairs, part.Option{Value: strconv.Itoa(x.Number), Label: r.T("seat.title", "number", r.Number(x.Number), "title", x.Title)})
	}
	var levels, roles []part.Option
	for _, l := range people.Levels {
		levels = append(levels, part.Option{Value: string(l), Label: r.T("level." + string(l))})
	}
	for _, role := range people.SeatRoles {
		roles = append(roles, part.Option{Value: string(role), Label: r.T("seat.may." + string(role))})
	}
	roles = append(roles, part.Option{Value: reader, Label: r.T("seat.may.reader")})
	return []part.Field{
		{Name: "title", Label: r.T("seats.title.field"), Hint: r.T("seats.title.hint"), Most: people.MaxLine},
		{Name: "body", Label: r.T("seats.body"), Most: people.MaxLine},
		{Name: "level", Label: r.T("seats.level"), Type: "select", Options: levels, Value: string(people.Technical)},
		{Name: "role", Label: r.T("seats.role"), Type: "select", Options: roles},
		{Name: "pair", Label: r.T("seats.pair"), Hint: r.T("seats.pair.hint"), Type: "select", Options: pairs, Optional: true},
		{Name: "lang", Label: r.T("seats.lang"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
	}
}

// seatsAct adds a seat, or confirms all.
func (s *Site) seatsAct(ctx context.Context, r *request) error {
	m, what := r.mechanismOf(), r.typed("act")
	var err error
	switch what {
	case "add":
		pair, _ := strconv.Atoi(r.typed("pair"))
		d := people.Description{
			Title: r.typed("title"), Body: r.typed("body"), Level: people.Level(r.typed("level")), Lang: hub.Lang(r.typed("lang")), Pair: pair, Role: hub.Role(r.typed("role")),
		}
		if r.typed("role") == reader {
			d.Role, d.Reads = people.SeatRoles[0], true
		}
		_, err = s.People.AddSeat(ctx, r.viewer, m, d)
	case "confirm":
		err = s.People.Confirm(ctx, r.viewer, m)
	case "trust", "untrust":
		err = s.People.SetTrusted(ctx, r.viewer, m, what == "trust")
	default:
		return hub.ErrNotFound
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.seatsPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done(people.SeatsPath(m), what)
}

// numberOf is the number of a seat in the address; 0 for none.
func (r *request) numberOf() int {
	n, err := strconv.Atoi(r.c.Params("number"))
	if err != nil || n < 1 || n > people.MaxSeats {
		return 0
	}
	return n
}

// seat is one seat, with its handover and its note.
func (s *Site) seat(ctx context.Context, r *request) error { return s.seatPage(ctx, r, nil, "") }

func (s *Site) seatPage(ctx context.Context, r *request, wrong map[string]string, problem string) error {
	m := r.mechanismOf()
	x, err := s.People.Seat(ctx, r.viewer, m, r.numberOf())
	if err != nil {
		return err
	}
	holds := x.Held != nil && x.Held.Person == r.viewer.Person
	v := page.SeatView{
		Base: r.base(r.T("seat.title", "number", r.Number(x.Number), "title", x.Title), "mechanisms", r.crumb(people.SeatsPath(m), "seats.title")),
		Done: r.didSay(), Problem: problem, Meta: r.seatMeta(x), Keeps: s.People.Keeps(r.viewer, m), Held: x.Held != nil, Mine: holds,
		Seen: x.Note.At.Format(time.RFC3339Nano),
	}
	v.Private, v.Members = true, true
	v.Leads, v.Writes, v.Notes = v.Keeps || holds, s.People.Writes(x, r.viewer), s.People.ReadsNotes(r.viewer, m)
	v.Lede = r.seatLede(x)
	v.Steps = r.steps(x, v.Notes)
	v.NoteMeta = r.T("note.empty")
	if !x.Note.At.IsZero() {
		v.NoteMeta = r.T("note.at", "day", r.Day(x.Note.At), "done", r.Number(x.Note.Answered()), "all", r.Number(len(people.NoteParts)))
	}
	r.fillNote(&v, x, wrong)
	day := part.Field{Name: "last_day", Label: r.T("handover.lastday.field"), Hint: r.T("handover.lastday.hint"), Type: "date", Optional: true}
	if x.Leaving != nil {
		day.Value = x.Leaving.LastDay
	}
	v.LastDay = r.filledFor("leave", day, wrong)
	v.Offer = r.filledFor("offer", part.Field{Name: "email", Label: r.T("handover.offer.email"), Hint: r.T("handover.offer.hint"), Type: "email", Most: 254, Latin: true}, wrong)
	if v.Leads {
		if err := s.fillDeputy(ctx, r, &v, x, wrong); err != nil {
			return err
		}
	}
	if s.People.SeesEstate(x, r.viewer) {
		if v.Estate, err = s.estate(ctx, r, x); err != nil {
			return err
		}
	}
	for _, h := range x.Before {
		v.Before = append(v.Before, page.Holder{Name: h.Name, When: r.T("seat.fromto", "from", r.Day(h.From), "to", r.Day(h.To))})
	}
	if len(wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	return r.render(ctx, page.SeatPage(v))
}

// mostEstate is how much of each sort of what belongs to a seat is shown.
const mostEstate = 200

// estate is what belongs to a seat and passes on with it, as far as the reader
// may read it.
func (s *Site) estate(ctx context.Context, r *request, x people.Seat) (all []page.Estate, err error) {
	if r.viewer, err = s.Discuss.Known(ctx, r.viewer); err != nil {
		return nil, err
	}
	for _, talk := range []struct {
		key string
		of  func(context.Context, hub.Viewer, string, int) ([]discuss.News, error)
	}{{"handover.follows", s.Discuss.SeatFollows}, {"handover.asks", s.Discuss.SeatAsks}, {"handover.owes", s.Discuss.SeatAsked}} {
		found, err := talk.of(ctx, r.viewer, x.ID, mostEstate)
		if err != nil {
			return nil, err
		}
		var links []layout.Link
		for _, n := range found {
			if n.Thread.ID == "" {
				row := r.spaceRow(n.Space)
				links = append(links, layout.Link{Href: row.Href, Text: row.Title})
				continue
			}
			links = append(links, r.threadLink(n.Thread))
		}
		all = append(all, page.Estate{Title: r.N(talk.key, len(links)), Links: links})
	}
	drafts, err := s.Records.Open(ctx, r.viewer, x.WaitsWith(), x.Mechanism, mostEstate)
	if err != nil {
		return nil, err
	}
	due, err := s.Records.ToReview(ctx, r.viewer, x.Mechanism, s.Now().AddDate(1, 0, 0).Format(time.DateOnly), mostEstate)
	if err != nil {
		return nil, err
	}
	contacts, err := s.People.Seats(ctx, r.viewer, x.Mechanism)
	if err != nil {
		return nil, err
	}
	var written, reviews, others []layout.Link
	for _, d := range drafts {
		written = append(written, layout.Link{Href: r.href(contributionPath(d)), Text: d.In(r.Lang).Title})
	}
	for _, d := range due {
		reviews = append(reviews, layout.Link{Href: finder.Path(r.Lang, d.Kind, d.Slug), Text: d.In(r.Lang).Title})
	}
	for _, o := range contacts {
		if o.Held != nil && o.Number != x.Number {
			others = append(others, layout.Link{Href: r.href(seatPath(o.Mechanism, o.Number)), Text: r.T("seat.title", "number", r.Number(o.Number), "title", o.Held.Name)})
		}
	}
	return append(all,
		page.Estate{Title: r.N("handover.drafts", len(written)), Links: written},
		page.Estate{Title: r.N("handover.reviews", len(reviews)), Links: reviews},
		page.Estate{Title: r.N("handover.contacts", len(others)), Links: others},
	), nil
}

// fillDeputy shows who acts for a seat, and who else of the mechanism could.
func (s *Site) fillDeputy(ctx context.Context, r *request, v *page.SeatView, x people.Seat, wrong map[string]string) error {
	if x.Deputy != nil {
		v.Acting = r.T("seat.deputy.is", "name", x.Deputy.Name, "day", r.Date(x.Deputy.Until))
	}
	all, err := s.People.Seats(ctx, r.viewer, x.Mechanism)
	var others []part.Option
	for _, o := range all {
		if o.Number != x.Number && o.Held != nil {
			others = append(others, part.Option{Value: strconv.Itoa(o.Number), Label: r.T("seat.title", "number", r.Number(o.Number), "title", o.Held.Name)})
		}
	}
	if len(others) > 0 {
		v.Deputy = []part.Field{
			r.filledFor("deputy", part.Field{Name: "deputy", Label: r.T("seat.deputy.who"), Type: "select", Options: others}, wrong),
			r.filledFor("deputy", part.Field{Name: "until", Label: r.T("seat.deputy.until"), Hint: r.T("seat.deputy.until.hint", "days", r.Number(people.MaxDeputy)), Type: "date"}, wrong),
		}
	}
	return err
}

// filledFor is a field of one of several forms on a page: with what was typed
// when it is the one that was sent.
func (r *request) filledFor(act string, f part.Field, wrong map[string]string) part.Field {
	if r.c.Method() == fiber.MethodPost && r.typed("act") == act {
		return r.filled([]part.Field{f}, wrong)[0]
	}
	return f
}

func (r *request) seatLede(x people.Seat) string {
	switch {
	case x.Next != nil && x.Next.Person == r.viewer.Person:
		return r.T("seat.lede.next")
	case x.Held == nil:
		return r.T("seat.lede.empty")
	case x.Held.Person == r.viewer.Person:
		return r.T("seat.lede.mine")
	}
	return r.T("seat.lede.held", "name", x.Held.Name)
}

// steps are how far the handover of a seat is.
func (r *request) steps(x people.Seat, notes bool) []page.Step {
	day := page.Step{Text: r.T("handover.step.day"), Meta: r.T("handover.step.day.no")}
	if x.Leaving != nil {
		day.Done, day.Meta = true, r.Date(x.Leaving.LastDay)
	}
	next := page.Step{Text: r.T("handover.step.next"), Meta: r.T("handover.step.next.no")}
	switch {
	case x.Next != nil:
		next.Done, next.Meta = true, x.Next.Name
	case x.Offered != "":
		next.Meta = r.T("handover.step.next.offered")
	}
	note := page.Step{Text: r.T("handover.step.note"), Done: x.Note.Answered() == len(people.NoteParts), Meta: r.T("handover.step.note.of", "done", r.Number(x.Note.Answered()), "all", r.Number(len(people.NoteParts)))}
	pass := page.Step{Text: r.T("handover.step.pass"), Meta: r.T("handover.step.pass.what")}
	if !notes {
		return []page.Step{day, next, pass}
	}
	return []page.Step{day, next, note, pass}
}

// fillNote shows the note: as fields for who may write, else as text.
func (r *request) fillNote(v *page.SeatView, x people.Seat, wrong map[string]string) {
	typed := r.c.Method() == fiber.MethodPost && r.typed("act") == "note"
	for _, name := range people.NoteParts {
		f := part.Field{Name: name, Label: r.T("note." + name), Hint: r.T("note." + name + ".hint"), Type: "textarea", Rows: 4, Optional: true, Most: people.MaxNote, Value: x.Note.Answers[name]}
		if typed {
			f.Value, f.Error = r.typed(name), wrong[name]
		}
		v.Note = append(v.Note, f)
		if x.Note.Answers[name] != "" {
			v.Written = append(v.Written, page.Fact{Label: f.Label, Value: x.Note.Answers[name]})
		}
	}
}

// seatAct does something with a seat.
func (s *Site) seatAct(ctx context.Context, r *request) error {
	m, number, what := r.mechanismOf(), r.numberOf(), r.typed("act")
	var err error
	switch what {
	case "note":
		answers := map[string]string{}
		for _, name := range people.NoteParts {
			answers[name] = strings.ReplaceAll(r.typed(name), "\r\n", "\n")
		}
		seen, _ := time.Parse(time.RFC3339Nano, r.typed("seen"))
		_, err = s.People.WriteNote(ctx, r.viewer, m, number, answers, seen)
		if errors.Is(err, hub.ErrConflict) {
			r.c.Status(fiber.StatusConflict)
			return s.seatPage(ctx, r, nil, r.T("note.conflict"))
		}
	case "leave":
		_, err = s.People.Announce(ctx, r.viewer, m, number, r.typed("last_day"))
	case "offer":
		_, err = s.People.Offer(ctx, r.viewer, m, number, r.typed("email"))
	case "deputy":
		other, _ := strconv.Atoi(r.typed("deputy"))
		err = s.People.NameDeputy(ctx, r.viewer, m, number, other, r.typed("until"))
	case "undeputy":
		err = s.People.EndDeputy(ctx, r.viewer, m, number)
	case "end":
		err = s.People.EndHolding(ctx, r.viewer, m, number)
	default:
		return hub.ErrNotFound
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.seatPage(ctx, r, wrong, "")
	}
	if err != nil {
		return err
	}
	if what == "end" {
		return r.done(people.SeatsPath(m), what)
	}
	return r.done(seatPath(m, number), what)
}
