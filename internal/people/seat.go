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
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// Level is whether a seat is for decisions or for the work.
type Level string

// The levels of a seat.
const (
	Political Level = "political"
	Technical Level = "technical"
)

// Levels lists them.
var Levels = []Level{Political, Technical}

// SeatRoles are what the holder of a seat may be.
var SeatRoles = []hub.Role{hub.RoleMember, hub.RoleCoordinator}

// MaxSeats is how many seats a mechanism has at most.
const MaxSeats = 99

// Seat is a place at a mechanism, held by one person at a time.
type Seat struct {
	ID        string    `json:"id"`
	Mechanism hub.State `json:"mechanism"`
	Number    int       `json:"number"` // 1, 2, 3 within the mechanism; never used twice
	Title     string    `json:"title"`
	Body      string    `json:"body"` // ministry or other body
	Level     Level     `json:"level"`
	Lang      hub.Lang  `json:"lang"`
	Pair      int       `json:"pair,omitempty"`    // number of the seat that stays when this one changes
	Role      hub.Role  `json:"role"`              // that its holder has: hub.RoleCoordinator or hub.RoleMember
	Reads     bool      `json:"reads,omitempty"`   // its holder reads and does no more
	Held      *Holding  `json:"held,omitempty"`    // now
	Next      *Holding  `json:"next,omitempty"`    // who takes over when the holder leaves
	Offered   string    `json:"offered,omitempty"` // id of the invitation
	Before    []Holding `json:"before,omitempty"`  // earlier holders, the last one first
	Note      Note      `json:"note"`              // for whoever holds it next
	Leaving   *Leaving  `json:"leaving,omitempty"`
	Empty     time.Time `json:"empty,omitzero"` // since when nobody holds it
	Deputy    *Deputy   `json:"deputy,omitempty"`
	Faded     bool      `json:"faded,omitempty"`  // nobody has confirmed it: its holder reads and does no more
	Lapsed    bool      `json:"lapsed,omitempty"` // for long: its holder has what a stakeholder has
	Ended     *Decision `json:"ended,omitempty"`
	Confirmed *Decision `json:"confirmed,omitempty"` // that it is held by the right person
	Created   time.Time `json:"created"`
	Passing   []Pass    `json:"passing,omitempty"` // what is still to pass to whoever sits here now
}

// nothing is what no seat gives.
var nothing = member.Standing{Role: hub.RoleStakeholder}

// gives is what a seat gives whoever sits on it.
func (x Seat) gives() member.Standing {
	if x.Lapsed {
		return nothing
	}
	return member.Standing{Role: x.Role, Mechanism: x.Mechanism, Reads: x.Reads || x.Faded, Seat: x.ID}
}

