package sheet

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// XLSX writes a record's answers as a workbook: how to use it, the questions,
// and the choices on a sheet that is not shown.
func (m *Maker) XLSX(w io.Writer, o Of) error {
	b, err := m.newBook(o.In)
	if err != nil {
		return err
	}
	defer b.Close()
	title := o.Record.In(o.Lang).Title
	b.guide(m.Say(o.In, "sheet.title", "title", title), m.Say(o.In, "sheet.guide"))
	b.top([][]string{o.head(), columns, m.headings(o.In)}, 0)
	b.shapeColumns()
	for i, l := range m.lines(o) {
		b.line(headRows+1+i, l, o)
	}
	b.do(b.SetSheetVisible(b.choiceSheet, false))
	return b.finish(w)
}

// headRows is how many lines stand above the questions.
const headRows = 3

// book is a workbook that is being written. The first error stays.
type book struct {
	*excelize.File
	m      *Maker
	in     hub.Lang
	lists  map[string]string // where the choices of a list stand, by their form and list
	styles map[string]int
	err    error

	guideSheet, answerSheet, choiceSheet string
}

func (m *Maker) newBook(in hub.Lang) (*book, error) {
	b := &book{
		File: excelize.NewFile(), m: m, in: in, lists: map[string]string{}, styles: map[string]int{},
		guideSheet: sheetName(m.Say(in, "sheet.name.guide")), answerSheet: sheetName(m.Say(in, "sheet.name.answers")), choiceSheet: sheetName(m.Say(in, "sheet.name.choices")),
	}
	b.do(b.SetSheetName("Sheet1", b.guideSheet))
	for _, name := range []string{b.answerSheet, b.choiceSheet} {
		_, err := b.NewSheet(name)
		b.do(err)
	}
	right := in.Dir() == "rtl"
	for _, name := range []string{b.guideSheet, b.answerSheet, b.choiceSheet} {
		b.do(b.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &right}))
	}
	text := 49 // what is typed stays as it was typed
	side := map[bool]string{false: "left", true: "right"}[right]
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top", Horizontal: side}
	for name, s := range map[string]*excelize.Style{
		"text":    {Alignment: wrap, NumFmt: text},
		"heading": {Alignment: wrap, NumFmt: text, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCE6F1"}}},
		"title":   {Alignment: wrap, NumFmt: text, Font: &excelize.Font{Bold: true, Size: 14}},
		"answer":  {Alignment: wrap, NumFmt: text, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF9E5"}}, Border: boxed},
		"closed":  {Alignment: wrap, NumFmt: text, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E9E0F3"}}, Border: boxed},
		"members": {Alignment: wrap, NumFmt: text, Font: &excelize.Font{Bold: true}},
	} {
		id, err := b.NewStyle(s)
		b.do(err)
		b.styles[name] = id
	}
	return b, b.err
}

var boxed = []excelize.Border{
	{Type: "left", Color: "B0B0B0", Style: 1}, {Type: "right", Color: "B0B0B0", Style: 1}, {Type: "top", Color: "B0B0B0", Style: 1}, {Type: "bottom", Color: "B0B0B0", Style: 1},
}

// sheetName is a message as the name of a sheet: programs refuse some signs,
// and more than 31.
func sheetName(s string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return ' '
		}
		return r
	}, s))
	return string(runes[:min(len(runes), 31)])
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

// put writes a cell as text, which no program calculates. What looks like a
// sign that XML cannot hold is no such sign.
func (b *book) put(sheet string, col, row int, value, style string) {
	cell := fmt.Sprintf("%s%d", columnName(col), row)
	b.do(b.SetCellStr(sheet, cell, escaped.ReplaceAllString(value, "_x005F$0")))
	b.do(b.SetCellStyle(sheet, cell, cell, b.styles[style]))
}

// guide writes the first sheet.
func (b *book) guide(title, text string) {
	b.do(b.SetColWidth(b.guideSheet, "A", "A", 90))
	b.put(b.guideSheet, 0, 1, title, "title")
	for i, p := range strings.Split(text, "\n") {
		b.put(b.guideSheet, 0, i+3, p, "text")
	}
}

