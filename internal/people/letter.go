package people

import (
	"context"
	"errors"
	"strconv"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/store"
)

// The letters of the package.
const (
	LetterInvitation = "invitation"
	LetterDeclined   = "declined"
	LetterReset      = "reset"
	LetterNotice     = "notice"
	LetterConfirm    = "confirm"
	LetterRelay      = "relay"
	LetterRoster     = "roster"
)

// InvitePath is where an invitation is taken up, below the language; its token
// follows.
const InvitePath = "/invite/"

// Invited is what the letter of an invitation tells, as it is at the time of
// sending. mail.ErrUnwanted when it is no invitation any more, or a later mail
// has taken its place.
func (s *Service) Invited(ctx context.Context, item mail.Item) (i Invitation, token string, err error) {
	i, _, err = store.Load[Invitation](ctx, s.Store, invitations, item.Args["invitation"])
	if errors.Is(err, hub.ErrNotFound) {
		return i, "", mail.ErrUnwanted
	}
	if err != nil {
		return i, "", err
	}
	if i.State != StateSent || i.Expired(s.Now()) || strconv.Itoa(i.Round) != item.Args["round"] {
		return i, "", mail.ErrUnwanted
	}
	return i, s.token(i), nil
}
