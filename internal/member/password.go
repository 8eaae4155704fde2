package member

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"nmirfhub/internal/hub"
)

// Lengths of a password in runes. The least is for a password alone.
const (
	MinPassword = 15
	MaxPassword = 128
)

// Reasons why a password is refused, beside those of hub; message keys as
// they are.
const (
	ReasonTooShort = "too_short" // Limit: MinPassword
	ReasonCommon   = "common"    // in every guesser's list, or made of the hub's or the person's own words
)

// maxTyped is the greatest size of a typed password in bytes that is looked
// at: MaxPassword runes, each spelt with up to four marks before NFKC.
const maxTyped = MaxPassword * 4 * utf8.UTFMax

// minDistinct is how many different runes a password must have when known
// words and runs are taken out of it. Fewer leave little to guess.
const minDistinct = 6

// commonText has one known word or phrase a line, folded, without spaces.
//
//go:embed common.txt
var commonText string

var commonWords = sync.OnceValue(func() []string {
	var words []string
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			words = append(words, line)
		}
	}
	return words
})

// normalise returns the form of a password that is hashed: NFKC, so that a
// keyboard that writes é in two runes and one that writes it in one give the
// same. Possible is false for what no accepted password is; the form is then
// empty when the password is long, so that its hash costs nothing more.
func normalise(password string) (normal string, possible bool) {
	if len(password) > maxTyped {
		return "", false
	}
	normal = norm.NFKC.String(password)
	return normal, utf8.ValidString(password) && utf8.RuneCountInString(normal) <= MaxPassword
}

// checkLength returns the normalised password. It counts the runes as typed
// and as normalised, and takes the fewer for the least length: one rune may
// become 18. Spaces count and are kept, at the ends too.
func checkLength(password string) (string, error) {
	if password == "" {
		return "", &hub.Invalid{Field: "password", Reason: hub.ReasonRequired}
	}
	if !utf8.ValidString(password) {
		return "", &hub.Invalid{Field: "password", Reason: hub.ReasonFormat}
	}
	normal, possible := normalise(password)
	if !possible {
		return "", &hub.Invalid{Field: "password", Reason: hub.ReasonTooLong, Limit: MaxPassword}
	}
	if min(utf8.RuneCountInString(password), utf8.RuneCountInString(normal)) < MinPassword {
		return "", &hub.Invalid{Field: "password", Reason: ReasonTooShort, Limit: MinPassword}
	}
	return normal, nil
}

// checkPassword returns the normalised password when the policy takes it. Own
// are words of the person, folded. The error is hub.Invalid with the field
// "password", and never has the password in it.
func checkPassword(password string, own ...string) (string, error) {
	normal, err := checkLength(password)
	if err != nil {
		return "", err
	}
	if guessable(normal, own) {
		return "", &hub.Invalid{Field: "password", Reason: ReasonCommon}
	}
	return normal, nil
}

// guessable takes the known words out, the longest first, and looks at what is
// left. A long password may well have known words in it, when enough beside
// them is not known.
func guessable(normal string, own []string) bool {
	rest := strings.Map(dropSeparator, strings.ToLower(normal))
	words := slices.Concat(commonWords(), own)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	for _, w := range words {
		rest = strings.ReplaceAll(rest, w, " ") // a space, so that the sides do not join to a new word
	}
	return distinct(rest) < minDistinct
}

// dropSeparator removes what people put between words.
func dropSeparator(r rune) rune {
	if unicode.IsSpace(r) || strings.ContainsRune("-_.,", r) {
		return -1
	}
	return r
}

// distinct counts the different runes of s, without spaces and without those
// that go on with a run: "aaaa", "4567" and "dcba" count one.
func distinct(s string) int {
	seen := map[rune]bool{}
	last := rune(-2)
	for _, r := range s {
		run := r-last >= -1 && r-last <= 1
		last = r
		if !run && r != ' ' {
			seen[r] = true
		}
	}
	return len(seen)
}

// minOwn is the least length in runes of a word of the person that is known.
const minOwn = 3

// ownWords are the words of a person's address and name, folded: the first
// things that a guesser who knows them tries.
func ownWords(p Person) []string {
	local, _, _ := strings.Cut(p.Address, "@")
	words := []string{strings.Map(dropSeparator, local)}
	text := strings.ToLower(norm.NFKC.String(p.Address + " " + p.Name))
	words = append(words, strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
	})...)
	return slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < minOwn })
}
