package member

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

// mustLink returns the token of a new sign-in link.
func (f fixture) mustLink(t testing.TB, personID string) string {
	t.Helper()
	url, err := f.SignInLink(t.Context(), personID)
	if err != nil {
		t.Fatalf("SignInLink: %v", err)
	}
	token, ok := strings.CutPrefix(url, "https://hub.test/en/signin/link/")
	if !ok || len(token) != tokenLength {
		t.Fatalf("got %q", url)
	}
	return token
}

// wantGone fails unless the link is unknown to both who open and redeem it.
func (f fixture) wantGone(t testing.TB, link string) {
	t.Helper()
	if _, _, err := f.LinkHolder(t.Context(), link); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("LinkHolder: %v, want not found", err)
	}
	if _, token, err := f.RedeemLink(t.Context(), link, "", host(9)); !errors.Is(err, hub.ErrNotFound) || token != "" {
		t.Errorf("RedeemLink: %v, want not found", err)
	}
}

func TestLink(t *testing.T) {
	f := newFixture(t)
	p, err := f.Create(t.Context(), moldovan)
	if err != nil {
		t.Fatal(err)
	}
	link := f.mustLink(t, p.ID)
	for range 3 { // opening does not consume
		if holder, _, err := f.LinkHolder(t.Context(), link); err != nil || !same(holder, p) {
			t.Fatalf("LinkHolder: %v, %v", holder, err)
		}
	}
	f.clock.advance(LinkLife - 1)
	v, token, err := f.RedeemLink(t.Context(), link, goodPassword, host(1))
	if err != nil || v.Person != p.ID || v.Name != "Ana Rusu" {
		t.Fatalf("RedeemLink: %+v, %v", v, err)
	}
	f.wantSession(t, token, true)
	f.wantGone(t, link)
	// The claim stands whatever becomes of the person's epoch.
	id, _ := tokenID(link)
	if _, err := f.Store.Get(t.Context(), tokens, "used-"+id); err != nil {
		t.Errorf("the claim: %v", err)
	}
	f.mustSignIn(t, p.Email)
	if got := f.mustFind(t, p.Email); !got.SignedIn.Equal(f.clock.read()) {
		t.Errorf("signed in %s", got.SignedIn)
	}
}

// Without a new password the old one stays; all that was before ends.
func TestLinkKeepsPassword(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, before := f.mustSignIn(t, p.Email)
	link, sibling := f.mustLink(t, p.ID), f.mustLink(t, p.ID)
	_, token, err := f.RedeemLink(t.Context(), link, "", host(1))
	if err != nil {
		t.Fatal(err)
	}
	f.wantSession(t, token, true)
	f.wantSession(t, before, false)
	f.wantGone(t, sibling)
	f.mustSignIn(t, p.Email)
}

func TestLinkReplacesSession(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.mustCreate(t, NewPerson{Email: "o@gov.example", Role: hub.RoleStakeholder})
	_, before := f.mustSignIn(t, "o@gov.example")
	_, token, err := f.RedeemLink(t.Context(), f.mustLink(t, p.ID), "", From{IP: host(1).IP, Replaces: Secret(before)})
	if err != nil || token == before {
		t.Fatalf("RedeemLink: %v", err)
	}
	f.wantSession(t, before, false)
}

// What makes a link worth nothing.
func TestLinkGone(t *testing.T) {
	cases := map[string]func(t *testing.T, f fixture, p Person) (link string){
		"Expired": func(t *testing.T, f fixture, p Person) string {
			link := f.mustLink(t, p.ID)
			f.clock.advance(LinkLife)
			return link
		},
		"Suspended": func(t *testing.T, f fixture, p Person) string {
			link := f.mustLink(t, p.ID)
			f.mustSetStatus(t, p.ID, StatusSuspended)
			return link
		},
		"PasswordChanged": func(t *testing.T, f fixture, p Person) string {
			link := f.mustLink(t, p.ID)
			if err := f.SetPassword(t.Context(), p.ID, "another "+goodPassword, ""); err != nil {
				t.Fatal(err)
			}
			return link
		},
		"OtherPurpose": func(t *testing.T, f fixture, p Person) string {
			token, err := NewToken(nil)
			if err != nil {
				t.Fatal(err)
			}
			id, _ := tokenID(token)
			v := tokenDoc{Purpose: "invitation", Person: p.ID, Epoch: p.Epoch, Expires: start.Add(time.Hour)}
			if err := f.Store.Insert(t.Context(), tokens, v.doc(id)); err != nil {
				t.Fatal(err)
			}
			return token
		},
		"DemoNoMore": func(t *testing.T, f fixture, _ Person) string {
			f.AllowDemo = true
			link := f.mustLink(t, f.mustCreate(t, NewPerson{Email: "admin@demo.example", Role: hub.RoleAdmin}).ID)
			f.AllowDemo = false
			return link
		},
		"SessionToken": func(t *testing.T, f fixture, p Person) string { _, token := f.mustSignIn(t, p.Email); return token },
		"ClaimID":      func(t *testing.T, f fixture, p Person) string { return "used-" + f.mustLink(t, p.ID)[5:] },
		"Unknown":      func(*testing.T, fixture, Person) string { return strings.Repeat("x", tokenLength) },
		"Empty":        func(*testing.T, fixture, Person) string { return "" },
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.wantGone(t, prepare(t, f, f.mustCreate(t, moldovan)))
		})
	}
}

