package walk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/fasthttp/websocket"
)

// TestBell: the bell says how much is new on every page of who is signed in,
// and changes while a page of the discussions is open: there is news, and it
// was read on another page.
func TestBell(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other := s.as(t, "member"), s.as(t, "member2")
	b := openBrowser(t)
	b.set(t, window{1280, true, false})
	b.signIn(t, s, "member")
	b.run(t, chromedp.Navigate(s.url+"/en/discuss"), chromedp.WaitVisible(`.bell[data-bell="0"]`, chromedp.ByQuery))
	thread := asker.begin(t, "en", "tools", "A question", "How?")
	other.reply(t, thread, "An answer", nil)
	b.run(t, chromedp.WaitVisible(`.bell.rings[data-bell="1"]`, chromedp.ByQuery))
	b.picture(t, "bell")
	if page := asker.get(t, "/en/library").body; !strings.Contains(page, `data-bell="1"`) || !strings.Contains(page, "1 new") {
		t.Error("a page that is loaded does not say so")
	}
	if page := asker.get(t, thread).body; !strings.Contains(page, `data-bell="0"`) {
		t.Error("the page of the thread itself has its posts as news")
	}
	b.run(t, chromedp.WaitVisible(`.bell[data-bell="0"]`, chromedp.ByQuery))

	// Who has the thread open is told nothing of what they see.
	b.run(t, chromedp.Navigate(s.url+thread), chromedp.WaitVisible(`[data-presence]`))
	second := asker.begin(t, "en", "tools", "Another question", "How?")
	other.reply(t, thread, "Seen at once", nil)
	b.run(t, chromedp.WaitVisible(`#p3`, chromedp.ByQuery))
	other.reply(t, second, "An answer", nil)
	b.run(t, chromedp.WaitVisible(`.bell.rings[data-bell="1"]`, chromedp.ByQuery))
	if page := s.as(t, "").get(t, "/en/").body; strings.Contains(page, "data-bell") {
		t.Error("who is not signed in has a bell")
	}
	for _, said := range b.complaints() {
		t.Errorf("the browser says: %s", said)
	}
}

// TestHearing: how one hears of a space and of a thread is chosen on their
// pages and on that of the account, and a mail can be ended for its thread.
func TestHearing(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other := s.as(t, "member"), s.as(t, "member2")
	const account = "/en/account/notifications"
	asker.submit(t, account, url.Values{"act": {"all"}, "news": {"weekly"}, "zone": {"UTC"}, "from": {"0"}, "to": {"0"}})
	thread := asker.begin(t, "en", "tools", "Wombat question", "How?")
	asker.submit(t, "/en/discuss/tools", url.Values{"act": {"follow"}, "way": {"daily"}})
	asker.submit(t, thread, url.Values{"act": {"follow"}, "way": {"once"}})
	chosen := func(at, name, value string) {
		t.Helper()
		page := asker.get(t, at).body
		field := regexp.MustCompile(`(?s)<select[^>]* name="` + regexp.QuoteMeta(name) + `".*?</select>`).FindString(page)
		if !strings.Contains(field, `value="`+value+`" selected`) {
			t.Errorf("%s: %s is not %s:\n%s", at, name, value, field)
		}
	}
	slug := strings.TrimPrefix(thread, "/en/discuss/")
	chosen(account, "news", "weekly")
	chosen("/en/discuss/tools", "way", "daily")
	chosen(account, "tools", "daily")
	chosen(thread, "way", "once")
	chosen(account, slug, "once")
	asker.submit(t, account, url.Values{"act": {"followed"}, "tools": {"nothing"}, slug: {"once"}})
	chosen("/en/discuss/tools", "way", "nothing")
	chosen(thread, "way", "once")
	if a := other.get(t, account); strings.Contains(a.body, "Wombat") {
		t.Error("another person's page has the thread")
	}

	other.reply(t, thread, "An answer", nil)
	stop := regexp.MustCompile(`List-Unsubscribe: <http://[^/]+(/unsubscribe/\S+)>`).FindStringSubmatch(s.letterTo(t, "member@demo.example"))
	if stop == nil || strings.Contains(stop[1], "tools") || strings.Contains(stop[1], "wombat") {
		t.Fatalf("the link that ends the mails: %v", stop)
	}
	stranger := s.as(t, "")
	if page := stranger.get(t, "/en"+stop[1]).body; !strings.Contains(page, `value="thread"`) || strings.Contains(strings.ToLower(page), "wombat") || strings.Contains(page, "discuss/tools") {
		t.Error("the page that ends mails has no choice, or tells of what")
	}
	if a := stranger.post(t, stop[1], url.Values{"what": {"thread"}}); a.status != http.StatusSeeOther {
		t.Errorf("ending the mails of a thread: %d", a.status)
	}
	chosen(thread, "way", "never")
	chosen(account, "news", "weekly")
	for _, c := range []struct {
		at   string
		form url.Values
		want int
	}{
		{thread, url.Values{"act": {"follow"}, "way": {"poem"}}, http.StatusUnprocessableEntity},
		{account, url.Values{"act": {"all"}, "news": {"once"}, "zone": {"UTC"}, "from": {"25"}, "to": {"0"}}, http.StatusUnprocessableEntity},
		{account, url.Values{"act": {"all"}, "news": {"once"}, "zone": {"UTC"}, "from": {"x"}, "to": {"0"}}, http.StatusUnprocessableEntity},
		{"/en/discuss/tools", url.Values{"act": {"dance"}}, http.StatusNotFound},
	} {
		c.form.Set("_csrf", csrfField.FindStringSubmatch(asker.get(t, c.at).body)[1])
		if a := asker.post(t, c.at, c.form); a.status != c.want {
			t.Errorf("%s with %v: %d, want %d", c.at, c.form, a.status, c.want)
		}
	}
}

