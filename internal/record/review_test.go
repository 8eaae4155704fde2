package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
)

// TestClearing: a text of a mechanism goes to the moderators when its
// coordinator says yes, and nobody else's yes counts.
func TestClearing(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	r, err := s.Create(ctx, author, draft("calendar"))
	if err != nil {
		t.Fatal(err)
	}
	if r, err = s.Submit(ctx, author, r.ID, r.Rev); err != nil || r.Status != hub.StatusClearing {
		t.Fatalf("submitted: %+v, %v", r, err)
	}
	for name, c := range map[string]struct {
		do   func() error
		want error
	}{
		"Author":           {func() error { _, err := s.Clear(ctx, author, r.ID, r.Rev); return err }, hub.ErrForbidden},
		"Moderator":        {func() error { _, err := s.Clear(ctx, moderator, r.ID, r.Rev); return err }, hub.ErrForbidden},
		"OtherMechanism":   {func() error { _, err := s.Clear(ctx, foreigner, r.ID, r.Rev); return err }, hub.ErrNotFound},
		"AuthorReturns":    {func() error { _, err := s.Return(ctx, author, r.ID, r.Rev, "no"); return err }, hub.ErrForbidden},
		"AuthorEdits":      {func() error { _, err := s.Edit(ctx, author, r.ID, func(*hub.Record) error { return nil }); return err }, &hub.Invalid{Field: "status"}},
		"PublishedTooSoon": {func() error { _, err := s.Publish(ctx, moderator, r.ID, r.Rev); return err }, &hub.Invalid{Field: "status"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.do()
			var got, want *hub.Invalid
			if errors.As(c.want, &want) {
				if !errors.As(err, &got) || got.Field != want.Field {
					t.Errorf("got %v, want wrong %s", err, want.Field)
				}
			} else if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	r, err = s.Return(ctx, coordinator, r.ID, r.Rev, "", hub.Remark{Question: "figures", Text: "From which year?"})
	if err != nil || r.Status != hub.StatusReturned || len(r.Remarks) != 1 {
		t.Fatalf("returned: %+v, %v", r, err)
	}
	own, err := s.Create(ctx, coordinator, draft("own"))
	if err != nil {
		t.Fatal(err)
	}
	if own, err = s.Submit(ctx, coordinator, own.ID, own.Rev); err != nil || own.Status != hub.StatusSubmitted || own.Cleared == nil {
		t.Errorf("a coordinator's own: %+v, %v", own, err)
	}
}

// TestDraftMayLack: a draft is kept with what there is; only handing it on
// asks for the rest.
func TestDraftMayLack(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	bare := draft("bare")
	bare.Body = nil
	r, err := s.Create(ctx, author, bare)
	if err != nil {
		t.Fatal(err)
	}
	var invalid *hub.Invalid
	if _, err := s.Submit(ctx, author, r.ID, r.Rev); !errors.As(err, &invalid) || !strings.HasPrefix(invalid.Field, "body.") {
		t.Errorf("submitted: %v", err)
	}
}

// TestRevision: a draft of a published record replaces it once it went the
// whole way, and not before; published twice after a crash is published once.
func TestRevision(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	pub := published(t, s, draft("calendar"))
	if _, err := s.Revise(ctx, foreigner, pub.ID); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("another mechanism revises: %v", err)
	}
	d, err := s.Revise(ctx, author, pub.ID)
	if err != nil {
		t.Fatal(err)
	}
	d, err = s.Edit(ctx, author, d.ID, func(r *hub.Record) error {
		r.Versions = []hub.Version{{Lang: hub.English, Title: "Two calendars", Text: record.Encode(practice.Text{Problem: "Later reports."})}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	title := func() string {
		found, err := s.Find(ctx, hub.Public, hub.Practice, "calendar")
		if err != nil {
			t.Fatal(err)
		}
		return found.Versions[0].Title
	}
	if title() == "Two calendars" {
		t.Error("a draft shows")
	}
	for _, step := range []func() (*hub.Record, error){
		func() (*hub.Record, error) { return s.Submit(ctx, author, d.ID, d.Rev) },
		func() (*hub.Record, error) { return s.Clear(ctx, coordinator, d.ID, d.Rev) },
		func() (*hub.Record, error) { return s.Publish(ctx, moderator, d.ID, d.Rev) },
	} {
		if d, err = step(); err != nil {
			t.Fatal(err)
		}
	}
	if title() != "Two calendars" || d.Status != hub.StatusArchived {
		t.Errorf("published: %q, the draft is %s", title(), d.Status)
	}
	if _, err := s.Find(ctx, hub.Public, hub.Practice, d.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the draft has an address: %v", err)
	}
	now, err := s.Find(ctx, moderator, hub.Practice, "calendar")
	if err != nil || now.ID != pub.ID || now.Change.Act != hub.ActRevised || !now.Published.Equal(pub.Published) || now.ReviewBy.IsZero() {
		t.Errorf("%+v, %v", now, err)
	}
}

// TestSitting: a form that saves itself leaves one revision of a sitting in the
// history, and all that was changed in it is named.
func TestSitting(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	r, err := s.Create(ctx, author, draft("calendar"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		r, err = s.Edit(ctx, author, r.ID, func(r *hub.Record) error {
			r.Date = "201" + string(rune('0'+n))
			if n == 0 {
				r.Themes = nil
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(r.Change.Fields, " "); got != "date themes" {
		t.Errorf("changed %s", got)
	}
	if h, err := s.History(ctx, author, r.ID); err != nil || len(h) != 2 || h[1].Rev != 1 {
		t.Errorf("%d revisions, %v", len(h), err)
	}
	if r, err = s.Edit(ctx, coordinator, r.ID, func(r *hub.Record) error { r.Date = "2020"; return nil }); err != nil {
		t.Fatal(err)
	}
	if h, err := s.History(ctx, author, r.ID); err != nil || len(h) != 3 || h[1].Date != "2014" {
		t.Errorf("somebody else sat down: %d revisions, %v", len(h), err)
	}
}

// TestClosedAnswers: what is for members of mechanisms leaves the door for
// them alone, in the record and in its history.
func TestClosedAnswers(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	d := draft("calendar")
	d.Closed = map[hub.Lang]map[string]json.RawMessage{hub.English: {"tried": json.RawMessage(`"zyxocanary"`)}}
	pub := published(t, s, d)
	pub, err := s.Edit(ctx, coordinator, pub.ID, func(r *hub.Record) error { r.Date = "2020"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		v     hub.Viewer
		reads bool
	}{
		"Public": {hub.Public, false}, "Stakeholder": {hub.Viewer{Person: "s", Role: hub.RoleStakeholder}, false},
		"Expert": {hub.Viewer{Person: "t", Role: hub.RoleTBExpert}, false}, "Admin": {hub.Viewer{Person: "a", Role: hub.RoleAdmin}, false},
		"Member": {foreigner, true}, "Coordinator": {coordinator, true}, "Moderator": {moderator, true}, "Author": {author, true},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := s.Find(ctx, c.v, hub.Practice, "calendar")
			if err != nil {
				t.Fatal(err)
			}
			past, err := s.History(ctx, c.v, pub.ID)
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := json.Marshal(append(past, found))
			if strings.Contains(string(raw), "zyxocanary") != c.reads {
				t.Errorf("reads it: %t", !c.reads)
			}
		})
	}
}

// TestWithdrawn: whoever could read a record learns that it was withdrawn and
// when, and nobody else that there was one.
func TestWithdrawn(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	for tier, c := range map[hub.Tier]map[string]bool{
		hub.TierPublic:  {"public": true, "member": true},
		hub.TierNetwork: {"public": false, "member": true},
	} {
		slug := "of-" + string(tier)
		r := published(t, s, tiered(slug, tier))
		gone, err := s.Archive(ctx, coordinator, r.ID, r.Rev, "zyxocanary")
		if err != nil {
			t.Fatal(err)
		}
		for who, told := range c {
			v := map[string]hub.Viewer{"public": hub.Public, "member": foreigner}[who]
			_, err := s.Find(ctx, v, hub.Practice, slug)
			var at *hub.Gone
			if !errors.Is(err, hub.ErrNotFound) || errors.As(err, &at) != told || told && !at.At.Equal(gone.Change.At) || strings.Contains(err.Error(), "zyxo") {
				t.Errorf("%s, of %s: %v", who, tier, err)
			}
		}
	}
	d, err := s.Create(ctx, author, draft("never"))
	if err != nil {
		t.Fatal(err)
	}
	var at *hub.Gone
	if _, err := s.Find(ctx, hub.Public, hub.Practice, d.Slug); errors.As(err, &at) {
		t.Errorf("a draft was withdrawn: %v", err)
	}
}

// TestPassedOnWhole: a draft that goes to the next holder of a seat takes the
// answers for members along, and what the door has made bare is not written.
func TestPassedOnWhole(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	d := draft("calendar")
	d.Closed = map[hub.Lang]map[string]json.RawMessage{hub.English: {"tried": json.RawMessage(`"letters"`)}}
	r, err := s.Create(ctx, author, d)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.PassOn(ctx, "author", "next", "MDA"); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	next := hub.Viewer{Person: "next", Role: hub.RoleMember, Mechanism: "MDA"}
	got, err := s.Load(ctx, next, r.ID)
	if err != nil || string(got.Closed[hub.English]["tried"]) != `"letters"` || got.Author != "next" {
		t.Errorf("%+v, %v", got, err)
	}
	bare, err := s.Bare(ctx, r.ID)
	if err != nil || !bare.Bare || bare.Closed != nil {
		t.Errorf("%+v, %v", bare, err)
	}
}
