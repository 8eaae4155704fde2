package people

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// Life of an invitation, and how many mails go to one address in an hour.
const (
	InvitationLife = 7 * 24 * time.Hour
	MailsAnHour    = 3
)

// State is how far an invitation or a request is.
type State string

// The states. An invitation is nominated, sent, and then one of the rest; a
// request is open, and then sent (an invitation) or declined.
const (
	StateOpen      State = "open"
	StateNominated State = "nominated" // waits for a moderator
	StateSent      State = "sent"
	StateAccepted  State = "accepted"
	StateDeclined  State = "declined" // by a moderator
	StateWithdrawn State = "withdrawn"
)

// Invitation offers one address an account, once.
type Invitation struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Address   string    `json:"address"` // member.AddressKey of Email
	Role      hub.Role  `json:"role"`
	Mechanism hub.State `json:"mechanism,omitempty"`
	Seat      string    `json:"seat,omitempty"`  // id of the seat that comes with it
	Reads     bool      `json:"reads,omitempty"` // the seat is for reading
	Lang      hub.Lang  `json:"lang"`            // of the mail
	By        string    `json:"by"`              // person who invites
	State     State     `json:"state"`
	Round     int       `json:"round"` // of mails; the link of an earlier one is void
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"` // of the link, once it is sent
	Decided   *Decision `json:"decided,omitempty"`
}

// Decision is who decided what became of something, and why.
type Decision struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

// MaxReason is how long a reason may be, in runes.
const MaxReason = 500

// Expired says whether the link no longer opens anything.
func (i Invitation) Expired(now time.Time) bool {
	return i.State == StateSent && !now.Before(i.Expires)
}

