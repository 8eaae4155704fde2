package site

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/web/part"
)

// more is what the page of a record says besides.
func (r *request) more(rec *hub.Record) part.More {
	m := part.More{Answers: r.further(rec), Path: r.href("/published/" + rec.ID), Rev: strconv.FormatInt(rec.Rev, 10), CSRF: r.csrf()}
	if rec.Status != hub.StatusPublished {
		return m
	}
	m.Save, m.Collections = r.saveHref(rec.ID), r.collectionsOf(rec)
	m.Confirmed = r.T("record.confirmed.never")
	if !rec.Confirmed.IsZero() {
		m.Confirmed = r.T("record.confirmed", "day", r.Day(rec.Confirmed))
	}
	if !rec.ReviewBy.IsZero() && rec.ReviewBy.Before(r.site.Now()) {
		m.Stale = r.T("record.stale", "day", r.Day(rec.ReviewBy))
	}
	rights := r.site.Records.Rights(r.viewer, rec)
	if rights.Past && r.site.Writing.SetOf(rec) != nil {
		m.History = r.href(historyPath(rec))
	}
	m.Revises, m.Confirms, m.Withdraws = rights.Revises && r.site.Writing.SetOf(rec) != nil, rights.Edits, rights.Edits
	return m
}

// find is the record for the page at an address. Who still reads one that is
// gone from it for everybody else reads that it is.
func (r *request) find(ctx context.Context, k hub.Kind, slug string) (*hub.Record, error) {
	rec, err := r.site.Records.Find(ctx, r.viewer, k, slug)
	if err == nil && rec.Status == hub.StatusArchived {
		r.notice = r.gone(rec.Change.At, rec.Change.Act == hub.ActArchived) + " " + r.T("record.gone.still")
	}
	return rec, err
}

// gone says since when a record is gone from its address, and how that came.
func (r *request) gone(at time.Time, archived bool) string {
	if archived {
		return r.T("record.gone.archived", "day", r.Day(at))
	}
	return r.T("record.gone.withdrawn", "day", r.Day(at))
}

// further are the answers that a page has no place of its own for.
func (r *request) further(rec *hub.Record) (all []part.Answered) {
	set := r.site.Writing.Sets.Named(rec.Questions).For(rec)
	if set == nil {
		return nil
	}
	for _, q := range set.All() {
		if q.At != "" && !q.Closed(rec) || q.Form == question.Files && slices.Contains(showFiles, rec.Kind) {
			continue
		}
		lang := r.Lang
		if q.Get(rec, lang) == nil {
			lang = rec.Original
		}
		x, there := r.answered(rec, q, lang)
		if !there {
			continue
		}
		if rec.Kind == hub.Practice { // its page has parts
			x.Part = q.Part
		}
		all = append(all, x)
	}
	return all
}

// answered is a question with its answer in a language, as a page shows it.
// False for no answer, and where nothing of it is for the reader.
func (r *request) answered(rec *hub.Record, q *question.Question, l hub.Lang) (x part.Answered, there bool) {
	a := q.Get(rec, l)
	if a == nil {
		return x, false
	}
	if !q.Worded() {
		l = r.Lang
	}
	x.Ask = q.Ask.In(r.Lang)
	x.Lang, x.Dir = langDir(l)
	if q.Closed(rec) {
		x.Closed = r.T("record.closed")
	}
	switch q.Form {
	case question.Files:
		x.Files = r.filesAnswering(rec, q.Code)
	case question.Table:
		x.Columns, x.Rows = r.rowsSaid(q, a, l)
	default:
		x.Lines = r.values(q.Form, q.List, q.Write(a)[q.Code])
	}
	return x, len(x.Files)+len(x.Rows)+len(x.Lines) > 0
}

// values are those of an answer as a page shows them, with where they lead.
func (r *request) values(form question.Form, list string, values []string) (all []part.Said) {
	for _, v := range values {
		for _, line := range r.valueLines(form, list, []string{v}) {
			x := part.Said{Text: line}
			switch form {
			case question.Link:
				x.Href = v // the form takes https and http only
			case question.Record:
				x.Href = finder.Path(r.Lang, hub.Kind(list), v)
			}
			all = append(all, x)
		}
	}
	return all
}

// rowsSaid are the rows of an answer, without the columns in which nothing
// stands. What is in words is in the language l, the rest in the page's.
func (r *request) rowsSaid(q *question.Question, a question.Answer, l hub.Lang) (columns []string, rows [][]part.Cell) {
	shown := q.Write(a)
	rows = make([][]part.Cell, question.Rows(a))
	for _, c := range q.Columns {
		filled := false
		for i := range rows {
			filled = filled || len(shown[question.Field(q.Code, i, c.Code)]) > 0
		}
		if !filled {
			continue
		}
		columns = append(columns, c.Ask.In(r.Lang))
		in := l
		if c.Form != question.Line && c.Form != question.Text {
			in = r.Lang
		}
		for i := range rows {
			x := part.Cell{Lines: r.values(c.Form, c.List, shown[question.Field(q.Code, i, c.Code)])}
			x.Lang, x.Dir = langDir(in)
			rows[i] = append(rows[i], x)
		}
	}
	return columns, rows
}

// previewRecord shows a record on its way as it would be published.
func (s *Site) previewRecord(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	rec, _, err := s.contributed(ctx, r)
	if err != nil {
		return err
	}
	r.notice = r.T("contribute.preview.notice")
	return s.asPublished(ctx, r, rec)
}

// asPublished shows a record that is not published on the page that it would
// have.
func (s *Site) asPublished(ctx context.Context, r *request, rec *hub.Record) error {
	switch rec.Kind {
	case hub.Practice:
		return s.practicePage(ctx, r, rec)
	case hub.Publication:
		return s.publicationPage(ctx, r, rec)
	case hub.Resource:
		return s.resourcePage(ctx, r, rec, false)
	case hub.System:
		return s.systemPage(ctx, r, rec)
	case hub.Event:
		return s.eventPage(ctx, r, rec)
	case hub.Network:
		return s.networkPage(ctx, r, rec)
	case hub.Mechanism:
		if len(rec.States) == 1 {
			return s.profilePage(ctx, r, rec.States[0], rec)
		}
	}
	return hub.ErrNotFound
}

// actOnPublished does what the page of a published record offers.
func (s *Site) actOnPublished(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	id := r.c.Params("id")
	rev, _ := strconv.ParseInt(r.typed("rev"), 10, 64)
	var err error
	switch r.typed("act") {
	case "revise":
		draft, err := s.Records.Revise(ctx, r.viewer, id)
		if err != nil {
			return err
		}
		return r.c.Redirect(r.href(contributionPath(draft)), fiber.StatusSeeOther)
	case "confirm":
		_, err = s.Records.Confirm(ctx, r.viewer, id, rev)
	case "withdraw":
		_, err = s.Records.Archive(ctx, r.viewer, id, rev, strings.TrimSpace(r.typed("reason")))
		if err == nil {
			return r.done("/contribute", "record.withdraw")
		}
	default:
		return hub.ErrNotFound
	}
	if err != nil {
		return err
	}
	rec, err := s.Records.Load(ctx, r.viewer, id)
	if err != nil {
		return err
	}
	return r.c.Redirect(r.link(s.Records.HeadOf(rec)).Href, fiber.StatusSeeOther)
}
