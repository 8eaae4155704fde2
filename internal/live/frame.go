package live

import (
	"encoding/binary"
	"encoding/json"
)

// Frame is an event as it goes over the wire. It is made once for all who are
// told the same, and never changed.
type Frame struct {
	Seq int64
	raw []byte
}

// Encode makes a frame of an event.
func Encode(e Event) Frame {
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err) // a type with a channel or function: a mistake of ours
	}
	return Frame{e.Seq, framed(opText, raw)}
}

// The kinds of frames of RFC 6455 that the hub sends, each whole in itself.
const (
	opText  = 0x81
	opClose = 0x88
	opPing  = 0x89
	opPong  = 0x8A
)

// framed puts the head of RFC 6455 before what a server says.
func framed(op byte, said []byte) []byte {
	head := make([]byte, 2, 10+len(said))
	head[0] = op
	switch n := len(said); {
	case n < 126:
		head[1] = byte(n)
	case n < 1<<16:
		head[1] = 126
		head = binary.BigEndian.AppendUint16(head, uint16(n))
	default:
		head[1] = 127
		head = binary.BigEndian.AppendUint64(head, uint64(n))
	}
	return append(head, said...)
}
