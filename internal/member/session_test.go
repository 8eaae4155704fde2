package member

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

// How long sessions live, by role: used every so often, up to the end.
func TestSessionLife(t *testing.T) {
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	cases := map[string]struct {
		role  hub.Role
		every time.Duration // between uses
		until time.Duration // the last use that must work; the next must not
	}{
		"AdminUsed":         {hub.RoleAdmin, 20 * minute, 12*hour - 20*minute},
		"AdminIdle":         {hub.RoleAdmin, 30 * minute, 0},
		"AdminNearlyIdle":   {hub.RoleAdmin, 30*minute - 1, 24 * (30*minute - 1)},
		"ModeratorUsed":     {hub.RoleModerator, 20 * minute, 12*hour - 20*minute},
		"ModeratorIdle":     {hub.RoleModerator, 30 * minute, 0},
		"StakeholderUsed":   {hub.RoleStakeholder, 12 * hour, 14*day - 12*hour},
		"StakeholderIdle":   {hub.RoleStakeholder, 24 * hour, 0},
		"ExpertNearlyIdle":  {hub.RoleTBExpert, 24*hour - 1, 14 * (24*hour - 1)},
		"CoordinatorUsed":   {hub.RoleCoordinator, 20 * hour, 16 * 20 * hour},
		"MemberUsedInBurst": {hub.RoleMember, hour, 14*day - hour},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			n := NewPerson{Email: "x@gov.example", Role: c.role}
			if c.role.OfMechanism() {
				n.Mechanism = "MDA"
			}
			f.mustCreate(t, n)
			v, token := f.mustSignIn(t, n.Email)
			for at := c.every; at <= c.until; at += c.every {
				f.clock.advance(c.every)
				f.wantSession(t, token, true)
			}
			f.clock.advance(c.every)
			f.wantSession(t, token, false)
			if f.clock.read().After(v.Ends.Add(c.every)) {
				t.Errorf("ended at %s, want at %s at the latest", f.clock.read(), v.Ends)
			}
		})
	}
}

// The use of a session is written once a minute, and its sign-in stays fresh
// for ten minutes however often it is used.
func TestSessionSeen(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	v, token := f.mustSignIn(t, moldovan.Email)
	rev := func() int64 {
		d, err := f.Store.Get(t.Context(), sessions, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		return d.Rev
	}
	for _, step := range []struct {
		after time.Duration
		rev   int64
	}{{0, 1}, {59 * time.Second, 1}, {time.Second, 2}, {time.Second, 2}, {59 * time.Second, 3}, {time.Hour, 4}} {
		f.clock.advance(step.after)
		viewer := f.wantSession(t, token, true)
		if got := rev(); got != step.rev {
			t.Errorf("at %s: revision %d, want %d", f.clock.read(), got, step.rev)
		}
		if !viewer.Fresh.Equal(start.Add(FreshFor)) {
			t.Errorf("fresh until %s", viewer.Fresh)
		}
	}
}

// A store that takes no writes does not sign people out.
func TestSessionSeenUnwritten(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, moldovan.Email)
	f.store.breaks("update", sessions, hub.ErrUnavailable)
	f.clock.advance(time.Hour)
	f.wantSession(t, token, true)
}

// Many requests of one session at once all get their viewer.
func TestSessionUsedAtOnce(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, moldovan.Email)
	f.clock.advance(time.Hour)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if v, _, err := f.Session(t.Context(), token); err != nil || !v.SignedIn() {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
	wg.Wait()
}

func TestSessionUnknown(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	v, token := f.mustSignIn(t, moldovan.Email)
	for name, token := range map[string]string{
		"Empty": "", "Short": "x", "Long": strings.Repeat("x", 1<<20), "Other": strings.Repeat("x", tokenLength),
		"ItsID": v.ID, "OneMore": token + "A", "OneLess": token[1:], "PersonID": p.ID, "Link": f.mustLink(t, p.ID),
	} {
		t.Run(name, func(t *testing.T) { f.wantSession(t, token, false) })
	}
}

