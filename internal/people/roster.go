package people

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/question"
	"nmirfhub/internal/store"
)

// Expert is somebody's offer to help: an entry of the roster. It holds what
// its person has said yes to, question by question, and nothing else: what is
// not to be shown is not kept.
type Expert struct {
	ID        string                     `json:"id"`
	Person    string                     `json:"person"`
	State     State                      `json:"state"`               // StateOpen: waits for a moderator; StateAccepted: shown; StateDeclined: returned
	Hidden    bool                       `json:"hidden,omitempty"`    // the yearly question went unanswered
	Questions string                     `json:"questions,omitempty"` // version of the questions that it answers: "expert/1"
	Fields    map[string]question.Answer `json:"fields"`              // answers, by question
	Consent   map[string]Consent         `json:"consent"`             // by question
	Said      time.Time                  `json:"said"`                // when the person last said that it is right
	Decided   *Decision                  `json:"decided,omitempty"`
	Created   time.Time                  `json:"created"`

	set *question.Set // that it answers; nil where it is not known here
}

// Consent is a yes to showing an answer to an audience.
type Consent struct {
	Audience hub.Tier  `json:"audience"`
	Wording  string    `json:"wording"`
	At       time.Time `json:"at"`
}

// ConsentVersion is the wording that people say yes to.
const ConsentVersion = "2026-11"

// firstQuestions is what entries answer that name no version: they are older
// than versions are.
const firstQuestions = string(hub.Expert) + "/1"

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

// expert reads an entry. An answer without a yes to the network is no part of
// it, however it came to be stored.
func (s *Service) expert(d store.Doc) (Expert, error) {
	x, err := store.Decode[Expert](d)
	x.Questions = cmp.Or(x.Questions, firstQuestions)
	x.set = s.Sets.Named(x.Questions)
	maps.DeleteFunc(x.Fields, func(code string, _ question.Answer) bool { return x.Consent[code].Audience != hub.TierNetwork })
	return x, err
}

// Set is the version of the questions that an entry answers; nil where it is
// not known here.
func (x Expert) Set() *question.Set { return x.set }

// Record is an entry as whatever is made from questions takes answers: in a
// record, which is stored nowhere. Its id is that of its person, so that it is
// the same before there is an entry.
func (x Expert) Record() *hub.Record {
	r := &hub.Record{
		ID: x.Person, Author: x.Person, Kind: hub.Expert, Status: hub.StatusPublished, Tier: hub.TierNetwork,
		Questions: x.Questions, Original: hub.English, Versions: []hub.Version{{Lang: hub.English}},
	}
	for _, q := range x.asked() {
		q.Put(r, r.Original, x.Fields[q.Code])
	}
	return r
}

func (x Expert) asked() []*question.Question {
	if x.set == nil {
		return nil
	}
	return x.set.All()
}

// values are those of an answer, as a form shows them.
func (x Expert) values(q *question.Question) []string {
	var all []string
	for _, v := range q.Write(x.Fields[q.Code]) {
		all = append(all, v...)
	}
	return all
}

// Chosen are the codes that answer a question of a code; none where the entry
// was not asked it.
func (x Expert) Chosen(code string) []string {
	for _, q := range x.asked() {
		if q.Code == code && slices.Contains(filtered, q.Form) {
			return x.values(q)
		}
	}
	return nil
}

// at is the answer that stands in a place of the entry, see question.Question.
func (x Expert) at(place string) string {
	for _, q := range x.asked() {
		if q.At == place {
			return strings.Join(x.values(q), "\n")
		}
	}
	return ""
}

// Name is what the entry is called: whom it is of.
func (x Expert) Name() string { return x.at("title") }

// About says in a few words what the person helps with; may be empty.
func (x Expert) About() string { return x.at("summary") }

// Country is the State of which the person says to be; empty for none.
func (x Expert) Country() hub.State {
	for _, q := range x.asked() {
		if v := x.values(q); q.Form == question.State && len(v) > 0 {
			return hub.State(v[0])
		}
	}
	return ""
}

// Codes are the codes of a vocabulary that the entry names.
func (x Expert) Codes(list string) []string {
	var all []string
	for _, q := range x.asked() {
		if q.List == list && (q.Form == question.Choice || q.Form == question.Several) {
			all = append(all, x.values(q)...)
		}
	}
	return all
}

// shown says whether an entry is there for others than its person and the
// moderators.
func (x Expert) shown() bool { return x.State == StateAccepted && !x.Hidden && x.set != nil }

