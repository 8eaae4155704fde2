package sheet

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Filled is a sheet that came back.
type Filled struct {
	Set, Record string
	Lang, In    hub.Lang

	grid *grid
	at   map[string]int // the column of a code
	from int            // the first line below the codes, as an index of the grid
}

// Answered is an answer of a sheet.
type Answered struct {
	Question *question.Question
	Answer   question.Answer
	Mark     string // of the answer that was there when it was downloaded
	Closed   bool   // it was for members of mechanisms alone then

	cells []filledCell
}

// Where is the place of a field of the answer, "code" or "code.2.column", or
// of one of its values: line and column.
func (a *Answered) Where(field, value string) (row int, column string) {
	for _, fits := range []func(filledCell) bool{
		func(c filledCell) bool { return value != "" && c.text == value },
		func(c filledCell) bool { return c.field == field },
	} {
		if i := slices.IndexFunc(a.cells, fits); i >= 0 {
			return a.cells[i].row, a.cells[i].column
		}
	}
	if len(a.cells) == 0 {
		return 0, ""
	}
	return a.cells[0].row, a.cells[0].column
}

type filledCell struct {
	field, text, seen string
	row               int
	column            string
	order             int // of several: which
}

// Open reads a file as far as to say what it is of. The error is a Problem.
func Open(raw []byte) (*Filled, error) {
	if len(raw) > MaxFile {
		return nil, &Problem{Reason: Large, Limit: MaxFile}
	}
	g, err := cells(raw)
	if err != nil {
		return nil, err
	}
	top, head := g.ours()
	if top < 0 {
		return nil, &Problem{Reason: Foreign}
	}
	if len(head) != 5 || head[0] != magic+format {
		return nil, &Problem{Reason: Version, Value: head[0]}
	}
	f := &Filled{Set: head[1], Record: head[2], Lang: hub.Lang(head[3]), In: hub.Lang(head[4]), grid: g}
	return f, f.findColumns(top + 1)
}

// cells reads the cells of a file by what it is, whatever it is called.
func cells(raw []byte) (*grid, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("PK")):
		return readXLSX(raw)
	case bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0")):
		return nil, &Problem{Reason: Old}
	case isText(raw):
		return readCSV(raw)
	}
	return nil, &Problem{Reason: Kind}
}

// ours is where the line stands that says what a sheet is of, and what it
// says; -1 for none.
func (g *grid) ours() (int, []string) {
	for i, r := range g.rows[:min(len(g.rows), 20)] {
		for _, c := range r.cells {
			if strings.HasPrefix(c, magic) {
				return i, strings.Fields(c)
			}
		}
	}
	return -1, nil
}

// needed are the columns without which nothing can be read, the one that lines
// are known by first.
func (f *Filled) needed() []string {
	if f.Many() {
		return []string{colRecord, colSeen}
	}
	return []string{colCode, colSeen, colAnswer}
}

// findColumns finds the codes of the columns, wherever they stand.
func (f *Filled) findColumns(from int) error {
	needed := f.needed()
	for i := from; i < min(len(f.grid.rows), from+20); i++ {
		at := map[string]int{}
		for j, c := range f.grid.rows[i].cells {
			if _, twice := at[c]; !twice {
				at[strings.TrimSpace(c)] = j
			}
		}
		if _, known := at[needed[0]]; !known {
			continue
		}
		for _, c := range needed {
			if _, there := at[c]; !there {
				return &Problem{Reason: Head, Row: f.grid.rows[i].n, Value: c}
			}
		}
		f.at, f.from = at, i+1
		return nil
	}
	return &Problem{Reason: Head, Value: needed[0]}
}

