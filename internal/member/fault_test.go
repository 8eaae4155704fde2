package member

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/storetest"
)

// eachFault tries an act with a write that fails: its first, its second and so
// on, each once without being done and once done all the same, until the act
// has no such write. Try calls during with the act.
func eachFault(t *testing.T, try func(t *testing.T, f fixture, during func(act func()))) {
	t.Helper()
	for _, done := range []bool{false, true} {
		for n, failed := 1, true; failed; n++ {
			failed = false
			t.Run(fmt.Sprint(n, done), func(t *testing.T) {
				f := newFixture(t)
				faulty := &storetest.Faulty{Store: f.store.Store}
				f.store.Store = faulty
				try(t, f, func(act func()) {
					faulty.FailWrite(n, done, hub.ErrUnavailable)
					act()
					faulty.Mend()
				})
				failed = faulty.Failed()
			})
			if n > 100 {
				t.Fatal("the act has no end")
			}
		}
	}
}

func TestJoin(t *testing.T) {
	f := newFixture(t)
	v, token, err := f.Join(t.Context(), "i1", moldovan, goodPassword, host(1))
	if err != nil || v.Person != "i1" || v.Mechanism != "MDA" {
		t.Fatalf("%+v, %v", v, err)
	}
	f.wantSession(t, token, true)
	if p := f.mustFind(t, moldovan.Email); p.ID != "i1" || !p.SignedIn.Equal(start) || !p.FactorBy.Equal(start.Add(FactorGrace)) {
		t.Errorf("%+v", p)
	}
	if _, token, err := f.Join(t.Context(), "i1", moldovan, "another "+goodPassword, host(1)); !errors.Is(err, hub.ErrNotFound) || token != "" {
		t.Errorf("with an id that is taken: %v", err)
	}
	f.mustSignIn(t, moldovan.Email) // with the first password
	other := moldovan
	other.Email = "ANA.rusu@GOV.example"
	_, _, err = f.Join(t.Context(), "i2", other, goodPassword, host(1))
	wantInvalid(t, err, "email", hub.ReasonTaken)
	for _, c := range map[string]struct {
		spoil         func(*NewPerson)
		password      string
		field, reason string
	}{
		"Password": {func(*NewPerson) {}, "short", "password", ReasonTooShort},
		"Name":     {func(n *NewPerson) { n.Name = "A\u202eb" }, goodPassword, "name", hub.ReasonFormat},
		"Lang":     {func(n *NewPerson) { n.Lang = "tlh" }, goodPassword, "lang", hub.ReasonUnknown},
	} {
		n := NewPerson{Email: "new@gov.example", Role: hub.RoleStakeholder}
		c.spoil(&n)
		_, _, err := f.Join(t.Context(), "i3", n, c.password, host(1))
		wantInvalid(t, err, c.field, c.reason)
	}
	if _, err := f.Person(t.Context(), "i3"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("refused, and there: %v", err)
	}
	for n := range HourlyFailures {
		if _, _, err := f.SignIn(t.Context(), fmt.Sprintf("nobody%d@gov.example", n), "wrong", host(2)); err != ErrSignIn {
			t.Fatal(err)
		}
	}
	var many *hub.TooMany
	if _, _, err := f.Join(t.Context(), "i4", NewPerson{Email: "new@gov.example", Role: hub.RoleStakeholder}, goodPassword, host(2)); !errors.As(err, &many) {
		t.Errorf("from a network that guesses: %v", err)
	}
	if _, _, err := f.Join(t.Context(), "i4", NewPerson{Email: "new@gov.example", Role: hub.RoleStakeholder}, goodPassword, host(3)); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

// TestJoinFails: after a failure there is one account or none; who tries again
// comes in, or learns that the account is there, and it has their password.
func TestJoinFails(t *testing.T) {
	eachFault(t, func(t *testing.T, f fixture, during func(act func())) {
		var token string
		var err error
		during(func() { _, token, err = f.Join(t.Context(), "i1", moldovan, goodPassword, host(1)) })
		if (err == nil) != (token != "") {
			t.Errorf("a token with %v", err)
		}
		if err == nil {
			f.wantSession(t, token, true)
			return
		}
		if _, _, err := f.Join(t.Context(), "i1", moldovan, goodPassword, host(1)); err != nil && !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("tried again: %v", err)
		}
		f.mustSignIn(t, moldovan.Email)
		if p := f.mustFind(t, moldovan.Email); p.ID != "i1" {
			t.Errorf("the account is %s", p.ID)
		}
	})
}

