package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
)

type sent struct {
	Title string   `json:"title"`
	Tags  []string `json:"tags"`
}

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		raw string
		ok  bool
	}{
		"OK": {`{"title":"a","tags":["b"]}`, true}, "Empty": {``, false}, "Half": {`{"title":"a"`, false}, "List": {`[]`, false},
		"Unknown": {`{"title":"a","$ne":""}`, false}, "Twice": {`{"title":"a","title":"b"}`, false}, "Escaped": {`{"title":"a","tit\u006ce":"b"}`, false},
		"More": {`{"title":"a"}{}`, false}, "Wrong": {`{"title":{"$ne":""}}`, false}, "Bytes": {"{\"title\":\"\xff\"}", false},
		"Deep": {`{"tags":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, false}, "Huge": {`{"title":"` + strings.Repeat("a", MaxBody) + `"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			var s sent
			if err := decode([]byte(c.raw), &s); (err == nil) != c.ok {
				t.Errorf("%v, %+v", err, s)
			}
		})
	}
}

// TestDecodeNames: what is wrong is named.
func TestDecodeNames(t *testing.T) {
	for name, c := range map[string]struct{ raw, says string }{
		"Unknown": {`{"size":1}`, `body: unknown: "size"`}, "OtherCase": {`{"Title":"a"}`, `body: unknown: "Title"`},
		"Twice": {`{"title":"a","title":"b"}`, `body: taken: "title"`}, "TwiceWithin": {`{"tags":[{"a":1,"A":2}]}`, `body: taken: "A"`},
		"Mistyped": {`{"title":["a"]}`, "title: format"}, "Half": {`{"title":"a"`, "body: format"}, "None": {``, "body: format"},
	} {
		t.Run(name, func(t *testing.T) {
			var s sent
			if err := decode([]byte(c.raw), &s); err == nil || err.Error() != c.says {
				t.Errorf("%v", err)
			}
		})
	}
}

// FuzzDecode: whatever is sent is refused, or is a JSON object whose keys the
// type knows, each once; what is written again is read the same.
func FuzzDecode(f *testing.F) {
	f.Add(`{"title":"a","tags":["b"]}`)
	f.Add(`{"title":"a","tags":["b",{"c":[]}]}`)
	f.Add(`{"a":{"a":1,"a":2}}`)
	f.Add(`{"lang":"en","answers":{"stage":"x","steps":[{"who":"a"}]},"closed":{"stage":true}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		var s sent
		if decode([]byte(raw), &s) == nil && !strings.HasPrefix(strings.TrimLeft(raw, " \t\r\n"), "{") {
			t.Errorf("%q was read as %+v", raw, s)
		}
		var w, again written
		if decode([]byte(raw), &w) != nil {
			return
		}
		out, err := json.Marshal(w)
		if err != nil || decode(out, &again) != nil {
			t.Fatalf("%q cannot be written again: %v", raw, err)
		}
		if len(w.text().Entries) != len(again.text().Entries) || w.Title != again.Title {
			t.Errorf("%q was read as %+v, then as %+v", raw, w, again)
		}
	})
}

// TestRevOf: only the quoted number of a revision names one.
func TestRevOf(t *testing.T) {
	r := &hub.Record{Rev: 7}
	for match, want := range map[string]int64{"*": 7, `"7"`: 7, `"3"`: 3, `W/"7"`: -1, `"x"`: -1, `"-7"`: -1, `"0"`: -1, `""`: -1, "7": 0, `"7`: 0, `"7","8"`: 0} {
		if got, err := revOf(match, r.Rev); got != want || (err != nil) != (want == 0) {
			t.Errorf("%s is %d, %v", match, got, err)
		}
	}
}

// TestRowIsTame: no cell of a table is a formula to a spreadsheet.
func TestRowIsTame(t *testing.T) {
	r := &hub.Record{Kind: hub.Practice, Slug: "a", Original: "en", Versions: []hub.Version{{Lang: "en", Title: "=1+1", Summary: "@x"}}, Body: []byte(`{"capacity":"-1","also_in":["MDA","MAR"],"organisation":"\tx"}`)}
	row := (&API{}).row(asked{lang: "en"}, r)
	if len(row) != len(common)+len(columns[hub.Practice]) {
		t.Fatalf("%d cells", len(row))
	}
	for _, cell := range row {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			t.Errorf("the cell %q", cell)
		}
	}
	if !slices.Contains(row, "MDA; MAR") || !slices.Contains(row, "'=1+1") {
		t.Errorf("the row is %q", row)
	}
}

// TestNetwork: subscribers count as one, whatever their last bits are.
func TestNetwork(t *testing.T) {
	if network("2001:db8:1:2::3") != network("2001:db8:1:2:ffff::4") || network("2001:db8:1:2::3") == network("2001:db8:1:3::3") || network("192.0.2.1") == network("192.0.2.2") {
		t.Error("networks are mixed up")
	}
}
