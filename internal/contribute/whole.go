package contribute

import (
	"context"
	"errors"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Change is what an answer that was written elsewhere would change.
type Change struct {
	Question *question.Question
	Given    Given
	Was, Is  question.Answer
	// Clash: somebody has changed the answer, or who may read it, since it was
	// seen.
	Clash bool
	Wrong error // what is wrong with it, a hub.Invalid for each; nil for nothing
}

// Weigh says what answers would change in a record, in a language. What nobody
// has touched since it was seen, and what the record says already, changes
// nothing. Given.Closed is who could read the answer when it was seen; that
// stays as it is, and so does what does not apply.
func (s *Service) Weigh(r *hub.Record, l hub.Lang, given []Given) []Change {
	set := s.SetOf(r)
	if set == nil {
		return nil
	}
	var all []Change
	for _, g := range given {
		q := set.Question(g.Question)
		if q == nil {
			continue
		}
		g.Answer = q.Tidy(g.Answer)
		now := q.Tidy(q.Get(r, l))
		if string(g.Answer) == string(now) || question.Mark(g.Answer) == g.Seen {
			continue
		}
		c := Change{Question: q, Given: g, Was: now, Is: g.Answer, Wrong: s.Checker.Answer(q, g.Answer)}
		c.Clash = question.Mark(now) != g.Seen || q.Closed(r) != g.Closed
		if q.At == "title" && l == r.Original && g.Answer == nil {
			c.Wrong = &hub.Invalid{Field: q.Code, Reason: hub.ReasonRequired}
		}
		all = append(all, c)
	}
	return all
}

// Held says whether something keeps changes from being made.
func Held(all []Change) bool {
	for _, c := range all {
		if c.Clash || c.Wrong != nil {
			return true
		}
	}
	return false
}

// errHeld ends a write that is to change nothing.
var errHeld = errors.New("some answers keep the others back")

// AnswerWhole puts all answers into a record, or none: then the record is nil,
// and the changes say what keeps them back. Errors as record.Service.Edit.
func (s *Service) AnswerWhole(ctx context.Context, v hub.Viewer, id string, l hub.Lang, given []Given) (*hub.Record, []Change, error) {
	if _, err := hub.ParseLang(string(l)); err != nil {
		return nil, nil, err
	}
	var changes []Change
	r, err := s.Records.Edit(ctx, v, id, func(next *hub.Record) error {
		changes = s.Weigh(next, l, given)
		if Held(changes) {
			return errHeld
		}
		question.Loosen(next)
		if set := s.SetOf(next); set != nil {
			next.Questions = set.Name()
		}
		for _, c := range changes {
			c.Question.Put(next, l, c.Is)
			c.Question.Render(next, l)
		}
		return nil
	})
	if errors.Is(err, errHeld) {
		return nil, changes, nil
	}
	return r, changes, err
}