// TestJoinTakenUnknown: when nobody can say what is taken, nobody is told that
// the address is.
func TestJoinTakenUnknown(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	f.store.breaks("get", persons, hub.ErrUnavailable)
	if _, _, err := f.Join(t.Context(), "i1", moldovan, goodPassword, host(1)); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("got %v, want not available", err)
	}
}

// TestEraseFails: a failure leaves an account that its person gets into, or
// none; to erase it again clears away what is left.
func TestEraseFails(t *testing.T) {
	eachFault(t, func(t *testing.T, f fixture, during func(act func())) {
		p := f.mustCreate(t, moldovan)
		_, session := f.mustSignIn(t, p.Email)
		f.mustSignIn(t, p.Email)
		token, _, err := f.NewAPIToken(t.Context(), p.ID, "x")
		if err != nil {
			t.Fatal(err)
		}
		during(func() { err = f.Erase(t.Context(), p.ID) })
		if _, gone := f.Find(t.Context(), p.Email); gone == nil {
			if err == nil {
				t.Fatal("erased, and there")
			}
			f.mustSignIn(t, p.Email)
		} else {
			f.wantSession(t, session, false)
			if _, err := f.TokenViewer(t.Context(), token); !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("the token: %v", err)
			}
		}
		if err := f.Erase(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		for _, c := range []string{sessions, apiTokens} {
			page, err := f.Store.List(t.Context(), c, store.Query{Index: "person", Equal: [][]store.Value{{p.ID}}, Limit: 10})
			if err != nil || len(page.Docs) != 0 {
				t.Errorf("%d %s are left, %v", len(page.Docs), c, err)
			}
		}
		if _, err := f.Create(t.Context(), moldovan); err != nil {
			t.Errorf("the address is not free: %v", err)
		}
	})
}

// Races that never end are an error, not an endless loop.
func TestMemberGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		call, collection string
		act              func(f fixture, p Person, session string) error
	}{
		"Erase":         {"delete", persons, func(f fixture, p Person, _ string) error { return f.Erase(t.Context(), p.ID) }},
		"EraseSessions": {"delete", sessions, func(f fixture, p Person, _ string) error { return f.Erase(t.Context(), p.ID) }},
		"SetProfile": {"update", persons, func(f fixture, p Person, _ string) error {
			return f.SetProfile(t.Context(), p.ID, "Ana", hub.French, nil)
		}},
		"EndSession": {"delete", sessions, func(f fixture, p Person, id string) error { return f.EndSession(t.Context(), p.ID, id) }},
	} {
		f := newFixture(t)
		p := f.mustCreate(t, moldovan)
		v, _ := f.mustSignIn(t, p.Email)
		f.store.breaks(c.call, c.collection, hub.ErrConflict)
		if err := c.act(f, p, v.ID); !errors.Is(err, hub.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", name, err)
		}
		f.store.breaks("", "", nil)
		if err := c.act(f, p, v.ID); err != nil {
			t.Errorf("%s, when nobody is faster: %v", name, err)
		}
	}
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	secret, _ := f.enrol(t, p)
	f.clock.advance(codeStep)
	pending := f.half(t, p, 1)
	f.store.breaks("update", persons, hub.ErrConflict)
	if _, _, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(1)); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("FinishSignIn: %v, want a conflict", err)
	}
	f.store.breaks("", "", nil)
	if _, _, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(1)); err != nil {
		t.Errorf("FinishSignIn, when nobody is faster: %v", err)
	}
}

