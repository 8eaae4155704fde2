package discuss

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Summary is one wording of how far the talk of a thread has come. The thread
// has the present one; those before it are filed beside the thread, each before
// the next takes its place, so that none is ever lost.
type Summary struct {
	N        int64     `json:"n,omitempty"` // 1, 2, 3 within the thread
	Body     string    `json:"body"`        // Markdown; empty: it was taken back
	By       string    `json:"by"`          // who wrote it, or accepted it
	As       Lead      `json:"as,omitempty"`
	At       time.Time `json:"at"`
	From     string    `json:"from,omitempty"`     // id of the proposal that was accepted; empty: By wrote it
	Author   string    `json:"author,omitempty"`   // who proposed it
	Nameless bool      `json:"nameless,omitempty"` // who proposed it is not named
	Changed  bool      `json:"changed,omitempty"`  // what was proposed was changed on the way
	Settles  bool      `json:"settles,omitempty"`  // the proposal is still to say that it was accepted
}

// Lead is as what somebody leads a thread. Who began it is that, and nothing
// else: so nobody learns more of an asker without a name.
type Lead string

// The leads of a thread.
const (
	Asker     Lead = "asker"
	Host      Lead = "host"
	Moderator Lead = "moderator"
)

func leadOf(v hub.Viewer, x Space, t Thread) Lead {
	switch {
	case t.By == v.Person, t.Seat != "" && t.Seat == v.Seat:
		return Asker
	case x.hosts(v):
		return Host
	}
	return Moderator
}

// Wording is the number of the present wording of the summary; 0 where there
// never was one.
func (t Thread) Wording() int64 {
	if t.Summary == nil {
		return 0
	}
	return max(t.Summary.N, 1)
}

// Summed is the present wording of the summary; empty where there is none.
func (t Thread) Summed() string {
	if t.Summary == nil {
		return ""
	}
	return t.Summary.Body
}

// filed is an earlier wording of a summary. It never changes.
type filed struct {
	Thread  string  `json:"thread"`
	Summary Summary `json:"summary"`
}

func summaryID(thread string, n int64) string { return fmt.Sprintf("%s-%d", thread, n) }

// Summarise words the summary of a thread, for who leads it; an empty text
// takes it back. seen is the number of the wording that they saw. hub.Invalid
// with the field "summary"; hub.ErrConflict when it was worded anew since, and
// nothing is lost.
func (s *Service) Summarise(ctx context.Context, v hub.Viewer, space, slug, body string, seen int64) (Thread, error) {
	body, err := checkBody("summary", body, false)
	if err != nil {
		return Thread{}, err
	}
	return s.word(ctx, v, space, slug, seen, func(t Thread) (Summary, error) {
		if body == t.Summed() {
			return Summary{}, store.ErrSame
		}
		return Summary{Body: body}, nil
	})
}

// Restore brings an earlier wording of the summary back, as its next wording.
// hub.ErrNotFound when there is none of that number; the rest as Summarise.
func (s *Service) Restore(ctx context.Context, v hub.Viewer, space, slug string, n, seen int64) (Thread, error) {
	return s.word(ctx, v, space, slug, seen, func(t Thread) (Summary, error) {
		w, err := s.summaryAt(ctx, t, n)
		switch {
		case err != nil:
			return w, err
		case w.Body == "":
			return w, hub.ErrNotFound
		case w.Body == t.Summed():
			return w, store.ErrSame
		}
		return Summary{Body: w.Body}, nil
	})
}

// word gives a summary its next wording, for who leads the thread. The thread
// is the truth of what was accepted: its one write says from which proposal the
// wording is, and what a crash leaves to be said to the proposal is said by the
// next who comes by.
func (s *Service) word(ctx context.Context, v hub.Viewer, space, slug string, seen int64, next func(Thread) (Summary, error)) (Thread, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return t, err
	}
	if err := s.leads(v, x, t); err != nil {
		return t, err
	}
	w, err := next(t)
	if errors.Is(err, store.ErrSame) {
		return t, nil
	}
	if err == nil && t.Wording() != seen {
		err = hub.ErrConflict
	}
	if err != nil {
		return t, err
	}
	if err := s.file(ctx, t); err != nil {
		return t, err
	}
	w.N, w.By, w.As, w.At, w.Settles = seen+1, v.Person, leadOf(v, x, t), s.Now(), w.From != ""
	t, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error {
		if t.Wording() != seen {
			return hub.ErrConflict
		}
		t.Summary = &w
		return nil
	})
	if err != nil {
		return t, err
	}
	err = errors.Join(s.settle(ctx, t), s.trim(ctx, t))
	s.hint(Topic(t.ID), 0, false)
	return t, err
}

// file keeps the present wording of a summary beside its thread. Filed twice it
// is filed once.
func (s *Service) file(ctx context.Context, t Thread) error {
	if t.Summary == nil {
		return nil
	}
	if err := s.settle(ctx, t); err != nil {
		return err
	}
	w := filed{t.ID, *t.Summary}
	w.Summary.N, w.Summary.Settles = t.Wording(), false
	err := s.put(ctx, wordings, summaryID(t.ID, w.Summary.N), map[string]store.Value{"thread": t.ID, "n": w.Summary.N}, w)
	if errors.Is(err, hub.ErrConflict) {
		return nil
	}
	return err
}

