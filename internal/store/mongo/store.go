// Package mongo keeps documents in MongoDB, for several instances of the hub at
// once: standalone, replica set or sharded cluster.
//
// A collection of the port is one of the database, with documents
//
//	{_id: id, rev: 1, k: {field: value, ...}, body: binary}
//
// The body is binary, not BSON: it comes back byte for byte (numbers of any
// size, order of fields, names with a dot or dollar), and nothing but k is ever
// asked for. An operator reads it with a shell that decodes JSON.
//
// Each declared index X over the fields F is an index "list.F..." on the values
// in k and then _id, which every query names as its hint, so that the server
// has no plan to choose. A unique one has a second, "unique.F...", limited to
// the documents that hold every field: that is how "what lacks a field is left
// out" is said here, and it makes no order that ends with the id.
//
// Writes are acknowledged by a majority, from the journal; reads are of the
// primary, and only what a majority has.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Store is a store in a MongoDB database. Safe for concurrent use.
type Store struct {
	schema *store.Schema
	client *driver.Client
	db     *driver.Database
	ferret bool // a FerretDB, which tests allow
	close  func() error
}

// Option changes how Open works.
type Option func(*Store)

// AllowFerretDB lets Open take a FerretDB, for tests: it loses concurrent
// updates, so that nothing that matters may be kept in it.
func AllowFerretDB() Option { return func(s *Store) { s.ferret = true } }

// Open connects to the database that the URI names (mongodb://host/database)
// and makes the declared indexes that are not there, which takes as long as the
// server needs: the context should have no short deadline. Indexes that are
// declared no more stay, the unique ones in force, since another version of the
// hub may run beside this one; an operator drops them when none does.
// hub.ErrUnavailable when the server does
// not answer; other errors say what is wrong with the URI or the server.
func Open(ctx context.Context, uri string, cs []store.Collection, opts ...Option) (*Store, error) {
	schema, err := store.NewSchema(cs)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	address, err := parse(uri)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{schema: schema}
	for _, o := range opts {
		o(s)
	}
	if err := s.open(ctx, uri, address.Database, cs); err != nil {
		return nil, fmt.Errorf("open store %s at %s: %w", address.Database, strings.Join(address.Hosts, ","), err)
	}
	return s, nil
}

// parse refuses an URI that names no database or asks for less durability than
// the store promises.
func parse(uri string) (*connstring.ConnString, error) {
	a, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, fmt.Errorf("MongoDB URI: %w", err)
	}
	switch {
	case a.Database == "":
		return nil, fmt.Errorf("the MongoDB URI names no database: write its name behind the host, as in mongodb://host:27017/hub")
	case a.WNumberSet, a.WString != "" && a.WString != "majority", a.JSet && !a.J:
		return nil, fmt.Errorf("the MongoDB URI sets a weaker write concern than w=majority and journal=true: leave w and journal out")
	case a.ReadConcernLevel != "" && a.ReadConcernLevel != "majority":
		return nil, fmt.Errorf("the MongoDB URI sets another read concern than majority: leave readConcernLevel out")
	case a.ReadPreference != "" && !strings.EqualFold(a.ReadPreference, "primary"):
		return nil, fmt.Errorf("the MongoDB URI lets reads go to secondaries, which may lag behind: leave readPreference out")
	}
	return a, nil
}

func (s *Store) open(ctx context.Context, uri, database string, cs []store.Collection) error {
	journal := true
	client, err := driver.Connect(options.Client().ApplyURI(uri).
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journal}).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary()))
	if err != nil {
		return err
	}
	s.client, s.db = client, client.Database(database)
	s.close = sync.OnceValue(s.disconnect)
	if err := s.prepare(ctx, cs); err != nil {
		s.close()
		return err
	}
	return nil
}

func (s *Store) prepare(ctx context.Context, cs []store.Collection) error {
	if err := s.checkServer(ctx); err != nil {
		return err
	}
	for _, c := range cs {
		if err := s.makeIndexes(ctx, c); err != nil {
			return fmt.Errorf("indexes of %s: %w", c.Name, err)
		}
	}
	return nil
}

// checkServer asks the server what it is, and refuses a FerretDB.
func (s *Store) checkServer(ctx context.Context) error {
	ctx, cancel := store.Deadline(ctx)
	defer cancel()
	raw, err := s.db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Raw()
	if err != nil {
		return fmt.Errorf("%w: see that the server runs, and that address, user and password are right", translate(ctx, err))
	}
	is := isFerret(raw)
	if is && !s.ferret {
		return fmt.Errorf("this is FerretDB, which loses concurrent updates: use MongoDB, or the embedded store for a single instance")
	}
	s.ferret = is
	return nil
}

// isFerret reads an answer to buildInfo: version 1 has "ferretdbVersion" in it,
// version 2 "ferretdb".
func isFerret(info bson.Raw) bool {
	elements, err := info.Elements()
	if err != nil {
		return false
	}
	for _, e := range elements {
		if strings.HasPrefix(strings.ToLower(e.Key()), "ferretdb") {
			return true
		}
	}
	return false
}

