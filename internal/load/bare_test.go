package load

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/fasthttp/websocket"
)

// TestBare: a bare server sends frames to who asked for the topic.
func TestBare(t *testing.T) {
	in, end := io.Pipe()
	out, said := io.Pipe()
	over := make(chan error, 1)
	go func() { over <- ServeBare(in, said, 100) }()
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var heard []event
	var conn *websocket.Conn
	listen(strings.TrimSpace(url), Person{}, map[string]int64{"t": 1}, func(e event) {
		heard = append(heard, e)
		conn.Close()
	}, func(c *websocket.Conn) { conn = c })
	if len(heard) == 0 || heard[0].Topic != "thread:t" || len(heard[0].HTML) < 500 {
		t.Errorf("it hears %+v", heard)
	}
	end.Close()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
