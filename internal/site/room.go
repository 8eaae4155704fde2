package site

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/discuss"
	"nmirfhub/web/part"
)

// roomRoutes are the pages of those who keep the spaces.
func (s *Site) roomRoutes(pages fiber.Router) {
	pages.Get("/thread/:id", s.serve(s.threadByID))
	pages.Post("/moderation/posts", s.serve(s.keepPost))
	pages.Get("/moderation/spaces", s.serve(s.rooms))
	pages.Get("/moderation/spaces/new", s.serve(s.newRoom))
	pages.Post("/moderation/spaces/new", s.serve(s.openRoom))
	pages.Get("/moderation/spaces/:space", s.serve(s.room))
	pages.Post("/moderation/spaces/:space", s.serve(s.setRoom))
}

func roomPath(slug string) string { return "/moderation/spaces/" + slug }

// threadByID leads to a thread wherever it is now.
func (s *Site) threadByID(ctx context.Context, r *request) error {
	_, t, err := s.Discuss.ThreadOf(ctx, r.viewer, r.c.Params("id"))
	if err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.c.Redirect(r.href(threadPath(t)), fiber.StatusSeeOther)
}

// tagName is a tag in the reader's words.
func (r *request) tagName(t discuss.Tag) string {
	if t.List == discuss.States {
		return r.site.Vocabulary.StateName(hub.State(t.Code), r.Lang)
	}
	return r.site.Vocabulary.Label(t.List, t.Code, r.Lang)
}

// tagLinks lead to the other threads of the space about the same.
func (r *request) tagLinks(t discuss.Thread) []layout.Link {
	var all []layout.Link
	for _, x := range t.Tags {
		all = append(all, layout.Link{Href: r.href(spacePath(t.Space)) + "?tag=" + x.String(), Text: r.tagName(x)})
	}
	return all
}

// tagFields ask what a thread is about, one code of each list.
func (r *request) tagFields(chosen []discuss.Tag) []part.Field {
	var all []part.Field
	for _, list := range discuss.TagLists {
		f := part.Field{Name: "tag-" + list, Label: r.T("discuss.tag." + list), Type: "select", Optional: true, Filter: true}
		if list == discuss.States {
			f.Options = r.states("")
		} else {
			f.Options = append([]part.Option{{}}, r.codes(list)...)
		}
		f.Options[0].Label = r.T("discuss.tag.none")
		for _, t := range chosen {
			if t.List == list {
				f.Value = t.Code
			}
		}
		all = append(all, f)
	}
	return all
}

func (r *request) typedTags() []discuss.Tag {
	var all []discuss.Tag
	for _, list := range discuss.TagLists {
		if code := r.typed("tag-" + list); code != "" {
			all = append(all, discuss.Tag{List: list, Code: code})
		}
	}
	return all
}

// absence is why the words of a post are not there for everybody; empty where
// they are.
func (r *request) absence(p discuss.Post) string {
	switch p.Absent() {
	case discuss.Deleted:
		if p.Gone.By != p.By {
			return r.T("discuss.gone.moderator", "reason", p.Gone.Reason)
		}
		return r.T("discuss.gone")
	case discuss.Moved:
		return r.T("discuss.moved")
	case discuss.Hidden:
		return r.T("discuss.hidden", "reason", p.Hidden.Reason)
	case discuss.Held:
		return r.T("discuss.held.post")
	}
	return ""
}

// slows are the pauses between posts that moderators choose from, in minutes.
var slows = []int{0, 5, 15, 60}

// fillKeeping shows what a moderator may do with a thread.
func (r *request) fillKeeping(ctx context.Context, v *page.ThreadView, x discuss.Space, t discuss.Thread) error {
	for _, n := range slows {
		o := part.Option{Value: strconv.Itoa(n), Label: r.T("discuss.slow.none"), Checked: n == t.Slow}
		if n > 0 {
			o.Label = r.N("discuss.slow.minutes", n)
		}
		v.Slows = append(v.Slows, o)
	}
	to, err := r.site.Discuss.MovesTo(ctx, r.viewer, x)
	for _, o := range to {
		v.Moves = append(v.Moves, part.Option{Value: o.Slug, Label: r.spaceRow(o).Title})
	}
	return err
}

