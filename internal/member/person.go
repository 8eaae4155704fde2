package member

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Status says whether an account may be used.
type Status string

// The statuses of an account. Only an active one signs in.
const (
	StatusActive    Status = "active"
	StatusPending   Status = "pending" // not yet vetted
	StatusSuspended Status = "suspended"
)

// Statuses lists every status of an account.
var Statuses = [...]Status{StatusActive, StatusPending, StatusSuspended}

// ParseStatus returns the status named s. The error is hub.Invalid with the
// field "status".
func ParseStatus(s string) (Status, error) {
	for _, known := range Statuses {
		if string(known) == s {
			return known, nil
		}
	}
	return "", &hub.Invalid{Field: "status", Reason: hub.ReasonUnknown, Value: s}
}

// News says when somebody wants to hear by mail of what they follow.
type News string

// The ways to hear of news.
const (
	NewsAtOnce  News = ""        // but not in their quiet hours
	NewsDaily   News = "daily"   // in the morning
	NewsWeekly  News = "weekly"  // on Monday morning
	NewsNever   News = "never"   // no mails: it is in the hub alone
	NewsNothing News = "nothing" // not in the hub either
)

// NewsWays lists them.
var NewsWays = []News{NewsAtOnce, NewsDaily, NewsWeekly, NewsNever, NewsNothing}

// Quiet are the hours of the day, 0 to 23, in which nobody is told: from one
// on, until before another. The same twice is none.
type Quiet struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Night are the quiet hours of who has not chosen any.
var Night = Quiet{20, 7}

// Has says whether an hour is a quiet one.
func (q Quiet) Has(hour int) bool {
	if q.From <= q.To {
		return q.From <= hour && hour < q.To
	}
	return hour >= q.From || hour < q.To
}

// MaxName is the greatest length of a person's name in runes.
const MaxName = 200

// Person is an account. Its JSON has everything but the password, and is what
// the person themself may have of it.
type Person struct {
	ID        string     `json:"id"`
	Rev       int64      `json:"-"`       // revision of the document it was read from
	Email     string     `json:"email"`   // as typed, trimmed; mails go there
	Address   string     `json:"address"` // AddressKey of Email; unique
	Name      string     `json:"name,omitempty"`
	Role      hub.Role   `json:"role"`                // never hub.RoleAnonymous
	Mechanism hub.State  `json:"mechanism,omitempty"` // given exactly when Role.OfMechanism()
	Reads     bool       `json:"reads,omitempty"`     // what the role gives is for reading only
	Seat      string     `json:"seat,omitempty"`      // id of the seat that gives the role; empty: none does
	Status    Status     `json:"status"`
	Password  Secret     `json:"-"`              // argon2id, PHC form; empty: signs in by link only
	Epoch     int64      `json:"epoch"`          // 1, 2, 3 ...; sessions and links of an earlier one are void
	Kept      string     `json:"kept,omitempty"` // Session.ID of the one session that outlived the last change of Epoch
	Created   time.Time  `json:"created"`        // UTC, as all times
	Updated   time.Time  `json:"updated"`        // last change other than a sign-in
	SignedIn  time.Time  `json:"signed_in,omitzero"`
	Lang      hub.Lang   `json:"lang,omitempty"`     // of mails; empty: not chosen
	Langs     []hub.Lang `json:"langs,omitempty"`    // others that they read
	News      News       `json:"news,omitempty"`     // when they want to hear by mail of what they follow
	Zone      string     `json:"zone,omitempty"`     // IANA name of their time zone; empty: UTC
	Quiet     *Quiet     `json:"quiet,omitempty"`    // there; nil: Night
	Unseen    bool       `json:"unseen,omitempty"`   // they do not want others to see that they have a page open, or write
	Terms     string     `json:"terms,omitempty"`    // wording of the terms of the network that they accepted when they joined
	FactorBy  time.Time  `json:"factor_by,omitzero"` // until when they may do without a second step; zero: not signed in yet
	Factor    *Factor    `json:"-"`                  // the second step; nil: none
}

