package mongo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/storetest"
)

// onFerret is what FerretDB 1.24.2 fails, so that only a MongoDB can show it.
var onFerret = map[string]string{}

func TestContractFerretDB(t *testing.T) {
	storetest.Run(t, func(t testing.TB, cs []store.Collection) store.Store {
		return mustOpen(t, ferretURI(t), cs, AllowFerretDB())
	}, onFerret)
}

// realMongoDB is the environment variable with the URI of a MongoDB; the tests
// make databases of their own on it and drop them.
const realMongoDB = "HUB_TEST_MONGODB_URI"

func TestContractMongoDB(t *testing.T) {
	mongoURI(t)
	storetest.Run(t, func(t testing.TB, cs []store.Collection) store.Store {
		return mustOpen(t, mongoURI(t), cs)
	}, nil)
}

// mongoURI returns the URI of a database for the test, dropped at its end.
func mongoURI(t testing.TB) string {
	t.Helper()
	uri := os.Getenv(realMongoDB)
	if uri == "" {
		t.Skip(realMongoDB + " is not set")
	}
	uri = withDatabase(uri, databaseOf(t))
	t.Cleanup(func() {
		s, err := Open(context.Background(), uri, nil)
		if err == nil {
			err = errors.Join(s.db.Drop(context.Background()), s.Close())
		}
		if err != nil {
			t.Errorf("drop: %v", err)
		}
	})
	return uri
}

func mustOpen(t testing.TB, uri string, cs []store.Collection, opts ...Option) *Store {
	t.Helper()
	s, err := Open(t.Context(), uri, cs, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s
}

var _ = fmt.Sprint
var _ = strings.Contains
var _ bson.D
var _ driver.Client
var _ = hub.ErrConflict
