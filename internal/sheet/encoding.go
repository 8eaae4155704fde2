package sheet

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"
)

// decode makes text of a file that does not say in which encoding it is.
func decode(raw []byte) string {
	if e := wide(raw); e != nil {
		return decoded(e, raw)
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if utf8.Valid(raw) {
		return string(raw)
	}
	var best string
	most := 0
	for i, e := range []encoding.Encoding{charmap.Windows1252, charmap.Windows1256, charmap.KOI8R, charmap.Windows1251} {
		text := decoded(e, raw)
		if likely := likelihood(text); i == 0 || likely > most {
			best, most = text, likely
		}
	}
	return best
}

func decoded(e encoding.Encoding, raw []byte) string {
	text, _ := e.NewDecoder().Bytes(raw) // what cannot be read becomes U+FFFD
	return string(text)
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

// frequent are the letters that every text in a script is full of.
const frequent = "اليمنوترب" + "оеаинтсрвл"

// likelihood says how much a text looks like one that somebody wrote: its
// words have letters of one script, frequent ones among them, and capitals
// stand first.
func likelihood(text string) int {
	n := 0
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) }) {
		n += likely(word)
	}
	return n
}

func likely(word string) int {
	plain, latin, other, good, odd := 0, 0, 0, 0, 0
	before := rune(0)
	for _, r := range word {
		switch {
		case r < utf8.RuneSelf:
			plain++
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.IsLetter(r):
			other++
			if strings.ContainsRune(frequent, r) {
				good++
			}
		case unicode.IsControl(r), r == utf8.RuneError, unicode.Is(unicode.So, r), unicode.Is(unicode.Sm, r):
			odd++
		}
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			odd++
		}
		before = r
	}
	switch {
	case latin+other+odd == 0:
		return 0
	case other > 0 && plain+latin > 0, latin > plain:
		return -latin - other - odd
	case other > 0:
		return 2*good - other/2 - 2*odd
	}
	return latin - 2*odd
}
