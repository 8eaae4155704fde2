package discuss_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// wants fails unless an error names a field.
func wants(t *testing.T, what string, err error, field string) {
	t.Helper()
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || invalid.Field != field {
		t.Errorf("%s: %v, want something about %s", what, err, field)
	}
}

func TestTags(t *testing.T) {
	r := newRoom(t)
	silos, moldova := discuss.Tag{List: "challenge", Code: "silos"}, discuss.Tag{List: discuss.States, Code: "MDA"}
	ask := func(title string, tags ...discuss.Tag) (discuss.Thread, error) {
		return r.Start(t.Context(), ana, "network", discuss.NewThread{Title: title, Body: "x", Lang: hub.English, Tags: tags})
	}
	for what, tags := range map[string][]discuss.Tag{
		"an unknown code": {{List: "challenge", Code: "none-such"}}, "an unknown list": {{List: "shoes", Code: "43"}}, "twice": {silos, silos},
		"too many": make([]discuss.Tag, discuss.MaxTags+1),
	} {
		_, err := ask(what, tags...)
		wants(t, what, err, "tags")
	}
	x, err := ask("Tagged", silos, moldova)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask("Plain"); err != nil {
		t.Fatal(err)
	}
	count := func(tag discuss.Tag) int {
		all, _, err := r.Threads(t.Context(), sam, "network", discuss.Pick{Tag: tag}, "")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if count(discuss.Tag{}) != 2 || count(silos) != 1 || count(moldova) != 1 || count(discuss.ParseTag("theme:x")) != 0 {
		t.Errorf("all %d, with a tag %d", count(discuss.Tag{}), count(silos))
	}
	if _, err := r.SetTags(t.Context(), sam, "network", x.Slug, nil); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("another member tags: %v", err)
	}
	if _, err := r.SetTags(t.Context(), ana, "network", x.Slug, []discuss.Tag{moldova}); err != nil || count(silos) != 0 {
		t.Errorf("%v, %d threads with a tag that was taken off", err, count(silos))
	}
	if discuss.ParseTag("silos") != (discuss.Tag{}) || discuss.ParseTag("role:admin") != (discuss.Tag{}) || discuss.ParseTag(silos.String()) != silos {
		t.Error("tags of addresses are read wrongly")
	}
}

func TestSummary(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Summed up")
	if _, err := r.Summarise(t.Context(), sam, "network", x.Slug, "Mine", 0); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("another member sums up: %v", err)
	}
	got, err := r.Summarise(t.Context(), ana, "network", x.Slug, "- two ideas", 0)
	if err != nil || got.Summary.Body != "- two ideas" || got.Outcome != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := r.Summarise(t.Context(), moderator, "network", x.Slug, "Over it", 0); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("written over unseen: %v", err)
	}
}

// TestHidden: a hidden post keeps its place, and its words are for its author
// and the moderators alone, by every way of reading.
func TestHidden(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Hidden")
	r.say(t, sam, x, "A name and a number")
	wants(t, "no reason", r.Hide(t.Context(), moderator, "network", x.Slug, 2, " "), "reason")
	if err := r.Hide(t.Context(), ana, "network", x.Slug, 2, "x"); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a member hides: %v", err)
	}
	if err := r.Hide(t.Context(), moderator, "network", x.Slug, 2, "It names a person."); err != nil {
		t.Fatal(err)
	}
	for who, words := range map[string]bool{"ana": false, "sam": true, "moderator": true} {
		v := somebody(who, hub.RoleMember)
		if who == "moderator" {
			v = moderator
		}
		all, total := r.read(t, v, x, 1)
		if total != 2 || all[1].Absent() != discuss.Hidden || (all[1].Body != "") != words {
			t.Errorf("%s reads %+v", who, all[1])
		}
	}
	if err := r.React(t.Context(), ana, "network", x.Slug, 2, discuss.Useful); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a reaction to what is hidden: %v", err)
	}
	if _, err := r.Edit(t.Context(), sam, "network", x.Slug, 2, "Better", time.Time{}); err == nil {
		t.Error("what is hidden is worded anew")
	}
	if err := r.Show(t.Context(), moderator, "network", x.Slug, 2); err != nil {
		t.Fatal(err)
	}
	if all, _ := r.read(t, ana, x, 2); all[0].Body != "A name and a number" {
		t.Errorf("shown again: %+v", all[0])
	}
}

