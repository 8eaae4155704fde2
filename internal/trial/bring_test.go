package trial_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// third is a version in all languages, after the two that are shipped.
var third = strings.NewReplacer("VERSION", "3", "{en: ", "{fr: f, ar: a, en: ").Replace(asked) + "open: true\n"

// TestBring: a version that a moderator brings is known to every instance, is
// asked when it is opened, and stays: the same again is the same, another of
// its number is refused, one with a fault is not kept.
func TestBring(t *testing.T) {
	db := newStore(t)
	one, two := newInstance(t, db), newInstance(t, db)
	for _, v := range others {
		if _, _, err := one.Look(t.Context(), v, []byte(third)); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%+v looks: %v", v, err)
		}
		if _, _, err := one.Bring(t.Context(), v, []byte(third)); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%+v brings: %v", v, err)
		}
	}
	if set, faults, err := one.Bring(t.Context(), moderator, []byte(strings.Replace(third, "form: line", "form: lien", 1))); set != nil || len(faults) == 0 || err != nil {
		t.Errorf("with a fault: %v %v %v", set, faults, err)
	}
	if set, faults, err := one.Look(t.Context(), moderator, []byte(third)); set == nil || len(faults) > 0 || err != nil || one.Sets.Named("practice/3") != nil {
		t.Fatalf("looked at: %v %v, or kept", faults, err)
	}
	for range 2 { // a form that is sent twice
		if set, faults, err := one.Bring(t.Context(), moderator, []byte(third)); err != nil || len(faults) > 0 || set.Name() != "practice/3" {
			t.Fatalf("brought: %v %v", faults, err)
		}
	}
	if _, faults, err := two.Bring(t.Context(), moderator, []byte(strings.Replace(third, "source: test", "source: other", 1))); err != nil || len(faults) != 1 || faults[0].Reason != "next" || faults[0].Value != "4" {
		t.Errorf("another of the number: %v %v", faults, err)
	}
	x, err := two.Version(t.Context(), moderator, "practice/3")
	if err != nil || x.Standing != question.Dormant {
		t.Fatalf("the other instance: %v %v", x.Standing, err)
	}
	if err := two.Stand(t.Context(), moderator, "practice/3", x.Rev, question.Stands{Standing: question.Test, Mechanisms: []hub.State{"MDA"}}); err != nil {
		t.Fatal(err)
	}
	if err := one.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if x := one.Sets.Named("practice/3"); x.Open {
		t.Error("a version that says itself that it is open")
	}
	r := one.begin(t, tester)
	if r.Questions != "practice/3" || one.begin(t, other).Questions != "practice/1" {
		t.Errorf("the tester is asked %s", r.Questions)
	}
	late := newInstance(t, db)
	if late.Sets.Named("practice/3") == nil || late.Sets.For(hub.Practice, "MDA").Name() != "practice/3" {
		t.Error("an instance that starts does not know it")
	}
	if _, _, err := late.writing.Answer(t.Context(), tester, r.ID, hub.English, []contribute.Given{{Question: "tried", Answer: question.Answer(`"Letters."`), Seen: question.Mark(nil)}}); err != nil {
		t.Errorf("an answer in an instance that starts: %v", err)
	}
}

// TestBroughtAtOnce: of two versions of one number that are brought at once,
// one is kept, and the other is told.
func TestBroughtAtOnce(t *testing.T) {
	db := newStore(t)
	all := []instance{newInstance(t, db), newInstance(t, db), newInstance(t, db)}
	var wait sync.WaitGroup
	var mu sync.Mutex
	kept := 0
	for i, x := range all {
		wait.Go(func() {
			raw := strings.Replace(third, "source: test", "source: "+strings.Repeat("x", i+1), 1)
			set, faults, err := x.Bring(t.Context(), moderator, []byte(raw))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && len(faults) == 0 && set != nil:
				kept++
			case err != nil && !errors.Is(err, hub.ErrConflict), err == nil && (len(faults) != 1 || faults[0].Reason != "next"):
				t.Errorf("the other is told %v, %v", faults, err)
			}
		})
	}
	wait.Wait()
	if kept != 1 {
		t.Errorf("%d were kept", kept)
	}
	var same string
	for _, x := range all {
		if err := x.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		source := x.Sets.Named("practice/3").Source
		if same != "" && source != same {
			t.Errorf("one instance has %s, another %s", same, source)
		}
		same = source
	}
}

// TestRenew: a draft takes the newer version when its author says so, keeps
// what it has, and may be asked it when it is open only.
func TestRenew(t *testing.T) {
	x := newInstance(t, newStore(t))
	r := x.begin(t, tester)
	given := []contribute.Given{{Question: "tried", Answer: question.Answer(`"Letters."`), Seen: question.Mark(nil), Closed: true}}
	if _, _, err := x.writing.Answer(t.Context(), tester, r.ID, hub.English, given); err != nil {
		t.Fatal(err)
	}
	if x.writing.Newer(r) != nil {
		t.Error("a version that nobody is asked is offered")
	}
	if same, err := x.writing.Renew(t.Context(), tester, r.ID); err != nil || same.Questions != "practice/1" {
		t.Errorf("without a newer one: %v", err)
	}
	x.stand(t, question.Open)
	if n := x.writing.Newer(r); n == nil || n.Name() != "practice/2" {
		t.Fatal("the newer version is not offered")
	}
	if _, err := x.writing.Renew(t.Context(), other, r.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("another takes it: %v", err)
	}
	next, err := x.writing.Renew(t.Context(), tester, r.ID)
	if err != nil || next.Questions != "practice/2" || string(next.Closed[hub.English]["tried"]) != `"Letters."` || next.In(hub.English).Title != r.In(hub.English).Title {
		t.Errorf("renewed: %+v, %v", next, err)
	}
	if again, err := x.writing.Renew(t.Context(), tester, r.ID); err != nil || again.Questions != "practice/2" || x.writing.Newer(again) != nil {
		t.Errorf("renewed twice: %v", err)
	}
}
