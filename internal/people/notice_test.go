package people_test

import (
	"errors"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/people"
)

func (o *office) kinds(kind string) (all []mail.Item) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.mails {
		if m.Kind == kind {
			all = append(all, m)
		}
	}
	return all
}

// TestConfirmation: a coordinator is reminded 30, 14 and 3 days before, once
// each, and no more when they have confirmed; mechanisms that nobody
// coordinates reach the moderators.
func TestConfirmation(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	seat, err := o.AddSeat(t.Context(), moderator, "MDA", people.Description{Title: "Head", Body: "Chancellery", Level: people.Political, Lang: hub.French, Role: hub.RoleCoordinator})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := o.Offer(t.Context(), moderator, "MDA", seat.Number, "elena@example.org")
	if err != nil {
		t.Fatal(err)
	}
	elena := hub.Viewer{Person: o.join(t, offer, "Elena P.").Person, Role: hub.RoleCoordinator, Mechanism: "MDA"}
	began := o.at
	for _, c := range []struct{ day, reminders, overdue int }{
		{0, 0, 0}, {150, 0, 0}, {153, 1, 1}, {160, 1, 1}, {168, 2, 1}, {177, 2, 1}, {178, 3, 1}, {183, 3, 1}, {200, 3, 1},
	} {
		o.at = began.Add(time.Duration(c.day) * 24 * time.Hour)
		for range 2 {
			if err := o.Remind(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(o.kinds(people.LetterConfirm)); got != c.reminders {
			t.Errorf("day %d: %d reminders, want %d", c.day, got, c.reminders)
		}
		if all, err := o.Overdue(t.Context(), moderator); err != nil || len(all) != c.overdue {
			t.Errorf("day %d: %d overdue, %v", c.day, len(all), err)
		}
	}
	last := o.kinds(people.LetterConfirm)[2]
	if d, err := o.Reminded(t.Context(), last); err != nil || d.Mechanism != "MDA" || last.Lang != hub.French {
		t.Errorf("%+v, %v", d, err)
	}
	if err := o.Confirm(t.Context(), elena, "MDA"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Reminded(t.Context(), last); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("after the confirmation: %v", err)
	}
	if all, err := o.Overdue(t.Context(), moderator); err != nil || len(all) != 0 {
		t.Errorf("%d overdue, %v", len(all), err)
	}
	if _, err := o.Overdue(t.Context(), elena); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a coordinator sees what others owe: %v", err)
	}
}

// TestTell: people are told of changes in their language.
func TestTell(t *testing.T) {
	o := newOffice(t)
	i, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), people.NewInvitation{Email: "ana@example.org", Role: hub.RoleStakeholder, Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	ana := o.join(t, i, "Ana").Person
	if err := o.Tell(t.Context(), ana, people.NoticePassword); err != nil {
		t.Fatal(err)
	}
	all := o.kinds(people.LetterNotice)
	if len(all) != 1 || all[0].To != "ana@example.org" || all[0].Lang != hub.French || all[0].Args["what"] != people.NoticePassword {
		t.Errorf("%+v", all)
	}
}

// TestLapse: what nobody confirms gives nothing any more, and comes back with
// one click of the coordinator.
func TestLapse(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	var holders [2]string
	for n, role := range []hub.Role{hub.RoleCoordinator, hub.RoleMember} {
		x, err := o.AddSeat(t.Context(), moderator, "MDA", people.Description{Title: "Seat", Body: "Chancellery", Level: people.Technical, Lang: hub.English, Role: role})
		if err != nil {
			t.Fatal(err)
		}
		offer, err := o.Offer(t.Context(), moderator, "MDA", x.Number, string(role)+"@example.org")
		if err != nil {
			t.Fatal(err)
		}
		holders[n] = o.join(t, offer, "Somebody").Person
	}
	role := func(n int) hub.Role { return o.person(t, holders[n]).Role }
	reads := func(n int) bool { return o.person(t, holders[n]).Reads }
	o.ConfirmMonths = 2
	o.pass(o.at.AddDate(0, 2, 0).Sub(o.at) - time.Second)
	if err := o.Lapse(t.Context()); err != nil || role(1) != hub.RoleMember || reads(1) {
		t.Fatalf("before its time: %s, %v", role(1), err)
	}
	o.pass(time.Second)
	if err := o.Lapse(t.Context()); err != nil || role(1) != hub.RoleMember || !reads(1) || reads(0) || !o.now(t, 2).Faded {
		t.Fatalf("at first: %s reads %v, %v", role(1), reads(1), err)
	}
	o.pass(30*24*time.Hour - time.Second)
	if err := o.Lapse(t.Context()); err != nil || role(1) != hub.RoleMember {
		t.Fatalf("before the second step: %s, %v", role(1), err)
	}
	o.pass(time.Second)
	for range 2 {
		if err := o.Lapse(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if role(0) != hub.RoleCoordinator || role(1) != hub.RoleStakeholder || !o.now(t, 2).Lapsed || o.now(t, 2).Held == nil {
		t.Fatalf("%s, %s, %+v", role(0), role(1), o.now(t, 2))
	}
	if err := o.Confirm(t.Context(), hub.Viewer{Person: holders[0], Role: hub.RoleCoordinator, Mechanism: "MDA"}, "MDA"); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, holders[1]); p.Role != hub.RoleMember || p.Mechanism != "MDA" || p.Reads || o.now(t, 2).Lapsed || o.now(t, 2).Faded {
		t.Errorf("after the confirmation: %s of %q", p.Role, p.Mechanism)
	}
}
