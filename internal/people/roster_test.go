package people_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
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

var everything = yesTo(people.ExpertFieldNames...)

func help() people.ExpertFields {
	return people.ExpertFields{
		Name: "Ana L.", Country: "MDA", About: "How a committee was founded", Experience: "Six years", Availability: "Two days a month",
		Langs: []hub.Lang{hub.French, hub.English}, Regions: []string{"africa"}, Capacities: []string{"coordination"}, Support: []string{"call", "question"},
	}
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
	x, err := o.OfferHelp(t.Context(), ana, help(), yesTo("name", "about", "experience", "support", "langs", "capacities"))
	if err != nil {
		t.Fatal(err)
	}
	if x.Fields.Country != "" || x.Fields.Availability != "" || len(x.Fields.Regions) != 0 || len(x.Consent) != 6 || x.Consent["about"].Wording != people.ConsentVersion || x.Consent["about"].Audience != hub.TierNetwork {
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
	if all := shown(); len(all) != 1 || all[0].Fields.Experience != "Six years" {
		t.Fatalf("%+v", all)
	}
	first := x.Consent["about"].At
	o.pass(time.Hour)
	if x, err = o.OfferHelp(t.Context(), ana, help(), yesTo("name", "about", "support", "langs", "capacities")); err != nil {
		t.Fatal(err)
	}
	all := shown()
	if len(all) != 1 || all[0].Fields.Experience != "" || all[0].Fields.About == "" || !x.Consent["about"].At.Equal(first) {
		t.Errorf("after a field was withdrawn: %+v", all)
	}
	own, err := o.Own(t.Context(), hub.Viewer{Person: ana.Person, Role: ana.Role, Mechanism: ana.Mechanism, Fresh: o.at.Add(time.Minute)})
	if err != nil || own.Expert == nil {
		t.Errorf("own data without the entry: %v", err)
	}
	// Anything new waits for a moderator again.
	if _, err := o.OfferHelp(t.Context(), ana, help(), everything); err != nil || len(shown()) != 0 {
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
	x, err := o.OfferHelp(t.Context(), ana, help(), everything)
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
		if _, err := o.OfferHelp(t.Context(), c.v, help(), everything); (err == nil) != (c.v.Role == hub.RoleMember || c.v.Role == hub.RoleCoordinator || c.v.Role == hub.RoleTBExpert) {
			t.Errorf("%s offers help: %v", c.v.Role, err)
		}
	}
	for f, want := range map[people.ExpertFilter]int{
		{Lang: "fr"}: 1, {Lang: "ru"}: 0, {Region: "africa", Support: "call"}: 1, {Support: "workshop"}: 0, {Words: "COMMITTEE founded"}: 1, {Words: "budget"}: 0, {Capacity: "coordination"}: 1,
	} {
		if all, err := o.Experts(t.Context(), o.viewer(hub.RoleMember, "MAR"), f); err != nil || len(all) != want {
			t.Errorf("%+v: %d, %v", f, len(all), err)
		}
	}
}

// TestRelay: a message goes through the hub; nobody learns the expert's
// address, and who has lost the right to write is not passed on.
func TestRelay(t *testing.T) {
	o := newOffice(t)
	ana, reader := o.member(t, "ana@example.org", "MDA"), o.member(t, "reader@example.org", "MAR")
	x, err := o.OfferHelp(t.Context(), ana, help(), everything)
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
	x, err := o.OfferHelp(t.Context(), ana, help(), everything)
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
	for field, spoil := range map[string]func(*people.ExpertFields){
		"name": func(f *people.ExpertFields) { f.Name = "" }, "about": func(f *people.ExpertFields) { f.About = strings.Repeat("x", people.MaxText+1) },
		"country": func(f *people.ExpertFields) { f.Country = "XYZ" }, "langs": func(f *people.ExpertFields) { f.Langs = []hub.Lang{"tlh"} },
		"regions": func(f *people.ExpertFields) { f.Regions = []string{"moon"} }, "support": func(f *people.ExpertFields) { f.Support = nil },
	} {
		f := help()
		spoil(&f)
		var invalid *hub.Invalid
		if _, err := o.OfferHelp(t.Context(), ana, f, everything); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TestCandidates: a question in a language reaches entries in that language,
// those first that know what it is about, as far as they said yes to that.
func TestCandidates(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	for address, yes := range map[string][]string{"all@example.org": people.ExpertFieldNames, "some@example.org": {"name", "about", "support", "langs"}} {
		x, err := o.OfferHelp(t.Context(), o.member(t, address, "MDA"), help(), yesTo(yes...))
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