// token is what the link of the invitation holds. It is made anew whenever it
// is needed, and kept nowhere.
func (s *Service) token(i Invitation) string {
	m := hmac.New(sha256.New, s.Secret)
	m.Write([]byte("invitation " + i.ID + " " + strconv.Itoa(i.Round)))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func tokenKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func (s *Service) invitationKeys(i Invitation) map[string]store.Value {
	k := map[string]store.Value{"state": string(i.State), "created": i.Created.UnixMicro(), "address": i.Address, "mechanism": string(i.Mechanism)}
	if i.State == StateSent {
		k["token"] = tokenKey(s.token(i))
	}
	return k
}

// NewInvitation is what an invitation starts with.
type NewInvitation struct {
	Email     string
	Role      hub.Role
	Mechanism hub.State
	Seat      string
	Reads     bool
	Lang      hub.Lang

	id string // of what it answers; empty for a new one
}

// offered are the roles that can be offered: those of moderators and
// administrators are given on the machine itself.
var offered = []hub.Role{hub.RoleStakeholder, hub.RoleTBExpert, hub.RoleMember, hub.RoleCoordinator}

// Offered are the roles that the viewer may offer.
func Offered(v hub.Viewer) []hub.Role {
	switch v.Role {
	case hub.RoleModerator, hub.RoleAdmin:
		return offered
	case hub.RoleCoordinator:
		return []hub.Role{hub.RoleMember}
	}
	return nil
}

// Invite offers an address an account. What a coordinator offers waits for a
// moderator, unless the mechanism is trusted. hub.Invalid names what cannot be
// so; *hub.TooMany after MailsAnHour to the address; hub.ErrNotFound for who
// may not invite, hub.ErrFresh for who must sign in again.
func (s *Service) Invite(ctx context.Context, v hub.Viewer, n NewInvitation) (Invitation, error) {
	i, err := s.invitation(v, n)
	if err != nil {
		return i, err
	}
	if err := s.Door.May(v, hub.ActCreate, access.Object{Kind: access.Invitation, Mechanism: i.Mechanism}, i.Created); err != nil {
		return i, err
	}
	if err := s.notTooMany(ctx, invitations, i.Address, i.Created); err != nil {
		return i, err
	}
	if v.Role == hub.RoleCoordinator {
		trusted, err := s.Trusted(ctx, i.Mechanism)
		if err != nil {
			return i, err
		}
		if !trusted {
			i.State = StateNominated
		}
	}
	body, err := json.Marshal(i)
	if err != nil {
		return i, err
	}
	err = s.Store.Insert(ctx, invitations, store.Doc{ID: i.ID, Keys: s.invitationKeys(i), Body: body})
	if errors.Is(err, hub.ErrConflict) && n.id != "" { // answered before
		i, _, err = store.Load[Invitation](ctx, s.Store, invitations, i.ID)
	}
	if err != nil {
		return i, fmt.Errorf("invite: %w", err)
	}
	return i, errors.Join(s.note(ctx, v.Person, "invitation."+string(i.State), "invitation:"+i.ID, ""), s.send(ctx, i))
}

func (s *Service) invitation(v hub.Viewer, n NewInvitation) (Invitation, error) {
	now := s.Now()
	i := Invitation{
		ID: n.id, Email: strings.TrimSpace(n.Email), Role: n.Role, Mechanism: n.Mechanism, Seat: n.Seat, Reads: n.Reads, Lang: n.Lang, By: v.Person,
		State: StateSent, Round: 1, Created: now, Expires: now.Add(InvitationLife),
	}
	if i.ID == "" {
		i.ID = s.NewID()
	}
	var err error
	if i.Address, err = member.AddressKey(i.Email); err != nil {
		return i, err
	}
	if !slices.Contains(offered, i.Role) {
		return i, &hub.Invalid{Field: "role", Reason: hub.ReasonUnknown, Value: string(i.Role)}
	}
	switch {
	case i.Role.OfMechanism() && i.Mechanism == "":
		return i, &hub.Invalid{Field: "mechanism", Reason: hub.ReasonRequired}
	case i.Role.OfMechanism() && !s.Known(i.Mechanism):
		return i, &hub.Invalid{Field: "mechanism", Reason: hub.ReasonUnknown, Value: string(i.Mechanism)}
	case !i.Role.OfMechanism():
		i.Mechanism, i.Seat = "", ""
	}
	if _, err := hub.ParseLang(string(i.Lang)); err != nil {
		return i, err
	}
	if !slices.Contains(Offered(v), i.Role) {
		return i, hub.ErrNotFound
	}
	return i, nil
}

// notTooMany counts what was sent to an address in the last hour.
func (s *Service) notTooMany(ctx context.Context, collection, address string, now time.Time) error {
	page, err := s.Store.List(ctx, collection, store.Query{
		Index: "address", Equal: [][]store.Value{{address}}, From: now.Add(-time.Hour).UnixMicro(), Limit: MailsAnHour,
	})
	if err != nil {
		return err
	}
	if len(page.Docs) >= MailsAnHour {
		return &hub.TooMany{After: time.Hour}
	}
	return nil
}

// send puts the mail of an invitation into the outbox, once for each round.
func (s *Service) send(ctx context.Context, i Invitation) error {
	if i.State != StateSent {
		return nil
	}
	return s.Mail.Add(ctx, mail.Item{
		Cause: "invitation " + i.ID + " " + strconv.Itoa(i.Round), Kind: LetterInvitation, To: i.Email, Lang: i.Lang,
		Args: map[string]string{"invitation": i.ID, "round": strconv.Itoa(i.Round)},
	})
}

// Decide sends a nomination on its way, or declines it. hub.ErrNotFound when
// it is none, hub.Invalid for a reason that is missing or too long.
func (s *Service) Decide(ctx context.Context, v hub.Viewer, id string, accept bool, reason string) (Invitation, error) {
	if err := checkReason(reason, !accept); err != nil {
		return Invitation{}, err
	}
	i, err := s.edit(ctx, v, id, func(i *Invitation) error {
		if i.State != StateNominated {
			return hub.ErrNotFound
		}
		i.Decided = &Decision{v.Person, s.Now(), reason}
		i.State = StateDeclined
		if accept {
			i.State, i.Expires = StateSent, s.Now().Add(InvitationLife)
		}
		return nil
	})
	if err != nil {
		return i, err
	}
	return i, errors.Join(s.note(ctx, v.Person, "invitation."+string(i.State), "invitation:"+i.ID, reason), s.send(ctx, i))
}

// Again sends an invitation that nobody has taken up once more. The link of
// the mail before is void.
func (s *Service) Again(ctx context.Context, v hub.Viewer, id string) (Invitation, error) {
	i, err := s.edit(ctx, v, id, func(i *Invitation) error {
		if i.State != StateSent {
			return hub.ErrNotFound
		}
		i.Round++
		i.Expires = s.Now().Add(InvitationLife)
		return nil
	})
	if err != nil {
		return i, err
	}
	return i, errors.Join(s.note(ctx, v.Person, "invitation.again", "invitation:"+i.ID, ""), s.send(ctx, i))
}

// Withdraw takes back an invitation that nobody has taken up: its link opens
// nothing any more.
func (s *Service) Withdraw(ctx context.Context, v hub.Viewer, id string) (Invitation, error) {
	i, err := s.edit(ctx, v, id, func(i *Invitation) error {
		if i.State != StateSent && i.State != StateNominated {
			return hub.ErrNotFound
		}
		i.State, i.Decided = StateWithdrawn, &Decision{By: v.Person, At: s.Now()}
		return nil
	})
	if err != nil {
		return i, err
	}
	return i, s.note(ctx, v.Person, "invitation.withdrawn", "invitation:"+i.ID, "")
}

// edit changes an invitation for somebody who may.
func (s *Service) edit(ctx context.Context, v hub.Viewer, id string, set func(*Invitation) error) (Invitation, error) {
	return store.Change(ctx, s.Store, invitations, id, s.invitationKeys, func(i *Invitation) error {
		if err := s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Invitation, Mechanism: i.Mechanism}, s.Now()); err != nil {
			return err
		}
		return set(i)
	})
}

