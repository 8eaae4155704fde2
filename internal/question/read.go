package question

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/vocabulary"
)

// Limits of a version of questions that somebody brings.
const (
	MostBytes     = 512 << 10
	MostFaults    = 50 // that are told
	mostDeep      = 12 // maps and lists within one another
	mostNodes     = 100_000
	mostSections  = 30
	mostQuestions = 200
	mostColumns   = 12
	mostWords     = 2000 // runes of a text
)

// Langs are the languages in which a version that somebody brings must be.
var Langs = []hub.Lang{hub.English, hub.French, hub.Arabic}

// Fault is something wrong with a version of questions that somebody brings.
type Fault struct {
	Line   int    // counted from 1; 0: of all of it
	Of     string // code of the question or section; empty: of none
	Field  string // "ask.fr", "columns"; empty: of none
	Reason string // what is wrong, one word for each mend
	Value  string // what stands there, or what is wanted; may be empty
}

// Read reads a version of questions that somebody brings, whatever it is. It
// gives the set, or what is wrong with it, in the order of the lines; both
// where all that is wrong is its number. before are the versions that there
// are of all kinds.
func Read(raw []byte, words *vocabulary.Set, before *Sets) (*Set, []Fault) {
	r := &reader{words: words, lines: map[string]int{}}
	root := r.root(raw)
	if root == nil {
		return nil, r.faults
	}
	s := r.set(root)
	if len(r.faults) == 0 {
		r.fits(s, before)
	}
	for _, f := range r.faults {
		if f.Reason != "next" {
			slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
			return nil, r.faults
		}
	}
	set, err := Parse(raw, words)
	if err != nil { // what is shipped must be so too
		r.fault(nil, "", "", "unfit", err.Error())
		return nil, r.faults
	}
	return set, r.faults
}

// reader reads YAML by its nodes, and so knows the lines.
type reader struct {
	words    *vocabulary.Set
	faults   []Fault
	lines    map[string]int // of questions, by code
	nodes    int
	numbered *yaml.Node // says the number of the version
}

func (r *reader) fault(n *yaml.Node, of, field, reason, value string) {
	if len(r.faults) >= MostFaults {
		return
	}
	line := 0
	if n != nil {
		line = n.Line
	}
	if utf8.RuneCountInString(value) > 80 {
		value = string([]rune(value)[:80]) + "…"
	}
	r.faults = append(r.faults, Fault{line, of, field, reason, value})
}

var (
	yamlLine   = regexp.MustCompile(`line (\d+)`)
	yamlAnchor = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// unread tells where YAML ends to be YAML, as its reader says.
func (r *reader) unread(raw []byte, say string) {
	n := &yaml.Node{}
	if m := yamlAnchor.FindStringSubmatch(say); m != nil {
		if at := bytes.Index(raw, []byte("*"+m[1])); at >= 0 {
			n.Line = 1 + bytes.Count(raw[:at], []byte("\n"))
		}
		r.fault(n, "", "", "anchor", "")
		return
	}
	if m := yamlLine.FindStringSubmatch(say); m != nil {
		n.Line, _ = strconv.Atoi(m[1])
	}
	r.fault(n, "", "", "yaml", "")
}

// root is the one document, when it is plain: bounded, without anchors,
// aliases, tags of its own and keys that stand twice. Nil with faults if not.
func (r *reader) root(raw []byte) *yaml.Node {
	switch {
	case len(raw) > MostBytes:
		r.fault(nil, "", "", "size", strconv.Itoa(MostBytes>>10))
	case !utf8.Valid(raw), bytes.IndexByte(raw, 0) >= 0:
		r.fault(nil, "", "", "encoding", "")
	}
	if len(r.faults) > 0 {
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	var doc yaml.Node
	err := d.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) != 1 {
		r.fault(nil, "", "", "empty", "")
		return nil
	}
	if err == nil {
		if again := d.Decode(&yaml.Node{}); !errors.Is(again, io.EOF) {
			err = again
			if again == nil {
				r.fault(nil, "", "", "documents", "")
				return nil
			}
		}
	}
	if err != nil {
		r.unread(raw, err.Error())
		return nil
	}
	r.plain(doc.Content[0], 1)
	if len(r.faults) > 0 {
		return nil
	}
	return doc.Content[0]
}

// plain finds what a questionnaire has no need of.
func (r *reader) plain(n *yaml.Node, deep int) {
	r.nodes++
	switch {
	case len(r.faults) >= MostFaults:
		return
	case r.nodes > mostNodes:
		if r.nodes == mostNodes+1 {
			r.fault(n, "", "", "size", strconv.Itoa(MostBytes>>10))
		}
		return
	case n.Kind == yaml.AliasNode, n.Anchor != "":
		r.fault(n, "", "", "anchor", "")
		return
	case deep > mostDeep:
		r.fault(n, "", "", "deep", "")
		return
	case n.Style&yaml.TaggedStyle != 0:
		r.fault(n, "", "", "tag", n.Tag)
		return
	case n.Kind == yaml.ScalarNode && utf8.RuneCountInString(n.Value) > mostWords:
		r.fault(n, "", "", "long", strconv.Itoa(mostWords))
		return
	}
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode || k.Value == "<<" {
				r.fault(k, "", "", "key", k.Value)
			} else if seen[k.Value] {
				r.fault(k, "", "", "twice", k.Value)
			}
			seen[k.Value] = true
		}
	}
	for _, c := range n.Content {
		r.plain(c, deep+1)
	}
}

