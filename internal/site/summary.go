package site

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
	"nmirfhub/web/part"
)

// summaryRoutes are the pages on which a group words the summary of a thread.
func (s *Site) summaryRoutes(pages fiber.Router) {
	pages.Get("/discuss/:space/:thread/summary", s.serve(s.summary))
	pages.Post("/discuss/:space/:thread/summary", s.serve(s.summaryAct))
	pages.Get("/discuss/:space/:thread/summary/before", s.serve(s.summaryWordings))
	pages.Post("/discuss/:space/:thread/summary/before", s.serve(s.strikeSummary))
}

func summaryPath(t discuss.Thread) string { return threadPath(t) + "/summary" }

// summaryBox is the summary as it stands above the posts, for whoever reads
// the thread; its words are not there where it was taken back.
func (r *request) summaryBox(ctx context.Context, t discuss.Thread, may discuss.Rights) (b page.SummaryBox, err error) {
	b.Leads = may.Lead
	if may.Lead || may.Write && t.Outcome == nil {
		b.Work = r.href(summaryPath(t))
		if t.Proposed > 0 {
			b.Waiting = r.N("summary.waiting", t.Proposed)
		}
	}
	if t.Summed() == "" {
		return b, nil
	}
	if t.Wording() > 1 {
		b.Before = r.href(summaryPath(t) + "/before")
	}
	if b.Said, err = r.summaryBy(ctx, *t.Summary); err != nil {
		return b, err
	}
	p := t.Signed(t.Summary.Body)
	b.Body, err = r.said(ctx, p, p.Body)
	return b, err
}

// summaryBy says who worded a summary, who accepted it, and when. Who leads is
// named by that.
func (r *request) summaryBy(ctx context.Context, w discuss.Summary) (string, error) {
	lead, day := r.T("summary.lead."+string(w.As)), r.moment(w.At)
	if w.As == "" {
		lead = r.T("summary.lead")
	}
	switch {
	case w.Body == "" && w.Struck == nil:
		return r.T("summary.by.taken", "lead", lead, "day", day), nil
	case w.From == "":
		return r.T("summary.by", "lead", lead, "day", day), nil
	}
	author, err := r.proposer(ctx, w.Author, w.Nameless)
	key := "summary.by.proposed"
	if w.Changed {
		key = "summary.by.changed"
	}
	return r.T(key, "author", author, "lead", lead, "day", day), err
}

// proposer is who proposed something, as a sentence calls them.
func (r *request) proposer(ctx context.Context, person string, nameless bool) (string, error) {
	a, err := r.site.Discuss.Author(ctx, r.viewer, person, nameless)
	switch {
	case a.Nameless:
		return r.T("summary.nameless"), err
	case a.Gone:
		return r.T("summary.former"), err
	}
	by, _, _ := r.authorOf(a)
	return by, err
}

// summaryText says how a text of a summary reads in differences: with the names
// of whom it mentions as the reader may see them.
func (r *request) summaryText(ctx context.Context, t discuss.Thread) (func(text string) string, error) {
	names := map[string]string{}
	for _, c := range t.Cited {
		say, err := r.site.Discuss.Mentioned(ctx, r.viewer, r.Lang, discuss.Post{Mentions: []string{c.Person}})
		if err != nil {
			return nil, err
		}
		names[c.Person] = say(1)
	}
	return func(text string) string {
		p := t.Signed(text)
		return markup.Mentions(p.Body, func(n int) string { return names[p.Mentions[n-1]] })
	}, nil
}

// typedSummary is what was typed on the page of a summary, and why it is shown
// again.
type typedSummary struct {
	wrong    map[string]string
	problem  string
	found    []string // what looks like a person's case
	preview  bool
	conflict bool
}

// summary is the page on which the group works on the summary of a thread.
func (s *Site) summary(ctx context.Context, r *request) error {
	return s.summaryPage(ctx, r, typedSummary{})
}

