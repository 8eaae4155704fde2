package people_test

import (
	"errors"
	"testing"
	"time"

	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
)

// TestTwoPeople: a measure on the account of somebody who lets others in is
// taken when a second administrator agrees, and on record with both.
func TestTwoPeople(t *testing.T) {
	o := newOffice(t)
	first, second := o.viewer(hub.RoleAdmin, ""), o.viewer(hub.RoleAdmin, "")
	second.Person = "second"
	p, err := o.Members.Create(t.Context(), member.NewPerson{Email: "mod@example.org", Role: hub.RoleModerator})
	if err != nil {
		t.Fatal(err)
	}
	about := hub.Viewer{Person: p.ID, Role: hub.RoleAdmin, Fresh: first.Fresh}
	propose := func(m people.Measure) string {
		t.Helper()
		if waits, err := o.Take(t.Context(), first, p.ID, m, "left OHCHR"); err != nil || !waits {
			t.Fatalf("%v, %v", waits, err)
		}
		all, err := o.Proposals(t.Context(), second)
		if err != nil || len(all) != 1 || all[0].Person != p.ID || all[0].Measure != m || all[0].By != first.Person {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0].ID
	}
	if waits, err := o.Take(t.Context(), first, p.ID, people.SignOut, "lost telephone"); waits || err != nil {
		t.Errorf("sign-ins end at once: %v, %v", waits, err)
	}

	id := propose(people.Leave)
	for who, v := range map[string]hub.Viewer{"who proposed": first, "whom it is about": about} {
		if err := o.Agree(t.Context(), v, id); !errors.Is(err, hub.ErrForbidden) {
			t.Errorf("%s agrees: %v", who, err)
		}
	}
	if err := o.WithdrawProposal(t.Context(), about, id); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("whom it is about withdraws: %v", err)
	}
	if err := o.Agree(t.Context(), o.viewer(hub.RoleModerator, ""), id); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a moderator agrees: %v", err)
	}
	if o.person(t, p.ID).Role != hub.RoleModerator {
		t.Fatal("the measure was taken by one")
	}
	if err := o.Agree(t.Context(), second, id); err != nil || o.person(t, p.ID).Role != hub.RoleStakeholder {
		t.Fatalf("%s, %v", o.person(t, p.ID).Role, err)
	}
	if err := o.Agree(t.Context(), second, id); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	all, _, err := o.Acts(t.Context(), first, audit.Filter{Limit: 2})
	if err != nil || all[0].What != "account.leave" || all[1].What != "account.propose.leave" || all[0].Reason != "left OHCHR" {
		t.Errorf("on record: %+v, %v", all, err)
	}
}

func TestProposalEnds(t *testing.T) {
	o := newOffice(t)
	first, second := o.viewer(hub.RoleAdmin, ""), o.viewer(hub.RoleAdmin, "")
	second.Person = "second"
	p, err := o.Members.Create(t.Context(), member.NewPerson{Email: "mod@example.org", Role: hub.RoleModerator})
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []func(id string){
		func(id string) {
			if err := o.WithdrawProposal(t.Context(), second, id); err != nil {
				t.Error(err)
			}
		},
		func(string) {
			o.pass(people.ProposalLife)
			first.Fresh, second.Fresh = o.at.Add(time.Hour), o.at.Add(time.Hour)
		},
	} {
		if _, err := o.Take(t.Context(), first, p.ID, people.Suspend, "why"); err != nil {
			t.Fatal(err)
		}
		all, err := o.Proposals(t.Context(), first)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		end(all[0].ID)
		if left, err := o.Proposals(t.Context(), first); err != nil || len(left) != 0 {
			t.Errorf("%+v, %v", left, err)
		}
		if err := o.Agree(t.Context(), second, all[0].ID); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("agreed to after its end: %v", err)
		}
	}
	stale := first
	stale.Fresh = o.at.Add(-time.Second)
	if _, err := o.Proposals(t.Context(), stale); !errors.Is(err, hub.ErrFresh) {
		t.Errorf("who signed in long ago: %v", err)
	}
}
