package discuss_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// TestAbout: a question about a practice is asked once, is known to members
// alone, and follows the seat that answers for the practice.
func TestAbout(t *testing.T) {
	r := newRoom(t)
	r.Holders = func(_ context.Context, seat string) ([]string, error) { return []string{"holder of " + seat}, nil }
	asker, member := somebody("asker", hub.RoleMember), somebody("member", hub.RoleMember)
	n := discuss.NewThread{Title: "How many people?", Body: "We are three.", Lang: hub.English, Key: "same", About: "practice-1", Asked: []string{discuss.OfSeat("7")}}
	first, err := r.Start(t.Context(), asker, "network", n)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Start(t.Context(), asker, "network", n)
	if err != nil || again.ID != first.ID {
		t.Errorf("asked twice it is %s and %s: %v", first.ID, again.ID, err)
	}
	for _, c := range []struct {
		name, about string
		v           hub.Viewer
		want        int
	}{
		{"Member", "practice-1", member, 1}, {"Other", "practice-2", member, 0}, {"Stakeholder", "practice-1", somebody("s", hub.RoleStakeholder), 0},
		{"Admin", "practice-1", somebody("a", hub.RoleAdmin), 0}, {"Public", "practice-1", hub.Public, 0},
	} {
		found, err := r.About(t.Context(), c.v, c.about, 20)
		if err != nil || len(found) != c.want {
			t.Errorf("%s: %d threads, %v; want %d", c.name, len(found), err, c.want)
		}
	}
	followers, err := r.Followers(t.Context(), first)
	if err != nil || !slices.Contains(followers, discuss.Follower{Person: "holder of 7", Seat: "7"}) {
		t.Errorf("followed by %v, %v", followers, err)
	}
	holder := somebody("next", hub.RoleMember)
	holder.Seat = "7"
	if asked, err := r.AskedOf(t.Context(), holder, 5); err != nil || len(asked) != 1 {
		t.Errorf("who holds the seat is asked %v, %v", asked, err)
	}
	r.pass(discuss.WaitFor + time.Hour)
	if asked, err := r.Rise(t.Context(), first, []string{"somebody"}); err != nil || !slices.Equal(asked, []string{discuss.OfSeat("7"), "somebody"}) {
		t.Errorf("risen, it asks %v, %v", asked, err)
	}
}