// trim forgets the wording that is one too many. The first one stays.
func (s *Service) trim(ctx context.Context, t Thread) error {
	n := t.Wording() - maxVersions
	if n < 2 {
		return nil
	}
	d, err := s.Store.Get(ctx, wordings, summaryID(t.ID, n))
	if err == nil {
		err = s.Store.Delete(ctx, wordings, d.ID, d.Rev)
	}
	if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrConflict) {
		return nil
	}
	return err
}

// summaryAt is one wording of a summary. hub.ErrNotFound when there is none of
// that number, or it is not kept any more.
func (s *Service) summaryAt(ctx context.Context, t Thread, n int64) (Summary, error) {
	if n == t.Wording() && n > 0 {
		return *t.Summary, nil
	}
	w, _, err := store.Load[filed](ctx, s.Store, wordings, summaryID(t.ID, n))
	return w.Summary, err
}

// Wordings are all wordings of the summary of a thread, the first one first,
// for who reads the thread. hub.ErrNotFound where there are none, and, for who
// does not lead it, where the summary was taken back: as with a post that was
// deleted, nobody else reads what it said.
func (s *Service) Wordings(ctx context.Context, v hub.Viewer, space, slug string) (Thread, []Summary, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return t, nil, err
	}
	if t.Summary == nil || t.Summed() == "" && s.leads(v, x, t) != nil {
		return t, nil, hub.ErrNotFound
	}
	kept, err := store.All[filed](ctx, s.Store, wordings, store.Query{Index: "thread", Equal: [][]store.Value{{t.ID}}, To: t.Wording()})
	var all []Summary
	for _, w := range kept {
		all = append(all, w.Summary.shown())
	}
	now := *t.Summary
	now.N = t.Wording()
	return t, append(all, now.shown()), err
}

// shown is a wording as readers get it: who proposed it without their name is
// nobody.
func (w Summary) shown() Summary {
	if w.Nameless {
		w.Author = ""
	}
	return w
}

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

// asksIn are who is asked to decide on a proposal: whose question it is, and
// the host. The moderators find it in the thread.
func asksIn(x Space, t Thread) []string {
	asks := []string{t.By}
	if t.Seat != "" {
		asks = append(asks, OfSeat(t.Seat))
	}
	if x.Exchange != nil && x.Exchange.Host != "" && x.Exchange.Host != t.By {
		asks = append(asks, x.Exchange.Host)
	}
	return asks
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

// tally notes in a thread how many proposals wait, and for whom, and tells
// pages. The proposals are the truth: what a crash leaves is made good when they
// are told of.
func (s *Service) tally(ctx context.Context, thread string) error {
	changed := false
	t, err := store.Change(ctx, s.Store, threads, thread, threadKeys, func(t *Thread) error {
		open, err := s.waitingIn(ctx, thread)
		if err != nil {
			return err
		}
		if changed = t.Proposed != len(open); !changed {
			return store.ErrSame
		}
		x, _, err := store.Load[Space](ctx, s.Store, spaces, t.Space)
		if err != nil {
			return err
		}
		if t.Proposed, t.Decides = len(open), nil; len(open) > 0 {
			t.Decides = asksIn(x, *t)
		}
		return nil
	})
	if changed && err == nil {
		s.hint(Topic(thread), 0, false)
		if t.Proposed == 0 { // nothing waits for them any more
			s.hint(topicOf(t.By), 0, false)
		}
	}
	if errors.Is(err, hub.ErrNotFound) {
		return nil // the thread was destroyed
	}
	return err
}

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
	s.hint(topicOf(p.By), 0, false)
	return s.tally(ctx, t.ID)
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
	s.hint(topicOf(p.By), 0, false)
	return s.tally(ctx, t.ID)
}

// Table is what lies before somebody who works on a summary.
type Table struct {
	Space   Space
	Thread  Thread
	Leads   bool
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

// Concerns are whom a proposal concerns now: while it waits who is asked to
// decide, then its author.
func (s *Service) Concerns(ctx context.Context, p Proposal) (people []string, err error) {
	switch p.State {
	case Waits:
	case Undone:
		return nil, nil
	default:
		return []string{p.By}, nil
	}
	t, err := s.thread(ctx, p.Thread)
	if errors.Is(err, hub.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, _, err := store.Load[Space](ctx, s.Store, spaces, t.Space)
	if err != nil {
		return nil, err
	}
	for _, who := range asksIn(x, t) {
		whose := []string{who}
		if seat, is := strings.CutPrefix(who, OfSeat("")); is {
			if whose = nil; s.Holders != nil {
				if whose, err = s.Holders(ctx, seat); err != nil {
					return nil, err
				}
			}
		}
		for _, who := range whose {
			if who != p.By && !slices.Contains(people, who) {
				people = append(people, who)
			}
		}
	}
	return people, nil
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
