package member

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

func TestSignIn(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.clock.advance(time.Hour)
	v, token, err := f.SignIn(t.Context(), " ANA.rusu@GOV.example", goodPassword, host(1))
	if err != nil {
		t.Fatal(err)
	}
	now := start.Add(time.Hour)
	want := Session{ID: v.ID, Person: p.ID, Name: "Ana Rusu", Mechanism: "MDA", Created: now, Seen: now, Ends: now.Add(14 * 24 * time.Hour)}
	if v != want || len(token) != tokenLength || len(v.ID) != 64 {
		t.Errorf("got %+v, token of %d, want %+v", v, len(token), want)
	}
	if got := f.mustFind(t, p.Email); !got.SignedIn.Equal(now) || !got.Updated.Equal(start) {
		t.Errorf("signed in %s, updated %s", got.SignedIn, got.Updated)
	}
	viewer, again, err := f.Session(t.Context(), token)
	if err != nil || again != v {
		t.Errorf("got %+v, %v, want %+v", again, err, v)
	}
	if viewer.Person != p.ID || viewer.Role != hub.RoleMember || viewer.Mechanism != "MDA" || !viewer.Fresh.Equal(now.Add(FreshFor)) || viewer.Spaces != nil {
		t.Errorf("got %+v", viewer)
	}
}

// Whoever does not sign in gets the same answer for the same amount of work.
func TestSignInOneAnswer(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	f.mustCreate(t, NewPerson{Email: "pending@gov.example", Role: hub.RoleStakeholder, Status: StatusPending})
	f.mustCreate(t, NewPerson{Email: "suspended@gov.example", Role: hub.RoleStakeholder, Status: StatusSuspended})
	f.mustCreate(t, NewPerson{Email: "admin@demo.example", Role: hub.RoleAdmin})
	if _, err := f.Create(t.Context(), NewPerson{Email: "without@gov.example", Role: hub.RoleStakeholder}); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ email, password string }{
		"WrongPassword": {moldovan.Email, goodPassword + "!"},
		"EmptyPassword": {moldovan.Email, ""},
		"Unknown":       {"nobody@gov.example", goodPassword},
		"NoAddress":     {"not an address", goodPassword},
		"EmptyAddress":  {"", goodPassword},
		"Pending":       {"pending@gov.example", goodPassword},
		"Suspended":     {"suspended@gov.example", goodPassword},
		"NoPassword":    {"without@gov.example", goodPassword},
		"NoneAndEmpty":  {"without@gov.example", ""},
		"DemoWithout":   {"admin@demo.example", goodPassword},
	}
	n := byte(0)
	for name, c := range cases {
		n++
		t.Run(name, func(t *testing.T) {
			before := f.hashes.Load()
			v, token, err := f.SignIn(t.Context(), c.email, c.password, host(n))
			if err != ErrSignIn || token != "" || v != (Session{}) {
				t.Errorf("got %v, %q, %v, want ErrSignIn itself and nothing else", v, token, err)
			}
			if n := f.hashes.Load() - before; n != 1 {
				t.Errorf("computed %d hashes, want 1", n)
			}
		})
	}
	before := f.hashes.Load()
	f.mustSignIn(t, moldovan.Email)
	if n := f.hashes.Load() - before; n != 1 {
		t.Errorf("a sign-in that succeeds computed %d hashes, want 1", n)
	}
}

// The limits answer alike for a known and an unknown account, delay the right
// password too, and end by themselves.
func TestSignInLimits(t *testing.T) {
	for name, email := range map[string]string{"Known": moldovan.Email, "Unknown": "nobody@gov.example", "NoAddress": "?"} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.mustCreate(t, moldovan)
			for i := range FreeFailures {
				if _, _, err := f.SignIn(t.Context(), email, "wrong", host(1)); err != ErrSignIn {
					t.Fatalf("failure %d: %v", i+1, err)
				}
			}
			before := f.hashes.Load()
			_, _, err := f.SignIn(t.Context(), email, goodPassword, host(1))
			var tooMany *hub.TooMany
			if !errors.As(err, &tooMany) || tooMany.After != FirstDelay {
				t.Fatalf("got %v, want %s to wait", err, FirstDelay)
			}
			if f.hashes.Load() != before {
				t.Error("a delayed attempt computed a hash")
			}
			if _, _, err := f.SignIn(t.Context(), email, "wrong", host(2)); err != ErrSignIn {
				t.Errorf("from another network: %v, want ErrSignIn", err)
			}
		})
	}
}

