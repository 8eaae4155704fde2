package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/store"
)

// Expert is somebody's offer to help: an entry of the roster. It holds what
// its person has said yes to, field by field, and nothing else: what is not to
// be shown is not kept.
type Expert struct {
	ID      string             `json:"id"`
	Person  string             `json:"person"`
	State   State              `json:"state"`            // StateOpen: waits for a moderator; StateAccepted: shown; StateDeclined: returned
	Hidden  bool               `json:"hidden,omitempty"` // the yearly question went unanswered
	Fields  ExpertFields       `json:"fields"`
	Consent map[string]Consent `json:"consent"` // by field
	Said    time.Time          `json:"said"`    // when the person last said that it is right
	Decided *Decision          `json:"decided,omitempty"`
	Created time.Time          `json:"created"`
}

// ExpertFields are what an entry can tell. Every one may be left out, but for
// the name and the kinds of support.
type ExpertFields struct {
	Name         string     `json:"name,omitempty"`
	Country      hub.State  `json:"country,omitempty"`
	About        string     `json:"about,omitempty"`      // what they can help with
	Experience   string     `json:"experience,omitempty"` // mechanism and years
	Training     string     `json:"training,omitempty"`   // cohort of the training of trainers
	Availability string     `json:"availability,omitempty"`
	Langs        []hub.Lang `json:"langs,omitempty"`
	Regions      []string   `json:"regions,omitempty"`    // codes
	Capacities   []string   `json:"capacities,omitempty"` // codes
	Support      []string   `json:"support,omitempty"`    // of Supports
}

// Consent is a yes to showing a field to an audience.
type Consent struct {
	Audience hub.Tier  `json:"audience"`
	Wording  string    `json:"wording"`
	At       time.Time `json:"at"`
}

// ConsentVersion is the wording that people say yes to.
const ConsentVersion = "2026-11"

// ExpertFieldNames are the fields in their order.
var ExpertFieldNames = []string{"name", "country", "about", "experience", "training", "availability", "langs", "regions", "capacities", "support"}

// Supports are the kinds of support that an expert can offer.
var Supports = []string{"call", "question", "workshop", "visit", "review"}

// Times of the roster: an entry is asked about each year, and hidden when that
// stays without an answer.
const (
	askEvery  = 365 * 24 * time.Hour
	hideAfter = 60 * 24 * time.Hour
)

const experts = "experts"

func expertKeys(x Expert) map[string]store.Value {
	return map[string]store.Value{"person": x.Person, "state": string(x.State), "said": x.Said.Unix()}
}

func (x Expert) object() access.Object {
	return access.Object{Kind: access.RosterEntry, Owner: x.Person}
}

// shown says whether an entry is there for others than its person and the
// moderators.
func (x Expert) shown() bool { return x.State == StateAccepted && !x.Hidden }

// ListsExperts says whether the viewer may list the roster.
func (s *Service) ListsExperts(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActList, access.Object{Kind: access.RosterEntry}, s.Now()) == nil
}

// ExpertFilter narrows the roster; an empty field fits all.
type ExpertFilter struct {
	Words, Lang, Region, Capacity, Support string
}

func (f ExpertFilter) fits(x ExpertFields) bool {
	has := func(list []string, code string) bool { return code == "" || slices.Contains(list, code) }
	text := strings.ToLower(strings.Join([]string{x.Name, x.About, x.Experience, x.Training}, "\n"))
	for _, w := range strings.Fields(strings.ToLower(f.Words)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return has(x.Regions, f.Region) && has(x.Capacities, f.Capacity) && has(x.Support, f.Support) &&
		(f.Lang == "" || slices.Contains(x.Langs, hub.Lang(f.Lang)))
}

// Experts lists the entries that are shown and fit, by name. hub.ErrNotFound
// for who may not list the roster.
func (s *Service) Experts(ctx context.Context, v hub.Viewer, f ExpertFilter) ([]Expert, error) {
	if !s.ListsExperts(v) {
		return nil, hub.ErrNotFound
	}
	all, err := s.expertsIn(ctx, StateAccepted)
	all = slices.DeleteFunc(all, func(x Expert) bool { return !x.shown() || !f.fits(x.Fields) })
	slices.SortFunc(all, func(a, b Expert) int { return strings.Compare(a.Fields.Name+a.ID, b.Fields.Name+b.ID) })
	return all, err
}

func (s *Service) expertsIn(ctx context.Context, state State) (all []Expert, err error) {
	for after := ""; ; {
		page, err := s.Store.List(ctx, experts, store.Query{Index: "state", Equal: [][]store.Value{{string(state)}}, After: after, Limit: store.MaxLimit})
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			x, err := store.Decode[Expert](d)
			if err != nil {
				return nil, err
			}
			all = append(all, x)
		}
		if after = page.Next; after == "" {
			return all, nil
		}
	}
}

