package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"nmirfhub/internal/hub"
)

// StopPath is where the mails are ended with one click; a token follows.
const StopPath = "/unsubscribe/"

// What the link of a mail can end. Programs that send it without a page end
// all.
const (
	StopAll    = ""
	StopThread = "thread" // of the thread that the mail was about
	StopSpace  = "space"  // of the space of that thread
)

// token is what the link holds that ends the mails of a person, and those of a
// thread, if there is one. It names neither thread nor space.
func (s *Service) token(person, thread string) string {
	what := person
	if thread != "" {
		what += "." + thread
	}
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("hub unsubscribe 1\n" + what))
	return what + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Stop ends mails of the person whose link has the token; what is new stays on
// their pages. To end them twice is no error. hub.ErrNotFound for any other
// token, and for a thread where the token is of none.
func (s *Service) Stop(ctx context.Context, token, what string) error {
	person, thread, err := s.holder(token)
	if err != nil {
		return err
	}
	switch {
	case what == StopAll:
		return s.Members.NoMails(ctx, person)
	case thread == "" || what != StopThread && what != StopSpace:
		return hub.ErrNotFound
	}
	return s.Discuss.NoMails(ctx, person, thread, what == StopSpace)
}

// Stops says whether the token ends somebody's mails, and whether it can end
// those of one thread alone. hub.ErrNotFound when not.
func (s *Service) Stops(token string) (one bool, err error) {
	_, thread, err := s.holder(token)
	return thread != "", err
}

func (s *Service) holder(token string) (person, thread string, err error) {
	parts := strings.Split(token, ".")
	if len(token) > 200 || len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return "", "", hub.ErrNotFound
	}
	if len(parts) == 3 {
		thread = parts[1]
	}
	if !hmac.Equal([]byte(token), []byte(s.token(parts[0], thread))) {
		return "", "", hub.ErrNotFound
	}
	return parts[0], thread, nil
}
