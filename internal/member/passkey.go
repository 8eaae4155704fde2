package member

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"nmirfhub/internal/hub"
)

// Passkeys (WebAuthn level 3): a key that a device keeps for this hub alone
// and uses when its owner proves to be there, by a finger, a face or a PIN.
// One passkey is both steps of a sign-in.
const (
	PasskeyLife    = 5 * time.Minute // between the question to the device and its answer
	MaxPasskeys    = 10              // of a person
	MaxPasskeyName = 60              // runes
	maxPasskeyForm = 64 << 10        // bytes of a device's answer
)

// PurposePasskey marks the answers that were taken: each question to a device
// is answered once.
const PurposePasskey Purpose = "passkey"

// Passkey is one key of a person.
type Passkey struct {
	ID         string              `json:"id"`   // hex, of the key; tells nothing
	Name       string              `json:"name"` // as its owner calls the device
	Created    time.Time           `json:"created"`
	Used       time.Time           `json:"used,omitzero"`
	Credential webauthn.Credential `json:"credential"`
}

// passkeys are those of the person.
func (p Person) passkeys() []Passkey {
	if p.Factor == nil {
		return nil
	}
	return p.Factor.Passkeys
}

// ErrPasskey answers a passkey that opens nothing here: unknown, of somebody
// who may not sign in, without proof that its owner was there, too late, or
// used before. Which of them it was is for nobody to know.
var ErrPasskey = errors.New("the passkey is not right")

// question is what a browser carries, sealed, between the question to a device
// and its answer, so that asking writes nothing.
type question struct {
	Person  string               `json:"person,omitempty"` // who adds a passkey; empty for a sign-in
	Epoch   int64                `json:"epoch,omitempty"`  // theirs
	Session webauthn.SessionData `json:"session"`
	Expires time.Time            `json:"expires"`
}

// sealPurpose keeps these codes apart from others made with the same secret.
const sealPurpose = "hub passkey 1\n"

func (s *Service) seal(q question) string {
	raw := encode(q)
	return base64.RawURLEncoding.EncodeToString(raw) + "." + s.sealOf(raw)
}

func (s *Service) sealOf(raw []byte) string {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte(sealPurpose))
	mac.Write(raw)
	return hex.EncodeToString(mac.Sum(nil))
}

// unseal returns the question that this hub sealed; ErrPasskey for any other
// and for one that is too old.
func (s *Service) unseal(sealed string) (question, error) {
	if len(sealed) > maxPasskeyForm {
		return question{}, ErrPasskey
	}
	body, seal, _ := strings.Cut(sealed, ".")
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || !hmac.Equal([]byte(seal), []byte(s.sealOf(raw))) {
		return question{}, ErrPasskey
	}
	q, err := decode[question](raw)
	if err != nil || !s.now().Before(q.Expires) {
		return question{}, ErrPasskey
	}
	return q, nil
}

// Passkeys says whether the hub can have any: its public address must have a
// name, since keys are made for a name and never for a number.
func (s *Service) Passkeys() bool {
	at, err := url.Parse(s.BaseURL)
	if err != nil || at.Hostname() == "" || len(s.Key) < MinSecret {
		return false
	}
	_, err = netip.ParseAddr(at.Hostname())
	return err != nil
}

