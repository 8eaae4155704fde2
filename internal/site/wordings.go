package site

import (
	"context"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
)

// wordings are the earlier wordings of a post, for who reads the post now.
func (s *Site) wordings(ctx context.Context, r *request) error {
	t, p, err := s.Discuss.One(ctx, r.viewer, r.c.Params("space"), r.c.Params("thread"), r.seqOf(r.c.Params("seq")))
	if err != nil {
		return err
	}
	if len(p.Before) == 0 {
		return hub.ErrNotFound
	}
	texts, times := []string{}, []time.Time{p.Created}
	for _, b := range p.Before {
		texts, times = append(texts, b.Body), append(times, b.At)
	}
	v := page.WordingsView{Lede: r.T("wordings.lede"), Back: layout.Link{Href: r.href(postPath(t, p.Seq)), Text: r.T("wordings.back")}}
	v.Base = r.base(r.T("wordings.title", "number", r.Number(int(p.Seq))), "discuss", r.crumb("/discuss", "door.discuss"), r.threadLink(t))
	v.Private, v.Members = true, true
	v.Lang, _ = langDir(p.Lang)
	say, err := s.Discuss.Mentioned(ctx, r.viewer, r.Lang, p)
	if err != nil {
		return err
	}
	texts = append(texts, p.Body)
	for i := range texts {
		texts[i] = markup.Mentions(texts[i], say)
	}
	v.Steps = r.worded(texts, times)
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

// worded is what became of a text, the last change first. times says since when
// each text stood.
func (r *request) worded(texts []string, times []time.Time) (all []page.Wording) {
	before := ""
	for i, text := range texts {
		key := "wordings.step"
		if i == 0 {
			key, before = "wordings.first", text // nothing of it is marked
		}
		all = append(all, page.Wording{What: r.T(key, "when", r.moment(times[i])), Pieces: difference(before, text)})
		before = text
	}
	slices.Reverse(all)
	return all
}
