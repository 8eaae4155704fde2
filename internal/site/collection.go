package site

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/shelf"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/shelf"
	"nmirfhub/web/part"
)

func (s *Site) collectionRoutes(pages fiber.Router) {
	s.get(pages, "/collections", s.collections)
	pages.Get("/collections/new", s.serve(s.newCollection))
	pages.Post("/collections/new", s.serve(s.beginCollection))
	s.get(pages, "/collections/:slug", s.collection)
	pages.Get("/collections/:slug/edit", s.serve(s.editCollection))
	pages.Post("/collections/:slug/edit", s.serve(s.writeCollection))
}

func collectionPath(slug string) string { return "/collections/" + slug }

// collections are the collections that the reader may know of.
func (s *Site) collections(ctx context.Context, r *request) error {
	v := page.CollectionsView{Base: r.base(r.T("collections.title"), "library")}
	v.Description = r.T("collections.lede")
	if s.Shelf.Curates(r.viewer) {
		v.New = r.href("/collections/new")
	}
	for _, c := range s.Shelf.Shown(r.viewer) {
		v.Rows = append(v.Rows, r.collectionRow(c))
	}
	return r.render(ctx, page.CollectionsPage(v))
}

// collectionRow is a collection in a list: how many records it holds is how
// many of them the reader may read.
func (r *request) collectionRow(c shelf.Collection) part.Row {
	t, l := c.In(r.Lang)
	row := part.Row{Href: r.href(collectionPath(c.Slug)), Text: t.Title, Meta: r.N("lists.items", len(r.site.Records.HeadsByID(r.viewer, c.Records()...))), Locked: r.lockOf(c.Tier)}
	if c.Published.IsZero() {
		row.Locked = r.T("collections.draft")
	}
	row.Lang, row.Dir = langDir(l)
	return row
}

// collectionsOf are the collections in which a record stands, as far as the
// reader may read them.
func (r *request) collectionsOf(rec *hub.Record) []part.Row {
	var rows []part.Row
	for _, c := range r.site.Shelf.Holding(r.viewer, rec.ID) {
		rows = append(rows, r.collectionRow(c))
	}
	return rows
}

// collection is a collection with its records.
func (s *Site) collection(ctx context.Context, r *request) error {
	c, err := s.Shelf.Collection(r.viewer, r.c.Params("slug"))
	if err != nil {
		return err
	}
	t, l := c.In(r.Lang)
	v := page.CollectionView{Base: r.base(t.Title, "library", r.crumb("/collections", "collections.title")), Done: r.didSay(), Locked: r.lockOf(c.Tier)}
	v.Members = v.Locked != ""
	if c.Published.IsZero() {
		v.Locked, v.Private, v.Members = r.T("collections.draft"), true, true
	} else {
		v.Meta = r.T("collections.since", "day", r.Day(c.Updated))
	}
	v.Lang, v.Dir = langDir(l)
	if v.Intro, err = s.marked.Render(t.Intro); err != nil {
		return err
	}
	if s.Shelf.Curates(r.viewer) {
		v.Edit = r.href(collectionPath(c.Slug) + "/edit")
	}
	heads := s.headsOf(r, c.Records())
	for _, e := range c.Entries {
		h := heads[e.Record]
		if h == nil {
			continue
		}
		row := r.rowsOf([]*record.Head{h})[0]
		row.Meta = r.joined(r.T("kind."+string(h.Kind)), row.Meta)
		x := page.Entry{Row: row, Say: cmp.Or(e.Say[r.Lang], e.Say[c.Original])}
		x.SayLang, x.SayDir = langDir(r.Lang)
		if e.Say[r.Lang] == "" {
			x.SayLang, x.SayDir = langDir(c.Original)
		}
		v.Entries = append(v.Entries, x)
	}
	return r.render(ctx, page.CollectionPage(v))
}