// TestHeld: where a space wants it, the first post of somebody new is there for
// them and the moderators alone; the next ones stand at once.
func TestHeld(t *testing.T) {
	r := newRoom(t)
	if err := r.SetSpace(t.Context(), moderator, "network", func(x *discuss.Space) { x.Holds = true }); err != nil {
		t.Fatal(err)
	}
	ref := somebody("newcomer", hub.RoleMember)
	if err := r.Follow(t.Context(), sam, "network", "", true, nil); err != nil {
		t.Fatal(err)
	}
	x := r.start(t, ref, "network", "A first question")
	if _, err := r.Thread(t.Context(), sam, "network", x.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a held thread is there for others: %v", err)
	}
	if _, _, err := r.ThreadOf(t.Context(), sam, x.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("and by its id: %v", err)
	}
	if all, _, err := r.Threads(t.Context(), sam, "network", discuss.Pick{}, ""); err != nil || len(all) != 0 {
		t.Errorf("and in the list: %v, %v", all, err)
	}
	if due, err := r.Untold(t.Context()); err != nil || len(due) != 0 {
		t.Errorf("people are told of it: %v, %v", due, err)
	}
	if all, _, err := r.Threads(t.Context(), ref, "network", discuss.Pick{}, ""); err != nil || len(all) != 1 {
		t.Errorf("its author does not find it: %v, %v", all, err)
	}
	held, err := r.HeldPosts(t.Context(), moderator, 10)
	if err != nil || len(held) != 1 || held[0].Thread.ID != x.ID || held[0].Post.Body == "" {
		t.Fatalf("the queue: %+v, %v", held, err)
	}
	if all, err := r.HeldPosts(t.Context(), sam, 10); err != nil || len(all) != 0 {
		t.Errorf("a member reads the queue: %v, %v", all, err)
	}
	if err := r.Show(t.Context(), moderator, "network", x.Slug, 1); err != nil {
		t.Fatal(err)
	}
	if all, _ := r.read(t, sam, x, 1); all[0].By != "newcomer" || all[0].Body == "" {
		t.Errorf("let through: %+v", all[0])
	}
	if due, err := r.Untold(t.Context()); err != nil || len(due) != 1 {
		t.Errorf("then people are told: %v, %v", due, err)
	}
	if p := r.say(t, ref, x, "A second post"); p.Held {
		t.Error("the second post is held too")
	}
	other := somebody("newest", hub.RoleMember)
	r.say(t, other, x, "Mine is held")
	all, _ := r.read(t, sam, x, 3)
	if all[0].Body != "" || all[0].By != "" || !all[0].Anonymous || all[0].Absent() != discuss.Held {
		t.Errorf("what is held is read: %+v", all[0])
	}
	if _, err := r.Append(t.Context(), sam, "network", x.Slug, discuss.NewPost{Body: "To that", Lang: hub.English, ReplyTo: 3}); err == nil {
		t.Error("an answer to what is held")
	}
}

func TestSlow(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Heated")
	if err := r.SetSlow(t.Context(), ana, "network", x.Slug, 5, "x"); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a member slows: %v", err)
	}
	wants(t, "a day", r.SetSlow(t.Context(), moderator, "network", x.Slug, 1440, "x"), "slow")
	if err := r.SetSlow(t.Context(), moderator, "network", x.Slug, 5, "Calm."); err != nil {
		t.Fatal(err)
	}
	r.pass(5 * time.Minute)
	r.say(t, sam, x, "One")
	var many *hub.TooMany
	_, err := r.Append(t.Context(), sam, "network", x.Slug, discuss.NewPost{Body: "Two", Lang: hub.English})
	if !errors.As(err, &many) || many.After != 5*time.Minute {
		t.Errorf("at once again: %v", err)
	}
	r.say(t, ana, x, "Somebody else")
	r.start(t, sam, "network", "Elsewhere")
	r.pass(5 * time.Minute)
	r.say(t, sam, x, "Two")
}

// TestMove: a thread moves to where nobody reads who could not before, with its
// marks, and its old address leads there while people still write to it.
func TestMove(t *testing.T) {
	r := newRoom(t)
	for _, slug := range []string{"second", "closed-too"} {
		tier := map[string]discuss.Tier{"second": discuss.Network, "closed-too": discuss.Closed}[slug]
		fresh := moderator
		fresh.Fresh = r.now().Add(time.Hour)
		if err := r.OpenSpace(t.Context(), fresh, discuss.Space{Slug: slug, Tier: tier, Kind: discuss.Questions, Names: map[hub.Lang]discuss.Name{hub.English: {Title: slug, Purpose: "x"}}}); err != nil {
			t.Fatal(err)
		}
	}
	x := r.start(t, ana, "network", "In the wrong room")
	taken := r.start(t, sam, "second", "In the wrong room")
	r.say(t, sam, x, "It is")
	for what, to := range map[string]string{"a wider one": "registered", "a closed one": "closed-too", "the same": "network", "none": "none-such"} {
		_, err := r.Move(t.Context(), moderator, "network", x.Slug, to, "x")
		wants(t, what, err, "to")
	}
	if _, err := r.Move(t.Context(), sam, "network", x.Slug, "second", "x"); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a member moves: %v", err)
	}
	got, err := r.Move(t.Context(), moderator, "network", x.Slug, "second", "It is about tools.")
	if err != nil || got.Space != "second" || got.Slug == taken.Slug {
		t.Fatalf("%+v, %v", got, err)
	}
	if now, err := r.Thread(t.Context(), sam, "network", x.Slug); err != nil || now.Space != "second" || now.ID != x.ID {
		t.Errorf("its old address: %+v, %v", now, err)
	}
	if p, err := r.Append(t.Context(), sam, "network", x.Slug, discuss.NewPost{Body: "Written before", Lang: hub.English}); err != nil || p.Seq != 3 || p.Space != "second" {
		t.Errorf("a post to the old address: %+v, %v", p, err)
	}
	marks, err := r.Marks(t.Context(), ana, "second")
	if m := marks[x.ID]; err != nil || !m.Follows {
		t.Errorf("her mark: %+v, %v", m, err)
	}
	if all, _, _ := r.Threads(t.Context(), ana, "network", discuss.Pick{}, ""); len(all) != 0 {
		t.Errorf("it is still there: %v", all)
	}
}

