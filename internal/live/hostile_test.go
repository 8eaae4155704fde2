package live_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/fasthttp/websocket"
)

// raw sends bytes as they are.
func (x *tab) raw(b ...byte) {
	x.t.Helper()
	if _, err := x.conn.NetConn().Write(b); err != nil {
		x.t.Fatal(err)
	}
}

// TestBadFrames: frames of a gigabyte, halves of frames, many topics and pings,
// and seqs that no thread has: whoever sends them is let go or gets nothing,
// and nobody else notices.
func TestBadFrames(t *testing.T) {
	w := newWorld(t)
	w.say("thread:a", 0)
	good := w.open(t, "good")
	good.say(`{"op":"sub","topic":"thread:a","after":0}`)
	good.posts(1, 1)

	huge := w.open(t, "huge")
	huge.raw(append(binary.BigEndian.AppendUint64([]byte{0x81, 0xFF}, 1<<30), 1, 2, 3, 4, 'x')...)
	huge.ended(websocket.CloseMessageTooBig)
	endless := w.open(t, "endless")
	endless.raw(append(binary.BigEndian.AppendUint64([]byte{0x81, 0xFF}, math.MaxUint64), 1, 2, 3, 4)...)
	endless.ended(0)
	for name, bytes := range map[string][]byte{"no mask": {0x81, 0x01, 'x'}, "reserved bits": {0xF1, 0x80, 0, 0, 0, 0}, "no such kind": {0x83, 0x80, 0, 0, 0, 0}, "a long ping": {0x89, 0xFE, 1, 0, 0, 0, 0, 0}, "a part of nothing": {0x80, 0x80, 0, 0, 0, 0}} {
		x := w.open(t, "bad")
		x.raw(bytes...)
		t.Log(name)
		x.ended(0)
	}

	halves := []*tab{w.open(t, "half"), w.open(t, "half"), w.open(t, "half")}
	halves[0].raw(0x81)
	halves[1].raw(0x81, 0xFE, 0x10)
	halves[2].raw(0x01, 0x85, 0, 0, 0, 0, 'x', 'y') // of the first of several
	halves[2].conn.NetConn().Close()

	many := w.open(t, "topics")
	for n := range 1000 {
		if many.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"op":"sub","topic":"thread:t%d"}`, n)) != nil {
			break
		}
	}
	many.ended(0)
	pings := w.open(t, "pings")
	for range 100 {
		if pings.conn.WriteMessage(websocket.PingMessage, []byte("x")) != nil {
			break
		}
	}
	pings.ended(0)

	gap := w.open(t, "gap")
	gap.say(`{"op":"sub","topic":"thread:a","after":%d}`, int64(math.MaxInt64))
	gap.say(`{"op":"sub","topic":"thread:b","after":-7}`)
	w.say("thread:a", 1)
	w.say("thread:b", 1)
	gap.posts(1, 1) // of b: of a it says that it has all
	good.posts(2, 2)
}
