package site

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/notify"
	page "nmirfhub/web/page/discuss"
	folk "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

// newsRoutes joins what is new for a person, how they hear of it, and the end
// of such mails. The last needs no sign-in, and mail programs send it without
// a page: what proves it is the token.
func (s *Site) newsRoutes(app, pages fiber.Router) {
	pages.Get("/news", s.serve(s.news))
	pages.Get("/account/notifications", s.serve(s.notifications))
	pages.Post("/account/notifications", s.serve(s.setNotifications))
	pages.Get(notify.StopPath+":token", s.serve(s.stopForm))
	app.Get(notify.StopPath+":token", s.stopFrom)
	app.Post(notify.StopPath+":token", s.stop)
}

// news is what is new in the threads that a person follows.
func (s *Site) news(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return r.c.Redirect(r.href("/signin?next="+r.href("/news")), fiber.StatusSeeOther)
	}
	all, err := s.Discuss.News(ctx, r.viewer)
	if err != nil {
		return err
	}
	v := page.NewsView{Base: r.base(r.T("news.title"), "discuss", r.crumb("/discuss", "door.discuss"))}
	v.Private, v.Members = true, true
	for _, n := range all {
		row := r.threadRow(n.Thread, n.Mark)
		row.Href = r.href(postPath(n.Thread, n.Mark.Seq+1))
		v.Rows = append(v.Rows, page.NewsRow{Thread: row, Space: r.spaceRow(n.Space).Title})
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.NewsPage(v))
}

// notifications is how a person hears of what is new.
func (s *Site) notifications(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return r.c.Redirect(r.href("/signin?next="+r.href("/account/notifications")), fiber.StatusSeeOther)
	}
	return s.notificationsPage(ctx, r, nil)
}

func (s *Site) notificationsPage(ctx context.Context, r *request, wrong map[string]string) error {
	p, err := s.Members.Person(ctx, r.viewer.Person)
	if err != nil {
		return err
	}
	v := folk.NotificationsView{Base: r.base(r.T("notifications.title"), "", r.crumb("/account", "account.title")), Done: r.didSay()}
	v.Private, v.Members = true, true
	var ways, zones []part.Option
	for _, w := range member.NewsWays {
		ways = append(ways, part.Option{Value: string(w), Label: r.T("notifications.way." + newsWay(w))})
	}
	for _, z := range member.Zones {
		zones = append(zones, part.Option{Value: z, Label: strings.ReplaceAll(z, "_", " ")})
	}
	zone := p.Zone
	if zone == "" {
		zone = "UTC"
	}
	v.Fields = r.filled([]part.Field{
		{Name: "news", Label: r.T("notifications.news"), Hint: r.T("notifications.news.hint"), Type: "select", Options: ways, Value: string(p.News)},
		{Name: "zone", Label: r.T("notifications.zone"), Hint: r.T("notifications.zone.hint"), Type: "select", Options: zones, Value: zone, Latin: true},
	}, wrong)
	return r.render(ctx, folk.NotificationsPage(v))
}

// newsWay names a way in the messages.
func newsWay(w member.News) string {
	if w == member.NewsAtOnce {
		return "once"
	}
	return string(w)
}

func (s *Site) setNotifications(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return hub.ErrNotFound
	}
	err := s.Members.SetNews(ctx, r.viewer.Person, member.News(r.typed("news")), r.typed("zone"))
	if wrong := r.wrong(err); wrong != nil {
		return s.notificationsPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/account/notifications", "profile")
}

// stopForm is the page that ends the mails. Opening it ends nothing: mail
// scanners open links.
func (s *Site) stopForm(ctx context.Context, r *request) error {
	token := r.c.Params("token")
	done := r.query.Get("done") == "stopped"
	if err := s.Notify.Stops(token); err != nil && !done {
		return err
	}
	v := page.StopView{Base: r.base(r.T("stop.title"), ""), Action: notify.StopPath + token + "?lang=" + string(r.Lang), Done: done}
	v.Private, v.Path = true, "/"
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.StopPage(v))
}

// stopFrom leads a person who follows the link of a mail to the page.
func (s *Site) stopFrom(c *fiber.Ctx) error {
	return c.Redirect("/"+string(hub.English)+notify.StopPath+c.Params("token"), fiber.StatusSeeOther)
}

// stop ends the mails.
func (s *Site) stop(c *fiber.Ctx) error {
	if err := s.Notify.Stop(c.UserContext(), c.Params("token")); err != nil {
		return err
	}
	lang, err := hub.ParseLang(c.Query("lang"))
	if err != nil {
		lang = hub.English
	}
	return c.Redirect("/"+string(lang)+notify.StopPath+c.Params("token")+"?done=stopped", fiber.StatusSeeOther)
}
