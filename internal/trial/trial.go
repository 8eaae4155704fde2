// Package trial is how questions are tried with people before everybody is
// asked them: a version of a questionnaire is opened to some mechanisms, those
// who write say which question is unclear, and moderators see, for each
// question, what became of it.
package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
	"nmirfhub/internal/vocabulary"
)

// The collections of this package.
const (
	trials  = "trials"
	flags   = "unclear"
	brought = "questionnaires"
)

// Collections declares what the store must hold for trials.
//
//	trials   key: name of the version; body: Trial
//	unclear  key: digest of record and person, and the question; body: Flag
//	questionnaires  key: name of the version; body: Brought; never changed
func Collections() []store.Collection {
	return []store.Collection{
		{Name: trials, Indexes: []store.Index{{Name: "kind", Fields: []string{"kind"}}}},
		{Name: flags, Indexes: []store.Index{
			{Name: "own", Fields: []string{"own"}},
			{Name: "set", Fields: []string{"set", "day"}},
		}},
		{Name: brought, Indexes: []store.Index{{Name: "kind", Fields: []string{"kind"}}}},
	}
}

// Trial is where a version of the questions stands, as moderators decided.
type Trial struct {
	Set        string            `json:"set"` // "practice/2"
	Standing   question.Standing `json:"standing"`
	Mechanisms []hub.State       `json:"mechanisms,omitempty"` // that test it; kept when that is over
	By         string            `json:"by"`                   // person
	At         time.Time         `json:"at"`
}

// MostMechanisms is how many mechanisms test a version at most.
const MostMechanisms = 40

// Every is how often an instance looks what others have decided.
const Every = 2 * time.Second

// ActStand is on record when somebody decides who is asked a version.
const ActStand = "questions.stand"

// Service is what may be done. Its fields are set once. Safe for concurrent
// use.
type Service struct {
	Door    *access.Door
	Store   store.Store // of Collections alone
	Records *record.Service
	Roster  interface { // the entries of experts, as records
		ExpertsAnswering(ctx context.Context, v hub.Viewer, questions string, each func(*hub.Record)) error
	}
	Sets  *question.Sets
	Log   *audit.Log
	Words *vocabulary.Set
	Now   func() time.Time

	mu      sync.Mutex
	learned []*question.Set // that were brought; nil: not yet looked
}

// Moderates says whether the viewer decides about questions.
func (s *Service) Moderates(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActModerate, access.Object{Kind: access.Questionnaire}, s.Now()) == nil
}

// Version is a version of the questions of a kind with where it stands.
type Version struct {
	*question.Set
	question.Stands
	First bool      // of its kind: it is open, whatever comes
	At    time.Time // of the last decision; zero for none
	Rev   int64     // of the decision; 0 for none
}

// Versions are all there are, for moderators, the newest of each kind first.
// hub.ErrNotFound for everybody else.
func (s *Service) Versions(ctx context.Context, v hub.Viewer) ([]Version, error) {
	if !s.Moderates(v) {
		return nil, hub.ErrNotFound
	}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	var all []Version
	for _, k := range hub.Kinds {
		sets := s.Sets.Versions(k)
		for i, x := range slices.Backward(sets) {
			t, rev, err := store.Load[Trial](ctx, s.Store, trials, x.Name())
			if err != nil && !errors.Is(err, hub.ErrNotFound) {
				return nil, err
			}
			all = append(all, Version{Set: x, Stands: s.Sets.Standing(x), First: i == 0, At: t.At, Rev: rev})
		}
	}
	return all, nil
}

// Version is the one of a name. Errors as Versions, and hub.ErrNotFound where
// there is none.
func (s *Service) Version(ctx context.Context, v hub.Viewer, name string) (Version, error) {
	all, err := s.Versions(ctx, v)
	if err != nil {
		return Version{}, err
	}
	for _, x := range all {
		if x.Name() == name {
			return x, nil
		}
	}
	return Version{}, hub.ErrNotFound
}

// Stand decides who is asked a version from now on: everybody, nobody, or some
// mechanisms, who test it. A record that answers it goes on to. rev is that of
// the decision which the moderator saw. hub.ErrConflict when there is another
// by now; hub.Invalid with the field "mechanisms" or "standing".
func (s *Service) Stand(ctx context.Context, v hub.Viewer, name string, rev int64, stands question.Stands) error {
	x, err := s.Version(ctx, v, name)
	if err != nil {
		return err
	}
	if x.First || !slices.Contains([]question.Standing{question.Test, question.Open, question.Dropped}, stands.Standing) {
		return &hub.Invalid{Field: "standing", Reason: hub.ReasonUnknown}
	}
	if x.Rev != rev {
		return fmt.Errorf("%s: %w", name, hub.ErrConflict)
	}
	mechanisms := x.Mechanisms
	if stands.Standing == question.Test {
		if mechanisms, err = s.mechanisms(stands.Mechanisms); err != nil {
			return err
		}
	}
	t := Trial{Set: name, Standing: stands.Standing, Mechanisms: mechanisms, By: v.Person, At: s.Now()}
	if err := s.put(ctx, string(x.Kind), t, rev); err != nil {
		return err
	}
	err = s.Log.Add(ctx, audit.Act{Who: v.Person, What: ActStand, Object: "questions:" + name, Outcome: audit.Done, Reason: string(t.Standing)})
	return errors.Join(err, s.Refresh(ctx))
}

// mechanisms are the chosen ones, each once and in order.
func (s *Service) mechanisms(chosen []hub.State) ([]hub.State, error) {
	all := slices.Compact(slices.Sorted(slices.Values(chosen)))
	switch {
	case len(all) == 0:
		return nil, &hub.Invalid{Field: "mechanisms", Reason: hub.ReasonRequired}
	case len(all) > MostMechanisms:
		return nil, &hub.Invalid{Field: "mechanisms", Reason: hub.ReasonTooMany, Limit: MostMechanisms}
	}
	for _, m := range all {
		if _, known := s.Words.State(m); !known {
			return nil, &hub.Invalid{Field: "mechanisms", Reason: hub.ReasonUnknown, Value: string(m)}
		}
	}
	return all, nil
}

// put writes a decision in the place of that of a revision; 0 for the first.
func (s *Service) put(ctx context.Context, kind string, t Trial, rev int64) error {
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	d := store.Doc{ID: t.Set, Rev: rev, Keys: map[string]store.Value{"kind": kind}, Body: body}
	if rev == 0 {
		return s.Store.Insert(ctx, trials, d)
	}
	return s.Store.Update(ctx, trials, d)
}

// Refresh learns what was brought and decided, here or in another instance.
func (s *Service) Refresh(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.learn(ctx); err != nil {
		return err
	}
	all, err := store.All[Trial](ctx, s.Store, trials, store.Query{Index: "kind"})
	if err != nil {
		return fmt.Errorf("read who is asked which questions: %w", err)
	}
	stands := map[string]question.Stands{}
	for _, t := range all {
		stands[t.Set] = question.Stands{Standing: t.Standing, Mechanisms: t.Mechanisms}
	}
	s.Sets.Stand(stands)
	return nil
}

// Run refreshes until ctx ends. What fails is tried again.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
				report(err)
			}
		}
	}
}
