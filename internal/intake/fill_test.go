package intake_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/intake"
	"nmirfhub/internal/question"
)

// differing brings a publication, and by the same or another person a file that
// says another date and publisher of it.
func (h house) differing(t *testing.T, v hub.Viewer) (*intake.Import, *hub.Record) {
	t.Helper()
	h.bring(t, stakeholder, book(1), hub.StatusSubmitted)
	waiting, err := h.Records.Submitted(t.Context(), moderator, 10)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d wait, %v", len(waiting), err)
	}
	if _, err := h.Records.Publish(t.Context(), moderator, waiting[0].ID, waiting[0].Rev); err != nil {
		t.Fatal(err)
	}
	i := h.take(t, v, strings.Replace(book(1), "2020", "2021-05", 1)+book(7))
	w := h.weigh(t, v, i.ID)
	if got := kinds(w); got != "different new" {
		t.Fatalf("got %q", got)
	}
	return i, w.Entries[0].There
}

// takeOver chooses the date of the first entry, as it was shown.
func (h house) takeOver(t *testing.T, v hub.Viewer, i *intake.Import, was string) error {
	t.Helper()
	_, err := h.TakeOver(t.Context(), v, i.ID, []int{0, 1}, map[int]map[string]string{0: {"date": question.Mark(question.Answer(was))}})
	return err
}

func (h house) work(t *testing.T) {
	t.Helper()
	if err := h.Work(t.Context(), "here"); err != nil {
		t.Fatal(err)
	}
}

