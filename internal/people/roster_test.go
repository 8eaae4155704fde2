package people_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
	"nmirfhub/internal/question"
	"nmirfhub/internal/store"
)

func yesTo(fields ...string) func(string) bool {
	return func(f string) bool {
		for _, x := range fields {
			if x == f {
				return true
			}
		}
		return false
	}
}

func everything(string) bool { return true }

// help is all that an entry can tell, as a form brings it.
func help() map[string]question.Answer {
	all := map[string]question.Answer{}
	for code, a := range map[string]string{
		"name": `"Ana L."`, "country": `"MDA"`, "about": `"How a committee was founded"`, "experience": `"Six years"`, "training": `"Second group"`, "availability": `"Two days a month"`,
		"langs": `["fr","en"]`, "regions": `["african"]`, "capacities": `["coordination"]`, "support": `["call","question"]`,
	} {
		all[code] = question.Answer(a)
	}
	return all
}

// offer is an offer of help with some yeses.
func offer(yes func(string) bool) people.Offer {
	return people.Offer{Questions: "expert/1", Answers: help(), Yes: yes}
}

// member joins somebody as a member, and returns them as a viewer.
func (o *office) member(t *testing.T, address string, m hub.State) hub.Viewer {
	t.Helper()
	i, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), people.NewInvitation{Email: address, Role: hub.RoleMember, Mechanism: m, Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	return hub.Viewer{Person: o.join(t, i, "Somebody").Person, Role: hub.RoleMember, Mechanism: m, Fresh: o.at.Add(time.Minute)}
}

