package people_test

import (
	"slices"
	"testing"

	"nmirfhub/internal/hub"
)

// TestAnswering: who answers for what somebody wrote is their seat, also when
// they have left it, else the seats that coordinate.
func TestAnswering(t *testing.T) {
	o := newOffice(t)
	coordinator := o.viewer(hub.RoleCoordinator, "MDA")
	if err := o.SetTrusted(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", true); err != nil {
		t.Fatal(err)
	}
	x := o.seat(t, coordinator, "Focal point")
	i, err := o.Offer(t.Context(), coordinator, "MDA", x.Number, "ana@example.org")
	if err != nil {
		t.Fatal(err)
	}
	ana := o.join(t, i, "Ana L.")
	answering := func(author string, m hub.State) []string {
		t.Helper()
		all, err := o.Answering(t.Context(), author, m)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	seat := []string{"seat:" + x.ID}
	for _, c := range []struct {
		name, author string
		m            hub.State
		want         []string
	}{
		{"Holder", ana.Person, "MDA", seat}, {"Nobody", "", "MDA", nil}, {"Stranger", "stranger", "MDA", nil}, {"OtherMechanism", ana.Person, "MAR", nil}, {"NoMechanism", ana.Person, "", nil},
	} {
		if got := answering(c.author, c.m); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if err := o.EndHolding(t.Context(), coordinator, "MDA", x.Number); err != nil {
		t.Fatal(err)
	}
	if got := answering(ana.Person, "MDA"); !slices.Equal(got, seat) {
		t.Errorf("who has left: %v, want their seat", got)
	}
}
