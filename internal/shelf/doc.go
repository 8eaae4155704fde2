// Package shelf keeps what people put together of records: lists that somebody
// saves for themselves alone, and collections that moderators curate for others.
// Both hold ids of records only. What a record is called is read anew each time
// with the rights of the reader, so that a record that was withdrawn, or is not
// for them any more, is gone from everything that held it.
package shelf

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
)

// The collections of the store.
const (
	lists       = "lists"
	collections = "collections"
)

// Collections declares what the store must hold for a Service.
//
//	lists        key: id; body: List
//	collections  key: slug; body: Collection
func Collections() []store.Collection {
	return []store.Collection{
		{Name: lists, Indexes: []store.Index{{Name: "slot", Fields: []string{"person", "slot"}, Unique: true}}},
		{Name: collections, Indexes: []store.Index{{Name: "changed", Fields: []string{"changed"}}}},
	}
}

// Service keeps lists and collections. Its fields are set once. Safe for
// concurrent use, by several instances on one store.
type Service struct {
	Door    *access.Door
	Store   store.Store
	Records *record.Service
	Log     *audit.Log // of what moderators do
	Now     func() time.Time
	NewID   func() string
	Changed func(id string) // told of each collection that was written or learned of; may be nil

	mu    sync.RWMutex
	known map[string]Collection // every collection, by slug
	rev   atomic.Uint64
}

// put adds a document. hub.ErrConflict when it is there already.
func (s *Service) put(ctx context.Context, collection, id string, keys map[string]store.Value, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.Store.Insert(ctx, collection, store.Doc{ID: id, Keys: keys, Body: body})
}

// line is a text in one line, without white space around it. hub.Invalid with
// the field where it is too long or has signs that are in no line.
func line(field, text string, most int) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	return text, fits(field, text, most)
}

// fits accepts a text of some lines. hub.Invalid with the field.
func fits(field, text string, most int) error {
	switch {
	case !utf8.ValidString(text), strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && hub.NotInLine(r) }):
		return &hub.Invalid{Field: field, Reason: hub.ReasonFormat}
	case utf8.RuneCountInString(text) > most:
		return &hub.Invalid{Field: field, Reason: hub.ReasonTooLong, Limit: most}
	}
	return nil
}
