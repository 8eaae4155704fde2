package member

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"nmirfhub/internal/hub"
)

// device keeps passkeys for the hub of the tests.
type device struct {
	party virtualwebauthn.RelyingParty
	auth  virtualwebauthn.Authenticator
	key   virtualwebauthn.Credential
}

func newDevice() *device {
	return &device{
		party: virtualwebauthn.RelyingParty{ID: "hub.test", Name: "Knowledge Hub", Origin: "https://hub.test"},
		auth:  virtualwebauthn.NewAuthenticator(), key: newKey(),
	}
}

// newKey makes a key whose coordinates begin with no zero byte: the device of
// the tests leaves such bytes out, where COSE wants all 32 (RFC 9053, 7.1.1).
func newKey() virtualwebauthn.Credential {
	for {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		point, err := k.PublicKey.Bytes() // 4, x, y
		if err != nil || point[1] == 0 || point[33] == 0 {
			continue
		}
		der, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			panic(err)
		}
		return virtualwebauthn.NewCredentialWithImportedKey(virtualwebauthn.KeyTypeEC2, der)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// makes answers AskNewPasskey.
func (d *device) makes(t *testing.T, options any) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(asJSON(t, options))
	if err != nil {
		t.Fatal(err)
	}
	d.auth.Options.UserHandle = []byte(o.UserID)
	return []byte(virtualwebauthn.CreateAttestationResponse(d.party, d.auth, d.key, *o))
}

// answers answers AskPasskey.
func (d *device) answers(t *testing.T, options any) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(asJSON(t, options))
	if err != nil {
		t.Fatal(err)
	}
	d.key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(d.party, d.auth, d.key, *o))
}

// addPasskey gives a person a passkey on a new device.
func (f fixture) addPasskey(t *testing.T, p Person) (*device, []string) {
	t.Helper()
	d := newDevice()
	options, sealed, err := f.AskNewPasskey(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	recovery, err := f.AddPasskey(t.Context(), p.ID, "Office computer", sealed, d.makes(t, options), "")
	if err != nil {
		t.Fatal(err)
	}
	return d, recovery
}

// signIn signs in with the device.
func (f fixture) withPasskey(t *testing.T, d *device, n byte) (Session, string, error) {
	t.Helper()
	options, sealed, err := f.AskPasskey()
	if err != nil {
		t.Fatal(err)
	}
	return f.SignInPasskey(t.Context(), sealed, d.answers(t, options), host(n))
}

func TestPasskey(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, before, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1))
	if err != nil {
		t.Fatal(err)
	}
	d, recovery := f.addPasskey(t, p)
	if len(recovery) != RecoveryCodes {
		t.Errorf("%d recovery codes with the first second step", len(recovery))
	}
	if _, _, err := f.Session(t.Context(), before); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a session from before goes on: %v", err)
	}
	session, token, err := f.withPasskey(t, d, 1)
	if err != nil || session.Person != p.ID {
		t.Fatalf("%+v, %v", session, err)
	}
	viewer, _, err := f.Session(t.Context(), token)
	if err != nil || viewer.Role != hub.RoleMember || viewer.Mechanism != "MDA" {
		t.Errorf("%+v, %v", viewer, err)
	}
	got, err := f.Person(t.Context(), p.ID)
	if err != nil || len(got.Factor.Passkeys) != 1 || !got.Factor.Passkeys[0].Used.Equal(f.clock.read()) || got.Factor.Passkeys[0].Credential.Authenticator.SignCount != 1 {
		t.Errorf("%+v, %v", got.Factor, err)
	}
	if _, more := f.addPasskey(t, p); more != nil {
		t.Error("new recovery codes with the second passkey")
	}
	// A password alone is not enough any more; a recovery code finishes it.
	if _, _, err := f.FinishSignIn(t.Context(), f.half(t, p, 1), recovery[0], host(1)); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	// An app may stand beside passkeys.
	f.enrol(t, p)
	if got, _ := f.Person(t.Context(), p.ID); len(got.Factor.Passkeys) != 2 {
		t.Errorf("%d passkeys after an app was set up", len(got.Factor.Passkeys))
	}
}

func TestPasskeyRefused(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, f fixture, p Person, d *device){
		"another hub":    func(_ *testing.T, _ fixture, _ Person, d *device) { d.party.Origin = "https://hub.test.example" },
		"another name":   func(_ *testing.T, _ fixture, _ Person, d *device) { d.party.ID = "test" },
		"nobody there":   func(_ *testing.T, _ fixture, _ Person, d *device) { d.auth.Options.UserNotVerified = true },
		"another person": func(_ *testing.T, _ fixture, _ Person, d *device) { d.auth.Options.UserHandle = []byte("nobody") },
		"another key": func(_ *testing.T, _ fixture, _ Person, d *device) {
			d.key = newKey()
		},
		"a copy": func(t *testing.T, f fixture, _ Person, d *device) {
			if _, _, err := f.withPasskey(t, d, 1); err != nil {
				t.Fatal(err)
			}
			d.key.Counter = 0
		},
		"suspended": func(t *testing.T, f fixture, p Person, _ *device) {
			if _, err := f.SetStatus(t.Context(), p.ID, StatusSuspended); err != nil {
				t.Fatal(err)
			}
		},
		"taken off": func(t *testing.T, f fixture, p Person, _ *device) {
			got, err := f.Person(t.Context(), p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.DropPasskey(t.Context(), p.ID, got.Factor.Passkeys[0].ID, ""); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			p := f.mustCreate(t, moldovan)
			d, _ := f.addPasskey(t, p)
			spoil(t, f, p, d)
			if _, token, err := f.withPasskey(t, d, 1); !errors.Is(err, ErrPasskey) || token != "" {
				t.Errorf("%q, %v", token, err)
			}
		})
	}
}

