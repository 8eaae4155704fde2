package member

import (
	"context"
	"errors"
	"fmt"

	"nmirfhub/internal/hub"
)

// Join adds an account with an id and a password, and signs its person in. Of
// all who join with one id one succeeds: the others get hub.ErrNotFound.
// hub.Invalid as Create and SetPassword; with the field "email" when the
// address has an account of another id. *hub.TooMany after too many failures
// from the network, hub.ErrUnavailable when too many hashes wait.
func (s *Service) Join(ctx context.Context, id string, n NewPerson, password string, from From) (Session, string, error) {
	return s.join(ctx, id, n, from, func(p *Person) (err error) {
		p.Password, err = s.hashNew(ctx, *p, password)
		return err
	})
}

// AskFirstPasskey is the question to the device of somebody who joins, as
// AskNewPasskey.
func (s *Service) AskFirstPasskey(id, email string) (options any, sealed string, err error) {
	return s.askNew(Person{ID: id, Email: email, Epoch: 1})
}

// JoinPasskey is Join with the passkey that a device made for AskFirstPasskey
// instead of a password. It returns recovery codes too, shown once. ErrPasskey
// when the answer of the device is not right; hub.Invalid with the field
// "device" for its name.
func (s *Service) JoinPasskey(ctx context.Context, id string, n NewPerson, device, sealed string, answer []byte, from From) (x Session, bearer string, recovery []string, err error) {
	if device, err = passkeyName(device); err != nil {
		return x, "", nil, err
	}
	recovery, hashes := newRecovery()
	x, bearer, err = s.join(ctx, id, n, from, func(p *Person) error {
		key, q, err := s.made(*p, sealed, answer)
		if err != nil {
			return err
		}
		p.Factor = &Factor{Recovery: hashes, Passkeys: []Passkey{newPasskey(key, device, s.now())}}
		return s.answered(ctx, q)
	})
	return x, bearer, recovery, err
}

// join adds an account, which enter gives the way to sign in.
func (s *Service) join(ctx context.Context, id string, n NewPerson, from From, enter func(*Person) error) (Session, string, error) {
	p, err := s.newPerson(n)
	if err != nil {
		return Session{}, "", err
	}
	a, err := s.limits.begin(s.now(), "", from.IP)
	if err != nil {
		return Session{}, "", err
	}
	a.withdraw() // who has the token of an invitation does not guess
	p.ID, p.SignedIn = id, p.Created
	p.startGrace()
	if err = enter(&p); err != nil {
		return Session{}, "", err
	}
	err = s.Store.Insert(ctx, persons, p.doc())
	if errors.Is(err, hub.ErrConflict) {
		return Session{}, "", s.taken(ctx, id)
	}
	if err != nil {
		return Session{}, "", fmt.Errorf("join: %w", err)
	}
	p.Rev = 1
	return s.open(ctx, p, from)
}

// taken says whether it was the id or the address that is taken.
func (s *Service) taken(ctx context.Context, id string) error {
	_, err := s.person(ctx, id)
	if errors.Is(err, hub.ErrNotFound) {
		return &hub.Invalid{Field: "email", Reason: hub.ReasonTaken}
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("join: the account is there already: %w", hub.ErrNotFound)
}

// Person returns the account with the id. hub.ErrNotFound when there is none.
// Who may know of it is for the caller to ask.
func (s *Service) Person(ctx context.Context, id string) (Person, error) { return s.person(ctx, id) }
