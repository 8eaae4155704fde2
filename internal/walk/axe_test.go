package walk

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe is the accessibility checker, from npm: make browser brings it.
func axe(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err == nil {
		return string(raw)
	}
	if os.Getenv("HUB_TEST_BROWSER") != "" {
		t.Fatalf("no axe-core here: %v; make browser brings it", err)
	}
	t.Skip("no axe-core on this machine: make test brings it")
	return ""
}

// violation is a rule that a page breaks.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// TestAccessible runs axe-core on every sort of page, once wide, light and from
// left to right, once narrow, dark and from right to left: no rule of WCAG 2.2 A
// and AA or of good practice is broken.
func TestAccessible(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	rules := axe(t)
	s := open(t)
	b := openBrowser(t)
	for lang, w := range map[string]window{"en": {1280, true, false}, "ar": {390, true, true}} {
		b.set(t, w)
		for _, door := range doors {
			b.check(t, rules, s.url+"/"+lang+door, w.name()+" "+lang+door)
		}
	}
	b.set(t, window{1280, true, false})
	for _, lang := range []string{"es", "ru", "zh", "pt"} {
		b.check(t, rules, s.url+"/"+lang+"/mechanisms/mda", lang+"/mechanisms/mda")
	}
	s.peopleClosed(t)
	s.talks(t)
	draft := s.written(t)
	for name, doors := range ownDoors {
		own := openBrowser(t)
		own.set(t, window{1280, true, false})
		own.signIn(t, s, name)
		for _, door := range doors {
			own.check(t, rules, s.url+"/en"+strings.ReplaceAll(door, "{draft}", draft), name+" en"+door)
		}
	}
}

func (b *browser) check(t *testing.T, rules, url, name string) {
	t.Helper()
	b.run(t, chromedp.Navigate(url))
	b.checkHere(t, rules, name)
}

// checkHere checks the page as it stands in the browser.
func (b *browser) checkHere(t *testing.T, rules, name string) {
	t.Helper()
	var raw string
	b.run(t,
		chromedp.Evaluate(rules+"; true", nil),
		chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, &raw, chromedp.EvalAsValue, awaited),
	)
	var found []violation
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		t.Fatalf("%s: %v in %.200s", name, err, raw)
	}
	for _, v := range found {
		for i, n := range v.Nodes {
			if i == 3 {
				t.Errorf("%s: %s: and %d more", name, v.ID, len(v.Nodes)-i)
				break
			}
			t.Errorf("%s: %s (%s): %.300s\n%s", name, v.ID, v.Help, n.HTML, strings.TrimSpace(n.Summary))
		}
	}
}
