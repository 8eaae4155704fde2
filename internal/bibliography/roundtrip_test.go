package bibliography

import (
	"reflect"
	"testing"

	"nmirfhub/internal/exchange"
)

// TestRoundTrip writes publications as the hub offers them, and reads them
// again: title, authors, year and symbol stay.
func TestRoundTrip(t *testing.T) {
	for _, c := range []exchange.Citation{
		{Key: "a", Type: "report", Title: "Report on follow-up: 50% of {recommendations} & more_", Authors: []exchange.Name{{Literal: "Office of the United Nations High Commissioner for Human Rights"}}, Date: "2022-05-03", Symbol: "A/HRC/50/64"},
		{Key: "b", Type: "article", Title: "Étude sur l’œuvre — d'un mécanisme $5 #1 ~x^2 \\n", Authors: []exchange.Name{{Family: "d’Almeida", Given: "José María"}, {Family: "van der Berg", Given: "Ana B."}}, Date: "2016", Container: "Revue", Volume: "3", Number: "2"},
		{Key: "c", Type: "law", Title: "الآليات الوطنية للتنفيذ والإبلاغ والمتابعة", Authors: []exchange.Name{{Literal: "وزارة العدل"}, {Family: "بنسالم", Given: "ليلى"}}, Date: "2019-04", Language: "ar"},
		{Key: "d", Type: "resolution", Title: "促进国际合作", Authors: []exchange.Name{{Literal: "人权理事会"}}, Date: "2019", Symbol: "A/HRC/RES/42/30", Language: "zh"},
		{Key: "e", Type: "study", Title: "Nobody knows when", Symbol: "HR/PUB/16/1"},
		{Key: "f", Type: "report", Title: "One name alone", Authors: []exchange.Name{{Family: "Suárez", Given: "Ana"}, {Literal: "Ministry of Justice and Human Rights, Burkina Faso"}}, Date: "1999"},
	} {
		t.Run(c.Key, func(t *testing.T) {
			csl, err := c.CSLJSON()
			if err != nil {
				t.Fatal(err)
			}
			for form, text := range map[string]string{"bib": c.BibTeX(), "ris": c.RIS(), "csl": string(csl)} {
				l := read(t, []byte(text))
				if len(l.Entries) != 1 || len(l.Broken) > 0 {
					t.Fatalf("%s: read %+v of\n%s", form, l, text)
				}
				got := l.Entries[0].Citation
				if got.Title != c.Title || got.Symbol != c.Symbol || got.Date[:min(4, len(got.Date))] != c.Date[:min(4, len(c.Date))] || !reflect.DeepEqual(got.Authors, c.Authors) {
					t.Errorf("%s: got %+v\nwant %+v\nof %s", form, got, c, text)
				}
			}
		})
	}
}
