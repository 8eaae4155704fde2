package exchange

import (
	"encoding/json"
	"strings"
	"testing"
)

var guide = Citation{
	Key: "ohchr-practical-guide-2016", Type: "guide", Title: "National Mechanisms: A Practical Guide & more", Date: "2016",
	Authors: []Name{{Literal: "OHCHR"}}, Publisher: []string{"United Nations"}, Place: "Geneva", Symbol: "HR/PUB/16/1",
	URL: "https://example.org/a_b", Language: "en",
}

func TestBibTeX(t *testing.T) {
	want := `@techreport{ohchr-practical-guide-2016,
  title = {{National Mechanisms: A Practical Guide \& more}},
  author = {{OHCHR}},
  institution = {United Nations},
  address = {Geneva},
  year = {2016},
  number = {HR/PUB/16/1},
  url = {https://example.org/a_b},
  language = {en}
}
`
	if got := guide.BibTeX(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRIS(t *testing.T) {
	want := "TY  - RPRT\r\nID  - ohchr-practical-guide-2016\r\nTI  - National Mechanisms: A Practical Guide & more\r\nAU  - OHCHR\r\n" +
		"PB  - United Nations\r\nCY  - Geneva\r\nPY  - 2016\r\nDA  - 2016\r\nIS  - HR/PUB/16/1\r\nUR  - https://example.org/a_b\r\nLA  - en\r\nER  - \r\n"
	if got := guide.RIS(); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestCSLJSON(t *testing.T) {
	article := Citation{Key: "x", Type: "article", Title: "Never again?", Date: "2021-04-30", Authors: []Name{{Family: "Doe", Given: "Jane"}}, DOI: "10.1/2"}
	raw, err := article.CSLJSON()
	if err != nil {
		t.Fatal(err)
	}
	var got []csl
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	e := got[0]
	if len(got) != 1 || e.Type != "article-journal" || e.Author[0].Family != "Doe" || len(e.Issued.Parts[0]) != 3 || e.Issued.Parts[0][2] != 30 {
		t.Errorf("got %s", raw)
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		name string
		c    Citation
		want string
	}{
		{"Whole", guide, "OHCHR. National Mechanisms: A Practical Guide & more. United Nations. HR/PUB/16/1. 2016."},
		{"TitleOnly", Citation{Title: "A page"}, "A page."},
		{"PublisherIsAuthor", Citation{Title: "A page", Authors: []Name{{Literal: "OECD"}}, Publisher: []string{"OECD"}}, "OECD. A page."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.c.Line(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// FuzzFormats holds that no value can end its field, its entry or its line.
func FuzzFormats(f *testing.F) {
	f.Add("a title", "Doe", "key")
	f.Add("}\n@evil{", "A\r\nER  - ", `\`)
	f.Fuzz(func(t *testing.T, title, name, key string) {
		c := Citation{Key: key, Title: title, Authors: []Name{{Family: name}, {Literal: title}}, Container: name, URL: title}
		bib := c.BibTeX()
		if n := strings.Count(bib, "\n@"); n != 0 || !strings.HasSuffix(bib, "\n}\n") {
			t.Errorf("BibTeX holds another entry: %q", bib)
		}
		if depth := braces(bib); depth != 0 {
			t.Errorf("BibTeX braces do not close: %d in %q", depth, bib)
		}
		ris := c.RIS()
		if strings.Count(ris, "\r\nER  - \r\n") != 1 || strings.Count("\r\n"+ris, "\r\nTY  - ") != 1 {
			t.Errorf("RIS holds another entry: %q", ris)
		}
		raw, err := c.CSLJSON()
		if err != nil || !json.Valid(raw) {
			t.Errorf("CSL JSON: %v %q", err, raw)
		}
	})
}

// braces is how many are left open, those behind a backslash not counted.
func braces(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			depth--
		}
	}
	return depth
}
