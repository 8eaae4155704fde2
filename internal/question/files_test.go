package question_test

import (
	"errors"
	"slices"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// TestFiles: files answer a question and are read by whoever reads the answer.
func TestFiles(t *testing.T) {
	q := &question.Question{Code: "forms", Form: question.Files, Most: 2, Members: true}
	r := &hub.Record{Original: hub.English, Attachments: []hub.Attachment{{ID: "other"}}}
	closed := func() (all []bool) {
		for _, a := range r.Attachments {
			all = append(all, a.Closed)
		}
		return all
	}
	if err := q.Attach(r, hub.Attachment{ID: "one"}); err != nil {
		t.Fatal(err)
	}
	if err := q.Attach(r, hub.Attachment{ID: "two"}); err != nil {
		t.Fatal(err)
	}
	var invalid *hub.Invalid
	if err := q.Attach(r, hub.Attachment{ID: "three"}); !errors.As(err, &invalid) || invalid.Reason != hub.ReasonTooMany || invalid.Limit != 2 {
		t.Errorf("one too many: %v", err)
	}
	if got := string(q.Get(r, hub.English)); got != `["one","two"]` {
		t.Errorf("the answer is %s", got)
	}
	if got := closed(); !slices.Equal(got, []bool{false, true, true}) {
		t.Errorf("closed %v", got)
	}
	if err := q.Turn(r, false); err != nil || !slices.Equal(closed(), []bool{false, false, false}) || string(q.Get(r, hub.French)) != `["one","two"]` {
		t.Errorf("opened: %v, %v", closed(), err)
	}
	if err := q.Turn(r, true); err != nil || !slices.Equal(closed(), []bool{false, true, true}) {
		t.Errorf("closed again: %v, %v", closed(), err)
	}
	// An answer takes away what it names no more, and adds nothing.
	was := *r
	question.Loosen(r)
	q.Put(r, hub.English, question.Answer(`["two","other","anybody's"]`))
	if got := string(q.Get(r, hub.English)); got != `["two"]` || len(r.Attachments) != 2 || len(was.Attachments) != 3 || was.Attachments[1].ID != "one" {
		t.Errorf("the answer is %s of %v, before it was %v", got, r.Attachments, was.Attachments)
	}
	if err := (&question.Question{Code: "name", Form: question.Line}).Attach(r, hub.Attachment{ID: "x"}); !errors.As(err, &invalid) {
		t.Errorf("a line takes a file: %v", err)
	}
}