// TestConsent: an entry tells what its person has said yes to and nothing
// else; what is withdrawn is gone at once and everywhere, and the rest stays.
func TestConsent(t *testing.T) {
	o := newOffice(t)
	ana, reader, moderator := o.member(t, "ana@example.org", "MDA"), o.member(t, "reader@example.org", "MAR"), o.viewer(hub.RoleModerator, "")
	x, err := o.OfferHelp(t.Context(), ana, offer(yesTo("name", "about", "experience", "support", "langs", "capacities")))
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Fields) != 6 || x.Country() != "" || x.Questions != "expert/1" || len(x.Consent) != 6 || x.Consent["about"].Wording != people.ConsentVersion || x.Consent["about"].Audience != hub.TierNetwork {
		t.Errorf("kept without a yes: %+v", x)
	}
	shown := func() []people.Expert {
		t.Helper()
		all, err := o.Experts(t.Context(), reader, people.ExpertFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if len(shown()) != 0 {
		t.Error("shown before a moderator has seen it")
	}
	if _, err := o.Expert(t.Context(), reader, x.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("read before: %v", err)
	}
	if waiting, err := o.OfferedExperts(t.Context(), moderator); err != nil || len(waiting) != 1 {
		t.Fatalf("%d wait, %v", len(waiting), err)
	}
	if err := o.DecideExpert(t.Context(), moderator, x.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	if all := shown(); len(all) != 1 || string(all[0].Fields["experience"]) != `"Six years"` {
		t.Fatalf("%+v", all)
	}
	first := x.Consent["about"].At
	o.pass(time.Hour)
	if x, err = o.OfferHelp(t.Context(), ana, offer(yesTo("name", "about", "support", "langs", "capacities"))); err != nil {
		t.Fatal(err)
	}
	all := shown()
	if len(all) != 1 || all[0].Fields["experience"] != nil || all[0].About() == "" || !x.Consent["about"].At.Equal(first) {
		t.Errorf("after a field was withdrawn: %+v", all)
	}
	own, err := o.Own(t.Context(), hub.Viewer{Person: ana.Person, Role: ana.Role, Mechanism: ana.Mechanism, Fresh: o.at.Add(time.Minute)})
	if err != nil || own.Expert == nil {
		t.Errorf("own data without the entry: %v", err)
	}
	// Anything new waits for a moderator again.
	if _, err := o.OfferHelp(t.Context(), ana, offer(everything)); err != nil || len(shown()) != 0 {
		t.Errorf("something new is shown at once: %v", err)
	}
	if err := o.DecideExpert(t.Context(), moderator, x.ID, false, "please say which mechanism"); err != nil {
		t.Fatal(err)
	}
	if mine, err := o.MyExpert(t.Context(), ana); err != nil || mine.State != people.StateDeclined || mine.Decided.Reason == "" {
		t.Errorf("%+v, %v", mine, err)
	}
	if err := o.WithdrawHelp(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	if _, err := o.MyExpert(t.Context(), ana); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("after all was withdrawn: %v", err)
	}
}

// TestWhoReadsTheRoster: the network, and nobody else.
func TestWhoReadsTheRoster(t *testing.T) {
	o := newOffice(t)
	ana := o.member(t, "ana@example.org", "MDA")
	x, err := o.OfferHelp(t.Context(), ana, offer(everything))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.DecideExpert(t.Context(), o.viewer(hub.RoleModerator, ""), x.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v    hub.Viewer
		sees bool
	}{
		{o.viewer(hub.RoleMember, "MAR"), true}, {o.viewer(hub.RoleCoordinator, "MAR"), true}, {o.viewer(hub.RoleModerator, ""), true},
		{o.viewer(hub.RoleTBExpert, ""), false}, {o.viewer(hub.RoleStakeholder, ""), false}, {o.viewer(hub.RoleAdmin, ""), false}, {hub.Public, false},
	} {
		all, err := o.Experts(t.Context(), c.v, people.ExpertFilter{})
		if _, one := o.Expert(t.Context(), c.v, x.ID); c.sees != (err == nil && len(all) == 1 && one == nil) {
			t.Errorf("%s sees %d, %v, %v", c.v.Role, len(all), err, one)
		}
		if err := o.Contact(t.Context(), c.v, x.ID, "Hello"); !c.sees && !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s writes: %v", c.v.Role, err)
		}
		if _, err := o.OfferedExperts(t.Context(), c.v); (err == nil) != (c.v.Role == hub.RoleModerator) {
			t.Errorf("%s sees what waits: %v", c.v.Role, err)
		}
		if _, err := o.OfferHelp(t.Context(), c.v, offer(everything)); (err == nil) != (c.v.Role == hub.RoleMember || c.v.Role == hub.RoleCoordinator || c.v.Role == hub.RoleTBExpert) {
			t.Errorf("%s offers help: %v", c.v.Role, err)
		}
	}
	for _, c := range []struct {
		words, has string
		want       int
	}{
		{"", "langs fr", 1}, {"", "langs ru", 0}, {"", "regions african support call", 1}, {"", "support workshop", 0}, {"COMMITTEE founded", "", 1},
		{"budget", "", 0}, {"coordination", "", 0}, {"", "capacities coordination", 1}, {"", "country MDA", 1}, {"", "country MAR", 0}, {"", "shoes large", 0},
	} {
		f := people.ExpertFilter{Words: c.words, Has: map[string]string{"training": ""}}
		for i, has := 0, strings.Fields(c.has); i+1 < len(has); i += 2 {
			f.Has[has[i]] = has[i+1]
		}
		if all, err := o.Experts(t.Context(), o.viewer(hub.RoleMember, "MAR"), f); err != nil || len(all) != c.want {
			t.Errorf("%+v: %d, %v", f, len(all), err)
		}
	}
}

// TestRelay: a message goes through the hub; nobody learns the expert's
// address, and who has lost the right to write is not passed on.
func TestRelay(t *testing.T) {
	o := newOffice(t)
	ana, reader := o.member(t, "ana@example.org", "MDA"), o.member(t, "reader@example.org", "MAR")
	x, err := o.OfferHelp(t.Context(), ana, offer(everything))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.DecideExpert(t.Context(), o.viewer(hub.RoleModerator, ""), x.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", " ", "a\x00b", strings.Repeat("x", people.MaxText+1)} {
		var invalid *hub.Invalid
		if err := o.Contact(t.Context(), reader, x.ID, bad); !errors.As(err, &invalid) || invalid.Field != "message" {
			t.Errorf("%.10q: %v", bad, err)
		}
	}
	if err := o.Contact(t.Context(), reader, x.ID, "How did you begin?"); err != nil {
		t.Fatal(err)
	}
	relayed := o.kinds(people.LetterRelay)
	if len(relayed) != 1 || relayed[0].To != "ana@example.org" {
		t.Fatalf("%+v", relayed)
	}
	if name, address, m, err := o.Relayed(t.Context(), relayed[0]); err != nil || name != "Somebody" || address != "reader@example.org" || m != "MAR" {
		t.Errorf("%q %q %q, %v", name, address, m, err)
	}
	if _, err := o.Members.SetStanding(t.Context(), reader.Person, member.Standing{Role: hub.RoleStakeholder}); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := o.Relayed(t.Context(), relayed[0]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("of who has left: %v", err)
	}
	var many *hub.TooMany
	for range people.AsksAnHour + 1 {
		err = o.Contact(t.Context(), ana, x.ID, "Hello")
	}
	if !errors.As(err, &many) {
		t.Errorf("without end: %v", err)
	}
}

// TestYearlyQuestion: an entry is asked about after a year, once, and hidden
// after sixty days without an answer; one click brings it back.
func TestYearlyQuestion(t *testing.T) {
	o := newOffice(t)
	ana, reader := o.member(t, "ana@example.org", "MDA"), o.viewer(hub.RoleMember, "MAR")
	x, err := o.OfferHelp(t.Context(), ana, offer(everything))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.DecideExpert(t.Context(), o.viewer(hub.RoleModerator, ""), x.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	began := o.at
	for _, c := range []struct {
		day, mails int
		shown      bool
	}{{364, 0, true}, {365, 1, true}, {424, 1, true}, {425, 1, false}} {
		o.at = began.Add(time.Duration(c.day) * 24 * time.Hour)
		for range 2 {
			if err := o.AskExperts(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := o.Expert(t.Context(), reader, x.ID); (err == nil) != c.shown || len(o.kinds(people.LetterRoster)) != c.mails {
			t.Errorf("day %d: %v, %d mails", c.day, err, len(o.kinds(people.LetterRoster)))
		}
	}
	if err := o.StillRight(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Expert(t.Context(), reader, x.ID); err != nil {
		t.Errorf("after the answer: %v", err)
	}
}

// TestBadEntries: what cannot be so names its field.
func TestBadEntries(t *testing.T) {
	o := newOffice(t)
	ana := o.member(t, "ana@example.org", "MDA")
	for field, bad := range map[string]string{
		"name": ``, "about": `"` + strings.Repeat("x", 2001) + `"`, "country": `"XYZ"`, "langs": `["tlh"]`, "regions": `["moon"]`, "support": ``, "experience": `["x"]`,
	} {
		o1 := offer(everything)
		o1.Answers[field] = question.Answer(bad)
		if bad == "" {
			delete(o1.Answers, field)
		}
		var invalid *hub.Invalid
		if _, err := o.OfferHelp(t.Context(), ana, o1); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	var invalid *hub.Invalid
	if _, err := o.OfferHelp(t.Context(), ana, people.Offer{Questions: "expert/7", Answers: help(), Yes: everything}); !errors.As(err, &invalid) || invalid.Field != "questions" {
		t.Errorf("as an answer to what nobody asks: %v", err)
	}
}

// TestOldEntry: an entry that was stored before questions had versions tells
// what it told, and nothing that it has no yes for.
func TestOldEntry(t *testing.T) {
	o := newOffice(t)
	ana, reader := o.member(t, "ana@example.org", "MDA"), o.viewer(hub.RoleMember, "MAR")
	yes := `{"audience":"network","wording":"2026-11","at":"2026-11-01T08:00:00Z"}`
	body := `{"id":"e1","person":"` + ana.Person + `","state":"accepted","fields":{"name":"Ana L.","country":"MDA","about":"How a committee was founded","experience":"Not agreed to",` +
		`"langs":["fr","en"],"capacities":["coordination"],"support":["call"]},"consent":{"name":` + yes + `,"country":` + yes + `,"about":` + yes + `,"langs":` + yes +
		`,"capacities":` + yes + `,"support":` + yes + `},"said":"2026-11-01T08:00:00Z","created":"2026-11-01T08:00:00Z"}`
	keys := map[string]store.Value{"person": ana.Person, "state": "accepted", "said": int64(1793520000)}
	if err := o.Store.Insert(t.Context(), "experts", store.Doc{ID: "e1", Keys: keys, Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
	x, err := o.Expert(t.Context(), reader, "e1")
	if err != nil || x.Set().Name() != "expert/1" || x.Name() != "Ana L." || x.Country() != "MDA" || x.About() != "How a committee was founded" || len(x.Fields) != 6 ||
		strings.Join(x.Codes("language"), " ") != "fr en" || strings.Join(x.Codes("capacity"), " ") != "coordination" || strings.Join(x.Codes("support"), " ") != "call" {
		t.Errorf("%+v, %v", x, err)
	}
	if all, err := o.Experts(t.Context(), reader, people.ExpertFilter{Words: "agreed"}); err != nil || len(all) != 0 {
		t.Errorf("found by what has no yes: %v, %v", all, err)
	}
	raw, err := json.Marshal(x)
	if err != nil || !strings.Contains(string(raw), `"langs":["fr","en"]`) || !strings.Contains(string(raw), `"country":"MDA"`) || strings.Contains(string(raw), "Not agreed") {
		t.Errorf("own data: %s, %v", raw, err)
	}
	// The first save notes the version; what stays the same stays shown.
	kept := people.Offer{Questions: "expert/1", Answers: x.Fields, Yes: func(code string) bool { return x.Fields[code] != nil }}
	next, err := o.OfferHelp(t.Context(), ana, kept)
	if err != nil || next.State != people.StateAccepted || next.Questions != "expert/1" || !next.Consent["name"].At.Equal(x.Consent["name"].At) {
		t.Errorf("saved again: %+v, %v", next, err)
	}
}

// TestCandidates: a question in a language reaches entries in that language,
// those first that know what it is about, as far as they said yes to that.
func TestCandidates(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	for address, yes := range map[string]func(string) bool{"all@example.org": everything, "some@example.org": yesTo("name", "about", "support", "langs")} {
		x, err := o.OfferHelp(t.Context(), o.member(t, address, "MDA"), offer(yes))
		if err != nil {
			t.Fatal(err)
		}
		if err := o.DecideExpert(t.Context(), moderator, x.ID, true, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		about people.About
		want  map[string]int
	}{
		{people.About{Lang: hub.French}, map[string]int{"all@example.org": 0, "some@example.org": 0}},
		{people.About{Lang: hub.French, Capacities: []string{"coordination"}, States: []hub.State{"MDA"}}, map[string]int{"all@example.org": 2, "some@example.org": 0}},
		{people.About{Lang: hub.Arabic, Capacities: []string{"coordination"}}, map[string]int{}},
	} {
		all, err := o.Candidates(t.Context(), c.about)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, x := range all {
			got[o.person(t, x.Person).Email] = x.Fit
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.about, got, c.want)
		}
	}
}
