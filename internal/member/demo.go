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
	var right Secret // a hash that is known to be of this password
	for _, n := range demoPersons {
		p, err := s.demoPerson(ctx, n, normal, right)
		if err != nil {
			return nil, fmt.Errorf("demo account %s: %w", n.Email, err)
		}
		right = p.Password
		all = append(all, p)
	}
	return all, nil
}

// demoPerson makes one account as it should be. The accounts share a hash, as
// they share a password that is told to everybody: a start costs one hash.
func (s *Service) demoPerson(ctx context.Context, n NewPerson, normal string, right Secret) (Person, error) {
	p, err := s.Find(ctx, n.Email)
	if errors.Is(err, hub.ErrNotFound) {
		p, err = s.Create(ctx, n)
	}
	if err != nil {
		return Person{}, err
	}
	if right == "" {
		if right, err = s.rightHash(ctx, p.Password, normal); err != nil {
			return Person{}, err
		}
	}
	if p.Password == right && p.Status == StatusActive && p.Role == n.Role && p.Mechanism == n.Mechanism && p.Name == n.Name {
		return p, nil
	}
	return s.turn(ctx, p.ID, "", func(p *Person) error {
		p.Name, p.Role, p.Mechanism, p.Status, p.Password = n.Name, n.Role, n.Mechanism, StatusActive, right
		return nil
	})
}

// rightHash is the stored hash when it is of the password and as strong as it
// should be, else a new one.
func (s *Service) rightHash(ctx context.Context, stored Secret, normal string) (Secret, error) {
	same, weak, err := s.matches(ctx, stored, normal)
	if err != nil || same && !weak {
		return stored, err
	}
	return s.hash(ctx, normal)
}
