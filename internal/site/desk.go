package site

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/desk"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/moderation"
	"nmirfhub/web/part"
)

// itemsAPage is how many items the desk shows at once.
const itemsAPage = 20

// deskFilter is what the address narrows the desk to. hub.Invalid names a
// parameter that is none.
func deskFilter(q queue, given url.Values) (desk.Filter, error) {
	f := desk.Filter{Kinds: q.kinds, Whose: desk.Whose(given.Get("whose")), After: given.Get("after"), Limit: itemsAPage}
	if kind := desk.Kind(given.Get("kind")); kind != "" {
		if !slices.Contains(desk.Kinds, kind) || !q.has(kind) {
			return f, &hub.Invalid{Field: "kind", Reason: hub.ReasonUnknown}
		}
		f.Kinds = []desk.Kind{kind}
	}
	if lang := given.Get("language"); lang != "" {
		l, err := hub.ParseLang(lang)
		if err != nil {
			return f, &hub.Invalid{Field: "language", Reason: hub.ReasonUnknown}
		}
		f.Lang = l
	}
	switch f.Whose {
	case desk.Everybodys, desk.Mine, desk.Nobodys:
		return f, nil
	}
	return f, &hub.Invalid{Field: "whose", Reason: hub.ReasonUnknown}
}

// deskParameters are those of the address that narrow the desk.
var deskParameters = []string{"kind", "language", "whose"}

// deskPage is what waits, or one queue of it. wrong is what was wrong with what
// was sent.
func (s *Site) deskPage(ctx context.Context, r *request, q queue, wrong map[string]string) error {
	given := r.query
	if r.c.Method() == fiber.MethodPost {
		given = url.Values{}
		for _, name := range deskParameters {
			if value := r.typed(name); value != "" {
				given.Set(name, value)
			}
		}
	}
	f, err := deskFilter(q, given)
	if err != nil {
		return err
	}
	found, err := s.Desk.Waiting(ctx, r.viewer, f)
	if err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	v := page.DeskView{Base: r.base(r.T(q.key), ""), Tabs: r.tabs(q.path(), found.Counts), Done: r.didSay(), Action: r.href("/moderation"), Once: hub.NewID()}
	v.Private, v.Members = true, true
	v.Lede = r.deskLede(q, found)
	if found.Elsewhere > 0 && q.has(desk.Reported) {
		v.Elsewhere = r.N("posts.elsewhere", found.Elsewhere)
	}
	if err := s.fillItems(ctx, r, &v, found, q.name != ""); err != nil {
		return err
	}
	r.fillDeskFilter(&v, q, given, found)
	r.fillDeskActs(&v, found.Items, wrong)
	if err := s.fillColleagues(ctx, r, &v); err != nil {
		return err
	}
	if err := s.fillBulk(ctx, r, &v); err != nil {
		return err
	}
	if err := s.fillWeek(ctx, r, &v); err != nil {
		return err
	}
	if q.more != nil {
		if err := q.more(s, ctx, r, &v, wrong); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		r.c.Status(fiber.StatusUnprocessableEntity)
		if v.Problem == "" && r.typed("act") != "invite" {
			v.Problem = r.T("moderation.wrong")
			for _, what := range wrong {
				v.Problem += " " + what
			}
		}
	}
	return r.render(ctx, page.DeskPage(v))
}

// deskLede says how much waits in a queue, and how long already.
func (r *request) deskLede(q queue, found desk.Page) string {
	n, oldest := 0, r.site.Now()
	for k, waits := range found.Counts {
		if q.has(k) {
			n += waits
			oldest = earlier(oldest, found.Oldest[k])
		}
	}
	if n == 0 {
		return r.T("desk.nothing") + " " + r.T("desk.promise")
	}
	return r.N("desk.waiting", n) + " " + r.T("desk.oldest", "span", r.span(r.site.Now().Sub(oldest))) + " " + r.T("desk.promise")
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// span is a time in words, as exact as it helps: minutes, hours or days.
func (r *request) span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return r.T("span.now")
	case d < time.Hour:
		return r.N("span.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return r.N("span.hours", int(d/time.Hour))
	}
	return r.N("span.days", int(d/(24*time.Hour)))
}

