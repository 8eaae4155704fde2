package discuss

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// Uses are the kinds of records that drafts of are made of posts and outcomes.
var Uses = []hub.Kind{hub.Practice, hub.Resource}

// Consent is that the author of a post was asked whether a draft of a record
// may be made of its words, and what they said. There is one for each post.
type Consent struct {
	By      string    `json:"by,omitempty"`  // who asked
	Use     hub.Kind  `json:"use,omitempty"` // one of Uses; none: a practice, as was asked before there were others
	At      time.Time `json:"at"`
	Told    bool      `json:"told,omitempty"`   // the author has a mail of it, where they want mails
	Said    time.Time `json:"said,omitzero"`    // when the author answered last; zero while they did not
	Yes     bool      `json:"yes,omitempty"`    // what they said
	Claimed time.Time `json:"claimed,omitzero"` // when a draft was begun: from then on the answer stands
	Draft   string    `json:"draft,omitempty"`  // id of that draft
}

// For is the kind of record that a draft may be made of.
func (c *Consent) For() hub.Kind { return cmp.Or(c.Use, hub.Practice) }

// Waits says whether the author is still to answer.
func (c *Consent) Waits() bool { return c != nil && c.Said.IsZero() }

// State is how far it has come.
func (c *Consent) State() string {
	switch {
	case c.Waits():
		return "waits"
	case !c.Claimed.IsZero():
		return "used"
	case c.Yes:
		return "yes"
	}
	return "no"
}

// Given says whether a person may make a draft of a kind of the words: they
// asked for it, and the author said yes.
func (c *Consent) Given(person string, use hub.Kind) bool {
	return c != nil && c.Yes && c.By == person && c.For() == use
}

func consentKeys(p Post, k map[string]store.Value) {
	if !p.Consent.Waits() || p.Absent() != "" {
		return
	}
	k["consent"] = p.By
	if !p.Consent.Told {
		k["unasked"] = p.Consent.At.UnixMicro()
	}
}

// AskConsent asks the author of a post whether a draft of a kind of record, one
// of Uses, may be made of its words, for who leads its thread. A post that was
// asked for already stays as it is. hub.ErrNotFound where the post is not
// there, or is the viewer's own, and for another kind.
func (s *Service) AskConsent(ctx context.Context, v hub.Viewer, space, slug string, seq int64, use hub.Kind) error {
	if !slices.Contains(Uses, use) {
		return hub.ErrNotFound
	}
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return err
	}
	if err := s.leads(v, x, t); err != nil {
		return err
	}
	p, err := s.setConsent(ctx, t, seq, func(p *Post) error {
		switch {
		case p.By == v.Person:
			return hub.ErrNotFound
		case p.Consent != nil:
			return store.ErrSame
		}
		p.Consent = &Consent{By: v.Person, Use: use, At: s.Now()}
		return nil
	})
	if err == nil {
		err = s.ring(ctx, p.By)
		s.hint(topicOf(p.By), 0, false)
	}
	return err
}

// SayConsent is what the author of a post says to who asked. They may change
// it until a draft was begun; then hub.ErrConflict. hub.ErrNotFound for others,
// and where nobody asked.
func (s *Service) SayConsent(ctx context.Context, v hub.Viewer, space, slug string, seq int64, yes bool) error {
	_, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return err
	}
	p, err := s.setConsent(ctx, t, seq, func(p *Post) error {
		c := p.Consent
		switch {
		case v.Person == "" || p.By != v.Person || c == nil:
			return hub.ErrNotFound
		case !c.Said.IsZero() && c.Yes == yes:
			return store.ErrSame
		case !c.Claimed.IsZero():
			return hub.ErrConflict
		}
		said := *c
		said.Said, said.Yes, said.Told = s.Now(), yes, true
		p.Consent = &said
		return nil
	})
	if err == nil {
		s.hint(topicOf(p.By), 0, false)
	}
	return err
}

// ClaimConsent returns a post of which the viewer makes a draft with the
// consent of its author. From then on the author's answer stands. Claimed
// again, it is the same. hub.ErrNotFound without consent.
func (s *Service) ClaimConsent(ctx context.Context, v hub.Viewer, space, slug string, seq int64, use hub.Kind) (Post, error) {
	return s.drafting(ctx, v, space, slug, seq, use, func(c *Consent) bool {
		if !c.Claimed.IsZero() {
			return false
		}
		c.Claimed = s.Now()
		return true
	})
}

