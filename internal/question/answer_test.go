package question

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/seed"
)

const asked = `
kind: practice
version: 1
source: test
sections:
- code: all
  title: {en: All}
  questions:
  - {code: name, at: title, form: line, most: 10, required: true, ask: {en: Name}}
  - {code: began, at: date, form: date, ask: {en: Began}}
  - {code: stage, at: body.stage, form: choice, list: stage, required: true, ask: {en: Stage}}
  - {code: problem, at: text.problem, form: text, most: 600, ask: {en: Problem}}
  - {code: lessons, at: text.lessons, form: points, most: 3, ask: {en: Lessons}}
  - {code: who, at: states, form: states, ask: {en: Who}}
  - {code: from, form: state, ask: {en: From}}
  - {code: staff, form: number, most: 99, members: true, ask: {en: Staff}}
  - {code: tried, form: text, members: true, ask: {en: Tried}}
  - {code: asked, form: yesno, ask: {en: Asked}}
  - {code: page, form: link, ask: {en: Page}}
  - {code: again, at: review_by, form: day, ask: {en: Again}}
  - code: steps
    form: table
    most: 2
    ask: {en: Steps}
    columns:
    - {code: step, form: line, required: true, ask: {en: Step}}
    - {code: days, form: number, ask: {en: Days}}
`

func newSet(t *testing.T) (*Set, Checker) {
	t.Helper()
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := Load(fstest.MapFS{"questions/practice-1.yaml": {Data: []byte(asked)}}, words)
	if err != nil {
		t.Fatal(err)
	}
	return sets.Latest(hub.Practice), Checker{Words: words, Exists: func(hub.Kind, string) bool { return false }}
}

func typedOf(m map[string][]string) Typed { return func(f string) []string { return m[f] } }

// TestAnswers: what is typed is read, checked, put into a record and shown
// again as it was.
func TestAnswers(t *testing.T) {
	set, check := newSet(t)
	for _, c := range []struct {
		code  string
		typed map[string][]string
		want  string // JSON; empty: none
		fault string // "field reason"
	}{
		{"name", map[string][]string{"name": {" Two posts "}}, `"Two posts"`, ""},
		{"name", map[string][]string{"name": {"Two posts each"}}, `"Two posts each"`, "name too_long"},
		{"name", map[string][]string{"name": {"a\u202eb"}}, `"a` + "\u202e" + `b"`, "name format"},
		{"name", map[string][]string{"name": {"  "}}, "", ""},
		{"began", map[string][]string{"began": {"2019-05"}}, `"2019-05"`, ""},
		{"began", map[string][]string{"began": {"May 2019"}}, `"May 2019"`, "began format"},
		{"stage", map[string][]string{"stage": {"emerging"}}, `"emerging"`, ""},
		{"stage", map[string][]string{"stage": {"great"}}, `"great"`, "stage format"},
		{"problem", map[string][]string{"problem": {"one\r\ntwo"}}, `"one\ntwo"`, ""},
		{"lessons", map[string][]string{"lessons": {"- one\n\n• two\n"}}, `["one","two"]`, ""},
		{"lessons", map[string][]string{"lessons": {"1\n2\n3\n4"}}, `["1","2","3","4"]`, "lessons too_many"},
		{"who", map[string][]string{"who": {"MDA", "MAR"}}, `["MDA","MAR"]`, ""},
		{"who", map[string][]string{"who": {"MDA", "MDA"}}, `["MDA","MDA"]`, "who format"},
		{"who", map[string][]string{"who": {"ZZZ"}}, `["ZZZ"]`, "who format"},
		{"from", map[string][]string{"from": {"MDA"}}, `"MDA"`, ""},
		{"from", map[string][]string{"from": {"ZZZ"}}, `"ZZZ"`, "from format"},
		{"staff", map[string][]string{"staff": {"12"}}, `12`, ""},
		{"staff", map[string][]string{"staff": {"120"}}, `120`, "staff range"},
		{"staff", map[string][]string{"staff": {"many"}}, `"many"`, "staff format"},
		{"asked", map[string][]string{"asked": {"no"}}, `false`, ""},
		{"page", map[string][]string{"page": {"javascript:alert(1)"}}, `"javascript:alert(1)"`, "page format"},
		{"page", map[string][]string{"page": {"https://example.org/a"}}, `"https://example.org/a"`, ""},
		{"again", map[string][]string{"again": {"2027-01-31"}}, `"2027-01-31"`, ""},
		{"steps", map[string][]string{"steps.0.step": {"Ask"}, "steps.0.days": {"3"}, "steps.2.step": {"Write"}}, `[{"days":3,"step":"Ask"},{"step":"Write"}]`, ""},
		{"steps", map[string][]string{"steps.0.days": {"3"}}, `[{"days":3}]`, "steps.0.step required"},
		{"steps", map[string][]string{"steps.0.step": {"a"}, "steps.1.step": {"b"}, "steps.2.step": {"c"}}, `[{"step":"a"},{"step":"b"},{"step":"c"}]`, "steps too_many"},
	} {
		t.Run(c.code, func(t *testing.T) {
			q := set.Question(c.code)
			a := q.Read(typedOf(c.typed))
			if string(a) != c.want {
				t.Fatalf("read %s, want %s", a, c.want)
			}
			fault := ""
			var invalid *hub.Invalid
			if err := check.Answer(q, a); errors.As(err, &invalid) {
				fault = invalid.Field + " " + invalid.Reason
			} else if err != nil {
				t.Fatal(err)
			}
			if fault != c.fault {
				t.Fatalf("fault %q, want %q", fault, c.fault)
			}
			if c.fault != "" {
				return
			}
			r := &hub.Record{Original: hub.French, Versions: []hub.Version{{Lang: hub.French}}}
			q.Put(r, hub.French, a)
			if got := q.Get(r, hub.French); string(got) != c.want {
				t.Errorf("kept %s, want %s", got, c.want)
			}
			if again := q.Read(typedOf(q.Write(a))); string(again) != c.want {
				t.Errorf("shown and read again %s, want %s", again, c.want)
			}
			q.Put(r, hub.French, nil)
			if got := q.Get(r, hub.French); got != nil {
				t.Errorf("taken away, %s is left", got)
			}
		})
	}
}

