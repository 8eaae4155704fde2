package sheet_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/sheet"
)

// writeMany is a table of several records in both forms.
func (w *world) writeMany(t testing.TB, o sheet.Many) map[string][]byte {
	t.Helper()
	var x, c bytes.Buffer
	if err := w.ManyXLSX(&x, o); err != nil {
		t.Fatal(err)
	}
	if err := w.ManyCSV(&c, o); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"xlsx": x.Bytes(), "csv": c.Bytes()}
}

// changedMany are the answers of a table that are not those of its records.
func (w *world) changedMany(t testing.TB, o sheet.Many, raw []byte) []string {
	t.Helper()
	f, err := sheet.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !f.Many() || f.Set != o.Set.Name() || f.In != o.In {
		t.Fatalf("it is of %s %s %s", f.Record, f.Set, f.In)
	}
	rows, err := w.Rows(f, o.Set)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(o.Records) {
		t.Fatalf("%d records of %d", len(rows), len(o.Records))
	}
	var all []string
	for i, row := range rows {
		r := o.Records[i]
		if row.Record != r.ID || len(row.Answers) != sheetable(o.Set) {
			t.Fatalf("line %d is of %s with %d answers, not of %s", row.At, row.Record, len(row.Answers), r.ID)
		}
		for _, a := range row.Answers {
			now := a.Question.Tidy(a.Question.Get(r, r.Original))
			if string(now) != string(a.Answer) {
				all = append(all, fmt.Sprintf("%s %s: %s -> %s", r.Slug, a.Question.Code, now, a.Answer))
			}
			if a.Mark != question.Mark(now) || a.Closed != a.Question.Closed(r) {
				t.Errorf("%s %s: another mark", r.Slug, a.Question.Code)
			}
		}
	}
	return all
}

// TestManyRoundTrip: a table of all records of a kind that comes back as it was
// changes nothing, in any language.
func TestManyRoundTrip(t *testing.T) {
	w := open(t)
	of := map[hub.Kind][]*hub.Record{}
	for i, r := range w.records {
		if w.sets.Latest(r.Kind) != nil {
			r.ID = fmt.Sprintf("id%024d", i)
			of[r.Kind] = append(of[r.Kind], r)
		}
	}
	if len(of) != 7 {
		t.Fatalf("only %d kinds", len(of))
	}
	for k, records := range of {
		for _, l := range []hub.Lang{hub.Arabic, hub.Chinese, hub.French} {
			o := sheet.Many{Set: w.sets.Latest(k), Records: records[:min(len(records), 40)], In: l}
			for form, raw := range w.writeMany(t, o) {
				if all := w.changedMany(t, o, raw); len(all) > 0 {
					t.Errorf("%s in %s changes %q", form, l, all)
				}
			}
		}
	}
}

// several is a table of two records, the first of which is hostile.
func (w *world) several() sheet.Many {
	o := w.hostile()
	other := &hub.Record{ID: "1123456789abcdefghjkmnpqrs", Kind: hub.Practice, Original: hub.French, Versions: []hub.Version{{Lang: hub.French, Title: "Deuxième"}}}
	return sheet.Many{Set: o.Set, Records: []*hub.Record{o.Record, other}, In: hub.French}
}

// columnAt is the column of a code in a table, as the workbook names it.
func columnAt(t testing.TB, f *excelize.File, name, code string) string {
	t.Helper()
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range rows[1] {
		if c == code {
			column, _ := excelize.ColumnNumberToName(i + 1)
			return column
		}
	}
	t.Fatalf("no column %s", code)
	return ""
}

// TestManyEdited reads what somebody wrote into a table, and refuses what would
// lose an answer.
func TestManyEdited(t *testing.T) {
	w := open(t)
	o := w.several()
	raw := w.writeMany(t, o)["xlsx"]
	for _, c := range []struct {
		name   string
		change func(f *excelize.File, s string, col func(string) string)
		want   string // the end of the only change, or the reason of the only problem
		row    int
	}{
		{"Text", func(f *excelize.File, s string, col func(string) string) {
			f.SetCellStr(s, col("summary")+"5", "Deux\nlignes")
		}, `summary: null -> "Deux\nlignes"`, 0},
		{"Several", func(f *excelize.File, s string, col func(string) string) {
			f.SetCellStr(s, col("states")+"5", "Burkina Faso; mar\nLiban")
		}, `states: null -> ["BFA","MAR","LBN"]`, 0},
		{"ColumnGone", func(f *excelize.File, s string, col func(string) string) { f.RemoveCol(s, col("summary")) }, "", 0},
		{"Formula", func(f *excelize.File, s string, col func(string) string) {
			f.SetCellFormula(s, col("summary")+"5", "=1+1")
		}, sheet.Formula, 5},
		{"Merged", func(f *excelize.File, s string, col func(string) string) {
			f.MergeCell(s, col("summary")+"4", col("summary")+"5")
		}, sheet.Merged, 4},
		{"Nameless", func(f *excelize.File, s string, _ func(string) string) { f.SetCellStr(s, "A4", "") }, sheet.Nameless, 4},
		{"Again", func(f *excelize.File, s string, _ func(string) string) { f.SetCellStr(s, "A5", o.Records[0].ID) }, sheet.Again, 5},
		{"Astray", func(f *excelize.File, s string, col func(string) string) { f.SetCellStr(s, col("summary")+"2", "") }, sheet.Astray, 4},
		{"Unknown", func(f *excelize.File, s string, col func(string) string) {
			f.SetCellStr(s, col("summary")+"2", "shoe-size")
		}, sheet.Unknown, 2},
		{"Double", func(f *excelize.File, s string, col func(string) string) {
			f.SetCellStr(s, col("summary")+"2", "title")
		}, sheet.Double, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := edit(t, raw, func(f *excelize.File, s string, _ map[string]int) {
				c.change(f, s, func(code string) string { return columnAt(t, f, s, code) })
			})
			f, err := sheet.Open(raw)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := w.Rows(f, o.Set)
			if c.row > 0 {
				all := sheet.Problems(err)
				if len(all) == 0 || all[0].Reason != c.want || all[0].Row != c.row {
					t.Errorf("got %v, want %s in line %d", err, c.want, c.row)
				}
				return
			}
			var all []string
			for i, row := range rows {
				for _, a := range row.Answers {
					if now := a.Question.Tidy(a.Question.Get(o.Records[i], o.Records[i].Original)); string(now) != string(a.Answer) {
						all = append(all, fmt.Sprintf("%s: %s -> %s", a.Question.Code, cmpNull(now), a.Answer))
					}
				}
			}
			if err != nil || strings.Join(all, "; ") != c.want {
				t.Errorf("changes %q and %v, want %s", all, err, c.want)
			}
		})
	}
}

func cmpNull(a question.Answer) string {
	if a == nil {
		return "null"
	}
	return string(a)
}

// sheetable is how many questions a table asks: files stay where they are.
func sheetable(s *question.Set) (n int) {
	for _, q := range s.All() {
		if q.Form != question.Files {
			n++
		}
	}
	return n
}
