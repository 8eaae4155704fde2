package member

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// The collections of the package; see its docstring for what they hold.
const (
	persons  = "persons"
	sessions = "sessions"
	tokens   = "tokens"

	apiTokens = "api-tokens"
)

// Collections declares what the store must hold for a Service.
func Collections() []store.Collection {
	expires := []store.Index{{Name: "expires", Fields: []string{"expires"}}}
	return []store.Collection{
		{Name: persons, Indexes: []store.Index{{Name: "address", Fields: []string{"address"}, Unique: true}, {Name: "role", Fields: []string{"role"}}}},
		{Name: sessions, Indexes: append([]store.Index{{Name: "person", Fields: []string{"person"}}}, expires...)},
		{Name: tokens, Indexes: expires},
		{Name: apiTokens, Indexes: append([]store.Index{{Name: "person", Fields: []string{"person"}}}, expires...)},
	}
}

// Service keeps accounts and signs people in. Store is required; fields are
// set before the first call and not changed after. Safe for concurrent use,
// not to be copied. The limits of failures are counted in this process.
type Service struct {
	Store   store.Store
	BaseURL string // HUB_BASE_URL; without it no link is made
	Key     []byte // seals what browsers carry between two steps; shorter than MinSecret: no passkeys
	Params  Params // cost of password hashes; zero: DefaultParams
	// AllowDemo lets the accounts of DemoDomain in. Without it they have no
	// session and get none, whatever their status, so that a data directory
	// once served with --demo opens no door later.
	AllowDemo bool
	// Changed is told of somebody whose sign-ins or rights have changed; nil
	// tells nobody.
	Changed func(personID string)
	// SignedIn puts on record that somebody has signed in, or has failed to;
	// personID is empty where there is no such account. Nobody gets in whose
	// sign-in is not on record. Nil keeps no record.
	SignedIn func(ctx context.Context, personID string, ok bool) error
	Now      func() time.Time // nil: time.Now
	Rand     io.Reader        // nil: crypto/rand; safe for concurrent use
	NewID    func() string    // nil: hub.NewID

	hashes hasher
	limits limiter
}

func (s *Service) changed(personID string) {
	if s.Changed != nil {
		s.Changed(personID)
	}
}

func (s *Service) signedIn(ctx context.Context, personID string, ok bool) error {
	if s.SignedIn == nil {
		return nil
	}
	return s.SignedIn(ctx, personID, ok)
}

// refused is the answer to a sign-in that failed, once it is on record.
func (s *Service) refused(ctx context.Context, personID string, why error) error {
	if err := s.signedIn(ctx, personID, false); err != nil {
		return err
	}
	return why
}

func (s *Service) now() time.Time {
	if s.Now == nil {
		return time.Now().UTC().Round(0) // without the monotonic clock: it equals what is read back
	}
	return s.Now().UTC()
}

func (s *Service) rand() io.Reader {
	if s.Rand == nil {
		return rand.Reader
	}
	return s.Rand
}

func (s *Service) newID() string {
	if s.NewID == nil {
		return hub.NewID()
	}
	return s.NewID()
}

// Create adds an account without a password and returns it. The person comes
// in by SignInLink, or after SetPassword. hub.Invalid with the field "email"
// (ReasonTaken when there is an account with that address), "name", "role",
// "mechanism", "state" or "status".
func (s *Service) Create(ctx context.Context, n NewPerson) (Person, error) {
	p, err := s.newPerson(n)
	if err != nil {
		return Person{}, err
	}
	err = s.Store.Insert(ctx, persons, p.doc())
	if errors.Is(err, hub.ErrConflict) {
		return Person{}, &hub.Invalid{Field: "email", Reason: hub.ReasonTaken}
	}
	if err != nil {
		return Person{}, fmt.Errorf("create person: %w", err)
	}
	p.Rev = 1
	return p, nil
}

func (s *Service) newPerson(n NewPerson) (Person, error) {
	key, err := AddressKey(n.Email)
	if err != nil {
		return Person{}, err
	}
	name, err := cleanName(n.Name)
	if err != nil {
		return Person{}, err
	}
	mechanism, err := checkRole(n.Role, n.Mechanism)
	if err != nil {
		return Person{}, err
	}
	if n.Status == "" {
		n.Status = StatusActive
	}
	if _, err := ParseStatus(string(n.Status)); err != nil {
		return Person{}, err
	}
	if _, err := hub.ParseLang(string(n.Lang)); err != nil && n.Lang != "" {
		return Person{}, err
	}
	if err := checkLangs(n.Langs); err != nil {
		return Person{}, err
	}
	now := s.now()
	return Person{
		ID: s.newID(), Email: strings.TrimSpace(n.Email), Address: key, Name: name,
		Role: n.Role, Mechanism: mechanism, Reads: n.Reads, Status: n.Status,
		Epoch: 1, Created: now, Updated: now, Lang: n.Lang, Langs: n.Langs, Terms: n.Terms,
	}, nil
}

// Find returns the account with the address, however it is spelt.
// hub.ErrNotFound when there is none, hub.Invalid when it is no address. For
// operators: what it answers to a visitor would tell who has an account.
func (s *Service) Find(ctx context.Context, email string) (Person, error) {
	key, err := AddressKey(email)
	if err != nil {
		return Person{}, err
	}
	return s.byAddress(ctx, key)
}

