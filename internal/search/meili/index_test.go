package meili_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/meili"
	"nmirfhub/internal/search/searchtest"
)

// TestContract runs the suite on the stand-in, and on a real server where
// HUB_TEST_MEILI_URL (and HUB_TEST_MEILI_KEY) say where one is.
func TestContract(t *testing.T) {
	t.Run("StandIn", func(t *testing.T) {
		searchtest.Run(t, func(t *testing.T) search.Index {
			_, url := newStandIn(t)
			return opened(t, meili.Config{URL: url, Key: standKey, Prefix: "hub", Shape: "a"})
		})
	})
	t.Run("Server", func(t *testing.T) {
		url := os.Getenv("HUB_TEST_MEILI_URL")
		if url == "" {
			t.Skip("HUB_TEST_MEILI_URL names no Meilisearch")
		}
		searchtest.Run(t, func(t *testing.T) search.Index {
			return opened(t, meili.Config{URL: url, Key: os.Getenv("HUB_TEST_MEILI_KEY"), Prefix: "hubtest-" + strings.ToLower(hub.NewID()), Shape: "a"})
		})
	})
}

func opened(t *testing.T, c meili.Config) search.Index {
	t.Helper()
	x, err := meili.Open(t.Context(), c, searchtest.Concepts(t))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestFailures: whatever the server does, the answer is hub.ErrUnavailable and
// tells nothing of what was asked.
func TestFailures(t *testing.T) {
	const word = "zanzibarine"
	q := search.Query{Question: search.Parse(word, hub.English, searchtest.Concepts(t)), Shelves: search.Shelves[:], Size: 10, Count: true}
	for name, c := range map[string]struct {
		key     string
		prepare func(*standIn)
		says    string
	}{
		"WrongKey":   {key: "another", says: "403 invalid_api_key"},
		"NoKey":      {says: "401 missing_authorization_header"},
		"BadGateway": {key: standKey, prepare: func(s *standIn) { s.broken = 502 }, says: "502"},
		"Nonsense":   {key: standKey, prepare: func(s *standIn) { s.broken = 200 }, says: "meilisearch answers"},
		"LostIndex":  {key: standKey, prepare: func(s *standIn) { clear(s.indexes) }, says: "400 index_not_found"},
		"LostSettings": {key: standKey, says: "400 invalid_search_filter", prepare: func(s *standIn) {
			for _, x := range s.indexes {
				x.settings.FilterableAttributes = nil
			}
		}},
		"NoCounts": {key: standKey, says: "no_counts", prepare: func(s *standIn) {
			for _, x := range s.indexes {
				for _, d := range x.docs {
					delete(d, "tag")
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := newStandIn(t)
			x, err := meili.Open(t.Context(), meili.Config{URL: url, Key: c.key, Prefix: "hub", Shape: "a"}, searchtest.Concepts(t))
			if err == nil {
				err = x.Put(t.Context(), searchtest.Docs())
			}
			if c.prepare != nil {
				if err != nil {
					t.Fatal(err)
				}
				s.mu.Lock()
				c.prepare(s)
				s.mu.Unlock()
				asked := q
				if name == "LostSettings" {
					asked.Filter = map[string][]string{"kind": {"practice"}}
				}
				_, err = x.Search(t.Context(), asked)
			}
			if !errors.Is(err, hub.ErrUnavailable) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), word) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("NobodyThere", func(t *testing.T) {
		x, err := meili.Open(t.Context(), meili.Config{URL: "http://127.0.0.1:1", Prefix: "hub", Shape: "a"}, searchtest.Concepts(t))
		if x == nil || !errors.Is(err, hub.ErrUnavailable) {
			t.Errorf("%v", err)
		}
	})
}

// TestComesBack: a server that lost its indexes has them again after the next
// comparison.
func TestComesBack(t *testing.T) {
	s, url := newStandIn(t)
	x := opened(t, meili.Config{URL: url, Key: standKey, Prefix: "hub", Shape: "a"})
	s.mu.Lock()
	clear(s.indexes)
	s.mu.Unlock()
	if revs, err := x.Revs(t.Context()); err != nil || len(revs) != 0 {
		t.Fatalf("%v, %v", revs, err)
	}
	if err := x.Put(t.Context(), searchtest.Docs()); err != nil {
		t.Fatal(err)
	}
	if revs, err := x.Revs(t.Context()); err != nil || len(revs) != len(searchtest.Docs()) {
		t.Errorf("%v, %v", revs, err)
	}
}

// FuzzFilter: whatever a value holds, the condition asks for it and nothing
// else.
func FuzzFilter(f *testing.F) {
	for _, v := range []string{`report`, `a" OR id EXISTS OR tag = "`, `back\slash\`, `\"`, "two\nlines", ""} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		c := conditions([]any{meili.Equal("tag", value)})
		if !utf8.ValidString(value) || strings.Contains(value, "\n") {
			return // JSON carries neither as it is
		}
		if len(c) != 1 || c[0][0] != [2]string{"tag", value} {
			t.Errorf("%q became %q", value, c)
		}
	})
}
