package site

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
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
// *hub.TooMany for who asks again and again.
func (r *request) peopleOf(ctx context.Context, space, slug string) ([]page.Person, error) {
	if err := r.site.Discuss.MayWrite(ctx, r.viewer, space, slug); err != nil {
		return nil, err
	}
	if err := r.site.mentioned.Take(r.viewer.Person, peopleAMinute, time.Minute, r.site.Now()); err != nil {
		return nil, err
	}
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
// puts the one they chose at the end of what is typed. Who asks again and again
// is told to wait, and keeps their text.
func (r *request) mentions(ctx context.Context, c *page.Composer, space, slug, typed string) (err error) {
	var many *hub.TooMany
	c.People, err = r.peopleOf(ctx, space, slug)
	if errors.Is(err, hub.ErrForbidden) {
		err = nil // who edits where nobody writes now mentions nobody new
	}
	if c.Listed = err == nil; errors.As(err, &many) {
		c.Wait, err = r.T("mention.wait"), nil
		r.c.Status(fiber.StatusTooManyRequests)
	}
	if _, handle, is := strings.Cut(r.typed("act"), mentionOf); is {
		c.Text = strings.TrimRight(typed, " ")
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

	ofEdited = "edit-" // comes before it in the form of a post that is edited
)

// composes says whether a button shows a composer again.
func composes(act string) bool {
	return act == actPreview || act == actAttach || act == actPeople || strings.HasPrefix(act, mentionOf)
}

// edits says whether a button belongs to the form of a post that is edited, and
// shows says whether it shows that again.
func edits(act string) (is, shows bool) {
	rest, of := strings.CutPrefix(act, ofEdited)
	shows = of && composes(rest)
	return act == "edit" || shows, shows
}

// preview is what somebody writes as it will be shown. What cannot be shown is
// refused when it is sent.
func (r *request) preview(ctx context.Context, space, slug, typed string) markup.HTML {
	p, err := r.site.Discuss.Preview(ctx, r.viewer, space, slug, typed)
	if err != nil {
		p = discuss.Post{Body: typed}
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