// fields reads the keys of a map, each with its own reader.
func (r *reader) fields(n *yaml.Node, of string, known map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, of, "", "map", "")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if read := known[k.Value]; read != nil {
			read(v)
		} else {
			r.fault(k, of, "", "unknown", k.Value)
		}
	}
}

// each reads the members of a list.
func (r *reader) each(n *yaml.Node, of, field string, most int, read func(*yaml.Node)) {
	switch {
	case n.Kind != yaml.SequenceNode:
		r.fault(n, of, field, "list", "")
	case len(n.Content) == 0:
		r.fault(n, of, field, "required", "")
	case len(n.Content) > most:
		r.fault(n, of, field, "many", strconv.Itoa(most))
	default:
		for _, c := range n.Content {
			read(c)
		}
	}
}

func (r *reader) text(n *yaml.Node, of, field string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fault(n, of, field, "text", "")
		return ""
	}
	if strings.ContainsFunc(n.Value, func(c rune) bool { return c != '\n' && hub.NotInLine(c) }) {
		r.fault(n, of, field, "signs", "")
	}
	return strings.TrimSpace(n.Value)
}

func (r *reader) count(n *yaml.Node, of, field string) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < 1 || v > MostNumber {
		r.fault(n, of, field, "number", n.Value)
		return 0
	}
	return v
}

func (r *reader) truth(n *yaml.Node, of, field string) bool {
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		r.fault(n, of, field, "truth", n.Value)
	}
	return n.Value == "true"
}

// said reads a text in the languages of the pages, all of them.
func (r *reader) said(n *yaml.Node, of, field string) Words {
	w := Words{}
	known := map[string]func(*yaml.Node){}
	for _, l := range Langs {
		known[string(l)] = func(n *yaml.Node) { w[l] = r.text(n, of, field+"."+string(l)) }
	}
	r.fields(n, of, known)
	for _, l := range Langs {
		if n.Kind == yaml.MappingNode && w[l] == "" {
			r.fault(n, of, field, "lang", string(l))
		}
	}
	return w
}

func (r *reader) set(n *yaml.Node) *Set {
	s := &Set{}
	r.fields(n, "", map[string]func(*yaml.Node){
		"kind":    func(n *yaml.Node) { s.Kind = hub.Kind(r.text(n, "", "kind")) },
		"version": func(n *yaml.Node) { s.Version, r.numbered = r.count(n, "", "version"), n },
		"open":    func(n *yaml.Node) { r.truth(n, "", "open") }, // of what is shipped alone
		"source":  func(n *yaml.Node) { s.Source = r.text(n, "", "source") },
		"sections": func(n *yaml.Node) {
			r.each(n, "", "sections", mostSections, func(n *yaml.Node) { s.Sections = append(s.Sections, r.section(n)) })
		},
	})
	r.needs(n, "", map[string]bool{"kind": s.Kind != "", "version": s.Version != 0, "source": s.Source != "", "sections": len(s.Sections) > 0})
	return s
}

