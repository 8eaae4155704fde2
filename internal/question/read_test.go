package question_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/seed"
)

// second is the shipped questions of events with the number 2.
func second(t testing.TB) string {
	t.Helper()
	raw, err := seed.Files.ReadFile("questions/event-1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(raw), "version: 1", "version: 2", 1)
}

// TestReadTellsWhatIsWrong: each thing that is wrong is told with its line, the
// question and the field, and nothing else is.
func TestReadTellsWhatIsWrong(t *testing.T) {
	words, sets := shipped(t)
	good := second(t)
	lines := strings.Split(good, "\n")
	lineOf := func(text string) int {
		return slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, text) }) + 1
	}
	if set, faults := question.Read([]byte("\ufeff"+good), words, sets); set == nil || len(faults) > 0 || set.Name() != "event/2" {
		t.Fatalf("the good set: %v", faults)
	}
	title := lineOf("code: title")
	for name, c := range map[string]struct {
		from, to string
		want     question.Fault
	}{
		"number taken":     {"version: 2", "version: 1", question.Fault{Line: lineOf("version: 2"), Field: "version", Reason: "next", Value: "2"}},
		"number skipped":   {"version: 2", "version: 4", question.Fault{Line: lineOf("version: 2"), Field: "version", Reason: "next", Value: "2"}},
		"no number":        {"version: 2", "version: two", question.Fault{Line: lineOf("version: 2"), Field: "version", Reason: "number", Value: "two"}},
		"no kind":          {"kind: event", "kind: party", question.Fault{Field: "kind", Reason: "no-kind", Value: "party"}},
		"unknown key":      {"at: title", "where: title", question.Fault{Line: title + 1, Of: "title", Reason: "unknown", Value: "where"}},
		"key twice":        {"at: title", "code: title", question.Fault{Line: title + 1, Reason: "twice", Value: "code"}},
		"no slug":          {"code: title", "code: The Title", question.Fault{Line: title, Of: "The Title", Field: "code", Reason: "slug", Value: "The Title"}},
		"name of the form": {"code: title", "code: stay", question.Fault{Line: title, Of: "stay", Field: "code", Reason: "taken", Value: "stay"}},
		"anchor":           {"at: title", "at: &here title", question.Fault{Line: title + 1, Reason: "anchor"}},
		"alias":            {"at: title", "at: *here", question.Fault{Line: title + 1, Reason: "anchor"}},
		"tag":              {"at: title", "at: !!binary title", question.Fault{Line: title + 1, Reason: "tag", Value: "!!binary"}},
		"merge":            {"at: title", "<<: {at: title}", question.Fault{Line: title + 1, Reason: "key", Value: "<<"}},
		"two documents":    {"kind: event", "kind: event\n---\nkind: event", question.Fault{Reason: "documents"}},
		"tab":              {"kind: event", "kind: event\n\tsource: x", question.Fault{Line: lineOf("kind: event"), Reason: "yaml"}},
		"unknown form":     {"form: line", "form: haiku", question.Fault{Line: title, Of: "title", Field: "form", Reason: "form", Value: "haiku"}},
		"most in words":    {"most: 200", "most: many", question.Fault{Line: title + 3, Of: "title", Field: "most", Reason: "number", Value: "many"}},
		"truth in words":   {"required: true", "required: yes", question.Fault{Line: lineOf("required: true"), Of: "title", Field: "required", Reason: "truth", Value: "yes"}},
	} {
		if strings.Count(good, c.from) == 0 {
			t.Fatalf("%s: the good set has no %q", name, c.from)
		}
		_, faults := question.Read([]byte(strings.Replace(good, c.from, c.to, 1)), words, sets)
		if !slices.Contains(faults, c.want) {
			t.Errorf("%s: got %v, want %v", name, faults, c.want)
		}
	}
}

