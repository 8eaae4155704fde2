package question

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"nmirfhub/internal/vocabulary"
)

// Hint is something that often makes an answer more precise. A question says
// which hints suit it; whether one is given depends on the answer. Nobody has
// to follow it.
type Hint string

// The hints.
const (
	Short  Hint = "short"  // it has fewer than FewWords words
	Figure Hint = "figure" // it has no number, and no word for how many or how often: the list "figure-word"
	Vague  Hint = "vague"  // it has words that may mean anything: the list "vague-word"
	Few    Hint = "few"    // it has one row or point only
)

// hints says of which forms of answers they are.
var hints = map[Hint][]Form{
	Short: {Text}, Figure: {Text}, Vague: {Line, Text, Points, Table}, Few: {Points, Table},
}

// FewWords is how many words an answer has that says something.
const FewWords = 10

// Advice is a hint that an answer calls for.
type Advice struct {
	Hint Hint
	Word string // that is vague, as it stands in the answer; empty for other hints
}

// checkHints finds hints that there are none of, or that the form does not take.
func (q *Question) checkHints() error {
	for _, h := range q.Hints {
		fits, known := hints[h]
		if !known {
			return unfit{"hints", "hint", string(h), "the hint " + string(h) + " is unknown"}
		}
		if !slices.Contains(fits, q.Form) {
			return unfit{"hints", "hint-form", string(h), "the hint " + string(h) + " is not for the form " + string(q.Form)}
		}
	}
	return nil
}

// Advisor knows the words that hints look for. Safe for concurrent use.
type Advisor struct{ vague, figure *regexp.Regexp }

// NewAdvisor takes the words of its lists, in all languages. Where a list is
// missing its hint is given to nobody.
func NewAdvisor(words *vocabulary.Set) Advisor {
	return Advisor{vague: anyOf(words.Codes("vague-word")), figure: anyOf(words.Codes("figure-word"))}
}

// anyOf finds a word of a list standing by itself. In Arabic what is written
// together with it may come first: "and", "for", "the".
func anyOf(codes []vocabulary.Code) *regexp.Regexp {
	var all []string
	for _, c := range codes {
		for _, word := range append(slices.Collect(maps.Values(c.Label)), c.Also...) {
			w := regexp.QuoteMeta(strings.ToLower(word))
			switch first := []rune(word)[0]; {
			case unicode.Is(unicode.Arabic, first):
				w = `[وفبلك]{0,2}(?:ال|ل)?` + w
			case unicode.Is(unicode.Han, first):
				all = append(all, w)
				continue
			}
			all = append(all, `(?:^|[^\pL\pM])`+w+`(?:$|[^\pL\pM])`)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) }) // the longer of two that begin alike
	return regexp.MustCompile(strings.Join(all, "|"))
}

// On is what would make an answer more precise, in the order of the hints of
// the question; none for no answer.
func (d Advisor) On(q *Question, a Answer) (all []Advice) {
	if a == nil {
		return nil
	}
	said := q.said(a)
	for _, h := range q.Hints {
		advice, calls := Advice{Hint: h}, false
		switch h {
		case Short:
			calls = CountWords(said) < FewWords
		case Figure:
			calls = d.figure != nil && !strings.ContainsFunc(said, unicode.IsNumber) && !d.figure.MatchString(strings.ToLower(said))
		case Vague:
			advice.Word = d.vagueIn(said)
			calls = advice.Word != ""
		case Few:
			calls = Rows(a) == 1
		}
		if calls {
			all = append(all, advice)
		}
	}
	return all
}

// vagueIn is the first word of a text that may mean anything; empty for none.
func (d Advisor) vagueIn(said string) string {
	if d.vague == nil {
		return ""
	}
	return strings.TrimFunc(d.vague.FindString(strings.ToLower(said)), func(r rune) bool { return !unicode.IsLetter(r) })
}

// said is what an answer has in words: of a table the cells that are written.
func (q *Question) said(a Answer) string {
	shown := q.Write(a)
	if q.Form != Table {
		return strings.Join(shown[q.Code], "\n")
	}
	var all []string
	for i := range Rows(a) {
		for _, c := range q.Columns {
			if forms[c.Form] {
				all = append(all, shown[Field(q.Code, i, c.Code)]...)
			}
		}
	}
	return strings.Join(all, "\n")
}

// CountWords is how many words there are in a text. Where a script writes none
// apart, two characters count as one.
func CountWords(s string) int {
	n, unspaced := 0, 0
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.N, unicode.M) }) {
		apart := 0
		for _, r := range w {
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
				apart++
			}
		}
		if unspaced += apart; apart == 0 {
			n++
		}
	}
	return n + (unspaced+1)/2
}
