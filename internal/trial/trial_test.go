package trial_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/internal/trial"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/policies"
	"nmirfhub/seed"
)

const asked = `
kind: practice
version: VERSION
source: test
sections:
- code: first
  title: {en: First}
  questions:
  - {code: name, at: title, form: line, most: 100, required: true, ask: {en: Name}}
  - {code: stage, at: body.stage, form: choice, list: stage, ask: {en: Stage}}
  - {code: capacity, at: body.capacity, form: choice, list: capacity, ask: {en: Capacity}}
  - {code: evidence, at: body.evidence, form: choice, list: evidence, ask: {en: Evidence}}
  - {code: problem, at: text.problem, form: text, most: 600, ask: {en: Problem}}
  - {code: tried, form: text, most: 400, members: true, required: true, ask: {en: Tried}}
`

var (
	tester    = hub.Viewer{Person: "tester", Role: hub.RoleMember, Mechanism: "MDA"}
	other     = hub.Viewer{Person: "other", Role: hub.RoleMember, Mechanism: "MAR"}
	moderator = hub.Viewer{Person: "moderator", Role: hub.RoleModerator}
	others    = []hub.Viewer{{}, tester, other, {Person: "c", Role: hub.RoleCoordinator, Mechanism: "MDA"}, {Person: "s", Role: hub.RoleStakeholder}, {Person: "x", Role: hub.RoleTBExpert}, {Person: "a", Role: hub.RoleAdmin}}
)

// instance is one that shares a store with others.
type instance struct {
	*trial.Service
	writing *contribute.Service
}

