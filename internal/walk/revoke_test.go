package walk

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// holding is what somebody has in hand of a thread: an open page, what is new in
// it, its addresses as their browser knows them, and what they were writing.
type holding struct {
	p      *person
	thread string
	at     []string // addresses that show a word
	words  []string // that stand in the thread
	socket *websocket.Conn
}

// takes has somebody read a thread and keep all that there is to keep of it;
// other writes once more, which is news to them.
func (s *site) takes(t *testing.T, p, other *person, thread string, words []string, more ...string) *holding {
	t.Helper()
	h := &holding{p: p, thread: thread, words: words}
	space, _, _ := strings.Cut(strings.TrimPrefix(thread, "/en/discuss/"), "/")
	p.submit(t, thread, url.Values{"act": {"follow"}, "follows": {"1"}, "way": {"once"}})
	list := "/api/v1/spaces/" + space + "/threads"
	id := threadID.FindStringSubmatch(p.get(t, list).body)
	if id == nil {
		t.Fatalf("%q gets no threads of %s", p.name, space)
	}
	h.at = append([]string{thread, strings.Replace(thread, "/en/", "/ar/", 1), "/en/discuss/" + space, list, "/api/v1/threads/" + id[1] + "/posts", "/en/thread/" + id[1]}, more...)
	dial := websocket.Dialer{Jar: p.client.Jar}
	var err error
	if h.socket, _, err = dial.Dial(strings.Replace(s.url, "http", "ws", 1)+"/live?lang=en", http.Header{"Origin": {s.url}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.socket.Close() })
	sub, _ := json.Marshal(map[string]any{"op": "sub", "topic": "thread:" + id[1], "after": 0})
	if err := h.socket.WriteMessage(websocket.TextMessage, sub); err != nil {
		t.Fatal(err)
	}
	other.reply(t, thread, words[0]+" again", nil)
	if frame := h.hears(t, 30*time.Second, "again"); !strings.Contains(frame, words[0]) {
		t.Fatalf("the open page does not hear what is new: %s", frame)
	}
	for _, at := range h.at {
		if a := p.get(t, at); a.status != http.StatusSeeOther && !h.tells(a) {
			t.Fatalf("%q does not see a word at %s: %d", p.name, at, a.status)
		}
	}
	return h
}

// hears reads frames until one has a word.
func (h *holding) hears(t *testing.T, most time.Duration, word string) string {
	t.Helper()
	h.socket.SetReadDeadline(time.Now().Add(most))
	for {
		_, raw, err := h.socket.ReadMessage()
		if err != nil {
			return ""
		}
		if strings.Contains(string(raw), word) {
			return string(raw)
		}
	}
}

func (h *holding) tells(a answer) bool {
	for _, w := range h.words {
		if strings.Contains(a.body, w) {
			return true
		}
	}
	return false
}

// loses carries out what ends the right. Within a second the open page ends,
// within five nothing of the thread is anywhere for them, whichever way they ask.
func (h *holding) loses(t *testing.T, s *site, act func(), writes func(text string)) {
	t.Helper()
	act()
	h.socket.SetReadDeadline(time.Now().Add(time.Second))
	for {
		_, raw, err := h.socket.ReadMessage()
		var late interface{ Timeout() bool }
		if err != nil {
			if asTimeout(err, &late) {
				t.Errorf("%q: the open page does not end within a second", h.p.name)
			}
			break // closed for good
		}
		if strings.Contains(string(raw), "revoked") {
			break
		}
	}
	writes("zibbelq after")
	all := append([]string{"/en/", "/en/news", "/en/discuss", "/en/search?q=" + h.words[0], "/en/search?kind=thread&q=" + h.words[0], "/api/v1/search?q=" + h.words[0], "/api/v1/suggest?q=" + h.words[0][:4], "/api/v1/spaces", "/en/account", "/en/account/notifications"}, h.at...)
	h.words = append(h.words, "zibbelq")
	again := http.Header{"If-None-Match": {`"x", *`}, "Range": {"bytes=0-99999"}}
	// All addresses are asked once within the time, and then again: what is gone
	// stays gone.
	end := time.Now().Add(5 * time.Second)
	for _, at := range append(all, all...) {
		for {
			if !h.tells(found(at, h.p.get(t, at))) && !h.tells(found(at, h.p.ask(t, http.MethodGet, at, nil, again))) {
				break
			}
			if time.Now().After(end) {
				t.Errorf("%q is still shown a word of it at %s", h.p.name, at)
				break
			}
		}
	}
	if a := h.p.get(t, h.thread); a.status == http.StatusOK {
		t.Errorf("%q gets %d for the thread", h.p.name, a.status)
	}
	if h.hears(t, 100*time.Millisecond, "zibbelq") != "" {
		t.Errorf("%q hears what was written afterwards", h.p.name)
	}
	mails, err := filepath.Glob(filepath.Join(s.data, "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if raw, err := os.ReadFile(m); err != nil || h.tells(answer{body: strings.ReplaceAll(string(raw), "=\r\n", "")}) {
			t.Errorf("a mail tells a word of the thread, %v", err)
		}
	}
}

// found is an answer to a question without the question.
func found(at string, a answer) answer {
	if strings.HasPrefix(at, "/en/search") {
		a.body = records.FindString(a.body)
	}
	return a
}