// NewPerson is what an account starts with.
type NewPerson struct {
	Email     string
	Name      string // may be empty
	Role      hub.Role
	Mechanism hub.State  // required exactly when Role.OfMechanism()
	Reads     bool       // what the role gives is for reading only
	Status    Status     // empty: StatusActive
	Lang      hub.Lang   // empty: not chosen
	Langs     []hub.Lang // others that they read
	Terms     string     // wording that they accepted; empty: none
}

// Standing is what a person is here.
type Standing struct {
	Role      hub.Role
	Mechanism hub.State // given exactly when Role.OfMechanism()
	Reads     bool      // what the role gives is for reading only
	Seat      string    // id of the seat that gives it; empty: none does
}

// Understands says whether the person reads a language, as far as they said.
func (p Person) Understands(l hub.Lang) bool { return p.Lang == l || slices.Contains(p.Langs, l) }

// Standing is what the person is here.
func (p Person) Standing() Standing { return Standing{p.Role, p.Mechanism, p.Reads, p.Seat} }

// String names the person by id, role and status: safe in logs and errors.
func (p Person) String() string {
	return fmt.Sprintf("person %s (%s, %s)", p.ID, p.Role, p.Status)
}

// LogValue shows id, role and status; address, name and password stay out of
// logs.
func (p Person) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", p.ID), slog.String("role", string(p.Role)), slog.String("status", string(p.Status)))
}

// shown is how the person is called on their own pages.
func (p Person) shown() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Email
}

// cleanName returns a name as it is kept: trimmed, and in the one form (NFC)
// that keyboards write in several. It accepts nothing, or a name of at most
// MaxName runes on one line, of which something can be seen: names go into
// mails and stand beside others. The name of a name is itself.
func cleanName(name string) (string, error) {
	name = strings.TrimSpace(norm.NFC.String(name))
	seen := func(r rune) bool { return unicode.IsPrint(r) && !unicode.IsMark(r) }
	switch {
	case name == "":
		return "", nil
	case utf8.RuneCountInString(name) > MaxName:
		return "", &hub.Invalid{Field: "name", Reason: hub.ReasonTooLong, Limit: MaxName}
	case !utf8.ValidString(name), strings.ContainsFunc(name, hub.NotInLine), !strings.ContainsFunc(name, seen):
		return "", &hub.Invalid{Field: "name", Reason: hub.ReasonFormat}
	}
	return name, nil
}

// checkRole returns the mechanism in upper case when role and mechanism fit
// together. The error is hub.Invalid with the field "role", "mechanism" or
// "state".
func checkRole(role hub.Role, mechanism hub.State) (hub.State, error) {
	if _, err := hub.ParseRole(string(role)); err != nil {
		return "", err
	}
	switch {
	case role == hub.RoleAnonymous:
		return "", &hub.Invalid{Field: "role", Reason: hub.ReasonUnknown, Value: string(role)}
	case role.OfMechanism() && mechanism == "":
		return "", &hub.Invalid{Field: "mechanism", Reason: hub.ReasonRequired}
	case !role.OfMechanism() && mechanism != "":
		return "", &hub.Invalid{Field: "mechanism", Reason: hub.ReasonFormat, Value: string(mechanism)}
	case mechanism == "":
		return "", nil
	}
	return hub.ParseState(string(mechanism))
}

// personDoc is a person as stored: with the password.
type personDoc struct {
	Person
	Password string  `json:"password,omitempty"`
	Factor   *Factor `json:"codes,omitempty"`
}

func (p Person) doc() store.Doc {
	return store.Doc{ID: p.ID, Rev: p.Rev, Keys: map[string]store.Value{"address": p.Address, "role": string(p.Role)}, Body: encode(personDoc{p, string(p.Password), p.Factor})}
}

func personOf(d store.Doc) (Person, error) {
	v, err := decode[personDoc](d.Body)
	if err != nil {
		return Person{}, fmt.Errorf("person %s: %w", d.ID, err)
	}
	p := v.Person
	p.Rev, p.Password, p.Factor = d.Rev, Secret(v.Password), v.Factor
	return p, nil
}
