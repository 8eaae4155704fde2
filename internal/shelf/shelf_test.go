package shelf_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/network"
	"nmirfhub/internal/record"
	"nmirfhub/internal/shelf"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/policies"
)

var (
	member      = hub.Viewer{Person: "member", Role: hub.RoleMember, Mechanism: "MDA"}
	other       = hub.Viewer{Person: "other", Role: hub.RoleMember, Mechanism: "MAR"}
	stakeholder = hub.Viewer{Person: "stakeholder", Role: hub.RoleStakeholder}
	moderator   = hub.Viewer{Person: "moderator", Role: hub.RoleModerator}
	admin       = hub.Viewer{Person: "admin", Role: hub.RoleAdmin}
)

// newShelf is a shelf over a real store.
func newShelf(t testing.TB) *shelf.Service {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(shelf.Collections(), record.Collections(), audit.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	door, err := access.New(policies.Files, db)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().UTC() }
	records := &record.Service{
		Door: door, Store: db, Catalogue: record.NewCatalogue(func(m hub.State, _ hub.Lang) string { return string(m) }), Kinds: map[hub.Kind]record.Kind{hub.Network: network.Kind()},
		Region: func(hub.State) string { return "" }, Now: now, NewID: hub.NewID,
	}
	return &shelf.Service{Door: door, Store: db, Records: records, Log: &audit.Log{Store: db, Now: now}, Now: now, NewID: hub.NewID}
}

