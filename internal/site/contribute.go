package site

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/contribute"
	"nmirfhub/web/part"
)

func (s *Site) contributeRoutes(pages fiber.Router) {
	pages.Get("/contribute", s.serve(s.contributions))
	s.importRoutes(pages)
	pages.Get("/contribute/new", s.serve(s.newRecord))
	pages.Post("/contribute/new", s.serve(s.beginRecord))
	pages.Get("/contribute/:id", s.serve(s.contribution))
	pages.Post("/contribute/:id", s.serve(s.handContribution))
	pages.Get("/contribute/:id/preview", s.serve(s.previewRecord))
	s.historyRoutes(pages)
	s.sheetRoutes(pages)
	pages.Get("/contribute/:id/:section", s.serve(s.section))
	pages.Post("/contribute/:id/:section", s.serve(s.answerSection))
	pages.Get("/practices/new", s.serve(func(_ context.Context, r *request) error {
		return r.c.Redirect(r.href("/contribute/new?kind=practice"), fiber.StatusSeeOther)
	}))
	pages.Post("/published/:id", s.serve(s.actOnPublished))
}

// writer lets through who may write records at all.
func (r *request) writer() error {
	if !r.viewer.SignedIn() {
		return hub.ErrNotFound
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return nil
}

// writeHref is where a record of a kind is begun; empty for who may not.
func (r *request) writeHref(k hub.Kind) string {
	if !r.site.Records.Writes(r.viewer) {
		return ""
	}
	return r.href("/contribute/new?kind=" + string(k))
}

// contributions is what somebody writes, and what waits for their yes.
func (s *Site) contributions(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	own, err := s.Records.Mine(ctx, r.viewer)
	if err != nil {
		return err
	}
	waiting, err := s.Records.ToClear(ctx, r.viewer)
	if err != nil {
		return err
	}
	v := page.MineView{Base: r.base(r.T("contribute.title"), ""), Done: r.didSay(), Own: r.onTheirWay(own), ToClear: r.onTheirWay(waiting)}
	v.Private, v.Members = true, true
	v.Clears = s.Records.Clears(r.viewer, &hub.Record{Mechanism: r.viewer.Mechanism})
	for _, k := range s.Writing.Kinds() {
		v.Kinds = append(v.Kinds, layout.Link{Href: r.href("/contribute/new?kind=" + string(k)), Text: r.T("kind." + string(k))})
	}
	if s.Intake.Allows(r.viewer) {
		v.Import = layout.Link{Href: r.href(importPath), Text: r.T("import.title")}
	}
	v.Table = layout.Link{Href: r.href(tablePath(hub.Practice)), Text: r.T("sheet.many.page")}
	return r.render(ctx, page.MinePage(v))
}

func (r *request) onTheirWay(all []*hub.Record) []page.Item {
	var items []page.Item
	for _, rec := range all {
		t := rec.In(r.Lang)
		i := page.Item{
			Link: layout.Link{Href: r.href(contributionPath(rec)), Text: t.Title}, Kind: r.T("kind." + string(rec.Kind)),
			Status: r.T("contribute.status." + string(rec.Status)), When: r.moment(rec.Updated), Warn: rec.Status == hub.StatusReturned,
		}
		if rec.Status == hub.StatusClearing {
			i.Waits = strings.Join(r.stepWaits(rec), " · ")
		}
		i.Lang, i.Dir = langDir(t.Lang)
		items = append(items, i)
	}
	return items
}

func contributionPath(rec *hub.Record) string { return "/contribute/" + rec.ID }

// newRecord asks what a record is called, and in which language it is written.
func (s *Site) newRecord(ctx context.Context, r *request) error { return s.newRecordPage(ctx, r, nil) }

func (s *Site) newRecordPage(ctx context.Context, r *request, wrong map[string]string) error {
	if err := r.writer(); err != nil {
		return err
	}
	kind := hub.Kind(r.query.Get("kind"))
	set := s.Writing.For(kind, r.viewer.Mechanism)
	if set == nil {
		return hub.ErrNotFound
	}
	v := page.NewView{Base: r.base(r.T("contribute.new", "kind", r.T("kind."+string(kind))), "", r.crumb("/contribute", "contribute.title")), Lede: r.T("contribute.new.lede")}
	v.Private, v.Members = true, true
	if kind == hub.Publication && s.Intake.Allows(r.viewer) {
		v.Import = layout.Link{Href: r.href(importPath), Text: r.T("import.title")}
	}
	title := part.Field{Name: "title", Label: r.T("contribute.new.title"), Most: hub.MaxTitle}
	for _, q := range set.All() {
		if q.At == "title" {
			title.Label, title.Hint, title.Most = q.Ask.In(r.Lang), q.Help.In(r.Lang), q.Most
		}
	}
	v.Fields = r.filled([]part.Field{
		title, {Name: "lang", Label: r.T("contribute.new.lang"), Hint: r.T("contribute.new.lang.hint"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
	}, wrong)
	return r.render(ctx, page.NewPage(v))
}

func (s *Site) beginRecord(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	rec, err := s.Writing.Begin(ctx, r.viewer, hub.Kind(r.query.Get("kind")), hub.Lang(r.typed("lang")), r.typed("title"))
	if wrong := r.wrong(err); wrong != nil {
		return s.newRecordPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.c.Redirect(r.href(contributionPath(rec)), fiber.StatusSeeOther)
}

// contribution is a record on its way: where it stands and what comes next.
func (s *Site) contribution(ctx context.Context, r *request) error {
	return s.contributionPage(ctx, r, "")
}

func (s *Site) contributionPage(ctx context.Context, r *request, problem string) error {
	if err := r.writer(); err != nil {
		return err
	}
	rec, set, err := s.contributed(ctx, r)
	if err != nil {
		return err
	}
	t := rec.In(rec.Original)
	v := page.View{
		Base: r.base(t.Title, "", r.crumb("/contribute", "contribute.title")), Done: r.didSay(), Problem: problem, Heading: t.Title, Kind: r.T("kind." + string(rec.Kind)),
		Status: r.T("contribute.status." + string(rec.Status) + ".what"), Rev: strconv.FormatInt(rec.Rev, 10),
		Preview: r.href(contributionPath(rec) + "/preview"), History: r.href(contributionPath(rec) + "/history"),
	}
	v.Lang, v.Dir = langDir(t.Lang)
	v.Private, v.Members = true, true
	if rec.Adapts != "" {
		v.Adapts = r.linksOf(s.Records.HeadsByID(r.viewer, rec.Adapts))
	}
	rights := s.Records.Rights(r.viewer, rec)
	v.HandWhat = r.T("contribute.hand.what")
	if rec.Mechanism == "" {
		v.HandWhat = r.T("contribute.hand.alone")
	}
	if rights.Clears || rights.Reviews {
		v.Waits = strings.Join(r.stepWaits(rec), " · ")
	}
	v.Writes, v.Hands, v.Clears, v.Reviews = rights.Writes, rights.Writes, rights.Clears, rights.Reviews
	if rec.Status == hub.StatusReturned {
		v.Note = rec.Change.Note
		for _, x := range rec.Remarks {
			v.Remarks = append(v.Remarks, page.Remark{Link: r.toQuestion(rec, set, x.Question), Say: x.Text})
		}
	}
	for i, p := range s.Writing.Progress(rec) {
		x := set.Sections[i]
		v.Steps = append(v.Steps, page.Step{
			Link:     layout.Link{Href: r.href(contributionPath(rec) + "/" + x.Code), Text: x.Title.In(r.Lang)},
			Progress: r.T("contribute.progress", "done", r.Number(p.Done), "of", r.Number(p.Of)), Whole: p.Done == p.Of,
		})
	}
	if href := r.fillHref(rec); href != "" && rights.Writes {
		v.Import = layout.Link{Href: href, Text: r.T("import.title")}
	}
	if rights.Writes {
		v.Sheet = r.href(contributionPath(rec) + "/sheet")
	}
	if newer := s.Writing.Newer(rec); newer != nil && rights.Writes {
		was := s.Writing.Sets.Named(rec.Questions)
		v.Newer = r.T("contribute.newer", "n", r.Number(newer.Version), "now", r.Number(was.Version))
		for _, d := range r.differences(was, newer) {
			v.Other = append(v.Other, part.Row{Text: d.Ask, Meta: r.joined(d.Sort, d.Other)})
		}
	}
	for _, code := range s.Writing.Lacks(rec) {
		v.Lacks = append(v.Lacks, r.toQuestion(rec, set, code))
	}
	if v.Hands || v.Clears || v.Reviews {
		v.Sharper = r.sharper(rec, set)
	}
	if v.Clears || v.Reviews {
		v.Asks = r.asking(rec, set)
	}
	s.fillLanguages(r, &v, rec)
	return r.render(ctx, page.Page(v))
}

// contributed is the record that a page is about, with its questions.
func (s *Site) contributed(ctx context.Context, r *request) (*hub.Record, *question.Set, error) {
	rec, err := s.Records.Load(ctx, r.viewer, r.c.Params("id"))
	if err != nil {
		return nil, nil, err
	}
	set := s.Writing.SetOf(rec)
	if set == nil || rec.Status == hub.StatusPublished || rec.Status == hub.StatusArchived {
		return nil, nil, hub.ErrNotFound
	}
	return rec, set, nil
}

// toQuestion leads to a question in the form.
func (r *request) toQuestion(rec *hub.Record, set *question.Set, code string) layout.Link {
	for _, x := range set.Sections {
		for _, q := range x.Questions {
			if q.Code == code {
				return layout.Link{Href: r.href(contributionPath(rec) + "/" + x.Code + "#q-" + code), Text: q.Ask.In(r.Lang)}
			}
		}
	}
	return layout.Link{}
}

func (s *Site) fillLanguages(r *request, v *page.View, rec *hub.Record) {
	has := map[hub.Lang]bool{}
	for _, x := range rec.Versions {
		has[x.Lang] = true
		v.Languages = append(v.Languages, layout.Link{Href: v.Steps[0].Href + "?lang=" + string(x.Lang), Text: r.languageName(string(x.Lang))})
	}
	for _, o := range r.languages() {
		if !has[hub.Lang(o.Value)] {
			v.More = append(v.More, o)
		}
	}
	for _, t := range contribute.Tiers {
		v.Tiers = append(v.Tiers, part.Option{Value: string(t), Label: r.T("contribute.tier." + string(t)), Checked: rec.Tier == t})
	}
}

// handContribution does what the page of a record on its way offers.
func (s *Site) handContribution(ctx context.Context, r *request) error {
	if err := r.writer(); err != nil {
		return err
	}
	id, act := r.c.Params("id"), r.typed("act")
	rev, _ := strconv.ParseInt(r.typed("rev"), 10, 64)
	var err error
	switch act {
	case "submit":
		_, err = s.Records.Submit(ctx, r.viewer, id, rev)
	case "clear":
		_, err = s.Records.Clear(ctx, r.viewer, id, rev)
	case "publish":
		_, err = s.Records.Publish(ctx, r.viewer, id, rev)
	case "return":
		_, err = s.Writing.Return(ctx, r.viewer, id, rev, r.typed("note"), s.remarks(ctx, r))
	case "renew":
		_, err = s.Writing.Renew(ctx, r.viewer, id)
	case "tier":
		_, err = s.Writing.SetTier(ctx, r.viewer, id, hub.Tier(r.typed("tier")))
	default:
		return hub.ErrNotFound
	}
	var invalid *hub.Invalid
	switch {
	case errors.Is(err, hub.ErrConflict):
		r.c.Status(fiber.StatusConflict)
		return s.contributionPage(ctx, r, r.T("contribute.changed"))
	case errors.As(err, &invalid):
		if act == "tier" && invalid.Reason == hub.ReasonRange {
			act = "adapts"
		}
		r.c.Status(fiber.StatusUnprocessableEntity)
		if invalid.Field == "of" {
			act = invalid.Field
		}
		return s.contributionPage(ctx, r, r.T("contribute.wrong."+act))
	case err != nil:
		return err
	case act == "publish" || act == "clear":
		return r.done("/contribute", "record."+act)
	}
	return r.done("/contribute/"+id, "record."+act)
}

// remarks are what a reviewer asks about single answers.
func (s *Site) remarks(ctx context.Context, r *request) []hub.Remark {
	_, set, err := s.contributed(ctx, r)
	if err != nil {
		return nil
	}
	var all []hub.Remark
	for _, q := range set.All() {
		if text := strings.TrimSpace(r.typed("remark." + q.Code)); text != "" {
			all = append(all, hub.Remark{Question: q.Code, Text: text})
		}
	}
	return all
}