func (h house) draftOf(t *testing.T, v hub.Viewer, of string) *hub.Record {
	t.Helper()
	drafts, err := h.Records.DraftsOf(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return drafts[of]
}

// TestTakeOver: an answer of an entry goes into a draft of what is there, which
// stays as it is, once, and is taken back with the rest.
func TestTakeOver(t *testing.T) {
	h := newHouse(t)
	i, there := h.differing(t, stakeholder)
	if err := h.takeOver(t, stakeholder, i, `"2019"`); !errors.As(err, new(*hub.Invalid)) {
		t.Errorf("an answer that was never there is taken: %v", err)
	}
	if err := h.takeOver(t, stakeholder, i, `"2020"`); err != nil {
		t.Fatal(err)
	}
	if i, err := h.Apply(t.Context(), stakeholder, i.ID, hub.StatusDraft); err != nil || len(i.Plan) != 2 {
		t.Fatalf("the plan is %v, %v", i, err)
	}
	clock := time.Now().UTC()
	h.Now = func() time.Time { return clock }
	for h.db.left = 1; ; h.db.left = 1 { // the process ends after each record
		err := h.Work(t.Context(), clock.String())
		if err == nil {
			break
		}
		if !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		clock = clock.Add(time.Minute)
	}
	h.db.left = -1
	draft := h.draftOf(t, stakeholder, there.ID)
	if draft == nil || draft.Date != "2021-05" || draft.Rev != 1 {
		t.Fatalf("the draft is %+v", draft)
	}
	if now, err := h.Records.Load(t.Context(), stakeholder, there.ID); err != nil || now.Date != "2020" || now.Rev != there.Rev {
		t.Errorf("what is published was changed: %+v, %v", now, err)
	}
	if all, err := h.Filled(t.Context(), stakeholder, h.load(t, stakeholder, i.ID)); err != nil || len(all) != 1 || all[0].ID != draft.ID {
		t.Errorf("filled are %v, %v", all, err)
	}
	if _, err := h.Undo(t.Context(), stakeholder, i.ID); err != nil {
		t.Fatal(err)
	}
	h.work(t)
	if i = h.load(t, stakeholder, i.ID); i.State != intake.Undone || len(i.Kept) != 0 || h.draftOf(t, stakeholder, there.ID) != nil {
		t.Errorf("not taken back: %s, %v", i.State, i.Kept)
	}
}

// TestTakeOverIntoADraft: where there is a draft already the answer goes into
// that, and is put back; a draft that somebody wrote in since stays.
func TestTakeOverIntoADraft(t *testing.T) {
	for _, touched := range []bool{false, true} {
		h := newHouse(t)
		i, there := h.differing(t, stakeholder)
		draft, err := h.Records.Revise(t.Context(), stakeholder, there.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.takeOver(t, stakeholder, i, `"2020"`); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Apply(t.Context(), stakeholder, i.ID, hub.StatusDraft); err != nil {
			t.Fatal(err)
		}
		h.work(t)
		if now := h.draftOf(t, stakeholder, there.ID); now.ID != draft.ID || now.Date != "2021-05" {
			t.Fatalf("the draft is %+v", now)
		}
		if touched {
			_, err := h.Records.Edit(t.Context(), stakeholder, draft.ID, func(r *hub.Record) error { r.Date = "2022"; return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Undo(t.Context(), stakeholder, i.ID); err != nil {
			t.Fatal(err)
		}
		h.work(t)
		want, kept := "2020", 0
		if touched {
			want, kept = "2022", 1
		}
		if now := h.draftOf(t, stakeholder, there.ID); now.Date != want || len(h.load(t, stakeholder, i.ID).Kept) != kept {
			t.Errorf("touched %t: taken back it says %s", touched, now.Date)
		}
	}
}

// TestTakeOverByAModerator: who edits what is published and writes no drafts
// changes it at once, with a revision, and takes that back.
func TestTakeOverByAModerator(t *testing.T) {
	h := newHouse(t)
	i, there := h.differing(t, moderator)
	if err := h.takeOver(t, moderator, i, `"2020"`); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Apply(t.Context(), moderator, i.ID, hub.StatusPublished); err != nil {
		t.Fatal(err)
	}
	h.work(t)
	now, err := h.Records.Load(t.Context(), moderator, there.ID)
	if err != nil || now.Date != "2021-05" || now.Rev != there.Rev+1 || now.Change.Act != hub.ActRevised || now.Status != hub.StatusPublished {
		t.Fatalf("it is %+v, %v", now, err)
	}
	if _, err := h.Undo(t.Context(), moderator, i.ID); err != nil {
		t.Fatal(err)
	}
	h.work(t)
	if now, err = h.Records.Load(t.Context(), moderator, there.ID); err != nil || now.Date != "2020" || now.Rev != there.Rev+2 {
		t.Errorf("taken back it is %+v, %v", now, err)
	}
}

// TestTakeOverAllOrNothing: when what is there has changed since it was chosen,
// nothing at all comes in; and who may not change it is offered nothing.
func TestTakeOverAllOrNothing(t *testing.T) {
	h := newHouse(t)
	i, there := h.differing(t, moderator)
	if err := h.takeOver(t, moderator, i, `"2020"`); err != nil {
		t.Fatal(err)
	}
	there.Date = "2018"
	if _, err := h.Records.Save(t.Context(), moderator, *there, ""); err != nil {
		t.Fatal(err)
	}
	_, err := h.Apply(t.Context(), moderator, i.ID, hub.StatusPublished)
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || invalid.Field != "fill" {
		t.Fatalf("got %v", err)
	}
	h.work(t)
	if now := h.load(t, moderator, i.ID); now.State != intake.Shown || h.published(t) != 1 {
		t.Errorf("it is %s, %d published", now.State, h.published(t))
	}

	other := h.take(t, member, strings.Replace(book(1), "2020", "2021-05", 1))
	offers, err := h.Offers(t.Context(), member, other, h.weigh(t, member, other.ID), []int{0})
	if err != nil || len(offers) != 0 {
		t.Errorf("offered %v, %v", offers, err)
	}
	if err := h.takeOver(t, member, other, `"2018"`); !errors.As(err, &invalid) {
		t.Errorf("who may not change it takes it over: %v", err)
	}
}
