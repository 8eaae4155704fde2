package bibliography

import (
	"encoding/xml"
	"io"
	"strings"

	"nmirfhub/internal/exchange"
)

// node is an element of XML, with its words.
type node struct {
	name  string
	attrs map[string]string
	text  strings.Builder
	kids  []*node
	line  int
}

// maxNodes is how many elements a record may have.
const maxNodes = 20_000

// eachRecord hands over the elements of a name, one after the other, wherever
// they stand. Where the file breaks off, what was whole is kept.
func eachRecord(text, name string, into *Library, each func(*node)) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	var open []*node
	count, depth := 0, 0
	for {
		t, err := d.Token()
		line, _ := d.InputPos()
		if err != nil {
			if err != io.EOF || len(open) > 0 {
				at := line
				if len(open) > 0 {
					at = open[0].line
				}
				into.broken(at, Unclosed, name)
			}
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				into.broken(line, Shape, t.Name.Local)
				return
			}
			if len(open) == 0 && t.Name.Local != name {
				continue
			}
			if count++; count > maxNodes {
				into.broken(open[0].line, Shape, name)
				return
			}
			n := &node{name: t.Name.Local, line: line, attrs: map[string]string{}}
			for _, a := range t.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			if len(open) > 0 {
				open[len(open)-1].kids = append(open[len(open)-1].kids, n)
			}
			open = append(open, n)
		case xml.EndElement:
			depth--
			if len(open) == 1 {
				each(open[0])
				count = 0
			}
			open = open[:max(len(open)-1, 0)]
		case xml.CharData:
			if len(open) > 0 {
				if n := open[len(open)-1]; n.text.Len() < maxField {
					n.text.Write(t[:min(len(t), maxField)])
				}
			}
		}
	}
}

// all are the elements at a path below a node: "titles", "title".
func (n *node) all(path ...string) []*node {
	if n == nil {
		return nil
	}
	found := []*node{n}
	for _, p := range path {
		var next []*node
		for _, x := range found {
			for _, k := range x.kids {
				if k.name == p {
					next = append(next, k)
				}
			}
		}
		found = next
	}
	return found
}

// at is the first of them that has words.
func (n *node) at(path ...string) string {
	for _, x := range n.all(path...) {
		if s := x.words(); s != "" {
			return s
		}
	}
	return ""
}

// words are all that stands in an element.
func (n *node) words() string {
	if n == nil {
		return ""
	}
	var all strings.Builder
	n.write(&all)
	return strings.Join(strings.Fields(cut(strings.ToValidUTF8(all.String(), ""))), " ")
}

func (n *node) write(into *strings.Builder) {
	into.WriteString(n.text.String())
	for _, k := range n.kids {
		into.WriteByte(' ')
		k.write(into)
	}
}

func readEndNoteXML(text string, into *Library) {
	eachRecord(text, "record", into, func(n *node) { into.add(n.endNote()) })
}

func (n *node) endNote() Entry {
	e := Entry{Line: n.line}
	for _, t := range n.all("ref-type") {
		e.Kind = strings.ToLower(first(t.attrs["name"], t.words()))
	}
	e.Key, e.Type = n.at("rec-number"), typeOf(e.Kind)
	e.Title = n.at("titles", "title")
	e.Container = first(n.at("periodical", "full-title"), n.at("titles", "secondary-title"), n.at("periodical", "abbr-1"))
	for _, path := range [][]string{{"contributors", "authors", "author"}, {"contributors", "secondary-authors", "author"}} {
		for _, a := range n.all(path...) {
			if s := a.words(); s != "" && len(e.Authors) < maxNames {
				e.Authors = append(e.Authors, NameOf(s))
			}
		}
		if len(e.Authors) > 0 {
			break
		}
	}
	e.Publisher, e.Place = some(n.at("publisher")), n.at("pub-location")
	e.Date = first(dateOf(n.at("dates", "pub-dates", "date")), "")
	if y := dateOf(n.at("dates", "year")); y != "" && !strings.HasPrefix(e.Date, y[:4]) {
		e.Date = y
	}
	if strings.Contains(e.Kind, "book") || e.Kind == "report" {
		e.ISBN = n.at("isbn")
	}
	e.DOI = first(doiOf(n.at("electronic-resource-num")), doiOf(n.at("urls", "related-urls", "url")))
	e.URL = linkOf(first(n.at("urls", "related-urls", "url"), n.at("urls", "web-urls", "url")))
	e.Volume, e.Number, e.Pages = n.at("volume"), n.at("number"), n.at("pages")
	e.Language, e.Abstract = languageOf(n.at("language")), n.at("abstract")
	return e
}

