package walk

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const bringing = "/moderation/questions/bring"

// TestBringQuestions: a moderator downloads a version, brings the next, reads
// what is wrong and what is other, and opens it; who tests it is asked it, in
// the form, in the table and in the JSON; nobody else knows.
func TestBringQuestions(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	moderator, member := s.as(t, "moderator"), s.as(t, "member")
	text := moderator.get(t, "/en/moderation/questions/event/1/yaml")
	if text.status != http.StatusOK || !strings.Contains(text.body, "kind: event") {
		t.Fatalf("the text of a version answers %d", text.status)
	}
	second := strings.Replace(text.body, "version: 1", "version: 2", 1) + "\n      - {code: mirvalrooms, form: line, ask: {en: \"Which mirvalrooms?\", fr: \"Quelles mirvalsalles ?\", ar: \"أي قاعات؟\"}}\n"
	none := moderator.get(t, "/en/moderation/questions/practice/9")
	for _, name := range []string{"", "member", "member2", "coordinator", "stakeholder", "tbexpert", "admin"} {
		p := s.as(t, name)
		for _, at := range []string{bringing, "/moderation/questions/event/1/yaml"} {
			if a := p.get(t, "/en"+at); a.status != none.status {
				t.Errorf("%q gets %d at %s", name, a.status, at)
			}
		}
		if name == "" {
			continue
		}
		csrf := csrfField.FindStringSubmatch(p.get(t, "/en/account").body)
		if a := p.post(t, "/en"+bringing, url.Values{"_csrf": {csrf[1]}, "act": {"keep"}, "text": {second}}); a.status != none.status {
			t.Errorf("%q brings: %d", name, a.status)
		}
	}
	send := func(lang, act, text string) answer {
		t.Helper()
		m := csrfField.FindStringSubmatch(moderator.get(t, "/"+lang+bringing).body)
		return moderator.post(t, "/"+lang+bringing, url.Values{"_csrf": {m[1]}, "act": {act}, "text": {strings.ReplaceAll(text, "\n", "\r\n")}})
	}
	for lang, want := range map[string]string{"en": "A field mirvalfield is not known here", "fr": "Le champ mirvalfield", "ar": "mirvalfield غير معروف"} {
		a := send(lang, "keep", strings.Replace(second, "version: 2", "version: 2\nmirvalfield: 1", 1))
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) || !strings.Contains(a.body, "mirvalrooms, form: line") {
			t.Errorf("%s: a fault answers %d, or is not told, or the text is lost", lang, a.status)
		}
	}
	if a := send("en", "look", second); a.status != http.StatusOK || !strings.Contains(a.body, "Which mirvalrooms?") || !strings.Contains(a.body, `value="keep"`) {
		t.Errorf("looked at, it answers %d", a.status)
	}
	if a := moderator.get(t, "/en/moderation/questions"); strings.Contains(a.body, "/questions/event/2") {
		t.Error("looked at, it is kept")
	}
	for range 2 { // a form that is sent twice
		if a := send("en", "keep", second); a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Location"), "/en/moderation/questions/event/2?done=") {
			t.Fatalf("kept, it answers %d %s", a.status, errorsIn(a.body))
		}
	}
	if a := send("en", "keep", strings.Replace(second, "mirvalrooms", "mirvalhalls", 1)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "number 3") || !strings.Contains(a.body, "mirvalhalls") {
		t.Errorf("another of the number answers %d", a.status)
	}
	moderator.submit(t, "/en/moderation/questions/event/2", url.Values{"standing": {"test"}, "mechanisms": {"MDA"}, "rev": {"0"}})
	asks := func(p *person) bool {
		path := p.draft(t, "event", "fr", "Une réunion")
		for _, part := range []string{"/what", "/who"} {
			if a := p.get(t, "/fr"+path+part); strings.Contains(a.body, "Quelles mirvalsalles ?") {
				if sheet := p.get(t, "/fr"+path+"/sheet.csv"); !strings.Contains(sheet.body, "mirvalrooms") {
					t.Error("the table does not ask it")
				}
				return true
			}
		}
		return false
	}
	if !asks(member) {
		t.Error("who tests it is not asked it")
	}
	if asks(s.as(t, "member2")) {
		t.Error("who does not test it is asked it")
	}
	moderator.submit(t, "/en/moderation/questions/event/2", url.Values{"standing": {"open"}, "rev": {"1"}})
	if !asks(s.as(t, "member2")) {
		t.Error("open, it is not asked")
	}
	if a := s.as(t, "member2").get(t, "/api/v1/questions/event"); !strings.Contains(a.body, "mirvalrooms") {
		t.Errorf("the JSON of the questions answers %d without it", a.status)
	}
}

