package member

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"nmirfhub/internal/hub"
)

// enrol gives a person a second step, and returns its secret and recovery
// codes.
func (f fixture) enrol(t *testing.T, p Person) (secret string, recovery []string) {
	t.Helper()
	secret, address := f.NewSecret(p)
	if !strings.HasPrefix(address, "otpauth://totp/Knowledge%20Hub:") || !strings.Contains(address, "secret="+secret) {
		t.Fatalf("%q", address)
	}
	recovery, err := f.SetCodes(t.Context(), p.ID, secret, f.code(t, secret), "")
	if err != nil || len(recovery) != RecoveryCodes {
		t.Fatalf("%d recovery codes, %v", len(recovery), err)
	}
	return secret, recovery
}

// code is what an app shows now.
func (f fixture) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, f.clock.read())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// half signs in up to the code.
func (f fixture) half(t *testing.T, p Person, n byte) string {
	t.Helper()
	_, token, err := f.SignIn(t.Context(), p.Email, goodPassword, host(n))
	var needs *NeedsCode
	if !errors.As(err, &needs) || token != "" {
		t.Fatalf("%q, %v", token, err)
	}
	return needs.Pending
}

func TestSecondStep(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, before, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1))
	if err != nil {
		t.Fatal(err)
	}
	secret, recovery := f.enrol(t, p)
	if _, _, err := f.Session(t.Context(), before); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a session from before goes on: %v", err)
	}
	pending := f.half(t, p, 1)
	if _, _, err := f.Session(t.Context(), pending); err == nil {
		t.Error("half a sign-in is a session")
	}
	if _, _, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(1)); !errors.Is(err, ErrCode) {
		t.Errorf("the code that set it up works again: %v", err)
	}
	f.clock.advance(codeStep)
	code := f.code(t, secret)
	for name, bad := range map[string]string{"empty": "", "other": "000000", "long": strings.Repeat("1", 10_000), "old": "123456", "letters": "äöü"} {
		if _, _, err := f.FinishSignIn(t.Context(), f.half(t, p, 2), bad, host(2)); !errors.Is(err, ErrCode) && bad != code {
			var many *hub.TooMany
			if !errors.As(err, &many) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	_, token, err := f.FinishSignIn(t.Context(), pending, code[:3]+" "+code[3:], host(1))
	if err != nil {
		t.Fatal(err)
	}
	if v, _, err := f.Session(t.Context(), token); err != nil || v.Person != p.ID {
		t.Errorf("%+v, %v", v, err)
	}
	if _, _, err := f.FinishSignIn(t.Context(), pending, code, host(1)); err == nil {
		t.Error("half a sign-in is finished twice")
	}
	// A code of the step before is taken, each once.
	f.clock.advance(10 * codeStep)
	late := f.code(t, secret)
	f.clock.advance(codeStep)
	if _, _, err := f.FinishSignIn(t.Context(), f.half(t, p, 3), late, host(3)); err != nil {
		t.Errorf("a code of the step before: %v", err)
	}
	if _, _, err := f.FinishSignIn(t.Context(), f.half(t, p, 3), late, host(3)); !errors.Is(err, ErrCode) {
		t.Errorf("a code used twice: %v", err)
	}
	// A lost telephone: a recovery code, once.
	if _, _, err := f.FinishSignIn(t.Context(), f.half(t, p, 4), strings.ToLower(recovery[3]), host(4)); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if _, _, err := f.FinishSignIn(t.Context(), f.half(t, p, 4), recovery[3], host(4)); !errors.Is(err, ErrCode) {
		t.Errorf("a recovery code used twice: %v", err)
	}
	if got := f.mustFind(t, p.Email); len(got.Factor.Recovery) != RecoveryCodes-1 {
		t.Errorf("%d recovery codes are left", len(got.Factor.Recovery))
	}
	// Half a sign-in ends by itself.
	pending = f.half(t, p, 5)
	f.clock.advance(CodeLife)
	if _, _, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(5)); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("after five minutes: %v", err)
	}
	// A link by mail opens nothing alone.
	link, err := f.ResetLink(t.Context(), p.ID, hub.English)
	if err != nil {
		t.Fatal(err)
	}
	var needs *NeedsCode
	if _, _, err := f.RedeemLink(t.Context(), link[len(link)-tokenLength:], goodPassword+" 2", host(6)); !errors.As(err, &needs) {
		t.Errorf("by mail alone: %v", err)
	}
	if _, _, err := f.FinishSignIn(t.Context(), needs.Pending, recovery[0], host(6)); err != nil {
		t.Errorf("and a recovery code: %v", err)
	}
}

