package words

import (
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/pt"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"

	"nmirfhub/internal/hub"
)

// snowball are the stemmers of the Snowball project (snowballstem.org).
var snowball = map[hub.Lang]func(*snowballstem.Env) bool{
	hub.English: english.Stem, hub.Spanish: spanish.Stem, hub.French: french.Stem,
	hub.Portuguese: portuguese.Stem, hub.Russian: russian.Stem,
}

// longest is how long a word may be to have endings, in bytes: what is longer
// is no word of a language.
const longest = 64

// Stem takes from a word, as it stands in a text, the endings that its
// language gives it, and folds what is left: "Recommendations" and
// "recommended" become "recommend". A word in another script than that of the
// language is only folded, and so is one of which the language is not known.
func Stem(word string, l hub.Lang) string {
	stems := known[l]
	if stems == nil || l == hub.Chinese || len(word) > longest || ScriptOf(word) != scripts[l] {
		return Fold(word)
	}
	return stems.stem(word, func() string { return stem(word, l) })
}

func stem(word string, l hub.Lang) string {
	if l == hub.Arabic {
		tokens := ar.NewArabicStemmerFilter().Filter(analysis.TokenStream{{Term: []byte(Fold(word))}})
		return string(tokens[0].Term)
	}
	env := snowballstem.NewEnv(strings.ToLower(word))
	snowball[l](env)
	return Fold(env.Current())
}

// known remembers the stems of words by language: a text has each of its words
// many times, and to stem one costs a microsecond.
var known = func() map[hub.Lang]*stems {
	all := map[hub.Lang]*stems{}
	for _, l := range hub.Langs {
		all[l] = &stems{}
	}
	return all
}()

// stems are the stems of one language's words. Safe for concurrent use.
type stems struct {
	mu sync.RWMutex
	of map[string]string
}

// mostStems is how many words are remembered; then it begins anew.
const mostStems = 1 << 16

func (s *stems) stem(word string, make func() string) string {
	s.mu.RLock()
	found, ok := s.of[word]
	s.mu.RUnlock()
	if ok {
		return found
	}
	found = make()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil || len(s.of) >= mostStems {
		s.of = map[string]string{}
	}
	s.of[strings.Clone(word)] = found
	return found
}

// stops are the words of each language that say nothing by themselves.
var stops = sync.OnceValue(func() map[hub.Lang]map[string]bool {
	all := map[hub.Lang]map[string]bool{}
	for l, list := range map[hub.Lang][]byte{
		hub.Arabic: ar.ArabicStopWords, hub.English: en.EnglishStopWords, hub.Spanish: es.SpanishStopWords,
		hub.French: fr.FrenchStopWords, hub.Portuguese: pt.PortugueseStopWords, hub.Russian: ru.RussianStopWords,
	} {
		lang := map[string]bool{}
		for line := range strings.Lines(string(list)) {
			line, _, _ = strings.Cut(line, "|") // what follows is a comment
			for _, w := range strings.Fields(line) {
				lang[Fold(w)] = true
			}
		}
		all[l] = lang
	}
	for _, w := range elided {
		all[hub.French][w] = true
	}
	return all
})

// elided is what is left of a French word before an apostrophe.
var elided = []string{"l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu"}

// IsStop says whether a folded word says nothing by itself in a language:
// "the", "de", "и".
func IsStop(fold string, l hub.Lang) bool { return stops()[l][fold] }
