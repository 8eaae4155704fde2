package bibliography

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"nmirfhub/internal/exchange"
)

// Index finds publications that are there already. It is filled and asked by
// one at a time; what a question costs is bounded, however many there are.
type Index struct {
	all   map[int]known
	next  int
	names map[string]int   // by what they were added as
	ids   map[string][]int // by identifier
	word  map[string][]int // by word of the title
}

// known is a publication, with what it is compared by.
type known struct {
	of      string
	c       exchange.Citation
	symbol  string   // as symbolKey
	doi     string   // in small letters
	isbn    string   // of thirteen digits
	volume  string   // a number
	title   []string // words of it
	grams   []uint64 // its parts of three letters, sorted
	numbers string
	short   *known // without its subtitle; nil where it has none
	rest    *known // without the series before it; nil where there is none
}

// Limits of a comparison.
const (
	alike     = 0.8 // of the three-letter parts that two titles have
	maxNear   = 400 // titles that are compared with one
	rareOf    = 6   // words that a title is found by
	mainWords = 4   // words that a title has at least that is known without its subtitle
)

// Add makes a publication known by a name; one that was known by it is
// forgotten.
func (x *Index) Add(of string, c exchange.Citation) {
	if x.all == nil {
		x.all, x.names, x.ids, x.word = map[int]known{}, map[string]int{}, map[string][]int{}, map[string][]int{}
	}
	x.Remove(of)
	x.next++
	x.all[x.next], x.names[of] = know(of, c), x.next
	for _, id := range identifiers(c) {
		x.ids[id] = append(x.ids[id], x.next)
	}
	for _, w := range foundBy(c) {
		x.word[w] = append(x.word[w], x.next)
	}
}

// Remove forgets what is known by a name.
func (x *Index) Remove(of string) {
	n, is := x.names[of]
	if !is {
		return
	}
	forget := func(from map[string][]int, key string) {
		if from[key] = slices.DeleteFunc(from[key], func(m int) bool { return m == n }); len(from[key]) == 0 {
			delete(from, key)
		}
	}
	for _, id := range identifiers(x.all[n].c) {
		forget(x.ids, id)
	}
	for _, w := range foundBy(x.all[n].c) {
		forget(x.word, w)
	}
	delete(x.all, n)
	delete(x.names, of)
}

// Find is the name of a publication that is the same, or "": by an identifier
// first, then by its title, with the years, numbers and people that speak
// against it.
func (x *Index) Find(c exchange.Citation) string {
	k := know("", c)
	for _, id := range identifiers(c) {
		for _, n := range x.ids[id] {
			if !x.all[n].contradicts(k, true) {
				return x.all[n].of
			}
		}
	}
	best, most := "", 0.0
	for _, n := range x.near(c) {
		if s := x.all[n].alike(k); s > most {
			best, most = x.all[n].of, s
		}
	}
	return best
}

// near are those whose titles share a word, the rarest word first.
func (x *Index) near(c exchange.Citation) []int {
	words := foundBy(c)
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(len(x.word[a]), len(x.word[b])) })
	var all []int
	tried := map[int]bool{}
	for _, w := range words {
		for _, n := range x.word[w] {
			if len(all) == maxNear {
				return all
			}
			if !tried[n] {
				tried[n] = true
				all = append(all, n)
			}
		}
	}
	return all
}

// Same says whether two citations are of one publication.
func Same(a, b exchange.Citation) bool {
	var x Index
	x.Add("a", a)
	return x.Find(b) != ""
}

func know(of string, c exchange.Citation) known {
	c.Title = tidyTitle(c.Title)
	c.Abstract = "" // it is long, and nobody compares it
	k := knowTitle(of, c, c.Title)
	if title := mainTitle(c.Title); title != c.Title {
		short := knowTitle(of, c, title)
		k.short = &short
	}
	if title := withoutSeries(c.Title); title != c.Title {
		rest := knowTitle(of, c, title)
		k.rest = &rest
	}
	return k
}

func knowTitle(of string, c exchange.Citation, title string) known {
	words := wordsOf(title)
	return known{
		of: of, c: c, symbol: symbolOf(c), doi: strings.ToLower(doiOf(c.DOI)), isbn: isbnOf(c.ISBN), volume: numeric(c.Volume),
		title: words, grams: gramsOf(words), numbers: numbersOf(words),
	}
}

