package discuss

import (
	"cmp"
	"context"
	"errors"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// settle says to the proposal that the present wording is from that it was
// accepted.
func (s *Service) settle(ctx context.Context, t Thread) error {
	w := t.Summary
	if w == nil || !w.Settles {
		return nil
	}
	p, err := store.Change(ctx, s.Store, proposals, w.From, proposalKeys, func(p *Proposal) error {
		if p.State == Accepted || p.State == Altered {
			return store.ErrSame
		}
		p.State, p.Decided, p.Told, p.Seen = Accepted, &Decision{By: w.By, At: w.At}, false, false
		if w.Changed {
			p.State = Altered
		}
		return nil
	})
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	_, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error {
		if t.Summary == nil || t.Summary.From != w.From || !t.Summary.Settles {
			return store.ErrSame
		}
		now := *t.Summary
		now.Settles = false
		t.Summary = &now
		return nil
	})
	if err != nil {
		return err
	}
	return s.ended(ctx, t.ID, p)
}

// ended tells its author, and those who were to decide, that a proposal of a
// thread does not wait any more.
func (s *Service) ended(ctx context.Context, thread string, p Proposal) error {
	var err error
	if p.State != Undone && p.By != "" {
		err = s.ring(ctx, p.By)
	}
	s.hint(topicOf(p.By), 0, false)
	return errors.Join(err, s.tally(ctx, thread))
}

// proposal is one of a thread. hub.ErrNotFound for one of another.
func (s *Service) proposal(ctx context.Context, t Thread, id string) (Proposal, error) {
	p, _, err := store.Load[Proposal](ctx, s.Store, proposals, id)
	if err == nil && p.Thread != t.ID {
		err = hub.ErrNotFound
	}
	return p, err
}

// Accept makes what is proposed the summary, with the text as whoever accepts
// it left it; an empty one stands for that of the proposal. For who leads the
// thread. Accepted twice it is accepted once. hub.ErrConflict when the summary
// was worded anew since the wording seen, or the proposal does not wait any
// more; else as Summarise.
func (s *Service) Accept(ctx context.Context, v hub.Viewer, space, slug, id, body string, seen int64) (Thread, error) {
	body, err := checkBody("summary", body, false)
	if err != nil {
		return Thread{}, err
	}
	_, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return t, err
	}
	if t.Summary != nil && t.Summary.From == id && t.Summary.By == v.Person {
		return t, s.settle(ctx, t) // the answer was lost
	}
	return s.word(ctx, v, space, slug, seen, func(t Thread) (Summary, error) {
		p, err := s.proposal(ctx, t, id)
		if err != nil {
			return Summary{}, err
		}
		if p.State != Waits {
			return Summary{}, hub.ErrConflict
		}
		text := cmp.Or(body, p.Body)
		return Summary{Body: text, From: p.ID, Author: p.By, Nameless: p.Nameless, Changed: text != p.Body}, nil
	})
}

// SetAside decides that a proposal is not taken, with a reason that its author
// reads. For who leads the thread. Done twice it is done once. hub.Invalid with
// the field "reason"; hub.ErrConflict when it does not wait any more.
func (s *Service) SetAside(ctx context.Context, v hub.Viewer, space, slug, id, reason string) error {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return err
	}
	if err := s.leads(v, x, t); err != nil {
		return err
	}
	reason = oneLine(reason)
	if err := checkText("reason", reason, MaxPurpose); err != nil {
		return err
	}
	return s.ends(ctx, t, id, func(p *Proposal) error {
		if p.State == Aside && p.Decided.By == v.Person && p.Decided.Reason == reason {
			return store.ErrSame
		}
		if p.State != Waits {
			return hub.ErrConflict
		}
		p.State, p.Decided, p.Told = Aside, &Decision{By: v.Person, At: s.Now(), Reason: reason}, false
		return nil
	})
}

// Withdraw takes a proposal back, for its author. hub.ErrNotFound for others;
// hub.ErrConflict when it was decided on.
func (s *Service) Withdraw(ctx context.Context, v hub.Viewer, space, slug, id string) error {
	_, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return err
	}
	return s.ends(ctx, t, id, func(p *Proposal) error {
		switch {
		case v.Person == "" || p.By != v.Person:
			return hub.ErrNotFound
		case p.State == Undone:
			return store.ErrSame
		case p.State != Waits:
			return hub.ErrConflict
		}
		p.State, p.Decided, p.Told = Undone, &Decision{By: v.Person, At: s.Now()}, true
		return nil
	})
}