// party is the hub as devices know it. hub.ErrNotFound where there are no
// passkeys.
func (s *Service) party() (*webauthn.WebAuthn, error) {
	if !s.Passkeys() {
		return nil, hub.ErrNotFound
	}
	at, err := url.Parse(s.BaseURL)
	if err != nil {
		return nil, err
	}
	return webauthn.New(&webauthn.Config{
		RPID: at.Hostname(), RPDisplayName: "Knowledge Hub", RPOrigins: []string{at.Scheme + "://" + at.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
}

// owner is a person as devices know them.
type owner struct{ Person }

// WebAuthnID is the person's id, which is random.
func (o owner) WebAuthnID() []byte { return []byte(o.ID) }

// WebAuthnName is what the device shows when it asks which account.
func (o owner) WebAuthnName() string { return o.Email }

// WebAuthnDisplayName is the person's name.
func (o owner) WebAuthnDisplayName() string { return o.shown() }

// WebAuthnCredentials are the keys.
func (o owner) WebAuthnCredentials() []webauthn.Credential {
	var all []webauthn.Credential
	for _, k := range o.passkeys() {
		all = append(all, k.Credential)
	}
	return all
}

// AskPasskey is the question to a device at a sign-in, for the browser, and
// the same sealed, which comes back with the answer. hub.ErrNotFound where
// there are no passkeys.
func (s *Service) AskPasskey() (options any, sealed string, err error) {
	party, err := s.party()
	if err != nil {
		return nil, "", err
	}
	asked, session, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", fmt.Errorf("ask for a passkey: %w", err)
	}
	return asked.Response, s.seal(question{Session: *session, Expires: s.now().Add(PasskeyLife)}), nil
}

// SignInPasskey opens a session for the owner of the passkey that answered.
// ErrPasskey when there is none; *hub.TooMany after too many such answers from
// the network.
func (s *Service) SignInPasskey(ctx context.Context, sealed string, answer []byte, from From) (Session, string, error) {
	a, err := s.limits.begin(s.now(), "", from.IP)
	if err != nil {
		return Session{}, "", err
	}
	p, err := s.ownerOf(ctx, sealed, answer)
	if errors.Is(err, ErrPasskey) {
		return Session{}, "", s.refused(ctx, "", err)
	}
	a.withdraw() // the answer was right, or nothing was decided
	if err != nil {
		return Session{}, "", err
	}
	return s.open(ctx, p, from)
}

// ownerOf returns whose passkey answered, and notes that it was used.
func (s *Service) ownerOf(ctx context.Context, sealed string, answer []byte) (Person, error) {
	party, err := s.party()
	if err != nil {
		return Person{}, err
	}
	q, err := s.unseal(sealed)
	if err != nil || q.Person != "" || len(answer) > maxPasskeyForm {
		return Person{}, ErrPasskey
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Person{}, ErrPasskey
	}
	var p Person
	var readErr error
	_, key, err := party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		p, readErr = s.person(ctx, string(handle))
		return owner{p}, readErr
	}, q.Session, parsed)
	if readErr != nil && !errors.Is(readErr, hub.ErrNotFound) {
		return Person{}, readErr
	}
	// A counter that went back is a key that was copied.
	if err != nil || key.Authenticator.CloneWarning || !key.Flags.UserVerified || !s.admits(p) {
		return Person{}, ErrPasskey
	}
	if err := s.answered(ctx, q); err != nil {
		return Person{}, err
	}
	return p, s.notePasskey(ctx, p.ID, *key)
}

// answered takes the one answer that a question has.
func (s *Service) answered(ctx context.Context, q question) error {
	sum := sha256.Sum256([]byte(q.Session.Challenge))
	err := s.claim(ctx, hex.EncodeToString(sum[:]), tokenDoc{Purpose: PurposePasskey, Person: q.Person, Expires: q.Expires})
	if errors.Is(err, hub.ErrNotFound) {
		return ErrPasskey
	}
	return err
}