// Invitations lists those in a state, the newest first, at most most: all of
// them for moderators, those of their mechanism for coordinators.
// hub.ErrNotFound for who may see none.
func (s *Service) Invitations(ctx context.Context, v hub.Viewer, mechanism hub.State, state State, most int) ([]Invitation, error) {
	if err := s.Door.May(v, hub.ActList, access.Object{Kind: access.Invitation, Mechanism: mechanism}, s.Now()); err != nil {
		return nil, err
	}
	q := store.Query{Index: "state", Equal: [][]store.Value{{string(state)}}, Desc: true, Limit: most}
	if mechanism != "" {
		q = store.Query{Index: "mechanism", Equal: [][]store.Value{{string(mechanism)}}, Desc: true, Limit: store.MaxLimit}
	}
	page, err := s.Store.List(ctx, invitations, q)
	if err != nil {
		return nil, err
	}
	var all []Invitation
	for _, d := range page.Docs {
		i, err := store.Decode[Invitation](d)
		if err != nil {
			return nil, err
		}
		if i.State == state && len(all) < most {
			all = append(all, i)
		}
	}
	return all, nil
}

// Open returns the invitation whose link has the token, for the page that
// shows it. It uses nothing up: mail scanners open links. hub.ErrNotFound when
// it is unknown, used, void or expired.
func (s *Service) Open(ctx context.Context, token string) (Invitation, error) {
	page, err := s.Store.List(ctx, invitations, store.Query{Index: "token", Equal: [][]store.Value{{tokenKey(token)}}, Limit: 1})
	if err != nil {
		return Invitation{}, err
	}
	if len(page.Docs) == 0 {
		return Invitation{}, hub.ErrNotFound
	}
	i, err := store.Decode[Invitation](page.Docs[0])
	if err != nil {
		return Invitation{}, err
	}
	if i.State != StateSent || i.Expired(s.Now()) || !hmac.Equal([]byte(token), []byte(s.token(i))) {
		return Invitation{}, hub.ErrNotFound
	}
	return i, nil
}

// Acceptance is what somebody says who takes an invitation up.
type Acceptance struct {
	Name     string
	Lang     hub.Lang   // of the pages and mails
	Langs    []hub.Lang // others that they read
	Password string
	Passkey  *Passkey // instead of a password
	Consent  bool     // to the terms of the network
}

// Passkey is what a device made for AskPasskey.
type Passkey struct {
	Device string // as its owner calls it
	Sealed string
	Answer []byte
}

// AskPasskey is the question to the device of somebody who takes an invitation
// up, as member.Service.AskFirstPasskey.
func (s *Service) AskPasskey(ctx context.Context, token string) (options any, sealed string, err error) {
	i, err := s.Open(ctx, token)
	if err != nil {
		return nil, "", err
	}
	return s.Members.AskFirstPasskey(personOf(i), i.Email)
}

// Entered is somebody who has taken an invitation up and is signed in.
type Entered struct {
	Session  member.Session
	Bearer   string
	Recovery []string // codes for the loss of the device of a passkey, shown once
}

// Accept takes an invitation up: there is an account, and its person is signed
// in. Of all who try at once one succeeds; the others, and who comes later,
// get hub.ErrNotFound. member.ErrPasskey when the device's answer is not right;
// hub.Invalid with the field "name", "langs", "password", "device", "consent",
// or "email" when the address has an account already: its person
// signs in first, and then takes the invitation up with AcceptAs.
func (s *Service) Accept(ctx context.Context, token string, a Acceptance, from member.From) (in Entered, err error) {
	i, err := s.Open(ctx, token)
	if err != nil {
		return in, err
	}
	if strings.TrimSpace(a.Name) == "" {
		return in, &hub.Invalid{Field: "name", Reason: hub.ReasonRequired}
	}
	if !a.Consent {
		return in, &hub.Invalid{Field: "consent", Reason: hub.ReasonRequired}
	}
	// The account has the id that only this invitation gives, so that its
	// insert is at once the claim: nothing lies between the two.
	n := member.NewPerson{
		Email: i.Email, Name: a.Name, Role: i.Role, Mechanism: i.Mechanism, Reads: i.Reads, Lang: a.Lang, Langs: a.Langs, Terms: TermsVersion,
	}
	if k := a.Passkey; k != nil {
		in.Session, in.Bearer, in.Recovery, err = s.Members.JoinPasskey(ctx, personOf(i), n, k.Device, k.Sealed, k.Answer, from)
	} else {
		in.Session, in.Bearer, err = s.Members.Join(ctx, personOf(i), n, a.Password, from)
	}
	if err == nil || errors.Is(err, hub.ErrNotFound) { // not found: the account is there, and the mark may not be
		err = errors.Join(err, s.accepted(ctx, i, personOf(i)))
	}
	return in, err
}

