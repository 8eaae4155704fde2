// Package store is the port to the document store. A service keeps and finds
// whole documents; the rules are the services'. Each write is one document,
// guarded by its revision or by a unique key, so that no caller needs a
// transaction over several documents. The contract stands in package
// storetest and holds for every adapter.
//
// Beside the port, the package holds what every adapter does alike and what
// therefore must not differ: the checks of declarations and documents
// (Schema), of queries (Plan) and of cursors.
package store

import (
	"context"
	"time"
)

// Value is a value of an indexed field: a string, an int64, or a []string for
// a field that holds several (an index finds the document by each of them).
// Strings are valid UTF-8 and compare byte by byte. A field holds strings in
// every document of a collection or int64 in every one: that is for the
// service to keep, and no order is promised where it does not.
type Value any

// Doc is a stored document.
type Doc struct {
	ID  string // unique in its collection, valid UTF-8, 1 to MaxID bytes
	Rev int64  // 1 at insertion, one more with each update
	// Keys holds values for fields that indexes of the collection name, and
	// for no others. An empty []string is as none, and comes back as none.
	Keys map[string]Value
	Body []byte // the document, JSON, at most MaxBody bytes; kept byte for byte, never looked into
}

// Limits of a document.
const (
	MaxID     = 200     // bytes
	MaxBody   = 8 << 20 // bytes
	MaxKey    = 2048    // bytes of one string in Keys
	MaxValues = 200     // strings in one []string in Keys
)

// Index is a way to find documents. Fields are compared from the first on:
// a query names values for a prefix of them, may bound the next, and gets the
// documents ordered by the fields after the prefix and then by ID. An index
// finds the documents that hold every one of its fields; what lacks one is
// left out of it. At most one of its fields may hold a []string in a document.
type Index struct {
	Name   string
	Fields []string
	// Unique: no two documents have the same values. With a []string none has
	// a value of the other.
	Unique bool
}

// Collection declares a set of documents and every way to find them. Names of
// collections, indexes and fields are a to z first, then a to z, digits, "_"
// and "-", at most 60 bytes. A declaration that differs from the one a store
// was opened with before is carried out when it is opened: an index that is
// new finds the documents there already by the Keys they were stored with. A
// unique index that is declared no more may go on refusing where versions of
// the hub share a store; see the adapter's Open.
type Collection struct {
	Name    string
	Indexes []Index
}

// Query asks for documents by a declared index.
type Query struct {
	Index string
	// Equal holds, for each field of a prefix of the index, the values of
	// which one must match; one value for plain equality. At most
	// MaxBranches combinations in all. A document that matches by several of
	// them comes once.
	Equal [][]Value
	// From and To bound the field after the prefix: From <= field < To.
	// Nil means no bound.
	From, To Value
	Desc     bool   // newest or greatest first: the whole order turned round, that of the IDs too
	After    string // Page.Next of the page before; empty for the first
	Limit    int    // 1 to MaxLimit
}

// Limits of a query.
const (
	MaxLimit    = 1000
	MaxBranches = 64
)

// Page is an answer to a Query, in the order of the index fields after the
// prefix, then of ID.
type Page struct {
	Docs []Doc
	// Next is the cursor of the next page; empty when this is the last. It
	// belongs to the collection, index, Equal and Desc of its query; Limit
	// and the bounds may differ on the next page. It names a place in the
	// order, so that documents added or removed meanwhile neither hide nor
	// repeat another. It holds the key and ID of the last document of its
	// page, readable for whoever has it, and grants nothing.
	Next string
}

// Reader finds documents. Only the access door and the stores themselves hold
// one: whoever else needs to read goes through the door. Safe for concurrent
// use. Any method gives hub.Invalid when the collection is not declared,
// hub.ErrUnavailable when the store does not answer in time, and
// context.Canceled when the caller has let go.
type Reader interface {
	// Get returns the document with the id. hub.ErrNotFound when there is none.
	Get(ctx context.Context, collection, id string) (Doc, error)
	// List returns the documents that match the query. hub.Invalid when the
	// index is not declared, the query does not fit it, or (field "cursor")
	// the cursor is not one of its own; also when a field that orders the
	// answer holds a []string in a document found, since such a field can
	// only be named in Equal.
	List(ctx context.Context, collection string, q Query) (Page, error)
}

// Writer changes documents, one at a time. What it has acknowledged is
// durable. Safe for concurrent use. Errors as Reader's; after
// hub.ErrUnavailable or context.Canceled the write may have been done or not.
type Writer interface {
	// Insert adds a document with revision 1, whatever d.Rev is.
	// hub.ErrConflict when the id or a unique key is taken; nothing is changed
	// then. hub.Invalid when the document is beyond a limit or has Keys that
	// no index names.
	Insert(ctx context.Context, collection string, d Doc) error
	// Update replaces the document whose revision is d.Rev and gives it the
	// revision d.Rev+1. hub.ErrConflict when it has another revision or a
	// unique key is taken, hub.ErrNotFound when it does not exist,
	// hub.Invalid as Insert; nothing is changed then.
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
	// Close waits for the calls that run and lets go of everything. Later
	// calls give hub.ErrUnavailable.
	Close() error
}

// Timeout is how long an adapter waits for one call when the context has no
// deadline of its own.
const Timeout = 5 * time.Second

// Deadline returns the context with Timeout where it has no deadline, for
// adapters.
func Deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, Timeout)
}
