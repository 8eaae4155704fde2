package site

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/sheet"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/contribute"
	"nmirfhub/web/part"
)

func (s *Site) sheetRoutes(pages fiber.Router) {
	s.sheetsRoutes(pages)
	pages.Get("/contribute/:id/sheet", s.serve(s.sheet))
	pages.Post("/contribute/:id/sheet", s.serve(s.bringSheet))
	pages.Get("/contribute/:id/sheet.xlsx", s.serve(s.sheetFile("xlsx", xlsxType, (*sheet.Maker).XLSX)))
	pages.Get("/contribute/:id/sheet.csv", s.serve(s.sheetFile("csv", csvType, (*sheet.Maker).CSV)))
}

// The media types of sheets.
const (
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	csvType  = "text/csv; charset=utf-8"
)

// sheets makes sheets in the words of the hub.
func (s *Site) sheets() *sheet.Maker {
	return &sheet.Maker{
		Words: s.Vocabulary,
		Say:   func(l hub.Lang, key string, args ...string) string { return s.Catalogs.In(l).T(key, args...) },
		Records: func(k hub.Kind, l hub.Lang) []sheet.Option {
			var all []sheet.Option
			for _, h := range s.linkable(k, l) {
				all = append(all, sheet.Option{Code: h.Slug, Label: s.linkLabel(h, l)})
			}
			return all
		},
	}
}