// What is done to the person holds from the session's next request on.
func TestSessionFollowsPerson(t *testing.T) {
	cases := map[string]struct {
		change func(t *testing.T, f fixture, p Person)
		want   bool
	}{
		"Suspended": {change: func(t *testing.T, f fixture, p Person) { f.mustSetStatus(t, p.ID, StatusSuspended) }},
		"SuspendedAndBack": {change: func(t *testing.T, f fixture, p Person) {
			f.mustSetStatus(t, p.ID, StatusSuspended)
			f.mustSetStatus(t, p.ID, StatusActive)
		}},
		"Pending": {change: func(t *testing.T, f fixture, p Person) { f.mustSetStatus(t, p.ID, StatusPending) }},
		"RoleSet": {change: func(t *testing.T, f fixture, p Person) {
			if _, err := f.SetStanding(t.Context(), p.ID, Standing{Role: hub.RoleStakeholder}); err != nil {
				t.Fatal(err)
			}
		}},
		"PasswordSet": {change: func(t *testing.T, f fixture, p Person) {
			if err := f.SetPassword(t.Context(), p.ID, "another "+goodPassword, ""); err != nil {
				t.Fatal(err)
			}
		}},
		"Ended": {change: func(t *testing.T, f fixture, p Person) {
			if err := f.EndSessions(t.Context(), p.ID, ""); err != nil {
				t.Fatal(err)
			}
		}},
		"Deleted": {change: func(t *testing.T, f fixture, p Person) {
			if err := f.Store.Delete(t.Context(), persons, p.ID, p.Rev); err != nil {
				t.Fatal(err)
			}
		}},
		"OtherPersonChanged": {want: true, change: func(t *testing.T, f fixture, _ Person) {
			o := f.mustCreate(t, NewPerson{Email: "o@gov.example", Role: hub.RoleAdmin})
			f.mustSetStatus(t, o.ID, StatusSuspended)
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.mustCreate(t, moldovan)
			_, token := f.mustSignIn(t, moldovan.Email)
			f.wantSession(t, token, true)
			c.change(t, f, f.mustFind(t, moldovan.Email))
			f.wantSession(t, token, c.want)
		})
	}
}

// A role that changes in the document itself, as an import does it, counts
// from the next request on, with the times of the new role.
func TestSessionReadsRole(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, moldovan.Email)
	p := f.mustFind(t, moldovan.Email)
	p.Role, p.Mechanism = hub.RoleModerator, ""
	if err := f.Store.Update(t.Context(), persons, p.doc()); err != nil {
		t.Fatal(err)
	}
	if v := f.wantSession(t, token, true); v.Role != hub.RoleModerator || v.Mechanism != "" {
		t.Errorf("got %+v, want a moderator", v)
	}
	f.clock.advance(30 * time.Minute)
	f.wantSession(t, token, false)
}

func (f fixture) mustSetStatus(t *testing.T, id string, to Status) {
	t.Helper()
	if p, err := f.SetStatus(t.Context(), id, to); err != nil || p.Status != to {
		t.Fatalf("SetStatus: %v, %v", p, err)
	}
}

// Of the person's sessions the one that is named stays, if it is theirs and
// alive; a later end ends it too.
func TestEndSessionsExcept(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	o := f.mustCreate(t, NewPerson{Email: "o@gov.example", Role: hub.RoleStakeholder})
	if err := f.EndSessions(t.Context(), o.ID, ""); err != nil { // to the epoch that p will be in
		t.Fatal(err)
	}
	_, first := f.mustSignIn(t, p.Email)
	second, secondToken := f.mustSignIn(t, p.Email)
	strange, strangeToken := f.mustSignIn(t, "o@gov.example")
	if err := f.SetPassword(t.Context(), p.ID, "another "+goodPassword, second.ID); err != nil {
		t.Fatal(err)
	}
	f.wantSession(t, first, false)
	f.wantSession(t, secondToken, true)
	for _, except := range []string{strange.ID, "unknown"} { // the strange one first, while the epochs are equal
		if err := f.EndSessions(t.Context(), p.ID, except); err != nil {
			t.Fatal(err)
		}
		if kept := f.mustFind(t, p.Email).Kept; kept != "" {
			t.Errorf("except %s: kept %q", except, kept)
		}
	}
	f.wantSession(t, secondToken, false)
	f.wantSession(t, strangeToken, true)
	// What has ended does not come back by being named.
	if err := f.EndSessions(t.Context(), p.ID, second.ID); err != nil {
		t.Fatal(err)
	}
	f.wantSession(t, secondToken, false)
}

