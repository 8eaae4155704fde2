package contribute_test

import (
	"errors"
	"testing"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// TestRestore: an earlier text comes back as a draft, for those who may write
// it; what is closed today stays closed, and what was withdrawn stays away.
func TestRestore(t *testing.T) {
	ctx := t.Context()
	s := newService(t)
	none := question.Mark(nil)
	r, err := s.Begin(ctx, author, hub.Practice, hub.English, "Two posts")
	if err != nil {
		t.Fatal(err)
	}
	r, _, err = s.Answer(ctx, author, r.ID, hub.English, []contribute.Given{
		{Question: "capacity", Answer: text("coordination"), Seen: none}, {Question: "stage", Answer: text("emerging"), Seen: none}, {Question: "evidence", Answer: text("self-reported"), Seen: none},
		{Question: "problem", Answer: text("first"), Seen: none}, {Question: "tried", Answer: text("openly"), Seen: none, Closed: false},
	})
	if err != nil {
		t.Fatal(err)
	}
	publish := func(r *hub.Record) *hub.Record {
		t.Helper()
		r, err := s.Records.Submit(ctx, author, r.ID, r.Rev)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = s.Records.Clear(ctx, coordinator, r.ID, r.Rev); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Restore(ctx, author, r.ID, 1); !invalid(err, "status") {
			t.Errorf("brought back while it is with a moderator: %v", err)
		}
		if r, err = s.Records.Publish(ctx, moderator, r.ID, r.Rev); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r = publish(r)
	first := r.Rev
	draft, err := s.Records.Revise(ctx, author, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	set := s.SetOf(draft)
	draft, _, err = s.Answer(ctx, author, draft.ID, hub.English, []contribute.Given{
		{Question: "problem", Answer: text("second"), Seen: question.Mark(text("first"))}, {Question: "tried", Answer: text("openly"), Seen: question.Mark(text("openly")), Closed: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	publish(draft)

	for _, v := range []hub.Viewer{{}, foreigner} {
		if _, err := s.Restore(ctx, v, r.ID, first); !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrForbidden) {
			t.Errorf("%q brings it back: %v", v.Person, err)
		}
		if _, err := s.Records.Revision(ctx, v, r.ID, first); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%q reads an earlier revision: %v", v.Person, err)
		}
	}
	if _, err := s.Restore(ctx, author, r.ID, 999); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a revision that never was: %v", err)
	}
	back, err := s.Restore(ctx, author, r.ID, first)
	if err != nil {
		t.Fatal(err)
	}
	if back.Status != hub.StatusDraft || back.Of != r.ID || back.Change.Act != hub.ActRestored || back.Change.From != first || back.Cleared != nil {
		t.Errorf("brought back %+v", back)
	}
	if got := string(set.Question("problem").Get(back, hub.English)); got != `"first"` {
		t.Errorf("the problem is %s", got)
	}
	tried := set.Question("tried")
	if string(tried.Get(back, hub.English)) != `"openly"` || !tried.Closed(back) || string(back.In(hub.English).Answers["tried"]) != "" {
		t.Errorf("the closed answer is open again: %+v", back)
	}
	now, err := s.Records.Load(ctx, author, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(set.Question("problem").Get(now, hub.English)); got != `"second"` {
		t.Errorf("what is published became %s before anybody cleared it", got)
	}

	// In a draft the text comes back at once, and can be taken back in turn.
	was := back.Rev
	if back, _, err = s.Answer(ctx, author, back.ID, hub.English, []contribute.Given{{Question: "problem", Answer: text("third"), Seen: question.Mark(text("first"))}}); err != nil {
		t.Fatal(err)
	}
	if back, err = s.Restore(ctx, author, back.ID, was); err != nil || string(set.Question("problem").Get(back, hub.English)) != `"first"` {
		t.Errorf("in the draft: %+v, %v", back, err)
	}

	if _, err := s.Records.Archive(ctx, coordinator, now.ID, now.Rev, "out of date"); err != nil {
		t.Fatal(err)
	}
	for _, v := range []hub.Viewer{author, coordinator, moderator} {
		if _, err := s.Restore(ctx, v, now.ID, first); !invalid(err, "status") {
			t.Errorf("%s brings back what was withdrawn: %v", v.Person, err)
		}
	}
}

func invalid(err error, field string) bool {
	var x *hub.Invalid
	return errors.As(err, &x) && x.Field == field
}
