package site

import (
	"context"
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/practice"
	"nmirfhub/web/part"
)

// askSpace is the space where questions about practices are asked.
const askSpace = "practices"

// mostAsked is how many questions the page of a practice shows.
const mostAsked = 20

// fillUse shows what became of a practice: where it comes from, who adapted it,
// what was asked about it; and what the reader can do with it.
func (s *Site) fillUse(ctx context.Context, r *request, v *page.View, rec *hub.Record) error {
	if rec.Adapts != "" {
		v.From = r.linksOf(s.Records.HeadsByID(r.viewer, rec.Adapts))
	}
	adaptations := s.Records.Adaptations(r.viewer, rec.ID)
	v.AdaptedBy = r.adaptedBy(adaptations)
	for _, h := range adaptations {
		a := page.Adaptation{Link: r.link(h), Who: r.statesOf(h), Locked: r.lockOf(h.Tier)}
		if h.Date != "" {
			a.Since = r.T("use.since", "when", r.Date(h.Date))
		}
		a.Lang, a.Dir = langDir(h.In(r.Lang).Lang)
		v.Adaptations = append(v.Adaptations, a)
	}
	if rec.Status != hub.StatusPublished {
		return nil
	}
	if s.Writing.Adapts(r.viewer, rec) {
		v.Adapt = r.href("/practices/" + rec.Slug + "/adapt")
	}
	if err := s.fillQuestions(ctx, r, v, rec); err != nil {
		return err
	}
	v.Join = v.Adapt == "" && v.Ask == "" && !v.Asks
	return nil
}

// adaptedBy says by how many mechanisms something was adapted; nothing for none.
func (r *request) adaptedBy(adaptations []*record.Head) string {
	by := map[hub.State]bool{}
	for _, h := range adaptations {
		by[h.Mechanism] = true
	}
	if len(by) == 0 {
		return ""
	}
	return r.N("use.adapted", len(by))
}

// fillQuestions shows what was asked about a practice, to who may read it, and
// where they ask.
func (s *Site) fillQuestions(ctx context.Context, r *request, v *page.View, rec *hub.Record) error {
	if !r.viewer.SignedIn() {
		return nil
	}
	x, err := s.Discuss.Space(ctx, r.viewer, askSpace)
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	v.Asks = true
	asks, err := s.Discuss.Asks(ctx, r.viewer, x)
	if err != nil {
		return err
	}
	if asks && (rec.Mechanism == "" || rec.Mechanism != r.viewer.Mechanism) {
		v.Ask = r.href(spacePath(askSpace) + "/new?" + url.Values{"about": {rec.ID}}.Encode())
	}
	found, err := s.Discuss.About(ctx, r.viewer, rec.ID, mostAsked)
	for _, n := range found {
		row := r.threadRow(n.Thread, n.Mark)
		v.Questions = append(v.Questions, part.Row{Href: row.Href, Text: row.Title, Lang: row.Lang, Dir: row.Dir, Meta: r.joined(row.When, row.Count, row.Answered)})
	}
	return err
}

// asked is the practice that a question which is written is about; nil for
// none. hub.ErrNotFound for one that the viewer may not read.
func (s *Site) asked(ctx context.Context, r *request) (*hub.Record, error) {
	id := r.typed("about")
	if r.c.Method() != fiber.MethodPost {
		id = r.query.Get("about")
	}
	if id == "" {
		return nil, nil
	}
	rec, err := s.Records.Load(ctx, r.viewer, id)
	if err == nil && (rec.Kind != hub.Practice || rec.Status != hub.StatusPublished) {
		err = hub.ErrNotFound
	}
	return rec, err
}

// aboutLink leads to the practice that a question is about.
func (r *request) aboutLink(rec *hub.Record) layout.Link {
	return layout.Link{Href: r.href("/practices/" + rec.Slug), Text: rec.In(r.Lang).Title}
}

// aboutTitle is what a question about a practice is called, until its author
// calls it something else.
func (r *request) aboutTitle(rec *hub.Record) string {
	title := []rune(r.T("use.ask.about", "title", rec.In(r.Lang).Title))
	return string(title[:min(len(title), discuss.MaxTitle)])
}

// aboutTags are what a question about a practice is tagged with: one of each
// list.
func aboutTags(rec *hub.Record) []discuss.Tag {
	body, err := record.Decode[practice.Practice](rec.Body)
	if err != nil {
		return nil
	}
	var all []discuss.Tag
	add := func(list string, codes ...string) {
		if len(codes) > 0 && codes[0] != "" {
			all = append(all, discuss.Tag{List: list, Code: codes[0]})
		}
	}
	add("challenge", body.Challenges...)
	add("capacity", body.Capacity)
	add("theme", rec.Themes...)
	if m := keeperOf(rec); m != "" {
		add(discuss.States, string(m))
	}
	return all
}

// keeperOf is the mechanism that answers for a practice: the one that owns it,
// else that of the only State it is of.
func keeperOf(rec *hub.Record) hub.State {
	if rec.Mechanism == "" && len(rec.States) == 1 {
		return rec.States[0]
	}
	return rec.Mechanism
}

// adaptForm asks what an adaptation is called.
func (s *Site) adaptForm(ctx context.Context, r *request) error { return s.adaptPage(ctx, r, nil) }

func (s *Site) adaptPage(ctx context.Context, r *request, wrong map[string]string) error {
	rec, err := s.adapting(ctx, r)
	if err != nil {
		return err
	}
	t := rec.In(r.Lang)
	of := layout.Link{Href: r.href("/practices/" + rec.Slug), Text: t.Title}
	v := page.AdaptView{Base: r.base(r.T("use.adapt.title"), "practices", r.crumb("/practices", "door.practices"), of), Of: of}
	v.Private, v.Members = true, true
	title := part.Field{Name: "title", Label: r.T("use.adapt.name"), Hint: r.T("use.adapt.name.hint"), Most: hub.MaxTitle}
	if set := s.Writing.Sets.For(hub.Practice, r.viewer.Mechanism); set != nil {
		for _, q := range set.All() {
			if q.At == "title" {
				title.Most = q.Most
			}
		}
	}
	v.Fields = r.filled([]part.Field{
		title, {Name: "lang", Label: r.T("contribute.new.lang"), Hint: r.T("contribute.new.lang.hint"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
	}, wrong)
	return r.render(ctx, page.AdaptPage(v))
}

// adapting is the practice that the viewer is about to adapt. Who has not signed
// in and who may not write answers learn nothing of it.
func (s *Site) adapting(ctx context.Context, r *request) (*hub.Record, error) {
	if err := r.writer(); err != nil {
		return nil, err
	}
	rec, err := s.Records.Find(ctx, r.viewer, hub.Practice, r.c.Params("slug"))
	if err == nil && !s.Writing.Adapts(r.viewer, rec) {
		err = hub.ErrNotFound
	}
	return rec, err
}

// adapt begins an adaptation.
func (s *Site) adapt(ctx context.Context, r *request) error {
	rec, err := s.adapting(ctx, r)
	if err != nil {
		return err
	}
	draft, err := s.Writing.Adapt(ctx, r.viewer, rec.ID, hub.Lang(r.typed("lang")), r.typed("title"))
	if wrong := r.wrong(err); wrong != nil {
		return s.adaptPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.c.Redirect(r.href(contributionPath(draft)+"/adaptation"), fiber.StatusSeeOther)
}
