package site

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/exchange"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/library"
	"nmirfhub/internal/record"
	"nmirfhub/internal/shelf"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/shelf"
	"nmirfhub/web/part"
)

func (s *Site) shelfRoutes(pages fiber.Router) {
	pages.Get("/account/lists", s.serve(s.savedLists))
	pages.Post("/account/lists", s.serve(s.newList))
	pages.Get("/account/lists/save", s.serve(s.saveForm))
	pages.Post("/account/lists/save", s.serve(s.saveRecord))
	pages.Get("/account/lists/:id", s.serve(s.savedList))
	pages.Post("/account/lists/:id", s.serve(s.actOnList))
}

// keeper lets through who may keep lists. What they get is theirs alone.
func (r *request) keeper() error {
	if !r.site.Shelf.May(r.viewer) {
		return hub.ErrNotFound
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	return nil
}

// saveHref is where a record is saved to a list; empty for who keeps none.
func (r *request) saveHref(id string) string {
	if !r.site.Shelf.May(r.viewer) {
		return ""
	}
	return r.href("/account/lists/save?record=" + id)
}

func listPath(id string) string { return "/account/lists/" + id }

// savedLists are the lists of a person.
func (s *Site) savedLists(ctx context.Context, r *request) error {
	return s.savedListsPage(ctx, r, nil)
}

func (s *Site) savedListsPage(ctx context.Context, r *request, wrong map[string]string) error {
	if err := r.keeper(); err != nil {
		return err
	}
	all, err := s.Shelf.Lists(ctx, r.viewer)
	if err != nil {
		return err
	}
	v := page.ListsView{Base: r.base(r.T("lists.title"), "", r.crumb("/account", "account.title")), Done: r.didSay()}
	v.Private, v.Members = true, true
	for _, l := range all {
		v.Lists = append(v.Lists, page.Kept{Link: layout.Link{Href: r.href(listPath(l.ID)), Text: l.Name}, Meta: r.joined(r.N("lists.items", len(l.Items)), r.Day(l.Updated))})
	}
	v.Name = r.filled([]part.Field{{Name: "name", Label: r.T("lists.name"), Most: shelf.MaxName}}, wrong)
	return r.render(ctx, page.ListsPage(v))
}

func (s *Site) newList(ctx context.Context, r *request) error {
	if err := r.keeper(); err != nil {
		return err
	}
	l, err := s.Shelf.NewList(ctx, r.viewer, r.typed("name"))
	if wrong := r.wrongList(err); wrong != nil {
		return s.savedListsPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done(listPath(l.ID), "list.new")
}

// wrongList is what is wrong with a form of lists. A limit is said in words.
func (r *request) wrongList(err error) map[string]string {
	wrong := r.wrong(err)
	var i *hub.Invalid
	if wrong == nil || !errors.As(err, &i) || i.Reason != hub.ReasonRange {
		return wrong
	}
	switch i.Field {
	case "name":
		wrong["name"] = r.T("lists.full.name", "limit", r.Number(i.Limit))
	case "list":
		wrong["list"] = r.T("lists.full.list", "limit", r.Number(i.Limit))
	}
	return wrong
}

// saveForm asks to which lists a record is saved.
func (s *Site) saveForm(ctx context.Context, r *request) error { return s.savePage(ctx, r, nil) }

func (s *Site) savePage(ctx context.Context, r *request, wrong map[string]string) error {
	if err := r.keeper(); err != nil {
		return err
	}
	heads := s.Records.HeadsByID(r.viewer, r.query.Get("record"))
	if len(heads) == 0 {
		return hub.ErrNotFound
	}
	all, err := s.Shelf.Lists(ctx, r.viewer)
	if err != nil {
		return err
	}
	v := page.SaveView{Base: r.base(r.T("lists.save"), "", r.crumb("/account/lists", "lists.title")), Record: r.rowsOf(heads)[0], Problem: wrong["list"]}
	v.Private, v.Members = true, true
	in := part.Field{Name: "in", Label: r.T("lists.in"), Type: "checks", Optional: true}
	for _, l := range all {
		in.Options = append(in.Options, part.Option{Value: l.ID, Label: l.Name, Checked: l.Holds(heads[0].ID) >= 0})
	}
	v.Shown = in.Options
	if len(all) > 0 {
		v.Fields = append(v.Fields, in)
	}
	v.Fields = r.filled(append(v.Fields,
		part.Field{Name: "name", Label: r.T("lists.new"), Most: shelf.MaxName, Optional: true},
		part.Field{Name: "note", Label: r.T("lists.note"), Hint: r.T("lists.note.hint"), Most: shelf.MaxNote, Optional: true},
	), wrong)
	if s.Shelf.Curates(r.viewer) {
		for _, c := range s.Shelf.Shown(r.viewer) {
			t, _ := c.In(r.Lang)
			v.Collections = append(v.Collections, part.Option{Value: c.Slug, Label: t.Title})
		}
	}
	return r.render(ctx, page.SavePage(v))
}

// saveRecord puts a record into the lists that were ticked, and takes it out of
// the others; a list with a new name is made for it.
func (s *Site) saveRecord(ctx context.Context, r *request) error {
	if err := r.keeper(); err != nil {
		return err
	}
	id := r.query.Get("record")
	if len(s.Records.HeadsByID(r.viewer, id)) == 0 {
		return hub.ErrNotFound
	}
	if r.typed("act") == "collect" {
		if err := s.Shelf.Add(ctx, r.viewer, r.typed("collection"), id); err != nil {
			return err
		}
		return r.done("/collections/"+r.typed("collection")+"/edit", "collection.saved")
	}
	where, err := s.saveTo(ctx, r, id)
	if wrong := r.wrongList(err); wrong != nil {
		return s.savePage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done(where, "list.saved")
}

// saveTo does that with the lists that the form showed, and says which page shows it.
func (s *Site) saveTo(ctx context.Context, r *request, id string) (string, error) {
	all, err := s.Shelf.Lists(ctx, r.viewer)
	if err != nil {
		return "", err
	}
	in, shown, note := r.several("in"), r.several("shown"), r.typed("note")
	if name := strings.TrimSpace(r.typed("name")); name != "" {
		l, err := s.Shelf.NewList(ctx, r.viewer, name)
		if err != nil {
			return "", err
		}
		all, in = append(all, &l), append(in, l.ID)
	}
	where := "/account/lists"
	for _, l := range all {
		ticked := slices.Contains(in, l.ID)
		switch {
		case ticked && l.Holds(id) < 0:
			err = s.Shelf.Save(ctx, r.viewer, l.ID, id, note)
			where = listPath(l.ID)
		case !ticked && l.Holds(id) >= 0 && slices.Contains(shown, l.ID):
			err = s.Shelf.Take(ctx, r.viewer, l.ID, id)
		}
		if err != nil {
			return "", err
		}
	}
	return where, nil
}

// listItemsAPage is how many records a page of a list shows.
const listItemsAPage = 50

// savedList is a list with its records, or with an ending its file.
func (s *Site) savedList(ctx context.Context, r *request) error {
	if err := r.keeper(); err != nil {
		return err
	}
	for ending, file := range map[string]func(context.Context, *request, *shelf.List) error{".csv": s.listTable, ".bib": s.listCitations} {
		if id, ok := strings.CutSuffix(r.c.Params("id"), ending); ok {
			l, err := s.Shelf.List(ctx, r.viewer, hub.ActExport, id)
			if err != nil {
				return err
			}
			return file(ctx, r, l)
		}
	}
	return s.savedListPage(ctx, r, nil)
}

func (s *Site) savedListPage(ctx context.Context, r *request, wrong map[string]string) error {
	l, err := s.Shelf.List(ctx, r.viewer, hub.ActRead, r.c.Params("id"))
	if err != nil {
		return err
	}
	v := page.ListView{Base: r.base(l.Name, "", r.crumb("/account", "account.title"), r.crumb("/account/lists", "lists.title")), Done: r.didSay(), Total: r.N("lists.items", len(l.Items)), Path: r.href(listPath(l.ID))}
	v.Private, v.Members = true, true
	heads := s.headsOf(r, l.Records())
	for _, h := range heads {
		v.Cites = v.Cites || h.Kind == hub.Publication
	}
	n, _ := strconv.Atoi(r.query.Get("page"))
	n = max(1, min(n, (len(l.Items)+listItemsAPage-1)/listItemsAPage))
	last := min(n*listItemsAPage, len(l.Items))
	for i := (n - 1) * listItemsAPage; i < last; i++ {
		item := l.Items[i]
		k := page.Item{Record: item.Record, Note: item.Note, First: i == 0, Last: i == len(l.Items)-1}
		if h := heads[item.Record]; h != nil {
			row := r.rowsOf([]*record.Head{h})[0]
			row.Meta = r.joined(r.T("kind."+string(h.Kind)), row.Meta)
			k.Row = &row
		}
		v.Items = append(v.Items, k)
	}
	if n > 1 {
		v.Pager.Previous = v.Path + "?page=" + strconv.Itoa(n-1)
	}
	if last < len(l.Items) {
		v.Pager.Next = v.Path + "?page=" + strconv.Itoa(n+1)
	}
	v.Name = []part.Field{{Name: "name", Label: r.T("lists.name"), Most: shelf.MaxName, Value: l.Name}}
	if r.typed("act") == "rename" {
		v.Name = r.filled(v.Name, wrong)
	}
	return r.render(ctx, page.ListPage(v))
}

// headsOf are those of the records that the reader may list now, by id.
func (s *Site) headsOf(r *request, ids []string) map[string]*record.Head {
	all := map[string]*record.Head{}
	for _, h := range s.Records.HeadsByID(r.viewer, ids...) {
		all[h.ID] = h
	}
	return all
}

// actOnList does what the page of a list offers.
func (s *Site) actOnList(ctx context.Context, r *request) error {
	if err := r.keeper(); err != nil {
		return err
	}
	id, rec := r.c.Params("id"), r.typed("record")
	var err error
	switch r.typed("act") {
	case "rename":
		err = s.Shelf.Rename(ctx, r.viewer, id, r.typed("name"))
	case "note":
		err = s.Shelf.Note(ctx, r.viewer, id, rec, r.typed("note"))
	case "up":
		err = s.Shelf.Move(ctx, r.viewer, id, rec, -1)
	case "down":
		err = s.Shelf.Move(ctx, r.viewer, id, rec, 1)
	case "take":
		err = s.Shelf.Take(ctx, r.viewer, id, rec)
	case "drop":
		if r.typed("sure") != "1" {
			return r.c.Redirect(r.href(listPath(id)), fiber.StatusSeeOther)
		}
		if err = s.Shelf.Drop(ctx, r.viewer, id); err == nil {
			return r.done("/account/lists", "list.dropped")
		}
	default:
		return hub.ErrNotFound
	}
	if wrong := r.wrongList(err); wrong != nil {
		return s.savedListPage(ctx, r, wrong)
	}
	if err != nil {
		return err
	}
	return r.done(listPath(id), "list.changed")
}

// listTable sends a list as a table. What the reader may not read any more is
// not in it.
func (s *Site) listTable(_ context.Context, r *request, l *shelf.List) error {
	var b bytes.Buffer
	b.WriteString("\ufeff") // so that spreadsheets take it for UTF-8
	w := csv.NewWriter(&b)
	write := func(cells ...string) {
		for i, c := range cells {
			cells[i] = exchange.Cell(c)
		}
		w.Write(cells) // to memory: never fails
	}
	write(r.T("lists.csv.title"), r.T("lists.csv.kind"), r.T("lists.csv.states"), r.T("lists.csv.date"), r.T("lists.csv.address"), r.T("lists.csv.note"))
	heads := s.headsOf(r, l.Records())
	for _, i := range l.Items {
		if h := heads[i.Record]; h != nil {
			write(h.In(r.Lang).Title, r.T("kind."+string(h.Kind)), r.statesOf(h), h.Date, s.Origin+r.link(h).Href, i.Note)
		}
	}
	w.Flush()
	return r.sendList("csv", "text/csv; charset=utf-8", b.Bytes())
}

// listCitations sends the publications of a list as BibTeX.
func (s *Site) listCitations(ctx context.Context, r *request, l *shelf.List) error {
	all, err := s.Records.Readable(ctx, r.viewer, l.Records()...)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, rec := range all {
		if rec.Kind != hub.Publication {
			continue
		}
		body, err := record.Decode[library.Publication](rec.Body)
		if err != nil {
			return err
		}
		b.WriteString(citation(rec, body).BibTeX() + "\n")
	}
	return r.sendList("bib", "application/x-bibtex; charset=utf-8", []byte(b.String()))
}

func (r *request) sendList(ending, contentType string, raw []byte) error {
	r.c.Set(fiber.HeaderContentType, contentType)
	r.c.Set(fiber.HeaderContentDisposition, `attachment; filename="list.`+ending+`"`)
	return r.c.Send(raw)
}
