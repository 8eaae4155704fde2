package wire

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"nmirfhub/internal/mail"
)

// FuzzCompose: whatever a message holds, it can be read again, has the heads
// that it should have and no other, and goes to one reader.
func FuzzCompose(f *testing.F) {
	f.Add("ana@example.org", "About a seat", "One idea.\n", "https://hub.example/off/1", "0123@hub.example")
	f.Add("ana@example.org\r\nBcc: eve@example.org", "A\r\nBcc: eve@example.org", "a\r\n.\r\nb", "https://hub.example/\r\nBcc: eve@example.org", "1\r\nBcc: x@hub.example")
	f.Add(`"Ana \"L\" <x>" <ana@münchen.example>`, strings.Repeat("مقعد ", 80), "\x00\xff", "", "a> <b@hub.example")
	f.Add("آنا@مثال.إختبار", "=?utf-8?q?A=0D=0ABcc:_eve@example.org?=", "From here\n--\n", "<>", "@")
	f.Add("ana@example.org,eve@example.org", "\u202e\x1b[2J", strings.Repeat("x", 2000), "a,b", "")
	f.Add(`"a\r\nb"@example.org`, " ", "", ">, <https://eve.example", "é@hub.example")
	f.Add("ana@[192.0.2.1]", "é", "=", "é", "x")
	f.Add("ana@example.org", "About a seat", "One idea.\n", "https"+strings.Repeat("C", 1000), "0123@hub.example")
	f.Add("0@0", strings.Repeat("v", 1000), "x", "0", "x")
	f.Add(`"\\\\ \\münchen" <anammünchen.exa@ple>`, "A seat", "x", "", "h.@uebxample")
	f.Add("ana@example.org", "=?ut@-8?q?A=0D=0ABcc:_eve@example.org?=", "x", "", "x")
	f.Add("<0@ü>", " `              `          `                   ??", "x", "0", "x")
	f.Add("<0@"+strings.Repeat("P", 1000)+">", "", "", "", "0")
	f.Fuzz(func(t *testing.T, to, subject, text, unsubscribe, id string) {
		sent := mail.Message{To: to, Subject: subject, Text: text, HTML: "<p>" + text + "</p>", Unsubscribe: unsubscribe, ID: id}
		out, err := compose(sent, "Hub <hub@hub.example>")
		if err != nil {
			return // refused; nothing goes out
		}
		var raw bytes.Buffer
		if _, err := out.WriteTo(&raw); err != nil {
			return
		}
		head, _, _ := bytes.Cut(raw.Bytes(), []byte("\r\n\r\n"))
		for line := range strings.SplitSeq(string(head), "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00") || len(line) > 998 {
				t.Fatalf("a line of the head: %q", line)
			}
		}
		m, err := netmail.ReadMessage(&raw)
		if err != nil {
			t.Fatalf("%v in %q", err, head)
		}
		want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
		if unsubscribe != "" {
			want = append(want, "List-Unsubscribe", "List-Unsubscribe-Post")
		}
		var names []string
		for name, values := range m.Header {
			names = append(names, name)
			if len(values) != 1 {
				t.Errorf("%s stands %d times", name, len(values))
			}
		}
		slices.Sort(names)
		slices.Sort(want)
		if !slices.Equal(names, want) {
			t.Fatalf("heads %q, want %q", names, want)
		}
		if all, err := m.Header.AddressList("To"); err != nil || len(all) != 1 || all[0].Address != one(t, to) {
			t.Errorf("to %q: %q, %v", to, m.Header.Get("To"), err)
		}
		if all, err := m.Header.AddressList("From"); err != nil || len(all) != 1 || all[0].Address != "hub@hub.example" {
			t.Errorf("from %q, %v", m.Header.Get("From"), err)
		}
		if got := m.Header.Get("Message-Id"); strings.Count(got, "<") != 1 || strings.Count(got, ">") != 1 {
			t.Errorf("called %q", got)
		}
		if got := m.Header.Get("List-Unsubscribe"); strings.Count(got, "<") > 1 {
			t.Errorf("unsubscribe %q", got)
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || utf8.ValidString(subject) && !strings.ContainsAny(subject, "=\r\n") && !slices.Equal(strings.Fields(got), strings.Fields(subject)) {
			t.Errorf("subject %q of %q, %v", got, subject, err)
		}
		parts(t, m)
	})
}

// one is the bare address of what was taken as one.
func one(t *testing.T, to string) string {
	t.Helper()
	a, err := netmail.ParseAddress(to)
	if err != nil {
		t.Fatalf("%q was taken: %v", to, err)
	}
	return a.Address
}

// parts reads the two forms of a mail.
func parts(t *testing.T, m *netmail.Message) {
	t.Helper()
	_, with, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(m.Body, with["boundary"])
	for _, kind := range []string{"text/plain; charset=UTF-8", "text/html; charset=UTF-8"} {
		p, err := r.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if got := textproto.MIMEHeader(p.Header).Get("Content-Type"); got != kind {
			t.Errorf("a part of the kind %q, want %q", got, kind)
		}
		if _, err := io.ReadAll(quotedprintable.NewReader(p)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := r.NextRawPart(); err != io.EOF {
		t.Errorf("after both forms: %v, want the end", err)
	}
}
