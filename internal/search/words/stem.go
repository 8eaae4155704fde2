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
// language is only folded.
func Stem(word string, l hub.Lang) string {
	if len(word) > longest || ScriptOf(word) != scripts[l] {
		return Fold(word)
	}
	switch l {
	case hub.Arabic:
		tokens := ar.NewArabicStemmerFilter().Filter(analysis.TokenStream{{Term: []byte(Fold(word))}})
		return string(tokens[0].Term)
	case hub.Chinese:
		return Fold(word)
	}
	env := snowballstem.NewEnv(strings.ToLower(word))
	snowball[l](env)
	return Fold(env.Current())
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
