package discuss_test

import (
	"context"
	"errors"
	"fmt"
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
	"nmirfhub/internal/member"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/policies"
)

// room is the spaces of a hub over a real store.
type room struct {
	*discuss.Service
	mu sync.Mutex
	at time.Time
}

// Person is an account that is as old as the test wants; "new ..." is of today.
func (r *room) Person(_ context.Context, id string) (member.Person, error) {
	if id == "gone" {
		return member.Person{}, hub.ErrNotFound
	}
	p := member.Person{ID: id, Name: "Name of " + id, Role: hub.RoleMember, Mechanism: "MDA", Created: r.now().Add(-1000 * time.Hour)}
	if strings.HasPrefix(id, "new") {
		p.Created = r.now()
	}
	return p, nil
}

// Viewer is a person as they use the hub: their role is the beginning of their
// id, or that of a member.
func (r *room) Viewer(ctx context.Context, id string) (hub.Viewer, member.Person, error) {
	p, err := r.Person(ctx, id)
	if strings.HasPrefix(id, "suspended") {
		err = hub.ErrNotFound
	}
	for _, role := range []hub.Role{hub.RoleModerator, hub.RoleTBExpert, hub.RoleStakeholder} {
		if strings.HasPrefix(id, string(role)) {
			p.Role, p.Mechanism = role, ""
		}
	}
	return hub.Viewer{Person: id, Role: p.Role, Mechanism: p.Mechanism}, p, err
}

// OfRole are two moderators, and nobody else.
func (r *room) OfRole(_ context.Context, role hub.Role) (all []member.Person, err error) {
	if role == hub.RoleModerator {
		all = []member.Person{{ID: "moderator", Role: role}, {ID: "moderator two", Role: role}}
	}
	return all, nil
}

func (r *room) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

func (r *room) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = r.at.Add(d)
}

