package walk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestRoomIsKept walks what moderators do for a space: it is opened, its first
// posts are held, a report is looked at, a post is hidden, a thread is split,
// moved and slowed; and what others see of each.
func TestRoomIsKept(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator")

	form := url.Values{
		"act": {"open"}, "slug": {"calendars"}, "tier": {"network"}, "kind": {"questions"}, "keep": {"0"}, "set": {"holds", "anonymous"}, "langs": {"fr"},
		"title-en": {"Calendars"}, "purpose-en": {"Dates that hold."}, "rules-en": {"One question in each thread."},
	}
	if a := moderator.submit(t, "/en/moderation/spaces/new", form); !strings.HasPrefix(a.header.Get("Location"), "/en/moderation/spaces/calendars") {
		t.Errorf("opened: %s", a.header.Get("Location"))
	}
	bad := url.Values{"_csrf": {csrfField.FindStringSubmatch(moderator.get(t, "/en/moderation/spaces/new").body)[1]}}
	for name, values := range form {
		bad[name] = values
	}
	for what, spoil := range map[string]url.Values{"the same address": {}, "no name": {"title-en": {""}, "slug": {"x-1"}}, "an exchange without times": {"kind": {"exchange"}, "slug": {"x-2"}}, "a word for months": {"keep": {"long"}, "slug": {"x-3"}}} {
		with := url.Values{}
		for _, more := range []url.Values{bad, spoil} {
			for name, values := range more {
				with[name] = values
			}
		}
		if a := moderator.post(t, "/en/moderation/spaces/new", with); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Dates that hold.") {
			t.Errorf("%s answers %d, or loses what was typed", what, a.status)
		}
	}
	if a := asker.get(t, "/en/discuss/calendars"); !strings.Contains(a.body, "One question in each thread.") || !strings.Contains(a.body, "French") {
		t.Error("the space does not show its rules and languages")
	}

	// The first post of somebody new is held.
	const title = "Who keeps the dates of the reports?"
	thread := asker.begin(t, "en", "calendars", title, "We forget them.")
	if a := other.get(t, thread); a.status != http.StatusNotFound {
		t.Errorf("a held thread answers %d", a.status)
	}
	if a := other.get(t, "/en/discuss/calendars"); strings.Contains(a.body, title) {
		t.Error("a held thread is listed")
	}
	if a := asker.get(t, thread); !strings.Contains(a.body, "We forget them.") || !strings.Contains(a.body, "first post of new members") {
		t.Error("its author does not see that it waits")
	}
	queue := moderator.get(t, "/en/moderation/posts").body
	if !strings.Contains(queue, "We forget them.") {
		t.Error("the queue does not show it")
	}
	moderator.submit(t, "/en/moderation/posts", url.Values{"act": {"show"}, "space": {"calendars"}, "thread": {thread[strings.LastIndex(thread, "/")+1:]}, "seq": {"1"}})
	if a := other.get(t, thread); a.status != http.StatusOK {
		t.Errorf("let through it answers %d", a.status)
	}

	// Its author says what it is about, and the list narrows to that.
	asker.submit(t, thread, url.Values{"act": {"tags"}, "tag-challenge": {"overdue-reports"}, "tag-state": {"MDA"}})
	if a := other.get(t, "/fr/discuss/calendars?tag=challenge:overdue-reports"); !strings.Contains(a.body, title) || !strings.Contains(a.body, "Rapports en retard") {
		t.Error("the list of a difficulty does not have it")
	}
	if a := other.get(t, "/fr/discuss/calendars?tag=challenge:silos"); strings.Contains(a.body, title) {
		t.Error("the list of another difficulty has it")
	}
	asker.submit(t, thread+"/summary", url.Values{"act": {"summarise"}, "on": {"0"}, "summary": {"- two **keep** a calendar"}})
	if a := other.get(t, thread); !strings.Contains(a.body, "<strong>keep</strong>") || !strings.Contains(a.body, "Where we are so far") {
		t.Error("the summary does not stand above the posts")
	}

	// A report reaches the moderators, without who made it.
	other.reply(t, thread, "A first answer", nil)
	moderator.submit(t, "/en/moderation/posts", url.Values{"act": {"show"}, "space": {"calendars"}, "thread": {thread[strings.LastIndex(thread, "/")+1:]}, "seq": {"2"}})
	other.reply(t, thread, "Something rude", nil)
	asker.submit(t, thread, url.Values{"act": {"report"}, "seq": {"3"}, "report": {"It is an insult."}})
	queue = moderator.get(t, "/en/moderation/posts").body
	if !strings.Contains(queue, "It is an insult.") || !strings.Contains(queue, "Something rude") {
		t.Error("the report is not in the queue")
	}
	token := csrfField.FindStringSubmatch(queue)[1]
	decide := url.Values{"_csrf": {token}, "act": {"hide"}, "space": {"calendars"}, "thread": {thread[strings.LastIndex(thread, "/")+1:]}, "seq": {"3"}}
	if a := moderator.post(t, "/en/moderation/posts", decide); a.status != http.StatusUnprocessableEntity {
		t.Errorf("hidden without a reason: %d", a.status)
	}
	decide.Set("reason", "Against the rules.")
	moderator.submit(t, "/en/moderation/posts", decide)
	if a := asker.get(t, thread); strings.Contains(a.body, "Something rude") || !strings.Contains(a.body, "Against the rules.") {
		t.Error("what was hidden is read")
	}
	if a := other.get(t, thread); !strings.Contains(a.body, "Something rude") {
		t.Error("its author has lost what they wrote")
	}
	if queue := moderator.get(t, "/en/moderation/posts").body; strings.Contains(queue, "insult") {
		t.Error("the report still waits")
	}

	// Split off, moved, slowed.
	other.reply(t, thread, "Another matter", nil)
	a := moderator.submit(t, thread, url.Values{"act": {"split"}, "seq": {"4"}, "title": {"Another matter"}, "why": {"Two questions."}})
	off, _, _ := strings.Cut(a.header.Get("Location"), "?")
	if a := asker.get(t, off); !strings.Contains(a.body, "Another matter") {
		t.Errorf("%s has no posts", off)
	}
	link := asker.get(t, thread).body
	if !strings.Contains(link, "in a thread of its own") || !strings.Contains(link, "/en/thread/") {
		t.Error("no trace leads to what was split off")
	}
	a = moderator.submit(t, thread, url.Values{"act": {"move"}, "to": {"tools"}, "reason": {"It is about tools."}})
	moved, _, _ := strings.Cut(a.header.Get("Location"), "?")
	if moved == thread || !strings.HasPrefix(moved, "/en/discuss/tools/") {
		t.Fatalf("moved to %s", moved)
	}
	if a := asker.get(t, thread); a.status != http.StatusSeeOther || a.header.Get("Location") != moved {
		t.Errorf("its old address answers %d, %s", a.status, a.header.Get("Location"))
	}
	moderator.submit(t, moved, url.Values{"act": {"slow"}, "slow": {"60"}, "reason": {"Calm."}})
	page := other.get(t, moved).body
	late := url.Values{"_csrf": {csrfField.FindStringSubmatch(page)[1]}, "key": {replyKey.FindStringSubmatch(page)[1]}, "act": {"post"}, "lang": {"en"}, "body": {"Too soon"}}
	if a := other.post(t, thread, late); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Too soon") {
		t.Errorf("too soon: %d, or the text is lost", a.status)
	}

	// A hosted exchange that has not begun.
	from, to := time.Now().UTC().Add(24*time.Hour), time.Now().UTC().Add(48*time.Hour)
	moderator.submit(t, "/en/moderation/spaces/new", url.Values{
		"act": {"open"}, "slug": {"week"}, "tier": {"network"}, "kind": {"exchange"}, "keep": {"12"}, "title-en": {"A week"}, "purpose-en": {"For a week."},
		"from": {from.Format("2006-01-02T15:04")}, "to": {to.Format("2006-01-02T15:04")}, "host": {"member@demo.example"}, "question": {"What held?"}, "opening": {"**Welcome**"},
	})
	if a := other.get(t, "/en/discuss/week"); !strings.Contains(a.body, "What held?") || !strings.Contains(a.body, "<strong>Welcome</strong>") || strings.Contains(a.body, "/week/new") {
		t.Error("the exchange does not show its question, or is open early")
	}
	asker.begin(t, "en", "week", "The question of the week", "What held with you?")

	// A closed space, and a member of it who is removed.
	moderator.submit(t, "/en/moderation/spaces/new", url.Values{
		"act": {"open"}, "slug": {"peers"}, "tier": {"closed"}, "kind": {"discussion"}, "keep": {"0"}, "title-en": {"Peers of four"}, "purpose-en": {"Among us."},
	})
	moderator.submit(t, "/en/moderation/spaces/peers", url.Values{"act": {"admit"}, "email": {"member@demo.example"}})
	if a := asker.get(t, "/en/discuss/peers"); a.status != http.StatusOK {
		t.Errorf("a member of it gets %d", a.status)
	}
	if a := other.get(t, "/en/discuss/peers"); a.status != http.StatusNotFound {
		t.Errorf("another member gets %d", a.status)
	}
	guests := moderator.get(t, "/en/moderation/spaces/peers").body
	ids := idField.FindAllStringSubmatch(guests, -1)
	if len(ids) != 2 {
		t.Fatalf("%d members are named", len(ids))
	}
	for _, id := range ids {
		moderator.submit(t, "/en/moderation/spaces/peers", url.Values{"act": {"dismiss"}, "id": {id[1]}, "reason": {"left"}})
	}
	if a := asker.get(t, "/en/discuss/peers"); a.status != http.StatusNotFound {
		t.Errorf("who was removed gets %d", a.status)
	}

	for _, p := range []*person{asker, s.as(t, "admin"), s.as(t, "stakeholder"), s.as(t, "")} {
		for _, at := range []string{"/en/moderation/posts", "/en/moderation/spaces", "/en/moderation/spaces/new", "/en/moderation/spaces/calendars"} {
			if a := p.get(t, at); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
				t.Errorf("%s answers %d", at, a.status)
			}
		}
	}
	for _, name := range []string{"tbexpert", "stakeholder", ""} {
		if a := s.as(t, name).get(t, link[strings.Index(link, "/en/thread/"):][:strings.Index(link[strings.Index(link, "/en/thread/"):], `"`)]); a.status != http.StatusNotFound {
			t.Errorf("%q gets %d for a thread by its id", name, a.status)
		}
	}
}

