package discuss

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// ToTell are proposals of which those whom they concern are still to be told,
// at most some. What a crash has left half said of others is said with that.
func (s *Service) ToTell(ctx context.Context) (found []Proposal, err error) {
	left, err := store.All[Thread](ctx, s.Store, threads, store.Query{Index: "settles"})
	errs := []error{err}
	for _, t := range left {
		errs = append(errs, s.settle(ctx, t))
	}
	page, err := s.Store.List(ctx, proposals, store.Query{Index: "untold", Limit: 100})
	errs = append(errs, err)
	for _, d := range page.Docs {
		p, err := store.Decode[Proposal](d)
		errs = append(errs, err)
		if err == nil {
			found = append(found, p)
		}
	}
	return found, errors.Join(errs...)
}

// Alert rings the bells of whom a proposal concerns now, and says who they are:
// while it waits who is asked to decide, then its author.
func (s *Service) Alert(ctx context.Context, p Proposal) (people []string, err error) {
	whose := []string{p.By}
	switch p.State {
	case Waits:
		if whose, err = s.deciders(ctx, p.Thread); err != nil {
			return nil, err
		}
	case Undone:
		return nil, nil
	}
	if err := s.ring(ctx, whose...); err != nil {
		return nil, err
	}
	people, err = s.persons(ctx, whose)
	if p.State == Waits {
		people = slices.DeleteFunc(people, func(who string) bool { return who == p.By })
	}
	return people, err
}

// deciders are who is asked to decide in a thread, as in asksIn.
func (s *Service) deciders(ctx context.Context, thread string) ([]string, error) {
	t, err := s.thread(ctx, thread)
	if errors.Is(err, hub.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, _, err := store.Load[Space](ctx, s.Store, spaces, t.Space)
	return asksIn(x, t), err
}

// persons are the people whom persons, seats and Moderators stand for, each once.
func (s *Service) persons(ctx context.Context, whose []string) (people []string, err error) {
	for _, who := range whose {
		several := []string{who}
		if seat, is := strings.CutPrefix(who, OfSeat("")); is {
			if several = nil; s.Holders != nil {
				several, err = s.Holders(ctx, seat)
			}
		} else if who == Moderators {
			several, err = s.moderators(ctx)
		}
		if err != nil {
			return nil, err
		}
		for _, who := range several {
			if !slices.Contains(people, who) {
				people = append(people, who)
			}
		}
	}
	return people, nil
}

func (s *Service) moderators(ctx context.Context) (people []string, err error) {
	all, err := s.Members.OfRole(ctx, hub.RoleModerator)
	for _, p := range all {
		people = append(people, p.ID)
	}
	return people, err
}

// ToldOf notes that those whom a proposal concerns were told of what it was.
func (s *Service) ToldOf(ctx context.Context, p Proposal) error {
	_, err := store.Change(ctx, s.Store, proposals, p.ID, proposalKeys, func(now *Proposal) error {
		if now.State != p.State || now.Told {
			return store.ErrSame
		}
		now.Told = true
		return nil
	})
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	return errors.Join(err, s.tally(ctx, p.Thread))
}

// Overdue are threads with proposals that have waited for ProposalTime, the one
// that waits longest first, for who moderates their space; at most some. since
// is when the first of them was made.
func (s *Service) Overdue(ctx context.Context, v hub.Viewer, most int) (found []News, since []time.Time, err error) {
	at := places{s: s, v: v}
	q := store.Query{Index: "since", To: s.Now().Add(-ProposalTime).UnixMicro(), Limit: 100}
	seen := map[string]bool{}
	for {
		page, err := s.Store.List(ctx, proposals, q)
		if err != nil {
			return nil, nil, err
		}
		for _, d := range page.Docs {
			p, err := store.Decode[Proposal](d)
			if err != nil {
				return nil, nil, err
			}
			if seen[p.Thread] {
				continue
			}
			seen[p.Thread] = true
			n, err := at.of(ctx, Mark{Thread: p.Thread})
			if errors.Is(err, hub.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			if s.Door.May(at.v, hub.ActModerate, n.Space.object(""), s.Now()) == nil {
				found, since = append(found, n), append(since, p.Created)
			}
			if len(found) == most {
				return found, since, nil
			}
		}
		if q.After = page.Next; q.After == "" {
			return found, since, nil
		}
	}
}

// sweepProposals destroys proposals that were decided on long ago.
func (s *Service) sweepProposals(ctx context.Context) error {
	old, err := store.All[Proposal](ctx, s.Store, proposals, store.Query{Index: "ended", To: s.Now().Add(-KeepDeleted).UnixMicro()})
	errs := []error{err}
	for _, p := range old {
		d, err := s.Store.Get(ctx, proposals, p.ID)
		if err == nil {
			err = s.Store.Delete(ctx, proposals, d.ID, d.Rev)
		}
		if !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrConflict) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
