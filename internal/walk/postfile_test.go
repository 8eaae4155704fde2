package walk

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// brings posts a form with files, as a browser does.
func (p *person) brings(t *testing.T, path string, form url.Values, files map[string]string) answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if form.Get("_csrf") == "" {
		form.Set("_csrf", csrfField.FindStringSubmatch(p.get(t, path).body)[1])
	}
	for name, values := range form {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, content := range files {
		part, err := w.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(part, content)
	}
	w.Close()
	return p.ask(t, http.MethodPost, path, &b, http.Header{"Content-Type": {w.FormDataContentType()}, "Origin": {p.site.url}})
}

var (
	offBox   = regexp.MustCompile(`name="off" value="([^"]+)"`)
	talkFile = regexp.MustCompile(`href="(/files/[^"]+)"`)
)

// picture is a small PNG.
func picture(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAttach: files are attached without a script, wait through previews and
// errors, are taken off, and go with the post to those who read it.
func TestAttach(t *testing.T) {
	s := open(t)
	author, reader, moderator, stranger, public := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator"), s.as(t, "tbexpert"), s.as(t, "")
	thread := reader.begin(t, "en", "tools", "An agenda that keeps people", "Who has one?")
	key := replyKey.FindStringSubmatch(author.get(t, thread).body)[1]
	form := func(act, body string, more ...string) url.Values {
		f := url.Values{"act": {act}, "key": {key}, "lang": {"en"}, "body": {body}}
		for i := 0; i+1 < len(more); i += 2 {
			f.Add(more[i], more[i+1])
		}
		return f
	}
	a := author.brings(t, thread, form("attach", "Here it **is**."), map[string]string{"agenda.txt": "1. Welcome", "plan.png": picture(t), "evil.svg": "<svg/>", "..": "x", "liar.pdf": "<html>"})
	if a.status != http.StatusOK || !strings.Contains(a.body, "agenda.txt") || !strings.Contains(a.body, "plan.png") || strings.Count(a.body, `name="off"`) != 2 || !strings.Contains(a.body, "Here it **is**.</textarea>") {
		t.Fatalf("attaching: %d\n%s", a.status, a.body)
	}
	for _, want := range []string{"evil.svg: files of this kind", "liar.pdf: the content is not"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page := author.get(t, thread).body; !strings.Contains(page, "agenda.txt") || !strings.Contains(page, `name="key" value="`+key+`"`) {
		t.Error("loaded anew the page has lost the files")
	}
	if page := reader.get(t, thread).body; strings.Contains(page, "agenda.txt") {
		t.Error("another sees what is not posted")
	}
	files := talkFile.FindAllStringSubmatch(a.body, -1)
	for _, f := range files {
		if a := reader.get(t, f[1]); a.status != http.StatusNotFound {
			t.Errorf("another gets %d for what is not posted", a.status)
		}
	}
	alt := regexp.MustCompile(`name="(alt-[^"]+)"`).FindStringSubmatch(a.body)
	a = author.brings(t, thread, form("preview", "Here it **is**.", alt[1], "A table with dates"), map[string]string{"second.csv": "a,b"})
	if !strings.Contains(a.body, "<strong>is</strong>") || strings.Count(a.body, `name="off"`) != 3 || !strings.Contains(a.body, `value="A table with dates"`) {
		t.Errorf("the preview loses files or words: %d", a.status)
	}
	a = author.brings(t, thread, form("post", " "), nil)
	if a.status != http.StatusUnprocessableEntity || strings.Count(a.body, `name="off"`) != 3 {
		t.Errorf("an error in the form loses files: %d", a.status)
	}
	second := offBox.FindAllStringSubmatch(a.body, -1)[2][1]
	for range 2 { // sent twice it is one post
		a = author.brings(t, thread, form("post", "Here it **is**.", "off", second), nil)
		if a.status != http.StatusSeeOther || !strings.HasSuffix(a.header.Get("Location"), "#p2") {
			t.Fatalf("posting: %d %s", a.status, a.header.Get("Location"))
		}
	}
	if a := author.brings(t, thread, form("post", "Other words, from an old page."), nil); a.status != http.StatusConflict || !strings.Contains(a.body, "Other words, from an old page.</textarea>") || strings.Contains(a.body, `name="key" value="`+key+`"`) {
		t.Errorf("other words with the same key: %d", a.status)
	}
	page := reader.get(t, thread).body
	found := talkFile.FindAllStringSubmatch(page, -1)
	if len(found) != 2 || !strings.Contains(page, "A table with dates") || strings.Contains(page, "second.csv") {
		t.Fatalf("the post shows %v", found)
	}
	text := found[0][1]
	if !strings.HasSuffix(text, ".txt") {
		text = found[1][1]
	}
	got := reader.get(t, text)
	if got.status != http.StatusOK || got.body != "1. Welcome" || got.header.Get("Cache-Control") != "private, no-store" || got.header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" ||
		!strings.HasPrefix(got.header.Get("Content-Disposition"), `attachment; filename="agenda.txt"`) || got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("ETag") != "" {
		t.Errorf("the file: %d %v", got.status, got.header)
	}
	for _, p := range []*person{stranger, public} {
		closed, missing := p.get(t, text), p.get(t, "/files/none/agenda.txt")
		if closed.status != http.StatusNotFound || plain(closed, "") != plain(missing, "") {
			t.Errorf("%q gets %d", p.name, closed.status)
		}
	}
	id := threadID.FindStringSubmatch(reader.get(t, "/api/v1/spaces/tools/threads").body)[1]
	if a := reader.get(t, "/api/v1/threads/"+id+"/posts"); !strings.Contains(a.body, `"name":"agenda.txt"`) || !strings.Contains(a.body, text) {
		t.Errorf("as JSON: %s", a.body)
	}

	own := author.post(t, "/en/account/data", url.Values{"_csrf": {csrfField.FindStringSubmatch(author.get(t, "/en/account/data").body)[1]}, "act": {"download"}})
	z, err := zip.NewReader(strings.NewReader(own.body), int64(len(own.body)))
	if err != nil || len(z.File) != 3 || !strings.Contains(unpacked(own.body), "1. Welcome") || !strings.Contains(unpacked(own.body), "Here it **is**.") {
		t.Errorf("one's own data: %d, %v", own.status, err)
	}

	moderator.submit(t, thread, url.Values{"act": {"hide"}, "seq": {"2"}, "why": {"to be looked at"}})
	if a := reader.get(t, text); a.status != http.StatusNotFound {
		t.Errorf("hidden it answers %d", a.status)
	}
	if strings.Contains(reader.get(t, thread).body+reader.get(t, "/api/v1/threads/"+id+"/posts").body, "agenda.txt") {
		t.Error("hidden its name is told")
	}
}

// TestAttachOnEdit: without a script the author of a post adds a file to it and
// takes another off; the page of its wordings says so, and what was taken off is
// gone for everybody.
func TestAttachOnEdit(t *testing.T) {
	s := open(t)
	author, reader, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator")
	thread := reader.begin(t, "en", "tools", "An agenda that keeps people", "Who has one?")
	key := replyKey.FindStringSubmatch(author.get(t, thread).body)[1]
	if a := author.brings(t, thread, url.Values{"act": {"post"}, "key": {key}, "lang": {"en"}, "body": {"Here."}}, map[string]string{"old.txt": "1. Old"}); a.status != http.StatusSeeOther {
		t.Fatalf("posting: %d", a.status)
	}
	at := thread + "?edit=2"
	old := talkFile.FindStringSubmatch(reader.get(t, thread).body)[1]
	seen := regexp.MustCompile(`name="seen" value="([^"]*)"`)
	form := func(act, text string, more ...string) url.Values {
		f := url.Values{"act": {act}, "seq": {"2"}, "seen": {seen.FindStringSubmatch(author.get(t, at).body)[1]}, "text": {text}}
		for i := 0; i+1 < len(more); i += 2 {
			f.Add(more[i], more[i+1])
		}
		return f
	}
	box := offBox.FindStringSubmatch(author.get(t, at).body)
	if box == nil {
		t.Fatal("the form has no box to take the file off")
	}
	a := author.brings(t, at, form("edit-attach", "Here it **is**.", "off", box[1]), map[string]string{"new.txt": "1. New", "evil.svg": "<svg/>"})
	if a.status != http.StatusOK || !strings.Contains(a.body, "Here it **is**.</textarea>") || !strings.Contains(a.body, "new.txt") || !strings.Contains(a.body, "evil.svg: files of this kind") || !strings.Contains(a.body, `value="`+box[1]+`" checked`) {
		t.Fatalf("attaching: %d\n%s", a.status, a.body)
	}
	var fresh string
	for _, m := range talkFile.FindAllStringSubmatch(author.get(t, at).body, -1) {
		if strings.HasSuffix(m[1], "/new.txt") {
			fresh = m[1]
		}
	}
	if fresh == "" {
		t.Fatal("loaded anew the form has lost the file")
	}
	if page := author.get(t, thread).body; strings.Contains(page, "new.txt") {
		t.Error("the file waits with a new post, or shows before the edit is saved")
	}
	if a := reader.get(t, fresh); a.status != http.StatusNotFound {
		t.Errorf("before it is saved another gets %d", a.status)
	}
	for _, p := range []*person{reader, moderator} {
		if a := p.brings(t, thread, url.Values{"act": {"edit-attach"}, "seq": {"2"}}, map[string]string{"x.txt": "x"}); a.status != http.StatusForbidden {
			t.Errorf("%s attaches to the post of another: %d", p.name, a.status)
		}
	}
	if a := author.brings(t, at, form("edit", "Here it **is**.", "off", box[1]), nil); a.status != http.StatusSeeOther {
		t.Fatalf("saved: %d", a.status)
	}
	page := reader.get(t, thread).body
	if !strings.Contains(page, fresh) || strings.Contains(page, "old.txt") {
		t.Error("the post does not show the new file alone")
	}
	for _, p := range []*person{author, reader, moderator} {
		if a := p.get(t, old); a.status != http.StatusNotFound {
			t.Errorf("%s gets %d for what was taken off", p.name, a.status)
		}
		if a := p.get(t, fresh); a.status != http.StatusOK || a.body != "1. New" {
			t.Errorf("%s gets %d for the new file", p.name, a.status)
		}
	}
	for lang, words := range map[string][]string{"en": {"Files added: new.txt", "Files taken off: old.txt"}, "fr": {"Fichiers ajoutés : new.txt"}, "ar": {"ملفات أزيلت: old.txt"}} {
		body := reader.get(t, "/"+lang+strings.TrimPrefix(thread, "/en")+"/2/before").body
		for _, w := range words {
			if !strings.Contains(body, w) {
				t.Errorf("the wordings in %s do not say %q", lang, w)
			}
		}
	}
}
