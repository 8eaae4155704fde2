package sheet_test

import (
	"archive/zip"
	"bytes"
	"runtime"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/sheet"
)

// packed is a workbook of parts, each a beginning, n times a middle, an end.
func packed(t testing.TB, parts map[string][3]string, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, p := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(p[0]))
		w.Write([]byte(strings.Repeat(p[1], n)))
		w.Write([]byte(p[2]))
	}
	z.Close()
	return b.Bytes()
}

// TestBounded: a small file that unpacks to a large one costs little time and
// memory.
func TestBounded(t *testing.T) {
	sheet1, shared := "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
	for name, c := range map[string]struct {
		parts map[string][3]string
		n     int
	}{
		"Cells":   {map[string][3]string{sheet1: {"<worksheet><row>", "<c/>", "</row></worksheet>"}}, 3_900_000},
		"Strings": {map[string][3]string{sheet1: {"<worksheet>", "", "</worksheet>"}, shared: {"<sst>", "<si/>", "</sst>"}}, 3_000_000},
		"Far":     {map[string][3]string{sheet1: {"<worksheet>", `<row><c r="XFD1" t="str"><v>x</v></c></row>`, "</worksheet>"}}, 19_000},
		"Wide":    {map[string][3]string{sheet1: {"<worksheet>", `<row><c r="NZ1" t="str"><v>x</v></c></row>`, "</worksheet>"}}, 19_000},
		"Merged":  {map[string][3]string{sheet1: {"<worksheet>", `<mergeCell ref="A1:G9"/>`, "</worksheet>"}}, 600_000},
		"Deep":    {map[string][3]string{sheet1: {"<worksheet>", "<x>", ""}}, 3_000_000},
		"Long":    {map[string][3]string{sheet1: {"<worksheet><row><c><v>", "xxxxxxxxxxxxxxxx", "</v></c></row></worksheet>"}}, 900_000},
	} {
		t.Run(name, func(t *testing.T) {
			raw := packed(t, c.parts, c.n)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			_, err := sheet.Open(raw)
			runtime.ReadMemStats(&after)
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; len(sheet.Problems(err)) == 0 || spent > 400 {
				t.Errorf("%d KB cost %d MB: %v", len(raw)>>10, spent, err)
			}
		})
	}
}

// TestOtherPrograms reads what programs write that do not share strings, name
// no cells, or colour parts of a text.
func TestOtherPrograms(t *testing.T) {
	w := open(t)
	set := w.sets.Latest(hub.Practice)
	const head = `<row><c t="inlineStr"><is><t>nmirfhub/1 practice/1 x fr fr</t></is></c></row>`
	const codes = `<row><c t="s"><v>0</v></c><c t="str"><v>seen</v></c><c t="s"><v>1</v></c></row>`
	raw := packed(t, map[string][3]string{
		"xl/sharedStrings.xml": {`<sst><si><t>code</t></si><si><r><t>ans</t></r><r><rPr><b/></rPr><t>wer</t></r><rPh><t>no</t></rPh></si><si><t>a_x005F_x000D_b</t></si>`, "", "</sst>"},
		"xl/worksheets/sheet7.xml": {`<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData>` + head + codes +
			`<row r="9"><c r="A9" t="str"><v>problem</v></c><c r="C9" t="s"><v>2</v></c></row><row r="11"><c r="A11" t="str"><v>summary</v></c><c r="C11" t="s"><v>99</v></c></row>`,
			"", `</x:sheetData></x:worksheet>`},
	}, 0)
	f, err := sheet.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := w.Answers(f, set)
	if err != nil || len(answers) != 2 {
		t.Fatalf("%v, %v", answers, err)
	}
	for _, a := range answers {
		want := map[string]question.Answer{"problem": question.Answer(`"a_x000D_b"`), "summary": nil}[a.Question.Code]
		if row, column := a.Where(a.Question.Code, ""); string(a.Answer) != string(want) || column != "C" || row < 9 {
			t.Errorf("%s is %s at %s%d", a.Question.Code, a.Answer, column, row)
		}
	}
}
