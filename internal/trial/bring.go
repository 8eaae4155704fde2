package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/store"
)

// Brought is a version of the questions that somebody brought. Records may
// answer it as soon as it is there: it is never changed and never deleted.
type Brought struct {
	Set  string    `json:"set"` // "practice/3"
	YAML string    `json:"yaml"`
	By   string    `json:"by"` // person
	At   time.Time `json:"at"`
}

// ActBring is on record when somebody brings a version.
const ActBring = "questions.bring"

// Look reads a version that a moderator wants to bring, and changes nothing.
// It gives the set, or what is wrong. hub.ErrNotFound for everybody else.
func (s *Service) Look(ctx context.Context, v hub.Viewer, raw []byte) (*question.Set, []question.Fault, error) {
	if s.Door.May(v, hub.ActCreate, access.Object{Kind: access.Questionnaire}, s.Now()) != nil {
		return nil, nil, hub.ErrNotFound
	}
	if err := s.Refresh(ctx); err != nil {
		return nil, nil, err
	}
	set, faults := question.Read(raw, s.Words, s.Sets)
	if set != nil && len(faults) > 0 { // its number is taken: by itself, where the form was sent twice
		if same := s.Sets.Named(set.Name()); same != nil && bytes.Equal(same.YAML(), trimmed(raw)) {
			return same, nil, nil
		}
	}
	if len(faults) > 0 {
		return nil, faults, nil
	}
	return set, nil, nil
}

// trimmed is a text without the mark of its encoding.
func trimmed(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte("\ufeff")) }

// Bring keeps a version that Look finds nothing wrong with. Nobody is asked it
// before Stand says so. The same again is the same version. hub.ErrConflict
// when another with its number came first.
func (s *Service) Bring(ctx context.Context, v hub.Viewer, raw []byte) (*question.Set, []question.Fault, error) {
	set, faults, err := s.Look(ctx, v, raw)
	if err != nil || len(faults) > 0 || s.Sets.Named(set.Name()) != nil {
		return set, faults, err
	}
	body, err := json.Marshal(Brought{Set: set.Name(), YAML: string(trimmed(raw)), By: v.Person, At: s.Now()})
	if err != nil {
		return nil, nil, err
	}
	if err := s.Store.Insert(ctx, brought, store.Doc{ID: set.Name(), Keys: map[string]store.Value{"kind": string(set.Kind)}, Body: body}); err != nil {
		return nil, nil, fmt.Errorf("bring %s: %w", set.Name(), err)
	}
	err = s.Log.Add(ctx, audit.Act{Who: v.Person, What: ActBring, Object: "questions:" + set.Name(), Outcome: audit.Done})
	return set, nil, errors.Join(err, s.Refresh(ctx))
}

// learn learns which versions were brought: all at first, then the next of
// each kind, as numbers have no gaps. Under mu.
func (s *Service) learn(ctx context.Context) error {
	if s.learned == nil {
		all, err := store.All[Brought](ctx, s.Store, brought, store.Query{Index: "kind"})
		if err != nil {
			return fmt.Errorf("read the questions that were brought: %w", err)
		}
		return s.add(all)
	}
	for _, k := range hub.Kinds {
		for {
			known := s.Sets.Versions(k)
			if len(known) == 0 {
				break
			}
			next, _, err := store.Load[Brought](ctx, s.Store, brought, fmt.Sprintf("%s/%d", k, known[len(known)-1].Version+1))
			if errors.Is(err, hub.ErrNotFound) {
				break
			}
			if err != nil {
				return fmt.Errorf("read the next questions of a %s: %w", k, err)
			}
			if err := s.add([]Brought{next}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) add(all []Brought) error {
	learned := append([]*question.Set{}, s.learned...)
	for _, b := range all {
		set, err := question.Parse([]byte(b.YAML), s.Words)
		if err != nil {
			return fmt.Errorf("the questions %s, which were brought on %s: %w", b.Set, b.At.Format(time.DateOnly), err)
		}
		set.Open = false // whoever brought it opens it on its page
		learned = append(learned, set)
	}
	s.learned = learned
	s.Sets.Learn(learned)
	return nil
}
