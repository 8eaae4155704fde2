package member

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"nmirfhub/internal/hub"
)

// ErrSignIn answers every sign-in that does not succeed: no such account, not
// its password, pending, suspended, a demo account where there is no demo.
// Which of them it was is for nobody to know.
var ErrSignIn = errors.New("address or password is not right")

// From is where a sign-in comes from.
type From struct {
	IP netip.Addr // of the client; all clients without one count as one
	// Replaces is the session token that the browser sent, if any. That
	// session ends when the sign-in succeeds; the token is never taken on.
	Replaces Secret
}

// notAddress stands in the limits for whatever is typed that is no address.
const notAddress = "?"

// SignIn opens a session for the person with the address and the password,
// and returns it with its token: 43 characters, for the cookie, kept nowhere
// else. *NeedsCode when a code is needed besides. ErrSignIn when they do not sign in; *hub.TooMany after too many
// failures, whether or not there is such an account and whether or not the
// password is right; hub.ErrUnavailable when too many sign-ins wait for a
// core. Each attempt that is let through costs one password hash.
func (s *Service) SignIn(ctx context.Context, email, password string, from From) (Session, string, error) {
	key, addressErr := AddressKey(email)
	if addressErr != nil {
		key = notAddress
	}
	a, err := s.limits.begin(s.now(), key, from.IP)
	if err != nil {
		return Session{}, "", err
	}
	p, err := s.authenticate(ctx, key, password)
	if errors.Is(err, ErrSignIn) {
		return Session{}, "", s.refused(ctx, p.ID, err)
	}
	if err != nil {
		a.withdraw()
		return Session{}, "", fmt.Errorf("sign in: %w", err)
	}
	a.succeed()
	return s.enter(ctx, p, from)
}

// SignInAs opens a session for the person with an address that a provider whom
// the hub trusts has vouched for, in the place of a password: a code is needed
// besides, as *NeedsCode says, where they have a second step. It never makes an
// account. ErrSignIn when nobody with the address signs in, for the same
// unsaid reasons as SignIn; *hub.TooMany after too many of those.
func (s *Service) SignInAs(ctx context.Context, email string, from From) (Session, string, error) {
	key, err := AddressKey(email)
	if err != nil {
		key = notAddress
	}
	a, err := s.limits.begin(s.now(), "vouched "+key, from.IP)
	if err != nil {
		return Session{}, "", err
	}
	p, err := s.vouched(ctx, key)
	if errors.Is(err, ErrSignIn) {
		return Session{}, "", s.refused(ctx, p.ID, err)
	}
	if err != nil {
		a.withdraw()
		return Session{}, "", fmt.Errorf("sign in: %w", err)
	}
	a.succeed()
	return s.enter(ctx, p, from)
}

// vouched returns the person whose address key this is, and notes that they
// were here. ErrSignIn when there is none who may sign in, with the person if
// there is one.
func (s *Service) vouched(ctx context.Context, key string) (Person, error) {
	p, err := s.byAddress(ctx, key)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return Person{}, err
	}
	if !s.admits(p) { // an unknown person is the zero one: not active
		return p, ErrSignIn
	}
	return p, s.noteSignIn(ctx, p, false, "")
}

// enter opens a session, or asks for a code first.
func (s *Service) enter(ctx context.Context, p Person, from From) (Session, string, error) {
	if p.Factor != nil {
		return Session{}, "", s.pending(ctx, p)
	}
	return s.open(ctx, p, from)
}

// authenticate returns the person whose address key and password these are,
// and notes that they were here. ErrSignIn when there is none, with the person
// whose address it is, if any.
func (s *Service) authenticate(ctx context.Context, key, password string) (Person, error) {
	p, err := s.byAddress(ctx, key)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return Person{}, err
	}
	// An unknown person is the zero one: no password, not active.
	ok, weak, err := s.matches(ctx, p.Password, password)
	if err != nil {
		return Person{}, err
	}
	if !ok || !s.admits(p) {
		return p, ErrSignIn
	}
	return p, s.noteSignIn(ctx, p, weak, password)
}

// noteSignIn writes the time of the sign-in, and the password again when its
// hash is weaker than those of today. It writes only over the very revision
// that was checked: when somebody else was faster, nothing is written, since
// the next sign-in does it again and a password set meanwhile must stay.
func (s *Service) noteSignIn(ctx context.Context, p Person, weak bool, password string) error {
	if weak {
		normal, _ := normalise(password)
		hash, err := s.hash(ctx, normal)
		if err != nil && !errors.Is(err, hub.ErrUnavailable) {
			return err
		}
		if err == nil {
			p.Password = hash
		}
	}
	p.SignedIn = s.now()
	p.startGrace()
	err := s.Store.Update(ctx, persons, p.doc())
	if err != nil && !errors.Is(err, hub.ErrConflict) && !errors.Is(err, hub.ErrNotFound) {
		return fmt.Errorf("note sign-in: %w", err)
	}
	return nil
}