// needs names what is missing.
func (r *reader) needs(n *yaml.Node, of string, has map[string]bool) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for _, field := range slices.Sorted(maps.Keys(has)) {
		there := false
		for i := 0; i+1 < len(n.Content); i += 2 {
			there = there || n.Content[i].Value == field
		}
		if !has[field] && !there { // what is there and wrong is told already
			r.fault(n, of, field, "required", "")
		}
	}
}

func (r *reader) section(n *yaml.Node) Section {
	x := Section{Code: codeOf(n)}
	of := x.Code
	r.fields(n, of, map[string]func(*yaml.Node){
		"code":    func(n *yaml.Node) { r.code(n, of) },
		"title":   func(n *yaml.Node) { x.Title = r.said(n, of, "title") },
		"adapted": func(n *yaml.Node) { x.Adapted = r.truth(n, of, "adapted") },
		"questions": func(n *yaml.Node) {
			r.each(n, of, "questions", mostQuestions, func(n *yaml.Node) {
				q := r.question(n)
				if err := q.follows(x.Questions, r.words); err != nil {
					r.fault(n, q.Code, "after", "after", q.After)
				}
				x.Questions = append(x.Questions, q)
			})
		},
	})
	r.needs(n, of, map[string]bool{"code": x.Code != "", "title": x.Title != nil, "questions": x.Questions != nil})
	return x
}

// codeOf is the code that a map names; empty for none.
func codeOf(n *yaml.Node) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "code" && n.Content[i+1].Kind == yaml.ScalarNode {
			return n.Content[i+1].Value
		}
	}
	return ""
}

// taken are names that the pages of the form use themselves.
var taken = []string{"whole", "go", "stay", "made", "seen", "closed", "skip", "still", "unclear", "lang", "add", "lines", "preview", "history", "sheet", "act", "questions", "q"}

func (r *reader) code(n *yaml.Node, of string) {
	switch {
	case hub.CheckSlug(n.Value) != nil:
		r.fault(n, of, "code", "slug", n.Value)
	case slices.Contains(taken, n.Value), strings.HasPrefix(n.Value, "yes-"):
		r.fault(n, of, "code", "taken", n.Value)
	}
}

func (r *reader) question(n *yaml.Node) Question {
	q := Question{Code: codeOf(n)}
	of, faults := q.Code, len(r.faults)
	text := func(field string, into *string) func(*yaml.Node) {
		return func(n *yaml.Node) { *into = r.text(n, of, field) }
	}
	truth := func(field string, into *bool) func(*yaml.Node) {
		return func(n *yaml.Node) { *into = r.truth(n, of, field) }
	}
	said := func(field string, into *Words) func(*yaml.Node) {
		return func(n *yaml.Node) { *into = r.said(n, of, field) }
	}
	r.fields(n, of, map[string]func(*yaml.Node){
		"code": func(n *yaml.Node) { r.code(n, of) }, "at": text("at", &q.At), "list": text("list", &q.List), "part": text("part", &q.Part),
		"form":     func(n *yaml.Node) { q.Form = Form(r.text(n, of, "form")) },
		"most":     func(n *yaml.Node) { q.Most = r.count(n, of, "most") },
		"required": truth("required", &q.Required), "spared": truth("spared", &q.Spared),
		"members": truth("members", &q.Members), "neutral": truth("neutral", &q.Neutral), "after": text("after", &q.After),
		"ask": said("ask", &q.Ask), "help": said("help", &q.Help), "good": said("good", &q.Good), "poor": said("poor", &q.Poor),
		"hints": func(n *yaml.Node) {
			r.each(n, of, "hints", len(hints), func(n *yaml.Node) { q.Hints = append(q.Hints, Hint(r.text(n, of, "hints"))) })
		},
		"columns": func(n *yaml.Node) {
			r.each(n, of, "columns", mostColumns, func(n *yaml.Node) { q.Columns = append(q.Columns, r.column(n, of)) })
		},
	})
	r.needs(n, of, map[string]bool{"code": q.Code != "", "form": q.Form != "", "ask": q.Ask != nil})
	if _, twice := r.lines[q.Code]; twice {
		r.fault(n, of, "code", "code-twice", q.Code)
	}
	r.lines[q.Code] = n.Line
	if len(r.faults) == faults {
		if err := q.check(r.words); err != nil {
			var unfit unfit
			errors.As(err, &unfit)
			r.fault(n, of, cmp.Or(unfit.field, "form"), cmp.Or(unfit.reason, "unfit"), cmp.Or(unfit.value, err.Error()))
		}
	}
	return q
}

