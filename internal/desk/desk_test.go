package desk_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/desk"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/people"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/policies"
)

var ctx = context.Background()

// place is a hub with some people, and a clock that the test moves.
type place struct {
	*desk.Service
	now                         time.Time
	coordinator, marta, ben, ad hub.Viewer
}

type noMail struct{}

func (noMail) Add(context.Context, mail.Item) error { return nil }

func newPlace(t testing.TB) *place {
	t.Helper()
	var all []store.Collection
	for _, c := range [][]store.Collection{record.Collections(), member.Collections(), people.Collections(), audit.Collections(), discuss.Collections(), desk.Collections()} {
		all = append(all, c...)
	}
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), all)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	door, err := access.New(policies.Files, db)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return p.now }
	log := &audit.Log{Store: db, Now: now, Seals: filepath.Join(t.TempDir(), "seal"), Key: []byte("key")}
	members := &member.Service{Store: db, Now: now, Params: member.Params{Memory: 8, Time: 1, Threads: 1}, Key: make([]byte, 32)}
	records := &record.Service{
		Door: door, Store: db, Catalogue: record.NewCatalogue(func(s hub.State, _ hub.Lang) string { return string(s) }), Kinds: map[hub.Kind]record.Kind{hub.Practice: practice.Kind()},
		Region: func(hub.State) string { return "" }, Now: now, NewID: hub.NewID,
	}
	talk := &discuss.Service{Door: door, Store: db, Members: members, Log: log, Now: now, NewID: hub.NewID, Words: func(string, string) bool { return true }}
	folk := &people.Service{
		Door: door, Members: members, Store: db, Mail: noMail{}, Talk: talk, Records: records, Log: log, Secret: make([]byte, 32), Now: now, NewID: hub.NewID,
		Known: func(hub.State) bool { return true },
	}
	p.Service = &desk.Service{Door: door, Store: db, Records: records, People: folk, Talk: talk, Members: members, Log: log, Now: now}
	p.coordinator = p.person(t, "co", hub.RoleCoordinator, "MDA")
	p.marta, p.ben, p.ad = p.person(t, "marta", hub.RoleModerator, ""), p.person(t, "ben", hub.RoleModerator, ""), p.person(t, "ad", hub.RoleAdmin, "")
	return p
}

func (p *place) person(t testing.TB, name string, r hub.Role, m hub.State) hub.Viewer {
	t.Helper()
	x, err := p.Members.Create(ctx, member.NewPerson{Email: name + "@example.org", Name: name, Role: r, Mechanism: m})
	if err != nil {
		t.Fatal(err)
	}
	return hub.Viewer{Person: x.ID, Role: r, Mechanism: m}
}

