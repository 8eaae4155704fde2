package discuss_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
)

// handles are what the viewer is offered where they write in a thread.
func (r *room) handles(t testing.TB, v hub.Viewer, space, slug string) (all []string) {
	t.Helper()
	people, err := r.People(t.Context(), v, space, slug)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range people {
		all = append(all, m.Handle)
	}
	slices.Sort(all)
	return all
}

// shows is a post as a reader in English sees its text.
func (r *room) shows(t testing.TB, v hub.Viewer, p discuss.Post) string {
	t.Helper()
	say, err := r.Mentioned(t.Context(), v, hub.English, p)
	if err != nil {
		t.Fatal(err)
	}
	return markup.Mentions(p.Body, say)
}

// called are who is told now, each as "thread seq person"; after that nobody is.
func (r *room) called(t testing.TB) (all []string) {
	t.Helper()
	calls, err := r.Calls(t.Context())
	for _, c := range calls {
		for _, p := range c.People {
			all = append(all, fmt.Sprint(c.Thread.Title, " ", c.Seq, " ", p))
		}
		err = errors.Join(err, r.Called(t.Context(), c))
	}
	if again, more := r.Calls(t.Context()); err != nil || more != nil || len(again) > 0 {
		t.Fatalf("who is told twice: %v, %v %v", again, err, more)
	}
	return all
}

// TestPeople: those are offered who wrote with their name where one may read
// it, or who are named as members; nobody else, whatever they did.
func TestPeople(t *testing.T) {
	r := newRoom(t)
	ben, eve := somebody("ben", hub.RoleMember), somebody("eve", hub.RoleMember)
	x := r.start(t, ana, "network", "Names")
	other := r.start(t, ben, "network", "Elsewhere")
	r.say(t, sam, x, "By name.")
	for _, v := range []hub.Viewer{eve, ben} {
		if _, err := r.Append(t.Context(), v, x.Space, x.Slug, discuss.NewPost{Body: "Without a name.", Lang: hub.English, Anonymous: true}); err != nil {
			t.Fatal(err)
		}
	}
	hidden := r.say(t, somebody("hal", hub.RoleMember), x, "To be hidden.")
	gone := r.say(t, somebody("gus", hub.RoleMember), x, "To be deleted.")
	r.say(t, somebody("suspended", hub.RoleMember), x, "By who may not any more.")
	if err := errors.Join(r.Hide(t.Context(), moderator, x.Space, x.Slug, hidden.Seq, "why"), r.Delete(t.Context(), moderator, x.Space, x.Slug, gone.Seq, "why")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		v      hub.Viewer
		slug   string
		offers []string
	}{
		{"Writer", sam, x.Slug, []string{"Name-of-ana", "Name-of-ben"}},
		{"Nameless", eve, x.Slug, []string{"Name-of-ana", "Name-of-ben", "Name-of-sam"}},
		{"Other", ana, other.Slug, []string{"Name-of-ben", "Name-of-sam"}},
		{"NewThread", sam, "", []string{"Name-of-ana", "Name-of-ben"}},
	} {
		if got := r.handles(t, c.v, "network", c.slug); !slices.Equal(got, c.offers) {
			t.Errorf("%s is offered %v, want %v", c.name, got, c.offers)
		}
	}
	if _, err := r.Append(t.Context(), ana, other.Space, other.Slug, discuss.NewPost{Body: "@Name-of-eve @Name-of-hal", Lang: hub.English}); err != nil || len(r.called(t)) != 0 {
		t.Errorf("who is not offered is mentioned, %v", err)
	}

	stranger, guest := somebody("tbexpert", hub.RoleTBExpert), somebody("tbexpert-in", hub.RoleTBExpert)
	if err := errors.Join(r.Admit(t.Context(), moderator, "dialogue", "ana"), r.Admit(t.Context(), moderator, "dialogue", "tbexpert-in"), r.Admit(t.Context(), moderator, "dialogue", "suspended"), r.Admit(t.Context(), moderator, "dialogue", "eve")); err != nil {
		t.Fatal(err)
	}
	if err := r.Dismiss(t.Context(), moderator, "dialogue", "eve", "left"); err != nil {
		t.Fatal(err)
	}
	if got := r.handles(t, ana, "dialogue", ""); !slices.Equal(got, []string{"Name-of-tbexpert-in"}) {
		t.Errorf("a member of the dialogue is offered %v", got)
	}
	if got := r.handles(t, guest, "dialogue", ""); !slices.Equal(got, []string{"Name-of-ana"}) {
		t.Errorf("the other is offered %v", got)
	}
	for _, at := range []struct {
		v           hub.Viewer
		space, slug string
	}{
		{stranger, "network", x.Slug}, {stranger, "network", ""}, {stranger, "dialogue", ""}, {eve, "dialogue", ""}, {sam, "closed", ""}, {sam, "none-such", ""}, {hub.Public, "public", ""}, {sam, "network", "none-such"},
	} {
		if all, err := r.People(t.Context(), at.v, at.space, at.slug); !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrForbidden) || len(all) > 0 {
			t.Errorf("%s in %s/%s is offered %v, %v", at.v.Person, at.space, at.slug, all, err)
		}
	}
}

