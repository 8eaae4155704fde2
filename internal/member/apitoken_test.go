package member

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

func TestAPITokens(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	token, made, err := f.NewAPIToken(t.Context(), p.ID, " nightly list ")
	if err != nil || !strings.HasPrefix(token, apiTokenStart) || made.Name != "nightly list" {
		t.Fatalf("%q %+v, %v", token, made, err)
	}
	// A program sees what a stakeholder sees, whoever it asks for.
	if v, err := f.TokenViewer(t.Context(), token); err != nil || v.Person != p.ID || v.Role != hub.RoleStakeholder || v.Mechanism != "" || !v.Fresh.IsZero() {
		t.Errorf("%+v, %v", v, err)
	}
	for name, bad := range map[string]string{"bare": strings.TrimPrefix(token, apiTokenStart), "truncated": token[:20], "altered": token[:len(token)-1] + "x", "empty": "", "long": strings.Repeat("x", 10_000)} {
		if _, err := f.TokenViewer(t.Context(), bad); !errors.Is(err, hub.ErrNotFound) && bad != token {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := f.Session(t.Context(), strings.TrimPrefix(token, apiTokenStart)); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a token is a session: %v", err)
	}
	for _, name := range []string{"", " ", "a\nb", "\xff", strings.Repeat("x", MaxTokenName+1)} {
		var invalid *hub.Invalid
		if _, _, err := f.NewAPIToken(t.Context(), p.ID, name); !errors.As(err, &invalid) || invalid.Field != "token" {
			t.Errorf("named %.10q: %v", name, err)
		}
	}
	for n := 1; n < MaxAPITokens; n++ {
		f.clock.advance(time.Second)
		if _, _, err := f.NewAPIToken(t.Context(), p.ID, fmt.Sprint("another ", n)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := f.NewAPIToken(t.Context(), p.ID, "too many"); err == nil {
		t.Error("there is no end of tokens")
	}
	all, err := f.APITokens(t.Context(), p.ID)
	if err != nil || len(all) != MaxAPITokens || all[MaxAPITokens-1].ID != made.ID {
		t.Errorf("%d tokens, %v", len(all), err)
	}
	if err := f.DropAPIToken(t.Context(), "somebody", made.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("ended by somebody else: %v", err)
	}
	if _, err := f.SetStatus(t.Context(), p.ID, StatusSuspended); err != nil {
		t.Fatal(err)
	}
	if _, err := f.TokenViewer(t.Context(), token); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("of a suspended person: %v", err)
	}
	if _, err := f.SetStatus(t.Context(), p.ID, StatusActive); err != nil {
		t.Fatal(err)
	}
	if err := f.DropAPIToken(t.Context(), p.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.TokenViewer(t.Context(), token); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
	late, _, err := f.NewAPIToken(t.Context(), p.ID, "late")
	if err != nil {
		t.Fatal(err)
	}
	f.clock.advance(APITokenLife)
	if _, err := f.TokenViewer(t.Context(), late); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("after ninety days: %v", err)
	}
	if n, err := f.Sweep(t.Context()); err != nil || n < MaxAPITokens-2 { // those of the second that runs are left alone
		t.Errorf("swept %d, %v", n, err)
	}
}

func TestErase(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, session, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1))
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := f.NewAPIToken(t.Context(), p.ID, "x")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds nothing
		if err := f.Erase(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := f.Session(t.Context(), session); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the session: %v", err)
	}
	if _, err := f.TokenViewer(t.Context(), token); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the token: %v", err)
	}
	if _, err := f.Create(t.Context(), moldovan); err != nil {
		t.Errorf("the address is not free again: %v", err)
	}
}
