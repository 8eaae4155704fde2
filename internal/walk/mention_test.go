package walk

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// mails are how many mails there are to a demo account.
func (s *site) mails(t *testing.T, name string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.data, "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err == nil && strings.Contains(string(raw), "<"+name+"@demo.example>") {
			n++
		}
	}
	return n
}

var askedAt = regexp.MustCompile(`data-people="([^"]+)"`)

// offered are the handles that somebody is offered who writes on a page.
func (p *person) offered(t *testing.T, page string) (status int, handles string) {
	t.Helper()
	at := askedAt.FindStringSubmatch(p.get(t, page).body)
	if at == nil {
		return http.StatusNotFound, ""
	}
	a := p.get(t, at[1])
	var all []string
	for _, m := range regexp.MustCompile(`"handle":"([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
		all = append(all, m[1])
	}
	return a.status, strings.Join(all, " ")
}

// TestMention: a member mentions a member, who is told and led to the post; the
// name is in no copy; others do not see it, and who wrote without a name is
// neither found nor mentioned.
func TestMention(t *testing.T) {
	s := open(t)
	asker, other, silent := s.as(t, "member"), s.as(t, "member2"), s.as(t, "coordinator")
	other.submit(t, "/en/account/notifications", url.Values{"act": {"all"}, "news": {"once"}, "zone": {"UTC"}, "from": {"0"}, "to": {"0"}})
	// Other has written in the space with their name, the silent one without.
	other.begin(t, "en", "tools", "Elsewhere in the space", "How do you do it?")
	thread := asker.begin(t, "en", "tools", "Which tool for deadlines", "Who knows?")
	silent.reply(t, thread, "A frank word.", url.Values{"as": {"nameless"}})
	if _, got := asker.offered(t, thread); got != "Demo-member-2" {
		t.Errorf("offered are %q", got)
	}
	if _, got := asker.offered(t, "/en/discuss/tools/new"); got != "Demo-member-2" {
		t.Errorf("for a new thread offered are %q", got)
	}
	missing := s.as(t, "tbexpert").get(t, "/en/thread/no-such/people")
	for _, name := range []string{"", "stakeholder", "tbexpert", "admin"} {
		for _, at := range []string{"/en/thread/" + s.threadID(t, "tools") + "/people", "/en/discuss/tools/new/people", "/en/discuss/no-such/new/people"} {
			if a := s.as(t, name).get(t, at); a.status != http.StatusNotFound || plain(a, "") != plain(missing, "") && name == "tbexpert" {
				t.Errorf("%q gets %d at %s", name, a.status, at)
			}
		}
	}

	// Without a script: the list, a choice, the preview, the post.
	key := replyKey.FindStringSubmatch(asker.get(t, thread).body)[1]
	form := func(act, body string) url.Values {
		return url.Values{"act": {act}, "key": {key}, "lang": {"en"}, "body": {body}}
	}
	a := asker.brings(t, thread, form("people", "Quokka asks"), nil)
	if !strings.Contains(a.body, `value="mention Demo-member-2"`) || strings.Contains(a.body, "coordinator</bdi>") || !strings.Contains(a.body, "Quokka asks</textarea>") {
		t.Errorf("the list of people: %d\n%s", a.status, a.body)
	}
	a = asker.brings(t, thread, form("mention Demo-member-2", "Quokka asks"), nil)
	if !strings.Contains(a.body, "Quokka asks @Demo-member-2 </textarea>") {
		t.Error("the choice is not put into the text")
	}
	const said = "Quokka asks @Demo-member-2 and @Demo-coordinator"
	const shown = `Quokka asks <bdi class="mention">@Demo member 2</bdi> and @Demo-coordinator`
	if a = asker.brings(t, thread, form("preview", said), nil); !strings.Contains(a.body, shown) {
		t.Error("the preview does not show the mention")
	}
	asker.submit(t, thread, form("post", said))
	asker.submit(t, thread, form("post", said)) // sent twice
	for _, p := range []*person{asker, silent} {
		if page := p.get(t, thread).body; strings.Count(page, shown) != 1 {
			t.Errorf("%s does not see the mention once", p.name)
		}
	}
	if posts := asker.get(t, "/api/v1/threads/"+s.threadID(t, "tools")+"/posts").body; !strings.Contains(posts, "asks @Demo member 2 and") || strings.Contains(posts, `\u0002`) {
		t.Errorf("as JSON: %s", posts)
	}

	// Other is told; nobody else.
	letter := s.letterTo(t, "member2@demo.example")
	if strings.Contains(letter, "deadlines") || strings.Contains(letter, "Quokka") || strings.Contains(letter, "Demo member") && strings.Contains(letter, "mention") {
		t.Errorf("the mail says too much: %s", letter)
	}
	news := other.get(t, "/en/news").body
	if !strings.Contains(news, `href="`+thread+`#p3">You are mentioned`) {
		t.Errorf("the news does not lead to the post: %s", news)
	}
	if news := silent.get(t, "/en/news").body; strings.Contains(news, "You are mentioned") {
		t.Error("who wrote without a name is told")
	}
	if page := other.get(t, thread).body; strings.Count(page, shown) != 1 {
		t.Error("who is mentioned does not see it")
	}
	if news := other.get(t, "/en/news").body; strings.Contains(news, "You are mentioned") {
		t.Error("what was read is still new")
	}

	// Copies name nobody: a quotation, a draft, the search.
	if page := other.get(t, thread+"?reply=3").body; !strings.Contains(page, "&gt; Quokka asks a participant and") {
		t.Error("a quotation names somebody, or is not there")
	}
	waits(t, 10*time.Second, "the search has it", func() bool { return strings.Contains(silent.get(t, "/en/search?q=quokka").body, "<mark>Quokka</mark>") })
	if page := silent.get(t, "/en/search?q=quokka").body; !strings.Contains(page, "asks a participant and") {
		t.Error("the excerpt of the search names somebody")
	}
	own := asker.get(t, "/en/account/data").body
	if strings.Contains(own, "Demo member 2") {
		t.Error("what somebody takes along names others")
	}

	// Edited: the author sees what they typed, and whoever is new is told.
	edit := asker.get(t, thread+"?edit=3").body
	if !strings.Contains(edit, said+"</textarea>") {
		t.Error("the text to edit has no handle")
	}
	change := func(act, text string) url.Values {
		return url.Values{"act": {act}, "seq": {"3"}, "seen": {"0001-01-01T00:00:00Z"}, "text": {text}}
	}
	if !strings.Contains(edit, `value="edit-people"`) {
		t.Error("without a script nobody is offered while a post is edited")
	}
	a = asker.brings(t, thread+"?edit=3", change("edit-people", "Numbat"), nil)
	if a.status != http.StatusOK || !strings.Contains(a.body, `value="edit-mention Demo-member-2"`) || !strings.Contains(a.body, "Numbat</textarea>") {
		t.Errorf("the list while a post is edited: %d", a.status)
	}
	if a = asker.brings(t, thread, change("edit-mention Demo-member-2", "Numbat"), nil); !strings.Contains(a.body, "Numbat @Demo-member-2 </textarea>") {
		t.Error("the choice is not put into the text that is edited")
	}
	asker.submit(t, thread, change("edit", "No @Demo-member-2"))
	if a := silent.get(t, thread+"/3/before"); !strings.Contains(a.body, "@Demo member 2") || strings.Contains(a.body, "\x02") {
		t.Error("the earlier wordings do not show the mention")
	}
	if n := s.mails(t, "member2"); n != 1 {
		t.Errorf("other got %d mails", n)
	}
	asker.reply(t, thread, strings.Repeat("@Demo-member-2 ", 30), nil) // is one mention

	// Who asks for the list again and again waits, with a script or without, and
	// keeps what they typed.
	for range 60 {
		asker.get(t, "/en/discuss/tools/new/people")
	}
	if a := asker.get(t, "/en/discuss/tools/new/people"); a.status != http.StatusTooManyRequests {
		t.Errorf("the sixty-first time: %d", a.status)
	}
	for act, field := range map[string]string{"people": "body", "edit-people": "text"} {
		form := url.Values{"act": {act}, "seq": {"3"}, "key": {key}, "lang": {"en"}, field: {"Numbat"}}
		if a := asker.brings(t, thread, form, nil); a.status != http.StatusTooManyRequests || !strings.Contains(a.body, "Wait a minute") || !strings.Contains(a.body, "Numbat</textarea>") || strings.Contains(a.body, `mention Demo-member-2"`) {
			t.Errorf("without a script, %s: %d", act, a.status)
		}
	}
}

