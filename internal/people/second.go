package people

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// Proposal is a measure on the account of somebody who lets others in. It is
// taken when a second person agrees.
type Proposal struct {
	ID      string    `json:"id"`
	Person  string    `json:"person"`
	Measure Measure   `json:"measure"`
	Reason  string    `json:"reason"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// ProposalLife is how long a proposal waits for the second person.
const ProposalLife = 7 * 24 * time.Hour

// needsTwo says whether a measure on an account needs two people. Anybody who
// keeps accounts may end sign-ins at once: that harms nobody.
func needsTwo(p member.Person, m Measure) bool {
	return m != SignOut && member.NeedsPasskey(p.Role)
}

// propose puts a measure before a second person.
func (s *Service) propose(ctx context.Context, v hub.Viewer, p member.Person, m Measure, reason string) error {
	x := Proposal{ID: s.NewID(), Person: p.ID, Measure: m, Reason: reason, By: v.Person, At: s.Now()}
	body, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if err := s.Store.Insert(ctx, proposals, store.Doc{ID: x.ID, Keys: map[string]store.Value{"at": x.At.UnixMicro()}, Body: body}); err != nil {
		return err
	}
	return s.note(ctx, v.Person, "account.propose."+string(m), "person:"+p.ID, reason)
}

// Proposals are the measures that wait for a second person, the oldest first.
// For those who keep accounts; errors as FindAccount.
func (s *Service) Proposals(ctx context.Context, v hub.Viewer) ([]Proposal, error) {
	if err := s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Account}, s.Now()); err != nil {
		return nil, err
	}
	page, err := s.Store.List(ctx, proposals, store.Query{Index: "at", From: s.Now().Add(-ProposalLife).UnixMicro() + 1, Limit: 100})
	if err != nil {
		return nil, err
	}
	var all []Proposal
	for _, d := range page.Docs {
		x, err := store.Decode[Proposal](d)
		if err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

// Agree takes a measure that somebody else has proposed. hub.ErrForbidden for
// who proposed it and whom it is about; hub.ErrNotFound when it does not wait
// any more; else errors as Take.
func (s *Service) Agree(ctx context.Context, v hub.Viewer, id string) error {
	x, err := s.proposal(ctx, v, id)
	if err != nil {
		return err
	}
	if x.By == v.Person || x.Person == v.Person {
		return hub.ErrForbidden
	}
	p, err := s.Members.Person(ctx, x.Person)
	if err != nil {
		return err
	}
	// Taken first: a crash before the proposal is gone has it taken once more,
	// which changes nothing.
	if err := s.carryOut(ctx, v, p, x.Measure, x.Reason); err != nil {
		return err
	}
	return s.dropProposal(ctx, id)
}

// WithdrawProposal takes a proposal back. For those who keep accounts, save whom it is
// about.
func (s *Service) WithdrawProposal(ctx context.Context, v hub.Viewer, id string) error {
	x, err := s.proposal(ctx, v, id)
	if err != nil {
		return err
	}
	if x.Person == v.Person {
		return hub.ErrForbidden
	}
	if err := s.dropProposal(ctx, id); err != nil {
		return err
	}
	return s.note(ctx, v.Person, "account.withdraw."+string(x.Measure), "person:"+x.Person, "")
}

func (s *Service) proposal(ctx context.Context, v hub.Viewer, id string) (Proposal, error) {
	if err := s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Account}, s.Now()); err != nil {
		return Proposal{}, err
	}
	x, _, err := store.Load[Proposal](ctx, s.Store, proposals, id)
	if err == nil && !s.Now().Before(x.At.Add(ProposalLife)) {
		err = hub.ErrNotFound
	}
	return x, err
}

func (s *Service) dropProposal(ctx context.Context, id string) error {
	_, rev, err := store.Load[Proposal](ctx, s.Store, proposals, id)
	if err == nil {
		err = s.Store.Delete(ctx, proposals, id, rev)
	}
	if errors.Is(err, hub.ErrNotFound) {
		return nil // somebody else was faster
	}
	return err
}