func TestSetProfile(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, p.Email)
	if err := f.SetProfile(t.Context(), p.ID, " Ana Maria\u0300 ", hub.Arabic, nil); err != nil {
		t.Fatal(err)
	}
	if got := f.mustFind(t, p.Email); got.Name != "Ana Marià" || got.Lang != hub.Arabic {
		t.Errorf("%q in %q", got.Name, got.Lang)
	}
	f.wantSession(t, token, true)
	for name, c := range map[string]struct {
		name          string
		lang          hub.Lang
		field, reason string
	}{
		"NoName": {" ", hub.French, "name", hub.ReasonRequired}, "Unseen": {"\u200b", hub.French, "name", hub.ReasonFormat},
		"Turned": {"A\u202e", hub.French, "name", hub.ReasonFormat}, "Lang": {"Ana", "tlh", "lang", hub.ReasonUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			wantInvalid(t, f.SetProfile(t.Context(), p.ID, c.name, c.lang, nil), c.field, c.reason)
		})
	}
	if err := f.SetProfile(t.Context(), "nobody", "Ana", hub.French, nil); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	// Somebody else changes the account at once: neither change is lost.
	changed := false
	fail := func(call, collection string) error {
		if call == "update" && collection == persons && !changed {
			changed = true
			_, err := f.SetStanding(t.Context(), p.ID, Standing{Role: hub.RoleCoordinator, Mechanism: "MDA"})
			return errors.Join(err, hub.ErrConflict)
		}
		return nil
	}
	f.store.fail.Store(&fail)
	if err := f.SetProfile(t.Context(), p.ID, "Ana", hub.French, nil); err != nil {
		t.Fatal(err)
	}
	if got := f.mustFind(t, p.Email); got.Name != "Ana" || got.Role != hub.RoleCoordinator {
		t.Errorf("%+v", got)
	}
}

// TestFinishSignInFails: a code whose use was not acknowledged opens nothing
// twice; the person comes in with the next one.
func TestFinishSignInFails(t *testing.T) {
	eachFault(t, func(t *testing.T, f fixture, during func(act func())) {
		p := f.mustCreate(t, moldovan)
		secret, _ := f.enrol(t, p)
		f.clock.advance(codeStep)
		pending, code := f.half(t, p, 1), f.code(t, secret)
		var token string
		var err error
		during(func() { _, token, err = f.FinishSignIn(t.Context(), pending, code, host(1)) })
		if (err == nil) != (token != "") {
			t.Errorf("a token with %v", err)
		}
		if _, _, again := f.FinishSignIn(t.Context(), f.half(t, p, 1), code, host(1)); err == nil && !errors.Is(again, ErrCode) {
			t.Errorf("a code used twice: %v", again)
		}
		f.clock.advance(codeStep)
		if _, _, err := f.FinishSignIn(t.Context(), f.half(t, p, 1), f.code(t, secret), host(1)); err != nil {
			t.Errorf("with the next code: %v", err)
		}
	})
}

