package i18n

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"nmirfhub/internal/hub"
)

const catalogs = "../../web/catalog"

func shipped(t *testing.T) *Catalogs {
	t.Helper()
	c, err := Load(os.DirFS(catalogs))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// complete are the languages in which nothing may fall back.
var complete = []hub.Lang{hub.English, hub.French, hub.Arabic}

func TestNothingIsMissing(t *testing.T) {
	english, err := readLang(os.DirFS(catalogs), hub.English)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range complete {
		own, err := readLang(os.DirFS(catalogs), l)
		if err != nil {
			t.Fatal(err)
		}
		for key, e := range english {
			said, ok := own[key]
			if !ok {
				t.Errorf("%s lacks %q", l, key)
			}
			if e.forms != nil {
				for _, form := range forms[l] {
					if said.forms[form] == nil {
						t.Errorf("%s: %q lacks the form %q", l, key, form)
					}
				}
			}
		}
	}
}

// forms are the plural forms of each language, as CLDR has them for whole
// numbers; French "many" is for millions and may fall back.
var forms = map[hub.Lang][]string{hub.English: {"one", "other"}, hub.French: {"one", "other"}, hub.Arabic: {"zero", "one", "two", "few", "many", "other"}}

// made are the beginnings of keys that code puts together.
var made = []string{
	"api.",
	"date.month.", "problem.4", "problem.5", "problem.fresh", "problem.archived", "field.", "language.", "kind.", "door.", "home.door.", "suggest.", "files.text.", "map.", "tier.", "search.g.",
	"list.sort.", "library.f.", "practice.f.", "practice.problem", "practice.done", "practice.actors", "practice.hard", "practice.lessons", "mechanism.f.", "mechanism.fig.", "mechanism.covers.", "mechanism.focal.", "system.f.",
	"system.users.", "network.f.", "event.f.", "toolkit.f.", "compare.", "about.", "accessibility.", "privacy.", "terms.", "outside.", "foot.",
	"done.", "role.", "level.", "note.", "wrong.", "invite.offer.", "seat.may.", "letter.", "measure.", "status.", "discuss.who.", "discuss.case.", "discuss.outcome.", "discuss.react.", "discuss.promote.", "notifications.way.", "provider.",
	"consent.", "summary.fate.", "summary.lead.", "summary.many.", "summary.propose.", "summary.summarise", "discuss.tag.", "discuss.view.", "discuss.nothing.", "room.set.", "room.kind.",
	"desk.act.", "desk.did.", "desk.kind.", "desk.why.", "step.",
	"contribute.act.", "contribute.answer.", "contribute.status.", "contribute.tier.", "contribute.wrong.", "sheet.col.", "advice.", "sheet.form.", "sheet.wrong.",
	"attach.wrong.", "toolbar.", "questions.stands.", "bring.fault.", "bring.sort.", "bring.field.", "detail.by.", "detail.checked.",
	"import.as.", "import.broken.", "import.kind.", "import.state.", "import.wrong.",
}

var quoted = regexp.MustCompile(`"([a-z0-9_]+(?:\.[a-z0-9_-]+)*)"`)

// TestKeysAndCodeAgree finds messages that nothing says, and keys in the code
// that no catalog has.
func TestKeysAndCodeAgree(t *testing.T) {
	used := map[string]bool{}
	for _, root := range []string{"../../web", "../site", "../api", "../i18n", "../letters", "../sheet"} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err != nil || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
				return err
			}
			if strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".templ") {
				raw, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				for _, m := range quoted.FindAllStringSubmatch(string(raw), -1) {
					used[m[1]] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	english, err := readLang(os.DirFS(catalogs), hub.English)
	if err != nil {
		t.Fatal(err)
	}
	for key := range english {
		if !used[key] && !slices.ContainsFunc(made, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("nothing says %q", key)
		}
	}
	said := regexp.MustCompile(`\.[TN]\("([^"]+)"[,)]`)
	for _, root := range []string{"../../web", "../site", "../letters"} {
		filepath.WalkDir(root, func(path string, _ os.DirEntry, _ error) error {
			if !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ") || strings.HasSuffix(path, "_templ.go") {
				return nil
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
			}
			for _, m := range said.FindAllStringSubmatch(string(raw), -1) {
				if _, ok := english[m[1]]; !ok {
					t.Errorf("%s says %q, which no catalog has", path, m[1])
				}
			}
			return nil
		})
	}
}

func TestPlurals(t *testing.T) {
	c := shipped(t)
	for _, x := range []struct {
		lang hub.Lang
		n    int
		want string
	}{
		{hub.English, 0, "0 publications"}, {hub.English, 1, "1 publication"}, {hub.English, 1200, "1,200 publications"},
		{hub.French, 0, "0 publication"}, {hub.French, 1, "1 publication"}, {hub.French, 2, "2 publications"},
		{hub.Arabic, 1, "منشور واحد (1)"}, {hub.Arabic, 2, "منشوران (2)"}, {hub.Arabic, 3, "3 منشورات"}, {hub.Arabic, 11, "11 منشورًا"}, {hub.Arabic, 100, "100 منشور"},
		{hub.Spanish, 2, "2 publications"}, // falls back to English
	} {
		if got := c.In(x.lang).N("library.total", x.n); got != x.want {
			t.Errorf("%s %d: got %q, want %q", x.lang, x.n, got, x.want)
		}
	}
}

func TestDates(t *testing.T) {
	c := shipped(t)
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct{ got, want string }{
		{c.In(hub.English).Day(day), "23 November 2026"},
		{c.In(hub.French).Day(day), "23 novembre 2026"},
		{c.In(hub.Arabic).Day(day), "23 تشرين الثاني/نوفمبر 2026"},
		{c.In(hub.English).Date("2022"), "2022"},
		{c.In(hub.English).Date("2022-12"), "December 2022"},
		{c.In(hub.English).Date("2022-12-07"), "7 December 2022"},
		{c.In(hub.English).Date("soon"), "soon"},
		{c.In(hub.English).Date("2022-99"), "2022-99"},
		{c.In(hub.English).List([]string{"A", "B", "C"}), "A, B and C"},
		{c.In(hub.Arabic).List([]string{"أ", "ب", "ج"}), "أ، ب وج"},
		{c.In(hub.English).Size(84_000), "84 KB"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ name, file, text, says string }{
		{"NotInEnglish", "fr/a.json", `{"b": "x"}`, "not in the English"},
		{"OtherValues", "fr/a.json", `{"a": "x"}`, "has the values"},
		{"OpenBrace", "en/a.json", `{"a": "x {n"}`, "not closed"},
		{"UnknownForm", "en/a.json", `{"a": {"dozen": "x", "other": "y"}}`, "no plural form"},
		{"NoOther", "en/a.json", `{"a": {"one": "x"}}`, `"other" is missing`},
		{"Twice", "en/b.json", `{"a": "x {n}"}`, "another file too"},
		{"NoJSON", "en/a.json", `{`, "catalog"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{"en/a.json": {Data: []byte(`{"a": "say {n}"}`)}, c.file: {Data: []byte(c.text)}}
			if _, err := Load(files); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
}