func (s *Service) byAddress(ctx context.Context, key string) (Person, error) {
	page, err := s.Store.List(ctx, persons, store.Query{Index: "address", Equal: [][]store.Value{{key}}, Limit: 1})
	if err != nil {
		return Person{}, fmt.Errorf("find person: %w", err)
	}
	if len(page.Docs) == 0 {
		return Person{}, fmt.Errorf("find person: %w", hub.ErrNotFound)
	}
	return personOf(page.Docs[0])
}

func (s *Service) person(ctx context.Context, id string) (Person, error) {
	d, err := s.Store.Get(ctx, persons, id)
	if err != nil {
		return Person{}, fmt.Errorf("read person: %w", err)
	}
	return personOf(d)
}

// SetPassword gives the person a password and ends their sessions and links,
// save the session with the ID except (empty: none stays). hub.Invalid with
// the field "password" and ReasonRequired, ReasonTooShort, hub.ReasonTooLong,
// hub.ReasonFormat or ReasonCommon; hub.ErrUnavailable when too many hashes
// wait; hub.ErrNotFound for an unknown person.
func (s *Service) SetPassword(ctx context.Context, personID, password, except string) error {
	p, err := s.person(ctx, personID)
	if err != nil {
		return err
	}
	hash, err := s.hashNew(ctx, p, password)
	if err != nil {
		return err
	}
	_, err = s.turn(ctx, personID, except, func(p *Person) error {
		p.Password = hash
		return nil
	})
	return err
}

// hashNew hashes a password that the person chose, when the policy takes it.
func (s *Service) hashNew(ctx context.Context, p Person, password string) (Secret, error) {
	normal, err := checkPassword(password, ownWords(p)...)
	if err != nil {
		return "", err
	}
	return s.hash(ctx, normal)
}

// SetStanding makes of the person something else and ends their sessions and
// links: a session is of one role from its beginning. Nothing changes for who
// is that already; one who only moves to another seat stays signed in.
// hub.Invalid as Create, hub.ErrNotFound.
func (s *Service) SetStanding(ctx context.Context, personID string, to Standing) (Person, error) {
	var err error
	if to.Mechanism, err = checkRole(to.Role, to.Mechanism); err != nil {
		return Person{}, err
	}
	p, err := s.person(ctx, personID)
	if err != nil || p.Standing() == to {
		return p, err
	}
	moves := p.Standing()
	if moves.Seat = to.Seat; moves == to {
		p.Seat = to.Seat
		return p, s.set(ctx, personID, func(p *Person) { p.Seat = to.Seat })
	}
	return s.turn(ctx, personID, "", func(p *Person) error {
		p.Role, p.Mechanism, p.Reads, p.Seat = to.Role, to.Mechanism, to.Reads, to.Seat
		return nil
	})
}

// SetStatus suspends a person or lets them in again. Sessions and links end
// either way, so that none wakes up when a suspension is lifted. hub.Invalid
// with the field "status", hub.ErrNotFound.
func (s *Service) SetStatus(ctx context.Context, personID string, status Status) (Person, error) {
	if _, err := ParseStatus(string(status)); err != nil {
		return Person{}, err
	}
	return s.turn(ctx, personID, "", func(p *Person) error {
		p.Status = status
		return nil
	})
}

// EndSessions ends the person's sessions and links, save the session with the
// ID except (empty: none stays). hub.ErrNotFound for an unknown person.
func (s *Service) EndSessions(ctx context.Context, personID, except string) error {
	_, err := s.turn(ctx, personID, except, func(*Person) error { return nil })
	return err
}

// maxTries is how often a guarded write is tried when others write the same
// document. Each lost race means that somebody else's write went through.
const maxTries = 10

// turn changes the person and begins their next epoch, in one guarded write,
// and returns the new state. Set is called again with the newest state after
// a lost race; its error ends the attempt.
func (s *Service) turn(ctx context.Context, id, except string, set func(*Person) error) (Person, error) {
	for range maxTries {
		p, err := s.person(ctx, id)
		if err != nil {
			return Person{}, err
		}
		kept, err := s.keep(ctx, p, except)
		if err != nil {
			return Person{}, err
		}
		if err := set(&p); err != nil {
			return Person{}, err
		}
		p.Epoch, p.Kept, p.Updated = p.Epoch+1, kept, s.now()
		err = s.Store.Update(ctx, persons, p.doc())
		if err == nil {
			p.Rev++
			s.changed(p.ID)
			return p, nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return Person{}, fmt.Errorf("update person: %w", err)
		}
	}
	return Person{}, fmt.Errorf("update person: %w", hub.ErrConflict)
}

// keep returns except when it is a live session of the person, else nothing:
// a session that has ended does not come back by being named.
func (s *Service) keep(ctx context.Context, p Person, except string) (string, error) {
	if except == "" {
		return "", nil
	}
	d, err := s.Store.Get(ctx, sessions, except)
	if errors.Is(err, hub.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read session: %w", err)
	}
	v, err := sessionOf(d)
	if err != nil {
		return "", err
	}
	if v.Person != p.ID || !v.alive(p, s.now()) {
		return "", nil
	}
	return except, nil
}

// admits says whether the person may be signed in at all.
func (s *Service) admits(p Person) bool {
	return p.Status == StatusActive && (s.AllowDemo || !demoAddress(p.Address))
}
