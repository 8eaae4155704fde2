package member

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// The second step of a sign-in: codes of an app (RFC 6238), and recovery codes
// for who has lost it.
const (
	FactorGrace   = 7 * 24 * time.Hour // from the first sign-in on, until the second step is required
	CodeLife      = 5 * time.Minute    // between the password and the code
	RecoveryCodes = 10

	codeStep      = 30 * time.Second
	secretBytes   = 20
	recoveryBytes = 15 // 120 bits
)

// PurposeCode is what a token is for that stands between the password and the
// code.
const PurposeCode Purpose = "code"

// Factor is what a person proves the second step with: an app, passkeys or
// both, and recovery codes.
type Factor struct {
	Secret   string    `json:"secret,omitempty"` // of the app, base32; empty: no app
	Step     int64     `json:"step,omitempty"`   // the last whose code was used: each is good once
	Recovery []string  `json:"recovery"`         // hashes
	Passkeys []Passkey `json:"passkeys,omitempty"`
}

// Format writes nothing of it, whatever the verb, as Secret's does.
func (Factor) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// LogValue says nothing of it either.
func (Factor) LogValue() slog.Value { return slog.StringValue(hidden) }

// ErrCode answers a code that is wrong, used, or of another time.
var ErrCode = errors.New("the code is not right")

// NeedsCode is the error of a sign-in whose password, link or provider was
// right and that waits for a code.
type NeedsCode struct {
	Pending string // token for FinishSignIn, good for CodeLife
}

// Error says so.
func (*NeedsCode) Error() string { return "a code is needed" }

var codeOptions = totp.ValidateOpts{Period: uint(codeStep / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// use takes a code of now or of the step before, or a recovery code, off what
// is left; false when it is none.
func (c Factor) use(code string, now time.Time) (left Factor, ok bool) {
	code = strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code))
	if len(code) > 64 {
		return c, false
	}
	for _, at := range []time.Time{now, now.Add(-codeStep)} {
		if c.Secret == "" {
			break
		}
		step := at.Unix() / int64(codeStep/time.Second)
		want, err := totp.GenerateCodeCustom(c.Secret, at, codeOptions)
		if err == nil && step > c.Step && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			c.Step = step
			return c, true
		}
	}
	if i := slices.Index(c.Recovery, recoveryHash(code)); i >= 0 {
		c.Recovery = slices.Delete(slices.Clone(c.Recovery), i, i+1)
		return c, true
	}
	return c, false
}

