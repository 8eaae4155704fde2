package member

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

type memStore struct {
	mu   sync.Mutex
	docs map[string]map[string]store.Doc
}

func openStore(t testing.TB) store.Store {
	m := &memStore{docs: map[string]map[string]store.Doc{}}
	for _, c := range Collections() {
		m.docs[c.Name] = map[string]store.Doc{}
	}
	return m
}

func (m *memStore) Get(_ context.Context, c, id string) (store.Doc, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.docs[c][id]
	if !ok {
		return d, hub.ErrNotFound
	}
	return d, nil
}

func (m *memStore) List(_ context.Context, c string, q store.Query) (store.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var p store.Page
	for _, d := range m.docs[c] {
		if q.Index == "address" && d.Keys["address"] == q.Equal[0][0] || q.Index == "expires" && d.Keys["expires"].(int64) < q.To.(int64) {
			p.Docs = append(p.Docs, d)
		}
	}
	slices.SortFunc(p.Docs, func(a, b store.Doc) int { return strings.Compare(a.ID, b.ID) })
	return p, nil
}

func (m *memStore) Insert(_ context.Context, c string, d store.Doc) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.docs[c][d.ID]; ok {
		return hub.ErrConflict
	}
	for _, o := range m.docs[c] {
		if c == persons && o.Keys["address"] == d.Keys["address"] {
			return hub.ErrConflict
		}
	}
	d.Rev = 1
	m.docs[c][d.ID] = d
	return nil
}

func (m *memStore) Update(_ context.Context, c string, d store.Doc) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.docs[c][d.ID]
	if !ok {
		return hub.ErrNotFound
	}
	if o.Rev != d.Rev {
		return hub.ErrConflict
	}
	d.Rev++
	m.docs[c][d.ID] = d
	return nil
}

func (m *memStore) Delete(_ context.Context, c, id string, rev int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.docs[c][id]
	if !ok {
		return hub.ErrNotFound
	}
	if o.Rev != rev {
		return hub.ErrConflict
	}
	delete(m.docs[c], id)
	return nil
}
func (m *memStore) Ping(context.Context) error { return nil }
func (m *memStore) Close() error               { return nil }
