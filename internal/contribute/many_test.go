package contribute_test

import (
	"context"
	"testing"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// practices are a draft of the author's and a published practice of the
// mechanism's.
func practices(t *testing.T, s *contribute.Service) (draft, published *hub.Record) {
	t.Helper()
	ctx := context.Background()
	var all []*hub.Record
	for _, title := range []string{"A draft", "A published one"} {
		r, err := s.Begin(ctx, author, hub.Practice, hub.English, title)
		if err != nil {
			t.Fatal(err)
		}
		none := question.Mark(nil)
		r, _, err = s.Answer(ctx, author, r.ID, hub.English, []contribute.Given{
			{Question: "capacity", Answer: text("coordination"), Seen: none}, {Question: "stage", Answer: text("emerging"), Seen: none},
			{Question: "evidence", Answer: text("self-reported"), Seen: none}, {Question: "problem", Answer: text("turnover"), Seen: none},
			{Question: "tried", Answer: text("secret"), Seen: none, Closed: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	r, err := s.Records.Submit(ctx, author, all[1].ID, all[1].Rev)
	if err == nil {
		r, err = s.Records.Clear(ctx, coordinator, r.ID, r.Rev)
	}
	if err == nil {
		r, err = s.Records.Publish(ctx, moderator, r.ID, r.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all[0], r
}

// TestAnswerMany: drafts change, what is published gets a draft, one that is
// held keeps all back, and the same brought twice changes nothing more.
func TestAnswerMany(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	draft, published := practices(t, s)
	turnover := question.Mark(text("turnover"))
	given := func(id, was string) contribute.Several {
		return contribute.Several{Record: id, Given: []contribute.Given{{Question: "problem", Answer: text("silos"), Seen: was}}}
	}
	both := []contribute.Several{given(draft.ID, turnover), given(published.ID, turnover)}
	for name, c := range map[string]struct {
		v     hub.Viewer
		given []contribute.Several
	}{
		"Stranger": {foreigner, both},
		"Clash":    {author, []contribute.Several{both[0], given(published.ID, question.Mark(nil))}},
		"Missing":  {author, []contribute.Several{both[0], given("0000000000abcdefghjkmnpqrs", turnover)}},
	} {
		if _, held, err := s.AnswerMany(ctx, c.v, c.given); !held || err != nil {
			t.Errorf("%s: held %v, %v", name, held, err)
		}
	}
	if now, _ := s.Records.Load(ctx, author, draft.ID); now.Rev != draft.Rev {
		t.Fatal("something was written all the same")
	}
	for range 2 {
		if left, held, err := s.AnswerMany(ctx, author, both); len(left) > 0 || held || err != nil {
			t.Fatalf("left %d, held %v, %v", len(left), held, err)
		}
	}
	still, err := s.Records.Load(ctx, hub.Viewer{}, published.ID)
	if err != nil || still.Rev != published.Rev {
		t.Errorf("what is published has changed: %v", err)
	}
	all, n, err := s.Records.Changeable(ctx, author, hub.Practice, 0)
	if err != nil || n != 2 || len(all) != 2 {
		t.Fatalf("%d records of %d, %v", len(all), n, err)
	}
	problem := s.SetOf(draft).Question("problem")
	for _, r := range all {
		if string(problem.Get(r, hub.English)) != `"silos"` || r.Status != hub.StatusDraft || string(r.Closed[hub.English]["tried"]) != `"secret"` {
			t.Errorf("%s %s says %s", r.Status, r.ID, problem.Get(r, hub.English))
		}
	}
	for who, v := range map[string]hub.Viewer{"a stranger": foreigner, "the public": hub.Public} {
		if all, _, err := s.Records.Changeable(ctx, v, hub.Practice, 0); len(all) > 0 || err != nil {
			t.Errorf("%s may change %d, %v", who, len(all), err)
		}
	}
}