// TestPromote: of what one wrote oneself a draft of a practice is made, and of
// an outcome by who leads the thread; nothing else of the talk goes along.
func TestPromote(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other := s.as(t, "member"), s.as(t, "member2")
	thread := asker.begin(t, "en", "tools", "A title that is said in confidence", "How?")
	other.reply(t, thread, "We **write** the handover down.\n\nIt takes an hour.", nil)
	token := csrfField.FindStringSubmatch(asker.get(t, thread).body)[1]
	if a := asker.post(t, thread, url.Values{"_csrf": {token}, "act": {"promote-practice"}, "seq": {"2"}}); a.status != http.StatusNotFound {
		t.Errorf("of the words of another: %d", a.status)
	}
	if a := asker.post(t, thread, url.Values{"_csrf": {token}, "act": {"promote-practice"}}); a.status != http.StatusNotFound {
		t.Errorf("of an outcome that is not there: %d", a.status)
	}
	a := other.submit(t, thread, url.Values{"act": {"promote-practice"}, "seq": {"2"}})
	draft, _, _ := strings.Cut(a.header.Get("Location"), "?")
	page := other.get(t, a.header.Get("Location")).body
	if !strings.Contains(page, "We write the handover down.") || !strings.Contains(page, "begun with your words") {
		t.Error("the draft does not begin with the words, or says nothing of it")
	}
	if work := other.get(t, draft+"/work?lang=fr").body; !strings.Contains(work, "It takes an hour.") || strings.Contains(page+work, "in confidence") {
		t.Error("the words are not in the draft, or the title of the thread is")
	}
	if a := asker.get(t, draft); a.status != http.StatusNotFound {
		t.Errorf("another mechanism gets %d for the draft", a.status)
	}
	a = other.submit(t, thread, url.Values{"act": {"promote-resource"}, "seq": {"2"}})
	tool, _, _ := strings.Cut(a.header.Get("Location"), "?")
	if text := other.get(t, tool+"/text?lang=en").body; tool == draft || !strings.Contains(text, "It takes an hour.") || !strings.Contains(text, "Toolkit") {
		t.Error("no draft of a text for the toolkit")
	}
	asker.submit(t, thread, url.Values{"act": {"conclude"}, "shared": {"1. Write the handover down."}, "seen": {"0001-01-01T00:00:00Z"}})
	a = asker.submit(t, thread, url.Values{"act": {"promote-practice"}})
	if page := asker.get(t, a.header.Get("Location")).body; !strings.Contains(page, "Write the handover down.") {
		t.Error("no draft of the outcome")
	}
	if a := other.post(t, thread, url.Values{"_csrf": {csrfField.FindStringSubmatch(other.get(t, thread).body)[1]}, "act": {"promote-practice"}}); a.status != http.StatusNotFound {
		t.Errorf("of an outcome by who does not lead: %d", a.status)
	}
}

