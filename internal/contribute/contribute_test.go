package contribute_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/policies"
	"nmirfhub/seed"
)

const asked = `
kind: practice
version: 1
source: test
sections:
- code: first
  title: {en: First}
  questions:
  - {code: name, at: title, form: line, most: 100, required: true, ask: {en: Name}}
  - {code: capacity, at: body.capacity, form: choice, list: capacity, required: true, ask: {en: Capacity}}
  - {code: stage, at: body.stage, form: choice, list: stage, required: true, ask: {en: Stage}}
  - {code: evidence, at: body.evidence, form: choice, list: evidence, required: true, ask: {en: Evidence}}
- code: second
  title: {en: Second}
  questions:
  - {code: problem, at: text.problem, form: text, most: 600, required: true, ask: {en: Problem}}
  - {code: tried, form: text, most: 400, members: true, required: true, ask: {en: Tried}}
  - {code: forms, form: files, most: 2, ask: {en: Forms}}
  - {code: after, form: record, list: practice, ask: {en: After which}}
  - {code: letters, form: files, members: true, ask: {en: Letters}}
`

var (
	author      = hub.Viewer{Person: "author", Role: hub.RoleMember, Mechanism: "MDA"}
	coordinator = hub.Viewer{Person: "coordinator", Role: hub.RoleCoordinator, Mechanism: "MDA"}
	foreigner   = hub.Viewer{Person: "foreigner", Role: hub.RoleMember, Mechanism: "MAR"}
	moderator   = hub.Viewer{Person: "moderator", Role: hub.RoleModerator}
)

func newService(t *testing.T) *contribute.Service {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), record.Collections())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	door, err := access.New(policies.Files, db)
	if err != nil {
		t.Fatal(err)
	}
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := question.Load(fstest.MapFS{"questions/practice-1.yaml": {Data: []byte(asked)}}, words)
	if err != nil {
		t.Fatal(err)
	}
	s := &contribute.Service{Sets: sets, Checker: question.Checker{Words: words, Exists: func(hub.Kind, string) bool { return false }}}
	s.Records = &record.Service{
		Door: door, Store: db, Catalogue: record.NewCatalogue(words.StateName), Kinds: map[hub.Kind]record.Kind{hub.Practice: practice.Kind()},
		Region: words.Region, Now: func() time.Time { return time.Now().UTC() }, NewID: hub.NewID, Asks: s.Asks,
	}
	return s
}

func text(s string) question.Answer { return question.Answer(`"` + s + `"`) }

