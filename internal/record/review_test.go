package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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

// TestUndo: whoever decided takes it back for some minutes, while nobody else
// did anything with it; the decision stays in the history.
func TestUndo(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	var told []hub.Act
	s.Decided = func(_ context.Context, r *hub.Record) error { told = append(told, r.Change.Act); return nil }
	start := s.Now()
	other := hub.Viewer{Person: "other", Role: hub.RoleModerator}
	submitted := func(slug string) *hub.Record {
		t.Helper()
		d := draft(slug)
		d.Slug = ""
		r, err := s.Create(ctx, coordinator, d)
		if err == nil {
			r, err = s.Submit(ctx, coordinator, r.ID, r.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := submitted("calendar")
	waits := r.Since()
	pub, err := s.Publish(ctx, moderator, r.ID, r.Rev)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(ctx, other, r.ID, start); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("somebody else takes it back: %v", err)
	}
	if _, err := s.Undo(ctx, moderator, r.ID, s.Now()); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("an earlier decision is taken back: %v", err)
	}
	back, err := s.Undo(ctx, moderator, r.ID, start)
	if err != nil || back.Status != hub.StatusSubmitted || !back.Published.IsZero() || !back.Since().Equal(waits) || back.Slug != r.Slug {
		t.Fatalf("taken back: %+v, %v", back, err)
	}
	if _, err := s.Find(ctx, hub.Public, hub.Practice, pub.Slug); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("it still shows: %v", err)
	}
	if l, err := s.List(hub.Public, record.Query{Kind: hub.Practice}); err != nil || l.Total != 0 {
		t.Errorf("it is still listed: %+v, %v", l, err)
	}
	if again, err := s.Undo(ctx, moderator, r.ID, start); err != nil || again.Rev != back.Rev {
		t.Errorf("taken back twice: %+v, %v", again, err)
	}
	h, err := s.History(ctx, moderator, r.ID)
	if err != nil || h[0].Change.Act != hub.ActUndone || h[1].Change.Act != hub.ActPublished {
		t.Errorf("history %v, %v", h, err)
	}
	if pub, err = s.Publish(ctx, moderator, r.ID, back.Rev); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Confirm(ctx, coordinator, r.ID, pub.Rev); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(ctx, moderator, r.ID, start); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("taken back after somebody confirmed it: %v", err)
	}
	r = submitted("letters")
	if r, err = s.Return(ctx, moderator, r.ID, r.Rev, "Which year?"); err != nil {
		t.Fatal(err)
	}
	if r, err = s.Undo(ctx, moderator, r.ID, start); err != nil || r.Status != hub.StatusSubmitted {
		t.Errorf("a return taken back: %+v, %v", r, err)
	}
	if got := fmt.Sprint(told); got != "[cleared published undone published confirmed cleared returned undone]" {
		t.Errorf("on record: %s", got)
	}
}