// Drafted notes which draft was made of a post that was claimed.
func (s *Service) Drafted(ctx context.Context, v hub.Viewer, space, slug string, seq int64, use hub.Kind, draft string) error {
	_, err := s.drafting(ctx, v, space, slug, seq, use, func(c *Consent) bool {
		if c.Draft != "" {
			return false
		}
		c.Draft = draft
		return true
	})
	return err
}

func (s *Service) drafting(ctx context.Context, v hub.Viewer, space, slug string, seq int64, use hub.Kind, set func(*Consent) bool) (Post, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return Post{}, err
	}
	if s.leads(v, x, t) != nil {
		return Post{}, hub.ErrNotFound
	}
	return s.setConsent(ctx, t, seq, func(p *Post) error {
		if !p.Consent.Given(v.Person, use) {
			return hub.ErrNotFound
		}
		c := *p.Consent
		if !set(&c) {
			return store.ErrSame
		}
		p.Consent = &c
		return nil
	})
}

// setConsent changes what was asked and said of a post that is there.
func (s *Service) setConsent(ctx context.Context, t Thread, seq int64, set func(*Post) error) (Post, error) {
	p, err := store.Change(ctx, s.Store, posts, postID(t.ID, seq), postKeys, func(p *Post) error {
		if p.Absent() != "" {
			return hub.ErrNotFound
		}
		return set(p)
	})
	if err == nil {
		s.hint(Topic(t.ID), seq, true)
	}
	return p, err
}

// asksOf puts on the tray the threads in which the viewer is asked for their
// consent, with the post that was asked for first.
func (s *Service) asksOf(ctx context.Context, y *tray) error {
	all, err := store.All[Post](ctx, s.Store, posts, store.Query{Index: "consent", Equal: [][]store.Value{{y.at.v.Person}}})
	y.waits = y.waits || len(all) > 0
	for _, p := range all {
		n, err := y.at.of(ctx, Mark{Person: p.By, Space: p.Space, Thread: p.Thread})
		if errors.Is(err, hub.ErrNotFound) {
			continue // not for them any more
		}
		if err != nil {
			return err
		}
		if n := y.in(n); n != nil {
			n.Asks = cmp.Or(n.Asks, p.Seq)
		}
	}
	return err
}

// Unasked are posts whose authors are still to be told that they are asked for
// their consent, at most some.
func (s *Service) Unasked(ctx context.Context) (found []Post, err error) {
	page, err := s.Store.List(ctx, posts, store.Query{Index: "unasked", Limit: 100})
	if err != nil {
		return nil, err
	}
	for _, d := range page.Docs {
		p, err := store.Decode[Post](d)
		if err != nil {
			return nil, fmt.Errorf("who is asked for consent: %w", err)
		}
		found = append(found, p)
	}
	return found, nil
}

// AskedFor rings the bell of somebody who is asked for their consent to the use
// of a post, and says in which way they want to hear of it. as is what they said of everything. False
// where they may not read it any more.
func (s *Service) AskedFor(ctx context.Context, v hub.Viewer, p Post, as member.News) (way member.News, rings bool, err error) {
	if err := s.ring(ctx, v.Person); err != nil {
		return "", false, err
	}
	at := places{s: s, v: v}
	n, err := at.of(ctx, Mark{Person: v.Person, Space: p.Space, Thread: p.Thread})
	if errors.Is(err, hub.ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	own, err := s.own(ctx, v, n.Thread)
	return own.way(as), true, err
}

// ToldAsked notes that the author of a post was told that they are asked.
func (s *Service) ToldAsked(ctx context.Context, p Post) error {
	_, err := store.Change(ctx, s.Store, posts, postID(p.Thread, p.Seq), postKeys, func(p *Post) error {
		if !p.Consent.Waits() || p.Consent.Told {
			return store.ErrSame
		}
		c := *p.Consent
		c.Told = true
		p.Consent = &c
		return nil
	})
	return err
}
