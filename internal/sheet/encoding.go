package sheet

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	xunicode "golang.org/x/text/encoding/unicode"

	"nmirfhub/internal/charset"
)

// decode makes text of a file that does not say in which encoding it is.
func decode(raw []byte) string {
	if e := wide(raw); e != nil {
		return charset.Decode(e, raw)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if utf8.Valid(raw) {
		return string(raw)
	}
	return charset.Decode(charset.Guess(raw), raw)
}

// wide is the encoding of a file whose letters have two bytes; nil for others.
func wide(raw []byte) encoding.Encoding {
	little := xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM)
	big := xunicode.UTF16(xunicode.BigEndian, xunicode.UseBOM)
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), bytes.HasPrefix(raw, []byte("n\x00m\x00")), bytes.HasPrefix(raw, []byte("\"\x00n\x00")):
		return little
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}), bytes.HasPrefix(raw, []byte("\x00n\x00m")), bytes.HasPrefix(raw, []byte("\x00\"\x00n")):
		return big
	}
	return nil
}
