package notify_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
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
	fail  error // of the outbox
}

func (o *post) Add(_ context.Context, i mail.Item) error {
	if o.fail != nil {
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

func newPost(t *testing.T) *post {
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
	if err := talk.Ship(t.Context(), []discuss.Space{space}); err != nil {
		t.Fatal(err)
	}
	o.Service = &notify.Service{Discuss: talk, Members: members, Mail: o, Secret: []byte(strings.Repeat("s", 32)), Now: o.now}
	return o
}

func (o *post) member(t *testing.T, name string, l hub.Lang) hub.Viewer {
	t.Helper()
	p, err := o.Members.Create(t.Context(), member.NewPerson{Email: name + "@example.org", Name: name, Role: hub.RoleMember, Mechanism: "MDA", Lang: l})
	if err != nil {
		t.Fatal(err)
	}
	return hub.Viewer{Person: p.ID, Role: hub.RoleMember, Mechanism: "MDA"}
}

func (o *post) start(t *testing.T, v hub.Viewer) discuss.Thread {
	t.Helper()
	x, err := o.Discuss.Start(t.Context(), v, "network", discuss.NewThread{Title: "Secret title", Body: "Secret", Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (o *post) say(t *testing.T, v hub.Viewer, x discuss.Thread) {
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
	threads, to, stop, err := o.News(t.Context(), all[0])
	if err != nil || threads != 1 || to != "ana@example.org" || !strings.HasPrefix(stop, notify.StopPath) {
		t.Errorf("%d, %s, %s, %v", threads, to, stop, err)
	}
	if err := o.Discuss.Read(t.Context(), ana, x, 3); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := o.News(t.Context(), all[0]); !errors.Is(err, mail.ErrUnwanted) {
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
			return o.Members.SetNews(context.Background(), v.Person, member.NewsNever, "")
		},
		"follows no more": func(o *post, v hub.Viewer) error {
			return o.Discuss.Follow(context.Background(), v, "network", "secret-title", false)
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
			if _, _, _, err := o.News(t.Context(), waiting[0]); !errors.Is(err, mail.ErrUnwanted) {
				t.Errorf("the mail that waits: %v", err)
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
		{member.NewsAtOnce, "", "2026-11-24T21:00:00Z", "2026-11-25T07:00:00Z"},
		{member.NewsAtOnce, "", "2026-11-24T06:59:00Z", "2026-11-24T07:00:00Z"},
		{member.NewsAtOnce, "Pacific/Fiji", "2026-11-24T09:00:00Z", "2026-11-24T19:00:00Z"},      // 21:00 there
		{member.NewsAtOnce, "America/New_York", "2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z"},  // 6:00 there
		{member.NewsDaily, "Africa/Casablanca", "2026-11-24T09:00:00Z", "2026-11-25T06:00:00Z"},  // 10:00 there
		{member.NewsDaily, "Europe/Chisinau", "2026-03-28T09:00:00Z", "2026-03-29T04:00:00Z"},    // summer time begins that night
		{member.NewsDaily, "Pacific/Kiritimati", "2026-11-24T17:30:00Z", "2026-11-25T17:00:00Z"}, // 7:30 there
	} {
		o := newPost(t)
		at, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		o.at = at
		ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
		if err := o.Members.SetNews(t.Context(), ana.Person, c.way, c.zone); err != nil {
			t.Fatal(err)
		}
		x, y := o.start(t, ana), o.start(t, ana)
		o.say(t, sam, x)
		o.say(t, sam, y)
		all := o.told(t)
		if len(all) != map[bool]int{true: 1, false: 2}[c.way == member.NewsDaily] {
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
		if c.way == member.NewsDaily {
			if threads, _, _, err := o.News(t.Context(), all[0]); err != nil || threads != 2 {
				t.Errorf("%d threads, %v", threads, err)
			}
		}
	}
}

func TestStop(t *testing.T) {
	o := newPost(t)
	ana, sam := o.member(t, "ana", ""), o.member(t, "sam", "")
	x := o.start(t, ana)
	o.say(t, sam, x)
	_, _, stop, err := o.News(t.Context(), o.told(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(stop, notify.StopPath)
	other := sam.Person + token[strings.IndexByte(token, '.'):]
	for _, bad := range []string{"", "x", token[:len(token)-1], other, ana.Person, strings.Repeat("x", 1000)} {
		if err := o.Stop(t.Context(), bad); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%q: %v", bad, err)
		}
		if err := o.Stops(bad); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for range 2 {
		if err := o.Stop(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := o.Members.Person(t.Context(), ana.Person); err != nil || p.News != member.NewsNever {
		t.Errorf("%s, %v", p.News, err)
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
