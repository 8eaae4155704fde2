package walk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestWordings: whoever reads a post reads how it was worded before; nobody
// does of a post whose words are not there for them.
func TestWordings(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	author, reader, moderator, stranger := s.as(t, "member2"), s.as(t, "member"), s.as(t, "moderator"), s.as(t, "tbexpert")
	thread := reader.begin(t, "en", "tools", "A question that is asked", "How do you do it?")
	author.reply(t, thread, "We name two focal points.", nil)
	before := thread + "/2/before"
	if a := reader.get(t, before); a.status != http.StatusNotFound {
		t.Errorf("a post that was never changed: %d", a.status)
	}
	author.submit(t, thread, url.Values{"act": {"edit"}, "seq": {"2"}, "seen": {"0001-01-01T00:00:00Z"}, "text": {"We name three focal points."}})
	if page := reader.get(t, thread).body; !strings.Contains(page, `href="`+before+`"`) {
		t.Error("the post does not lead to its earlier wording")
	}
	d, posts := s.description(t), "/api/v1/threads/"+s.threadID(t, "tools")+"/posts"
	asJSON := posts + "/2/before"
	for _, p := range []*person{author, reader, moderator} {
		a := p.get(t, asJSON)
		d.fits(t, "GET", "/threads/{thread}/posts/{seq}/before", a)
		if a.status != http.StatusOK || !strings.Contains(a.body, `"body":"We name two focal points."`) || !strings.Contains(a.body, `{"in":"was","text":"two"},{"in":"is","text":"three"}`) {
			t.Errorf("%s gets as JSON %d: %s", p.name, a.status, a.body)
		}
		all := p.get(t, posts)
		if d.fits(t, "GET", "/threads/{thread}/posts", all); strings.Count(all.body, `"before":"`+s.url+asJSON+`"`) != 1 {
			t.Errorf("the posts do not lead to the wordings: %s", all.body)
		}
		if a := p.get(t, posts+"/1/before"); a.status != http.StatusOK || !strings.Contains(a.body, `{"items":[]}`) {
			t.Errorf("of a post that was never changed as JSON: %d %s", a.status, a.body)
		}
		for _, lang := range []string{"/en", "/fr", "/ar"} {
			a := p.get(t, lang+strings.TrimPrefix(before, "/en"))
			if a.status != http.StatusOK || !strings.Contains(a.body, "two</del>") || !strings.Contains(a.body, "three</ins>") || !strings.Contains(a.body, "We name two focal points.") {
				t.Errorf("%s gets %d in %s", p.name, a.status, lang)
			}
		}
	}
	for _, at := range []string{asJSON, posts + "/99/before", posts + "/x/before", "/api/v1/threads/none/posts/2/before"} {
		a := stranger.get(t, at)
		if d.fits(t, "GET", "/threads/{thread}/posts/{seq}/before", a); a.status != http.StatusNotFound {
			t.Errorf("a stranger gets %d for %s", a.status, at)
		}
	}
	// Worded anew by JSON: the last wording is named, and sent again it is done once.
	one := posts + "/2"
	put := func(p *person, tag, body string, status int) answer {
		t.Helper()
		h := http.Header{}
		if tag != "" {
			h.Set("If-Match", tag)
		}
		a := p.sendAs(t, "PUT", one, `{"body":"`+body+`"}`, h)
		if d.fits(t, "PUT", "/threads/{thread}/posts/{seq}", a); a.status != status {
			t.Errorf("%s words it %q: %d %s", p.name, body, a.status, a.body)
		}
		return a
	}
	got := author.get(t, one)
	d.fits(t, "GET", "/threads/{thread}/posts/{seq}", got)
	tag := got.header.Get("ETag")
	if got.status != http.StatusOK || tag == "" || !strings.Contains(got.body, `"typed":"We name three focal points."`) {
		t.Errorf("one post: %d %q %s", got.status, tag, got.body)
	}
	if a := reader.get(t, one); a.status != http.StatusOK || strings.Contains(a.body, `"typed"`) {
		t.Errorf("one post of another: %d %s", a.status, a.body)
	}
	put(author, "", "We name four.", http.StatusPreconditionRequired)
	put(author, `"0"`, "We name four.", http.StatusPreconditionFailed)
	put(reader, tag, "We name four.", http.StatusForbidden)
	put(stranger, tag, "We name four.", http.StatusNotFound)
	put(author, tag, " ", http.StatusUnprocessableEntity)
	for range 2 {
		put(author, tag, "We name four, as @Demo-member asked.", http.StatusOK)
	}
	if a := put(author, tag, "We name five.", http.StatusPreconditionFailed); !strings.Contains(a.body, "four, as") || !strings.Contains(a.body, `"sent":{"body":"We name five."}`) {
		t.Errorf("the conflict says %s", a.body)
	}
	if a := author.get(t, one); !strings.Contains(a.body, "as @Demo member asked") || !strings.Contains(a.body, `"typed":"We name four, as @Demo-member asked."`) {
		t.Errorf("worded anew it is %s", a.body)
	}

	// A moderator takes one out of sight, with a reason.
	struck := regexp.MustCompile(`name="wording" value="([^"]+)"`).FindAllStringSubmatch(moderator.get(t, before).body, -1)
	if len(struck) != 2 || strings.Contains(author.get(t, before).body, `value="strike"`) {
		t.Fatalf("a moderator may strike out %v", struck)
	}
	form := url.Values{"act": {"strike"}, "wording": {struck[1][1]}, "reason": {"Names somebody."}}
	for p, want := range map[*person]int{author: http.StatusForbidden, stranger: http.StatusNotFound} {
		form.Set("_csrf", csrfField.FindStringSubmatch(p.get(t, "/en/account").body)[1])
		if a := p.post(t, before, form); a.status != want {
			t.Errorf("%s strikes it out: %d", p.name, a.status)
		}
	}
	moderator.submit(t, before, form)
	for _, p := range []*person{author, reader, moderator} {
		for _, at := range []string{before, "/fr" + strings.TrimPrefix(before, "/en"), "/ar" + strings.TrimPrefix(before, "/en"), asJSON} {
			if a := p.get(t, at); a.status != http.StatusOK || !strings.Contains(a.body, "Names somebody.") || strings.Contains(a.body, "name two") || strings.Contains(a.body, "two</del>") || !strings.Contains(a.body, "three") {
				t.Errorf("struck out, %s reads it at %s, or not that it was: %d", p.name, at, a.status)
			}
		}
		d.fits(t, "GET", "/threads/{thread}/posts/{seq}/before", p.get(t, asJSON))
	}
	missing := stranger.get(t, thread+"/99/before")
	if a := stranger.get(t, before); a.status != http.StatusNotFound || plain(a, "") != plain(missing, "") {
		t.Errorf("a stranger gets %d", a.status)
	}
	moderator.submit(t, thread, url.Values{"act": {"hide"}, "seq": {"2"}, "why": {"to be looked at"}})
	for p, want := range map[*person]int{author: http.StatusOK, moderator: http.StatusOK, reader: http.StatusNotFound} {
		for _, at := range []string{before, asJSON} {
			if a := p.get(t, at); a.status != want {
				t.Errorf("hidden: %s gets %d for %s", p.name, a.status, at)
			}
		}
	}
	moderator.submit(t, thread, url.Values{"act": {"show"}, "seq": {"2"}})
	author.submit(t, thread, url.Values{"act": {"delete"}, "seq": {"2"}})
	for _, p := range []*person{author, reader, moderator} {
		for _, at := range []string{before, asJSON} {
			if a := p.get(t, at); a.status != http.StatusNotFound {
				t.Errorf("deleted: %s gets %d for %s", p.name, a.status, at)
			}
		}
	}
}
