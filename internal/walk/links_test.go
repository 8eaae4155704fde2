package walk

import (
	"net/url"
	"strings"
	"testing"
	"time"

	vocab "nmirfhub/internal/hub"
)

// TestNamesNothingWithdrawn: what names a practice leads to it, as a page and
// as JSON, until its State withdraws it. Then its slug, which tells its title,
// is gone there too. The practice tells its story in the parts of its page.
func TestNamesNothingWithdrawn(t *testing.T) {
	s := open(t)
	author, other, public := s.as(t, "member"), s.as(t, "stakeholder"), s.as(t, "")
	draft := author.draft(t, "practice", "en", "Zorblaq in the morning")
	author.answerAll(t, "/en"+draft, vocab.Practice, always("some words"))
	s.publish(t, author, draft)
	const at, slug = "/en/practices/zorblaq-in-the-morning", "zorblaq-in-the-morning"
	if page := public.get(t, at).body; strings.Contains(page, "Not described") || !strings.Contains(page, "<td data-l=") {
		t.Error("answers do not stand in the parts of the page, or rows in no table")
	}

	tool := other.draft(t, "resource", "en", "A checklist")
	other.answerAll(t, "/en"+tool, vocab.Resource, always("some words"))
	set, _ := asked(t, vocab.Resource)
	other.answer(t, "/en"+tool+"/"+sectionWith(set, "practice"), url.Values{"practice": {slug}})
	other.act(t, "/en"+tool, url.Values{"act": {"submit"}})
	s.as(t, "moderator").act(t, "/en"+tool, url.Values{"act": {"publish"}})
	names := func(where string) bool { return strings.Contains(public.get(t, where).body, slug) }
	all := []string{"/en/toolkit/a-checklist", "/fr/toolkit/a-checklist", "/api/v1/records/resource/a-checklist", "/api/v1/records?kind=resource&limit=100"}
	for _, x := range all[:3] {
		if !names(x) {
			t.Errorf("%s does not lead to the practice", x)
		}
	}
	s.as(t, "coordinator").withdraw(t, at)
	for _, x := range all {
		waits(t, 5*time.Second, x+" names it no more", func() bool { return !names(x) })
	}
}
