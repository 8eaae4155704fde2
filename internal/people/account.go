package people

import (
	"context"
	"errors"
	"slices"

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
	Leave      Measure = "leave"   // the role ends; they stay as a stakeholder
)

// Measures lists them.
var Measures = []Measure{SignOut, LostFactor, Suspend, Reinstate, Leave}

// Take takes a measure for somebody who keeps accounts. On the accounts of
// moderators and administrators it waits until a second person agrees, and
// waits is true. hub.ErrForbidden for one's own account; hub.Invalid with the
// field "reason" or "act".
func (s *Service) Take(ctx context.Context, v hub.Viewer, person string, m Measure, reason string) (waits bool, err error) {
	if err := s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Account}, s.Now()); err != nil {
		return false, err
	}
	if err := checkReason(reason, true); err != nil {
		return false, err
	}
	if !slices.Contains(Measures, m) {
		return false, &hub.Invalid{Field: "act", Reason: hub.ReasonUnknown, Value: string(m)}
	}
	p, err := s.Members.Person(ctx, person)
	if err != nil {
		return false, err
	}
	if p.ID == v.Person {
		return false, hub.ErrForbidden
	}
	if needsTwo(p, m) {
		return true, s.propose(ctx, v, p, m, reason)
	}
	return false, s.carryOut(ctx, v, p, m, reason)
}

// carryOut does what a measure says, and puts it on record.
func (s *Service) carryOut(ctx context.Context, v hub.Viewer, p member.Person, m Measure, reason string) error {
	var err error
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
	}
	if err != nil {
		return err
	}
	return s.note(ctx, v.Person, "account."+string(m), "person:"+p.ID, reason)
}
