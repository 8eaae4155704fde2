// Package contribute is how people write records: a questionnaire is answered
// bit by bit, in one language and then in others, by one person or by several
// at once, and nothing that was acknowledged is lost.
package contribute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
)

// Service is what may be done. Its fields are set once. Safe for concurrent
// use.
type Service struct {
	Records *record.Service
	Sets    *question.Sets
	Checker question.Checker
}

// Tiers are those that a record may be written for.
var Tiers = []hub.Tier{hub.TierPublic, hub.TierRegistered, hub.TierNetwork}

// Kinds are the kinds of record that there are questions for, in the order of
// hub.Kinds.
func (s *Service) Kinds() []hub.Kind {
	var all []hub.Kind
	for _, k := range hub.Kinds {
		if s.For(k, "") != nil {
			all = append(all, k)
		}
	}
	return all
}

// For are the questions that a mechanism is asked for a new record of a kind;
// nil for none. What experts are asked is for the roster, which has no records.
func (s *Service) For(k hub.Kind, m hub.State) *question.Set {
	if k == hub.Expert {
		return nil
	}
	return s.Sets.For(k, m)
}

// Begin makes a draft with a title in the language in which it will be
// written. What a mechanism writes is about its State. hub.ErrNotFound for a
// kind without questions, and for who may not; hub.Invalid with the field
// "title".
func (s *Service) Begin(ctx context.Context, v hub.Viewer, k hub.Kind, l hub.Lang, title string) (*hub.Record, error) {
	return s.begin(ctx, v, l, title, hub.Record{Kind: k, Tier: hub.TierPublic})
}

// begin makes a draft of a record that has its kind and tier.
func (s *Service) begin(ctx context.Context, v hub.Viewer, l hub.Lang, title string, r hub.Record) (*hub.Record, error) {
	set := s.For(r.Kind, v.Mechanism)
	if set == nil {
		return nil, hub.ErrNotFound
	}
	if _, err := hub.ParseLang(string(l)); err != nil {
		return nil, err
	}
	title = strings.Join(strings.Fields(title), " ")
	r.Original, r.Questions, r.Versions = l, set.Name(), []hub.Version{{Lang: l, Title: title}}
	if v.Mechanism != "" {
		r.States = []hub.State{v.Mechanism}
		s.fromProfile(v, set.For(&r), &r)
	}
	made, err := s.Records.Create(ctx, v, r)
	var invalid *hub.Invalid
	if errors.As(err, &invalid) && strings.HasSuffix(invalid.Field, ".title") {
		return nil, &hub.Invalid{Field: "title", Reason: invalid.Reason, Limit: invalid.Limit}
	}
	return made, err
}

// fromProfile answers which mechanism it is with the profile of the author's
// own, where that is published.
func (s *Service) fromProfile(v hub.Viewer, set *question.Set, r *hub.Record) {
	slug := strings.ToLower(string(v.Mechanism))
	if len(s.Records.Heads(hub.Public, hub.Mechanism, slug)) == 0 {
		return
	}
	for _, q := range set.All() {
		if q.Form == question.Record && q.List == string(hub.Mechanism) && !q.Closed(r) {
			raw, _ := json.Marshal(slug) // never fails
			q.Put(r, r.Original, raw)
		}
	}
}

// SetOf are the questions that a record answers, whatever has become of them:
// the newest of its kind where it answers none yet; nil where there are none.
func (s *Service) SetOf(r *hub.Record) *question.Set {
	if r.Questions != "" {
		return s.Sets.Named(r.Questions).For(r)
	}
	return s.Sets.Latest(r.Kind).For(r)
}

// Newer is the version that a new record of the kind and mechanism would be
// asked, where that is a later one than a record answers; else nil.
func (s *Service) Newer(r *hub.Record) *question.Set {
	is, was := s.Sets.For(r.Kind, r.Mechanism), s.Sets.Named(r.Questions)
	if is == nil || was == nil || is.Version <= was.Version {
		return nil
	}
	return is
}

// Renew has a record answer the newer version. Its answers go with it. A
// record that answers it already stays as it is.
func (s *Service) Renew(ctx context.Context, v hub.Viewer, id string) (*hub.Record, error) {
	return s.Records.Edit(ctx, v, id, func(next *hub.Record) error {
		is, was := s.Newer(next), s.Sets.Named(next.Questions)
		if is == nil {
			return nil
		}
		question.Loosen(next)
		question.Carry(next, was, is)
		return nil
	})
}