// fillRoom shows how a space is set.
func (r *request) fillRoom(v *page.SpaceView, x discuss.Space) {
	name, _ := x.In(r.Lang)
	v.Rules = name.Rules
	if len(x.Langs) > 0 {
		var names []string
		for _, l := range x.Langs {
			names = append(names, r.languageName(string(l)))
		}
		v.Langs = r.T("discuss.langs", "languages", r.List(names))
	}
	if e := x.Exchange; e != nil {
		v.Exchange = &page.Exchange{Window: r.window(x), Question: e.Question}
		v.Exchange.Opening, _ = r.site.marked.Render(e.Opening) // both were rendered when they were written
		v.Exchange.Closing, _ = r.site.marked.Render(e.Closing)
	}
}

// window says when people write in a hosted exchange.
func (r *request) window(x discuss.Space) string {
	e, key := x.Exchange, "exchange.open"
	switch now := r.site.Now(); {
	case now.Before(e.From):
		key = "exchange.before"
	case !now.Before(e.To):
		key = "exchange.over"
	}
	return r.T(key, "from", r.moment(e.From), "to", r.moment(e.To))
}

// keepPost decides about a post of the queue. What was reported of it is
// settled with that.
func (s *Site) keepPost(ctx context.Context, r *request) error {
	space, thread, seq, reason := r.typed("space"), r.typed("thread"), r.seqOf(r.typed("seq")), r.typed("reason")
	var err error
	switch what := r.typed("act"); what {
	case "hide":
		err = s.Discuss.Hide(ctx, r.viewer, space, thread, seq, reason)
	case "delete":
		err = s.Discuss.Delete(ctx, r.viewer, space, thread, seq, reason)
	case "show":
		err = s.Discuss.Show(ctx, r.viewer, space, thread, seq)
	case "settle":
	default:
		return hub.ErrNotFound
	}
	if r.wrong(err) != nil {
		return s.deskPage(ctx, r, queueNamed("posts"), map[string]string{"reason": r.T("discuss.reason")})
	}
	if err == nil {
		err = s.Discuss.Settle(ctx, r.viewer, space, thread, seq, reason)
	}
	if err != nil {
		return err
	}
	return r.done("/moderation/posts", "kept")
}

// rooms are the spaces that a moderator keeps.
func (s *Site) rooms(ctx context.Context, r *request) error {
	if !s.Discuss.Opens(r.viewer) {
		return hub.ErrNotFound
	}
	all, err := s.Discuss.Spaces(ctx, r.viewer, r.Lang)
	if err != nil {
		return err
	}
	v := page.RoomsView{Base: r.base(r.T("rooms.title"), ""), Tabs: r.tabs("/moderation/spaces", nil)}
	v.Private, v.Members = true, true
	for _, x := range all {
		row := r.spaceRow(x)
		row.Href = r.href(roomPath(x.Slug))
		v.Spaces = append(v.Spaces, row)
	}
	return r.render(ctx, page.RoomsPage(v))
}

// roomLangs are the languages in which a space is named: those of the pages.
var roomLangs = []hub.Lang{hub.English, hub.French, hub.Arabic}

// when is how a form has a time, in UTC.
const when = "2006-01-02T15:04"

