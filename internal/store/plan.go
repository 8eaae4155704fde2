package store

import (
	"fmt"
	"math"
	"slices"

	"nmirfhub/internal/hub"
)

// Plan is a query that was checked against the declarations, in the form in
// which every engine answers it with look-ups in one index: what it asks for
// is each Span in turn, first to last, until Limit documents are found.
type Plan struct {
	Collection string
	Index      Index
	Equal      [][]Value // values of the prefix, by field; each sorted, without repetition, not empty
	Order      []string  // the fields after the prefix: what they hold orders the answer, then the ID
	Desc       bool
	Limit      int
	Spans      []Span // in the order of the answer; none when nothing can match
}

// Span is a stretch of an index in which the first order fields are equal to
// Same and the one after them is bounded: From <= field < To, nil for no
// bound. When Same covers all order fields, the bounds are of the ID. A cursor
// in an order of n fields makes n+1 spans, so that "after this place" needs
// neither OR nor comparison of rows, which not every engine plans well.
type Span struct {
	Same     []Value
	From, To Value
}

// Plan checks a query. hub.Invalid with the field "collection", "index",
// "equal", "from", "to", "limit" or "cursor" when it is none that the
// declarations allow.
func (s *Schema) Plan(collection string, q Query) (*Plan, error) {
	c, err := s.collection(collection)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(c.Indexes, func(x Index) bool { return x.Name == q.Index })
	if at < 0 {
		return nil, &hub.Invalid{Field: "index", Reason: hub.ReasonUnknown, Value: q.Index}
	}
	p := &Plan{Collection: collection, Index: c.Indexes[at], Desc: q.Desc, Limit: q.Limit}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return nil, &hub.Invalid{Field: "limit", Reason: hub.ReasonRange, Value: fmt.Sprint(q.Limit), Limit: MaxLimit}
	}
	if err := p.equal(q.Equal); err != nil {
		return nil, err
	}
	if err := p.bounds(q.From, q.To); err != nil {
		return nil, err
	}
	var after []Value
	if q.After != "" {
		if after, err = p.position(q.After); err != nil {
			return nil, err
		}
	}
	p.Spans = p.spans(q.From, q.To, after)
	return p, nil
}

func (p *Plan) equal(given [][]Value) error {
	if len(given) > len(p.Index.Fields) {
		return &hub.Invalid{Field: "equal", Reason: hub.ReasonRange, Limit: len(p.Index.Fields)}
	}
	branches := 1
	for i, values := range given {
		if len(values) == 0 {
			return &hub.Invalid{Field: "equal", Reason: hub.ReasonRequired, Value: p.Index.Fields[i]}
		}
		for _, v := range values {
			if err := checkSingle("equal", v); err != nil {
				return err
			}
		}
		values = slices.Compact(slices.SortedFunc(slices.Values(values), Compare))
		if branches *= len(values); branches > MaxBranches {
			return &hub.Invalid{Field: "equal", Reason: hub.ReasonTooLong, Limit: MaxBranches}
		}
		p.Equal = append(p.Equal, values)
	}
	p.Order = p.Index.Fields[len(given):]
	return nil
}

func (p *Plan) bounds(from, to Value) error {
	for _, b := range []struct {
		name  string
		value Value
	}{{"from", from}, {"to", to}} {
		if b.value == nil {
			continue
		}
		if len(p.Order) == 0 {
			return &hub.Invalid{Field: b.name, Reason: hub.ReasonUnknown, Value: "no field is left to bound"}
		}
		if err := checkSingle(b.name, b.value); err != nil {
			return err
		}
	}
	if from != nil && to != nil && isNumber(from) != isNumber(to) {
		return &hub.Invalid{Field: "to", Reason: hub.ReasonFormat, Value: "of another type than from"}
	}
	return nil
}

func isNumber(v Value) bool { _, ok := v.(int64); return ok }

func checkSingle(field string, v Value) error {
	if _, ok := v.([]string); ok {
		return &hub.Invalid{Field: field, Reason: hub.ReasonFormat, Value: "a list where one value belongs"}
	}
	return checkValue(field, v)
}

// spans cuts what comes after a position, the values of the order fields and
// the ID, within the bounds of the first order field. No position: all of it.
func (p *Plan) spans(from, to Value, after []Value) []Span {
	if after == nil {
		return keep(nil, Span{From: from, To: to})
	}
	var spans []Span
	for n := len(p.Order); n >= 0; n-- {
		if n > 0 && !within(after[0], from, to) {
			continue
		}
		s, ok := beyond(after[n], p.Desc)
		if !ok {
			continue
		}
		s.Same = after[:n:n]
		if n == 0 && len(p.Order) > 0 {
			s.From, s.To = greater(s.From, from), less(s.To, to)
		}
		spans = keep(spans, s)
	}
	return spans
}

// keep adds the span unless nothing can be in it.
func keep(spans []Span, s Span) []Span {
	if s.From != nil && s.To != nil && Compare(s.From, s.To) >= 0 {
		return spans
	}
	return append(spans, s)
}

// beyond is what comes after a value in an order: below it when descending;
// else from its successor on, which for a string is that string with a zero
// byte behind, as none lies between the two.
func beyond(v Value, desc bool) (Span, bool) {
	if desc {
		return Span{To: v}, true
	}
	switch v := v.(type) {
	case int64:
		return Span{From: v + 1}, v < math.MaxInt64
	default:
		return Span{From: v.(string) + "\x00"}, true
	}
}

func within(v, from, to Value) bool {
	return (from == nil || Compare(v, from) >= 0) && (to == nil || Compare(v, to) < 0)
}

func greater(a, b Value) Value {
	if a == nil || b != nil && Compare(b, a) > 0 {
		return b
	}
	return a
}

func less(a, b Value) Value {
	if a == nil || b != nil && Compare(b, a) < 0 {
		return b
	}
	return a
}

// Page makes the answer from the documents found, at most Limit and in order;
// more says that others follow. hub.Invalid with the field "equal" when a
// document has several values in a field that orders the answer: where it
// belongs is then not defined.
func (p *Plan) Page(docs []Doc, more bool) (Page, error) {
	for _, d := range docs {
		for _, f := range p.Order {
			if _, ok := d.Keys[f].([]string); ok {
				return Page{}, &hub.Invalid{Field: "equal", Reason: hub.ReasonRequired, Value: f}
			}
		}
	}
	page := Page{Docs: docs}
	if more {
		page.Next = p.cursor(docs[len(docs)-1])
	}
	return page, nil
}
