package site

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/file"
	"nmirfhub/internal/hub"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
	"nmirfhub/web/part"
)

func (s *Site) discussRoutes(pages fiber.Router) {
	pages.Get("/discuss", s.serve(s.spaces))
	pages.Get("/discuss/:space", s.serve(s.space))
	pages.Get("/discuss/:space/new", s.serve(s.newThread))
	pages.Post("/discuss/:space/new", s.serveWithin(attachFor, s.startThread))
	pages.Get("/discuss/:space/:thread", s.serve(s.thread))
	pages.Post("/discuss/:space/:thread", s.serveWithin(attachFor, s.threadAct))
	pages.Get("/discuss/:space/new/people", s.serve(s.mentionableFirst))
	pages.Get("/thread/:id/people", s.serve(s.mentionableIn))
	pages.Get("/discuss/:space/:thread/:seq/before", s.serve(s.wordings))
	pages.Post("/discuss/:space/:thread/:seq/before", s.serve(s.strike))
}

func spacePath(space string) string { return "/discuss/" + space }

func threadPath(t discuss.Thread) string { return spacePath(t.Space) + "/" + t.Slug }

// spaces lists the spaces that the reader may enter. Who may enter none reads
// what the spaces are, whether or not there are any.
func (s *Site) spaces(ctx context.Context, r *request) error {
	all, err := s.Discuss.Spaces(ctx, r.viewer, r.Lang)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return s.memberDoor("discuss")(ctx, r)
	}
	v := page.SpacesView{Base: r.base(r.T("door.discuss"), "discuss")}
	v.Private, v.Members = true, true
	if v.Spaces, err = s.spaceRows(ctx, r, all); err != nil {
		return err
	}
	return r.render(ctx, page.SpacesPage(v))
}

func (r *request) spaceRow(x discuss.Space) page.Space {
	n, l := x.In(r.Lang)
	lang, dir := langDir(l)
	return page.Space{
		Href: r.href(spacePath(x.Slug)), Title: n.Title, Purpose: n.Purpose, Lang: lang, Dir: dir,
		Who: r.T("discuss.who." + string(x.Tier)), Shut: x.Tier != discuss.Public && x.Tier != discuss.Registered,
	}
}

// frank says whether what is said in the space is not for attribution.
func frank(x discuss.Space) bool { return x.Tier == discuss.Network || x.Tier.Named() }

// space is a space with its threads, the last active first.
func (s *Site) space(ctx context.Context, r *request) error {
	var err error
	if r.viewer, err = s.Discuss.Known(ctx, r.viewer); err != nil {
		return err
	}
	x, err := s.Discuss.Space(ctx, r.viewer, r.c.Params("space"))
	if err != nil {
		return err
	}
	pick := discuss.Pick{Tag: discuss.ParseTag(r.query.Get("tag")), View: discuss.ParseView(r.query.Get("view"))}
	if !r.viewer.SignedIn() {
		pick.View = discuss.AllThreads
	}
	threads, next, err := s.Discuss.Threads(ctx, r.viewer, x.Slug, pick, r.query.Get("after"))
	if err != nil {
		return err
	}
	marks, err := s.Discuss.Marks(ctx, r.viewer, x.Slug)
	if err != nil {
		return err
	}
	asks, err := s.Discuss.Asks(ctx, r.viewer, x)
	if err != nil {
		return err
	}
	row := r.spaceRow(x)
	v := page.SpaceView{Base: r.base(row.Title, "discuss", r.crumb("/discuss", "door.discuss")), Space: row, Done: r.didSay(), Frank: frank(x)}
	v.Private, v.Members = true, true
	if v.Broken, err = r.broken(ctx, x.Slug); err != nil {
		return err
	}
	if asks {
		v.New = r.href(spacePath(x.Slug) + "/new")
	}
	r.fillPick(&v, x, pick, next)
	r.fillRoom(&v, x)
	_, err = s.Discuss.SearchedSpace(ctx, r.viewer, x.Slug)
	v.Slug, v.Search = x.Slug, err == nil && len(threads) > 0
	if _, err := s.Discuss.Keeps(ctx, r.viewer, x.Slug); err == nil || errors.Is(err, hub.ErrFresh) {
		v.Settings = r.href(roomPath(x.Slug))
	}
	for _, t := range threads {
		v.Threads = append(v.Threads, r.threadRow(t, marks[t.ID]))
	}
	if s.Discuss.MayFollow(r.viewer, x) {
		v.Hear = r.hear("way", marks[discuss.Whole(x.Slug)], true)
	}
	all, err := s.Discuss.Spaces(ctx, r.viewer, r.Lang)
	for _, o := range all {
		if o.Slug != x.Slug {
			v.Others = append(v.Others, layout.Link{Href: r.href(spacePath(o.Slug)), Text: r.spaceRow(o).Title})
		}
	}
	if err != nil {
		return err
	}
	return r.render(ctx, page.SpacePage(v))
}