// TestWriting walks the way of a practice from its title to the public.
func TestWriting(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	r, err := s.Begin(ctx, author, hub.Practice, hub.French, "  Deux points   focaux ")
	if err != nil {
		t.Fatal(err)
	}
	if r.In(hub.French).Title != "Deux points focaux" || r.States[0] != "MDA" || r.Questions != "practice/1" {
		t.Fatalf("begun %+v", r)
	}
	if got := strings.Join(s.Lacks(r), " "); got != "capacity stage evidence problem tried" {
		t.Errorf("lacks %s", got)
	}
	if _, err := s.Records.Submit(ctx, author, r.ID, r.Rev); err == nil {
		t.Error("handed on without answers")
	}
	none := question.Mark(nil)
	r, clashes, err := s.Answer(ctx, author, r.ID, hub.French, []contribute.Given{
		{Question: "capacity", Answer: text("coordination"), Seen: none}, {Question: "stage", Answer: text("none such"), Seen: none},
		{Question: "evidence", Answer: text("self-reported"), Seen: none}, {Question: "problem", Answer: text("Les ministres changent."), Seen: none},
		{Question: "tried", Seen: none, Closed: true, Skipped: true}, {Question: "shoe-size", Answer: text("43"), Seen: none},
	})
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || invalid.Field != "stage" || !strings.Contains(err.Error(), "shoe-size") || len(clashes) != 0 {
		t.Fatalf("answered: %v, %v", clashes, err)
	}
	if got := strings.Join(s.Lacks(r), " "); got != "stage" {
		t.Errorf("after that it lacks %s", got)
	}
	if r, _, err = s.Answer(ctx, author, r.ID, hub.French, []contribute.Given{{Question: "stage", Answer: text("emerging"), Seen: none}}); err != nil {
		t.Fatal(err)
	}
	if p := s.Progress(r); p[0] != (contribute.Progress{Done: 4, Of: 4}) || p[1] != (contribute.Progress{Done: 2, Of: 2}) {
		t.Errorf("progress %v", p)
	}
	if _, _, err := s.Answer(ctx, author, r.ID, hub.Arabic, []contribute.Given{{Question: "problem", Answer: text("x"), Seen: none}}); err != nil {
		t.Errorf("a second language begins without its title: %v", err)
	}
	if r, _, err = s.Answer(ctx, author, r.ID, hub.Arabic, []contribute.Given{{Question: "name", Answer: text("y"), Seen: none}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() (*hub.Record, error){
		func() (*hub.Record, error) { return s.Records.Submit(ctx, author, r.ID, r.Rev) },
		func() (*hub.Record, error) { return s.Records.Clear(ctx, coordinator, r.ID, r.Rev) },
		func() (*hub.Record, error) { return s.Records.Publish(ctx, moderator, r.ID, r.Rev) },
	} {
		if r, err = step(); err != nil {
			t.Fatal(err)
		}
	}
	if r.Slug != "deux-points-focaux" {
		t.Errorf("its address is %s", r.Slug)
	}
	again, err := s.Begin(ctx, coordinator, hub.Practice, hub.French, "Deux points focaux")
	if err != nil {
		t.Fatal(err)
	}
	again, _, err = s.Answer(ctx, coordinator, again.ID, hub.French, []contribute.Given{
		{Question: "capacity", Answer: text("coordination"), Seen: none}, {Question: "stage", Answer: text("emerging"), Seen: none},
		{Question: "evidence", Answer: text("self-reported"), Seen: none}, {Question: "problem", Answer: text("x"), Seen: none}, {Question: "tried", Seen: none, Closed: true, Answer: text("z")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if again, err = s.Records.Submit(ctx, coordinator, again.ID, again.Rev); err != nil {
		t.Fatal(err)
	}
	if again, err = s.Records.Publish(ctx, moderator, again.ID, again.Rev); err != nil || again.Slug != "deux-points-focaux-2" {
		t.Errorf("the same title again: %+v, %v", again, err)
	}
}

// TestClash: of two who answer one question, the second sees both texts and
// loses none of the others.
func TestClash(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	r, err := s.Begin(ctx, author, hub.Practice, hub.English, "Two posts")
	if err != nil {
		t.Fatal(err)
	}
	none := question.Mark(nil)
	if _, _, err := s.Answer(ctx, author, r.ID, hub.English, []contribute.Given{{Question: "problem", Answer: text("mine"), Seen: none}}); err != nil {
		t.Fatal(err)
	}
	r, clashes, err := s.Answer(ctx, coordinator, r.ID, hub.English, []contribute.Given{
		{Question: "problem", Answer: text("hers"), Seen: none}, {Question: "stage", Answer: text("emerging"), Seen: none},
	})
	if err != nil || len(clashes) != 1 || clashes[0].Question != "problem" || string(clashes[0].Theirs) != `"mine"` {
		t.Fatalf("clashes %v, %v", clashes, err)
	}
	set := s.SetOf(r)
	if got := string(set.Question("stage").Get(r, hub.English)); got != `"emerging"` {
		t.Errorf("the other answer is %s", got)
	}
	_, clashes, err = s.Answer(ctx, coordinator, r.ID, hub.English, []contribute.Given{{Question: "problem", Answer: text("hers"), Seen: question.Mark(text("mine"))}})
	if err != nil || len(clashes) != 0 {
		t.Errorf("having seen it: %v, %v", clashes, err)
	}
	if _, _, err := s.Answer(ctx, foreigner, r.ID, hub.English, nil); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a stranger answers: %v", err)
	}
}

// TestManyAtOnce: answers to different questions at one moment are all kept.
func TestManyAtOnce(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	r, err := s.Begin(ctx, author, hub.Practice, hub.English, "Two posts")
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]string{"capacity": "coordination", "stage": "emerging", "evidence": "self-reported", "problem": "turnover"}
	var wg sync.WaitGroup
	for code, a := range given {
		wg.Go(func() {
			if _, _, err := s.Answer(ctx, author, r.ID, hub.English, []contribute.Given{{Question: code, Answer: text(a), Seen: question.Mark(nil)}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r, err = s.Records.Load(ctx, author, r.ID); err != nil {
		t.Fatal(err)
	}
	for code, a := range given {
		if got := string(s.SetOf(r).Question(code).Get(r, hub.English)); got != `"`+a+`"` {
			t.Errorf("%s is %s", code, got)
		}
	}
}
