package shelf

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Limits of collections, texts in runes.
const (
	MaxCollections = 200
	MaxEntries     = 200
	MaxTitle       = 200
	MaxIntro       = 8000
	MaxSay         = 400
)

// Tiers are those that a collection may be for.
var Tiers = []hub.Tier{hub.TierPublic, hub.TierRegistered, hub.TierNetwork}

// Collection is records that moderators put together for others.
type Collection struct {
	// ID names it in the record of acts, which administrators read: its slug is
	// made of its title.
	ID        string            `json:"id"`
	Slug      string            `json:"slug"` // names it, and is never changed
	Rev       int64             `json:"rev"`  // 1, 2, 3 ...
	Tier      hub.Tier          `json:"tier"`
	Published time.Time         `json:"published,omitzero"` // zero: a draft
	Original  hub.Lang          `json:"original"`
	Texts     map[hub.Lang]Text `json:"texts"` // that of Original at least
	Entries   []Entry           `json:"entries,omitempty"`
	Created   time.Time         `json:"created"`
	Updated   time.Time         `json:"updated"`
}

// Text is what a collection is called in a language, and what it is for.
type Text struct {
	Title string `json:"title"`
	Intro string `json:"intro,omitempty"` // Markdown
}

// Entry is a record in a collection. What is said of it shows with the record,
// and to nobody else.
type Entry struct {
	Record string              `json:"record"` // id
	Say    map[hub.Lang]string `json:"say,omitempty"`
}

// In is the text in a language, else in the original one, and which it is.
func (c Collection) In(l hub.Lang) (Text, hub.Lang) {
	if t, ok := c.Texts[l]; ok && t.Title != "" {
		return t, l
	}
	return c.Texts[c.Original], c.Original
}

// Holds says where a record stands in a collection; -1 where it does not.
func (c Collection) Holds(record string) int {
	return slices.IndexFunc(c.Entries, func(e Entry) bool { return e.Record == record })
}

// Records are the ids of its records, in its order.
func (c Collection) Records() []string {
	var all []string
	for _, e := range c.Entries {
		all = append(all, e.Record)
	}
	return all
}

func (c Collection) object() access.Object { return access.Collection(c.Tier, !c.Published.IsZero()) }

func (c Collection) check() error {
	var errs []error
	if !slices.Contains(Tiers, c.Tier) {
		errs = append(errs, &hub.Invalid{Field: "tier", Reason: hub.ReasonUnknown, Value: string(c.Tier)})
	}
	if c.Texts[c.Original].Title == "" {
		errs = append(errs, &hub.Invalid{Field: "title", Reason: hub.ReasonRequired})
	}
	for _, t := range c.Texts {
		errs = append(errs, fits("title", t.Title, MaxTitle), fits("intro", t.Intro, MaxIntro))
	}
	if len(c.Entries) > MaxEntries {
		errs = append(errs, &hub.Invalid{Field: "entries", Reason: hub.ReasonRange, Limit: MaxEntries})
	}
	for _, e := range c.Entries {
		for _, say := range e.Say {
			errs = append(errs, fits("say-"+e.Record, say, MaxSay))
		}
	}
	return errors.Join(errs...)
}

func collectionKeys(c Collection) map[string]store.Value {
	return map[string]store.Value{"changed": c.Updated.UnixMicro()}
}

// overlap is how far back a look for changes reaches beyond the last one, so
// that the clocks of several instances may differ by as much.
const overlap = 90 * time.Second

// Fill reads every collection. There are few, and each page of a record asks in
// which it stands.
func (s *Service) Fill(ctx context.Context) error { return s.since(ctx, time.Time{}) }

// Follow brings what is known in step with what other instances write, until
// ctx ends. An error is told to report and the look repeated.
func (s *Service) Follow(ctx context.Context, every time.Duration, report func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	from := s.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		start := s.Now()
		if err := s.since(ctx, from.Add(-overlap)); err != nil {
			if ctx.Err() == nil {
				report(err)
			}
			continue
		}
		from = start
	}
}

func (s *Service) since(ctx context.Context, from time.Time) error {
	q := store.Query{Index: "changed"}
	if !from.IsZero() {
		q.From = from.UnixMicro()
	}
	all, err := store.All[Collection](ctx, s.Store, collections, q)
	for _, c := range all {
		s.learn(c)
	}
	return err
}

// learn takes a collection into what is known, unless a newer one is there.
func (s *Service) learn(c Collection) {
	if s.keep(c) && s.Changed != nil {
		s.Changed(c.ID)
	}
}

// keep says whether that was news.
func (s *Service) keep(c Collection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, known := s.known[c.Slug]; known && old.Rev >= c.Rev {
		return false
	}
	next := maps.Clone(s.known)
	if next == nil {
		next = map[string]Collection{}
	}
	next[c.Slug] = c
	s.known = next
	s.rev.Add(1)
	return true
}

// Rev is a number that grows whenever a collection has changed. What is kept of
// pages is kept under it.
func (s *Service) Rev() uint64 { return s.rev.Load() }

func (s *Service) all() map[string]Collection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known
}

// All are the collections that there are, for the search index alone. Shared:
// never change one.
func (s *Service) All() []Collection { return slices.Collect(maps.Values(s.all())) }

// Known is the collection with an id, for the search index alone; false for
// none. Who reads asks Collection.
func (s *Service) Known(id string) (Collection, bool) {
	for _, c := range s.all() {
		if c.ID == id {
			return c, true
		}
	}
	return Collection{}, false
}

// Shown are the collections that the viewer may list, drafts with them for who
// may read those, the last changed first. Shared: never change one.
func (s *Service) Shown(v hub.Viewer) []Collection {
	return s.which(v, func(Collection) bool { return true })
}