// TestCodeRace: of many who use one code at once, one comes in.
func TestCodeRace(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	secret, _ := f.enrol(t, p)
	f.clock.advance(codeStep)
	code := f.code(t, secret)
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for n := range 20 {
		pending := f.half(t, p, byte(n+10))
		wg.Go(func() {
			_, _, err := f.FinishSignIn(t.Context(), pending, code, host(byte(n+10)))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				in++
			} else if !errors.Is(err, ErrCode) && !errors.Is(err, hub.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if in != 1 {
		t.Errorf("%d came in with one code", in)
	}
}

// TestGuessingCodes: wrong codes wait longer and longer, and lock nobody out.
func TestGuessingCodes(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	secret, _ := f.enrol(t, p)
	f.clock.advance(codeStep)
	pending := f.half(t, p, 1)
	var many *hub.TooMany
	for n := 0; !errors.As(many2(f.FinishSignIn(t.Context(), pending, "000000", host(1))), &many); n++ {
		if n > FreeFailures {
			t.Fatal("codes can be guessed without end")
		}
	}
	if _, _, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(2)); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

func many2(_ Session, _ string, err error) error { return err }

// TestGrace: seven days after the first sign-in whoever has no second step is
// a stakeholder, until it is there.
func TestGrace(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	role := func() hub.Role {
		t.Helper()
		_, token, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1))
		if err != nil {
			t.Fatal(err)
		}
		v, _, err := f.Session(t.Context(), token)
		if err != nil || (v.Role == hub.RoleStakeholder) != (v.Mechanism == "") {
			t.Fatalf("%+v, %v", v, err)
		}
		return v.Role
	}
	if got := role(); got != hub.RoleMember {
		t.Errorf("at first: %s", got)
	}
	f.clock.advance(FactorGrace - time.Second)
	if got := role(); got != hub.RoleMember {
		t.Errorf("in the last second: %s", got)
	}
	f.clock.advance(time.Second)
	if got := role(); got != hub.RoleStakeholder {
		t.Errorf("after the grace: %s", got)
	}
	secret, _ := f.enrol(t, p)
	f.clock.advance(codeStep)
	_, token, err := f.FinishSignIn(t.Context(), f.half(t, p, 1), f.code(t, secret), host(1))
	if err != nil {
		t.Fatal(err)
	}
	if v, _, err := f.Session(t.Context(), token); err != nil || v.Role != hub.RoleMember || v.Mechanism != "MDA" {
		t.Errorf("with the second step: %+v, %v", v, err)
	}
	if err := f.DropFactors(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if got := role(); got != hub.RoleMember {
		t.Errorf("after everything was lost, a new grace: %s", got)
	}
}

func TestChangePassword(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	kept, _, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1))
	if err != nil {
		t.Fatal(err)
	}
	other, token, err := f.SignIn(t.Context(), p.Email, goodPassword, host(2))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := f.Sessions(t.Context(), p.ID); err != nil || len(all) != 2 {
		t.Fatalf("%d sign-ins, %v", len(all), err)
	}
	if err := f.ChangePassword(t.Context(), p.ID, "not it", goodPassword+" 2", kept.ID, host(1)); !errors.Is(err, ErrSignIn) {
		t.Errorf("with a wrong old one: %v", err)
	}
	var invalid *hub.Invalid
	if err := f.ChangePassword(t.Context(), p.ID, goodPassword, "short", kept.ID, host(1)); !errors.As(err, &invalid) {
		t.Errorf("to a short one: %v", err)
	}
	if err := f.ChangePassword(t.Context(), p.ID, goodPassword, goodPassword+" 2", kept.ID, host(1)); err != nil {
		t.Fatal(err)
	}
	all, err := f.Sessions(t.Context(), p.ID)
	if err != nil || len(all) != 1 || all[0].ID != kept.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if _, _, err := f.Session(t.Context(), token); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the other sign-in: %v", err)
	}
	if err := f.EndSession(t.Context(), "somebody", kept.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	for _, id := range []string{kept.ID, other.ID} {
		if err := f.EndSession(t.Context(), p.ID, id); err != nil && !errors.Is(err, hub.ErrNotFound) {
			t.Error(err)
		}
	}
	if all, err := f.Sessions(t.Context(), p.ID); err != nil || len(all) != 0 {
		t.Errorf("%d sign-ins are left, %v", len(all), err)
	}
}

func FuzzCode(f *testing.F) {
	c := Factor{Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Recovery: []string{recoveryHash("ABCDEF")}}
	for _, code := range []string{"123456", "ABC-DEF", "", "١٢٣٤٥٦", "\xff"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		left, ok := c.use(code, time.Unix(1_800_000_000, 0))
		if ok == (len(left.Recovery) == len(c.Recovery) && left.Step == c.Step) {
			t.Errorf("%q: %v, %+v", code, ok, left)
		}
	})
}
