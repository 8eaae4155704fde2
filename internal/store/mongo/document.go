package mongo

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"nmirfhub/internal/store"
)

// document is a document as it is stored.
type document struct {
	ID   string `bson:"_id"`
	Rev  int64  `bson:"rev"`
	Keys bson.D `bson:"k"`
	Body []byte `bson:"body"`
}

// errForeign is a document that the hub has not written.
var errForeign = errors.New("a document in the database is not the hub's: somebody else writes to its collections")

func documentOf(d store.Doc) document {
	keys := bson.D{}
	for _, f := range slices.Sorted(maps.Keys(d.Keys)) {
		keys = append(keys, bson.E{Key: f, Value: d.Keys[f]})
	}
	if d.Body == nil {
		d.Body = []byte{} // nil would be stored as null
	}
	return document{d.ID, d.Rev, keys, d.Body}
}

func (d document) doc() (store.Doc, error) {
	keys := make(map[string]store.Value, len(d.Keys))
	for _, e := range d.Keys {
		v, ok := value(e.Value)
		if !ok {
			return store.Doc{}, fmt.Errorf("%w: %q has the type %T in k.%s", errForeign, d.ID, e.Value, e.Key)
		}
		keys[e.Key] = v
	}
	return store.Doc{ID: d.ID, Rev: d.Rev, Keys: keys, Body: d.Body}, nil
}

func value(v any) (store.Value, bool) {
	list, ok := v.(bson.A)
	if !ok {
		_, text := v.(string)
		_, number := v.(int64)
		return v, text || number
	}
	several := make([]string, len(list))
	for i := range list {
		if several[i], ok = list[i].(string); !ok {
			return nil, false
		}
	}
	return several, true
}

func byID(id string) bson.D { return bson.D{{Key: "_id", Value: id}} }

func byRevision(id string, rev int64) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "rev", Value: rev}}
}
