package walk

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	spaceLink = regexp.MustCompile(`href="/en/discuss/([a-z-]+)"`)
	cardForm  = regexp.MustCompile(`action="(/en/published/[^"]+)"`)
	cardRev   = regexp.MustCompile(`name="rev" value="([^"]+)"`)
)

// TestCards: a post that leads to a record shows it to those who may read the
// record, each time anew, and to nobody else; a foreign address is no record.
func TestCards(t *testing.T) {
	dir, canaries, slugs := canaryContent(t)
	data := t.TempDir()
	seedWith(t, data, dir)
	s := serve(t, plainly, data)
	member, stakeholder, moderator := s.as(t, "member"), s.as(t, "stakeholder"), s.as(t, "moderator")
	found := spaceLink.FindStringSubmatch(stakeholder.get(t, "/en/discuss").body)
	if found == nil {
		t.Fatal("there is no space for all who have an account")
	}
	at := map[string]string{"registered": slugs["practice"][0], "network": slugs["practice"][1]}
	title := func(tier string) string {
		for _, c := range canaries {
			if c.kind == "practice" && c.tier == tier && c.field == "title" {
				return c.word
			}
		}
		return ""
	}
	body := "See " + s.url + "/fr/practices/" + at["registered"] + " and [this](/ar/practices/" + at["network"] + ")."
	thread := member.begin(t, "en", "tools", "Two practices", body)
	page := member.get(t, thread).body
	if !strings.Contains(page, title("registered")) || !strings.Contains(page, title("network")) || strings.Count(page, `class="recordcard"`) != 2 {
		t.Error("a member does not see the cards")
	}
	shared := stakeholder.begin(t, "en", found[1], "Two practices", body+" https://other.example/en/practices/"+at["registered"])
	page = stakeholder.get(t, shared).body
	if !strings.Contains(page, title("registered")) || strings.Contains(page, title("network")) || strings.Count(page, `class="recordcard"`) != 1 {
		t.Error("a stakeholder sees the card of a closed practice, or not that of an open one")
	}
	for range 2 { // whoever was there before
		if page := member.get(t, shared).body; strings.Count(page, `class="recordcard"`) != 2 {
			t.Error("a member sees what a stakeholder sees")
		}
		if page := stakeholder.get(t, shared).body; strings.Contains(page, title("network")) {
			t.Error("a stakeholder sees what a member sees")
		}
	}
	rec := cardForm.FindStringSubmatch(moderator.get(t, "/en/practices/"+at["network"]).body)
	if rec == nil {
		t.Fatal("the practice cannot be withdrawn")
	}
	rev := cardRev.FindStringSubmatch(moderator.get(t, "/en/practices/"+at["network"]).body)
	token := csrfField.FindStringSubmatch(moderator.get(t, "/en/practices/"+at["network"]).body)
	moderator.post(t, rec[1], url.Values{"_csrf": {token[1]}, "act": {"withdraw"}, "rev": {rev[1]}, "reason": {"out of date"}})
	if page := member.get(t, thread).body; strings.Contains(page, title("network")) || !strings.Contains(page, "Practice: withdrawn on") {
		t.Error("a withdrawn practice still has its card, or no line that says so")
	}
}
