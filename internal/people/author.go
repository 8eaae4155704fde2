package people

import (
	"context"
	"errors"

	"nmirfhub/internal/hub"
)

// Answering is who answers for what somebody wrote for a mechanism, as Owner
// has it: the seat that they hold or last held, else the seats that coordinate
// it, else they themselves while they are there. So that a question passes on
// with the seat.
func (s *Service) Answering(ctx context.Context, author string, m hub.State) ([]string, error) {
	all, err := s.seatsOf(ctx, m)
	if err != nil || m == "" {
		return nil, err
	}
	var coordinating, before []string
	for _, x := range all {
		switch {
		case x.Ended != nil:
		case author != "" && x.heldBy(author):
			return []string{ofSeat(x.ID)}, nil
		case author != "" && x.heldBefore(author):
			before = []string{ofSeat(x.ID)}
		case x.Role == hub.RoleCoordinator:
			coordinating = append(coordinating, ofSeat(x.ID))
		}
	}
	if before != nil {
		return before, nil
	}
	if coordinating != nil || author == "" {
		return coordinating, nil
	}
	p, err := s.Members.Person(ctx, author)
	if errors.Is(err, hub.ErrNotFound) || err == nil && p.Mechanism != m {
		return nil, nil
	}
	return []string{author}, err
}

// heldBefore says whether somebody held the seat at some time.
func (x Seat) heldBefore(person string) bool {
	for _, h := range x.Before {
		if h.Person == person {
			return true
		}
	}
	return false
}
