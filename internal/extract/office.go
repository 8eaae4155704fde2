package extract

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// mainTypes are the content types of the main entry of an Office file.
// Templates and files with macros have others.
var mainTypes = map[string]kind{
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml":   kindDOCX,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml":         kindXLSX,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": kindPPTX,
}

// documentTypes are the contents of the entry "mimetype" of an OpenDocument file.
var documentTypes = map[string]kind{
	"application/vnd.oasis.opendocument.text":         kindODT,
	"application/vnd.oasis.opendocument.spreadsheet":  kindODS,
	"application/vnd.oasis.opendocument.presentation": kindODP,
}

// Names of entries that say what a container is.
const (
	entryTypes    = "[Content_Types].xml"
	entryMimetype = "mimetype"
	entryManifest = "META-INF/manifest.xml"
	entryContent  = "content.xml"
)

// readContainer reads an Office or OpenDocument file that must be of kind k.
func readContainer(k kind, data []byte) (Text, error) {
	c, err := openContainer(data)
	if err != nil {
		return Text{}, err
	}
	found, entry, err := c.kind()
	if err != nil {
		return Text{}, err
	}
	if found != k {
		return Text{}, fmt.Errorf("%w: the content is no %s", ErrUnsupported, k)
	}
	var p pages
	switch k {
	case kindDOCX:
		err = c.readWord(&p, entry)
	case kindXLSX:
		err = c.readWorkbook(&p, entry)
	case kindPPTX:
		err = c.readSlides(&p, entry)
	default:
		err = c.readOpenDocument(&p, k)
	}
	if err != nil {
		return Text{}, err
	}
	return p.text(), nil
}

// kind is what a container says that it is, "" for none of the kinds that are
// read, and its main entry.
func (c *container) kind() (kind, string, error) {
	switch {
	case c.has(entryTypes):
		return c.officeKind()
	case c.has(entryMimetype):
		b, err := c.bytes(entryMimetype, 256)
		if err != nil {
			return "", "", err
		}
		return documentTypes[string(bytes.TrimSpace(b))], entryContent, c.refuseEncrypted()
	}
	return "", "", nil
}

// officeKind finds the main entry of an Office file by its content type.
func (c *container) officeKind() (found kind, entry string, err error) {
	err = c.walk(entryTypes, visitor{open: func(e xml.StartElement) (bool, error) {
		k, ok := mainTypes[attr(e, "ContentType")]
		if !ok || e.Name.Local != "Override" {
			return false, nil
		}
		if found != "" {
			return false, fmt.Errorf("%w: two main entries", ErrDamaged)
		}
		found, entry = k, strings.TrimPrefix(attr(e, "PartName"), "/")
		return false, nil
	}})
	return found, entry, err
}

// refuseEncrypted is ErrEncrypted when an OpenDocument file has a password.
func (c *container) refuseEncrypted() error {
	if !c.has(entryManifest) {
		return nil
	}
	return c.walk(entryManifest, visitor{open: func(e xml.StartElement) (bool, error) {
		if e.Name.Local == "encryption-data" {
			return false, ErrEncrypted
		}
		return false, nil
	}})
}

// relations are the names of the entries that an Office entry refers to, by id.
func (c *container) relations(entry string) (map[string]string, error) {
	dir, file := path.Split(entry)
	name := dir + "_rels/" + file + ".rels"
	out := map[string]string{}
	if !c.has(name) {
		return out, nil
	}
	err := c.walk(name, visitor{open: func(e xml.StartElement) (bool, error) {
		if e.Name.Local == "Relationship" && attr(e, "TargetMode") != "External" {
			out[attr(e, "Id")] = resolve(dir, attr(e, "Target"))
		}
		return false, nil
	}})
	return out, err
}

// resolve is the entry that target names, seen from a folder of the container.
func resolve(dir, target string) string {
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return path.Join(dir, target)
}

// relation is the value of the attribute r:id.
func relation(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "id" && strings.HasSuffix(a.Name.Space, "/relationships") {
			return a.Value
		}
	}
	return ""
}

// parts are the entries that the elements called element of the main entry
// refer to, in their order: the sheets, the slides. A reference to nothing
// gives "".
func (c *container) parts(entry, element string) ([]string, error) {
	related, err := c.relations(entry)
	if err != nil {
		return nil, err
	}
	var out []string
	err = c.walk(entry, visitor{open: func(e xml.StartElement) (bool, error) {
		if e.Name.Local != element {
			return false, nil
		}
		name := related[relation(e)]
		if !c.has(name) {
			name = ""
		}
		out = append(out, name)
		return false, nil
	}})
	return out, err
}

// readSlides reads a presentation, a page for each slide.
func (c *container) readSlides(p *pages, entry string) error {
	slides, err := c.parts(entry, "sldId")
	if err != nil {
		return err
	}
	p.known = len(slides)
	for _, slide := range slides {
		if slide != "" {
			if err := c.walk(slide, words(p)); err != nil {
				return err
			}
		}
		p.turn()
		if p.full() {
			break
		}
	}
	return nil
}