// The session that stays can stay again, and still ends in time.
func TestEndSessionsExceptTwice(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	v, token := f.mustSignIn(t, p.Email)
	for range 3 {
		if err := f.EndSessions(t.Context(), p.ID, v.ID); err != nil {
			t.Fatal(err)
		}
	}
	f.wantSession(t, token, true)
	f.clock.advance(24 * time.Hour)
	f.wantSession(t, token, false)
}

func TestSignOut(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, moldovan.Email)
	_, other := f.mustSignIn(t, moldovan.Email)
	for range 2 {
		if err := f.SignOut(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		f.wantSession(t, token, false)
	}
	f.wantSession(t, other, true)
	for _, nonsense := range []string{"", "x", strings.Repeat("x", tokenLength)} {
		if err := f.SignOut(t.Context(), nonsense); err != nil {
			t.Errorf("SignOut(%q): %v", nonsense, err)
		}
	}
}

// Requests that write the use of a session do not keep it from ending.
func TestSignOutRace(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, moldovan.Email)
	var wg sync.WaitGroup
	for range 4 {
		f.clock.advance(time.Hour)
		wg.Go(func() {
			if _, _, err := f.Session(t.Context(), token); err != nil && !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("Session: %v", err)
			}
		})
	}
	if err := f.SignOut(t.Context(), token); err != nil {
		t.Errorf("SignOut: %v", err)
	}
	wg.Wait()
	f.wantSession(t, token, false)
}

// Races that never end are an error, not an endless loop.
func TestSignOutGivesUp(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, moldovan.Email)
	f.store.breaks("delete", sessions, hub.ErrConflict)
	if err := f.SignOut(t.Context(), token); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("SignOut: %v, want a conflict", err)
	}
	f.store.breaks("update", persons, hub.ErrConflict)
	if err := f.EndSessions(t.Context(), p.ID, ""); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("EndSessions: %v, want a conflict", err)
	}
}

// Tokens are stored nowhere: not as ids, not in documents.
func TestTokensAreNotStored(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	v, token := f.mustSignIn(t, p.Email)
	link := f.mustLink(t, p.ID)
	linkID, _ := tokenID(link)
	for collection, id := range map[string]string{sessions: v.ID, tokens: linkID, persons: p.ID} {
		d, err := f.Store.Get(t.Context(), collection, id)
		if err != nil {
			t.Fatal(err)
		}
		all, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{token, link, goodPassword} {
			if strings.Contains(string(all)+string(d.Body), secret) {
				t.Errorf("%s holds %q", collection, secret)
			}
		}
	}
}

// A document with a field of a later program is not read, so not rewritten
// without it.
func TestUnknownFieldsAreRefused(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	v, token := f.mustSignIn(t, p.Email)
	link := f.mustLink(t, p.ID)
	linkID, _ := tokenID(link)
	for collection, id := range map[string]string{sessions: v.ID, tokens: linkID} {
		f.addField(t, collection, id)
	}
	if _, _, err := f.Session(t.Context(), token); err == nil || errors.Is(err, hub.ErrNotFound) {
		t.Errorf("Session: %v, want an error other than not found", err)
	}
	if err := f.EndSessions(t.Context(), p.ID, v.ID); err == nil {
		t.Error("EndSessions: want an error")
	}
	if _, _, err := f.LinkHolder(t.Context(), link); err == nil || errors.Is(err, hub.ErrNotFound) {
		t.Errorf("LinkHolder: %v, want an error other than not found", err)
	}
	f.addField(t, persons, p.ID)
	if _, err := f.Find(t.Context(), p.Email); err == nil || errors.Is(err, hub.ErrNotFound) {
		t.Errorf("Find: %v, want an error other than not found", err)
	}
}

func (f fixture) addField(t *testing.T, collection, id string) {
	t.Helper()
	d, err := f.Store.Get(t.Context(), collection, id)
	if err != nil {
		t.Fatal(err)
	}
	d.Body = append([]byte(`{"factors":[1],`), d.Body[1:]...)
	if err := f.Store.Update(t.Context(), collection, d); err != nil {
		t.Fatal(err)
	}
}

func TestEncodePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a channel was encoded")
		}
	}()
	encode(make(chan int))
}

func TestDecodeOneValue(t *testing.T) {
	if _, err := decode[tokenDoc]([]byte(`{}{}`)); err == nil {
		t.Error("two values: want an error")
	}
}