// TestReadKeepsMeaning: a version does not take a question's code or place for
// something else, is in all languages, and asks for the title.
func TestReadKeepsMeaning(t *testing.T) {
	words, sets := shipped(t)
	const one = "kind: practice\nversion: 2\nsource: test\nsections:\n- code: gist\n  title: {en: a, fr: b, ar: c}\n  questions:\n" +
		"  - {code: title, at: title, form: line, most: 120, required: true, ask: {en: a, fr: b, ar: c}}\n"
	for name, c := range map[string]struct {
		more string
		want question.Fault
	}{
		"a language":        {"  - {code: x, form: line, ask: {en: a, fr: b}}", question.Fault{Line: 9, Of: "x", Field: "ask", Reason: "lang", Value: "ar"}},
		"a language of two": {"  - {code: x, form: line, ask: {en: a, fr: b, ar: c}, good: {en: a, fr: b, ar: ''}}", question.Fault{Line: 9, Of: "x", Field: "good", Reason: "lang", Value: "ar"}},
		"a language more":   {"  - {code: x, form: line, ask: {en: a, fr: b, ar: c, de: d}}", question.Fault{Line: 9, Of: "x", Reason: "unknown", Value: "de"}},
		"another form":      {"  - {code: problem, at: text.problem, form: line, ask: {en: a, fr: b, ar: c}}", question.Fault{Line: 9, Of: "problem", Field: "form", Reason: "code-changed", Value: "text "}},
		"another list":      {"  - {code: trigger, form: choice, list: stage, ask: {en: a, fr: b, ar: c}}", question.Fault{Line: 9, Of: "trigger", Field: "form", Reason: "code-changed", Value: "choice trigger"}},
		"another place":     {"  - {code: x, at: body.mood, form: choice, list: stage, ask: {en: a, fr: b, ar: c}}", question.Fault{Line: 9, Of: "x", Field: "at", Reason: "place-unknown", Value: "body.mood"}},
		"a code twice":      {"  - {code: title, form: line, ask: {en: a, fr: b, ar: c}}", question.Fault{Line: 9, Of: "title", Field: "code", Reason: "code-twice", Value: "title"}},
		"no code":           {"  - {form: line, ask: {en: a, fr: b, ar: c}}", question.Fault{Line: 9, Field: "code", Reason: "required"}},
		"no list":           {"  - {code: x, form: choice, list: moods, ask: {en: a, fr: b, ar: c}}", question.Fault{Line: 9, Of: "x", Field: "list", Reason: "vocabulary", Value: "moods"}},
		"a column":          {"  - {code: x, form: table, ask: {en: a, fr: b, ar: c}, columns: [{code: who, form: states, ask: {en: a, fr: b, ar: c}}]}", question.Fault{Line: 9, Of: "x", Field: "columns", Reason: "column", Value: "who"}},
		"a text of no text": {"  - {code: x, form: line, ask: [a]}", question.Fault{Line: 9, Of: "x", Reason: "map"}},
		"a sign":            {"  - {code: x, form: line, ask: {en: \"a\\u202E\", fr: b, ar: c}}", question.Fault{Line: 9, Of: "x", Field: "ask.en", Reason: "signs"}},
	} {
		_, faults := question.Read([]byte(one+c.more), words, sets)
		if !slices.Contains(faults, c.want) {
			t.Errorf("%s: got %v, want %v", name, faults, c.want)
		}
	}
	if set, faults := question.Read([]byte(one), words, sets); set == nil || len(faults) > 0 {
		t.Errorf("the shortest set: %v", faults)
	}
	_, faults := question.Read([]byte(strings.Replace(one, "required: true, ", "", 1)), words, sets)
	if !slices.Contains(faults, question.Fault{Reason: "no-title"}) {
		t.Errorf("no title asked for: %v", faults)
	}
}

// bombs are what nobody writes who wants questions.
func bombs() map[string]string {
	laughs := "a0: &a0 [x, x]\n"
	for i := range 30 {
		laughs += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i+1, i+1, i, i, i, i, i, i, i, i)
	}
	return map[string]string{
		"aliases": laughs, "deep": strings.Repeat("[", 9000), "deep and whole": strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"deep by lines": strings.Repeat("- ", 20_000), "large": strings.Repeat("a", question.MostBytes+1), "one scalar": "kind: " + strings.Repeat("x", 400_000),
		"many keys": "{" + strings.Repeat("a: 1, ", 80_000) + "}", "many items": "[" + strings.Repeat("1,", 200_000) + "]",
		"UTF-16": "k\x00i\x00n\x00d\x00", "UTF-16 with its mark": "\xff\xfek\x00", "Windows-1252": "kind: caf\xe9", "nothing": "", "only a mark": "\ufeff", "a comment": "# nothing", "null": "~", "a list": "- kind",
	}
}

// TestReadHostile: what is hostile is refused, soon, with a fault that says so.
func TestReadHostile(t *testing.T) {
	words, sets := shipped(t)
	for name, raw := range bombs() {
		set, faults := question.Read([]byte(raw), words, sets)
		if set != nil || len(faults) == 0 || len(faults) > 51 {
			t.Errorf("%s: %d faults", name, len(faults))
		}
	}
}

// FuzzReadSet: whatever is brought, there is a set or a fault; and a set that was
// read is read again alike.
func FuzzReadSet(f *testing.F) {
	words, sets := shippedIn(f)
	f.Add([]byte(second(f)))
	for _, raw := range bombs() {
		if len(raw) < 20_000 { // larger ones cost the fuzzer its time
			f.Add([]byte(raw))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		set, faults := question.Read(raw, words, sets)
		if set == nil && len(faults) == 0 {
			t.Fatal("neither a set nor a fault")
		}
		if len(faults) > 0 {
			return
		}
		if again, err := question.Parse(set.YAML(), words); err != nil || again.Name() != set.Name() || len(again.Whole()) != len(set.Whole()) {
			t.Fatalf("read again: %v", err)
		}
	})
}

// TestCompare: what is new, changed and gone is told, with the fields.
func TestCompare(t *testing.T) {
	words, sets := shipped(t)
	was := sets.Latest(hub.Event)
	raw := second(t)
	raw = strings.Replace(raw, "most: 200", "most: 150", 1) + "\n      - {code: rooms, form: number, ask: {en: a, fr: b, ar: c}}\n"
	is, faults := question.Read([]byte(raw), words, sets)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var got []string
	for _, d := range question.Compare(was, is) {
		code := ""
		if d.Is != nil {
			code = d.Is.Code
		}
		got = append(got, fmt.Sprint(d.Sort, " ", code, " ", d.Fields))
	}
	if want := []string{"changed title [most]", "new rooms []"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if back := question.Compare(is, was); len(back) != 2 || back[1].Sort != question.Gone || back[1].Was.Code != "rooms" {
		t.Errorf("turned round: %v", back)
	}
}
