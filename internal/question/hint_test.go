package question_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/seed"
)

func TestAdvice(t *testing.T) {
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	advisor := question.NewAdvisor(words)
	text := &question.Question{Code: "x", Form: question.Text, Hints: []question.Hint{question.Short, question.Figure, question.Vague}}
	points := &question.Question{Code: "x", Form: question.Points, Hints: []question.Hint{question.Few, question.Vague}}
	table := &question.Question{Code: "x", Form: question.Table, Hints: []question.Hint{question.Few, question.Vague}, Columns: []question.Column{{Code: "what", Form: question.Line}, {Code: "kind", Form: question.Choice}}}
	for name, c := range map[string]struct {
		q      *question.Question
		answer string // JSON
		want   string
	}{
		"nothing said":               {text, "", ""},
		"precise":                    {text, `"Each ministry names 2 people, at different levels, and they hand over in writing."`, ""},
		"a number in words":          {text, `"Each ministry names two people, at different levels, and they hand over in writing."`, ""},
		"a number in Arabic":         {text, `"تسمي كل وزارة شخصين على مستويين مختلفين، ويجتمعون كل شهر لمراجعة التوصيات المفتوحة معا."`, ""},
		"short":                      {text, `"We met 2 times."`, "short"},
		"short in Chinese":           {text, `"我们每月开会"`, "short"},
		"without a figure":           {text, `"The secretariat asks the ministries for what they did and puts it into the report."`, "figure"},
		"vague":                      {text, `"In 2021 the ministries met to Strengthen how they work together on all the reports."`, "vague:strengthen"},
		"a word within another":      {text, `"In 2021 the ministries met in the restrengthened halls of the old parliament building here."`, ""},
		"vague in French":            {text, `"En 2021, les ministères se sont réunis pour renforcer leur travail commun sur les rapports."`, "vague:renforcer"},
		"vague in Arabic, joined":    {text, `"اجتمعت الوزارات في عام 2021 لتعزيز عملها المشترك على التقارير المقدمة إلى الهيئات."`, "vague:لتعزيز"},
		"everything":                 {text, `"Strengthen synergies."`, "short figure vague:strengthen"},
		"one point":                  {points, `["Write down who answers for what"]`, "few"},
		"two points":                 {points, `["Write it down","Raise awareness in the ministries"]`, "vague:awareness"},
		"one row":                    {table, `[{"what":"Good coordination","kind":"strengthen"}]`, "few vague:good coordination"},
		"what is chosen is not read": {table, `[{"what":"Meet","kind":"strengthen"},{"what":"Write"}]`, ""},
	} {
		var answer question.Answer
		if c.answer != "" {
			answer = question.Answer(c.answer)
		}
		var got []string
		for _, a := range advisor.On(c.q, answer) {
			said := string(a.Hint)
			if a.Word != "" {
				said += ":" + a.Word
			}
			got = append(got, said)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// TestExamplesTakeAdvice: the good examples of the shipped questions need no
// advice, and the poor ones get some, in each language of the pages.
func TestExamplesTakeAdvice(t *testing.T) {
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := question.Load(os.DirFS("../../seed"), words)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, k := range hub.Kinds {
		for _, set := range sets.Versions(k) {
			for _, q := range set.Whole() {
				for _, l := range question.Langs {
					if q.Form != question.Text || len(q.Hints) == 0 || q.Good[l] == "" {
						continue
					}
					asked++
					if all := sets.Advisor.On(q, quote(q.Good[l])); len(all) > 0 {
						t.Errorf("%s, %s: the good example in %s gets %v: %s", set.Name(), q.Code, l, all, q.Good[l])
					}
					if all := sets.Advisor.On(q, quote(q.Poor[l])); q.Poor[l] != "" && len(all) == 0 {
						t.Errorf("%s, %s: the poor example in %s gets none: %s", set.Name(), q.Code, l, q.Poor[l])
					}
				}
			}
		}
	}
	if asked < 50 {
		t.Errorf("%d examples were asked", asked)
	}
}

func quote(s string) question.Answer {
	raw, _ := json.Marshal(s)
	return raw
}
