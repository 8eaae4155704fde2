package walk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	vocab "nmirfhub/internal/hub"
)

var backForm = regexp.MustCompile(`(?s)name="rev" value="([0-9]+)"/?>\s*<button[^>]*>[^<]*<span class="vh">`)

// TestBroughtBack walks an earlier text back into a record: it is shown as it
// was, comes as a draft, and strangers have neither.
func TestBroughtBack(t *testing.T) {
	s := open(t)
	author, coordinator, moderator := s.as(t, "member"), s.as(t, "coordinator"), s.as(t, "moderator")
	path := author.draft(t, "practice", "en", "One calendar for all reports")
	author.answerAll(t, "/en"+path, vocab.Practice, always("mirvalfirst"))
	author.act(t, "/en"+path, url.Values{"act": {"submit"}})
	coordinator.act(t, "/en"+path, url.Values{"act": {"clear"}})
	moderator.act(t, "/en"+path, url.Values{"act": {"publish"}})
	const at = "/en/practices/one-calendar-for-all-reports"
	link := regexp.MustCompile(`/en(/contribute/[a-z0-9]+/history)"`).FindStringSubmatch(author.get(t, at).body)
	if link == nil {
		t.Fatal("the published page does not lead its author to its history")
	}
	if body := s.as(t, "").get(t, at).body; strings.Contains(body, "/history") {
		t.Error("it leads the public there")
	}
	history := author.get(t, "/fr"+link[1])
	revs := backForm.FindAllStringSubmatch(history.body, -1)
	if len(revs) == 0 || !strings.Contains(history.body, `name="rev"`) {
		t.Fatalf("nothing may be brought back: %d", history.status)
	}
	oldest := revs[len(revs)-1][1]
	was := link[1] + "/" + revs[0][1]
	if a := author.get(t, "/en"+was); a.status != http.StatusOK || !strings.Contains(a.body, "mirvalfirst problem") || strings.Contains(a.body, `value="withdraw"`) {
		t.Errorf("as it was: %d", a.status)
	}
	for _, name := range []string{"", "member2", "stakeholder", "tbexpert"} {
		p := s.as(t, name)
		for _, to := range []string{link[1], was} {
			if a := p.get(t, "/en"+to); a.status != http.StatusNotFound {
				t.Errorf("%q gets %d for %s", name, a.status, to)
			}
		}
		if name == "" {
			continue
		}
		csrf := csrfField.FindStringSubmatch(p.get(t, "/en/account").body)
		if a := p.post(t, "/en"+link[1], url.Values{"_csrf": {csrf[1]}, "rev": {oldest}}); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
			t.Errorf("%q brings it back: %d", name, a.status)
		}
	}
	a := author.submit(t, "/en"+link[1], url.Values{"rev": {oldest}})
	if a.status != http.StatusSeeOther {
		t.Fatalf("brought back: %d", a.status)
	}
	draft := author.get(t, a.header.Get("Location")).body
	if !strings.Contains(draft, "The earlier text is back") || !strings.Contains(draft, "One calendar for all reports") {
		t.Error("the draft does not say so")
	}
}
