// Package intake is how publications come in without typing: from a citation, a
// library of another program or a PDF. What was read is shown first; what is
// there already is found among what the person may read; what is brought in is
// brought in once, whatever happens meanwhile, and can be taken back.
package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/bibliography"
	"nmirfhub/internal/blob"
	"nmirfhub/internal/contribute"
	"nmirfhub/internal/extract"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
)

const collection = "imports"

// Collections declares what the store must hold for imports.
//
//	imports  key: id of the import; body: Import
func Collections() []store.Collection {
	return []store.Collection{{Name: collection, Indexes: []store.Index{
		{Name: "owner", Fields: []string{"owner", "created"}},
		{Name: "state", Fields: []string{"state", "created"}},
	}}}
}

// Limits of what is taken in.
const (
	MaxPDF     = 25 << 20 // bytes
	MaxHanded  = 500      // publications at once, for who does not publish
	keepFor    = 30 * 24 * time.Hour
	readWithin = 15 * time.Second
)

// State is how far an import is.
type State string

// The states.
const (
	Shown    State = "shown"    // read, and nothing brought in
	Applying State = "applying" // being brought in
	Applied  State = "applied"
	Undoing  State = "undoing" // being taken back
	Undone   State = "undone"
)

// Import is a file that somebody brought.
type Import struct {
	ID      string              `json:"id"`
	Rev     int64               `json:"rev"`
	Owner   string              `json:"owner"`
	Created time.Time           `json:"created"`
	State   State               `json:"state"`
	Name    string              `json:"name"` // of the file; empty for what was pasted
	Format  bibliography.Format `json:"format"`
	Lang    hub.Lang            `json:"lang"`           // for what does not say its own
	Into    string              `json:"into,omitempty"` // the draft that is to be filled
	PDF     *Found              `json:"pdf,omitempty"`  // what a PDF says of itself
	Bytes   int64               `json:"bytes"`

	Left  []int      `json:"left,omitempty"`  // new ones that are not wanted, by number
	Added []int      `json:"added,omitempty"` // others that are wanted all the same
	Fills []Fill     `json:"fills,omitempty"` // what goes into publications that are there
	As    hub.Status `json:"as,omitempty"`    // what the new ones become
	Plan  []int      `json:"plan,omitempty"`  // those that come in, by number
	Done  int        `json:"done"`            // of the plan
	Kept  []Kept     `json:"kept,omitempty"`  // what was touched, and stays
	Wrong []Kept     `json:"wrong,omitempty"` // what could not be brought in

	Claim string    `json:"claim,omitempty"` // who works on it
	Until time.Time `json:"until,omitzero"`  // and until when nobody else does
}

// Kept names a record, or an entry.
type Kept struct {
	Record string `json:"record,omitempty"`
	Line   int    `json:"line,omitempty"`
	Title  string `json:"title"`
}

// Formats of files that hold no library.
const PDF bibliography.Format = "pdf"

// Service is what may be done. Its fields are set once. Safe for concurrent
// use.
type Service struct {
	Door    *access.Door
	Store   store.Store // of imports alone
	Records *record.Service
	Blobs   blob.Store
	Writing *contribute.Service // takes over answers, into what is there
	Sets    *question.Sets
	Checker question.Checker
	Read    func(ctx context.Context, name string, file io.Reader, size int64) (extract.Text, error)
	Viewer  func(ctx context.Context, person string) (hub.Viewer, error) // as they are now
	Now     func() time.Time                                             // UTC
	NewID   func() string

	known   known
	mu      sync.Mutex
	seen    []weighed       // the last that were weighed
	working map[string]bool // those that are being weighed, by import and person
	wake    chan struct{}
	once    sync.Once
}

// guard says what an import is to the policy: something unpublished of its
// owner. Who may read what is unpublished of others does not get their imports
// either, see Load.
func guard(i *Import) access.Object {
	return access.Object{Kind: access.Unpublished, Owner: i.Owner}
}