// roomFields are what can be set of a space.
func (r *request) roomFields(x discuss.Space, host string, wrong map[string]string) []part.Field {
	options := func(prefix string, codes ...string) (all []part.Option) {
		for _, c := range codes {
			all = append(all, part.Option{Value: c, Label: r.T(prefix + c)})
		}
		return all
	}
	fresh := x.Slug == ""
	var all []part.Field
	if fresh {
		tiers := make([]string, len(discuss.Tiers))
		for i, t := range discuss.Tiers {
			tiers[i] = string(t)
		}
		all = append(all,
			part.Field{Name: "slug", Label: r.T("room.slug"), Hint: r.T("room.slug.hint"), Latin: true, Most: 60},
			part.Field{Name: "tier", Label: r.T("room.tier"), Hint: r.T("room.tier.hint"), Type: "select", Options: options("discuss.who.", tiers...), Value: string(discuss.Network)},
		)
	}
	for _, l := range roomLangs {
		n, in := x.Names[l], "-"+string(l)
		name := r.languageName(string(l))
		all = append(all,
			part.Field{Name: "title" + in, Label: r.T("room.title", "language", name), Value: n.Title, Most: discuss.MaxTitle, Optional: l != r.Lang},
			part.Field{Name: "purpose" + in, Label: r.T("room.purpose", "language", name), Value: n.Purpose, Most: discuss.MaxPurpose, Optional: l != r.Lang, Type: "textarea"},
			part.Field{Name: "rules" + in, Label: r.T("room.rules", "language", name), Value: n.Rules, Most: discuss.MaxRules, Optional: true, Type: "textarea"},
		)
	}
	sets := options("room.set.", "anonymous", "holds")
	sets[0].Checked, sets[1].Checked = x.Anonymous, x.Holds
	langs := r.languages()
	for i := range langs {
		langs[i].Checked = slices.Contains(x.Langs, hub.Lang(langs[i].Value))
	}
	kinds := make([]string, len(discuss.Kinds))
	for i, k := range discuss.Kinds {
		kinds[i] = string(k)
	}
	e := discuss.Exchange{}
	if x.Exchange != nil {
		e = *x.Exchange
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(when)
	}
	all = append(all,
		part.Field{Name: "langs", Label: r.T("room.langs"), Type: "checks", Options: langs, Optional: true},
		part.Field{Name: "set", Label: r.T("room.set"), Type: "checks", Options: sets, Optional: true},
		part.Field{Name: "keep", Label: r.T("room.keep"), Hint: r.T("room.keep.hint"), Type: "number", Value: strconv.Itoa(x.Keep), Latin: true},
		part.Field{Name: "kind", Label: r.T("room.kind"), Type: "select", Options: options("room.kind.", kinds...), Value: string(x.Kind)},
		part.Field{Name: "from", Label: r.T("room.from"), Hint: r.T("room.exchange.hint"), Type: "datetime-local", Value: at(e.From), Optional: true, Latin: true},
		part.Field{Name: "to", Label: r.T("room.to"), Type: "datetime-local", Value: at(e.To), Optional: true, Latin: true},
		part.Field{Name: "host", Label: r.T("room.host"), Type: "email", Value: host, Latin: true, Optional: true},
		part.Field{Name: "question", Label: r.T("room.question"), Value: e.Question, Most: discuss.MaxPurpose, Optional: true},
		part.Field{Name: "opening", Label: r.T("room.opening"), Type: "textarea", Value: e.Opening, Optional: true},
		part.Field{Name: "closing", Label: r.T("exchange.closing"), Type: "textarea", Value: e.Closing, Optional: true},
	)
	for _, field := range []string{"title", "purpose", "rules"} { // whichever language is wrong
		if wrong[field] != "" {
			wrong[field+"-"+string(r.Lang)] = wrong[field]
		}
	}
	if wrong == nil && r.typed("act") != "set" && r.typed("act") != "open" {
		return all
	}
	return r.filled(all, wrong)
}

// typedRoom puts what was typed into a space.
func (r *request) typedRoom(ctx context.Context, x *discuss.Space) error {
	x.Names = map[hub.Lang]discuss.Name{}
	for _, l := range roomLangs {
		in := "-" + string(l)
		n := discuss.Name{Title: strings.TrimSpace(r.typed("title" + in)), Purpose: strings.TrimSpace(r.typed("purpose" + in)), Rules: strings.TrimSpace(r.typed("rules" + in))}
		if n != (discuss.Name{}) {
			x.Names[l] = n
		}
	}
	sets := r.several("set")
	x.Anonymous, x.Holds = slices.Contains(sets, "anonymous"), slices.Contains(sets, "holds")
	x.Kind, x.Langs, x.Exchange = discuss.Kind(r.typed("kind")), r.langs(), nil
	var err error
	if x.Keep, err = strconv.Atoi(r.typed("keep")); err != nil {
		return &hub.Invalid{Field: "keep", Reason: hub.ReasonFormat}
	}
	if x.Kind != discuss.Hosted {
		return nil
	}
	e := discuss.Exchange{Question: r.typed("question"), Opening: r.typed("opening"), Closing: r.typed("closing")}
	if e.From, err = time.Parse(when, r.typed("from")); err != nil {
		return &hub.Invalid{Field: "from", Reason: hub.ReasonFormat}
	}
	if e.To, err = time.Parse(when, r.typed("to")); err != nil {
		return &hub.Invalid{Field: "to", Reason: hub.ReasonFormat}
	}
	host, err := r.site.Members.Find(ctx, r.typed("host"))
	if err != nil {
		return notFoundIs(err, "host")
	}
	e.Host, x.Exchange = host.ID, &e
	return nil
}

