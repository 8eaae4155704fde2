package search

import (
	"regexp"
	"strings"
	"unicode"

	"nmirfhub/internal/search/words"
)

// symbol is what looks like a document symbol in a text: groups of letters
// and digits, divided by strokes, points or hyphens.
var symbol = regexp.MustCompile(`[A-Za-z0-9]+(?:[/.\-–][A-Za-z0-9]+)+`)

// maxGroups is how many groups of a code are told apart: the longest symbols
// of the UN have about ten.
const maxGroups = 12

// Codes are the codes in a text in the form that is the same in any
// punctuation, and their beginnings: "A/HRC/50/64" gives "ahrc/50/64" and
// "ahrc/50". Only what holds a stroke and a digit is taken for a code.
func Codes(text string) []string {
	var all []string
	for _, found := range symbol.FindAllString(text, -1) {
		if strings.ContainsRune(found, '/') {
			all = append(all, CodeForms(found)...)
		}
	}
	return all
}

// CodeForms are the comparable form of a code and those of its beginnings;
// nothing when it is none.
func CodeForms(code string) []string {
	var folds []string
	for _, w := range words.Split(code) {
		folds = append(folds, w.Fold)
	}
	groups := codeGroups(folds)
	if !isCode(groups) {
		return nil
	}
	var all []string
	for n := 2; n <= len(groups); n++ {
		all = append(all, strings.Join(groups[:n], "/"))
	}
	return all
}

// codeGroups joins neighbouring letters and keeps numbers apart:
// a hrc 50 64 is ahrc 50 64.
func codeGroups(folds []string) []string {
	var groups []string
	letters := false
	for _, f := range folds {
		for f != "" {
			n := strings.IndexFunc(f, func(c rune) bool { return unicode.IsDigit(c) != unicode.IsDigit(rune(f[0])) })
			if n < 0 {
				n = len(f)
			}
			isLetters := !unicode.IsDigit(rune(f[0]))
			if isLetters && letters {
				groups[len(groups)-1] += f[:n]
			} else {
				groups = append(groups, f[:n])
			}
			letters, f = isLetters, f[n:]
		}
	}
	return groups[:min(len(groups), maxGroups)]
}

// isCode says whether groups make a code: at least two, one of them a number.
func isCode(groups []string) bool {
	if len(groups) < 2 {
		return false
	}
	for _, g := range groups {
		if g[0] >= '0' && g[0] <= '9' {
			return true
		}
	}
	return false
}

// CodeSpan is a stretch of a question's parts that reads as a code.
type CodeSpan struct {
	From, To int // parts of the question, To excluded
	Code     string
}

// CodeSpans are the stretches of a question that may be codes, at each place
// the longest first. Whether one is a code the index knows.
func (q Question) CodeSpans() []CodeSpan {
	var all []CodeSpan
	for from := range q.Parts {
		for to := min(len(q.Parts), from+maxGroups); to > from; to-- {
			if groups := q.groups(from, to); isCode(groups) {
				all = append(all, CodeSpan{from, to, strings.Join(groups, "/")})
			}
		}
	}
	return all
}

// groups are those of the words of a stretch of parts.
func (q Question) groups(from, to int) []string {
	var folds []string
	for _, p := range q.Parts[from:to] {
		for _, w := range p.Words {
			if strings.IndexFunc(w.Fold, func(c rune) bool { return c > unicode.MaxASCII }) >= 0 {
				return nil
			}
			folds = append(folds, w.Fold)
		}
	}
	return codeGroups(folds)
}

// CodesAt are the codes in a text with where they stand, in bytes.
func CodesAt(text string) []CodeSpan {
	var all []CodeSpan
	for _, at := range symbol.FindAllStringIndex(text, -1) {
		for _, form := range CodeForms(text[at[0]:at[1]]) {
			all = append(all, CodeSpan{at[0], at[1], form})
		}
	}
	return all
}
