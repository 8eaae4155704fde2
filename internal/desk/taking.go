package desk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// TakenFor is how long somebody has what they took: after that it is anybody's
// again.
const TakenFor = 5 * 24 * time.Hour

// Taking is that a moderator has taken something that waits.
type Taking struct {
	Item  string    `json:"item"`           // its key
	Since time.Time `json:"since"`          // since when it waited: when it comes again, nobody has taken it
	By    string    `json:"by"`             // person
	From  string    `json:"from,omitempty"` // who gave it to them; empty: they took it themselves
	At    time.Time `json:"at"`
	Bulk  string    `json:"bulk,omitempty"` // with which decision
	Was   string    `json:"was,omitempty"`  // who had it before; empty: nobody
}

func takingKeys(t Taking) map[string]store.Value {
	return map[string]store.Value{"at": t.At.UnixMicro()}
}

// holds says whether a taking is still of this time of waiting, and fresh.
func (s *Service) holds(t Taking, i Item) bool {
	return t.By != "" && t.Since.Equal(i.Since.Truncate(time.Microsecond)) && s.Now().Sub(t.At) < TakenFor
}

// fillTaken says of items who has taken them.
func (s *Service) fillTaken(ctx context.Context, all []Item) error {
	took, err := store.All[Taking](ctx, s.Store, takings, store.Query{Index: "at", From: s.Now().Add(-TakenFor).UnixMicro()})
	if err != nil {
		return err
	}
	by := map[string]Taking{}
	for _, t := range took {
		by[t.Item] = t
	}
	for n, i := range all {
		if t, taken := by[i.Key()]; taken && s.holds(t, i) {
			all[n].Taken = &t
		}
	}
	return nil
}

// take gives an item to somebody, or to nobody, and returns who had it before.
// hub.ErrConflict when somebody else than seen has it by now.
func (s *Service) take(ctx context.Context, v hub.Viewer, i Item, to, bulk string) error {
	t := Taking{Item: i.Key(), Since: i.Since.Truncate(time.Microsecond), By: to, At: s.Now(), Bulk: bulk}
	if to != v.Person {
		t.From = v.Person
	}
	if i.Taken != nil {
		t.Was = i.Taken.By
	}
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	err = s.Store.Insert(ctx, takings, store.Doc{ID: t.Item, Keys: takingKeys(t), Body: body})
	if errors.Is(err, hub.ErrConflict) {
		_, err = store.Change(ctx, s.Store, takings, t.Item, takingKeys, func(now *Taking) error {
			if had := s.holds(*now, i); had && now.By != t.Was || !had && t.Was != "" {
				return hub.ErrConflict
			}
			*now = t
			return nil
		})
	}
	if err != nil {
		return err
	}
	what := map[bool]string{true: "desk.take", false: "desk.give"}[to == v.Person]
	if to == "" {
		what = "desk.back"
	}
	return s.note(ctx, v, what, t.Item, "")
}

// untake undoes a take of a bulk: whoever had the item before has it again.
func (s *Service) untake(ctx context.Context, v hub.Viewer, key, bulk string) error {
	_, err := store.Change(ctx, s.Store, takings, key, takingKeys, func(t *Taking) error {
		switch t.Bulk {
		case bulk:
		case "undo " + bulk:
			return store.ErrSame
		default:
			return hub.ErrConflict
		}
		t.By, t.Was, t.From, t.Bulk = t.Was, t.By, "", "undo "+bulk
		return nil
	})
	if err != nil {
		return err
	}
	return s.note(ctx, v, "desk.undo", key, "")
}