// fillDeskFilter shows how the list is narrowed.
func (r *request) fillDeskFilter(v *page.DeskView, q queue, given url.Values, found desk.Page) {
	kinds := []part.Option{{Label: r.T("desk.kind.all")}}
	for _, k := range desk.Kinds {
		if q.has(k) {
			kinds = append(kinds, part.Option{Value: string(k), Label: r.T("desk.kind." + string(k))})
		}
	}
	langs := []part.Option{{Label: r.T("desk.language.all")}}
	for _, l := range found.Langs {
		langs = append(langs, part.Option{Value: string(l), Label: r.languageName(string(l))})
	}
	if l := given.Get("language"); l != "" && !slices.Contains(found.Langs, hub.Lang(l)) {
		langs = append(langs, part.Option{Value: l, Label: r.languageName(l)})
	}
	whose := []part.Option{{Label: r.T("desk.whose.all")}, {Value: string(desk.Mine), Label: r.T("desk.whose.mine")}, {Value: string(desk.Nobodys), Label: r.T("desk.whose.nobody")}}
	if len(kinds) > 2 {
		v.Filter = append(v.Filter, part.Field{Name: "kind", Label: r.T("desk.kind"), Options: kinds, Value: given.Get("kind")})
	}
	v.Filter = append(v.Filter,
		part.Field{Name: "language", Label: r.T("library.language"), Options: langs, Value: given.Get("language")},
		part.Field{Name: "whose", Label: r.T("desk.whose"), Options: whose, Value: given.Get("whose")},
	)
	kept := url.Values{}
	v.Keep = []part.Hidden{{Name: "queue", Value: q.name}}
	for _, name := range deskParameters {
		if value := given.Get(name); value != "" {
			kept.Set(name, value)
			v.Keep = append(v.Keep, part.Hidden{Name: name, Value: value})
		}
	}
	v.Empty = r.T("desk.none")
	if len(kept) > 0 {
		v.Clear, v.Empty = r.href(q.path()), r.T("desk.none.fits")
	}
	if found.Next != "" {
		kept.Set("after", found.Next)
		v.Next, v.Rest = r.href(q.path()+"?"+kept.Encode()), r.T("desk.more", "n", r.Number(found.Fits))
	}
}

// fillDeskActs shows what can be done with several of the items.
func (r *request) fillDeskActs(v *page.DeskView, items []desk.Item, wrong map[string]string) {
	has := func(k desk.Kind) bool {
		return slices.ContainsFunc(items, func(i desk.Item) bool { return i.Kind == k })
	}
	add := func(acts ...desk.Act) {
		for _, a := range acts {
			v.Acts = append(v.Acts, page.Choice{Value: string(a), Label: r.T("desk.act." + string(a)), Danger: a == desk.Archive})
		}
	}
	reason := ""
	if has(desk.Record) {
		add(desk.Publish, desk.Return)
		reason = r.T("desk.reason.return")
	}
	if has(desk.Held) {
		add(desk.Let)
	}
	if has(desk.Due) {
		add(desk.Ask, desk.Archive)
		reason = strings.TrimSpace(reason + " " + r.T("desk.reason.archive"))
	}
	if len(items) > 0 {
		add(desk.Take, desk.Back)
	}
	if reason != "" {
		v.Reason = &part.Field{Name: "reason", Label: r.T("moderation.reason"), Hint: reason, Type: "textarea", Rows: 2, Most: desk.MaxReason, Optional: true, Error: wrong["reason"]}
		if r.c.Method() == fiber.MethodPost {
			v.Reason.Value = r.typed("reason")
		}
	}
}

// fillColleagues shows to whom an item can be given.
func (s *Site) fillColleagues(ctx context.Context, r *request, v *page.DeskView) error {
	all, err := s.Desk.Colleagues(ctx, r.viewer)
	for _, p := range all {
		if p.ID != r.viewer.Person {
			v.To = append(v.To, part.Option{Value: p.ID, Label: p.Name})
		}
	}
	return err
}

// fillWeek says what this week brought so far.
func (s *Site) fillWeek(ctx context.Context, r *request, v *page.DeskView) error {
	w, err := s.Desk.ThisWeek(ctx, r.viewer)
	if err != nil {
		return err
	}
	t := w.Total()
	v.Facts = []page.Fact{
		{Label: r.T("desk.week.decided"), Value: r.Number(t.Published + t.Returned)}, {Label: r.T("figures.median"), Value: r.median(t.Median)},
		{Label: r.T("figures.unanswered"), Value: r.Number(w.Unanswered)},
	}
	v.Links = []layout.Link{r.crumb("/moderation/figures", "figures.title"), r.crumb("/admin/acts", "acts.title")}
	return nil
}

