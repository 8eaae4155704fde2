package people_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/network"
	"nmirfhub/internal/people"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/policies"
	"nmirfhub/seed"
)

// office is the people of a hub over a real store, with mails kept back.
type office struct {
	*people.Service
	mu    sync.Mutex
	mails []mail.Item
	at    time.Time
	talk  talk

	records *record.Service
}

func (o *office) Add(_ context.Context, i mail.Item) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.ContainsFunc(o.mails, func(x mail.Item) bool { return x.Cause == i.Cause }) {
		o.mails = append(o.mails, i)
	}
	return nil
}

// talk stands for the spaces, which are another service's.
type talk struct{ forgotten []string }

func (*talk) Own(_ context.Context, person string) (any, error) { return "talk of " + person, nil }

func (x *talk) Forget(_ context.Context, person string) error {
	x.forgotten = append(x.forgotten, person)
	return nil
}

func (o *office) pass(d time.Duration) { o.at = o.at.Add(d) }

func newOffice(t testing.TB) *office {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(people.Collections(), member.Collections(), audit.Collections(), mail.Collections(), record.Collections(), discuss.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	door, err := access.New(policies.Files, s)
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
	o := &office{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return o.at }
	o.records = &record.Service{
		Door: door, Store: s, Catalogue: record.NewCatalogue(func(m hub.State, _ hub.Lang) string { return string(m) }), Kinds: map[hub.Kind]record.Kind{hub.Network: network.Kind()},
		Region: func(hub.State) string { return "" }, Now: now, NewID: hub.NewID,
	}
	o.Service = &people.Service{
		Records: o.records, Door: door, Store: s, Mail: o, Talk: &o.talk, Sets: sets, Checker: question.Checker{Words: words}, Log: &audit.Log{Store: s, Now: now}, Secret: []byte(strings.Repeat("s", 32)), Now: now, NewID: hub.NewID,
		Known:   func(m hub.State) bool { return m == "MDA" || m == "MAR" },
		Members: &member.Service{Store: s, BaseURL: "http://hub.example", Now: now, Params: member.Params{Memory: 64, Time: 1, Threads: 1}},
	}
	return o
}

func (o *office) viewer(role hub.Role, m hub.State) hub.Viewer {
	return hub.Viewer{Person: string(role) + string(m), Role: role, Mechanism: m, Fresh: o.at.Add(time.Minute)}
}

var from = member.From{IP: netip.MustParseAddr("192.0.2.1")}

const password = "a calm heron wades in the evening"

// token opens the mail of an invitation.
func (o *office) token(t testing.TB, i people.Invitation) string {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range slices.Backward(o.mails) {
		if m.Args["invitation"] == i.ID {
			_, token, err := o.Invited(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
	}
	t.Fatal("no mail of the invitation")
	return ""
}

func (o *office) join(t testing.TB, i people.Invitation, name string) member.Session {
	t.Helper()
	in, err := o.Accept(t.Context(), o.token(t, i), people.Acceptance{Name: name, Lang: hub.French, Password: password, Consent: true}, from)
	if err != nil {
		t.Fatal(err)
	}
	return in.Session
}

func (o *office) person(t testing.TB, id string) member.Person {
	t.Helper()
	p, err := o.Members.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestWhoMayInvite: each may offer what is theirs to offer, and nothing else.
func TestWhoMayInvite(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		by       hub.Viewer
		role     hub.Role
		m        hub.State
		want     error
		nominate bool
	}{
		{o.viewer(hub.RoleModerator, ""), hub.RoleCoordinator, "MDA", nil, false},
		{o.viewer(hub.RoleModerator, ""), hub.RoleTBExpert, "", nil, false},
		{o.viewer(hub.RoleModerator, ""), hub.RoleStakeholder, "", nil, false},
		{o.viewer(hub.RoleAdmin, ""), hub.RoleMember, "MAR", nil, false},
		{o.viewer(hub.RoleCoordinator, "MDA"), hub.RoleMember, "MDA", nil, true},
		{o.viewer(hub.RoleCoordinator, "MDA"), hub.RoleMember, "MAR", hub.ErrNotFound, false},
		{o.viewer(hub.RoleCoordinator, "MDA"), hub.RoleCoordinator, "MDA", hub.ErrNotFound, false},
		{o.viewer(hub.RoleCoordinator, "MDA"), hub.RoleStakeholder, "", hub.ErrNotFound, false},
		{o.viewer(hub.RoleMember, "MDA"), hub.RoleMember, "MDA", hub.ErrNotFound, false},
		{o.viewer(hub.RoleStakeholder, ""), hub.RoleStakeholder, "", hub.ErrNotFound, false},
		{hub.Public, hub.RoleStakeholder, "", hub.ErrNotFound, false},
	} {
		i, err := o.Invite(t.Context(), c.by, people.NewInvitation{Email: fmt.Sprintf("x%d@example.org", len(o.mails)), Role: c.role, Mechanism: c.m, Lang: hub.English})
		if !errors.Is(err, c.want) {
			t.Errorf("%s of %q offers %s of %q: %v, want %v", c.by.Role, c.by.Mechanism, c.role, c.m, err, c.want)
		}
		if c.nominate != (i.State == people.StateNominated) && err == nil {
			t.Errorf("%s of %q offers %s: %s", c.by.Role, c.by.Mechanism, c.role, i.State)
		}
	}
	stale := o.viewer(hub.RoleAdmin, "")
	stale.Fresh = o.at.Add(-time.Minute)
	if _, err := o.Invite(t.Context(), stale, people.NewInvitation{Email: "y@example.org", Role: hub.RoleStakeholder, Lang: hub.English}); !errors.Is(err, hub.ErrFresh) {
		t.Errorf("an administrator who signed in long ago: %v", err)
	}
}

// TestBadInvitations: what cannot be so names its field.
func TestBadInvitations(t *testing.T) {
	o := newOffice(t)
	good := people.NewInvitation{Email: "ana@example.org", Role: hub.RoleMember, Mechanism: "MDA", Lang: hub.English}
	for field, spoil := range map[string]func(*people.NewInvitation){
		"email":     func(n *people.NewInvitation) { n.Email = "ana@example.org\r\nBcc: eve@example.org" },
		"role":      func(n *people.NewInvitation) { n.Role = hub.RoleModerator },
		"mechanism": func(n *people.NewInvitation) { n.Mechanism = "XYZ" },
		"lang":      func(n *people.NewInvitation) { n.Lang = "tlh" },
	} {
		n := good
		spoil(&n)
		var invalid *hub.Invalid
		if _, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), n); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for range people.MailsAnHour {
		if _, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), good); err != nil {
			t.Fatal(err)
		}
	}
	var many *hub.TooMany
	if _, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), good); !errors.As(err, &many) {
		t.Errorf("a fourth mail within an hour: %v", err)
	}
	o.pass(time.Hour + time.Second)
	if _, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), good); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// TestNomination: a coordinator's nomination waits for a moderator, unless the