// TestMention: what is stored names nobody; each reader of the room sees the
// name, copies do not; who is mentioned is told once, whatever is edited.
func TestMention(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Mentions")
	p := r.say(t, sam, x, "Does @name-of-ANA know? See a@example.org, @nobody, (@Name-of-ana).")
	if strings.Contains(p.Body, "ana") || len(p.Mentions) != 1 || p.Mentions[0] != "ana" {
		t.Fatalf("stored is %q %v", p.Body, p.Mentions)
	}
	const shown = "Does @Name of ana know? See a@example.org, @nobody, (@Name of ana)."
	if got := r.shows(t, ana, p); got != shown {
		t.Errorf("shown is %q", got)
	}
	if got := r.shows(t, hub.Public, p); strings.Contains(got, "ana") {
		t.Errorf("a visitor sees %q", got)
	}
	if got := r.Copy(p.Body, p.Lang); got != "Does … know? See a@example.org, @nobody, (…)." {
		t.Errorf("a copy is %q", got)
	}
	if !p.Began("Does @name-of-ANA know? See a@example.org, @nobody, (@Name-of-ana).") || p.Began("Does @Name-of-sam know?") {
		t.Error("the wording is not known again")
	}
	if got := r.called(t); !slices.Equal(got, []string{"Mentions 2 ana"}) {
		t.Errorf("told are %v", got)
	}
	f, err := r.Stretch(t.Context(), "talk-"+x.ID+"-1")
	if err != nil || !strings.Contains(f.Said[1].Body, "Does … know") {
		t.Errorf("the search has %q, %v", f.Said[1].Body, err)
	}
	own, err := r.Own(t.Context(), "sam")
	if out := fmt.Sprintf("%+v", own); err != nil || strings.Contains(out, "ana") || strings.Contains(out, "\x02") {
		t.Errorf("taken along is %s, %v", out, err)
	}

	// Edited: who is new is told, once; a name taken away and put back is not.
	text, err := r.Typed(t.Context(), sam, p)
	if err != nil || text != "Does @Name-of-ana know? See a@example.org, @nobody, (@Name-of-ana)." {
		t.Fatalf("to edit there is %q, %v", text, err)
	}
	edit := func(text string) {
		t.Helper()
		if p, err = r.Edit(t.Context(), sam, x.Space, x.Slug, 2, text, p.Edited); err != nil {
			t.Fatal(err)
		}
		r.pass(1)
	}
	edit(text)
	if len(p.Before) != 0 {
		t.Error("nothing was changed, and there is an earlier wording")
	}
	r.say(t, somebody("ben", hub.RoleMember), x, "Here.")
	edit("@Name-of-ben and @Name-of-ana and @Name-of-sam")
	edit("Nobody")
	edit("@Name-of-ben")
	if got := r.called(t); !slices.Equal(got, []string{"Mentions 2 ben"}) {
		t.Errorf("after edits told are %v", got)
	}
	edit("@Name-of-ana > \n> @Name-of-ben")
	if got := r.called(t); len(got) != 0 {
		t.Errorf("told again are %v", got)
	}
	if got := r.shows(t, ana, discuss.Post{Body: p.Before[0].Body, Mentions: p.Mentions}); got != shown {
		t.Errorf("the earlier wording is %q", got)
	}

	// What somebody quotes calls nobody.
	r.say(t, sam, x, "> Did @Name-of-ana?\n\nYes.")
	if got := r.called(t); len(got) != 0 {
		t.Errorf("a quotation calls %v", got)
	}
}

