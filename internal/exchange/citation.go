// Package exchange writes what other programs read: citations as BibTeX, RIS
// and CSL JSON, and as a line for people.
package exchange

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
)

// Citation is what a citation of a publication says. Empty fields are left
// out.
type Citation struct {
	Key       string // slug: names the entry
	Type      string // code of the vocabulary "publication-type"
	Title     string
	Authors   []Name
	Publisher []string
	Place     string
	Date      string // "2016", "2016-04" or "2016-04-30"
	Symbol    string // UN document symbol, or number of a report
	ISBN, DOI string
	Container string // journal, book or site
	Volume    string
	Number    string
	Pages     string
	URL       string
	Language  string // BCP 47
	Abstract  string
}

// Name is a person, or with Literal an organisation.
type Name struct{ Family, Given, Literal string }

// full is the name as people write it.
func (n Name) full() string {
	if n.Literal != "" {
		return n.Literal
	}
	return strings.TrimSpace(n.Given + " " + n.Family)
}

// oneLine is a value that no line break or control character can end early.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// Line is the citation for people: who, what, where, when.
func (c Citation) Line() string {
	var who []string
	for _, a := range c.Authors {
		who = append(who, a.full())
	}
	parts := []string{strings.Join(who, "; "), c.Title, c.Container}
	if publisher := strings.Join(c.Publisher, ", "); publisher != strings.Join(who, ", ") {
		parts = append(parts, publisher)
	}
	parts = append(parts, c.Symbol, c.year())
	var said []string
	for _, p := range parts {
		if p = strings.TrimRight(oneLine(p), "."); p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, ". ") + "."
}

func (c Citation) year() string {
	year, _, _ := strings.Cut(c.Date, "-")
	return year
}

// bibTypes and risTypes say what a type is called; the rest is a report.
var (
	bibTypes = map[string]string{"article": "article", "thesis": "phdthesis", "website": "misc", "blog": "misc", "media": "misc", "speech": "misc", "press": "misc"}
	risTypes = map[string]string{"article": "JOUR", "thesis": "THES", "website": "ELEC", "blog": "BLOG", "law": "STAT", "press": "NEWS", "speech": "GEN", "media": "MULTI"}
	cslTypes = map[string]string{"article": "article-journal", "thesis": "thesis", "website": "webpage", "blog": "post-weblog", "law": "legislation", "resolution": "legislation", "press": "article-newspaper", "speech": "speech", "media": "broadcast"}
)

func typed(types map[string]string, code, otherwise string) string {
	if t := types[code]; t != "" {
		return t
	}
	return otherwise
}

