package site

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/question"
	page "nmirfhub/web/page/contribute"
	"nmirfhub/web/part"
)

// read makes an answer of what was typed. A form that is sent may ask for rows
// of a table at once: made is how many, left the lines that found no room. One
// that saves itself does not: its reader is still writing them.
func (r *request) read(q *question.Question) (a question.Answer, made int, left string) {
	if q.Form != question.Table || r.c.Get(fiber.HeaderAccept) == fiber.MIMEApplicationJSON {
		return q.Read(r.typedAll), 0, ""
	}
	sheets := r.site.sheets()
	typed, made, left := q.More(r.typedAll, func(list, text string) (string, bool) { return sheets.Choice(list, text, r.Lang) })
	return q.Read(typed), made, left
}

// begunRows says whether a form only began rows that are still to be filled:
// that these lack something is not wrong yet.
func (r *request) begunRows(x *question.Section, wrong map[string]string) bool {
	code := r.typed("stay")
	for i := range x.Questions {
		q := &x.Questions[i]
		if q.Code != code || q.Form != question.Table {
			continue
		}
		answer, made, _ := r.read(q)
		rows, begun := question.Rows(answer), false
		for field := range wrong {
			_, rest, _ := strings.Cut(field, ".")
			n, err := strconv.Atoi(rest[:strings.IndexByte(rest+".", '.')])
			if strings.HasPrefix(field, code+".") && err == nil && n >= rows-made && n < rows && wrong[field] == r.T("wrong.required") {
				delete(wrong, field)
				begun = true
			}
		}
		return begun
	}
	return false
}

// noRoom adds to what is wrong the tables that have no room for all lines.
func (r *request) noRoom(x *question.Section, wrong map[string]string) map[string]string {
	for i := range x.Questions {
		q := &x.Questions[i]
		if _, _, left := r.read(q); left != "" && r.typed("seen."+q.Code) != "" {
			if wrong == nil {
				wrong = map[string]string{}
			}
			wrong[q.Code] = r.T("contribute.lines.left")
		}
	}
	return wrong
}

// fillMore offers rows of a table at once.
func (r *request) fillMore(a *page.Asked, q *question.Question) {
	if q.Adds() {
		r.fillField(&a.Adds, question.Several, q.Columns[0].List, 0, nil)
		a.Adds.Name, a.Adds.Label = question.AddField(q.Code), q.Columns[0].Ask.In(r.Lang)
	}
	if !q.Lined() {
		return
	}
	var all []string
	for _, c := range q.Columns {
		all = append(all, c.Ask.In(r.Lang))
	}
	a.Lines = part.Field{
		Name: question.LinesField(q.Code), Label: r.T("contribute.lines"), Type: "textarea", Optional: true, Value: a.Lines.Value,
		Hint: r.T("contribute.lines.hint", "columns", strings.Join(all, " | ")),
	}
	if i := q.Number(); i > 0 {
		a.Lines.Hint += " " + r.T("contribute.lines.number", "column", q.Columns[i].Ask.In(r.Lang))
	}
}

// inAYear is the day that is proposed for looking at a record again.
func (r *request) inAYear() question.Answer {
	return question.Answer(strconv.Quote(r.site.Now().AddDate(1, 0, 0).Format(time.DateOnly)))
}