func newInstance(t *testing.T, db store.Store) instance {
	t.Helper()
	door, err := access.New(policies.Files, db)
	if err != nil {
		t.Fatal(err)
	}
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, n := range []string{"1", "2"} {
		files["questions/practice-"+n+".yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(asked, "VERSION", n, 1))}
	}
	sets, err := question.Load(files, words)
	if err != nil {
		t.Fatal(err)
	}
	w := &contribute.Service{Sets: sets, Checker: question.Checker{Words: words, Exists: func(hub.Kind, string) bool { return false }}}
	now := func() time.Time { return time.Now().UTC() }
	w.Records = &record.Service{
		Door: door, Store: db, Catalogue: record.NewCatalogue(words.StateName), Kinds: map[hub.Kind]record.Kind{hub.Practice: practice.Kind()},
		Region: words.Region, Now: now, NewID: hub.NewID, Asks: w.Asks,
	}
	x := instance{&trial.Service{
		Door: door, Store: store.Only(db, "trials", "unclear", "questionnaires"), Records: w.Records, Sets: sets, Now: now,
		Log:   &audit.Log{Store: db, Now: now, Seals: filepath.Join(t.TempDir(), "seal"), Key: []byte("key of a test that is long enough")},
		Words: words,
	}, w}
	if err := x.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x
}

func newStore(t *testing.T) store.Store {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(record.Collections(), trial.Collections(), audit.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func (x instance) begin(t *testing.T, v hub.Viewer) *hub.Record {
	t.Helper()
	r, err := x.writing.Begin(t.Context(), v, hub.Practice, hub.English, "A practice of "+v.Person)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (x instance) stand(t *testing.T, standing question.Standing, mechanisms ...hub.State) {
	t.Helper()
	v, err := x.Version(t.Context(), moderator, "practice/2")
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Stand(t.Context(), moderator, "practice/2", v.Rev, question.Stands{Standing: standing, Mechanisms: mechanisms}); err != nil {
		t.Fatal(err)
	}
}

// TestTrial: a version is tried by a group, then opened or dropped; what
// answers it goes on to; another instance learns of it.
func TestTrial(t *testing.T) {
	db := newStore(t)
	one, two := newInstance(t, db), newInstance(t, db)
	ends := map[string]*hub.Record{} // the last of each version
	want := func(what string, of instance, v hub.Viewer, set string) {
		t.Helper()
		if r := of.begin(t, v); r.Questions != set {
			t.Errorf("%s: %s is asked %s, want %s", what, v.Person, r.Questions, set)
		} else {
			ends[set] = r
		}
	}
	want("dormant", one, tester, "practice/1")
	one.stand(t, question.Test, "MDA", "MRT", "MDA")
	want("tested", one, tester, "practice/2")
	want("tested", one, other, "practice/1")
	want("not yet looked", two, tester, "practice/1")
	if err := two.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("looked", two, tester, "practice/2")
	want("looked", two, hub.Viewer{Person: "s", Role: hub.RoleStakeholder}, "practice/1")
	r := ends["practice/2"]
	one.stand(t, question.Dropped)
	want("dropped", one, tester, "practice/1")
	if r, _, err := one.writing.Answer(t.Context(), tester, r.ID, hub.English, []contribute.Given{{Question: "tried", Answer: question.Answer(`"Letters."`), Seen: question.Mark(nil)}}); err != nil || r.Questions != "practice/2" {
		t.Errorf("a draft of a dropped version: %v, %v", r, err)
	}
	one.stand(t, question.Open)
	want("open", one, other, "practice/2")
	if x := newInstance(t, db); x.begin(t, other).Questions != "practice/2" {
		t.Error("an instance that starts does not know what was decided")
	}
}

// TestStandIsForModerators: nobody else decides or knows, and no decision is
// made twice or in vain.
func TestStandIsForModerators(t *testing.T) {
	x := newInstance(t, newStore(t))
	test := question.Stands{Standing: question.Test, Mechanisms: []hub.State{"MDA"}}
	for _, v := range others {
		if err := x.Stand(t.Context(), v, "practice/2", 0, test); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%+v decides: %v", v, err)
		}
		if all, err := x.Versions(t.Context(), v); !errors.Is(err, hub.ErrNotFound) || all != nil {
			t.Errorf("%+v reads %v, %v", v, all, err)
		}
		if f, err := x.Figures(t.Context(), v, x.Sets.Named("practice/2")); !errors.Is(err, hub.ErrNotFound) || f.Of != nil {
			t.Errorf("%+v reads %v, %v", v, f, err)
		}
	}
	for _, c := range []struct {
		name   string
		stands question.Stands
		field  string
	}{
		{"practice/1", test, "standing"},
		{"practice/1", question.Stands{Standing: question.Dropped}, "standing"},
		{"practice/2", question.Stands{Standing: "secret"}, "standing"},
		{"practice/2", question.Stands{Standing: question.Test}, "mechanisms"},
		{"practice/2", question.Stands{Standing: question.Test, Mechanisms: []hub.State{"ZZZ"}}, "mechanisms"},
	} {
		var invalid *hub.Invalid
		if err := x.Stand(t.Context(), moderator, c.name, 0, c.stands); !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%s %v: %v, want a complaint about %s", c.name, c.stands, err, c.field)
		}
	}
	if err := x.Stand(t.Context(), moderator, "practice/3", 0, test); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a version that is not there: %v", err)
	}
	if err := x.Stand(t.Context(), moderator, "practice/2", 0, test); err != nil {
		t.Fatal(err)
	}
	if err := x.Stand(t.Context(), moderator, "practice/2", 0, question.Stands{Standing: question.Open}); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("decided over the decision of another: %v", err)
	}
}