// curator lets through who may make collections.
func (r *request) curator() error {
	if !r.site.Shelf.Curates(r.viewer) {
		return hub.ErrNotFound
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return nil
}

func (s *Site) newCollection(ctx context.Context, r *request) error {
	return s.newCollectionPage(ctx, r, nil)
}

func (s *Site) newCollectionPage(ctx context.Context, r *request, wrong map[string]string) error {
	if err := r.curator(); err != nil {
		return err
	}
	v := page.NewView{Base: r.base(r.T("collections.new"), "library", r.crumb("/collections", "collections.title"))}
	v.Private, v.Members = true, true
	v.Fields = r.filled([]part.Field{
		{Name: "title", Label: r.T("collections.name"), Most: shelf.MaxTitle},
		{Name: "lang", Label: r.T("contribute.new.lang"), Type: "select", Options: r.languages(), Value: string(r.Lang)},
	}, wrong)
	return r.render(ctx, page.NewPage(v))
}

func (s *Site) beginCollection(ctx context.Context, r *request) error {
	if err := r.curator(); err != nil {
		return err
	}
	c, err := s.Shelf.NewCollection(ctx, r.viewer, hub.Lang(r.typed("lang")), r.typed("title"))
	if wrong := r.wrong(err); wrong != nil {
		return s.newCollectionPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done(collectionPath(c.Slug)+"/edit", "collection.saved")
}

// editCollection is where a collection is written, in one language at a time.
func (s *Site) editCollection(ctx context.Context, r *request) error {
	return s.editCollectionPage(ctx, r, nil, "")
}

// languageIn is the language in which a collection is written.
func (r *request) languageIn(c shelf.Collection) hub.Lang {
	if l, err := hub.ParseLang(r.query.Get("in")); err == nil {
		return l
	}
	return c.Original
}

func (s *Site) editCollectionPage(ctx context.Context, r *request, wrong map[string]string, problem string) error {
	if err := r.curator(); err != nil {
		return err
	}
	c, err := s.Shelf.Collection(r.viewer, r.c.Params("slug"))
	if err != nil {
		return err
	}
	in := r.languageIn(c)
	t, _ := c.In(r.Lang)
	v := page.EditView{
		Base: r.base(t.Title, "library", r.crumb("/collections", "collections.title"), layout.Link{Href: r.href(collectionPath(c.Slug)), Text: t.Title}),
		Done: r.didSay(), Problem: cmp.Or(problem, wrong["entries"]), Rev: strconv.FormatInt(c.Rev, 10), Published: !c.Published.IsZero(), In: r.T("collections.in", "lang", r.languageName(string(in))),
	}
	v.Private, v.Members = true, true
	v.TextLang, v.TextDir = langDir(in)
	for _, l := range hub.Langs {
		text := l.Name()
		if _, written := c.Texts[l]; written {
			text += " ✓"
		}
		v.Languages = append(v.Languages, layout.Link{Href: r.href(collectionPath(c.Slug) + "/edit?in=" + string(l)), Text: text})
	}
	tier := part.Field{Name: "tier", Label: r.T("contribute.tier"), Type: "select", Value: string(c.Tier)}
	for _, x := range shelf.Tiers {
		tier.Options = append(tier.Options, part.Option{Value: string(x), Label: r.T("contribute.tier." + string(x))})
	}
	v.Fields = r.filled([]part.Field{
		{Name: "title", Label: r.T("collections.name"), Most: shelf.MaxTitle, Value: c.Texts[in].Title, Optional: in != c.Original},
		{Name: "intro", Label: r.T("collections.intro"), Hint: r.T("collections.intro.hint"), Type: "textarea", Rows: 8, Most: shelf.MaxIntro, Value: c.Texts[in].Intro, Optional: true},
		tier,
	}, wrong)
	heads := s.headsOf(r, c.Records())
	for i, e := range c.Entries {
		x := page.Editing{Record: e.Record, Title: r.T("lists.gone"), Place: strconv.Itoa(i + 1), Say: e.Say[in]}
		if h := heads[e.Record]; h != nil {
			x.Title, x.Href = h.In(r.Lang).Title, r.link(h).Href
		}
		if r.c.Method() == fiber.MethodPost {
			x.Place, x.Say, x.Out = r.typed("place-"+e.Record), r.typed("say-"+e.Record), r.typed("out-"+e.Record) == "1"
		}
		x.Error = wrong["say-"+e.Record]
		v.Entries = append(v.Entries, x)
	}
	return r.render(ctx, page.EditPage(v))
}

// writeCollection keeps what was written, and publishes or takes back.
func (s *Site) writeCollection(ctx context.Context, r *request) error {
	if err := r.curator(); err != nil {
		return err
	}
	slug := r.c.Params("slug")
	rev, _ := strconv.ParseInt(r.typed("rev"), 10, 64)
	c, err := s.Shelf.Write(ctx, r.viewer, slug, rev, func(c *shelf.Collection) error {
		in := r.languageIn(*c)
		c.Tier = hub.Tier(r.typed("tier"))
		if c.Texts == nil {
			c.Texts = map[hub.Lang]shelf.Text{}
		}
		text := shelf.Text{Title: strings.TrimSpace(r.typed("title")), Intro: strings.TrimSpace(strings.ReplaceAll(r.typed("intro"), "\r\n", "\n"))}
		if c.Texts[in] = text; text == (shelf.Text{}) && in != c.Original {
			delete(c.Texts, in)
		}
		c.Entries = r.entries(c.Entries, in)
		return nil
	})
	if shows := r.typed("act") == "publish"; err == nil && (shows || r.typed("act") == "withdraw") {
		_, err = s.Shelf.Publish(ctx, r.viewer, slug, c.Rev, shows)
	}
	if errors.Is(err, hub.ErrConflict) {
		r.c.Status(fiber.StatusConflict)
		return s.editCollectionPage(ctx, r, nil, r.T("contribute.changed"))
	}
	if wrong := r.wrong(err); wrong != nil {
		return s.editCollectionPage(ctx, r, wrong, "")
	}
	if err != nil {
		return err
	}
	return r.c.Redirect(r.href(collectionPath(slug)+"/edit?done=collection.saved&in="+string(r.languageIn(c))), fiber.StatusSeeOther)
}

// entries are the records of a collection as they were typed: in the order of
// their numbers, without those to be taken out.
func (r *request) entries(all []shelf.Entry, in hub.Lang) []shelf.Entry {
	type placed struct {
		shelf.Entry
		place int
	}
	var kept []placed
	for i, e := range all {
		if r.typed("out-"+e.Record) == "1" {
			continue
		}
		place, err := strconv.Atoi(strings.TrimSpace(r.typed("place-" + e.Record)))
		if err != nil {
			place = i + 1
		}
		say := map[hub.Lang]string{in: strings.Join(strings.Fields(r.typed("say-"+e.Record)), " ")}
		for l, text := range e.Say {
			if l != in {
				say[l] = text
			}
		}
		if say[in] == "" {
			delete(say, in)
		}
		e.Say = say
		kept = append(kept, placed{e, place})
	}
	slices.SortStableFunc(kept, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	var ordered []shelf.Entry
	for _, k := range kept {
		ordered = append(ordered, k.Entry)
	}
	return ordered
}