// Holding are the published collections that hold a record and that the viewer
// may list.
func (s *Service) Holding(v hub.Viewer, record string) []Collection {
	return s.which(v, func(c Collection) bool { return !c.Published.IsZero() && c.Holds(record) >= 0 })
}

func (s *Service) which(v hub.Viewer, fits func(Collection) bool) (found []Collection) {
	now := s.Now()
	for _, c := range s.all() {
		if fits(c) && s.Door.May(v, hub.ActList, c.object(), now) == nil {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b Collection) int {
		if by := b.Updated.Compare(a.Updated); by != 0 {
			return by
		}
		return strings.Compare(a.Slug, b.Slug)
	})
	return found
}

// Collection is one collection. hub.ErrNotFound for one that is not for the
// viewer.
func (s *Service) Collection(v hub.Viewer, slug string) (Collection, error) {
	c, known := s.all()[slug]
	if !known {
		return c, hub.ErrNotFound
	}
	if err := s.Door.May(v, hub.ActRead, c.object(), s.Now()); err != nil {
		return Collection{}, err
	}
	return c, nil
}

// Curates says whether the viewer may make and change collections.
func (s *Service) Curates(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActCreate, access.Object{Kind: access.CollectionDraft}, s.Now()) == nil
}

// NewCollection makes a draft with a title in a language. hub.Invalid with the
// field "title".
func (s *Service) NewCollection(ctx context.Context, v hub.Viewer, l hub.Lang, title string) (Collection, error) {
	if !s.Curates(v) {
		return Collection{}, hub.ErrNotFound
	}
	if _, err := hub.ParseLang(string(l)); err != nil {
		return Collection{}, err
	}
	title, err := line("title", title, MaxTitle)
	if err != nil {
		return Collection{}, err
	}
	c := Collection{ID: s.NewID(), Rev: 1, Tier: hub.TierPublic, Original: l, Texts: map[hub.Lang]Text{l: {Title: title}}, Created: s.Now(), Updated: s.Now()}
	if err := c.check(); err != nil {
		return c, err
	}
	if len(s.all()) >= MaxCollections {
		return c, &hub.Invalid{Field: "title", Reason: hub.ReasonRange, Limit: MaxCollections}
	}
	stem := hub.SlugOf(title)
	if len(stem) < 3 || stem == newCollection {
		stem = "collection"
	}
	for n := range store.MaxTries {
		c.Slug = stem
		if n > 0 {
			c.Slug += "-" + strconv.Itoa(n+1)
		}
		err := s.put(ctx, collections, c.Slug, collectionKeys(c), c)
		if err == nil {
			s.learn(c)
			return c, nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return c, err
		}
	}
	return c, fmt.Errorf("name a collection: %w", hub.ErrConflict)
}

// newCollection is the address where collections begin, and of none.
const newCollection = "new"

// Write changes a collection at a revision. hub.ErrConflict when that is not
// the last one, hub.Invalid, hub.ErrNotFound, hub.ErrForbidden.
func (s *Service) Write(ctx context.Context, v hub.Viewer, slug string, rev int64, set func(*Collection) error) (Collection, error) {
	return s.write(ctx, v, slug, func(c *Collection) error {
		if c.Rev != rev {
			return fmt.Errorf("collection %s is at revision %d, not %d: %w", slug, c.Rev, rev, errStale)
		}
		return set(c)
	})
}

// errStale ends a write to what has moved on.
var errStale = errors.New("the revision is not the last one")

func (s *Service) write(ctx context.Context, v hub.Viewer, slug string, set func(*Collection) error) (Collection, error) {
	c, err := store.Change(ctx, s.Store, collections, slug, collectionKeys, func(c *Collection) error {
		if err := s.Door.May(v, hub.ActEdit, c.object(), s.Now()); err != nil {
			return err
		}
		id, slug, created := c.ID, c.Slug, c.Created
		if err := set(c); err != nil {
			return err
		}
		c.ID, c.Slug, c.Created, c.Rev, c.Updated = id, slug, created, c.Rev+1, s.Now()
		return c.check()
	})
	if errors.Is(err, errStale) {
		err = errors.Join(hub.ErrConflict, err)
	}
	if err == nil {
		s.learn(c)
	}
	return c, err
}

// Add puts a record that the viewer may list at the end of a collection; one
// that stands there already stays where it is.
func (s *Service) Add(ctx context.Context, v hub.Viewer, slug, record string) error {
	if len(s.Records.HeadsByID(v, record)) == 0 {
		return hub.ErrNotFound
	}
	_, err := s.write(ctx, v, slug, func(c *Collection) error {
		if c.Holds(record) >= 0 {
			return store.ErrSame
		}
		c.Entries = append(c.Entries, Entry{Record: record})
		return nil
	})
	return err
}

// Publish shows a collection to the readers of its tier, or takes it back to
// its moderators. hub.Invalid with the field "entries" for one without a record.
func (s *Service) Publish(ctx context.Context, v hub.Viewer, slug string, rev int64, shows bool) (Collection, error) {
	c, err := s.Write(ctx, v, slug, rev, func(c *Collection) error {
		if err := s.Door.May(v, hub.ActPublish, c.object(), s.Now()); err != nil {
			return err
		}
		if shows && len(c.Entries) == 0 {
			return &hub.Invalid{Field: "entries", Reason: hub.ReasonRequired}
		}
		c.Published = time.Time{}
		if shows {
			c.Published = s.Now()
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	what := "collection.withdraw"
	if shows {
		what = "collection.publish"
	}
	return c, s.Log.Add(ctx, audit.Act{Who: v.Person, What: what, Object: "collection:" + c.ID, Outcome: audit.Done})
}
