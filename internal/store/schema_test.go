package store

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestNewSchema(t *testing.T) {
	index := func(name string, fields ...string) Index { return Index{Name: name, Fields: fields} }
	with := func(xs ...Index) []Collection { return []Collection{{Name: "notes", Indexes: xs}} }
	long := strings.Repeat("x", 61)
	for _, c := range []struct {
		name string
		cs   []Collection
		want string // in the error; empty for none
	}{
		{"OK", with(index("a-b", "kind", "date_2"), index("b", "kind")), ""},
		{"NoIndex", with(), ""},
		{"Nothing", nil, ""},
		{"CollectionTwice", append(with(), with()...), "declared twice"},
		{"CollectionName", []Collection{{Name: "Notes"}}, "a name is"},
		{"CollectionNameEmpty", []Collection{{}}, "1 to 60 bytes"},
		{"CollectionNameLong", []Collection{{Name: long}}, "1 to 60 bytes"},
		{"CollectionNameQuote", []Collection{{Name: `a"b`}}, "a name is"},
		{"CollectionNameDigit", []Collection{{Name: "1a"}}, "a name is"},
		{"IndexName", with(index("a:b", "kind")), "a name is"},
		{"IndexTwice", with(index("a", "kind"), index("a", "date")), "stands twice"},
		{"SameFields", with(index("a", "kind"), index("b", "kind")), `has the fields of index "a"`},
		{"NoField", with(index("a")), "no field"},
		{"FieldName", with(index("a", "k.kind")), "a name is"},
		{"FieldTwice", with(index("a", "kind", "kind")), "stands twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewSchema(c.cs)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("NewSchema = %v, want %q", err, c.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	ascending := []Value{int64(-2), int64(0), int64(10), "", "\x00", "10", "9", "a", "a\x00", "aa", "é", "\uffff", "🙂"}
	for i, a := range ascending {
		for j, b := range ascending {
			got := Compare(a, b)
			if got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("Compare(%#v, %#v) = %d", a, b, got)
			}
		}
	}
}

// TestCheckCopies: what a caller does with its keys later does not reach the
// store.
func TestCheckCopies(t *testing.T) {
	s, err := NewSchema([]Collection{{Name: "notes", Indexes: []Index{{Name: "theme", Fields: []string{"theme"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	themes := []string{"a"}
	given := Doc{ID: "1", Keys: map[string]Value{"theme": themes}}
	checked, err := s.Check("notes", given)
	if err != nil {
		t.Fatal(err)
	}
	themes[0] = "b"
	delete(given.Keys, "theme")
	if got := checked.Keys["theme"].([]string)[0]; got != "a" {
		t.Errorf("theme = %q, want a", got)
	}
}

func TestDeadline(t *testing.T) {
	ctx, cancel := Deadline(t.Context())
	defer cancel()
	if at, ok := ctx.Deadline(); !ok || time.Until(at) > Timeout {
		t.Errorf("Deadline = %v, %t", at, ok)
	}
	own, cancelOwn := context.WithTimeout(t.Context(), time.Hour)
	defer cancelOwn()
	same, cancel := Deadline(own)
	cancel()
	if same != own || own.Err() != nil {
		t.Errorf("a context with a deadline of its own is not left alone")
	}
}