// Given is an answer that somebody gives.
type Given struct {
	Question string
	Answer   question.Answer // nil: none
	Seen     string          // question.Mark of the answer that they saw before
	Closed   bool            // for members of mechanisms alone
	Skipped  bool            // it does not apply
	Still    bool            // the translation is right, though the original has changed
}

// Clash is an answer that somebody else has changed since it was seen.
type Clash struct {
	Question string
	Theirs   question.Answer
}

// Answer puts answers into a record, in a language. What is wrong with an
// answer is in the error, a hub.Invalid for each, and what somebody else has
// changed meanwhile among the clashes; all the other answers are kept.
func (s *Service) Answer(ctx context.Context, v hub.Viewer, id string, l hub.Lang, given []Given) (*hub.Record, []Clash, error) {
	if _, err := hub.ParseLang(string(l)); err != nil {
		return nil, nil, err
	}
	var clashes []Clash
	var wrong error
	r, err := s.Records.Edit(ctx, v, id, func(next *hub.Record) error {
		set := s.SetOf(next)
		if set == nil {
			return hub.ErrNotFound
		}
		clashes, wrong = nil, nil
		question.Loosen(next)
		next.Questions = set.Name()
		for _, g := range given {
			q := set.Question(g.Question)
			if q == nil {
				wrong = errors.Join(wrong, &hub.Invalid{Field: g.Question, Reason: hub.ReasonUnknown})
				continue
			}
			clash, err := s.put(next, q, l, g)
			if clash != nil {
				clashes = append(clashes, *clash)
			}
			wrong = errors.Join(wrong, err)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return r, clashes, wrong
}

// put puts one answer into a record.
func (s *Service) put(r *hub.Record, q *question.Question, l hub.Lang, g Given) (*Clash, error) {
	if q.Closable() && g.Closed != q.Closed(r) {
		if err := q.Turn(r, g.Closed); err != nil {
			return nil, err
		}
	}
	if g.Skipped != slices.Contains(r.Skipped, q.Code) {
		r.Skipped = slices.DeleteFunc(slices.Clone(r.Skipped), func(c string) bool { return c == q.Code })
		if g.Skipped {
			r.Skipped = append(r.Skipped, q.Code)
			slices.Sort(r.Skipped)
		}
	}
	now := q.Get(r, l)
	if string(now) == string(g.Answer) {
		if g.Still && question.Mark(now) == g.Seen {
			q.Render(r, l)
		}
		return nil, nil
	}
	if question.Mark(now) != g.Seen {
		return &Clash{q.Code, now}, nil
	}
	if q.At == "title" && l == r.Original && g.Answer == nil {
		return nil, &hub.Invalid{Field: q.Code, Reason: hub.ReasonRequired}
	}
	if err := s.Checker.Answer(q, g.Answer); err != nil {
		return nil, err
	}
	q.Put(r, l, g.Answer)
	q.Render(r, l)
	return nil, nil
}

// Asks says what a record lacks of its questionnaire, for record.Service.
func (s *Service) Asks(r *hub.Record) error {
	set := s.Sets.Named(r.Questions)
	switch {
	case r.Questions == "":
		return nil
	case set == nil:
		return fmt.Errorf("the questions %s are not known here: %w", r.Questions, hub.ErrUnavailable)
	}
	return s.Checker.Record(set.For(r), r)
}

// Progress is how many of the questions that must be answered are.
type Progress struct{ Done, Of int }

// Progress counts, for each section of the questions of a record.
func (s *Service) Progress(r *hub.Record) []Progress {
	set := s.SetOf(r)
	if set == nil {
		return nil
	}
	all := make([]Progress, len(set.Sections))
	for i, x := range set.Sections {
		for _, q := range x.Questions {
			if !q.Required {
				continue
			}
			all[i].Of++
			if q.Get(r, r.Original) != nil || slices.Contains(r.Skipped, q.Code) {
				all[i].Done++
			}
		}
	}
	return all
}

// Lacks are the codes of the questions that keep a record from being handed
// on.
func (s *Service) Lacks(r *hub.Record) []string {
	var all []string
	errs, _ := s.Asks(r).(interface{ Unwrap() []error })
	if errs == nil {
		return nil
	}
	for _, err := range errs.Unwrap() {
		var invalid *hub.Invalid
		if errors.As(err, &invalid) {
			code, _, _ := strings.Cut(invalid.Field, ".")
			all = append(all, code)
		}
	}
	return slices.Compact(all)
}
