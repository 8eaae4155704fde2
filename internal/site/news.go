package site

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/live"
	"nmirfhub/internal/member"
	"nmirfhub/internal/notify"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
	folk "nmirfhub/web/page/people"
	"nmirfhub/web/part"
)

// newsRoutes joins what is new for a person, how they hear of it, and the end
// of such mails. The last needs no sign-in, and mail programs send it without
// a page: what proves it is the token.
func (s *Site) newsRoutes(app, pages fiber.Router) {
	pages.Get("/news", s.serve(s.news))
	pages.Post("/discuss/:space", s.serve(s.hearSpace))
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
	asked, err := s.Discuss.AskedOf(ctx, r.viewer, mostNews)
	if err != nil {
		return err
	}
	v := page.NewsView{Base: r.base(r.T("news.title"), "discuss", r.crumb("/discuss", "door.discuss"))}
	v.Private, v.Members = true, true
	waits := map[string]bool{}
	for _, n := range asked {
		waits[n.Thread.ID] = true
		v.Asked = append(v.Asked, r.threadLink(n.Thread))
	}
	for _, n := range all {
		if n.Asks != 0 {
			v.Consents = append(v.Consents, layout.Link{Href: r.href(postPath(n.Thread, n.Asks)), Text: n.Thread.Title})
		}
		summary := layout.Link{Href: r.href(summaryPath(n.Thread)), Text: n.Thread.Title}
		if n.Sums > 0 {
			v.Proposals = append(v.Proposals, summary)
		}
		if n.Fates > 0 {
			v.Fates = append(v.Fates, summary)
		}
		if waits[n.Thread.ID] || !n.Posts() {
			continue
		}
		row := r.threadRow(n.Thread, n.Mark)
		row.Href = r.href(postPath(n.Thread, n.Mark.Seq+1))
		said := page.NewsRow{Thread: row, Space: r.spaceRow(n.Space).Title}
		if named := n.Mark.Named; named > n.Mark.Seq {
			said.Named = layout.Link{Href: r.href(postPath(n.Thread, named)), Text: r.T("news.named")}
		}
		v.Rows = append(v.Rows, said)
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.NewsPage(v))
}

func (r *request) threadLink(t discuss.Thread) layout.Link {
	return layout.Link{Href: r.href(threadPath(t)), Text: t.Title}
}

// mostNews is up to how many threads with news the bell counts.
const mostNews = 9

// bell is in how many threads there is news for the reader, and that in words.
// A page whose bell cannot be read goes without.
func (r *request) bell() (int, string) {
	if !r.viewer.SignedIn() {
		return 0, ""
	}
	n, err := r.site.Discuss.CountNews(r.c.UserContext(), r.viewer, mostNews+1)
	if err != nil {
		r.site.Log.Warn("bell", "error", err)
	}
	return n, bellWords(r.Printer, n)
}

func bellWords(p *i18n.Printer, n int) string {
	switch {
	case n == 0:
		return p.T("bell.none")
	case n > mostNews:
		return p.T("bell.more", "n", p.Number(mostNews))
	}
	return p.N("bell.new", n)
}

// rings tells a page that is open how much is new for its reader, if that is
// another number than it has.
func (s Posts) rings(ctx context.Context, v hub.Viewer, l hub.Lang, has int64) ([]live.Frame, error) {
	n, err := s.Discuss.CountNews(ctx, v, mostNews+1)
	if err != nil || int64(n) == has {
		return nil, err
	}
	data := map[string]any{"count": n, "text": bellWords(s.Catalogs.In(l), n)}
	return []live.Frame{live.Encode(live.Event{Topic: live.Person, Seq: int64(n), Kind: live.KindNotification, Data: data})}, nil
}

