package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/question"
	"nmirfhub/internal/seeding"
	"nmirfhub/internal/sheet"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/seed"
)

// world is what sheets are made from in these tests.
type world struct {
	sheet.Maker
	sets    *question.Sets
	records []*hub.Record
}

func open(t testing.TB) *world {
	t.Helper()
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := question.Load(seed.Files, words)
	if err != nil {
		t.Fatal(err)
	}
	catalogs, err := i18n.Load(os.DirFS("../../web/catalog"))
	if err != nil {
		t.Fatal(err)
	}
	records, problems := seeding.Read(seed.Files)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w := &world{sets: sets, records: records}
	w.Maker = sheet.Maker{
		Words: words, Say: func(l hub.Lang, key string, args ...string) string { return catalogs.In(l).T(key, args...) },
		Records: func(k hub.Kind, l hub.Lang) []sheet.Option {
			var all []sheet.Option
			for _, r := range records {
				if r.Kind == k {
					all = append(all, sheet.Option{Code: r.Slug, Label: r.In(l).Title})
				}
			}
			return all
		},
	}
	return w
}

// write is a sheet in both forms.
func (w *world) write(t testing.TB, o sheet.Of) map[string][]byte {
	t.Helper()
	var x bytes.Buffer
	if err := w.XLSX(&x, o); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"xlsx": x.Bytes(), "csv": w.csv(t, o)}
}

func (w *world) csv(t testing.TB, o sheet.Of) []byte {
	t.Helper()
	var c bytes.Buffer
	if err := w.CSV(&c, o); err != nil {
		t.Fatal(err)
	}
	return c.Bytes()
}

// changed are the codes of the questions that a file answers otherwise than
// the record.
func (w *world) changed(t testing.TB, o sheet.Of, raw []byte) []string {
	t.Helper()
	f, err := sheet.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	if f.Record != o.Record.ID || f.Set != o.Set.Name() || f.Lang != o.Lang {
		t.Fatalf("it is of %s %s %s", f.Record, f.Set, f.Lang)
	}
	answers, err := w.Answers(f, o.Set)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, a := range answers {
		now := a.Question.Tidy(a.Question.Get(o.Record, o.Lang))
		if string(now) != string(a.Answer) {
			all = append(all, fmt.Sprintf("%s %s: %s -> %s", o.Record.Slug, a.Question.Code, now, a.Answer))
		}
		if a.Mark != question.Mark(now) || a.Closed != a.Question.Closed(o.Record) {
			t.Errorf("%s %s: another mark", o.Record.Slug, a.Question.Code)
		}
	}
	return all
}

// TestRoundTrip: who sends back what they downloaded changes nothing, whatever
// the record and the language. With -v every record goes both ways in all
// three.
func TestRoundTrip(t *testing.T) {
	w := open(t)
	kinds := map[hub.Kind]int{}
	for i, r := range w.records {
		set := w.sets.Latest(r.Kind)
		if set == nil {
			continue
		}
		r.ID = fmt.Sprintf("id%024d", i)
		kinds[r.Kind]++
		for j, l := range []hub.Lang{hub.Arabic, hub.Chinese, hub.French} {
			few := kinds[r.Kind] <= 8 || testing.Verbose()
			if !few && kinds[r.Kind]%3 != j {
				continue // each of them in one language at least
			}
			o := sheet.Of{Set: set, Record: r, Lang: r.Original, In: l}
			if kinds[r.Kind]%3 == j { // a third of them in the language itself too
				o.Lang = l
			}
			files := map[string][]byte{"csv": w.csv(t, o)}
			if few {
				files = w.write(t, o)
			}
			for form, raw := range files {
				if all := w.changed(t, o, raw); len(all) > 0 {
					t.Errorf("%s in %s changes %q", form, l, all)
				}
			}
		}
	}
	if len(kinds) != 7 {
		t.Errorf("only the kinds %v", kinds)
	}
}