// notePasskey writes what a use changes of a passkey, and the sign-in.
// ErrPasskey when the passkey has been taken off meanwhile.
func (s *Service) notePasskey(ctx context.Context, personID string, used webauthn.Credential) error {
	for range maxTries {
		p, err := s.person(ctx, personID)
		if err != nil {
			return err
		}
		keys := p.passkeys()
		i := slices.IndexFunc(keys, func(k Passkey) bool { return k.ID == hex.EncodeToString(used.ID) })
		if i < 0 {
			return ErrPasskey
		}
		keys[i].Credential, keys[i].Used, p.SignedIn = used, s.now(), s.now()
		p.startGrace()
		if err = s.Store.Update(ctx, persons, p.doc()); !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return hub.ErrConflict
}

// AskNewPasskey is the question to a device that is to make a passkey for a
// person, as AskPasskey.
func (s *Service) AskNewPasskey(ctx context.Context, personID string) (options any, sealed string, err error) {
	p, err := s.person(ctx, personID)
	if err != nil {
		return nil, "", err
	}
	return s.askNew(p)
}

func (s *Service) askNew(p Person) (options any, sealed string, err error) {
	party, err := s.party()
	if err != nil {
		return nil, "", err
	}
	known := webauthn.Credentials(owner{p}.WebAuthnCredentials()).CredentialDescriptors()
	asked, session, err := party.BeginRegistration(owner{p}, webauthn.WithExclusions(known))
	if err != nil {
		return nil, "", fmt.Errorf("ask for a new passkey: %w", err)
	}
	return asked.Response, s.seal(question{Person: p.ID, Epoch: p.Epoch, Session: *session, Expires: s.now().Add(PasskeyLife)}), nil
}

// AddPasskey gives a person the passkey that a device made. Their other
// sessions end, save the one with the ID except. With their first second step
// come recovery codes, shown once. ErrPasskey when the answer is not right;
// hub.Invalid with the field "device" for its name, or when there are
// MaxPasskeys.
func (s *Service) AddPasskey(ctx context.Context, personID, name, sealed string, answer []byte, except string) (recovery []string, err error) {
	if name, err = passkeyName(name); err != nil {
		return nil, err
	}
	p, err := s.person(ctx, personID)
	if err != nil {
		return nil, err
	}
	key, q, err := s.made(p, sealed, answer)
	if err != nil {
		return nil, err
	}
	plain, hashes := newRecovery()
	if err := s.answered(ctx, q); err != nil {
		return nil, err
	}
	_, err = s.turn(ctx, personID, except, func(p *Person) error {
		recovery = nil // of a try that came too late
		if len(p.passkeys()) >= MaxPasskeys {
			return &hub.Invalid{Field: "device", Reason: hub.ReasonRange, Limit: MaxPasskeys}
		}
		if p.Factor == nil {
			p.Factor, recovery = &Factor{Recovery: hashes}, plain
		}
		p.Factor.Passkeys = append(p.Factor.Passkeys, newPasskey(key, name, s.now()))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// passkeyName accepts what a person calls a device.
func passkeyName(name string) (string, error) {
	name, err := cleanName(name)
	switch {
	case err == nil && name == "":
		return "", &hub.Invalid{Field: "device", Reason: hub.ReasonRequired}
	case err != nil || utf8.RuneCountInString(name) > MaxPasskeyName:
		return "", &hub.Invalid{Field: "device", Reason: hub.ReasonTooLong, Limit: MaxPasskeyName}
	}
	return name, nil
}

func newPasskey(key *webauthn.Credential, name string, now time.Time) Passkey {
	return Passkey{ID: hex.EncodeToString(key.ID), Name: name, Created: now, Credential: *key}
}

// made reads a device's answer to askNew for a person.
func (s *Service) made(p Person, sealed string, answer []byte) (*webauthn.Credential, question, error) {
	party, err := s.party()
	if err != nil {
		return nil, question{}, err
	}
	q, err := s.unseal(sealed)
	if err != nil || q.Person != p.ID || len(answer) > maxPasskeyForm {
		return nil, question{}, ErrPasskey
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil || q.Epoch != p.Epoch {
		return nil, question{}, ErrPasskey
	}
	key, err := party.CreateCredential(owner{p}, q.Session, parsed)
	if err != nil || !key.Flags.UserVerified {
		return nil, question{}, ErrPasskey
	}
	return key, q, nil
}

// DropPasskey takes a passkey off a person; their other sessions end, save the
// one with the ID except. With the last second step the recovery codes go.
// hub.ErrNotFound when it is none of theirs.
func (s *Service) DropPasskey(ctx context.Context, personID, id, except string) error {
	_, err := s.turn(ctx, personID, except, func(p *Person) error {
		left := slices.DeleteFunc(slices.Clone(p.passkeys()), func(k Passkey) bool { return k.ID == id })
		if len(left) == len(p.passkeys()) {
			return hub.ErrNotFound
		}
		if p.Factor.Passkeys = left; len(left) == 0 && p.Factor.Secret == "" {
			p.Factor = nil
		}
		return nil
	})
	return err
}
