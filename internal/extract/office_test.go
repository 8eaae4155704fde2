package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// pack makes a container of entries.
func pack(t testing.TB, entries map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(entries[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	wordSpace  = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`
	linkSpace  = `xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	drawSpace  = `xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`
	openSpaces = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"`
)

// types is the entry that names the main entry of an Office file.
func types(part, kind string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/` + part + `" ContentType="application/vnd.openxmlformats-officedocument.` + kind + `.main+xml"/></Types>`
}

// links is the entry of the relationships of another: rId1, rId2, ...
func links(targets ...string) string {
	var b strings.Builder
	for i, t := range targets {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Target="%s"/>`, i+1, t)
	}
	return `<Relationships>` + b.String() + `</Relationships>`
}

func wordFile(body string) map[string]string {
	return map[string]string{
		entryTypes:          types("word/document.xml", "wordprocessingml.document"),
		"word/document.xml": `<w:document ` + wordSpace + `><w:body>` + body + `</w:body></w:document>`,
	}
}

func workbook(shared string, sheets ...string) map[string]string {
	out := map[string]string{entryTypes: types("xl/workbook.xml", "spreadsheetml.sheet"), "xl/sharedStrings.xml": `<sst>` + shared + `</sst>`}
	var list, targets = "", []string{}
	for i, s := range sheets {
		list += fmt.Sprintf(`<sheet name="s" sheetId="%d" r:id="rId%d"/>`, i+1, i+1)
		targets = append(targets, fmt.Sprintf("worksheets/sheet%d.xml", i+1))
		out["xl/"+targets[i]] = `<worksheet><sheetData>` + s + `</sheetData></worksheet>`
	}
	out["xl/workbook.xml"] = `<workbook ` + linkSpace + `><sheets>` + list + `</sheets></workbook>`
	out["xl/_rels/workbook.xml.rels"] = links(targets...)
	return out
}

func presentation(slides ...string) map[string]string {
	out := map[string]string{entryTypes: types("ppt/presentation.xml", "presentationml.presentation")}
	var list, targets = "", []string{}
	for i, s := range slides {
		// In the file the slides stand in the opposite order.
		list = fmt.Sprintf(`<p:sldId id="%d" r:id="rId%d"/>`, 256+i, i+1) + list
		targets = append(targets, fmt.Sprintf("/ppt/slides/slide%d.xml", i+1))
		out[targets[i][1:]] = `<p:sld ` + drawSpace + `><p:txBody>` + s + `</p:txBody></p:sld>`
	}
	out["ppt/presentation.xml"] = `<p:presentation ` + drawSpace + ` ` + linkSpace + `><p:sldIdLst>` + list + `</p:sldIdLst></p:presentation>`
	out["ppt/_rels/presentation.xml.rels"] = links(targets...)
	return out
}

func openFile(kind, content string) map[string]string {
	return map[string]string{entryMimetype: "application/vnd.oasis.opendocument." + kind, entryContent: `<office:document-content ` + openSpaces + `>` + content + `</office:document-content>`}
}

func openText(body string) map[string]string {
	return openFile("text", `<office:automatic-styles><style:style style:name="P1"><style:paragraph-properties fo:break-before="page"/></style:style>`+
		`<style:style style:name="P2"><style:paragraph-properties fo:break-after="page"/></style:style></office:automatic-styles><office:body><office:text>`+body+`</office:text></office:body>`)
}

func TestOffice(t *testing.T) {
	for _, c := range []struct {
		name, file string
		entries    map[string]string
		want       []string
	}{
		{"Paragraphs", "a.docx", wordFile(`<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>One</w:t><w:tab/><w:t xml:space="preserve"> two</w:t></w:r></w:p><w:p><w:r><w:t>Three</w:t><w:br/><w:t>four &amp; five</w:t></w:r></w:p>`), []string{"One\t two\nThree\nfour & five"}},
		{"HardBreak", "a.docx", wordFile(`<w:p><w:r><w:t>One</w:t><w:br w:type="page"/></w:r><w:r><w:lastRenderedPageBreak/><w:t>Two</w:t></w:r></w:p>`), []string{"One", "Two"}},
		{"RenderedBreak", "a.docx", wordFile(`<w:p><w:r><w:t>One</w:t><w:lastRenderedPageBreak/><w:t>Two</w:t></w:r></w:p>`), []string{"One", "Two"}},
		{"BreakBefore", "a.docx", wordFile(`<w:p><w:r><w:t>One</w:t></w:r></w:p><w:p><w:pPr><w:pageBreakBefore/></w:pPr><w:r><w:t>Two</w:t></w:r></w:p><w:p><w:pPr><w:pageBreakBefore w:val="0"/></w:pPr><w:r><w:t>Three</w:t></w:r></w:p>`), []string{"One", "Two\nThree"}},
		{"Deleted", "a.docx", wordFile(`<w:p><w:r><w:t>One</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>`), []string{"One"}},
		{"TextBoxOnce", "a.docx", wordFile(`<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:t>Box</w:t></mc:Choice><mc:Fallback><w:t>Box</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>`), []string{"Box"}},
		{"NoText", "a.docx", wordFile(``), []string{""}},
		{"Footnotes", "a.docx", with(wordFile(`<w:p><w:r><w:t>Body</w:t></w:r></w:p>`), "word/footnotes.xml", `<w:footnotes `+wordSpace+`><w:footnote><w:p><w:r><w:t>Note</w:t></w:r></w:p></w:footnote></w:footnotes>`), []string{"Body\nNote"}},
		{"Backslashes", "a.docx", map[string]string{entryTypes: types("word/document.xml", "wordprocessingml.document"), `word\document.xml`: `<w:document ` + wordSpace + `><w:t>One</w:t></w:document>`}, []string{"One"}},
		{"Workbook", "a.xlsx", workbook(`<si><t>Name</t></si><si><r><t>Rich </t></r><r><t>text</t></r><rPh><t>aloud</t></rPh></si>`,
			`<row><c t="s"><v>0</v></c><c><v>12.5</v></c></row><row><c t="inlineStr"><is><t>Inline</t></is></c><c t="b"><v>1</v></c><c><f>A1*2</f><v>25</v></c></row>`,
			`<row><c t="s"><v>1</v></c><c t="s"><v>99</v></c><c t="s"><v>x</v></c></row>`), []string{"Name\t12.5\nInline\tTRUE\t25", "Rich text"}},
		{"EmptySheet", "a.xlsx", workbook(``, ``, `<row><c><v>1</v></c></row>`), []string{"", "1"}},
		{"Slides", "a.pptx", presentation(`<a:p><a:r><a:t>Last</a:t></a:r></a:p>`, `<a:p><a:r><a:t>First</a:t></a:r><a:br/><a:r><a:t>line</a:t></a:r></a:p><a:p><a:r><a:t>more</a:t></a:r></a:p>`), []string{"First\nline\nmore", "Last"}},
		{"SlideMissing", "a.pptx", without(presentation(`<a:t>Last</a:t>`, `<a:t>First</a:t>`), "ppt/slides/slide2.xml"), []string{"", "Last"}},
		{"OpenText", "a.odt", openText(`<text:h>Title</text:h><text:p>One<text:s text:c="2"/>two<text:tab/>three<text:line-break/>four</text:p> <text:tracked-changes><text:p>gone</text:p></text:tracked-changes>`), []string{"Title\nOne  two\tthree\nfour"}},
		{"OpenBreaks", "a.odt", openText(`<text:p text:style-name="P1">One</text:p><text:p>Two<text:soft-page-break/>Three</text:p><text:p text:style-name="P2">Four</text:p><text:p text:style-name="P1">Five</text:p>`), []string{"One\nTwo", "Three\nFour", "Five"}},
		{"OpenSpaces", "a.odt", openText(`<text:p>a<text:s text:c="1000000000"/>b<text:s text:c="-5"/>c</text:p>`), []string{"a" + strings.Repeat(" ", maxSpaces) + "b c"}},
		{"OpenSheet", "a.ods", openFile("spreadsheet", `<table:table table:name="s"><table:table-row><table:table-cell><text:p>A</text:p></table:table-cell><table:table-cell table:number-columns-repeated="1000000"/><table:table-cell><text:p>B</text:p><text:p>C</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="1000000"><table:table-cell><text:p>D</text:p></table:table-cell></table:table-row></table:table><table:table><table:table-row><table:table-cell><text:p>E</text:p></table:table-cell></table:table-row></table:table>`), []string{"A\tB C\nD", "E"}},
		{"OpenSlides", "a.odp", openFile("presentation", `<draw:page><text:p>One</text:p><presentation:notes><text:p>aloud</text:p></presentation:notes></draw:page><draw:page/><draw:page><text:p>Three</text:p></draw:page>`), []string{"One", "", "Three"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := (&reader{}).read(c.file, []byte(pack(t, c.entries)))
			if err != nil || !slices.Equal(text.Pages, c.want) || text.Count != len(c.want) || text.Truncated {
				t.Errorf("got %q, %d, %v, %v\nwant %q", text.Pages, text.Count, text.Truncated, err, c.want)
			}
		})
	}
}

func with(entries map[string]string, name, content string) map[string]string {
	entries[name] = content
	return entries
}

func without(entries map[string]string, name string) map[string]string {
	delete(entries, name)
	return entries
}

func TestOfficeRefuses(t *testing.T) {
	deep := strings.Repeat("<w:a>", maxDepth) + strings.Repeat("</w:a>", maxDepth)
	for _, c := range []struct {
		name, file string
		entries    map[string]string
		want       error
	}{
		{"TooDeep", "a.docx", wordFile(deep), ErrTooLarge},
		{"TooDeepSkipped", "a.docx", wordFile(`<w:rPr>` + deep + `</w:rPr>`), ErrTooLarge},
		{"LongToken", "a.docx", wordFile(`<w:t w:a="` + noise(maxToken+1<<20) + `"/>`), ErrTooLarge},
		{"Entity", "a.docx", with(wordFile(""), "word/document.xml", `<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><w><t>&b;</t></w>`), ErrDamaged},
		{"EntityOutside", "a.docx", with(wordFile(""), "word/document.xml", `<w><t>&a;</t></w>`), ErrDamaged},
		{"Type", "a.docx", with(wordFile(""), "word/document.xml", `<!DOCTYPE w SYSTEM "file:///etc/passwd"><w><t>a</t></w>`), ErrDamaged},
		{"Unclosed", "a.docx", with(wordFile(""), "word/document.xml", `<w><t>a`), ErrDamaged},
		{"Charset", "a.docx", with(wordFile(""), "word/document.xml", `<?xml version="1.0" encoding="koi8-r"?><w/>`), ErrDamaged},
		{"NoMain", "a.docx", without(wordFile(""), "word/document.xml"), ErrDamaged},
		{"NoContent", "a.odt", without(openText(""), entryContent), ErrDamaged},
		{"TwoMain", "a.docx", with(wordFile(""), entryTypes, strings.Replace(types("a.xml", "wordprocessingml.document"), "</Types>", `<Override PartName="/b.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`, 1)), ErrDamaged},
		{"OpenPassword", "a.odt", with(openText("<text:p>a</text:p>"), entryManifest, `<manifest><file-entry><encryption-data/></file-entry></manifest>`), ErrEncrypted},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := (&reader{}).read(c.file, []byte(pack(t, c.entries)))
			if !errors.Is(err, c.want) {
				t.Errorf("got %+v, %v, want %v", text, err, c.want)
			}
		})
	}
}

