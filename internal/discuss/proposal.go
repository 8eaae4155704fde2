package discuss

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Proposal is a wording of a summary that somebody proposes. Who leads the
// thread reads it, and its author; the others learn that there is one.
type Proposal struct {
	ID       string    `json:"id"`
	Thread   string    `json:"thread"`
	By       string    `json:"by"`
	Nameless bool      `json:"nameless,omitempty"` // nobody learns who it is from
	Body     string    `json:"body"`               // the whole text, Markdown
	Why      string    `json:"why,omitempty"`      // in short
	On       int64     `json:"on"`                 // number of the wording that it starts from; 0 for none
	Once     string    `json:"once"`               // author and key of the attempt
	Slots    [2]int    `json:"slots"`              // while it waits: among those of the thread, and of its author there
	Created  time.Time `json:"created"`
	State    Fate      `json:"state"`
	Decided  *Decision `json:"decided,omitempty"` // with the reason where it was set aside
	Told     bool      `json:"told,omitempty"`    // those whom it concerns now know it
	Seen     bool      `json:"seen,omitempty"`    // its author has seen what became of it
}

// Fate is what became of a proposal.
type Fate string

// The fates.
const (
	Waits    Fate = "waits"
	Accepted Fate = "accepted"
	Altered  Fate = "altered" // accepted, with changes
	Aside    Fate = "aside"
	Undone   Fate = "undone" // by its author
)

// Limits of proposals.
const (
	MaxProposals = 20 // that wait in a thread
	OwnProposals = 3  // of them of one person
)

// ProposalTime is how long a proposal waits for those who are asked, until the
// moderators find it on their desk too.
const ProposalTime = 3 * 24 * time.Hour

// ReasonSame: what is proposed is what stands there.
const ReasonSame = "same"

func proposalKeys(p Proposal) map[string]store.Value {
	k := map[string]store.Value{"thread": p.Thread, "once": p.Once, "person": p.By, "created": p.Created.UnixMicro()}
	if !p.Told {
		k["untold"] = p.Created.UnixMicro()
	}
	switch p.State {
	case Waits:
		k["waits"], k["since"] = p.Thread, p.Created.UnixMicro()
		k["slot"] = fmt.Sprintf("%s %d", p.Thread, p.Slots[0])
		k["own"] = fmt.Sprintf("%s %s %d", p.Thread, p.By, p.Slots[1])
		return k
	case Accepted, Altered, Aside:
		if !p.Seen {
			k["rings"] = p.By
		}
	}
	k["ended"] = p.Decided.At.UnixMicro()
	return k
}

// NewProposal is what somebody proposes.
type NewProposal struct {
	Body     string
	Why      string
	On       int64  // number of the wording that they saw
	Nameless bool   // only where the space allows it
	Key      string // of this attempt; the same again is the same proposal
}

// Began says whether a proposal was made with such a text.
func (p Proposal) Began(body string) bool {
	said, err := checkBody("summary", body, true)
	return err == nil && said == p.Body
}

// Propose proposes a wording of the summary, for who may write in the thread.
// What it returns is durable. The same key again returns the proposal of the
// first attempt. hub.Invalid with the field "summary", "why", "as", "on" or
// "key", and with "own" or "open" where too many wait; *hub.TooMany;
// hub.ErrForbidden where the thread is locked or has its outcome.
func (s *Service) Propose(ctx context.Context, v hub.Viewer, space, slug string, n NewProposal) (Proposal, error) {
	x, t, v, err := s.find(ctx, v, hub.ActCreate, space, slug)
	if err != nil {
		return Proposal{}, err
	}
	free, err := s.writes(v, x, t)
	if err != nil {
		return Proposal{}, err
	}
	if t.Outcome != nil {
		return Proposal{}, fmt.Errorf("the thread has its outcome: %w", hub.ErrForbidden)
	}
	p := Proposal{ID: s.NewID(), Thread: t.ID, By: v.Person, Nameless: n.Nameless, On: n.On, Created: s.Now(), State: Waits}
	if p.Once, err = s.attempt(v, n.Key); err != nil {
		return p, err
	}
	if kept, err := s.proposed(ctx, p.Once); !errors.Is(err, hub.ErrNotFound) {
		return kept, err
	}
	if err := s.checkProposal(x, t, n, &p); err != nil {
		return p, err
	}
	every := time.Duration(0)
	if t.Slow > 0 && !free {
		every = time.Duration(t.Slow) * time.Minute
	}
	if err := s.checkProposing(ctx, p, every); err != nil {
		return p, err
	}
	for range store.MaxTries {
		if p.Slots, err = s.freeSlots(ctx, p); err != nil {
			return p, err
		}
		if err = s.put(ctx, proposals, p.ID, proposalKeys(p), p); err == nil {
			return p, s.tally(ctx, t.ID)
		}
		if !errors.Is(err, hub.ErrConflict) {
			return p, err
		}
		if kept, err := s.proposed(ctx, p.Once); !errors.Is(err, hub.ErrNotFound) {
			return kept, err // the same attempt, twice at once
		}
	}
	return p, fmt.Errorf("propose in thread %s: %w", t.ID, err)
}

// asksIn are who is asked to decide on a proposal: whose question it is, the
// host and the moderators, each as far as they may read it.
func asksIn(x Space, t Thread) []string {
	asks := []string{t.By}
	if t.Seat != "" {
		asks = append(asks, OfSeat(t.Seat))
	}
	if x.Exchange != nil && x.Exchange.Host != "" && x.Exchange.Host != t.By {
		asks = append(asks, x.Exchange.Host)
	}
	return append(asks, Moderators)
}