var records = regexp.MustCompile(`(?s)<ol class="records">.*</ol>`)

// asTimeout says whether nothing was heard, rather than that the socket closed.
func asTimeout(err error, as *interface{ Timeout() bool }) bool {
	late, is := err.(interface{ Timeout() bool })
	*as = late
	return is && late.Timeout()
}

// TestRevoked ends a right in each of five ways, with everything already in
// hand.
func TestRevoked(t *testing.T) {
	s := open(t)
	moderator, admin, coordinator, member := s.as(t, "moderator"), s.as(t, "admin"), s.as(t, "coordinator"), s.as(t, "member")
	says := func(p *person, thread string) func(string) {
		return func(text string) { p.reply(t, thread, text, nil) }
	}
	measure := func(name, act string) func() {
		id := s.idOf(t, name)
		return func() {
			admin.submit(t, "/en/admin/accounts?email="+name+"@demo.example", url.Values{"act": {act}, "id": {id}, "reason": {"It has ended."}})
		}
	}
	for _, name := range []string{"member", "member2", "stakeholder", "tbexpert"} {
		s.as(t, name).submit(t, "/en/account/notifications", url.Values{"act": {"all"}, "news": {"once"}, "zone": {"UTC"}, "from": {"0"}, "to": {"0"}})
	}
	s.room(t, "peers", "closed", "member2", "coordinator")
	s.room(t, "experts", "dialogue", "tbexpert", "coordinator")
	s.room(t, "wide", "registered")

	t.Run("Dismissed", func(t *testing.T) {
		p := s.as(t, "member2")
		thread := p.begin(t, "en", "peers", "Quexal titleword", "Quexal said")
		h := s.takes(t, p, coordinator, thread, []string{"Quexal"})
		id := s.idOf(t, "member2")
		h.loses(t, s, func() {
			moderator.submit(t, "/en/moderation/spaces/peers", url.Values{"act": {"dismiss"}, "id": {id}, "reason": {"left"}})
		}, says(coordinator, thread))
	})
	t.Run("Moved", func(t *testing.T) {
		p := s.as(t, "stakeholder")
		thread := p.begin(t, "en", "wide", "Vorpaq titleword", "Vorpaq said")
		h := s.takes(t, p, moderator, thread, []string{"Vorpaq"})
		waits(t, 5*time.Second, "it is found where it was", func() bool { return strings.Contains(p.get(t, "/en/search?q=Vorpaq").body, "vorpaq-titleword") })
		moved := strings.Replace(thread, "/wide/", "/tools/", 1)
		h.loses(t, s, func() {
			moderator.submit(t, thread, url.Values{"act": {"move"}, "to": {"tools"}, "reason": {"For few."}})
		}, says(moderator, moved))
	})
	t.Run("Suspended", func(t *testing.T) {
		p := s.as(t, "tbexpert")
		thread := p.begin(t, "en", "experts", "Snarliq titleword", "Snarliq said")
		h := s.takes(t, p, coordinator, thread, []string{"Snarliq"})
		h.loses(t, s, measure("tbexpert", "suspend"), says(coordinator, thread))
	})
	t.Run("RoleEnds", func(t *testing.T) {
		p := s.as(t, "member2")
		thread := p.begin(t, "en", "tools", "Brindq titleword", "Brindq said")
		draft := p.draft(t, "practice", "en", "Brindq draft")
		h := s.takes(t, p, moderator, thread, []string{"Brindq"}, "/en"+draft, "/en"+draft+"/preview")
		waits(t, 5*time.Second, "it is found", func() bool { return strings.Contains(p.get(t, "/en/search?q=Brindq").body, "brindq-titleword") })
		h.at = h.at[:len(h.at)-2] // a draft that nobody else has is still its author's
		h.loses(t, s, measure("member2", "leave"), says(moderator, thread))
	})
	t.Run("SeatEnds", func(t *testing.T) {
		const seat = "/en/mechanisms/mda/seats"
		coordinator.submit(t, seat, url.Values{"act": {"add"}, "title": {"Focal point"}, "body": {"Chancellery"}, "level": {"technical"}, "role": {"member"}, "lang": {"en"}})
		moderator.submit(t, seat+"/1", url.Values{"act": {"offer"}, "email": {"member@demo.example"}})
		var invite []string
		waits(t, 30*time.Second, "the invitation comes", func() bool {
			invite = regexp.MustCompile(`http://[^/]+(/en/invite/\S+)`).FindStringSubmatch(s.letterTo(t, "member@demo.example"))
			return invite != nil
		})
		member.submit(t, invite[1], url.Values{"consent": {"1"}})
		p := s.as(t, "member")
		thread := p.begin(t, "en", "tools", "Krumelq titleword", "Krumelq said")
		draft := p.draft(t, "practice", "en", "Krumelq draft")
		h := s.takes(t, p, coordinator, thread, []string{"Krumelq"}, "/en"+draft, "/en"+draft+"/preview", "/en"+draft+"/sheet.csv")
		h.loses(t, s, func() { coordinator.submit(t, seat+"/1", url.Values{"act": {"end"}}) }, says(moderator, thread))
	})
}
