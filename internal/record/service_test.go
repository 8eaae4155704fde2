package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/policies"
)

var (
	author      = hub.Viewer{Person: "author", Role: hub.RoleMember, Mechanism: "MDA"}
	colleague   = hub.Viewer{Person: "colleague", Role: hub.RoleMember, Mechanism: "MDA"}
	coordinator = hub.Viewer{Person: "coordinator", Role: hub.RoleCoordinator, Mechanism: "MDA"}
	foreigner   = hub.Viewer{Person: "foreigner", Role: hub.RoleCoordinator, Mechanism: "MAR"}
	moderator   = hub.Viewer{Person: "moderator", Role: hub.RoleModerator}
	stakeholder = hub.Viewer{Person: "stakeholder", Role: hub.RoleStakeholder}
)

// code names a State by its code.
func code(s hub.State, _ hub.Lang) string { return string(s) }

// newService is a service over a store of its own, with a clock that moves a
// second each time it is read.
func newService(t testing.TB) (*record.Service, store.Store) {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), record.Collections())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return serviceOver(t, s, s), s
}

func serviceOver(t testing.TB, r store.Reader, w store.Writer) *record.Service {
	t.Helper()
	door, err := access.New(policies.Files, r)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return &record.Service{
		Door: door, Store: w, Catalogue: record.NewCatalogue(code),
		Kinds:  map[hub.Kind]record.Kind{hub.Practice: practice.Kind()},
		Region: func(hub.State) string { return "eastern-european" },
		Now: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(time.Second)
			return now
		},
		NewID: hub.NewID,
	}
}

func draft(slug string) hub.Record {
	return hub.Record{
		Kind: hub.Practice, Slug: slug, Tier: hub.TierPublic, States: []hub.State{"MDA"}, Themes: []string{"data"}, Date: "2019",
		Original: hub.English,
		Versions: []hub.Version{{Lang: hub.English, Title: "A calendar for " + slug, Summary: "One calendar of reports.", Text: record.Encode(practice.Text{Problem: "Late reports."})}},
		Body:     record.Encode(practice.Practice{Capacity: "coordination", Stage: "established", Evidence: "self-reported"}),
	}
}

