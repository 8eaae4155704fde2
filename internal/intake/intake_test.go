package intake_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/blob/disk"
	"nmirfhub/internal/contribute"
	"nmirfhub/internal/extract"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/intake"
	"nmirfhub/internal/library"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/policies"
	"nmirfhub/seed"
)

var (
	stakeholder = hub.Viewer{Person: "stakeholder", Role: hub.RoleStakeholder}
	member      = hub.Viewer{Person: "member", Role: hub.RoleMember, Mechanism: "MDA"}
	moderator   = hub.Viewer{Person: "moderator", Role: hub.RoleModerator}
	admin       = hub.Viewer{Person: "admin", Role: hub.RoleAdmin}
)

// house is a service over a real store.
type house struct {
	*intake.Service
	db *failing
}

// failing is a store that can stop taking records, as at the end of a process.
type failing struct {
	store.Store
	mu   sync.Mutex
	left int // records that it still takes; below 0: all
}

var errStopped = errors.New("the process ends here")

func (f *failing) Insert(ctx context.Context, c string, d store.Doc) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c == "records" && f.left == 0 {
		return errStopped
	}
	err := f.Store.Insert(ctx, c, d)
	if c == "records" && f.left > 0 && err == nil {
		f.left--
	}
	return err
}

func newHouse(t testing.TB) house {
	t.Helper()
	collections := append(record.Collections(), intake.Collections()...)
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), collections)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
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
	blobs, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f := &failing{Store: db, left: -1}
	now := func() time.Time { return time.Now().UTC() }
	checker := question.Checker{Words: words, Exists: func(hub.Kind, string) bool { return false }}
	records := &record.Service{
		Door: door, Store: f, Catalogue: record.NewCatalogue(words.StateName), Kinds: map[hub.Kind]record.Kind{hub.Publication: library.Kind()},
		Region: words.Region, Now: now, NewID: hub.NewID,
		Asks: func(r *hub.Record) error { return checker.Record(sets.Named(r.Questions), r) },
	}
	writing := &contribute.Service{Records: records, Sets: sets, Checker: checker}
	return house{&intake.Service{
		Writing: writing,
		Door:    door, Store: store.Only(f, "imports"), Records: records, Blobs: blobs, Sets: sets, Checker: checker, Now: now, NewID: hub.NewID,
		Read: func(context.Context, string, io.Reader, int64) (extract.Text, error) { return extract.Text{}, nil },
		Viewer: func(_ context.Context, person string) (hub.Viewer, error) {
			for _, v := range []hub.Viewer{stakeholder, member, moderator, admin} {
				if v.Person == person {
					return v, nil
				}
			}
			return hub.Viewer{}, hub.ErrNotFound
		},
	}, f}
}