func (f *Filled) cell(r gridRow, column string) string {
	if i := f.at[column]; i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// Answers are the answers of a sheet, in the order of the questions. The error
// joins a Problem for each thing that is wrong.
func (m *Maker) Answers(f *Filled, set *question.Set) ([]Answered, error) {
	found := map[string][]filledCell{}
	lines := map[string]int{}
	var errs []error
	answers := columnName(f.at[colAnswer])
	read := []int{f.at[colCode], f.at[colSeen], f.at[colAnswer]}
	for _, r := range f.grid.rows[f.from:] {
		code := strings.TrimSpace(f.cell(r, colCode))
		problem := &Problem{Row: r.n, Column: answers}
		q, field, order := placed(set, code)
		switch {
		case code == "" && strings.TrimSpace(f.cell(r, colAnswer)) == "", code == headed:
			continue
		case code == "":
			problem.Reason = Homeless
		case q == nil:
			problem.Reason, problem.Column, problem.Value = Unknown, columnName(f.at[colCode]), code
		case lines[code] > 0:
			problem.Reason, problem.Question, problem.Value = Twice, q.Code, strconv.Itoa(lines[code])
		case f.calculated(r, read...) != "":
			problem.Reason, problem.Question, problem.Column = Formula, q.Code, f.calculated(r, read...)
		case f.joined(r.n, read...) != "":
			problem.Reason, problem.Question, problem.Value = Merged, q.Code, f.joined(r.n, read...)
		default:
			lines[code] = r.n
			found[q.Code] = append(found[q.Code], filledCell{field: field, text: f.cell(r, colAnswer), seen: strings.TrimSpace(f.cell(r, colSeen)), row: r.n, column: answers, order: order})
			continue
		}
		errs = append(errs, problem)
	}
	var all []Answered
	for _, q := range set.All() {
		if cells := found[q.Code]; len(cells) > 0 {
			all = append(all, m.answered(f, q, cells))
		}
	}
	return all, errors.Join(errs...)
}

// calculated is the first of some columns of a line that a formula stands in;
// empty for none.
func (f *Filled) calculated(r gridRow, columns ...int) string {
	for _, at := range columns {
		if r.formula[at] {
			return columnName(at)
		}
	}
	return ""
}

// joined is the range that one of some columns of a line was joined into; empty
// for none.
func (f *Filled) joined(row int, columns ...int) string {
	for _, ref := range f.grid.merged {
		from, to, _ := strings.Cut(ref, ":")
		first, last := rowOf(from), rowOf(to)
		if row < first || row > last {
			continue
		}
		for _, at := range columns {
			if at >= columnOf(from) && at <= columnOf(to) {
				return ref
			}
		}
	}
	return ""
}

func rowOf(at string) int {
	n, _ := strconv.Atoi(strings.TrimLeft(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	return n
}

// placed is the question and the field that a code stands for; nil for one
// that stands for none. Of several choices it is the order too.
func placed(set *question.Set, code string) (*question.Question, string, int) {
	name, rest, more := strings.Cut(code, ".")
	q := set.Question(name)
	if q == nil {
		return nil, "", 0
	}
	number, column, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	inside := err == nil && n >= 0 && n < cmp.Or(q.Most, question.MostListed)
	switch q.Form {
	case question.Table:
		if !inside || !slices.ContainsFunc(q.Columns, func(c question.Column) bool { return c.Code == column }) {
			return nil, "", 0
		}
		return q, question.Field(q.Code, n, column), 0
	case question.Several, question.States:
		if more && (!inside || column != "") {
			return nil, "", 0
		}
		return q, q.Code, n
	}
	if more {
		return nil, "", 0
	}
	return q, q.Code, 0
}

// answered is the answer to a question.
func (m *Maker) answered(f *Filled, q *question.Question, cells []filledCell) Answered {
	slices.SortStableFunc(cells, func(a, b filledCell) int { return a.order - b.order })
	values := map[string][]string{}
	for i, c := range cells {
		form, list := q.Form, q.List
		if q.Form == question.Table {
			_, column, _ := strings.Cut(strings.TrimPrefix(c.field, q.Code+"."), ".")
			for _, x := range q.Columns {
				if x.Code == column {
					form, list = x.Form, x.List
				}
			}
		}
		read := m.read(form, list, c.text, f.In)
		cells[i].text = strings.Join(read, "\n")
		values[c.field] = append(values[c.field], read...)
	}
	a := Answered{Question: q, cells: cells}
	if q.Form == question.States || q.Form == question.Several {
		values[q.Code] = once(values[q.Code])
	}
	a.Answer = q.Read(func(field string) []string { return values[field] })
	if seen := cells[0].seen; seen != "" {
		a.Mark, a.Closed = seen[1:], seen[0] == 'm'
	}
	return a
}

// once leaves out the second of what was chosen twice.
func once(all []string) []string {
	var kept []string
	for _, s := range all {
		if !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// read makes values of the text of a cell: codes of labels.
func (m *Maker) read(form question.Form, list, text string, in hub.Lang) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	switch form {
	case question.Choice, question.YesNo, question.Record, question.State:
		return []string{m.code(form, list, text, in)}
	case question.Several, question.States:
		var all []string
		for line := range strings.SplitSeq(text, "\n") {
			all = append(all, m.codes(choiceOf(&question.Question{Form: form, List: list}), line, in)...)
		}
		return all
	case question.Number, question.Date, question.Day:
		text = strings.TrimSpace(plainDigits(text))
		if form != question.Number {
			text = day(text)
		}
	}
	return []string{text}
}

// codes are those of the labels in a line: of the whole where it is one, or of
// what stands between its semicolons.
func (m *Maker) codes(c question.Column, line string, in hub.Lang) []string {
	if code := m.code(c.Form, c.List, line, in); code != strings.TrimSpace(line) {
		return []string{code}
	}
	var all []string
	for _, s := range strings.FieldsFunc(line, func(r rune) bool { return r == ';' || r == '؛' }) {
		if code := m.code(c.Form, c.List, s, in); code != "" {
			all = append(all, code)
		}
	}
	return all
}

// code is the code of a label in any language, that of the sheet first; the
// text itself where it is none.
func (m *Maker) code(form question.Form, list, text string, in hub.Lang) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	c := question.Column{Form: form, List: list}
	want := folded(text)
	for _, l := range append([]hub.Lang{in}, hub.Langs[:]...) {
		for _, o := range m.options(c, l) {
			if o.Code == text || folded(o.Label) == want {
				return o.Code
			}
		}
	}
	if (form == question.State || form == question.States) && len(text) == 3 {
		return strings.ToUpper(text)
	}
	return text
}

// Choice is the code that a list has for a label in any language, that of a
// page first; false where it has none.
func (m *Maker) Choice(list, text string, in hub.Lang) (string, bool) {
	code := m.code(question.Choice, list, text, in)
	return code, m.Words.Known(list, code)
}

func folded(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(s)), " "))
}

// plainDigits writes digits of Arabic and Persian as 0 to 9.
func plainDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		}
		return r
	}, s)
}

// day reads a date that a program has made a number of: days since the end of
// 1899.
func day(s string) string {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 10_000 || n > 100_000 {
		return s
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n)).Format(time.DateOnly)
}