func TestSplit(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Two things")
	r.say(t, sam, x, "To the first")
	p := r.say(t, ana, x, "Another matter")
	if _, err := r.Append(t.Context(), sam, "network", x.Slug, discuss.NewPost{Body: "To that one", Lang: hub.English, ReplyTo: p.Seq}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Split(t.Context(), sam, "network", x.Slug, 3, "Another matter", "x"); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a member splits: %v", err)
	}
	if err := r.React(t.Context(), sam, "network", x.Slug, 3, discuss.Useful); err != nil {
		t.Fatal(err)
	}
	_, err := r.Split(t.Context(), moderator, "network", x.Slug, 1, "All of it", "x")
	wants(t, "from the first", err, "seq")
	var off discuss.Thread
	for range 2 { // a try that broke off is done again
		if off, err = r.Split(t.Context(), moderator, "network", x.Slug, 3, "Another matter", "Two questions."); err != nil {
			t.Fatal(err)
		}
	}
	all, total := r.read(t, sam, off, 1)
	if total != 2 || all[0].Body != "Another matter" || all[0].By != "ana" || all[1].ReplyTo != 1 || off.Space != "network" {
		t.Errorf("split off: %+v", all)
	}
	if counts, err := r.Counts(t.Context(), sam, off, 1, 3); err != nil || counts[1][discuss.Useful] != (discuss.Count{All: 1, Mine: true}) {
		t.Errorf("its reactions: %v, %v", counts, err)
	}
	if own, err := r.Marks(t.Context(), ana, "network"); err != nil || !own[off.ID].Follows || own[off.ID].Seq != 1 {
		t.Errorf("who follows the one does not follow the other: %+v, %v", own[off.ID], err)
	}
	left, total := r.read(t, sam, x, 1)
	if total != 4 || left[1].Body == "" || left[2].Absent() != discuss.Moved || left[2].Body != "" || left[2].Moved != off.ID || left[3].Body != "" {
		t.Errorf("left behind: %+v", left)
	}
	if p := r.say(t, sam, off, "Going on"); p.Seq != 3 {
		t.Errorf("the next is %d", p.Seq)
	}
	if list, _, _ := r.Threads(t.Context(), sam, "network", discuss.Pick{}, ""); len(list) != 2 {
		t.Errorf("%d threads", len(list))
	}
}

