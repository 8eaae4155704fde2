package site

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/markup"
	page "nmirfhub/web/page/discuss"
)

// Where a script asks whom the reader may mention: in a thread, which may move,
// and in one that is still to begin.
func peopleIn(t discuss.Thread) string   { return "/thread/" + t.ID + "/people" }
func peopleFirst(x discuss.Space) string { return spacePath(x.Slug) + "/new/people" }

func (s *Site) mentionableIn(ctx context.Context, r *request) error {
	_, t, err := s.Discuss.ThreadOf(ctx, r.viewer, r.c.Params("id"))
	if err != nil {
		return err
	}
	return s.mentionable(ctx, r, t.Space, t.Slug)
}

func (s *Site) mentionableFirst(ctx context.Context, r *request) error {
	return s.mentionable(ctx, r, r.c.Params("space"), "")
}

// mentionable answers a script with those whom the reader may mention where they
// write. Who may not write there gets what there is not.
func (s *Site) mentionable(ctx context.Context, r *request, space, slug string) error {
	if err := s.Discuss.MayWrite(ctx, r.viewer, space, slug); err != nil {
		return err
	}
	if err := s.mentioned.Take(r.viewer.Person, peopleAMinute, time.Minute, s.Now()); err != nil {
		return err
	}
	all, err := r.peopleOf(ctx, space, slug)
	if err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.c.JSON(struct {
		Items []page.Person `json:"items"`
	}{all})
}

// peopleOf are those whom the reader may mention where they write.
func (r *request) peopleOf(ctx context.Context, space, slug string) ([]page.Person, error) {
	found, err := r.site.Discuss.People(ctx, r.viewer, space, slug)
	all := []page.Person{}
	for _, m := range found {
		p := page.Person{Handle: m.Handle, Name: m.Name, Note: r.T("role." + string(m.Role))}
		if m.Mechanism != "" {
			p.Note = r.site.Vocabulary.StateName(m.Mechanism, r.Lang)
		}
		all = append(all, p)
	}
	return all, err
}

// mentions shows in a composer, to who has no script, whom they may mention, and
// puts the one they chose at the end of what is typed.
func (r *request) mentions(ctx context.Context, c *page.Composer, space, slug string) (err error) {
	c.Listed = true
	c.People, err = r.peopleOf(ctx, space, slug)
	if handle, is := strings.CutPrefix(r.typed("act"), mentionOf); is {
		c.Text = strings.TrimRight(r.typed("body"), " ")
		if c.Text != "" && !strings.HasSuffix(c.Text, "\n") {
			c.Text += " "
		}
		c.Text += "@" + handle + " "
	}
	return err
}

// What the buttons of a composer do beside sending it.
const (
	actPreview = "preview"
	actAttach  = "attach"
	actPeople  = "people"   // shows whom one may mention
	mentionOf  = "mention " // a handle follows
)

// composes says whether a button shows a composer again.
func composes(act string) bool {
	return act == actPreview || act == actAttach || act == actPeople || strings.HasPrefix(act, mentionOf)
}

// preview is what somebody writes as it will be shown. What cannot be shown is
// refused when it is sent.
func (r *request) preview(ctx context.Context, space, slug string) markup.HTML {
	p, err := r.site.Discuss.Preview(ctx, r.viewer, space, slug, r.typed("body"))
	if err != nil {
		p = discuss.Post{Body: r.typed("body")}
	}
	html, _ := r.said(ctx, p, p.Body)
	return html
}

// said is a wording of a post as HTML, with those whom it mentions as the
// reader may see them.
func (r *request) said(ctx context.Context, p discuss.Post, wording string) (markup.HTML, error) {
	html, err := r.site.marked.Render(wording)
	if err != nil || len(p.Mentions) == 0 {
		return html, err
	}
	say, err := r.site.Discuss.Mentioned(ctx, r.viewer, r.Lang, p)
	if err != nil {
		return "", err
	}
	return html.Mentions(say), nil
}

// peopleAMinute is how often somebody may ask whom they can mention.
const peopleAMinute = 60