// attempt names an attempt of the viewer.
func (s *Service) attempt(v hub.Viewer, key string) (string, error) {
	if len(key) > MaxKey {
		return "", &hub.Invalid{Field: "key", Reason: hub.ReasonTooLong, Limit: MaxKey}
	}
	return onceOf(v.Person, cmp.Or(key, s.NewID())), nil
}

// checkProposal accepts what is proposed and puts it into p.
func (s *Service) checkProposal(x Space, t Thread, n NewProposal, p *Proposal) (err error) {
	var errs []error
	p.Body, err = checkBody("summary", n.Body, true)
	if err == nil && p.Body == t.Summed() {
		err = &hub.Invalid{Field: "summary", Reason: ReasonSame}
	}
	errs = append(errs, err)
	if p.Why = oneLine(n.Why); p.Why != "" {
		errs = append(errs, checkText("why", p.Why, MaxPurpose))
	}
	if n.Nameless && !x.Anonymous {
		errs = append(errs, &hub.Invalid{Field: "as", Reason: hub.ReasonUnknown})
	}
	if n.On < 0 || n.On > t.Wording() {
		errs = append(errs, &hub.Invalid{Field: "on", Reason: hub.ReasonUnknown})
	}
	return errors.Join(errs...)
}

// checkProposing refuses who has written or proposed too much within the hour,
// or too lately in a thread that is slow.
func (s *Service) checkProposing(ctx context.Context, p Proposal, every time.Duration) error {
	if err := s.checkRate(ctx, Post{Thread: p.Thread, By: p.By}, every); err != nil {
		return err
	}
	page, err := s.Store.List(ctx, proposals, store.Query{
		Index: "person", Equal: [][]store.Value{{p.By}}, From: s.Now().Add(-time.Hour).UnixMicro() + 1, Limit: PostsAnHour,
	})
	if err != nil {
		return err
	}
	for i, d := range page.Docs {
		before, err := store.Decode[Proposal](d)
		if err != nil {
			return err
		}
		if wait := before.Created.Add(every).Sub(s.Now()); before.Thread == p.Thread && wait > 0 {
			return &hub.TooMany{After: wait}
		}
		if i == 0 && len(page.Docs) == PostsAnHour {
			return &hub.TooMany{After: before.Created.Add(time.Hour).Sub(s.Now())}
		}
	}
	return nil
}

// freeSlots are the slots for one more proposal. Each is held by one that
// waits, so that no two who are fast can be too many.
func (s *Service) freeSlots(ctx context.Context, p Proposal) (free [2]int, err error) {
	open, err := s.waitingIn(ctx, p.Thread)
	if err != nil {
		return free, err
	}
	taken := func(of int, who string, n int) bool {
		return slices.ContainsFunc(open, func(o Proposal) bool { return o.Slots[of] == n && (who == "" || o.By == who) })
	}
	for taken(1, p.By, free[1]) {
		free[1]++
	}
	for taken(0, "", free[0]) {
		free[0]++
	}
	switch {
	case free[1] >= OwnProposals:
		return free, &hub.Invalid{Field: "own", Reason: hub.ReasonRange, Limit: OwnProposals}
	case free[0] >= MaxProposals:
		return free, &hub.Invalid{Field: "open", Reason: hub.ReasonRange, Limit: MaxProposals}
	}
	return free, nil
}

// proposed is the proposal of an attempt. hub.ErrNotFound for a new one.
func (s *Service) proposed(ctx context.Context, once string) (Proposal, error) {
	page, err := s.Store.List(ctx, proposals, store.Query{Index: "once", Equal: [][]store.Value{{once}}, Limit: 1})
	if err != nil {
		return Proposal{}, err
	}
	if len(page.Docs) == 0 {
		return Proposal{}, hub.ErrNotFound
	}
	return store.Decode[Proposal](page.Docs[0])
}

// waitingIn are the proposals in a thread that wait, the first of them first.
func (s *Service) waitingIn(ctx context.Context, thread string) ([]Proposal, error) {
	return store.All[Proposal](ctx, s.Store, proposals, store.Query{Index: "waits", Equal: [][]store.Value{{thread}}})
}

// tally notes in a thread how many proposals wait, and for whom, rings for them
// and tells pages. The proposals are the truth: what a crash leaves is made good
// when they are told of.
func (s *Service) tally(ctx context.Context, thread string) error {
	var was Thread
	t, err := store.Change(ctx, s.Store, threads, thread, threadKeys, func(t *Thread) error {
		was = *t
		open, err := s.waitingIn(ctx, thread)
		if err != nil {
			return err
		}
		asks := []string(nil)
		if len(open) > 0 {
			x, _, err := store.Load[Space](ctx, s.Store, spaces, t.Space)
			if err != nil {
				return err
			}
			asks = asksIn(x, *t)
		}
		if t.Proposed == len(open) && slices.Equal(t.Decides, asks) {
			return store.ErrSame
		}
		t.Proposed, t.Decides = len(open), asks
		return nil
	})
	if errors.Is(err, hub.ErrNotFound) {
		return nil // the thread was destroyed
	}
	if err != nil || t.Proposed == was.Proposed && slices.Equal(t.Decides, was.Decides) {
		return err
	}
	s.hint(Topic(thread), 0, false)
	if t.Proposed > 0 {
		return s.ring(ctx, t.Decides...)
	}
	people, err := s.persons(ctx, was.Decides) // nothing waits for them any more
	for _, who := range people {
		s.hint(topicOf(who), 0, false)
	}
	return err
}
