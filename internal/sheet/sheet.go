// Package sheet is questionnaires as spreadsheets, to be filled in without a
// network: a record's answers are written as XLSX or CSV and read back from
// whatever a spreadsheet program made of it.
//
// The table has a first line that says what it is of, a second with the codes
// of its columns, a third with their headings, and a line for each cell that
// may be answered. A line is known by its code and a column by its own, so
// that both may stand in any order.
package sheet

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/vocabulary"
)

// Limits of what is read.
const (
	MaxFile = 5 << 20 // bytes of a file
	maxPart = 8 << 20 // bytes of a part of an XLSX file, unpacked
	maxRows = 20_000
	maxCols = 400
	maxZip  = 500 // parts of an XLSX file

	maxCells = 200_000 // of a sheet, and texts that its cells share
	maxDepth = 100     // elements within elements
)

// magic begins the first cell of every sheet, with the shape of what follows.
const (
	magic  = "nmirfhub/"
	format = "1"
)

// The codes of the columns.
const (
	colCode    = "code"    // which cell of which answer: see Cell
	colSeen    = "seen"    // what stood there when it was downloaded: see Seen
	colAsk     = "ask"     // the question
	colHelp    = "help"    // what it means
	colForm    = "form"    // how to answer
	colReaders = "readers" // who may read the answer
	colAnswer  = "answer"
)

var columns = []string{colCode, colSeen, colAsk, colHelp, colForm, colReaders, colAnswer}

// spare is how many empty lines more a table or a list of choices has.
const spare = 3

// Option is a choice.
type Option struct{ Code, Label string }

// Maker writes sheets and reads them. Its fields are set once. Safe for
// concurrent use.
type Maker struct {
	Words *vocabulary.Set
	// Say is a message of the catalogs in a language.
	Say func(l hub.Lang, key string, args ...string) string
	// Records are the records of a kind that an answer may name, by slug.
	Records func(k hub.Kind, l hub.Lang) []Option

	known sync.Map // choices that stay what they are, by form, list and language
}

// Of is what a sheet is of.
type Of struct {
	Set    *question.Set
	Record *hub.Record
	Lang   hub.Lang // in which it is answered
	In     hub.Lang // in which it is asked
}

// Seen stands in a sheet for an answer and for who may read it: whoever sends
// it back has seen both.
func Seen(q *question.Question, r *hub.Record, l hub.Lang) string {
	return seenAs(question.Mark(q.Tidy(q.Get(r, l))), q.Closed(r))
}

// seenAs begins with a letter, so that no program takes it for a number or a
// formula.
func seenAs(mark string, closed bool) string {
	if closed {
		return "m" + mark
	}
	return "o" + mark
}

// line is a line of the table: a heading of a section where it has no code.
type line struct {
	code, seen, ask, help, form, readers, answer string

	q      *question.Question
	column question.Column // what the cell holds
}

func (l line) cells() []string {
	return []string{l.code, l.seen, l.ask, l.help, l.form, l.readers, l.answer}
}

// lines are those of a record's answers.
func (m *Maker) lines(o Of) []line {
	var all []line
	for _, x := range o.Set.Sections {
		var asked []line
		for i := range x.Questions {
			q := &x.Questions[i]
			if q.Form != question.Files && (o.Lang == o.Record.Original || q.Worded()) {
				asked = append(asked, m.question(o, q, spare)...)
			}
		}
		if len(asked) > 0 {
			all = append(append(all, line{ask: x.Title.In(o.In)}), asked...)
		}
	}
	return all
}

// question is the lines of a question: one for each cell of a table, for each
// choice of several, or one. Tables and choices have some spare ones.
func (m *Maker) question(o Of, q *question.Question, spare int) []line {
	now := q.Get(o.Record, o.Lang)
	shown := q.Write(now)
	base := line{q: q, seen: Seen(q, o.Record, o.Lang), ask: q.Ask.In(o.In), help: q.Help.In(o.In), readers: m.Say(o.In, "sheet.readers.all")}
	if q.Required {
		base.ask += " " + m.Say(o.In, "sheet.must")
	}
	if q.Closed(o.Record) {
		base.readers = m.Say(o.In, "sheet.readers.members")
	}
	one := question.Column{Form: q.Form, List: q.List, Most: q.Most}
	most := q.Most
	if most == 0 {
		most = question.MostListed
	}
	var all []line
	add := func(code, ask string, c question.Column, value string) {
		l := base
		l.code, l.ask, l.column, l.form = code, ask, c, m.how(c, o.In)
		l.answer = m.show(c, value, o.In)
		all = append(all, l)
	}
	switch q.Form {
	case question.Table:
		for i := range min(most, question.Rows(now)+spare) {
			for _, c := range q.Columns {
				code := question.Field(q.Code, i, c.Code)
				add(code, base.ask+" – "+strconv.Itoa(i+1)+" – "+c.Ask.In(o.In), c, strings.Join(shown[code], "\n"))
			}
		}
	case question.Several, question.States:
		one = choiceOf(q)
		for i := range min(most, len(shown[q.Code])+spare) {
			value := ""
			if i < len(shown[q.Code]) {
				value = shown[q.Code][i]
			}
			ask := base.ask
			if most > 1 {
				ask += " – " + strconv.Itoa(i+1)
			}
			add(q.Code+"."+strconv.Itoa(i), ask, one, value)
		}
	default:
		add(q.Code, base.ask, one, strings.Join(shown[q.Code], "\n"))
	}
	return all
}