// Allows says whether somebody may bring publications.
func (s *Service) Allows(v hub.Viewer) bool {
	return v.SignedIn() && (s.Records.Writes(v) || s.Records.Publishes(v))
}

// Take keeps a file, or what was pasted, to be shown. hub.Invalid with the field
// "file": "format" for what is of no known kind, "too-long" for what is too
// large, "required" for nothing.
func (s *Service) Take(ctx context.Context, v hub.Viewer, name string, raw []byte, l hub.Lang, into string) (*Import, error) {
	if !s.Allows(v) {
		return nil, hub.ErrNotFound
	}
	if _, err := hub.ParseLang(string(l)); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, &hub.Invalid{Field: "file", Reason: hub.ReasonRequired}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin+store.Timeout) // a PDF takes its time
	defer cancel()
	i := &Import{ID: s.NewID(), Owner: v.Person, Created: s.Now(), State: Shown, Name: name, Lang: l, Into: into, Bytes: int64(len(raw))}
	if err := s.look(ctx, i, raw); err != nil {
		return nil, err
	}
	if _, err := s.Blobs.Put(ctx, fileKey(i.ID), bytes.NewReader(raw), MaxPDF); err != nil {
		return nil, err
	}
	if err := s.Store.Insert(ctx, collection, i.doc()); err != nil {
		return nil, fmt.Errorf("keep an import: %w", err)
	}
	i.Rev = 1
	return i, nil
}

// look finds out what a file is.
func (s *Service) look(ctx context.Context, i *Import, raw []byte) error {
	if bytes.HasPrefix(raw, []byte("%PDF-")) {
		if len(raw) > MaxPDF {
			return &hub.Invalid{Field: "file", Reason: hub.ReasonTooLong, Limit: MaxPDF >> 20}
		}
		found, err := s.readPDF(ctx, i.Name, raw)
		i.Format, i.PDF = PDF, found
		return err
	}
	l, err := bibliography.Read(raw)
	switch {
	case errors.Is(err, bibliography.ErrLarge):
		return &hub.Invalid{Field: "file", Reason: hub.ReasonTooLong, Limit: bibliography.MaxFile >> 20}
	case err != nil:
		return &hub.Invalid{Field: "file", Reason: hub.ReasonFormat}
	case len(l.Entries)+len(l.Broken) == 0:
		return &hub.Invalid{Field: "file", Reason: hub.ReasonFormat}
	}
	i.Format = l.Format
	return nil
}

func fileKey(id string) string { return "import-" + strings.ToLower(id) }

// doc is an import as it will be stored: with the next revision.
func (i *Import) doc() store.Doc {
	next := *i
	next.Rev++
	body, err := json.Marshal(next)
	if err != nil {
		panic("encode an import: " + err.Error()) // it has no channel and no function
	}
	return store.Doc{ID: i.ID, Rev: i.Rev, Body: body, Keys: map[string]store.Value{
		"owner": i.Owner, "state": string(i.State), "created": i.Created.UTC().Format(time.RFC3339Nano),
	}}
}

// Load is an import of the viewer's. hub.ErrNotFound for everybody else's.
func (s *Service) Load(ctx context.Context, v hub.Viewer, id string) (*Import, error) {
	if !s.Allows(v) {
		return nil, hub.ErrNotFound
	}
	i, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, guard)
	if err == nil && i.Owner != v.Person {
		return nil, hub.ErrNotFound
	}
	return i, err
}

// mostListed is how many imports a list holds.
const mostListed = 20

// Mine are the viewer's last imports, the newest first.
func (s *Service) Mine(ctx context.Context, v hub.Viewer) ([]*Import, error) {
	if !s.Allows(v) {
		return nil, hub.ErrNotFound
	}
	q := store.Query{Index: "owner", Equal: [][]store.Value{{v.Person}}, Desc: true, Limit: mostListed}
	all, _, err := access.List(ctx, s.Door, v, collection, q, guard)
	return all, err
}

