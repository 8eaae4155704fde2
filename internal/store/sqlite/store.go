// Package sqlite keeps documents in one SQLite file, for one process. It is
// the embedded store: nothing to install, durable at each acknowledged write
// (WAL, synchronous=FULL).
//
// The tables, for collection C with index X over the fields F0, F1, ...:
//
//	"doc:C"    id, rev, keys (JSON), body: the documents
//	"idx:C:X"  f0, f1, ..., id: one row for each combination of values that a
//	           document holds in the fields, in that order; none when it lacks
//	           a field
//	"hub:index" collection, name, fields, uniq: what the index tables were made for
//
// An index is a table of its own, ordered by its key, instead of an index on
// columns, so that a field with several values needs no other design than one
// with one: every query reads a stretch of one such table, in order, and then
// the documents by id. Documents stand in a table with a rowid, because large
// bodies inside a key-ordered tree would make each look-up read more pages.
//
// A document and its rows are written in one transaction, and its keys are
// kept, so that the rows of an index can always be made anew.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// readers is how many reads run at once; others wait their turn. Reads are
// bound by the processor, so that more would only take memory.
const readers = 4

// Store is a store in one file. Safe for concurrent use: one write at a time,
// reads beside it.
type Store struct {
	path    string
	schema  *store.Schema
	tables  map[string]*tables // by collection
	db      *sql.DB
	lock    *os.File
	writer  chan *session // holds the one that writes while nobody does
	readers chan *session
	closed  chan struct{}
	close   func() error
}

// Open opens the store in the file at path, made when absent, readable for
// its owner only. The folder must exist. Indexes are brought in step with the
// declarations, which reads all documents of a collection when one is new.
// hub.ErrUnavailable when another process uses the file or the disk refuses;
// the error says what to do.
func Open(path string, cs []store.Collection) (*Store, error) {
	s, err := open(path, cs)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

func open(path string, cs []store.Collection) (*Store, error) {
	schema, err := store.NewSchema(cs)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	lock, err := acquireLock(path + ".lock")
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, schema: schema, lock: lock, closed: make(chan struct{})}
	s.close = sync.OnceValue(s.shut)
	if err := s.start(cs); err != nil {
		s.close()
		return nil, translate(context.Background(), err)
	}
	return s, nil
}

// start makes the file, the sessions and the tables.
func (s *Store) start(cs []store.Collection) error {
	if err := makeFile(s.path); err != nil {
		return err
	}
	var err error
	if s.db, err = sql.Open("sqlite", address(s.path)); err != nil {
		return err
	}
	if s.writer, err = openSessions(s.db, 1, false); err != nil {
		return err
	}
	s.tables = map[string]*tables{}
	for _, c := range cs {
		s.tables[c.Name] = newTables(c)
	}
	w := <-s.writer
	err = w.migrate(cs, s.tables)
	s.writer <- w
	if err != nil {
		return err
	}
	s.readers, err = openSessions(s.db, readers, true)
	return err
}

// Get: see store.Reader.
func (s *Store) Get(ctx context.Context, collection, id string) (store.Doc, error) {
	d, err := s.get(ctx, collection, id)
	if err != nil {
		return store.Doc{}, fmt.Errorf("get %s %q: %w", collection, id, err)
	}
	return d, nil
}

func (s *Store) get(ctx context.Context, collection, id string) (d store.Doc, err error) {
	if err := s.schema.Find(collection, id); err != nil {
		return d, err
	}
	err = s.use(ctx, s.readers, func(ctx context.Context, r *session) error {
		d, err = r.get(ctx, s.tables[collection], id)
		return err
	})
	return d, err
}

// List: see store.Reader.
func (s *Store) List(ctx context.Context, collection string, q store.Query) (store.Page, error) {
	page, err := s.list(ctx, collection, q)
	if err != nil {
		return store.Page{}, fmt.Errorf("list %s by %q: %w", collection, q.Index, err)
	}
	return page, nil
}

func (s *Store) list(ctx context.Context, collection string, q store.Query) (page store.Page, err error) {
	p, err := s.schema.Plan(collection, q)
	if err != nil {
		return page, err
	}
	err = s.use(ctx, s.readers, func(ctx context.Context, r *session) error {
		return r.transact(ctx, "BEGIN", func() error {
			page, err = r.list(ctx, s.tables[collection], p)
			return err
		})
	})
	return page, err
}

// Insert: see store.Writer.
func (s *Store) Insert(ctx context.Context, collection string, d store.Doc) error {
	clean, err := s.schema.Check(collection, d)
	if err == nil {
		err = s.write(ctx, func(ctx context.Context, w *session) error {
			return w.insert(ctx, s.tables[collection], clean)
		})
	}
	return failed("insert", collection, d.ID, err)
}

// Update: see store.Writer.
func (s *Store) Update(ctx context.Context, collection string, d store.Doc) error {
	clean, err := s.schema.Check(collection, d)
	if err == nil {
		err = s.write(ctx, func(ctx context.Context, w *session) error {
			return w.update(ctx, s.tables[collection], clean)
		})
	}
	return failed("update", collection, d.ID, err)
}

// Delete: see store.Writer.
func (s *Store) Delete(ctx context.Context, collection, id string, rev int64) error {
	err := s.schema.Find(collection, id)
	if err == nil {
		err = s.write(ctx, func(ctx context.Context, w *session) error {
			return w.delete(ctx, s.tables[collection], id, rev)
		})
	}
	return failed("delete", collection, id, err)
}

func failed(act, collection, id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s %q: %w", act, collection, id, err)
}

// Ping: see store.Store.
func (s *Store) Ping(ctx context.Context) error {
	err := s.use(ctx, s.readers, func(ctx context.Context, r *session) error {
		_, err := r.exec(ctx, "SELECT count(*) FROM sqlite_schema")
		return err
	})
	if err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}

// Close: see store.Store. Another process may open the file after it.
func (s *Store) Close() error { return s.close() }

// shut waits until every session is given back, then lets go of the file.
func (s *Store) shut() error {
	close(s.closed)
	errs := []error{closeSessions(s.readers), closeSessions(s.writer)}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if err := errors.Join(append(errs, s.lock.Close())...); err != nil {
		return fmt.Errorf("close store %s: %w", s.path, err)
	}
	return nil
}

// write runs act in a transaction of the one session that writes. It is
// durable when write returns without an error.
func (s *Store) write(ctx context.Context, act func(context.Context, *session) error) error {
	return s.use(ctx, s.writer, func(ctx context.Context, w *session) error {
		return w.transact(ctx, "BEGIN IMMEDIATE", func() error { return act(ctx, w) })
	})
}

// use takes a session, runs act with it, within the time of the context, and
// gives it back. Errors of the engine become hub errors here.
func (s *Store) use(ctx context.Context, from chan *session, act func(context.Context, *session) error) error {
	ctx, cancel := store.Deadline(ctx)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return translate(ctx, err)
	}
	select {
	case <-s.closed:
		return errClosed
	default:
	}
	select {
	case x := <-from:
		defer func() { from <- x }()
		return translate(ctx, act(ctx, x))
	case <-s.closed:
		return errClosed
	case <-ctx.Done():
		return translate(ctx, ctx.Err())
	}
}

var errClosed = fmt.Errorf("the store is closed: %w", hub.ErrUnavailable)
