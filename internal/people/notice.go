package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// What people are told of by mail: changes of their account, so that one they
// did not make is found out.
const (
	NoticePassword = "password"
	NoticeCodes    = "codes"
	NoticePasskey  = "passkey"
	NoticeDeputy   = "deputy"
	NoticeDevice   = "device"
)

// Tell tells a person of a change of their account.
func (s *Service) Tell(ctx context.Context, person, what string) error {
	p, err := s.Members.Person(ctx, person)
	if err != nil {
		return err
	}
	return s.Mail.Add(ctx, mail.Item{
		Cause: "notice " + what + " " + person + " " + strconv.FormatInt(s.Now().Unix(), 10), Kind: LetterNotice, To: p.Email, Lang: langOf(p.Lang),
		Args: map[string]string{"what": what, "at": s.Now().Format(time.RFC3339)},
	})
}

func langOf(l hub.Lang) hub.Lang {
	if l == "" {
		return hub.English
	}
	return l
}

// ConfirmMonths is for how many months a confirmation of the seats of a
// mechanism holds, where the Service does not say.
const ConfirmMonths = 6

// remindBefore is how long before the end of that time coordinators are
// reminded.
var remindBefore = []time.Duration{30 * 24 * time.Hour, 14 * 24 * time.Hour, 3 * 24 * time.Hour}

// lapseAfter is how long after that time seats, which fade with it, lapse.
const lapseAfter = 30 * 24 * time.Hour

// Due is a mechanism whose seats are to be confirmed.
type Due struct {
	Mechanism    hub.State
	By           time.Time
	Coordinators []string // persons; empty when nobody holds such a seat
}

// due works out from the seats of a mechanism until when they are to be
// confirmed. False when it has none that anybody holds.
func (s *Service) due(all []Seat) (d Due, held bool) {
	for _, x := range all {
		if x.Ended != nil || x.Held == nil {
			continue
		}
		since := x.Held.From
		if x.Confirmed != nil && x.Confirmed.At.After(since) {
			since = x.Confirmed.At
		}
		if by := since.AddDate(0, cmp.Or(s.ConfirmMonths, ConfirmMonths), 0); !held || by.Before(d.By) {
			d.By = by
		}
		d.Mechanism, held = x.Mechanism, true
		if x.Role == hub.RoleCoordinator {
			d.Coordinators = append(d.Coordinators, x.Held.Person)
		}
	}
	return d, held
}

// Coordinators are who holds a seat that coordinates a mechanism.
func (s *Service) Coordinators(ctx context.Context, m hub.State) ([]member.Person, error) {
	seats, err := s.seatsOf(ctx, m)
	if err != nil {
		return nil, err
	}
	d, _ := s.due(seats)
	var all []member.Person
	for _, id := range d.Coordinators {
		p, err := s.Members.Person(ctx, id)
		if err != nil && !errors.Is(err, hub.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			all = append(all, p)
		}
	}
	return all, nil
}

// Overdue lists the mechanisms whose seats are to be confirmed within a month
// or should have been, those without a coordinator too. For moderators.
func (s *Service) Overdue(ctx context.Context, v hub.Viewer) ([]Due, error) {
	if !s.Moderates(v) {
		return nil, hub.ErrNotFound
	}
	var all []Due
	err := s.eachMechanism(ctx, func(seats []Seat) error {
		if d, held := s.due(seats); held && d.By.Before(s.Now().Add(remindBefore[0])) {
			all = append(all, d)
		}
		return nil
	})
	return all, err
}