// TestBringFile: a file is taken as text is; what is hostile is refused in
// words, and the hub goes on.
func TestBringFile(t *testing.T) {
	s := open(t)
	moderator := s.as(t, "moderator")
	send := func(raw string) answer {
		t.Helper()
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		w.WriteField("_csrf", csrfField.FindStringSubmatch(moderator.get(t, "/en"+bringing).body)[1])
		w.WriteField("act", "look")
		part, err := w.CreateFormFile("file", "../../questions.yaml")
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte(raw))
		w.Close()
		return moderator.ask(t, http.MethodPost, "/en"+bringing, &body, http.Header{"Content-Type": {w.FormDataContentType()}, "Origin": {s.url}})
	}
	for name, c := range map[string]struct{ raw, want string }{
		"too large":  {strings.Repeat("# nothing\n", 60_000), "512 KB"},
		"UTF-16":     {"\xff\xfek\x00i\x00n\x00d\x00", "UTF-8"},
		"an anchor":  {"kind: &a event\nsource: *a\n", "Anchors and aliases"},
		"not YAML":   {"kind: [event\n", "cannot be read as YAML"},
		"no answers": {"~", "Fields are wanted here"},
	} {
		if a := send(c.raw); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: answers %d", name, a.status)
		}
	}
	whole := "\ufeff" + strings.Replace(moderator.get(t, "/en/moderation/questions/event/1/yaml").body, "version: 1", "version: 2", 1)
	if a := send(whole); a.status != http.StatusOK || !strings.Contains(a.body, "All questions are the same") {
		t.Errorf("a whole file answers %d", a.status)
	}
}

// TestNewerVersion: the second version of the questions of a mechanism is
// opened again; a draft of the first takes it when its author says so, and
// shows what is new.
func TestNewerVersion(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	member, moderator := s.as(t, "member"), s.as(t, "moderator")
	const second = "/en/moderation/questions/mechanism/2"
	if page := moderator.get(t, second).body; !strings.Contains(page, "Everybody is asked this") {
		t.Error("the version that asks for the founding text is not shipped open")
	}
	moderator.submit(t, second, url.Values{"standing": {"dropped"}, "rev": {"0"}})
	path := "/en" + member.draft(t, "mechanism", "en", "The council of mirvalfolk")
	if a := member.answer(t, path+"/people", url.Values{"chair": {"The mirvalchair"}, "budget": {"yes"}}); a.status != http.StatusSeeOther && a.status != http.StatusUnprocessableEntity {
		t.Fatalf("answers %d", a.status)
	}
	if a := member.get(t, path); strings.Contains(a.body, `value="renew"`) {
		t.Error("a version that nobody is asked is offered")
	}
	moderator.submit(t, second, url.Values{"standing": {"open"}, "rev": {"1"}})
	if a := member.get(t, path); !strings.Contains(a.body, `value="renew"`) || !strings.Contains(a.body, "Attach the text.") {
		t.Fatal("the newer version is not offered with what is new")
	}
	if a := s.as(t, "member2").get(t, path); a.status != http.StatusNotFound {
		t.Errorf("a stranger gets %d", a.status)
	}
	member.submit(t, path, url.Values{"act": {"renew"}})
	if a := member.get(t, path); strings.Contains(a.body, `value="renew"`) {
		t.Error("it is offered again")
	}
	if a := member.get(t, path+"/basis"); !strings.Contains(a.body, `name="files.legal-files"`) || !strings.Contains(a.body, "New question") {
		t.Error("the new question is not asked, or not marked")
	}
	if a := member.get(t, path+"/people"); !strings.Contains(a.body, "The mirvalchair") {
		t.Error("an answer is lost")
	}
	moderator.submit(t, second, url.Values{"standing": {"dropped"}, "rev": {"2"}})
	if a := member.answer(t, path+"/people", url.Values{"chair": {"The other mirvalchair"}}); a.status != http.StatusSeeOther && a.status != http.StatusUnprocessableEntity {
		t.Errorf("dropped, a draft that answers it: %d", a.status)
	}
	if a := member.get(t, path+"/people"); !strings.Contains(a.body, "The other mirvalchair") {
		t.Error("dropped, what was typed is lost")
	}
}
