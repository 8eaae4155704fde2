package trial_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
	"nmirfhub/internal/question"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/internal/trial"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/policies"
	"nmirfhub/seed"
)

// roster is an instance that shares a store with others, of experts alone.
type roster struct {
	*trial.Service
	people *people.Service
}

func newRoster(t *testing.T, db store.Store) roster {
	t.Helper()
	door, err := access.New(policies.Files, db)
	if err != nil {
		t.Fatal(err)
	}
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := question.Load(seed.Files, words)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().UTC() }
	log := &audit.Log{Store: db, Now: now, Seals: filepath.Join(t.TempDir(), "seal"), Key: []byte("key of a test that is long enough")}
	folk := &people.Service{Door: door, Store: db, Log: log, Sets: sets, Checker: question.Checker{Words: words}, Now: now, NewID: hub.NewID}
	x := roster{&trial.Service{Door: door, Store: store.Only(db, "trials", "unclear", "questionnaires"), Roster: folk, Sets: sets, Now: now, Log: log, Words: words}, folk}
	if err := x.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x
}

// offer has somebody write their entry, with a yes to what is named and to
// what an entry must have; accepted by a moderator where it waits.
func (x roster) offer(t *testing.T, v hub.Viewer, set string, answers map[string]string, yes ...string) people.Expert {
	t.Helper()
	o := people.Offer{Questions: set, Answers: map[string]question.Answer{"name": question.Answer(`"Expert ` + v.Person + `"`), "support": question.Answer(`["call"]`)}}
	for code, a := range answers {
		o.Answers[code] = question.Answer(a)
	}
	o.Yes = func(code string) bool { return slices.Contains(append(yes, "name", "support"), code) }
	e, err := x.people.OfferHelp(t.Context(), v, o)
	if err != nil {
		t.Fatal(err)
	}
	if e.State == people.StateOpen {
		if err := x.people.DecideExpert(t.Context(), moderator, e.ID, true, ""); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// asked is the version that somebody is asked for their entry.
func (x roster) asked(t *testing.T, v hub.Viewer) string {
	t.Helper()
	is, err := x.people.MyExpert(t.Context(), v)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		t.Fatal(err)
	}
	e, err := x.people.Offering(v, is)
	if err != nil {
		t.Fatal(err)
	}
	return e.Questions
}

// nextOfExperts is a version with a question more and one less.
func nextOfExperts(t *testing.T) string {
	t.Helper()
	raw, err := fs.ReadFile(seed.Files, "questions/expert-1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, _, found := strings.Cut(string(raw), "      - code: training\n")
	if !found {
		t.Fatal("nothing is asked of training")
	}
	fees := `{en: "Who pays for the journey?", fr: "Qui paie le voyage ?", ar: "من يدفع نفقات السفر؟"}`
	return strings.Replace(text, "version: 1", "version: 2", 1) + "      - {code: journey, form: text, most: 400, ask: " + fees + ", help: " + fees + "}\n"
}

// TestNextOfExperts: a version that is brought is asked of the experts of the
// mechanisms that test it; what it asks anew is shown with a yes alone, is
// counted, and stays readable when nobody is asked it any more.
func TestNextOfExperts(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(people.Collections(), trial.Collections(), audit.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	x := newRoster(t, db)
	ana, ben := tester, other
	was := x.offer(t, ana, "expert/1", map[string]string{"training": `"Second group"`, "langs": `["fr"]`}, "training", "langs")
	x.offer(t, ben, "expert/1", nil)

	set, faults, err := x.Bring(t.Context(), moderator, []byte(nextOfExperts(t)))
	if err != nil || len(faults) > 0 || set.Name() != "expert/2" {
		t.Fatalf("brought: %v %v", faults, err)
	}
	stand := func(standing question.Standing) {
		t.Helper()
		v, err := x.Version(t.Context(), moderator, "expert/2")
		if err == nil {
			err = x.Stand(t.Context(), moderator, "expert/2", v.Rev, question.Stands{Standing: standing, Mechanisms: []hub.State{"MDA"}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	carla, dan := hub.Viewer{Person: "carla", Role: hub.RoleCoordinator, Mechanism: "MDA"}, hub.Viewer{Person: "dan", Role: hub.RoleMember, Mechanism: "MDA"}
	scholar := hub.Viewer{Person: "scholar", Role: hub.RoleTBExpert}
	for _, c := range []struct {
		standing question.Standing
		want     string // of ana, ben, scholar, and dan who has no entry
	}{{question.Dormant, "expert/1 expert/1 expert/1 expert/1"}, {question.Test, "expert/2 expert/1 expert/1 expert/2"}} {
		if c.standing != question.Dormant {
			stand(c.standing)
		}
		if got := strings.Join([]string{x.asked(t, ana), x.asked(t, ben), x.asked(t, scholar), x.asked(t, dan)}, " "); got != c.want {
			t.Errorf("%s: asked %s, want %s", c.standing, got, c.want)
		}
	}
	// An entry answers what it answered until its person saves it again.
	if e, err := x.people.Expert(t.Context(), ben, was.ID); err != nil || e.Questions != "expert/1" || e.Fields["training"] == nil {
		t.Errorf("before it was saved again: %+v, %v", e, err)
	}
	journey := map[string]string{"journey": `"The hosts do."`, "langs": `["fr"]`, "training": `"Second group"`}
	x.offer(t, ana, "expert/2", journey, "langs", "training")
	e, err := x.people.Expert(t.Context(), ben, was.ID)
	if err != nil || e.Questions != "expert/2" || e.Fields["journey"] != nil || e.Fields["training"] != nil || len(e.Consent) != 3 || e.Codes("language")[0] != "fr" {
		t.Errorf("without a yes to what is new: %+v, %v", e, err)
	}
	x.offer(t, ana, "expert/2", journey, "langs", "journey")
	if all, err := x.people.Experts(t.Context(), ben, people.ExpertFilter{Words: "hosts"}); err != nil || len(all) != 1 || string(all[0].Fields["journey"]) != `"The hosts do."` {
		t.Errorf("with a yes: %+v, %v", all, err)
	}
	if _, err := x.people.OfferHelp(t.Context(), ana, people.Offer{Questions: "expert/1"}); err == nil {
		t.Error("an entry went back to an older version")
	}

	// What became of it.
	figures := func(want string) {
		t.Helper()
		all, err := x.Figures(t.Context(), moderator, set)
		if err != nil {
			t.Fatal(err)
		}
		f := all.Of[slices.IndexFunc(all.Of, func(f trial.Figure) bool { return f.Code == "journey" })]
		if got := fmt.Sprint(all.Records, all.Shown, f.Asked, f.Skipped, f.Brief, f.Worded, len(f.Unclear)); got != want {
			t.Errorf("figures %s, want %s", got, want)
		}
	}
	figures("1 false 1 0 1 true 0")
	x.offer(t, carla, "expert/2", map[string]string{"journey": `"Nobody, unless a partner of the host has some money left at the end of the year."`}, "journey")
	x.offer(t, dan, "expert/2", map[string]string{"journey": `"I do."`})
	mine := e.Record()
	for _, v := range []hub.Viewer{{}, ben, {Person: "s", Role: hub.RoleStakeholder}} {
		if err := x.Say(t.Context(), v, mine, trial.Flag{Question: "journey"}, true); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%+v says something of the entry of another: %v", v, err)
		}
	}
	for range 2 {
		if err := x.Say(t.Context(), ana, mine, trial.Flag{Question: "journey", Words: "Which journey?"}, true); err != nil {
			t.Fatal(err)
		}
	}
	figures("3 true 3 1 1 true 1")
	for _, v := range others {
		if f, err := x.Figures(t.Context(), v, set); !errors.Is(err, hub.ErrNotFound) || f.Of != nil {
			t.Errorf("%+v reads %v, %v", v, f, err)
		}
		if err := x.people.ExpertsAnswering(t.Context(), v, "expert/2", func(*hub.Record) { t.Errorf("%+v is told of an entry", v) }); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%+v: %v", v, err)
		}
	}

	// Nobody is asked it any more, save who answers it already.
	stand(question.Dropped)
	late := newRoster(t, db)
	if got := strings.Join([]string{late.asked(t, ana), late.asked(t, ben), late.asked(t, hub.Viewer{Person: "new", Role: hub.RoleMember, Mechanism: "MDA"})}, " "); got != "expert/2 expert/1 expert/1" {
		t.Errorf("dropped: asked %s", got)
	}
	if e, err := late.people.Expert(t.Context(), ben, was.ID); err != nil || string(e.Fields["journey"]) != `"The hosts do."` || e.Set().Question("journey") == nil {
		t.Errorf("an entry that answers it: %+v, %v", e, err)
	}
	// A yes that is taken back takes the words along, here too.
	late.offer(t, ana, "expert/2", journey, "langs")
	if e, err := late.people.Expert(t.Context(), ben, was.ID); err != nil || e.Fields["journey"] != nil || e.State != people.StateAccepted {
		t.Errorf("after the yes was taken back: %+v, %v", e, err)
	}
}

// TestOfExpertsAlone: what holds for records alone is no question of experts.
func TestOfExpertsAlone(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(people.Collections(), trial.Collections(), audit.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	x := newRoster(t, db)
	for _, c := range []struct{ old, with, reason string }{
		{"code: journey, form: text, most: 400", "code: journey, form: files", "of-records"},
		{"code: journey,", "code: journey, members: true,", "of-records"},
		{"code: journey,", "code: yes-name,", "taken"},
		{"code: journey,", "code: act,", "taken"},
		{"  - code: background\n", "  - code: background\n    adapted: true\n", "of-records"},
	} {
		raw := strings.Replace(nextOfExperts(t), c.old, c.with, 1)
		_, faults, err := x.Look(t.Context(), moderator, []byte(raw))
		if err != nil || len(faults) != 1 || faults[0].Reason != c.reason {
			t.Errorf("%s: %v, %v, want %s", c.with, faults, err, c.reason)
		}
	}
}