func (r *request) threadRow(t discuss.Thread, m discuss.Mark) page.Thread {
	lang, dir := langDir(t.Lang)
	row := page.Thread{
		Href: r.href(threadPath(t)), Title: t.Title, Lang: lang, Dir: dir, Count: r.N("discuss.count", int(t.Posts)), When: r.moment(t.Active), Locked: t.Locked != nil,
	}
	if r.viewer.SignedIn() && t.Posts > m.Seq {
		row.Unread = r.N("discuss.unread", int(t.Posts-m.Seq))
	}
	row.Tags = r.tagLinks(t)
	row.Held = t.Held
	switch {
	case t.Outcome != nil:
		row.Answered = r.T("discuss.concluded")
	case t.Answer != 0:
		row.Answered = r.T("discuss.answered")
	}
	return row
}

// moment is a time to the minute, in UTC.
func (r *request) moment(t time.Time) string { return r.Day(t) + r.T("list.comma") + t.Format("15:04") }

// newThread is the page where a thread begins.
func (s *Site) newThread(ctx context.Context, r *request) error {
	return s.newPage(ctx, r, page.Composer{Key: hub.NewID()}, nil)
}

func (s *Site) newPage(ctx context.Context, r *request, c page.Composer, wrong map[string]string) error {
	x, err := s.Discuss.Space(ctx, r.viewer, r.c.Params("space"))
	if err != nil {
		return err
	}
	asks, err := s.Discuss.Asks(ctx, r.viewer, x)
	if err != nil {
		return err
	}
	if !asks {
		return hub.ErrForbidden
	}
	about, err := s.asked(ctx, r)
	if err != nil {
		return err
	}
	row := r.spaceRow(x)
	v := page.NewView{
		Base: r.base(r.T("discuss.new"), "discuss", r.crumb("/discuss", "door.discuss"), layout.Link{Href: row.Href, Text: row.Title}), Frank: frank(x),
	}
	v.Private, v.Members = true, true
	c.Accept = strings.Join(file.Accepts, ",")
	c.Act, c.Go, c.Draft, c.Voice = "start", r.T("discuss.new.go"), "new "+x.Slug, x.Anonymous
	c.Asks = r.href(peopleFirst(x))
	if r.c.Method() != fiber.MethodPost {
		if err := r.goesOn(ctx, &c, x.Slug, ""); err != nil {
			return err
		}
	}
	c.Fields = r.filled([]part.Field{
		{Name: "title", Label: r.T("discuss.title"), Hint: r.T("discuss.title.hint"), Most: discuss.MaxTitle},
		r.bodyField("discuss.body.hint"),
		{Name: "lang", Label: r.T("discuss.lang"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
	}, wrong)
	if c.Text != "" {
		c.Fields[1].Value = c.Text
	}
	var tags []discuss.Tag
	if about != nil {
		c.About = r.aboutLink(about)
		c.AboutID, tags = about.ID, aboutTags(about)
		if r.c.Method() != fiber.MethodPost {
			c.Fields[0].Value = r.aboutTitle(about)
		}
	}
	c.Tags = r.filled(r.tagFields(tags), wrong)
	if r.c.Method() != fiber.MethodPost && r.query.Get("title") != "" {
		c.Fields[0].Value = r.query.Get("title")
	}
	if wrong["tags"] != "" {
		c.Tags[0].Error = wrong["tags"]
	}
	v.Composer = c
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.NewPage(v))
}

func (r *request) bodyField(hint string) part.Field {
	return part.Field{Name: "body", Label: r.T("discuss.body"), Hint: r.T(hint), Type: "textarea", Rows: 8, Most: discuss.MaxPost}
}

// composed is what was typed into a composer, with its files kept. It is shown
// again where a preview was asked for or a file attached, where a file was
// refused, or where it looks like a person's case and its author has not said
// that it may go.
func (r *request) composed(ctx context.Context, space, slug string) (c page.Composer, again bool, err error) {
	c = page.Composer{Key: r.typed("key"), Reply: r.typed("reply"), Nameless: r.typed("as") == "nameless"}
	if err := r.takeFiles(ctx, &c, r.attachTo(ctx, space, slug, c.Key)); err != nil {
		return c, false, err
	}
	switch act := r.typed("act"); {
	case act == actPreview:
		c.Previewed, c.Preview = true, r.preview(ctx, space, slug, r.typed("body"))
		return c, true, nil
	case act == actAttach:
		return c, true, nil
	case composes(act):
		return c, true, r.mentions(ctx, &c, space, slug, r.typed("body"))
	}
	if len(c.Refused) > 0 || slices.ContainsFunc(c.Files, func(f page.File) bool { return f.Wrong != "" }) {
		return c, true, nil
	}
	if r.typed("sure") == "1" {
		return c, false, nil
	}
	c.Found = r.casesIn(r.typed("title") + "\n" + r.typed("body"))
	return c, len(c.Found) > 0, nil
}

// startThread begins a thread.
func (s *Site) startThread(ctx context.Context, r *request) error {
	c, again, err := r.composed(ctx, r.c.Params("space"), "")
	if err != nil {
		return err
	}
	if again {
		return s.newPage(ctx, r, c, nil)
	}
	n := discuss.NewThread{
		Title: r.typed("title"), Body: r.typed("body"), Lang: hub.Lang(r.typed("lang")), Tags: r.typedTags(), Anonymous: c.Nameless, Key: c.Key,
	}
	about, err := s.asked(ctx, r)
	if err != nil {
		return err
	}
	if about != nil {
		n.About = about.ID
		if n.Asked, err = s.People.Answering(ctx, about.Author, keeperOf(about)); err != nil {
			return err
		}
	}
	t, err := s.Discuss.Start(ctx, r.viewer, r.c.Params("space"), n)
	if wrong := r.wrongOr(err, "body"); wrong != nil {
		return s.newPage(ctx, r, c, wrong)
	}
	if err != nil {
		return err
	}
	if !t.Began(r.typed("title")) {
		c.Key, c.Problem = hub.NewID(), r.T("discuss.again")
		return s.newPage(ctx, r, c, nil)
	}
	return r.done(threadPath(t), "start")
}

// wrongOr is what is wrong with a form; that somebody writes too much stands
// beside a field, so that nothing they wrote is lost.
func (r *request) wrongOr(err error, field string) map[string]string {
	var many *hub.TooMany
	if errors.As(err, &many) {
		return map[string]string{field: r.T("discuss.wait", "minutes", r.Number(int(many.After/time.Minute)+1))}
	}
	return r.wrong(err)
}

// thread is a thread with the posts from one on.
func (s *Site) thread(ctx context.Context, r *request) error {
	return s.threadPage(ctx, r, page.Composer{Key: hub.NewID(), Reply: r.query.Get("reply")}, nil, "")
}

// firstOf is the first post of the page that a post is on.
func firstOf(seq int64) int64 {
	return (max(seq, 1)-1)/discuss.PostsAPage*discuss.PostsAPage + 1
}

// postPath is the address of a post.
func postPath(t discuss.Thread, seq int64) string {
	return threadPath(t) + fromQuery(seq) + "#p" + strconv.FormatInt(seq, 10)
}

// fromQuery names the page that a post is on; the first needs none.
func fromQuery(seq int64) string {
	if first := firstOf(seq); first > 1 {
		return "?from=" + strconv.FormatInt(first, 10)
	}
	return ""
}

func (r *request) seqOf(name string) int64 {
	n, err := strconv.ParseInt(name, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (s *Site) threadPage(ctx context.Context, r *request, c page.Composer, wrong map[string]string, problem string) error {
	var err error
	if r.viewer, err = s.Discuss.Known(ctx, r.viewer); err != nil {
		return err
	}
	x, err := s.Discuss.Space(ctx, r.viewer, r.c.Params("space"))
	if err != nil {
		return err
	}
	t, err := s.Discuss.Thread(ctx, r.viewer, x.Slug, r.c.Params("thread"))
	if err != nil {
		return err
	}
	if t.Space != x.Slug { // it was moved
		if r.c.Method() == fiber.MethodGet {
			return r.c.Redirect(r.href(threadPath(t)+fromQuery(r.seqOf(r.query.Get("from")))), fiber.StatusSeeOther)
		}
		if x, err = s.Discuss.Space(ctx, r.viewer, t.Space); err != nil {
			return err
		}
	}
	from := firstOf(r.seqOf(r.query.Get("from")))
	seen, total, err := s.Discuss.Page(ctx, r.viewer, x, t, from)
	if err != nil {
		return err
	}
	posts, may := seen.Posts, seen.Rights
	marks, err := s.Discuss.Marks(ctx, r.viewer, x.Slug)
	if err != nil {
		return err
	}
	mark := marks[t.ID]
	if n := len(posts); n > 0 && posts[n-1].Seq > mark.Seq { // before the bell of the page is counted
		if err := s.Discuss.Read(ctx, r.viewer, t, posts[n-1].Seq); err != nil {
			return err
		}
	}
	row := r.spaceRow(x)
	v := page.ThreadView{
		Base: r.base(t.Title, "discuss", r.crumb("/discuss", "door.discuss"), layout.Link{Href: row.Href, Text: row.Title}),
		Who:  row.Who, Shut: row.Shut, Frank: frank(x), Done: r.didSay(), Problem: problem,
		Started: r.T("discuss.started", "day", r.Day(t.Created)), Count: r.N("discuss.count", int(total)),
		Leads: may.Lead, Moderates: may.Moderate, Shutting: t.Locked == nil,
	}
	v.Private, v.Members = true, true
	v.Lang, v.Dir = langDir(t.Lang)
	if may.Follow {
		v.Hear = r.hear("way", mark, false)
	}
	if err := r.fillOutcome(ctx, &v, t, may, wrong); err != nil {
		return err
	}
	v.Tags, v.Held = r.tagLinks(t), t.Held
	if t.About != "" {
		v.About = r.linksOf(s.Records.HeadsByID(r.viewer, t.About))
	}
	v.Sure = r.typed("act") == "conclude"
	if may.Lead && t.Outcome != nil {
		v.Promote = r.uses()
	}
	if may.Lead {
		v.Tagging = r.tagFields(t.Tags)
	}
	if may.Moderate {
		if err := r.fillKeeping(ctx, &v, x, t); err != nil {
			return err
		}
	}
	if unseen := mark.Seq + 1; r.viewer.SignedIn() && unseen > 1 && unseen <= total {
		v.Unread = layout.Link{Href: r.href(postPath(t, unseen)), Text: r.N("discuss.unread", int(total-mark.Seq))}
	}
	if err := s.fillPosts(ctx, r, &v, t, seen, mark.Seq); err != nil {
		return err
	}
	if from+discuss.PostsAPage > total {
		v.Topic, v.After = discuss.Topic(t.ID), strconv.FormatInt(total, 10)
	}
	if from > 1 {
		v.Pager.Previous = r.href(threadPath(t) + fromQuery(from-discuss.PostsAPage))
	}
	if from+discuss.PostsAPage <= total {
		v.Pager.Next = r.href(threadPath(t) + fromQuery(from+discuss.PostsAPage))
	}
	switch {
	case t.Locked != nil:
		v.Locked = r.T("discuss.locked.what", "day", r.Day(t.Locked.At))
	case !may.Write && x.Exchange != nil && r.viewer.SignedIn():
		v.Locked = r.window(x)
	}
	if ends := x.Ends(t); !ends.IsZero() && ends.Before(time.Now().AddDate(0, 0, warned)) {
		v.Ends = r.T("discuss.ends", "day", r.Day(ends))
	}
	if t.Slow > 0 && may.Write {
		v.Slow = r.T("discuss.slow.is", "minutes", r.Number(t.Slow))
	}
	if may.Write {
		if r.c.Method() != fiber.MethodPost {
			if err := r.goesOn(ctx, &c, x.Slug, t.ID); err != nil {
				return err
			}
		}
		v.Composer = &c
		s.fillComposer(r, x, t, posts, &c, wrong)
	}
	if len(wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.ThreadPage(v))
}

// warned is how many days before a thread is destroyed its page says so.
const warned = 30

func (s *Site) fillComposer(r *request, x discuss.Space, t discuss.Thread, posts []discuss.Post, c *page.Composer, wrong map[string]string) {
	c.Accept = strings.Join(file.Accepts, ",")
	c.Act, c.Go, c.Draft, c.Voice = "post", r.T("discuss.post"), t.ID, x.Anonymous
	c.Asks = r.href(peopleIn(t))
	body := r.bodyField("discuss.reply.hint")
	reply := r.seqOf(c.Reply)
	if i := slices.IndexFunc(posts, func(p discuss.Post) bool { return p.Seq == reply && p.Body != "" }); i >= 0 {
		c.ReplyTo = r.T("discuss.replies", "number", r.Number(int(reply)))
		body.Value = discuss.Quote(s.Discuss.Copy(posts[i].Body, posts[i].Lang))
	} else if r.c.Method() != fiber.MethodPost {
		c.Reply = ""
	}
	body.Label = r.T("discuss.message")
	if act := r.typed("act"); act == "post" || composes(act) {
		body.Value, body.Error = cmp.Or(c.Text, r.typed("body")), wrong["body"]
	}
	c.Fields = []part.Field{body, {Name: "lang", Label: r.T("discuss.lang"), Type: "select", Options: r.languages(), Value: string(r.Lang)}}
	if typed := r.typed("lang"); typed != "" {
		c.Fields[1].Value = typed
	}
}

// outcomeParts are the fields of an outcome, with what each is now.
func outcomeParts(o discuss.Outcome) []part.Option {
	return []part.Option{{Value: "asked", Label: o.Asked}, {Value: "shared", Label: o.Shared}, {Value: "reuse", Label: o.Reuse}}
}

func (r *request) fillOutcome(ctx context.Context, v *page.ThreadView, t discuss.Thread, may discuss.Rights, wrong map[string]string) (err error) {
	var now discuss.Outcome
	if t.Outcome != nil {
		now = *t.Outcome
		v.Seen, v.Concluded = now.At.Format(time.RFC3339Nano), r.T("discuss.concluded.at", "day", r.Day(now.At))
	}
	if v.Box, err = r.summaryBox(ctx, t, may); err != nil {
		return err
	}
	for _, x := range outcomeParts(now) {
		f := part.Field{Name: x.Value, Label: r.T("discuss.outcome." + x.Value), Type: "textarea", Rows: 4, Optional: true, Most: discuss.MaxPost, Value: x.Label}
		if t.Outcome == nil && x.Value == "shared" { // it begins with how far the talk has come
			f.Value = r.site.Discuss.Copy(t.Signed(t.Summed()).Body, t.Lang)
		}
		if r.typed("act") == "conclude" {
			f.Value, f.Error = r.typed(x.Value), wrong[x.Value]
		}
		v.Conclude = append(v.Conclude, f)
		if x.Label == "" {
			continue
		}
		body, err := r.site.marked.Render(x.Label)
		if err != nil {
			return err
		}
		v.Outcome = append(v.Outcome, page.OutcomePart{Title: f.Label, Body: body})
	}
	return err
}

// naming are the States and the people of the thread that an outcome names,
// until its writer says that this is right.
func (s *Site) naming(ctx context.Context, r *request, space, slug string, o discuss.Outcome) ([]string, error) {
	if r.typed("sure") == "1" {
		return nil, nil
	}
	names, err := s.Discuss.Named(ctx, r.viewer, space, slug)
	if err != nil {
		return nil, err
	}
	for _, c := range s.Vocabulary.States() {
		for _, l := range hub.Langs {
			names = append(names, s.Vocabulary.StateName(c.Code, l))
		}
	}
	return discuss.Naming(o.Text(), names), nil
}

// fillPosts shows posts with what the reader may do with each.
func (s *Site) fillPosts(ctx context.Context, r *request, v *page.ThreadView, t discuss.Thread, seen discuss.Seen, last int64) error {
	for _, p := range seen.Posts {
		a, err := s.Discuss.Author(ctx, r.viewer, p.By, p.Anonymous)
		if err != nil {
			return err
		}
		shown, err := r.post(ctx, t, p, a, seen.Rights, seen.Counts[p.Seq])
		if err != nil {
			return err
		}
		shown.New = r.viewer.SignedIn() && last > 0 && p.Seq > last
		shown.First = shown.New && p.Seq == last+1
		v.Posts = append(v.Posts, shown)
	}
	return nil
}

func (r *request) post(ctx context.Context, t discuss.Thread, p discuss.Post, a discuss.Author, may discuss.Rights, counts map[discuss.Reaction]discuss.Count) (page.Post, error) {
	seq := strconv.FormatInt(p.Seq, 10)
	x := page.Post{
		ID: "p" + seq, Seq: seq, When: r.moment(p.Created), Link: r.href(postPath(t, p.Seq)), Answer: t.Answer == p.Seq && p.Absent() == "",
	}
	x.Lang, x.Dir = langDir(p.Lang)
	x.By, x.Seal, x.Colour = r.authorOf(a)
	if p.Seq == 1 {
		x.Meta = r.T("discuss.asked")
	}
	if x.Gone = r.absence(p); p.Absent() != "" && p.Body == "" {
		if p.Moved != "" {
			x.Elsewhere = r.href("/thread/" + p.Moved)
		}
		return x, nil
	}
	if may.Moderate {
		x.Keep = &page.Keeping{Show: p.Hidden != nil || p.Held, Hide: p.Hidden == nil, Split: p.Seq > 1}
	}
	if len(p.Before) > 0 {
		x.Edited = layout.Link{Href: r.href(threadPath(t) + "/" + seq + "/before"), Text: r.T("discuss.edited", "when", r.moment(p.Edited))}
	}
	if p.Unmasked != nil {
		x.Unmasked = r.T("glass.unmasked.at", "day", r.Day(p.Unmasked.At))
	}
	x.Unmask = p.Anonymous && may.Moderate
	mine := p.By == r.viewer.Person
	x.Report = may.Report && !mine && x.Gone == ""
	for _, what := range discuss.Reactions {
		if x.Gone != "" {
			break
		}
		c := counts[what]
		label := r.T("discuss.react." + string(what))
		if c.All > 0 {
			label += " " + r.Number(c.All)
		}
		if may.Write && !mine || c.All > 0 {
			x.Reactions = append(x.Reactions, page.Reaction{What: string(what), Label: label, Mine: c.Mine, May: may.Write && !mine})
		}
	}
	if p.ReplyTo != 0 {
		x.ReplyTo = layout.Link{Href: r.href(postPath(t, p.ReplyTo)), Text: r.T("discuss.replies", "number", r.Number(int(p.ReplyTo)))}
	}
	at := r.href(threadPath(t)) + "?from=" + strconv.FormatInt(firstOf(p.Seq), 10)
	if may.Write && x.Gone == "" {
		x.Reply = at + "&reply=" + seq + "#reply"
	}
	r.consentOf(&x, p, a, may.Lead)
	mayEdit := may.Edit && mine
	if mayEdit {
		x.Edit = at + "&edit=" + seq + "#" + x.ID
	}
	x.Delete, x.DeleteReason = mayEdit || may.Moderate, !mayEdit
	x.MarkAnswer, x.UnmarkAnswer = may.Lead && p.Seq > 1 && !x.Answer && x.Gone == "", may.Lead && x.Answer
	again, _ := edits(r.typed("act"))
	editing := again && r.typed("seq") == seq
	if mayEdit && (r.query.Get("edit") == seq || editing) {
		f := part.Field{Name: "text", Label: r.T("discuss.message"), Hint: r.T("discuss.edit.hint"), Type: "textarea", Rows: 8, Most: discuss.MaxPost, Value: p.Body}
		var err error
		if x.Attaching, err = r.edited(ctx, t, p); err != nil {
			return x, err
		}
		if editing {
			f.Value = cmp.Or(x.Attaching.Text, r.typed("text"))
		} else if f.Value, err = r.site.Discuss.Typed(ctx, r.viewer, p); err != nil {
			return x, err
		}
		x.Asks = r.href(peopleIn(t))
		x.Editing, x.Seen = &f, p.Edited.Format(time.RFC3339Nano)
	}
	for _, f := range p.Files {
		x.Files = append(x.Files, r.talkFile(f))
	}
	var err error
	if x.Cards, err = r.cards(ctx, p.Body); err != nil {
		return x, err
	}
	x.Body, err = r.said(ctx, p, p.Body)
	return x, err
}

// authorOf is who wrote a post: name and State, the moderators as such, somebody
// of a State for who may not know them by name, or nobody in particular.
func (r *request) authorOf(a discuss.Author) (by, seal, colour string) {
	switch {
	case a.Nameless:
		return r.T("discuss.nameless"), "–", ""
	case a.Gone:
		return r.T("discuss.former"), "–", ""
	case a.Name == "":
		a.Name = r.T("discuss.participant")
	}
	if a.Mechanism != "" {
		return r.T("discuss.by", "name", a.Name, "state", r.site.Vocabulary.StateName(a.Mechanism, r.Lang)), string(a.Mechanism), "av-gold"
	}
	return r.T("discuss.by.role", "name", a.Name, "role", r.T("role."+string(a.Role))), "", "av-plum"
}

// threadAct does something in a thread.
func (s *Site) threadAct(ctx context.Context, r *request) error {
	space, slug, what := r.c.Params("space"), r.c.Params("thread"), r.typed("act")
	if what == "post" || composes(what) {
		return s.reply(ctx, r, space, slug)
	}
	t, err := s.Discuss.Thread(ctx, r.viewer, space, slug)
	if err != nil {
		return err
	}
	seq := r.seqOf(r.typed("seq"))
	seen, _ := time.Parse(time.RFC3339Nano, r.typed("seen"))
	back := threadPath(t)
	if is, _ := edits(what); is {
		again, err := r.takeEdited(ctx, t, seq)
		if err != nil {
			return err
		}
		if again {
			return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, nil, "")
		}
	}
	switch what {
	case "edit":
		_, err = s.Discuss.Edit(ctx, r.viewer, space, slug, seq, r.typed("text"), seen, r.several("off")...)
	case "delete":
		err = s.Discuss.Delete(ctx, r.viewer, space, slug, seq, r.typed("reason"))
	case "solved":
		_, err = s.Discuss.MarkAnswer(ctx, r.viewer, space, slug, seq)
	case "unsolved":
		_, err = s.Discuss.MarkAnswer(ctx, r.viewer, space, slug, 0)
	case "tags":
		_, err = s.Discuss.SetTags(ctx, r.viewer, space, slug, r.typedTags())
	case "report":
		err = s.Discuss.Report(ctx, r.viewer, space, slug, seq, r.typed("report"))
	case "hide":
		err = s.Discuss.Hide(ctx, r.viewer, space, slug, seq, r.typed("why"))
	case "show":
		err = s.Discuss.Show(ctx, r.viewer, space, slug, seq)
	case "split":
		if t, err = s.Discuss.Split(ctx, r.viewer, space, slug, seq, r.typed("title"), r.typed("why")); err == nil {
			back, seq = threadPath(t), 0
		}
	case "move":
		if t, err = s.Discuss.Move(ctx, r.viewer, space, slug, r.typed("to"), r.typed("reason")); err == nil {
			back = threadPath(t)
		}
	case "slow":
		err = s.Discuss.SetSlow(ctx, r.viewer, space, slug, int(r.seqOf(r.typed("slow"))), r.typed("reason"))
	case "conclude":
		o := discuss.Outcome{Asked: r.typed("asked"), Shared: r.typed("shared"), Reuse: r.typed("reuse")}
		if names, err := s.naming(ctx, r, space, slug, o); err != nil || len(names) > 0 {
			return errors.Join(err, s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, nil, r.T("discuss.names", "names", r.List(names))))
		}
		_, err = s.Discuss.Conclude(ctx, r.viewer, space, slug, o, seen)
	case "promote-practice", "promote-resource":
		return s.promote(ctx, r, t, seq, hub.Kind(strings.TrimPrefix(what, "promote-")))
	case "consent-ask-practice", "consent-ask-resource":
		err = s.askConsent(ctx, r, space, slug, seq, hub.Kind(strings.TrimPrefix(what, "consent-ask-")))
	case "consent-yes", "consent-no":
		err = s.Discuss.SayConsent(ctx, r.viewer, space, slug, seq, what == "consent-yes")
	case "unmask":
		return s.unmask(ctx, r, t, seq)
	case "follow":
		follows, way := r.heard("way")
		err = s.Discuss.Follow(ctx, r.viewer, space, slug, follows, way)
	case "lock", "unlock":
		err = s.Discuss.Lock(ctx, r.viewer, space, slug, what == "lock", r.typed("reason"))
	default:
		err = s.Discuss.React(ctx, r.viewer, space, slug, seq, discuss.Reaction(what))
		what = "react"
	}
	switch wrong := r.wrongOr(err, "report"); {
	case errors.Is(err, hub.ErrConflict):
		r.c.Status(fiber.StatusConflict)
		return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, nil, r.T("discuss.conflict"))
	case wrong["reason"] != "" || wrong["report"] != "" || wrong["title"] != "":
		return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, wrong, r.T("discuss.reason"))
	case what == "edit" && wrong["body"] != "":
		return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, wrong, wrong["body"])
	case wrong != nil:
		return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, wrong, r.T("discuss.wrong"))
	case err != nil:
		return err
	}
	if seq > 0 {
		return r.doneAt(back, what, seq)
	}
	return r.done(back, what)
}