// TestMentionHeld: nobody is told of what not everybody reads.
func TestMentionHeld(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(r *room, x discuss.Thread, seq int64) error
		told bool
	}{
		{"Deleted", func(r *room, x discuss.Thread, seq int64) error {
			return r.Delete(t.Context(), sam, x.Space, x.Slug, seq, "")
		}, false},
		{"Hidden", func(r *room, x discuss.Thread, seq int64) error {
			return r.Hide(t.Context(), moderator, x.Space, x.Slug, seq, "why")
		}, false},
		{"HiddenAndShown", func(r *room, x discuss.Thread, seq int64) error {
			return errors.Join(r.Hide(t.Context(), moderator, x.Space, x.Slug, seq, "why"), r.Show(t.Context(), moderator, x.Space, x.Slug, seq))
		}, true},
		{"SplitOff", func(r *room, x discuss.Thread, seq int64) error {
			_, err := r.Split(t.Context(), moderator, x.Space, x.Slug, seq, "Apart", "why")
			return err
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			x := r.start(t, ana, "network", "Held")
			p := r.say(t, sam, x, "@Name-of-ana")
			if err := c.act(r, x, p.Seq); err != nil {
				t.Fatal(err)
			}
			if got := r.called(t); len(got) > 1 || (len(got) == 1) != c.told {
				t.Errorf("told are %v", got)
			}
		})
	}
	t.Run("Waits", func(t *testing.T) {
		r := newRoom(t)
		x := r.start(t, ana, "network", "Waits")
		if err := r.SetSpace(t.Context(), moderator, "network", func(x *discuss.Space) { x.Holds = true }); err != nil {
			t.Fatal(err)
		}
		p := r.say(t, somebody("new-ned", hub.RoleMember), x, "@Name-of-ana")
		if got := r.called(t); p.Absent() != discuss.Held || len(got) != 0 {
			t.Errorf("told of what waits are %v", got)
		}
		if err := r.Show(t.Context(), moderator, x.Space, x.Slug, p.Seq); err != nil {
			t.Fatal(err)
		}
		if got := r.called(t); !slices.Equal(got, []string{"Waits 2 ana"}) {
			t.Errorf("told are %v", got)
		}
	})
}

// TestMentionNameless: that somebody mentions their own name does not tell who
// wrote without one.
func TestMentionNameless(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Nameless")
	r.say(t, sam, x, "By name.")
	for _, v := range []hub.Viewer{ana, sam} {
		p, err := r.Append(t.Context(), v, x.Space, x.Slug, discuss.NewPost{Body: "As @Name-of-sam said.", Lang: hub.English, Anonymous: true})
		if err != nil || len(p.Mentions) != 1 {
			t.Errorf("%s mentions %v, %v", v.Person, p.Mentions, err)
		}
	}
	if got := r.called(t); !slices.Equal(got, []string{"Nameless 3 sam"}) {
		t.Errorf("told are %v", got)
	}
}