func TestSignInAfterDelay(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	fail := func(times int) {
		for range times {
			if _, _, err := f.SignIn(t.Context(), moldovan.Email, "wrong", host(1)); err != ErrSignIn {
				t.Fatalf("got %v, want ErrSignIn", err)
			}
		}
	}
	fail(FreeFailures)
	f.clock.advance(FirstDelay)
	f.mustSignIn(t, moldovan.Email)
	fail(FreeFailures) // the slate is clean again
}

// Guesses sent all at once are counted before the first is known to be wrong.
func TestSignInGuessesAtOnce(t *testing.T) {
	const guesses = 50
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	before := f.hashes.Load()
	var wrong, delayed atomic.Int32
	var wg sync.WaitGroup
	for range guesses {
		wg.Go(func() {
			_, _, err := f.SignIn(t.Context(), moldovan.Email, "wrong", host(1))
			var tooMany *hub.TooMany
			switch {
			case err == ErrSignIn:
				wrong.Add(1)
			case errors.As(err, &tooMany):
				delayed.Add(1)
			default:
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if wrong.Load() != FreeFailures || delayed.Load() != guesses-FreeFailures || f.hashes.Load()-before != FreeFailures {
		t.Errorf("%d wrong, %d delayed, %d hashes", wrong.Load(), delayed.Load(), f.hashes.Load()-before)
	}
}

// What was not decided does not count as a failure.
func TestSignInUndecided(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	f.store.breaks("list", persons, hub.ErrUnavailable)
	for range HourlyFailures + 1 {
		if _, _, err := f.SignIn(t.Context(), moldovan.Email, goodPassword, host(1)); !errors.Is(err, hub.ErrUnavailable) {
			t.Fatalf("got %v, want not available", err)
		}
	}
	f.store.breaks("", "", nil)
	f.mustSignIn(t, moldovan.Email)
}

// A browser's token is never taken on, and its session ends with the sign-in.
func TestSignInReplaces(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	_, old := f.mustSignIn(t, moldovan.Email)
	planted := old[:tokenLength-1] + "_"
	for name, presented := range map[string]string{"Own": old, "Planted": planted, "Nonsense": "x"} {
		_, token, err := f.SignIn(t.Context(), moldovan.Email, goodPassword, From{IP: host(1).IP, Replaces: Secret(presented)})
		if err != nil || token == presented {
			t.Fatalf("%s: got %v, same token %v", name, err, token == presented)
		}
		f.wantSession(t, token, true)
		f.wantSession(t, presented, false)
	}
}

// A sign-in that fails leaves the browser's session alone.
func TestFailedSignInReplacesNothing(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, moldovan.Email)
	if _, _, err := f.SignIn(t.Context(), moldovan.Email, "wrong", From{IP: host(1).IP, Replaces: Secret(token)}); err != ErrSignIn {
		t.Fatalf("got %v, want ErrSignIn", err)
	}
	f.wantSession(t, token, true)
}

// A hash weaker than the parameters of today is made again at sign-in; one
// that is stronger stays.
func TestRehash(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.mustSignIn(t, p.Email)
	if got := f.mustFind(t, p.Email).Password; got != p.Password {
		t.Error("hashed again without need")
	}
	f.Params.Time++
	_, token := f.mustSignIn(t, p.Email)
	stronger := f.mustFind(t, p.Email)
	if h, err := parsePHC(string(stronger.Password)); err != nil || h.Params != f.Params {
		t.Errorf("got %+v, %v, want %+v", h.Params, err, f.Params)
	}
	f.wantSession(t, token, true)
	f.Params.Time--
	f.mustSignIn(t, p.Email)
	if got := f.mustFind(t, p.Email).Password; got != stronger.Password {
		t.Error("hashed again with less")
	}
}

// When no core is free for the second hash, the sign-in succeeds and the
// stronger hash waits for the next one.
func TestRehashWithoutCore(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.busy()
	defer f.idle()
	if err := f.noteSignIn(t.Context(), p, true, goodPassword); err != nil {
		t.Fatalf("noteSignIn: %v", err)
	}
	got := f.mustFind(t, p.Email)
	if got.Password != p.Password || !got.SignedIn.Equal(start) {
		t.Errorf("hashed again %v, signed in %s", got.Password != p.Password, got.SignedIn)
	}
}

// A sign-in whose password was changed between the check and the session gets
// a session that is worth nothing, and does not bring the old hash back.
func TestPasswordChangesDuringSignIn(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.Params.Time++ // so that the sign-in wants to write the hash again
	changed := f.hashOther(t)
	checked := false
	fail := func(call, collection string) error {
		if call == "update" && collection == persons && !checked {
			checked = true
			_, err := f.turn(t.Context(), p.ID, "", func(p *Person) error { p.Password = changed; return nil })
			return err
		}
		return nil
	}
	f.store.fail.Store(&fail)
	_, token := f.mustSignIn(t, p.Email)
	f.wantSession(t, token, false)
	if got := f.mustFind(t, p.Email); got.Password != changed {
		t.Error("the old password is back")
	}
}

func (f fixture) hashOther(t *testing.T) Secret {
	t.Helper()
	h, err := f.hash(t.Context(), "another "+goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// An address that a provider vouches for signs in as a password does, and
// costs no hash.
func TestSignInAs(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, old := f.mustSignIn(t, moldovan.Email)
	f.clock.advance(time.Hour)
	before := f.hashes.Load()
	v, token, err := f.SignInAs(t.Context(), " ANA.rusu@GOV.example", From{IP: host(1).IP, Replaces: Secret(old)})
	if err != nil {
		t.Fatal(err)
	}
	now := start.Add(time.Hour)
	if v.Person != p.ID || !v.Created.Equal(now) || f.hashes.Load() != before {
		t.Errorf("got %+v after %d hashes", v, f.hashes.Load()-before)
	}
	if viewer := f.wantSession(t, token, true); viewer.Role != hub.RoleMember || !viewer.Fresh.Equal(now.Add(FreshFor)) {
		t.Errorf("got %+v", viewer)
	}
	f.wantSession(t, old, false)
	if got := f.mustFind(t, p.Email); !got.SignedIn.Equal(now) || got.Password != p.Password || !got.FactorBy.Equal(start.Add(FactorGrace)) {
		t.Errorf("signed in %s, grace until %s", got.SignedIn, got.FactorBy)
	}
	f.clock.advance(FactorGrace)
	_, late, err := f.SignInAs(t.Context(), p.Email, host(1))
	if err != nil {
		t.Fatal(err)
	}
	if viewer := f.wantSession(t, late, true); viewer.Role != hub.RoleStakeholder {
		t.Errorf("after the grace a provider gives the role %s", viewer.Role)
	}
}

// The provider is a first step: the code is still asked for.
func TestSignInAsNeedsCode(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	secret, _ := f.enrol(t, p)
	f.clock.advance(codeStep)
	v, token, err := f.SignInAs(t.Context(), p.Email, host(1))
	var needs *NeedsCode
	if !errors.As(err, &needs) || token != "" || v != (Session{}) {
		t.Fatalf("got %v, %q, %v, want that a code is needed", v, token, err)
	}
	if _, token, err = f.FinishSignIn(t.Context(), needs.Pending, f.code(t, secret), host(1)); err != nil {
		t.Fatal(err)
	}
	f.wantSession(t, token, true)
}

// Whoever may not sign in gets one answer, and no account is made.
func TestSignInAsOneAnswer(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, NewPerson{Email: "pending@gov.example", Role: hub.RoleStakeholder, Status: StatusPending})
	f.mustCreate(t, NewPerson{Email: "suspended@gov.example", Role: hub.RoleStakeholder, Status: StatusSuspended})
	f.mustCreate(t, NewPerson{Email: "admin@demo.example", Role: hub.RoleAdmin})
	n := byte(0)
	for name, email := range map[string]string{
		"Unknown": "nobody@gov.example", "NoAddress": "not an address", "Empty": "", "Pending": "pending@gov.example",
		"Suspended": "suspended@gov.example", "DemoWithout": "admin@demo.example", "AlikeOnly": "suspended@gov.example.org",
	} {
		n++
		t.Run(name, func(t *testing.T) {
			v, token, err := f.SignInAs(t.Context(), email, host(n))
			if err != ErrSignIn || token != "" || v != (Session{}) {
				t.Errorf("got %v, %q, %v, want ErrSignIn itself and nothing else", v, token, err)
			}
		})
	}
	if _, err := f.Find(t.Context(), "nobody@gov.example"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("an account was made: %v", err)
	}
}

// It has limits of its own for an account, and what was not decided does not
// count.
func TestSignInAsLimits(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.store.breaks("list", persons, hub.ErrUnavailable)
	for range HourlyFailures + 1 {
		if _, _, err := f.SignInAs(t.Context(), p.Email, host(1)); !errors.Is(err, hub.ErrUnavailable) {
			t.Fatalf("got %v, want not available", err)
		}
	}
	f.store.breaks("", "", nil)
	if _, err := f.SetStatus(t.Context(), p.ID, StatusSuspended); err != nil {
		t.Fatal(err)
	}
	for range FreeFailures {
		if _, _, err := f.SignInAs(t.Context(), p.Email, host(1)); err != ErrSignIn {
			t.Fatalf("got %v, want ErrSignIn", err)
		}
	}
	if _, err := f.SetStatus(t.Context(), p.ID, StatusActive); err != nil {
		t.Fatal(err)
	}
	var many *hub.TooMany
	if _, _, err := f.SignInAs(t.Context(), p.Email, host(1)); !errors.As(err, &many) || many.After != FirstDelay {
		t.Errorf("got %v, want %s to wait", err, FirstDelay)
	}
	f.mustSignIn(t, p.Email) // by the password there were no failures
	f.clock.advance(FirstDelay)
	if _, _, err := f.SignInAs(t.Context(), p.Email, host(1)); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}

// TestSignedInOnRecord: who signed in and who failed to is told, and nobody
// gets in whose sign-in could not be put on record.
func TestSignedInOnRecord(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	var told []string
	var broken error
	f.SignedIn = func(_ context.Context, person string, ok bool) error {
		told = append(told, fmt.Sprint(person == p.ID, ok))
		return broken
	}
	for name, c := range map[string]struct {
		email, password string
		want            string
	}{
		"Right":   {p.Email, goodPassword, "true true"},
		"Wrong":   {p.Email, goodPassword + "!", "true false"},
		"Unknown": {"nobody@gov.example", goodPassword, "false false"},
	} {
		t.Run(name, func(t *testing.T) {
			told, broken = nil, nil
			f.SignIn(t.Context(), c.email, c.password, host(1))
			if len(told) != 1 || told[0] != c.want {
				t.Errorf("told %v, want %s", told, c.want)
			}
			broken = hub.ErrUnavailable
			if _, token, err := f.SignIn(t.Context(), c.email, c.password, host(1)); !errors.Is(err, hub.ErrUnavailable) || token != "" {
				t.Errorf("off the record: %q, %v", token, err)
			}
		})
	}
}