var bibEscape = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "%", `\%`, "&", `\&`, "#", `\#`, "$", `\$`, "_", `\_`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`)

// bibURL writes what would end a field as the address may carry it.
var bibURL = strings.NewReplacer("{", "%7B", "}", "%7D", " ", "%20", `\`, "%5C")

// BibTeX writes one entry, UTF-8.
func (c Citation) BibTeX() string {
	var b strings.Builder
	kind := typed(bibTypes, c.Type, "techreport")
	b.WriteString("@" + kind + "{" + bibKey(c.Key))
	field := func(name, value string) {
		if value = oneLine(value); value != "" {
			b.WriteString(",\n  " + name + " = {" + value + "}")
		}
	}
	field("title", "{"+bibEscape.Replace(oneLine(c.Title))+"}")
	var authors []string
	for _, a := range c.Authors {
		authors = append(authors, bibName(a))
	}
	field("author", strings.Join(authors, " and "))
	field(typed(map[string]string{"article": "journal"}, kind, "howpublished"), bibEscape.Replace(c.Container))
	field(typed(map[string]string{"phdthesis": "school"}, kind, "institution"), bibEscape.Replace(strings.Join(c.Publisher, ", ")))
	field("address", bibEscape.Replace(c.Place))
	field("year", c.year())
	field("number", bibEscape.Replace(first(c.Symbol, c.Number)))
	field("volume", bibEscape.Replace(c.Volume))
	field("pages", bibEscape.Replace(c.Pages))
	field("isbn", bibEscape.Replace(c.ISBN))
	field("doi", bibEscape.Replace(c.DOI))
	field("url", bibURL.Replace(c.URL))
	field("language", bibEscape.Replace(c.Language))
	b.WriteString("\n}\n")
	return b.String()
}

func bibName(n Name) string {
	if n.Literal != "" {
		return "{" + bibEscape.Replace(oneLine(n.Literal)) + "}"
	}
	if n.Given == "" {
		return bibEscape.Replace(oneLine(n.Family))
	}
	return bibEscape.Replace(oneLine(n.Family + ", " + n.Given))
}

// bibKey keeps what every BibTeX program takes in a key.
func bibKey(s string) string {
	key := strings.Map(func(r rune) rune {
		if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-') {
			return r
		}
		return -1
	}, s)
	return first(key, "publication")
}

// RIS writes one entry, UTF-8 with the line ends that the format asks for.
func (c Citation) RIS() string {
	var b strings.Builder
	tag := func(name string, values ...string) {
		for _, v := range values {
			if v = oneLine(v); v != "" {
				b.WriteString(name + "  - " + v + "\r\n")
			}
		}
	}
	tag("TY", typed(risTypes, c.Type, "RPRT"))
	tag("ID", c.Key)
	tag("TI", c.Title)
	for _, a := range c.Authors {
		if a.Literal != "" {
			tag("AU", risBody(a.Literal))
			continue
		}
		tag("AU", strings.TrimSuffix(a.Family+", "+a.Given, ", "))
	}
	tag("T2", c.Container)
	tag("PB", c.Publisher...)
	tag("CY", c.Place)
	tag("PY", c.year())
	tag("DA", strings.ReplaceAll(c.Date, "-", "/"))
	tag("VL", c.Volume)
	tag("IS", first(c.Symbol, c.Number))
	tag("SP", c.Pages)
	tag("SN", c.ISBN)
	tag("DO", c.DOI)
	tag("UR", c.URL)
	tag("LA", c.Language)
	tag("AB", c.Abstract)
	b.WriteString("ER  - \r\n")
	return b.String()
}

// risBody is the name of an organisation as EndNote tells it from a person: with
// a comma at its end, or with its first comma doubled. A single word needs none.
func risBody(name string) string {
	switch {
	case strings.Contains(name, ","):
		return strings.Replace(name, ",", ",,", 1)
	case strings.Contains(strings.TrimSpace(name), " "):
		return name + ","
	}
	return name
}

// csl is an entry of CSL JSON.
type csl struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Author    []cslName `json:"author,omitempty"`
	Issued    *cslDate  `json:"issued,omitempty"`
	Publisher string    `json:"publisher,omitempty"`
	Place     string    `json:"publisher-place,omitempty"`
	Number    string    `json:"number,omitempty"`
	Container string    `json:"container-title,omitempty"`
	Volume    string    `json:"volume,omitempty"`
	Issue     string    `json:"issue,omitempty"`
	Page      string    `json:"page,omitempty"`
	ISBN      string    `json:"ISBN,omitempty"`
	DOI       string    `json:"DOI,omitempty"`
	URL       string    `json:"URL,omitempty"`
	Language  string    `json:"language,omitempty"`
	Abstract  string    `json:"abstract,omitempty"`
}

type cslName struct {
	Family  string `json:"family,omitempty"`
	Given   string `json:"given,omitempty"`
	Literal string `json:"literal,omitempty"`
}

type cslDate struct {
	Parts [][]int `json:"date-parts"`
}

// CSLJSON writes a list of one entry.
func (c Citation) CSLJSON() ([]byte, error) {
	e := csl{
		ID: c.Key, Type: typed(cslTypes, c.Type, "report"), Title: c.Title, Publisher: strings.Join(c.Publisher, ", "), Place: c.Place,
		Number: c.Symbol, Container: c.Container, Volume: c.Volume, Issue: c.Number, Page: c.Pages, ISBN: c.ISBN, DOI: c.DOI, URL: c.URL,
		Language: c.Language, Abstract: c.Abstract,
	}
	for _, a := range c.Authors {
		e.Author = append(e.Author, cslName(a))
	}
	var parts []int
	for p := range strings.SplitSeq(c.Date, "-") {
		n, err := strconv.Atoi(p)
		if err != nil {
			break
		}
		parts = append(parts, n)
	}
	if len(parts) > 0 {
		e.Issued = &cslDate{Parts: [][]int{parts}}
	}
	return json.MarshalIndent([]csl{e}, "", " ")
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