// hostile is a practice whose answers look like formulas and markup.
func (w *world) hostile() sheet.Of {
	set := w.sets.Latest(hub.Practice)
	r := &hub.Record{ID: "0123456789abcdefghjkmnpqrs", Kind: hub.Practice, Original: hub.English, Versions: []hub.Version{{Lang: hub.English, Title: "=cmd|' /C calc'!A0"}}}
	raw := func(v any) question.Answer { b, _ := json.Marshal(v); return b }
	for code, a := range map[string]question.Answer{
		"summary": raw("+1+1\n=2"), "problem": raw("'=x _x000D_ <b>&\"“”;,\ttab"), "trigger-how": raw("@SUM(A1)"), "states": raw([]string{"MDA", "CIV"}), "functions": raw([]string{"engagement"}),
		"challenges": raw([]string{"silos", "focal-point-turnover"}),
	} {
		set.Question(code).Put(r, hub.English, a)
	}
	return sheet.Of{Set: set, Record: r, Lang: hub.English, In: hub.French}
}

// TestFormulasSleep: what begins like a formula is text for a spreadsheet
// program, and comes back as it was.
func TestFormulasSleep(t *testing.T) {
	w := open(t)
	o := w.hostile()
	files := w.write(t, o)
	for form, raw := range files {
		if all := w.changed(t, o, raw); len(all) > 0 {
			t.Errorf("%s changes %q", form, all)
		}
	}
	for _, row := range rowsOf(t, files["csv"]) {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a cell begins %q", cell)
			}
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(files["xlsx"]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j := range row {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if is, _ := f.GetCellFormula(name, at); is != "" {
					t.Errorf("%s %s is the formula %s", name, at, is)
				}
			}
		}
	}
}

