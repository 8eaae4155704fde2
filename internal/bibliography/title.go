package bibliography

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	markup  = regexp.MustCompile(`</?[A-Za-z][^<>]{0,80}>`)
	added   = regexp.MustCompile(`\s*\[[^\[\]]{1,40}\]\s*$`)      // what a library adds: "[electronic resource]"
	initial = regexp.MustCompile(`\s*\(\p{Lu}[\p{Lu}\d]+s?\)`)    // "(NMIRFs)"
	series  = regexp.MustCompile(`^[^:]{1,40}\d+\s*: (.*\S)\s*$`) // "Policy brief 12: ..."
)

// tidyTitle is a title without markup, and without what is only added to one.
func tidyTitle(s string) string {
	if strings.ContainsAny(s, "&<") {
		s = markup.ReplaceAllString(html.UnescapeString(s), "")
	}
	for _, x := range []*regexp.Regexp{added, initial} {
		if less := x.ReplaceAllString(s, ""); strings.TrimSpace(less) != "" {
			s = less
		}
	}
	return strings.TrimSpace(s)
}

// mainTitle is a title without its subtitle.
func mainTitle(title string) string {
	for _, sep := range []string{": ", " – ", " - ", ". "} {
		if before, _, is := strings.Cut(title, sep); is && len(strings.Fields(before)) >= mainWords {
			return before
		}
	}
	return title
}

// withoutSeries is a title without a series and its number before it.
func withoutSeries(title string) string {
	if m := series.FindStringSubmatch(title); m != nil && len(strings.Fields(m[1])) >= mainWords {
		return m[1]
	}
	return title
}

// wordsOf are the words of a title, folded; numbers in figures, and a few short
// forms in words.
func wordsOf(s string) []string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
	var all []string
	for i, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		long, is := shortForms[w]
		switch {
		case is:
			all = append(all, strings.Fields(long)...)
		case counted[w] != "":
			all = append(all, counted[w])
		case romans[w] != "" && i > 0:
			all = append(all, romans[w])
		case ordinal.MatchString(w):
			all = append(all, strings.TrimRight(w, "stndrhemo"))
		default:
			all = append(all, w)
		}
	}
	return all
}

var ordinal = regexp.MustCompile(`^\d+(st|nd|rd|th|e|er|eme|o)$`)

// shortForms are those that stand for words in titles of this field.
var shortForms = map[string]string{
	"upr": "universal periodic review", "epu": "examen periodique universel", "un": "united nations", "sdg": "sustainable development goal", "sdgs": "sustainable development goals", "nhri": "national human rights institution", "nhris": "national human rights institutions",
}

// romans are numbers of volumes and parts.
var romans = map[string]string{"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10", "xi": "11", "xii": "12"}

// counted are words that count: a third report is not the fourth.
var counted = map[string]string{
	"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10", "one": "1", "two": "2", "three": "3",
	"premier": "1", "premiere": "1", "deuxieme": "2", "troisieme": "3", "quatrieme": "4", "cinquieme": "5", "sixieme": "6", "septieme": "7", "huitieme": "8",
	"primer": "1", "primero": "1", "segundo": "2", "tercer": "3", "tercero": "3", "cuarto": "4", "quinto": "5", "sexto": "6", "septimo": "7", "octavo": "8",
}

// periodical are words of what appears each year under one title.
var periodical = words("annual annually yearly yearbook activity activities newsletter bulletin annuel annuelle annuels activite activites annuaire anual anuario actividades boletin السنوي")

// besides are words of what goes with a publication and is another one.
var besides = words("summary executive corrigendum addendum erratum errata annex annexes supplement presentation poster resume synthese annexe resumen anexo ملخص")

// little are words that come and go in a title.
var little = words("the a an of and in on for to by le la les l d de du des et un une el los las y s")

// mistakable are names of States that are a letter apart.
var mistakable = words("iran iraq irak zambia gambia zambie gambie ireland iceland irlande islande irlanda islandia")

func words(s string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(s) {
		all[w] = true
	}
	return all
}

// gramsOf are the parts of three letters of a title, sorted, each once.
func gramsOf(words []string) []uint64 {
	var all []uint64
	var part uint64
	n := 0
	for _, r := range " " + strings.Join(words, " ") + " " {
		part = (part<<21 | uint64(r)) & (1<<63 - 1)
		if n++; n >= 3 {
			all = append(all, part)
		}
	}
	slices.Sort(all)
	return slices.Clip(slices.Compact(all))
}

// numbersOf are the numbers of a title, sorted.
func numbersOf(words []string) string {
	var all []string
	for _, w := range words {
		if strings.Trim(w, "0123456789") == "" {
			all = append(all, w)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// swapped says whether one title has a word that the other has not, where both
// are no slip of the pen: the report on one State is not that on another.
func swapped(a, b []string) bool { return lacks(a, b) || lacks(b, a) }

// lacks says whether a title has none like one of the words of another, in one
// piece or in two.
func lacks(title, words []string) bool {
	for i, w := range words {
		if !little[w] && !slices.ContainsFunc(title, func(other string) bool { return slip(w, other) }) && !pieced(title, words, i) {
			return true
		}
	}
	return false
}

// pieced says whether a word is two in the other title, or one there together
// with a neighbour.
func pieced(title, words []string, i int) bool {
	for j := 1; j < len(title); j++ {
		if title[j-1]+title[j] == words[i] {
			return true
		}
	}
	return i > 0 && slices.Contains(title, words[i-1]+words[i]) || i+1 < len(words) && slices.Contains(title, words[i]+words[i+1])
}

// slip says whether two words are the same but for a letter, or two in a long
// one; short ones, those of scripts that do not part words, and the names of
// some States must be the same.
func slip(a, b string) bool {
	if a == b {
		return true
	}
	x, y := []rune(a), []rune(b)
	if mistakable[a] && mistakable[b] || unparted(x) || unparted(y) {
		return false
	}
	switch n := min(len(x), len(y)); {
	case n < 4:
		return false
	case n > 9:
		return within(x, y, 2)
	}
	return within(x, y, 1)
}

// unparted says whether a word is of a script that does not part words, so that
// it may be many.
func unparted(word []rune) bool {
	return slices.ContainsFunc(word, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	})
}

// within says whether so many letters, put in, left out, changed or swapped
// with the next, make one word of another.
func within(a, b []rune, most int) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	if len(a) == 0 || len(b) == 0 {
		return len(a)+len(b) <= most
	}
	if most == 0 {
		return false
	}
	return within(a[1:], b, most-1) || within(a, b[1:], most-1) || within(a[1:], b[1:], most-1) ||
		len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && within(a[2:], b[2:], most-1)
}
