package walk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestUnclearQuestion: who answers a question says that it is unclear, without
// script; moderators read the words without a name, and nobody else.
func TestUnclearQuestion(t *testing.T) {
	s := open(t)
	member, moderator := s.as(t, "member"), s.as(t, "moderator")
	path := "/en" + member.draft(t, "practice", "en", "Minutes within a week") + "/gist"
	const words = "does a week end on Friday"
	if a := member.answer(t, path, url.Values{"title": {"Minutes within a week"}, "unclear.summary": {strings.Repeat("x", 301)}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, strings.Repeat("x", 301)) {
		t.Errorf("too long answers %d", a.status)
	}
	answer := func(form url.Values) {
		t.Helper()
		form.Set("title", "Minutes within a week")
		if a := member.answer(t, path, form); a.status != http.StatusSeeOther {
			t.Fatalf("answers %d: %s", a.status, errorsIn(a.body))
		}
	}
	answer(url.Values{"unclear.summary": {words}, "unclear.summary.yes": {"1"}})
	if body := member.get(t, path).body; !strings.Contains(body, `value="`+words+`"`) {
		t.Error("who said it does not see it")
	}
	const version = "/moderation/questions/practice/1"
	for _, lang := range []string{"en", "fr", "ar"} {
		if a := moderator.get(t, "/"+lang+"/moderation/questions"); a.status != http.StatusOK || !strings.Contains(a.body, "/"+lang+version) {
			t.Errorf("%s: the versions answer %d", lang, a.status)
		}
		if a := moderator.get(t, "/"+lang+version); a.status != http.StatusOK || !strings.Contains(a.body, words) || strings.Contains(a.body, "Moldova</li>") {
			t.Errorf("%s: the version answers %d", lang, a.status)
		}
	}
	none := moderator.get(t, "/en/moderation/questions/practice/9")
	for _, name := range []string{"", "member", "member2", "coordinator", "stakeholder", "tbexpert", "admin"} {
		p := s.as(t, name)
		for _, at := range []string{"/en/moderation/questions", "/en" + version} {
			if a := p.get(t, at); a.status != none.status || strings.Contains(a.body, words) {
				t.Errorf("%q gets %d at %s", name, a.status, at)
			}
		}
	}
	answer(url.Values{"unclear.summary": {""}})
	if body := moderator.get(t, "/en"+version).body; strings.Contains(body, words) {
		t.Error("what was taken back is still there")
	}
}