// wider is the standing that lets a person do more.
func wider(a, b member.Standing) member.Standing {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// rank orders what seats give.
func rank(x member.Standing) int {
	switch {
	case x.Role == hub.RoleCoordinator:
		return 3
	case x.Role.OfMechanism() && !x.Reads:
		return 2
	case x.Role.OfMechanism():
		return 1
	}
	return 0
}

// Holding is a time for which somebody held a seat. Its names are for the
// mechanism and the moderators.
type Holding struct {
	Person string    `json:"person"`
	Name   string    `json:"name"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"`
}

// Leaving is a handover that has begun.
type Leaving struct {
	LastDay string `json:"last_day"` // "2026-11-30"
}

// Note is the handover note of a seat: an answer to each of NoteParts. It is
// written over time and stays with the seat.
type Note struct {
	Answers map[string]string `json:"answers,omitempty"`
	By      string            `json:"by,omitempty"` // person who wrote last
	At      time.Time         `json:"at,omitzero"`
}

// NoteParts are the questions of a handover note, in their order; message keys
// say them.
var NoteParts = []string{"due", "where", "who", "open", "works", "next"}

// MaxNote is how long an answer of a note may be, in runes.
const MaxNote = 5000

// Answered is how many parts of the note are written.
func (n Note) Answered() int {
	count := 0
	for _, part := range NoteParts {
		if strings.TrimSpace(n.Answers[part]) != "" {
			count++
		}
	}
	return count
}

// errSeatTaken is a conflict: two would sit on one seat.
var errSeatTaken = fmt.Errorf("the seat has a holder: %w", hub.ErrConflict)

// SeatOffered is the seat that comes with an invitation; 0 for none.
func (i Invitation) SeatOffered() (m hub.State, number int) {
	state, n, _ := strings.Cut(i.Seat, "-")
	number, _ = strconv.Atoi(n)
	return hub.State(state), number
}

func seatID(m hub.State, number int) string { return string(m) + "-" + strconv.Itoa(number) }

func seatKeys(x Seat) map[string]store.Value {
	k := map[string]store.Value{"mechanism": string(x.Mechanism), "number": int64(x.Number)}
	var people []string
	for _, h := range []*Holding{x.Held, x.Next} {
		if h != nil {
			people = append(people, h.Person)
		}
	}
	if x.Deputy != nil && !slices.Contains(people, x.Deputy.Person) {
		people = append(people, x.Deputy.Person)
	}
	if len(people) > 0 {
		k["person"] = people
	}
	if day := x.ends(); day != "" {
		k["leaving"] = day
	}
	if len(x.Passing) > 0 {
		k["passing"] = x.Passing[0].At.Unix()
	}
	return k
}

// ends is the next last day, of the holder or of the deputy; empty for none.
func (x Seat) ends() string {
	var days []string
	if x.Leaving != nil {
		days = append(days, x.Leaving.LastDay)
	}
	if x.Deputy != nil {
		days = append(days, x.Deputy.Until)
	}
	if len(days) == 0 {
		return ""
	}
	return slices.Min(days)
}

// own is what a mechanism's own things are to the policy.
func own(m hub.State) access.Object { return access.Object{Kind: access.MechanismOwn, Mechanism: m} }

// mayKeep says whether the viewer may change the seats of a mechanism: its
// coordinator may, and moderators, who fill the seats of mechanisms that have
// no coordinator.
func (s *Service) mayKeep(v hub.Viewer, m hub.State) error {
	err := s.Door.May(v, hub.ActModerate, own(m), s.Now())
	if err != nil && v.Role == hub.RoleModerator {
		return s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Invitation, Mechanism: m}, s.Now())
	}
	return err
}

// SeatsPath is where the seats of a mechanism are, below the language.
func SeatsPath(m hub.State) string {
	return "/mechanisms/" + strings.ToLower(string(m)) + "/seats"
}

// Keeps says whether the viewer may change the seats of a mechanism.
func (s *Service) Keeps(v hub.Viewer, m hub.State) bool { return s.mayKeep(v, m) == nil }

// SeesSeats says whether the viewer may see the seats of a mechanism.
func (s *Service) SeesSeats(v hub.Viewer, m hub.State) bool { return s.maySee(v, m) == nil }

// maySee says whether the viewer may see the seats of a mechanism and who
// holds them.
func (s *Service) maySee(v hub.Viewer, m hub.State) error {
	err := s.Door.May(v, hub.ActRead, own(m), s.Now())
	if err != nil && v.Role == hub.RoleModerator {
		return s.mayKeep(v, m)
	}
	return err
}

// Seats are the seats of a mechanism by number, those that have ended left
// out. hub.ErrNotFound for who may not see them.
func (s *Service) Seats(ctx context.Context, v hub.Viewer, m hub.State) ([]Seat, error) {
	if err := s.maySee(v, m); err != nil {
		return nil, err
	}
	all, err := s.seatsOf(ctx, m)
	all = slices.DeleteFunc(all, func(x Seat) bool { return x.Ended != nil })
	for i := range all {
		all[i] = s.forViewer(v, all[i])
	}
	return all, err
}

// ReadsNotes says whether the viewer may read the handover notes of a
// mechanism: its own people may. Moderators see its seats and who holds them,
// and no note.
func (s *Service) ReadsNotes(v hub.Viewer, m hub.State) bool {
	return s.Door.May(v, hub.ActRead, own(m), s.Now()) == nil
}

// forViewer is a seat without its note for who may not read that.
func (s *Service) forViewer(v hub.Viewer, x Seat) Seat {
	if !s.ReadsNotes(v, x.Mechanism) {
		x.Note = Note{}
	}
	return x
}

