// Package words takes texts apart into words, and words to the form in which
// two spellings of the same word are equal: without case, accents and other
// marks (Fold), and without the endings of its language (Stem). The index and
// the question go through it alike, and so does what marks the words found.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"nmirfhub/internal/hub"
)

// Word is a word of a text.
type Word struct {
	Start, End int    // bytes in the text
	Fold       string // lower case, without marks
}

// Split returns the words of a text in their order: runs of letters and
// digits of any script. Chinese is written without spaces: there each two
// characters that stand together are a word, and one that stands alone.
// What no one sees, such as marks of direction, is no part of a word.
func Split(text string) []Word {
	var all []Word
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case isHan(c):
			end := i + run(text[i:], isHan)
			all = pairs(all, text, i, end)
			i = end
		case isLetter(c):
			end := i + run(text[i:], inWord)
			if fold := Fold(text[i:end]); fold != "" {
				all = append(all, Word{Start: i, End: end, Fold: fold})
			}
			i = end
		default:
			i += size
		}
	}
	return all
}

// run is how many bytes from the start of s hold only such characters.
func run(s string, is func(rune) bool) int {
	for i, c := range s {
		if !is(c) {
			return i
		}
	}
	return len(s)
}

// pairs adds each two neighbours of a run of Chinese.
func pairs(all []Word, text string, start, end int) []Word {
	_, size := utf8.DecodeRuneInString(text[start:end])
	if start+size == end {
		return append(all, Word{start, end, text[start:end]})
	}
	for i := start; i+size < end; {
		_, next := utf8.DecodeRuneInString(text[i+size : end])
		all = append(all, Word{i, i + size + next, text[i : i+size+next]})
		i, size = i+size, next
	}
	return all
}

func isHan(c rune) bool { return c >= 0x2e80 && unicode.Is(unicode.Han, c) }

func isLetter(c rune) bool {
	if c < utf8.RuneSelf {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	return (unicode.IsLetter(c) || unicode.IsDigit(c)) && !isHan(c)
}

// inWord holds for what may stand in a word: letters, the marks on them, and
// characters that are not seen.
func inWord(c rune) bool {
	return isLetter(c) || c >= utf8.RuneSelf && (unicode.Is(unicode.Mn, c) || unicode.Is(unicode.Cf, c))
}

// arabic are letters that Arabic texts write in two ways, and the one that
// stands for both: dotless yeh, teh marbuta, and the letters of Persian
// keyboards.
var arabic = strings.NewReplacer("ى", "ي", "ة", "ه", "ی", "ي", "ک", "ك", "ـ", "")

// Fold makes words comparable: lower case, without accents, hamza on its
// carrier, short vowels and other marks, with European digits.
func Fold(s string) string {
	if plain := asciiFold(s); plain != "" || s == "" {
		return plain
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, c := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, c) || unicode.Is(unicode.Cf, c):
		case c >= 0x660 && c <= 0x669:
			b.WriteRune('0' + c - 0x660)
		case c >= 0x6f0 && c <= 0x6f9:
			b.WriteRune('0' + c - 0x6f0)
		default:
			b.WriteRune(unicode.ToLower(c))
		}
	}
	return arabic.Replace(b.String())
}

// asciiFold folds what is ASCII alone; empty for anything else.
func asciiFold(s string) string {
	upper := false
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return ""
		}
		upper = upper || 'A' <= s[i] && s[i] <= 'Z'
	}
	if upper {
		return strings.ToLower(s)
	}
	return s
}

// Script is a way of writing.
type Script int

// The scripts that the languages of the hub are written in.
const (
	Latin Script = iota
	Arabic
	Cyrillic
	Han
	Other
)

// ScriptOf is the script of a word's first letter; Other for digits and
// scripts that no language of the hub uses.
func ScriptOf(word string) Script {
	for _, c := range word {
		switch {
		case unicode.Is(unicode.Latin, c):
			return Latin
		case unicode.Is(unicode.Arabic, c):
			return Arabic
		case unicode.Is(unicode.Cyrillic, c):
			return Cyrillic
		case isHan(c):
			return Han
		}
	}
	return Other
}

// scripts says how each language is written.
var scripts = map[hub.Lang]Script{
	hub.Arabic: Arabic, hub.Russian: Cyrillic, hub.Chinese: Han,
	hub.English: Latin, hub.Spanish: Latin, hub.French: Latin, hub.Portuguese: Latin,
}

// Languages are the languages of the hub that are written in the script; all
// of them for Other.
func (s Script) Languages() []hub.Lang {
	var all []hub.Lang
	for _, l := range hub.Langs {
		if s == Other || scripts[l] == s {
			all = append(all, l)
		}
	}
	return all
}