func TestReports(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Reported")
	r.say(t, sam, x, "Rude")
	wants(t, "without a word", r.Report(t.Context(), ana, "network", x.Slug, 2, ""), "report")
	for _, v := range []hub.Viewer{ana, somebody("third", hub.RoleMember), ana} {
		if err := r.Report(t.Context(), v, "network", x.Slug, 2, "It is rude, says "+v.Person); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := r.Reported(t.Context(), ana, 10); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a member reads the queue: %v", err)
	}
	all, elsewhere, err := r.Reported(t.Context(), moderator, 10)
	if err != nil || elsewhere != 0 || len(all) != 1 || len(all[0].Reports) != 2 || all[0].Reports[0].By != "" || all[0].Post.Body != "Rude" {
		t.Fatalf("%+v, %d, %v", all, elsewhere, err)
	}
	if err := r.Settle(t.Context(), moderator, "network", x.Slug, 2, "It is not."); err != nil {
		t.Fatal(err)
	}
	if all, _, err := r.Reported(t.Context(), moderator, 10); err != nil || len(all) != 0 {
		t.Errorf("settled: %+v, %v", all, err)
	}
	for range discuss.ReportsADay {
		p := r.say(t, sam, x, "Again")
		err = r.Report(t.Context(), ana, "network", x.Slug, p.Seq, "x")
		r.pass(5 * time.Minute)
	}
	var many *hub.TooMany
	if !errors.As(err, &many) {
		t.Errorf("the report %d of a day: %v", discuss.ReportsADay+1, err)
	}
	// Of a closed space, moderators outside it learn that a report waits.
	fresh := somebody("keeper", hub.RoleModerator)
	fresh.Fresh = r.now().Add(time.Hour)
	if err := r.OpenSpace(t.Context(), fresh, discuss.Space{Slug: "peers", Tier: discuss.Closed, Kind: discuss.Discussion, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Peers", Purpose: "x"}}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Admit(t.Context(), fresh, "peers", "third"); err != nil {
		t.Fatal(err)
	}
	y := r.start(t, fresh, "peers", "Closed")
	if err := r.Report(t.Context(), somebody("third", hub.RoleMember), "peers", y.Slug, 1, "secret words"); err != nil {
		t.Fatal(err)
	}
	all, elsewhere, err = r.Reported(t.Context(), moderator, 100)
	for _, k := range all {
		for _, one := range k.Reports {
			if strings.Contains(one.Reason, "secret") {
				t.Error("a moderator outside reads of it")
			}
		}
	}
	if err != nil || elsewhere != 1 {
		t.Errorf("%d elsewhere, %v", elsewhere, err)
	}
}

// TestExchange: people write within the window, its host always, and the host
// says what came out.
func TestExchange(t *testing.T) {
	r := newRoom(t)
	open := func(e discuss.Exchange) error {
		return r.OpenSpace(t.Context(), moderator, discuss.Space{
			Slug: "hosted", Tier: discuss.Network, Kind: discuss.Hosted, Exchange: &e,
			Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Hosted", Purpose: "A week on calendars."}},
		})
	}
	e := discuss.Exchange{From: r.now().Add(time.Hour), To: r.now().Add(2 * time.Hour), Host: "sam", Question: "Who keeps the calendar?"}
	bad := e
	bad.To = e.From
	wants(t, "no window", open(bad), "to")
	bad = e
	bad.Host = "gone"
	wants(t, "no host", open(bad), "host")
	if err := open(e); err != nil {
		t.Fatal(err)
	}
	x := r.start(t, sam, "hosted", "The question")
	for _, c := range []struct {
		pass   time.Duration
		writes bool
	}{{0, false}, {time.Hour, true}, {time.Hour, false}} {
		r.pass(c.pass)
		_, err := r.Append(t.Context(), ana, "hosted", x.Slug, discuss.NewPost{Body: "x", Lang: hub.English})
		_, began := r.Start(t.Context(), ana, "hosted", discuss.NewThread{Title: "x", Body: "x", Lang: hub.English})
		if (err == nil) != c.writes || (began == nil) != c.writes || !c.writes && !errors.Is(err, hub.ErrForbidden) {
			t.Errorf("at %s a member writes: %v, %v", r.now(), err, began)
		}
	}
	y, err := r.Summarise(t.Context(), sam, "hosted", x.Slug, "So far", 0)
	if err != nil || y.Summary == nil {
		t.Errorf("the host sums up: %v", err)
	}
	r.say(t, sam, x, "Closing")
}

// TestKept: a thread goes, with all that belongs to it, when it was kept as
// long as its space wants.
func TestKept(t *testing.T) {
	r := newRoom(t)
	if err := r.SetSpace(t.Context(), moderator, "network", func(x *discuss.Space) { x.Keep, x.Tier = 6, discuss.Public }); err != nil {
		t.Fatal(err)
	}
	if x, err := r.Space(t.Context(), ana, "network"); err != nil || x.Tier != discuss.Network {
		t.Fatalf("its tier was changed: %+v, %v", x, err)
	}
	if err := r.SetSpace(t.Context(), ana, "network", func(*discuss.Space) {}); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a member sets a space: %v", err)
	}
	old := r.start(t, ana, "network", "Old")
	elsewhere := r.start(t, ana, "registered", "Kept for ever")
	if err := r.React(t.Context(), sam, "network", old.Slug, 1, discuss.Useful); err != nil {
		t.Fatal(err)
	}
	r.pass(100 * 24 * time.Hour)
	young := r.start(t, ana, "network", "Young")
	r.pass(100 * 24 * time.Hour)
	if err := r.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, x := range []discuss.Thread{young, elsewhere} {
		if _, err := r.Thread(t.Context(), ana, x.Space, x.Slug); err != nil {
			t.Errorf("%s: %v", x.Slug, err)
		}
	}
	if _, err := r.Thread(t.Context(), ana, "network", old.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the old one: %v", err)
	}
	own, err := r.Own(t.Context(), "ana")
	if talk := own.(discuss.OwnTalk); err != nil || len(talk.Posts) != 2 || len(talk.Marks) != 2 {
		t.Errorf("what is left of it: %+v, %v", talk, err)
	}
}