// threadID is the id of the thread of a space that was active last.
func (s *site) threadID(t *testing.T, space string) string {
	t.Helper()
	return threadID.FindStringSubmatch(s.as(t, "member").get(t, "/api/v1/spaces/"+space+"/threads").body)[1]
}

// TestMentionInRoom: members of a closed space mention each other, before they
// have written; who was taken out is neither offered nor told.
func TestMentionInRoom(t *testing.T) {
	s := open(t)
	s.room(t, "peers", "closed", "member", "member2", "tbexpert")
	asker, leaver, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator")
	for _, p := range []*person{leaver, s.as(t, "tbexpert")} {
		p.submit(t, "/en/account/notifications", url.Values{"act": {"all"}, "news": {"once"}, "zone": {"UTC"}, "from": {"0"}, "to": {"0"}})
	}
	if _, got := asker.offered(t, "/en/discuss/peers/new"); got != "Demo-member-2 Demo-moderator Demo-treaty-body-expert" {
		t.Errorf("offered are %q", got)
	}
	moderator.submit(t, "/en/moderation/spaces/peers", url.Values{"act": {"dismiss"}, "id": {s.idOf(t, "member2")}, "reason": {"left"}})
	if _, got := asker.offered(t, "/en/discuss/peers/new"); got != "Demo-moderator Demo-treaty-body-expert" {
		t.Errorf("after one was taken out, offered are %q", got)
	}
	if a := leaver.get(t, "/en/discuss/peers/new/people"); a.status != http.StatusNotFound {
		t.Errorf("who was taken out gets %d", a.status)
	}
	thread := asker.begin(t, "en", "peers", "A frank matter", "What do @Demo-member-2 and @Demo-treaty-body-expert think?")
	if page := asker.get(t, thread).body; !strings.Contains(page, `do @Demo-member-2 and <bdi class="mention">@Demo treaty-body expert</bdi>`) {
		t.Error("mentioned are not those who are members")
	}
	letter := s.letterTo(t, "tbexpert@demo.example")
	if strings.Contains(letter, "frank") || strings.Contains(letter, "Demo member") {
		t.Errorf("the mail says too much: %s", letter)
	}
	if n := s.mails(t, "member2"); n != 0 {
		t.Errorf("who was taken out got %d mails", n)
	}
	if news := leaver.get(t, "/en/news").body; strings.Contains(news, "frank") {
		t.Error("the news of who was taken out tells of it")
	}
}