// Get: see store.Reader.
func (s *Store) Get(ctx context.Context, collection, id string) (store.Doc, error) {
	var d store.Doc
	err := s.schema.Find(collection, id)
	if err == nil {
		err = within(ctx, func(ctx context.Context) error {
			var found document
			if err := s.db.Collection(collection).FindOne(ctx, byID(id)).Decode(&found); err != nil {
				return err
			}
			d, err = found.doc()
			return err
		})
	}
	return d, failed("get", collection, id, err)
}

// Insert: see store.Writer.
func (s *Store) Insert(ctx context.Context, collection string, d store.Doc) error {
	clean, err := s.schema.Check(collection, d)
	if err == nil {
		clean.Rev = 1
		err = within(ctx, func(ctx context.Context) error {
			_, err := s.db.Collection(collection).InsertOne(ctx, documentOf(clean))
			return err
		})
	}
	return failed("insert", collection, d.ID, err)
}

// Update: see store.Writer. It is one conditional statement; only what to call
// a refusal takes a second look.
func (s *Store) Update(ctx context.Context, collection string, d store.Doc) error {
	clean, err := s.schema.Check(collection, d)
	if err == nil {
		clean.Rev = d.Rev + 1
		err = within(ctx, func(ctx context.Context) error {
			res, err := s.db.Collection(collection).ReplaceOne(ctx, byRevision(d.ID, d.Rev), documentOf(clean))
			if err != nil || res.MatchedCount == 1 {
				return err
			}
			return s.refusal(ctx, collection, d.ID)
		})
	}
	return failed("update", collection, d.ID, err)
}

// Delete: see store.Writer.
func (s *Store) Delete(ctx context.Context, collection, id string, rev int64) error {
	err := s.schema.Find(collection, id)
	if err == nil {
		err = within(ctx, func(ctx context.Context) error {
			res, err := s.db.Collection(collection).DeleteOne(ctx, byRevision(id, rev))
			if err != nil || res.DeletedCount == 1 {
				return err
			}
			return s.refusal(ctx, collection, id)
		})
	}
	return failed("delete", collection, id, err)
}

// refusal says why no document had the id and revision.
func (s *Store) refusal(ctx context.Context, collection, id string) error {
	only := options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})
	if err := s.db.Collection(collection).FindOne(ctx, byID(id), only).Err(); err != nil {
		return err
	}
	return hub.ErrConflict
}

// Ping: see store.Store.
func (s *Store) Ping(ctx context.Context) error {
	err := within(ctx, func(ctx context.Context) error { return s.client.Ping(ctx, nil) })
	if err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}

// Close: see store.Store.
func (s *Store) Close() error { return s.close() }

func (s *Store) disconnect() error {
	ctx, cancel := store.Deadline(context.Background())
	defer cancel()
	if err := s.client.Disconnect(ctx); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// within runs act with the time of the context and makes hub errors of those
// of the driver.
func within(ctx context.Context, act func(context.Context) error) error {
	ctx, cancel := store.Deadline(ctx)
	defer cancel()
	err := ctx.Err()
	if err == nil {
		err = act(ctx)
	}
	return translate(ctx, err)
}

// The codes of a server that is no longer the primary or goes down; all mean
// that another answers soon.
var leaving = []int{91, 189, 10058, 10107, 11600, 11602, 13435, 13436}

// translate makes hub errors of those of the driver. What does not come from a
// server that has understood the command is the connection's fault. The driver
// says context.Canceled too when it gives a connection up by itself: that is
// not the caller's doing, and is not passed on as if it were.
func translate(ctx context.Context, err error) error {
	var server driver.ServerError
	var write driver.WriteException
	switch {
	case err == nil:
		return nil
	case errors.Is(err, driver.ErrNoDocuments):
		return hub.ErrNotFound
	case errors.Is(err, hub.ErrConflict), errors.Is(err, errForeign):
		return err
	case errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled):
		return err
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %v", hub.ErrUnavailable, err)
	case driver.IsDuplicateKeyError(err):
		return fmt.Errorf("%w: %w", hub.ErrConflict, err)
	case driver.IsTimeout(err), driver.IsNetworkError(err), !errors.As(err, &server):
		return fmt.Errorf("%w: %w", hub.ErrUnavailable, err)
	case errors.As(err, &write) && write.WriteConcernError != nil:
		return fmt.Errorf("%w: a majority has not acknowledged: %w", hub.ErrUnavailable, err)
	}
	for _, code := range leaving {
		if server.HasErrorCode(code) {
			return fmt.Errorf("%w: %w", hub.ErrUnavailable, err)
		}
	}
	return err
}

func failed(act, collection, id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s %q: %w", act, collection, id, err)
}
