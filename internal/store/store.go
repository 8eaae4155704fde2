// Package store is the port to the document store. A service keeps and finds
// whole documents; the rules are the services'. Each write is one document,
// guarded by its revision or by a unique key, so that no caller needs a
// transaction over several documents. The contract stands in package
// storetest and holds for every adapter.
package store

import (
	"context"
	"time"
)

// Value is a value of an indexed field: a string, an int64, or a []string for
// a field that holds several (an index finds the document by each of them).
// Strings compare byte by byte.
type Value any

// Doc is a stored document.
type Doc struct {
	ID   string           // unique in its collection, at most 200 bytes
	Rev  int64            // 1 at insertion, one more with each update
	Keys map[string]Value // the fields that indexes of the collection name
	Body []byte           // the document, JSON, at most MaxBody bytes
}

// MaxBody is the greatest size of a document's body in bytes.
const MaxBody = 8 << 20

// Index is a way to find documents. Fields are compared from the first on:
// a query names values for a prefix of them, may bound the next, and gets the
// documents ordered by that next field and then by ID.
type Index struct {
	Name   string
	Fields []string
	Unique bool // no two documents have the same values; a document that lacks a field is left out
}

// Collection declares a set of documents and every way to find them.
type Collection struct {
	Name    string
	Indexes []Index
}

// Query asks for documents by a declared index.
type Query struct {
	Index string
	// Equal holds, for each field of a prefix of the index, the values of
	// which one must match; one value for plain equality. At most
	// MaxBranches combinations in all.
	Equal [][]Value
	// From and To bound the field after the prefix: From <= field < To.
	// Nil means no bound.
	From, To Value
	Desc     bool   // newest or greatest first
	After    string // Page.Next of the page before; empty for the first
	Limit    int    // 1 to MaxLimit
}

// Limits of a query.
const (
	MaxLimit    = 1000
	MaxBranches = 64
)

// Page is an answer to a Query, in the order of the index field after the
// prefix, then of ID.
type Page struct {
	Docs []Doc
	Next string // cursor of the next page; empty when this is the last
}

// Reader finds documents. Only the access door and the stores themselves hold
// one: whoever else needs to read goes through the door.
type Reader interface {
	// Get returns the document with the id. hub.ErrNotFound when there is none.
	Get(ctx context.Context, collection, id string) (Doc, error)
	// List returns the documents that match the query. hub.Invalid when the
	// index is not declared, the query does not fit it, or the cursor is not
	// one of its own.
	List(ctx context.Context, collection string, q Query) (Page, error)
}

// Writer changes documents, one at a time. What it has acknowledged is
// durable. Safe for concurrent use.
type Writer interface {
	// Insert adds a document with revision 1. hub.ErrConflict when the id or
	// a unique key is taken; nothing is changed then.
	Insert(ctx context.Context, collection string, d Doc) error
	// Update replaces the document whose revision is d.Rev and gives it the
	// revision d.Rev+1. hub.ErrConflict when it has another revision or a
	// unique key is taken, hub.ErrNotFound when it does not exist.
	Update(ctx context.Context, collection string, d Doc) error
	// Delete removes the document whose revision is rev. Errors as Update.
	Delete(ctx context.Context, collection, id string, rev int64) error
}

// Store is a document store over the collections given when it was opened.
type Store interface {
	Reader
	Writer
	// Ping says whether the store answers. hub.ErrUnavailable when not.
	Ping(ctx context.Context) error
	Close() error
}

// Timeout is how long an adapter waits for one call when the context has no
// deadline of its own.
const Timeout = 5 * time.Second
