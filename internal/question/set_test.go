package question_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"nmirfhub/internal/event"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/library"
	"nmirfhub/internal/mechanism"
	"nmirfhub/internal/network"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/seeding"
	"nmirfhub/internal/system"
	"nmirfhub/internal/toolkit"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/seed"
)

// kinds are those that are asked for.
var kinds = []struct {
	record.Kind
	body, text func(json.RawMessage) error // whether the JSON fits the kind's types
}{
	{library.Kind(), decodes[library.Publication], decodes[struct{}]},
	{practice.Kind(), decodes[practice.Practice], decodes[practice.Text]},
	{mechanism.Kind(), decodes[mechanism.Profile], decodes[mechanism.Text]},
	{toolkit.Kind(), decodes[toolkit.Resource], decodes[toolkit.Text]},
	{system.Kind(), decodes[system.System], decodes[system.Text]},
	{event.Kind(), decodes[event.Event], decodes[event.Text]},
	{network.Kind(), decodes[network.Network], decodes[network.Text]},
}

func decodes[T any](raw json.RawMessage) error {
	_, err := record.Decode[T](raw)
	return err
}

func shipped(t *testing.T) (*vocabulary.Set, *question.Sets) { return shippedIn(t) }

func shippedIn(t testing.TB) (*vocabulary.Set, *question.Sets) {
	t.Helper()
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := question.Load(seed.Files, words)
	if err != nil {
		t.Fatal(err)
	}
	return words, sets
}

// TestShippedSetsAreWhole: every kind is asked for, every text stands in the
// three languages of the pages, and every file names the set that it holds.
func TestShippedSetsAreWhole(t *testing.T) {
	_, sets := shipped(t)
	for _, k := range hub.Kinds {
		if sets.Latest(k) == nil {
			t.Errorf("nothing is asked of a %s", k)
		}
		for _, set := range sets.Versions(k) {
			wholeSet(t, set)
		}
	}
}

func wholeSet(t *testing.T, set *question.Set) {
	t.Helper()
	if file := fmt.Sprintf("questions/%s-%d.yaml", set.Kind, set.Version); !exists(file) {
		t.Errorf("%s stands in no file %s", set.Name(), file)
	}
	for _, s := range set.Sections {
		whole(t, set.Name()+" section "+s.Code, s.Title)
	}
	for _, q := range set.All() {
		name := set.Name() + " " + q.Code
		whole(t, name+" ask", q.Ask)
		whole(t, name+" help", q.Help)
		open := slices.Contains([]question.Form{question.Line, question.Text, question.Points, question.Table}, q.Form) && !q.Neutral
		if open && len(q.Good) == 0 || len(q.Good) > 0 != (len(q.Poor) > 0) {
			t.Errorf("%s wants a good and a poor example", name)
		}
		for part, w := range map[string]question.Words{"good": q.Good, "poor": q.Poor} {
			if len(w) > 0 {
				whole(t, name+" "+part, w)
			}
		}
		for _, c := range q.Columns {
			whole(t, name+" column "+c.Code, c.Ask)
		}
	}
}

func exists(file string) bool {
	_, err := fs.Stat(seed.Files, file)
	return err == nil
}

func whole(t *testing.T, name string, w question.Words) {
	t.Helper()
	for _, l := range []hub.Lang{hub.English, hub.French, hub.Arabic} {
		if strings.TrimSpace(w[l]) == "" {
			t.Errorf("%s is missing in %s", name, l)
		}
	}
}

// TestPlacesAreOfTheKind: each place that a question names is one of the
// kind's types and takes the form of the answer; and a record that answers
// all, or no more than what must be answered, is one that its kind accepts.
func TestPlacesAreOfTheKind(t *testing.T) {
	words, sets := shipped(t)
	for _, k := range kinds {
		all, required := newFilled(k.Name), newFilled(k.Name)
		taken := map[string]string{}
		for _, q := range sets.Latest(k.Name).All() {
			answer := sample(words, q)
			if other, twice := taken[q.At]; twice && q.At != "" {
				t.Errorf("%s: %s and %s stand at %s", k.Name, other, q.Code, q.At)
			}
			taken[q.At] = q.Code
			fits := map[string]func(json.RawMessage) error{"body": k.body, "text": k.text}
			if in, field, ok := strings.Cut(q.At, "."); ok {
				if err := fits[in](asJSON(map[string]any{field: answer})); err != nil {
					t.Errorf("%s: %s at %s: %v", k.Name, q.Code, q.At, err)
				}
			}
			all.put(q.At, answer)
			if q.Required {
				required.put(q.At, answer)
			}
		}
		for name, f := range map[string]*filled{"everything": all, "what is required": required} {
			r := f.record()
			if err := record.Check(r); err != nil {
				t.Errorf("%s with %s: %v", k.Name, name, err)
			}
			if err := k.Check(r); err != nil {
				t.Errorf("%s with %s: %v", k.Name, name, err)
			}
		}
	}
}