// Expert is one entry that is shown. hub.ErrNotFound for who may not read it.
func (s *Service) Expert(ctx context.Context, v hub.Viewer, id string) (Expert, error) {
	x, _, err := store.Load[Expert](ctx, s.Store, experts, id)
	if err != nil {
		return Expert{}, err
	}
	if !x.shown() || s.Door.May(v, hub.ActRead, x.object(), s.Now()) != nil {
		return Expert{}, hub.ErrNotFound
	}
	return x, nil
}

// MyExpert is the viewer's own entry, whatever its state. hub.ErrNotFound when
// there is none.
func (s *Service) MyExpert(ctx context.Context, v hub.Viewer) (Expert, error) {
	if !v.SignedIn() {
		return Expert{}, hub.ErrNotFound
	}
	page, err := s.Store.List(ctx, experts, store.Query{Index: "person", Equal: [][]store.Value{{v.Person}}, Limit: 1})
	if err != nil {
		return Expert{}, err
	}
	if len(page.Docs) == 0 {
		return Expert{}, hub.ErrNotFound
	}
	return store.Decode[Expert](page.Docs[0])
}

// MayOffer says whether the viewer may have an entry.
func (s *Service) MayOffer(v hub.Viewer) bool {
	return v.SignedIn() && s.Door.May(v, hub.ActCreate, access.Object{Kind: access.RosterEntry, Owner: v.Person}, s.Now()) == nil
}

// only keeps the fields that are said yes to.
func (f ExpertFields) only(yes func(string) bool) ExpertFields {
	var kept ExpertFields
	for _, name := range ExpertFieldNames {
		if !yes(name) {
			continue
		}
		switch name {
		case "name":
			kept.Name = f.Name
		case "country":
			kept.Country = f.Country
		case "about":
			kept.About = f.About
		case "experience":
			kept.Experience = f.Experience
		case "training":
			kept.Training = f.Training
		case "availability":
			kept.Availability = f.Availability
		case "langs":
			kept.Langs = f.Langs
		case "regions":
			kept.Regions = f.Regions
		case "capacities":
			kept.Capacities = f.Capacities
		case "support":
			kept.Support = f.Support
		}
	}
	return kept
}

func (s *Service) checkExpert(f *ExpertFields) error {
	var errs []error
	for _, line := range []struct {
		name string
		text *string
		most int
	}{{"name", &f.Name, MaxLine}, {"about", &f.About, MaxText}, {"experience", &f.Experience, MaxText}, {"training", &f.Training, MaxLine}, {"availability", &f.Availability, MaxLine}} {
		*line.text = strings.TrimSpace(*line.text)
		if *line.text != "" || line.name == "name" {
			errs = append(errs, checkText(line.name, *line.text, line.most))
		}
	}
	if f.Country != "" && !s.Known(f.Country) {
		errs = append(errs, &hub.Invalid{Field: "country", Reason: hub.ReasonUnknown, Value: string(f.Country)})
	}
	for _, l := range f.Langs {
		if _, err := hub.ParseLang(string(l)); err != nil {
			errs = append(errs, &hub.Invalid{Field: "langs", Reason: hub.ReasonUnknown, Value: string(l)})
		}
	}
	if len(f.Support) == 0 {
		errs = append(errs, &hub.Invalid{Field: "support", Reason: hub.ReasonRequired})
	}
	for field, codes := range map[string][]string{"regions": f.Regions, "capacities": f.Capacities, "support": f.Support} {
		for _, c := range codes {
			if !s.KnownCode(field, c) {
				errs = append(errs, &hub.Invalid{Field: field, Reason: hub.ReasonUnknown, Value: c})
			}
		}
	}
	return errors.Join(errs...)
}

