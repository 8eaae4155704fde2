package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Pass is something that passes to whoever sits on a seat: what its holder
// before had still to do, or what waited at the seat meanwhile. What a seat
// follows and has asked needs no passing: it is the seat's.
type Pass struct {
	From string    `json:"from"` // person, or ofSeat
	At   time.Time `json:"at"`
}

// ofSeat stands for a person where a seat is empty: what its holder had still
// to do waits there, and the coordinator of the mechanism can do it.
func ofSeat(id string) string { return "seat:" + id }

// WaitsWith is who has what the holder of a seat has still to do: the holder, or
// the seat itself while nobody holds it.
func (x Seat) WaitsWith() string {
	if x.Held == nil {
		return ofSeat(x.ID)
	}
	return x.Held.Person
}

// SeesEstate says whether the viewer may see what belongs to a seat and passes
// on with it: who holds it, who takes over, and its coordinator may.
func (s *Service) SeesEstate(x Seat, v hub.Viewer) bool {
	next := x.Next != nil && x.Next.Person == v.Person
	return s.ReadsNotes(v, x.Mechanism) && (next || s.mayWrite(x, v) == nil)
}

// Holders are the persons whom it concerns what a seat follows: who holds it,
// or else the coordinators of its mechanism; nobody for a seat that has ended,
// or whose holder nobody has confirmed for long.
func (s *Service) Holders(ctx context.Context, id string) ([]string, error) {
	x, _, err := store.Load[Seat](ctx, s.Store, seats, id)
	switch {
	case errors.Is(err, hub.ErrNotFound), err == nil && (x.Ended != nil || x.Lapsed):
		return nil, nil
	case err != nil:
		return nil, err
	case x.Held != nil:
		return []string{x.Held.Person}, nil
	}
	all, err := s.Coordinators(ctx, x.Mechanism)
	var found []string
	for _, p := range all {
		found = append(found, p.ID)
	}
	return found, err
}

// Candidate is somebody who may know the answer to a question, by the seat that
// they hold, or by their entry in the roster.
type Candidate struct {
	Person, Seat string
	Fit          int // how much of what the question is about they know; 0 for its language alone
}

// About is what a question is about, for whom to ask.
type About struct {
	Lang       hub.Lang
	States     []hub.State
	Capacities []string
}

// Candidates are the holders of seats, and those with an entry in the roster
// that is shown, who understand the language of a question. A person may come
// twice. Whether they may read the question is for the caller to ask.
func (s *Service) Candidates(ctx context.Context, q About) (found []Candidate, err error) {
	err = s.eachMechanism(ctx, func(all []Seat) error {
		for _, x := range all {
			if x.Ended != nil || x.Held == nil || x.Lapsed {
				continue
			}
			fits, err := s.understands(ctx, x, q.Lang)
			if err != nil {
				return err
			}
			if fits {
				c := Candidate{Person: x.Held.Person, Seat: x.ID}
				if slices.Contains(q.States, x.Mechanism) {
					c.Fit = 1
				}
				found = append(found, c)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	entries, err := s.expertsIn(ctx, StateAccepted)
	for _, x := range entries {
		if !x.shown() || !slices.Contains(x.Codes("language"), string(q.Lang)) {
			continue
		}
		c := Candidate{Person: x.Person}
		for _, capacity := range q.Capacities {
			if slices.Contains(x.Codes("capacity"), capacity) {
				c.Fit++
			}
		}
		if slices.Contains(q.States, x.Country()) {
			c.Fit++
		}
		found = append(found, c)
	}
	return found, err
}

// understands says whether the language of a seat, or one that its holder
// reads, is l.
func (s *Service) understands(ctx context.Context, x Seat, l hub.Lang) (bool, error) {
	if x.Lang == l {
		return true, nil
	}
	p, err := s.Members.Person(ctx, x.Held.Person)
	if errors.Is(err, hub.ErrNotFound) {
		return false, nil
	}
	return p.Understands(l), err
}

// carryEvery is how soon what a crash has left is carried over.
const carryEvery = 5 * time.Second

// carry gives whoever sits on a seat what is to pass to them. It is done after
// the seat says so; what a crash leaves is done by CarryDue.
func (s *Service) carry(ctx context.Context, x Seat) error {
	if len(x.Passing) == 0 {
		return nil
	}
	to := x.WaitsWith()
	if x.Held != nil {
		if err := s.settle(ctx, to, x); err != nil {
			return err
		}
	}
	for _, p := range x.Passing {
		stays, err := s.sitsAt(ctx, p.From, x.Mechanism)
		if err != nil {
			return err
		}
		if stays || p.From == to {
			continue // who has another seat there keeps what they do
		}
		n, err := s.Records.PassOn(ctx, p.From, to, x.Mechanism)
		if err == nil && n > 0 {
			err = s.note(ctx, "", "seat.drafts", "seat:"+x.ID, "")
		}
		if err != nil {
			return fmt.Errorf("pass on what belongs to seat %s: %w", x.ID, err)
		}
	}
	_, err := store.Change(ctx, s.Store, seats, x.ID, seatKeys, func(now *Seat) error {
		done := len(x.Passing)
		if len(now.Passing) < done || !slices.EqualFunc(now.Passing[:done], x.Passing, Pass.equal) {
			return store.ErrSame // another has done it
		}
		if now.Passing = now.Passing[done:]; now.WaitsWith() != to {
			now.Passing = append(now.Passing, Pass{to, s.Now()}) // they have left meanwhile: it passes on again
		}
		return nil
	})
	return err
}

func (p Pass) equal(o Pass) bool { return p.From == o.From && p.At.Equal(o.At) }

// sitsAt says whether somebody holds a seat of a mechanism.
func (s *Service) sitsAt(ctx context.Context, person string, m hub.State) (bool, error) {
	all, err := store.All[Seat](ctx, s.Store, seats, store.Query{Index: "person", Equal: [][]store.Value{{person}}})
	return slices.ContainsFunc(all, func(x Seat) bool { return x.Mechanism == m && x.heldBy(person) }), err
}

// CarryDue carries over what a crash has left undone when a seat changed hands.
func (s *Service) CarryDue(ctx context.Context) error {
	due, err := s.Store.List(ctx, seats, store.Query{Index: "passing", Limit: 100})
	if err != nil {
		return fmt.Errorf("seats that changed hands: %w", err)
	}
	var errs []error
	for _, d := range due.Docs {
		x, err := store.Decode[Seat](d)
		if err == nil {
			err = s.carry(ctx, x)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
