package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Deputy acts for a seat for a limited time: they have what the seat gives,
// beside what their own seat gives.
type Deputy struct {
	Person string `json:"person"`
	Name   string `json:"name"`
	Until  string `json:"until"` // last day, "2026-11-30"
}

// MaxDeputy is for how many days ahead somebody can be named a deputy.
const MaxDeputy = 92

// actsOn says whether the viewer holds the seat, or acts for it today.
func (s *Service) actsOn(x Seat, v hub.Viewer) bool {
	return x.heldBy(v.Person) || x.Deputy != nil && x.Deputy.Person == v.Person && x.Deputy.Until >= s.today()
}

func (x Seat) heldBy(person string) bool { return x.Held != nil && x.Held.Person == person }

func (s *Service) today() string { return s.Now().Format(time.DateOnly) }

// NameDeputy lets the holder of another seat of the mechanism act for a seat,
// from now until the end of a day, in place of the deputy before. For the
// holder and those who keep the seats. hub.Invalid with the field "deputy" for
// a seat that nobody else holds, or "until" for no date, or one that is over
// or more than MaxDeputy days ahead.
func (s *Service) NameDeputy(ctx context.Context, v hub.Viewer, m hub.State, number, seatOfDeputy int, until string) error {
	if _, err := s.Seat(ctx, v, m, number); err != nil {
		return err
	}
	if err := s.checkUntil(until); err != nil {
		return err
	}
	other, err := s.Seat(ctx, v, m, seatOfDeputy)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	if other.Held == nil || seatOfDeputy == number {
		return &hub.Invalid{Field: "deputy", Reason: hub.ReasonUnknown}
	}
	if err := s.EndDeputy(ctx, v, m, number); err != nil {
		return err
	}
	x, err := s.ofHolder(ctx, v, m, number, func(x *Seat) error {
		if x.heldBy(other.Held.Person) {
			return &hub.Invalid{Field: "deputy", Reason: hub.ReasonUnknown}
		}
		x.Deputy = &Deputy{other.Held.Person, other.Held.Name, until}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.settle(ctx, x.Deputy.Person, x); err != nil {
		return err
	}
	return errors.Join(s.Tell(ctx, x.Deputy.Person, NoticeDeputy), s.note(ctx, v.Person, "seat.deputy", "seat:"+x.ID, ""))
}

func (s *Service) checkUntil(until string) error {
	if _, err := time.Parse(time.DateOnly, until); err != nil {
		return &hub.Invalid{Field: "until", Reason: hub.ReasonFormat, Value: until}
	}
	if until < s.today() || until > s.Now().AddDate(0, 0, MaxDeputy).Format(time.DateOnly) {
		return &hub.Invalid{Field: "until", Reason: hub.ReasonRange, Value: until}
	}
	return nil
}

// EndDeputy ends what the deputy of a seat may do, at once. Nothing happens
// where there is none. For the holder and those who keep the seats.
func (s *Service) EndDeputy(ctx context.Context, v hub.Viewer, m hub.State, number int) error {
	x, err := s.Seat(ctx, v, m, number)
	if err != nil {
		return err
	}
	if !x.heldBy(v.Person) {
		if err := s.mayKeep(v, m); err != nil {
			return err
		}
	}
	if x.Deputy == nil {
		return nil
	}
	if err := s.dropDeputy(ctx, x); err != nil {
		return err
	}
	return s.note(ctx, v.Person, "seat.deputy.end", "seat:"+x.ID, "")
}

// dropDeputy takes from the deputy of a seat what it gave, and only then the
// name off the seat, as passOn does.
func (s *Service) dropDeputy(ctx context.Context, x Seat) error {
	person := x.Deputy.Person
	x.Deputy = nil
	if err := s.settle(ctx, person, x); err != nil {
		return err
	}
	_, err := s.changeSeat(ctx, x.ID, func(now *Seat) error {
		if now.Deputy == nil || now.Deputy.Person != person {
			return store.ErrSame
		}
		now.Deputy = nil
		return nil
	})
	return err
}

// settle makes of a person what their seats give, with one seat as it is about
// to be: what is taken is taken before the seat says so, and a crash between
// the two leaves a seat that is changed again, and never rights without a seat.
// A deputy has nothing from that without a seat of their own.
func (s *Service) settle(ctx context.Context, person string, about Seat) error {
	page, err := s.Store.List(ctx, seats, store.Query{Index: "person", Equal: [][]store.Value{{person}}, Limit: MaxSeats})
	if err != nil {
		return err
	}
	all := []Seat{about}
	for _, d := range page.Docs {
		x, err := store.Decode[Seat](d)
		if err != nil {
			return err
		}
		if x.ID != about.ID {
			all = append(all, x)
		}
	}
	own, beside, seat := nothing, nothing, nothing
	for _, x := range all {
		switch {
		case x.heldBy(person):
			own, seat = wider(own, x.gives()), wider(seat, x.gives())
		case x.Next != nil && x.Next.Person == person:
			own = wider(own, x.gives())
		case s.actsOn(x, hub.Viewer{Person: person}):
			beside = wider(beside, x.gives())
		}
	}
	if own.Mechanism == beside.Mechanism {
		own = wider(own, beside)
	}
	own.Seat = seat.Seat // the one that they hold, whatever another gives them besides
	if _, err = s.Members.SetStanding(ctx, person, own); err != nil {
		return fmt.Errorf("what the seats of %s give: %w", person, err)
	}
	return nil
}