// choiceOf is a cell for one of several choices.
func choiceOf(q *question.Question) question.Column {
	if q.Form == question.Several {
		return question.Column{Form: question.Choice, List: q.List, Most: q.Most}
	}
	return question.Column{Form: q.Form, List: q.List, Most: q.Most}
}

// How says in a line how a field of a question is answered: "code" or
// "code.2.column".
func (m *Maker) How(q *question.Question, field string, l hub.Lang) string {
	c := question.Column{Form: q.Form, List: q.List, Most: q.Most}
	for _, x := range q.Columns {
		if strings.HasPrefix(field, q.Code+".") && strings.HasSuffix(field, "."+x.Code) {
			c = x
		}
	}
	how, _, _ := strings.Cut(m.how(c, l), "\n")
	return how
}

// how says how a cell is answered.
func (m *Maker) how(c question.Column, l hub.Lang) string {
	most := c.Most
	switch {
	case most == 0 && c.Form == question.Line:
		most = question.MostLine
	case most == 0 && c.Form == question.Text:
		most = question.MostRunes
	case most == 0 && c.Form == question.Number:
		most = question.MostNumber
	case most == 0:
		most = question.MostListed
	}
	how := m.Say(l, "sheet.form."+string(c.Form), "most", strconv.Itoa(most))
	if options := m.options(c, l); c.Form == question.Choice && len(options) <= 40 {
		for _, o := range options {
			how += "\n• " + o.Label
		}
	}
	return how
}

// options are the choices of a cell, each with a label of its own; nil for a
// cell without.
func (m *Maker) options(c question.Column, l hub.Lang) []Option {
	if c.Form == question.Record {
		return m.labelled(c, l)
	}
	key := strings.Join([]string{string(c.Form), c.List, string(l)}, " ")
	if all, known := m.known.Load(key); known {
		return all.([]Option)
	}
	all := m.labelled(c, l)
	m.known.Store(key, all)
	return all
}

func (m *Maker) labelled(c question.Column, l hub.Lang) []Option {
	var all []Option
	switch c.Form {
	case question.Choice:
		for _, code := range m.Words.Codes(c.List) {
			all = append(all, Option{code.Code, m.Words.Label(c.List, code.Code, l)})
		}
	case question.State, question.States:
		for _, s := range m.Words.StatesByName(l) {
			all = append(all, Option{string(s), m.Words.StateName(s, l)})
		}
	case question.YesNo:
		return []Option{{"yes", m.Say(l, "contribute.answer.yes")}, {"no", m.Say(l, "contribute.answer.no")}}
	case question.Record:
		all = m.Records(hub.Kind(c.List), l)
	}
	count := map[string]int{}
	for _, o := range all {
		count[folded(o.Label)]++
	}
	for i, o := range all {
		if count[folded(o.Label)] > 1 {
			all[i].Label = o.Label + " (" + o.Code + ")"
		}
	}
	return all
}

// show is a value as a cell shows it: a choice by its label.
func (m *Maker) show(c question.Column, value string, l hub.Lang) string {
	for _, o := range m.options(c, l) {
		if o.Code == value {
			return o.Label
		}
	}
	return value
}

// head is the line that says what a sheet is of, in one cell: columns may be
// moved.
func (o Of) head() []string {
	return []string{strings.Join([]string{magic + format, o.Set.Name(), o.Record.ID, string(o.Lang), string(o.In)}, " ")}
}

// headed stands for a code in the line of the headings.
const headed = "#"

// headings are the words over the columns; codes have none.
func (m *Maker) headings(l hub.Lang) []string {
	all := []string{headed, ""}
	for _, c := range columns[len(all):] {
		all = append(all, m.Say(l, "sheet.col."+c))
	}
	return all
}

// Reasons of a Problem; each is a message key of the catalogs, "sheet.wrong.".
const (
	Large    = "large"    // the file, or what it unpacks to
	Rows     = "rows"     // more lines than are read
	Kind     = "kind"     // neither XLSX nor CSV, or damaged
	Old      = "old"      // XLS, or locked with a password
	Foreign  = "foreign"  // no sheet of the hub
	Head     = "head"     // a column of codes is missing: Value
	Version  = "version"  // of other questions: Value
	Other    = "other"    // of another record: Value is its id
	Formula  = "formula"  // a cell is calculated
	Merged   = "merged"   // a cell was joined with others: Value is the range
	Twice    = "twice"    // a code stands in two lines: Value is the other
	Unknown  = "unknown"  // a code of no question: Value
	Homeless = "homeless" // an answer in a line without a code

	Single   = "single"   // of one record, where one of several is asked for
	Several  = "several"  // the other way round
	Nameless = "nameless" // answers in a line without a record
	Again    = "again"    // a record stands in two lines: Value is the other
	Astray   = "astray"   // something in a column without a code
	Double   = "double"   // a code stands over two columns: Value is the other
	Stranger = "stranger" // a record that the person may not change: Value
)

// Problem is what is wrong with a sheet, and where.
type Problem struct {
	Reason   string
	Row      int    // as spreadsheet programs count, from 1; 0 for the whole file
	Column   string // "G"
	Question string // its code, where it is about one
	Value    string
	Limit    int
}

func (p *Problem) Error() string {
	return fmt.Sprintf("sheet: %s at %s%d %s: %.80q", p.Reason, p.Column, p.Row, p.Question, p.Value)
}

// Problems are all those that an error joins.
func Problems(err error) []*Problem {
	var one *Problem
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Problem
		for _, e := range many.Unwrap() {
			all = append(all, Problems(e)...)
		}
		return all
	}
	if errors.As(err, &one) {
		return []*Problem{one}
	}
	return nil
}

// columnName is the name of a column, counted from 0: "A", "AB".
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
