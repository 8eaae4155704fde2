package question

import (
	"strings"
	"testing"
)

// TestShaped: what has another type than its form is named, to the cell.
func TestShaped(t *testing.T) {
	steps := &Question{Code: "steps", Form: Table, Columns: []Column{{Code: "who", Form: Line}, {Code: "days", Form: Number}}}
	for name, c := range map[string]struct {
		q      *Question
		answer string
		wrong  string // fields, in their order
	}{
		"None":        {steps, "", ""},
		"Text":        {&Question{Code: "a", Form: Text}, `"x"`, ""},
		"NoText":      {&Question{Code: "a", Form: Text}, `{"$ne":""}`, "a"},
		"Null":        {&Question{Code: "a", Form: Text}, `null`, "a"},
		"YesNo":       {&Question{Code: "a", Form: YesNo}, `true`, ""},
		"NoYesNo":     {&Question{Code: "a", Form: YesNo}, `"yes"`, "a"},
		"Number":      {&Question{Code: "a", Form: Number}, `12`, ""},
		"NoNumber":    {&Question{Code: "a", Form: Number}, `1.5`, "a"},
		"Several":     {&Question{Code: "a", Form: Several}, `["x"]`, ""},
		"NoSeveral":   {&Question{Code: "a", Form: Several}, `"x"`, "a"},
		"Rows":        {steps, `[{"who":"a"},{"days":2}]`, ""},
		"NoRows":      {steps, `{"who":"a"}`, "steps"},
		"NullRow":     {steps, `[null]`, "steps"},
		"Cells":       {steps, `[{"who":1},{"days":"2"}]`, "steps.0.who steps.1.days"},
		"UnknownCell": {steps, `[{"who":"a","shoe":"b"}]`, "steps.0.shoe"},
	} {
		t.Run(name, func(t *testing.T) {
			var a Answer
			if c.answer != "" {
				a = Answer(c.answer)
			}
			var got []string
			if err := c.q.Shaped(a); err != nil {
				for line := range strings.Lines(err.Error()) {
					field, _, _ := strings.Cut(line, ":")
					got = append(got, field)
				}
			}
			if strings.Join(got, " ") != c.wrong {
				t.Errorf("wrong are %v, want %s", got, c.wrong)
			}
		})
	}
}