// doneAt leads back to a post.
func (r *request) doneAt(path, what string, seq int64) error {
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	n := strconv.FormatInt(seq, 10)
	return r.c.Redirect(r.href(path)+"?done="+what+"&from="+strconv.FormatInt(firstOf(seq), 10)+"#p"+n, fiber.StatusSeeOther)
}

// reply adds a post.
func (s *Site) reply(ctx context.Context, r *request, space, slug string) error {
	c, again, err := r.composed(ctx, space, slug)
	if err != nil {
		return err
	}
	if again {
		return s.threadPage(ctx, r, c, nil, "")
	}
	p, err := s.Discuss.Append(ctx, r.viewer, space, slug, discuss.NewPost{
		Body: r.typed("body"), Lang: hub.Lang(r.typed("lang")), ReplyTo: r.seqOf(c.Reply), Anonymous: c.Nameless, Key: c.Key,
	})
	if wrong := r.wrongOr(err, "body"); wrong != nil {
		return s.threadPage(ctx, r, c, wrong, "")
	}
	if err != nil {
		return err
	}
	if !p.Began(r.typed("body")) {
		c.Key = hub.NewID()
		r.c.Status(fiber.StatusConflict)
		return s.threadPage(ctx, r, c, nil, r.T("discuss.again"))
	}
	return r.doneAt(spacePath(space)+"/"+slug, "post", p.Seq)
}
