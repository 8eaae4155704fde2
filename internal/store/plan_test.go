package store

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
)

func planSchema(t testing.TB) *Schema {
	t.Helper()
	s, err := NewSchema([]Collection{{Name: "notes", Indexes: []Index{
		{Name: "kind-date", Fields: []string{"kind", "date"}},
		{Name: "a-b-c", Fields: []string{"a", "b", "c"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSpans: what comes after a place, cut into stretches of the index. The
// places are those of documents, as a cursor names them.
func TestSpans(t *testing.T) {
	const z = "\x00"
	kind := [][]Value{{"k"}}
	v := func(values ...Value) []Value { return values }
	for _, c := range []struct {
		name  string
		q     Query
		after Doc // empty: none
		want  []Span
	}{
		{"All", Query{Index: "kind-date", Equal: kind}, Doc{}, []Span{{}}},
		{"Bounds", Query{Index: "kind-date", Equal: kind, From: "1", To: "5"}, Doc{}, []Span{{From: "1", To: "5"}}},
		{"Nothing", Query{Index: "kind-date", Equal: kind, From: "5", To: "5"}, Doc{}, nil},
		{"After", Query{Index: "kind-date", Equal: kind}, at("x", "date", "2"),
			[]Span{{Same: v("2"), From: "x" + z}, {From: "2" + z}}},
		{"AfterWithin", Query{Index: "kind-date", Equal: kind, From: "1", To: "5"}, at("x", "date", "2"),
			[]Span{{Same: v("2"), From: "x" + z}, {From: "2" + z, To: "5"}}},
		{"AfterBeforeBounds", Query{Index: "kind-date", Equal: kind, From: "3"}, at("x", "date", "2"), []Span{{From: "3"}}},
		{"AfterBehindBounds", Query{Index: "kind-date", Equal: kind, To: "2"}, at("x", "date", "2"), nil},
		{"AfterDesc", Query{Index: "kind-date", Equal: kind, Desc: true, From: "1", To: "5"}, at("x", "date", "2"),
			[]Span{{Same: v("2"), To: "x"}, {From: "1", To: "2"}}},
		{"AfterDescBehindBounds", Query{Index: "kind-date", Equal: kind, Desc: true, From: "3"}, at("x", "date", "2"), nil},
		{"AfterID", Query{Index: "kind-date", Equal: append(kind, v("2"))}, at("x"), []Span{{From: "x" + z}}},
		{"AfterNumber", Query{Index: "kind-date", Equal: kind}, at("x", "date", int64(2)),
			[]Span{{Same: v(int64(2)), From: "x" + z}, {From: int64(3)}}},
		{"AfterGreatestNumber", Query{Index: "kind-date", Equal: kind}, at("x", "date", int64(math.MaxInt64)),
			[]Span{{Same: v(int64(math.MaxInt64)), From: "x" + z}}},
		{"AfterThree", Query{Index: "a-b-c", To: "9"}, at("x", "a", "1", "b", int64(2), "c", "3"),
			[]Span{{Same: v("1", int64(2), "3"), From: "x" + z}, {Same: v("1", int64(2)), From: "3" + z}, {Same: v("1"), From: int64(3)}, {From: "1" + z, To: "9"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := planSchema(t)
			c.q.Limit = 1
			if c.after.ID != "" {
				c.q.After = cursorOf(t, s, c.q, c.after)
			}
			p, err := s.Plan("notes", c.q)
			if err != nil {
				t.Fatal(err)
			}
			// An empty Same is as none.
			if got, want := fmt.Sprintf("%#v", p.Spans), fmt.Sprintf("%#v", c.want); strings.ReplaceAll(got, "{}", "(nil)") != want {
				t.Errorf("Spans = %s\nwant %s", got, want)
			}
		})
	}
}

// at is a document with an ID and pairs of a field and its value.
func at(id string, pairs ...any) Doc {
	d := Doc{ID: id, Keys: map[string]Value{}}
	for i := 0; i < len(pairs); i += 2 {
		d.Keys[pairs[i].(string)] = pairs[i+1]
	}
	return d
}

func cursorOf(t testing.TB, s *Schema, q Query, d Doc) string {
	t.Helper()
	p, err := s.Plan("notes", q)
	if err != nil {
		t.Fatal(err)
	}
	page, err := p.Page([]Doc{d}, true)
	if err != nil {
		t.Fatal(err)
	}
	return page.Next
}

// TestEqualIsASet: order and repetition of the values make no other query, so
// that a cursor fits.
func TestEqualIsASet(t *testing.T) {
	s := planSchema(t)
	q := Query{Index: "kind-date", Equal: [][]Value{{"l", "k"}}, Limit: 1}
	q.After = cursorOf(t, s, q, at("x", "date", "2"))
	q.Equal = [][]Value{{"k", "l", "k"}}
	if _, err := s.Plan("notes", q); err != nil {
		t.Errorf("Plan = %v", err)
	}
}

// FuzzCursor: whatever stands for a cursor is refused as such, or names a
// place that makes a plan.
func FuzzCursor(f *testing.F) {
	s := planSchema(f)
	q := Query{Index: "a-b-c", Limit: 1}
	f.Add(cursorOf(f, s, q, at("x", "a", "1", "b", int64(2), "c", "é")))
	f.Add("")
	f.Add("AAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		q.After = cursor
		p, err := s.Plan("notes", q)
		var invalid *hub.Invalid
		switch {
		case err == nil && len(p.Spans) == 0 && cursor == "":
			t.Errorf("no span")
		case err != nil && (!errors.As(err, &invalid) || invalid.Field != "cursor"):
			t.Errorf("Plan = %v, want hub.Invalid of cursor", err)
		}
	})
}

// FuzzPosition looks behind the digest, which random bytes do not pass.
func FuzzPosition(f *testing.F) {
	s := planSchema(f)
	f.Add([]byte(`["1",2,"3","x"]`))
	f.Add([]byte(`[9223372036854775807,-9223372036854775808,"","x"]`))
	f.Add([]byte(`["1",2.5,null,"x"] {}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := s.Plan("notes", Query{Index: "a-b-c", Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		place, err := p.position(p.seal(body))
		if err != nil {
			return
		}
		if len(place) != 4 || len(p.spans(nil, nil, place)) > 4 {
			t.Errorf("position = %#v", place)
		}
	})
}
