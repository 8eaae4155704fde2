package people

import (
	"context"
	"errors"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
)

// DoneAct is an act as those read it who may.
type DoneAct struct {
	Time   time.Time
	Who    string // name of the person; empty for the hub itself, or somebody who was erased
	What   string
	Object string
	Failed bool // it was tried, and refused
	Reason string
}

// ActSignIn is the act of signing in, in the record of acts.
const ActSignIn = "account.signin"

// Acts lists what was done, the newest first, and what to go on with. For
// those who may list the record of acts: hub.ErrNotFound for others,
// hub.ErrFresh for who must sign in again.
func (s *Service) Acts(ctx context.Context, v hub.Viewer, f audit.Filter) (all []DoneAct, next string, err error) {
	if err := s.Door.May(v, hub.ActList, access.Object{Kind: access.Audit}, s.Now()); err != nil {
		return nil, "", err
	}
	entries, next, err := s.Log.List(ctx, f)
	if err != nil {
		return nil, "", err
	}
	// Moderators read what moderating is; measures on accounts are for those
	// who may search the record.
	whole := s.Door.May(v, hub.ActSearch, access.Object{Kind: access.Audit}, s.Now()) == nil
	called := map[string]string{}
	for _, e := range entries {
		if !whole && strings.HasPrefix(e.What, "account.") {
			continue
		}
		if _, known := called[e.Who]; !known {
			if called[e.Who], err = s.called(ctx, e.Who); err != nil {
				return nil, "", err
			}
		}
		all = append(all, DoneAct{e.Time, called[e.Who], e.What, e.Object, e.Outcome != audit.Done, e.Reason})
	}
	return all, next, nil
}

// ActsFilter narrows the record of acts; at most one is set.
type ActsFilter struct {
	Email  string // of who acted
	What   string // "seat.add"
	Object string // "seat:MDA-1"
}

// Narrow makes a filter of the record of acts; one of nothing leaves the
// sign-ins out, which are many. Whose acts they were is for
// those who keep accounts to ask: errors as FindAccount.
func (s *Service) Narrow(ctx context.Context, v hub.Viewer, f ActsFilter) (audit.Filter, error) {
	narrow := audit.Filter{What: f.What, Object: f.Object}
	if f == (ActsFilter{}) {
		narrow.Without = ActSignIn
	}
	if f.Email != "" {
		p, err := s.FindAccount(ctx, v, f.Email)
		if err != nil {
			return narrow, err
		}
		narrow = audit.Filter{Who: p.ID}
	}
	return narrow, nil
}

// MostExported is how many acts an export holds, the newest ones.
const MostExported = 50_000

// ExportActs hands out the acts that a filter finds, the newest first, at most
// MostExported, and puts on record that it did. For those who may export the
// record: hub.ErrNotFound for others, hub.ErrFresh.
func (s *Service) ExportActs(ctx context.Context, v hub.Viewer, f audit.Filter, hand func(DoneAct) error) error {
	if err := s.Door.May(v, hub.ActExport, access.Object{Kind: access.Audit}, s.Now()); err != nil {
		return err
	}
	if err := s.note(ctx, v.Person, "acts.export", "audit:all", ""); err != nil {
		return err
	}
	f.Limit, f.Without = 1000, ""
	for n := 0; n < MostExported; {
		all, next, err := s.Acts(ctx, v, f)
		if err != nil {
			return err
		}
		for _, a := range all {
			if err := hand(a); err != nil {
				return err
			}
		}
		if n, f.After = n+len(all), next; next == "" {
			break
		}
	}
	return nil
}

// ExportsActs says whether the viewer may export the record of acts, at least
// after a fresh sign-in.
func (s *Service) ExportsActs(v hub.Viewer) bool {
	err := s.Door.May(v, hub.ActExport, access.Object{Kind: access.Audit}, s.Now())
	return err == nil || errors.Is(err, hub.ErrFresh)
}

// ReadsActs says whether the viewer may list the record of acts, at least after
// a fresh sign-in.
func (s *Service) ReadsActs(v hub.Viewer) bool {
	err := s.Door.May(v, hub.ActList, access.Object{Kind: access.Audit}, s.Now())
	return err == nil || errors.Is(err, hub.ErrFresh)
}

// called is the name of the person behind a name in the log; empty for nobody.
func (s *Service) called(ctx context.Context, who string) (string, error) {
	if who == "" {
		return "", nil
	}
	id, err := s.Log.Person(ctx, who)
	if errors.Is(err, hub.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	p, err := s.Members.Person(ctx, id)
	if errors.Is(err, hub.ErrNotFound) {
		return "", nil
	}
	return p.Name, err
}
