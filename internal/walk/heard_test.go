package walk

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// A guest is somebody whose name nobody knows but the members of the closed
// space that they are in.
type guest struct {
	name   canary // the first name
	link   string // path that signs them in, once
	person *person
	thread string // id of the one in which they write
}

// quietName makes the account of a guest, before the hub opens.
func quietName(t *testing.T, data string) *guest {
	t.Helper()
	g := &guest{name: canary{word("closed", 650), "closed", "room", "name of a member"}}
	out, err := hub(t, data, "user", "add", "quiet@example.org", "--role", "tbexpert", "--name", g.name.word+" Quiet").CombinedOutput()
	m := regexp.MustCompile(`/en/signin/link/\S+`).FindString(string(out))
	if err != nil || m == "" {
		t.Fatalf("an account: %v\n%s", err, out)
	}
	g.link = m
	return g
}

// comes signs the guest in.
func (g *guest) comes(t *testing.T, s *site) {
	t.Helper()
	g.person = s.as(t, "")
	g.person.name = "quiet"
	g.person.submit(t, g.link, url.Values{"password": {demoPassword + " too"}})
}

// program is a program that asks as somebody with a token of theirs.
func (s *site) program(t *testing.T, name string) *person {
	t.Helper()
	form := s.as(t, name)
	token := csrfField.FindStringSubmatch(form.get(t, "/en/account/security").body)
	made := form.post(t, "/en/account/security", url.Values{"_csrf": {token[1]}, "act": {"token"}, "token": {"a program"}})
	p := s.as(t, "")
	if p.name, p.bearer = "program", regexp.MustCompile(`hub_[A-Za-z0-9_-]{43}`).FindString(made.body); p.bearer == "" {
		t.Fatalf("a new token: %d", made.status)
	}
	return p
}

// cardsClosed adds a thread that everybody reads, with a post that leads to
// closed profiles.
func (s *site) cardsClosed(t *testing.T, known places, canaries []canary) {
	t.Helper()
	s.room(t, "square", "public")
	asker := s.as(t, "stakeholder")
	thread := asker.begin(t, "en", "square", "Who knows more?", "See "+s.url+"/en/mechanisms/"+strings.ToLower(mechanismOf["registered"])+" and "+s.url+"/en/mechanisms/"+strings.ToLower(mechanismOf["network"])+" .")
	known.note(t, asker, "square", thread)
	page := s.as(t, "member").get(t, thread).body
	for _, c := range canaries {
		if c.kind == "mechanism" && c.field == "title" && !strings.Contains(page, c.word) {
			t.Fatalf("who may read the %s mechanism does not see its card", c.tier)
		}
	}
}

// actsAt are the answers to acts at an address of the talk that somebody may not
// read, with the keys of attempts that others made.
func (p *person) actsAt(t *testing.T, at string) map[string]answer {
	t.Helper()
	answers := map[string]answer{}
	if !strings.HasPrefix(at, "/en/discuss/") || strings.Contains(at, "?") {
		return answers
	}
	for _, form := range []url.Values{
		{"act": {"follow"}, "follows": {"1"}, "way": {"once"}}, {"act": {"post"}, "body": {"Said."}, "lang": {"en"}, "key": {usedKey["closed"]}}, {"act": {"useful"}, "seq": {"1"}},
		{"act": {"preview"}, "body": {"Said."}, "lang": {"en"}}, {"act": {"report"}, "seq": {"1"}, "report": {"Look."}}, {"act": {"start"}, "title": {"Said"}, "body": {"Said."}, "lang": {"en"}, "key": {usedKey["closed"]}},
		{"act": {"propose"}, "on": {"1"}, "summary": {"Said."}}, {"act": {"edit"}, "seq": {"1"}, "seen": {"0001-01-01T00:00:00Z"}, "text": {"Said."}}, {"act": {"people"}, "body": {"Said."}, "lang": {"en"}},
	} {
		form.Set("_csrf", p.formToken(t))
		answers["POST "+form.Get("act")+" "+at] = p.post(t, at, form)
	}
	return answers
}

