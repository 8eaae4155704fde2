package walk

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	vocab "nmirfhub/internal/hub"
)

// fillTable writes into the cells of a table of records, by the title of the
// line and the code of the column.
func fillTable(t testing.TB, raw string, cells map[string]map[string]string) []byte {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetList()[1]
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	left := len(cells)
	for i, row := range rows[3:] {
		for j, code := range rows[1] {
			if code != "title" || cells[row[j]] == nil {
				continue
			}
			left--
			for k, code := range rows[1] {
				if text, write := cells[row[j]][code]; write {
					at, _ := excelize.CoordinatesToCellName(k+1, i+4)
					f.SetCellStr(sheet, at, text)
				}
			}
		}
	}
	if left > 0 {
		t.Fatalf("%d records are not in the table", left)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTable walks several records through one spreadsheet: a draft changes,
// what is published gets a draft, and nothing is done unless all can be.
func TestTable(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	author, coordinator, moderator := s.as(t, "member"), s.as(t, "coordinator"), s.as(t, "moderator")
	draft := author.draft(t, "practice", "fr", "Un brouillon")
	published := author.draft(t, "practice", "fr", "Une fiche publiée")
	author.answerAll(t, "/fr"+published, vocab.Practice, always("texte"))
	author.act(t, "/fr"+published, url.Values{"act": {"submit"}})
	coordinator.act(t, "/fr"+published, url.Values{"act": {"clear"}})
	moderator.act(t, "/fr"+published, url.Values{"act": {"publish"}})
	set, words := asked(t, vocab.Practice)
	at := "/fr/contribute/table/practice/sheet"
	file := author.get(t, at+".xlsx")
	if file.status != http.StatusOK || file.header.Get("Cache-Control") != "private, no-store" {
		t.Fatalf("the table: %d %v", file.status, file.header)
	}
	filled := fillTable(t, file.body, map[string]map[string]string{
		"Un brouillon":      {"problem": "Deux retards.", "capacity": words.Label("capacity", "coordination", "fr")},
		"Une fiche publiée": {"problem": "Trois retards.", "dropped": "Entre nous."},
	})

	t.Run("OnlyOnesOwn", func(t *testing.T) {
		for _, name := range []string{"member2", "stakeholder"} {
			other := s.as(t, name)
			if a := other.get(t, at+".csv"); strings.Contains(a.body, "Un brouillon") || strings.Contains(a.body, "Une fiche") {
				t.Errorf("%s gets records of others", name)
			}
			if a := other.bring(t, at, url.Values{}, "x.xlsx", filled); a.status == http.StatusOK || strings.Contains(a.body, "Un brouillon") || strings.Contains(a.body, `value="apply"`) {
				t.Errorf("%s brings a table of others: %d", name, a.status)
			}
		}
		for _, path := range []string{at, at + ".xlsx", at + ".csv"} {
			if a := s.as(t, "").get(t, path); a.status != http.StatusNotFound {
				t.Errorf("the public gets %d at %s", a.status, path)
			}
		}
	})
	t.Run("Unchanged", func(t *testing.T) {
		for name, raw := range map[string]string{"x.xlsx": file.body, "x.csv": author.get(t, at+".csv").body, "y.csv": author.get(t, strings.Replace(at, "/fr/", "/ar/", 1)+".csv").body} {
			if a := author.bring(t, at, url.Values{}, name, []byte(raw)); a.status != http.StatusOK || strings.Contains(a.body, `value="apply"`) {
				t.Errorf("%s: %d", name, a.status)
			}
		}
	})
	t.Run("Refused", func(t *testing.T) {
		for name, c := range map[string]struct{ raw, says string }{
			"Nothing":  {"", "Choisissez"},
			"Single":   {author.get(t, "/fr"+draft+"/sheet.csv").body, "qu’une fiche"},
			"Version":  {strings.Replace(author.get(t, at+".csv").body, "practice/1", "practice/7", 1), "practice/7"},
			"Stranger": {strings.Replace(author.get(t, at+".csv").body, strings.TrimPrefix(draft, "/contribute/"), "0123456789abcdefghjkmnpqrs", 1), "0123456789abcdefghjkmnpqrs"},
			"Choice":   {string(fillTable(t, file.body, map[string]map[string]string{"Un brouillon": {"capacity": "Chance"}})), "Ligne"},
		} {
			if a := author.bring(t, at, url.Values{}, "x", []byte(c.raw)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.says) || strings.Contains(a.body, ">Tout modifier") {
				t.Errorf("%s: %d, without %q", name, a.status, c.says)
			}
		}
		if a := author.bring(t, "/fr"+draft+"/sheet", url.Values{}, "x", []byte(file.body)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "plusieurs fiches") {
			t.Errorf("a table on the page of one record: %d", a.status)
		}
	})
	t.Run("Applied", func(t *testing.T) {
		shown := author.bring(t, at, url.Values{}, "x.xlsx", filled)
		for _, says := range []string{"Deux retards.", "Trois retards.", "Entre nous."} {
			if shown.status != http.StatusOK || !strings.Contains(shown.body, says) {
				t.Fatalf("shown: %d without %q", shown.status, says)
			}
		}
		yes := hiddenFields(shown.body)
		for range 2 { // sent twice, it is done once
			if a := author.bring(t, at, yes, "", nil); a.status != http.StatusSeeOther {
				t.Fatalf("applying: %d\n%.3000s", a.status, a.body)
			}
		}
		if a := author.get(t, "/fr"+draft+"/"+sectionWith(set, "problem")); !strings.Contains(a.body, "Deux retards.") {
			t.Error("the draft lacks it")
		}
		if a := s.as(t, "").get(t, "/fr/practices/une-fiche-publiee"); a.status != http.StatusOK || strings.Contains(a.body, "Trois retards.") {
			t.Errorf("what is published: %d", a.status)
		}
		if a := author.get(t, "/fr/contribute"); strings.Count(a.body, "Une fiche publiée") != 1 {
			t.Errorf("%d drafts of what is published", strings.Count(a.body, "Une fiche publiée"))
		}
		if a := author.get(t, at+".csv"); !strings.Contains(a.body, "Trois retards.") || strings.Count(a.body, "Une fiche publiée") != 1 {
			t.Error("the draft does not stand for what is published")
		}
	})
	t.Run("Clash", func(t *testing.T) {
		section := "/fr" + draft + "/" + sectionWith(set, "problem")
		mine := fillTable(t, author.get(t, at+".xlsx").body, map[string]map[string]string{"Un brouillon": {"problem": "Quatre retards."}})
		if a := author.answer(t, section, url.Values{"problem": {"Cinq retards."}}); a.status >= 400 {
			t.Fatal(a.status)
		}
		shown := author.bring(t, at, url.Values{}, "x.xlsx", mine)
		if shown.status != http.StatusConflict || !strings.Contains(shown.body, "Quatre retards.") || !strings.Contains(shown.body, "Cinq retards.") {
			t.Fatalf("shown: %d", shown.status)
		}
		yes := hiddenFields(shown.body)
		if a := author.bring(t, at, yes, "", nil); a.status != http.StatusConflict {
			t.Errorf("undecided: %d", a.status)
		}
		yes.Set("take."+strings.TrimPrefix(draft, "/contribute/")+".problem", "mine")
		if a := author.bring(t, at, yes, "", nil); a.status != http.StatusSeeOther {
			t.Errorf("decided: %d", a.status)
		}
		if a := author.get(t, section); !strings.Contains(a.body, "Quatre retards.") {
			t.Error("the form lacks what was decided")
		}
	})
}
