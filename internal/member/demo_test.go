package member

import (
	"errors"
	"slices"
	"testing"

	"nmirfhub/internal/hub"
)

const demoPassword = "demo-password-2025"

func TestDemo(t *testing.T) {
	f := newFixture(t)
	f.AllowDemo = true
	all, err := f.Demo(t.Context(), demoPassword)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		role      hub.Role
		mechanism hub.State
	}{
		"admin@demo.example":       {hub.RoleAdmin, ""},
		"moderator@demo.example":   {hub.RoleModerator, ""},
		"coordinator@demo.example": {hub.RoleCoordinator, "MDA"},
		"member@demo.example":      {hub.RoleMember, "MDA"},
		"member2@demo.example":     {hub.RoleMember, "MAR"},
		"tbexpert@demo.example":    {hub.RoleTBExpert, ""},
		"stakeholder@demo.example": {hub.RoleStakeholder, ""},
	}
	if len(all) != len(want) {
		t.Fatalf("got %d accounts, want %d", len(all), len(want))
	}
	hashes := map[Secret]bool{}
	for _, p := range all {
		if w := want[p.Email]; p.Role != w.role || p.Mechanism != w.mechanism || p.Status != StatusActive {
			t.Errorf("%s: got %s of %q, want %v", p.Email, p, p.Mechanism, w)
		}
		_, token, err := f.SignIn(t.Context(), p.Email, demoPassword, host(1))
		if err != nil {
			t.Fatalf("%s: %v", p.Email, err)
		}
		f.wantSession(t, token, true)
		hashes[p.Password] = true
	}
	if len(hashes) != 1 {
		t.Errorf("%d hashes of one password that is told to everybody, want 1", len(hashes))
	}
}

// Running it again changes nothing; what was changed is mended.
func TestDemoAgain(t *testing.T) {
	f := newFixture(t)
	f.AllowDemo = true
	first, err := f.Demo(t.Context(), demoPassword)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Demo(t.Context(), demoPassword)
	if err != nil || !slices.EqualFunc(again, first, same) {
		t.Errorf("got %v, %v, want what was there", again, err)
	}
	f.mustSetStatus(t, first[0].ID, StatusSuspended)
	if _, err := f.SetStanding(t.Context(), first[1].ID, Standing{Role: hub.RoleStakeholder}); err != nil {
		t.Fatal(err)
	}
	mended, err := f.Demo(t.Context(), demoPassword)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range mended {
		if p.ID != first[i].ID || p.Role != first[i].Role || p.Status != StatusActive {
			t.Errorf("got %s, want %s", p, first[i])
		}
	}
}

// Parameters that have risen reach the demo accounts too.
func TestDemoStronger(t *testing.T) {
	f := newFixture(t)
	f.AllowDemo = true
	if _, err := f.Demo(t.Context(), demoPassword); err != nil {
		t.Fatal(err)
	}
	f.Params.Time++
	again, err := f.Demo(t.Context(), demoPassword)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := parsePHC(string(again[0].Password)); err != nil || h.Params != f.Params {
		t.Errorf("got %+v, %v, want %+v", h.Params, err, f.Params)
	}
}

func TestDemoNewPassword(t *testing.T) {
	f := newFixture(t)
	f.AllowDemo = true
	if _, err := f.Demo(t.Context(), demoPassword); err != nil {
		t.Fatal(err)
	}
	_, token, err := f.SignIn(t.Context(), "member@demo.example", demoPassword, host(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Demo(t.Context(), goodPassword); err != nil {
		t.Fatal(err)
	}
	f.wantSession(t, token, false)
	f.mustSignIn(t, "member@demo.example")
	if _, _, err := f.SignIn(t.Context(), "member@demo.example", demoPassword, host(1)); err != ErrSignIn {
		t.Errorf("old password: %v, want ErrSignIn", err)
	}
}

// Without the demonstration its accounts open nothing: not by password, not
// by a session or link of before.
func TestDemoOver(t *testing.T) {
	f := newFixture(t)
	f.AllowDemo = true
	all, err := f.Demo(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	_, token := f.mustSignIn(t, all[0].Email)
	link := f.mustLink(t, all[0].ID)
	f.AllowDemo = false
	if _, _, err := f.SignIn(t.Context(), all[0].Email, goodPassword, host(1)); err != ErrSignIn {
		t.Errorf("SignIn: %v, want ErrSignIn", err)
	}
	f.wantSession(t, token, false)
	f.wantGone(t, link)
	if _, err := f.SignInLink(t.Context(), all[0].ID); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("SignInLink: %v, want forbidden", err)
	}
	if _, err := f.Demo(t.Context(), goodPassword); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("Demo: %v, want forbidden", err)
	}
}

func TestDemoShortPassword(t *testing.T) {
	f := newFixture(t)
	f.AllowDemo = true
	_, err := f.Demo(t.Context(), "demo")
	wantInvalid(t, err, "password", ReasonTooShort)
}
