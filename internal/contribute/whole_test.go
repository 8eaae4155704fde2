package contribute_test

import (
	"context"
	"errors"
	"testing"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// TestAnswerWhole: answers from elsewhere are put all at once or not at all,
// and never over what their writer has not seen.
func TestAnswerWhole(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	r, err := s.Begin(ctx, author, hub.Practice, hub.English, "Two posts")
	if err != nil {
		t.Fatal(err)
	}
	none := question.Mark(nil)
	r, _, err = s.Answer(ctx, author, r.ID, hub.English, []contribute.Given{
		{Question: "problem", Answer: text("turnover"), Seen: none}, {Question: "tried", Answer: text("secret"), Seen: none, Closed: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	problem, tried := question.Mark(text("turnover")), question.Mark(text("secret"))
	for _, c := range []struct {
		name                   string
		given                  []contribute.Given
		changes, clashes, bads int
	}{
		{"Nothing", []contribute.Given{{Question: "problem", Answer: text("turnover"), Seen: problem}}, 0, 0, 0},
		{"Untouched", []contribute.Given{{Question: "problem", Answer: text("older"), Seen: question.Mark(text("older"))}}, 0, 0, 0},
		{"OneWrong", []contribute.Given{{Question: "stage", Answer: text("none such"), Seen: none}, {Question: "problem", Answer: text("new"), Seen: problem}}, 2, 0, 1},
		{"OneClash", []contribute.Given{{Question: "stage", Answer: text("emerging"), Seen: none}, {Question: "problem", Answer: text("new"), Seen: none}}, 2, 1, 0},
		{"TurnedOpen", []contribute.Given{{Question: "problem", Answer: text("new"), Seen: problem, Closed: true}}, 1, 1, 0},
		{"TurnedClosed", []contribute.Given{{Question: "tried", Answer: text("new"), Seen: tried}}, 1, 1, 0},
		{"NoTitle", []contribute.Given{{Question: "name", Seen: question.Mark(text("Two posts"))}}, 1, 0, 1},
		{"Unknown", []contribute.Given{{Question: "shoe-size", Answer: text("43")}}, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			changes := s.Weigh(r, hub.English, c.given)
			clashes, bads := 0, 0
			for _, x := range changes {
				if x.Clash {
					clashes++
				}
				if x.Wrong != nil {
					bads++
				}
			}
			if len(changes) != c.changes || clashes != c.clashes || bads != c.bads {
				t.Fatalf("%d changes, %d clashes, %d wrong: %+v", len(changes), clashes, bads, changes)
			}
			if !contribute.Held(changes) {
				return
			}
			made, held, err := s.AnswerWhole(ctx, author, r.ID, hub.English, c.given)
			if made != nil || err != nil || len(held) != c.changes {
				t.Errorf("done all the same: %v, %v", made, err)
			}
			if now, _ := s.Records.Load(ctx, author, r.ID); now == nil || now.Rev != r.Rev {
				t.Error("the record was written")
			}
		})
	}
	whole := []contribute.Given{{Question: "stage", Answer: text("emerging"), Seen: none}, {Question: "tried", Answer: text("still secret"), Seen: tried, Closed: true}}
	if _, _, err := s.AnswerWhole(ctx, foreigner, r.ID, hub.English, whole); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	made, _, err := s.AnswerWhole(ctx, author, r.ID, hub.English, whole)
	if err != nil || made == nil {
		t.Fatal(err)
	}
	set := s.SetOf(made)
	if string(made.Closed[hub.English]["tried"]) != `"still secret"` || string(set.Question("stage").Get(made, hub.English)) != `"emerging"` {
		t.Errorf("put %+v", made)
	}
}