// change writes an import anew, as set makes it of what it is at that moment.
func (s *Service) change(ctx context.Context, v hub.Viewer, id string, set func(*Import) error) (*Import, error) {
	for range store.MaxTries {
		i, err := s.Load(ctx, v, id)
		if err != nil {
			return nil, err
		}
		if err := set(i); err != nil {
			return nil, err
		}
		err = s.Store.Update(ctx, collection, i.doc())
		if err == nil {
			i.Rev++
			return i, nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return nil, err
		}
	}
	return nil, hub.ErrConflict
}

// Forget throws away what was only shown.
func (s *Service) Forget(ctx context.Context, v hub.Viewer, id string) error {
	i, err := s.Load(ctx, v, id)
	if err != nil {
		return err
	}
	if i.State != Shown && i.State != Undone {
		return &hub.Invalid{Field: "state", Reason: hub.ReasonUnknown}
	}
	return s.drop(ctx, i)
}

func (s *Service) drop(ctx context.Context, i *Import) error {
	if err := s.Store.Delete(ctx, collection, i.ID, i.Rev); err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	return s.Blobs.Delete(ctx, fileKey(i.ID))
}

// file is the content of an import.
func (s *Service) file(ctx context.Context, i *Import) ([]byte, error) {
	f, _, err := s.Blobs.Open(ctx, fileKey(i.ID))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// library is what an import holds. It is the same each time.
func (s *Service) library(ctx context.Context, i *Import) (*bibliography.Library, error) {
	if i.PDF != nil {
		return &bibliography.Library{Format: PDF, Entries: []bibliography.Entry{i.PDF.entry()}}, nil
	}
	raw, err := s.file(ctx, i)
	if err != nil {
		return nil, err
	}
	return bibliography.Read(raw)
}

// File opens the file of an import, to be kept with its record.
func (s *Service) File(ctx context.Context, v hub.Viewer, id string) (io.ReadCloser, error) {
	if _, err := s.Load(ctx, v, id); err != nil {
		return nil, err
	}
	f, _, err := s.Blobs.Open(ctx, fileKey(id))
	return f, err
}

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// recordID is the id of the record of an entry, made from the import and the
// number of the entry: brought in again, it is the same.
func recordID(imported string, n int) string {
	sum := sha256.Sum256([]byte("import " + imported + " " + strconv.Itoa(n)))
	return strings.ToLower(encoding.EncodeToString(sum[:16]))
}

// Choose keeps what is wanted of a page: of the entries with the numbers shown,
// those chosen.
func (s *Service) Choose(ctx context.Context, v hub.Viewer, id string, shown, chosen []int) (*Import, error) {
	rows, err := s.Weigh(ctx, v, id)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, v, id, func(i *Import) error {
		if i.State != Shown {
			return &hub.Invalid{Field: "state", Reason: hub.ReasonUnknown}
		}
		for _, n := range shown {
			if n < 0 || n >= len(rows.Entries) {
				return &hub.Invalid{Field: "entry", Reason: hub.ReasonUnknown, Value: strconv.Itoa(n)}
			}
			list, in := &i.Added, slices.Contains(chosen, n)
			if rows.Entries[n].Is == New {
				list, in = &i.Left, !in
			}
			*list = slices.DeleteFunc(*list, func(m int) bool { return m == n })
			if in {
				*list = append(*list, n)
			}
		}
		return nil
	})
}

// Wanted are the numbers of the entries that come in, in their order.
func (i *Import) Wanted(w *Weighed) []int {
	left, added := setOf(i.Left), setOf(i.Added)
	var all []int
	for n, e := range w.Entries {
		if i.fill(n) == nil && (e.Is == New && !left[n] || e.Is != New && added[n]) {
			all = append(all, n)
		}
	}
	return all
}