// actAtDesk does something with one item or with several, or takes it back.
func (s *Site) actAtDesk(ctx context.Context, r *request) error {
	q := queueNamed(r.typed("queue"))
	if r.typed("act") == "undo" {
		b, err := s.Desk.Undo(ctx, r.viewer, r.typed("bulk"))
		if err != nil && !errors.Is(err, hub.ErrConflict) {
			return err
		}
		return r.backToDesk(q, b)
	}
	o := desk.Order{Once: r.typed("once"), Act: desk.Act(r.typed("act")), Reason: r.typed("reason"), To: r.typed("to")}
	for _, text := range r.several("item") {
		c, err := desk.ParseChosen(text)
		if err != nil {
			return err
		}
		o.Items = append(o.Items, c)
	}
	b, err := s.Desk.Do(ctx, r.viewer, o)
	if wrong := r.wrong(err); wrong != nil {
		if wrong["item"] != "" {
			wrong["item"] = r.T("desk.wrong.item", "limit", r.Number(desk.MaxItems))
		}
		return s.deskPage(ctx, r, q, wrong)
	}
	if err != nil {
		return err
	}
	return r.backToDesk(q, b)
}

// backToDesk leads back to the list, which says what became of each.
func (r *request) backToDesk(q queue, b desk.Bulk) error {
	at := url.Values{"bulk": {b.ID}}
	for _, name := range deskParameters {
		if value := r.typed(name); value != "" {
			at.Set(name, value)
		}
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.c.Redirect(r.href(q.path()+"?"+at.Encode()), fiber.StatusSeeOther)
}

// fillBulk says what was just done with several items, and offers to take it
// back. Whoever did it reads it, nobody else.
func (s *Site) fillBulk(ctx context.Context, r *request, v *page.DeskView) error {
	id := r.query.Get("bulk")
	if id == "" {
		return nil
	}
	b, err := s.Desk.Bulk(ctx, r.viewer, id)
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	v.Bulk = &page.Bulk{ID: b.ID}
	count := 0
	for _, d := range b.Items {
		why := d.Wrong
		if !b.Undone.IsZero() {
			if why != "" {
				continue
			}
			why = d.Stays
		}
		if why == "" {
			count++
			continue
		}
		title, err := s.titleOf(ctx, r, d, v.Items)
		if err != nil {
			return err
		}
		v.Bulk.Failed = append(v.Bulk.Failed, page.Failed{Title: title, Why: r.T("desk.why." + string(why))})
	}
	switch {
	case !b.Undone.IsZero():
		v.Bulk.Done = r.N("desk.undone", count)
	case count == 0:
		v.Bulk.Done = r.T("desk.did.nothing")
	default:
		v.Bulk.Done = r.N("desk.did."+string(b.Act), count)
	}
	if b.Undoable(s.Now()) > 0 {
		v.Bulk.Undo = r.T("desk.undo.until", "time", b.At.Add(desk.UndoFor).UTC().Format("15:04"))
	} else if b.Undone.IsZero() && b.Act.Undoes() && count > 0 {
		v.Bulk.Done += " " + r.T("desk.undo.late")
	}
	return nil
}

// titleOf is what an item of a bulk is called now, for who may read it now: on
// the page, or where it went.
func (s *Site) titleOf(ctx context.Context, r *request, d desk.Done, shown []page.Item) (page.Title, error) {
	for _, i := range shown {
		if i.Key == elementKey(d.Key) {
			return page.Title{Link: i.Title, Words: i.TitleIn}, nil
		}
	}
	unnamed := page.Title{Link: layout.Link{Text: r.T("desk.unnamed")}}
	kind, id, _ := strings.Cut(d.Key, ":")
	var err error
	switch desk.Kind(kind) {
	case desk.Record, desk.Due:
		rec, found := s.Records.Load(ctx, r.viewer, id)
		if err = found; err == nil {
			return r.recordTitle(rec), nil
		}
	case desk.Held, desk.Reported:
		if d.Post == nil {
			return unnamed, nil
		}
		var t discuss.Thread
		if t, err = s.Discuss.Thread(ctx, r.viewer, d.Post.Space, d.Post.Thread); err == nil {
			return page.Title{Link: layout.Link{Href: r.href(postPath(t, d.Post.Seq)), Text: t.Title}}, nil
		}
	}
	if errors.Is(err, hub.ErrNotFound) {
		err = nil
	}
	return unnamed, err
}

// recordTitle is a record's title, with the page on which it stands for those
// who review it.
func (r *request) recordTitle(rec *hub.Record) page.Title {
	t := rec.In(r.Lang)
	x := page.Title{Link: layout.Link{Href: r.href(contributionPath(rec)), Text: t.Title}}
	switch rec.Status {
	case hub.StatusPublished:
		x.Href = r.link(r.site.Records.HeadOf(rec)).Href
	case hub.StatusArchived:
		x.Href = r.href(contributionPath(rec) + "/history")
	}
	x.Lang, x.Dir = langDir(t.Lang)
	return x
}
