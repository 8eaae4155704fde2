// Package people decides who comes in, which seat they hold and what passes on
// when they leave. Accounts themselves, passwords and sessions are package
// member's.
//
// A seat is a place at a mechanism. It belongs to the mechanism; a person
// holds it for a time, and what was learnt stays with the place.
package people

import (
	"context"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
	"nmirfhub/internal/question"
	"nmirfhub/internal/store"
)

// The collections of the package.
const (
	invitations = "invitations"
	requests    = "join-requests"
	seats       = "seats"
	settings    = "mechanism-settings"
	proposals   = "proposals"
)

// Collections declares what the store must hold for a Service.
func Collections() []store.Collection {
	state := store.Index{Name: "state", Fields: []string{"state", "created"}}
	address := store.Index{Name: "address", Fields: []string{"address", "created"}}
	return []store.Collection{
		{Name: invitations, Indexes: []store.Index{
			{Name: "token", Fields: []string{"token"}, Unique: true}, state, address,
			{Name: "mechanism", Fields: []string{"mechanism", "created"}},
		}},
		{Name: requests, Indexes: []store.Index{state, address}},
		{Name: seats, Indexes: []store.Index{
			{Name: "mechanism", Fields: []string{"mechanism", "number"}, Unique: true}, {Name: "person", Fields: []string{"person"}}, {Name: "leaving", Fields: []string{"leaving"}},
			{Name: "passing", Fields: []string{"passing"}},
		}},
		{Name: settings}, {Name: proposals, Indexes: []store.Index{{Name: "at", Fields: []string{"at"}}}},
		{Name: experts, Indexes: []store.Index{
			{Name: "person", Fields: []string{"person"}, Unique: true}, {Name: "state", Fields: []string{"state", "said"}},
		}},
	}
}

// Service lets people in and keeps seats. Its fields are set once. Safe for
// concurrent use, by several instances on one store.
type Service struct {
	Door    *access.Door
	Members *member.Service
	Store   store.Store
	Mail    interface {
		Add(context.Context, mail.Item) error
	}
	// Talk is what people said in the spaces, for their own data and their
	// erasure.
	Talk interface {
		Own(ctx context.Context, person string) (any, error)
		Forget(ctx context.Context, person string) error
	}
	// Lists are the records that people keep for themselves; nil where there are
	// none.
	Lists interface {
		Own(ctx context.Context, person string) (any, error)
		Forget(ctx context.Context, person string) error
	}
	// Records gives what an author had still to do at a mechanism to another,
	// and says how many records that were. Done twice is done once.
	Records interface {
		PassOn(ctx context.Context, from, to string, m hub.State) (int, error)
	}
	Log    *audit.Log           // of acts
	Secret []byte               // tokens of invitations are made from it, and kept nowhere
	Known  func(hub.State) bool // whether there is such a State
	Now    func() time.Time
	NewID  func() string

	// Sets are what experts are asked, and Checker what their answers keep to.
	Sets    *question.Sets
	Checker question.Checker

	ConfirmMonths int // for how long a confirmation of seats holds; 0: the constant

	asked, forgot, written counter
}

// note records an act that was done.
func (s *Service) note(ctx context.Context, who, what, object, reason string) error {
	return s.Log.Add(ctx, audit.Act{Who: who, What: what, Object: object, Outcome: audit.Done, Reason: reason})
}

// maxTries is how often a change is tried when others change the same thing.
const maxTries = 10