// readWord reads a text document: the body, then its notes.
func (c *container) readWord(p *pages, entry string) error {
	if err := c.walk(entry, words(p)); err != nil {
		return err
	}
	for _, notes := range []string{"footnotes.xml", "endnotes.xml"} {
		name := path.Join(path.Dir(entry), notes)
		if !c.has(name) || p.full() {
			continue
		}
		if err := c.walk(name, words(p)); err != nil {
			return err
		}
	}
	return nil
}

// words is the visitor of text in Office files: runs of text in paragraphs,
// with the page breaks that the file has. What stands a second time for older
// programs, and what paragraphs look like, is left out.
func words(p *pages) visitor {
	inText := false
	return visitor{
		open: func(e xml.StartElement) (bool, error) {
			switch e.Name.Local {
			case "Fallback", "tabs", "rPr":
				return true, nil
			case "t":
				inText = true
			case "tab":
				p.add("\t")
			case "cr":
				p.add("\n")
			case "noBreakHyphen":
				p.add("-")
			case "br":
				lineOrPage(p, attr(e, "type") == "page")
			case "lastRenderedPageBreak":
				p.turnWhen(!p.empty())
			case "pageBreakBefore":
				p.turnWhen(!p.empty() && isTrue(attr(e, "val")))
			}
			return false, stopWhen(p.full())
		},
		close: func(name string) error {
			switch name {
			case "t":
				inText = false
			case "p":
				p.newline()
			}
			return nil
		},
		chars: func(s string) error {
			if inText {
				p.add(s)
			}
			return stopWhen(p.full())
		},
	}
}

// lineOrPage breaks the page, or else the line.
func lineOrPage(p *pages, page bool) {
	if page {
		p.turn()
		return
	}
	p.newline()
}

// isTrue reads a switch: what is not switched off is on.
func isTrue(s string) bool { return s != "0" && s != "false" && s != "off" }

func stopWhen(full bool) error {
	if full {
		return errEnd
	}
	return nil
}

// Limits of the strings that the cells of a workbook share. Further ones are
// left out, and the text counts as truncated.
const (
	maxShared      = 500_000
	maxSharedBytes = 32 << 20
)

// readWorkbook reads a workbook, a page for each sheet.
func (c *container) readWorkbook(p *pages, entry string) error {
	sheets, err := c.parts(entry, "sheet")
	if err != nil {
		return err
	}
	shared, whole, err := c.sharedStrings(path.Join(path.Dir(entry), "sharedStrings.xml"))
	if err != nil {
		return err
	}
	p.known = len(sheets)
	for _, sheet := range sheets {
		if sheet != "" {
			if err := c.walk(sheet, cells(p, shared)); err != nil {
				return err
			}
		}
		p.turn()
		if p.full() {
			break
		}
	}
	p.truncated = p.truncated || !whole
	return nil
}

// sharedStrings reads the strings that cells name by number, and says whether
// they are whole.
func (c *container) sharedStrings(entry string) (shared []string, whole bool, err error) {
	if !c.has(entry) {
		return nil, true, nil
	}
	var s strings.Builder
	inText, size := false, 0
	whole = true
	err = c.walk(entry, visitor{
		open: func(e xml.StartElement) (bool, error) {
			inText = e.Name.Local == "t"
			return e.Name.Local == "rPh", nil
		},
		close: func(name string) error {
			inText = false
			if name != "si" {
				return nil
			}
			shared = append(shared, s.String())
			s.Reset()
			whole = len(shared) < maxShared && size < maxSharedBytes
			return stopWhen(!whole)
		},
		chars: func(t string) error {
			if inText && size < maxSharedBytes {
				s.WriteString(t)
				size += len(t)
			}
			return nil
		},
	})
	return shared, whole, err
}

// cells is the visitor of a sheet: a line for each row, cells apart by tabs.
func cells(p *pages, shared []string) visitor {
	var cell strings.Builder
	var form string // what the cell's value is: "s" for the number of a shared string
	inValue, first := false, true
	return visitor{
		open: func(e xml.StartElement) (bool, error) {
			switch e.Name.Local {
			case "row":
				first = true
			case "c":
				cell.Reset()
				form = attr(e, "t")
			case "v", "t":
				inValue = true
			case "rPh", "f":
				return true, nil
			}
			return false, stopWhen(p.full())
		},
		close: func(name string) error {
			switch name {
			case "v", "t":
				inValue = false
			case "row":
				p.newline()
			case "c":
				if v := value(form, cell.String(), shared); v != "" {
					separate(p, &first)
					p.add(v)
				}
			}
			return nil
		},
		chars: func(s string) error {
			if inValue && cell.Len() < MaxText {
				cell.WriteString(s)
			}
			return nil
		},
	}
}

// separate puts a tab before all cells of a row but the first.
func separate(p *pages, first *bool) {
	if !*first {
		p.add("\t")
	}
	*first = false
}

// value is what a cell shows, as far as the file says it without the format
// of its number.
func value(form, v string, shared []string) string {
	switch form {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil || n < 0 || n >= len(shared) {
			return ""
		}
		return shared[n]
	case "b":
		return map[string]string{"0": "FALSE", "1": "TRUE"}[v]
	}
	return v
}