// TestHalfASignInEnds: who changes their password, or is suspended, between
// the password and the code begins again.
func TestHalfASignInEnds(t *testing.T) {
	for name, change := range map[string]func(f fixture, p Person) error{
		"Password":  func(f fixture, p Person) error { return f.SetPassword(t.Context(), p.ID, "another "+goodPassword, "") },
		"Suspended": func(f fixture, p Person) error { _, err := f.SetStatus(t.Context(), p.ID, StatusSuspended); return err },
		"Dropped":   func(f fixture, p Person) error { return f.DropFactors(t.Context(), p.ID) },
		"Erased":    func(f fixture, p Person) error { return f.Erase(t.Context(), p.ID) },
	} {
		f := newFixture(t)
		p := f.mustCreate(t, moldovan)
		secret, _ := f.enrol(t, p)
		f.clock.advance(codeStep)
		pending := f.half(t, p, 1)
		if err := change(f, p); err != nil {
			t.Fatal(err)
		}
		if _, token, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(1)); !errors.Is(err, hub.ErrNotFound) || token != "" {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
}

// TestSetCodesRefuses: no second step begins with a secret or a code that is
// not right, and the account stays as it was.
func TestSetCodesRefuses(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	secret, _ := f.NewSecret(p)
	for name, c := range map[string]struct{ secret, code string }{
		"NoSecret": {"", "000000"}, "NoBase32": {"!", "000000"}, "Short": {"JBSWY3DP", f.code(t, "JBSWY3DP")}, "NoCode": {secret, ""}, "Long": {secret, strings.Repeat("1", 65)},
	} {
		t.Run(name, func(t *testing.T) {
			recovery, err := f.SetCodes(t.Context(), p.ID, c.secret, c.code, "")
			wantInvalid(t, err, "code", hub.ReasonFormat)
			if recovery != nil {
				t.Error("recovery codes without a second step")
			}
		})
	}
	if got := f.mustFind(t, p.Email); !same(got, p) {
		t.Errorf("got %+v, want it unchanged", got)
	}
	// A failure hands out no recovery codes: they might be none.
	f.store.breaks("update", persons, hub.ErrUnavailable)
	if recovery, err := f.SetCodes(t.Context(), p.ID, secret, f.code(t, secret), ""); !errors.Is(err, hub.ErrUnavailable) || recovery != nil {
		t.Errorf("%d recovery codes, %v", len(recovery), err)
	}
}

// TestCodesSayNothing: neither a print nor a log shows the second step.
func TestCodesSayNothing(t *testing.T) {
	c := Factor{Secret: "JBSWY3DP", Recovery: []string{"abc"}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "codes", c, "person", Person{Factor: &c})
	if got := log.String(); strings.Contains(got, "JBSWY3DP") || strings.Contains(got, "abc") {
		t.Error(got)
	}
	for _, verb := range []string{"%v", "%+v", "%s", "%#v", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c) + fmt.Sprintf(verb, Person{Factor: &c}); strings.Contains(got, "JBSWY3DP") || strings.Contains(got, "abc") || strings.Contains(got, "4a425357") {
			t.Errorf("%s: %s", verb, got)
		}
	}
	if got := (&NeedsCode{Pending: "token"}).Error(); strings.Contains(got, "token") {
		t.Error(got)
	}
}

