package people_test

import (
	"encoding/json"
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

// TestOwnData: a person gets what the hub has of them, without secrets; after
// the erasure nothing leads to them, and their seat is whole.
func TestOwnData(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	x := o.seat(t, moderator, "Focal point")
	offer, err := o.Offer(t.Context(), moderator, "MDA", x.Number, "ana@example.org")
	if err != nil {
		t.Fatal(err)
	}
	s := o.join(t, offer, "Ana L.")
	ana := hub.Viewer{Person: s.Person, Role: hub.RoleMember, Mechanism: "MDA", Fresh: o.at.Add(time.Minute)}
	if _, err := o.WriteNote(t.Context(), ana, "MDA", 1, map[string]string{"due": "the report"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	own, err := o.Own(t.Context(), ana)
	if err != nil || own.Talk != "talk of "+ana.Person || own.Account.Email != "ana@example.org" || len(own.SignIns) != 1 || own.Seat == nil || len(own.Invitations) != 1 || len(own.Acts) == 0 {
		t.Fatalf("%+v, %v", own, err)
	}
	raw, err := json.Marshal(own)
	if err != nil || strings.Contains(string(raw), "argon2id") || strings.Contains(string(raw), "secret") {
		t.Errorf("%s, %v", raw, err)
	}
	stale := ana
	stale.Fresh = o.at
	if _, err := o.Own(t.Context(), stale); !errors.Is(err, hub.ErrFresh) {
		t.Errorf("signed in long ago: %v", err)
	}
	if err := o.EraseOwn(t.Context(), stale); !errors.Is(err, hub.ErrFresh) {
		t.Errorf("erased by who signed in long ago: %v", err)
	}
	if err := o.EraseOwn(t.Context(), hub.Public); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("erased by nobody: %v", err)
	}
	if _, err := o.AddSeat(t.Context(), moderator, "MDA", people.Description{Title: "Head", Body: "Chancellery", Level: people.Technical, Lang: hub.English, Role: hub.RoleCoordinator}); err != nil {
		t.Fatal(err)
	}
	if err := o.NameDeputy(t.Context(), moderator, "MDA", 2, 1, "2026-12-01"); err != nil {
		t.Fatal(err)
	}
	who := own.Acts[0].Who
	if err := o.EraseOwn(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	seat := o.inside(t, 1)
	if seat.Held != nil || seat.Note.Answers["due"] != "the report" || seat.Note.By != "" || len(seat.Before) != 1 || seat.Before[0].Name != "" || seat.Before[0].Person != "" {
		t.Errorf("the seat: %+v", seat)
	}
	if o.now(t, 2).Deputy != nil || !slices.Equal(o.talk.forgotten, []string{ana.Person}) {
		t.Errorf("a deputy still: %+v; forgotten by the spaces: %v", o.now(t, 2).Deputy, o.talk.forgotten)
	}
	if _, err := o.Members.Find(t.Context(), "ana@example.org"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the account: %v", err)
	}
	if _, err := o.Log.Person(t.Context(), who); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the record of acts leads to them: %v", err)
	}
	if r, err := o.Log.Verify(t.Context()); err != nil || r.Entries == 0 {
		t.Errorf("the record of acts: %+v, %v", r, err)
	}
	if all, err := o.Invitations(t.Context(), moderator, "", "accepted", 10); err != nil || len(all) != 0 {
		t.Errorf("%d invitations, %v", len(all), err)
	}
	admin, err := o.Members.Create(t.Context(), member.NewPerson{Email: "admin@example.org", Role: hub.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.EraseOwn(t.Context(), hub.Viewer{Person: admin.ID, Role: hub.RoleAdmin, Fresh: o.at.Add(time.Minute)}); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("an administrator goes without another: %v", err)
	}
	if _, _, err := o.Acts(t.Context(), o.viewer(hub.RoleAdmin, ""), audit.Filter{Limit: 5}); err != nil {
		t.Error(err)
	}
}
