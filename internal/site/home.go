package site

import (
	"context"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/web/layout"
	"nmirfhub/web/page/home"
	"nmirfhub/web/part"
)

func (s *Site) homeRoutes(pages fiber.Router) {
	s.get(pages, "/", s.home)
}

// news is how many new records the home page shows, and coming how many events.
const (
	news   = 5
	coming = 4
)

func (s *Site) home(ctx context.Context, r *request) error {
	v := home.View{Base: r.base("", "")}
	v.Path, v.WithoutSearch, v.Flush = "/", true, true
	v.Description = r.T("home.description")
	for _, key := range []string{"home.often.1", "home.often.2", "home.often.3"} {
		words := r.T(key)
		v.Often = append(v.Often, layout.Link{Href: r.href("/search?q=" + url.QueryEscape(words)), Text: words})
	}
	counts, err := s.countKinds(r.viewer)
	if err != nil {
		return err
	}
	v.Tasks = []home.Entry{
		{Link: r.crumb("/challenges", "home.task.improve"), Note: r.N("home.task.improve.note", counts[hub.Practice])},
		{Link: r.crumb("/toolkit?capacity=establishment", "home.task.setup"), Note: r.T("home.task.setup.note")},
		{Link: r.crumb("/mechanisms", "home.task.dialogue"), Note: r.T("home.task.dialogue.note")},
	}
	v.Doors = r.doors(counts)
	if err := s.tileMap(r, "", &v.Map, &v.Legend, &v.Table); err != nil {
		return err
	}
	v.States = r.stateOptions()
	for _, h := range s.Records.Recent(r.viewer, news) {
		v.News = append(v.News, r.newsOf(h))
	}
	v.Events = s.upcoming(r)
	return r.render(ctx, home.Page(v))
}

func (s *Site) countKinds(v hub.Viewer) (map[hub.Kind]int, error) {
	counts := map[hub.Kind]int{}
	for _, k := range []hub.Kind{hub.Publication, hub.Practice, hub.Mechanism, hub.Resource} {
		l, err := s.Records.List(v, record.Query{Kind: k, Limit: 1})
		if err != nil {
			return nil, err
		}
		counts[k] = l.Total
	}
	return counts, nil
}

func (r *request) doors(counts map[hub.Kind]int) []home.Door {
	open := func(key string, k hub.Kind) home.Door {
		return home.Door{Key: key, Href: r.href("/" + key), Name: r.T("door." + key), About: r.T("home.door." + key), Note: r.N("home.door."+key+".n", counts[k])}
	}
	locked := func(key string) home.Door {
		return home.Door{Key: key, Href: r.href("/" + key), Name: r.T("door." + key), About: r.T("home.door." + key), Note: r.T("home.door.members"), Locked: true}
	}
	return []home.Door{
		open("library", hub.Publication), open("practices", hub.Practice), open("mechanisms", hub.Mechanism),
		open("toolkit", hub.Resource), locked("experts"), locked("discuss"),
	}
}

// link leads to the page of a record.
func (r *request) link(h *record.Head) layout.Link {
	return layout.Link{Href: finder.Path(r.Lang, h.Kind, h.Slug), Text: h.In(r.Lang).Title}
}

func (r *request) newsOf(h *record.Head) home.News {
	n := home.News{Link: r.link(h), Date: h.Updated.Format("2006-01-02"), Day: r.Day(h.Updated), Note: r.T("kind." + string(h.Kind))}
	if len(h.States) == 1 {
		n.Note = r.T("home.new.note", "kind", n.Note, "state", r.site.Vocabulary.StateName(h.States[0], r.Lang))
	}
	n.Lang, n.Dir = langDir(h.In(r.Lang).Lang)
	return n
}

// langDir is what an element in a language says of itself.
func langDir(l hub.Lang) (lang, dir string) { return string(l), l.Dir() }

// upcoming is the next events, soonest first.
func (s *Site) upcoming(r *request) []home.News {
	l, err := s.Records.List(r.viewer, record.Query{Kind: hub.Event, Limit: record.MaxPage})
	if err != nil {
		return nil
	}
	today := s.Now().Format("2006-01-02")
	var next []home.News
	for _, h := range l.Heads { // newest first
		if h.Date < today {
			break
		}
		n := r.newsOf(h)
		n.Date, n.Day = h.Date, r.Date(h.Date)
		next = append(next, n)
	}
	slices.Reverse(next)
	return next[:min(len(next), coming)]
}

func (r *request) stateOptions() []home.Option {
	var all []home.Option
	for _, c := range r.site.Vocabulary.StatesByName(r.Lang) {
		all = append(all, home.Option{Code: string(c), Name: r.site.Vocabulary.StateName(c, r.Lang)})
	}
	return all
}

// marks are the types of mechanism in the order of the legend, with the sign
// that the map has for each. What is not described and what does not exist
// share the plain tile: the map never says that a State has none.
var marks = []struct{ mark, code string }{
	{"i", "interministerial"}, {"m", "ministerial"}, {"s", "institutionally-separate"}, {"a", "ad-hoc"}, {"p", "planned"}, {"n", "unknown"},
}

// tileMap fills in the map of what the viewer may list, its legend and the
// table that says the same. here is the State that the page is about.
func (s *Site) tileMap(r *request, here hub.State, m *part.TileMap, legend *[]part.LegendEntry, table *[]part.StateRow) error {
	types, err := s.typeOfState(r.viewer)
	if err != nil {
		return err
	}
	groups := map[string][]part.Tile{}
	for _, t := range s.Vocabulary.Tiles() {
		mark := markOf(types[t.State])
		name := s.Vocabulary.StateName(t.State, r.Lang)
		groups[mark] = append(groups[mark], part.Tile{
			Code: string(t.State), Href: r.stateHref(t.State), Label: r.T("map.tile", "state", name, "type", r.T("map."+mark)),
			Col: t.Col, Row: t.Row, Observer: t.Observer, Here: t.State == here,
		})
	}
	for _, k := range marks {
		members := 0
		for _, t := range groups[k.mark] {
			if !t.Observer {
				members++
			}
		}
		m.Groups = append(m.Groups, part.TileGroup{Mark: k.mark, Tiles: groups[k.mark]})
		*legend = append(*legend, part.LegendEntry{Mark: k.mark, Name: r.T("map." + k.mark), Meaning: r.T("map." + k.mark + ".about"), Count: r.Number(members)})
	}
	for _, c := range s.Vocabulary.StatesByName(r.Lang) {
		*table = append(*table, part.StateRow{
			Href: r.stateHref(c), Name: s.Vocabulary.StateName(c, r.Lang),
			Region: s.Vocabulary.Label("region", s.Vocabulary.Region(c), r.Lang), Type: r.T("map." + markOf(types[c])),
		})
	}
	return nil
}

// typeOfState is the type of each State's mechanism, as the profiles that the
// viewer may list say it.
func (s *Site) typeOfState(v hub.Viewer) (map[hub.State]string, error) {
	types := map[hub.State]string{}
	q := record.Query{Kind: hub.Mechanism, Limit: record.MaxPage}
	for {
		l, err := s.Records.List(v, q)
		if err != nil {
			return nil, err
		}
		for _, h := range l.Heads {
			types[h.Mechanism] = h.Value(record.FacetType)
		}
		if q.After = l.Next; q.After == "" {
			return types, nil
		}
	}
}

func markOf(code string) string {
	for _, k := range marks {
		if k.code == code {
			return k.mark
		}
	}
	return "n"
}
