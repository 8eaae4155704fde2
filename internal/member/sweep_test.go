package member

import (
	"errors"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// The sweep takes what has expired, by role and use, and nothing else.
func TestSweep(t *testing.T) {
	f := newFixture(t)
	admin := f.mustCreate(t, NewPerson{Email: "root@gov.example", Role: hub.RoleAdmin})
	p := f.mustCreate(t, moldovan)
	sweep := func(want int) {
		t.Helper()
		if n, err := f.Sweep(t.Context()); n != want || err != nil {
			t.Errorf("at %s: swept %d, %v, want %d", f.clock.read(), n, err, want)
		}
	}
	f.mustSignIn(t, admin.Email)
	_, used := f.mustSignIn(t, p.Email)
	f.mustSignIn(t, p.Email)
	sweep(0)
	f.clock.advance(31 * time.Minute)
	sweep(1) // the administrator's
	f.wantSession(t, used, true)
	if _, _, err := f.RedeemLink(t.Context(), f.mustLink(t, admin.ID), "", host(1)); err != nil {
		t.Fatal(err)
	}
	f.clock.advance(23*time.Hour + 30*time.Minute)
	sweep(2) // the administrator's, and the one not used since the start
	f.wantSession(t, used, true)
	f.clock.advance(time.Hour)
	sweep(2) // the link and its claim
	f.wantSession(t, used, true)
	f.clock.advance(25 * time.Hour)
	sweep(1)
	f.wantSession(t, used, false)
	sweep(0)
}

// A session used between the list and the deletion stays; what another sweep
// has taken is no error.
func TestSweepRaces(t *testing.T) {
	for _, lost := range []error{hub.ErrConflict, hub.ErrNotFound} {
		f := newFixture(t)
		f.mustCreate(t, moldovan)
		f.mustSignIn(t, moldovan.Email)
		f.clock.advance(30 * 24 * time.Hour)
		f.store.breaks("delete", sessions, lost)
		if n, err := f.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("%v: swept %d, %v, want 0", lost, n, err)
		}
	}
}

// More than a page is swept in one go.
func TestSweepPages(t *testing.T) {
	f := newFixture(t)
	const many = store.MaxLimit + 5
	for range many {
		token, err := NewToken(nil)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := tokenID(token)
		if err := f.Store.Insert(t.Context(), tokens, tokenDoc{Purpose: PurposeSignIn, Expires: start}.doc(id)); err != nil {
			t.Fatal(err)
		}
	}
	f.clock.advance(time.Second)
	if n, err := f.Sweep(t.Context()); n != many || err != nil {
		t.Errorf("swept %d, %v, want %d", n, err, many)
	}
}

func TestSweepListFails(t *testing.T) {
	f := newFixture(t)
	f.store.breaks("list", tokens, hub.ErrUnavailable)
	if _, err := f.Sweep(t.Context()); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("got %v, want not available", err)
	}
}