// TestFigures: what becomes of each question is counted from three records on;
// what is unclear is said without a name, can be changed and taken back, and
// is no part of the record.
func TestFigures(t *testing.T) {
	ctx := context.Background()
	x := newInstance(t, newStore(t))
	figure := func(code string) (trial.Figures, trial.Figure) {
		t.Helper()
		all, err := x.Figures(ctx, moderator, x.Sets.Named("practice/1"))
		if err != nil {
			t.Fatal(err)
		}
		return all, all.Of[slices.IndexFunc(all.Of, func(f trial.Figure) bool { return f.Code == code })]
	}
	answers := []contribute.Given{
		{Question: "problem", Answer: question.Answer(`"Ministers change, and with them all that the focal points had learned."`)},
		{Question: "problem", Answer: question.Answer(`"Ministers change."`)},
		{Question: "problem"},
	}
	for i, g := range answers {
		v := hub.Viewer{Person: fmt.Sprint("author", i), Role: hub.RoleMember, Mechanism: "MDA"}
		r := x.begin(t, v)
		given := []contribute.Given{g, {Question: "tried", Skipped: i == 0, Answer: map[bool]question.Answer{false: question.Answer(`"By letter."`)}[i == 0], Closed: true}}
		for code, a := range map[string]string{"stage": "emerging", "capacity": "coordination", "evidence": "self-reported"} {
			given = append(given, contribute.Given{Question: code, Answer: question.Answer(`"` + a + `"`)})
		}
		for j := range given {
			given[j].Seen = question.Mark(nil)
		}
		r, _, err := x.writing.Answer(ctx, v, r.ID, hub.English, given)
		if err != nil {
			t.Fatal(err)
		}
		if all, _ := figure("problem"); all.Records != i || all.Shown {
			t.Errorf("with a draft there are %d records, shown %v", all.Records, all.Shown)
		}
		if _, err := x.writing.Records.Submit(ctx, v, r.ID, r.Rev); err != nil {
			t.Fatal(err)
		}
	}
	all, f := figure("problem")
	if all.Records != 3 || !all.Shown || f.Asked != 3 || f.Skipped != 1 || f.Brief != 1 || !f.Worded {
		t.Errorf("of %d records the problem has %+v", all.Records, f)
	}
	if _, f := figure("tried"); f.Skipped != 1 || f.Brief != 2 {
		t.Errorf("what is for members: %+v", f)
	}
	if _, f := figure("stage"); f.Skipped != 0 || f.Brief != 0 || f.Worded {
		t.Errorf("a choice: %+v", f)
	}
}

// TestUnclear: who writes a record says what is unclear, once for each
// question, and takes it back; nobody else says it, and the record does not
// change.
func TestUnclear(t *testing.T) {
	ctx := context.Background()
	x := newInstance(t, newStore(t))
	r := x.begin(t, tester)
	flag := func(words string) trial.Flag { return trial.Flag{Question: "problem", Words: words, Lang: hub.English} }
	heard := func(want ...string) {
		t.Helper()
		all, err := x.Figures(ctx, moderator, x.Sets.Named("practice/1"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range all.Of {
			for _, u := range f.Unclear {
				got = append(got, f.Code+": "+u.Words)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("moderators read %q, want %q", got, want)
		}
	}
	for _, v := range []hub.Viewer{{}, other, {Person: "s", Role: hub.RoleStakeholder}} {
		if err := x.Say(ctx, v, r, flag("mine"), true); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%+v says something of the record of another: %v", v, err)
		}
	}
	var invalid *hub.Invalid
	if err := x.Say(ctx, tester, r, flag(strings.Repeat("é", 301)), true); !errors.As(err, &invalid) || invalid.Field != "unclear.problem" || invalid.Limit != 300 {
		t.Errorf("too long: %v", err)
	}
	if err := x.Say(ctx, tester, r, trial.Flag{Question: "shoe-size"}, true); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("no such question: %v", err)
	}
	heard()
	for _, words := range []string{"Which\n problem?\u202e", "Which problem?", "Whose problem?"} {
		if err := x.Say(ctx, tester, r, flag(words), true); err != nil {
			t.Fatal(err)
		}
	}
	heard("problem: Whose problem?")
	if own, err := x.Own(ctx, tester, r); err != nil || own["problem"].Words != "Whose problem?" {
		t.Errorf("own: %v, %v", own, err)
	}
	if own, err := x.Own(ctx, moderator, r); err != nil || len(own) != 0 {
		t.Errorf("those of another: %v, %v", own, err)
	}
	if now, err := x.writing.Records.Load(ctx, tester, r.ID); err != nil || now.Rev != r.Rev {
		t.Errorf("the record has changed: %v, %v", now, err)
	}
	for range 2 {
		if err := x.Say(ctx, tester, r, flag(""), false); err != nil {
			t.Fatal(err)
		}
	}
	heard()
}
