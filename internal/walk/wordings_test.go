package walk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestWordings: whoever reads a post reads how it was worded before; nobody
// does of a post whose words are not there for them.
func TestWordings(t *testing.T) {
	s := open(t)
	author, reader, moderator, stranger := s.as(t, "member2"), s.as(t, "member"), s.as(t, "moderator"), s.as(t, "tbexpert")
	thread := reader.begin(t, "en", "tools", "A question that is asked", "How do you do it?")
	author.reply(t, thread, "We name two focal points.", nil)
	before := thread + "/2/before"
	if a := reader.get(t, before); a.status != http.StatusNotFound {
		t.Errorf("a post that was never changed: %d", a.status)
	}
	author.submit(t, thread, url.Values{"act": {"edit"}, "seq": {"2"}, "seen": {"0001-01-01T00:00:00Z"}, "text": {"We name three focal points."}})
	if page := reader.get(t, thread).body; !strings.Contains(page, `href="`+before+`"`) {
		t.Error("the post does not lead to its earlier wording")
	}
	for _, p := range []*person{author, reader, moderator} {
		for _, lang := range []string{"/en", "/fr", "/ar"} {
			a := p.get(t, lang+strings.TrimPrefix(before, "/en"))
			if a.status != http.StatusOK || !strings.Contains(a.body, "two</del>") || !strings.Contains(a.body, "three</ins>") || !strings.Contains(a.body, "We name two focal points.") {
				t.Errorf("%s gets %d in %s", p.name, a.status, lang)
			}
		}
	}
	missing := stranger.get(t, thread+"/99/before")
	if a := stranger.get(t, before); a.status != http.StatusNotFound || plain(a.body, "") != plain(missing.body, "") {
		t.Errorf("a stranger gets %d", a.status)
	}
	moderator.submit(t, thread, url.Values{"act": {"hide"}, "seq": {"2"}, "why": {"to be looked at"}})
	for p, want := range map[*person]int{author: http.StatusOK, moderator: http.StatusOK, reader: http.StatusNotFound} {
		if a := p.get(t, before); a.status != want {
			t.Errorf("hidden: %s gets %d", p.name, a.status)
		}
	}
	moderator.submit(t, thread, url.Values{"act": {"show"}, "seq": {"2"}})
	author.submit(t, thread, url.Values{"act": {"delete"}, "seq": {"2"}})
	for _, p := range []*person{author, reader, moderator} {
		if a := p.get(t, before); a.status != http.StatusNotFound {
			t.Errorf("deleted: %s gets %d", p.name, a.status)
		}
	}
}
