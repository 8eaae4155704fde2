package site

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/sheet"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/contribute"
)

func (s *Site) sheetsRoutes(pages fiber.Router) {
	pages.Get("/contribute/table/:kind/sheet", s.serve(s.tableOf))
	pages.Post("/contribute/table/:kind/sheet", s.serve(s.bringTable))
	pages.Get("/contribute/table/:kind/sheet.xlsx", s.serve(s.tableFile("xlsx", xlsxType, (*sheet.Maker).ManyXLSX)))
	pages.Get("/contribute/table/:kind/sheet.csv", s.serve(s.tableFile("csv", csvType, (*sheet.Maker).ManyCSV)))
}

func tablePath(k hub.Kind) string { return "/contribute/table/" + string(k) + "/sheet" }

// tabled are the newest questions of the kind that the path names which
// everybody is asked, for who may write: most records answer those, whoever
// tests a later version.
func (s *Site) tabled(r *request) (*question.Set, error) {
	if err := r.writer(); err != nil {
		return nil, err
	}
	set := s.Writing.For(hub.Kind(r.c.Params("kind")), "")
	if set == nil || !s.Records.Writes(r.viewer) {
		return nil, hub.ErrNotFound
	}
	return set, nil
}

// tableFile sends the answers of several records as a file to be saved. Those
// to older questions are not in it.
func (s *Site) tableFile(ending, mediaType string, write func(*sheet.Maker, io.Writer, sheet.Many) error) handler {
	return func(ctx context.Context, r *request) error {
		set, err := s.tabled(r)
		if err != nil {
			return err
		}
		part, _ := strconv.Atoi(r.query.Get("part"))
		all, _, err := s.Records.Changeable(ctx, r.viewer, set.Kind, part)
		if err != nil {
			return err
		}
		o := sheet.Many{Set: set, In: r.Lang}
		for _, rec := range all {
			if of := s.Writing.SetOf(rec); of != nil && of.Name() == set.Name() {
				o.Records = append(o.Records, rec)
			}
		}
		var b bytes.Buffer
		if err := write(s.sheets(), &b, o); err != nil {
			return err
		}
		return r.sendSheet(b.Bytes(), r.T("kind."+string(set.Kind))+"."+ending, mediaType)
	}
}

// tableOf offers the records of a kind as a file, and takes it back.
func (s *Site) tableOf(ctx context.Context, r *request) error {
	set, err := s.tabled(r)
	if err != nil {
		return err
	}
	return s.tablePage(ctx, r, set, &broughtTable{})
}

// broughtTable is what somebody brought in a table.
type broughtTable struct {
	all     []contribute.Several
	shown   bool // its changes are to be shown
	wrong   []page.Misread
	where   map[string]func(field, value string) string // the place of an answer, by record and question
	changed bool                                        // somebody else was faster than the person who has just said yes
	left    []contribute.Weighed
}

// carriedRecord is what is given to a record between the page that shows what
// will change and the yes to it.
type carriedRecord struct {
	Record string    `json:"r"`
	Given  []carried `json:"g"`
}

// bringTable shows what a table would change, and changes it when told to.
func (s *Site) bringTable(ctx context.Context, r *request) error {
	set, err := s.tabled(r)
	if err != nil {
		return err
	}
	if r.typed("act") != "apply" {
		return s.tablePage(ctx, r, set, s.readTable(r, set))
	}
	b := &broughtTable{shown: true}
	var all []carriedRecord
	if json.Unmarshal([]byte(r.typed("given")), &all) != nil {
		return &hub.Invalid{Field: "given", Reason: hub.ReasonFormat}
	}
	var decided []contribute.Several
	for _, c := range all {
		given, kept := contribute.Several{Record: c.Record}, contribute.Several{Record: c.Record}
		for _, x := range c.Given {
			g := contribute.Given{Question: x.Question, Answer: x.Answer, Seen: x.Seen, Closed: x.Closed}
			given.Given = append(given.Given, g)
			if g, keeps := r.decided(g, c.Record+"."); keeps {
				kept.Given = append(kept.Given, g)
			}
		}
		b.all, decided = append(b.all, given), append(decided, kept)
	}
	left, held, err := s.Writing.AnswerMany(ctx, r.viewer, decided)
	if err != nil {
		return err
	}
	if held || len(left) > 0 {
		b.changed = held
		if !held {
			b.left = left
		}
		return s.tablePage(ctx, r, set, b)
	}
	return r.done("/contribute", "record.sheets")
}

