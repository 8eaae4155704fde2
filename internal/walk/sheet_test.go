package walk

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	vocab "nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// bring sends a file with a form, as a browser does.
func (p *person) bring(t testing.TB, path string, fields url.Values, file string, content []byte) answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if m := csrfField.FindStringSubmatch(p.get(t, path).body); m != nil {
		w.WriteField("_csrf", m[1])
	}
	for name, values := range fields {
		w.WriteField(name, values[0])
	}
	if file != "" {
		part, err := w.CreateFormFile("file", file)
		if err != nil {
			t.Fatal(err)
		}
		part.Write(content)
	}
	w.Close()
	return p.ask(t, http.MethodPost, path, &b, http.Header{"Content-Type": {w.FormDataContentType()}, "Origin": {p.site.url}})
}

// fill writes into cells of a workbook, by the code of their line.
func fill(t testing.TB, raw string, cells map[string]string) []byte {
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
	for i, row := range rows {
		if len(row) > 0 && cells[row[0]] != "" {
			f.SetCellStr(sheet, fmt.Sprintf("G%d", i+1), cells[row[0]])
			left--
		}
	}
	if left > 0 {
		t.Fatalf("%d cells are not in the sheet", left)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// hiddenFields are the fields of the form that says yes to a sheet.
func hiddenFields(body string) url.Values {
	v := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		v.Set(m[1], unescapeHTML(m[2]))
	}
	v.Del("_csrf")
	return v
}

func unescapeHTML(s string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// TestSheet walks a practice through a spreadsheet: taken along, filled in,
// brought back, looked at, applied; and what goes wrong on the way.
func TestSheet(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	author := s.as(t, "member")
	draft := "/fr" + author.draft(t, "practice", "fr", "Un calendrier des rapports")
	at := draft + "/sheet"
	file := author.get(t, at+".xlsx")
	if file.status != http.StatusOK || !strings.Contains(file.header.Get("Content-Disposition"), "attachment") || file.header.Get("Cache-Control") != "private, no-store" {
		t.Fatalf("the sheet: %d %v", file.status, file.header)
	}
	set, words := asked(t, vocab.Practice)
	capacity := words.Label("capacity", "coordination", "fr")
	filled := fill(t, file.body, map[string]string{"problem": "Deux rapports en retard.", "capacity": capacity, "dropped": "Entre nous."})
	section := draft + "/" + sectionWith(set, "problem")

	t.Run("OnlyWhoWrites", func(t *testing.T) {
		for _, name := range []string{"", "member2", "stakeholder", "admin"} {
			other := s.as(t, name)
			for _, path := range []string{at, at + ".xlsx", at + ".csv"} {
				if a := other.get(t, path); a.status != http.StatusNotFound {
					t.Errorf("%q gets %d at %s", name, a.status, path)
				}
			}
			if a := other.bring(t, at, url.Values{}, "x.xlsx", filled); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
				t.Errorf("%q brings a sheet: %d", name, a.status)
			}
		}
	})
	t.Run("Unchanged", func(t *testing.T) {
		if a := author.bring(t, at, url.Values{}, "x.xlsx", []byte(file.body)); a.status != http.StatusOK || strings.Contains(a.body, `value="apply"`) {
			t.Errorf("what was downloaded: %d", a.status)
		}
		csv := author.get(t, at+".csv?lang=ar").body
		if a := author.bring(t, at, url.Values{}, "x.csv", []byte(csv)); a.status != http.StatusOK || strings.Contains(a.body, `value="apply"`) {
			t.Errorf("what was downloaded as CSV: %d", a.status)
		}
	})
	t.Run("Refused", func(t *testing.T) {
		other := author.draft(t, "practice", "fr", "Une autre pratique")
		for name, c := range map[string]struct{ raw, says string }{
			"Nothing":    {"", "Choisissez"},
			"Foreign":    {"a;b", "ne vient pas du Pôle"},
			"Other":      {author.get(t, "/fr"+other+"/sheet.csv").body, "Une autre pratique"},
			"OfStranger": {strings.Replace(author.get(t, at+".csv").body, strings.TrimPrefix(draft, "/fr/contribute/"), "0123456789abcdefghjkmnpqrs", 1), "vous n’écrivez pas"},
			"Version":    {strings.Replace(author.get(t, at+".csv").body, "practice/1", "practice/7", 1), "practice/7"},
			"Choice":     {string(fill(t, file.body, map[string]string{"capacity": "Chance", "problem": "Rien de cela."})), "Ligne"},
		} {
			if a := author.bring(t, at, url.Values{}, "x", []byte(c.raw)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.says) || strings.Contains(a.body, ">Appliquer") {
				t.Errorf("%s: %d, without %q", name, a.status, c.says)
			}
		}
		req, err := http.NewRequest(http.MethodPost, s.url+at, bytes.NewReader(make([]byte, 7<<20)))
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := author.client.Do(req); err == nil { // else it was cut off while it was sent
			resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("7 MB: %d", resp.StatusCode)
			}
		}
	})
	t.Run("Applied", func(t *testing.T) {
		shown := author.bring(t, at, url.Values{}, "x.xlsx", filled)
		if shown.status != http.StatusOK || !strings.Contains(shown.body, "Deux rapports en retard.") || !strings.Contains(shown.body, "Entre nous.") {
			t.Fatalf("shown: %d", shown.status)
		}
		if a := author.get(t, section); strings.Contains(a.body, "Deux rapports") {
			t.Error("it was applied before the yes")
		}
		if a := author.bring(t, at, hiddenFields(shown.body), "", nil); a.status != http.StatusSeeOther {
			t.Fatalf("applying: %d\n%.3000s", a.status, a.body)
		}
		if a := author.get(t, section); !strings.Contains(a.body, "Deux rapports en retard.") {
			t.Error("the form lacks it")
		}
		if a := author.get(t, draft+"/"+sectionWith(set, "dropped")); !strings.Contains(a.body, "Entre nous.") || !strings.Contains(a.body, `name="closed.dropped" value="1" checked`) {
			t.Error("the answer for members is lost, or open")
		}
	})
	t.Run("Clash", func(t *testing.T) {
		if a := author.answer(t, section, url.Values{"problem": {"Trois rapports."}}); a.status >= 400 {
			t.Fatal(a.status)
		}
		mine := fill(t, author.get(t, at+".xlsx").body, map[string]string{"problem": "Quatre rapports."})
		if a := author.answer(t, section, url.Values{"problem": {"Cinq rapports."}}); a.status >= 400 {
			t.Fatal(a.status)
		}
		shown := author.bring(t, at, url.Values{}, "x.xlsx", mine)
		if shown.status != http.StatusConflict || !strings.Contains(shown.body, "Quatre rapports.") || !strings.Contains(shown.body, "Cinq rapports.") {
			t.Fatalf("shown: %d", shown.status)
		}
		yes := hiddenFields(shown.body)
		if a := author.bring(t, at, yes, "", nil); a.status != http.StatusConflict {
			t.Errorf("undecided: %d", a.status)
		}
		yes.Set("take.problem", "mine")
		if a := author.answer(t, section, url.Values{"problem": {"Six rapports."}}); a.status >= 400 {
			t.Fatal(a.status)
		}
		if shown = author.bring(t, at, yes, "", nil); shown.status != http.StatusConflict || !strings.Contains(shown.body, "Six rapports.") {
			t.Errorf("decided over what was not seen: %d", shown.status)
		}
		yes = hiddenFields(shown.body)
		yes.Set("take.problem", "mine")
		if a := author.bring(t, at, yes, "", nil); a.status != http.StatusSeeOther {
			t.Errorf("decided: %d", a.status)
		}
		if a := author.get(t, section); !strings.Contains(a.body, "Quatre rapports.") {
			t.Error("the form lacks what was decided")
		}
	})
	t.Run("Translated", func(t *testing.T) {
		arabic := author.get(t, at+".xlsx?lang=ar").body
		shown := author.bring(t, at, url.Values{}, "x.xlsx", fill(t, arabic, map[string]string{"title": "جدول للتقارير", "problem": "تقريران متأخران."}))
		if a := author.bring(t, at, hiddenFields(shown.body), "", nil); shown.status != http.StatusOK || a.status != http.StatusSeeOther {
			t.Fatalf("shown %d, applied %d", shown.status, a.status)
		}
		if a := author.get(t, section+"?lang=ar"); !strings.Contains(a.body, "تقريران متأخران.") || !strings.Contains(a.body, "Quatre rapports.") {
			t.Error("the translation does not stand beside the original")
		}
	})
	t.Run("Forged", func(t *testing.T) {
		seen := question.Mark([]byte(`"Quatre rapports."`))
		for _, given := range []string{"{", `[{"q":"capacity","a":"none-such","s":"` + question.Mark([]byte(`"coordination"`)) + `"}]`, `[{"q":"problem","a":{"x":[1]},"s":"x"}]`} {
			if a := author.bring(t, at, url.Values{"act": {"apply"}, "in": {"fr"}, "given": {given}}, "", nil); a.status < 400 || a.status >= 500 {
				t.Errorf("%s: %d", given, a.status)
			}
		}
		if a := author.bring(t, at, url.Values{"act": {"apply"}, "in": {"xx"}, "given": {`[{"q":"problem","a":"x","s":"` + seen + `"}]`}}, "", nil); a.status < 400 || a.status >= 500 {
			t.Errorf("an unknown language: %d", a.status)
		}
	})
	t.Run("HandedOn", func(t *testing.T) {
		author.answerAll(t, draft, vocab.Practice, always("texte"))
		author.act(t, draft, url.Values{"act": {"submit"}})
		if a := author.bring(t, at, url.Values{}, "x.xlsx", filled); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
			t.Errorf("after it was handed on: %d", a.status)
		}
	})
}
