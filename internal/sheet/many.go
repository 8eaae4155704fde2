package sheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Many is what a table of several records is of: a line for each, in the
// language that it was written in, and a column for each cell of its answers.
type Many struct {
	Set     *question.Set
	Records []*hub.Record // that answer Set
	In      hub.Lang      // in which it is asked
}

// every stands in the head of a table for a record and its language.
const every = "*"

// The codes of the columns that every table of several records has.
const (
	colRecord = "record"   // its id
	colLang   = "language" // in which it is answered
)

var fixed = []string{colRecord, colSeen, colLang}

// spareRows is how many empty rows more each table among the answers has.
const spareRows = 1

// Row is what a line of such a table says of a record.
type Row struct {
	Record  string // its id
	At      int    // the line
	Answers []Answered
}

// Many says whether the sheet is of several records.
func (f *Filled) Many() bool { return f.Record == every }

func (o Many) head() []string {
	return []string{strings.Join([]string{magic + format, o.Set.Name(), every, every, string(o.In)}, " ")}
}

// of is one of the records.
func (o Many) of(r *hub.Record) Of { return Of{Set: o.Set, Record: r, Lang: r.Original, In: o.In} }

// together is the lines of a question where several choices share a cell.
func (m *Maker) together(o Of, q *question.Question) []line {
	if q.Form != question.Several && q.Form != question.States {
		return m.question(o, q, spareRows)
	}
	one := choiceOf(q)
	var shown []string
	for _, code := range q.Write(q.Get(o.Record, o.Lang))[q.Code] {
		shown = append(shown, m.show(one, code, o.In))
	}
	return []line{{q: q, code: q.Code, ask: q.Ask.In(o.In), answer: strings.Join(shown, "\n"), column: question.Column{Form: q.Form, List: q.List, Most: q.Most}}}
}

// columnsOf are the columns of a table: each cell that one of the records has.
func (m *Maker) columnsOf(o Many) []line {
	var all []line
	for _, q := range o.Set.All() {
		if q.Form == question.Files {
			continue
		}
		longest := m.together(o.of(&hub.Record{}), q)
		for _, r := range o.Records {
			if its := m.together(o.of(r), q); len(its) > len(longest) {
				longest = its
			}
		}
		all = append(all, longest...)
	}
	return all
}

// cellsOf are the cells of a record, in the order of the columns, and those
// that are for members of mechanisms alone.
func (m *Maker) cellsOf(o Many, r *hub.Record, columns []line) (cells []string, members map[int]bool) {
	var seen []string
	answer := map[string]string{}
	for _, q := range o.Set.All() {
		if q.Form == question.Files {
			continue
		}
		seen = append(seen, q.Code+"="+Seen(q, r, r.Original))
		for _, l := range m.together(o.of(r), q) {
			answer[l.code] = l.answer
		}
	}
	cells = []string{r.ID, strings.Join(seen, " "), m.Say(o.In, "language."+string(r.Original))}
	members = map[int]bool{}
	for _, c := range columns {
		members[len(cells)] = c.q.Closed(r)
		cells = append(cells, answer[c.code])
	}
	return cells, members
}

// heads are the lines above the records.
func (m *Maker) heads(o Many, columns []line) [][]string {
	codes := slices.Clone(fixed)
	headings := []string{headed, "", m.Say(o.In, "sheet.col.language")}
	for _, c := range columns {
		how, _, _ := strings.Cut(m.how(c.column, o.In), "\n")
		codes, headings = append(codes, c.code), append(headings, c.ask+"\n"+how)
	}
	return [][]string{o.head(), codes, headings}
}

// ManyCSV writes the answers of several records as CSV.
func (m *Maker) ManyCSV(w io.Writer, o Many) error {
	columns := m.columnsOf(o)
	rows := m.heads(o, columns)
	for _, r := range o.Records {
		cells, _ := m.cellsOf(o, r, columns)
		rows = append(rows, cells)
	}
	return writeCSV(w, o.In, rows)
}

// ManyXLSX writes the answers of several records as a workbook, with the
// choices on a sheet to look them up.
func (m *Maker) ManyXLSX(w io.Writer, o Many) error {
	b, err := m.newBook(o.In)
	if err != nil {
		return err
	}
	defer b.Close()
	b.guide(m.Say(o.In, "sheet.many.title"), m.Say(o.In, "sheet.many.guide"))
	columns := m.columnsOf(o)
	b.top(m.heads(o, columns), len(fixed)+1)
	for i, c := range columns {
		name := columnName(len(fixed) + i)
		b.do(b.SetColWidth(b.answerSheet, name, name, 32))
		if len(o.Records) > 0 {
			b.bound(fmt.Sprintf("%s%d:%s%d", name, headRows+1, name, headRows+len(o.Records)), c.column, c.ask)
		}
		if c.q.Form == question.Several {
			b.list(choiceOf(c.q), c.ask)
		}
	}
	for i, r := range o.Records {
		cells, members := m.cellsOf(o, r, columns)
		b.do(b.SetRowHeight(b.answerSheet, headRows+1+i, 60))
		for j, cell := range cells {
			b.put(b.answerSheet, j, headRows+1+i, cell, b.styleOf(j, members[j]))
		}
	}
	for _, c := range fixed[:2] {
		name := columnName(slices.Index(fixed, c))
		b.do(b.SetColVisible(b.answerSheet, name, false))
	}
	b.do(b.SetRowHeight(b.answerSheet, headRows, 90))
	return b.finish(w)
}

