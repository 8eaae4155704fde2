package site

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
)

// worded is a text as it stood for some time.
type worded struct {
	text   string
	since  time.Time
	struck *discuss.Decision
	id     string // names it in the form that strikes it out; empty for one that stands
}

// wordings are the earlier wordings of a post, for who reads the post now. Who
// moderates the space strikes one out.
func (s *Site) wordings(ctx context.Context, r *request) error { return s.wordingsPage(ctx, r, "") }

func (s *Site) wordingsPage(ctx context.Context, r *request, wrong string) error {
	t, p, err := s.Discuss.One(ctx, r.viewer, r.c.Params("space"), r.c.Params("thread"), r.seqOf(r.c.Params("seq")))
	if err != nil {
		return err
	}
	if len(p.Before) == 0 {
		return hub.ErrNotFound
	}
	v := page.WordingsView{Lede: r.T("wordings.lede"), Back: layout.Link{Href: r.href(postPath(t, p.Seq)), Text: r.T("wordings.back")}}
	v.Base = r.base(r.T("wordings.title", "number", r.Number(int(p.Seq))), "discuss", r.crumb("/discuss", "door.discuss"), r.threadLink(t))
	v.Lang, _ = langDir(p.Lang)
	say, err := s.Discuss.Mentioned(ctx, r.viewer, r.Lang, p)
	if err != nil {
		return err
	}
	since, all := p.Created, []worded(nil)
	for _, b := range p.Before {
		all = append(all, worded{markup.Mentions(b.Body, say), since, b.Struck, b.At.Format(time.RFC3339Nano)})
		since = b.At
	}
	all = append(all, worded{text: markup.Mentions(p.Body, say), since: since})
	if err := r.fillWordings(ctx, &v, t, all, wrong); err != nil {
		return err
	}
	for i, b := range p.Before { // the last change stands first
		step := &v.Steps[len(p.Before)-1-i]
		step.Added, step.Off = r.filesSaid("wordings.added", b.Added), r.filesSaid("wordings.off", b.Off)
	}
	return r.render(ctx, page.WordingsPage(v))
}

// filesSaid says what became of files, by name; empty for none.
func (r *request) filesSaid(key string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return r.T(key, "files", r.List(names))
}

// fillWordings shows what became of a text, the last change first, and to who
// moderates the space of its thread how a wording is struck out. wrong is what
// is wrong with the reason that they gave.
func (r *request) fillWordings(ctx context.Context, v *page.WordingsView, t discuss.Thread, all []worded, wrong string) error {
	x, err := r.site.Discuss.Space(ctx, r.viewer, t.Space)
	if err != nil {
		return err
	}
	may, err := r.site.Discuss.Rights(ctx, r.viewer, x, t)
	if err != nil {
		return err
	}
	v.Private, v.Members, v.Done = true, true, r.didSay()
	v.Steps = r.reworded(all)
	for i, w := range all {
		if !may.Moderate || w.id == "" || w.struck != nil || w.text == "" {
			continue
		}
		step := &v.Steps[len(all)-1-i]
		if step.Strike = w.id; wrong != "" && r.typed("wording") == w.id {
			step.Wrong, step.Reason = wrong, r.typed("reason")
		}
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return nil
}

// reworded is what became of a text, the last change first. Each wording stands
// beside the last one before it whose words are there.
func (r *request) reworded(all []worded) (steps []page.Wording) {
	before, any := "", false
	for i, w := range all {
		key := "wordings.step"
		if i == 0 {
			key = "wordings.first"
		}
		step := page.Wording{What: r.T(key, "when", r.moment(w.since))}
		if w.struck != nil {
			step.Struck = r.T("wordings.struck", "when", r.moment(w.struck.At), "reason", isolated(w.struck.Reason))
			steps = append(steps, step)
			continue
		}
		if !any {
			before, any = w.text, true // nothing of it is marked
		}
		step.Pieces = difference(before, w.text)
		steps, before = append(steps, step), w.text
	}
	slices.Reverse(steps)
	return steps
}

// strike strikes out an earlier wording of a post.
func (s *Site) strike(ctx context.Context, r *request) error {
	seq, until := r.c.Params("seq"), r.typed("wording")
	at, err := time.Parse(time.RFC3339Nano, until)
	if r.typed("act") != "strike" || err != nil {
		return hub.ErrNotFound
	}
	t, err := s.Discuss.Thread(ctx, r.viewer, r.c.Params("space"), r.c.Params("thread"))
	if err != nil {
		return err
	}
	err = s.Discuss.Strike(ctx, r.viewer, t.Space, t.Slug, r.seqOf(seq), at, r.typed("reason"))
	return r.struck(err, threadPath(t)+"/"+seq+"/before", func(wrong string) error { return s.wordingsPage(ctx, r, wrong) })
}

// strikeSummary strikes out an earlier wording of a summary.
func (s *Site) strikeSummary(ctx context.Context, r *request) error {
	n, err := strconv.ParseInt(r.typed("wording"), 10, 64)
	if r.typed("act") != "strike" || err != nil {
		return hub.ErrNotFound
	}
	t, err := s.Discuss.Thread(ctx, r.viewer, r.c.Params("space"), r.c.Params("thread"))
	if err != nil {
		return err
	}
	err = s.Discuss.StrikeSummary(ctx, r.viewer, t.Space, t.Slug, n, r.typed("reason"))
	return r.struck(err, summaryPath(t)+"/before", func(wrong string) error { return s.summaryWordingsPage(ctx, r, wrong) })
}

// struck answers who struck out a wording: with the page again where their
// reason is none.
func (r *request) struck(err error, path string, again func(wrong string) error) error {
	if wrong := r.wrong(err); wrong != nil {
		r.c.Status(fiber.StatusUnprocessableEntity)
		return again(r.T("wordings.strike.reason"))
	}
	if err != nil {
		return err
	}
	return r.done(path, "strike")
}