func TestLinkForbidden(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.mustSetStatus(t, p.ID, StatusSuspended)
	if _, err := f.SignInLink(t.Context(), p.ID); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("suspended: got %v, want forbidden", err)
	}
	f.BaseURL = ""
	if url, err := f.SignInLink(t.Context(), p.ID); err == nil || url != "" {
		t.Errorf("no public address: got %q, %v", url, err)
	}
}

// A password that is refused, and a hash that finds no core, leave the link
// good.
func TestLinkOutlivesRefusal(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	link := f.mustLink(t, p.ID)
	for range HourlyFailures + 1 { // these are no failures either
		_, _, err := f.RedeemLink(t.Context(), link, "too short", host(1))
		wantInvalid(t, err, "password", ReasonTooShort)
	}
	if _, _, err := f.RedeemLink(t.Context(), link, goodPassword, host(1)); err != nil {
		t.Errorf("RedeemLink: %v", err)
	}
}

// Of fifty who redeem a link at once exactly one succeeds, with and without a
// new password, and whether or not they are slowed down as one network.
func TestRedeemRace(t *testing.T) {
	const redeemers = 50
	for name, c := range map[string]struct {
		password string
		from     func(i int) From
	}{
		"FarApart":     {"", func(i int) From { return host(byte(i)) }},
		"NewPassword":  {"another " + goodPassword, func(i int) From { return host(byte(i)) }},
		"FromOnePlace": {"", func(int) From { return host(1) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			p := f.mustCreate(t, moldovan)
			link := f.mustLink(t, p.ID)
			var won atomic.Int32
			var winner atomic.Value
			var wg sync.WaitGroup
			for i := range redeemers {
				wg.Go(func() {
					_, token, err := f.RedeemLink(t.Context(), link, c.password, c.from(i))
					var tooMany *hub.TooMany
					switch {
					case err == nil:
						won.Add(1)
						winner.Store(token)
					case errors.Is(err, hub.ErrNotFound), errors.Is(err, hub.ErrUnavailable), errors.As(err, &tooMany):
					default:
						t.Errorf("RedeemLink: %v", err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 {
				t.Fatalf("%d succeeded, want 1", won.Load())
			}
			f.wantSession(t, winner.Load().(string), true)
			if got := f.mustFind(t, p.Email).Epoch; got != p.Epoch+1 {
				t.Errorf("epoch %d, want %d", got, p.Epoch+1)
			}
		})
	}
}

// Of siblings redeemed at once one succeeds: the first ends the others.
func TestRedeemSiblingsRace(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	var won atomic.Int32
	var wg sync.WaitGroup
	var links []string
	for range 6 {
		links = append(links, f.mustLink(t, p.ID))
	}
	for i, link := range links {
		wg.Go(func() {
			_, _, err := f.RedeemLink(t.Context(), link, "", host(byte(i)))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("RedeemLink: %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d succeeded, want 1", won.Load())
	}
}

// A suspension between the claim and the sign-in wins.
func TestRedeemSuspendedMeanwhile(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	link := f.mustLink(t, p.ID)
	fail := func(call, collection string) error {
		if call == "insert" && collection == tokens {
			// In the document itself, as an import does it: the epoch stays.
			p.Status = StatusSuspended
			return f.store.Store.Update(t.Context(), persons, p.doc())
		}
		return nil
	}
	f.store.fail.Store(&fail)
	if _, token, err := f.RedeemLink(t.Context(), link, "", host(1)); !errors.Is(err, hub.ErrNotFound) || token != "" {
		t.Errorf("got %v, want not found", err)
	}
}

// Guessing tokens is slowed down with the failed sign-ins of the network.
func TestRedeemLimit(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	for range HourlyFailures {
		if _, _, err := f.RedeemLink(t.Context(), strings.Repeat("x", tokenLength), "", host(1)); !errors.Is(err, hub.ErrNotFound) {
			t.Fatalf("got %v, want not found", err)
		}
	}
	link := f.mustLink(t, p.ID)
	var tooMany *hub.TooMany
	if _, _, err := f.RedeemLink(t.Context(), link, "", host(1)); !errors.As(err, &tooMany) || tooMany.After != time.Hour {
		t.Errorf("got %v, want an hour to wait", err)
	}
	if _, _, err := f.RedeemLink(t.Context(), link, "", host(2)); err != nil {
		t.Errorf("from another network: %v", err)
	}
}