// OfferHelp writes the viewer's entry. Of the fields those stay that are said
// yes to; what is taken out is gone at once, everywhere. An entry that is
// shown and only loses something stays shown; any other change waits for a
// moderator. hub.Invalid names the field; hub.ErrNotFound for who may not.
func (s *Service) OfferHelp(ctx context.Context, v hub.Viewer, f ExpertFields, yes func(field string) bool) (Expert, error) {
	if !s.MayOffer(v) {
		return Expert{}, hub.ErrNotFound
	}
	f = f.only(yes)
	if err := s.checkExpert(&f); err != nil {
		return Expert{}, err
	}
	was, err := s.MyExpert(ctx, v)
	if errors.Is(err, hub.ErrNotFound) {
		x := Expert{ID: s.NewID(), Person: v.Person, State: StateOpen, Fields: f, Created: s.Now(), Said: s.Now()}
		x.Consent = s.consents(x, yes)
		body, err := json.Marshal(x)
		if err != nil {
			return x, err
		}
		if err := s.Store.Insert(ctx, experts, store.Doc{ID: x.ID, Keys: expertKeys(x), Body: body}); err != nil {
			return x, err
		}
		return x, s.note(ctx, v.Person, "expert.offer", "expert:"+x.ID, "")
	}
	if err != nil {
		return Expert{}, err
	}
	x, err := store.Change(ctx, s.Store, experts, was.ID, expertKeys, func(x *Expert) error {
		lessOnly := within(f, x.Fields)
		x.Fields, x.Said, x.Hidden = f, s.Now(), false
		x.Consent = s.consents(*x, yes)
		if x.State != StateAccepted || !lessOnly {
			x.State, x.Decided = StateOpen, nil
		}
		return nil
	})
	if err != nil {
		return x, err
	}
	return x, s.note(ctx, v.Person, "expert.change", "expert:"+x.ID, "")
}

// consents are the yeses, each with the time when it was first said.
func (s *Service) consents(x Expert, yes func(string) bool) map[string]Consent {
	all := map[string]Consent{}
	for _, name := range ExpertFieldNames {
		if !yes(name) {
			continue
		}
		c, said := x.Consent[name]
		if !said || c.Wording != ConsentVersion {
			c = Consent{hub.TierNetwork, ConsentVersion, s.Now()}
		}
		all[name] = c
	}
	return all
}

// within says whether an entry says nothing that the other does not.
func within(f, was ExpertFields) bool {
	text := func(a, b string) bool { return a == "" || a == b }
	list := func(a, b []string) bool {
		return !slices.ContainsFunc(a, func(x string) bool { return !slices.Contains(b, x) })
	}
	langs := !slices.ContainsFunc(f.Langs, func(l hub.Lang) bool { return !slices.Contains(was.Langs, l) })
	return langs && text(f.Name, was.Name) && text(string(f.Country), string(was.Country)) && text(f.About, was.About) && text(f.Experience, was.Experience) &&
		text(f.Training, was.Training) && text(f.Availability, was.Availability) &&
		list(f.Regions, was.Regions) && list(f.Capacities, was.Capacities) && list(f.Support, was.Support)
}

// StillRight says that the viewer's entry is right as it is.
func (s *Service) StillRight(ctx context.Context, v hub.Viewer) error {
	was, err := s.MyExpert(ctx, v)
	if err != nil {
		return err
	}
	_, err = store.Change(ctx, s.Store, experts, was.ID, expertKeys, func(x *Expert) error {
		x.Said, x.Hidden = s.Now(), false
		return nil
	})
	return err
}

// WithdrawHelp deletes the viewer's entry.
func (s *Service) WithdrawHelp(ctx context.Context, v hub.Viewer) error {
	x, err := s.MyExpert(ctx, v)
	if err != nil {
		return err
	}
	if err := s.dropExpert(ctx, x.Person); err != nil {
		return err
	}
	return s.note(ctx, v.Person, "expert.withdraw", "expert:"+x.ID, "")
}

