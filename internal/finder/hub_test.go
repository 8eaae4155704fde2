package finder_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/event"
	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/library"
	"nmirfhub/internal/mechanism"
	accounts "nmirfhub/internal/member"
	"nmirfhub/internal/network"
	"nmirfhub/internal/practice"
	"nmirfhub/internal/record"
	"nmirfhub/internal/search/bleve"
	"nmirfhub/internal/seeding"
	"nmirfhub/internal/shelf"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/internal/system"
	"nmirfhub/internal/toolkit"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/policies"
	"nmirfhub/seed"
)

// testHub is the records and the search of a hub, with a real store and index
// in a folder of the test.
type testHub struct {
	records *record.Service
	talk    *discuss.Service
	shelf   *shelf.Service
	finder  *finder.Service
	keeper  *finder.Keeper
	names   map[string]string // id: kind/slug

	store    store.Store
	indexDir string
}

var loadVocabulary = sync.OnceValues(func() (*vocabulary.Set, error) { return vocabulary.Load(seed.Files) })

func vocabularyOf(t testing.TB) *vocabulary.Set {
	t.Helper()
	v, err := loadVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// anybody has had an account for long.
type anybody struct{}

func (anybody) Person(_ context.Context, id string) (accounts.Person, error) {
	return accounts.Person{ID: id, Name: "Wombat " + id, Created: time.Now().Add(-1000 * time.Hour)}, nil
}

func (anybody) OfRole(context.Context, hub.Role) ([]accounts.Person, error) { return nil, nil }

func (a anybody) Viewer(ctx context.Context, id string) (hub.Viewer, accounts.Person, error) {
	p, err := a.Person(ctx, id)
	return hub.Viewer{Person: id, Role: hub.RoleMember}, p, err
}

// empty is a hub without records.
func empty(t testing.TB) *testHub {
	t.Helper()
	voc := vocabularyOf(t)
	kept, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), slices.Concat(record.Collections(), finder.Collections(), discuss.Collections(), shelf.Collections(), audit.Collections()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	door, err := access.New(policies.Files, kept)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[hub.Kind]record.Kind{}
	for _, k := range []record.Kind{library.Kind(), practice.Kind(), mechanism.Kind(), toolkit.Kind(), system.Kind(), event.Kind(), network.Kind()} {
		kinds[k.Name] = k
	}
	records := &record.Service{
		Door: door, Store: kept, Catalogue: record.NewCatalogue(voc.StateName), Kinds: kinds, Region: voc.Region,
		Now: func() time.Time { return time.Now().UTC() }, NewID: hub.NewID,
	}
	concepts, shape, err := finder.ReadConcepts(seed.Files, voc)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	index, err := bleve.Open(t.Context(), dir, shape, concepts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { index.Close() })
	h := &testHub{records: records, names: map[string]string{}, store: kept, indexDir: dir}
	watched := store.Watch(kept, func(collection, id string) {
		if stretch := discuss.Stretched(collection, id); stretch != "" && h.keeper != nil {
			h.keeper.Changed(stretch)
		}
	})
	h.talk = &discuss.Service{
		Door: door, Store: watched, Members: anybody{}, Log: &audit.Log{Store: kept, Now: records.Now}, Now: records.Now, NewID: hub.NewID,
		Words: func(string, string) bool { return true },
	}
	h.shelf = &shelf.Service{Door: door, Store: kept, Records: records, Log: &audit.Log{Store: kept, Now: records.Now}, Now: records.Now, NewID: hub.NewID, Changed: func(id string) {
		h.keeper.Changed(finder.CollectionID(id))
	}}
	h.finder = &finder.Service{Records: records, Talk: h.talk, Shelf: h.shelf, Index: index, Concepts: concepts, Vocabulary: voc}
	h.keeper = &finder.Keeper{Finder: h.finder, Index: index, Report: func(err error) { t.Errorf("keeper: %v", err) }}
	return h
}

// seeded is a hub with the shipped content, indexed.
func seeded(t testing.TB) *testHub {
	t.Helper()
	h := empty(t)
	records, problems := seeding.Read(seed.Files)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	if _, err := seeding.Apply(t.Context(), h.records, records); err != nil {
		t.Fatal(err)
	}
	err := h.records.Each(t.Context(), func(r *hub.Record) error {
		h.names[r.ID] = string(r.Kind) + "/" + r.Slug
		return nil
	})
	if err != nil || len(h.names) == 0 {
		t.Fatal(errors.Join(err, errors.New("no records")))
	}
	if err := h.keeper.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}
