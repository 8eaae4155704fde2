package people

import (
	"context"
	"errors"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
)

// FindAccount returns the account with an address, for those who keep
// accounts. hub.ErrNotFound for others and for an address without one,
// hub.ErrFresh for who must sign in again, hub.Invalid for what is no address.
func (s *Service) FindAccount(ctx context.Context, v hub.Viewer, email string) (member.Person, error) {
	if err := s.Door.May(v, hub.ActRead, access.Object{Kind: access.Account}, s.Now()); err != nil {
		return member.Person{}, err
	}
	return s.Members.Find(ctx, email)
}

// KeepsAccounts says whether the viewer keeps accounts, at least after a fresh
// sign-in.
func (s *Service) KeepsAccounts(v hub.Viewer) bool {
	err := s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Account}, s.Now())
	return err == nil || errors.Is(err, hub.ErrFresh)
}

// Measure is what can be done to an account.
type Measure string

// The measures. Each needs a reason, and is on record.
const (
	Suspend    Measure = "suspend" // nobody signs in with it, all sign-ins end
	Reinstate  Measure = "restore" // a suspension ends
	SignOut    Measure = "signout" // all sign-ins end
	LostFactor Measure = "factor"  // the second step is lost: it is set up anew
	Leave      Measure = "leave"   // the role of a mechanism ends; they stay as a stakeholder
)

// Measures lists them.
var Measures = []Measure{SignOut, LostFactor, Suspend, Reinstate, Leave}

// Take takes a measure for somebody who keeps accounts. Accounts of moderators
// and administrators need two people, and are changed on the machine itself:
// hub.ErrForbidden for those, and for one's own. hub.Invalid with the field
// "reason" or "act".
func (s *Service) Take(ctx context.Context, v hub.Viewer, person string, m Measure, reason string) error {
	if err := s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Account}, s.Now()); err != nil {
		return err
	}
	if err := checkReason(reason, true); err != nil {
		return err
	}
	p, err := s.Members.Person(ctx, person)
	if err != nil {
		return err
	}
	if p.ID == v.Person || p.Role == hub.RoleModerator || p.Role == hub.RoleAdmin {
		return hub.ErrForbidden
	}
	switch m {
	case Suspend:
		_, err = s.Members.SetStatus(ctx, p.ID, member.StatusSuspended)
	case Reinstate:
		_, err = s.Members.SetStatus(ctx, p.ID, member.StatusActive)
	case SignOut:
		err = s.Members.EndSessions(ctx, p.ID, "")
	case LostFactor:
		err = s.Members.DropFactors(ctx, p.ID)
	case Leave:
		if _, err = s.Members.SetStanding(ctx, p.ID, nothing); err == nil {
			err = s.unseat(ctx, p.ID, "")
		}
	default:
		return &hub.Invalid{Field: "act", Reason: hub.ReasonUnknown, Value: string(m)}
	}
	if err != nil {
		return err
	}
	return s.note(ctx, v.Person, "account."+string(m), "person:"+p.ID, reason)
}
