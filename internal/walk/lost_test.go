package walk

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	vocab "nmirfhub/internal/hub"
)

// typed writes into a field of the page as a person does.
func (b *browser) typed(t testing.TB, selector, text string) {
	t.Helper()
	b.run(t, chromedp.Evaluate(`document.querySelector(`+strconv.Quote(selector)+`).select()`, nil), chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// says waits until the form says something of what was written.
func (b *browser) says(t testing.TB, text string) {
	t.Helper()
	b.until(t, `document.querySelector("[data-state]").textContent.includes("`+text+`")`)
}

// TestTwoTabs: the same person has a draft open twice. What is saved in one is
// not written over by the other, which is told and shows both texts.
func TestTwoTabs(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	p := s.as(t, "member")
	part := "/en" + p.draft(t, "practice", "en", "A calendar of reports") + "/start"
	one := openBrowser(t)
	one.set(t, window{390, true, false})
	one.signIn(t, s, "member")
	ctx, stop := chromedp.NewContext(one.ctx)
	defer stop()
	if err := chromedp.Run(ctx); err != nil { // opens the tab, for as long as the test
		t.Fatal(err)
	}
	two := &browser{ctx: ctx}
	for _, tab := range []*browser{one, two} {
		tab.run(t, chromedp.Navigate(s.url+part), chromedp.WaitVisible(`#problem`, chromedp.ByQuery))
	}
	one.run(t, page.BringToFront())
	one.typed(t, `#problem`, "Reports were three years late.")
	one.says(t, "Saved.")
	two.run(t, page.BringToFront())
	two.typed(t, `#problem`, "Nobody knew the dates.")
	two.says(t, "Somebody else wrote here too")
	two.run(t, chromedp.Evaluate(`document.querySelector("button[name=go]").click()`, nil))
	two.until(t, `document.querySelector("#q-problem").innerText.includes("Reports were three years late.") && document.querySelector("#problem").value === "Nobody knew the dates."`)
	two.typed(t, `#problem`, "Reports were three years late: nobody knew the dates.")
	two.run(t, chromedp.Evaluate(`document.querySelector("button[name=go]").click()`, nil))
	two.until(t, `document.querySelector("#q-done") !== null`)
	if body := p.get(t, part).body; !strings.Contains(body, "three years late: nobody knew") {
		t.Error("the text that was made of both is lost")
	}
}

// TestSignedOutWhileTyping: the sign-in ends while somebody writes. The form
// says so, and what was written comes back after the next sign-in, with the
// boxes and the rows of tables.
func TestSignedOutWhileTyping(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	p := s.as(t, "member")
	part := "/en" + p.draft(t, "practice", "en", "A calendar of reports") + "/work"
	b := openBrowser(t)
	b.set(t, window{390, true, false})
	b.signIn(t, s, "member")
	b.run(t, chromedp.Navigate(s.url+part), chromedp.WaitVisible(`#done`, chromedp.ByQuery), network.ClearBrowserCookies())
	b.typed(t, `#done`, "One calendar is read out each month.")
	b.typed(t, `[name="steps.0.step"]`, "Letters go out")
	b.typed(t, `[name="steps.1.step"]`, "Replies come in")
	b.run(t, chromedp.Click(`#q-decided input[value=minister]`, chromedp.ByQuery))
	b.says(t, "you are signed out")
	b.run(t, chromedp.Click(`button[name=go]`, chromedp.ByQuery)) // in vain
	b.until(t, `document.querySelector("#done") === null`)
	b.signIn(t, s, "member")
	b.run(t, chromedp.Navigate(s.url+part), chromedp.WaitVisible(`#done`, chromedp.ByQuery))
	b.says(t, "What you wrote before is back")
	body := p.get(t, part).body
	for _, text := range []string{"One calendar is read out each month.", "Letters go out", "Replies come in", `value="minister" checked`} {
		if !strings.Contains(body, text) {
			t.Errorf("%q did not come back", text)
		}
	}
}

// TestStoppedWhileTyping: the hub is killed while somebody writes, and comes
// back. The text stays on the page and is saved by itself.
func TestStoppedWhileTyping(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	data, port := t.TempDir(), freePort(t)
	s := serveAt(t, plainly, data, "127.0.0.1", port)
	part := "/en" + s.as(t, "member").draft(t, "practice", "en", "A calendar of reports") + "/start"
	b := openBrowser(t)
	b.set(t, window{390, true, false})
	b.signIn(t, s, "member")
	b.run(t, chromedp.Navigate(s.url+part), chromedp.WaitVisible(`#problem`, chromedp.ByQuery))
	s.kill()
	b.typed(t, `#problem`, "Reports were three years late.")
	b.says(t, "Your text stays on this page")
	s = serveAt(t, plainly, data, "127.0.0.1", port)
	waits(t, time.Minute, "the text is saved", func() bool {
		return strings.Contains(s.as(t, "member").get(t, part).body, "Reports were three years late.")
	})
	b.says(t, "Saved.")
}

// TestFormSentTwice: the same form again changes nothing and is no conflict; a
// form of a year ago, over an answer that has changed since, is one, and keeps
// what was typed; so does one of a record that was handed on or is gone.
func TestFormSentTwice(t *testing.T) {
	s := open(t)
	p := s.as(t, "member")
	path := "/en" + p.draft(t, "practice", "en", "A calendar of reports")
	part := path + "/start"
	form := func(problem string) url.Values {
		v := url.Values{"problem": {problem}, "whole": {"1"}}
		body := p.get(t, part).body
		v.Set("_csrf", csrfField.FindStringSubmatch(body)[1])
		for _, m := range seenField.FindAllStringSubmatch(body, -1) {
			if m[1] == "problem" {
				v.Set("seen.problem", m[2])
			}
		}
		return v
	}
	first := form("Reports were three years late.")
	for n := range 2 {
		if a := p.post(t, part, first); a.status != http.StatusSeeOther {
			t.Errorf("sent %d times it answers %d", n+1, a.status)
		}
	}
	if a := p.post(t, part, form("Nobody knew the dates.")); a.status != http.StatusSeeOther {
		t.Fatalf("changed, it answers %d", a.status)
	}
	old := first
	old.Set("problem", "What was typed a year ago.")
	a := p.post(t, part, old)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "What was typed a year ago.") || !strings.Contains(a.body, "Nobody knew the dates.") {
		t.Errorf("a form of a year ago answers %d, or one of the texts is lost", a.status)
	}
	if body := p.get(t, part).body; !strings.Contains(body, "Nobody knew the dates.") || strings.Contains(body, "a year ago") {
		t.Error("a form of a year ago wrote over what is there")
	}

	p.answerAll(t, path, vocab.Practice, always("parliament"))
	late := form("What was typed before it was handed on.")
	p.act(t, path, url.Values{"act": {"submit"}})
	if a := p.post(t, part, late); a.status != http.StatusConflict || !strings.Contains(a.body, "typed before it was handed on") {
		t.Errorf("a form of what was handed on answers %d, or its text is lost", a.status)
	}
	if body := s.as(t, "coordinator").get(t, path).body; strings.Contains(body, "typed before it was handed on") {
		t.Error("what was handed on was changed")
	}
	// For who may not read it, it is as one that never was.
	other := s.as(t, "member2")
	late.Set("_csrf", csrfField.FindStringSubmatch(other.get(t, "/en/contribute/new?kind=practice").body)[1])
	gone, never := other.post(t, part, late), other.post(t, "/en/contribute/00000000000000000000000000/start", late)
	if gone.status != http.StatusNotFound || !strings.Contains(gone.body, "typed before it was handed on") || !strings.Contains(gone.body, "How did the difficulty show?") || strings.Contains(gone.body, "A calendar of reports") {
		t.Errorf("a form of what is not for its reader answers %d, loses its text, or tells of it", gone.status)
	}
	if never.status != gone.status || strings.ReplaceAll(never.body, "00000000000000000000000000", path[len("/en/contribute/"):]) != gone.body {
		t.Error("a record that never was is told from one that is")
	}
}