func setOf(all []int) map[int]bool {
	set := map[int]bool{}
	for _, n := range all {
		set[n] = true
	}
	return set
}

// Ways are what the viewer may make of publications, the first offered first.
func (s *Service) Ways(v hub.Viewer) []hub.Status {
	if s.Records.Publishes(v) {
		return []hub.Status{hub.StatusPublished, hub.StatusSubmitted}
	}
	return []hub.Status{hub.StatusDraft, hub.StatusSubmitted}
}

// Apply says yes: what is wanted comes in, one after the other. hub.Invalid with
// the field "wanted" for nothing, or for more than one may bring at once, and
// with "fill" where something that is to be taken over cannot be any more: then
// nothing comes in.
func (s *Service) Apply(ctx context.Context, v hub.Viewer, id string, as hub.Status) (*Import, error) {
	if !slices.Contains(s.Ways(v), as) {
		return nil, &hub.Invalid{Field: "as", Reason: hub.ReasonUnknown}
	}
	w, err := s.Weigh(ctx, v, id)
	if err != nil {
		return nil, err
	}
	i, err := s.change(ctx, v, id, func(i *Import) error {
		if i.State != Shown {
			return nil // said twice
		}
		plan := i.Wanted(w)
		if err := s.fillable(ctx, v, i); err != nil {
			return err
		}
		for _, f := range i.Fills {
			plan = append(plan, f.N)
		}
		switch {
		case len(plan) == 0:
			return &hub.Invalid{Field: "wanted", Reason: hub.ReasonRequired}
		case len(plan) > MaxHanded && !s.Records.Publishes(v):
			return &hub.Invalid{Field: "wanted", Reason: hub.ReasonTooLong, Limit: MaxHanded}
		}
		i.State, i.As, i.Plan, i.Done = Applying, as, plan, 0
		i.Left, i.Added = nil, nil
		return nil
	})
	s.Wake()
	return i, err
}

// Undo takes an import back.
func (s *Service) Undo(ctx context.Context, v hub.Viewer, id string) (*Import, error) {
	i, err := s.change(ctx, v, id, func(i *Import) error {
		if i.State != Applied {
			return nil // said twice, or too early
		}
		i.State, i.Done, i.Kept = Undoing, 0, nil
		return nil
	})
	s.Wake()
	return i, err
}

// One is the record that the only entry of an import would make; nil where it
// has several.
func (s *Service) One(i *Import, w *Weighed) *hub.Record {
	if len(w.Entries) != 1 || len(w.Broken) > 0 {
		return nil
	}
	r := s.recordOf(w.Entries[0].Entry, i.Lang)
	return &r
}

// Confirmed is what somebody makes of the only entry of an import.
type Confirmed struct {
	Title   string
	Lang    hub.Lang
	Without []string // codes of the questions whose answers they do not want
}

// Begin makes a draft of the only entry of an import; made again, it is the one
// that is there. hub.Invalid with the field "title".
func (s *Service) Begin(ctx context.Context, v hub.Viewer, id string, c Confirmed) (*hub.Record, error) {
	i, err := s.Load(ctx, v, id)
	if err != nil {
		return nil, err
	}
	l, err := s.library(ctx, i)
	if err != nil {
		return nil, err
	}
	if _, err := hub.ParseLang(string(c.Lang)); err != nil {
		return nil, err
	}
	if len(l.Entries) != 1 {
		return nil, hub.ErrNotFound
	}
	e := l.Entries[0]
	if e.Title = strings.TrimSpace(c.Title); e.Title == "" {
		return nil, &hub.Invalid{Field: "title", Reason: hub.ReasonRequired}
	}
	e.Language = string(c.Lang)
	r := s.recordOf(e, c.Lang)
	r.ID = recordID(id, 0)
	s.leaveOut(&r, c.Without)
	return s.Records.Bring(ctx, v, r, hub.StatusDraft)
}
