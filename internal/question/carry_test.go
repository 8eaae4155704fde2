package question_test

import (
	"slices"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// TestCarryLosesNothing: a record that answers all of the first version, with
// every second answer turned, answers the second with the same answers, in the
// same languages, read by the same people.
func TestCarryLosesNothing(t *testing.T) {
	words, sets := shipped(t)
	all := sets.Versions(hub.Mechanism)
	if len(all) < 2 {
		t.Fatal("there is no second version of the questions of a mechanism")
	}
	was, is := all[0], all[1]
	if d := question.Compare(was, is); len(d) != 2 || d[0].Sort != question.New || d[0].Is.Code != "legal-files" || d[1].Is.Code != "observer-kinds" || !slices.Equal(d[1].Fields, []string{"help", "required"}) {
		t.Errorf("the second version differs in %v", d)
	}
	r := &hub.Record{Kind: hub.Mechanism, Original: hub.French, Questions: was.Name(), Versions: []hub.Version{{Lang: hub.French}, {Lang: hub.Arabic, Translation: hub.ByPerson}}}
	filledIn(r, was, func(q *question.Question) question.Answer { return asJSON(sample(words, q)) })
	type seen struct {
		answer string
		closed bool
	}
	look := func(s *question.Set) map[string]seen {
		m := map[string]seen{}
		for _, q := range s.Whole() {
			for _, l := range []hub.Lang{hub.French, hub.Arabic} {
				if a := q.Get(r, l); a != nil {
					m[q.Code+" "+string(l)] = seen{string(a), q.Closed(r)}
				}
			}
		}
		return m
	}
	before := look(was)
	question.Carry(r, was, is)
	if r.Questions != "mechanism/2" {
		t.Errorf("the record answers %s", r.Questions)
	}
	after := look(is)
	for name, a := range before {
		if after[name] != a {
			t.Errorf("%s: was %v, is %v", name, a, after[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d answers became %d", len(before), len(after))
	}
}

// filledIn answers every question, and turns who may read every second answer.
func filledIn(r *hub.Record, s *question.Set, answer func(*question.Question) question.Answer) {
	for i, q := range s.All() {
		if q.Form == question.Files {
			continue
		}
		if i%2 == 0 && q.Closable() {
			q.Turn(r, !q.Closed(r))
		}
		for _, l := range []hub.Lang{hub.French, hub.Arabic} {
			q.Put(r, l, answer(q))
		}
	}
}

// TestCarryKeepsWhatIsClosed: where a version opens a question, or asks it no
// more, an answer that was for members alone stays with them.
func TestCarryKeepsWhatIsClosed(t *testing.T) {
	words, _ := shipped(t)
	const one = "kind: practice\nversion: 1\nsource: test\nsections:\n- code: all\n  title: {en: All}\n  questions:\n" +
		"  - {code: name, at: title, form: line, required: true, ask: {en: Name}}\n" +
		"  - {code: tried, form: text, members: true, ask: {en: Tried}}\n" +
		"  - {code: cost, form: number, members: true, ask: {en: Cost}}\n" +
		"  - {code: told, at: text.told, form: text, ask: {en: Told}}\n"
	was, err := question.Parse([]byte(one), words)
	if err != nil {
		t.Fatal(err)
	}
	two := strings.NewReplacer("version: 1", "version: 2", "code: tried, form: text, members: true", "code: tried, form: text", "code: told, at: text.told, form: text", "code: told, at: text.told, form: text, members: true", "  - {code: cost, form: number, members: true, ask: {en: Cost}}\n", "").Replace(one)
	is, err := question.Parse([]byte(two), words)
	if err != nil {
		t.Fatal(err)
	}
	r := &hub.Record{Kind: hub.Practice, Original: hub.English, Questions: was.Name(), Versions: []hub.Version{{Lang: hub.English}}}
	was.Question("tried").Put(r, hub.English, question.Answer(`"in secret"`))
	was.Question("cost").Put(r, hub.English, question.Answer(`12`))
	was.Question("told").Put(r, hub.English, question.Answer(`"to all"`))
	question.Carry(r, was, is)
	if q := is.Question("tried"); !q.Closed(r) || string(q.Get(r, hub.English)) != `"in secret"` {
		t.Errorf("what was tried: closed %v, %s", q.Closed(r), q.Get(r, hub.English))
	}
	if q := is.Question("told"); q.Closed(r) || string(q.Get(r, hub.English)) != `"to all"` {
		t.Errorf("what was told: closed %v, %s", q.Closed(r), q.Get(r, hub.English))
	}
	if string(r.Closed[""]["cost"]) != "12" || r.Answers["cost"] != nil {
		t.Errorf("what is asked no more: %s, %s", r.Closed[""]["cost"], r.Answers["cost"])
	}
	if !slices.Equal(r.Turned, []string{"told", "tried"}) {
		t.Errorf("turned %v", r.Turned)
	}
}
