package seeding_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/seeding"
	"nmirfhub/seed"
)

// TestShippedContent holds what the project ships to what it says of it.
func TestShippedContent(t *testing.T) {
	records, problems := seeding.Read(seed.Files)
	for _, p := range problems {
		t.Errorf("%s", p)
	}
	want := map[hub.Kind]int{
		hub.Publication: 109, hub.Practice: 87, hub.Mechanism: 51, hub.Resource: 39, hub.System: 14, hub.Event: 46, hub.Network: 13,
	}
	got := map[hub.Kind]int{}
	ids := map[string]string{}
	for _, r := range records {
		got[r.Kind]++
		if other, twice := ids[r.ID]; twice {
			t.Errorf("%s and %s have one id", r.Slug, other)
		}
		ids[r.ID] = r.Slug
		if len(r.Sources) == 0 && r.Kind != hub.Publication {
			t.Errorf("%s %s names no source", r.Kind, r.Slug)
		}
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%d records of kind %s, want %d", got[k], k, n)
		}
	}
}

// TestTranslated: every record has a title in French and Arabic, practices,
// mechanisms and resources a summary too, and what was translated says so.
func TestTranslated(t *testing.T) {
	records, _ := seeding.Read(seed.Files)
	texts := map[hub.Lang]int{}
	for _, r := range records {
		for _, l := range []hub.Lang{hub.French, hub.Arabic} {
			v := r.In(l)
			if v.Lang != l || v.Title == "" {
				t.Errorf("%s %s has no title in %s", r.Kind, r.Slug, l)
				continue
			}
			summed := r.Kind == hub.Practice || r.Kind == hub.Mechanism || r.Kind == hub.Resource
			if summed && r.In(r.Original).Summary != "" && v.Summary == "" {
				t.Errorf("%s %s has no summary in %s", r.Kind, r.Slug, l)
			}
			if l != r.Original && r.Kind != hub.Publication && v.Translation == "" {
				t.Errorf("%s %s does not say that its %s is a translation", r.Kind, r.Slug, l)
			}
			if r.Kind == hub.Resource && len(v.Text) > 0 {
				texts[l]++
			}
		}
	}
	for _, l := range []hub.Lang{hub.French, hub.Arabic} {
		if texts[l] != 26 {
			t.Errorf("%d texts of the toolkit in %s, want 26", texts[l], l)
		}
	}
}

// TestSameAgain: reading twice gives the same records with the same digests.
func TestSameAgain(t *testing.T) {
	a, _ := seeding.Read(seed.Files)
	b, _ := seeding.Read(seed.Files)
	for i := range a {
		if a[i].Seed != b[i].Seed || a[i].ID != b[i].ID || a[i].Seed == "" {
			t.Fatalf("%s: %s then %s", a[i].Slug, a[i].Seed, b[i].Seed)
		}
	}
}

// broken is the shipped content with one file replaced.
func broken(t *testing.T, name, content string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, kind := range []string{"publication", "practice", "mechanism", "resource", "system", "event", "network"} {
		files["records/"+kind+".yaml"] = &fstest.MapFile{Data: []byte("[]\n")}
	}
	err := fs.WalkDir(seed.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, "records/") || strings.HasPrefix(path, "translations/") {
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

const good = `- slug: good-event
  date: '2022'
  body:
    type: seminar
  texts:
    en:
      title: A good event
  sources:
  - title: A source
`

// TestProblemsAreNamed: what is broken is named by file, line, record and
// field; what stands beside it comes in.
func TestProblemsAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, file, content string
		want                string
		kept                int
	}{
		{"a key that is not known", "records/event.yaml", good + "- slug: b\n  colour: red\n  texts: {en: {title: B}}\n",
			"records/event.yaml:11: b: colour: there is no such field: check its spelling", 1},
		{"a key of the text that is not known", "records/event.yaml", good + "- slug: b\n  texts:\n    en:\n      titel: B\n",
			"records/event.yaml:13: b: titel: there is no such field: check its spelling", 1},
		{"text where a list is wanted", "records/event.yaml", good + "- slug: b\n  states: FRA\n",
			"records/event.yaml:11: b: states: the value is of the wrong kind: text where a list is wanted, or the other way", 1},
		{"no title", "records/event.yaml", good + "- slug: b\n  body: {type: seminar}\n  texts:\n    en:\n      summary: B\n",
			"records/event.yaml:13: b: texts.en.title: it is needed and not there", 1},
		{"a slug that is none", "records/event.yaml", good + "- slug: Not A Slug\n  body: {type: seminar}\n  texts: {en: {title: B}}\n",
			"records/event.yaml:10: Not A Slug: slug: it is not written as it should be: \"Not A Slug\"", 1},
		{"a slug that another has", "records/event.yaml", good + good,
			"records/event.yaml:10: good-event: slug: another record has it already: choose another", 1},
		{"a State that is none", "records/event.yaml", good + "- slug: b\n  states:\n  - FRA\n  - XQX\n  body: {type: seminar}\n  texts: {en: {title: B}}\n",
			"records/event.yaml:11: b: states: there is no State \"XQX\"", 1},
		{"a code that the vocabulary lacks", "records/event.yaml", good + "- slug: b\n  body:\n    type: picnic\n  texts: {en: {title: B}}\n",
			"records/event.yaml:12: b: type: the vocabulary event-type has no \"picnic\"", 1},
		{"no YAML", "records/event.yaml", "- slug: [", "records/event.yaml: it is no list of records in YAML", 0},
		{"not UTF-8", "records/event.yaml", "- slug: \xff\n", "records/event.yaml: the file is not UTF-8: save it as UTF-8", 0},
		{"a translation of nothing", "translations/fr/event.yaml", "gone: {title: Parti}\n",
			"translations/fr/event.yaml: gone: there is no record of this slug: correct the slug or take the translation out", 0},
		{"a translation with a strange key", "translations/fr/event.yaml", "gone: {titre: Parti}\n",
			"translations/fr/event.yaml: yaml: unmarshal errors:\n  line 1: field titre not found", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			records, problems := seeding.Read(broken(t, c.file, c.content))
			if len(problems) != 1 || !strings.HasPrefix(problems[0].String(), c.want) {
				t.Errorf("problems:\n%v\nwant:\n%s", problems, c.want)
			}
			if len(records) != c.kept {
				t.Errorf("%d records came in, want %d", len(records), c.kept)
			}
		})
	}
}

// TestMissingFileIsAProblem: a kind whose file is not there is named.
func TestMissingFileIsAProblem(t *testing.T) {
	files := broken(t, "records/event.yaml", good)
	delete(files, "records/network.yaml")
	records, problems := seeding.Read(files)
	if len(problems) != 1 || problems[0].File != "records/network.yaml" || len(records) != 1 {
		t.Errorf("%v with %d records", problems, len(records))
	}
}