// written is a record that the viewer writes, with its questions.
func (s *Site) written(ctx context.Context, r *request) (*hub.Record, *question.Set, error) {
	if err := r.writer(); err != nil {
		return nil, nil, err
	}
	rec, set, err := s.contributed(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	if !s.Records.Rights(r.viewer, rec).Writes || rec.Bare {
		return nil, nil, hub.ErrNotFound
	}
	return rec, set, nil
}

// sheetFile sends the questions of a record as a file to be saved.
func (s *Site) sheetFile(ending, mediaType string, write func(*sheet.Maker, io.Writer, sheet.Of) error) handler {
	return func(ctx context.Context, r *request) error {
		rec, set, err := s.written(ctx, r)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		lang := r.answerLang(rec)
		if err := write(s.sheets(), &b, sheet.Of{Set: set, Record: rec, Lang: lang, In: r.Lang}); err != nil {
			return err
		}
		return r.sendSheet(b.Bytes(), rec.In(lang).Title+" ("+string(lang)+")."+ending, mediaType)
	}
}

func (r *request) sendSheet(raw []byte, name, mediaType string) error {
	r.c.Set(fiber.HeaderContentDisposition, disposition(name))
	r.c.Set(fiber.HeaderContentSecurityPolicy, sandboxed)
	r.c.Set(fiber.HeaderContentType, mediaType)
	return r.c.Send(raw)
}

// sheet offers the questions of a record as a file, and takes it back.
func (s *Site) sheet(ctx context.Context, r *request) error {
	rec, set, err := s.written(ctx, r)
	if err != nil {
		return err
	}
	return s.sheetPage(ctx, r, rec, set, &brought{lang: rec.Original})
}

// brought is what somebody brought in a sheet.
type brought struct {
	lang    hub.Lang
	given   []contribute.Given
	shown   bool // its changes are to be shown
	wrong   []page.Misread
	where   map[string]func(field, value string) string // the place of an answer, by its question
	changed bool                                        // somebody else was faster than the person who has just said yes
}

// carried is an answer between the page that shows what will change and the
// yes to it. It is as little trusted as what is typed into a form.
type carried struct {
	Question string          `json:"q"`
	Answer   question.Answer `json:"a,omitempty"`
	Seen     string          `json:"s"`
	Closed   bool            `json:"c,omitempty"`
}

// bringSheet shows what a sheet would change, and changes it when told to.
func (s *Site) bringSheet(ctx context.Context, r *request) error {
	rec, set, err := s.written(ctx, r)
	if err != nil {
		return err
	}
	if r.typed("act") != "apply" {
		return s.sheetPage(ctx, r, rec, set, s.readSheet(ctx, r, rec, set))
	}
	b := &brought{lang: hub.Lang(r.typed("in")), shown: true}
	var all []carried
	if json.Unmarshal([]byte(r.typed("given")), &all) != nil {
		return &hub.Invalid{Field: "given", Reason: hub.ReasonFormat}
	}
	var given []contribute.Given
	for _, c := range all {
		g := contribute.Given{Question: c.Question, Answer: c.Answer, Seen: c.Seen, Closed: c.Closed}
		b.given = append(b.given, g)
		if g, keeps := r.decided(g, ""); keeps {
			given = append(given, g)
		}
	}
	done, _, err := s.Writing.AnswerWhole(ctx, r.viewer, rec.ID, b.lang, given)
	switch {
	case errors.Is(err, hub.ErrConflict), err == nil && done == nil:
		if rec, set, err = s.written(ctx, r); err != nil {
			return err
		}
		b.changed = true
		return s.sheetPage(ctx, r, rec, set, b)
	case err != nil:
		return err
	}
	return r.done(contributionPath(rec), "record.sheet")
}

// decided is an answer that clashed, as its writer has decided: it goes over
// the one that they were shown, or not at all. Of names its record in a form
// about several.
func (r *request) decided(g contribute.Given, of string) (contribute.Given, bool) {
	saw := r.typed("saw." + of + g.Question)
	switch r.typed("take." + of + g.Question) {
	case "theirs":
		return g, false
	case "mine":
		if len(saw) > 1 {
			g.Seen, g.Closed = saw[1:], saw[0] == 'm'
		}
	}
	return g, true
}

// readSheet reads the file of a form.
func (s *Site) readSheet(ctx context.Context, r *request, rec *hub.Record, set *question.Set) *brought {
	b := &brought{lang: rec.Original, where: map[string]func(string, string) string{}}
	raw, err := r.upload("file", sheet.MaxFile)
	if err != nil {
		b.wrong = []page.Misread{{What: r.T("sheet.wrong.none")}}
		return b
	}
	f, err := sheet.Open(raw)
	if err == nil && f.Many() {
		err = &sheet.Problem{Reason: sheet.Several}
	}
	if err == nil {
		err = s.belongs(ctx, r, f, rec, set)
	}
	if err != nil {
		b.wrong = r.misread(set, err)
		return b
	}
	b.lang = f.Lang
	answers, err := s.sheets().Answers(f, set)
	b.wrong, b.shown = r.misread(set, err), err == nil
	for _, a := range answers {
		b.given = append(b.given, contribute.Given{Question: a.Question.Code, Answer: a.Answer, Seen: a.Mark, Closed: a.Closed})
		b.where[a.Question.Code] = r.placeIn(a)
	}
	return b
}

// placeIn says where the fields and values of an answer stand in a sheet.
func (r *request) placeIn(a sheet.Answered) func(field, value string) string {
	return func(field, value string) string {
		row, column := a.Where(field, value)
		return r.T("sheet.at", "row", strconv.Itoa(row), "column", column)
	}
}

// upload is the content of a file of the form that was sent, and one byte more
// where it has more than most.
func (r *request) upload(name string, most int64) ([]byte, error) {
	header, err := r.c.FormFile(name)
	if err != nil {
		return nil, err
	}
	f, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(raw) == 0 {
		err = io.EOF
	}
	return raw, err
}

// belongs says whether a sheet is of a record and of the questions that it
// answers. The error is a sheet.Problem that names what it is of.
func (s *Site) belongs(ctx context.Context, r *request, f *sheet.Filled, rec *hub.Record, set *question.Set) error {
	if f.Record != rec.ID {
		name := r.T("sheet.unknown")
		if other, err := s.Records.Load(ctx, r.viewer, f.Record); err == nil {
			name = other.In(r.Lang).Title
		}
		return &sheet.Problem{Reason: sheet.Other, Value: name}
	}
	if _, err := hub.ParseLang(string(f.Lang)); err != nil || f.Set != set.Name() {
		return &sheet.Problem{Reason: sheet.Version, Value: f.Set}
	}
	return nil
}

// mostMisread is how many things a page names that are wrong with a sheet.
const mostMisread = 100

// misread is what is wrong with a sheet, in the reader's words.
func (r *request) misread(set *question.Set, err error) []page.Misread {
	var all []page.Misread
	for _, p := range sheet.Problems(err) {
		m := page.Misread{What: r.T("sheet.wrong."+p.Reason, "value", p.Value, "limit", strconv.Itoa(p.Limit))}
		if p.Row > 0 && p.Column != "" {
			m.Where = r.T("sheet.at", "row", strconv.Itoa(p.Row), "column", p.Column)
		}
		if q := set.Question(p.Question); q != nil {
			m.Ask = q.Ask.In(r.Lang)
		}
		if all = append(all, m); len(all) == mostMisread {
			break
		}
	}
	return all
}

// sheetPage shows what a sheet changes and what is wrong with it.
func (s *Site) sheetPage(ctx context.Context, r *request, rec *hub.Record, set *question.Set, b *brought) error {
	t := rec.In(rec.Original)
	back := layout.Link{Href: r.href(contributionPath(rec)), Text: t.Title}
	v := page.SheetView{
		Base: r.base(r.T("sheet.page"), "", r.crumb("/contribute", "contribute.title"), back), Heading: t.Title,
		XLSX: back.Href + "/sheet.xlsx", CSV: back.Href + "/sheet.csv", Wrong: b.wrong, Read: b.shown, Changed: b.changed,
	}
	v.Lang, v.Dir = langDir(t.Lang)
	v.Private, v.Members = true, true
	v.Languages = r.answerLanguages(rec)
	var changes []contribute.Change
	if b.shown {
		changes = s.Writing.Weigh(rec, b.lang, b.given)
	}
	var kept []carried
	for _, c := range changes {
		for _, err := range invalids(c.Wrong) {
			v.Wrong = append(v.Wrong, r.misanswered(s.sheets(), b.where[c.Question.Code], c, err))
		}
		g := c.Given
		kept = append(kept, carried{Question: g.Question, Answer: g.Answer, Seen: g.Seen, Closed: g.Closed})
		v.Changes = append(v.Changes, r.sheetChange(rec, b.lang, c, "")...)
		v.Clashes = v.Clashes || c.Clash
	}
	given, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	v.Given, v.Answered, v.In = string(given), string(b.lang), r.T("contribute.in", "lang", r.languageName(string(b.lang)))
	v.Applies = len(v.Changes) > 0 && len(v.Wrong) == 0
	switch {
	case len(v.Wrong) > 0:
		r.c.Status(fiber.StatusUnprocessableEntity)
	case v.Clashes || b.changed:
		r.c.Status(fiber.StatusConflict)
	}
	return r.render(ctx, page.SheetPage(v))
}

// answerLanguages are the languages to choose from, that of the original first.
func (r *request) answerLanguages(rec *hub.Record) []part.Option {
	all := []part.Option{{Value: string(rec.Original), Label: r.languageName(string(rec.Original))}}
	for _, o := range r.languages() {
		if o.Value != string(rec.Original) {
			all = append(all, o)
		}
	}
	return all
}

// misanswered says what is wrong with an answer, and how to mend it.
// at is the place of a field or a value; nil where it is not known.
func (r *request) misanswered(m *sheet.Maker, at func(field, value string) string, c contribute.Change, err *hub.Invalid) page.Misread {
	x := page.Misread{Ask: c.Question.Ask.In(r.Lang), What: r.T("wrong."+err.Reason, "limit", strconv.Itoa(err.Limit))}
	if err.Reason != hub.ReasonRequired {
		x.What += " " + r.T("sheet.mend", "how", m.How(c.Question, err.Field, r.Lang))
	}
	if at != nil {
		x.Where = at(err.Field, err.Value)
	}
	return x
}

// sheetChange is a change as the page shows it: cell by cell. Of names the
// record on a page about several.
func (r *request) sheetChange(rec *hub.Record, l hub.Lang, c contribute.Change, of string) []page.CellChange {
	q := c.Question
	all := r.cellChanges(q, c.Was, c.Is)
	if len(all) == 0 {
		return nil
	}
	if c.Clash {
		last := &all[len(all)-1]
		last.Clash, last.Question, last.Saw = true, of+q.Code, sheet.Seen(q, rec, l)
		last.Readers = r.T("sheet.readers.all")
		if q.Closed(rec) {
			last.Readers = r.T("sheet.readers.members")
		}
	}
	return all
}

// cellChanges are the cells in which two answers differ.
func (r *request) cellChanges(q *question.Question, was, is question.Answer) []page.CellChange {
	if q.Form != question.Table {
		return []page.CellChange{{Ask: q.Ask.In(r.Lang), Was: r.answerLines(nil, q, was), Is: r.answerLines(nil, q, is)}}
	}
	var all []page.CellChange
	before, after := q.Write(was), q.Write(is)
	for i := range max(question.Rows(was), question.Rows(is)) {
		for _, c := range q.Columns {
			field := question.Field(q.Code, i, c.Code)
			a, b := r.valueLines(c.Form, c.List, before[field]), r.valueLines(c.Form, c.List, after[field])
			if strings.Join(a, "\n") != strings.Join(b, "\n") {
				all = append(all, page.CellChange{Ask: q.Ask.In(r.Lang) + " – " + r.Number(i+1) + " – " + c.Ask.In(r.Lang), Was: a, Is: b})
			}
		}
	}
	return all
}

// linkable are the records of a kind that an answer may name: those that
// everybody may read.
func (s *Site) linkable(k hub.Kind, l hub.Lang) []*record.Head {
	var all []*record.Head
	q := record.Query{Kind: k, Order: record.ByTitle, Limit: record.MaxPage, Lang: l}
	if k == hub.Mechanism {
		q.Order = record.ByState
	}
	for {
		list, err := s.Records.List(hub.Public, q)
		if err != nil {
			return all
		}
		all = append(all, list.Heads...)
		if q.After = list.Next; q.After == "" {
			return all
		}
	}
}

// linkLabel is how such a record is called in a list of choices.
func (s *Site) linkLabel(h *record.Head, l hub.Lang) string {
	if h.Kind != hub.Mechanism {
		return h.In(l).Title
	}
	var names []string
	for _, c := range h.States {
		names = append(names, s.Vocabulary.StateName(c, l))
	}
	return s.Catalogs.In(l).List(names)
}
