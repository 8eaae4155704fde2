package walk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	vocab "nmirfhub/internal/hub"
)

// longest is how many pixels of a phone a part of a form may take while
// nothing is chosen.
const longest = 5200

// TestFormOnAPhone: in no language is a part of a form longer than a phone can
// bear, and no question that is open breaks a rule of access.
func TestFormOnAPhone(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	rules := axe(t)
	s := open(t)
	p := s.as(t, "member")
	b := openBrowser(t)
	b.signIn(t, s, "member")
	b.set(t, window{390, true, false})
	for _, k := range []vocab.Kind{vocab.Practice, vocab.Mechanism, vocab.Publication, vocab.Resource, vocab.System, vocab.Event, vocab.Network} {
		path := p.draft(t, string(k), "en", "Something short")
		set, _ := asked(t, k)
		for _, x := range set.Sections {
			for _, lang := range []string{"en", "fr", "ar"} {
				var high, wide int
				b.run(t, chromedp.Navigate(s.url+"/"+lang+path+"/"+x.Code),
					chromedp.Evaluate(`document.documentElement.scrollHeight`, &high), chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide))
				if high > longest || wide > 390 {
					t.Errorf("%s %s/%s takes %d pixels by %d", lang, k, x.Code, wide, high)
				}
			}
			b.run(t, chromedp.Evaluate(`document.querySelectorAll("main details").forEach(d => d.open = true)`, nil))
			b.checkHere(t, rules, string(k)+"/"+x.Code)
		}
	}
	if said := b.complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

// enter is the key Enter as browsers send it: what a page does not want of it
// does not happen.
var enter = input.DispatchKeyEvent(input.KeyDown).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13).WithText("\r")

// TestFormIsTyped: in a browser a list is searched, says what is chosen, and a
// table grows while it is filled; what is folded is sent all the same.
func TestFormIsTyped(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	p := s.as(t, "member")
	path := "/en" + p.draft(t, "practice", "en", "A calendar of reports")
	b := openBrowser(t)
	b.signIn(t, s, "member")
	b.set(t, window{390, true, false})
	var shown int
	var next string
	b.run(t, chromedp.Navigate(s.url+path+"/gist"),
		chromedp.Click(`#q-functions .pick > summary`, chromedp.ByQuery),
		chromedp.SendKeys(`#functions-find`, "MID-T", chromedp.ByQuery), enter, // which sends nothing, and takes the one that is left
		chromedp.Evaluate(`[...document.querySelectorAll("#q-functions .choices > .check")].filter(c => !c.hidden).length`, &shown),
		chromedp.Click(`#q-functions .pick > summary`, chromedp.ByQuery)) // folded again, and sent all the same
	b.until(t, `document.querySelector("#q-functions [data-chosen]").textContent.includes("mid-term")`)
	b.run(t, chromedp.Click(`button[name=go]`, chromedp.ByQuery))
	b.until(t, `document.activeElement.closest("#q-challenges") !== null`) // the first empty question
	b.run(t, chromedp.Click(`#q-stage input[value=replaced]`, chromedp.ByQuery))
	b.until(t, `document.querySelector("#q-end").closest("details").open && !document.querySelector("#q-trigger-how").closest("details").open`)
	b.run(t, chromedp.Navigate(s.url+path+"/work"),
		chromedp.Click(`#q-institutions .adds > summary`, chromedp.ByQuery),
		chromedp.SendKeys(`[id="add.institutions-find"]`, "cso", chromedp.ByQuery), enter,
		chromedp.SendKeys(`[id="add.institutions-find"]`, "nhri", chromedp.ByQuery), enter,
		chromedp.SendKeys(`[name="institutions.0.role"]`, "Comes to one plenary in three", chromedp.ByQuery),
		chromedp.SendKeys(`[name="institutions.1.role"]`, "Comments on drafts", chromedp.ByQuery),
		chromedp.SendKeys(`[name="steps.0.step"]`, "Letters go out", chromedp.ByQuery), enter, // goes on
		chromedp.Evaluate(`document.activeElement.name`, &next),
		chromedp.SendKeys(`[name="steps.1.step"]`, "Replies come in", chromedp.ByQuery),
		chromedp.SendKeys(`[name="steps.2.days"]`, "5", chromedp.ByQuery),
		chromedp.Click(`button[name=go]`, chromedp.ByQuery))
	b.until(t, `document.querySelector(".error-msg") !== null`) // a step without words
	b.run(t, chromedp.SendKeys(`[name="steps.2.step"]`, "The minister signs", chromedp.ByQuery), chromedp.Click(`button[name=go]`, chromedp.ByQuery))
	b.until(t, `document.querySelector("#q-figures") !== null`)
	if next != "steps.0.who" {
		t.Errorf("Enter goes on to %q", next)
	}
	if shown != 1 {
		t.Errorf("%d functions have the words", shown)
	}
	if body := p.get(t, path+"/gist").body; !strings.Contains(body, `value="mid-term-report" checked`) {
		t.Error("what was chosen in a folded list is lost")
	}
	body := p.get(t, path+"/work").body
	for _, text := range []string{"one plenary", "Comments on drafts", `value="cso" selected`, `value="nhri" selected`, "Letters go out", "Replies come in", "The minister signs", `name="steps.3.step"`} {
		if !strings.Contains(body, text) {
			t.Errorf("%q is not in the table", text)
		}
	}
	if said := b.complaints(); len(said) != 1 || !strings.Contains(said[0], "422") {
		t.Errorf("the browser complains: %q", said)
	}
}

