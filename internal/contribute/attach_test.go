package contribute_test

import (
	"errors"
	"testing"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// TestAttach: a file that answers a question is its writers' while it is
// written, and then of whoever may read the answer; a draft of what is
// published has the same files, and takes none away before it is published.
func TestAttach(t *testing.T) {
	ctx := t.Context()
	s := newService(t)
	none := question.Mark(nil)
	r, err := s.Begin(ctx, author, hub.Practice, hub.English, "Two posts")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []hub.Viewer{{}, foreigner} {
		if err := s.MayAttach(ctx, v, r.ID, "forms"); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%q may attach: %v", v.Person, err)
		}
		if _, err := s.Attach(ctx, v, r.ID, "forms", hub.Attachment{ID: "theirs"}); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%q attaches: %v", v.Person, err)
		}
	}
	if err := s.MayAttach(ctx, author, r.ID, "problem"); !invalid(err, "problem") {
		t.Errorf("a text takes a file: %v", err)
	}
	for code, id := range map[string]string{"forms": "openfile", "letters": "closedfile"} {
		if err := s.MayAttach(ctx, author, r.ID, code); err != nil {
			t.Fatal(err)
		}
		if r, err = s.Attach(ctx, author, r.ID, code, hub.Attachment{ID: id, Name: id + ".pdf", Bytes: 10}); err != nil {
			t.Fatal(err)
		}
	}
	// opens is who opens a file: author, another member, nobody who signed in.
	opens := func(id, want string) {
		t.Helper()
		got := ""
		for name, v := range map[string]hub.Viewer{"a": author, "m": foreigner, "p": {}} {
			a, err := s.Records.Attachment(ctx, v, id)
			if err == nil && a.ID != id || err != nil && !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%s gets %+v, %v", name, a, err)
			}
			if err == nil {
				got += name
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s opens for %q, want %q", id, got, want)
		}
	}
	opens("openfile", "a")
	opens("closedfile", "a")
	r, _, err = s.Answer(ctx, author, r.ID, hub.English, []contribute.Given{
		{Question: "capacity", Answer: text("coordination"), Seen: none}, {Question: "stage", Answer: text("emerging"), Seen: none}, {Question: "evidence", Answer: text("self-reported"), Seen: none},
		{Question: "problem", Answer: text("first"), Seen: none}, {Question: "tried", Seen: none, Closed: true, Answer: text("x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	publish := func(r *hub.Record) *hub.Record {
		t.Helper()
		for _, step := range []func() (*hub.Record, error){
			func() (*hub.Record, error) { return s.Records.Submit(ctx, author, r.ID, r.Rev) },
			func() (*hub.Record, error) { return s.Records.Clear(ctx, coordinator, r.ID, r.Rev) },
			func() (*hub.Record, error) { return s.Records.Publish(ctx, moderator, r.ID, r.Rev) },
		} {
			if r, err = step(); err != nil {
				t.Fatal(err)
			}
		}
		return r
	}
	r = publish(r)
	opens("openfile", "amp")
	opens("closedfile", "am")
	public, err := s.Records.Load(ctx, hub.Public, r.ID)
	if err != nil || len(public.Attachments) != 1 || public.Attachments[0].ID != "openfile" || !public.Bare {
		t.Errorf("the public has %+v, %v", public, err)
	}
	bare, err := s.Records.Fetch(ctx, r.ID)
	if err != nil || len(bare.Attachments) != 1 {
		t.Errorf("what is made of it has %+v, %v", bare.Attachments, err)
	}

	draft, err := s.Records.Revise(ctx, author, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if draft, err = s.Attach(ctx, author, draft.ID, "forms", hub.Attachment{ID: "newfile", Name: "new.pdf"}); err != nil {
		t.Fatal(err)
	}
	draft, clashes, err := s.Answer(ctx, author, draft.ID, hub.English, []contribute.Given{
		{Question: "forms", Answer: question.Answer(`["newfile"]`), Seen: question.Mark(question.Answer(`["openfile","newfile"]`)), Closed: true},
	})
	if err != nil || len(clashes) > 0 {
		t.Fatalf("%v, %v", clashes, err)
	}
	opens("newfile", "a")
	opens("openfile", "amp")
	publish(draft)
	opens("newfile", "am")
	opens("openfile", "") // it is in earlier revisions alone
	opens("closedfile", "am")
}

// TestAttachLimits: nobody gives more files than they may.
func TestAttachLimits(t *testing.T) {
	ctx := t.Context()
	s := newService(t)
	var r *hub.Record
	for i := range contribute.MostAnHour {
		if i%2 == 0 { // each takes two
			var err error
			if r, err = s.Begin(ctx, author, hub.Practice, hub.English, "Posts"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.MayAttach(ctx, author, r.ID, "forms"); err != nil {
			t.Fatalf("file %d: %v", i, err)
		}
		if _, err := s.Attach(ctx, author, r.ID, "forms", hub.Attachment{ID: hub.NewID(), Bytes: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.MayAttach(ctx, author, r.ID, "letters"); !invalid(err, "letters") {
		t.Errorf("one more within the hour: %v", err)
	}
	if err := s.MayAttach(ctx, coordinator, r.ID, "letters"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}
