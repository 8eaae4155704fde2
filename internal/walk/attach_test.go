package walk

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	vocab "nmirfhub/internal/hub"
)

// bringFiles sends the form of a section with files for a question, as a
// browser does.
func (p *person) bringFiles(t testing.TB, section, code string, fields url.Values, files map[string]string) answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	form := p.get(t, section).body
	w.WriteField("_csrf", csrfField.FindStringSubmatch(form)[1])
	for _, m := range seenField.FindAllStringSubmatch(form, -1) {
		if m[1] == code {
			w.WriteField("seen."+code, m[2])
		}
	}
	for name, values := range fields {
		for _, v := range values {
			w.WriteField(name, v)
		}
	}
	for name, content := range files {
		part, err := w.CreateFormFile("files."+code, name)
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte(content))
	}
	w.WriteField("whole", "1")
	w.Close()
	p.client.Timeout = 3 * time.Minute // the first file has its reader made ready
	return p.ask(t, http.MethodPost, section, &b, http.Header{"Content-Type": {w.FormDataContentType()}, "Origin": {p.site.url}})
}

// attach gives a text file as an answer and returns its address, with a name
// that says nothing.
func (p *person) attach(t testing.TB, section, code string, closed bool, name, content string) string {
	t.Helper()
	fields := url.Values{"stay": {code}}
	if closed {
		fields.Set("closed."+code, "1")
	}
	if a := p.bringFiles(t, section, code, fields, map[string]string{name: content}); a.status != http.StatusSeeOther {
		t.Fatalf("%s answers %d: %s", section, a.status, errorsIn(a.body))
	}
	m := regexp.MustCompile(`href="(/files/[^/"]+/` + regexp.QuoteMeta(name) + `)"`).FindStringSubmatch(p.get(t, section).body)
	if m == nil {
		t.Fatalf("%s does not show the file", section)
	}
	return path.Dir(m[1]) + "/x"
}