// published is a record of a tier that everybody of that tier reads.
func published(t testing.TB, s *shelf.Service, tier hub.Tier, title string) *hub.Record {
	t.Helper()
	r, err := s.Records.Create(t.Context(), stakeholder, hub.Record{
		Kind: hub.Network, Tier: tier, Original: hub.English, Versions: []hub.Version{{Lang: hub.English, Title: title}}, Body: record.Encode(map[string]any{"status": "active"}),
	})
	if err == nil {
		r, err = s.Records.Submit(t.Context(), stakeholder, r.ID, r.Rev)
	}
	if err == nil {
		r, err = s.Records.Publish(t.Context(), moderator, r.ID, r.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestLists: a list is its person's alone, keeps its order and its notes, and
// forgets what is erased.
func TestLists(t *testing.T) {
	s, ctx := newShelf(t), t.Context()
	a, b, closed := published(t, s, hub.TierPublic, "One"), published(t, s, hub.TierPublic, "Two"), published(t, s, hub.TierNetwork, "Three")
	if _, err := s.NewList(ctx, hub.Public, "Mine"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("without an account: %v", err)
	}
	var invalid *hub.Invalid
	if _, err := s.NewList(ctx, member, "  "); !errors.As(err, &invalid) || invalid.Field != "name" {
		t.Errorf("without a name: %v", err)
	}
	l, err := s.NewList(ctx, member, " For the  report ")
	if err != nil || l.Name != "For the report" {
		t.Fatalf("%+v, %v", l, err)
	}
	for _, r := range []*hub.Record{a, closed, b, a} {
		if err := s.Save(ctx, member, l.ID, r.ID, "note "+r.Slug); err != nil {
			t.Fatal(err)
		}
	}
	theirs, err := s.NewList(ctx, stakeholder, "Theirs")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Save(ctx, stakeholder, theirs.ID, closed.ID, ""); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a record that is not for them: %v", err)
	}
	for name, v := range map[string]hub.Viewer{"Other": other, "Moderator": moderator, "Admin": admin, "Public": hub.Public} {
		for what, err := range map[string]error{
			"reads":   second(s.List(ctx, v, hub.ActRead, l.ID)),
			"exports": second(s.List(ctx, v, hub.ActExport, l.ID)),
			"saves":   s.Save(ctx, v, l.ID, a.ID, ""), "renames": s.Rename(ctx, v, l.ID, "X"), "drops": s.Drop(ctx, v, l.ID),
			"moves": s.Move(ctx, v, l.ID, a.ID, 1), "notes": s.Note(ctx, v, l.ID, a.ID, "x"), "takes": s.Take(ctx, v, l.ID, a.ID),
		} {
			if !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
	for _, step := range []error{
		s.Move(ctx, member, l.ID, b.ID, -1), s.Move(ctx, member, l.ID, a.ID, -1), s.Note(ctx, member, l.ID, b.ID, "better"), s.Take(ctx, member, l.ID, closed.ID), s.Take(ctx, member, l.ID, "no such"),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	got, err := s.List(ctx, member, hub.ActRead, l.ID)
	if err != nil || !slices.Equal(got.Records(), []string{a.ID, b.ID}) || got.Items[1].Note != "better" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := s.Note(ctx, member, l.ID, b.ID, strings.Repeat("x", shelf.MaxNote+1)); !errors.As(err, &invalid) || invalid.Field != "note" {
		t.Errorf("a note that is too long: %v", err)
	}
	if own, err := s.Own(ctx, "member"); err != nil || !strings.Contains(fmt.Sprint(own), "better") {
		t.Errorf("own data: %v, %v", own, err)
	}
	if err := s.Forget(ctx, "member"); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Lists(ctx, member); err != nil || len(all) != 0 {
		t.Errorf("erased: %v, %v", all, err)
	}
	if all, err := s.Lists(ctx, stakeholder); err != nil || len(all) != 1 {
		t.Errorf("of somebody else: %v, %v", all, err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestListLimits: a person has MaxLists, also when many are made at once, and a
// list holds MaxItems.
func TestListLimits(t *testing.T) {
	s := newShelf(t)
	var group sync.WaitGroup
	for n := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range shelf.MaxLists / 4 {
				s.NewList(context.Background(), member, fmt.Sprintf("list %d %d", n, i))
			}
		}()
	}
	group.Wait()
	all, err := s.Lists(t.Context(), member)
	if err != nil || len(all) != shelf.MaxLists {
		t.Errorf("%d lists, %v", len(all), err)
	}
	var invalid *hub.Invalid
	if _, err := s.NewList(t.Context(), member, "one more"); !errors.As(err, &invalid) || invalid.Reason != hub.ReasonRange {
		t.Errorf("one more: %v", err)
	}
	if err := s.Drop(t.Context(), member, all[3].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NewList(t.Context(), member, "in its place"); err != nil {
		t.Error(err)
	}
}

// TestCollections: moderators write a collection in several languages; others
// see it when it is published, if it is for them, and of it what they may read.
func TestCollections(t *testing.T) {
	s, ctx := newShelf(t), t.Context()
	open, closed := published(t, s, hub.TierPublic, "One"), published(t, s, hub.TierNetwork, "Two")
	if _, err := s.NewCollection(ctx, member, hub.English, "Calendars"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a member makes one: %v", err)
	}
	c, err := s.NewCollection(ctx, moderator, hub.English, "Calendars of reports")
	if err != nil || c.Slug != "calendars-of-reports" {
		t.Fatalf("%+v, %v", c, err)
	}
	if again, err := s.NewCollection(ctx, moderator, hub.English, "Calendars of reports"); err != nil || again.Slug != "calendars-of-reports-2" {
		t.Errorf("another of that name: %+v, %v", again, err)
	}
	var invalid *hub.Invalid
	if _, err := s.Publish(ctx, moderator, c.Slug, c.Rev, true); !errors.As(err, &invalid) || invalid.Field != "entries" {
		t.Errorf("published empty: %v", err)
	}
	for _, r := range []*hub.Record{open, closed, open} {
		if err := s.Add(ctx, moderator, c.Slug, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Add(ctx, member, c.Slug, open.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a member adds to a draft: %v", err)
	}
	c, err = s.Collection(moderator, c.Slug)
	if err != nil || len(c.Entries) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	set := func(c *shelf.Collection) error {
		c.Texts[hub.French] = shelf.Text{Title: "Calendriers", Intro: "Pour *commencer*."}
		c.Entries[1].Say = map[hub.Lang]string{hub.English: "For members."}
		return nil
	}
	written, err := s.Write(ctx, moderator, c.Slug, c.Rev, set)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(ctx, moderator, c.Slug, c.Rev, set); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("written over: %v", err)
	}
	if _, err := s.Write(ctx, moderator, c.Slug, written.Rev, func(c *shelf.Collection) error {
		c.Tier = hub.TierMechanism
		return nil
	}); !errors.As(err, &invalid) || invalid.Field != "tier" {
		t.Errorf("for one mechanism: %v", err)
	}
	for _, v := range []hub.Viewer{hub.Public, stakeholder, member, admin} {
		if _, err := s.Collection(v, c.Slug); !errors.Is(err, hub.ErrNotFound) || len(s.Shown(v)) != 0 || len(s.Holding(v, open.ID)) != 0 {
			t.Errorf("%s sees a draft: %v", v.Role, err)
		}
	}
	before := s.Rev()
	c, err = s.Publish(ctx, moderator, c.Slug, written.Rev, true)
	if err != nil || s.Rev() == before {
		t.Fatalf("published: %v, at %d", err, s.Rev())
	}
	acts, _, err := s.Log.List(ctx, audit.Filter{Limit: 10})
	if err != nil || len(acts) != 1 || strings.Contains(fmt.Sprintf("%+v", acts), "calendars") {
		t.Errorf("the record of acts says what it is called, or nothing: %+v, %v", acts, err)
	}
	for _, x := range []struct {
		v    hub.Viewer
		tier hub.Tier
		sees bool
	}{
		{hub.Public, hub.TierPublic, true}, {hub.Public, hub.TierRegistered, false}, {stakeholder, hub.TierRegistered, true}, {stakeholder, hub.TierNetwork, false},
		{admin, hub.TierNetwork, false}, {member, hub.TierNetwork, true}, {other, hub.TierNetwork, true}, {moderator, hub.TierNetwork, true},
	} {
		c, err = s.Write(ctx, moderator, c.Slug, c.Rev, func(c *shelf.Collection) error {
			c.Tier = x.tier
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err := s.Collection(x.v, c.Slug)
		if got := err == nil; got != x.sees || (len(s.Holding(x.v, open.ID)) == 1) != x.sees {
			t.Errorf("%s sees one of %s: %v, want %v", x.v.Role, x.tier, got, x.sees)
		}
	}
	if _, err := s.Write(ctx, member, c.Slug, c.Rev, set); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a member writes: %v", err)
	}
	another := &shelf.Service{Door: s.Door, Store: s.Store, Records: s.Records, Now: s.Now}
	if err := another.Fill(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := another.Collection(member, c.Slug); err != nil || got.Rev != c.Rev {
		t.Errorf("another instance has %+v, %v", got, err)
	}
}

// TestFollow: an instance learns what another wrote.
func TestFollow(t *testing.T) {
	s := newShelf(t)
	another := &shelf.Service{Door: s.Door, Store: s.Store, Records: s.Records, Now: s.Now}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		another.Follow(ctx, time.Millisecond, func(err error) { t.Error(err) })
	}()
	c, err := s.NewCollection(t.Context(), moderator, hub.English, "Calendars")
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(5 * time.Second); ; {
		if _, err := another.Collection(moderator, c.Slug); err == nil {
			break
		}
		select {
		case <-late:
			t.Fatal("another instance does not learn of it")
		case <-tick.C:
		}
	}
	stop()
	<-done
}
