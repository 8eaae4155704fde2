package site

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/desk"
	"nmirfhub/internal/exchange"
	"nmirfhub/internal/hub"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/moderation"
)

// figure is a column of the figures.
type figure struct {
	key  string
	of   func(desk.Sum) int64
	span bool // seconds; negative: there is none
	now  bool // measured at the end of the week, where it was
}

var figureColumns = []figure{
	{"figures.new", func(s desk.Sum) int64 { return int64(s.New) }, false, false},
	{"figures.returned", func(s desk.Sum) int64 { return int64(s.Returned) }, false, false},
	{"figures.published", func(s desk.Sum) int64 { return int64(s.Published) }, false, false},
	{"figures.withdrawn", func(s desk.Sum) int64 { return int64(s.Withdrawn) }, false, false},
	{"figures.stale", func(s desk.Sum) int64 { return int64(s.Stale) }, false, true},
	{"figures.median", func(s desk.Sum) int64 { return s.Median }, true, false},
}

// median is a time to a decision in words.
func (r *request) median(seconds int64) string {
	if seconds < 0 {
		return r.T("figures.none")
	}
	return r.span(time.Duration(seconds) * time.Second)
}

// figures is what the last weeks brought, of all kinds or of one.
func (s *Site) figures(ctx context.Context, r *request) error {
	kind, err := figureKind(r.query.Get("kind"))
	if err != nil {
		return err
	}
	weeks, err := s.Desk.Figures(ctx, r.viewer)
	if err != nil {
		return err
	}
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	v := page.FiguresView{Base: r.base(r.T("figures.title"), ""), CSV: r.href("/moderation/figures.csv"), Counted: r.T("figures.counted", "time", r.moment(weeks[0].Counted))}
	v.Private, v.Members = true, true
	if s.Desk.May(r.viewer) {
		v.Tabs = r.tabs("/moderation/figures", nil)
	}
	exact := s.Desk.Exact(r.viewer)
	if !exact {
		v.Small = r.T("figures.small", "n", r.Number(desk.Group))
	}
	v.Kinds = []layout.Tab{{Link: layout.Link{Href: r.href("/moderation/figures"), Text: r.T("figures.kind.all")}, Current: kind == ""}}
	for _, k := range s.Writing.Kinds() {
		v.Kinds = append(v.Kinds, layout.Tab{Link: layout.Link{Href: r.href("/moderation/figures?kind=" + string(k)), Text: r.T("kind." + string(k))}, Current: kind == k})
	}
	columns := columnsFor(kind)
	for _, c := range columns {
		v.Columns = append(v.Columns, r.T(c.key))
		v.Plots = append(v.Plots, r.plot(c, weeks, kind, exact))
	}
	for _, w := range weeks {
		row := page.FigureRow{Week: r.T("figures.week.of", "day", r.Day(w.Monday))}
		for _, c := range columns {
			row.Cells = append(row.Cells, r.figure(c, w, kind, exact))
		}
		v.Rows = append(v.Rows, row)
	}
	return r.render(ctx, page.FiguresPage(v))
}

// columnsFor are the columns of one kind; of all kinds there are the questions
// that nobody answered too.
func columnsFor(kind hub.Kind) []figure {
	if kind != "" {
		return figureColumns
	}
	return append(slices.Clone(figureColumns), figure{key: "figures.unanswered", now: true})
}

// valueOf is a figure of a week; false where there is none.
func valueOf(c figure, w desk.Week, kind hub.Kind) (int64, bool) {
	if c.now && !w.Measured {
		return 0, false
	}
	if c.of == nil {
		return int64(w.Unanswered), true
	}
	sum, has := w.Kinds[kind]
	switch {
	case kind == "":
		sum = w.Total()
	case !has:
		sum.Median = -1
	}
	n := c.of(sum)
	return n, !c.span || n >= 0
}

// few says whether a number is too small to be said to who reads groups only.
func few(n int64, c figure, exact bool) bool { return !exact && !c.span && n > 0 && n < desk.Group }

// figure is one in words.
func (r *request) figure(c figure, w desk.Week, kind hub.Kind, exact bool) string {
	n, has := valueOf(c, w, kind)
	switch {
	case !has:
		return r.T("figures.none")
	case c.span:
		return r.median(n)
	case few(n, c, exact):
		return r.T("figures.few", "n", r.Number(desk.Group))
	}
	return r.Number(int(n))
}

// plot draws a column, the oldest week where reading begins.
func (r *request) plot(c figure, weeks []desk.Week, kind hub.Kind, exact bool) page.Plot {
	p := page.Plot{Title: r.T(c.key), Now: r.figure(c, weeks[0], kind, exact), From: r.Day(weeks[len(weeks)-1].Monday), To: r.Day(weeks[0].Monday)}
	most := int64(1)
	values := make([]int64, len(weeks))
	for n, w := range weeks {
		values[n], _ = valueOf(c, w, kind)
		if few(values[n], c, exact) {
			values[n] = desk.Group / 2
		}
		most = max(most, values[n])
	}
	wide := page.PlotWidth / len(weeks)
	for n, value := range values {
		at := len(weeks) - 1 - n
		if r.Lang.Dir() == "rtl" {
			at = n
		}
		if high := int(max(value, 0) * (page.PlotHeight - 2) / most); high > 0 || value > 0 {
			high = max(high, 2)
			p.Bars = append(p.Bars, page.Bar{X: at*wide + 1, Y: page.PlotHeight - high, Width: wide - 2, Height: high})
		}
	}
	return p
}

// figureKind is the kind that the address names; none for all.
func figureKind(given string) (hub.Kind, error) {
	if given == "" || slices.Contains(hub.Kinds[:], hub.Kind(given)) {
		return hub.Kind(given), nil
	}
	return "", &hub.Invalid{Field: "kind", Reason: hub.ReasonUnknown}
}

// exportFigures sends the figures as a table: a line for each week and kind. What
// a spreadsheet would take for a formula is made plain text.
func (s *Site) exportFigures(ctx context.Context, r *request) error {
	weeks, err := s.Desk.Figures(ctx, r.viewer)
	if err != nil {
		return err
	}
	exact := s.Desk.Exact(r.viewer)
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	w.Write([]string{"week", "monday", "kind", "new", "returned", "published", "withdrawn", "stale", "median_seconds", "unanswered_questions"})
	for _, x := range weeks {
		for _, kind := range append([]hub.Kind{""}, s.Writing.Kinds()...) {
			name := string(kind)
			if kind == "" {
				name = "all"
			}
			line := []string{x.Name, x.Monday.Format(time.DateOnly), name}
			for _, c := range columnsFor(kind) {
				line = append(line, exchange.Cell(plainFigure(c, x, kind, exact)))
			}
			if kind != "" {
				line = append(line, "")
			}
			w.Write(line)
		}
	}
	w.Flush()
	r.c.Set(fiber.HeaderCacheControl, "private, no-store")
	r.c.Attachment("figures.csv")
	r.c.Set(fiber.HeaderContentType, csvType)
	return r.c.Send(table.Bytes())
}

// plainFigure is one for a table: nothing where there is none.
func plainFigure(c figure, w desk.Week, kind hub.Kind, exact bool) string {
	n, has := valueOf(c, w, kind)
	switch {
	case !has:
		return ""
	case few(n, c, exact):
		return "<" + strconv.Itoa(desk.Group)
	}
	return strconv.FormatInt(n, 10)
}
