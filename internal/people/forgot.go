package people

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/member"
)

// resetEvery is how often at most a mail for a new password goes to an
// address: three an hour.
const resetEvery = time.Hour / MailsAnHour

// Forgot sends a link for a new password to an address that has an account.
// It does the same work, and answers alike, for one that has none.
// hub.Invalid for what is no address, *hub.TooMany after AsksAnHour from the
// network.
func (s *Service) Forgot(ctx context.Context, email string, l hub.Lang, ip netip.Addr) error {
	address, err := member.AddressKey(email)
	if err != nil {
		return err
	}
	now := s.Now()
	if !s.forgot.take(ip, now) {
		return &hub.TooMany{After: time.Hour}
	}
	p, err := s.Members.Find(ctx, email)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	// For an unknown address p is nobody: its mail waits like any other, and
	// is dropped when it is to be written.
	return s.Mail.Add(ctx, mail.Item{
		Cause: "reset " + address + " " + strconv.FormatInt(now.Unix()/int64(resetEvery.Seconds()), 10), Kind: LetterReset,
		To: p.Email, Lang: l, Args: map[string]string{"person": p.ID},
	})
}

// ResetLink is the link of the mail that Forgot sends. mail.ErrUnwanted where
// there is no account, or it may not sign in.
func (s *Service) ResetLink(ctx context.Context, i mail.Item) (string, error) {
	if i.Args["person"] == "" {
		return "", mail.ErrUnwanted
	}
	link, err := s.Members.ResetLink(ctx, i.Args["person"], i.Lang)
	if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrForbidden) {
		return "", mail.ErrUnwanted
	}
	return link, err
}
