package shelf

import (
	"context"
	"errors"
	"slices"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Limits of lists, texts in runes.
const (
	MaxLists = 100 // of a person
	MaxItems = 500 // of a list
	MaxName  = 100
	MaxNote  = 500
)

// List is records that somebody keeps for themselves, in their own order.
type List struct {
	ID      string    `json:"id"`
	Person  string    `json:"person"`
	Slot    int64     `json:"slot"` // 0 to MaxLists-1, each once for a person
	Name    string    `json:"name"`
	Items   []Item    `json:"items,omitempty"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Item is a record in a list. It holds nothing that the record says.
type Item struct {
	Record string    `json:"record"` // id
	Note   string    `json:"note,omitempty"`
	Added  time.Time `json:"added"`
}

// Holds says where a record stands in a list, from 0 on; -1 where it does not.
func (l List) Holds(record string) int {
	return slices.IndexFunc(l.Items, func(i Item) bool { return i.Record == record })
}

// Records are the ids of the records of a list, in its order.
func (l List) Records() []string {
	var all []string
	for _, i := range l.Items {
		all = append(all, i.Record)
	}
	return all
}

func listKeys(l List) map[string]store.Value {
	return map[string]store.Value{"person": l.Person, "slot": l.Slot}
}

func guardList(l *List) access.Object { return access.Object{Kind: access.SavedList, Owner: l.Person} }

// May says whether the viewer may keep lists.
func (s *Service) May(v hub.Viewer) bool {
	return v.SignedIn() && s.Door.May(v, hub.ActCreate, guardList(&List{Person: v.Person}), s.Now()) == nil
}

// Lists are the viewer's own lists, those made first first.
func (s *Service) Lists(ctx context.Context, v hub.Viewer) ([]*List, error) {
	if !v.SignedIn() {
		return nil, hub.ErrNotFound
	}
	q := store.Query{Index: "slot", Equal: [][]store.Value{{v.Person}}, Limit: MaxLists}
	all, _, err := access.List(ctx, s.Door, v, lists, q, guardList)
	slices.SortStableFunc(all, func(a, b *List) int { return a.Created.Compare(b.Created) })
	return all, err
}

// List is one of the viewer's own lists, for reading it or taking it along.
// hub.ErrNotFound for any other.
func (s *Service) List(ctx context.Context, v hub.Viewer, a hub.Action, id string) (*List, error) {
	return access.Load(ctx, s.Door, v, a, lists, id, guardList)
}

// NewList makes a list. hub.Invalid with the field "name", which with the
// reason hub.ReasonRange says that there are MaxLists.
func (s *Service) NewList(ctx context.Context, v hub.Viewer, name string) (List, error) {
	if !s.May(v) {
		return List{}, hub.ErrNotFound
	}
	name, err := named(name)
	if err != nil {
		return List{}, err
	}
	all, err := s.Lists(ctx, v)
	if err != nil {
		return List{}, err
	}
	taken := map[int64]bool{}
	for _, l := range all {
		taken[l.Slot] = true
	}
	l := List{ID: s.NewID(), Person: v.Person, Name: name, Created: s.Now(), Updated: s.Now()}
	for l.Slot = 0; l.Slot < MaxLists; l.Slot++ {
		if taken[l.Slot] {
			continue
		}
		if err := s.put(ctx, lists, l.ID, listKeys(l), l); !errors.Is(err, hub.ErrConflict) {
			return l, err
		}
	}
	return List{}, &hub.Invalid{Field: "name", Reason: hub.ReasonRange, Limit: MaxLists}
}

func named(name string) (string, error) {
	name, err := line("name", name, MaxName)
	if err == nil && name == "" {
		err = &hub.Invalid{Field: "name", Reason: hub.ReasonRequired}
	}
	return name, err
}

// Rename gives a list another name. Errors as NewList.
func (s *Service) Rename(ctx context.Context, v hub.Viewer, id, name string) error {
	name, err := named(name)
	if err != nil {
		return err
	}
	return s.change(ctx, v, id, func(l *List) error {
		l.Name = name
		return nil
	})
}

// Drop deletes a list, with its notes.
func (s *Service) Drop(ctx context.Context, v hub.Viewer, id string) error {
	for range store.MaxTries {
		l, rev, err := store.Load[List](ctx, s.Store, lists, id)
		if err == nil {
			err = s.Door.May(v, hub.ActEdit, guardList(&l), s.Now())
		}
		if err == nil {
			err = s.Store.Delete(ctx, lists, id, rev)
		}
		if !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return hub.ErrConflict
}

// Save puts a record that the viewer may list at the end of a list; one that
// stands there already stays where it is. hub.ErrNotFound for a record that is
// not for them; hub.Invalid with the field "note", or "list" where it is full.
func (s *Service) Save(ctx context.Context, v hub.Viewer, id, record, note string) error {
	note, err := line("note", note, MaxNote)
	if err != nil {
		return err
	}
	if len(s.Records.HeadsByID(v, record)) == 0 {
		return hub.ErrNotFound
	}
	return s.change(ctx, v, id, func(l *List) error {
		switch {
		case l.Holds(record) >= 0:
			return store.ErrSame
		case len(l.Items) >= MaxItems:
			return &hub.Invalid{Field: "list", Reason: hub.ReasonRange, Limit: MaxItems}
		}
		l.Items = append(l.Items, Item{record, note, s.Now()})
		return nil
	})
}

// Note says something of a record in a list. hub.ErrNotFound where the list
// does not hold it.
func (s *Service) Note(ctx context.Context, v hub.Viewer, id, record, note string) error {
	note, err := line("note", note, MaxNote)
	if err != nil {
		return err
	}
	return s.change(ctx, v, id, func(l *List) error {
		at := l.Holds(record)
		if at < 0 {
			return hub.ErrNotFound
		}
		l.Items[at].Note = note
		return nil
	})
}

// Take takes a record out of a list; one that is not there is no error.
func (s *Service) Take(ctx context.Context, v hub.Viewer, id, record string) error {
	return s.change(ctx, v, id, func(l *List) error {
		at := l.Holds(record)
		if at < 0 {
			return store.ErrSame
		}
		l.Items = slices.Delete(l.Items, at, at+1)
		return nil
	})
}

// Move moves a record up (-1) or down (1) in its list, as far as there is room.
func (s *Service) Move(ctx context.Context, v hub.Viewer, id, record string, by int) error {
	return s.change(ctx, v, id, func(l *List) error {
		at := l.Holds(record)
		to := at + by
		if at < 0 || to < 0 || to >= len(l.Items) {
			return store.ErrSame
		}
		l.Items[at], l.Items[to] = l.Items[to], l.Items[at]
		return nil
	})
}

// change changes one of the viewer's own lists.
func (s *Service) change(ctx context.Context, v hub.Viewer, id string, set func(*List) error) error {
	_, err := store.Change(ctx, s.Store, lists, id, listKeys, func(l *List) error {
		if err := s.Door.May(v, hub.ActEdit, guardList(l), s.Now()); err != nil {
			return err
		}
		if err := set(l); err != nil {
			return err
		}
		l.Updated = s.Now()
		return nil
	})
	return err
}

// Own are a person's lists, for that person. Who may ask is for the caller to
// know.
func (s *Service) Own(ctx context.Context, person string) (any, error) {
	return store.All[List](ctx, s.Store, lists, ofPerson(person))
}

func ofPerson(person string) store.Query {
	return store.Query{Index: "slot", Equal: [][]store.Value{{person}}, Limit: MaxLists}
}

// Forget destroys the lists of a person who is erased.
func (s *Service) Forget(ctx context.Context, person string) error {
	for {
		page, err := s.Store.List(ctx, lists, ofPerson(person))
		if err != nil || len(page.Docs) == 0 {
			return err
		}
		for _, d := range page.Docs {
			err := s.Store.Delete(ctx, lists, d.ID, d.Rev)
			if err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrConflict) {
				return err
			}
		}
	}
}