func (h house) take(t testing.TB, v hub.Viewer, text string) *intake.Import {
	t.Helper()
	i, err := h.Take(t.Context(), v, "library.bib", []byte(text), hub.English, "")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (h house) weigh(t testing.TB, v hub.Viewer, id string) *intake.Weighed {
	t.Helper()
	w, err := h.Weigh(t.Context(), v, id)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// bring brings in all that is new.
func (h house) bring(t testing.TB, v hub.Viewer, text string, as hub.Status) *intake.Import {
	t.Helper()
	i := h.take(t, v, text)
	if _, err := h.Apply(t.Context(), v, i.ID, as); err != nil {
		t.Fatal(err)
	}
	if err := h.Work(t.Context(), "here"); err != nil {
		t.Fatal(err)
	}
	return h.load(t, v, i.ID)
}

func (h house) load(t testing.TB, v hub.Viewer, id string) *intake.Import {
	t.Helper()
	i, err := h.Load(t.Context(), v, id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (h house) published(t testing.TB) int {
	t.Helper()
	l, err := h.Records.List(moderator, record.Query{Kind: hub.Publication, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return l.Total
}

func book(n int) string {
	return fmt.Sprintf("@book{k%d, title={The follow-up of recommendation number %d}, author={Ndiaye, Awa}, year=2020, url={https://example.org/%d}}\n", n, n, n)
}

func books(n int) string {
	var all strings.Builder
	for i := range n {
		all.WriteString(book(i))
	}
	return all.String()
}

func kinds(w *intake.Weighed) string {
	var all []string
	for _, e := range w.Entries {
		all = append(all, string(e.Is))
	}
	return strings.Join(all, " ")
}

func TestWhoMayBring(t *testing.T) {
	h := newHouse(t)
	for _, v := range []hub.Viewer{{}, hub.Public, admin} {
		if _, err := h.Take(t.Context(), v, "", []byte(book(1)), hub.English, ""); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s: got %v", v.Role, err)
		}
	}
	i := h.take(t, member, book(1))
	for _, v := range []hub.Viewer{stakeholder, moderator, admin, {}} {
		if _, err := h.Load(t.Context(), v, i.ID); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%s reads what a member brought: %v", v.Role, err)
		}
		if _, err := h.Apply(t.Context(), v, i.ID, hub.StatusSubmitted); err == nil {
			t.Errorf("%s applies what a member brought", v.Role)
		}
	}
	if _, err := h.Apply(t.Context(), member, i.ID, hub.StatusPublished); err == nil {
		t.Error("a member publishes")
	}
}

func TestBadFiles(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ raw, reason string }{
		{" \n", hub.ReasonRequired}, {"Dear colleague", hub.ReasonFormat}, {"PK\x03\x04", hub.ReasonFormat}, {strings.Repeat("x", 17<<20), hub.ReasonTooLong},
	} {
		_, err := h.Take(t.Context(), member, "x", []byte(c.raw), hub.English, "")
		var invalid *hub.Invalid
		if !errors.As(err, &invalid) || invalid.Field != "file" || invalid.Reason != c.reason {
			t.Errorf("%.20q: got %v, want %s", c.raw, err, c.reason)
		}
	}
}

func TestWeigh(t *testing.T) {
	h := newHouse(t)
	h.bring(t, moderator, book(1)+book(2), hub.StatusPublished)
	i := h.take(t, stakeholder, book(1)+strings.Replace(book(2), "2020", "2021-05", 1)+book(3)+book(3)+"@book{broken, title={x\n")
	w := h.weigh(t, stakeholder, i.ID)
	if got := kinds(w); got != "same different new again" || len(w.Broken) != 1 || w.Broken[0].Line != 5 {
		t.Fatalf("got %q, broken %+v", got, w.Broken)
	}
	if d := w.Entries[1].Differences; len(d) != 1 || d[0].Question.Code != "date" || string(d[0].Was) != `"2020"` || string(d[0].Is) != `"2021-05"` {
		t.Errorf("got %+v", d)
	}
	if w.Entries[3].Repeats != 3 {
		t.Errorf("it repeats line %d, want 3", w.Entries[3].Repeats)
	}
}

// TestClosedIsNotFound: what somebody may not read is new to them.
func TestClosedIsNotFound(t *testing.T) {
	h := newHouse(t)
	h.bring(t, member, book(1), hub.StatusDraft)
	h.bring(t, member, book(2), hub.StatusSubmitted)
	h.bring(t, moderator, book(3), hub.StatusPublished)
	l, err := h.Records.List(moderator, record.Query{Kind: hub.Publication, Limit: 1})
	if err != nil || l.Total != 1 {
		t.Fatalf("%d published: %v", l.Total, err)
	}
	r, err := h.Records.Load(t.Context(), moderator, l.Heads[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	r.Tier = hub.TierNetwork
	if _, err := h.Records.Save(t.Context(), moderator, *r, ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v    hub.Viewer
		want string
	}{{stakeholder, "new new new"}, {member, "same same same"}, {moderator, "new same same"}} {
		w := h.weigh(t, c.v, h.take(t, c.v, book(1)+book(2)+book(3)).ID)
		if got := kinds(w); got != c.want {
			t.Errorf("%s: got %q, want %q", c.v.Role, got, c.want)
		}
		for _, e := range w.Entries {
			if (e.There != nil) != (e.Is == intake.Same) {
				t.Errorf("%s: an entry that is %s has %v", c.v.Role, e.Is, e.There)
			}
		}
	}
}

func TestChoose(t *testing.T) {
	h := newHouse(t)
	h.bring(t, moderator, book(0), hub.StatusPublished)
	i := h.take(t, moderator, books(4))
	if _, err := h.Choose(t.Context(), moderator, i.ID, []int{0, 1, 2}, []int{0, 2}); err != nil {
		t.Fatal(err)
	}
	i = h.load(t, moderator, i.ID)
	if got := fmt.Sprint(i.Wanted(h.weigh(t, moderator, i.ID))); got != "[0 2 3]" {
		t.Errorf("got %s", got)
	}
	if _, err := h.Choose(t.Context(), moderator, i.ID, []int{9}, nil); err == nil {
		t.Error("an entry that is not there is chosen")
	}
}

func TestMostHanded(t *testing.T) {
	h := newHouse(t)
	i := h.take(t, stakeholder, books(intake.MaxHanded+1))
	_, err := h.Apply(t.Context(), stakeholder, i.ID, hub.StatusSubmitted)
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || invalid.Limit != intake.MaxHanded {
		t.Errorf("got %v", err)
	}
}

// TestGoesOnAfterACrash ends the process after each record in turn: each comes
// in once.
func TestGoesOnAfterACrash(t *testing.T) {
	h := newHouse(t)
	const n = 12
	i := h.take(t, moderator, books(n))
	if _, err := h.Apply(t.Context(), moderator, i.ID, hub.StatusPublished); err != nil {
		t.Fatal(err)
	}
	clock := time.Now().UTC()
	h.Now = func() time.Time { return clock }
	for crash := range n {
		h.db.left = 1
		if err := h.Work(t.Context(), fmt.Sprint("process ", crash)); crash < n-1 && !errors.Is(err, errStopped) {
			t.Fatalf("crash %d: %v", crash, err)
		}
		if got := h.published(t); got != crash+1 {
			t.Fatalf("after crash %d there are %d", crash, got)
		}
		if err := h.Work(t.Context(), "another"); err != nil || h.published(t) != crash+1 {
			t.Fatalf("another works on what is claimed: %v", err)
		}
		clock = clock.Add(time.Minute)
	}
	h.db.left = -1
	if err := h.Work(t.Context(), "last"); err != nil {
		t.Fatal(err)
	}
	if i = h.load(t, moderator, i.ID); i.State != intake.Applied || h.published(t) != n || len(i.Wrong) > 0 {
		t.Errorf("got %s, %d published, %v", i.State, h.published(t), i.Wrong)
	}
}

func TestUndo(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		v  hub.Viewer
		as hub.Status
	}{{moderator, hub.StatusPublished}, {member, hub.StatusDraft}, {stakeholder, hub.StatusSubmitted}} {
		t.Run(string(c.as), func(t *testing.T) {
			i := h.bring(t, c.v, books(3), c.as)
			w := h.weigh(t, c.v, h.take(t, c.v, books(3)).ID)
			if got := kinds(w); got != "same same same" {
				t.Fatalf("got %q", got)
			}
			touched := w.Entries[1].There
			if _, err := h.Records.Save(t.Context(), moderator, *touched, "mended"); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Undo(t.Context(), c.v, i.ID); err != nil {
				t.Fatal(err)
			}
			if err := h.Work(t.Context(), "here"); err != nil {
				t.Fatal(err)
			}
			i = h.load(t, c.v, i.ID)
			if i.State != intake.Undone || len(i.Kept) != 1 || i.Kept[0].Record != touched.ID {
				t.Errorf("got %s, kept %+v", i.State, i.Kept)
			}
			if got := kinds(h.weigh(t, c.v, h.take(t, c.v, books(3)).ID)); got != "new same new" {
				t.Errorf("afterwards %q", got)
			}
			r, err := h.Records.Load(t.Context(), moderator, touched.ID)
			if err != nil {
				t.Fatal(err)
			}
			r.Versions[0].Title = "Something else that nobody finds again " + string(c.as)
			if _, err := h.Records.Save(t.Context(), moderator, *r, ""); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestOne(t *testing.T) {
	h := newHouse(t)
	i := h.take(t, member, strings.Replace(book(1), "year", "abstract={Short.}, year", 1))
	one := h.One(i, h.weigh(t, member, i.ID))
	if one == nil || one.Versions[0].Summary != "Short." {
		t.Fatalf("got %+v", one)
	}
	if _, err := h.Begin(t.Context(), member, i.ID, intake.Confirmed{Title: " ", Lang: hub.French}); err == nil {
		t.Error("a draft without a title is begun")
	}
	c := intake.Confirmed{Title: "Another title", Lang: hub.French, Without: []string{"summary"}}
	for range 2 {
		r, err := h.Begin(t.Context(), member, i.ID, c)
		if err != nil {
			t.Fatal(err)
		}
		if v := r.Versions[0]; v.Title != "Another title" || v.Lang != hub.French || v.Summary != "" || r.Status != hub.StatusDraft || r.Rev != 1 {
			t.Errorf("got %+v", r)
		}
	}
	mine, err := h.Records.Mine(t.Context(), member)
	if err != nil || len(mine) != 1 {
		t.Errorf("%d drafts: %v", len(mine), err)
	}
	if _, err := h.Records.Submit(t.Context(), member, mine[0].ID, 1); err != nil {
		t.Errorf("it cannot be handed on: %v", err)
	}
}

// worked is how long this process has worked: others on the machine have no
// part in it.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// TestManyImported holds the figure: the messy library comes in within ten
// seconds.
func TestManyImported(t *testing.T) {
	f, err := os.Open("../bibliography/testdata/messy.bib.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := io.Copy(&raw, z); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	start, before := time.Now(), worked(t)
	i := h.take(t, moderator, raw.String())
	w := h.weigh(t, moderator, i.ID)
	all := make([]int, len(w.Entries))
	for n := range all {
		all[n] = n
	}
	if _, err := h.Choose(t.Context(), moderator, i.ID, all, all); err != nil {
		t.Fatal(err)
	}
	shown := time.Since(start)
	if _, err := h.Apply(t.Context(), moderator, i.ID, hub.StatusPublished); err != nil {
		t.Fatal(err)
	}
	if err := h.Work(t.Context(), "here"); err != nil {
		t.Fatal(err)
	}
	took, work := time.Since(start), worked(t)-before
	i = h.load(t, moderator, i.ID)
	t.Logf("%d entries: %d published, %d refused; shown after %s, done after %s, %s of work", len(all), h.published(t), len(i.Wrong), shown.Round(time.Millisecond), took.Round(time.Millisecond), work.Round(time.Millisecond))
	if i.State != intake.Applied || h.published(t)+len(i.Wrong) != len(all) || len(i.Wrong) > len(all)/100 {
		t.Errorf("%s: %d of %d published, refused %+v", i.State, h.published(t), len(all), i.Wrong)
	}
	if !raceDetector && work > 10*time.Second {
		t.Errorf("it is %s of work", work)
	}
}
