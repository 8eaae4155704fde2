package bibliography

import (
	"regexp"
	"strings"

	"nmirfhub/internal/exchange"
)

// tags are the values of a record that stands in lines, by tag, in their order.
type tags map[string][]string

func (t tags) one(names ...string) string {
	for _, n := range names {
		for _, s := range t[n] {
			if s = strings.Join(strings.Fields(s), " "); s != "" {
				return s
			}
		}
	}
	return ""
}

func (t tags) names(of ...string) []exchange.Name {
	var all []exchange.Name
	for _, n := range of {
		for _, s := range t[n] {
			if name := NameOf(strings.TrimRight(s, "; ")); name != (exchange.Name{}) && len(all) < maxNames {
				all = append(all, name)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return all
}

// record is one of a file of tags.
type record struct {
	line int
	tags tags
	last string   // tag of the last line
	more []string // lines that go on with its value
	size int      // bytes of them
}

func (r *record) put(tag, value string) {
	r.end()
	if all := r.tags[tag]; len(all) < maxNames {
		r.tags[tag] = append(all, cut(strings.TrimSpace(value)))
		r.last = tag
	}
}

// goOn goes on with the value of the last line.
func (r *record) goOn(text string, names bool) {
	if text = strings.TrimSpace(text); text == "" || r.last == "" {
		return
	}
	if names { // one a line
		r.put(r.last, text)
		return
	}
	if r.size < maxField {
		r.more, r.size = append(r.more, cut(text)), r.size+len(text)
	}
}

// end joins a value with the lines that go on with it.
func (r *record) end() {
	if all := r.tags[r.last]; len(r.more) > 0 {
		all[len(all)-1] += " " + strings.Join(r.more, " ")
	}
	r.more, r.size = nil, 0
}

// risLine is a line of RIS: programs differ in the blanks.
var risLine = regexp.MustCompile(`^\s{0,3}([A-Z][A-Z0-9])\s{1,2}-(?:\s(.*))?$`)

func readRIS(text string, into *Library) {
	var r *record
	end := func() {
		if r != nil {
			r.end()
			into.add(r.ris())
			r = nil
		}
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		m := risLine.FindStringSubmatch(line)
		switch {
		case m == nil && r != nil:
			r.goOn(line, r.last == "AU" || r.last == "A1" || r.last == "KW")
		case m == nil:
			if s := strings.TrimSpace(line); s != "" && !strings.HasPrefix(s, "%") && (into.Entries != nil || into.Broken != nil) {
				into.broken(n, Shape, s)
			}
		case m[1] == "TY":
			end()
			r = &record{line: n, tags: tags{}}
			r.put("TY", m[2])
		case m[1] == "ER":
			end()
		case r == nil:
			r = &record{line: n, tags: tags{}}
			r.put(m[1], m[2])
		default:
			r.put(m[1], m[2])
		}
	}
	end()
}

func (r *record) ris() Entry {
	t := r.tags
	e := Entry{Line: r.line, Kind: strings.ToLower(t.one("TY"))}
	e.Key, e.Type = t.one("ID"), typeOf(e.Kind)
	e.Title = t.one("TI", "T1", "CT")
	e.Container = t.one("JF", "JO", "T2", "JA", "J2", "JO", "BT")
	if e.Title == "" {
		e.Title = t.one("BT", "T2", "ST")
		if e.Title == e.Container {
			e.Container = ""
		}
	}
	e.Authors = t.names("AU", "A1", "A2", "ED", "A3")
	e.Publisher, e.Place = some(t.one("PB")), t.one("CY", "PP")
	e.Date = first(dateOf(strings.Trim(t.one("DA"), "/")), dateOf(strings.Trim(t.one("PY", "Y1", "YR", "Y2"), "/")))
	if y := dateOf(strings.Trim(t.one("PY", "Y1", "YR"), "/")); y != "" && !strings.HasPrefix(e.Date, y[:4]) {
		e.Date = y
	}
	if isbn := t.one("SN"); e.Kind == "book" || e.Kind == "chap" || e.Kind == "edbook" || e.Kind == "rprt" {
		e.ISBN = isbn
	}
	e.DOI = first(doiOf(t.one("DO")), doiOf(t.one("M3")), doiOf(t.one("UR")))
	e.URL = linkOf(t.one("UR", "L2", "L1"))
	e.Volume, e.Number, e.Pages = t.one("VL"), t.one("IS", "M1"), pages(t.one("SP"), t.one("EP"))
	e.Language, e.Abstract = languageOf(t.one("LA")), t.one("AB", "N2")
	return e
}

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func pages(from, to string) string {
	if to == "" || from == "" || strings.Contains(from, "-") {
		return first(from, to)
	}
	return from + "-" + to
}

// linkOf is an address of the web, or nothing.
func linkOf(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		return s
	}
	return ""
}

// pubmedLine is a line of a file of PubMed.
var pubmedLine = regexp.MustCompile(`^([A-Z]{2,4})\s{0,2}-\s?(.*)$`)

func readPubMed(text string, into *Library) {
	var r *record
	end := func() {
		if r != nil {
			r.end()
			into.add(r.pubmed())
			r = nil
		}
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		m := pubmedLine.FindStringSubmatch(line)
		switch {
		case m != nil && (r == nil || m[1] == "PMID"):
			end()
			r = &record{line: n, tags: tags{}}
			r.put(m[1], m[2])
		case m != nil:
			r.put(m[1], m[2])
		case strings.HasPrefix(line, "      ") && r != nil:
			r.goOn(line, false)
		case strings.TrimSpace(line) != "":
			into.broken(n, Shape, line)
		}
	}
	end()
}

func (r *record) pubmed() Entry {
	t := r.tags
	e := Entry{Line: r.line, Kind: strings.ToLower(t.one("PT"))}
	e.Key, e.Type = t.one("PMID"), typeOf(e.Kind)
	if e.Type == "report" && t.one("JT", "TA") != "" {
		e.Type = "article"
	}
	e.Title, e.Container = strings.TrimSuffix(t.one("TI", "BTI"), "."), t.one("JT", "TA", "BTI")
	if e.Title == e.Container {
		e.Container = ""
	}
	e.Authors = t.names("FAU", "AU", "FED", "ED", "CN")
	e.Date = pubmedDate(t.one("DP"))
	for _, id := range append(t["AID"], t["LID"]...) {
		e.DOI = first(e.DOI, doiOf(id))
	}
	e.Publisher, e.Place, e.ISBN = some(t.one("PB")), t.one("PL"), t.one("ISBN")
	e.Volume, e.Number, e.Pages = t.one("VI"), t.one("IP"), t.one("PG")
	e.Language, e.Abstract = languageOf(t.one("LA")), t.one("AB")
	return e
}

// pubmedDate reads "2011 Jun 1".
func pubmedDate(s string) string {
	parts := strings.Fields(s)
	parts = append(parts, "", "", "")
	return joined(parts[0], parts[1], parts[2])
}

var endNoteLine = regexp.MustCompile(`^%([0-9A-Z@!#$&*()+<>=?\[\]^~])(?:\s(.*))?$`)

func readEndNote(text string, into *Library) {
	var r *record
	end := func() {
		if r != nil {
			r.end()
			into.add(r.endNote())
			r = nil
		}
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		m := endNoteLine.FindStringSubmatch(line)
		switch {
		case m != nil && (r == nil || m[1] == "0"):
			end()
			r = &record{line: n, tags: tags{}}
			r.put(m[1], m[2])
		case m != nil:
			r.put(m[1], m[2])
		case r != nil:
			r.goOn(line, false)
		case strings.TrimSpace(line) != "":
			into.broken(n, Shape, line)
		}
	}
	end()
}

func (r *record) endNote() Entry {
	t := r.tags
	e := Entry{Line: r.line, Kind: strings.ToLower(t.one("0"))}
	e.Key, e.Type = first(t.one("F"), t.one("M")), typeOf(e.Kind)
	e.Title, e.Container = t.one("T", "!"), t.one("J", "B")
	e.Authors = t.names("A", "E", "Q")
	e.Publisher, e.Place, e.Date = some(t.one("I")), t.one("C"), first(dateOf(t.one("8")), dateOf(t.one("D")))
	if y := dateOf(t.one("D")); y != "" && !strings.HasPrefix(e.Date, y[:4]) {
		e.Date = y
	}
	if e.Kind == "book" || e.Kind == "book section" || e.Kind == "edited book" || e.Kind == "report" {
		e.ISBN = t.one("@")
	}
	e.DOI, e.URL = first(doiOf(t.one("R")), doiOf(t.one("M")), doiOf(t.one("U"))), linkOf(t.one("U"))
	e.Volume, e.Number, e.Pages = t.one("V"), t.one("N"), t.one("P")
	e.Language, e.Abstract = languageOf(t.one("G")), t.one("X")
	return e
}
