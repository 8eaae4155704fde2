package sqlite

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"nmirfhub/internal/store/storetest"
)

// TestEveryQueryIsALookUp: each stretch of each index of the contract, by each
// number of fields named, is found by search in the key and read in order.
func TestEveryQueryIsALookUp(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "hub.db"), storetest.Collections())
	for _, c := range s.tables {
		for _, ix := range c.indexes {
			for equal := range len(ix.Fields) + 1 {
				for _, desc := range []bool{false, true} {
					name := fmt.Sprintf("%s/%s/%d/%t", c.name, ix.Name, equal, desc)
					t.Run(name, func(t *testing.T) { searches(t, s, ix.find(equal, desc)) })
				}
			}
			searches(t, s, ix.remove)
		}
		for _, query := range []string{c.get, c.head, c.update, c.remove} {
			searches(t, s, query)
		}
	}
}

func searches(t *testing.T, s *Store, query string) {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = int64(1)
	}
	rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	steps := 0
	for rows.Next() {
		var id, parent, unused sql.RawBytes
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps++
		found := strings.HasPrefix(step, "SEARCH ") && (strings.Contains(step, " USING PRIMARY KEY ") || strings.Contains(step, " USING INDEX "))
		if !found {
			t.Errorf("%s\nhas the step %q, want a SEARCH by key only", query, step)
		}
	}
	if err := rows.Err(); err != nil || steps == 0 {
		t.Errorf("%s: %d steps, %v", query, steps, err)
	}
}
