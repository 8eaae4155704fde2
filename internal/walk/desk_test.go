package walk

import (
	"encoding/csv"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	vocab "nmirfhub/internal/hub"
)

var chosenItem = regexp.MustCompile(`type="checkbox" name="item" value="(record:[^"]+)"`)

// atDesk does something with what waits, as the form of several does.
func (p *person) atDesk(t *testing.T, act string, more url.Values) answer {
	t.Helper()
	page := p.get(t, "/en/moderation").body
	form := page[strings.Index(page, `id="several"`):]
	all := url.Values{"_csrf": {csrfField.FindStringSubmatch(form)[1]}, "once": {regexp.MustCompile(`name="once" value="([^"]+)"`).FindStringSubmatch(form)[1]}, "act": {act}}
	for _, m := range chosenItem.FindAllStringSubmatch(page, -1) {
		all.Add("item", html.UnescapeString(m[1]))
	}
	for name, values := range more {
		all[name] = values
	}
	return p.post(t, "/en/moderation", all)
}

// TestDesk: what two coordinators hand on stands on one page for moderators and
// nobody else; several are published, which is on record, counted and taken
// back; a withdrawn one says so at its address.
func TestDesk(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	coordinator, moderator, public := s.as(t, "coordinator"), s.as(t, "moderator"), s.as(t, "")
	for _, title := range []string{"Minutes within a week", "One calendar for all reports"} {
		path := coordinator.draft(t, "practice", "en", title)
		coordinator.answerAll(t, "/en"+path, vocab.Practice, always("plain words"))
		coordinator.act(t, "/en"+path, url.Values{"act": {"submit"}})
	}
	for who, p := range map[string]*person{"public": public, "coordinator": coordinator, "member": s.as(t, "member"), "admin": s.as(t, "admin"), "expert": s.as(t, "tbexpert")} {
		for _, at := range []string{"/en/moderation", "/fr/moderation/records", "/ar/moderation/archive"} {
			if a := p.get(t, at); a.status != http.StatusNotFound || strings.Contains(a.body, "Minutes within") {
				t.Errorf("%s gets %d at %s", who, a.status, at)
			}
		}
		if a := p.get(t, "/en/moderation/figures"); (a.status == http.StatusOK) != (who == "admin") {
			t.Errorf("%s gets %d for the figures", who, a.status)
		}
	}
	desk := moderator.get(t, "/en/moderation").body
	for _, want := range []string{"Minutes within a week", "One calendar for all reports", "With the moderators: ", `href="/en/moderation"`} {
		if !strings.Contains(desk, want) {
			t.Errorf("the desk lacks %q", want)
		}
	}
	for query, status := range map[string]int{"?language=fr": 200, "?whose=nobody": 200, "?whose=theirs": 400, "?kind=none": 400, "?language=xx": 400, "?after=zz": 400} {
		if a := moderator.get(t, "/en/moderation"+query); a.status != status {
			t.Errorf("%s answers %d, want %d", query, a.status, status)
		}
	}
	if a := moderator.atDesk(t, "return", nil); a.status != http.StatusUnprocessableEntity {
		t.Errorf("given back without a reason: %d", a.status)
	}
	if a := moderator.atDesk(t, "publish", url.Values{"item": nil}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing was chosen: %d", a.status)
	}
	if a := moderator.atDesk(t, "publish", url.Values{"item": {"record"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("no item: %d", a.status)
	}
	done := moderator.atDesk(t, "publish", nil)
	if done.status != http.StatusSeeOther {
		t.Fatalf("published: %d", done.status)
	}
	page := moderator.get(t, done.header.Get("Location")).body
	if !strings.Contains(page, "2 are published.") {
		t.Error("the page does not say what was done")
	}
	const at = "/en/practices/minutes-within-a-week"
	if a := public.get(t, at); a.status != http.StatusOK || !strings.Contains(a.body, "Last confirmed: ") {
		t.Errorf("published, the public gets %d", a.status)
	}
	if figures := moderator.get(t, "/en/moderation/figures.csv"); figures.status != http.StatusOK {
		t.Errorf("figures: %d", figures.status)
	} else if rows, err := csv.NewReader(strings.NewReader(figures.body)).ReadAll(); err != nil || rows[1][2] != "all" || rows[1][5] != "2" {
		t.Errorf("figures: %v, %v", rows[:2], err)
	}
	if a := s.as(t, "admin").get(t, "/en/moderation/figures"); !strings.Contains(a.body, "fewer than 10") {
		t.Error("an administrator reads small numbers")
	}
	undo := url.Values{"act": {"undo"}, "bulk": {html.UnescapeString(regexp.MustCompile(`name="bulk" value="([^"]+)"`).FindStringSubmatch(page)[1])}}
	if a := coordinator.post(t, "/en/moderation", url.Values{"_csrf": {csrfField.FindStringSubmatch(coordinator.get(t, "/en/account").body)[1]}, "act": undo["act"], "bulk": undo["bulk"]}); a.status != http.StatusNotFound {
		t.Errorf("a coordinator takes it back: %d", a.status)
	}
	undo.Set("_csrf", csrfField.FindStringSubmatch(page)[1])
	if a := moderator.post(t, "/en/moderation", undo); a.status != http.StatusSeeOther {
		t.Errorf("taken back: %d", a.status)
	}
	if a := public.get(t, at); a.status != http.StatusNotFound {
		t.Errorf("taken back, the public gets %d", a.status)
	}
	if acts := moderator.get(t, "/en/admin/acts").body; !strings.Contains(acts, "record.published") || !strings.Contains(acts, "record.undone") {
		t.Error("it is not on record")
	}
	if a := moderator.atDesk(t, "publish", nil); a.status != http.StatusSeeOther {
		t.Fatalf("published again: %d", a.status)
	}
	own := coordinator.get(t, at).body
	withdraw := regexp.MustCompile(`action="/en(/published/[a-z0-9]+)"`).FindStringSubmatch(own)
	rev := regexp.MustCompile(`name="rev" value="([0-9]+)"`).FindStringSubmatch(own)
	coordinator.post(t, "/en"+withdraw[1], url.Values{"_csrf": {csrfField.FindStringSubmatch(own)[1]}, "act": {"withdraw"}, "rev": {rev[1]}, "reason": {"zyxoreason"}})
	if a := public.get(t, at); a.status != http.StatusGone || strings.Contains(a.body, "zyxoreason") {
		t.Errorf("withdrawn, the public gets %d", a.status)
	}
	if a := coordinator.get(t, at); a.status != http.StatusOK || !strings.Contains(a.body, "was withdrawn on") {
		t.Errorf("its mechanism gets %d, and is not told", a.status)
	}
	for _, list := range []string{"/en/practices", "/en/", "/en/search?q=minutes+within+week", "/en/mechanisms/mda", "/api/v1/records?kind=practice", "/api/v1/practices.csv"} {
		if strings.Contains(public.get(t, list).body, "Minutes within a week") {
			t.Errorf("%s still shows it", list)
		}
	}
}
