package contribute_test

import (
	"testing"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// TestTranslating: whoever translates is told what changed in the original
// since, until they have looked at it; and says how the translation was made.
func TestTranslating(t *testing.T) {
	ctx := t.Context()
	s := newService(t)
	none := question.Mark(nil)
	r, err := s.Begin(ctx, author, hub.Practice, hub.English, "Two posts")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Translated(ctx, author, r.ID, hub.French, hub.Machine); !invalid(err, "made") {
		t.Errorf("a language that is not there: %v", err)
	}
	answer := func(l hub.Lang, given ...contribute.Given) {
		t.Helper()
		var clashes []contribute.Clash
		if r, clashes, err = s.Answer(ctx, author, r.ID, l, given); err != nil || len(clashes) > 0 {
			t.Fatal(clashes, err)
		}
	}
	q, closed := s.SetOf(r).Question("problem"), s.SetOf(r).Question("tried")
	outdated := func(q *question.Question) bool {
		_, is := q.Outdated(r, hub.French)
		return is
	}
	answer(hub.English, contribute.Given{Question: "problem", Answer: text("one"), Seen: none}, contribute.Given{Question: "tried", Answer: text("secret"), Seen: none, Closed: true})
	if outdated(q) {
		t.Error("outdated before it was translated")
	}
	answer(hub.French, contribute.Given{Question: "problem", Answer: text("un"), Seen: none}, contribute.Given{Question: "tried", Answer: text("secrète"), Seen: none, Closed: true})
	if outdated(q) || outdated(closed) {
		t.Error("outdated at once")
	}
	answer(hub.English, contribute.Given{Question: "problem", Answer: text("two"), Seen: question.Mark(text("one"))}, contribute.Given{Question: "tried", Answer: text("secrets"), Seen: question.Mark(text("secret")), Closed: true})
	if !outdated(q) || !outdated(closed) {
		t.Error("nobody is told that the original changed")
	}
	mark, _ := q.Outdated(r, hub.French)
	if was := s.Rendered([]*hub.Record{{Original: hub.English, Versions: []hub.Version{{Lang: hub.English, Text: []byte(`{"problem":"one"}`)}}}}, q, mark); string(was) != `"one"` {
		t.Errorf("it rendered %s", was)
	}
	answer(hub.French, contribute.Given{Question: "problem", Answer: text("un"), Seen: question.Mark(text("un"))})
	if !outdated(q) {
		t.Error("saving the same says that it is right")
	}
	answer(hub.French, contribute.Given{Question: "problem", Answer: text("un"), Seen: question.Mark(text("un")), Still: true}, contribute.Given{Question: "tried", Answer: text("secrètes"), Seen: question.Mark(text("secrète")), Closed: true})
	if outdated(q) || outdated(closed) {
		t.Error("still outdated")
	}
	if r, err = s.Translated(ctx, author, r.ID, hub.French, hub.Machine); err != nil || r.In(hub.French).Translation != hub.Machine {
		t.Errorf("made by a machine: %v", err)
	}
	if _, err := s.Translated(ctx, author, r.ID, hub.English, hub.Machine); !invalid(err, "made") {
		t.Errorf("the original: %v", err)
	}
	bare, err := s.Records.Fetch(ctx, r.ID)
	if err != nil || bare.In(hub.French).Renders != nil {
		t.Errorf("marks of closed answers reach everybody: %v", bare.In(hub.French).Renders)
	}
}