// TestShippedRecordsFit: whoever opens a shipped record in its form finds no
// answer there that the form would refuse.
func TestShippedRecordsFit(t *testing.T) {
	words, sets := shipped(t)
	records, problems := seeding.Read(seed.Files)
	if len(records) == 0 || len(problems) > 0 {
		t.Fatalf("%d records, problems: %v", len(records), problems)
	}
	check := question.Checker{Words: words, Exists: func(k hub.Kind, slug string) bool {
		return slices.ContainsFunc(records, func(r *hub.Record) bool { return r.Kind == k && r.Slug == slug })
	}}
	for _, r := range records {
		for _, q := range sets.Latest(r.Kind).All() {
			for _, v := range r.Versions {
				if err := check.Answer(q, q.Get(r, v.Lang)); err != nil {
					t.Errorf("%s %s in %s: %v", r.Kind, r.Slug, v.Lang, err)
				}
			}
		}
	}
}

// filled is a record that is being filled in.
type filled struct {
	r          hub.Record
	version    hub.Version
	body, text map[string]any
}

func newFilled(k hub.Kind) *filled {
	return &filled{
		r:       hub.Record{Kind: k, Slug: "filled", Tier: hub.TierPublic, Original: hub.English},
		version: hub.Version{Lang: hub.English},
		body:    map[string]any{}, text: map[string]any{},
	}
}

func (f *filled) put(at string, answer any) {
	in, field, _ := strings.Cut(at, ".")
	switch in {
	case "body":
		f.body[field] = answer
	case "text":
		f.text[field] = answer
	case "title":
		f.version.Title = answer.(string)
	case "summary":
		f.version.Summary = answer.(string)
	case "date":
		f.r.Date = answer.(string)
	case "states":
		f.r.States = []hub.State{hub.State(answer.([]string)[0])}
	case "themes":
		f.r.Themes = answer.([]string)
	case "review_by":
		f.r.ReviewBy, _ = time.Parse(time.DateOnly, answer.(string))
	}
}

func (f *filled) record() *hub.Record {
	r, v := f.r, f.version
	r.Body = asJSON(f.body)
	if len(f.text) > 0 {
		v.Text = asJSON(f.text)
	}
	r.Versions = []hub.Version{v}
	return &r
}

// sample is an answer of the form that a question wants.
func sample(words *vocabulary.Set, q *question.Question) any {
	if q.Form != question.Table {
		return value(words, q.Form, q.List)
	}
	row := map[string]any{}
	for _, c := range q.Columns {
		row[c.Code] = value(words, c.Form, c.List)
	}
	return []any{row}
}

func value(words *vocabulary.Set, f question.Form, list string) any {
	switch f {
	case question.Points:
		return []string{"one", "two"}
	case question.Date:
		return "2022-12"
	case question.Day:
		return "2022-12-07"
	case question.Choice:
		return words.Codes(list)[0].Code
	case question.Several:
		return []string{words.Codes(list)[0].Code}
	case question.YesNo:
		return true
	case question.Number:
		return 3
	case question.Link:
		return "https://example.org/text"
	case question.Record:
		return "a-slug"
	case question.States:
		return []string{"PRT"}
	}
	return "words"
}

func asJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// TestBrokenSetsAreNamed: a questionnaire that is wrong stops the start, and
// the error names file, question and what is wrong.
func TestBrokenSetsAreNamed(t *testing.T) {
	words, _ := shipped(t)
	for name, c := range map[string]struct{ from, to, want string }{
		"unknown key":          {"version: 1", "versoin: 1", "versoin"},
		"no YAML":              {"kind: event", "kind: [", "yaml"},
		"unknown kind":         {"kind: event", "kind: party", "kind, version, source and sections are needed"},
		"no version":           {"version: 1", "version: 0", "kind, version, source and sections are needed"},
		"no source":            {"source: a test", "source: ''", "kind, version, source and sections are needed"},
		"no sections":          {sections, "", "kind, version, source and sections are needed"},
		"section without code": {"code: gist", "code: ''", `section "": code, title and questions are needed`},
		"section without title": {
			"title: {en: In short}", "title: {fr: En bref}", `section "gist": code, title and questions are needed`,
		},
		"section without questions": {questions, "", `section "gist": code, title and questions are needed`},
		"code twice":                {"code: kind", "code: name", "question name: the code stands twice"},
		"code is no slug":           {"code: kind", "code: The Kind", "question The Kind: the code is no slug"},
		"no ask":                    {"ask: {en: Which}", "ask: {fr: Lequel}", "question kind: ask in English is missing"},
		"unknown place":             {"at: title", "at: heading", `question name: at "heading" is no place`},
		"place without a field":     {"at: title", "at: body.", `question name: at "body." is no place`},
		"place in nothing known":    {"at: title", "at: mind.title", `question name: at "mind.title" is no place`},
		"words among facts":         {"at: title", "at: body.title", `question name: at "body.title" does not fit the form "line"`},
		"fact among words":          {"at: body.type", "at: text.type", `question kind: at "text.type" does not fit the form "choice"`},
		"closed, but in lists":      {"at: title", "at: title, members: true", "question name: an answer that lists show cannot be for members only"},
		"table without columns":     {columns, "", "question rows: columns are missing"},
		"columns of no table":       {"form: table", "form: text", "question rows: columns are of tables only"},
		"unknown form":              {"form: line, most: 9", "form: haiku, most: 9", `question name: form "haiku" is unknown`},
		"unknown list":              {"list: event-type", "list: moods", `question kind: the list "moods" is unknown`},
		"unknown kind of record":    {"form: choice, list: event-type", "form: record, list: party", `question kind: the kind "party" is unknown`},
		"list of nothing":           {"form: line, most: 9", "form: line, list: stage", "question name: a list is of choices and records only"},
		"column without code":       {"{code: who,", "{code: '',", `question rows: column "": code, form and ask are needed`},
		"column without ask":        {"ask: {en: Who}", "ask: {}", `question rows: column "who": code, form and ask are needed`},
		"column of a form too many": {"form: line, ask", "form: states, ask", `question rows: column "who": code, form and ask are needed`},
		"column of an unknown list": {"form: line, ask", "form: choice, list: moods, ask", `question rows: column who: the list "moods" is unknown`},
	} {
		if !strings.Contains(good, c.from) {
			t.Fatalf("%s: the good set has no %q", name, c.from)
		}
		_, err := question.Load(file(strings.Replace(good, c.from, c.to, 1)), words)
		if err == nil || !strings.HasPrefix(err.Error(), "questions/event-1.yaml: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := question.Load(file(good), words); err != nil {
		t.Errorf("the good set: %v", err)
	}
}

const (
	columns   = "    columns: [{code: who, form: line, ask: {en: Who}}]\n"
	questions = `  questions:
  - {code: name, at: title, form: line, most: 9, required: true, ask: {en: What}}
  - {code: kind, at: body.type, form: choice, list: event-type, ask: {en: Which}}
  - code: rows
    form: table
    ask: {en: Whose}
` + columns
	sections = "sections:\n- code: gist\n  title: {en: In short}\n" + questions
	good     = "kind: event\nversion: 1\nsource: a test\n" + sections
)

func file(content string) fstest.MapFS {
	return fstest.MapFS{"questions/event-1.yaml": &fstest.MapFile{Data: []byte(content)}}
}

// TestVersions: the newest version that is open, or that a mechanism tests, is
// asked; the others can still be named; no version stands in two files.
func TestVersions(t *testing.T) {
	words, _ := shipped(t)
	files := file(good)
	for v, name := range map[int]string{2: "questions/event-10.yaml", 3: "questions/event-3.yaml"} {
		maps.Copy(files, fstest.MapFS{name: {Data: []byte(strings.Replace(good, "version: 1", fmt.Sprintf("version: %d", v), 1))}})
	}
	sets, err := question.Load(files, words)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stands  map[string]question.Stands
		m       hub.State
		want    string
		because string
	}{
		{nil, "MDA", "event/1", "later versions are dormant"},
		{map[string]question.Stands{"event/2": {Standing: question.Open}}, "", "event/2", "the second is open"},
		{map[string]question.Stands{"event/3": {Standing: question.Test, Mechanisms: []hub.State{"MDA"}}}, "MDA", "event/3", "it tests the third"},
		{map[string]question.Stands{"event/3": {Standing: question.Test, Mechanisms: []hub.State{"MDA"}}}, "MAR", "event/1", "others test the third"},
		{map[string]question.Stands{"event/3": {Standing: question.Test, Mechanisms: []hub.State{"MDA", ""}}}, "", "event/1", "without a mechanism nobody tests"},
		{map[string]question.Stands{"event/2": {Standing: question.Open}, "event/3": {Standing: question.Dropped, Mechanisms: []hub.State{"MDA"}}}, "MDA", "event/2", "the third is dropped"},
	} {
		if sets.Stand(c.stands); sets.For(hub.Event, c.m).Name() != c.want {
			t.Errorf("%s: %q is asked %s, want %s", c.because, c.m, sets.For(hub.Event, c.m).Name(), c.want)
		}
	}
	if sets.Named("event/1") == nil || sets.Named("event/4") != nil || sets.Named("practice/1") != nil || sets.Latest(hub.Practice) != nil {
		t.Error("names are mixed up")
	}
	files["questions/event-one.yaml"] = files["questions/event-1.yaml"]
	if _, err := question.Load(files, words); err == nil || !strings.Contains(err.Error(), "questions/event-one.yaml: event/1 stands in another file too") {
		t.Errorf("a version in two files: got %v", err)
	}
}
