package walk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// sameJS waits until what the page shows of its posts and of the parts that
// change is what a fresh one has, without what differs each time that it is
// loaded: tokens, keys, and what is new since the last look. It returns the two
// where they differ, and what is fresh.
const sameJS = `(async () => {
  const state = (page) => {
    const list = page.querySelector("[data-live]");
    return (list ? [list, ...page.querySelectorAll("[data-part]")] : []).map((part) => {
      const copy = part.cloneNode(true);
      copy.querySelectorAll("#new").forEach((e) => e.remove());
      copy.querySelectorAll(".new").forEach((e) => e.classList.remove("new"));
      copy.querySelectorAll("input[name=_csrf], input[name=key]").forEach((e) => e.setAttribute("value", ""));
      return copy.innerHTML.replace(/\s+/g, " ").replace(/> </g, "><").trim();
    }).join("\n\n");
  };
  window.asIs ??= trustedTypes.createPolicy("test", { createHTML: (s) => s });
  const answer = await fetch(location.href);
  const fresh = state(new DOMParser().parseFromString(window.asIs.createHTML(await answer.text()), "text/html"));
  for (let n = 0; n < 300; n++) {
    if (state(document) === fresh) return { fresh };
    await new Promise((done) => setTimeout(done, 50));
  }
  const open = state(document);
  let i = 0;
  while (i < open.length && open[i] === fresh[i]) i++;
  return { fresh, differs: open.slice(Math.max(0, i - 80), i + 300), from: fresh.slice(Math.max(0, i - 80), i + 300) };
})()`

// compared is what sameJS returns.
type compared struct{ Fresh, Differs, From string }

// TestPushedIsFetched: after each kind of act a page that stays open is what it
// would be if it were loaded anew.
func TestPushedIsFetched(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other, moderator, admin := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator"), s.as(t, "admin")
	thread := asker.begin(t, "en", "tools", "Pushed and fetched", "How?")
	b := openBrowser(t)
	b.set(t, window{1280, true, false})
	b.signIn(t, s, "member")
	b.run(t, chromedp.Navigate(s.url+thread), chromedp.WaitVisible(`[data-presence]`))
	before := ""
	same := func(what string) {
		t.Helper()
		var x compared
		b.run(t, chromedp.Evaluate(sameJS, &x, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		if x.Differs+x.From != "" {
			t.Errorf("%s: the open page has\n  %s\nwhere a fresh one has\n  %s", what, x.Differs, x.From)
		}
		if !strings.Contains(x.Fresh, "article") || x.Fresh == before {
			t.Errorf("%s changed nothing: the test proves nothing", what)
		}
		before = x.Fresh
	}
	act := func(p *person, what string, form url.Values) string {
		t.Helper()
		a := p.submit(t, thread, form)
		same(what)
		at, _, _ := strings.Cut(a.header.Get("Location"), "?")
		return at
	}
	zero := "0001-01-01T00:00:00Z"
	for _, body := range []string{"A first **answer**.", "A second one for @Demo-member.", "Another matter.", "And more of it."} {
		other.reply(t, thread, body, nil)
		same("post")
	}
	act(other, "edit", url.Values{"act": {"edit"}, "seq": {"2"}, "seen": {zero}, "text": {"Worded *anew*."}})
	other.brings(t, thread, url.Values{"act": {"edit"}, "seq": {"4"}, "seen": {zero}, "text": {"With a file."}}, map[string]string{"plan.txt": "1. Plan"})
	same("edit with a file")
	act(moderator, "react", url.Values{"act": {"useful"}, "seq": {"2"}})
	act(moderator, "react again", url.Values{"act": {"useful"}, "seq": {"2"}})
	act(asker, "react oneself", url.Values{"act": {"same"}, "seq": {"2"}})
	act(asker, "mark the answer", url.Values{"act": {"solved"}, "seq": {"2"}})
	act(asker, "unmark the answer", url.Values{"act": {"unsolved"}, "seq": {"2"}})
	act(asker, "mark again", url.Values{"act": {"solved"}, "seq": {"2"}})
	sums := func(p *person, what string, form url.Values) {
		t.Helper()
		p.submit(t, thread+"/summary", form)
		same(what)
	}
	waiting := func(n int) string { return moderator.waiting(t, thread)[n] }
	sums(other, "proposal without a summary", url.Values{"act": {"propose"}, "on": {"0"}, "summary": {"So far: one."}})
	sums(moderator, "summary", url.Values{"act": {"summarise"}, "on": {"0"}, "summary": {"So far: **two**."}})
	sums(other, "proposal", url.Values{"act": {"propose"}, "on": {"1"}, "summary": {"So far: **three**."}, "as": {"nameless"}})
	sums(moderator, "set aside", url.Values{"act": {"aside"}, "id": {waiting(0)}, "reason": {"Too little."}})
	sums(moderator, "accept", url.Values{"act": {"accept"}, "id": {waiting(0)}, "seen": {"1"}, "summary": {"So far: **three**."}})
	sums(other, "proposal once more", url.Values{"act": {"propose"}, "on": {"2"}, "summary": {"So far: four."}})
	sums(other, "withdraw", url.Values{"act": {"withdraw"}, "id": {waiting(0)}})
	sums(moderator, "bring back", url.Values{"act": {"restore"}, "n": {"1"}, "seen": {"2"}})
	act(moderator, "outcome", url.Values{"act": {"conclude"}, "shared": {"1. It works."}, "seen": {zero}})
	act(moderator, "slow", url.Values{"act": {"slow"}, "slow": {"5"}, "reason": {"Calm."}})
	act(moderator, "hide", url.Values{"act": {"hide"}, "seq": {"3"}, "why": {"Off topic."}})
	act(moderator, "show", url.Values{"act": {"show"}, "seq": {"3"}})
	act(other, "delete", url.Values{"act": {"delete"}, "seq": {"3"}})
	act(moderator, "lock", url.Values{"act": {"lock"}, "reason": {"Done."}})
	act(moderator, "unlock", url.Values{"act": {"unlock"}, "reason": {"Not yet."}})
	act(moderator, "split", url.Values{"act": {"split"}, "seq": {"4"}, "title": {"Another matter"}, "why": {"Two questions."}})
	thread = act(moderator, "move", url.Values{"act": {"move"}, "to": {"coordination"}, "reason": {"It belongs there."}})
	if !strings.HasPrefix(thread, "/en/discuss/coordination/") {
		t.Fatalf("moved to %s", thread)
	}

	found := admin.get(t, "/en/admin/accounts?email=member@demo.example")
	id := idField.FindStringSubmatch(found.body)
	admin.submit(t, "/en/admin/accounts?email=member@demo.example", url.Values{"act": {"leave"}, "id": {id[1]}, "reason": {"left the ministry"}})
	b.run(t, chromedp.WaitNotPresent(`article`, chromedp.ByQuery), chromedp.WaitNotPresent(`[data-part]`, chromedp.ByQuery))
	if a := asker.get(t, thread); a.status != http.StatusNotFound {
		t.Errorf("after the right has ended a fresh page answers %d", a.status)
	}
}