// TestMentionLimits: too many, and names that several have, are refused in
// words; a name twice is one, in edits too.
func TestMentionLimits(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Many")
	var all []string
	for i := range discuss.MaxMentions + 1 {
		r.say(t, somebody(fmt.Sprintf("p%d", i), hub.RoleMember), x, "Here.")
		all = append(all, fmt.Sprintf("@Name-of-p%d", i))
	}
	post := func(body string) (discuss.Post, error) {
		return r.Append(t.Context(), sam, x.Space, x.Slug, discuss.NewPost{Body: body, Lang: hub.English})
	}
	var invalid *hub.Invalid
	if _, err := post(strings.Join(all, " ")); !errors.As(err, &invalid) || invalid.Field != "body" || invalid.Reason != discuss.ReasonMentions || invalid.Limit != discuss.MaxMentions {
		t.Errorf("21 people: %v", err)
	}
	p, err := post(strings.Join(all[1:], " ") + strings.Repeat(" "+all[1], 30))
	if err != nil || len(p.Mentions) != discuss.MaxMentions {
		t.Errorf("20 people: %v, %d", err, len(p.Mentions))
	}
	if _, err := r.Edit(t.Context(), sam, x.Space, x.Slug, p.Seq, all[0], p.Edited); !errors.As(err, &invalid) || invalid.Reason != discuss.ReasonMentions {
		t.Errorf("one more in an edit: %v", err)
	}

	// Two of one name, of one mechanism: what tells them apart is needed.
	twice := r.start(t, ana, "registered", "Twice")
	for _, id := range []string{"twin", "twin\u200b", "stakeholder", "stakeholder "} {
		role := hub.RoleMember
		if strings.HasPrefix(id, "stake") {
			role = hub.RoleStakeholder
		}
		r.say(t, somebody(id, role), twice, "Here.")
	}
	handles := r.handles(t, ana, twice.Space, twice.Slug)
	if len(handles) != 4 || len(slices.Compact(slices.Clone(handles))) != 4 {
		t.Errorf("the handles are %q", handles)
	}
	if _, err := r.Append(t.Context(), ana, twice.Space, twice.Slug, discuss.NewPost{Body: "Ask @Name-of-twin.", Lang: hub.English}); !errors.As(err, &invalid) || invalid.Reason != discuss.ReasonAlike {
		t.Errorf("a name of two: %v", err)
	}
	for _, h := range handles {
		p, err := r.Append(t.Context(), ana, twice.Space, twice.Slug, discuss.NewPost{Body: "Ask @" + h + ".", Lang: hub.English})
		if err != nil || len(p.Mentions) != 1 {
			t.Errorf("%q mentions %q, %v", h, p.Mentions, err)
		}
	}
}

// TestMentionGone: of an account that is no more the trace has no name, and its
// author can still edit the post.
func TestMentionGone(t *testing.T) {
	r := newRoom(t)
	x := r.start(t, ana, "network", "Gone")
	p := r.say(t, sam, x, "Ask @Name-of-ana.")
	p.Mentions = []string{"gone"}
	if got := r.shows(t, ana, p); got != "Ask …." {
		t.Errorf("shown is %q", got)
	}
	if text, err := r.Typed(t.Context(), sam, p); err != nil || text != "Ask @former-member-1." {
		t.Errorf("to edit there is %q, %v", text, err)
	}
}

// FuzzMention: whatever is typed, no sign comes in that way, and everything but
// mentions stays as it is.
func FuzzMention(f *testing.F) {
	r := newRoom(f)
	x := r.start(f, ana, "network", "Fuzz")
	r.say(f, sam, x, "Here.")
	for _, s := range []string{"@Name-of-ana", "\x021\x03", "@@Name-of-ana@", "> @Name-of-ana\n@Name-of-sam-", "و@Name-of-ana", "@\xff", "a@Name-of-ana.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := r.Preview(t.Context(), sam, x.Space, x.Slug, text)
		if err != nil {
			return
		}
		for _, n := range markup.Mentioned(p.Body) {
			if n > len(p.Mentions) {
				t.Fatalf("%q has a sign of nobody: %q", text, p.Body)
			}
		}
		if len(p.Mentions) == 0 && p.Body != strings.ReplaceAll(p.Body, "\x02", "") {
			t.Fatalf("%q has a sign: %q", text, p.Body)
		}
	})
}