// hear is the choice of how the reader hears of a thread, or of the new threads
// of a space.
func (r *request) hear(name string, m discuss.Mark, space bool) *part.Field {
	f := part.Field{Name: name, Label: r.T("discuss.follow.posts"), Type: "select", Value: hearAs}
	first := []part.Option{{Value: hearAs, Label: r.T("discuss.follow.as.space")}}
	if space {
		f.Label = r.T("discuss.follow.threads")
		first = []part.Option{{Value: hearNot, Label: r.T("discuss.follow.not")}, {Value: hearAs, Label: r.T("discuss.follow.as.account")}}
	}
	f.Options = append(first, r.ways()...)
	switch {
	case m.Way != nil && (m.Follows || *m.Way == member.NewsNothing):
		f.Value = newsWay(*m.Way)
	case !m.Follows && space:
		f.Value = hearNot
	case !m.Follows:
		f.Value = newsWay(member.NewsNothing)
	}
	return &f
}

// Choices beside the ways to hear of news.
const (
	hearAs  = "as"  // as everything around it
	hearNot = "not" // not of new threads; of what is followed in the space as of everything
)

func (r *request) ways() (all []part.Option) {
	for _, w := range member.NewsWays {
		all = append(all, part.Option{Value: newsWay(w), Label: r.T("notifications.way." + newsWay(w))})
	}
	return all
}

// heard is what was chosen of hear.
func (r *request) heard(name string) (follows bool, way *member.News) {
	switch typed := r.typed(name); typed {
	case hearAs, "":
		return true, nil
	case hearNot:
		return false, nil
	default:
		w := wayOf(typed)
		return w != member.NewsNothing, &w
	}
}

// hearSpace says how the reader hears of a space.
func (s *Site) hearSpace(ctx context.Context, r *request) error {
	if r.typed("act") != "follow" {
		return hub.ErrNotFound
	}
	space := r.c.Params("space")
	follows, way := r.heard("way")
	if err := s.Discuss.Follow(ctx, r.viewer, space, "", follows, way); err != nil {
		return err
	}
	return r.done(spacePath(space), "hear")
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
	var zones, hours []part.Option
	for h := range 24 {
		hours = append(hours, part.Option{Value: strconv.Itoa(h), Label: fmt.Sprintf("%02d:00", h)})
	}
	for _, z := range member.Zones {
		zones = append(zones, part.Option{Value: z, Label: strings.ReplaceAll(z, "_", " ")})
	}
	zone := p.Zone
	if zone == "" {
		zone = "UTC"
	}
	fields := []part.Field{
		{Name: "news", Label: r.T("notifications.news"), Hint: r.T("notifications.news.hint"), Type: "select", Options: r.ways(), Value: newsWay(p.News)},
		{Name: "from", Label: r.T("notifications.from"), Hint: r.T("notifications.from.hint"), Type: "select", Options: hours, Value: strconv.Itoa(p.Hours().From), Latin: true},
		{Name: "to", Label: r.T("notifications.to"), Type: "select", Options: hours, Value: strconv.Itoa(p.Hours().To), Latin: true},
		{Name: "zone", Label: r.T("notifications.zone"), Hint: r.T("notifications.zone.hint"), Type: "select", Options: zones, Value: zone, Latin: true},
	}
	v.Fields = fields
	if r.typed("act") == "all" {
		v.Fields = r.filled(fields, wrong)
	}
	v.Here = part.Field{Name: "here", Label: r.T("here.choice"), Type: "select", Value: hereYes,
		Options: []part.Option{{Value: hereYes, Label: r.T("here.yes")}, {Value: hereNo, Label: r.T("here.no")}}}
	if p.Unseen {
		v.Here.Value = hereNo
	}
	if v.Spaces, v.Threads, err = s.followed(ctx, r); err != nil {
		return err
	}
	return r.render(ctx, folk.NotificationsPage(v))
}

// Whether others see that somebody is there.
const (
	hereYes = "yes"
	hereNo  = "no"
)

// mostFollowed is how many threads and spaces with a choice of their own the
// page of notifications shows.
const mostFollowed = 200

