package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/exchange"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// tablesAnHour is how often somebody, or a network, has tables of one kind.
const tablesAnHour = 2

// maxTable is how many rows a table has at most.
const maxTable = 50_000

// common are the first columns of every table.
var common = []string{"slug", "title", "summary", "lang", "languages", "states", "themes", "date", "updated_at", "url"}

// tableTimeout is how long a table may take: one of maxTable rows some seconds.
const tableTimeout = 20 * time.Second

// columns are the members of the bodies that follow them.
var columns = map[hub.Kind][]string{
	hub.Mechanism:   {"acronym", "type", "host", "chair_level", "established", "members", "secretariat", "system", "networks", "depth", "as_of"},
	hub.Practice:    {"capacity", "capacity_also", "challenges", "stage", "evidence", "organisation", "also_in"},
	hub.Publication: {"type", "availability", "authors", "publisher", "place", "symbol", "isbn", "doi", "container", "volume", "number", "pages", "licence", "issues"},
}

// tableNames are what the files are called.
var tableNames = map[hub.Kind]string{hub.Mechanism: "mechanisms.csv", hub.Practice: "practices.csv", hub.Publication: "publications.csv"}

// table is the published records of a kind as a file: those that everybody
// reads, and closed ones for who may export them.
func (a *API) table(k hub.Kind) handler {
	return func(ctx context.Context, q asked) (any, error) {
		if err := a.tables.Take(string(k)+" "+q.from, tablesAnHour, time.Hour, a.Now()); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tableTimeout)
		defer cancel()
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = true // RFC 4180
		w.Write(slices.Concat(common, columns[k]))
		ask := record.Query{Kind: k, Lang: q.lang, Order: record.ByTitle, Limit: record.MaxPage}
		for rows := 0; rows < maxTable; {
			page, err := a.Records.Carry(q.viewer, ask)
			if err != nil {
				return nil, err
			}
			all, err := a.Records.Readable(ctx, q.viewer, idsOf(page.Heads)...)
			if err != nil {
				return nil, err
			}
			for _, r := range all {
				w.Write(a.row(q, r))
			}
			rows += len(page.Heads)
			if ask.After = page.Next; ask.After == "" {
				break
			}
		}
		w.Flush()
		return reply{file: &file{tableNames[k], "text/csv; charset=utf-8; header=present", b.Bytes()}}, w.Error()
	}
}

// row is a record in a table.
func (a *API) row(q asked, r *hub.Record) []string {
	t := r.In(q.lang)
	var states, in []string
	for _, s := range r.States {
		states = append(states, string(s))
	}
	for _, v := range r.Versions {
		in = append(in, string(v.Lang))
	}
	cells := []string{
		r.Slug, t.Title, t.Summary, string(t.Lang), strings.Join(in, "; "), strings.Join(states, "; "), strings.Join(r.Themes, "; "), r.Date,
		r.Updated.Format(time.RFC3339), a.Origin + finder.Path(q.lang, r.Kind, r.Slug),
	}
	var body map[string]any
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.UseNumber()
	d.Decode(&body) // of a record that was checked; one without a body has none
	for _, c := range columns[r.Kind] {
		cells = append(cells, plain(body[c]))
	}
	for i := range cells {
		cells[i] = exchange.Cell(cells[i])
	}
	return cells
}

// plain is a value of a body in one cell: parts of a list with semicolons
// between them, parts of a thing with commas.
func plain(v any) string {
	var parts []string
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	case []any:
		for _, one := range v {
			parts = append(parts, plain(one))
		}
		return strings.Join(parts, "; ")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if one := plain(v[name]); one != "" {
				parts = append(parts, one)
			}
		}
	}
	return strings.Join(parts, ", ")
}