// TestConsent: of the words of another a draft is made only after they said
// yes, and a nameless author is asked and answers without a name.
func TestConsent(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, author, third := s.as(t, "member"), s.as(t, "member2"), s.as(t, "coordinator")
	thread := asker.begin(t, "en", "tools", "A title that is said in confidence", "How?")
	author.reply(t, thread, "We **write** the handover down.", url.Values{"as": {"nameless"}})
	act := func(p *person, what string) answer {
		token := csrfField.FindStringSubmatch(p.get(t, thread).body)[1]
		return p.post(t, thread, url.Values{"_csrf": {token}, "act": {what}, "seq": {"2"}})
	}
	sees := func(p *person, path, words string, want bool) {
		t.Helper()
		if strings.Contains(p.get(t, path).body, words) != want {
			t.Errorf("%s: %q is there: %v", path, words, !want)
		}
	}
	offer, request := `value="promote-practice">Make a practice of it <span class="vh">2</span>`, "May your words be used?"
	sees(asker, thread, `value="consent-ask-practice"`, true)
	sees(third, thread, `value="consent-ask-practice"`, false)
	sees(author, "/en/news", request, false)
	if a := act(third, "consent-ask-practice"); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
		t.Errorf("who does not lead asks: %d", a.status)
	}
	for _, use := range []string{"practice", "resource"} { // the first stands
		if a := act(asker, "consent-ask-"+use); a.status != http.StatusSeeOther {
			t.Fatalf("asked: %d", a.status)
		}
	}
	sees(author, "/en/news", request, true)
	sees(third, "/en/news", request, false)
	sees(author, thread, `value="consent-yes"`, true)
	sees(asker, thread, "They have not answered yet", true)
	sees(third, thread, "They have not answered yet", false)
	sees(asker, thread, offer, false)
	if a := act(asker, "promote-practice"); a.status != http.StatusNotFound {
		t.Errorf("a draft before the answer: %d", a.status)
	}
	if a := act(asker, "consent-yes"); a.status != http.StatusNotFound {
		t.Errorf("who asked answers: %d", a.status)
	}
	act(author, "consent-yes")
	sees(author, "/en/news", request, false)
	sees(asker, thread, offer, true)
	act(author, "consent-no")
	sees(asker, thread, offer, false)
	act(author, "consent-yes")
	a := act(asker, "promote-practice")
	draft, _, _ := strings.Cut(a.header.Get("Location"), "?")
	page := asker.get(t, draft).body + asker.get(t, draft+"/work?lang=en").body
	if !strings.Contains(page, "the handover down.") || strings.Contains(page, "in confidence") || strings.Contains(page, thread) {
		t.Error("the words are not in the draft, or the thread is")
	}
	if a := act(asker, "promote-resource"); a.status != http.StatusNotFound {
		t.Errorf("of another kind than the author was asked for: %d", a.status)
	}
	if again, _, _ := strings.Cut(act(asker, "promote-practice").header.Get("Location"), "?"); again != draft || draft == "" {
		t.Errorf("made again it is %q, not %q", again, draft)
	}
	if a := author.get(t, draft); a.status != http.StatusNotFound {
		t.Errorf("another mechanism gets %d for the draft", a.status)
	}
	if a := act(author, "consent-no"); a.status != http.StatusConflict {
		t.Errorf("taken back after the draft: %d", a.status)
	}
	sees(asker, thread, "a draft of a practice was begun with this post", true)
	sees(author, thread, "with the words of your post", true)
}