// TestFilesOfAnswers walks files through a record: given in the form, taken
// away, refused with a reason, and read by whoever reads the answer alone.
func TestFilesOfAnswers(t *testing.T) {
	s := open(t)
	author, coordinator, moderator, public, member2 := s.as(t, "member"), s.as(t, "coordinator"), s.as(t, "moderator"), s.as(t, ""), s.as(t, "member2")
	record := author.draft(t, "practice", "en", "Reply sheets for every recommendation")
	author.answerAll(t, "/en"+record, vocab.Practice, always("mirvalword"))
	set, _ := asked(t, vocab.Practice)
	section := "/en" + record + "/" + sectionWith(set, "files")
	sheet := author.attach(t, section, "files", false, "reply-sheet.txt", "mirvalsheet one line for each recommendation")
	for _, p := range []*person{public, member2, s.as(t, "stakeholder")} {
		if a := p.get(t, sheet); a.status != http.StatusNotFound {
			t.Errorf("%q opens the file of a draft: %d", p.name, a.status)
		}
	}
	for _, p := range []*person{author, coordinator, moderator} {
		if a := p.get(t, sheet); a.status != http.StatusOK || !strings.Contains(a.body, "mirvalsheet") {
			t.Errorf("%q gets %d for the file of a draft that they read", p.name, a.status)
		}
	}
	id := strings.Split(sheet, "/")[2]
	refused := author.bringFiles(t, section, "files", url.Values{"files": {id}}, map[string]string{"page.html": "<p>", "photo.pdf": "no PDF"})
	if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.body, "page.html is of a kind") || !strings.Contains(refused.body, "photo.pdf is not what its ending says") {
		t.Errorf("files that the hub does not take: %d %s", refused.status, errorsIn(refused.body))
	}
	if a := public.ask(t, http.MethodPost, section, strings.NewReader(""), http.Header{"Content-Type": {"multipart/form-data; boundary=x"}, "Origin": {s.url}}); a.status == http.StatusOK || a.status == http.StatusSeeOther {
		t.Errorf("a stranger brings files: %d", a.status)
	}
	many := map[string]string{}
	for i := range 10 {
		many[fmt.Sprintf("sheet-%d.txt", i)] = "x"
	}
	if a := author.bringFiles(t, section, "files", url.Values{"files": {id}}, many); a.status != http.StatusUnprocessableEntity || strings.Count(errorsIn(a.body), "was not kept: at most 10") != 1 {
		t.Errorf("eleven files: %d %s", a.status, errorsIn(a.body))
	}
	// All but the first are taken away again.
	if a := author.bringFiles(t, section, "files", url.Values{"files": {id}}, nil); a.status != http.StatusSeeOther {
		t.Errorf("taken away: %d", a.status)
	}
	if body := author.get(t, section).body; strings.Contains(body, "sheet-3.txt") || !strings.Contains(body, "reply-sheet.txt") {
		t.Error("the files that were taken away are still there, or the one that was kept is not")
	}
	// A form that saves itself brings no files and takes none away.
	body := author.get(t, section).body
	var seen string
	for _, m := range seenField.FindAllStringSubmatch(body, -1) {
		if m[1] == "files" {
			seen = m[2]
		}
	}
	saved := author.ask(t, http.MethodPost, section, strings.NewReader(url.Values{"_csrf": {csrfField.FindStringSubmatch(body)[1]}, "whole": {"1"}, "seen.files": {seen}, "files": {id}}.Encode()),
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {s.url}, "Accept": {"application/json"}})
	if saved.status != http.StatusOK || !strings.Contains(saved.body, `"wrong":0`) {
		t.Errorf("saved by itself: %d %s", saved.status, saved.body)
	}
	publish := func(record string) {
		t.Helper()
		author.act(t, "/en"+record, url.Values{"act": {"submit"}})
		coordinator.act(t, "/en"+record, url.Values{"act": {"clear"}})
		moderator.act(t, "/en"+record, url.Values{"act": {"publish"}})
	}
	publish(record)
	const at = "/en/practices/reply-sheets-for-every-recommendation"
	if a := public.get(t, sheet); a.status != http.StatusOK || !strings.Contains(a.body, "mirvalsheet") || !strings.Contains(public.get(t, at).body, "reply-sheet.txt") {
		t.Errorf("published, the public gets %d", a.status)
	}
	// In a draft that is to replace it the file is closed; published, it is.
	csrf, action := csrfField.FindStringSubmatch(author.get(t, at).body), regexp.MustCompile(`action="/en(/published/[a-z0-9]+)"`).FindStringSubmatch(author.get(t, at).body)
	if action == nil {
		t.Fatal("the author may not change what they wrote")
	}
	draft := strings.TrimPrefix(author.post(t, "/en"+action[1], url.Values{"_csrf": {csrf[1]}, "act": {"revise"}}).header.Get("Location"), "/en")
	section = "/en" + draft + "/" + sectionWith(set, "files")
	if a := author.bringFiles(t, section, "files", url.Values{"files": {id}, "closed.files": {"1"}}, nil); a.status != http.StatusSeeOther {
		t.Fatalf("closed: %d", a.status)
	}
	if a := public.get(t, sheet); a.status != http.StatusOK {
		t.Errorf("what is published changed before anybody cleared it: %d", a.status)
	}
	publish(draft)
	if a := public.get(t, sheet); a.status != http.StatusNotFound {
		t.Errorf("closed, the public gets %d", a.status)
	}
	if page := public.get(t, at).body; strings.Contains(page, "reply-sheet.txt") {
		t.Error("the public reads the name of the closed file")
	}
	if a := member2.get(t, sheet); a.status != http.StatusOK || !strings.Contains(member2.get(t, at).body, "reply-sheet.txt") {
		t.Errorf("members get %d", a.status)
	}
}
