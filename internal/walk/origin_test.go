package walk

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fasthttp/websocket"
)

// TestLiveOrigins: a socket is for pages of the hub, and for who has signed in.
func TestLiveOrigins(t *testing.T) {
	s := open(t)
	member := s.as(t, "member")
	at := strings.Replace(s.url, "http", "ws", 1) + "/live?lang=en"
	dial := func(p *person, header http.Header) (int, error) {
		d := websocket.Dialer{Jar: p.client.Jar}
		conn, answer, err := d.Dial(at, header)
		if err == nil {
			conn.Close()
		}
		if answer == nil {
			return 0, err
		}
		return answer.StatusCode, err
	}
	for name, origin := range map[string]string{
		"none": "", "null": "null", "another site": "https://evil.example", "another port": "http://127.0.0.1:1", "another scheme": strings.Replace(s.url, "http", "https", 1),
		"a longer host": s.url + ".evil.example", "a user": strings.Replace(s.url, "http://", "http://x@", 1), "a path": s.url + "/x", "no address": "x",
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		if status, err := dial(member, header); err == nil || status != http.StatusForbidden {
			t.Errorf("from %s: %d, %v", name, status, err)
		}
	}
	if status, err := dial(member, http.Header{"Origin": {s.url}}); err != nil {
		t.Errorf("a page of the hub is refused: %d, %v", status, err)
	}
	if status, err := dial(s.as(t, ""), http.Header{"Origin": {s.url}}); err == nil || status != http.StatusNotFound {
		t.Errorf("without signing in: %d, %v", status, err)
	}
}