// mechanism is trusted.
func TestNomination(t *testing.T) {
	o := newOffice(t)
	coordinator, moderator := o.viewer(hub.RoleCoordinator, "MDA"), o.viewer(hub.RoleModerator, "")
	nominate := func(email string) people.Invitation {
		i, err := o.Invite(t.Context(), coordinator, people.NewInvitation{Email: email, Role: hub.RoleMember, Mechanism: "MDA", Lang: hub.English})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	one, two := nominate("one@example.org"), nominate("two@example.org")
	if len(o.mails) != 0 {
		t.Error("a nomination is mailed before a moderator has seen it")
	}
	if _, err := o.Decide(t.Context(), coordinator, one.ID, true, ""); err == nil {
		t.Error("a coordinator accepts a nomination")
	}
	if _, err := o.Decide(t.Context(), moderator, one.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	var invalid *hub.Invalid
	if _, err := o.Decide(t.Context(), moderator, two.ID, false, " "); !errors.As(err, &invalid) || invalid.Field != "reason" {
		t.Errorf("declined without a reason: %v", err)
	}
	if _, err := o.Decide(t.Context(), moderator, two.ID, false, "not known to the ministry"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Decide(t.Context(), moderator, two.ID, true, ""); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("decided twice: %v", err)
	}
	if s := o.join(t, one, "Ana L."); o.person(t, s.Person).Mechanism != "MDA" {
		t.Error("the member is of no mechanism")
	}
	if err := o.SetTrusted(t.Context(), coordinator, "MDA", true); err == nil {
		t.Error("a coordinator trusts themself")
	}
	for _, trusted := range []bool{true, false, true} {
		if err := o.SetTrusted(t.Context(), moderator, "MDA", trusted); err != nil {
			t.Fatal(err)
		}
	}
	if three := nominate("three@example.org"); three.State != people.StateSent {
		t.Errorf("of a trusted mechanism: %s", three.State)
	}
	open, err := o.Invitations(t.Context(), coordinator, "MDA", people.StateSent, 10)
	if err != nil || len(open) != 1 {
		t.Errorf("%d invitations of the mechanism, %v", len(open), err)
	}
	for _, v := range []hub.Viewer{o.viewer(hub.RoleCoordinator, "MAR"), o.viewer(hub.RoleMember, "MDA"), hub.Public} {
		if all, err := o.Invitations(t.Context(), v, "MDA", people.StateSent, 10); !errors.Is(err, hub.ErrNotFound) || len(all) > 0 {
			t.Errorf("%s of %q sees %d invitations, %v", v.Role, v.Mechanism, len(all), err)
		}
	}
}

// TestLinks: whatever is not the link as it was last sent opens nothing.
func TestLinks(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	i, err := o.Invite(t.Context(), moderator, people.NewInvitation{Email: "ana@example.org", Role: hub.RoleTBExpert, Lang: hub.French})
	if err != nil {
		t.Fatal(err)
	}
	first := o.token(t, i)
	for range 3 { // opening uses nothing up
		if _, err := o.Open(t.Context(), first); err != nil {
			t.Fatal(err)
		}
	}
	o.pass(6 * 24 * time.Hour)
	if _, err := o.Again(t.Context(), moderator, i.ID); err != nil {
		t.Fatal(err)
	}
	second := o.token(t, i)
	for name, token := range map[string]string{"void": first, "truncated": second[:20], "empty": "", "altered": "A" + second[1:], "long": strings.Repeat("x", 10_000), "not UTF-8": "\xff\xfe"} {
		if _, err := o.Open(t.Context(), token); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := people.Acceptance{Name: "Ana", Lang: hub.French, Password: password, Consent: true}
	for field, spoil := range map[string]func(*people.Acceptance){
		"name": func(a *people.Acceptance) { a.Name = "A\nB" }, "password": func(a *people.Acceptance) { a.Password = "short" },
		"consent": func(a *people.Acceptance) { a.Consent = false },
	} {
		b := a
		spoil(&b)
		var invalid *hub.Invalid
		if _, err := o.Accept(t.Context(), second, b, from); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	o.pass(people.InvitationLife)
	if _, err := o.Accept(t.Context(), second, a, from); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("expired: %v", err)
	}
	if _, err := o.Again(t.Context(), moderator, i.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Withdraw(t.Context(), moderator, i.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Invited(t.Context(), o.mails[len(o.mails)-1]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("the mail of what was withdrawn: %v", err)
	}
}

// TestFiftyAccept: of fifty who take one invitation up at once, one joins.
func TestFiftyAccept(t *testing.T) {
	o := newOffice(t)
	for n := range 5 {
		i, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), people.NewInvitation{Email: fmt.Sprintf("ana%d@example.org", n), Role: hub.RoleStakeholder, Lang: hub.English})
		if err != nil {
			t.Fatal(err)
		}
		token := o.token(t, i)
		var wg sync.WaitGroup
		var mu sync.Mutex
		joined := 0
		for range 50 {
			wg.Go(func() {
				_, err := o.Accept(t.Context(), token, people.Acceptance{Name: "Ana", Lang: hub.English, Password: password, Consent: true}, from)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					joined++
				case !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrUnavailable):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if joined != 1 {
			t.Fatalf("%d joined by one invitation", joined)
		}
	}
}

// TestKnownAddress: an invitation to somebody who has an account is theirs
// alone, and changes what they may.
func TestKnownAddress(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	invite := func(role hub.Role, m hub.State) people.Invitation {
		i, err := o.Invite(t.Context(), moderator, people.NewInvitation{Email: "Ana@example.org", Role: role, Mechanism: m, Lang: hub.English})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	s := o.join(t, invite(hub.RoleStakeholder, ""), "Ana")
	i := invite(hub.RoleCoordinator, "MDA")
	token := o.token(t, i)
	var invalid *hub.Invalid
	if _, err := o.Accept(t.Context(), token, people.Acceptance{Name: "Eve", Lang: hub.English, Password: password, Consent: true}, from); !errors.As(err, &invalid) || invalid.Field != "email" {
		t.Errorf("a second account for the address: %v", err)
	}
	eve := o.viewer(hub.RoleStakeholder, "")
	if err := o.AcceptAs(t.Context(), eve, token, true); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("somebody else: %v", err)
	}
	ana := hub.Viewer{Person: s.Person, Role: hub.RoleStakeholder}
	if err := o.AcceptAs(t.Context(), ana, token, true); !errors.Is(err, hub.ErrFresh) {
		t.Errorf("signed in long ago: %v", err)
	}
	ana.Fresh = o.at.Add(time.Minute)
	if err := o.AcceptAs(t.Context(), ana, token, true); err != nil {
		t.Fatal(err)
	}
	if p := o.person(t, s.Person); p.Role != hub.RoleCoordinator || p.Mechanism != "MDA" {
		t.Errorf("%s of %s", p.Role, p.Mechanism)
	}
	if err := o.AcceptAs(t.Context(), ana, token, true); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("taken up twice: %v", err)
	}
}

func request() people.Request {
	return people.Request{Name: "Ion C.", Email: "ion.c@gmail.com", Country: "MDA", Body: "Ministry of Justice", Position: "Adviser", Voucher: "The head of the department, +373 22 000 000", Why: "I write the report to the Committee.", Lang: hub.English}
}

func TestRequests(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	for range 5 { // more than three from an address say nothing new
		if err := o.Ask(t.Context(), request(), from.IP); err != nil {
			t.Fatal(err)
		}
	}
	all, err := o.Requests(t.Context(), moderator, 10)
	if err != nil || len(all) != people.MailsAnHour {
		t.Fatalf("%d requests, %v", len(all), err)
	}
	for _, v := range []hub.Viewer{hub.Public, o.viewer(hub.RoleCoordinator, "MDA"), o.viewer(hub.RoleAdmin, ""), o.viewer(hub.RoleMember, "MDA")} {
		if all, err := o.Requests(t.Context(), v, 10); err == nil || len(all) > 0 {
			t.Errorf("%s sees %d requests", v.Role, len(all))
		}
	}
	if err := o.AnswerRequest(t.Context(), moderator, all[0].ID, people.Answer{Accept: true, Role: hub.RoleMember, Mechanism: "MDA"}); err != nil {
		t.Fatal(err)
	}
	if err := o.AnswerRequest(t.Context(), moderator, all[1].ID, people.Answer{Reason: "asked twice"}); err != nil {
		t.Fatal(err)
	}
	if err := o.AnswerRequest(t.Context(), moderator, all[0].ID, people.Answer{Reason: "again"}); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("answered twice: %v", err)
	}
	if len(o.mails) != 2 || o.mails[0].Kind != people.LetterInvitation || o.mails[1].Kind != people.LetterDeclined {
		t.Errorf("mails %+v", o.mails)
	}
	for field, spoil := range map[string]func(*people.Request){
		"name": func(r *people.Request) { r.Name = "A\x00B" }, "email": func(r *people.Request) { r.Email = "nobody" },
		"voucher": func(r *people.Request) { r.Voucher = "" }, "why": func(r *people.Request) { r.Why = strings.Repeat("x", people.MaxText+1) },
		"country": func(r *people.Request) { r.Country = "XYZ" },
	} {
		r := request()
		spoil(&r)
		var invalid *hub.Invalid
		if err := o.Ask(t.Context(), r, from.IP); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	var many *hub.TooMany
	for n := range people.AsksAnHour + 1 {
		r := request()
		r.Email = fmt.Sprintf("ion%d@example.org", n)
		err = o.Ask(t.Context(), r, netip.MustParseAddr("2001:db8::1"))
	}
	if !errors.As(err, &many) {
		t.Errorf("too many from one network: %v", err)
	}
}

// TestActs: what was done is on record, for those who may read it.
func TestActs(t *testing.T) {
	o := newOffice(t)
	moderator := o.viewer(hub.RoleModerator, "")
	i, err := o.Invite(t.Context(), moderator, people.NewInvitation{Email: "ana@example.org", Role: hub.RoleStakeholder, Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	o.join(t, i, "Ana")
	for _, v := range []hub.Viewer{moderator, o.viewer(hub.RoleAdmin, "")} {
		all, _, err := o.Acts(t.Context(), v, audit.Filter{Limit: 10})
		if err != nil || len(all) != 2 || all[0].What != "invitation.accepted" || all[0].Who != "Ana" || all[1].What != "invitation.sent" || all[1].Object != "invitation:"+i.ID {
			t.Errorf("%s: %+v, %v", v.Role, all, err)
		}
	}
	stale := o.viewer(hub.RoleAdmin, "")
	stale.Fresh = o.at.Add(-time.Second)
	if _, _, err := o.Acts(t.Context(), stale, audit.Filter{Limit: 10}); !errors.Is(err, hub.ErrFresh) {
		t.Errorf("an administrator who signed in long ago: %v", err)
	}
	for _, v := range []hub.Viewer{hub.Public, o.viewer(hub.RoleMember, "MDA"), o.viewer(hub.RoleCoordinator, "MDA"), o.viewer(hub.RoleTBExpert, "")} {
		if all, _, err := o.Acts(t.Context(), v, audit.Filter{Limit: 10}); !errors.Is(err, hub.ErrNotFound) || len(all) > 0 {
			t.Errorf("%s: %d acts, %v", v.Role, len(all), err)
		}
	}
}

// TestForgot: known and unknown addresses answer alike and leave alike behind;
// three mails an hour go to one of them, and their links work once.
func TestForgot(t *testing.T) {
	o := newOffice(t)
	i, err := o.Invite(t.Context(), o.viewer(hub.RoleModerator, ""), people.NewInvitation{Email: "ana@example.org", Role: hub.RoleStakeholder, Lang: hub.English})
	if err != nil {
		t.Fatal(err)
	}
	s := o.join(t, i, "Ana")
	before := len(o.mails)
	for n := range 6 {
		for _, address := range []string{"Ana@example.org", "nobody@example.org"} {
			if err := o.Forgot(t.Context(), address, hub.Arabic, netip.AddrFrom4([4]byte{192, 0, 2, byte(n + 10)})); err != nil {
				t.Fatal(err)
			}
		}
		o.pass(10 * time.Minute)
	}
	sent := o.mails[before:]
	if len(sent) != 2*people.MailsAnHour {
		t.Fatalf("%d mails wait after an hour", len(sent))
	}
	if _, _, err := o.ResetLink(t.Context(), sent[1]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("the mail to nobody: %v", err)
	}
	link, to, err := o.ResetLink(t.Context(), sent[0])
	if err != nil || to != "ana@example.org" || !strings.HasPrefix(link, "http://hub.example/ar"+member.LinkPath) {
		t.Fatalf("%q, %v", link, err)
	}
	token := link[len(link)-43:]
	var invalid *hub.Invalid
	if _, _, err := o.Members.RedeemLink(t.Context(), token, "", from); !errors.As(err, &invalid) {
		t.Errorf("without a new password: %v", err)
	}
	if _, _, err := o.Members.RedeemLink(t.Context(), token, "another calm heron at dawn", from); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Members.RedeemLink(t.Context(), token, "another calm heron at dusk", from); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("used twice: %v", err)
	}
	if _, _, err := o.Members.SignIn(t.Context(), "ana@example.org", password, from); !errors.Is(err, member.ErrSignIn) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := o.Members.SetStatus(t.Context(), s.Person, member.StatusSuspended); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.ResetLink(t.Context(), sent[0]); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("of a suspended person: %v", err)
	}
	// A link ends after half an hour.
	if _, err := o.Members.SetStatus(t.Context(), s.Person, member.StatusActive); err != nil {
		t.Fatal(err)
	}
	if link, _, err = o.ResetLink(t.Context(), sent[0]); err != nil {
		t.Fatal(err)
	}
	o.pass(member.ResetLife)
	if _, _, err := o.Members.LinkHolder(t.Context(), link[len(link)-43:]); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("after half an hour: %v", err)
	}
	var many *hub.TooMany
	for range people.AsksAnHour + 1 {
		err = o.Forgot(t.Context(), "nobody@example.org", hub.English, from.IP)
	}
	if !errors.As(err, &many) {
		t.Errorf("too many from one network: %v", err)
	}
}
