package sheet

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// grid is the cells of a table, by line.
type grid struct {
	rows   []gridRow
	merged []string // ranges of cells that were joined: "G4:G6"
}

type gridRow struct {
	n       int // from 1
	cells   []string
	formula map[int]bool // columns that are calculated
}

// set puts a cell into the line n, which is the last one or a new one.
func (g *grid) set(n, col int, text string) {
	if text == "" {
		return
	}
	row := g.row(n)
	for len(row.cells) <= col {
		row.cells = append(row.cells, "")
	}
	row.cells[col] = text
}

func (g *grid) row(n int) *gridRow {
	if len(g.rows) == 0 || g.rows[len(g.rows)-1].n != n {
		g.rows = append(g.rows, gridRow{n: n})
	}
	return &g.rows[len(g.rows)-1]
}

// readXLSX reads the sheet of a workbook that is ours. It is read bit by bit
// and never as a whole, so that a small file cannot become a large one.
func readXLSX(raw []byte) (*grid, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, &Problem{Reason: Kind}
	}
	if len(z.File) > maxZip {
		return nil, &Problem{Reason: Large}
	}
	var sheets []*zip.File
	var shared []string
	for _, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		switch {
		case path.Dir(name) == "xl/worksheets" && path.Ext(name) == ".xml":
			sheets = append(sheets, f)
		case name == "xl/sharedstrings.xml":
			if shared, err = readShared(f); err != nil {
				return nil, err
			}
		}
	}
	if len(sheets) == 0 {
		return nil, &Problem{Reason: Kind}
	}
	slices.SortFunc(sheets, func(a, b *zip.File) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range sheets[:min(len(sheets), 10)] {
		g, err := readSheet(f, shared)
		if err != nil {
			return nil, err
		}
		if top, _ := g.ours(); top >= 0 {
			return g, nil
		}
	}
	return nil, &Problem{Reason: Foreign}
}

// decoder reads the element that it was handed out with, as a whole.
type decoder func(into any) error

// part reads the elements of a part of a workbook.
func part(f *zip.File, element func(xml.StartElement, decoder) error) error {
	r, err := f.Open()
	if err != nil {
		return &Problem{Reason: Kind}
	}
	defer r.Close()
	limited := &io.LimitedReader{R: r, N: maxPart}
	d := xml.NewDecoder(limited)
	for depth := 0; depth < maxDepth; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && limited.N > 0 {
			return nil
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			err = element(t, func(into any) error {
				depth--
				return d.DecodeElement(into, &t)
			})
		case xml.EndElement:
			depth--
		}
		var ours *Problem
		switch {
		case limited.N <= 0:
			return &Problem{Reason: Large}
		case errors.As(err, &ours):
			return ours
		case err != nil:
			return &Problem{Reason: Kind}
		}
	}
	return &Problem{Reason: Kind}
}

// rich is a text, or pieces of one that look different.
type rich struct {
	Text   string `xml:"t"`
	Pieces []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (t rich) String() string {
	all := t.Text
	for _, p := range t.Pieces {
		all += p.Text
	}
	return unescape(all)
}

func readShared(f *zip.File) (all []string, err error) {
	err = part(f, func(start xml.StartElement, read decoder) error {
		if start.Name.Local != "si" {
			return nil
		}
		var t rich
		if err := read(&t); err != nil {
			return err
		}
		if all = append(all, t.String()); len(all) > maxCells {
			return &Problem{Reason: Large}
		}
		return nil
	})
	return all, err
}

func readSheet(f *zip.File, shared []string) (*grid, error) {
	g := &grid{}
	row, col, rows, cells := 0, -1, 0, 0
	err := part(f, func(start xml.StartElement, read decoder) error {
		switch start.Name.Local {
		case "row":
			if rows++; rows > maxRows {
				return &Problem{Reason: Rows, Limit: maxRows}
			}
			next := row + 1
			if n, err := strconv.Atoi(attr(start, "r")); err == nil {
				next = n
			}
			if next <= row { // lines come in their order
				return &Problem{Reason: Kind}
			}
			row, col = next, -1
		case "c":
			if cells++; cells > maxCells {
				return &Problem{Reason: Large}
			}
			var c cell
			if err := read(&c); err != nil {
				return err
			}
			col++
			if n := columnOf(c.At); n >= 0 {
				col = n
			}
			if col < maxCols {
				g.set(row, col, c.text(shared))
				if c.Formula != nil || c.Type == "e" {
					g.calculated(row, col)
				}
			}
		case "mergeCell":
			if len(g.merged) < maxRows {
				g.merged = append(g.merged, attr(start, "ref"))
			}
		}
		return nil
	})
	return g, err
}

func (g *grid) calculated(n, col int) {
	row := g.row(n)
	if row.formula == nil {
		row.formula = map[int]bool{}
	}
	row.formula[col] = true
}

type cell struct {
	At      string    `xml:"r,attr"`
	Type    string    `xml:"t,attr"`
	Value   string    `xml:"v"`
	Formula *struct{} `xml:"f"`
	Inline  rich      `xml:"is"`
}

func (c cell) text(shared []string) string {
	switch c.Type {
	case "s":
		if i, err := strconv.Atoi(c.Value); err == nil && i >= 0 && i < len(shared) {
			return shared[i]
		}
		return ""
	case "inlineStr":
		return c.Inline.String()
	case "b":
		return map[string]string{"0": "no", "1": "yes"}[c.Value]
	}
	return unescape(c.Value)
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// columnOf is the column of a cell, from 0; -1 for a name that is none.
func columnOf(at string) int {
	n := 0
	for i, c := range at {
		switch {
		case c >= 'A' && c <= 'Z' && i < 3:
			n = n*26 + int(c-'A') + 1
		case c >= '0' && c <= '9' && i > 0:
			return n - 1
		default:
			return -1
		}
	}
	return n - 1
}

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescape reads the signs that XML cannot hold, as workbooks write them.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(e string) string {
		n, _ := strconv.ParseUint(e[2:6], 16, 16)
		if utf16.IsSurrogate(rune(n)) {
			return e
		}
		return string(rune(n))
	})
}
