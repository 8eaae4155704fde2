package mail_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
)

// post takes mails, or refuses them.
type post struct {
	mu   sync.Mutex
	sent []mail.Message
	fail error
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail == nil {
		p.sent = append(p.sent, m)
	}
	return p.fail
}

// clock is a time that the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type box struct {
	*mail.Outbox
	post    *post
	clock   *clock
	reports []string
}

func kept(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), mail.Collections())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newBox(t *testing.T, s store.Store) *box {
	t.Helper()
	b := &box{post: &post{}, clock: &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}}
	b.Outbox = &mail.Outbox{
		Store: s, Sender: b.post, Host: "hub.example", Now: b.clock.now, Report: func(err error) { b.reports = append(b.reports, err.Error()) },
		Compose: func(_ context.Context, i mail.Item) (mail.Letter, error) {
			if i.Args["unwanted"] != "" {
				return mail.Letter{}, mail.ErrUnwanted
			}
			return mail.Letter{Lang: i.Lang, Subject: "About " + i.Args["what"], Greeting: "Dear Ana,", Paragraphs: []string{"One <idea>."}, Action: "Go on", Link: "https://hub.example/x?a=1&b=2", Closing: "The hub"}, nil
		},
	}
	return b
}

func (b *box) run(t *testing.T, want int) {
	t.Helper()
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(b.post.sent); got != want {
		t.Fatalf("%d mails went out, want %d; reports %q", got, want, b.reports)
	}
}

func item(cause string) mail.Item {
	return mail.Item{Cause: cause, Kind: "test", To: "ana@example.org", Lang: hub.English, Args: map[string]string{"what": "a seat"}}
}

func TestOncePerCause(t *testing.T) {
	b := newBox(t, kept(t))
	for range 3 {
		if err := b.Add(t.Context(), item("invitation 1")); err != nil {
			t.Fatal(err)
		}
	}
	b.run(t, 1)
	if err := b.Add(t.Context(), item("invitation 1")); err != nil {
		t.Fatal(err)
	}
	b.run(t, 1)
	if err := b.Add(t.Context(), item("invitation 2")); err != nil {
		t.Fatal(err)
	}
	b.run(t, 2)
	m := b.post.sent[0]
	if m.To != "ana@example.org" || m.Subject != "About a seat" || !strings.HasSuffix(m.ID, "@hub.example") || m.ID == b.post.sent[1].ID {
		t.Errorf("%+v", m)
	}
	if !strings.Contains(m.HTML, "One &lt;idea&gt;.") || !strings.Contains(m.Text, "One <idea>.") || !strings.Contains(m.Text, "https://hub.example/x?a=1&b=2") {
		t.Errorf("%s\n%s", m.HTML, m.Text)
	}
}

// TestServerAway: a mail is tried with growing pauses, and given up after
// three days; the same mail keeps its name.
func TestServerAway(t *testing.T) {
	b := newBox(t, kept(t))
	b.post.fail = errors.New("connection refused")
	if err := b.Add(t.Context(), item("reset 1")); err != nil {
		t.Fatal(err)
	}
	b.run(t, 0)
	b.run(t, 0) // not due yet
	b.clock.pass(20 * time.Minute)
	b.run(t, 0)
	if len(b.reports) != 1 || !strings.Contains(b.reports[0], "wait") {
		t.Errorf("reports %q", b.reports)
	}
	b.post.fail = nil
	b.clock.pass(10 * time.Minute)
	b.run(t, 1)

	b.post.fail = errors.New("connection refused")
	if err := b.Add(t.Context(), item("reset 2")); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		b.run(t, 1)
		b.clock.pass(6 * time.Hour)
	}
	b.post.fail = nil
	b.run(t, 1)
	if last := b.reports[len(b.reports)-1]; !strings.Contains(last, "given up") || strings.Contains(last, "ana@") {
		t.Errorf("%q", last)
	}
}

func TestRefusedAndUnwanted(t *testing.T) {
	b := newBox(t, kept(t))
	b.post.fail = &mail.Refused{Err: errors.New("no such box")}
	if err := b.Add(t.Context(), item("a")); err != nil {
		t.Fatal(err)
	}
	b.run(t, 0)
	b.post.fail = nil
	b.clock.pass(24 * time.Hour)
	b.run(t, 0)
	i := item("b")
	i.Args["unwanted"] = "yes"
	if err := b.Add(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	b.run(t, 0)
	if len(b.reports) != 1 {
		t.Errorf("reports %q", b.reports)
	}
	// After ninety days a cause is forgotten.
	b.clock.pass(91 * 24 * time.Hour)
	b.run(t, 0)
	if err := b.Add(t.Context(), item("a")); err != nil {
		t.Fatal(err)
	}
	b.run(t, 1)
}

// TestTwoInstances: of several that look at once, one sends each mail.
func TestTwoInstances(t *testing.T) {
	s := kept(t)
	one := newBox(t, s)
	for n := range 40 {
		if err := one.Add(t.Context(), item(fmt.Sprint("cause ", n))); err != nil {
			t.Fatal(err)
		}
	}
	other := newBox(t, s)
	other.post = one.post
	other.Sender = one.post
	var wg sync.WaitGroup
	for _, b := range []*box{one, other} {
		for range 2 {
			wg.Go(func() {
				if err := b.Send(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if got := len(one.post.sent); got != 40 {
		t.Errorf("%d mails went out, want 40", got)
	}
}

// TestRightToLeft: a letter in Arabic says so.
func TestRightToLeft(t *testing.T) {
	b := newBox(t, kept(t))
	i := item("c")
	i.Lang = hub.Arabic
	if err := b.Add(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	b.run(t, 1)
	if !strings.Contains(b.post.sent[0].HTML, `<html lang="ar" dir="rtl">`) {
		t.Errorf("%.200s", b.post.sent[0].HTML)
	}
}

// TestAfter: a mail that is not to be sent yet waits, and is given its three
// days from then on.
func TestAfter(t *testing.T) {
	b := newBox(t, kept(t))
	i := item("news")
	i.After = b.clock.now().Add(10 * time.Hour)
	if err := b.Add(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	b.clock.pass(10*time.Hour - time.Second)
	b.run(t, 0)
	b.clock.pass(time.Second)
	b.run(t, 1)
	i = item("late")
	i.After = b.clock.now().Add(-time.Hour)
	if err := b.Add(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	b.run(t, 2)
}
