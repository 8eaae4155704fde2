package question

import (
	"maps"
	"slices"

	"nmirfhub/internal/hub"
)

// Carry has a record answer another version of the questions than it did. Each
// answer stands where that version has it, and who may read it stays as it
// was. Answers to questions that are gone stay in the record, unread, and
// closed where they were. The record must share nothing: see Loosen.
func Carry(r *hub.Record, was, is *Set) {
	type kept struct {
		*Question
		closed  bool
		answers map[hub.Lang]Answer
	}
	var all []kept
	for _, q := range was.Whole() {
		to := is.whole(q.Code)
		if to == nil {
			continue
		}
		k := kept{to, q.Closed(r), map[hub.Lang]Answer{}}
		if q.Form != Files { // they stay where they are: in the record
			for _, l := range q.langs(r) {
				k.answers[l] = slices.Clone(q.Get(r, l))
				q.Put(r, l, nil)
			}
		}
		all = append(all, k)
	}
	r.Questions = is.Name()
	for _, k := range all {
		if k.Closable() && k.Closed(r) != k.closed {
			k.turned(r)
		}
		for _, l := range slices.Sorted(maps.Keys(k.answers)) {
			if a := k.answers[l]; a != nil {
				k.Put(r, l, a)
			}
		}
	}
}

// whole is the question of a code, asked of adaptations alone or not.
func (s *Set) whole(code string) *Question {
	if s.adapted == nil {
		return s.Question(code)
	}
	return s.adapted.Question(code)
}