// foundBy are the words that a publication is found by.
func foundBy(c exchange.Citation) []string {
	title := tidyTitle(c.Title)
	words := rare(wordsOf(mainTitle(title)))
	if rest := withoutSeries(title); rest != title {
		for _, w := range rare(wordsOf(mainTitle(rest))) {
			if !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	return words
}

// rare are the longest words of a title.
func rare(words []string) []string {
	all := slices.Clone(words)
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	all = slices.Compact(all)
	return all[:min(len(all), rareOf)]
}

// alike is how much two are alike; 0 where they are not the same. One of them
// may have lost its subtitle, or the name of its series, where year and people
// speak for it.
func (k known) alike(o known) float64 {
	if s := k.likeness(o); s >= alike && !k.contradicts(o, false) {
		return s
	}
	if !k.sameYear(o) || len(k.c.Authors) == 0 || len(o.c.Authors) == 0 {
		return 0
	}
	for _, pair := range [][2]*known{{k.shorter(o), &o}, {&k, o.shorter(k)}, {k.rest, &o}, {&k, o.rest}} {
		a, b := pair[0], pair[1]
		if a == nil || b == nil {
			continue
		}
		if s := a.likeness(*b); s >= alike && !a.contradicts(*b, false) {
			return s - 0.01
		}
	}
	return 0
}

// shorter is a publication without its subtitle, where the other has none, and
// the subtitle does not say that it is something else.
func (k known) shorter(o known) *known {
	if k.short == nil || o.short != nil || len(k.title) < len(k.short.title) {
		return nil
	}
	if slices.ContainsFunc(k.title[len(k.short.title):], func(w string) bool { return besides[w] }) {
		return nil
	}
	return k.short
}

func (k known) sameYear(o known) bool {
	return len(k.c.Date) >= 4 && len(o.c.Date) >= 4 && k.c.Date[:4] == o.c.Date[:4]
}

// likeness is how much two titles are alike, from 0 to 1.
func (k known) likeness(o known) float64 {
	if len(k.grams) == 0 || len(o.grams) == 0 {
		return 0
	}
	both := 0
	for i, j := 0, 0; i < len(k.grams) && j < len(o.grams); {
		switch {
		case k.grams[i] < o.grams[j]:
			i++
		case k.grams[i] > o.grams[j]:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	return float64(both) / float64(len(k.grams)+len(o.grams)-both)
}

// contradicts says whether something other than the title speaks against two
// being the same. Where an identifier says that they are, less does.
func (k known) contradicts(o known, identified bool) bool {
	differ := func(x, y string) bool { return x != "" && y != "" && x != y }
	if differ(k.symbol, o.symbol) || differ(k.doi, o.doi) {
		return true
	}
	if identified {
		return k.likeness(o) < 0.2 && k.isbn != "" && k.symbol == "" && k.doi == "" // a chapter, and the book that it is in
	}
	return k.numbers != o.numbers || swapped(k.title, o.title) || differ(k.volume, o.volume) || k.apart(o) || strangers(k.c.Authors, o.c.Authors)
}

// numeric is a number alone, such as that of a volume.
func numeric(s string) string { return strings.TrimLeft(number.FindString(strings.TrimSpace(s)), "0") }

// apart says whether two are of different years: more than one from each other,
// as what goes to print late in a year bears either; any, for what appears each
// year.
func (k known) apart(o known) bool {
	if len(k.c.Date) < 4 || len(o.c.Date) < 4 {
		return false
	}
	x, _ := strconv.Atoi(k.c.Date[:4])
	y, _ := strconv.Atoi(o.c.Date[:4])
	most := 1
	if slices.ContainsFunc(k.title, func(w string) bool { return periodical[w] }) {
		most = 0
	}
	return max(x-y, y-x) > most
}

// strangers says whether both have authors, and none in common.
func strangers(a, b []exchange.Name) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	for _, x := range a {
		for _, y := range b {
			if related(wordsOf(x.Family+" "+x.Literal), wordsOf(y.Family+" "+y.Literal)) || short(x) != short(y) && x.Literal != "" && y.Literal != "" {
				return false
			}
		}
	}
	return true
}

// short says whether a name is of an organisation by its first letters.
func short(n exchange.Name) bool {
	return n.Literal != "" && n.Literal == strings.ToUpper(n.Literal) && !strings.Contains(n.Literal, " ")
}

// related says whether the words of two names have one in common that is no
// small word, or are the same.
func related(a, b []string) bool {
	for _, w := range a {
		if len(w) > 3 && slices.Contains(b, w) {
			return true
		}
	}
	return slices.Equal(a, b)
}
