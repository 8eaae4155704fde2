package site

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/contribute"
)

func (s *Site) historyRoutes(pages fiber.Router) {
	pages.Get("/contribute/:id/history", s.serve(s.recordHistory))
	pages.Post("/contribute/:id/history", s.serve(s.restoreRecord))
	pages.Get("/contribute/:id/history/:rev", s.serve(s.earlierRecord))
}

func historyPath(rec *hub.Record) string { return contributionPath(rec) + "/history" }

// ownPage leads to a record: to its page where it is published, else to where
// it is written.
func (r *request) ownPage(rec *hub.Record) layout.Link {
	if rec.Status == hub.StatusPublished {
		return r.link(r.site.Records.HeadOf(rec))
	}
	return layout.Link{Href: r.href(contributionPath(rec)), Text: titleIn(rec, r.Lang)}
}

// recordHistory is who did what to a record, and what each revision changed.
func (s *Site) recordHistory(ctx context.Context, r *request) error {
	return s.historyPage(ctx, r, "")
}

func (s *Site) historyPage(ctx context.Context, r *request, problem string) error {
	if err := r.writer(); err != nil {
		return err
	}
	past, err := s.Records.History(ctx, r.viewer, r.c.Params("id"))
	if err != nil {
		return err
	}
	now := past[0]
	set := s.Writing.SetOf(now)
	if set == nil || !s.Records.Rights(r.viewer, now).Past {
		return hub.ErrNotFound
	}
	rights := s.Records.Rights(r.viewer, now)
	back := r.ownPage(now)
	v := page.HistoryView{
		Base: r.base(r.T("contribute.history"), "", r.crumb("/contribute", "contribute.title"), back), Problem: problem,
		Back: back, BringsBack: rights.Writes || rights.Revises,
	}
	v.BackWhat = r.T("history.back.draft")
	if now.Status == hub.StatusPublished {
		v.BackWhat = r.T("history.back.published")
	}
	v.Private, v.Members = true, true
	for i, rec := range past {
		step := page.Past{What: r.T("contribute.act." + string(rec.Change.Act)), When: r.moment(rec.Change.At), Note: rec.Change.Note}
		if rec.Change.By != "" {
			step.Who = s.nameOf(ctx, rec.Change.By)
		}
		if rec.Change.From > 0 {
			step.Note = r.T("history.from", "n", r.Number(int(rec.Change.From)))
		}
		if i > 0 {
			step.Look, step.Rev = r.href(historyPath(now)+"/"+strconv.FormatInt(rec.Rev, 10)), strconv.FormatInt(rec.Rev, 10)
		}
		step.Waited = r.waited(rec)
		step.N = r.T("history.n", "n", r.Number(int(rec.Rev)))
		if d := rec.Cleared; d != nil && rec.Change.Act != hub.ActCleared && (i+1 == len(past) || past[i+1].Cleared == nil || !past[i+1].Cleared.At.Equal(d.At)) {
			step.Cleared = r.T("history.cleared", "who", s.nameOf(ctx, d.By), "when", r.moment(d.At))
		}
		if i+1 < len(past) {
			step.Changes = r.changes(set, past[i+1], rec)
		}
		v.Steps = append(v.Steps, step)
	}
	return r.render(ctx, page.HistoryPage(v))
}

// changes are the answers in which a revision differs from the one before, by
// question and language.
func (r *request) changes(set *question.Set, was, is *hub.Record) []page.Difference {
	var all []page.Difference
	for _, q := range set.All() {
		for _, l := range hub.Langs {
			a, b := q.Get(was, l), q.Get(is, l)
			if string(a) == string(b) {
				continue
			}
			d := page.Difference{Ask: q.Ask.In(r.Lang), Pieces: lineDifference(r.answerLines(was, q, a), r.answerLines(is, q, b))}
			if q.Worded() {
				d.In = r.languageName(string(l))
			}
			all = append(all, d)
			if !q.Worded() {
				break
			}
		}
	}
	return slices.Clip(all)
}

// earlierRecord shows a record as it was at a revision.
func (s *Site) earlierRecord(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	rev, err := strconv.ParseInt(r.c.Params("rev"), 10, 64)
	if err != nil {
		return hub.ErrNotFound
	}
	rec, err := s.Records.Revision(ctx, r.viewer, r.c.Params("id"), rev)
	if err != nil {
		return err
	}
	was := *rec
	was.Status = hub.StatusDraft // nothing is done with what is past
	r.notice = r.T("history.notice", "n", r.Number(int(rev)), "when", r.moment(rec.Updated))
	return s.asPublished(ctx, r, &was)
}

// restoreRecord brings back what a record said at a revision.
func (s *Site) restoreRecord(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	rev, _ := strconv.ParseInt(r.typed("rev"), 10, 64)
	rec, err := s.Writing.Restore(ctx, r.viewer, r.c.Params("id"), rev)
	var invalid *hub.Invalid
	switch {
	case errors.Is(err, hub.ErrConflict):
		r.c.Status(fiber.StatusConflict)
		return s.historyPage(ctx, r, r.T("contribute.changed"))
	case errors.As(err, &invalid):
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.historyPage(ctx, r, r.T("history.wrong"))
	case err != nil:
		return err
	}
	return r.done(contributionPath(rec), "record.restored")
}