// notFoundIs says of somebody whom there is not that a field is wrong.
func notFoundIs(err error, field string) error {
	if errors.Is(err, hub.ErrNotFound) || len(invalids(err)) > 0 {
		return &hub.Invalid{Field: field, Reason: hub.ReasonUnknown}
	}
	return err
}

func (s *Site) newRoom(ctx context.Context, r *request) error { return s.newRoomPage(ctx, r, nil) }

func (s *Site) newRoomPage(ctx context.Context, r *request, wrong map[string]string) error {
	if !s.Discuss.Opens(r.viewer) {
		return hub.ErrNotFound
	}
	v := page.RoomView{Base: r.base(r.T("room.new"), "", r.crumb("/moderation/spaces", "rooms.title")), Act: "open", Fields: r.roomFields(discuss.Space{}, "", wrong)}
	v.Private, v.Members = true, true
	return r.render(ctx, page.RoomPage(v))
}

// openRoom opens a space.
func (s *Site) openRoom(ctx context.Context, r *request) error {
	if !s.Discuss.Opens(r.viewer) {
		return hub.ErrNotFound
	}
	x := discuss.Space{Slug: strings.TrimSpace(r.typed("slug")), Tier: discuss.Tier(r.typed("tier"))}
	err := r.typedRoom(ctx, &x)
	if err == nil && x.Slug == "new" {
		err = &hub.Invalid{Field: "slug", Reason: hub.ReasonTaken}
	}
	if err == nil {
		err = s.Discuss.OpenSpace(ctx, r.viewer, x)
	}
	if errors.Is(err, hub.ErrConflict) {
		err = &hub.Invalid{Field: "slug", Reason: hub.ReasonTaken}
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.newRoomPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done(roomPath(x.Slug), "room")
}

// room is how a space is set, and who is in it where its members are named.
func (s *Site) room(ctx context.Context, r *request) error { return s.roomPage(ctx, r, nil) }

func (s *Site) roomPage(ctx context.Context, r *request, wrong map[string]string) error {
	x, err := s.Discuss.Keeps(ctx, r.viewer, r.c.Params("space"))
	if err != nil {
		return err
	}
	host := ""
	if x.Exchange != nil {
		if p, err := s.Members.Person(ctx, x.Exchange.Host); err == nil {
			host = p.Email
		}
	}
	row := r.spaceRow(x)
	v := page.RoomView{
		Base: r.base(row.Title, "", r.crumb("/moderation/spaces", "rooms.title")), Act: "set", Done: r.didSay(), Space: row, Fields: r.roomFields(x, host, wrong),
		Named: x.Tier.Named(), Add: part.Field{Name: "email", Label: r.T("join.email"), Type: "email", Latin: true, Most: 254, Error: wrong["email"]},
	}
	v.Private, v.Members = true, true
	if v.Named {
		if err := s.fillGuests(ctx, r, &v, x.Slug); err != nil {
			return err
		}
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return r.render(ctx, page.RoomPage(v))
}

// fillGuests names the members of a space to a moderator who is one.
func (s *Site) fillGuests(ctx context.Context, r *request, v *page.RoomView, slug string) error {
	guests, err := s.Discuss.Guests(ctx, r.viewer, slug)
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	for _, id := range guests {
		v.Guests = append(v.Guests, page.Guest{ID: id, Name: s.nameOf(ctx, id)})
	}
	return err
}

// setRoom changes a space, or who is in it.
func (s *Site) setRoom(ctx context.Context, r *request) error {
	slug, what := r.c.Params("space"), r.typed("act")
	x, err := s.Discuss.Keeps(ctx, r.viewer, slug)
	if err != nil {
		return err
	}
	switch what {
	case "set":
		if err = r.typedRoom(ctx, &x); err == nil {
			err = s.Discuss.SetSpace(ctx, r.viewer, slug, func(now *discuss.Space) {
				created := now.Created
				*now = x
				now.Created = created
			})
		}
	case "admit":
		p, missing := s.Members.Find(ctx, r.typed("email"))
		if err = notFoundIs(missing, "email"); missing == nil {
			err = s.Discuss.Admit(ctx, r.viewer, slug, p.ID)
		}
	case "dismiss":
		err = s.Discuss.Dismiss(ctx, r.viewer, slug, r.typed("id"), r.typed("reason"))
	default:
		return hub.ErrNotFound
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.roomPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done(roomPath(slug), "room")
}