// published is a record that went the whole way.
func published(t testing.TB, s *record.Service, r hub.Record) *hub.Record {
	t.Helper()
	ctx := context.Background()
	d, err := s.Create(ctx, author, r)
	if err != nil {
		t.Fatal(err)
	}
	d, err = s.Submit(ctx, author, d.ID, d.Rev)
	if err != nil {
		t.Fatal(err)
	}
	d, err = s.Clear(ctx, coordinator, d.ID, d.Rev)
	if err != nil {
		t.Fatal(err)
	}
	d, err = s.Publish(ctx, moderator, d.ID, d.Rev)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLife(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	r, err := s.Create(ctx, author, draft("calendar"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Rev != 1 || r.Status != hub.StatusDraft || r.Author != "author" || r.Mechanism != "MDA" {
		t.Fatalf("created %+v", r)
	}
	step := func(name string, want hub.Status, do func() (*hub.Record, error)) {
		t.Helper()
		was := r.Rev
		if r, err = do(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Status != want || r.Rev != was+1 {
			t.Fatalf("%s: got %s at %d, want %s at %d", name, r.Status, r.Rev, want, was+1)
		}
	}
	step("save", hub.StatusDraft, func() (*hub.Record, error) {
		r.Versions[0].Title = "A better calendar"
		return s.Save(ctx, author, *r, "")
	})
	step("submit", hub.StatusClearing, func() (*hub.Record, error) { return s.Submit(ctx, author, r.ID, r.Rev) })
	step("clear", hub.StatusSubmitted, func() (*hub.Record, error) { return s.Clear(ctx, coordinator, r.ID, r.Rev) })
	if r.Cleared == nil || r.Cleared.By != "coordinator" {
		t.Errorf("cleared %+v", r.Cleared)
	}
	step("return", hub.StatusReturned, func() (*hub.Record, error) {
		return s.Return(ctx, moderator, r.ID, r.Rev, "Say who took part.")
	})
	step("mend", hub.StatusReturned, func() (*hub.Record, error) {
		r.Versions[0].Text = record.Encode(practice.Text{Problem: "Late reports.", Actors: []string{"All ministries"}})
		return s.Save(ctx, author, *r, "")
	})
	step("submit again", hub.StatusClearing, func() (*hub.Record, error) { return s.Submit(ctx, author, r.ID, r.Rev) })
	step("clear again", hub.StatusSubmitted, func() (*hub.Record, error) { return s.Clear(ctx, coordinator, r.ID, r.Rev) })
	step("publish", hub.StatusPublished, func() (*hub.Record, error) { return s.Publish(ctx, moderator, r.ID, r.Rev) })
	if found, err := s.Find(ctx, hub.Public, hub.Practice, "calendar"); err != nil || found.Versions[0].Title != "A better calendar" {
		t.Fatalf("the public finds %v, %v", found, err)
	}
	step("revise", hub.StatusPublished, func() (*hub.Record, error) {
		r.Themes = []string{"data", "deadlines"}
		return s.Save(ctx, coordinator, *r, "one theme more")
	})
	if got, want := r.Change.Fields, []string{"themes"}; !reflect.DeepEqual(got, want) || r.Change.By != "coordinator" || r.Change.Note != "one theme more" {
		t.Errorf("the revision says %+v, want %v by coordinator", r.Change, want)
	}
	step("archive", hub.StatusArchived, func() (*hub.Record, error) {
		return s.Archive(ctx, coordinator, r.ID, r.Rev, "out of date")
	})
	if _, err := s.Find(ctx, hub.Public, hub.Practice, "calendar"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the public still finds it: %v", err)
	}
	history, err := s.History(ctx, moderator, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, h := range history {
		acts = append(acts, fmt.Sprintf("%d %s", h.Rev, h.Change.Act))
	}
	want := "11 withdrawn, 10 revised, 9 published, 8 cleared, 7 submitted, 6 saved, 5 returned, 4 cleared, 3 submitted, 2 saved, 1 created"
	if got := strings.Join(acts, ", "); got != want {
		t.Errorf("history\n got %s\nwant %s", got, want)
	}
}

func TestWhoMay(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	r, err := s.Create(ctx, author, draft("calendar"))
	if err != nil {
		t.Fatal(err)
	}
	pub := published(t, s, draft("published"))
	for _, c := range []struct {
		name string
		do   func() error
		want error
	}{
		{"PublicCannotCreate", func() error { _, err := s.Create(ctx, hub.Public, draft("x")); return err }, hub.ErrNotFound},
		{"StrangerSeesNoDraft", func() error { _, err := s.Find(ctx, foreigner, hub.Practice, "calendar"); return err }, hub.ErrNotFound},
		{"ColleagueSeesNoDraft", func() error { _, err := s.Find(ctx, colleague, hub.Practice, "calendar"); return err }, hub.ErrNotFound},
		{"CoordinatorSeesDraftOfOwn", func() error { _, err := s.Find(ctx, coordinator, hub.Practice, "calendar"); return err }, nil},
		{"StrangerCannotSave", func() error { _, err := s.Save(ctx, foreigner, *r, ""); return err }, hub.ErrNotFound},
		{"AuthorCannotPublish", func() error { _, err := s.Publish(ctx, author, r.ID, r.Rev); return err }, hub.ErrForbidden},
		{"OtherMechanismCannotRevise", func() error { _, err := s.Save(ctx, foreigner, *pub, ""); return err }, hub.ErrForbidden},
		{"AuthorCannotRevisePublished", func() error { _, err := s.Save(ctx, author, *pub, ""); return err }, hub.ErrForbidden},
		{"OtherMechanismCannotArchive", func() error { _, err := s.Archive(ctx, foreigner, pub.ID, pub.Rev, ""); return err }, hub.ErrForbidden},
		{"CoordinatorCannotWiden", func() error {
			narrow := published(t, s, tiered("narrow", hub.TierNetwork))
			narrow.Tier = hub.TierPublic
			_, err := s.Save(ctx, coordinator, *narrow, "")
			return err
		}, hub.ErrForbidden},
		{"PublicHistoryIsTheCurrentOne", func() error {
			h, err := s.History(ctx, hub.Public, pub.ID)
			if len(h) != 1 {
				return fmt.Errorf("%d revisions", len(h))
			}
			return err
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(); !errors.Is(err, c.want) || (c.want == nil && err != nil) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func tiered(slug string, tier hub.Tier) hub.Record {
	r := draft(slug)
	r.Tier = tier
	return r
}

func TestRefusedSteps(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	r, err := s.Create(ctx, author, draft("calendar"))
	if err != nil {
		t.Fatal(err)
	}
	pub := published(t, s, draft("published"))
	for _, c := range []struct {
		name, field string
		do          func() error
	}{
		{"PublishDraft", "status", func() error { _, err := s.Publish(ctx, moderator, r.ID, r.Rev); return err }},
		{"ReturnWithoutReason", "note", func() error { _, err := s.Return(ctx, moderator, r.ID, r.Rev, ""); return err }},
		{"SubmitPublished", "status", func() error { _, err := s.Submit(ctx, coordinator, pub.ID, pub.Rev); return err }},
		{"NoTitle", "versions.en.title", func() error {
			bad := draft("bad")
			bad.Versions[0].Title = " "
			_, err := s.Create(ctx, author, bad)
			return err
		}},
		{"NoOriginal", "original", func() error {
			bad := draft("bad")
			bad.Original = hub.French
			_, err := s.Create(ctx, author, bad)
			return err
		}},
		{"BadSlug", "slug", func() error { _, err := s.Create(ctx, author, draft("Not A Slug")); return err }},
		{"BadDate", "date", func() error {
			bad := draft("bad")
			bad.Date = "last year"
			_, err := s.Create(ctx, author, bad)
			return err
		}},
		{"UnknownBodyField", "body", func() error {
			bad := draft("bad")
			bad.Body = json.RawMessage(`{"capacity":"coordination","stage":"established","evidence":"x","$ne":""}`)
			r, err := s.Create(ctx, author, bad)
			if err != nil {
				return err
			}
			_, err = s.Submit(ctx, author, r.ID, r.Rev)
			return err
		}},
		{"ScriptAddress", "sources.url", func() error {
			bad := draft("bad")
			bad.Sources = []hub.Source{{Title: "x", URL: "javascript:alert(1)"}}
			_, err := s.Create(ctx, author, bad)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var invalid *hub.Invalid
			if err := c.do(); !errors.As(err, &invalid) || invalid.Field != c.field {
				t.Errorf("got %v, want an invalid %s", err, c.field)
			}
		})
	}
}

func TestStaleRevision(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	r, err := s.Create(ctx, author, draft("calendar"))
	if err != nil {
		t.Fatal(err)
	}
	const writers = 8
	var won, lost sync.Map
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			mine := *r
			mine.Themes = []string{fmt.Sprintf("theme-%d", i)}
			_, err := s.Save(ctx, author, mine, "")
			switch {
			case err == nil:
				won.Store(i, true)
			case errors.Is(err, hub.ErrConflict):
				lost.Store(i, true)
			default:
				t.Errorf("writer %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n := size(&won); n != 1 {
		t.Errorf("%d of %d writers with the same revision won, want 1", n, writers)
	}
	if n := size(&lost); n != writers-1 {
		t.Errorf("%d writers were told of the conflict, want %d", n, writers-1)
	}
}

func size(m *sync.Map) int {
	n := 0
	m.Range(func(any, any) bool { n++; return true })
	return n
}

func TestSlugTaken(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	if _, err := s.Create(ctx, author, draft("calendar")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(ctx, foreigner, draft("calendar")); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}

// cutWriter fails after some writes, as a process that dies between two does.
type cutWriter struct {
	store.Writer
	left int
}

var errCut = errors.New("the power went out")

func (c *cutWriter) Insert(ctx context.Context, coll string, d store.Doc) error {
	if c.left--; c.left < 0 {
		return errCut
	}
	return c.Writer.Insert(ctx, coll, d)
}

func (c *cutWriter) Update(ctx context.Context, coll string, d store.Doc) error {
	if c.left--; c.left < 0 {
		return errCut
	}
	return c.Writer.Update(ctx, coll, d)
}

// TestCrashBetweenWrites ends the process before each write of an act and
// goes on with a new one: nothing is lost, nothing is half done.
func TestCrashBetweenWrites(t *testing.T) {
	ctx := context.Background()
	for writes := range 3 {
		t.Run(fmt.Sprintf("After%dWrites", writes), func(t *testing.T) {
			whole, db := newService(t)
			r, err := whole.Create(ctx, author, draft("calendar"))
			if err != nil {
				t.Fatal(err)
			}
			next := *r
			next.Themes = []string{"deadlines"}
			_, err = serviceOver(t, db, &cutWriter{Writer: db, left: writes}).Save(ctx, author, next, "")
			if wantCut := writes < 2; errors.Is(err, errCut) != wantCut {
				t.Fatalf("got %v, want it cut: %v", err, wantCut)
			}
			after := serviceOver(t, db, db)
			stored, err := after.Find(ctx, author, hub.Practice, "calendar")
			if err != nil {
				t.Fatal(err)
			}
			if writes < 2 {
				if stored.Rev != 1 || stored.Themes[0] != "data" {
					t.Fatalf("a save that was cut left %+v", stored)
				}
				next.Rev = stored.Rev
				if stored, err = after.Save(ctx, author, next, ""); err != nil {
					t.Fatalf("saving again: %v", err)
				}
			}
			if stored.Rev != 2 || stored.Themes[0] != "deadlines" {
				t.Errorf("got %+v", stored)
			}
			if h, err := after.History(ctx, author, r.ID); err != nil || len(h) != 2 || h[1].Themes[0] != "data" {
				t.Errorf("history %v, %v", h, err)
			}
		})
	}
}

func TestSeed(t *testing.T) {
	ctx := context.Background()
	s, _ := newService(t)
	shipped := func(digest, title string) *hub.Record {
		r := draft("calendar")
		r.ID, r.Seed, r.Mechanism = "shipped1", digest, "MDA"
		r.Versions[0].Title = title
		return &r
	}
	seed := func(r *hub.Record, want record.Outcome) {
		t.Helper()
		if got, err := s.Seed(ctx, r); err != nil || got != want {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
	}
	seed(shipped("d1", "First"), record.SeedNew)
	seed(shipped("d1", "First"), record.SeedSame)
	seed(shipped("d2", "Second"), record.SeedRefreshed)
	r, err := s.Find(ctx, hub.Public, hub.Practice, "calendar")
	if err != nil || r.Versions[0].Title != "Second" || r.Rev != 2 {
		t.Fatalf("got %+v, %v", r, err)
	}
	r.Versions[0].Title = "Edited by the State"
	if _, err := s.Save(ctx, coordinator, *r, ""); err != nil {
		t.Fatal(err)
	}
	seed(shipped("d3", "Third"), record.SeedKept)
	if r, err = s.Find(ctx, hub.Public, hub.Practice, "calendar"); err != nil || r.Versions[0].Title != "Edited by the State" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestFollow has a second instance see what the first one writes.
func TestFollow(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	first, db := newService(t)
	second := serviceOver(t, db, db)
	from, err := second.Fill(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { second.Follow(ctx, from, time.Millisecond, func(err error) { t.Error(err) }) })
	r := published(t, first, draft("calendar"))
	until(t, func() bool { return len(second.Heads(hub.Public, hub.Practice, "calendar")) == 1 })
	if _, err := first.Archive(ctx, coordinator, r.ID, r.Rev, ""); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return len(second.Heads(hub.Public, hub.Practice, "calendar")) == 0 })
	stop()
	wg.Wait()
}

// until waits for a condition, and gives up after a while.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it did not come about")
		}
	}
}

func TestListsKeepToTiers(t *testing.T) {
	s, _ := newService(t)
	for _, c := range []struct {
		slug string
		tier hub.Tier
	}{{"open", hub.TierPublic}, {"known", hub.TierRegistered}, {"closed", hub.TierNetwork}} {
		published(t, s, tiered(c.slug, c.tier))
	}
	for _, c := range []struct {
		name  string
		v     hub.Viewer
		total int
	}{{"Public", hub.Public, 1}, {"Stakeholder", stakeholder, 2}, {"Member", author, 3}} {
		t.Run(c.name, func(t *testing.T) {
			l, err := s.List(c.v, record.Query{Kind: hub.Practice})
			if err != nil {
				t.Fatal(err)
			}
			counted := l.Counts[record.FacetTheme]["data"]
			if l.Total != c.total || len(l.Heads) != c.total || counted != c.total {
				t.Errorf("total %d, heads %d, counted %d, want %d", l.Total, len(l.Heads), counted, c.total)
			}
			if n := len(s.Recent(c.v, 10)); n != min(c.total, 2) {
				t.Errorf("%d recent, want %d", n, c.total)
			}
		})
	}
}
