package load

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/fasthttp/websocket"
)

// event is what a socket is told.
type event struct {
	Topic string
	Seq   int64
	Kind  string
	HTML  string
}

// listen opens a socket as a page does, subscribes it to threads from what was
// seen of each, and hands out what it is told until it breaks.
func listen(url string, p Person, after map[string]int64, heard func(event), opened func(*websocket.Conn)) error {
	d := websocket.Dialer{HandshakeTimeout: 20 * time.Second, ReadBufferSize: 1 << 10, WriteBufferSize: 512}
	conn, _, err := d.Dial(strings.Replace(url, "http", "ws", 1)+"/live?lang=en", http.Header{"Cookie": {"hub=" + p.Bearer}, "Origin": {url}})
	if err != nil {
		return err
	}
	defer conn.Close()
	for thread, seq := range after {
		if err := conn.WriteJSON(map[string]any{"op": "sub", "topic": "thread:" + thread, "after": seq}); err != nil {
			return err
		}
	}
	opened(conn)
	for {
		_, raw, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		heard(e)
	}
}

// marked is what the posts of a run are told apart by.
var marked = regexp.MustCompile(`mark-[a-z0-9-]+`)