func (s *Site) summaryPage(ctx context.Context, r *request, again typedSummary) error {
	x, err := s.Discuss.Table(ctx, r.viewer, r.c.Params("space"), r.c.Params("thread"))
	if err != nil {
		return err
	}
	t := x.Thread
	if t.Space != r.c.Params("space") && r.c.Method() == fiber.MethodGet { // it was moved
		return r.c.Redirect(r.href(summaryPath(t)), fiber.StatusSeeOther)
	}
	row := r.spaceRow(x.Space)
	v := page.SummaryView{
		Base: r.base(r.T("discuss.summary"), "discuss", r.crumb("/discuss", "door.discuss"), layout.Link{Href: row.Href, Text: row.Title}, r.threadLink(t)),
		Who:  row.Who, Shut: row.Shut, Frank: frank(x.Space), Done: r.didSay(), Problem: again.problem, Leads: x.Leads, Back: r.threadLink(t),
	}
	v.Private, v.Members = true, true
	v.Lang, v.Dir = langDir(t.Lang)
	if v.Box, err = r.summaryBox(ctx, t, discuss.Rights{}); err != nil {
		return err
	}
	if t.Wording() > 0 && x.Leads {
		v.Box.Before = r.href(summaryPath(t) + "/before")
	}
	if err := r.fillProposals(ctx, &v, x, again); err != nil {
		return err
	}
	if x.Again && t.Proposed > 0 {
		v.Again = layout.Link{Href: r.href("/signin?next=" + url.QueryEscape(r.href(summaryPath(t)))), Text: r.T("signin")}
	}
	switch {
	case x.Leads:
		v.Form = r.summaryForm(x, again, "summarise")
	case x.Writes:
		v.Form = r.summaryForm(x, again, "propose")
	case t.Outcome != nil:
		v.Shutting = r.T("summary.over")
	default:
		v.Shutting = r.T("summary.shut")
	}
	if v.Form != nil && v.Form.Previewed {
		v.Form.Preview = r.preview(ctx, t.Space, t.Slug, v.Form.Text.Value)
	}
	if len(again.wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	if again.conflict {
		r.c.Status(fiber.StatusConflict)
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.SummaryPage(v))
}

// summaryForm is where a wording is written: as the summary by who leads, or as
// a proposal.
func (r *request) summaryForm(x discuss.Table, again typedSummary, act string) *page.SummaryForm {
	now := x.Thread.Summed()
	f := &page.SummaryForm{
		Act: act, Key: hub.NewID(), On: strconv.FormatInt(x.Thread.Wording(), 10), Draft: "summary " + x.Thread.ID,
		Go: r.T("summary." + act + ".go"), Title: r.T("summary." + act), What: r.T("summary." + act + ".what"),
		Text: part.Field{
			Name: "summary", Label: r.T("summary.text"), Hint: r.T("discuss.summary.hint") + " " + r.T("summary.marks"),
			Type: "textarea", Rows: 10, Most: discuss.MaxPost, Value: now,
		},
	}
	if act == "propose" {
		f.Why = &part.Field{Name: "why", Label: r.T("summary.why"), Optional: true, Most: discuss.MaxPurpose}
		f.Voice = x.Space.Anonymous
	}
	typed := r.typed("act")
	if typed != act && (typed != "preview" || r.typed("of") != act) {
		return f
	}
	f.Text.Value, f.Text.Error = strings.ReplaceAll(r.typed("summary"), "\r\n", "\n"), again.wrong["summary"]
	f.Key, f.Nameless, f.Found = r.typed("key"), r.typed("as") == "nameless", again.found
	if f.Why != nil {
		f.Why.Value, f.Why.Error = r.typed("why"), again.wrong["why"]
	}
	if act == "propose" { // it may start from an older wording: nothing is lost by that
		f.On = r.typed("on")
	}
	if again.preview || again.conflict {
		f.Previewed = true
		f.Pieces = difference(now, f.Text.Value)
	}
	return f
}

// fillProposals shows the proposals that wait, and what became of the reader's
// own.
func (r *request) fillProposals(ctx context.Context, v *page.SummaryView, x discuss.Table, again typedSummary) error {
	read, err := r.summaryText(ctx, x.Thread)
	if err != nil {
		return err
	}
	now, mine := read(x.Thread.Summed()), r.typed("id")
	for _, p := range x.Waiting {
		a, err := r.site.Discuss.Author(ctx, r.viewer, p.By, p.Nameless)
		if err != nil {
			return err
		}
		by, _, _ := r.authorOf(a)
		if p.Mine {
			by = r.T("summary.yours")
		}
		w := page.Proposal{
			ID: p.ID, Who: by, When: r.moment(p.Created), Why: p.Why, Seen: strconv.FormatInt(x.Thread.Wording(), 10),
			Pieces: difference(now, read(p.Body)), Decides: x.Leads, Withdraws: p.Mine, Text: p.Body,
		}
		if p.Nameless && p.Mine {
			w.Who = r.T("summary.yours.nameless")
		}
		if p.Older {
			w.Older = r.T("summary.older")
			w.Then = difference(read(p.Base), read(p.Body))
		}
		if mine == p.ID {
			w.Wrong, w.Reason = again.wrong["reason"], r.typed("reason")
			if r.typed("act") == "accept" {
				w.Text, w.Changing = r.typed("summary"), true
				w.TextWrong = again.wrong["summary"]
			}
		}
		v.Waiting = append(v.Waiting, w)
	}
	for _, p := range x.Own {
		d := page.Decided{
			What: r.T("summary.fate."+string(p.State), "day", r.moment(p.Decided.At)), Reason: p.Decided.Reason,
			When: r.moment(p.Created), Pieces: difference(read(p.Base), read(p.Body)),
		}
		v.Own = append(v.Own, d)
	}
	return nil
}

// summaryAct does something with the summary of a thread.
func (s *Site) summaryAct(ctx context.Context, r *request) error {
	space, slug, what, id := r.c.Params("space"), r.c.Params("thread"), r.typed("act"), r.typed("id")
	t, err := s.Discuss.Thread(ctx, r.viewer, space, slug)
	if err != nil {
		return err
	}
	seen, on := r.seqOf(r.typed("seen")), r.seqOf(r.typed("on"))
	switch what {
	case "preview":
		return s.summaryPage(ctx, r, typedSummary{preview: true})
	case "propose", "summarise":
		if found := r.casesIn(r.typed("summary") + "\n" + r.typed("why")); len(found) > 0 && r.typed("sure") != "1" {
			return s.summaryPage(ctx, r, typedSummary{found: found})
		}
	}
	var p discuss.Proposal
	switch what {
	case "propose":
		p, err = s.Discuss.Propose(ctx, r.viewer, space, slug, discuss.NewProposal{
			Body: r.typed("summary"), Why: r.typed("why"), On: on, Nameless: r.typed("as") == "nameless", Key: r.typed("key"),
		})
		if err == nil && !p.Began(r.typed("summary")) {
			return s.summaryPage(ctx, r, typedSummary{problem: r.T("discuss.again"), conflict: true})
		}
	case "summarise":
		_, err = s.Discuss.Summarise(ctx, r.viewer, space, slug, r.typed("summary"), on)
	case "accept":
		_, err = s.Discuss.Accept(ctx, r.viewer, space, slug, id, r.typed("summary"), seen)
	case "aside":
		err = s.Discuss.SetAside(ctx, r.viewer, space, slug, id, r.typed("reason"))
	case "withdraw":
		err = s.Discuss.Withdraw(ctx, r.viewer, space, slug, id)
	case "restore":
		_, err = s.Discuss.Restore(ctx, r.viewer, space, slug, r.seqOf(r.typed("n")), seen)
	default:
		return hub.ErrNotFound
	}
	wrong := r.wrongProposal(err)
	switch {
	case errors.Is(err, hub.ErrConflict):
		return s.summaryPage(ctx, r, typedSummary{problem: r.T("summary.conflict"), conflict: true})
	case wrong != nil && wrong["summary"]+wrong["why"]+wrong["reason"] == "":
		problem := r.T("discuss.wrong")
		for _, said := range wrong {
			problem = said
		}
		return s.summaryPage(ctx, r, typedSummary{problem: problem, wrong: wrong})
	case wrong != nil:
		return s.summaryPage(ctx, r, typedSummary{wrong: wrong, problem: wrong["reason"]})
	case err != nil:
		return err
	}
	if what == "accept" || what == "summarise" || what == "restore" {
		return r.done(threadPath(t), "summary."+what)
	}
	return r.done(summaryPath(t), "summary."+what)
}

// wrongProposal is what is wrong with a form of the summary, by field.
func (r *request) wrongProposal(err error) map[string]string {
	wrong := r.wrongOr(err, "summary")
	for _, i := range invalids(err) {
		switch {
		case i.Field == "own" || i.Field == "open":
			wrong[i.Field] = r.T("summary.many."+i.Field, "limit", r.Number(i.Limit))
		case i.Field == "reason":
			wrong[i.Field] = r.T("summary.reason")
		}
	}
	return wrong
}

// casesIn is what in a text looks like a person's case, in words.
func (r *request) casesIn(text string) (found []string) {
	for _, f := range discuss.LookThrough(text) {
		found = append(found, r.T("discuss.case."+string(f)))
	}
	return found
}

// summaryWordings are the wordings of a summary, for who reads the thread. Who
// leads it brings one back.
func (s *Site) summaryWordings(ctx context.Context, r *request) error {
	return s.summaryWordingsPage(ctx, r, "")
}

func (s *Site) summaryWordingsPage(ctx context.Context, r *request, wrong string) error {
	t, all, err := s.Discuss.Wordings(ctx, r.viewer, r.c.Params("space"), r.c.Params("thread"))
	if err != nil {
		return err
	}
	x, err := s.Discuss.Space(ctx, r.viewer, t.Space)
	if err != nil {
		return err
	}
	may, err := s.Discuss.Rights(ctx, r.viewer, x, t)
	if err != nil {
		return err
	}
	v := page.WordingsView{Lede: r.T("wordings.lede"), Back: layout.Link{Href: r.href(threadPath(t)), Text: r.T("summary.back")}}
	v.Base = r.base(r.T("summary.wordings"), "discuss", r.crumb("/discuss", "door.discuss"), r.threadLink(t))
	v.Lang, _ = langDir(t.Lang)
	texts := []worded(nil)
	read, err := r.summaryText(ctx, t)
	if err != nil {
		return err
	}
	for _, w := range all {
		said := worded{text: read(w.Body), since: w.At, struck: w.Struck}
		if w.N != t.Wording() {
			said.id = strconv.FormatInt(w.N, 10)
		}
		texts = append(texts, said)
	}
	if err := r.fillWordings(ctx, &v, t, texts, wrong); err != nil {
		return err
	}
	for i := range v.Steps { // the last one first
		w := all[len(all)-1-i]
		if v.Steps[i].By, err = r.summaryBy(ctx, w); err != nil {
			return err
		}
		if may.Lead && w.N != t.Wording() && w.Body != "" && w.Body != t.Summed() {
			v.Steps[i].Restore = strconv.FormatInt(w.N, 10)
		}
	}
	v.Action, v.Seen = r.href(summaryPath(t)), strconv.FormatInt(t.Wording(), 10)
	return r.render(ctx, page.WordingsPage(v))
}