// followed are the spaces that the reader may follow, and the threads that
// they do, each with its choice: the field is named by where it is.
func (s *Site) followed(ctx context.Context, r *request) (spaces, threads []folk.Followed, err error) {
	if r.viewer, err = s.Discuss.Known(ctx, r.viewer); err != nil {
		return nil, nil, err
	}
	all, err := s.Discuss.Follows(ctx, r.viewer, mostFollowed)
	if err != nil {
		return nil, nil, err
	}
	chosen := map[string]discuss.Mark{}
	for _, n := range all {
		chosen[n.Mark.Thread] = n.Mark
		if n.Thread.ID == "" {
			continue
		}
		f := r.hear(n.Space.Slug+"/"+n.Thread.Slug, n.Mark, false)
		f.Label = n.Thread.Title
		threads = append(threads, folk.Followed{Href: r.href(threadPath(n.Thread)), Field: *f})
	}
	rooms, err := s.Discuss.Spaces(ctx, r.viewer, r.Lang)
	for _, x := range rooms {
		if !s.Discuss.MayFollow(r.viewer, x) {
			continue
		}
		f := r.hear(x.Slug, chosen[discuss.Whole(x.Slug)], true)
		f.Label = r.spaceRow(x).Title
		spaces = append(spaces, folk.Followed{Href: r.href(spacePath(x.Slug)), Field: *f})
	}
	return spaces, threads, err
}

// setFollowed takes the choices of a form of followed: those that have changed.
func (s *Site) setFollowed(ctx context.Context, r *request) error {
	spaces, threads, err := s.followed(ctx, r)
	if err != nil {
		return err
	}
	for _, f := range append(spaces, threads...) {
		if typed := r.typed(f.Field.Name); typed == "" || typed == f.Field.Value {
			continue
		}
		follows, way := r.heard(f.Field.Name)
		space, slug, _ := strings.Cut(f.Field.Name, "/")
		if err := s.Discuss.Follow(ctx, r.viewer, space, slug, follows, way); err != nil {
			return err
		}
	}
	return r.done("/account/notifications", "profile")
}

// once is what the way that has no name is called in forms and messages.
const once = "once"

func newsWay(w member.News) string { return cmp.Or(string(w), once) }

func wayOf(name string) member.News {
	if name == once {
		return member.NewsAtOnce
	}
	return member.News(name)
}

func (s *Site) setNotifications(ctx context.Context, r *request) error {
	if !r.viewer.SignedIn() {
		return hub.ErrNotFound
	}
	switch r.typed("act") {
	case "followed":
		return s.setFollowed(ctx, r)
	case "here":
		if err := s.Members.SetUnseen(ctx, r.viewer.Person, r.typed("here") == hereNo); err != nil {
			return err
		}
		return r.done("/account/notifications", "profile")
	}
	quiet := member.Quiet{From: r.hourOf("from"), To: r.hourOf("to")}
	err := s.Members.SetNews(ctx, r.viewer.Person, wayOf(r.typed("news")), r.typed("zone"), quiet)
	if wrong := r.wrong(err); wrong != nil {
		return s.notificationsPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done("/account/notifications", "profile")
}

// hourOf is an hour that was chosen; -1 for none.
func (r *request) hourOf(name string) int {
	h, err := strconv.Atoi(r.typed(name))
	if err != nil {
		return -1
	}
	return h
}

// stopForm is the page that ends the mails. Opening it ends nothing: mail
// scanners open links.
func (s *Site) stopForm(ctx context.Context, r *request) error {
	token := r.c.Params("token")
	done := r.query.Get("done") == "stopped"
	one, err := s.Notify.Stops(token)
	if err != nil && !done {
		return err
	}
	v := page.StopView{Base: r.base(r.T("stop.title"), ""), Action: notify.StopPath + token + "?lang=" + string(r.Lang), Done: done}
	if one {
		v.Thread, v.Space = notify.StopThread, notify.StopSpace
	}
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
	if err := s.Notify.Stop(c.UserContext(), c.Params("token"), c.FormValue("what")); err != nil {
		return err
	}
	lang, err := hub.ParseLang(c.Query("lang"))
	if err != nil {
		lang = hub.English
	}
	return c.Redirect("/"+string(lang)+notify.StopPath+c.Params("token")+"?done=stopped", fiber.StatusSeeOther)
}
