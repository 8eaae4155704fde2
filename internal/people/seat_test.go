package people_test

import (
	"errors"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
)

func (o *office) seat(t *testing.T, v hub.Viewer, title string) people.Seat {
	t.Helper()
	x, err := o.AddSeat(t.Context(), v, "MDA", people.Description{Title: title, Body: "Ministry of Labour", Level: people.Technical, Lang: hub.English, Role: hub.RoleMember})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// inside is a seat as its mechanism sees it; now is as moderators do.
func (o *office) inside(t *testing.T, number int) people.Seat {
	t.Helper()
	x, err := o.Seat(t.Context(), o.viewer(hub.RoleMember, "MDA"), "MDA", number)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (o *office) now(t *testing.T, number int) people.Seat {
	t.Helper()
	x, err := o.Seat(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", number)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestHandover walks a seat from one holder to the next: the successor reads
// along, the note stays, the leaver loses what the seat gave at once.
func TestHandover(t *testing.T) {
	o := newOffice(t)
	coordinator := o.viewer(hub.RoleCoordinator, "MDA")
	if err := o.SetTrusted(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", true); err != nil {
		t.Fatal(err)
	}
	x := o.seat(t, coordinator, "Focal point")
	offer := func(email string) people.Invitation {
		i, err := o.Offer(t.Context(), coordinator, "MDA", x.Number, email)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	first := o.join(t, offer("ana@example.org"), "Ana L.")
	if x = o.now(t, 1); x.Held == nil || x.Held.Person != first.Person || x.Held.Name != "Ana L." || !x.Empty.IsZero() {
		t.Fatalf("%+v", x)
	}
	ana := hub.Viewer{Person: first.Person, Role: hub.RoleMember, Mechanism: "MDA"}
	if x, err := o.MySeat(t.Context(), ana); err != nil || x.Number != 1 {
		t.Errorf("my seat: %+v, %v", x, err)
	}

	// The note is written over time; two who write at once lose nothing.
	x, err := o.WriteNote(t.Context(), ana, "MDA", 1, map[string]string{"due": "CEDAW report in May", "nonsense": "x"}, time.Time{})
	if err != nil || x.Note.Answered() != 1 || x.Note.By != ana.Person {
		t.Fatalf("%+v, %v", x.Note, err)
	}
	if _, err := o.WriteNote(t.Context(), coordinator, "MDA", 1, map[string]string{"due": "something else"}, time.Time{}); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("written over: %v", err)
	}
	other := hub.Viewer{Person: "other", Role: hub.RoleMember, Mechanism: "MDA"}
	if _, err := o.WriteNote(t.Context(), other, "MDA", 1, map[string]string{"due": "mine"}, x.Note.At); err == nil {
		t.Error("another member writes the note")
	}

	if _, err := o.Announce(t.Context(), ana, "MDA", 1, "2026-11-30"); err != nil {
		t.Fatal(err)
	}
	second := o.join(t, offer("mihai@example.org"), "Mihai C.")
	if x = o.now(t, 1); x.Held.Person != first.Person || x.Next == nil || x.Next.Person != second.Person {
		t.Fatalf("held by %+v, next %+v", x.Held, x.Next)
	}
	o.at = time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)
	if err := o.LeaveDue(t.Context()); err != nil || o.now(t, 1).Held.Person != first.Person {
		t.Fatalf("the last day is not over: %v", err)
	}
	o.pass(2 * time.Hour)
	for range 2 { // the second finds nothing to do
		if err := o.LeaveDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	x = o.inside(t, 1)
	if x.Held.Person != second.Person || x.Next != nil || x.Leaving != nil || len(x.Before) != 1 || x.Before[0].Person != first.Person || x.Before[0].To.IsZero() || x.Note.Answers["due"] == "" {
		t.Fatalf("%+v", x)
	}
	if p := o.person(t, first.Person); p.Role != hub.RoleStakeholder || p.Mechanism != "" {
		t.Errorf("the leaver is %s of %q", p.Role, p.Mechanism)
	}
	if p := o.person(t, second.Person); p.Role != hub.RoleMember || p.Mechanism != "MDA" {
		t.Errorf("the successor is %s of %q", p.Role, p.Mechanism)
	}
}

// TestSeatsAreOfTheMechanism: nobody else sees or keeps them.
func TestSeatsAreOfTheMechanism(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	o.seat(t, moderator, "Coordinator") // of a mechanism that has none
	o.seat(t, o.viewer(hub.RoleCoordinator, "MDA"), "Focal point")
	for _, c := range []struct {
		v         hub.Viewer
		see, keep bool
	}{
		{moderator, true, true}, {o.viewer(hub.RoleCoordinator, "MDA"), true, true}, {o.viewer(hub.RoleMember, "MDA"), true, false},
		{o.viewer(hub.RoleCoordinator, "MAR"), false, false}, {o.viewer(hub.RoleMember, "MAR"), false, false}, {o.viewer(hub.RoleAdmin, ""), false, false},
		{o.viewer(hub.RoleTBExpert, ""), false, false}, {o.viewer(hub.RoleStakeholder, ""), false, false}, {hub.Public, false, false},
	} {
		all, err := o.Seats(t.Context(), c.v, "MDA")
		if c.see != (err == nil && len(all) == 2) {
			t.Errorf("%s of %q sees %d seats, %v", c.v.Role, c.v.Mechanism, len(all), err)
		}
		if !c.see && !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s of %q: %v", c.v.Role, c.v.Mechanism, err)
		}
		for act, err := range map[string]error{
			"offers": second(o.Offer(t.Context(), c.v, "MDA", 1, "someone@example.org")), "confirms": o.Confirm(t.Context(), c.v, "MDA"),
			"ends": o.EndSeat(t.Context(), c.v, "MDA", 9, "no reason"),
		} {
			allowed := err == nil || act == "ends" && c.keep && errors.Is(err, hub.ErrNotFound)
			if allowed != c.keep && (c.v.Role != hub.RoleCoordinator || c.v.Mechanism != "MDA") {
				t.Errorf("%s of %q %s: %v", c.v.Role, c.v.Mechanism, act, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestOneHolder: an offer replaces the one before; a seat that is held cannot
// end; ending access works at once, and the seat waits for the next.
func TestOneHolder(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	x := o.seat(t, moderator, "Focal point")
	one, err := o.Offer(t.Context(), moderator, "MDA", x.Number, "one@example.org")
	if err != nil {
		t.Fatal(err)
	}
	token := o.token(t, one)
	two, err := o.Offer(t.Context(), moderator, "MDA", x.Number, "two@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Open(t.Context(), token); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the offer before: %v", err)
	}
	s := o.join(t, two, "Two")
	if err := o.EndSeat(t.Context(), moderator, "MDA", x.Number, "merged"); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("a seat that is held ends: %v", err)
	}
	if err := o.EndHolding(t.Context(), moderator, "MDA", x.Number); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, s.Person); p.Role != hub.RoleStakeholder {
		t.Errorf("after the end: %s", p.Role)
	}
	if x := o.now(t, 1); x.Held != nil || !x.Empty.Equal(o.at) || len(x.Before) != 1 {
		t.Errorf("%+v", x)
	}
	if err := o.EndSeat(t.Context(), moderator, "MDA", x.Number, "merged"); err != nil {
		t.Fatal(err)
	}
	if all, err := o.Seats(t.Context(), moderator, "MDA"); err != nil || len(all) != 0 {
		t.Errorf("%d seats, %v", len(all), err)
	}
	if y := o.seat(t, moderator, "Another"); y.Number != 2 {
		t.Errorf("the number of a seat that ended is used again: %d", y.Number)
	}
}

// TestBadSeats: what cannot be so names its field.
func TestBadSeats(t *testing.T) {
	o := newOffice(t)
	good := people.Description{Title: "Focal point", Body: "Ministry", Level: people.Political, Lang: hub.English, Role: hub.RoleCoordinator}
	for field, spoil := range map[string]func(*people.Description){
		"title": func(d *people.Description) { d.Title = " " }, "body": func(d *people.Description) { d.Body = "a\nb" }, "level": func(d *people.Description) { d.Level = "high" },
		"role": func(d *people.Description) { d.Role = hub.RoleAdmin }, "pair": func(d *people.Description) { d.Pair = 7 }, "lang": func(d *people.Description) { d.Lang = "xx" },
	} {
		d := good
		spoil(&d)
		var invalid *hub.Invalid
		if _, err := o.AddSeat(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", d); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	x := o.seat(t, o.viewer(hub.RoleModerator, ""), "Focal point")
	s := o.viewer(hub.RoleModerator, "")
	if _, err := o.Announce(t.Context(), s, "MDA", x.Number, "2026-11-30"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("nobody leaves an empty seat: %v", err)
	}
	for _, day := range []string{"tomorrow", "2026-11-22", "2026-02-30"} {
		var invalid *hub.Invalid
		if _, err := o.Announce(t.Context(), s, "MDA", x.Number, day); !errors.As(err, &invalid) {
			t.Errorf("last day %q: %v", day, err)
		}
	}
}

// TestTwoSeats: who leaves one of two seats keeps what the other gives, and no
// more.
func TestTwoSeats(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	head, err := o.AddSeat(t.Context(), moderator, "MDA", people.Description{Title: "Head", Body: "Chancellery", Level: people.Political, Lang: hub.English, Role: hub.RoleCoordinator})
	if err != nil {
		t.Fatal(err)
	}
	point := o.seat(t, moderator, "Focal point")
	offer := func(number int) people.Invitation {
		i, err := o.Offer(t.Context(), moderator, "MDA", number, "ana@example.org")
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	ana := o.join(t, offer(head.Number), "Ana").Person
	v := hub.Viewer{Person: ana, Role: hub.RoleCoordinator, Mechanism: "MDA", Fresh: o.at.Add(time.Minute)}
	if err := o.AcceptAs(t.Context(), v, o.token(t, offer(point.Number)), true); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, ana); p.Role != hub.RoleCoordinator {
		t.Errorf("with both seats: %s", p.Role)
	}
	if err := o.EndHolding(t.Context(), moderator, "MDA", head.Number); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, ana); p.Role != hub.RoleMember || p.Mechanism != "MDA" {
		t.Errorf("with the other seat: %s of %q", p.Role, p.Mechanism)
	}
	if err := o.EndHolding(t.Context(), moderator, "MDA", point.Number); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, ana); p.Role != hub.RoleStakeholder || p.Mechanism != "" {
		t.Errorf("with none: %s of %q", p.Role, p.Mechanism)
	}
}

// TestOneMechanism: who takes a seat at another mechanism, or loses the role,
// sits nowhere else.
func TestOneMechanism(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	o.seat(t, moderator, "Focal point")
	first, err := o.Offer(t.Context(), moderator, "MDA", 1, "ana@example.org")
	if err != nil {
		t.Fatal(err)
	}
	ana := o.join(t, first, "Ana").Person
	second, err := o.Invite(t.Context(), moderator, people.NewInvitation{Email: "ana@example.org", Role: hub.RoleMember, Mechanism: "MAR", Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.AcceptAs(t.Context(), hub.Viewer{Person: ana, Role: hub.RoleMember, Mechanism: "MDA", Fresh: o.at.Add(time.Minute)}, o.token(t, second), true); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, ana); p.Mechanism != "MAR" || o.now(t, 1).Held != nil {
		t.Errorf("of %s, and still on a seat elsewhere: %+v", p.Mechanism, o.now(t, 1).Held)
	}
	back, err := o.Offer(t.Context(), moderator, "MDA", 1, "ana@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.AcceptAs(t.Context(), hub.Viewer{Person: ana, Role: hub.RoleMember, Mechanism: "MAR", Fresh: o.at.Add(time.Minute)}, o.token(t, back), true); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Take(t.Context(), o.viewer(hub.RoleAdmin, ""), ana, people.Leave, "left the ministry"); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, ana); p.Role != hub.RoleStakeholder || o.now(t, 1).Held != nil || len(o.now(t, 1).Before) != 2 {
		t.Errorf("%s, %+v", p.Role, o.now(t, 1))
	}
}

// TestNotesStayInside: moderators see seats and who holds them, and neither
// read nor write the notes.
func TestNotesStayInside(t *testing.T) {
	o := newOffice(t)
	coordinator, moderator := o.viewer(hub.RoleCoordinator, "MDA"), o.viewer(hub.RoleModerator, "")
	o.seat(t, coordinator, "Focal point")
	x, err := o.WriteNote(t.Context(), coordinator, "MDA", 1, map[string]string{"due": "the report"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if got := o.now(t, 1); got.Note.Answered() != 0 || got.Title != "Focal point" {
		t.Errorf("a moderator reads %+v", got.Note)
	}
	if all, err := o.Seats(t.Context(), moderator, "MDA"); err != nil || all[0].Note.Answered() != 0 {
		t.Errorf("in the list: %+v, %v", all, err)
	}
	if _, err := o.WriteNote(t.Context(), moderator, "MDA", 1, map[string]string{"due": "mine"}, x.Note.At); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a moderator writes: %v", err)
	}
	if got, err := o.Seat(t.Context(), o.viewer(hub.RoleMember, "MDA"), "MDA", 1); err != nil || got.Note.Answers["due"] != "the report" {
		t.Errorf("a member reads %+v, %v", got.Note, err)
	}
}
