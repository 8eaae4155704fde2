package intake

import (
	"reflect"
	"testing"

	"nmirfhub/internal/extract"
)

func TestFoundInPDF(t *testing.T) {
	for _, c := range []struct {
		name, file string
		text       extract.Text
		want       Found
	}{
		{"OfItself", "x.pdf", extract.Text{Title: "From paper to practice", Author: "Awa Ndiaye, Ana Muñoz, OHCHR", Date: "2016-04-30", Pages: []string{"From paper to practice"}},
			Found{Title: "From paper to practice", Authors: []string{"Awa Ndiaye", "Ana Muñoz", "OHCHR"}, Date: "2016-04-30", Guessed: []string{"date", "authors", "type"}}},
		{"FirstPage", "x.pdf", extract.Text{Title: "Microsoft Word - 1408765.docx", Author: "Bremont", Date: "2014-04-03", Pages: []string{
			"United Nations A/HRC/26/5\nGeneral Assembly Distr.: General\n2 April 2014\n\nOriginal: English\nHuman Rights Council\nTwenty-sixth session\nAgenda item 6\nUniversal periodic review\nReport of the Working Group on the Universal Periodic Review\nChile\nThe report of the State was of the review and on the follow-up that the group has with it in the years to come."}},
			Found{Title: "Universal periodic review Report of the Working Group on the Universal Periodic Review Chile", Date: "2014-04-02", Symbol: "A/HRC/26/5", Lang: "en", Guessed: []string{"title", "date", "symbol", "issues", "type"}}},
		{"Nothing", "our_plan-2020.pdf", extract.Text{}, Found{Title: "our plan 2020", Guessed: []string{"title", "type"}}},
		{"Arabic", "x.pdf", extract.Text{Pages: []string{"الآليات الوطنية للتنفيذ والإبلاغ والمتابعة في منطقة الدول العربية"}},
			Found{Title: "الآليات الوطنية للتنفيذ والإبلاغ والمتابعة في منطقة الدول العربية", Lang: "ar", Guessed: []string{"title", "issues", "type"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(c.file, c.text); !reflect.DeepEqual(*got, c.want) {
				t.Errorf("got  %+v\nwant %+v", *got, c.want)
			}
		})
	}
}

func FuzzFoundInPDF(f *testing.F) {
	f.Add("x.pdf", "Title", "Author, B", "2016-04-30", "United Nations A/HRC/1\n2 April 2014\nA title of some words\n")
	f.Fuzz(func(t *testing.T, name, title, author, date, page string) {
		found(name, extract.Text{Title: title, Author: author, Date: date, Pages: []string{page}}).entry()
	})
}
