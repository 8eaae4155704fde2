package notify_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/notify"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/policies"
)

// post is the telling of a hub over a real store, with mails kept back.
type post struct {
	*notify.Service
	mu    sync.Mutex
	at    time.Time
	mails []mail.Item
	fail  error  // of the outbox
	spare string // thread whose mails it takes all the same
}

func (o *post) Add(_ context.Context, i mail.Item) error {
	if o.fail != nil && i.Args["thread"] != o.spare {
		return o.fail
	}
	if !slices.ContainsFunc(o.mails, func(x mail.Item) bool { return x.Cause == i.Cause }) {
		o.mails = append(o.mails, i)
	}
	return nil
}

func (o *post) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func newPost(t testing.TB) *post {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(discuss.Collections(), member.Collections(), audit.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	door, err := access.New(policies.Files, s)
	if err != nil {
		t.Fatal(err)
	}
	o := &post{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	members := &member.Service{Store: s, Now: o.now}
	talk := &discuss.Service{Door: door, Store: s, Members: members, Log: &audit.Log{Store: s, Now: o.now}, Now: o.now, NewID: hub.NewID}
	space := discuss.Space{Slug: "network", Tier: discuss.Network, Kind: discuss.Questions, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Space", Purpose: "To talk."}}}
	wide := space
	wide.Slug, wide.Tier, wide.Kind = "open", discuss.Registered, discuss.Discussion
	if err := talk.Ship(t.Context(), []discuss.Space{space, wide}); err != nil {
		t.Fatal(err)
	}
	o.Service = &notify.Service{Discuss: talk, Members: members, Mail: o, Secret: []byte(strings.Repeat("s", 32)), Now: o.now}
	return o
}

func (o *post) member(t testing.TB, name string, l hub.Lang) hub.Viewer {
	t.Helper()
	p, err := o.Members.Create(t.Context(), member.NewPerson{Email: name + "@example.org", Name: name, Role: hub.RoleMember, Mechanism: "MDA", Lang: l})
	if err != nil {
		t.Fatal(err)
	}
	return hub.Viewer{Person: p.ID, Role: hub.RoleMember, Mechanism: "MDA"}
}

func (o *post) start(t testing.TB, v hub.Viewer) discuss.Thread {
	t.Helper()
	return o.startIn(t, v, "network")
}

func (o *post) startIn(t testing.TB, v hub.Viewer, space string) discuss.Thread {
	t.Helper()
	title := map[string]string{"network": "Secret title", "open": "Open title"}[space]
	x, err := o.Discuss.Start(t.Context(), v, space, discuss.NewThread{Title: title, Body: "Secret", Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (o *post) say(t testing.TB, v hub.Viewer, x discuss.Thread) {
	t.Helper()
	if _, err := o.Discuss.Append(t.Context(), v, x.Space, x.Slug, discuss.NewPost{Body: "Secret", Lang: hub.English}); err != nil {
		t.Fatal(err)
	}
}

// told are the mails since the last look.
func (o *post) told(t *testing.T) []mail.Item {
	t.Helper()
	before := len(o.mails)
	if err := o.Tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o.mails[before:]
}

// TestTell: who follows a thread gets one mail until they have looked at it,
// and who wrote gets none; nothing that was said is in it.
func TestTell(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", hub.French), o.member(t, "sam", "")
	x := o.start(t, ana)
	if all := o.told(t); len(all) != 0 {
		t.Fatalf("a thread with nothing but its question: %+v", all)
	}
	o.say(t, sam, x)
	all := o.told(t)
	if len(all) != 1 || all[0].To != "ana@example.org" || all[0].Lang != hub.French || !all[0].After.IsZero() || strings.Contains(all[0].Cause+all[0].Args["thread"], "ecret") {
		t.Fatalf("%+v", all)
	}
	o.say(t, sam, x)
	if all := o.told(t); len(all) != 0 {
		t.Errorf("a second mail before she has looked: %+v", all)
	}
	l, err := o.News(t.Context(), all[0])
	if err != nil || l.Threads != 1 || l.To != "ana@example.org" || !strings.HasPrefix(l.Stop, notify.StopPath) || len(l.Titles) > 0 {
		t.Errorf("%+v, %v", l, err)
	}
	if err := o.Discuss.Read(t.Context(), ana, x, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := o.News(t.Context(), all[0]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("a mail of what she has seen: %v", err)
	}
	o.say(t, sam, x)
	if all := o.told(t); len(all) != 1 {
		t.Errorf("after she has looked: %+v", all)
	}
	o.say(t, ana, x)
	if all := o.told(t); len(all) != 1 || all[0].To != "sam@example.org" || all[0].Lang != hub.English {
		t.Errorf("the other one: %+v", all)
	}
}

// TestAudience: whether somebody may still read is decided when the mail goes
// out.
func TestAudience(t *testing.T) {
	for name, change := range map[string]func(o *post, v hub.Viewer) error{
		"role lowered": func(o *post, v hub.Viewer) error {
			_, err := o.Members.SetStanding(context.Background(), v.Person, member.Standing{Role: hub.RoleStakeholder})
			return err
		},
		"suspended": func(o *post, v hub.Viewer) error {
			_, err := o.Members.SetStatus(context.Background(), v.Person, member.StatusSuspended)
			return err
		},
		"erased": func(o *post, v hub.Viewer) error { return o.Members.Erase(context.Background(), v.Person) },
		"no mails": func(o *post, v hub.Viewer) error {
			return o.Members.SetNews(context.Background(), v.Person, member.NewsNever, "", member.Night)
		},
		"follows no more": func(o *post, v hub.Viewer) error {
			return o.Discuss.Follow(context.Background(), v, "network", "secret-title", false, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newPost(t)
			ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
			x := o.start(t, ana)
			o.say(t, sam, x)
			waiting := o.told(t)
			if len(waiting) != 1 {
				t.Fatalf("%+v", waiting)
			}
			if err := change(o, ana); err != nil {
				t.Fatal(err)
			}
			if _, err := o.News(t.Context(), waiting[0]); !errors.Is(err, mail.ErrUnwanted) {
				t.Errorf("the mail that waits: %v", err)
			}
			if name == "role lowered" {
				ana.Role, ana.Mechanism = hub.RoleStakeholder, ""
				if n, err := o.Discuss.CountNews(t.Context(), ana, 10); n != 0 || err != nil {
					t.Errorf("the bell says %d, %v", n, err)
				}
			}
			if name == "suspended" || name == "erased" || name == "no mails" || name == "follows no more" {
				o.say(t, sam, x)
				if all := o.told(t); len(all) != 0 {
					t.Errorf("a new one: %+v", all)
				}
			}
		})
	}
}

// TestCrash: what could not be told is told later, once.
func TestCrash(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
	x := o.start(t, ana)
	o.say(t, sam, x)
	o.fail = errors.New("the disk is full")
	if err := o.Tell(t.Context()); !errors.Is(err, o.fail) {
		t.Fatalf("%v", err)
	}
	o.fail = nil
	if all := o.told(t); len(all) != 1 {
		t.Errorf("%+v", all)
	}
	if all := o.told(t); len(all) != 0 {
		t.Errorf("again: %+v", all)
	}
}

// TestTimes: nobody is told at night, and once a day is in the morning, where
// the reader is.
func TestTimes(t *testing.T) {
	for _, c := range []struct {
		way       member.News
		zone      string
		now, want string // UTC; empty want: at once
	}{
		{member.NewsAtOnce, "", "2026-11-24T09:00:00Z", ""},
		{member.NewsAtOnce, "", "2026-11-24T19:59:00Z", ""},
		{member.NewsAtOnce, "", "2026-11-24T20:00:00Z", "2026-11-25T07:00:00Z"},
		{member.NewsAtOnce, "", "2026-11-24T06:59:00Z", "2026-11-24T07:00:00Z"},
		{member.NewsAtOnce, "Pacific/Fiji", "2026-11-24T09:00:00Z", "2026-11-24T19:00:00Z"},      // 21:00 there
		{member.NewsAtOnce, "America/New_York", "2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z"},  // 6:00 there
		{member.NewsDaily, "Africa/Casablanca", "2026-11-24T09:00:00Z", "2026-11-25T06:00:00Z"},  // 10:00 there
		{member.NewsDaily, "Europe/Chisinau", "2026-03-28T09:00:00Z", "2026-03-29T04:00:00Z"},    // summer time begins that night
		{member.NewsDaily, "Pacific/Kiritimati", "2026-11-24T17:30:00Z", "2026-11-25T17:00:00Z"}, // 7:30 there
		{member.NewsWeekly, "", "2026-11-24T09:00:00Z", "2026-11-30T07:00:00Z"},                  // a Tuesday
		{member.NewsWeekly, "", "2026-11-30T06:59:00Z", "2026-11-30T07:00:00Z"},
		{member.NewsWeekly, "Pacific/Kiritimati", "2026-11-29T17:00:00Z", "2026-12-06T17:00:00Z"}, // Monday, 7:00 there
	} {
		o := newPost(t)
		at, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		o.at = at
		ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
		if err := o.Members.SetNews(t.Context(), ana.Person, c.way, c.zone, member.Night); err != nil {
			t.Fatal(err)
		}
		x, y := o.start(t, ana), o.start(t, ana)
		o.say(t, sam, x)
		o.say(t, sam, y)
		all := o.told(t)
		if len(all) != map[bool]int{true: 1, false: 2}[c.way != member.NewsAtOnce] {
			t.Errorf("%+v: %d mails", c, len(all))
			continue
		}
		got := ""
		if !all[0].After.IsZero() {
			got = all[0].After.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s in %s at %s: %s, want %s", c.way, c.zone, c.now, got, c.want)
		}
		if c.way != member.NewsAtOnce {
			if l, err := o.News(t.Context(), all[0]); err != nil || l.Threads != 2 {
				t.Errorf("%+v, %v", l, err)
			}
		}
	}
}

// TestStop: the link of a mail ends all mails, or those of its thread or space,
// and no other link does.
func TestStop(t *testing.T) {
	for _, c := range []struct {
		what   string
		thread int // mails about another post of the thread, of another thread, and of another space
		other  int
		space  int
	}{{notify.StopThread, 0, 1, 1}, {notify.StopSpace, 0, 0, 1}, {notify.StopAll, 0, 0, 0}} {
		o := newPost(t)
		ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
		x, other, space := o.start(t, ana), o.start(t, ana), o.startIn(t, ana, "open")
		o.say(t, sam, x)
		l, err := o.News(t.Context(), o.told(t)[0])
		if err != nil {
			t.Fatal(err)
		}
		token := strings.TrimPrefix(l.Stop, notify.StopPath)
		if strings.Contains(token, "network") || strings.Contains(token, "ecret") {
			t.Errorf("the link says where the news is: %s", token)
		}
		end := token[strings.LastIndexByte(token, '.'):]
		for _, bad := range []string{"", "x", token[:len(token)-1], sam.Person + "." + x.ID + end, ana.Person + end, ana.Person, ana.Person + "." + x.ID, token + "." + token, strings.Repeat("x", 1000)} {
			if err := o.Stop(t.Context(), bad, c.what); !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%q: %v", bad, err)
			}
			if _, err := o.Stops(bad); !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if err := o.Stop(t.Context(), token, "everything"); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("what is none: %v", err)
		}
		if one, err := o.Stops(token); !one || err != nil {
			t.Errorf("%v, %v", one, err)
		}
		for range 2 {
			if err := o.Stop(t.Context(), token, c.what); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.Discuss.Read(t.Context(), ana, x, 2); err != nil {
			t.Fatal(err)
		}
		for _, it := range []struct {
			in   discuss.Thread
			want int
		}{{x, c.thread}, {other, c.other}, {space, c.space}} {
			o.say(t, sam, it.in)
			if all := o.told(t); len(all) != it.want {
				t.Errorf("%q stopped: %d mails about %s in %s", c.what, len(all), it.in.Slug, it.in.Space)
			}
		}
		if n, err := o.Discuss.CountNews(t.Context(), ana, 10); n != 3 || err != nil {
			t.Errorf("%q stopped: %d threads on the bell, %v", c.what, n, err)
		}
	}
}

// TestWays: a choice for a thread goes before one for its space, and that
// before the one for everything.
func TestWays(t *testing.T) {
	once, daily, weekly, never, nothing := member.NewsAtOnce, member.NewsDaily, member.NewsWeekly, member.NewsNever, member.NewsNothing
	for _, c := range []struct {
		person        member.News
		space, thread *member.News
		want          string // part of the cause of the mail; empty for none
		bell          int
	}{
		{once, nil, nil, " 1", 1},
		{once, &daily, nil, "daily", 1},
		{once, &daily, &weekly, "weekly", 1},
		{weekly, nil, &once, " 1", 1},
		{nothing, nil, &daily, "daily", 1},
		{daily, &nothing, &weekly, "weekly", 1},
		{once, nil, &never, "", 1},
		{once, &never, nil, "", 1},
		{never, nil, nil, "", 1},
		{once, &nothing, nil, "", 0},
		{once, nil, &nothing, "", 0},
		{nothing, nil, nil, "", 0},
	} {
		o := newPost(t)
		ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
		x := o.start(t, ana)
		err := errors.Join(
			o.Members.SetNews(t.Context(), ana.Person, c.person, "", member.Night),
			o.Discuss.Follow(t.Context(), ana, "network", "", false, c.space),
			o.Discuss.Follow(t.Context(), ana, "network", x.Slug, true, c.thread),
		)
		if err != nil {
			t.Fatal(err)
		}
		o.say(t, sam, x)
		all := o.told(t)
		if len(all) != min(len(c.want), 1) || len(all) == 1 && !strings.Contains(all[0].Cause, c.want) {
			t.Errorf("%+v: %+v", c, all)
		}
		if n, err := o.Discuss.CountNews(t.Context(), ana, 10); n != c.bell || err != nil {
			t.Errorf("%+v: %d on the bell, %v", c, n, err)
		}
	}
	o := newPost(t)
	ana := o.member(t, "ana", "")
	poem := member.News("poem")
	var wrong *hub.Invalid
	if err := o.Discuss.Follow(t.Context(), ana, "network", "", true, &poem); !errors.As(err, &wrong) || wrong.Field != "way" {
		t.Errorf("a way that is none: %v", err)
	}
}

// TestNewThreads: who follows a space hears of new threads, and of no more in
// them; who may not read it any more hears of none.
func TestNewThreads(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
	if err := o.Discuss.Follow(t.Context(), ana, "network", "", true, nil); err != nil {
		t.Fatal(err)
	}
	x := o.start(t, sam)
	if all := o.told(t); len(all) != 1 || all[0].To != "ana@example.org" {
		t.Fatalf("%+v", all)
	}
	if all, err := o.Discuss.News(t.Context(), ana); err != nil || len(all) != 1 || all[0].Thread.ID != x.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if err := o.Discuss.Read(t.Context(), ana, x, 1); err != nil {
		t.Fatal(err)
	}
	o.say(t, sam, x)
	if all := o.told(t); len(all) != 0 {
		t.Errorf("a post of a thread that nobody else follows: %+v", all)
	}
	if n, err := o.Discuss.CountNews(t.Context(), ana, 10); n != 0 || err != nil {
		t.Errorf("%d on the bell, %v", n, err)
	}
	if _, err := o.Members.SetStanding(t.Context(), ana.Person, member.Standing{Role: hub.RoleStakeholder}); err != nil {
		t.Fatal(err)
	}
	o.start(t, sam)
	if all := o.told(t); len(all) != 0 {
		t.Errorf("to who may not read the space: %+v", all)
	}
}

// TestTitles: a digest lists titles of open spaces, and of no other.
func TestTitles(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
	if err := o.Members.SetNews(t.Context(), ana.Person, member.NewsWeekly, "", member.Night); err != nil {
		t.Fatal(err)
	}
	x, y := o.start(t, ana), o.startIn(t, ana, "open")
	o.say(t, sam, x)
	o.say(t, sam, y)
	all := o.told(t)
	if len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	l, err := o.News(t.Context(), all[0])
	if err != nil || l.Threads != 2 || len(l.Titles) != 1 || l.Titles[0] != "Open title" {
		t.Errorf("%+v, %v", l, err)
	}
}

// TestQuiet: mails at once wait for the end of the hours that their reader has
// chosen.
func TestQuiet(t *testing.T) {
	for _, c := range []struct {
		quiet member.Quiet
		now   string
		want  string
	}{
		{member.Quiet{From: 12, To: 14}, "2026-11-24T13:30:00Z", "2026-11-24T14:00:00Z"},
		{member.Quiet{From: 12, To: 14}, "2026-11-24T03:00:00Z", ""},
		{member.Quiet{From: 22, To: 6}, "2026-11-24T23:00:00Z", "2026-11-25T06:00:00Z"},
		{member.Quiet{From: 22, To: 6}, "2026-11-24T06:00:00Z", ""},
		{member.Quiet{}, "2026-11-24T03:00:00Z", ""},
	} {
		o := newPost(t)
		o.at, _ = time.Parse(time.RFC3339, c.now)
		ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
		if err := o.Members.SetNews(t.Context(), ana.Person, member.NewsAtOnce, "", c.quiet); err != nil {
			t.Fatal(err)
		}
		o.say(t, sam, o.start(t, ana))
		got := ""
		if at := o.told(t)[0].After; !at.IsZero() {
			got = at.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%+v at %s: %q, want %q", c.quiet, c.now, got, c.want)
		}
	}
	o := newPost(t)
	for _, q := range []member.Quiet{{From: -1, To: 7}, {From: 0, To: 24}} {
		if err := o.Members.SetNews(t.Context(), o.member(t, "x"+strconv.Itoa(q.To), "").Person, member.NewsAtOnce, "", q); !errors.As(err, new(*hub.Invalid)) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// TestSeat: what the holder of a seat follows passes on with the seat, at once;
// while nobody holds it, its coordinator hears of it.
func TestSeat(t *testing.T) {
	o := newPost(t)
	ana, ben, coordinator, sam := o.member(t, "ana", ""), o.member(t, "ben", ""), o.member(t, "cora", ""), o.member(t, "sam", "")
	holders := []string{ana.Person}
	o.Discuss.Holders = func(_ context.Context, seat string) ([]string, error) {
		if seat != "MDA-1" {
			t.Errorf("who holds %s", seat)
		}
		return holders, nil
	}
	seat := func(v hub.Viewer, id string) hub.Viewer {
		t.Helper()
		if _, err := o.Members.SetStanding(t.Context(), v.Person, member.Standing{Role: v.Role, Mechanism: v.Mechanism, Seat: id}); err != nil {
			t.Fatal(err)
		}
		v.Seat = id
		return v
	}
	to := func(all []mail.Item) (found []string) {
		for _, i := range all {
			found = append(found, i.To)
		}
		return found
	}
	ana = seat(ana, "MDA-1")
	x := o.start(t, ana)
	o.say(t, sam, x)
	waiting := o.told(t)
	if got := to(waiting); !slices.Equal(got, []string{"ana@example.org"}) {
		t.Fatalf("%v", got)
	}
	ana, holders = seat(ana, ""), []string{coordinator.Person}
	if _, err := o.News(t.Context(), waiting[0]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("the mail that waits for who has left: %v", err)
	}
	if n, err := o.Discuss.CountNews(t.Context(), ana, 10); n != 0 || err != nil {
		t.Errorf("%d on the bell of who has left, %v", n, err)
	}
	o.say(t, sam, x)
	if got := to(o.told(t)); !slices.Equal(got, []string{"cora@example.org"}) {
		t.Errorf("while nobody holds it: %v", got)
	}
	ben, holders = seat(ben, "MDA-1"), []string{ben.Person}
	o.say(t, sam, x)
	if got := to(o.told(t)); !slices.Equal(got, []string{"ben@example.org"}) {
		t.Errorf("the next holder: %v", got)
	}
	if all, err := o.Discuss.Follows(t.Context(), ben, 10); err != nil || len(all) != 1 || !all[0].Mark.Follows {
		t.Errorf("%+v, %v", all, err)
	}
	if err := o.Discuss.Follow(t.Context(), ben, "network", x.Slug, false, nil); err != nil {
		t.Fatal(err)
	}
	o.say(t, sam, x)
	if got := to(o.told(t)); len(got) > 0 {
		t.Errorf("the seat follows no more: %v", got)
	}
}

// TestOneFails: a thread that cannot be told of does not keep back the others.
func TestOneFails(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
	x, y := o.start(t, ana), o.startIn(t, ana, "open")
	o.say(t, sam, x)
	o.say(t, sam, y)
	o.fail = errors.New("the disk is full")
	o.spare = y.ID
	if err := o.Tell(t.Context()); !errors.Is(err, o.fail) || len(o.mails) != 1 {
		t.Errorf("%v, %+v", err, o.mails)
	}
	o.fail = nil
	if all := o.told(t); len(all) != 1 || all[0].Args["thread"] != x.ID {
		t.Errorf("%+v", all)
	}
}

// BenchmarkBell is what the bell costs a page: for who has no news, and for who
// has more than it counts.
func BenchmarkBell(b *testing.B) {
	o := newPost(b)
	ana, sam := o.member(b, "ana", ""), o.member(b, "sam", "")
	for _, news := range []int{0, 20} {
		for range news {
			o.say(b, sam, o.start(b, ana))
			o.at = o.at.Add(time.Hour)
		}
		if err := o.Tell(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.Run(strconv.Itoa(news), func(b *testing.B) {
			for b.Loop() {
				if n, err := o.Discuss.CountNews(b.Context(), ana, 10); n != min(news, 10) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// TestZones: every zone to choose from is one.
func TestZones(t *testing.T) {
	for _, z := range member.Zones {
		if _, err := time.LoadLocation(z); err != nil {
			t.Error(err)
		}
	}
}

// TestKeptBack: what is hidden before anybody was told of it is no news, and
// what is held is news when it is shown.
func TestKeptBack(t *testing.T) {
	o := newPost(t)
	ana, sam, new := o.member(t, "ana", ""), o.member(t, "sam", ""), o.member(t, "new", "")
	keeper := hub.Viewer{Person: "keeper", Role: hub.RoleModerator}
	x := o.start(t, ana)
	o.say(t, sam, x)
	if err := o.Discuss.Hide(t.Context(), keeper, x.Space, x.Slug, 2, "Names somebody."); err != nil {
		t.Fatal(err)
	}
	if all := o.told(t); len(all) != 0 {
		t.Errorf("told of what is hidden: %+v", all)
	}
	if err := o.Discuss.SetSpace(t.Context(), keeper, x.Space, func(x *discuss.Space) { x.Holds = true }); err != nil {
		t.Fatal(err)
	}
	o.say(t, new, x)
	if all := o.told(t); len(all) != 0 {
		t.Errorf("told of what is held: %+v", all)
	}
	if err := o.Discuss.Show(t.Context(), keeper, x.Space, x.Slug, 3); err != nil {
		t.Fatal(err)
	}
	if all := o.told(t); len(all) != 2 {
		t.Errorf("when it is shown, ana and sam are told: %+v", all)
	}
	if n, err := o.Discuss.CountNews(t.Context(), ana, 10); err != nil || n != 1 {
		t.Errorf("the bell of ana: %d, %v", n, err)
	}
}

// TestConsent: who is asked for the use of what they wrote has one mail that
// says that there is news, as long as they did not answer.
func TestConsent(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", hub.English), o.member(t, "sam", hub.English)
	x := o.start(t, ana)
	o.say(t, sam, x)
	o.told(t)
	for range 2 {
		if err := o.Discuss.AskConsent(t.Context(), ana, x.Space, x.Slug, 2, hub.Practice); err != nil {
			t.Fatal(err)
		}
		o.told(t)
	}
	var mine []mail.Item
	for _, i := range o.mails {
		if strings.HasPrefix(i.Cause, "consent ") {
			mine = append(mine, i)
		}
	}
	if len(mine) != 1 || mine[0].To != "sam@example.org" {
		t.Fatalf("mails %+v", mine)
	}
	if l, err := o.News(t.Context(), mine[0]); err != nil || l.Threads != 1 || len(l.Titles) != 0 {
		t.Errorf("the letter is %+v, %v", l, err)
	}
	if err := o.Discuss.SayConsent(t.Context(), sam, x.Space, x.Slug, 2, false); err != nil {
		t.Fatal(err)
	}
	if _, err := o.News(t.Context(), mine[0]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("after the answer: %v", err)
	}
}

// TestProposals: who is to decide on a proposal for a summary has a mail that
// says that there is news, and its author one of the decision; who wants no
// mails has none, and what was decided needs none any more.
func TestProposals(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", hub.English), o.member(t, "sam", hub.English)
	x := o.start(t, ana)
	o.told(t)
	mails := func() (all []mail.Item) {
		o.told(t)
		for _, i := range o.mails {
			if strings.HasPrefix(i.Cause, "proposal ") {
				all = append(all, i)
			}
		}
		return all
	}
	propose := func(body string) discuss.Proposal {
		t.Helper()
		p, err := o.Discuss.Propose(t.Context(), sam, x.Space, x.Slug, discuss.NewProposal{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := propose("One")
	first := mails()
	if len(first) != 1 || first[0].To != "ana@example.org" {
		t.Fatalf("mails %+v", first)
	}
	if l, err := o.News(t.Context(), first[0]); err != nil || l.Threads != 1 || len(l.Titles) != 0 {
		t.Errorf("the letter is %+v, %v", l, err)
	}
	if err := o.Discuss.SetAside(t.Context(), ana, x.Space, x.Slug, p.ID, "No."); err != nil {
		t.Fatal(err)
	}
	if _, err := o.News(t.Context(), first[0]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("after the decision: %v", err)
	}
	second := mails()
	if len(second) != 2 || second[1].To != "sam@example.org" {
		t.Fatalf("mails %+v", second)
	}
	if l, err := o.News(t.Context(), second[1]); err != nil || l.Threads != 1 || len(l.Titles) != 0 {
		t.Errorf("the letter is %+v, %v", l, err)
	}
	if _, err := o.Discuss.Table(t.Context(), sam, x.Space, x.Slug); err != nil {
		t.Fatal(err)
	}
	if _, err := o.News(t.Context(), second[1]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("after it was seen: %v", err)
	}
	never := member.NewsNever
	if err := o.Discuss.Follow(t.Context(), ana, x.Space, x.Slug, true, &never); err != nil {
		t.Fatal(err)
	}
	q := propose("Two")
	if all := mails(); len(all) != 2 {
		t.Errorf("who wants no mails has %+v", all[2:])
	}
	if n, err := o.Discuss.CountNews(t.Context(), ana, 9); err != nil || n != 1 {
		t.Errorf("the bell counts %d, %v", n, err)
	}

	if err := o.Discuss.SetAside(t.Context(), ana, x.Space, x.Slug, q.ID, "No."); err != nil {
		t.Fatal(err)
	}
	mails()
	keeper, quiet := o.keeper(t, "keeper", member.NewsAtOnce), o.keeper(t, "quiet", member.NewsNever)
	before := len(o.mails)
	q = propose("Three")
	if all := o.told(t); len(all) != 1 || all[0].To != "keeper@example.org" {
		t.Fatalf("of the moderators, %+v", all)
	}
	if l, err := o.News(t.Context(), o.mails[before]); err != nil || l.Threads != 1 || len(l.Titles) != 0 {
		t.Errorf("the letter is %+v, %v", l, err)
	}
	bells := func(want int) {
		t.Helper()
		for _, v := range []hub.Viewer{keeper, quiet} {
			if n, err := o.Discuss.CountNews(t.Context(), v, 9); err != nil || n != want {
				t.Errorf("the bell of a moderator counts %d, want %d, %v", n, want, err)
			}
		}
	}
	bells(1)
	o.told(t)
	if len(o.mails) != before+1 {
		t.Errorf("told again: %+v", o.mails[before:])
	}
	if err := o.Discuss.Withdraw(t.Context(), sam, x.Space, x.Slug, q.ID); err != nil {
		t.Fatal(err)
	}
	bells(0)
	if _, err := o.News(t.Context(), o.mails[before]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("after it was taken back: %v", err)
	}
}

// keeper is a moderator who wants to hear of news in a way.
func (o *post) keeper(t testing.TB, name string, way member.News) hub.Viewer {
	t.Helper()
	p, err := o.Members.Create(t.Context(), member.NewPerson{Email: name + "@example.org", Name: name, Role: hub.RoleModerator})
	if err == nil {
		err = o.Members.SetNews(t.Context(), p.ID, way, "UTC", member.Quiet{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return hub.Viewer{Person: p.ID, Role: hub.RoleModerator}
}