// Remind sends the reminders that are due, each once.
func (s *Service) Remind(ctx context.Context) error {
	err := s.eachMechanism(ctx, func(seats []Seat) error {
		d, held := s.due(seats)
		left := d.By.Sub(s.Now())
		stage := -1
		for i, before := range remindBefore {
			if held && left <= before {
				stage = i
			}
		}
		if stage < 0 {
			return nil
		}
		for _, person := range d.Coordinators {
			p, err := s.Members.Person(ctx, person)
			if err != nil {
				return err
			}
			err = s.Mail.Add(ctx, mail.Item{
				Cause: fmt.Sprintf("confirm %s %s %d %s", d.Mechanism, d.By.Format(time.DateOnly), stage, person), Kind: LetterConfirm, To: p.Email, Lang: langOf(p.Lang),
				Args: map[string]string{"mechanism": string(d.Mechanism), "by": d.By.Format(time.RFC3339), "person": person},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reminders: %w", err)
	}
	return nil
}

// Lapse takes from the holders of seats that nobody confirms what the seats
// gave, until somebody does: first they read and do no more, then nothing is
// left. Coordinators keep theirs: they are the ones who can confirm.
func (s *Service) Lapse(ctx context.Context) error {
	err := s.eachMechanism(ctx, func(all []Seat) error {
		d, held := s.due(all)
		if !held || s.Now().Before(d.By) {
			return nil
		}
		for _, x := range all {
			err := s.lapse(ctx, x, !s.Now().Before(d.By.Add(lapseAfter)))
			if err != nil && !errors.Is(err, hub.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("seats that lapse: %w", err)
	}
	return nil
}

// lapse leaves the holder of a seat reading, or nothing.
func (s *Service) lapse(ctx context.Context, x Seat, wholly bool) error {
	if x.Held == nil || x.Lapsed || x.Faded && !wholly || x.Role == hub.RoleCoordinator {
		return nil
	}
	x.Faded, x.Lapsed = true, wholly
	if err := s.settle(ctx, x.Held.Person, x); err != nil { // rights first, as in passOn
		return err
	}
	_, err := s.changeSeat(ctx, x.ID, func(now *Seat) error {
		if !now.heldBy(x.Held.Person) {
			return store.ErrSame
		}
		now.Faded, now.Lapsed = true, wholly
		return nil
	})
	if err != nil {
		return err
	}
	return s.note(ctx, "", "seat.lapse", "seat:"+x.ID, "")
}

// Reminded is what the letter of a reminder tells. mail.ErrUnwanted when the
// seats are confirmed meanwhile, or its reader is no coordinator any more.
func (s *Service) Reminded(ctx context.Context, i mail.Item) (Due, error) {
	seats, err := s.seatsOf(ctx, hub.State(i.Args["mechanism"]))
	if err != nil {
		return Due{}, err
	}
	d, held := s.due(seats)
	if !held || d.By.Format(time.RFC3339) != i.Args["by"] {
		return d, mail.ErrUnwanted
	}
	for _, person := range d.Coordinators {
		if person == i.Args["person"] {
			return d, nil
		}
	}
	return d, mail.ErrUnwanted
}

// eachMechanism hands out the seats of each mechanism.
func (s *Service) eachMechanism(ctx context.Context, hand func([]Seat) error) error {
	var some []Seat
	for after := ""; ; {
		page, err := s.Store.List(ctx, seats, store.Query{Index: "mechanism", After: after, Limit: store.MaxLimit})
		if err != nil {
			return err
		}
		for _, d := range page.Docs {
			x, err := store.Decode[Seat](d)
			if err != nil {
				return err
			}
			if len(some) > 0 && some[0].Mechanism != x.Mechanism {
				if err := hand(some); err != nil {
					return err
				}
				some = nil
			}
			some = append(some, x)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(some) == 0 {
		return nil
	}
	return hand(some)
}

// housekeeping is done every so often.
const housekeeping = 5 * time.Minute

// Run carries over what a crash has left, passes seats on whose last day is over, reminds, and lets seats lapse,
// until ctx ends.
func (s *Service) Run(ctx context.Context, report func(error)) {
	carrying, keeping := time.NewTicker(carryEvery), time.NewTicker(housekeeping)
	defer carrying.Stop()
	defer keeping.Stop()
	try := func(errs ...error) {
		if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
	all := func() { try(s.LeaveDue(ctx), s.Remind(ctx), s.Lapse(ctx), s.AskExperts(ctx)) }
	try(s.CarryDue(ctx))
	all()
	for {
		select {
		case <-ctx.Done():
			return
		case <-carrying.C:
			try(s.CarryDue(ctx))
		case <-keeping.C:
			all()
		}
	}
}