// TestEstate: what a seat follows, asks and writes is on its page for its own
// people, and for nobody else.
func TestEstate(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	coordinator, moderator := s.as(t, "coordinator"), s.as(t, "moderator")
	const seat = "/en/mechanisms/mda/seats"
	coordinator.submit(t, seat, url.Values{"act": {"add"}, "title": {"Focal point"}, "body": {"Chancellery"}, "level": {"technical"}, "role": {"member"}, "lang": {"en"}})
	moderator.submit(t, seat+"/1", url.Values{"act": {"offer"}, "email": {"member@demo.example"}})
	link := regexp.MustCompile(`http://[^/]+(/en/invite/\S+)`)
	var invite []string
	for deadline := time.Now().Add(30 * time.Second); invite == nil && time.Now().Before(deadline); {
		invite = link.FindStringSubmatch(s.letterTo(t, "member@demo.example"))
	}
	holder := s.as(t, "member")
	holder.submit(t, invite[1], url.Values{"consent": {"1"}})
	holder = s.as(t, "member")
	thread := holder.begin(t, "en", "tools", "Wombat question", "How?")
	for p, sees := range map[*person]bool{holder: true, coordinator: true, moderator: false, s.as(t, "member2"): false, s.as(t, "stakeholder"): false} {
		if page := p.get(t, seat+"/1").body; strings.Contains(page, "Wombat question") != sees {
			t.Errorf("%s sees what belongs to the seat: %v", p.name, !sees)
		}
	}

	// The seat passes on: the holder's open page ends within a second, and
	// nothing leads back.
	s.as(t, "member2").reply(t, thread, "Wombat answer", nil)
	page := holder.listen(t)
	if _, first, err := page.ReadMessage(); err != nil || string(first) != `{"topic":"person","seq":1,"kind":"notification","data":{"count":1,"text":"1 new"}}` {
		t.Fatalf("the bell is told %s, %v", first, err)
	}
	coordinator.submit(t, seat+"/1", url.Values{"act": {"end"}})
	page.SetReadDeadline(time.Now().Add(time.Second))
	for {
		_, frame, err := page.ReadMessage()
		if err == nil && strings.Contains(string(frame), "revoked") {
			break
		}
		if err != nil {
			t.Fatalf("the page of the leaver is open after a second: %v", err)
		}
	}
	holder = s.as(t, "member")
	for _, at := range []string{"/en/", "/en/news", "/en/account", "/en/account/notifications", "/en/discuss", thread, seat + "/1"} {
		if a := holder.get(t, at); strings.Contains(a.body, "Wombat") || strings.Contains(a.body, `data-bell="1"`) {
			t.Errorf("the leaver hears of it at %s", at)
		}
	}
	if page := coordinator.get(t, seat+"/1").body; !strings.Contains(page, "Wombat question") {
		t.Error("the coordinator does not have what belongs to an empty seat")
	}
}

// listen opens a socket that hears of news.
func (p *person) listen(t *testing.T) *websocket.Conn {
	t.Helper()
	dial := websocket.Dialer{Jar: p.client.Jar}
	conn, _, err := dial.Dial(strings.Replace(p.site.url, "http", "ws", 1)+"/live?lang=en", http.Header{"Origin": {p.site.url}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"op":"sub","topic":"person"}`)); err != nil {
		t.Fatal(err)
	}
	return conn
}