// TestUndoRevision: when the draft that replaced a record goes back to the
// queue, the record has its content back.
func TestUndoRevision(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	pub := published(t, s, draft("calendar"))
	d, err := s.Revise(ctx, coordinator, pub.ID)
	if err == nil {
		d, err = s.Edit(ctx, coordinator, d.ID, func(r *hub.Record) error { r.Date = "2025"; return nil })
	}
	if err == nil {
		d, err = s.Submit(ctx, coordinator, d.ID, d.Rev)
	}
	start := s.Now()
	if err == nil {
		d, err = s.Publish(ctx, moderator, d.ID, d.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	if d, err = s.Undo(ctx, moderator, d.ID, start); err != nil || d.Status != hub.StatusSubmitted {
		t.Fatalf("%+v, %v", d, err)
	}
	if now, err := s.Find(ctx, hub.Public, hub.Practice, "calendar"); err != nil || now.Date != "2019" {
		t.Errorf("%+v, %v", now, err)
	}
	if d, err = s.Publish(ctx, moderator, d.ID, d.Rev); err != nil {
		t.Fatal(err)
	}
	now, err := s.Find(ctx, coordinator, hub.Practice, "calendar")
	if err != nil || now.Date != "2025" {
		t.Fatalf("%+v, %v", now, err)
	}
	if _, err := s.Edit(ctx, coordinator, now.ID, func(r *hub.Record) error { r.Date = "2026"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(ctx, moderator, d.ID, start); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("taken back over what somebody wrote since: %v", err)
	}
}

// TestArchive: what nobody confirmed for long waits for a moderator, who
// archives it or asks once more; its address says so to those who could read
// it, and nobody outside learns how long anything took.
func TestArchive(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	now := s.Now()
	s.Now = func() time.Time { return now }
	pub := published(t, s, draft("calendar"))
	fresh := published(t, s, draft("fresh"))
	if _, err := s.AskOnce(ctx, moderator, pub.ID, pub.Rev); err == nil {
		t.Error("asked about what is fresh")
	}
	due := func() (slugs []string) {
		t.Helper()
		all, err := s.Due(ctx, moderator, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			slugs = append(slugs, r.Slug)
		}
		return slugs
	}
	now = pub.ReviewBy.AddDate(0, record.ArchiveMonths, 1)
	if _, err := s.Confirm(ctx, coordinator, fresh.ID, fresh.Rev); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(due()); got != "[calendar]" {
		t.Errorf("to be archived: %s", got)
	}
	for who, v := range map[string]hub.Viewer{"Public": hub.Public, "Coordinator": coordinator, "Stakeholder": stakeholder} {
		if all, err := s.Due(ctx, v, 10); !errors.Is(err, hub.ErrNotFound) || len(all) > 0 {
			t.Errorf("%s sees the queue: %v, %v", who, all, err)
		}
	}
	if _, err := s.AskOnce(ctx, coordinator, pub.ID, pub.Rev); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a coordinator asks: %v", err)
	}
	asked, err := s.AskOnce(ctx, moderator, pub.ID, pub.Rev)
	if err != nil || len(due()) != 0 {
		t.Errorf("asked: %v, still %v", err, due())
	}
	now = now.Add(record.AskedFor)
	if got := fmt.Sprint(due()); got != "[calendar]" {
		t.Errorf("after the time for an answer: %s", got)
	}
	found, err := s.Find(ctx, hub.Public, hub.Practice, "calendar")
	if err != nil || found.Steps != nil {
		t.Errorf("the public sees when it was handled: %+v, %v", found, err)
	}
	if _, err := s.Archive(ctx, moderator, pub.ID, asked.Rev, "Nobody answers."); err != nil {
		t.Fatal(err)
	}
	var gone *hub.Gone
	if _, err := s.Find(ctx, hub.Public, hub.Practice, "calendar"); !errors.As(err, &gone) || !gone.Archived || !gone.At.Equal(now) {
		t.Errorf("at its address: %v", err)
	}
	back, err := s.Undo(ctx, moderator, pub.ID, now)
	if err != nil || back.Status != hub.StatusPublished {
		t.Fatalf("taken back: %+v, %v", back, err)
	}
	if _, err := s.Archive(ctx, coordinator, pub.ID, back.Rev, "secret"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(ctx, hub.Public, hub.Practice, "calendar"); !errors.As(err, &gone) || gone.Archived {
		t.Errorf("what the State took back: %v", err)
	}
}

// TestSteps: a record knows when it came to each status, and is found by the
// weeks of its steps.
func TestSteps(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	pub := published(t, s, draft("calendar"))
	var acts []hub.Act
	if err := s.InWeek(ctx, record.Week(pub.Published), func(_ hub.Kind, all []hub.Step) error {
		for _, x := range all {
			acts = append(acts, x.Act)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(acts); got != "[created submitted cleared published]" {
		t.Errorf("steps %s", got)
	}
	if got := record.Week(time.Date(2027, 1, 3, 23, 0, 0, 0, time.UTC)); got != "2026-W53" {
		t.Errorf("week %s", got)
	}
}

// TestRevisionOfWithdrawn: a draft of what was withdrawn meanwhile goes nowhere.
func TestRevisionOfWithdrawn(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	pub := published(t, s, draft("calendar"))
	first, err := s.Revise(ctx, coordinator, pub.ID)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Revise(ctx, coordinator, pub.ID)
	if err == nil {
		second, err = s.Submit(ctx, coordinator, second.ID, second.Rev)
	}
	if err == nil {
		_, err = s.Archive(ctx, coordinator, pub.ID, pub.Rev, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	var invalid *hub.Invalid
	if _, err := s.Submit(ctx, coordinator, first.ID, first.Rev); !errors.As(err, &invalid) || invalid.Field != "of" {
		t.Errorf("handed on: %v", err)
	}
	if _, err := s.Publish(ctx, moderator, second.ID, second.Rev); !errors.As(err, &invalid) || invalid.Field != "status" {
		t.Errorf("published: %v", err)
	}
	if now, err := s.Load(ctx, moderator, second.ID); err != nil || now.Status != hub.StatusSubmitted {
		t.Errorf("half applied: %+v, %v", now, err)
	}
	var gone *hub.Gone
	if _, err := s.Find(ctx, hub.Public, hub.Practice, "calendar"); !errors.As(err, &gone) {
		t.Errorf("its address: %v", err)
	}
}