// submitted is a practice that waits for a moderator.
func (p *place) submitted(t testing.TB, title string, l hub.Lang) *hub.Record {
	t.Helper()
	r, err := p.Records.Create(ctx, p.coordinator, hub.Record{
		Kind: hub.Practice, Tier: hub.TierPublic, States: []hub.State{"MDA"}, Original: l,
		Versions: []hub.Version{{Lang: l, Title: title, Text: record.Encode(practice.Text{Problem: "Late reports."})}},
		Body:     record.Encode(practice.Practice{Capacity: "coordination", Stage: "established", Evidence: "self-reported"}),
	})
	if err == nil {
		r, err = p.Records.Submit(ctx, p.coordinator, r.ID, r.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(time.Minute)
	return r
}

// list is what waits for somebody, as "kind title (by)".
func (p *place) list(t testing.TB, v hub.Viewer, f desk.Filter) string {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 50
	}
	page, err := p.Waiting(ctx, v, f)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, i := range page.Items {
		title := i.ID
		if i.Record != nil {
			title = i.Record.Versions[0].Title
		}
		if i.Post != nil {
			title = i.Post.Thread.Title
		}
		by := ""
		if i.Taken != nil {
			by = " by " + map[string]string{p.marta.Person: "marta", p.ben.Person: "ben"}[i.Taken.By]
		}
		all = append(all, string(i.Kind)+" "+title+by)
	}
	return strings.Join(all, ", ")
}

func chosen(r *hub.Record) desk.Chosen { return desk.Chosen{Key: "record:" + r.ID, Rev: r.Rev} }

func (p *place) do(t testing.TB, v hub.Viewer, o desk.Order) desk.Bulk {
	t.Helper()
	if o.Once == "" {
		o.Once = hub.NewID()
	}
	b, err := p.Do(ctx, v, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTaking: an item is taken, given and handed back, by moderators alone; a
// taking lapses, and ends when the thing waits anew.
func TestTaking(t *testing.T) {
	p := newPlace(t)
	a, b := p.submitted(t, "A", hub.English), p.submitted(t, "B", hub.French)
	for who, v := range map[string]hub.Viewer{"public": hub.Public, "coordinator": p.coordinator, "admin": p.ad} {
		if _, err := p.Waiting(ctx, v, desk.Filter{Limit: 5}); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s has a desk: %v", who, err)
		}
		if _, err := p.Do(ctx, v, desk.Order{Once: "x", Act: desk.Publish, Items: []desk.Chosen{chosen(a)}}); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s decides: %v", who, err)
		}
	}
	p.do(t, p.marta, desk.Order{Act: desk.Take, Items: []desk.Chosen{chosen(a)}})
	if got := p.list(t, p.ben, desk.Filter{}); got != "record A by marta, record B" {
		t.Errorf("got %s", got)
	}
	if got := p.do(t, p.ben, desk.Order{Act: desk.Take, Items: []desk.Chosen{chosen(a)}}); got.Items[0].Wrong != desk.Faster {
		t.Errorf("taken from under her: %+v", got)
	}
	of := func(r *hub.Record, by hub.Viewer) desk.Chosen {
		c := chosen(r)
		c.By = by.Person
		return c
	}
	give := p.do(t, p.marta, desk.Order{Act: desk.Give, To: p.ben.Person, Items: []desk.Chosen{of(a, p.marta), chosen(b)}})
	if got := p.list(t, p.ben, desk.Filter{Whose: desk.Mine}); got != "record A by ben, record B by ben" {
		t.Errorf("given: %s", got)
	}
	if _, err := p.Do(ctx, p.marta, desk.Order{Once: "x", Act: desk.Give, To: p.coordinator.Person, Items: []desk.Chosen{of(a, p.ben)}}); err == nil {
		t.Error("given to somebody who is no moderator")
	}
	if _, err := p.Undo(ctx, p.ben, give.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("somebody else undoes it: %v", err)
	}
	for range 2 {
		if _, err := p.Undo(ctx, p.marta, give.ID); err != nil {
			t.Fatal(err)
		}
		if got := p.list(t, p.ben, desk.Filter{}); got != "record A by marta, record B" {
			t.Errorf("undone: %s", got)
		}
	}
	if got := p.list(t, p.ben, desk.Filter{Whose: desk.Nobodys}); got != "record B" {
		t.Errorf("nobody's: %s", got)
	}
	if got := p.list(t, p.ben, desk.Filter{Lang: hub.French}); got != "record B" {
		t.Errorf("in French: %s", got)
	}
	p.do(t, p.marta, desk.Order{Act: desk.Back, Items: []desk.Chosen{of(a, p.marta)}})
	p.do(t, p.ben, desk.Order{Act: desk.Take, Items: []desk.Chosen{chosen(a), chosen(b)}})
	ret := p.do(t, p.ben, desk.Order{Act: desk.Return, Reason: "Why?", Items: []desk.Chosen{of(b, p.ben)}})
	if ret.Count() != 1 {
		t.Fatalf("%+v", ret)
	}
	p.now = p.now.Add(time.Hour)
	again, err := p.Records.Load(ctx, p.coordinator, b.ID)
	if err == nil {
		_, err = p.Records.Submit(ctx, p.coordinator, b.ID, again.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := p.list(t, p.ben, desk.Filter{}); got != "record A by ben, record B" {
		t.Errorf("B waits anew: %s", got)
	}
	p.now = p.now.Add(desk.TakenFor)
	if got := p.list(t, p.ben, desk.Filter{}); got != "record A, record B" {
		t.Errorf("lapsed: %s", got)
	}
	p.do(t, p.marta, desk.Order{Act: desk.Take, Items: []desk.Chosen{chosen(a)}})
	if got := p.list(t, p.ben, desk.Filter{}); got != "record A by marta, record B" {
		t.Errorf("taken again: %s", got)
	}
}

// TestBulk: of several one may fail, which keeps none of the others; what was
// done is taken back, and done twice it is done once.
func TestBulk(t *testing.T) {
	p := newPlace(t)
	a, b, c := p.submitted(t, "A", hub.English), p.submitted(t, "B", hub.English), p.submitted(t, "C", hub.English)
	for name, o := range map[string]desk.Order{
		"Nothing": {Once: "x", Act: desk.Publish}, "NoReason": {Once: "x", Act: desk.Return, Items: []desk.Chosen{chosen(a)}},
		"NoKey": {Act: desk.Publish, Items: []desk.Chosen{chosen(a)}}, "NoAct": {Once: "x", Act: "burn", Items: []desk.Chosen{chosen(a)}},
		"TooMany": {Once: "x", Act: desk.Publish, Items: make([]desk.Chosen, desk.MaxItems+1)}, "LongReason": {Once: "x", Act: desk.Return, Reason: strings.Repeat("x", desk.MaxReason+1), Items: []desk.Chosen{chosen(a)}},
	} {
		var invalid *hub.Invalid
		if _, err := p.Do(ctx, p.marta, o); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Records.Return(ctx, p.ben, c.ID, c.Rev, "Faster."); err != nil {
		t.Fatal(err)
	}
	order := desk.Order{Once: "one", Act: desk.Publish, Items: []desk.Chosen{chosen(a), chosen(b), chosen(c), {Key: "question:none"}}}
	done := p.do(t, p.marta, order)
	if got := fmt.Sprint(done.Count(), done.Items[2].Wrong, done.Items[3].Wrong); got != "2changedchanged" && got != "2 changed changed" {
		t.Errorf("got %s: %+v", got, done)
	}
	if twice := p.do(t, p.marta, order); twice.Count() != 2 || !twice.At.Equal(done.At) {
		t.Errorf("sent twice: %+v", twice)
	}
	if l, err := p.Records.List(hub.Public, record.Query{Kind: hub.Practice}); err != nil || l.Total != 2 {
		t.Errorf("published: %+v, %v", l, err)
	}
	pub, err := p.Records.Load(ctx, p.coordinator, b.ID)
	if err == nil {
		_, err = p.Records.Confirm(ctx, p.coordinator, b.ID, pub.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	undone, err := p.Undo(ctx, p.marta, done.ID)
	if err != nil || undone.Items[0].Stays != "" || undone.Items[1].Stays != desk.Faster {
		t.Errorf("undone: %+v, %v", undone, err)
	}
	if got := p.list(t, p.marta, desk.Filter{}); got != "record A" {
		t.Errorf("waits again: %s", got)
	}
	a, err = p.Records.Load(ctx, p.marta, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	back := p.do(t, p.marta, desk.Order{Act: desk.Return, Reason: "Which year?", Items: []desk.Chosen{chosen(a)}})
	p.now = p.now.Add(desk.UndoFor)
	if _, err := p.Undo(ctx, p.marta, back.ID); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("undone too late: %v", err)
	}
}

// TestPages: pages are cut by what waits, so that what is decided between two of
// them hides nothing.
func TestPages(t *testing.T) {
	p := newPlace(t)
	var all []*hub.Record
	for n := range 5 {
		all = append(all, p.submitted(t, fmt.Sprint(n), hub.English))
	}
	first, err := p.Waiting(ctx, p.marta, desk.Filter{Limit: 2})
	if err != nil || len(first.Items) != 2 || first.Next == "" || !first.Oldest[desk.Record].Equal(all[0].Since()) || first.Counts[desk.Record] != 5 {
		t.Fatalf("%+v, %v", first, err)
	}
	p.do(t, p.marta, desk.Order{Act: desk.Publish, Items: []desk.Chosen{chosen(all[1])}})
	if got := p.list(t, p.marta, desk.Filter{Limit: 2, After: first.Next}); got != "record 2, record 3" {
		t.Errorf("the next page: %s", got)
	}
	var invalid *hub.Invalid
	for _, bad := range []string{"x", "====", "MTIz", "eCB5Og"} {
		if _, err := p.Waiting(ctx, p.marta, desk.Filter{Limit: 2, After: bad}); !errors.As(err, &invalid) {
			t.Errorf("after %q: %v", bad, err)
		}
	}
}

// TestSummaries: a proposal that waited too long is on the desk of who moderates
// the space, until somebody decides.
func TestSummaries(t *testing.T) {
	p := newPlace(t)
	asker, member := p.person(t, "asker", hub.RoleMember, "MDA"), p.person(t, "member", hub.RoleMember, "MAR")
	names := map[hub.Lang]discuss.Name{hub.English: {Title: "Peers", Purpose: "To talk."}}
	p.marta.Fresh = p.now.Add(1000 * time.Hour)
	for slug, tier := range map[string]discuss.Tier{"peers": discuss.Network, "closed": discuss.Closed} {
		if err := p.Talk.OpenSpace(ctx, p.marta, discuss.Space{Slug: slug, Tier: tier, Kind: discuss.Discussion, Names: names}); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []hub.Viewer{asker, member} {
		if err := p.Talk.Admit(ctx, p.marta, "closed", v.Person); err != nil {
			t.Fatal(err)
		}
	}
	ids := map[string]string{}
	for _, space := range []string{"peers", "closed"} {
		x, err := p.Talk.Start(ctx, asker, space, discuss.NewThread{Title: "About " + space, Body: "How?", Lang: hub.English})
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"One", "Two"} {
			q, err := p.Talk.Propose(ctx, member, space, x.Slug, discuss.NewProposal{Body: body})
			if err != nil {
				t.Fatal(err)
			}
			ids[space+body] = q.ID
			p.now = p.now.Add(time.Minute)
		}
	}
	waits := func(v hub.Viewer, n int) {
		t.Helper()
		page, err := p.Waiting(ctx, v, desk.Filter{Limit: 9})
		if err != nil || page.Counts[desk.Summary] != n || len(page.Items) != n {
			t.Errorf("%d wait, want %d: %v", page.Counts[desk.Summary], n, err)
		}
	}
	waits(p.marta, 0)
	p.now = p.now.Add(discuss.ProposalTime)
	waits(p.marta, 2)
	waits(p.ben, 1)
	if _, err := p.Talk.Accept(ctx, p.ben, "peers", "about-peers", ids["peersOne"], "", 0); err != nil {
		t.Fatal(err)
	}
	waits(p.ben, 1)
	if err := p.Talk.SetAside(ctx, asker, "peers", "about-peers", ids["peersTwo"], "No."); err != nil {
		t.Fatal(err)
	}
	waits(p.ben, 0)
	waits(p.marta, 1)
}

// TestTalk: posts of spaces that a moderator does not read are not on their
// desk, cannot be given to them, and are let through and held again by whoever
// reads them.
func TestTalk(t *testing.T) {
	p := newPlace(t)
	member := p.person(t, "member", hub.RoleMember, "MAR")
	names := map[hub.Lang]discuss.Name{hub.English: {Title: "Peers", Purpose: "To talk."}}
	for _, x := range []discuss.Space{
		{Slug: "peers", Tier: discuss.Network, Kind: discuss.Questions, Names: names, Holds: true}, {Slug: "closed", Tier: discuss.Closed, Kind: discuss.Questions, Names: names, Holds: true},
	} {
		if err := p.Talk.OpenSpace(ctx, p.marta, x); err != nil {
			t.Fatal(err)
		}
	}
	p.marta.Fresh = p.now.Add(time.Hour)
	if err := p.Talk.Admit(ctx, p.marta, "closed", member.Person); err != nil {
		t.Fatal(err)
	}
	begin := func(space, title string) {
		t.Helper()
		if _, err := p.Talk.Start(ctx, member, space, discuss.NewThread{Title: title, Body: "How?", Lang: hub.English, Key: title}); err != nil {
			t.Fatal(err)
		}
		p.now = p.now.Add(time.Minute)
	}
	begin("peers", "Open")
	begin("closed", "Shut")
	if got := p.list(t, p.ben, desk.Filter{}); got != "held Open" {
		t.Errorf("ben sees %s", got)
	}
	if got := p.list(t, p.marta, desk.Filter{}); got != "held Open, held Shut" {
		t.Errorf("marta sees %s", got)
	}
	page, err := p.Waiting(ctx, p.marta, desk.Filter{Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	var both []desk.Chosen
	for _, i := range page.Items {
		both = append(both, desk.Chosen{Key: i.Key()})
	}
	if got := p.do(t, p.marta, desk.Order{Act: desk.Give, To: p.ben.Person, Items: both}); got.Items[0].Wrong != "" || got.Items[1].Wrong != desk.Blind {
		t.Errorf("given: %+v", got)
	}
	third := p.person(t, "third", hub.RoleModerator, "")
	if err := p.Talk.Admit(ctx, p.marta, "closed", third.Person); err != nil {
		t.Fatal(err)
	}
	if got := p.do(t, p.marta, desk.Order{Act: desk.Give, To: third.Person, Items: both[1:]}); got.Items[0].Wrong != "" {
		t.Errorf("given to a member of the space: %+v", got)
	}
	if got := p.do(t, p.ben, desk.Order{Act: desk.Let, Items: both}); got.Items[0].Wrong != "" || got.Items[1].Wrong != desk.Faster || got.Items[1].Post != nil {
		t.Errorf("let by ben: %+v", got)
	} else if got, err := p.Undo(ctx, p.ben, got.ID); err != nil || got.Items[0].Stays != "" {
		t.Errorf("held again: %+v, %v", got, err)
	}
	if got := p.list(t, p.ben, desk.Filter{}); got != "held Open by ben" {
		t.Errorf("after undo ben sees %s", got)
	}
}

// TestFigures: a week is counted from what happened in it, says what of it was
// decided how fast, and stays as it was when it is over.
func TestFigures(t *testing.T) {
	p := newPlace(t)
	a, b := p.submitted(t, "A", hub.English), p.submitted(t, "B", hub.English)
	p.submitted(t, "C", hub.English)
	p.now = a.Since().Add(2 * time.Hour)
	p.do(t, p.marta, desk.Order{Act: desk.Publish, Items: []desk.Chosen{chosen(a)}})
	p.now = b.Since().Add(4 * time.Hour)
	p.do(t, p.marta, desk.Order{Act: desk.Return, Reason: "Why?", Items: []desk.Chosen{chosen(b)}})
	for who, v := range map[string]hub.Viewer{"coordinator": p.coordinator, "public": hub.Public} {
		if _, err := p.Figures(ctx, v); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s reads them: %v", who, err)
		}
	}
	if p.Exact(p.ad) || !p.Exact(p.marta) {
		t.Error("who reads small numbers")
	}
	all, err := p.Figures(ctx, p.ad)
	if err != nil || len(all) != desk.Weeks {
		t.Fatalf("%d weeks, %v", len(all), err)
	}
	want := desk.Sum{New: 3, Returned: 1, Published: 1, Median: 3 * 3600}
	if all[0].Total() != want || all[0].Kinds[hub.Practice] != want || !all[0].Measured || all[0].Over || all[0].Monday != time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) {
		t.Errorf("got %+v", all[0])
	}
	if all[1].Total() != (desk.Sum{Median: -1}) || all[1].Measured || !all[1].Over {
		t.Errorf("the week before: %+v", all[1])
	}
	p.now = p.now.Add(2 * time.Minute)
	pub, err := p.Records.Load(ctx, p.marta, a.ID)
	if err == nil {
		_, err = p.Records.Archive(ctx, p.coordinator, a.ID, pub.Rev, "")
	}
	if err == nil {
		err = p.Keep(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(7 * 24 * time.Hour)
	for range 2 {
		all, err = p.Figures(ctx, p.marta)
		if err != nil || all[1].Total() != (desk.Sum{New: 3, Returned: 1, Published: 1, Withdrawn: 1, Median: 3 * 3600}) || !all[1].Over || !all[1].Measured {
			t.Errorf("a week later: %+v, %v", all[1], err)
		}
		p.now = p.now.Add(time.Hour)
	}
}

// FuzzChosen: whatever a form sends is refused, or read as it was written.
func FuzzChosen(f *testing.F) {
	for _, s := range []string{"record:x 3 ", "record:x 3 y", "", " ", "a b c", "held:x-1 0 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := desk.ParseChosen(s)
		if err != nil {
			return
		}
		if again, err := desk.ParseChosen(c.String()); err != nil || again != c {
			t.Errorf("%q is read as %+v, and that as %+v, %v", s, c, again, err)
		}
	})
}

// TestDue: what nobody confirmed for long is archived with a reason, or its State
// is asked once more, which takes it from the desk for a while.
func TestDue(t *testing.T) {
	p := newPlace(t)
	a, b := p.submitted(t, "A", hub.English), p.submitted(t, "B", hub.English)
	p.do(t, p.marta, desk.Order{Act: desk.Publish, Items: []desk.Chosen{chosen(a), chosen(b)}})
	p.now = p.now.AddDate(0, record.FreshMonths+record.ArchiveMonths, 1)
	if got := p.list(t, p.marta, desk.Filter{Kinds: []desk.Kind{desk.Due}}); got != "due A, due B" && got != "due B, due A" {
		t.Fatalf("got %s", got)
	}
	due := func(r *hub.Record) desk.Chosen {
		now, err := p.Records.Load(ctx, p.marta, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		return desk.Chosen{Key: "due:" + r.ID, Rev: now.Rev}
	}
	var invalid *hub.Invalid
	if _, err := p.Do(ctx, p.marta, desk.Order{Once: "x", Act: desk.Archive, Items: []desk.Chosen{due(a)}}); !errors.As(err, &invalid) || invalid.Field != "reason" {
		t.Errorf("archived without a reason: %v", err)
	}
	if got := p.do(t, p.marta, desk.Order{Act: desk.Publish, Items: []desk.Chosen{due(a)}}); got.Items[0].Wrong != desk.Elsewise {
		t.Errorf("published again: %+v", got)
	}
	p.do(t, p.marta, desk.Order{Act: desk.Ask, Items: []desk.Chosen{due(b)}})
	gone := p.do(t, p.marta, desk.Order{Act: desk.Archive, Reason: "Nobody answers.", Items: []desk.Chosen{due(a)}})
	if got := p.list(t, p.marta, desk.Filter{}); got != "" || gone.Count() != 1 {
		t.Errorf("still there: %s", got)
	}
	if _, err := p.Undo(ctx, p.marta, gone.ID); err != nil {
		t.Fatal(err)
	}
	if got := p.list(t, p.marta, desk.Filter{}); got != "due A" {
		t.Errorf("taken back: %s", got)
	}
	p.now = p.now.Add(record.AskedFor)
	page, err := p.Waiting(ctx, p.marta, desk.Filter{Limit: 9})
	if err != nil || len(page.Items) != 2 || !page.Items[1].Since.Equal(p.now) {
		t.Errorf("after the time for an answer: %+v, %v", page.Items, err)
	}
}
