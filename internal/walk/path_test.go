package walk

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// awaited waits for the promise of an expression.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// signIn fills the form in and sends it, as a person does.
func (b *browser) signIn(t testing.TB, s *site, name string) {
	t.Helper()
	b.run(t,
		chromedp.Navigate(s.url+"/en/signin"),
		chromedp.SetValue("#em", name+"@demo.example", chromedp.ByQuery),
		chromedp.SetValue("#pw", demoPassword, chromedp.ByQuery),
		chromedp.Click(`form[action$="/signin"] button`, chromedp.ByQuery),
		chromedp.WaitVisible(".signout", chromedp.ByQuery),
	)
}

// text is what a person reads on the page.
func (b *browser) text(t testing.TB) string {
	t.Helper()
	var text string
	b.run(t, chromedp.Evaluate(`document.body.innerText`, &text))
	return text
}

// follow clicks a link by its words and waits for the heading of the page it
// leads to.
func (b *browser) follow(t testing.TB, words, heading string) {
	t.Helper()
	b.run(t,
		chromedp.Click(`//a[contains(normalize-space(.), "`+words+`")]`, chromedp.BySearch),
		chromedp.WaitVisible(`//h1[contains(normalize-space(.), "`+heading+`")]`, chromedp.BySearch),
	)
}

// TestPaths walks the ways that people take most, on a phone and a desk, with
// and without scripts.
func TestPaths(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	for _, w := range []window{{1280, true, false}, {390, true, false}, {1280, false, false}} {
		t.Run(w.name(), func(t *testing.T) {
			b := openBrowser(t)
			b.set(t, w)
			t.Run("FindAPracticeByItsDifficulty", func(t *testing.T) {
				b.run(t, chromedp.Navigate(s.url+"/en/"))
				b.follow(t, "Improve how our mechanism works", "Start from a difficulty")
				b.follow(t, "Overdue reports", "Overdue reports")
				b.follow(t, "A calendar of expected reports", "A calendar of expected reports")
				if text := b.text(t); !strings.Contains(text, "Lessons for others") || !strings.Contains(text, "Republic of Moldova") {
					t.Errorf("the practice says\n%s", text)
				}
			})
			t.Run("GoToAState", func(t *testing.T) {
				b.run(t,
					chromedp.Navigate(s.url+"/en/"),
					chromedp.SetValue("#st", "MDA", chromedp.ByQuery),
					chromedp.Click(`//button[contains(., "Open profile")]`, chromedp.BySearch),
					chromedp.WaitVisible(`//h1[contains(., "Republic of Moldova")]`, chromedp.BySearch),
				)
				if text := b.text(t); !strings.Contains(text, "National Human Rights Council") {
					t.Errorf("the profile says\n%s", text)
				}
			})
			t.Run("Search", func(t *testing.T) {
				b.run(t,
					chromedp.Navigate(s.url+"/en/"),
					chromedp.SetValue("#q", "parliament", chromedp.ByQuery),
					chromedp.Click(`form[role="search"] button`, chromedp.ByQuery),
					chromedp.WaitVisible(`//h1[contains(., "parliament")]`, chromedp.BySearch),
				)
				b.follow(t, "A yearly report to Parliament", "A yearly report to Parliament")
			})
			if w.script {
				t.Run("Suggestions", func(t *testing.T) { b.suggestions(t, s) })
			}
			t.Run("ReadInAnotherLanguage", func(t *testing.T) {
				b.run(t,
					chromedp.Navigate(s.url+"/en/toolkit/checklist-setting-up-nmirf"),
					chromedp.Click(".lang summary", chromedp.ByQuery),
				)
				b.run(t,
					chromedp.Click(`a[hreflang="fr"]`, chromedp.ByQuery),
					chromedp.WaitVisible(`html[lang="fr"] h1`, chromedp.ByQuery),
				)
			})
			t.Run("SignInAndOut", func(t *testing.T) {
				b.run(t, chromedp.Navigate(s.url+"/en/toolkit"))
				if text := b.text(t); strings.Contains(text, "House rules for the discussion spaces") {
					t.Error("the public sees what is for members")
				}
				b.signIn(t, s, "member")
				b.run(t, chromedp.Navigate(s.url+"/en/toolkit"))
				b.follow(t, "House rules", "House rules")
				b.run(t,
					chromedp.Click(".signout button", chromedp.ByQuery),
					chromedp.WaitVisible(`//p[contains(., "You have signed out")]`, chromedp.BySearch),
				)
				b.run(t, chromedp.Navigate(s.url+"/en/toolkit/rules-of-the-discussion-spaces"))
				if text := b.text(t); !strings.Contains(text, "We cannot find this page") {
					t.Errorf("after signing out the page says\n%s", text)
				}
				b.complaints() // the browser notes the 404 that was asked for
			})
			for _, said := range b.complaints() {
				t.Errorf("the browser says: %s", said)
			}
		})
	}
}

// suggestions types the beginning of a word and takes the second suggestion
// with the keyboard alone; then it asks for suggestions and sends what was
// typed all the same.
func (b *browser) suggestions(t *testing.T, s *site) {
	t.Helper()
	var role, expanded, active, at string
	b.run(t,
		chromedp.Navigate(s.url+"/en/"),
		chromedp.SendKeys("#q", "paragu", chromedp.ByQuery),
		chromedp.WaitVisible(`[role="listbox"] [role="option"]:nth-child(2)`, chromedp.ByQuery),
		chromedp.AttributeValue("#q", "role", &role, nil, chromedp.ByQuery),
		chromedp.AttributeValue("#q", "aria-expanded", &expanded, nil, chromedp.ByQuery),
		chromedp.SendKeys("#q", kb.ArrowDown+kb.ArrowDown, chromedp.ByQuery),
		chromedp.AttributeValue("#q", "aria-activedescendant", &active, nil, chromedp.ByQuery),
		chromedp.AttributeValue(`[role="option"][aria-selected="true"]`, "data-url", &at, nil, chromedp.ByQuery),
	)
	if role != "combobox" || expanded != "true" || active != "q-suggestions-1" || !strings.HasPrefix(at, "/en/") {
		t.Errorf("role %q, expanded %q, active %q, leads to %q", role, expanded, active, at)
	}
	var gone, where string
	b.run(t,
		chromedp.SendKeys("#q", kb.Escape, chromedp.ByQuery),
		chromedp.WaitNotVisible(`[role="listbox"]`, chromedp.ByQuery),
		chromedp.AttributeValue("#q", "aria-expanded", &gone, nil, chromedp.ByQuery),
		chromedp.SendKeys("#q", kb.Enter, chromedp.ByQuery),
		chromedp.WaitVisible(`//h1[contains(., "paragu")]`, chromedp.BySearch),
		chromedp.Location(&where),
	)
	if gone != "false" || !strings.Contains(where, "/en/search?q=paragu") {
		t.Errorf("expanded %q, at %s", gone, where)
	}
}
