package people

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// Request is somebody who asks to join.
type Request struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	Address  string    `json:"address"`
	Country  hub.State `json:"country,omitempty"`
	Body     string    `json:"body"`     // ministry or organisation
	Position string    `json:"position"` // in it
	Voucher  string    `json:"voucher"`  // who can say that it is so, and how to reach them
	Why      string    `json:"why"`
	Lang     hub.Lang  `json:"lang"`
	State    State     `json:"state"` // StateOpen, StateSent or StateDeclined
	Created  time.Time `json:"created"`
	Decided  *Decision `json:"decided,omitempty"`
}

// Limits of a request: runes of a line and of a text, and how many requests
// come from one network in an hour.
const (
	MaxLine    = 200
	MaxText    = 2000
	AsksAnHour = 10
)

func requestKeys(r Request) map[string]store.Value {
	return map[string]store.Value{"state": string(r.State), "created": r.Created.UnixMicro(), "address": r.Address}
}

// Ask puts a request before the moderators. It answers alike whether or not
// the address has an account, or has asked before. hub.Invalid names the
// field; *hub.TooMany after AsksAnHour from the network.
func (s *Service) Ask(ctx context.Context, r Request, ip netip.Addr) error {
	r.ID, r.State, r.Created, r.Decided = s.NewID(), StateOpen, s.Now(), nil
	if err := s.checkRequest(&r); err != nil {
		return err
	}
	if !s.asked.take(ip, r.Created) {
		return &hub.TooMany{After: time.Hour}
	}
	var many *hub.TooMany
	err := s.notTooMany(ctx, requests, r.Address, r.Created)
	if errors.As(err, &many) {
		return nil // the moderators have it already
	}
	if err != nil {
		return err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.Store.Insert(ctx, requests, store.Doc{ID: r.ID, Keys: requestKeys(r), Body: body})
}

func (s *Service) checkRequest(r *Request) error {
	r.Email = strings.TrimSpace(r.Email)
	var all []error
	for _, f := range []struct {
		name string
		text *string
		most int
	}{{"name", &r.Name, MaxLine}, {"body", &r.Body, MaxLine}, {"position", &r.Position, MaxLine}, {"voucher", &r.Voucher, MaxText}, {"why", &r.Why, MaxText}} {
		*f.text = strings.TrimSpace(*f.text)
		all = append(all, checkText(f.name, *f.text, f.most))
	}
	var err error
	if r.Address, err = member.AddressKey(r.Email); err != nil {
		all = append(all, err)
	}
	if r.Country != "" && !s.Known(r.Country) {
		all = append(all, &hub.Invalid{Field: "country", Reason: hub.ReasonUnknown, Value: string(r.Country)})
	}
	if _, err := hub.ParseLang(string(r.Lang)); err != nil {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// checkText accepts a text of one to most runes. Only a long one may have more
// than one line.
func checkText(field, text string, most int) error {
	n := utf8.RuneCountInString(text)
	bad := func(c rune) bool {
		return unicode.IsControl(c) && (most == MaxLine || c != '\n' && c != '\r' && c != '\t')
	}
	switch {
	case n == 0:
		return &hub.Invalid{Field: field, Reason: hub.ReasonRequired}
	case n > most:
		return &hub.Invalid{Field: field, Reason: hub.ReasonTooLong, Limit: most}
	case !utf8.ValidString(text) || strings.ContainsFunc(text, bad):
		return &hub.Invalid{Field: field, Reason: hub.ReasonFormat}
	}
	return nil
}

// Moderates says whether the viewer decides who comes in.
func (s *Service) Moderates(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActModerate, access.Object{Kind: access.Report}, s.Now()) == nil
}

// Requests lists those that wait for a moderator, the oldest first.
// hub.ErrNotFound for who may not see them.
func (s *Service) Requests(ctx context.Context, v hub.Viewer, most int) ([]Request, error) {
	if err := s.Door.May(v, hub.ActList, access.Object{Kind: access.Report}, s.Now()); err != nil {
		return nil, err
	}
	page, err := s.Store.List(ctx, requests, store.Query{Index: "state", Equal: [][]store.Value{{string(StateOpen)}}, Limit: most})
	if err != nil {
		return nil, err
	}
	var all []Request
	for _, d := range page.Docs {
		r, err := store.Decode[Request](d)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Answer is what a moderator says to a request.
type Answer struct {
	Accept    bool
	Role      hub.Role // that is offered
	Mechanism hub.State
	Reason    string // required to decline; for the moderators, never sent
}

// AnswerRequest invites who asked to join, or declines. Answering twice is
// hub.ErrNotFound. hub.Invalid as Invite, and with the field "reason".
func (s *Service) AnswerRequest(ctx context.Context, v hub.Viewer, id string, a Answer) error {
	if err := checkReason(a.Reason, !a.Accept); err != nil {
		return err
	}
	if err := s.Door.May(v, hub.ActModerate, access.Object{Kind: access.Report}, s.Now()); err != nil {
		return err
	}
	r, _, err := store.Load[Request](ctx, s.Store, requests, id)
	if err != nil {
		return err
	}
	if r.State != StateOpen {
		return hub.ErrNotFound
	}
	if a.Accept {
		// The invitation has the id of the request: after a crash between the
		// two, answering again finds it there.
		_, err := s.Invite(ctx, v, NewInvitation{Email: r.Email, Role: a.Role, Mechanism: a.Mechanism, Lang: r.Lang, id: r.ID})
		if err != nil {
			return err
		}
	} else {
		err := s.Mail.Add(ctx, mail.Item{Cause: "declined " + r.ID, Kind: LetterDeclined, To: r.Email, Lang: r.Lang})
		if err != nil {
			return err
		}
	}
	_, err = store.Change(ctx, s.Store, requests, id, requestKeys, func(r *Request) error {
		if r.State != StateOpen {
			return hub.ErrNotFound
		}
		r.State, r.Decided = StateDeclined, &Decision{v.Person, s.Now(), a.Reason}
		if a.Accept {
			r.State = StateSent
		}
		return nil
	})
	if err != nil {
		return err
	}
	what := map[bool]string{true: "request.accepted", false: "request.declined"}[a.Accept]
	return s.note(ctx, v.Person, what, "request:"+id, a.Reason)
}

// counter counts what comes from each network, or person, in an hour. The zero
// value is ready.
type counter struct {
	mu    sync.Mutex
	since time.Time
	times map[string]int
}

// take counts one more from a network; false when there are too many.
func (c *counter) take(ip netip.Addr, now time.Time) bool {
	return c.takeFor(member.Network(ip).String(), now)
}

// takeFor counts one more of somebody.
func (c *counter) takeFor(who string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.since) >= time.Hour {
		c.since, c.times = now, map[string]int{}
	}
	c.times[who]++
	return c.times[who] <= AsksAnHour
}