func (b *book) styleOf(column int, members bool) string {
	switch {
	case column < len(fixed):
		return "text"
	case members:
		return "closed"
	}
	return "answer"
}

// Rows are the records of a table and their answers. The error joins a Problem
// for each thing that is wrong.
func (m *Maker) Rows(f *Filled, set *question.Set) ([]Row, error) {
	columns, errs := f.fields(set)
	var all []Row
	lines := map[string]int{}
	for _, r := range f.grid.rows[f.from:] {
		id := strings.TrimSpace(f.cell(r, colRecord))
		switch {
		case id == headed, id == "" && f.first(r, columns) < 0:
			continue
		case id == "":
			errs = append(errs, &Problem{Reason: Nameless, Row: r.n, Column: columnName(f.first(r, columns))})
			continue
		case lines[id] > 0:
			errs = append(errs, &Problem{Reason: Again, Row: r.n, Column: columnName(f.at[colRecord]), Value: strconv.Itoa(lines[id])})
			continue
		}
		lines[id] = r.n
		row, wrong := m.rowOf(f, r, set, columns)
		row.Record = id
		all, errs = append(all, row), append(errs, wrong...)
	}
	return all, errors.Join(errs...)
}

// fieldColumn is a column of the answers.
type fieldColumn struct {
	at    int
	q     *question.Question
	field string
}

// fields are the columns of the answers. Something in a column without a code
// would be lost, and is a Problem.
func (f *Filled) fields(set *question.Set) (all []fieldColumn, errs []error) {
	codes := f.grid.rows[f.from-1]
	seen := map[string]int{}
	for i := range f.width() {
		code := ""
		if i < len(codes.cells) {
			code = strings.TrimSpace(codes.cells[i])
		}
		q, field, _ := placed(set, code)
		at := &Problem{Row: codes.n, Column: columnName(i), Value: code}
		switch {
		case slices.Contains(fixed, code):
			continue
		case code == "":
			if at.Row = f.firstIn(i); at.Row == 0 {
				continue
			}
			at.Reason = Astray
		case q == nil:
			at.Reason = Unknown
		case seen[code] > 0:
			at.Reason, at.Value = Double, columnName(seen[code]-1)
		default:
			seen[code] = i + 1
			all = append(all, fieldColumn{i, q, field})
			continue
		}
		errs = append(errs, at)
	}
	return all, errs
}

// width is how many columns the longest line has.
func (f *Filled) width() int {
	n := 0
	for _, r := range f.grid.rows[f.from-1:] {
		n = max(n, len(r.cells))
	}
	return n
}

// firstIn is the first line that has something in a column, headings aside; 0
// for none.
func (f *Filled) firstIn(column int) int {
	for _, r := range f.grid.rows[f.from:] {
		if column < len(r.cells) && strings.TrimSpace(r.cells[column]) != "" && strings.TrimSpace(f.cell(r, colRecord)) != headed {
			return r.n
		}
	}
	return 0
}

// first is the first column of a line that has an answer; -1 for none.
func (f *Filled) first(r gridRow, columns []fieldColumn) int {
	for _, c := range columns {
		if c.at < len(r.cells) && strings.TrimSpace(r.cells[c.at]) != "" {
			return c.at
		}
	}
	return -1
}

// rowOf is what a line says.
func (m *Maker) rowOf(f *Filled, r gridRow, set *question.Set, columns []fieldColumn) (Row, []error) {
	row := Row{At: r.n}
	var errs []error
	marks := map[string]string{}
	for _, s := range strings.Fields(f.cell(r, colSeen)) {
		code, mark, _ := strings.Cut(s, "=")
		marks[code] = mark
	}
	if at := f.calculated(r, f.at[colRecord], f.at[colSeen]); at != "" {
		errs = append(errs, &Problem{Reason: Formula, Row: r.n, Column: at})
	}
	found := map[string][]filledCell{}
	for _, c := range columns {
		problem := &Problem{Row: r.n, Column: columnName(c.at), Question: c.q.Code}
		switch {
		case r.formula[c.at]:
			problem.Reason = Formula
		case f.joined(r.n, c.at) != "":
			problem.Reason, problem.Value = Merged, f.joined(r.n, c.at)
		default:
			text := ""
			if c.at < len(r.cells) {
				text = r.cells[c.at]
			}
			found[c.q.Code] = append(found[c.q.Code], filledCell{field: c.field, text: text, seen: marks[c.q.Code], row: r.n, column: problem.Column})
			continue
		}
		errs = append(errs, problem)
	}
	for _, q := range set.All() {
		if cells := found[q.Code]; len(cells) > 0 {
			row.Answers = append(row.Answers, m.answered(f, q, cells))
		}
	}
	return row, errs
}
