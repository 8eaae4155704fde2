package people

import (
	"context"
	"errors"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// OwnData is everything that the hub has of a person, for that person.
type OwnData struct {
	Account     member.Person    `json:"account"`
	SignIns     []member.Session `json:"sign_ins"`
	Seat        *Seat            `json:"seat,omitempty"`
	Invitations []Invitation     `json:"invitations,omitempty"`
	Requests    []Request        `json:"requests,omitempty"`
	Expert      *Expert          `json:"expert,omitempty"`
	Acts        []audit.Entry    `json:"acts,omitempty"`
	Talk        any              `json:"talk,omitempty"`
	Lists       any              `json:"lists,omitempty"`
}

// mostOwn is how much of each sort a person's own data holds.
const mostOwn = store.MaxLimit

// Own gathers a person's own data. hub.ErrFresh for who must sign in again.
func (s *Service) Own(ctx context.Context, v hub.Viewer) (own OwnData, err error) {
	if err := s.mayOwn(v, hub.ActExport); err != nil {
		return own, err
	}
	if own.Account, err = s.Members.Person(ctx, v.Person); err != nil {
		return own, err
	}
	if own.SignIns, err = s.Members.Sessions(ctx, v.Person); err != nil {
		return own, err
	}
	seat, err := s.MySeat(ctx, v)
	switch {
	case err == nil && s.maySee(v, seat.Mechanism) == nil: // one that has lapsed is not theirs to read
		own.Seat = &seat
	case err == nil:
	case !errors.Is(err, hub.ErrNotFound):
		return own, err
	}
	if own.Invitations, err = ofAddress[Invitation](ctx, s, invitations, own.Account.Address); err != nil {
		return own, err
	}
	if own.Requests, err = ofAddress[Request](ctx, s, requests, own.Account.Address); err != nil {
		return own, err
	}
	expert, err := s.MyExpert(ctx, v)
	switch {
	case err == nil:
		own.Expert = &expert
	case !errors.Is(err, hub.ErrNotFound):
		return own, err
	}
	if own.Talk, err = s.Talk.Own(ctx, v.Person); err != nil {
		return own, err
	}
	if s.Lists != nil {
		if own.Lists, err = s.Lists.Own(ctx, v.Person); err != nil {
			return own, err
		}
	}
	own.Acts, _, err = s.Log.List(ctx, audit.Filter{Who: v.Person, Limit: mostOwn})
	return own, err
}

func (s *Service) mayOwn(v hub.Viewer, a hub.Action) error {
	return s.Door.May(v, a, access.Object{Kind: access.OwnData, Owner: v.Person}, s.Now())
}

// ofAddress are the documents of a collection about an address.
func ofAddress[T any](ctx context.Context, s *Service, collection, address string) (all []T, err error) {
	page, err := s.Store.List(ctx, collection, store.Query{Index: "address", Equal: [][]store.Value{{address}}, Limit: mostOwn})
	if err != nil {
		return nil, err
	}
	for _, d := range page.Docs {
		v, err := store.Decode[T](d)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// EraseOwn erases the account of the viewer: it cannot be brought back. Their
// seat passes on, invitations and requests of their address go, their name
// leaves the history of seats, and the record of acts no longer leads to them.
// What they wrote for a seat stays with the seat. hub.ErrForbidden for
// moderators and administrators, who need another to let them go;
// hub.ErrFresh.
func (s *Service) EraseOwn(ctx context.Context, v hub.Viewer) error {
	if err := s.mayOwn(v, hub.ActCreate); err != nil { // a request for erasure
		return err
	}
	p, err := s.Members.Person(ctx, v.Person)
	if err != nil {
		return err
	}
	if p.Role == hub.RoleModerator || p.Role == hub.RoleAdmin {
		return hub.ErrForbidden
	}
	if err := s.note(ctx, "", "account.erased", "person:"+p.ID, ""); err != nil {
		return err
	}
	if err := s.forgetHolder(ctx, p.ID); err != nil {
		return err
	}
	for _, collection := range []string{invitations, requests} {
		if err := s.deleteOf(ctx, collection, p.Address); err != nil {
			return err
		}
	}
	if err := s.dropExpert(ctx, p.ID); err != nil {
		return err
	}
	if err := s.Talk.Forget(ctx, p.ID); err != nil {
		return err
	}
	if s.Lists != nil {
		if err := s.Lists.Forget(ctx, p.ID); err != nil {
			return err
		}
	}
	if err := s.Log.Erase(ctx, p.ID); err != nil {
		return err
	}
	return s.Members.Erase(ctx, p.ID)
}

// forgetHolder takes a person off every seat and out of its history.
func (s *Service) forgetHolder(ctx context.Context, person string) error {
	return s.eachMechanism(ctx, func(all []Seat) error {
		for _, x := range all {
			if !x.names(person) {
				continue
			}
			x, err := store.Change(ctx, s.Store, seats, x.ID, seatKeys, func(x *Seat) error {
				if x.Next != nil && x.Next.Person == person {
					x.Next = nil
				}
				if x.Held != nil && x.Held.Person == person {
					s.vacate(x)
				}
				for i := range x.Before {
					if x.Before[i].Person == person {
						x.Before[i].Person, x.Before[i].Name = "", ""
					}
				}
				if x.Note.By == person {
					x.Note.By = ""
				}
				if x.Deputy != nil && x.Deputy.Person == person {
					x.Deputy = nil
				}
				return nil
			})
			if err == nil {
				err = s.carry(ctx, x)
			}
			if err != nil && !errors.Is(err, hub.ErrNotFound) {
				return err
			}
		}
		return nil
	})
}

// names says whether a seat names a person anywhere.
func (x Seat) names(person string) bool {
	if x.Note.By == person || x.Deputy != nil && x.Deputy.Person == person || x.Held != nil && x.Held.Person == person || x.Next != nil && x.Next.Person == person {
		return true
	}
	for _, h := range x.Before {
		if h.Person == person {
			return true
		}
	}
	return false
}

// deleteOf deletes the documents about an address.
func (s *Service) deleteOf(ctx context.Context, collection, address string) error {
	for {
		page, err := s.Store.List(ctx, collection, store.Query{Index: "address", Equal: [][]store.Value{{address}}, Limit: 100})
		if err != nil || len(page.Docs) == 0 {
			return err
		}
		for _, d := range page.Docs {
			err := s.Store.Delete(ctx, collection, d.ID, d.Rev)
			if err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrConflict) {
				return err
			}
		}
	}
}

// OwnName is what the file of a person's own data is called.
func (s *Service) OwnName() string { return "hub-data-" + s.Now().Format(time.DateOnly) + ".json" }
