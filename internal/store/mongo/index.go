package mongo

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"nmirfhub/internal/store"
)

// Names of indexes say what they are over, so that a changed declaration is
// another index and two versions of the hub can stand side by side.
func listName(x store.Index) string { return "list." + strings.Join(x.Fields, ".") }

func uniqueName(x store.Index) string { return "unique." + strings.Join(x.Fields, ".") }

// makeIndexes makes what is missing. None is dropped: see Open.
func (s *Store) makeIndexes(ctx context.Context, c store.Collection) error {
	view := s.db.Collection(c.Name).Indexes()
	there, err := view.ListSpecifications(ctx)
	if err != nil {
		return translate(ctx, err)
	}
	has := map[string]bool{}
	for _, x := range there {
		has[x.Name] = true
	}
	var missing []driver.IndexModel
	for _, x := range c.Indexes {
		if !has[listName(x)] {
			missing = append(missing, listIndex(x))
		}
		if x.Unique && !has[uniqueName(x)] {
			missing = append(missing, s.uniqueIndex(x))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = view.CreateMany(ctx, missing)
	if driver.IsDuplicateKeyError(err) { // not hub.ErrConflict: nobody can try again with another value here
		return fmt.Errorf("two documents have the same values, so that an index cannot be unique (%v)", err)
	}
	return translate(ctx, err)
}

func listIndex(x store.Index) driver.IndexModel {
	return driver.IndexModel{
		Keys:    append(fields(x, 1), bson.E{Key: "_id", Value: 1}),
		Options: options.Index().SetName(listName(x)),
	}
}

// uniqueIndex leaves out documents that lack a field. FerretDB knows no partial
// index and needs none: it takes absent fields for different.
func (s *Store) uniqueIndex(x store.Index) driver.IndexModel {
	opts := options.Index().SetName(uniqueName(x)).SetUnique(true)
	if !s.ferret {
		opts.SetPartialFilterExpression(fields(x, bson.D{{Key: "$exists", Value: true}}))
	}
	return driver.IndexModel{Keys: fields(x, 1), Options: opts}
}

// fields is a document with each field of the index and the value.
func fields(x store.Index, value any) bson.D {
	var d bson.D
	for _, f := range x.Fields {
		d = append(d, bson.E{Key: key(f), Value: value})
	}
	return d
}
