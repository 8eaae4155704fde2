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
// Whether it has one is looked up when the mail is written, so that the answer
// and its time are the same for one that has none. hub.Invalid for what is no
// address, *hub.TooMany after AsksAnHour from the network.
func (s *Service) Forgot(ctx context.Context, email string, l hub.Lang, ip netip.Addr) error {
	address, err := member.AddressKey(email)
	if err != nil {
		return err
	}
	now := s.Now()
	if !s.forgot.take(ip, now) {
		return &hub.TooMany{After: time.Hour}
	}
	return s.Mail.Add(ctx, mail.Item{
		Cause: "reset " + address + " " + strconv.FormatInt(now.Unix()/int64(resetEvery.Seconds()), 10), Kind: LetterReset,
		Lang: l, Args: map[string]string{"address": address},
	})
}

// ResetLink is the link of the mail that Forgot sends, and the address that
// its account has: what was typed may be another's that only looks alike.
// mail.ErrUnwanted where there is no account, or it may not sign in.
func (s *Service) ResetLink(ctx context.Context, i mail.Item) (link, to string, err error) {
	p, err := s.Members.Find(ctx, i.Args["address"])
	if err == nil {
		link, err = s.Members.ResetLink(ctx, p.ID, i.Lang)
	}
	var invalid *hub.Invalid
	if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrForbidden) || errors.As(err, &invalid) {
		return "", "", mail.ErrUnwanted
	}
	return link, p.Email, err
}
