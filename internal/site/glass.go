package site

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
	"nmirfhub/web/part"
)

// glass is where who keeps the hub running opens a space that is closed to
// them.
func (s *Site) glass(ctx context.Context, r *request) error { return s.glassPage(ctx, r, nil) }

func (s *Site) glassPage(ctx context.Context, r *request, wrong map[string]string) error {
	if !s.Discuss.Breaks(r.viewer) {
		return hub.ErrNotFound
	}
	v := page.GlassView{Base: r.base(r.T("glass.title"), "", r.crumb("/account", "account.title")), Done: r.didSay()}
	v.Private, v.Members = true, true
	v.Fields = r.filled([]part.Field{
		{Name: "space", Label: r.T("glass.space"), Hint: r.T("glass.space.hint"), Latin: true, Most: hub.MaxSlug},
		{Name: "reason", Label: r.T("moderation.reason"), Hint: r.T("glass.reason.hint"), Type: "textarea", Most: discuss.MaxPurpose},
	}, wrong)
	open, err := s.Discuss.Glasses(ctx, r.viewer)
	if err != nil {
		return err
	}
	for _, g := range open {
		v.Open = append(v.Open, layout.Link{Href: r.href(spacePath(g.Space)), Text: r.T("glass.until", "space", g.Space, "when", r.moment(g.Until))})
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.GlassPage(v))
}

func (s *Site) breakGlass(ctx context.Context, r *request) error {
	_, err := s.Discuss.Break(ctx, r.viewer, r.typed("space"), r.typed("reason"))
	if wrong := r.wrong(err); wrong != nil {
		return s.glassPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/admin/glass", "glass")
}

// broken says when somebody from outside has opened a space, and why.
func (r *request) broken(ctx context.Context, space string) ([]string, error) {
	all, err := r.site.Discuss.Broken(ctx, r.viewer, space)
	var said []string
	for _, g := range all {
		said = append(said, r.T("glass.notice", "when", r.moment(g.At), "reason", g.Reason))
	}
	return said, err
}

// unmask looks up who wrote a post without a name, and says it on this page
// alone.
func (s *Site) unmask(ctx context.Context, r *request, t discuss.Thread, seq int64) error {
	id, err := s.Discuss.Unmask(ctx, r.viewer, t.Space, t.Slug, seq, r.typed("unmask-reason"))
	if wrong := r.wrong(err); wrong != nil {
		return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, wrong, r.T("discuss.reason"))
	}
	if err != nil {
		return err
	}
	return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, nil, r.T("glass.unmasked", "name", s.nameOf(ctx, id), "number", r.Number(int(seq))))
}