func (r *reader) column(n *yaml.Node, of string) Column {
	c := Column{Code: codeOf(n)}
	r.fields(n, of, map[string]func(*yaml.Node){
		"code": func(n *yaml.Node) { r.code(n, of) }, "form": func(n *yaml.Node) { c.Form = Form(r.text(n, of, "columns.form")) },
		"list":     func(n *yaml.Node) { c.List = r.text(n, of, "columns.list") },
		"most":     func(n *yaml.Node) { c.Most = r.count(n, of, "columns.most") },
		"required": func(n *yaml.Node) { c.Required = r.truth(n, of, "columns.required") },
		"ask":      func(n *yaml.Node) { c.Ask = r.said(n, of, "columns.ask") },
	})
	r.needs(n, of, map[string]bool{"code": c.Code != "", "form": c.Form != "", "ask": c.Ask != nil})
	return c
}

// fits finds what does not go together with the versions before: records of
// those may be asked this one, and keep their answers.
func (r *reader) fits(s *Set, before *Sets) {
	all := before.Versions(s.Kind)
	if len(all) == 0 {
		r.fault(nil, "", "kind", "no-kind", string(s.Kind))
		return
	}
	if next := all[len(all)-1].Version + 1; s.Version != next {
		r.fault(r.numbered, "", "version", "next", strconv.Itoa(next))
	}
	places, codes := map[string]*Question{}, map[string]*Question{}
	for _, x := range all {
		for _, q := range x.Whole() {
			codes[q.Code] = q
			if strings.Contains(q.At, ".") {
				places[q.At] = q
			}
		}
	}
	at := map[string]string{}
	title := false
	for _, q := range s.All() {
		line := &yaml.Node{Line: r.lines[q.Code]}
		if was := codes[q.Code]; was != nil && !was.shapedAs(q) {
			r.fault(line, q.Code, "form", "code-changed", fmt.Sprintf("%s %s", was.Form, was.List))
		}
		if was := places[q.At]; strings.Contains(q.At, ".") && (was == nil || !was.shapedAs(q)) {
			r.fault(line, q.Code, "at", "place-unknown", q.At)
		}
		if other := at[q.At]; other != "" && q.At != "" {
			r.fault(line, q.Code, "at", "place-twice", other)
		}
		at[q.At] = q.Code
		title = title || q.At == "title" && q.Required
	}
	if of, what := s.beyondRoster(); what != "" {
		r.fault(&yaml.Node{Line: r.lines[of]}, of, "", "of-records", what)
	}
	seen := map[string]bool{}
	for _, x := range s.Sections {
		if seen[x.Code] {
			r.fault(nil, x.Code, "code", "code-twice", x.Code)
		}
		seen[x.Code] = true
	}
	if !title {
		r.fault(nil, "", "", "no-title", "")
	}
}

// shapedAs says whether an answer to one question is one to another.
func (q *Question) shapedAs(x *Question) bool {
	same := q.Form == x.Form && q.List == x.List && q.At == x.At && q.Neutral == x.Neutral
	for _, c := range q.Columns { // each that was there must still be
		i := slices.IndexFunc(x.Columns, func(n Column) bool { return n.Code == c.Code })
		same = same && i >= 0 && x.Columns[i].Form == c.Form && x.Columns[i].List == c.List
	}
	return same && (q.At == "" || len(q.Columns) == len(x.Columns))
}
