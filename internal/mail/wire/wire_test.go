package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"nmirfhub/internal/mail"
	"nmirfhub/internal/mail/wire"
)

// taken is what an SMTP server was handed.
type taken struct {
	mu     sync.Mutex
	from   string
	to     []string
	raw    []byte
	refuse *smtp.SMTPError
}

func (t *taken) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{t}, nil }

type visit struct{ *taken }

func (v *visit) Mail(from string, _ *smtp.MailOptions) error { v.from = from; return nil }
func (v *visit) Reset()                                      {}
func (v *visit) Logout() error                               { return nil }
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if v.refuse != nil {
		return v.refuse
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.to = append(v.to, to)
	return nil
}
func (v *visit) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.raw = raw
	return err
}

// server starts a real SMTP server.
func server(t *testing.T, refuse *smtp.SMTPError) (*taken, string) {
	t.Helper()
	got := &taken{refuse: refuse}
	s := smtp.NewServer(got)
	s.Domain, s.ReadTimeout, s.WriteTimeout = "localhost", 5*time.Second, 5*time.Second
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return got, "smtp://" + l.Addr().String()
}

var message = mail.Message{
	To: "ana@example.org", Subject: "Siège 3 : مقعد", Text: "Bonjour\n\nUn texte.\n", HTML: "<p>Bonjour</p>",
	Unsubscribe: "https://hub.example/off/1", ID: "0123456789abcdef@hub.example",
}

func check(t *testing.T, raw []byte) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"To": "<ana@example.org>", "Message-Id": "<" + message.ID + ">", "Auto-Submitted": "auto-generated",
		"List-Unsubscribe": "<https://hub.example/off/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/alternative") || m.Header.Get("Bcc") != "" {
		t.Errorf("head %v", m.Header)
	}
}

func TestServer(t *testing.T) {
	got, url := server(t, nil)
	s, err := wire.NewServer(url, "Hub <hub@hub.example>")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if got.from != "hub@hub.example" || len(got.to) != 1 || got.to[0] != "ana@example.org" {
		t.Errorf("from %q to %q", got.from, got.to)
	}
	check(t, got.raw)
}

// TestFaults: what will never be taken is told from what may be later.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		answer  *smtp.SMTPError
		refused bool
	}{
		"NoSuchBox": {&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such box"}, true},
		"Later":     {&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, url := server(t, c.answer)
			s, err := wire.NewServer(url, "hub@hub.example")
			if err != nil {
				t.Fatal(err)
			}
			err = s.Send(t.Context(), message)
			var refused *mail.Refused
			if err == nil || errors.As(err, &refused) != c.refused {
				t.Errorf("%v", err)
			}
		})
	}
	s, err := wire.NewServer("smtp://127.0.0.1:1", "hub@hub.example")
	if err != nil {
		t.Fatal(err)
	}
	var refused *mail.Refused
	if err := s.Send(t.Context(), message); err == nil || errors.As(err, &refused) {
		t.Errorf("nobody there: %v", err)
	}
}

// TestNothingIsSlippedIn: neither an address nor a subject makes a line of the
// head.
func TestNothingIsSlippedIn(t *testing.T) {
	got, url := server(t, nil)
	s, err := wire.NewServer(url, "hub@hub.example")
	if err != nil {
		t.Fatal(err)
	}
	m := message
	m.Subject = "A\r\nBcc: eve@example.org"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	check(t, got.raw)
	for _, to := range []string{"ana@example.org\r\nBcc: eve@example.org", "ana@example.org, eve@example.org", "", "ana"} {
		m := message
		m.To = to
		got.to = nil
		var refused *mail.Refused
		if err := s.Send(t.Context(), m); !errors.As(err, &refused) || len(got.to) != 0 {
			t.Errorf("%q: %v, %q", to, err, got.to)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:port"} {
		if _, err := wire.NewServer(bad, "hub@hub.example"); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := wire.NewServer("smtp://mail.example", "nobody"); err == nil {
		t.Error("a sender without an address is taken")
	}
	if _, err := wire.NewServer("smtps://u:p@mail.example:465", "hub@hub.example"); err != nil {
		t.Error(err)
	}
}

func TestFolder(t *testing.T) {
	f := &wire.Folder{Dir: filepath.Join(t.TempDir(), "mail"), From: "hub@hub.example"}
	for range 2 { // the same mail again is the same file
		if err := f.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	all, err := os.ReadDir(f.Dir)
	if err != nil || len(all) != 1 || all[0].Name() != "0123456789abcdef.eml" {
		t.Fatalf("%v, %v", all, err)
	}
	raw, err := os.ReadFile(filepath.Join(f.Dir, all[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	check(t, raw)
}