// top writes what stands above the questions, and has it and the columns before
// one stay in sight. Codes are hidden.
func (b *book) top(rows [][]string, before int) {
	for i, row := range rows {
		for j, cell := range row {
			b.put(b.answerSheet, j, i+1, cell, map[bool]string{true: "heading", false: "text"}[i == headRows-1])
		}
	}
	for _, row := range []int{1, 2} {
		b.do(b.SetRowVisible(b.answerSheet, row, false))
	}
	pane := "bottomRight"
	if before == 0 {
		pane = "bottomLeft"
	}
	b.do(b.SetPanes(b.answerSheet, &excelize.Panes{
		Freeze: true, XSplit: before, YSplit: headRows, TopLeftCell: fmt.Sprintf("%s%d", columnName(before), headRows+1), ActivePane: pane,
	}))
}

// shapeColumns gives the columns of a record's sheet their widths. Codes are
// hidden.
func (b *book) shapeColumns() {
	for i, c := range columns {
		name := columnName(i)
		if width := map[string]float64{colAsk: 45, colHelp: 45, colForm: 32, colReaders: 20, colAnswer: 70}[c]; width > 0 {
			b.do(b.SetColWidth(b.answerSheet, name, name, width))
		} else {
			b.do(b.SetColVisible(b.answerSheet, name, false))
		}
	}
}

// line writes a question, or the heading of a section.
func (b *book) line(row int, l line, o Of) {
	for i, cell := range l.cells() {
		style := "text"
		switch {
		case l.code == "":
			style = "heading"
		case columns[i] == colAnswer:
			style = "answer"
		case columns[i] == colReaders && l.q.Closed(o.Record):
			style = "members"
		}
		b.put(b.answerSheet, i, row, cell, style)
	}
	if l.code != "" {
		b.bound(fmt.Sprintf("%s%d", columnName(len(columns)-1), row), l.column, l.ask)
	}
}

// bound has the program offer the choices of cells, and say when a text is
// longer than it may be.
func (b *book) bound(cells string, c question.Column, ask string) {
	dv := excelize.NewDataValidation(true)
	dv.Sqref = cells
	options := b.m.options(c, b.in)
	switch {
	case len(options) > 0:
		dv.SetSqrefDropList(b.list(c, ask))
		style := excelize.DataValidationErrorStyleStop
		if c.Form == question.States { // several may stand in a cell
			style = excelize.DataValidationErrorStyleWarning
		}
		dv.SetError(style, b.m.Say(b.in, "sheet.col.answer"), b.m.Say(b.in, "sheet.choose"))
	case c.Most > 0 && (c.Form == question.Line || c.Form == question.Text):
		b.do(dv.SetRange(0, c.Most, excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween))
		dv.SetError(excelize.DataValidationErrorStyleWarning, b.m.Say(b.in, "sheet.col.answer"), b.m.how(c, b.in))
	default:
		return
	}
	b.do(b.AddDataValidation(b.answerSheet, dv))
}

// list writes choices once, below the first question that offers them, and says
// where they stand.
func (b *book) list(c question.Column, ask string) string {
	name := string(c.Form) + " " + c.List
	if b.lists[name] == "" {
		at := columnName(len(b.lists))
		options := b.m.options(c, b.in)
		b.do(b.SetColWidth(b.choiceSheet, at, at, 45))
		b.put(b.choiceSheet, len(b.lists), 1, ask, "heading")
		for i, o := range options {
			b.put(b.choiceSheet, len(b.lists), i+2, o.Label, "text")
		}
		b.lists[name] = fmt.Sprintf("'%s'!$%s$2:$%s$%d", b.choiceSheet, at, at, len(options)+1)
	}
	return b.lists[name]
}

func (b *book) finish(w io.Writer) error {
	b.do(b.SetDocProps(&excelize.DocProperties{Creator: "", Title: ""}))
	if b.err != nil {
		return fmt.Errorf("write a sheet: %w", b.err)
	}
	return b.Write(w)
}
