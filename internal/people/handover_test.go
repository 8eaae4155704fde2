package people_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
	"nmirfhub/internal/store/storetest"
)

// draft writes a draft of a record.
func (o *office) draft(t testing.TB, v hub.Viewer, slug string) *hub.Record {
	t.Helper()
	r, err := o.records.Create(t.Context(), v, hub.Record{
		Kind: hub.Network, Slug: slug, Tier: hub.TierPublic, Original: hub.English, Body: json.RawMessage(`{"status":"active"}`),
		Versions:  []hub.Version{{Lang: hub.English, Title: "A draft", Text: json.RawMessage(`{}`)}},
		Questions: "network/1", Closed: map[hub.Lang]map[string]json.RawMessage{hub.English: {"budget": json.RawMessage(`"for members"`)}}, Turned: []string{"budget"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// authors counts the drafts of some at a mechanism.
func (o *office) authors(t testing.TB, m hub.State, whose ...string) (counts []int) {
	t.Helper()
	for _, who := range whose {
		all, err := o.records.Open(t.Context(), hub.Viewer{Person: "m", Role: hub.RoleModerator}, who, m, 1000)
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, len(all))
	}
	return counts
}

// holder seats somebody on a seat of MDA, or has them wait beside its holder.
func (o *office) holder(t testing.TB, number int, name string) hub.Viewer {
	t.Helper()
	offer, err := o.Offer(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", number, name+"@example.org")
	if err != nil {
		t.Fatal(err)
	}
	v := o.seen(t, o.join(t, offer, name).Person)
	return v
}

func (o *office) newSeat(t testing.TB, role hub.Role) int {
	t.Helper()
	x, err := o.AddSeat(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", people.Description{Title: "Seat", Body: "Chancellery", Level: people.Technical, Lang: hub.English, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return x.Number
}

// TestDraftsPass: what the holder of a seat had still to do at their mechanism
// passes to the next holder, or waits at the seat for them; nothing else does.
func TestDraftsPass(t *testing.T) {
	o := newOffice(t)
	n, other := o.newSeat(t, hub.RoleMember), o.newSeat(t, hub.RoleMember)
	ana := o.holder(t, n, "ana")
	if ana.Seat != "MDA-1" {
		t.Fatalf("%+v", ana)
	}
	o.draft(t, ana, "first-draft")
	o.draft(t, ana, "second-draft")
	elsewhere := ana
	elsewhere.Mechanism = "MAR" // where she was before
	o.draft(t, elsewhere, "of-another")

	// With a successor, at once.
	ben := o.holder(t, n, "ben")
	if ben.Seat != "" {
		t.Errorf("who waits beside: %+v", ben)
	}
	if err := o.EndHolding(t.Context(), ana, "MDA", n); err != nil {
		t.Fatal(err)
	}
	if got := o.authors(t, "MDA", ana.Person, ben.Person); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("drafts of the leaver and the successor: %v", got)
	}
	if got := o.authors(t, "MAR", ana.Person); got[0] != 1 {
		t.Errorf("what she wrote for another mechanism: %v", got)
	}
	if ana, ben = o.seen(t, ana.Person), o.seen(t, ben.Person); ana.Seat != "" || ben.Seat != "MDA-1" {
		t.Errorf("%+v, %+v", ana, ben)
	}
	r, err := o.records.Open(t.Context(), ben, ben.Person, "MDA", 10)
	if err != nil || len(r) != 2 || r[0].Change.Act != hub.ActPassed || r[0].Rev != 2 || !slices.Equal(r[0].Change.Fields, []string{"author"}) {
		t.Errorf("%+v, %v", r, err)
	}
	for _, x := range r {
		whole, err := o.records.Load(t.Context(), ben, x.ID)
		if err != nil || string(whole.Closed[hub.English]["budget"]) != `"for members"` || len(whole.Turned) != 1 {
			t.Errorf("what is for members alone was lost: %+v, %v", whole, err)
		}
	}
	if mine, err := o.records.Open(t.Context(), ana, ben.Person, "MDA", 10); err != nil || len(mine) != 0 {
		t.Errorf("the leaver reads them: %+v, %v", mine, err)
	}

	// Without one, they wait at the seat.
	if err := o.EndHolding(t.Context(), ben, "MDA", n); err != nil {
		t.Fatal(err)
	}
	if got := o.authors(t, "MDA", ben.Person, "seat:MDA-1"); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("while the seat is empty: %v", got)
	}
	coordinator := o.viewer(hub.RoleCoordinator, "MDA")
	if all, err := o.records.Open(t.Context(), coordinator, "seat:MDA-1", "MDA", 10); err != nil || len(all) != 2 {
		t.Errorf("the coordinator sees %d, %v", len(all), err)
	}
	cem := o.holder(t, n, "cem")
	if got := o.authors(t, "MDA", "seat:MDA-1", cem.Person); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("when it is filled: %v", got)
	}

	// Who holds another seat there keeps what they do.
	second := o.holder(t, other, "dia")
	o.draft(t, second, "third-draft")
	offer, err := o.Offer(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", o.newSeat(t, hub.RoleMember), "dia@example.org")
	if err == nil {
		second.Fresh = o.at.Add(time.Minute)
		err = o.AcceptAs(t.Context(), second, o.token(t, offer), true)
	}
	if err == nil {
		err = o.EndHolding(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", other)
	}
	if got := o.authors(t, "MDA", second.Person, "seat:MDA-2"); err != nil || !slices.Equal(got, []int{1, 0}) {
		t.Errorf("who holds another seat: %v, %v", got, err)
	}
}

// TestHandoverBreaksOff: wherever a handover breaks off, the leaver has lost the
// seat's rights or none has changed, and the sweep finishes it.
func TestHandoverBreaksOff(t *testing.T) {
	broken := errors.New("the power fails")
	for n := 1; ; n++ {
		for _, done := range []bool{false, true} {
			o := newOffice(t)
			faulty := &storetest.Faulty{Store: o.Store}
			o.Store, o.records.Store, o.Members.Store, o.Log.Store = faulty, faulty, faulty, faulty
			number := o.newSeat(t, hub.RoleMember)
			ana := o.holder(t, number, "ana")
			o.draft(t, ana, "first-draft")
			o.draft(t, ana, "second-draft")
			ben := o.holder(t, number, "ben")
			faulty.FailWrite(n, done, broken)
			err := o.EndHolding(t.Context(), ana, "MDA", number)
			if !faulty.Failed() {
				if n < 8 {
					t.Errorf("a handover of two drafts is %d writes", n-1)
				}
				return
			}
			if !errors.Is(err, broken) {
				t.Errorf("write %d: %v", n, err)
			}
			faulty.Mend()
			if x := o.now(t, number); x.Held.Person == ana.Person { // nothing is lost: it is done again
				if err := o.EndHolding(t.Context(), o.viewer(hub.RoleModerator, ""), "MDA", number); err != nil {
					t.Errorf("write %d, again: %v", n, err)
				}
			} else if v := o.seen(t, ana.Person); v.Role != hub.RoleStakeholder {
				t.Errorf("write %d: the leaver is %+v without the seat", n, v)
			}
			for range 2 {
				if err := o.CarryDue(t.Context()); err != nil {
					t.Errorf("write %d, sweep: %v", n, err)
				}
			}
			if got := o.authors(t, "MDA", ana.Person, ben.Person); !slices.Equal(got, []int{0, 2}) {
				t.Errorf("write %d (%v): drafts %v", n, done, got)
			}
			if v := o.seen(t, ben.Person); v.Seat != "MDA-1" || v.Role != hub.RoleMember {
				t.Errorf("write %d: the successor is %+v", n, v)
			}
			if x := o.now(t, number); len(x.Passing) != 0 {
				t.Errorf("write %d: still to pass: %+v", n, x.Passing)
			}
		}
	}
}

// TestSavedMeanwhile: a draft that its author saves while it passes on is
// whole, and passes.
func TestSavedMeanwhile(t *testing.T) {
	o := newOffice(t)
	n := o.newSeat(t, hub.RoleMember)
	ana := o.holder(t, n, "ana")
	r := o.draft(t, ana, "first-draft")
	once := true
	faulty := &storetest.Faulty{Store: o.Store}
	o.records.Store = faulty
	faulty.When(func(c storetest.Call) error {
		if once && c == (storetest.Call{Name: "update", Collection: "records"}) {
			once = false
			r.Versions[0].Title = "Saved meanwhile"
			if _, err := o.records.Save(context.WithoutCancel(t.Context()), ana, *r, ""); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if _, err := o.records.PassOn(t.Context(), ana.Person, "ben", "MDA"); err != nil {
		t.Fatal(err)
	}
	all, err := o.records.Open(t.Context(), o.viewer(hub.RoleModerator, ""), "ben", "MDA", 10)
	if err != nil || len(all) != 1 || all[0].Versions[0].Title != "Saved meanwhile" || all[0].Rev != 3 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestHandoverTime: a seat with 200 follows and 50 drafts changes hands within
// 2 seconds, and the leaver hears of nothing from then on.
func TestHandoverTime(t *testing.T) {
	if took := handover(t, 200, 50); took > 2*time.Second {
		t.Errorf("a handover takes %s", took)
	} else {
		t.Logf("a handover of 200 follows and 50 drafts takes %s", took.Round(time.Millisecond))
	}
}

func handover(t *testing.T, follows, drafts int) time.Duration {
	o := newOffice(t)
	talk := &discuss.Service{Door: o.Door, Store: o.Store, Members: o.Members, Log: o.Log, Now: o.Now, NewID: hub.NewID, Holders: o.Holders}
	space := discuss.Space{Slug: "network", Tier: discuss.Network, Kind: discuss.Questions, Names: map[hub.Lang]discuss.Name{hub.English: {Title: "Space", Purpose: "To talk."}}}
	if err := talk.Ship(t.Context(), []discuss.Space{space}); err != nil {
		t.Fatal(err)
	}
	n := o.newSeat(t, hub.RoleMember)
	ana := o.holder(t, n, "ana")
	ben := o.holder(t, n, "ben")
	o.pass(48 * time.Hour)
	for i := range follows {
		if i%20 == 0 {
			o.pass(time.Hour)
		}
		if _, err := talk.Start(t.Context(), ana, "network", discuss.NewThread{Title: fmt.Sprintf("Question %d", i), Body: "What?", Lang: hub.English}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range drafts {
		o.draft(t, ana, fmt.Sprintf("draft-%d", i))
	}
	begun := time.Now()
	if err := o.EndHolding(t.Context(), ana, "MDA", n); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun)
	ana, ben = o.seen(t, ana.Person), o.seen(t, ben.Person)
	if all, err := talk.Follows(t.Context(), ben, 1000); err != nil || len(all) != follows {
		t.Errorf("the successor follows %d threads, %v", len(all), err)
	}
	if all, err := talk.Follows(t.Context(), ana, 1000); err != nil || len(all) != 0 {
		t.Errorf("the leaver follows %d threads, %v", len(all), err)
	}
	if got := o.authors(t, "MDA", ana.Person, ben.Person); !slices.Equal(got, []int{0, drafts}) {
		t.Errorf("drafts: %v", got)
	}
	return took
}
