package walk

import (
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var replyKey = regexp.MustCompile(`name="key" value="([^"]+)"`)

var idField = regexp.MustCompile(`name="id" value="([^"]+)"`)

// begin begins a thread and returns its path.
func (p *person) begin(t *testing.T, lang, space, title, body string) string {
	t.Helper()
	at := "/" + lang + "/discuss/" + space + "/new"
	key := replyKey.FindStringSubmatch(p.get(t, at).body)
	if key == nil {
		t.Fatalf("no form at %s", at)
	}
	a := p.submit(t, at, url.Values{"act": {"start"}, "key": {key[1]}, "title": {title}, "body": {body}, "lang": {lang}})
	path, _, _ := strings.Cut(a.header.Get("Location"), "?")
	return path
}

// reply adds a post, with more of the form where it is given.
func (p *person) reply(t *testing.T, thread, body string, more url.Values) answer {
	t.Helper()
	form := url.Values{"act": {"post"}, "key": {replyKey.FindStringSubmatch(p.get(t, thread).body)[1]}, "body": {body}, "lang": {"fr"}}
	for name, values := range more {
		form[name] = values
	}
	return p.submit(t, thread, form)
}

// TestTalk walks a question to its outcome: a member in one State asks in
// French, one in another answers, the moderator concludes; the treaty-body
// expert and the public see nothing of it anywhere.
func TestTalk(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator")
	const title = "Comment garder les points focaux après un changement de gouvernement ?"
	thread := asker.begin(t, "fr", "coordination", title, "Ils changent **souvent**.\n\n- Que faites-vous ?")
	if thread != "/fr/discuss/coordination/comment-garder-les-points-focaux-apres-un-changement-de-gouv" {
		t.Fatalf("the thread is at %s", thread)
	}
	if list := other.get(t, "/ar/discuss/coordination").body; !strings.Contains(list, title) || !strings.Contains(list, `class="unread"`) {
		t.Error("the list does not show it as new")
	}
	page := other.get(t, thread).body
	if !strings.Contains(page, "<strong>souvent</strong>") || !strings.Contains(page, "République de Moldova") {
		t.Error("the thread does not show the question and who asked")
	}
	if list := other.get(t, "/ar/discuss/coordination").body; strings.Contains(list, `class="unread"`) {
		t.Error("what was read is still shown as new")
	}
	a := other.reply(t, thread+"?from=1&reply=1", "Nous en nommons deux.", url.Values{"reply": {"1"}})
	if !strings.HasSuffix(a.header.Get("Location"), "#p2") {
		t.Errorf("after a reply: %s", a.header.Get("Location"))
	}
	if page := asker.get(t, thread).body; !strings.Contains(page, "Nous en nommons deux.") || !strings.Contains(page, "Maroc") || !strings.Contains(page, `id="new"`) || !strings.Contains(page, "Répond au message 1") {
		t.Error("who asked does not see the answer as new")
	}

	// What looks like a person's case is asked about first, and nothing is lost.
	key := replyKey.FindStringSubmatch(other.get(t, thread).body)[1]
	token := csrfField.FindStringSubmatch(other.get(t, thread).body)[1]
	risky := url.Values{"_csrf": {token}, "act": {"post"}, "key": {key}, "lang": {"fr"}, "body": {"Écrivez à ion.c@gmail.com"}}
	if a := other.post(t, thread, risky); a.status != http.StatusOK || !strings.Contains(a.body, "S’agit-il d’une personne") || !strings.Contains(a.body, "ion.c@gmail.com") || !strings.Contains(a.body, key) {
		t.Errorf("a text with an address: %d", a.status)
	}
	risky.Set("sure", "1")
	for range 2 { // sent twice it is one post
		if a := other.post(t, thread, risky); a.status != http.StatusSeeOther || !strings.HasSuffix(a.header.Get("Location"), "#p3") {
			t.Errorf("sent on: %d, %s", a.status, a.header.Get("Location"))
		}
	}
	if a := other.post(t, thread, url.Values{"_csrf": {token}, "act": {"preview"}, "lang": {"fr"}, "body": {"**vu**"}}); !strings.Contains(a.body, "<strong>vu</strong>") || !strings.Contains(a.body, "**vu**</textarea>") {
		t.Error("the preview does not show the text, or loses it")
	}
	if a := other.post(t, thread, url.Values{"_csrf": {token}, "act": {"post"}, "lang": {"fr"}, "body": {" "}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty post: %d", a.status)
	}

	other.submit(t, thread, url.Values{"act": {"delete"}, "seq": {"3"}})
	if page := asker.get(t, thread).body; strings.Contains(page, "ion.c@gmail.com") || !strings.Contains(page, "supprimé par son auteur") {
		t.Error("a deleted post is still shown, or left no trace")
	}
	asker.submit(t, thread, url.Values{"act": {"useful"}, "seq": {"2"}})
	asker.submit(t, thread, url.Values{"act": {"solved"}, "seq": {"2"}})
	if a := moderator.post(t, thread, url.Values{"_csrf": {csrfField.FindStringSubmatch(moderator.get(t, thread).body)[1]}, "act": {"conclude"}, "seen": {"0001-01-01T00:00:00Z"}, "shared": {"Le Niger en nomme deux."}}); a.status != http.StatusOK || !strings.Contains(a.body, "nomme Niger") || !strings.Contains(a.body, "Le Niger en nomme deux.</textarea>") {
		t.Errorf("an outcome that names a State: %d", a.status)
	}
	moderator.submit(t, thread, url.Values{"act": {"conclude"}, "shared": {"1. Nommez-en deux."}})
	moderator.submit(t, thread, url.Values{"act": {"lock"}, "reason": {"concluded"}})
	page = other.get(t, thread).body
	for _, want := range []string{"Ceci répond à la question", "Utile 1", "Nommez-en deux.", "Ce fil a été clos"} {
		if !strings.Contains(page, want) {
			t.Errorf("the thread does not say %q", want)
		}
	}
	if strings.Contains(page, `name="body"`) {
		t.Error("a closed thread can be written in")
	}
	if a := other.post(t, thread, url.Values{"_csrf": {token}, "act": {"post"}, "lang": {"fr"}, "body": {"encore"}}); a.status != http.StatusForbidden {
		t.Errorf("a post to a closed thread: %d", a.status)
	}

	for _, name := range []string{"tbexpert", "stakeholder", "admin", ""} {
		p := s.as(t, name)
		for _, at := range []string{thread, "/fr/discuss/coordination", "/fr/discuss/coordination/new", thread + "?from=1"} {
			if a := p.get(t, at); a.status != http.StatusNotFound || strings.Contains(a.body, "focaux") {
				t.Errorf("%q gets %d at %s", name, a.status, at)
			}
		}
		if a := p.get(t, "/fr/discuss"); strings.Contains(a.body, "coordination") {
			t.Errorf("%q sees the space in the list", name)
		}
		if a := p.get(t, "/fr/search?q=focaux+gouvernement"); strings.Contains(a.body, title) {
			t.Errorf("%q finds the thread", name)
		}
	}
}

// talks has people talk, for those who look at the pages.
func (s *site) talks(t *testing.T) {
	t.Helper()
	asker, other, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator")
	thread := asker.begin(t, "en", "coordination", "Two focal points", "Our focal points in line ministries change often. Each time, we train again and lose **six months**.\n\n- What has worked for you?\n- Who names the second one?")
	asker.begin(t, "ar", "coordination", "كيف نحافظ على جهات الاتصال بعد تغيّر الحكومة؟", "تتغير جهات الاتصال كثيرًا.")
	other.reply(t, thread, "The same here. We now ask for one technical officer too.", nil)
	other.reply(t, thread, "> What has worked for you?\n\nA regular meeting with a clear agenda keeps people. When nothing is due, we share what the others do.", url.Values{"reply": {"1"}})
	other.reply(t, thread, "Something that I take back.", nil)
	other.submit(t, thread, url.Values{"act": {"delete"}, "seq": {"4"}})
	asker.submit(t, thread, url.Values{"act": {"useful"}, "seq": {"3"}})
	asker.submit(t, thread, url.Values{"act": {"solved"}, "seq": {"3"}})
	moderator.submit(t, thread, url.Values{"act": {"conclude"}, "shared": {"1. Name two focal points per ministry, at different levels.\n2. Tie the role to a post, in the founding decree."}})
	asker.reply(t, thread, "Thank you. Is the handover written down?", url.Values{"as": {"nameless"}})
	summed := asker.begin(t, "en", "coordination", "Summed up", "How do you hand over?")
	for n, text := range []string{"**Agreed**\n\n- Write it down.", "**Agreed**\n\n- Write it down, on one page."} {
		asker.submit(t, summed+"/summary", url.Values{"act": {"summarise"}, "on": {strconv.Itoa(n)}, "summary": {text}})
	}
	other.submit(t, summed+"/summary", url.Values{"act": {"propose"}, "on": {"1"}, "summary": {"**Agreed**\n\n- Write it down.\n- Meet for an hour."}, "why": {"As most do."}})
	other.submit(t, summed+"/summary", url.Values{"act": {"propose"}, "on": {"2"}, "summary": {"Nothing is agreed."}, "as": {"nameless"}})
	asker.submit(t, summed+"/summary", url.Values{"act": {"aside"}, "id": {asker.waiting(t, summed)[1]}, "reason": {"Two things are."}})
}

// TestNews: who follows a thread is told by mail that there is news, and not
// what; the page of news leads to it; the mails end with one click, by mail
// programs too.
func TestNews(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other := s.as(t, "member"), s.as(t, "member2")
	asker.submit(t, "/fr/account/notifications", url.Values{"act": {"all"}, "news": {"once"}, "zone": {"UTC"}, "from": {"0"}, "to": {"0"}})
	thread := asker.begin(t, "fr", "tools", "Wombat question", "Wombat detail")
	other.reply(t, thread, "Wombat answer", nil)
	mail := s.letterTo(t, "member@demo.example")
	if strings.Contains(strings.ToLower(mail), "wombat") || strings.Contains(mail, "tools") || strings.Contains(mail, "Demo member 2") {
		t.Errorf("the mail tells what is behind the sign-in:\n%s", mail)
	}
	if !strings.Contains(mail, "/news") {
		t.Errorf("the mail leads nowhere:\n%s", mail)
	}
	if page := asker.get(t, "/fr/news").body; !strings.Contains(page, "Wombat question") || !strings.Contains(page, "#p2") {
		t.Error("the page of news does not lead to the answer")
	}
	if page := other.get(t, "/fr/news").body; strings.Contains(page, "Wombat") {
		t.Error("who has seen all has news")
	}
	asker.get(t, thread)
	if page := asker.get(t, "/fr/news").body; strings.Contains(page, "Wombat") {
		t.Error("what was read is still new")
	}

	stop := regexp.MustCompile(`List-Unsubscribe: <http://[^/]+(/unsubscribe/\S+)>`).FindStringSubmatch(mail)
	if stop == nil || !strings.Contains(mail, "List-Unsubscribe=One-Click") {
		t.Fatalf("the mails cannot be ended:\n%s", mail)
	}
	stranger := s.as(t, "")
	if a := stranger.get(t, "/fr"+stop[1]); a.status != http.StatusOK || !strings.Contains(a.body, "Arrêter ces courriels") {
		t.Errorf("the page that ends them: %d", a.status)
	}
	if page := asker.get(t, "/en/account/notifications").body; strings.Contains(page, `value="never" selected`) {
		t.Error("opening the link ended the mails")
	}
	if a := stranger.post(t, stop[1], url.Values{"List-Unsubscribe": {"One-Click"}}); a.status != http.StatusSeeOther {
		t.Errorf("one click: %d", a.status)
	}
	if page := asker.get(t, "/en/account/notifications").body; !strings.Contains(page, `value="never" selected`) {
		t.Error("one click did not end the mails")
	}
	if a := stranger.post(t, stop[1]+"x", nil); a.status != http.StatusNotFound {
		t.Errorf("a wrong token: %d", a.status)
	}
}

// letterTo waits for a mail to an address and returns it, decoded.
func (s *site) letterTo(t *testing.T, address string) string {
	t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-look.C {
		files, err := filepath.Glob(filepath.Join(s.data, "mail", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err == nil && strings.Contains(string(raw), "<"+address+">") {
				head, rest, _ := strings.Cut(string(raw), "\r\n\r\n")
				body, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(rest)))
				return strings.ReplaceAll(head, "\r\n ", " ") + "\n\n" + string(body)
			}
		}
	}
	t.Fatalf("no mail to %s", address)
	return ""
}