func newRoom(t testing.TB) *room {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(discuss.Collections(), audit.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	door, err := access.New(policies.Files, s)
	if err != nil {
		t.Fatal(err)
	}
	r := &room{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	r.Service = &discuss.Service{Door: door, Store: s, Members: r, Log: &audit.Log{Store: s, Now: r.now}, Now: r.now, NewID: hub.NewID, Words: func(list, code string) bool { return code != "none-such" }}
	var all []discuss.Space
	for _, tier := range discuss.Tiers {
		all = append(all, discuss.Space{
			Slug: string(tier), Tier: tier, Kind: discuss.Questions, Anonymous: tier == discuss.Network,
			Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Space " + string(tier), Purpose: "To talk."}},
		})
	}
	if err := r.Ship(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return r
}

func somebody(id string, role hub.Role) hub.Viewer {
	v := hub.Viewer{Person: id, Role: role}
	if role.OfMechanism() {
		v.Mechanism = "MDA"
	}
	return v
}

var (
	ana       = somebody("ana", hub.RoleMember)
	sam       = somebody("sam", hub.RoleMember)
	moderator = somebody("moderator", hub.RoleModerator)
)

func (r *room) start(t testing.TB, v hub.Viewer, space, title string) discuss.Thread {
	t.Helper()
	x, err := r.Start(t.Context(), v, space, discuss.NewThread{Title: title, Body: "How do you do it?", Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (r *room) say(t testing.TB, v hub.Viewer, x discuss.Thread, body string) discuss.Post {
	t.Helper()
	p, err := r.Append(t.Context(), v, x.Space, x.Slug, discuss.NewPost{Body: body, Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (r *room) read(t testing.TB, v hub.Viewer, x discuss.Thread, from int64) ([]discuss.Post, int64) {
	t.Helper()
	all, total, err := r.Posts(t.Context(), v, x.Space, x.Slug, from)
	if err != nil {
		t.Fatal(err)
	}
	return all, total
}

// TestTalk walks a question to its outcome.
func TestTalk(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Comment garder les points focaux ?")
	if x.Slug != "comment-garder-les-points-focaux" || x.Posts != 1 {
		t.Fatalf("%+v", x)
	}
	if again := r.start(t, ana, "network", "Comment garder les points focaux ?"); again.Slug != x.Slug+"-2" {
		t.Errorf("a second thread of that title: %s", again.Slug)
	}
	if arabic := r.start(t, ana, "network", "كيف نحافظ على جهات الاتصال؟"); arabic.Slug != "thread" {
		t.Errorf("a title in Arabic: %s", arabic.Slug)
	}
	r.pass(time.Minute)
	p := r.say(t, sam, x, "We name **two**.")
	if p.Seq != 2 {
		t.Fatalf("seq %d", p.Seq)
	}
	list, _, err := r.Threads(t.Context(), sam, "network", discuss.Pick{}, "")
	if err != nil || len(list) != 3 || list[0].ID != x.ID || list[0].Posts != 2 || !list[0].Active.Equal(p.Created) {
		t.Fatalf("%+v, %v", list, err)
	}

	// Its author words it anew; what it was stays beside, for the record.
	edited, err := r.Edit(t.Context(), sam, "network", x.Slug, 2, "We name two, at different levels.", time.Time{})
	if err != nil || len(edited.Before) != 1 || edited.Before[0].Body != "We name **two**." {
		t.Fatalf("%+v, %v", edited, err)
	}
	if _, err := r.Edit(t.Context(), sam, "network", x.Slug, 2, "From an old page", time.Time{}); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("an edit from an old page: %v", err)
	}
	for _, v := range []hub.Viewer{ana, moderator} {
		if _, err := r.Edit(t.Context(), v, "network", x.Slug, 2, "Not mine", edited.Edited); !errors.Is(err, hub.ErrForbidden) {
			t.Errorf("%s edits what another wrote: %v", v.Person, err)
		}
	}

	if _, err := r.MarkAnswer(t.Context(), sam, "network", x.Slug, 2); err == nil {
		t.Error("who answered marks the answer")
	}
	if got, err := r.MarkAnswer(t.Context(), ana, "network", x.Slug, 2); err != nil || got.Answer != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, seq := range []int64{1, 3, -1} {
		if _, err := r.MarkAnswer(t.Context(), ana, "network", x.Slug, seq); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("post %d is the answer: %v", seq, err)
		}
	}
	got, err := r.Conclude(t.Context(), moderator, "network", x.Slug, discuss.Outcome{Reuse: "- Name two focal points."}, time.Time{})
	if err != nil || got.Outcome == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := r.Conclude(t.Context(), ana, "network", x.Slug, discuss.Outcome{Shared: "Mine"}, time.Time{}); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("an outcome written over: %v", err)
	}

	if err := r.Lock(t.Context(), sam, "network", x.Slug, true, "x"); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a member locks: %v", err)
	}
	if err := r.Lock(t.Context(), moderator, "network", x.Slug, true, "It is concluded."); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Append(t.Context(), sam, "network", x.Slug, discuss.NewPost{Body: "One more", Lang: hub.English}); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a post to a locked thread: %v", err)
	}
	if _, err := r.Edit(t.Context(), sam, "network", x.Slug, 2, "Later", edited.Edited); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("an edit in a locked thread: %v", err)
	}
	if err := r.Lock(t.Context(), moderator, "network", x.Slug, false, ""); err != nil {
		t.Fatal(err)
	}
	r.say(t, sam, x, "One more")
}

// TestOnce: an attempt that is sent again, later or many times at once, is one
// post and one thread.
func TestOnce(t *testing.T) {
	r := newRoom(t)
	n := discuss.NewThread{Title: "Once", Body: "Once", Lang: hub.English, Key: "k1"}
	var all sync.WaitGroup
	var ids [8]string
	for i := range ids {
		all.Go(func() {
			x, err := r.Start(t.Context(), ana, "network", n)
			if err != nil {
				t.Error(err)
			}
			ids[i] = x.ID
		})
	}
	all.Wait()
	if len(slices.Compact(ids[:])) != 1 || ids[0] == "" {
		t.Errorf("threads %v", ids)
	}
	list, _, err := r.Threads(t.Context(), ana, "network", discuss.Pick{}, "")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d threads, %v", len(list), err)
	}
	x := list[0]
	for range 2 {
		var seqs [8]int64
		for i := range seqs {
			all.Go(func() {
				p, err := r.Append(t.Context(), sam, "network", x.Slug, discuss.NewPost{Body: "Answer", Lang: hub.English, Key: "k1"})
				if err != nil {
					t.Error(err)
				}
				seqs[i] = p.Seq
			})
		}
		all.Wait()
		if seqs != [8]int64{2, 2, 2, 2, 2, 2, 2, 2} {
			t.Errorf("posts %v", seqs)
		}
	}
	if _, total := r.read(t, ana, x, 1); total != 2 {
		t.Errorf("%d posts", total)
	}
	if _, err := r.Append(t.Context(), sam, "network", x.Slug, discuss.NewPost{Body: "x", Lang: hub.English, Key: strings.Repeat("k", discuss.MaxKey+1)}); err == nil {
		t.Error("a huge key is taken")
	}
}

// TestGapless: many write at once, and every seq is there once.
func TestGapless(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Many")
	var all sync.WaitGroup
	for who := range 12 {
		all.Go(func() {
			for n := range 5 {
				v := somebody(fmt.Sprintf("p%d", who), hub.RoleMember)
				if _, err := r.Append(t.Context(), v, "network", x.Slug, discuss.NewPost{Body: fmt.Sprint(n), Lang: hub.English}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	next := int64(1)
	for next <= 61 {
		page, total := r.read(t, ana, x, next)
		if total != 61 || len(page) != min(discuss.PostsAPage, int(62-next)) {
			t.Fatalf("%d posts from %d of %d", len(page), next, total)
		}
		for _, p := range page {
			if p.Seq != next {
				t.Fatalf("post %d where %d is to be", p.Seq, next)
			}
			next++
		}
	}
	if now, err := r.Thread(t.Context(), ana, "network", x.Slug); err != nil || now.Posts != 61 {
		t.Errorf("the thread says %d posts, %v", now.Posts, err)
	}
}

// TestWhoMayEnter holds, for every tier and role, who finds the space, its
// threads and its posts, and who may speak.
func TestWhoMayEnter(t *testing.T) {
	r := newRoom(t)
	keeper := somebody("keeper", hub.RoleModerator)
	if err := r.OpenSpace(t.Context(), keeper, discuss.Space{Slug: "peers", Tier: discuss.Closed, Kind: discuss.Discussion, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Peers", Purpose: "Four of us."}}}); err != nil {
		t.Fatal(err)
	}
	keeper.Fresh = r.now().Add(time.Minute)
	for _, id := range []string{"in", "out"} {
		if err := r.Admit(t.Context(), keeper, "peers", id); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Dismiss(t.Context(), keeper, "peers", "out", "left the mechanism"); err != nil {
		t.Fatal(err)
	}
	in, out := somebody("in", hub.RoleMember), somebody("out", hub.RoleMember)
	if people, err := r.Guests(t.Context(), in, "peers"); err != nil || !slices.Equal(people, []string{"in", "keeper"}) {
		t.Errorf("members %v, %v", people, err)
	}
	const reads, speaks = 1, 2
	roles := map[string]hub.Viewer{
		"public": hub.Public, "stakeholder": somebody("s", hub.RoleStakeholder), "tbexpert": somebody("t", hub.RoleTBExpert), "member": ana,
		"coordinator": somebody("c", hub.RoleCoordinator), "moderator": moderator, "admin": somebody("a", hub.RoleAdmin), "in": in, "out": out, "keeper": keeper,
	}
	for space, want := range map[string]map[string]int{
		"public":     {"public": reads, "stakeholder": speaks, "tbexpert": speaks, "member": speaks, "coordinator": speaks, "moderator": speaks, "admin": reads, "in": speaks, "out": speaks, "keeper": speaks},
		"registered": {"stakeholder": speaks, "tbexpert": speaks, "member": speaks, "coordinator": speaks, "moderator": speaks, "in": speaks, "out": speaks, "keeper": speaks},
		"network":    {"member": speaks, "coordinator": speaks, "moderator": speaks, "in": speaks, "out": speaks, "keeper": speaks},
		"dialogue":   {"moderator": speaks, "keeper": speaks},
		"closed":     {},
		"peers":      {"in": speaks, "keeper": speaks},
	} {
		var x discuss.Thread
		for _, v := range []hub.Viewer{ana, in, moderator} {
			if may, err := r.Asks(t.Context(), v, discuss.Space{Slug: space, Tier: map[bool]discuss.Tier{true: discuss.Closed, false: discuss.Tier(space)}[space == "peers"]}); err == nil && may {
				x = r.start(t, v, space, "Thread of "+space)
				break
			}
		}
		for who, v := range roles {
			_, spaceErr := r.Space(t.Context(), v, space)
			all, err := r.Spaces(t.Context(), v, hub.English)
			if err != nil {
				t.Fatal(err)
			}
			listed := slices.ContainsFunc(all, func(s discuss.Space) bool { return s.Slug == space })
			if (spaceErr == nil) != (want[who] > 0) || listed != (want[who] > 0) || spaceErr != nil && !errors.Is(spaceErr, hub.ErrNotFound) {
				t.Errorf("%s of %s: %v, listed %v", who, space, spaceErr, listed)
			}
			if x.ID == "" {
				continue
			}
			_, _, threadsErr := r.Threads(t.Context(), v, space, discuss.Pick{}, "")
			_, threadErr := r.Thread(t.Context(), v, space, x.Slug)
			_, _, postsErr := r.Posts(t.Context(), v, space, x.Slug, 1)
			_, sayErr := r.Append(t.Context(), v, space, x.Slug, discuss.NewPost{Body: "x", Lang: hub.English})
			for act, err := range map[string]error{"list": threadsErr, "thread": threadErr, "posts": postsErr} {
				if (err == nil) != (want[who] > 0) {
					t.Errorf("%s of %s, %s: %v", who, space, act, err)
				}
			}
			if (sayErr == nil) != (want[who] == speaks) {
				t.Errorf("%s speaks in %s: %v", who, space, sayErr)
			}
		}
	}
	reading := ana
	reading.ReadOnly = true
	if _, err := r.Start(t.Context(), reading, "network", discuss.NewThread{Title: "x", Body: "x", Lang: hub.English}); err == nil {
		t.Error("a seat for reading speaks")
	}
}

func TestDelete(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Deleted")
	r.say(t, sam, x, "Something private")
	r.say(t, sam, x, "Something rude")
	if err := r.Delete(t.Context(), ana, "network", x.Slug, 2, ""); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("another member deletes: %v", err)
	}
	if err := r.Delete(t.Context(), sam, "network", x.Slug, 2, ""); err != nil {
		t.Fatal(err)
	}
	var invalid *hub.Invalid
	if err := r.Delete(t.Context(), moderator, "network", x.Slug, 3, " "); !errors.As(err, &invalid) || invalid.Field != "reason" {
		t.Errorf("a moderator without a reason: %v", err)
	}
	if err := r.Delete(t.Context(), moderator, "network", x.Slug, 3, "Against the rules."); err != nil {
		t.Fatal(err)
	}
	for range 2 { // before and after the wording is destroyed
		all, total := r.read(t, ana, x, 1)
		if total != 3 || all[1].Body != "" || all[2].Body != "" || all[1].Gone == nil || all[2].Gone.Reason != "Against the rules." || all[1].Gone.By != "sam" {
			t.Fatalf("%+v", all)
		}
		if err := r.React(t.Context(), ana, "network", x.Slug, 2, discuss.Useful); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("a reaction to what is gone: %v", err)
		}
		if _, err := r.Edit(t.Context(), sam, "network", x.Slug, 2, "Back", time.Time{}); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("an edit of what is gone: %v", err)
		}
		r.pass(discuss.KeepDeleted + time.Second)
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d, err := r.Store.Get(t.Context(), "posts", x.ID+"-2")
	if err != nil || strings.Contains(string(d.Body), "private") {
		t.Errorf("the wording is still kept: %s, %v", d.Body, err)
	}
}

func TestReactionsAndMarks(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Reactions")
	for _, v := range []hub.Viewer{sam, moderator} {
		if err := r.React(t.Context(), v, "network", x.Slug, 1, discuss.SameUs); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.React(t.Context(), ana, "network", x.Slug, 1, discuss.Useful); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a reaction to oneself: %v", err)
	}
	if err := r.React(t.Context(), sam, "network", x.Slug, 1, "like"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a reaction that is none: %v", err)
	}
	if c, err := r.Counts(t.Context(), sam, x, 1, 21); err != nil || c[1][discuss.SameUs] != (discuss.Count{All: 2, Mine: true}) {
		t.Errorf("%+v, %v", c, err)
	}
	if err := r.React(t.Context(), sam, "network", x.Slug, 1, discuss.SameUs); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Counts(t.Context(), sam, x, 1, 21); err != nil || c[1][discuss.SameUs] != (discuss.Count{All: 1}) {
		t.Errorf("taken back: %+v, %v", c, err)
	}

	r.say(t, sam, x, "Two")
	r.say(t, sam, x, "Three")
	mark := func(v hub.Viewer) discuss.Mark {
		t.Helper()
		all, err := r.Marks(t.Context(), v, "network")
		if err != nil {
			t.Fatal(err)
		}
		return all[x.ID]
	}
	if m := mark(ana); m.Seq != 1 || !m.Follows {
		t.Errorf("who asked: %+v", m)
	}
	if m := mark(sam); m.Seq != 3 || !m.Follows {
		t.Errorf("who answered: %+v", m)
	}
	for _, seq := range []int64{3, 2} {
		if err := r.Read(t.Context(), ana, x, seq); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Follow(t.Context(), ana, "network", x.Slug, false, nil); err != nil {
		t.Fatal(err)
	}
	if m := mark(ana); m.Seq != 3 || m.Follows {
		t.Errorf("read to the end: %+v", m)
	}
}

func TestVoices(t *testing.T) {
	r := newRoom(t)
	if _, err := r.Start(t.Context(), ana, "registered", discuss.NewThread{Title: "x", Body: "x", Lang: hub.English, Anonymous: true}); err == nil {
		t.Error("without a name where the space has none of that")
	}
	x, err := r.Start(t.Context(), ana, "network", discuss.NewThread{Title: "x", Body: "x", Lang: hub.English, Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := r.Author(t.Context(), ana, x.By, x.Anonymous); err != nil || a != (discuss.Author{Nameless: true}) {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := r.Author(t.Context(), hub.Public, ana.Person, false); err != nil || a.Name != "" || a.Role == "" {
		t.Errorf("who is not signed in is told %+v, %v", a, err)
	}
	if a, err := r.Author(t.Context(), ana, "gone", false); err != nil || !a.Gone || a.Name != "" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestRates(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Rates")
	for _, c := range []struct {
		who  string
		most int
	}{{"old", discuss.PostsAnHour}, {"new", discuss.PostsAtFirst}} {
		v := somebody(c.who, hub.RoleMember)
		for range c.most {
			r.say(t, v, x, "x")
		}
		var many *hub.TooMany
		if _, err := r.Append(t.Context(), v, "network", x.Slug, discuss.NewPost{Body: "x", Lang: hub.English}); !errors.As(err, &many) || many.After != time.Hour {
			t.Errorf("%s: %v", c.who, err)
		}
	}
	r.pass(time.Hour)
	r.say(t, somebody("old", hub.RoleMember), x, "x")
}

func TestRefused(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Refused")
	for name, body := range map[string]string{
		"empty": " \n", "huge": strings.Repeat("x", discuss.MaxPost+1), "no UTF-8": "\xff", "deep": strings.Repeat("> ", 40) + "x",
		"links": strings.Repeat("https://x.example ", discuss.MaxLinks+1), "nothing to see": strings.Repeat("\u202e", 30),
	} {
		var invalid *hub.Invalid
		if _, err := r.Append(t.Context(), ana, "network", x.Slug, discuss.NewPost{Body: body, Lang: hub.English}); !errors.As(err, &invalid) || invalid.Field != "body" {
			t.Errorf("%s: %v", name, err)
		}
	}
	var invalid *hub.Invalid
	if _, err := r.Append(t.Context(), ana, "network", x.Slug, discuss.NewPost{Body: "x", Lang: hub.English, ReplyTo: 9}); !errors.As(err, &invalid) || invalid.Field != "reply" {
		t.Errorf("a reply to nothing: %v", err)
	}
	if _, err := r.Start(t.Context(), ana, "network", discuss.NewThread{Title: strings.Repeat("é", discuss.MaxTitle+1), Body: "x", Lang: hub.English}); !errors.As(err, &invalid) || invalid.Field != "title" {
		t.Errorf("a long title: %v", err)
	}
	if _, err := r.Start(t.Context(), ana, "network", discuss.NewThread{Title: "x", Body: "x", Lang: "xx"}); err == nil {
		t.Error("an unknown language")
	}
	p := r.say(t, ana, x, "a\u202eb\u200d\u200d\u200d\u200d\u200dc\x00d")
	if p.Body != "ab\u200d\u200dcd" {
		t.Errorf("%q", p.Body)
	}
}

func TestLookThrough(t *testing.T) {
	for text, want := range map[string][]discuss.Finding{
		"We name two focal points, see A/HRC/50/64 and CEDAW/C/MDA/6, due on 24/11/2026.": nil,
		"In 2023/24 we wrote 12 reports; article 7 para 3.":                               nil,
		"Write to ion.c@gmail.com":                                                        {discuss.FindAddress},
		"Call +373 22 123 456 in the morning":                                             {discuss.FindPhone},
		"Communication No. 123/2020 of Mr X":                                              {discuss.FindCase},
		"L’affaire n° 45/2019":                                                            {discuss.FindCase},
		"البلاغ رقم ١٢٣/٢٠٢٠":                                                             {discuss.FindCase},
		"passport AB1234567":                                                              {discuss.FindPaper},
	} {
		if got := discuss.LookThrough(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzPost(f *testing.F) {
	r := newRoom(f)
	x := r.start(f, ana, "network", "Fuzz")
	for _, body := range []string{"**x**", "> > > x", "[a](javascript:alert(1))", "<script>", "\u202e\u200b", "| a |\n|---|"} {
		f.Add("title", body)
	}
	f.Fuzz(func(t *testing.T, title, body string) {
		r.pass(time.Hour)
		p, err := r.Append(t.Context(), ana, "network", x.Slug, discuss.NewPost{Body: body, Lang: hub.English})
		if err == nil && (strings.ContainsAny(p.Body, "\u202a\u202b\u202c\u202d\u202e\x00") || len(p.Body) > discuss.MaxPost) {
			t.Errorf("%q", p.Body)
		}
		if y, err := r.Start(t.Context(), ana, "network", discuss.NewThread{Title: title, Body: "x", Lang: hub.English}); err == nil && (hub.CheckSlug(y.Slug) != nil || strings.Contains(y.Title, "\n")) {
			t.Errorf("%+v", y)
		}
	})
}

// TestOwn: a person's own talk is whole, and what leads to them goes with them.
func TestOwn(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, sam, "network", "Own")
	r.say(t, ana, x, "Mine")
	if err := r.Delete(t.Context(), ana, "network", x.Slug, 2, ""); err != nil {
		t.Fatal(err)
	}
	got, err := r.Own(t.Context(), "ana")
	own, is := got.(discuss.OwnTalk)
	if err != nil || !is || len(own.Posts) != 1 || own.Posts[0].Body != "Mine" || len(own.Marks) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := r.Forget(t.Context(), "ana"); err != nil {
		t.Fatal(err)
	}
	if m, err := r.Marks(t.Context(), ana, "network"); err != nil || len(m) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := r.Marks(t.Context(), sam, "network"); err != nil || len(m) != 1 {
		t.Errorf("the marks of another: %+v, %v", m, err)
	}
	if all, total := r.read(t, sam, x, 1); total != 2 || all[1].By != "ana" {
		t.Errorf("%+v", all)
	}
}

// TestOwnOfClosed: what somebody follows in a space that they were dismissed from
// is not among their own data, for it names the space; what they said there is.
func TestOwnOfClosed(t *testing.T) {
	r := newRoom(t)
	keeper := somebody("keeper", hub.RoleModerator)
	if err := r.OpenSpace(t.Context(), keeper, discuss.Space{Slug: "peers", Tier: discuss.Closed, Kind: discuss.Discussion, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Peers", Purpose: "Four of us."}}}); err != nil {
		t.Fatal(err)
	}
	keeper.Fresh = r.now().Add(time.Minute)
	if err := r.Admit(t.Context(), keeper, "peers", "ana"); err != nil {
		t.Fatal(err)
	}
	r.start(t, ana, "peers", "Between us")
	own := func() discuss.OwnTalk {
		got, err := r.Own(t.Context(), "ana")
		if err != nil {
			t.Fatal(err)
		}
		return got.(discuss.OwnTalk)
	}
	if x := own(); len(x.Marks) != 1 || len(x.Posts) != 1 {
		t.Fatalf("while she is in: %+v", x)
	}
	if err := r.Dismiss(t.Context(), keeper, "peers", "ana", "left"); err != nil {
		t.Fatal(err)
	}
	if x := own(); len(x.Marks) != 0 || len(x.Posts) != 1 {
		t.Errorf("dismissed: %+v", x)
	}
}

// TestNaming finds names that stand for themselves.
func TestNaming(t *testing.T) {
	names := []string{"Niger", "Amina Diallo", "النيجر", "尼日尔", "Chad"}
	for text, want := range map[string]string{
		"Niger does it.":              "Niger",
		"Nigeria and nigeriens do it": "",
		"As Amina Diallo said":        "Amina Diallo",
		"تقول والنيجر أيضاً":          "النيجر",
		"Nigeria, and then Niger":     "Niger",
		"(Chad)":                      "Chad",
		"nothing of the sort":         "",
	} {
		if got := strings.Join(discuss.Naming(text, names), " "); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}