// TestMentionTyped: in a browser an @ offers the people, and a choice by keys
// puts the handle into the text; what is offered breaks no rule of accessibility.
func TestMentionTyped(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	rules, s := axe(t), openWatched(t)
	s.as(t, "member2").begin(t, "en", "tools", "Elsewhere", "How?")
	thread := s.as(t, "member").begin(t, "en", "tools", "Typed", "Who?")
	b := openBrowser(t)
	b.set(t, window{390, true, false})
	b.signIn(t, s, "member")
	var text, plainly string
	b.run(t,
		chromedp.Navigate(s.url+thread),
		chromedp.SendKeys(`#reply textarea`, "Ask @2", chromedp.ByQuery),
		chromedp.Poll(`document.querySelector("#mentions [aria-selected=true]") !== null`, nil), // the list is drawn anew as it is typed
		chromedp.Evaluate(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }))`, nil),
		chromedp.SendKeys(`#reply textarea`, "now", chromedp.ByQuery),
		chromedp.Value(`#reply textarea`, &text, chromedp.ByQuery),
		chromedp.Evaluate(`getComputedStyle(document.querySelector("#reply .plain")).display`, &plainly),
	)
	// The toolbar does the same, in a composer that came while the page was open too.
	b.run(t,
		chromedp.Evaluate(`document.querySelector("#reply").replaceWith(document.querySelector("#reply").cloneNode(true))`, nil),
		chromedp.Click(`#reply [data-mark=mention]`, chromedp.ByQuery),
		chromedp.WaitVisible(`#mentions`, chromedp.ByQuery),
	)
	b.checkHere(t, rules, "people to mention")
	if text != "Ask @Demo-member-2 now" || plainly != "none" {
		t.Errorf("the text is %q, the button for no script %q", text, plainly)
	}
}
