package discuss_test

import (
	"fmt"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// picked are the titles of the threads that a viewer is shown of a view.
func (r *room) picked(t testing.TB, v hub.Viewer, view discuss.View) string {
	t.Helper()
	all, next, err := r.Threads(t.Context(), v, "network", discuss.Pick{View: view}, "")
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, x := range all {
		titles = append(titles, x.Title)
	}
	return fmt.Sprint(titles, next)
}

func TestViews(t *testing.T) {
	r := newRoom(t)
	seated := ana
	seated.Seat = "seat-1"
	heir := somebody("heir", hub.RoleMember)
	heir.Seat = "seat-1"
	first := r.start(t, seated, "network", "First")
	r.pass(time.Minute)
	second := r.start(t, sam, "network", "Second")
	r.pass(time.Minute)
	if _, err := r.Start(t.Context(), seated, "network", discuss.NewThread{Title: "Nameless", Body: "Who knows?", Lang: hub.English, Anonymous: true}); err != nil {
		t.Fatal(err)
	}
	r.pass(time.Minute)
	answer := r.say(t, sam, first, "So.")
	if _, err := r.MarkAnswer(t.Context(), seated, "network", first.Slug, answer.Seq); err != nil {
		t.Fatal(err)
	}
	if err := r.Read(t.Context(), sam, second, 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		who  hub.Viewer
		view discuss.View
		want string
	}{
		{"All", sam, discuss.AllThreads, "[First Nameless Second]"},
		{"UnreadWithoutOnesOwn", sam, discuss.Unread, "[Nameless]"},
		{"UnreadAllForWhoIsNew", somebody("kim", hub.RoleMember), discuss.Unread, "[First Nameless Second]"},
		{"UnansweredWithoutAnAnswer", sam, discuss.Unanswered, "[Nameless Second]"},
		{"Mine", seated, discuss.Mine, "[First Nameless]"},
		{"OfTheSeatForWhoHoldsItNow", heir, discuss.Mine, "[First]"},
		{"NoneForWhoBeganNone", somebody("kim", hub.RoleMember), discuss.Mine, "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := r.picked(t, c.who, c.view); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if _, _, err := r.Threads(t.Context(), somebody("sue", hub.RoleStakeholder), "network", discuss.Pick{View: discuss.Unread}, ""); err == nil {
		t.Error("a stakeholder lists the network's threads")
	}
}

// TestUnreadFarBack: what is unread is found behind many threads that were
// read.
func TestUnreadFarBack(t *testing.T) {
	r := newRoom(t)
	r.start(t, ana, "network", "Far back")
	for n := range 25 {
		r.pass(time.Hour)
		x := r.start(t, ana, "network", fmt.Sprintf("Thread %d", n))
		if err := r.Read(t.Context(), sam, x, 1); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.picked(t, sam, discuss.Unread); got != "[Far back]" {
		t.Errorf("got %s", got)
	}
}

// TestLastActive tells nobody of a thread that waits for a moderator.
func TestLastActive(t *testing.T) {
	r := newRoom(t)
	x, err := r.Space(t.Context(), ana, "network")
	if err != nil {
		t.Fatal(err)
	}
	seen := r.start(t, ana, "network", "Seen by all")
	if err := r.SetSpace(t.Context(), moderator, "network", func(x *discuss.Space) { x.Holds = true }); err != nil {
		t.Fatal(err)
	}
	r.pass(time.Hour)
	held := r.start(t, somebody("new", hub.RoleMember), "network", "Held")
	if !held.Held {
		t.Fatal("the thread of somebody new is not held")
	}
	for _, c := range []struct {
		who  hub.Viewer
		want time.Time
	}{{ana, seen.Active}, {moderator, held.Active}, {somebody("sue", hub.RoleStakeholder), time.Time{}}} {
		if got, err := r.LastActive(t.Context(), c.who, x); err != nil || !got.Equal(c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.who.Person, got, err, c.want)
		}
	}
}