// TestPasskeyAnswers holds that a question is answered once, in time, by whom
// it was put to, and not altered on its way.
func TestPasskeyAnswers(t *testing.T) {
	f := newFixture(t)
	p, other := f.mustCreate(t, moldovan), f.mustCreate(t, NewPerson{Email: "s@gov.example", Role: hub.RoleMember, Mechanism: "MAR"})
	d, _ := f.addPasskey(t, p)
	refuse := func(what, sealed string, answer []byte) {
		t.Helper()
		if _, token, err := f.SignInPasskey(t.Context(), sealed, answer, host(1)); !errors.Is(err, ErrPasskey) || token != "" {
			t.Errorf("%s: %q, %v", what, token, err)
		}
	}
	options, sealed, err := f.AskPasskey()
	if err != nil {
		t.Fatal(err)
	}
	answer := d.answers(t, options)
	refuse("altered", "x"+sealed, answer)
	refuse("no seal", sealed[:20], answer)
	refuse("no answer", sealed, nil)
	refuse("half an answer", sealed, answer[:len(answer)/2])
	refuse("too much", sealed, make([]byte, maxPasskeyForm+1))
	if _, _, err := f.SignInPasskey(t.Context(), sealed, answer, host(1)); err != nil {
		t.Fatal(err)
	}
	refuse("again", sealed, answer)

	options, sealed, _ = f.AskPasskey()
	f.clock.advance(PasskeyLife)
	refuse("late", sealed, d.answers(t, options))

	options, sealed, err = f.AskNewPasskey(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	fresh := newDevice()
	made := fresh.makes(t, options)
	refuse("the question for a new one", sealed, d.answers(t, options))
	if _, err := f.AddPasskey(t.Context(), other.ID, "Telephone", sealed, made, ""); !errors.Is(err, ErrPasskey) {
		t.Errorf("somebody else's question: %v", err)
	}
	if _, err := f.AddPasskey(t.Context(), p.ID, "Telephone", sealed, made, ""); err != nil {
		t.Error(err)
	}
	if _, err := f.AddPasskey(t.Context(), p.ID, "Telephone", sealed, made, ""); !errors.Is(err, ErrPasskey) {
		t.Errorf("the same twice: %v", err)
	}
}

// TestPasskeyOnce has many send one answer at once.
func TestPasskeyOnce(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	d, _ := f.addPasskey(t, p)
	options, sealed, err := f.AskPasskey()
	if err != nil {
		t.Fatal(err)
	}
	answer := d.answers(t, options)
	var in atomic.Int32
	var all sync.WaitGroup
	for n := range byte(20) {
		all.Go(func() {
			if _, _, err := f.SignInPasskey(t.Context(), sealed, answer, host(n)); err == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d came in with one answer", in.Load())
	}
}

func TestPasskeyNames(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	options, sealed, err := f.AskNewPasskey(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	answer := newDevice().makes(t, options)
	for _, name := range []string{"", "  ", "a\nb", string(make([]rune, MaxPasskeyName+1))} {
		if _, err := f.AddPasskey(t.Context(), p.ID, name, sealed, answer, ""); !invalidField(err, "device") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for n := range MaxPasskeys {
		options, sealed, err := f.AskNewPasskey(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.AddPasskey(t.Context(), p.ID, strconv.Itoa(n), sealed, newDevice().makes(t, options), ""); err != nil {
			t.Fatal(err)
		}
	}
	options, sealed, err = f.AskNewPasskey(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.AddPasskey(t.Context(), p.ID, "one more", sealed, newDevice().makes(t, options), ""); !invalidField(err, "device") {
		t.Errorf("one more than there may be: %v", err)
	}
}

// TestPasskeyRequired holds that who lets others in needs a passkey, where the
// hub has a name.
func TestPasskeyRequired(t *testing.T) {
	for _, c := range []struct {
		base string
		role hub.Role
		step string // what the person has
		lack bool
	}{
		{"https://hub.test", hub.RoleModerator, "", true},
		{"https://hub.test", hub.RoleModerator, "app", true},
		{"https://hub.test", hub.RoleModerator, "passkey", false},
		{"https://hub.test", hub.RoleAdmin, "app", true},
		{"https://hub.test", hub.RoleTBExpert, "app", false},
		{"https://hub.test", hub.RoleTBExpert, "passkey", false},
		{"https://hub.test", hub.RoleStakeholder, "", false},
		{"http://127.0.0.1:5133", hub.RoleModerator, "app", false},
		{"http://[::1]:5133", hub.RoleModerator, "app", false},
		{"http://127.0.0.1:5133", hub.RoleModerator, "", true},
	} {
		f := newFixture(t)
		f.BaseURL = c.base
		p := Person{Role: c.role, Address: "a@b.example"}
		switch c.step {
		case "app":
			p.Factor = &Factor{Secret: "x"}
		case "passkey":
			p.Factor = &Factor{Passkeys: []Passkey{{ID: "x"}}}
		}
		if f.Lacks(p) != c.lack {
			t.Errorf("%s with %q at %s: %v", c.role, c.step, c.base, !c.lack)
		}
	}
}

// TestNoPasskeys holds what a hub without a name or a key says.
func TestNoPasskeys(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	for _, spoil := range []func(){func() { f.BaseURL = "http://127.0.0.1:5133" }, func() { f.BaseURL = "" }, func() { f.BaseURL, f.Key = "https://hub.test", nil }} {
		spoil()
		if _, _, err := f.AskPasskey(); !errors.Is(err, hub.ErrNotFound) {
			t.Error(err)
		}
		if _, _, err := f.AskNewPasskey(t.Context(), p.ID); !errors.Is(err, hub.ErrNotFound) {
			t.Error(err)
		}
		if _, _, err := f.SignInPasskey(t.Context(), "", nil, host(1)); !errors.Is(err, hub.ErrNotFound) {
			t.Error(err)
		}
		if _, err := f.AddPasskey(t.Context(), p.ID, "x", "", nil, ""); !errors.Is(err, hub.ErrNotFound) {
			t.Error(err)
		}
	}
}

// FuzzPasskey sends what no device would.
func FuzzPasskey(f *testing.F) {
	x := newFixture(f)
	_, sealed, err := x.AskPasskey()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed, []byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`))
	f.Add("", []byte("{}"))
	f.Fuzz(func(t *testing.T, seal string, answer []byte) {
		x.clock.advance(time.Hour) // no limit is reached
		if _, token, err := x.SignInPasskey(t.Context(), seal, answer, From{}); err == nil || token != "" {
			t.Error("came in")
		}
	})
}

func invalidField(err error, field string) bool {
	var invalid *hub.Invalid
	return errors.As(err, &invalid) && invalid.Field == field
}

// TestJoinPasskey joins with the passkey of a device and no password.
func TestJoinPasskey(t *testing.T) {
	f := newFixture(t)
	const id, email = "invited", "ion@example.org"
	join := func(d *device, sealed string, answer []byte) (Session, []string, error) {
		x, _, recovery, err := f.JoinPasskey(t.Context(), id, NewPerson{Email: email, Name: "Ion", Role: hub.RoleStakeholder, Langs: []hub.Lang{hub.French}}, "Telephone", sealed, answer, host(1))
		return x, recovery, err
	}
	ask := func(id string) (any, string) {
		options, sealed, err := f.AskFirstPasskey(id, email)
		if err != nil {
			t.Fatal(err)
		}
		return options, sealed
	}
	d := newDevice()
	options, sealed := ask("somebody else")
	if _, _, err := join(d, sealed, d.makes(t, options)); !errors.Is(err, ErrPasskey) {
		t.Errorf("a passkey of somebody else: %v", err)
	}
	options, sealed = ask(id)
	made := d.makes(t, options)
	if _, _, err := join(d, sealed, made[:len(made)/2]); !errors.Is(err, ErrPasskey) {
		t.Errorf("half an answer: %v", err)
	}
	var invalid *hub.Invalid
	if _, _, _, err := f.JoinPasskey(t.Context(), id, NewPerson{Email: email, Role: hub.RoleStakeholder}, " ", sealed, made, host(1)); !errors.As(err, &invalid) || invalid.Field != "device" {
		t.Errorf("a device without a name: %v", err)
	}
	x, recovery, err := join(d, sealed, made)
	if err != nil || x.Person != id || len(recovery) != RecoveryCodes {
		t.Fatalf("%+v, %d codes, %v", x, len(recovery), err)
	}
	if _, _, err := join(d, sealed, made); !errors.Is(err, ErrPasskey) {
		t.Errorf("the same answer again: %v", err)
	}
	options, sealed = ask(id)
	if _, _, err := join(d, sealed, newDevice().makes(t, options)); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("joined twice: %v", err)
	}
	if x, _, err := f.withPasskey(t, d, 1); err != nil || x.Person != id {
		t.Errorf("signed in with it: %+v, %v", x, err)
	}
	p := f.mustFind(t, email)
	if p.Password != "" || p.Factor.Passkeys[0].Name != "Telephone" || !p.Understands(hub.French) || p.Understands(hub.Arabic) {
		t.Errorf("%+v", p)
	}
	if _, _, err := f.SignIn(t.Context(), email, "", host(1)); !errors.Is(err, ErrSignIn) {
		t.Errorf("no password opens: %v", err)
	}
}