// TermsVersion is the wording of the terms of the network that people accept.
const TermsVersion = "2026-11"

// personOf is the id of the account that an invitation makes.
func personOf(i Invitation) string { return "i" + i.ID }

// AcceptAs takes an invitation up with the account of its address, whose
// person has signed in: the account gets the role offered, and its sessions
// end, that of the viewer too. hub.ErrNotFound as Accept, and for any other
// person; hub.ErrFresh for who has not signed in lately.
func (s *Service) AcceptAs(ctx context.Context, v hub.Viewer, token string, consent bool) error {
	i, err := s.Open(ctx, token)
	if err != nil {
		return err
	}
	if !consent {
		return &hub.Invalid{Field: "consent", Reason: hub.ReasonRequired}
	}
	p, err := s.Members.Find(ctx, i.Email)
	if err != nil || p.ID != v.Person {
		return errors.Join(err, hub.ErrNotFound)
	}
	if !s.Now().Before(v.Fresh) {
		return hub.ErrFresh
	}
	// A further seat takes nothing from who may do more at the mechanism already.
	to := member.Standing{Role: i.Role, Mechanism: i.Mechanism, Reads: i.Reads}
	if p.Mechanism != i.Mechanism || rank(p.Standing()) < rank(to) {
		if _, err = s.Members.SetStanding(ctx, p.ID, to); err != nil {
			return err
		}
	}
	// Nobody sits at two mechanisms.
	if err := s.unseat(ctx, p.ID, i.Mechanism); err != nil {
		return err
	}
	return s.accepted(ctx, i, p.ID)
}

// accepted marks an invitation as taken up, and gives its seat.
func (s *Service) accepted(ctx context.Context, i Invitation, person string) error {
	marked := false
	_, err := store.Change(ctx, s.Store, invitations, i.ID, s.invitationKeys, func(now *Invitation) error {
		marked = false
		if now.State == StateAccepted && now.Decided.By == person {
			return store.ErrSame // somebody who came too late was faster to say so
		}
		if now.State != StateSent {
			return hub.ErrNotFound
		}
		now.State, now.Decided, marked = StateAccepted, &Decision{By: person, At: s.Now()}, true
		return nil
	})
	if err == nil && marked {
		err = s.note(ctx, person, "invitation.accepted", "invitation:"+i.ID, "")
	}
	if err != nil || i.Seat == "" {
		return err
	}
	return s.take(ctx, i.Seat, i.ID, person)
}

func checkReason(reason string, required bool) error {
	switch {
	case required && strings.TrimSpace(reason) == "":
		return &hub.Invalid{Field: "reason", Reason: hub.ReasonRequired}
	case len([]rune(reason)) > MaxReason:
		return &hub.Invalid{Field: "reason", Reason: hub.ReasonTooLong, Limit: MaxReason}
	}
	return nil
}

// trust is what moderators set for a mechanism.
type trust struct {
	Trusted bool      `json:"trusted"`
	By      *Decision `json:"by"`
}

// Trusted says whether the nominations of a mechanism need no moderator.
func (s *Service) Trusted(ctx context.Context, mechanism hub.State) (bool, error) {
	t, _, err := store.Load[trust](ctx, s.Store, settings, string(mechanism))
	if errors.Is(err, hub.ErrNotFound) {
		return false, nil
	}
	return t.Trusted, err
}

// SetTrusted says whether the nominations of a mechanism need no moderator.
// For those who may edit invitations.
func (s *Service) SetTrusted(ctx context.Context, v hub.Viewer, mechanism hub.State, trusted bool) error {
	if err := s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Invitation}, s.Now()); err != nil {
		return err
	}
	if !s.Known(mechanism) {
		return &hub.Invalid{Field: "mechanism", Reason: hub.ReasonUnknown, Value: string(mechanism)}
	}
	t := trust{trusted, &Decision{By: v.Person, At: s.Now()}}
	none := func(trust) map[string]store.Value { return nil }
	_, err := store.Change(ctx, s.Store, settings, string(mechanism), none, func(now *trust) error { *now = t; return nil })
	if errors.Is(err, hub.ErrNotFound) {
		body, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if err := s.Store.Insert(ctx, settings, store.Doc{ID: string(mechanism), Body: body}); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	return s.note(ctx, v.Person, "mechanism.trusted."+strconv.FormatBool(trusted), "mechanism:"+string(mechanism), "")
}
