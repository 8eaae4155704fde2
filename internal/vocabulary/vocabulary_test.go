package vocabulary_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/seed"
)

func load(t *testing.T) *vocabulary.Set {
	t.Helper()
	s, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStates: 193 members of the United Nations and 2 observers, each named
// in every language of the interface and with one place on the map.
func TestStates(t *testing.T) {
	s := load(t)
	regions := map[string]int{}
	for _, f := range s.States() {
		regions[f.Region]++
		for _, l := range hub.Langs {
			if s.StateName(f.Code, l) == string(f.Code) {
				t.Errorf("%s has no name in %s", f.Code, l)
			}
		}
	}
	if len(s.States()) != 195 {
		t.Errorf("%d States, want 195", len(s.States()))
	}
	// Regional groups of the General Assembly; observers belong to none.
	want := map[string]int{"african": 54, "asia-pacific": 54, "eastern-european": 23, "latin-american-caribbean": 33, "western-european-others": 29, "": 2}
	for region, n := range want {
		if regions[region] != n {
			t.Errorf("region %q has %d States, want %d; all: %v", region, regions[region], n, regions)
		}
	}
	placed := map[hub.State]bool{}
	for _, tile := range s.Tiles() {
		if placed[tile.State] {
			t.Errorf("%s is on the map twice", tile.State)
		}
		placed[tile.State] = true
	}
	if len(placed) != 195 {
		t.Errorf("%d States on the map, want 195", len(placed))
	}
}

// TestNamesInOrder: States and terms stand as a reader of the language sorts
// them, with accents where the letter is.
func TestNamesInOrder(t *testing.T) {
	s := load(t)
	var names []string
	for _, c := range s.StatesByName(hub.French) {
		names = append(names, s.StateName(c, hub.French))
	}
	at := func(name string) int { return slices.Index(names, name) }
	if !(at("Égypte") > at("Danemark") && at("Égypte") < at("Finlande")) || at("Égypte") < 0 {
		t.Errorf("Égypte stands at %d between %d and %d", at("Égypte"), at("Danemark"), at("Finlande"))
	}
	for _, l := range []hub.Lang{hub.English, hub.French, hub.Arabic} {
		if got := len(s.Glossary(l)); got != 85 {
			t.Errorf("%d terms in %s, want 85", got, l)
		}
	}
}

// TestCodes: every code has an English label, and a French and an Arabic one.
func TestCodes(t *testing.T) {
	s := load(t)
	lists, err := fs.ReadDir(seed.Files, "vocabulary")
	if err != nil || len(lists) == 0 {
		t.Fatalf("%d lists, %v", len(lists), err)
	}
	for _, entry := range lists {
		name := strings.TrimSuffix(entry.Name(), ".yaml")
		codes := s.Codes(name)
		if len(codes) == 0 {
			t.Errorf("list %s has no code", name)
		}
		for _, c := range codes {
			for _, l := range []hub.Lang{hub.English, hub.French, hub.Arabic} {
				if c.Label[l] == "" {
					t.Errorf("%s %s has no label in %s", name, c.Code, l)
				}
			}
			if got, ok := s.CodeOf(name, c.Code); !ok || got != c.Code {
				t.Errorf("%s: the code of %q is %q", name, c.Code, got)
			}
			for _, word := range c.Also {
				if got, ok := s.CodeOf(name, word); !ok || got != c.Code {
					t.Errorf("%s: the code of %q is %q, want %q", name, word, got, c.Code)
				}
			}
		}
	}
}

// TestFallBack: what has no label in a language is read in English, and what
// has none at all is its code.
func TestFallBack(t *testing.T) {
	s := load(t)
	one, err := vocabulary.Load(with(t, "vocabulary/stage.yaml", "list: stage\nsource: a test\ncodes:\n- {code: tried, label: {en: Tried}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := one.Label("stage", "tried", hub.Russian); got != "Tried" {
		t.Errorf("Russian readers get %q, want the English label", got)
	}
	if got := s.Label("capacity", "juggling", hub.French); got != "juggling" {
		t.Errorf("an unknown code is called %q", got)
	}
	if s.Known("capacity", "juggling") || s.Known("no-such-list", "coordination") || !s.Known("capacity", "coordination") {
		t.Error("known codes are mixed up")
	}
	if _, ok := s.State("XQX"); ok || s.StateName("XQX", hub.English) != "XQX" {
		t.Error("there is a State XQX")
	}
}

// TestBrokenFilesAreNamed: a vocabulary that is wrong stops the start, and
// the error names file and entry.
func TestBrokenFilesAreNamed(t *testing.T) {
	for _, c := range []struct{ file, content, want string }{
		{"states.json", `[{"iso3":"FRA","names":{"en":"France"}}]`, "states.json: FRA has no name in ar"},
		{"states.json", `[{"iso3":"F1A"}]`, "states.json: State 1: state: unknown"},
		{"states.json", `{`, "states.json: "},
		{"tilegrid.csv", "iso3,col,row,status\nXQX,1,1,member\n", `tilegrid.csv: line 2: there is no State "XQX"`},
		{"tilegrid.csv", "iso3,col,row,status\nFRA,1,1,member\nDEU,1,1,member\n", "tilegrid.csv: line 3: DEU has the place of FRA"},
		{"tilegrid.csv", "iso3,col,row,status\nFRA,x,1,member\n", "tilegrid.csv: line 2: "},
		{"glossary.yaml", "items:\n- {id: a, term: A}\n", "glossary.yaml: entry 1: id, term and definition are needed"},
		{"glossary.yaml", "items:\n- {id: a, term: A, definition: B., category: none}\n", `glossary.yaml: a: there is no category "none"`},
		{"translations/fr/glossary.yaml", "gone: {term: Parti}\n", "translations/fr/glossary.yaml: gone: there is no term of this id"},
		{"vocabulary/capacity.yaml", "list: capacity\nkodes: []\n", "vocabulary/capacity.yaml"},
	} {
		if _, err := vocabulary.Load(with(t, c.file, c.content)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.file, err, c.want)
		}
	}
}

// with is the shipped content with one file replaced.
func with(t *testing.T, name, content string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(seed.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(seed.Files, path)
		files[path] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files[name] = &fstest.MapFile{Data: []byte(content)}
	return files
}