// rowsOf reads CSV as the hub writes it in French.
func rowsOf(t testing.TB, raw []byte) [][]string {
	t.Helper()
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	c.Comma, c.FieldsPerRecord = ';', -1
	rows, err := c.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// asCSV writes rows as another program does.
func asCSV(rows [][]string, comma rune) string {
	var b strings.Builder
	c := csv.NewWriter(&b)
	c.Comma = comma
	c.WriteAll(rows)
	return b.String()
}

// TestTurned: columns and lines in any order say the same.
func TestTurned(t *testing.T) {
	w := open(t)
	o := w.hostile()
	rows := rowsOf(t, w.write(t, o)["csv"])
	slices.Reverse(rows[2:])
	for i := range rows {
		for len(rows[i]) < len(rows[2]) {
			rows[i] = append(rows[i], "")
		}
		slices.Reverse(rows[i])
	}
	if all := w.changed(t, o, []byte(asCSV(rows, ';'))); len(all) > 0 {
		t.Errorf("changes %q", all)
	}
}

// edit opens a workbook as its user does.
func edit(t testing.TB, raw []byte, change func(f *excelize.File, sheet string, at map[string]int)) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetList()[1]
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, row := range rows {
		if len(row) > 0 {
			at[row[0]] = i + 1
		}
	}
	change(f, name, at)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestEdited reads what somebody wrote, however their program left the table.
func TestEdited(t *testing.T) {
	w := open(t)
	o := w.hostile()
	raw := w.write(t, o)["xlsx"]
	for _, c := range []struct {
		name   string
		change func(f *excelize.File, s string, at map[string]int) error
		want   string
	}{
		{"Text", func(f *excelize.File, s string, at map[string]int) error {
			return f.SetCellStr(s, fmt.Sprintf("G%d", at["summary"]), "Two\nlines")
		}, `summary "Two\nlines"`},
		{"Label", func(f *excelize.File, s string, at map[string]int) error {
			return f.SetCellStr(s, fmt.Sprintf("G%d", at["states.1"]), " BURKINA FASO ")
		}, `states ["MDA","BFA"]`},
		{"SeveralInACell", func(f *excelize.File, s string, at map[string]int) error {
			return f.SetCellStr(s, fmt.Sprintf("G%d", at["states.1"]), "Burkina Faso; mar\nLiban")
		}, `states ["MDA","BFA","MAR","LBN"]`},
		{"DateAsNumber", func(f *excelize.File, s string, at map[string]int) error {
			return f.SetCellValue(s, fmt.Sprintf("G%d", at["start"]), 44902)
		}, `start "2022-12-07"`},
		{"YearAsNumber", func(f *excelize.File, s string, at map[string]int) error {
			return f.SetCellValue(s, fmt.Sprintf("G%d", at["start"]), 2022)
		}, `start "2022"`},
		{"ArabicDigits", func(f *excelize.File, s string, at map[string]int) error {
			return f.SetCellValue(s, fmt.Sprintf("G%d", at["start"]), "٢٠٢٢-١٢")
		}, `start "2022-12"`},
		{"ColumnsMoved", func(f *excelize.File, s string, at map[string]int) error {
			if err := f.SetCellStr(s, fmt.Sprintf("G%d", at["summary"]), "moved"); err != nil {
				return err
			}
			return f.InsertCols(s, "A", 3)
		}, `summary "moved"`},
		{"HeadingsRenamed", func(f *excelize.File, s string, at map[string]int) error {
			f.SetCellStr(s, fmt.Sprintf("G%d", at["summary"]), "renamed")
			return f.SetCellStr(s, "G3", "My answers")
		}, `summary "renamed"`},
		{"LinesInserted", func(f *excelize.File, s string, at map[string]int) error {
			f.SetCellStr(s, fmt.Sprintf("G%d", at["summary"]), "below")
			return f.InsertRows(s, 1, 4)
		}, `summary "below"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := edit(t, raw, func(f *excelize.File, s string, at map[string]int) {
				if err := c.change(f, s, at); err != nil {
					t.Fatal(err)
				}
			})
			all := w.changed(t, o, raw)
			question, want, _ := strings.Cut(c.want, " ")
			if len(all) != 1 || !strings.Contains(all[0], " "+question+": ") || !strings.HasSuffix(all[0], "-> "+want) {
				t.Errorf("changes %q, want %s", all, c.want)
			}
		})
	}
}

// TestState: one State is chosen by its name in any language, or its code.
func TestState(t *testing.T) {
	w := open(t)
	set, err := question.Parse([]byte("{kind: network, version: 1, source: test, sections: [{code: all, title: {en: All}, questions: [{code: seat, form: state, ask: {en: Seat}}]}]}"), w.Words)
	if err != nil {
		t.Fatal(err)
	}
	r := &hub.Record{ID: "r", Kind: hub.Network, Original: hub.English, Versions: []hub.Version{{Lang: hub.English}}}
	set.Question("seat").Put(r, hub.English, question.Answer(`"MDA"`))
	o := sheet.Of{Set: set, Record: r, Lang: hub.English, In: hub.English}
	for name, raw := range w.write(t, o) {
		if all := w.changed(t, o, raw); len(all) > 0 {
			t.Errorf("%s unchanged: %q", name, all)
		}
	}
	raw := w.write(t, o)["xlsx"]
	for typed, want := range map[string]string{"burkina faso": `"BFA"`, "Liban": `"LBN"`, "mar": `"MAR"`} {
		raw := edit(t, raw, func(f *excelize.File, s string, at map[string]int) {
			f.SetCellStr(s, fmt.Sprintf("G%d", at["seat"]), typed)
		})
		if all := w.changed(t, o, raw); len(all) != 1 || !strings.HasSuffix(all[0], "-> "+want) {
			t.Errorf("%s: %q, want %s", typed, all, want)
		}
	}
}

// TestBadSheets: each is refused with the place and the reason.
func TestBadSheets(t *testing.T) {
	w := open(t)
	o := w.hostile()
	files := w.write(t, o)
	edited := func(change func(f *excelize.File, s string, at map[string]int)) []byte {
		return edit(t, files["xlsx"], change)
	}
	bomb := func(name, begin, each, end string, n int) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		part, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte(begin))
		for range n {
			part.Write([]byte(each))
		}
		part.Write([]byte(end))
		z.Close()
		return b.Bytes()
	}
	for _, c := range []struct {
		name   string
		raw    []byte
		reason string
		row    func(at map[string]int) int
		column string
	}{
		{"Nothing", nil, sheet.Foreign, nil, ""},
		{"Foreign", []byte("a,b\n1,2"), sheet.Foreign, nil, ""},
		{"Picture", []byte("\x89PNG\x00\x00"), sheet.Kind, nil, ""},
		{"Old", []byte("\xd0\xcf\x11\xe0\xa1\xb1"), sheet.Old, nil, ""},
		{"Half", files["xlsx"][:len(files["xlsx"])/2], sheet.Kind, nil, ""},
		{"Large", make([]byte, sheet.MaxFile+1), sheet.Large, nil, ""},
		{"Document", bomb("word/document.xml", "<x>", "", "</x>", 1), sheet.Kind, nil, ""},
		{"Bomb", bomb("xl/worksheets/sheet1.xml", "<worksheet>", strings.Repeat(" ", 1<<20), "</worksheet>", 200), sheet.Large, nil, ""},
		{"SharedBomb", bomb("xl/sharedStrings.xml", "<sst>", "<si><t>"+strings.Repeat("x", 1<<20)+"</t></si>", "</sst>", 200), sheet.Large, nil, ""},
		{"MillionRows", bomb("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", "<row/>", "</sheetData></worksheet>", 1_000_000), sheet.Rows, nil, ""},
		{"MillionLines", []byte(magicLine(files["csv"]) + strings.Repeat("x\n", 1_000_000)), sheet.Rows, nil, ""},
		{"RowsBackwards", bomb("xl/worksheets/sheet1.xml", "<worksheet>", `<row r="5"/><row r="5"/>`, "</worksheet>", 1), sheet.Kind, nil, ""},
		{"Formula", edited(func(f *excelize.File, s string, at map[string]int) {
			f.SetCellFormula(s, fmt.Sprintf("G%d", at["problem"]), "=1+1")
		}), sheet.Formula, func(at map[string]int) int { return at["problem"] }, "G"},
		{"Merged", edited(func(f *excelize.File, s string, at map[string]int) {
			f.MergeCell(s, fmt.Sprintf("G%d", at["problem"]), fmt.Sprintf("G%d", at["problem"]+1))
		}), sheet.Merged, func(at map[string]int) int { return at["problem"] }, "G"},
		{"Twice", edited(func(f *excelize.File, s string, at map[string]int) {
			f.SetCellStr(s, fmt.Sprintf("A%d", at["problem"]), "summary")
		}), sheet.Twice, func(at map[string]int) int { return at["problem"] }, "G"},
		{"UnknownCode", edited(func(f *excelize.File, s string, at map[string]int) {
			f.SetCellStr(s, fmt.Sprintf("A%d", at["problem"]), "shoe-size")
		}), sheet.Unknown, func(at map[string]int) int { return at["problem"] }, "A"},
		{"RowBeyond", edited(func(f *excelize.File, s string, at map[string]int) {
			f.SetCellStr(s, fmt.Sprintf("A%d", at["problem"]), "states.10")
		}), sheet.Unknown, func(at map[string]int) int { return at["problem"] }, "A"},
		{"Homeless", edited(func(f *excelize.File, s string, at map[string]int) {
			f.SetCellStr(s, fmt.Sprintf("A%d", at["problem"]), "")
		}), sheet.Homeless, func(at map[string]int) int { return at["problem"] }, "G"},
		{"NoCodes", edited(func(f *excelize.File, s string, at map[string]int) { f.RemoveCol(s, "A") }), sheet.Foreign, nil, ""},
		{"NoLineOfCodes", edited(func(f *excelize.File, s string, at map[string]int) { f.RemoveRow(s, 2) }), sheet.Head, nil, ""},
		{"NoAnswers", edited(func(f *excelize.File, s string, at map[string]int) { f.RemoveCol(s, "G") }), sheet.Head, func(map[string]int) int { return 2 }, ""},
		{"LaterFormat", edited(func(f *excelize.File, s string, at map[string]int) { f.SetCellStr(s, "A1", "nmirfhub/2 later") }), sheet.Version, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := sheet.Open(c.raw)
			if err == nil {
				_, err = w.Answers(f, o.Set)
			}
			all := sheet.Problems(err)
			if len(all) == 0 || all[0].Reason != c.reason || all[0].Column != c.column {
				t.Fatalf("got %v, want %s in %s", err, c.reason, c.column)
			}
			if c.row == nil {
				return
			}
			edit(t, files["xlsx"], func(_ *excelize.File, _ string, at map[string]int) {
				if all[0].Row != c.row(at) {
					t.Errorf("in line %d, want %d", all[0].Row, c.row(at))
				}
			})
		})
	}
}

func magicLine(csv []byte) string {
	first, _, _ := strings.Cut(string(csv), "\r\n")
	return first + "\n"
}

// TestEncodings: a CSV file may come back in any encoding that programs write,
// and with any separator.
func TestEncodings(t *testing.T) {
	w := open(t)
	set := w.sets.Latest(hub.Practice)
	said := map[hub.Lang]string{
		hub.French: "Réunion à l’été : élève, œuvre, État, créée", hub.Arabic: "تعيّن كل وزارة مديراً وموظفاً تقنياً، ثم تتصل بهما الأمانة",
		hub.Russian: "Каждое министерство назначает руководителя и исполнителя",
	}
	little, big := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	for _, c := range []struct {
		name string
		lang hub.Lang
		in   encoding.Encoding
	}{
		{"UTF-16 French", hub.French, little}, {"UTF-16 Arabic", hub.Arabic, little}, {"UTF-16 without a mark", hub.Russian, big},
		{"Windows-1252", hub.French, charmap.Windows1252}, {"Windows-1256", hub.Arabic, charmap.Windows1256},
		{"KOI8-R", hub.Russian, charmap.KOI8R}, {"Windows-1251", hub.Russian, charmap.Windows1251}, {"UTF-8 without a mark", hub.Arabic, encoding.Nop},
	} {
		for _, comma := range ",;\t" {
			r := &hub.Record{ID: "x", Kind: hub.Practice, Original: c.lang, Versions: []hub.Version{{Lang: c.lang, Title: "1"}}}
			text, _ := json.Marshal(said[c.lang])
			set.Question("summary").Put(r, c.lang, text)
			o := sheet.Of{Set: set, Record: r, Lang: c.lang, In: c.lang}
			out, err := encoding.ReplaceUnsupported(c.in.NewEncoder()).String(asCSV(rowsOf(t, w.csv(t, o)), comma))
			if err != nil {
				t.Fatal(err)
			}
			f, err := sheet.Open([]byte(out))
			if err != nil {
				t.Fatalf("%s with %q: %v", c.name, comma, err)
			}
			answers, _ := w.Answers(f, set)
			i := slices.IndexFunc(answers, func(a sheet.Answered) bool { return a.Question.Code == "summary" })
			if i < 0 || string(answers[i].Answer) != string(text) {
				t.Errorf("%s with %q: %d answers, got %s", c.name, comma, len(answers), answers[i].Answer)
			}
		}
	}
}

// TestWhere says where an answer stands that its question does not take.
func TestWhere(t *testing.T) {
	w := open(t)
	o := w.hostile()
	raw := edit(t, w.write(t, o)["xlsx"], func(f *excelize.File, s string, at map[string]int) {
		f.SetCellStr(s, fmt.Sprintf("G%d", at["states.1"]), "Atlantis")
	})
	f, err := sheet.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := w.Answers(f, o.Set)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if a.Question.Code != "states" {
			continue
		}
		edit(t, raw, func(_ *excelize.File, _ string, at map[string]int) {
			if row, column := a.Where("states", "Atlantis"); row != at["states.1"] || column != "G" {
				t.Errorf("%s at %s%d", a.Answer, column, row)
			}
		})
	}
}

// FuzzOpen: no file breaks the reader, and what it takes is bounded.
func FuzzOpen(f *testing.F) {
	w := open(f)
	for _, raw := range w.write(f, w.hostile()) {
		f.Add(raw)
	}
	f.Add([]byte("nmirfhub;1;practice/1;record:x;fr;fr\ncode;seen;answer\nstates.0;o;Liban\nsummary;m;\"a\nb\"\n"))
	f.Add([]byte("PK\x03\x04"))
	for _, raw := range w.writeMany(f, w.several()) {
		f.Add(raw)
	}
	set := w.sets.Latest(hub.Practice)
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := sheet.Open(raw)
		if err != nil {
			if len(sheet.Problems(err)) == 0 {
				t.Fatalf("an error of no sort: %v", err)
			}
			return
		}
		if x.Many() {
			w.Rows(x, set)
			return
		}
		answers, _ := w.Answers(x, set)
		for _, a := range answers {
			a.Where(a.Question.Code, "")
		}
	})
}