// formToken is a token for forms, asked for once.
func (p *person) formToken(t *testing.T) string {
	t.Helper()
	if p.token == "" {
		page := map[bool]string{true: "/en/account/data", false: "/en/signin"}[p.name != "" && p.bearer == ""]
		p.token = csrfToken.FindStringSubmatch(p.get(t, page).body)[1]
	}
	return p.token
}

// postsAgain sends a post into the thread that everybody reads, as a program
// does, with a key with which others said something closed.
func (p *person) postsAgain(t *testing.T) answer {
	t.Helper()
	id := threadID.FindStringSubmatch(p.get(t, "/api/v1/spaces/square/threads").body)
	header := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {usedKey["closed"]}, "Origin": {p.site.url}, "X-Csrf-Token": {p.formToken(t)}}
	if id == nil {
		t.Fatalf("%q does not get the threads of a public space", p.name)
	}
	return p.ask(t, http.MethodPost, "/api/v1/threads/"+id[1]+"/posts", strings.NewReader(`{"body":"Said.","lang":"en"}`), header)
}

// usedKey is the key of an attempt to post with which something was said in a
// space of each tier.
var usedKey = map[string]string{"closed": "a-key-that-was-used", "dialogue": "another-key-that-was-used"}

// ear is an open page of somebody.
type ear struct {
	p    *person
	conn *websocket.Conn
}

// listens opens a page of a person.
func (p *person) listens(t *testing.T) *ear {
	t.Helper()
	dial := websocket.Dialer{Jar: p.client.Jar}
	conn, answered, err := dial.Dial(strings.Replace(p.site.url, "http", "ws", 1)+"/live?lang=en", http.Header{"Origin": {p.site.url}})
	if err != nil {
		t.Fatalf("%q gets no socket: %v, %v", p.name, err, answered)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	return &ear{p, conn}
}

// says sends an op about a thread.
func (e *ear) says(t *testing.T, op, thread string) {
	t.Helper()
	raw, _ := json.Marshal(map[string]any{"op": op, "topic": "thread:" + thread, "after": 0})
	if err := e.conn.WriteMessage(websocket.TextMessage, raw); err != nil {
		t.Fatal(err)
	}
}

// until reads frames until one has all of some words, and returns them all.
func (e *ear) until(t *testing.T, words ...string) (heard string) {
	t.Helper()
	for {
		_, raw, err := e.conn.ReadMessage()
		if err != nil {
			t.Fatalf("%q waits for %q in vain: %v\n%.2000s", e.p.name, words, err, heard)
		}
		heard += string(raw) + "\n"
		has := true
		for _, w := range words {
			has = has && strings.Contains(string(raw), w)
		}
		if has {
			return heard
		}
	}
}

// listensIn has everybody listen to all threads while the guest comes to one of
// a closed space and writes in it. Who is in the space hears that, and nobody
// else hears who is there, who writes, or that anybody does.
func (s *site) listensIn(t *testing.T, g *guest, canaries []canary, threads []string) {
	t.Helper()
	outside := map[string]*ear{}
	for name := range readers {
		if name == "" || len(closedTo([]canary{g.name}, readers[name])) == 0 {
			continue
		}
		outside[name] = s.as(t, name).listens(t)
		for _, id := range threads {
			outside[name].says(t, "sub", id)
		}
	}
	inside := s.as(t, "member").listens(t)
	inside.says(t, "sub", g.thread)
	writes := g.person.listens(t)
	writes.says(t, "sub", g.thread)
	inside.until(t, `"presence"`, g.name.word)
	writes.says(t, "typing", g.thread)
	inside.until(t, `"typing"`, g.name.word)
	for name, e := range outside {
		e.says(t, "sub", "no-such-thread")
		heard := e.until(t, "no-such-thread")
		for _, c := range closedTo(canaries, readers[name]) {
			if strings.Contains(heard, c.word) {
				t.Errorf("%q listens and hears %s, the %s of a %s %s", name, c.word, c.field, c.tier, c.kind)
			}
		}
		for frame := range strings.Lines(heard) {
			if strings.Contains(frame, "thread:"+g.thread) && !strings.Contains(frame, `"denied"`) {
				t.Errorf("%q holds %s, the thread of a closed space: %s", name, g.thread, frame)
			}
		}
	}
}
