package walk

import (
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var csrfMeta = regexp.MustCompile(`<meta name="csrf-token" content="([^"]+)"`)

// send posts JSON as a script on a page of the hub does.
func (p *person) send(t *testing.T, path, key, body string) answer {
	t.Helper()
	return p.sendAs(t, http.MethodPost, path, body, http.Header{"Idempotency-Key": {key}})
}

// sendAs is send by another method and with more headers.
func (p *person) sendAs(t *testing.T, method, path, body string, more http.Header) answer {
	t.Helper()
	m := csrfMeta.FindStringSubmatch(p.get(t, "/en/discuss").body)
	if m == nil && p.name != "" {
		t.Fatal("the page has no token for scripts")
	}
	h := http.Header{"Content-Type": {"application/json"}, "Origin": {p.site.url}}
	if m != nil {
		h.Set("X-CSRF-Token", m[1])
	}
	maps.Copy(h, more)
	return p.ask(t, method, path, strings.NewReader(body), h)
}

// TestTalkAPI: a member starts a thread and answers by JSON; what is sent twice
// is one; what does not come from a page of the hub, and who may not, gets
// nothing.
func TestTalkAPI(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	d := s.description(t)
	member := s.as(t, "member")
	const threads = "/api/v1/spaces/tools/threads"
	const question = `{"title":"Which tool for deadlines","body":"Which **tool** keeps your deadlines?","lang":"en"}`
	a := member.send(t, threads, "k1", question)
	id := threadID.FindStringSubmatch(a.body)
	d.fits(t, "POST", "/spaces/{space}/threads", a)
	if a.status != http.StatusCreated || id == nil {
		t.Fatalf("starting answers %d: %s", a.status, a.body)
	}
	if b := member.send(t, threads, "k1", question); b.body != a.body {
		t.Errorf("sent twice: %d %s", b.status, b.body)
	}
	posts := "/api/v1/threads/" + id[1] + "/posts"
	for name, c := range map[string]struct {
		path, key, body string
		status          int
		holds           string
	}{
		"Answer":     {posts, "k2", `{"body":"Ours is open.","lang":"en","reply_to":1}`, 201, `"seq":2`},
		"OtherText":  {posts, "k1", `{"body":"Something else.","lang":"en"}`, 400, "Idempotency-Key"},
		"Unknown":    {posts, "k3", `{"body":"x","lang":"en","$ne":""}`, 400, `"field":"body"`},
		"Twice":      {posts, "k3", `{"body":"x","body":"y","lang":"en"}`, 400, `"field":"body"`},
		"Empty":      {posts, "k3", `{"body":" ","lang":"en"}`, 422, `"field":"body"`},
		"LongKey":    {posts, strings.Repeat("k", 65), `{"body":"x","lang":"en"}`, 400, "Idempotency-Key"},
		"NoReply":    {posts, "k3", `{"body":"x","lang":"en","reply_to":99}`, 422, `"field":"reply_to"`},
		"NoThread":   {"/api/v1/threads/none/posts", "k3", `{"body":"x","lang":"en"}`, 404, "problem"},
		"NoLanguage": {posts, "k3", `{"body":"x","lang":"tlh"}`, 422, `"field":"lang"`},
	} {
		t.Run(name, func(t *testing.T) {
			a := member.send(t, c.path, c.key, c.body)
			d.fits(t, "POST", "/threads/{thread}/posts", a)
			if a.status != c.status || c.status != 404 && !strings.Contains(a.body, c.holds) {
				t.Errorf("answers %d: %s", a.status, a.body)
			}
		})
	}
	d.fits(t, "GET", "/spaces/{space}/threads", member.get(t, threads))
	said := member.get(t, "/api/v1/search?space=tools&q=deadlines")
	if d.fits(t, "GET", "/search", said); said.status != http.StatusOK {
		t.Errorf("what was said: %d %s", said.status, said.body)
	}
	d.fits(t, "GET", "/spaces", member.get(t, "/api/v1/spaces"))
	d.fits(t, "GET", "/threads/{thread}/posts", member.get(t, posts))
	all := member.get(t, posts).body
	if !strings.Contains(all, `\u003cstrong\u003etool`) || !strings.Contains(all, "Demo member") {
		t.Errorf("the posts: %s", all)
	}
	if a := member.get(t, posts+"?after=9223372036854775807"); a.status != http.StatusBadRequest {
		t.Errorf("after the last number: %d %s", a.status, a.body)
	}
	if a := member.get(t, posts+"?limit=1"); !strings.Contains(a.body, `"next":"1"`) || strings.Contains(a.body, `"seq":2`) {
		t.Errorf("one at a time: %s", a.body)
	}
	if a := member.ask(t, http.MethodPost, posts, strings.NewReader(`{"body":"x","lang":"en"}`), http.Header{"Content-Type": {"application/json"}, "Origin": {s.url}}); a.status != http.StatusForbidden {
		t.Errorf("without the token of a page: %d", a.status)
	}
	for _, name := range []string{"", "stakeholder", "tbexpert", "admin"} {
		p := s.as(t, name)
		for _, path := range []string{threads, posts} {
			if a := p.get(t, path); a.status != http.StatusNotFound {
				t.Errorf("%q gets %d for %s", name, a.status, path)
			}
		}
		if a := p.get(t, "/api/v1/spaces"); a.status != http.StatusOK || strings.Contains(a.body, `"slug":"tools"`) {
			t.Errorf("%q gets %d: %s", name, a.status, a.body)
		}
	}
}
