package member

import (
	"context"
	"errors"
	"fmt"

	"nmirfhub/internal/hub"
)

// demoPersons are the accounts of a demonstration: one per role, and a second
// member, of another mechanism.
var demoPersons = [...]NewPerson{
	{Email: "admin@" + DemoDomain, Name: "Demo administrator", Role: hub.RoleAdmin},
	{Email: "moderator@" + DemoDomain, Name: "Demo moderator", Role: hub.RoleModerator},
	{Email: "coordinator@" + DemoDomain, Name: "Demo coordinator", Role: hub.RoleCoordinator, Mechanism: "MDA"},
	{Email: "member@" + DemoDomain, Name: "Demo member", Role: hub.RoleMember, Mechanism: "MDA"},
	{Email: "member2@" + DemoDomain, Name: "Demo member 2", Role: hub.RoleMember, Mechanism: "MAR"},
	{Email: "tbexpert@" + DemoDomain, Name: "Demo treaty-body expert", Role: hub.RoleTBExpert},
	{Email: "stakeholder@" + DemoDomain, Name: "Demo stakeholder", Role: hub.RoleStakeholder},
}

// Demo makes sure that the demo accounts exist, are active, have their role
// and all have the password, and returns them in a fixed order. An account
// that is so already is not written, and its sessions go on. The password must
// have the length of one; it may be a common one, since it is told to
// everybody. hub.Invalid with the field "password"; hub.ErrForbidden without
// AllowDemo.
func (s *Service) Demo(ctx context.Context, password string) ([]Person, error) {
	if !s.AllowDemo {
		return nil, fmt.Errorf("demo accounts: %w", hub.ErrForbidden)
	}
	normal, err := checkLength(password)
	if err != nil {
		return nil, err
	}
	all := make([]Person, 0, len(demoPersons))
	for _, n := range demoPersons {
		p, err := s.demoPerson(ctx, n, normal)
		if err != nil {
			return nil, fmt.Errorf("demo account %s: %w", n.Email, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func (s *Service) demoPerson(ctx context.Context, n NewPerson, normal string) (Person, error) {
	p, err := s.Find(ctx, n.Email)
	if errors.Is(err, hub.ErrNotFound) {
		p, err = s.Create(ctx, n)
	}
	if err != nil {
		return Person{}, err
	}
	same, weak, err := s.matches(ctx, p.Password, normal)
	if err != nil {
		return Person{}, err
	}
	if same && !weak && p.Status == StatusActive && p.Role == n.Role && p.Mechanism == n.Mechanism && p.Name == n.Name {
		return p, nil
	}
	hash, err := s.hash(ctx, normal)
	if err != nil {
		return Person{}, err
	}
	return s.turn(ctx, p.ID, "", func(p *Person) error {
		p.Name, p.Role, p.Mechanism, p.Status, p.Password = n.Name, n.Role, n.Mechanism, StatusActive, hash
		return nil
	})
}