// ends changes a proposal that does not wait from then on. One that is the
// summary already is settled first.
func (s *Service) ends(ctx context.Context, t Thread, id string, set func(*Proposal) error) error {
	if err := s.settle(ctx, t); err != nil {
		return err
	}
	if _, err := s.proposal(ctx, t, id); err != nil {
		return err
	}
	p, err := store.Change(ctx, s.Store, proposals, id, proposalKeys, set)
	if err != nil {
		return err
	}
	return s.ended(ctx, t.ID, p)
}

// Table is what lies before somebody who works on a summary.
type Table struct {
	Space   Space
	Thread  Thread
	Leads   bool
	Again   bool // they lead after a fresh sign-in
	Writes  bool // they may propose
	Waiting []Laid
	Own     []Laid // of theirs, what was decided on
}

// Laid is a proposal with the text that it starts from.
type Laid struct {
	Proposal
	Base  string // empty where it starts from none, or that is not kept any more
	Older bool   // the summary was worded anew since
	Mine  bool
}

// Table is the summary of a thread with the proposals that the viewer may read:
// all that wait for who leads, else their own. With it they have seen what
// became of theirs. hub.ErrNotFound as Thread.
func (s *Service) Table(ctx context.Context, v hub.Viewer, space, slug string) (x Table, err error) {
	if x.Space, x.Thread, v, err = s.find(ctx, v, hub.ActRead, space, slug); err != nil {
		return x, err
	}
	if err := s.settle(ctx, x.Thread); err != nil {
		return x, err
	}
	rights, err := s.Rights(ctx, v, x.Space, x.Thread)
	if err != nil {
		return x, err
	}
	x.Leads, x.Writes = rights.Lead, rights.Write && x.Thread.Outcome == nil
	x.Again = !x.Leads && s.mayLead(v, x.Space, x.Thread)
	all, err := s.waitingIn(ctx, x.Thread.ID)
	if err != nil {
		return x, err
	}
	for _, p := range all {
		mine := v.Person != "" && p.By == v.Person
		if !x.Leads && !mine {
			continue
		}
		l, err := s.laid(ctx, x.Thread, p, mine)
		if err != nil {
			return x, err
		}
		x.Waiting = append(x.Waiting, l)
	}
	x.Own, err = s.decidedOf(ctx, v, x.Thread)
	return x, err
}

func (s *Service) laid(ctx context.Context, t Thread, p Proposal, mine bool) (Laid, error) {
	l := Laid{Proposal: p, Older: p.On != t.Wording(), Mine: mine}
	l.Once = ""
	if p.Nameless && !mine {
		l.By = ""
	}
	if p.On == 0 {
		return l, nil
	}
	w, err := s.summaryAt(ctx, t, p.On)
	if errors.Is(err, hub.ErrNotFound) {
		return l, nil
	}
	l.Base = w.Body
	return l, err
}

// decidedOf are the proposals of the viewer in a thread that were decided on,
// the last one first, which they have seen with that.
func (s *Service) decidedOf(ctx context.Context, v hub.Viewer, t Thread) (own []Laid, err error) {
	if !v.SignedIn() {
		return nil, nil
	}
	all, err := store.All[Proposal](ctx, s.Store, proposals, store.Query{Index: "thread", Equal: [][]store.Value{{t.ID}, {v.Person}}, Desc: true})
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.State == Waits || p.State == Undone {
			continue
		}
		if !p.Seen {
			_, err := store.Change(ctx, s.Store, proposals, p.ID, proposalKeys, func(p *Proposal) error { p.Seen = true; return nil })
			if err != nil && !errors.Is(err, hub.ErrNotFound) {
				return nil, err
			}
			s.hint(topicOf(v.Person), 0, false)
		}
		l, err := s.laid(ctx, t, p, true)
		if err != nil {
			return nil, err
		}
		own = append(own, l)
	}
	return own, nil
}
