package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// maxSpaces is how many spaces one tag may stand for.
const maxSpaces = 64

// readOpenDocument reads an OpenDocument file. A page ends at each slide, each
// sheet, and in a text where the file says so.
func (c *container) readOpenDocument(p *pages, k kind) error {
	o := openDocument{pages: p, kind: k, breaks: map[string]pageBreak{}, first: true}
	return c.walk(entryContent, visitor{open: o.open, close: o.close, chars: o.chars})
}

// pageBreak says where paragraphs of a style break the page.
type pageBreak struct{ before, after bool }

// openDocument is a walk over the content of an OpenDocument file.
type openDocument struct {
	*pages
	kind   kind
	breaks map[string]pageBreak // by style
	style  string               // the style that is being declared
	after  []bool               // for each open paragraph, whether a page ends with it
	cell   bool                 // a cell began and has no text yet
	first  bool                 // no cell of the row has text yet
}

func (o *openDocument) open(e xml.StartElement) (bool, error) {
	switch e.Name.Local {
	case "annotation", "tracked-changes", "notes", "forms", "binary-data":
		return true, nil
	case "style":
		o.style = attr(e, "name")
	case "paragraph-properties":
		o.declare(e)
	case "p", "h":
		o.paragraph(e)
	case "s":
		n, _ := strconv.Atoi(attr(e, "c"))
		o.chars(strings.Repeat(" ", min(max(n, 1), maxSpaces)))
	case "tab":
		o.chars("\t")
	case "line-break":
		o.chars("\n")
	case "soft-page-break":
		o.turnWhen(!o.empty())
	case "table-row":
		o.first = true
	case "table-cell":
		o.cell = true
	}
	return false, stopWhen(o.full())
}

// declare notes a style that breaks the page. Content without such a style
// needs no memory.
func (o *openDocument) declare(e xml.StartElement) {
	b := pageBreak{attr(e, "break-before") == "page", attr(e, "break-after") == "page"}
	if b.before || b.after {
		o.breaks[o.style] = b
	}
}

// paragraph begins a paragraph.
func (o *openDocument) paragraph(e xml.StartElement) {
	b := o.breaks[attr(e, "style-name")]
	o.turnWhen(b.before && o.kind == kindODT && !o.empty())
	o.after = append(o.after, b.after && o.kind == kindODT)
	if o.kind == kindODS && !o.cell {
		o.add(" ") // a second paragraph of the cell
	}
}

func (o *openDocument) close(name string) error {
	switch name {
	case "p", "h":
		o.endParagraph()
	case "table-row":
		o.newline()
	case "table":
		o.turnWhen(o.kind == kindODS)
	case "page":
		o.turnWhen(o.kind == kindODP)
	}
	return nil
}

// endParagraph ends the line, but not inside a sheet: there the row does.
func (o *openDocument) endParagraph() {
	last := len(o.after) - 1
	if o.kind != kindODS {
		o.newline()
	}
	if last >= 0 && o.after[last] {
		o.turn()
	}
	o.after = o.after[:max(last, 0)]
}

// chars adds text that stands in a paragraph.
func (o *openDocument) chars(s string) error {
	if len(o.after) == 0 {
		return nil
	}
	if o.kind == kindODS && o.cell {
		separate(o.pages, &o.first)
		o.cell = false
	}
	o.add(s)
	return stopWhen(o.full())
}