func recoveryHash(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// NewSecret is a secret for an app, and the address that a picture of squares
// holds for it.
func (s *Service) NewSecret(p Person) (secret, address string) {
	raw := make([]byte, secretBytes)
	rand.Read(raw) // never fails
	secret = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Knowledge Hub:" + p.Email}
	u.RawQuery = url.Values{"secret": {secret}, "issuer": {"Knowledge Hub"}}.Encode()
	return secret, u.String()
}

// SetCodes makes the second step required for a person, by an app that has the
// secret and shows the code, in place of any app before; it returns recovery
// codes, which are shown once and kept nowhere. Their sessions end, save the
// one with the ID except. hub.Invalid with the field "code" for a wrong code
// or secret.
func (s *Service) SetCodes(ctx context.Context, personID, secret, code, except string) (recovery []string, err error) {
	wrong := &hub.Invalid{Field: "code", Reason: hub.ReasonFormat}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil || len(raw) != secretBytes {
		return nil, wrong
	}
	set, ok := Factor{Secret: secret}.use(code, s.now())
	if !ok {
		return nil, wrong
	}
	recovery, set.Recovery = newRecovery()
	_, err = s.turn(ctx, personID, except, func(p *Person) error {
		if p.Factor != nil {
			set.Passkeys = p.Factor.Passkeys
		}
		p.Factor = &set
		return nil
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// newRecovery makes recovery codes, as they are shown and as they are kept.
func newRecovery() (plain, hashes []string) {
	for range RecoveryCodes {
		raw := make([]byte, recoveryBytes)
		rand.Read(raw) // never fails
		code := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
		plain = append(plain, code[:6]+"-"+code[6:12]+"-"+code[12:18]+"-"+code[18:])
		hashes = append(hashes, recoveryHash(code))
	}
	return plain, hashes
}

// DropFactors takes the second step, passkeys too, off a person who has lost
// everything, and ends their sessions: the grace begins anew at their next sign-in. For
// moderators who know them.
func (s *Service) DropFactors(ctx context.Context, personID string) error {
	_, err := s.turn(ctx, personID, "", func(p *Person) error {
		p.Factor, p.FactorBy = nil, time.Time{}
		return nil
	})
	return err
}

// pending is the answer to a right first step of somebody who has codes.
func (s *Service) pending(ctx context.Context, p Person) error {
	token, err := NewToken(s.rand())
	if err != nil {
		return err
	}
	id, _ := tokenID(token)
	v := tokenDoc{Purpose: PurposeCode, Person: p.ID, Epoch: p.Epoch, Expires: s.now().Add(CodeLife)}
	if err := s.Store.Insert(ctx, tokens, v.doc(id)); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return &NeedsCode{token}
}

// FinishSignIn opens the session that a code was needed for. ErrCode when the
// code is wrong; hub.ErrNotFound when the sign-in has to begin again;
// *hub.TooMany after too many wrong codes. A code works once.
func (s *Service) FinishSignIn(ctx context.Context, pending, code string, from From) (Session, string, error) {
	id, v, err := s.token(ctx, pending, PurposeCode)
	if err != nil {
		return Session{}, "", err
	}
	a, err := s.limits.begin(s.now(), "code "+v.Person, from.IP)
	if err != nil {
		return Session{}, "", err
	}
	p, err := s.useCode(ctx, v, code)
	if errors.Is(err, ErrCode) {
		return Session{}, "", s.refused(ctx, v.Person, err)
	}
	if err != nil {
		a.withdraw()
		return Session{}, "", err
	}
	a.succeed()
	if err := s.claim(ctx, id, v); err != nil {
		return Session{}, "", err
	}
	return s.open(ctx, p, from)
}

// useCode uses a code up, in one guarded write.
func (s *Service) useCode(ctx context.Context, v tokenDoc, code string) (Person, error) {
	for range maxTries {
		p, err := s.person(ctx, v.Person)
		if err != nil {
			return Person{}, err
		}
		if p.Epoch != v.Epoch || p.Factor == nil || !s.admits(p) {
			return Person{}, fmt.Errorf("sign in: %w", hub.ErrNotFound)
		}
		left, ok := p.Factor.use(code, s.now())
		if !ok {
			return Person{}, ErrCode
		}
		p.Factor = &left
		err = s.Store.Update(ctx, persons, p.doc())
		if err == nil {
			p.Rev++
			return p, nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return Person{}, fmt.Errorf("sign in: %w", err)
		}
	}
	return Person{}, hub.ErrConflict
}

// token reads a single-use token of a purpose. hub.ErrNotFound when it is
// unknown, used or expired.
func (s *Service) token(ctx context.Context, token string, purpose Purpose) (id string, v tokenDoc, err error) {
	id, ok := tokenID(token)
	if !ok {
		return "", v, hub.ErrNotFound
	}
	d, err := s.Store.Get(ctx, tokens, id)
	if err != nil {
		return "", v, err
	}
	if v, err = decode[tokenDoc](d.Body); err != nil {
		return "", v, err
	}
	if v.Purpose != purpose || !s.now().Before(v.Expires) {
		return "", v, hub.ErrNotFound
	}
	return id, v, nil
}

// NeedsFactor says whether a person of the role must have a second step:
// everybody who sees what is not for the public and its partners.
func NeedsFactor(r hub.Role) bool {
	return r != hub.RoleStakeholder && r != hub.RoleAnonymous
}

// startGrace sets until when a person may do without a second step, at their
// first sign-in.
func (p *Person) startGrace() {
	if p.FactorBy.IsZero() {
		p.FactorBy = p.SignedIn.Add(FactorGrace)
	}
}

// NeedsPasskey says whether only a passkey is second step enough for a person
// of the role: those who can let others in.
func NeedsPasskey(r hub.Role) bool {
	return r == hub.RoleModerator || r == hub.RoleAdmin
}

// Lacks says whether the second step that a person must have is not there. The
// demo accounts need none.
func (s *Service) Lacks(p Person) bool {
	switch {
	case !NeedsFactor(p.Role), demoAddress(p.Address):
		return false
	case NeedsPasskey(p.Role) && s.Passkeys():
		return p.Factor == nil || len(p.Factor.Passkeys) == 0
	}
	return p.Factor == nil
}

// late says whether the second step was to be there by now.
func (s *Service) late(p Person, now time.Time) bool {
	return s.Lacks(p) && !p.FactorBy.IsZero() && !now.Before(p.FactorBy)
}

// ChangePassword gives a person another password who knows the one they have,
// and ends their sessions, save the one with the ID except. ErrSignIn when the
// old one is wrong, *hub.TooMany after too many of those; else as SetPassword.
func (s *Service) ChangePassword(ctx context.Context, personID, old, password, except string, from From) error {
	p, err := s.person(ctx, personID)
	if err != nil {
		return err
	}
	a, err := s.limits.begin(s.now(), p.Address, from.IP)
	if err != nil {
		return err
	}
	ok, _, err := s.matches(ctx, p.Password, old)
	if err != nil {
		a.withdraw()
		return err
	}
	if !ok {
		return ErrSignIn
	}
	a.succeed()
	return s.SetPassword(ctx, personID, password, except)
}

// Sessions are the sign-ins of a person that go on, the last used first.
func (s *Service) Sessions(ctx context.Context, personID string) ([]Session, error) {
	p, err := s.person(ctx, personID)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.List(ctx, sessions, store.Query{Index: "person", Equal: [][]store.Value{{personID}}, Limit: 100})
	if err != nil {
		return nil, err
	}
	var all []Session
	for _, d := range page.Docs {
		v, err := sessionOf(d)
		if err != nil {
			return nil, err
		}
		if v.alive(p, s.now()) {
			all = append(all, v.shown(p))
		}
	}
	slices.SortFunc(all, func(a, b Session) int { return b.Seen.Compare(a.Seen) })
	return all, nil
}

// EndSession ends one sign-in of a person. hub.ErrNotFound when it is none of
// theirs.
func (s *Service) EndSession(ctx context.Context, personID, id string) error {
	for range maxTries {
		d, err := s.Store.Get(ctx, sessions, id)
		if err != nil {
			return err
		}
		v, err := sessionOf(d)
		if err != nil {
			return err
		}
		if v.Person != personID {
			return hub.ErrNotFound
		}
		if err = s.Store.Delete(ctx, sessions, id, d.Rev); !errors.Is(err, hub.ErrConflict) {
			s.changed(personID)
			return err
		}
	}
	return hub.ErrConflict
}
