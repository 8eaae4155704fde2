package question

import (
	"maps"
	"reflect"
	"slices"
)

// Sort is what became of a question from one version to another.
type Sort string

// What becomes of questions.
const (
	New     Sort = "new"
	Gone    Sort = "gone"
	Changed Sort = "changed"
)

// Difference is a question that two versions do not have alike.
type Difference struct {
	Sort
	Was, Is *Question // nil: of a new one, of one that is gone
	Fields  []string  // of a changed one, what is other: "ask", "required"
}

// Compare gives what is other in a version than in one before: new and changed
// questions in their order, then those that are gone.
func Compare(was, is *Set) []Difference {
	before := map[string]*Question{}
	for _, q := range was.Whole() {
		before[q.Code] = q
	}
	var all []Difference
	for _, q := range is.Whole() {
		old := before[q.Code]
		delete(before, q.Code)
		if old == nil {
			all = append(all, Difference{Sort: New, Is: q})
		} else if fields := old.other(q); len(fields) > 0 {
			all = append(all, Difference{Changed, old, q, fields})
		}
	}
	for _, q := range was.Whole() {
		if before[q.Code] != nil {
			all = append(all, Difference{Sort: Gone, Was: q})
		}
	}
	return all
}

// other names what is not alike in two questions.
func (q *Question) other(x *Question) []string {
	var all []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"ask", maps.Equal(q.Ask, x.Ask)}, {"help", maps.Equal(q.Help, x.Help)},
		{"examples", maps.Equal(q.Good, x.Good) && maps.Equal(q.Poor, x.Poor)},
		{"hints", slices.Equal(q.Hints, x.Hints)}, {"part", q.Part == x.Part},
		{"form", q.shapedAs(x) && x.shapedAs(q)}, {"columns", reflect.DeepEqual(q.Columns, x.Columns)},
		{"most", q.Most == x.Most}, {"required", q.Required == x.Required && q.Spared == x.Spared}, {"members", q.Members == x.Members},
	} {
		if !f.same {
			all = append(all, f.name)
		}
	}
	return slices.Clip(all)
}
