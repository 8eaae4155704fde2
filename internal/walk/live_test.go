package walk

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestLive has two people at one thread: what one writes stands on the page of
// the other without loading it again; so do edits, deletions and the outcome;
// and who loses the right loses the page.
func TestLive(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other, moderator, admin := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator"), s.as(t, "admin")
	thread := asker.begin(t, "en", "tools", "Live question", "How?")
	b := openBrowser(t)
	b.set(t, window{1280, true, false})
	b.signIn(t, s, "member")
	b.run(t, chromedp.Navigate(s.url+thread), chromedp.WaitVisible(`[data-presence]`))
	b.run(t, chromedp.SetValue(`textarea[name=body]`, "What I am writing", chromedp.ByQuery))
	b.run(t, chromedp.WaitNotVisible(`[data-pill]`, chromedp.ByQuery)) // nothing is new yet

	other.reply(t, thread, "An answer that comes **live**.", nil)
	b.run(t, chromedp.WaitVisible(`#p2 strong`, chromedp.ByQuery))
	other.reply(t, thread, "Another one.", nil)
	b.run(t, chromedp.WaitVisible(`#p3`, chromedp.ByQuery))
	b.picture(t, "live-new")
	other.submit(t, thread, url.Values{"act": {"edit"}, "seq": {"2"}, "seen": {"0001-01-01T00:00:00Z"}, "text": {"Worded *anew*."}})
	b.run(t, chromedp.WaitVisible(`#p2 em`, chromedp.ByQuery))
	other.submit(t, thread, url.Values{"act": {"delete"}, "seq": {"3"}})
	b.run(t, chromedp.WaitNotPresent(`#p3 .acts`, chromedp.ByQuery))
	moderator.submit(t, thread, url.Values{"act": {"conclude"}, "shared": {"1. It works."}})
	b.run(t, chromedp.WaitVisible(`.outcome li`, chromedp.ByQuery))
	var kept string
	b.run(t, chromedp.Value(`textarea[name=body]`, &kept, chromedp.ByQuery))
	if kept != "What I am writing" {
		t.Errorf("the text that was being written is now %q", kept)
	}

	// A post that came live has forms that work.
	b.run(t, chromedp.Click(`#p2 button[value=useful]`, chromedp.ByQuery), chromedp.WaitVisible(`#p2 button[aria-pressed=true]`, chromedp.ByQuery))
	b.run(t, chromedp.WaitVisible(`[data-presence]`))
	b.run(t, chromedp.Poll(`document.querySelector("textarea[name=body]")?.value === "What I am writing"`, nil)) // the page was loaded again

	// What changes in a post while its author words it anew waits until they have
	// saved, and stops nothing.
	b.run(t, chromedp.Navigate(s.url+thread+"?edit=1#p1"), chromedp.WaitVisible(`[data-presence]`), chromedp.Focus(`#p1 textarea`, chromedp.ByQuery))
	other.submit(t, thread, url.Values{"act": {"useful"}, "seq": {"1"}})
	other.reply(t, thread, "After the reaction.", nil)
	b.run(t, chromedp.WaitVisible(`#p4`, chromedp.ByQuery),
		chromedp.SetValue(`#p1 textarea`, "How, *then*?", chromedp.ByQuery),
		chromedp.Click(`#p1 button[value=edit]`, chromedp.ByQuery), chromedp.WaitVisible(`#p1 em`, chromedp.ByQuery))

	// The right ends: so does the page.
	found := admin.get(t, "/en/admin/accounts?email=member@demo.example")
	id := idField.FindStringSubmatch(found.body)
	if id == nil {
		t.Fatal("the account is not found")
	}
	admin.submit(t, "/en/admin/accounts?email=member@demo.example", url.Values{"act": {"leave"}, "id": {id[1]}, "reason": {"left the ministry"}})
	b.run(t, chromedp.WaitNotPresent(`#p1`, chromedp.ByQuery), chromedp.WaitNotPresent(`.outcome`, chromedp.ByQuery))
	if text := b.text(t); strings.Contains(text, "Worded") || strings.Contains(text, "It works") {
		t.Errorf("what is closed now still stands there:\n%s", text)
	}
	b.picture(t, "live-over")
	for _, said := range b.complaints() {
		t.Errorf("the browser says: %s", said)
	}
}

// TestLiveAgain: the hub is killed and comes back at the same address; the
// page comes back by itself, has what was written meanwhile, and keeps what is
// being written.
func TestLiveAgain(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	data, port := t.TempDir(), freePort(t)
	s := serveAt(t, watched, data, "127.0.0.1", port)
	asker, other := s.as(t, "member"), s.as(t, "member2")
	thread := asker.begin(t, "en", "tools", "Live question", "How?")
	b := openBrowser(t)
	b.set(t, window{390, true, false})
	b.signIn(t, s, "member")
	b.run(t, chromedp.Navigate(s.url+thread), chromedp.WaitVisible(`[data-presence]`))
	b.run(t, chromedp.SetValue(`textarea[name=body]`, "What I am writing", chromedp.ByQuery))
	s.kill()
	b.run(t, chromedp.Poll(`document.querySelector("[data-status]").textContent !== ""`, nil))
	b.picture(t, "live-away")
	again := serveAt(t, watched, data, "127.0.0.1", port)
	other.reply(t, thread, "Written while you were **away**.", nil)
	b.run(t, chromedp.WaitVisible(`#p2 strong`, chromedp.ByQuery))
	var kept string
	b.run(t, chromedp.Value(`textarea[name=body]`, &kept, chromedp.ByQuery))
	if kept != "What I am writing" || again.url != s.url {
		t.Errorf("the text that was being written is now %q", kept)
	}
}