func (s *Service) seatsOf(ctx context.Context, m hub.State) ([]Seat, error) {
	page, err := s.Store.List(ctx, seats, store.Query{Index: "mechanism", Equal: [][]store.Value{{string(m)}}, Limit: MaxSeats + 1})
	if err != nil {
		return nil, err
	}
	var all []Seat
	for _, d := range page.Docs {
		x, err := store.Decode[Seat](d)
		if err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

// Seat is one seat of a mechanism. Errors as Seats; hub.ErrNotFound also for a
// seat that has ended.
func (s *Service) Seat(ctx context.Context, v hub.Viewer, m hub.State, number int) (Seat, error) {
	if err := s.maySee(v, m); err != nil {
		return Seat{}, err
	}
	x, _, err := store.Load[Seat](ctx, s.Store, seats, seatID(m, number))
	if err == nil && x.Ended != nil {
		err = hub.ErrNotFound
	}
	return s.forViewer(v, x), err
}

// MySeat is the seat that the viewer holds, or is to take over. hub.ErrNotFound for who holds none.
func (s *Service) MySeat(ctx context.Context, v hub.Viewer) (Seat, error) {
	if !v.SignedIn() {
		return Seat{}, hub.ErrNotFound
	}
	page, err := s.Store.List(ctx, seats, store.Query{Index: "person", Equal: [][]store.Value{{v.Person}}, Limit: MaxSeats})
	if err != nil {
		return Seat{}, err
	}
	for _, d := range page.Docs {
		x, err := store.Decode[Seat](d)
		if err != nil || x.heldBy(v.Person) || x.Next != nil && x.Next.Person == v.Person {
			return x, err
		}
	}
	return Seat{}, hub.ErrNotFound
}

// Description is what a seat is called.
type Description struct {
	Title string
	Body  string
	Level Level
	Lang  hub.Lang
	Pair  int
	Role  hub.Role
	Reads bool // the holder reads and does no more
}

func (s *Service) describe(ctx context.Context, x *Seat, d Description) error {
	var errs []error
	d.Title, d.Body = strings.TrimSpace(d.Title), strings.TrimSpace(d.Body)
	errs = append(errs, checkText("title", d.Title, MaxLine), checkText("body", d.Body, MaxLine))
	if !slices.Contains(Levels, d.Level) {
		errs = append(errs, &hub.Invalid{Field: "level", Reason: hub.ReasonUnknown, Value: string(d.Level)})
	}
	if _, err := hub.ParseLang(string(d.Lang)); err != nil {
		errs = append(errs, err)
	}
	if !slices.Contains(SeatRoles, d.Role) || d.Reads && d.Role != hub.RoleMember {
		errs = append(errs, &hub.Invalid{Field: "role", Reason: hub.ReasonUnknown, Value: string(d.Role)})
	}
	if d.Pair != 0 {
		if _, _, err := store.Load[Seat](ctx, s.Store, seats, seatID(x.Mechanism, d.Pair)); err != nil || d.Pair == x.Number {
			errs = append(errs, &hub.Invalid{Field: "pair", Reason: hub.ReasonUnknown, Value: strconv.Itoa(d.Pair)})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	x.Title, x.Body, x.Level, x.Lang, x.Pair, x.Role, x.Reads = d.Title, d.Body, d.Level, d.Lang, d.Pair, d.Role, d.Reads
	return nil
}

// AddSeat adds an empty seat to a mechanism. hub.Invalid names the field;
// hub.ErrNotFound or hub.ErrForbidden for who may not.
func (s *Service) AddSeat(ctx context.Context, v hub.Viewer, m hub.State, d Description) (Seat, error) {
	if err := s.mayKeep(v, m); err != nil {
		return Seat{}, err
	}
	if !s.Known(m) {
		return Seat{}, hub.ErrNotFound
	}
	for range maxTries {
		all, err := s.seatsOf(ctx, m)
		if err != nil {
			return Seat{}, err
		}
		x := Seat{Mechanism: m, Number: 1, Created: s.Now(), Empty: s.Now()}
		if n := len(all); n > 0 {
			x.Number = all[n-1].Number + 1
		}
		if x.Number > MaxSeats {
			return Seat{}, &hub.Invalid{Field: "title", Reason: hub.ReasonRange, Limit: MaxSeats}
		}
		x.ID = seatID(m, x.Number)
		if err := s.describe(ctx, &x, d); err != nil {
			return Seat{}, err
		}
		body, err := json.Marshal(x)
		if err != nil {
			return Seat{}, err
		}
		err = s.Store.Insert(ctx, seats, store.Doc{ID: x.ID, Keys: seatKeys(x), Body: body})
		if err == nil {
			return x, s.note(ctx, v.Person, "seat.add", "seat:"+x.ID, "")
		}
		if !errors.Is(err, hub.ErrConflict) {
			return x, err
		}
	}
	return Seat{}, hub.ErrConflict
}

// keepSeat changes a seat for somebody who keeps the seats of its mechanism.
func (s *Service) keepSeat(ctx context.Context, v hub.Viewer, m hub.State, number int, set func(*Seat) error) (Seat, error) {
	if err := s.mayKeep(v, m); err != nil {
		return Seat{}, err
	}
	return s.changeSeat(ctx, seatID(m, number), set)
}

func (s *Service) changeSeat(ctx context.Context, id string, set func(*Seat) error) (Seat, error) {
	return store.Change(ctx, s.Store, seats, id, seatKeys, func(x *Seat) error {
		if x.Ended != nil {
			return hub.ErrNotFound
		}
		return set(x)
	})
}

// EditSeat describes a seat anew. The role of a seat that is held stays.
func (s *Service) EditSeat(ctx context.Context, v hub.Viewer, m hub.State, number int, d Description) (Seat, error) {
	return s.keepSeat(ctx, v, m, number, func(x *Seat) error {
		if x.Held != nil {
			d.Role, d.Reads = x.Role, x.Reads
		}
		return s.describe(ctx, x, d)
	})
}

// EndSeat ends a seat that nobody holds: what it was stays, nobody sits on it
// any more. hub.ErrConflict while somebody holds it.
func (s *Service) EndSeat(ctx context.Context, v hub.Viewer, m hub.State, number int, reason string) error {
	if err := checkReason(reason, true); err != nil {
		return err
	}
	_, err := s.keepSeat(ctx, v, m, number, func(x *Seat) error {
		if x.Held != nil {
			return errSeatTaken
		}
		x.Ended = &Decision{v.Person, s.Now(), reason}
		return nil
	})
	if err != nil {
		return err
	}
	return s.note(ctx, v.Person, "seat.close", "seat:"+seatID(m, number), reason)
}

// Offer offers a seat to an address. A seat that is held can be offered too:
// it passes on when the offer is taken up and the holder has left. The offer
// before is withdrawn. Errors as Invite and EditSeat.
func (s *Service) Offer(ctx context.Context, v hub.Viewer, m hub.State, number int, email string) (Invitation, error) {
	if err := s.mayKeep(v, m); err != nil {
		return Invitation{}, err
	}
	x, _, err := store.Load[Seat](ctx, s.Store, seats, seatID(m, number))
	if err != nil {
		return Invitation{}, err
	}
	if x.Ended != nil {
		return Invitation{}, hub.ErrNotFound
	}
	i, err := s.Invite(ctx, v, NewInvitation{Email: email, Role: x.Role, Mechanism: m, Seat: x.ID, Reads: x.Reads, Lang: x.Lang})
	if err != nil {
		return i, err
	}
	before := ""
	_, err = s.changeSeat(ctx, x.ID, func(x *Seat) error {
		before, x.Offered = x.Offered, i.ID
		return nil
	})
	if err != nil || before == "" {
		return i, err
	}
	_, err = store.Change(ctx, s.Store, invitations, before, s.invitationKeys, func(i *Invitation) error {
		if i.State == StateSent || i.State == StateNominated {
			i.State, i.Decided = StateWithdrawn, &Decision{By: v.Person, At: s.Now()}
		}
		return nil
	})
	return i, err
}

// take seats the person who took an offer up. While somebody holds the seat,
// they wait beside: they read what is there, and sit down when the holder
// leaves.
func (s *Service) take(ctx context.Context, seat, offer, person string) error {
	p, err := s.Members.Person(ctx, person)
	if err != nil {
		return err
	}
	x, err := s.changeSeat(ctx, seat, func(x *Seat) error {
		switch {
		case x.Held != nil && x.Held.Person == person, x.Next != nil && x.Next.Person == person:
			return store.ErrSame
		case x.Offered != offer:
			return hub.ErrNotFound // offered to somebody else since
		}
		x.Next, x.Offered = &Holding{Person: person, Name: p.Name}, ""
		if x.Held == nil {
			s.sitDown(x)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.carry(ctx, x)
}

// sitDown seats who waits: they get what waits at the seat.
func (s *Service) sitDown(x *Seat) {
	x.Held, x.Next, x.Empty = x.Next, nil, time.Time{}
	x.Held.From = s.Now()
	x.Passing = append(x.Passing, Pass{ofSeat(x.ID), s.Now()})
}

// vacate takes the holder off a seat, and seats who waits. What belongs to the
// seat is to be carried over.
func (s *Service) vacate(x *Seat) {
	h := *x.Held
	h.To = s.Now()
	x.Before = append([]Holding{h}, x.Before...)
	x.Held, x.Leaving, x.Faded, x.Lapsed, x.Empty = nil, nil, false, false, s.Now()
	x.Passing = append(x.Passing, Pass{h.Person, h.To})
	if x.Next != nil {
		s.sitDown(x)
	}
}

// unseat takes a person off every seat but those of a mechanism; empty: off
// all. What the seats gave is taken before.
func (s *Service) unseat(ctx context.Context, person string, but hub.State) error {
	page, err := s.Store.List(ctx, seats, store.Query{Index: "person", Equal: [][]store.Value{{person}}, Limit: MaxSeats})
	if err != nil {
		return err
	}
	for _, d := range page.Docs {
		x, err := store.Decode[Seat](d)
		if err != nil {
			return err
		}
		if x.Mechanism == but {
			continue
		}
		x, err = s.changeSeat(ctx, x.ID, func(x *Seat) error {
			if x.Next != nil && x.Next.Person == person {
				x.Next = nil
			}
			if x.Deputy != nil && x.Deputy.Person == person {
				x.Deputy = nil
			}
			if x.heldBy(person) {
				s.vacate(x)
			}
			return nil
		})
		if err == nil {
			err = s.carry(ctx, x)
		}
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	return nil
}

// EndHolding ends the access of whoever holds a seat, now: what the seat gave
// is gone with their next request. The seat stays, with its note. For those
// who keep the seats, and for the holder.
func (s *Service) EndHolding(ctx context.Context, v hub.Viewer, m hub.State, number int) error {
	x, err := s.Seat(ctx, v, m, number)
	if err != nil {
		return err
	}
	if x.Held == nil {
		return hub.ErrNotFound
	}
	if !x.heldBy(v.Person) {
		if err := s.mayKeep(v, m); err != nil {
			return err
		}
	}
	if err := s.passOn(ctx, x); err != nil {
		return err
	}
	return s.note(ctx, v.Person, "seat.end", "seat:"+x.ID, "")
}

// passOn takes from the holder of a seat what it gave, and only then the seat.
func (s *Service) passOn(ctx context.Context, x Seat) error {
	person := x.Held.Person
	x.Held = nil
	if err := s.settle(ctx, person, x); err != nil {
		return err
	}
	x, err := s.changeSeat(ctx, x.ID, func(now *Seat) error {
		if !now.heldBy(person) {
			return store.ErrSame
		}
		s.vacate(now)
		return nil
	})
	if err != nil {
		return err
	}
	return s.carry(ctx, x)
}

// Announce says when the holder of a seat leaves; an empty day takes it back.
// For the holder and those who keep the seats. hub.Invalid with the field
// "last_day" for no date, or one that is over.
func (s *Service) Announce(ctx context.Context, v hub.Viewer, m hub.State, number int, lastDay string) (Seat, error) {
	if lastDay != "" {
		if _, err := time.Parse(time.DateOnly, lastDay); err != nil {
			return Seat{}, &hub.Invalid{Field: "last_day", Reason: hub.ReasonFormat, Value: lastDay}
		}
		if lastDay < s.Now().Format(time.DateOnly) {
			return Seat{}, &hub.Invalid{Field: "last_day", Reason: hub.ReasonRange, Value: lastDay}
		}
	}
	return s.ofHolder(ctx, v, m, number, func(x *Seat) error {
		if x.Held == nil {
			return hub.ErrNotFound
		}
		x.Leaving = nil
		if lastDay != "" {
			x.Leaving = &Leaving{lastDay}
		}
		return nil
	})
}

// WriteNote writes the handover note of a seat. For the holder, a deputy and
// the coordinator of the mechanism; seen is the time of the note that the writer
// saw: hub.ErrConflict when somebody else has written since, and nothing is
// lost.
func (s *Service) WriteNote(ctx context.Context, v hub.Viewer, m hub.State, number int, answers map[string]string, seen time.Time) (Seat, error) {
	if err := s.Door.May(v, hub.ActEdit, own(m), s.Now()); err != nil {
		return Seat{}, err
	}
	kept := map[string]string{}
	for _, part := range NoteParts {
		text := strings.TrimSpace(answers[part])
		if text == "" {
			continue
		}
		if err := checkText(part, text, MaxNote); err != nil {
			return Seat{}, err
		}
		kept[part] = text
	}
	return s.changeSeat(ctx, seatID(m, number), func(x *Seat) error {
		if err := s.mayWrite(*x, v); err != nil {
			return err
		}
		if !x.Note.At.Equal(seen) {
			return hub.ErrConflict
		}
		x.Note = Note{kept, v.Person, s.Now()}
		return nil
	})
}

// mayWrite says whether the viewer may write the note of a seat.
func (s *Service) mayWrite(x Seat, v hub.Viewer) error {
	if s.actsOn(x, v) {
		return nil
	}
	return s.mayKeep(v, x.Mechanism)
}

// Writes says whether the viewer may write the note of a seat.
func (s *Service) Writes(x Seat, v hub.Viewer) bool {
	return s.Door.May(v, hub.ActEdit, own(x.Mechanism), s.Now()) == nil && s.mayWrite(x, v) == nil
}

// ofHolder changes a seat for its holder or those who keep the seats.
func (s *Service) ofHolder(ctx context.Context, v hub.Viewer, m hub.State, number int, set func(*Seat) error) (Seat, error) {
	if err := s.maySee(v, m); err != nil {
		return Seat{}, err
	}
	return s.changeSeat(ctx, seatID(m, number), func(x *Seat) error {
		if !x.heldBy(v.Person) {
			if err := s.mayKeep(v, m); err != nil {
				return err
			}
		}
		return set(x)
	})
}

// Confirm says that the seats of a mechanism are held by the right people, all
// at once. Those that had lapsed give again what they gave.
func (s *Service) Confirm(ctx context.Context, v hub.Viewer, m hub.State) error {
	if err := s.mayKeep(v, m); err != nil {
		return err
	}
	all, err := s.seatsOf(ctx, m)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Ended != nil {
			continue
		}
		lapsed := false
		x, err := s.changeSeat(ctx, x.ID, func(x *Seat) error {
			lapsed = (x.Faded || x.Lapsed) && x.Held != nil
			x.Confirmed, x.Faded, x.Lapsed = &Decision{By: v.Person, At: s.Now()}, false, false
			return nil
		})
		if err == nil && lapsed { // what had lapsed comes back
			err = s.settle(ctx, x.Held.Person, x)
		}
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
	return s.note(ctx, v.Person, "seat.confirm", "mechanism:"+string(m), "")
}

// LeaveDue ends the holdings and the deputies whose last day is over.
func (s *Service) LeaveDue(ctx context.Context) error {
	today := s.today()
	due := store.Query{Index: "leaving", To: today, Limit: 100}
	page, err := s.Store.List(ctx, seats, due)
	if err != nil {
		return fmt.Errorf("seats whose holders leave: %w", err)
	}
	for _, d := range page.Docs {
		x, err := store.Decode[Seat](d)
		if err != nil {
			return err
		}
		if x.Deputy != nil && x.Deputy.Until < today {
			err = s.dropDeputy(ctx, x)
		}
		if err == nil && x.Held != nil && x.Leaving != nil && x.Leaving.LastDay < today {
			err = errors.Join(s.passOn(ctx, x), s.note(ctx, "", "seat.pass", "seat:"+x.ID, ""))
		}
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return fmt.Errorf("seats whose holders leave: %w", err)
		}
	}
	return nil
}