// TestReadsFail: a store that does not answer is told from what is not there,
// and the same call succeeds when it is back.
func TestReadsFail(t *testing.T) {
	for name, c := range map[string]struct {
		call, collection string
		act              func(f fixture, p Person, session, token string) error
	}{
		"Sessions":   {"list", sessions, func(f fixture, p Person, _, _ string) error { return second(f.Sessions(t.Context(), p.ID)) }},
		"SessionsOf": {"get", persons, func(f fixture, p Person, _, _ string) error { return second(f.Sessions(t.Context(), p.ID)) }},
		"EndSession": {"get", sessions, func(f fixture, p Person, id, _ string) error { return f.EndSession(t.Context(), p.ID, id) }},
		"NewToken": {"insert", apiTokens, func(f fixture, p Person, _, _ string) error {
			return many2(named(f.NewAPIToken(t.Context(), p.ID, "y")))
		}},
		"NewTokenOf": {"get", persons, func(f fixture, p Person, _, _ string) error {
			return many2(named(f.NewAPIToken(t.Context(), p.ID, "y")))
		}},
		"NewTokenCount": {"list", apiTokens, func(f fixture, p Person, _, _ string) error {
			return many2(named(f.NewAPIToken(t.Context(), p.ID, "y")))
		}},
		"Token":   {"get", apiTokens, func(f fixture, _ Person, _, token string) error { return second(f.TokenViewer(t.Context(), token)) }},
		"TokenOf": {"get", persons, func(f fixture, _ Person, _, token string) error { return second(f.TokenViewer(t.Context(), token)) }},
		"DropToken": {"get", apiTokens, func(f fixture, p Person, _, _ string) error {
			all, err := f.APITokens(t.Context(), p.ID)
			if err != nil || len(all) != 1 {
				t.Fatalf("%d tokens, %v", len(all), err)
			}
			return f.DropAPIToken(t.Context(), p.ID, all[0].ID)
		}},
		"Password": {"get", persons, func(f fixture, p Person, id, _ string) error {
			return f.ChangePassword(t.Context(), p.ID, goodPassword, "another "+goodPassword, id, host(1))
		}},
		"Profile": {"get", persons, func(f fixture, p Person, _, _ string) error {
			return f.SetProfile(t.Context(), p.ID, "Ana", hub.French, nil)
		}},
		"Erase":        {"get", persons, func(f fixture, p Person, _, _ string) error { return f.Erase(t.Context(), p.ID) }},
		"EraseSession": {"list", sessions, func(f fixture, p Person, _, _ string) error { return f.Erase(t.Context(), p.ID) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			p := f.mustCreate(t, moldovan)
			v, _ := f.mustSignIn(t, p.Email)
			token, _, err := f.NewAPIToken(t.Context(), p.ID, "x")
			if err != nil {
				t.Fatal(err)
			}
			f.store.breaks(c.call, c.collection, hub.ErrUnavailable)
			if err := c.act(f, p, v.ID, token); !errors.Is(err, hub.ErrUnavailable) || errors.Is(err, hub.ErrNotFound) {
				t.Errorf("got %v, want not available", err)
			}
			f.store.breaks("", "", nil)
			if err := c.act(f, p, v.ID, token); err != nil {
				t.Errorf("when the store is back: %v", err)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func named(token string, _ APIToken, err error) (Session, string, error) {
	return Session{}, token, err
}

// TestCodeReadsFail: the same between the password and the code.
func TestCodeReadsFail(t *testing.T) {
	for _, c := range []storetest.Call{{Name: "get", Collection: tokens}, {Name: "get", Collection: persons}} {
		f := newFixture(t)
		p := f.mustCreate(t, moldovan)
		secret, _ := f.enrol(t, p)
		f.clock.advance(codeStep)
		pending := f.half(t, p, 1)
		f.store.breaks(c.Name, c.Collection, hub.ErrUnavailable)
		for range FreeFailures + 1 { // these are no failures of the person
			if _, _, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(1)); !errors.Is(err, hub.ErrUnavailable) {
				t.Errorf("%s: %v, want not available", c.Collection, err)
			}
		}
		f.store.breaks("", "", nil)
		if _, _, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(1)); err != nil {
			t.Errorf("%s, when the store is back: %v", c.Collection, err)
		}
	}
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.enrol(t, p)
	f.store.breaks("insert", tokens, hub.ErrUnavailable)
	if _, token, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1)); !errors.Is(err, hub.ErrUnavailable) || token != "" {
		t.Errorf("no half of a sign-in can be kept: %v", err)
	}
}

// TestUnreadable: a document of a later program is neither shown, nor taken
// for one that is not there, nor written without what it holds.
func TestUnreadable(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	v, _ := f.mustSignIn(t, p.Email)
	token, made, err := f.NewAPIToken(t.Context(), p.ID, "x")
	if err != nil {
		t.Fatal(err)
	}
	f.addField(t, sessions, v.ID)
	f.addField(t, apiTokens, made.ID)
	for name, err := range map[string]error{
		"Sessions": second(f.Sessions(t.Context(), p.ID)), "EndSession": f.EndSession(t.Context(), p.ID, v.ID),
		"Tokens": second(f.APITokens(t.Context(), p.ID)), "Token": second(f.TokenViewer(t.Context(), token)), "DropToken": f.DropAPIToken(t.Context(), p.ID, made.ID),
	} {
		if err == nil || errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s: %v, want an error other than not found", name, err)
		}
	}
	if err := f.Erase(t.Context(), p.ID); err != nil { // erased they are all the same
		t.Fatal(err)
	}
	if _, err := f.Store.Get(t.Context(), apiTokens, made.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("after the erasure: %v", err)
	}
	q := f.mustCreate(t, moldovan)
	f.enrol(t, q)
	f.clock.advance(codeStep)
	pending := f.half(t, q, 1)
	id, _ := tokenID(pending)
	f.addField(t, tokens, id)
	if _, _, err := f.FinishSignIn(t.Context(), pending, "000000", host(1)); err == nil || errors.Is(err, hub.ErrNotFound) || errors.Is(err, ErrCode) {
		t.Errorf("FinishSignIn: %v, want an error of its own", err)
	}
}

