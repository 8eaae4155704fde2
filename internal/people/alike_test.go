package people_test

import (
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
)

// TestAlike measures how long known and unknown addresses take, in turns: the
// means of 500 tries must lie within 5 %. It takes minutes with the hashes of
// the hub, and an idle machine: HUB_BENCH_ALIKE=1.
func TestAlike(t *testing.T) {
	if os.Getenv("HUB_BENCH_ALIKE") == "" {
		t.Skip("HUB_BENCH_ALIKE is not set")
	}
	const tries = 500
	o := newOffice(t)
	o.Members.Params = member.DefaultParams
	i, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), people.NewInvitation{Email: "known@example.org", Role: hub.RoleStakeholder, Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	o.join(t, i, "Ana")
	ip := func(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}) }
	for n := range tries {
		if _, err := o.Members.Create(t.Context(), member.NewPerson{Email: fmt.Sprintf("known%d@example.org", n), Role: hub.RoleStakeholder}); err != nil {
			t.Fatal(err)
		}
	}
	o.Mail = &mail.Outbox{Store: o.Store, Now: o.Now}
	next := 0
	for name, act := range map[string]func(address string) error{
		"sign-in": func(address string) error {
			_, _, err := o.Members.SignIn(t.Context(), address, "not the password of anybody", member.From{IP: ip(next)})
			if err == member.ErrSignIn {
				return nil
			}
			return fmt.Errorf("%v", err)
		},
		"new password": func(address string) error { return o.Forgot(t.Context(), address, hub.English, ip(next)) },
		"request": func(address string) error {
			r := request()
			r.Email = address
			return o.Ask(t.Context(), r, ip(next))
		},
	} {
		var took [2]time.Duration
		for n := range tries {
			known := "known@example.org" // who has a password
			if name != "sign-in" {
				known = fmt.Sprintf("known%d@example.org", n)
			}
			for which, address := range []string{known, fmt.Sprintf("other%d@example.org", n)} {
				next++
				o.pass(21 * time.Minute) // another mail is allowed
				began := time.Now()
				if err := act(address); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				took[which] += time.Since(began)
			}
		}
		ratio := float64(took[0]) / float64(took[1])
		fmt.Printf("%s: known %s, unknown %s, ratio %.3f\n", name, took[0]/tries, took[1]/tries, ratio)
		if ratio < 0.95 || ratio > 1.05 {
			t.Errorf("%s: known and unknown addresses take %.3f", name, ratio)
		}
	}
}