func readMODS(text string, into *Library) {
	eachRecord(text, "mods", into, func(n *node) { into.add(n.mods()) })
}

func (n *node) mods() Entry {
	e := Entry{Line: n.line, Kind: strings.ToLower(first(n.at("genre"), n.at("typeOfResource")))}
	e.Key, e.Type = first(n.attrs["ID"], n.at("recordInfo", "recordIdentifier")), typeOf(e.Kind)
	for _, t := range n.all("titleInfo") {
		if e.Title == "" && (t.attrs["type"] == "" || t.attrs["type"] == "uniform") {
			e.Title = t.title()
		}
	}
	for _, a := range n.all("name") {
		if name := a.modsName(); name != (exchange.Name{}) && len(e.Authors) < maxNames {
			e.Authors = append(e.Authors, name)
		}
	}
	for _, i := range n.all("identifier") {
		switch strings.ToLower(i.attrs["type"]) {
		case "doi":
			e.DOI = first(e.DOI, doiOf(i.words()))
		case "isbn":
			e.ISBN = first(e.ISBN, i.words())
		case "citekey":
			e.Key = first(e.Key, i.words())
		}
	}
	e.Date = first(dateOf(n.at("originInfo", "dateIssued")), dateOf(n.at("originInfo", "copyrightDate")), dateOf(n.at("originInfo", "dateCreated")))
	e.Publisher = some(n.at("originInfo", "publisher"))
	for _, p := range n.all("originInfo", "place", "placeTerm") {
		if p.attrs["type"] != "code" {
			e.Place = first(e.Place, p.words())
		}
	}
	for _, r := range n.all("relatedItem") {
		if r.attrs["type"] == "host" {
			for _, t := range r.all("titleInfo") {
				e.Container = first(e.Container, t.title())
			}
			e.Date = first(e.Date, dateOf(r.at("part", "date")), dateOf(r.at("originInfo", "dateIssued")))
			for _, d := range r.all("part", "detail") {
				switch d.attrs["type"] {
				case "volume":
					e.Volume = first(e.Volume, d.at("number"))
				case "issue", "number":
					e.Number = first(e.Number, d.at("number"))
				}
			}
		}
	}
	e.URL, e.Abstract = linkOf(n.at("location", "url")), n.at("abstract")
	e.Language = languageOf(n.at("language", "languageTerm"))
	if e.Container != "" && e.Type == "report" {
		e.Type = "article"
	}
	return e
}

// title is a title of its parts.
func (n *node) title() string {
	s := strings.TrimSpace(n.at("nonSort") + " " + n.at("title"))
	if sub := n.at("subTitle"); sub != "" && s != "" {
		s += ": " + sub
	}
	return s
}

// modsName is the name of who made it; nothing for one who did other things.
func (n *node) modsName() exchange.Name {
	if role := strings.ToLower(n.at("role", "roleTerm")); role != "" && role != "aut" && role != "author" && role != "cre" && role != "creator" && role != "edt" && role != "editor" {
		return exchange.Name{}
	}
	var x exchange.Name
	var rest []string
	for _, p := range n.all("namePart") {
		switch s := p.words(); p.attrs["type"] {
		case "family":
			x.Family = strings.TrimSpace(x.Family + " " + s)
		case "given":
			x.Given = strings.TrimSpace(x.Given + " " + s)
		case "":
			rest = append(rest, s)
		}
	}
	switch {
	case x.Family != "" || x.Given != "":
	case n.attrs["type"] == "corporate" || n.attrs["type"] == "conference":
		x.Literal = strings.Join(rest, ", ")
	case len(rest) > 0:
		x = NameOf(strings.Join(rest, " "))
	}
	return x
}
