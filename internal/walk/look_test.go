package walk

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	vocab "nmirfhub/internal/hub"
)

// doors is a page of every sort, below the language.
var doors = []string{
	"/join",
	"/", "/library", "/library/marrakech-seminar-report-2023", "/practices", "/practices/calendar-of-expected-reports",
	"/mechanisms", "/mechanisms/mda", "/mechanisms/mex", "/mechanisms/fra", "/mechanisms/compare?s=MDA,BFA,LBN",
	"/toolkit", "/toolkit/checklist-setting-up-nmirf", "/systems", "/systems/simore-plus", "/networks", "/networks/group-of-friends-nmirfs",
	"/events", "/events/marrakech-seminar-2022", "/glossary", "/search", "/search?q=parliament", "/search?q=zzzz", "/challenges", "/challenges/focal-point-turnover",
	"/experts", "/discuss", "/about", "/accessibility", "/privacy", "/terms", "/signin", "/signin/forgot", "/nothing-here",
}

// key is a message that no catalog has, as pages show it.
var key = regexp.MustCompile(`\[[a-z0-9_]+(\.[a-z0-9_-]+)+\]`)

// TestEveryDoorFits opens every sort of page on a phone and a desk, with and
// without scripts, in languages of both directions: no page scrolls
// sideways, none makes the browser complain, none shows a message key.
func TestEveryDoorFits(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	b := openBrowser(t)
	for _, w := range []window{{1280, true, false}, {390, true, true}, {320, false, false}} {
		b.set(t, w)
		for _, lang := range []string{"en", "fr", "ar"} {
			for _, door := range doors {
				b.look(t, s, w, lang, door)
			}
		}
	}
}

// ownDoors are the pages of people who have signed in, by who they are.
var ownDoors = map[string][]string{
	"member2": {"/discuss", "/discuss/coordination", "/discuss/coordination/new", "/discuss/coordination/two-focal-points", "/discuss/coordination/two-focal-points?reply=1", "/discuss/coordination/two-focal-points?edit=2", "/discuss/coordination/summed-up", "/discuss/coordination/summed-up/summary", "/news", "/account/notifications", "/search?q=focal+points&kind=thread", "/search?q=agenda&space=coordination"},
	"member": {"/account", "/account/security", "/account/data", "/experts", "/experts/mine", "/mechanisms/mda", "/mechanisms/mda/seats/1",
		"/contribute", "/contribute/new?kind=practice", "{draft}", "{draft}/gist", "{draft}/work", "{draft}/start?lang=ar", "{draft}/preview", "{draft}/history", "{draft}/sheet", "/contribute/table/practice/sheet"},
	"coordinator": {"/mechanisms/mda/seats", "/mechanisms/mda/seats/1"}, "moderator": {"/discuss/coordination/summed-up/summary", "/discuss/coordination/summed-up/summary/before", "/discuss/coordination/two-focal-points", "/moderation", "/moderation/questions", "/moderation/questions/bring", "/moderation/questions/mechanism/2", "/moderation?whose=mine", "/moderation/archive", "/moderation/figures", "/moderation/people", "/moderation/experts", "/moderation/records", "/moderation/posts", "/moderation/spaces", "/moderation/spaces/new", "/moderation/spaces/tools", "/moderation/unanswered", "/mechanisms/mda/seats/1"},
	"admin": {"/admin/acts", "/admin/glass", "/admin/accounts?email=member@demo.example"},
}

// TestOwnDoorsFit is the same for who has signed in.
func TestOwnDoorsFit(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	s.peopleClosed(t)
	s.talks(t)
	draft := s.written(t)
	for name, doors := range ownDoors {
		b := openBrowser(t)
		b.signIn(t, s, name)
		for _, w := range []window{{1280, true, false}, {390, true, false}, {390, false, true}} {
			b.set(t, w)
			for _, lang := range []string{"en", "fr", "ar"} {
				for _, door := range doors {
					b.look(t, s, w, lang, strings.ReplaceAll(door, "{draft}", draft))
				}
			}
		}
	}
}

// written has a member write a practice, and returns the path of its page.
func (s *site) written(t *testing.T) string {
	t.Helper()
	member := s.as(t, "member")
	path := member.draft(t, "practice", "fr", "Deux points focaux par ministère")
	member.answerAll(t, "/fr"+path, vocab.Practice, always("Exemple"))
	return path
}

func (b *browser) look(t *testing.T, s *site, w window, lang, door string) {
	t.Helper()
	name := w.name() + "_" + lang + door
	var title, text, dir string
	var wide, client int64
	b.run(t, chromedp.Navigate(s.url+"/"+lang+door))
	if !w.script {
		// Without scripts in the page the questions below still run: they are
		// the debugger's.
		b.run(t, chromedp.WaitReady("main"))
	}
	b.run(t,
		chromedp.Title(&title),
		chromedp.Evaluate(`document.body.innerText`, &text),
		chromedp.Evaluate(`document.documentElement.dir`, &dir),
		chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide),
		chromedp.Evaluate(`document.documentElement.clientWidth`, &client),
	)
	b.picture(t, name)
	if wide > client {
		t.Errorf("%s scrolls sideways: %d wide in %d", name, wide, client)
	}
	if want := map[bool]string{true: "rtl", false: "ltr"}[lang == "ar"]; dir != want {
		t.Errorf("%s: direction %q, want %q", name, dir, want)
	}
	if title == "" || strings.Contains(text, "[") && key.MatchString(text) {
		t.Errorf("%s shows a message key: %q", name, key.FindString(text))
	}
	for _, said := range b.complaints() {
		if door == "/nothing-here" && strings.Contains(said, "404") {
			continue
		}
		t.Errorf("%s: the browser says: %s", name, said)
	}
}