// TestClosedAnswers: an answer for members stands apart from what everybody
// reads, and goes over whole when it is opened or closed.
func TestClosedAnswers(t *testing.T) {
	set, _ := newSet(t)
	r := &hub.Record{Original: hub.English, Versions: []hub.Version{{Lang: hub.English}, {Lang: hub.French}}}
	tried, problem := set.Question("tried"), set.Question("problem")
	for _, l := range []hub.Lang{hub.English, hub.French} {
		tried.Put(r, l, Answer(`"letters `+string(l)+`"`))
		problem.Put(r, l, Answer(`"turnover `+string(l)+`"`))
	}
	open := func() string {
		bare := *r
		bare.Closed = nil
		raw, err := json.Marshal(bare)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if got := open(); strings.Contains(got, "letters") || !strings.Contains(got, "turnover fr") {
		t.Errorf("everybody reads %s", got)
	}
	if err := errors.Join(tried.Turn(r, false), problem.Turn(r, true)); err != nil {
		t.Fatal(err)
	}
	if got := open(); !strings.Contains(got, "letters en") || strings.Contains(got, "turnover") {
		t.Errorf("turned, everybody reads %s", got)
	}
	if got := string(problem.Get(r, hub.French)); got != `"turnover fr"` {
		t.Errorf("turned, the answer is %s", got)
	}
	if err := errors.Join(tried.Turn(r, true), problem.Turn(r, false)); err != nil || len(r.Turned) != 0 {
		t.Errorf("turned back: %v, %v", r.Turned, err)
	}
	var invalid *hub.Invalid
	if err := set.Question("name").Turn(r, true); !errors.As(err, &invalid) || invalid.Field != "name" {
		t.Errorf("a title for members: %v", err)
	}
}

// TestPutSharesNothing: a record made loose changes without the one it was
// copied from.
func TestPutSharesNothing(t *testing.T) {
	set, _ := newSet(t)
	was := &hub.Record{Original: hub.English, Versions: []hub.Version{{Lang: hub.English}}}
	answers := map[string]string{"name": `"a"`, "stage": `"emerging"`, "problem": `"b"`, "staff": `3`, "asked": `true`, "steps": `[{"step":"x"}]`}
	fill := func(r *hub.Record, to func(string) string) {
		for code, a := range answers {
			set.Question(code).Put(r, hub.English, Answer(to(a)))
		}
	}
	fill(was, func(a string) string { return a })
	before, err := json.Marshal(was)
	if err != nil {
		t.Fatal(err)
	}
	next := *was
	Loosen(&next)
	fill(&next, func(a string) string {
		return strings.NewReplacer("a", "z", "3", "4", "true", "false", "x", "y").Replace(a)
	})
	set.Question("problem").Put(&next, hub.French, Answer(`"c"`))
	after, err := json.Marshal(was)
	if err != nil || string(after) != string(before) {
		t.Errorf("was %s, is %s, %v", before, after, err)
	}
}

// TestWholeRecord: what a record lacks is named, save what does not apply.
func TestWholeRecord(t *testing.T) {
	set, check := newSet(t)
	r := &hub.Record{Original: hub.English, Versions: []hub.Version{{Lang: hub.English}}}
	fields := func() []string {
		var all []string
		if err, ok := check.Record(set, r).(interface{ Unwrap() []error }); ok {
			for _, e := range err.Unwrap() {
				var i *hub.Invalid
				if errors.As(e, &i) {
					all = append(all, i.Field)
				}
			}
		}
		return all
	}
	if got := fields(); !reflect.DeepEqual(got, []string{"name", "stage"}) {
		t.Errorf("lacks %v", got)
	}
	r.Skipped = []string{"stage"}
	set.Question("name").Put(r, hub.English, Answer(`"a"`))
	set.Question("staff").Put(r, hub.English, Answer(`1000`))
	if got := fields(); !slices.Equal(got, []string{"staff"}) {
		t.Errorf("wrong are %v", got)
	}
}

// FuzzRead: whatever is typed, an answer that passes the check is shown and
// read again as it was.
func FuzzRead(f *testing.F) {
	f.Add("lessons", "- a\n- b", "")
	f.Add("steps", "x", "7")
	f.Add("name", "\u202e\x00", "")
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		f.Fatal(err)
	}
	sets, err := Load(fstest.MapFS{"questions/practice-1.yaml": {Data: []byte(asked)}}, words)
	if err != nil {
		f.Fatal(err)
	}
	set, check := sets.Latest(hub.Practice), Checker{Words: words, Exists: func(hub.Kind, string) bool { return false }}
	f.Fuzz(func(t *testing.T, code, one, two string) {
		q := set.Question(code)
		if q == nil {
			return
		}
		a := q.Read(typedOf(map[string][]string{code: {one, two}, code + ".0.step": {one}, code + ".0.days": {two}}))
		if a == nil || check.Answer(q, a) != nil {
			return
		}
		if again := q.Read(typedOf(q.Write(a))); string(again) != string(a) {
			t.Errorf("%s: %s was read again as %s", code, a, again)
		}
	})
}
