package words_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search/words"
)

func folds(text string) string {
	var all []string
	for _, w := range words.Split(text) {
		all = append(all, w.Fold)
	}
	return strings.Join(all, "|")
}

func TestSplit(t *testing.T) {
	for text, want := range map[string]string{
		"Two focal points.": "two|focal|points", "l'État d’où": "l|etat|d|ou", "A/HRC/50": "a|hrc|50", "": "", "…": "",
		"联络人频繁更换": "联络|络人|人频|频繁|繁更|更换", "在": "在", "第5条": "第|5|条",
		"أُسرة": "اسره", "إلى": "الي", "٢٠٢٢": "2022", "مـــرحبا": "مرحبا", "Ёлка": "елка", "Straße": "straße", "na\u00efve": "naive", "a\u200db": "ab",
	} {
		if got := folds(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestStem(t *testing.T) {
	for _, c := range []struct {
		lang hub.Lang
		same []string
	}{
		{hub.English, []string{"recommendation", "Recommendations", "recommended"}},
		{hub.French, []string{"mécanisme", "mécanismes", "Mécanisme"}},
		{hub.Spanish, []string{"recomendación", "recomendaciones"}},
		{hub.Portuguese, []string{"mecanismo", "mecanismos"}},
		{hub.Russian, []string{"рекомендация", "рекомендации", "рекомендаций"}},
		{hub.Arabic, []string{"توصية", "التوصية", "توصيات", "والتوصيات"}},
	} {
		for _, w := range c.same[1:] {
			if a, b := words.Stem(c.same[0], c.lang), words.Stem(w, c.lang); a != b {
				t.Errorf("%s: %s is %s, %s is %s", c.lang, c.same[0], a, w, b)
			}
		}
	}
	if got := words.Stem("CEDAW", hub.Arabic); got != "cedaw" {
		t.Errorf("another script: %s", got)
	}
	for _, w := range []string{"Café", "2023"} {
		if got := words.Stem(w, ""); got != words.Fold(w) {
			t.Errorf("of a language that is not known, %s is %s", w, got)
		}
	}
	for _, w := range []string{"the", "The"} {
		if !words.IsStop(words.Fold(w), hub.English) {
			t.Errorf("%s is no small word", w)
		}
	}
}

// FuzzSplit: words stand in the text where they say, in order, and fold to the
// same whatever was folded before.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"Two focal points", "联络人a", "أُسرة", "\xff\xfe", "a\u0300", "İ", "ﬃ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, w := range words.Split(text) {
			if w.Start < 0 || w.End > len(text) || w.Start >= w.End || w.Fold == "" || w.Start+utf8.UTFMax < last-utf8.UTFMax {
				t.Fatalf("%q: %s", text, fmt.Sprint(w))
			}
			last = w.End
			for _, l := range hub.Langs {
				words.Stem(text[w.Start:w.End], l)
			}
		}
	})
}
