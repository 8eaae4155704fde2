// Package wire carries mails on: to an SMTP server, or into a folder where
// none is set.
package wire

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"nmirfhub/internal/mail"
)

// compose makes the mail as it goes over the wire.
func compose(m mail.Message, from string) (*gomail.Msg, error) {
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := out.From(from); err != nil {
		return nil, fmt.Errorf("the address of the sender: %w", err)
	}
	to, err := netmail.ParseAddress(m.To)
	if err != nil || to.Name != "" || len(m.To) > maxAddress || out.To(m.To) != nil {
		return nil, &mail.Refused{Err: errors.New("the address of the reader is none")}
	}
	// All three are the hub's own; what two stand between must not be in them.
	if strings.ContainsFunc(m.ID+m.Unsubscribe, notInAngles) || max(len(m.ID), len(m.Unsubscribe), len(m.Subject)) > maxWord {
		return nil, &mail.Refused{Err: errors.New("its name, its subject, or the address that ends mails of this sort, is none")}
	}
	out.Subject(strings.ReplaceAll(m.Subject, "=?", "= ?")) // what looks like an encoded word would be read as one
	out.SetMessageIDWithValue(m.ID)
	out.SetDate()
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" {
		out.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		out.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	out.SetBodyString(gomail.TypeTextPlain, m.Text)
	out.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return out, nil
}

// Limits of what cannot be folded: no line of a head may be longer than 998
// bytes (RFC 5322, section 2.1.1).
const (
	maxAddress = 64 + 1 + 255 // before the sign and behind it (RFC 5321, section 4.5.3.1)
	maxWord    = 900          // of the name of a mail, its subject, and an address of a page
)

// notInAngles says whether a rune may not stand in a name or an address that
// the head of a mail has between angle brackets.
func notInAngles(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' }

// Folder writes each mail as a file of its own, for a hub without a mail
// server.
type Folder struct {
	Dir  string
	From string
}

// Send is mail.Sender's.
func (f *Folder) Send(_ context.Context, m mail.Message) error {
	out, err := compose(m, f.From)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	name, _, _ := strings.Cut(m.ID, "@")
	file, err := os.OpenFile(filepath.Join(f.Dir, name+".eml"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	_, err = out.WriteTo(file)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

// Server hands mails to an SMTP server.
type Server struct {
	host string
	from string
	with []gomail.Option
}

// sendTime is how long a mail server may take.
const sendTime = 30 * time.Second

// NewServer reads an address such as smtp://user:password@host:587 or
// smtps://host. With a password the line must be encrypted; without one it is
// where the server can.
func NewServer(address, from string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("the mail server is to be written like smtp://user:password@host:587 or smtps://user:password@host")
	}
	if err := gomail.NewMsg().From(from); err != nil {
		return nil, fmt.Errorf("%q is no address to send mail from", from)
	}
	s := &Server{host: u.Hostname(), from: from, with: []gomail.Option{gomail.WithTimeout(sendTime)}}
	password, secret := u.User.Password()
	switch {
	case u.Scheme == "smtps":
		s.with = append(s.with, gomail.WithSSLPort(false))
	case secret:
		s.with = append(s.with, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	default:
		s.with = append(s.with, gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil, fmt.Errorf("%q is no port of a mail server", p)
		}
		s.with = append(s.with, gomail.WithPort(n))
	}
	if secret {
		s.with = append(s.with, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

// Send is mail.Sender's. A client is made for each mail: they are few, and a
// server that went away is found out at once.
func (s *Server) Send(ctx context.Context, m mail.Message) error {
	out, err := compose(m, s.from)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.with...)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, out)
	var failed *gomail.SendError
	if errors.As(err, &failed) && failed.ErrorCode() >= 500 && !failed.IsTemp() {
		return &mail.Refused{Err: fmt.Errorf("the server answers %d", failed.ErrorCode())}
	}
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}