// readTable reads the file of a form.
func (s *Site) readTable(r *request, set *question.Set) *broughtTable {
	b := &broughtTable{where: map[string]func(string, string) string{}}
	raw, err := r.upload("file", sheet.MaxFile)
	if err != nil {
		b.wrong = []page.Misread{{What: r.T("sheet.wrong.none")}}
		return b
	}
	f, err := sheet.Open(raw)
	switch {
	case err != nil:
	case !f.Many():
		err = &sheet.Problem{Reason: sheet.Single}
	case f.Set != set.Name():
		err = &sheet.Problem{Reason: sheet.Version, Value: f.Set}
	}
	if err != nil {
		b.wrong = r.misread(set, err)
		return b
	}
	rows, err := s.sheets().Rows(f, set)
	b.wrong, b.shown = r.misread(set, err), err == nil
	for _, row := range rows {
		given := contribute.Several{Record: row.Record}
		for _, a := range row.Answers {
			given.Given = append(given.Given, contribute.Given{Question: a.Question.Code, Answer: a.Answer, Seen: a.Mark, Closed: a.Closed})
			b.where[row.Record+"."+a.Question.Code] = r.placeIn(a)
		}
		b.all = append(b.all, given)
		b.where[row.Record] = func(string, string) string { return r.T("sheet.line", "row", strconv.Itoa(row.At)) }
	}
	return b
}

// tablePage shows what a table changes and what is wrong with it.
func (s *Site) tablePage(ctx context.Context, r *request, set *question.Set, b *broughtTable) error {
	v := page.SheetsView{
		Base: r.base(r.T("sheet.many.page"), "", r.crumb("/contribute", "contribute.title")),
		Kind: r.T("kind." + string(set.Kind)), Wrong: b.wrong, Read: b.shown, Changed: b.changed,
	}
	v.Private, v.Members = true, true
	for _, k := range s.Writing.Kinds() {
		if k != set.Kind {
			v.Kinds = append(v.Kinds, layout.Link{Href: r.href(tablePath(k)), Text: r.T("kind." + string(k))})
		}
	}
	for _, w := range b.left {
		v.Left = append(v.Left, r.tableLink(w.Now))
	}
	if err := s.tableParts(ctx, r, set.Kind, &v); err != nil {
		return err
	}
	if b.shown {
		if err := s.tableChanges(ctx, r, b, &v); err != nil {
			return err
		}
	}
	v.Applies = len(v.Records) > 0 && len(v.Wrong) == 0
	switch {
	case len(v.Wrong) > 0:
		r.c.Status(fiber.StatusUnprocessableEntity)
	case v.Clashes || b.changed || len(b.left) > 0:
		r.c.Status(fiber.StatusConflict)
	}
	return r.render(ctx, page.SheetsPage(v))
}

// tableParts are the files to take along.
func (s *Site) tableParts(ctx context.Context, r *request, k hub.Kind, v *page.SheetsView) error {
	_, n, err := s.Records.Changeable(ctx, r.viewer, k, 0)
	if err != nil {
		return err
	}
	for first := 0; first < n; first += record.PartOf {
		part := strconv.Itoa(first / record.PartOf)
		v.Parts = append(v.Parts, page.SheetPart{
			Name: r.T("sheet.many.part", "n", r.Number(len(v.Parts)+1)), Count: r.N("sheet.many.count", min(n-first, record.PartOf)),
			XLSX: r.href(tablePath(k)) + ".xlsx?part=" + part, CSV: r.href(tablePath(k)) + ".csv?part=" + part,
		})
	}
	return nil
}

// tableChanges fills in what the table changes, record by record.
func (s *Site) tableChanges(ctx context.Context, r *request, b *broughtTable, v *page.SheetsView) error {
	weighed, err := s.Writing.WeighMany(ctx, r.viewer, b.all)
	if err != nil {
		return err
	}
	var kept []carriedRecord
	for _, w := range weighed {
		if w.Now == nil {
			m := page.Misread{What: r.T("sheet.wrong."+sheet.Stranger, "value", w.Record)}
			if at := b.where[w.Record]; at != nil {
				m.Where = at("", "")
			}
			v.Wrong = append(v.Wrong, m)
			continue
		}
		if len(w.Changes) == 0 {
			continue
		}
		c := carriedRecord{Record: w.Record}
		x := page.RecordChange{Link: r.tableLink(w.Now), Draft: w.Now.Status == hub.StatusPublished}
		x.Lang, x.Dir = langDir(w.Now.Original)
		for _, change := range w.Changes {
			for _, err := range invalids(change.Wrong) {
				v.Wrong = append(v.Wrong, r.misanswered(s.sheets(), b.where[w.Record+"."+change.Question.Code], change, err))
			}
			g := change.Given
			c.Given = append(c.Given, carried{Question: g.Question, Answer: g.Answer, Seen: g.Seen, Closed: g.Closed})
			x.Changes = append(x.Changes, r.sheetChange(w.Now, w.Now.Original, change, w.Record+".")...)
			v.Clashes = v.Clashes || change.Clash
		}
		v.Records, kept, v.Cells = append(v.Records, x), append(kept, c), v.Cells+len(x.Changes)
	}
	v.Wrong = v.Wrong[:min(len(v.Wrong), mostMisread)]
	given, err := json.Marshal(kept)
	v.Given = string(given)
	return err
}

// tableLink leads to a record, on its way or published.
func (r *request) tableLink(rec *hub.Record) layout.Link {
	if rec.Status == hub.StatusPublished {
		return r.link(r.site.Records.HeadOf(rec))
	}
	return layout.Link{Href: r.href(contributionPath(rec)), Text: rec.In(rec.Original).Title}
}
