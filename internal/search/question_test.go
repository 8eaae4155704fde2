package search_test

import (
	"fmt"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/searchtest"
)

// shape writes a question down: "phrase", -without, begin*, <concept>, (weak),
// exact!
func shape(q search.Question) string {
	var all []string
	one := func(p search.Part) string {
		var folds []string
		for _, w := range p.Words {
			folds = append(folds, w.Fold)
		}
		s := strings.Join(folds, " ")
		switch {
		case p.Phrase:
			s = `"` + s + `"`
		case p.Concept != "":
			s = "<" + p.Concept + ">"
		case p.Weak:
			s = "(" + s + ")"
		case p.Exact:
			s += "!"
		}
		if p.Prefix {
			s += "*"
		}
		return s
	}
	for _, p := range q.Parts {
		all = append(all, one(p))
	}
	for _, p := range q.Not {
		all = append(all, "-"+strings.TrimSuffix(one(p), "!"))
	}
	return strings.Join(all, " ")
}

func TestParse(t *testing.T) {
	concepts := searchtest.Concepts(t)
	for _, c := range []struct{ asked, want string }{
		{"focal points", "<focal-point>"},
		{"NMIRF budget", "<nmirf> budget"},
		{"op cat report", "<op-cat> report"},
		{"OP-CAT", "<op-cat>"},
		{"opcat", "<op-cat>"},
		{"the budget of the mechanism", "(the) budget (of) (the) mechanism"},
		{"the of", "the of"},
		{`"mid-term report" overdue`, `"mid term report" overdue`},
		{`“mid-term report”`, `"mid term report"`},
		{`«rapport à mi-parcours»`, `"rapport a mi parcours"`},
		{"report -budget", "report -budget"},
		{"mid-term report", "mid term report"},
		{`report -"own budget"`, `report -"own budget"`},
		{`"unbalanced words`, "unbalanced words"},
		{"mecan*", "mecan*"},
		{"me*", "me"},
		{"A/HRC/50/64", "(a) hrc 50! 64!"},
		{"  ", ""}, {`"" -- * -`, ""}, {"?!", ""},
		{"联络人", "<focal-point>"}, {"\u202efocal point", "<focal-point>"}, {"re\u0301sume\u0301", "resume"},
		{"fi\x00nd\xff me budget", "fi nd (me) budget"},
	} {
		if got := shape(search.Parse(c.asked, hub.English, concepts)); got != c.want {
			t.Errorf("%q: %s, want %s", c.asked, got, c.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	for asked, want := range map[string]hub.Lang{
		"la gestión de los informes": hub.Spanish, "le suivi des recommandations": hub.French, "o mecanismo não é": hub.Portuguese,
		"who follows the recommendations": hub.English, "доклады": hub.Russian, "报告": hub.Chinese, "تقارير": hub.Arabic, "50 64": hub.French,
	} {
		if got := search.Parse(asked, hub.French, searchtest.Concepts(t)).Langs[0]; got != want {
			t.Errorf("%q: %s, want %s", asked, got, want)
		}
	}
}

func TestCodes(t *testing.T) {
	for text, want := range map[string]string{
		"see A/HRC/50/64.":           "[ahrc/50 ahrc/50/64]",
		"CCPR/C/MDA/CO/3 and 51/33,": "[ccprcmdaco/3 51/33]",
		"and/or":                     "[]", "mid-term": "[]", "HR/PUB/16/1/Add.1": "[hrpub/16 hrpub/16/1 hrpub/16/1/add hrpub/16/1/add/1]",
	} {
		if got := fmt.Sprint(search.Codes(text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// FuzzParse: every text is a question of bounded size, and the same each time.
func FuzzParse(f *testing.F) {
	for _, q := range searchtest.Hostile() {
		if len(q) < 4096 {
			f.Add(q)
		}
	}
	concepts := searchtest.Concepts(f)
	f.Fuzz(func(t *testing.T, asked string) {
		q := search.Parse(asked, hub.Arabic, concepts)
		words := 0
		for _, p := range append(append([]search.Part{}, q.Parts...), q.Not...) {
			words += len(p.Words)
			for _, w := range p.Words {
				if w.Fold == "" {
					t.Errorf("%q has an empty word", asked)
				}
			}
		}
		if words > search.MaxWords || len(q.Langs) == 0 {
			t.Errorf("%q: %d words, languages %v", asked, words, q.Langs)
		}
		if again := search.Parse(asked, hub.Arabic, concepts); shape(again) != shape(q) {
			t.Errorf("%q: %s, then %s", asked, shape(q), shape(again))
		}
		q.CodeSpans()
	})
}