// TestDraftKnowsItsMechanism: a member need not say again whose practice it is.
func TestDraftKnowsItsMechanism(t *testing.T) {
	s := open(t)
	for name, want := range map[string]string{"member": "mda", "member2": "mar"} {
		p := s.as(t, name)
		body := p.get(t, "/en"+p.draft(t, "practice", "en", "A calendar of reports")+"/gist").body
		if !strings.Contains(body, `<option value="`+want+`" selected`) {
			t.Errorf("%s is asked for the mechanism", name)
		}
	}
	p := s.as(t, "stakeholder")
	if body := p.get(t, "/en"+p.draft(t, "practice", "en", "A calendar of reports")+"/gist").body; strings.Contains(body, `<option value="mda" selected`) {
		t.Error("who has no mechanism is given one")
	}
}

// TestRowsWithoutScript: another row of a table is asked for with a button,
// and what was typed is kept.
func TestRowsWithoutScript(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	p := s.as(t, "member")
	path := "/en" + p.draft(t, "practice", "en", "A calendar of reports") + "/work"
	a := p.answer(t, path, url.Values{"steps.0.step": {"Letters go out"}, "stay": {"steps"}})
	if a.status != http.StatusSeeOther || !strings.HasSuffix(a.header.Get("Location"), "#q-steps") {
		t.Fatalf("asking for a row answers %d %s", a.status, a.header.Get("Location"))
	}
	body := p.get(t, path).body
	if !strings.Contains(body, "Letters go out") || !strings.Contains(body, `name="steps.1.step"`) || strings.Contains(body, `name="steps.2.step"`) {
		t.Error("there is not one row more")
	}
	a = p.answer(t, path, url.Values{"steps.0.step": {"Letters go out"}, "lines.steps": {"Replies come in (15 days)\nThe minister signs | minister"}, "stay": {"steps"}})
	if body := p.get(t, path).body; a.status != http.StatusSeeOther || !strings.Contains(body, `name="steps.2.who"`) || !strings.Contains(body, `value="15"`) || !strings.Contains(body, "The minister signs") {
		t.Errorf("lines are no rows: %d", a.status)
	}
	a = p.answer(t, path, url.Values{"add.institutions": {"cso", "nhri"}, "stay": {"institutions"}})
	if a.status != http.StatusOK || !strings.Contains(a.body, `value="nhri" selected`) || strings.Contains(a.body, "error-msg") {
		t.Errorf("rows that are begun answer %d", a.status)
	}
	over := strings.Repeat("Another step\n", 20) + "One too many"
	if a := p.answer(t, path, url.Values{"lines.steps": {over}, "stay": {"steps"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, ">One too many</textarea>") {
		t.Errorf("a line too many answers %d, or is lost", a.status)
	}
	many := url.Values{}
	for i := range 21 {
		many.Set("steps."+strconv.Itoa(i)+".step", "Step "+strconv.Itoa(i))
	}
	if a := p.answer(t, path, many); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Step 20") {
		t.Errorf("a row too many answers %d, or is lost", a.status)
	}
}
