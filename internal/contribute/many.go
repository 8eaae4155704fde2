package contribute

import (
	"context"
	"errors"

	"nmirfhub/internal/hub"
)

// Several is what is given to one of several records at once.
type Several struct {
	Record string // its id
	Given  []Given
}

// Weighed is what that would change.
type Weighed struct {
	Several
	// Now is the record that would change: a draft, where the viewer writes
	// one of what is published. Nil: they may change none with that id.
	Now     *hub.Record
	Changes []Change
}

// WeighMany says what answers would change in several records, each in the
// language it was written in, in the order that they were given.
func (s *Service) WeighMany(ctx context.Context, v hub.Viewer, given []Several) ([]Weighed, error) {
	drafts, err := s.Records.DraftsOf(ctx, v)
	if err != nil {
		return nil, err
	}
	var all []Weighed
	for _, g := range given {
		w := Weighed{Several: g}
		if w.Now = drafts[g.Record]; w.Now == nil {
			if w.Now, err = s.changeable(ctx, v, g.Record); err != nil {
				return nil, err
			}
		}
		if w.Now != nil {
			w.Changes = s.Weigh(w.Now, w.Now.Original, g.Given)
		}
		all = append(all, w)
	}
	return all, nil
}

// changeable is a record that the viewer may change as a whole, or nil.
func (s *Service) changeable(ctx context.Context, v hub.Viewer, id string) (*hub.Record, error) {
	r, err := s.Records.Load(ctx, v, id)
	if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if rights := s.Records.Rights(v, r); r.Bare || !rights.Writes && !rights.Revises {
		return nil, nil
	}
	return r, nil
}

// AnswerMany puts answers into several records, each in the language it was
// written in. What is published stays as it is: its answers go into a draft of
// it. Where something keeps one of the records back, none is changed, and held
// is true. Otherwise left are those that somebody else has changed between two
// writes; all the others are done. Called again with the same, it does the
// rest.
func (s *Service) AnswerMany(ctx context.Context, v hub.Viewer, given []Several) (left []Weighed, held bool, err error) {
	all, err := s.WeighMany(ctx, v, given)
	if err != nil {
		return nil, false, err
	}
	for _, w := range all {
		if w.Now == nil || Held(w.Changes) {
			return all, true, nil
		}
	}
	for _, w := range all {
		if len(w.Changes) == 0 {
			continue
		}
		done, err := s.answerDraft(ctx, v, w)
		if err != nil && !errors.Is(err, hub.ErrConflict) && !errors.Is(err, hub.ErrNotFound) {
			return nil, false, err
		}
		if !done {
			left = append(left, w)
		}
	}
	return left, false, nil
}

// answerDraft changes a draft, or one that is made of what is published.
func (s *Service) answerDraft(ctx context.Context, v hub.Viewer, w Weighed) (done bool, err error) {
	draft := w.Now
	if draft.Status == hub.StatusPublished {
		if draft, err = s.Records.Revise(ctx, v, draft.ID); err != nil {
			return false, err
		}
	}
	r, _, err := s.AnswerWhole(ctx, v, draft.ID, draft.Original, w.Given)
	return r != nil, err
}
