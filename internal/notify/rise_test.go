package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/notify"
)

// risen are the mails since the last look for questions that wait.
func (o *post) risen(t *testing.T) (to []string) {
	t.Helper()
	before := len(o.mails)
	if err := o.Rise(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, i := range o.mails[before:] {
		if i.Kind != notify.LetterAsked || strings.Contains(i.Cause+fmt.Sprint(i.Args), "ecret") {
			t.Errorf("%+v", i)
		}
		to = append(to, strings.TrimSuffix(i.To, "@example.org"))
	}
	return to
}

// asks says who may know an answer.
func (o *post) asks(all ...discuss.Follower) {
	o.Candidates = func(context.Context, discuss.Thread) (found []notify.Candidate, err error) {
		for _, f := range all {
			found = append(found, notify.Candidate{Follower: f})
		}
		return found, nil
	}
}

// TestRise: a question that has waited for a week asks a few people who may
// answer it, once.
func TestRise(t *testing.T) {
	o := newPost(t)
	ana := o.member(t, "ana", "")
	x := o.start(t, ana)
	var all []discuss.Follower
	for i := range 8 {
		v := o.member(t, fmt.Sprintf("m%d", i), "")
		all = append(all, discuss.Follower{Person: v.Person}, discuss.Follower{Person: v.Person})
	}
	outside := o.member(t, "outside", "")
	if _, err := o.Members.SetStanding(t.Context(), outside.Person, member.Standing{Role: hub.RoleStakeholder}); err != nil {
		t.Fatal(err)
	}
	o.asks(append(all, discuss.Follower{Person: ana.Person}, discuss.Follower{Person: outside.Person}, discuss.Follower{Person: "nobody"})...)
	o.at = o.at.Add(discuss.WaitFor - time.Second)
	if to := o.risen(t); len(to) != 0 {
		t.Errorf("before its time: %v", to)
	}
	o.at = o.at.Add(2 * time.Second)
	to := o.risen(t)
	if len(to) != notify.MaxAsked || slices.Contains(to, "ana") || slices.Contains(to, "outside") {
		t.Errorf("%v", to)
	}
	o.at = o.at.Add(30 * 24 * time.Hour)
	if to := o.risen(t); len(to) != 0 {
		t.Errorf("again: %v", to)
	}

	// It is on the pages and the bell of who was asked, and waits for nobody
	// else.
	p, err := o.Members.Find(t.Context(), o.mails[0].To)
	if err != nil {
		t.Fatal(err)
	}
	asked := hub.Viewer{Person: p.ID, Role: p.Role, Mechanism: p.Mechanism}
	if owed, err := o.Discuss.AskedOf(t.Context(), asked, 10); err != nil || len(owed) != 1 || owed[0].Thread.ID != x.ID {
		t.Errorf("%+v, %v", owed, err)
	}
	if n, err := o.Discuss.CountNews(t.Context(), asked, 10); n != 1 || err != nil {
		t.Errorf("%d on the bell, %v", n, err)
	}
	if owed, err := o.Discuss.AskedOf(t.Context(), ana, 10); err != nil || len(owed) != 0 {
		t.Errorf("who asked: %+v, %v", owed, err)
	}
	moderator := hub.Viewer{Person: "m", Role: hub.RoleModerator}
	for _, c := range []struct {
		v    hub.Viewer
		want int
	}{{moderator, 1}, {asked, 0}, {hub.Viewer{Person: outside.Person, Role: hub.RoleStakeholder}, 0}} {
		if risen, err := o.Discuss.Risen(t.Context(), c.v, 10); err != nil || len(risen) != c.want {
			t.Errorf("%s sees %d that have risen, %v", c.v.Role, len(risen), err)
		}
	}

	// Once somebody has written, nothing waits any more, nor does the mail.
	if l, err := o.Asked(t.Context(), o.mails[0]); err != nil || l.To != o.mails[0].To || !strings.HasPrefix(l.Stop, notify.StopPath) {
		t.Errorf("%+v, %v", l, err)
	}
	o.say(t, asked, x)
	if risen, err := o.Discuss.Risen(t.Context(), moderator, 10); err != nil || len(risen) != 0 {
		t.Errorf("%d still risen, %v", len(risen), err)
	}
	if _, err := o.Asked(t.Context(), o.mails[1]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("the mail that waits: %v", err)
	}
}

// TestNotRisen: what somebody has answered, closed or locked asks nobody, nor
// do threads of spaces that are not for questions.
func TestNotRisen(t *testing.T) {
	for name, do := range map[string]func(o *post, ana, sam hub.Viewer, x discuss.Thread) error{
		"a post of somebody else": func(o *post, _, sam hub.Viewer, x discuss.Thread) error {
			_, err := o.Discuss.Append(context.Background(), sam, x.Space, x.Slug, discuss.NewPost{Body: "An answer", Lang: hub.English})
			return err
		},
		"an outcome": func(o *post, ana, _ hub.Viewer, x discuss.Thread) error {
			_, err := o.Discuss.Conclude(context.Background(), ana, x.Space, x.Slug, discuss.Outcome{Shared: "Settled"}, time.Time{})
			return err
		},
		"a lock": func(o *post, _, _ hub.Viewer, x discuss.Thread) error {
			return o.Discuss.Lock(context.Background(), hub.Viewer{Person: "m", Role: hub.RoleModerator}, x.Space, x.Slug, true, "spam")
		},
		"": func(o *post, ana, _ hub.Viewer, x discuss.Thread) error { // more of the same voice is no answer
			_, err := o.Discuss.Append(context.Background(), ana, x.Space, x.Slug, discuss.NewPost{Body: "Nobody?", Lang: hub.English})
			return err
		},
	} {
		o := newPost(t)
		ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
		o.asks(discuss.Follower{Person: sam.Person})
		x := o.start(t, ana)
		if err := do(o, ana, sam, x); err != nil {
			t.Fatal(err)
		}
		o.at = o.at.Add(discuss.WaitFor + time.Second)
		if to := o.risen(t); len(to) != map[bool]int{true: 1}[name == ""] {
			t.Errorf("%q: %v", name, to)
		}
	}
	o := newPost(t)
	ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
	o.asks(discuss.Follower{Person: sam.Person})
	o.startIn(t, ana, "open")
	o.at = o.at.Add(discuss.WaitFor + time.Second)
	if to := o.risen(t); len(to) != 0 {
		t.Errorf("a space to talk in: %v", to)
	}
	if all, err := o.Discuss.Risen(t.Context(), hub.Viewer{Person: "m", Role: hub.RoleModerator}, 10); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestRiseAfterCrash: who was written down is told, once, whoever would be
// chosen later.
func TestRiseAfterCrash(t *testing.T) {
	o := newPost(t)
	ana, sam, tom := o.member(t, "ana", ""), o.member(t, "sam", ""), o.member(t, "tom", "")
	o.asks(discuss.Follower{Person: sam.Person})
	o.start(t, ana)
	o.at = o.at.Add(discuss.WaitFor + time.Second)
	o.fail = errors.New("the disk is full")
	if err := o.Rise(t.Context()); !errors.Is(err, o.fail) {
		t.Fatal(err)
	}
	o.fail = nil
	o.asks(discuss.Follower{Person: tom.Person})
	if to := o.risen(t); !slices.Equal(to, []string{"sam"}) {
		t.Errorf("%v", to)
	}
	if to := o.risen(t); len(to) != 0 {
		t.Errorf("again: %v", to)
	}
}

// TestAskedSeat: a question asked of the holder of a seat is the seat's: it
// passes on with it.
func TestAskedSeat(t *testing.T) {
	o := newPost(t)
	ana, sam, tom := o.member(t, "ana", ""), o.member(t, "sam", ""), o.member(t, "tom", "")
	o.asks(discuss.Follower{Person: sam.Person, Seat: "MDA-2"})
	o.Discuss.Holders = func(context.Context, string) ([]string, error) { return []string{sam.Person}, nil }
	o.start(t, ana)
	o.at = o.at.Add(discuss.WaitFor + time.Second)
	if to := o.risen(t); !slices.Equal(to, []string{"sam"}) {
		t.Errorf("%v", to)
	}
	tom.Seat = "MDA-2"
	for _, c := range []struct {
		v    hub.Viewer
		want int
	}{{tom, 1}, {sam, 0}} {
		if owed, err := o.Discuss.AskedOf(t.Context(), c.v, 10); err != nil || len(owed) != c.want {
			t.Errorf("%d wait for %s, %v", len(owed), c.v.Person, err)
		}
	}
	if _, err := o.Asked(t.Context(), o.mails[0]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("the mail that waits for who has left: %v", err)
	}
}

// TestAskedEnough: who has questions enough that wait is not asked for more.
func TestAskedEnough(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
	o.asks(discuss.Follower{Person: sam.Person})
	for range notify.MaxOwed + 2 {
		o.start(t, ana)
		o.at = o.at.Add(time.Hour)
	}
	o.at = o.at.Add(discuss.WaitFor)
	if to := o.risen(t); len(to) != notify.MaxOwed {
		t.Errorf("%d asked of one person", len(to))
	}
}

// TestRiseFits: who knows most of what a question is about is asked first,
// before those who signed in later.
func TestRiseFits(t *testing.T) {
	o := newPost(t)
	ana := o.member(t, "ana", "")
	o.start(t, ana)
	var all []notify.Candidate
	for i := range 8 {
		v := o.member(t, fmt.Sprintf("m%d", i), "")
		all = append(all, notify.Candidate{Follower: discuss.Follower{Person: v.Person}, Fit: map[int]int{3: 1, 6: 2}[i]})
	}
	o.Candidates = func(context.Context, discuss.Thread) ([]notify.Candidate, error) { return all, nil }
	o.at = o.at.Add(discuss.WaitFor + time.Second)
	if to := o.risen(t); len(to) != notify.MaxAsked || to[0] != "m6" || to[1] != "m3" {
		t.Errorf("asked in the order %v", to)
	}
}
