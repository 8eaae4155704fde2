package contribute_test

import (
	"errors"
	"strings"
	"testing"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/seed"
)

var (
	adapter = hub.Viewer{Person: "adapter", Role: hub.RoleMember, Mechanism: "MAR"}
	theirs  = hub.Viewer{Person: "their-coordinator", Role: hub.RoleCoordinator, Mechanism: "MAR"}
)

// published writes a practice of a tier to its end.
func published(t *testing.T, s *contribute.Service, tier hub.Tier) *hub.Record {
	t.Helper()
	r, err := s.Records.Create(t.Context(), author, hub.Record{
		Kind: hub.Practice, Tier: tier, Original: hub.English, States: []hub.State{"MDA"}, Themes: []string{"data"},
		Versions: []hub.Version{{Lang: hub.English, Title: "A calendar", Text: record.Encode(map[string]any{"problem": "Late reports."})}},
		Body:     record.Encode(map[string]any{"capacity": "coordination", "challenges": []string{"overdue-reports"}, "stage": "established", "evidence": "evaluated"}),
	})
	if err == nil {
		r, err = s.Records.Submit(t.Context(), author, r.ID, r.Rev)
	}
	if err == nil {
		r, err = s.Records.Clear(t.Context(), coordinator, r.ID, r.Rev)
	}
	if err == nil {
		r, err = s.Records.Publish(t.Context(), moderator, r.ID, r.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// withShipped is the service with the questions that the hub ships.
func withShipped(t *testing.T) *contribute.Service {
	t.Helper()
	s := newService(t)
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	if s.Sets, err = question.Load(seed.Files, words); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAdapt: another mechanism says what it changed in a practice, and need not
// tell the rest again; each page leads to the other as long as both are there.
func TestAdapt(t *testing.T) {
	s := withShipped(t)
	from := published(t, s, hub.TierRegistered)
	for name, v := range map[string]hub.Viewer{"OwnMechanism": coordinator, "Moderator": moderator, "Stakeholder": {Person: "s", Role: hub.RoleStakeholder}, "Public": hub.Public} {
		if _, err := s.Adapt(t.Context(), v, from.ID, hub.English, "Ours"); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var invalid *hub.Invalid
	if _, err := s.Adapt(t.Context(), adapter, from.ID, hub.English, " "); !errors.As(err, &invalid) || invalid.Field != "title" {
		t.Errorf("without a title: %v", err)
	}
	r, err := s.Adapt(t.Context(), adapter, from.ID, hub.French, "Un calendrier pour trois personnes")
	if err != nil {
		t.Fatal(err)
	}
	if r.Adapts != from.ID || r.Tier != hub.TierRegistered || r.Mechanism != "MAR" || r.States[0] != "MAR" || strings.Contains(string(r.Body), "evaluated") || !strings.Contains(string(r.Body), "overdue-reports") {
		t.Fatalf("begun %+v %s", r, r.Body)
	}
	if got := strings.Join(s.Lacks(r), " "); got != "summary changed worked start stage evidence clearing review-by" {
		t.Errorf("lacks %s", got)
	}
	if _, err := s.SetTier(t.Context(), adapter, r.ID, hub.TierPublic); !errors.As(err, &invalid) || invalid.Reason != hub.ReasonRange {
		t.Errorf("wider than what it adapts: %v", err)
	}
	if _, err := s.SetTier(t.Context(), adapter, r.ID, hub.TierNetwork); err != nil {
		t.Error(err)
	}
	none := question.Mark(nil)
	r, clashes, err := s.Answer(t.Context(), adapter, r.ID, hub.French, []contribute.Given{
		{Question: "summary", Answer: text("Nous sommes trois."), Seen: none}, {Question: "changed", Answer: text("Deux rapports seulement."), Seen: none},
		{Question: "worked", Answer: text("too-early"), Seen: none}, {Question: "start", Answer: text("2025"), Seen: none}, {Question: "stage", Answer: text("emerging"), Seen: none},
		{Question: "evidence", Answer: text("self-reported"), Seen: none}, {Question: "clearing", Answer: text("Secrétariat"), Seen: none, Closed: true}, {Question: "review-by", Answer: text("2027-06-01"), Seen: none},
	})
	if err != nil || len(clashes) > 0 {
		t.Fatalf("answered: %v, %v", clashes, err)
	}
	for _, step := range []func() (*hub.Record, error){
		func() (*hub.Record, error) { return s.Records.Submit(t.Context(), adapter, r.ID, r.Rev) },
		func() (*hub.Record, error) { return s.Records.Clear(t.Context(), theirs, r.ID, r.Rev) },
		func() (*hub.Record, error) { return s.Records.Publish(t.Context(), moderator, r.ID, r.Rev) },
	} {
		if got := s.Records.Adaptations(moderator, from.ID); len(got) != 0 {
			t.Fatalf("before it is published: %v", got)
		}
		if r, err = step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		v    hub.Viewer
		want int
	}{{"Member", author, 1}, {"Stakeholder", hub.Viewer{Person: "s", Role: hub.RoleStakeholder}, 0}, {"Public", hub.Public, 0}} {
		if got := s.Records.Adaptations(c.v, from.ID); len(got) != c.want {
			t.Errorf("%s sees %d adaptations, want %d", c.name, len(got), c.want)
		}
	}
	revised, err := s.Records.Revise(t.Context(), adapter, r.ID)
	if err != nil || revised.Adapts != from.ID || s.SetOf(revised).Question("changed") == nil {
		t.Errorf("revised it adapts %q: %v", revised.Adapts, err)
	}
	if _, err := s.Records.Archive(t.Context(), coordinator, from.ID, from.Rev, ""); err != nil {
		t.Fatal(err)
	}
	if got := s.Records.HeadsByID(author, r.Adapts); len(got) != 0 {
		t.Error("what was withdrawn is led to")
	}
	if _, err := s.SetTier(t.Context(), adapter, revised.ID, hub.TierPublic); !errors.As(err, &invalid) {
		t.Errorf("the tier of what was withdrawn does not hold: %v", err)
	}
	if _, err := s.Records.Archive(t.Context(), theirs, r.ID, r.Rev, ""); err != nil {
		t.Fatal(err)
	}
	if got := s.Records.Adaptations(author, from.ID); len(got) != 0 {
		t.Error("an adaptation that was withdrawn is listed")
	}
}

// TestAdaptationAsksMore: other practices are asked nothing of an adaptation,
// and all that is required.
func TestAdaptationAsksMore(t *testing.T) {
	s := withShipped(t)
	set := s.Sets.Latest(hub.Practice)
	adapted := set.For(&hub.Record{Adapts: "x"})
	if set.Question("changed") != nil || adapted.Question("changed") == nil || set.For(&hub.Record{}) != set || adapted.Name() != set.Name() {
		t.Error("the sets are mixed up")
	}
	if !set.Question("problem").Required || adapted.Question("problem").Required || !adapted.Question("title").Required {
		t.Error("what is required is mixed up")
	}
}