// noise is n bytes that do not compress well.
func noise(n int) string {
	b := make([]byte, n)
	for i, x := 0, uint32(1); i < n; i++ {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = 'a' + byte(x%26)
	}
	return string(b)
}

// TestOfficeCut: text and pages beyond the limits are left out, and said.
func TestOfficeCut(t *testing.T) {
	long := noise(1 << 20)
	for _, c := range []struct {
		name, file   string
		entries      map[string]string
		pages, count int
	}{
		{"Text", "a.docx", wordFile(strings.Repeat(`<w:p><w:r><w:t>`+long+`</w:t></w:r></w:p>`, 6)), 1, 1},
		{"Breaks", "a.docx", wordFile(strings.Repeat(`<w:t>a</w:t><w:br w:type="page"/>`, 3*MaxPages)), MaxPages, MaxPages + 1},
		{"SharedString", "a.xlsx", workbook(`<si><t>`+long[:1<<18]+`</t></si>`, strings.Repeat(`<row><c t="s"><v>0</v></c></row>`, 100), `<row><c><v>1</v></c></row>`), 1, 2},
		{"Slides", "a.pptx", presentation(slices.Repeat([]string{`<a:t>` + long[:MaxText/1000] + `</a:t>`}, MaxPages/2+100)...), 1001, MaxPages/2 + 100},
		{"OpenSlides", "a.odp", openFile("presentation", strings.Repeat(`<draw:page><text:p>a</text:p></draw:page>`, MaxPages+50)), MaxPages, MaxPages + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := (&reader{}).read(c.file, []byte(pack(t, c.entries)))
			size := 0
			for _, p := range text.Pages {
				size += len(p)
			}
			if err != nil || !text.Truncated || len(text.Pages) != c.pages || text.Count != c.count || size > MaxText {
				t.Errorf("%d pages of %d, %d bytes, truncated %v, %v; want %d of %d", len(text.Pages), text.Count, size, text.Truncated, err, c.pages, c.count)
			}
		})
	}
}
