package people_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
)

// TestMeasures: who keeps accounts can stop one at once, with a reason that is
// on record; nobody else can, and not with the accounts of those who keep them.
func TestMeasures(t *testing.T) {
	o := newOffice(t)
	i, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), people.NewInvitation{Email: "ana@example.org", Role: hub.RoleMember, Mechanism: "MDA", Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	ana := o.join(t, i, "Ana").Person
	admin := o.viewer(hub.RoleAdmin, "")
	if p, err := o.FindAccount(t.Context(), admin, "ANA@example.org"); err != nil || p.ID != ana {
		t.Fatalf("%v, %v", p, err)
	}
	for _, c := range []struct {
		m      people.Measure
		status member.Status
		role   hub.Role
	}{
		{people.SignOut, member.StatusActive, hub.RoleMember}, {people.LostFactor, member.StatusActive, hub.RoleMember},
		{people.Suspend, member.StatusSuspended, hub.RoleMember}, {people.Reinstate, member.StatusActive, hub.RoleMember},
		{people.Leave, member.StatusActive, hub.RoleStakeholder},
	} {
		var invalid *hub.Invalid
		if _, err := o.Take(t.Context(), admin, ana, c.m, " "); !errors.As(err, &invalid) {
			t.Errorf("%s without a reason: %v", c.m, err)
		}
		if _, err := o.Take(t.Context(), admin, ana, c.m, "called and confirmed"); err != nil {
			t.Fatal(err)
		}
		if p := o.person(t, ana); p.Status != c.status || p.Role != c.role {
			t.Errorf("%s: %s, %s", c.m, p.Status, p.Role)
		}
		all, _, err := o.Acts(t.Context(), admin, audit.Filter{Limit: 1})
		if err != nil || all[0].What != "account."+string(c.m) || all[0].Object != "person:"+ana || all[0].Reason != "called and confirmed" {
			t.Errorf("on record: %+v, %v", all, err)
		}
	}
	if all, _, err := o.Acts(t.Context(), o.viewer(hub.RoleModerator, ""), audit.Filter{Limit: 50}); err != nil || len(all) == 0 || strings.HasPrefix(all[0].What, "account.") {
		t.Errorf("a moderator reads measures: %+v, %v", all, err)
	}
	moderator, err := o.Members.Create(t.Context(), member.NewPerson{Email: "mod@example.org", Role: hub.RoleModerator})
	if err != nil {
		t.Fatal(err)
	}
	if waits, err := o.Take(t.Context(), admin, moderator.ID, people.Suspend, "no"); err != nil || !waits || o.person(t, moderator.ID).Status != member.StatusActive {
		t.Errorf("an administrator alone stops a moderator: %v", err)
	}
	if _, err := o.Take(t.Context(), admin, ana, "dance", "no"); err == nil {
		t.Error("an unknown measure is taken")
	}
	stale := admin
	stale.Fresh = o.at.Add(-time.Second)
	if _, err := o.Take(t.Context(), stale, ana, people.Suspend, "no"); !errors.Is(err, hub.ErrFresh) {
		t.Errorf("who signed in long ago: %v", err)
	}
	for _, v := range []hub.Viewer{o.viewer(hub.RoleModerator, ""), o.viewer(hub.RoleCoordinator, "MDA"), o.viewer(hub.RoleMember, "MDA"), hub.Public} {
		if _, err := o.FindAccount(t.Context(), v, "ana@example.org"); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s finds an account: %v", v.Role, err)
		}
		if _, err := o.Take(t.Context(), v, ana, people.Suspend, "no"); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s takes a measure: %v", v.Role, err)
		}
	}
}

// TestActsNarrowed: the record of acts by who, what and on what; its export is
// for administrators, and on record itself.
func TestActsNarrowed(t *testing.T) {
	o := newOffice(t)
	admin, moderator := o.viewer(hub.RoleAdmin, ""), o.viewer(hub.RoleModerator, "")
	o.seat(t, moderator, "One")
	i, err := o.Invite(t.Context(), moderator, people.NewInvitation{Email: "ana@example.org", Role: hub.RoleMember, Mechanism: "MDA", Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	o.join(t, i, "Ana")
	for _, c := range []struct {
		f    people.ActsFilter
		want []string
	}{
		{people.ActsFilter{What: "seat.add"}, []string{"seat.add"}},
		{people.ActsFilter{Object: "seat:MDA-1"}, []string{"seat.add"}},
		{people.ActsFilter{Email: "ANA@example.org"}, []string{"invitation.accepted"}},
		{people.ActsFilter{What: "nothing"}, nil},
	} {
		f, err := o.Narrow(t.Context(), admin, c.f)
		if err != nil {
			t.Fatal(err)
		}
		f.Limit = 10
		all, _, err := o.Acts(t.Context(), admin, f)
		var got []string
		for _, a := range all {
			got = append(got, a.What)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, %v", c.f, got, err)
		}
	}
	if _, err := o.Narrow(t.Context(), moderator, people.ActsFilter{Email: "ana@example.org"}); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a moderator asks whose acts they were: %v", err)
	}
	count := 0
	if err := o.ExportActs(t.Context(), admin, audit.Filter{}, func(people.DoneAct) error { count++; return nil }); err != nil || count < 4 {
		t.Errorf("%d exported, %v", count, err)
	}
	if all, _, err := o.Acts(t.Context(), admin, audit.Filter{Limit: 1}); err != nil || all[0].What != "acts.export" {
		t.Errorf("%+v, %v", all, err)
	}
	stale := admin
	stale.Fresh = o.at.Add(-time.Second)
	for who, v := range map[string]hub.Viewer{"a moderator": moderator, "a member": o.viewer(hub.RoleMember, "MDA"), "nobody": hub.Public} {
		if err := o.ExportActs(t.Context(), v, audit.Filter{}, nil); err == nil || o.ExportsActs(v) {
			t.Errorf("%s exports", who)
		}
	}
	if err := o.ExportActs(t.Context(), stale, audit.Filter{}, nil); !errors.Is(err, hub.ErrFresh) || !o.ExportsActs(stale) {
		t.Errorf("who signed in long ago: %v", err)
	}
}
