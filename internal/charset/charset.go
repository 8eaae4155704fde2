// Package charset finds out in which encoding a text is that does not say so.
package charset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Guess is the encoding of one byte a letter in which a text looks most like
// one that somebody wrote: Windows-1252, Windows-1256, KOI8-R or Windows-1251.
func Guess(raw []byte) encoding.Encoding {
	var best encoding.Encoding
	most := 0
	for i, e := range []encoding.Encoding{charmap.Windows1252, charmap.Windows1256, charmap.KOI8R, charmap.Windows1251} {
		if likely := likelihood(Decode(e, raw)); i == 0 || likely > most {
			best, most = e, likely
		}
	}
	return best
}

// Decode makes UTF-8 of a text. What cannot be read becomes U+FFFD.
func Decode(e encoding.Encoding, raw []byte) string {
	text, _ := e.NewDecoder().Bytes(raw)
	return string(text)
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
