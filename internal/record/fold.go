package record

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Fold makes a text comparable: lower case, without accents and other marks.
func Fold(s string) string {
	folder := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)))
	out, _, err := transform.String(folder, s)
	if err != nil {
		out = s
	}
	return strings.ToLower(out)
}

// Limits of the words of a question.
const (
	MaxQuestion = 256 // runes
	maxWords    = 16
)

// Words are the words of a question, folded: letters and digits of any
// script, at most 16.
func Words(question string) []string {
	words := strings.FieldsFunc(Fold(question), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return words[:min(len(words), maxWords)]
}