// TestNoTokenWithoutRandomness: without it nobody gets a token, a session or a code.
func TestNoTokenWithoutRandomness(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	coded := f.mustCreate(t, NewPerson{Email: "coded@gov.example", Role: hub.RoleStakeholder})
	f.enrol(t, coded)
	f.Rand = strings.NewReader("")
	for name, err := range map[string]error{
		"Token": many2(named(f.NewAPIToken(t.Context(), p.ID, "x"))), "SignIn": many2(f.SignIn(t.Context(), p.Email, goodPassword, host(1))),
		"Code": many2(f.SignIn(t.Context(), coded.Email, goodPassword, host(1))), "Link": second(f.SignInLink(t.Context(), p.ID)),
		"Join": many2(f.Join(t.Context(), "i1", NewPerson{Email: "new@gov.example", Role: hub.RoleStakeholder}, goodPassword, host(1))),
	} {
		var needs *NeedsCode
		if err == nil || errors.As(err, &needs) || errors.Is(err, ErrSignIn) {
			t.Errorf("%s: %v, want an error of its own", name, err)
		}
	}
	if _, err := f.Person(t.Context(), "i1"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("an account without a password: %v", err)
	}
}

// TestTokenEnds: a token for programs, and half a sign-in, end with the very
// moment that they name.
func TestTokenEnds(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	token, made, err := f.NewAPIToken(t.Context(), p.ID, "x")
	if err != nil {
		t.Fatal(err)
	}
	f.clock.advance(made.Expires.Sub(start) - 1)
	if _, err := f.TokenViewer(t.Context(), token); err != nil {
		t.Errorf("a moment before: %v", err)
	}
	f.clock.advance(1)
	if _, err := f.TokenViewer(t.Context(), token); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("then: %v", err)
	}
	if all, err := f.APITokens(t.Context(), p.ID); err != nil || len(all) != 0 {
		t.Errorf("%d tokens, %v", len(all), err)
	}
	secret, _ := f.enrol(t, p)
	f.clock.advance(codeStep)
	for _, c := range []struct {
		after time.Duration
		want  error
	}{{CodeLife - 1, nil}, {CodeLife, hub.ErrNotFound}} {
		pending := f.half(t, p, 1)
		f.clock.advance(c.after)
		if _, _, err := f.FinishSignIn(t.Context(), pending, f.code(t, secret), host(1)); !errors.Is(err, c.want) {
			t.Errorf("half a sign-in after %s: %v, want %v", c.after, err, c.want)
		}
	}
}

// FuzzToken: nothing from outside that is not a token as it was handed out
// opens anything, and each opens only what it is for.
func FuzzToken(f *testing.F) {
	x := newFixture(f)
	p := x.mustCreate(f, moldovan)
	_, session := x.mustSignIn(f, p.Email)
	link := x.mustLink(f, p.ID)
	program, made, err := x.NewAPIToken(f.Context(), p.ID, "x")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "hub_", made.ID, session, link, program, program[4:], " " + session, session + "=", strings.ToUpper(link), strings.Repeat("\x00", tokenLength), "used-" + link[5:], strings.Repeat("é", 22), strings.Repeat("x", 1000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, c := range map[string]struct {
			right string
			err   error
		}{
			"Session": {session, many3(x.Session(t.Context(), s))}, "Link": {link, many4(x.LinkHolder(t.Context(), s))},
			"Program": {program, second(x.TokenViewer(t.Context(), s))}, "Code": {"", many2(x.FinishSignIn(t.Context(), s, "000000", host(1)))},
		} {
			if opened := c.err == nil; opened != (s == c.right && s != "") || !opened && !errors.Is(c.err, hub.ErrNotFound) {
				t.Errorf("%s: %q: %v", name, s, c.err)
			}
		}
		if id, ok := tokenID(s); ok != (len(s) == tokenLength) || ok != (len(id) == 64) {
			t.Errorf("the id of %q is %q", s, id)
		}
	})
}

func many3(_ hub.Viewer, _ Session, err error) error { return err }

func many4(_ Person, _ Purpose, err error) error { return err }