// ListsExperts says whether the viewer may list the roster.
func (s *Service) ListsExperts(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActList, access.Object{Kind: access.RosterEntry}, s.Now()) == nil
}

// ExpertFilter narrows the roster; an empty field fits all.
type ExpertFilter struct {
	Words string
	Has   map[string]string // by question, see Filters: what an entry must have among its answer
}

// Empty says whether all entries fit.
func (f ExpertFilter) Empty() bool {
	for _, v := range f.Has {
		if v != "" {
			return false
		}
	}
	return strings.TrimSpace(f.Words) == ""
}

// filtered are the forms of answers by which the roster can be narrowed.
var filtered = []question.Form{question.Choice, question.Several, question.State, question.States}

// Filters are the questions by which the viewer can narrow the roster: those
// that they are asked themselves, with answers to choose from.
func (s *Service) Filters(v hub.Viewer) []*question.Question {
	var all []*question.Question
	for _, q := range s.Sets.For(hub.Expert, v.Mechanism).All() {
		if slices.Contains(filtered, q.Form) {
			all = append(all, q)
		}
	}
	return all
}

// Fits says whether an entry is one of those that are wanted.
func (f ExpertFilter) Fits(x Expert) bool {
	var text []string
	for _, q := range x.asked() {
		values := x.values(q)
		if want := f.Has[q.Code]; want != "" && !slices.Contains(values, want) {
			return false
		}
		if !slices.Contains(filtered, q.Form) {
			text = append(text, values...)
		}
	}
	for code, want := range f.Has {
		if want != "" && x.set.Question(code) == nil {
			return false
		}
	}
	all := strings.ToLower(strings.Join(text, "\n"))
	for _, w := range strings.Fields(strings.ToLower(f.Words)) {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

// Experts lists the entries that are shown and fit, by name. hub.ErrNotFound
// for who may not list the roster.
func (s *Service) Experts(ctx context.Context, v hub.Viewer, f ExpertFilter) ([]Expert, error) {
	if !s.ListsExperts(v) {
		return nil, hub.ErrNotFound
	}
	all, err := s.expertsIn(ctx, StateAccepted)
	all = slices.DeleteFunc(all, func(x Expert) bool { return !x.shown() || !f.Fits(x) })
	slices.SortFunc(all, func(a, b Expert) int { return strings.Compare(a.Name()+a.ID, b.Name()+b.ID) })
	return all, err
}

func (s *Service) expertsIn(ctx context.Context, state State) (all []Expert, err error) {
	for after := ""; ; {
		page, err := s.Store.List(ctx, experts, store.Query{Index: "state", Equal: [][]store.Value{{string(state)}}, After: after, Limit: store.MaxLimit})
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			x, err := s.expert(d)
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

// ExpertsAnswering tells a moderator of the entries that answer a version of the
// questions, as records: what was not said yes to is no answer.
// hub.ErrNotFound for everybody else.
func (s *Service) ExpertsAnswering(ctx context.Context, v hub.Viewer, questions string, each func(*hub.Record)) error {
	if s.Door.May(v, hub.ActModerate, access.Object{Kind: access.RosterEntry}, s.Now()) != nil {
		return hub.ErrNotFound
	}
	for _, state := range []State{StateAccepted, StateOpen, StateDeclined} {
		all, err := s.expertsIn(ctx, state)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.Questions == questions && x.set != nil {
				each(x.Record())
			}
		}
	}
	return nil
}

// Expert is one entry that is shown. hub.ErrNotFound for who may not read it.
func (s *Service) Expert(ctx context.Context, v hub.Viewer, id string) (Expert, error) {
	d, err := s.Store.Get(ctx, experts, id)
	if err != nil {
		return Expert{}, err
	}
	x, err := s.expert(d)
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
	return s.expert(page.Docs[0])
}

// MayOffer says whether the viewer may have an entry.
func (s *Service) MayOffer(v hub.Viewer) bool {
	return v.SignedIn() && s.Door.May(v, hub.ActCreate, access.Object{Kind: access.RosterEntry, Owner: v.Person}, s.Now()) == nil
}

// Offering is the viewer's entry as they are asked for it: x itself, or a new
// one, as an answer to the newest version that they are asked. Its answers to
// questions that this version has no more are left out. An entry that answers
// a newer one goes on to. hub.ErrUnavailable where that is not known here.
func (s *Service) Offering(v hub.Viewer, x Expert) (Expert, error) {
	is := s.Sets.For(hub.Expert, v.Mechanism)
	switch {
	case x.Questions != "" && x.set == nil:
		return x, fmt.Errorf("the questions %s are not known here: %w", x.Questions, hub.ErrUnavailable)
	case x.set == nil || is.Version > x.set.Version:
		x.set, x.Questions = is, is.Name()
	}
	x.Person = v.Person
	x.Fields = maps.Clone(x.Fields)
	maps.DeleteFunc(x.Fields, func(code string, _ question.Answer) bool { return x.set.Question(code) == nil })
	return x, nil
}

// Offer is what somebody writes into their entry.
type Offer struct {
	Questions string                     // the version that they were asked
	Answers   map[string]question.Answer // by question
	Yes       func(code string) bool     // whether the network may see the answer
}

// OfferHelp writes the viewer's entry. Of the answers those stay that are said
// yes to; what is taken out is gone at once, everywhere. An entry that is
// shown and only loses something stays shown; any other change waits for a
// moderator. hub.Invalid names the question, or "questions" where another
// version is asked by now; hub.ErrNotFound for who may not.
func (s *Service) OfferHelp(ctx context.Context, v hub.Viewer, o Offer) (Expert, error) {
	if !s.MayOffer(v) {
		return Expert{}, hub.ErrNotFound
	}
	was, err := s.MyExpert(ctx, v)
	first := errors.Is(err, hub.ErrNotFound)
	if err != nil && !first {
		return Expert{}, err
	}
	next, err := s.Offering(v, was)
	if err != nil {
		return Expert{}, err
	}
	if o.Questions != next.Questions {
		return Expert{}, &hub.Invalid{Field: "questions", Reason: hub.ReasonUnknown, Value: next.Questions}
	}
	next.Fields = map[string]question.Answer{}
	for _, q := range next.asked() {
		if a := o.Answers[q.Code]; a != nil && o.Yes(q.Code) {
			next.Fields[q.Code] = a
		}
	}
	if err := s.Checker.Record(next.set, next.Record()); err != nil {
		return Expert{}, err
	}
	if first {
		return s.offerFirst(ctx, next, o.Yes)
	}
	x, err := store.Change(ctx, s.Store, experts, was.ID, expertKeys, func(x *Expert) error {
		lessOnly := next.within(*x)
		x.Questions, x.Fields, x.Said, x.Hidden = next.Questions, next.Fields, s.Now(), false
		x.Consent = next.consents(x.Consent, o.Yes, s.Now())
		if x.State != StateAccepted || !lessOnly {
			x.State, x.Decided = StateOpen, nil
		}
		return nil
	})
	if err != nil {
		return x, err
	}
	x.set = next.set
	return x, s.note(ctx, v.Person, "expert.change", "expert:"+x.ID, "")
}

// offerFirst writes the first entry of a person.
func (s *Service) offerFirst(ctx context.Context, x Expert, yes func(string) bool) (Expert, error) {
	x.ID, x.State, x.Created, x.Said = s.NewID(), StateOpen, s.Now(), s.Now()
	x.Consent = x.consents(nil, yes, s.Now())
	body, err := json.Marshal(x)
	if err != nil {
		return x, err
	}
	if err := s.Store.Insert(ctx, experts, store.Doc{ID: x.ID, Keys: expertKeys(x), Body: body}); err != nil {
		return x, err
	}
	return x, s.note(ctx, x.Person, "expert.offer", "expert:"+x.ID, "")
}

// consents are the yeses, each with the time when it was first said.
func (x Expert) consents(was map[string]Consent, yes func(string) bool, now time.Time) map[string]Consent {
	all := map[string]Consent{}
	for _, q := range x.asked() {
		if !yes(q.Code) {
			continue
		}
		c, said := was[q.Code]
		if !said || c.Wording != ConsentVersion {
			c = Consent{hub.TierNetwork, ConsentVersion, now}
		}
		all[q.Code] = c
	}
	return all
}

// within says whether an entry says nothing that the other does not: of each
// answer the same, or some of what was chosen.
func (x Expert) within(was Expert) bool {
	for code, a := range x.Fields {
		var some, all []string
		listed := json.Unmarshal(a, &some) == nil && json.Unmarshal(was.Fields[code], &all) == nil
		if !bytes.Equal(a, was.Fields[code]) && (!listed || slices.ContainsFunc(some, func(v string) bool { return !slices.Contains(all, v) })) {
			return false
		}
	}
	return true
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
	all, err := s.expertsIn(ctx, StateOpen)
	return slices.DeleteFunc(all, func(x Expert) bool { return x.set == nil }), err
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
