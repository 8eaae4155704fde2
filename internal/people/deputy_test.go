package people_test

import (
	"errors"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
)

// bench fills seats of Moldova: the coordinator's, a member's and one for
// reading; and returns their holders in that order.
func (o *office) bench(t *testing.T) []hub.Viewer {
	t.Helper()
	moderator := o.viewer(hub.RoleModerator, "")
	var all []hub.Viewer
	for _, d := range []people.Description{{Role: hub.RoleCoordinator}, {Role: hub.RoleMember}, {Role: hub.RoleMember, Reads: true}} {
		d.Title, d.Body, d.Level, d.Lang = "Seat", "Chancellery", people.Technical, hub.English
		x, err := o.AddSeat(t.Context(), moderator, "MDA", d)
		if err != nil {
			t.Fatal(err)
		}
		offer, err := o.Offer(t.Context(), moderator, "MDA", x.Number, string(rune('a'+x.Number))+"@example.org")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o.seen(t, o.join(t, offer, "Holder").Person))
	}
	return all
}

// seen is a person as the pages have them now.
func (o *office) seen(t testing.TB, id string) hub.Viewer {
	t.Helper()
	p := o.person(t, id)
	return hub.Viewer{Person: id, Role: p.Role, Mechanism: p.Mechanism, Seat: p.Seat, ReadOnly: p.Reads}
}

func TestReadingSeat(t *testing.T) {
	o := newOffice(t)
	reader := o.bench(t)[2]
	if reader.Role != hub.RoleMember || !reader.ReadOnly {
		t.Fatalf("%+v", reader)
	}
	if _, err := o.Seats(t.Context(), reader, "MDA"); err != nil {
		t.Errorf("reads the seats: %v", err)
	}
	if _, err := o.WriteNote(t.Context(), reader, "MDA", 3, map[string]string{"due": "x"}, time.Time{}); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("writes the note: %v", err)
	}
	bad := people.Description{Title: "x", Body: "x", Level: people.Technical, Lang: hub.English, Role: hub.RoleCoordinator, Reads: true}
	if _, err := o.AddSeat(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", bad); err == nil {
		t.Error("a coordinator who reads only")
	}
}

// TestDeputy: a deputy has what the seat gives until the day, and the moment
// it ends nothing more.
func TestDeputy(t *testing.T) {
	o := newOffice(t)
	all := o.bench(t)
	chief, second := all[0], all[1]
	if err := o.NameDeputy(t.Context(), chief, "MDA", 1, 2, "2026-12-01"); err != nil {
		t.Fatal(err)
	}
	acting := o.seen(t, second.Person)
	if acting.Role != hub.RoleCoordinator || acting.Mechanism != "MDA" {
		t.Fatalf("%+v", acting)
	}
	if _, err := o.WriteNote(t.Context(), acting, "MDA", 1, map[string]string{"due": "CEDAW in May"}, time.Time{}); err != nil {
		t.Errorf("the note: %v", err)
	}
	if x, err := o.MySeat(t.Context(), acting); err != nil || x.Number != 2 {
		t.Errorf("their own seat is %d, %v", x.Number, err)
	}
	if all := o.kinds(people.LetterNotice); len(all) != 1 || all[0].Args["what"] != people.NoticeDeputy {
		t.Errorf("told by %+v", all)
	}
	if err := o.EndDeputy(t.Context(), chief, "MDA", 1); err != nil {
		t.Fatal(err)
	}
	if after := o.seen(t, second.Person); after.Role != hub.RoleMember || after.ReadOnly || o.now(t, 1).Deputy != nil {
		t.Errorf("%+v", after)
	}
	if err := o.EndDeputy(t.Context(), chief, "MDA", 1); err != nil {
		t.Errorf("nobody to end: %v", err)
	}

	// It ends by itself, and not a day before.
	if err := o.NameDeputy(t.Context(), chief, "MDA", 1, 3, o.at.AddDate(0, 0, 3).Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	o.pass(3 * 24 * time.Hour)
	if err := o.LeaveDue(t.Context()); err != nil || o.seen(t, all[2].Person).Role != hub.RoleCoordinator {
		t.Errorf("on the last day: %+v, %v", o.seen(t, all[2].Person), err)
	}
	o.pass(24 * time.Hour)
	if err := o.LeaveDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := o.seen(t, all[2].Person); after.Role != hub.RoleMember || !after.ReadOnly || o.now(t, 1).Deputy != nil {
		t.Errorf("after the last day: %+v", after)
	}
}

// TestDeputyLeaves: who leaves their own seat acts for no other.
func TestDeputyLeaves(t *testing.T) {
	o := newOffice(t)
	all := o.bench(t)
	if err := o.NameDeputy(t.Context(), all[0], "MDA", 1, 2, "2026-12-01"); err != nil {
		t.Fatal(err)
	}
	if err := o.EndHolding(t.Context(), all[0], "MDA", 2); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, all[1].Person); p.Role != hub.RoleStakeholder || p.Mechanism != "" {
		t.Errorf("%s of %q", p.Role, p.Mechanism)
	}
}

func TestDeputyRefused(t *testing.T) {
	o := newOffice(t)
	all := o.bench(t)
	if _, err := o.AddSeat(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", people.Description{Title: "Empty", Body: "x", Level: people.Technical, Lang: hub.English, Role: hub.RoleMember}); err != nil {
		t.Fatal(err)
	}
	day := o.at.AddDate(0, 0, 5).Format(time.DateOnly)
	for name, c := range map[string]struct {
		who          hub.Viewer
		seat, deputy int
		until, field string
	}{
		"no date":           {all[0], 1, 2, "soon", "until"},
		"over":              {all[0], 1, 2, o.at.AddDate(0, 0, -1).Format(time.DateOnly), "until"},
		"too far":           {all[0], 1, 2, o.at.AddDate(0, 0, people.MaxDeputy+1).Format(time.DateOnly), "until"},
		"themselves":        {all[0], 1, 1, day, "deputy"},
		"an empty seat":     {all[0], 1, 4, day, "deputy"},
		"no seat":           {all[0], 1, 77, day, "deputy"},
		"another's seat":    {all[1], 1, 2, day, ""},
		"another mechanism": {o.viewer(hub.RoleCoordinator, "MAR"), 1, 2, day, ""},
		"a reader":          {all[2], 1, 3, day, ""},
	} {
		err := o.NameDeputy(t.Context(), c.who, "MDA", c.seat, c.deputy, c.until)
		var invalid *hub.Invalid
		if err == nil || errors.As(err, &invalid) != (c.field != "") || c.field != "" && invalid.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if o.now(t, 1).Deputy != nil {
		t.Error("somebody acts")
	}
}