// dropExpert deletes the entry of a person; there may be none.
func (s *Service) dropExpert(ctx context.Context, person string) error {
	for range maxTries {
		page, err := s.Store.List(ctx, experts, store.Query{Index: "person", Equal: [][]store.Value{{person}}, Limit: 1})
		if err != nil || len(page.Docs) == 0 {
			return err
		}
		err = s.Store.Delete(ctx, experts, page.Docs[0].ID, page.Docs[0].Rev)
		if err != nil && !errors.Is(err, hub.ErrConflict) && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	return hub.ErrConflict
}

// OfferedExperts are the entries that wait for a moderator.
func (s *Service) OfferedExperts(ctx context.Context, v hub.Viewer) ([]Expert, error) {
	if err := s.Door.May(v, hub.ActPublish, access.Object{Kind: access.RosterEntry}, s.Now()); err != nil {
		return nil, err
	}
	return s.expertsIn(ctx, StateOpen)
}

// DecideExpert shows an entry, or returns it with a reason that its person
// reads. hub.ErrNotFound when it does not wait.
func (s *Service) DecideExpert(ctx context.Context, v hub.Viewer, id string, accept bool, reason string) error {
	if err := s.Door.May(v, hub.ActPublish, access.Object{Kind: access.RosterEntry}, s.Now()); err != nil {
		return err
	}
	if err := checkReason(reason, !accept); err != nil {
		return err
	}
	_, err := store.Change(ctx, s.Store, experts, id, expertKeys, func(x *Expert) error {
		if x.State != StateOpen {
			return hub.ErrNotFound
		}
		x.State, x.Decided = StateDeclined, &Decision{v.Person, s.Now(), reason}
		if accept {
			x.State = StateAccepted
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.note(ctx, v.Person, "expert."+map[bool]string{true: "publish", false: "return"}[accept], "expert:"+id, reason)
}

// Contact passes a message on to an expert, with the name and the address of
// who writes, so that they can answer; the expert's own address stays with the
// hub. hub.Invalid with the field "message", *hub.TooMany after AsksAnHour.
func (s *Service) Contact(ctx context.Context, v hub.Viewer, id, message string) error {
	x, err := s.Expert(ctx, v, id)
	if err != nil {
		return err
	}
	message = strings.TrimSpace(strings.ReplaceAll(message, "\r\n", "\n"))
	if err := checkText("message", message, MaxText); err != nil {
		return err
	}
	to, err := s.Members.Person(ctx, x.Person)
	if err != nil {
		return err
	}
	if !s.written.takeFor(v.Person, s.Now()) {
		return &hub.TooMany{After: time.Hour}
	}
	return s.Mail.Add(ctx, mail.Item{
		Cause: "relay " + v.Person + " " + id + " " + strconv.FormatInt(s.Now().UnixNano(), 10), Kind: LetterRelay, To: to.Email, Lang: langOf(to.Lang),
		Args: map[string]string{"expert": id, "from": v.Person, "message": message},
	})
}

// Relayed is what the letter of a message tells: who writes, from where, and
// the address to answer to. mail.ErrUnwanted when the entry is not shown any
// more, or its writer may not read it any more.
func (s *Service) Relayed(ctx context.Context, i mail.Item) (name, address string, m hub.State, err error) {
	p, err := s.Members.Person(ctx, i.Args["from"])
	if err == nil {
		_, err = s.Expert(ctx, hub.Viewer{Person: p.ID, Role: p.Role, Mechanism: p.Mechanism}, i.Args["expert"])
	}
	if errors.Is(err, hub.ErrNotFound) {
		return "", "", "", mail.ErrUnwanted
	}
	return p.Name, p.Email, p.Mechanism, err
}

// AskExperts asks each year whether entries are right, and hides those that
// stay without an answer.
func (s *Service) AskExperts(ctx context.Context) error {
	all, err := s.expertsIn(ctx, StateAccepted)
	for _, x := range all {
		if err == nil && !x.Hidden && s.Now().Sub(x.Said) >= askEvery {
			err = s.askExpert(ctx, x)
		}
	}
	if err != nil {
		return fmt.Errorf("the roster: %w", err)
	}
	return nil
}

func (s *Service) askExpert(ctx context.Context, x Expert) error {
	p, err := s.Members.Person(ctx, x.Person)
	if errors.Is(err, hub.ErrNotFound) {
		return s.dropExpert(ctx, x.Person)
	}
	if err != nil {
		return err
	}
	err = s.Mail.Add(ctx, mail.Item{Cause: "roster " + x.ID + " " + x.Said.Format(time.DateOnly), Kind: LetterRoster, To: p.Email, Lang: langOf(p.Lang)})
	if err != nil || s.Now().Sub(x.Said) < askEvery+hideAfter {
		return err
	}
	_, err = store.Change(ctx, s.Store, experts, x.ID, expertKeys, func(now *Expert) error {
		if !now.Said.Equal(x.Said) {
			return store.ErrSame
		}
		now.Hidden = true
		return nil
	})
	return err
}
