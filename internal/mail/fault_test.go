package mail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/storetest"
)

const mails = "mails"

// unread puts a document into the outbox that no program can read.
func unread(t *testing.T, b *box, id string) {
	t.Helper()
	err := b.Store.Insert(t.Context(), mails, store.Doc{ID: id, Keys: map[string]store.Value{"due": b.Now().Unix()}, Body: []byte("{")})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAddFails: a mail that could not be added, or whose adding was not
// acknowledged, is sent once when its cause tries again.
func TestAddFails(t *testing.T) {
	for _, done := range []bool{false, true} {
		f := &storetest.Faulty{Store: kept(t)}
		b := newBox(t, f)
		f.FailWrite(1, done, hub.ErrUnavailable)
		if err := b.Add(t.Context(), item("a")); !errors.Is(err, hub.ErrUnavailable) {
			t.Errorf("done %v: %v, want not available", done, err)
		}
		for range 2 {
			if err := b.Add(t.Context(), item("a")); err != nil {
				t.Fatal(err)
			}
		}
		b.run(t, 1)
	}
}

// TestSendFails: a mail is not sent without the lease; one that was sent and
// could not be marked goes out once more, under the same name, so that the
// second copy is known as one. Nothing is lost.
func TestSendFails(t *testing.T) {
	for _, c := range []struct {
		nth  int // write that fails: 1 the lease, 2 the mark
		done bool
		sent [2]int // mails that are out after the failure, and in the end
	}{{1, false, [2]int{0, 1}}, {1, true, [2]int{0, 1}}, {2, false, [2]int{1, 2}}, {2, true, [2]int{1, 1}}} {
		t.Run(fmt.Sprint(c.nth, c.done), func(t *testing.T) {
			f := &storetest.Faulty{Store: kept(t)}
			b := newBox(t, f)
			if err := b.Add(t.Context(), item("a")); err != nil {
				t.Fatal(err)
			}
			f.FailWrite(c.nth, c.done, hub.ErrUnavailable)
			if err := b.Send(t.Context()); !errors.Is(err, hub.ErrUnavailable) {
				t.Errorf("%v, want not available", err)
			}
			if got := len(b.post.sent); got != c.sent[0] {
				t.Errorf("%d mails are out after the failure, want %d", got, c.sent[0])
			}
			for range 3 {
				b.clock.pass(6 * time.Minute)
				b.run(t, c.sent[1])
			}
			for _, m := range b.post.sent {
				if m.ID != b.post.sent[0].ID {
					t.Errorf("the second copy is called %s, the first %s", m.ID, b.post.sent[0].ID)
				}
			}
		})
	}
}

// leaving is a sender after whose first mail the program ends.
type leaving struct {
	*post
	end func()
}

func (l *leaving) Send(ctx context.Context, m mail.Message) error {
	err := l.post.Send(ctx, m)
	l.end()
	return err
}

// TestEndWhileSending: a mail that went out as the program ended is not sent
// again when it begins.
func TestEndWhileSending(t *testing.T) {
	b := newBox(t, kept(t))
	for _, cause := range []string{"a", "b"} {
		if err := b.Add(t.Context(), item(cause)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	b.Sender = &leaving{b.post, end}
	b.Run(ctx)
	if len(b.post.sent) != 1 || len(b.reports) != 0 {
		t.Fatalf("%d mails went out, reports %q", len(b.post.sent), b.reports)
	}
	b.Sender = b.post
	b.clock.pass(10 * time.Minute)
	b.run(t, 2)
	if b.post.sent[0].ID == b.post.sent[1].ID {
		t.Error("the mail went out twice")
	}
}

// TestEndBeforeSending: a mail that was not handed on as the program ended is
// neither lost nor counted as given up.
func TestEndBeforeSending(t *testing.T) {
	b := newBox(t, kept(t))
	if err := b.Add(t.Context(), item("a")); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	b.post.fail = context.Canceled
	b.Sender = &leaving{b.post, end}
	if err := b.Send(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
	b.post.fail = nil
	b.Sender = b.post
	b.clock.pass(10 * time.Minute)
	b.run(t, 1)
}

// TestRunReports: what fails is told, and the next round sends.
func TestRunReports(t *testing.T) {
	f := &storetest.Faulty{Store: kept(t)}
	b := newBox(t, f)
	f.Break("list", mails, hub.ErrUnavailable)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var told []error
	b.Report = func(err error) {
		told = append(told, err)
		f.When(nil)
		if err := b.Add(ctx, item("a")); err != nil { // wakes the outbox
			t.Error(err)
		}
	}
	b.Sender = &leaving{b.post, end}
	b.Run(ctx)
	if len(told) != 1 || !errors.Is(told[0], hub.ErrUnavailable) || len(b.post.sent) != 1 {
		t.Errorf("told %v, %d mails", told, len(b.post.sent))
	}
}

// TestUnreadable: a mail that cannot be read is told of and taken out, and
// keeps no other back; whoever else takes it out at once is no fault.
func TestUnreadable(t *testing.T) {
	for _, lost := range []error{nil, hub.ErrConflict, hub.ErrNotFound} {
		f := &storetest.Faulty{Store: kept(t)}
		b := newBox(t, f)
		unread(t, b, "0") // comes first
		if err := b.Add(t.Context(), item("a")); err != nil {
			t.Fatal(err)
		}
		f.Break("delete", mails, lost)
		b.run(t, 1)
		if len(b.reports) != 1 || !strings.Contains(b.reports[0], "cannot be read") {
			t.Errorf("%v: reports %q", lost, b.reports)
		}
		f.When(nil)
		if _, err := b.Store.Get(t.Context(), mails, "0"); (lost == nil) != errors.Is(err, hub.ErrNotFound) {
			t.Errorf("%v: %v", lost, err)
		}
	}
	f := &storetest.Faulty{Store: kept(t)}
	b := newBox(t, f)
	unread(t, b, "0")
	f.Break("delete", mails, hub.ErrUnavailable)
	if err := b.Send(t.Context()); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("%v, want not available", err)
	}
}

// TestForgetting: old causes are forgotten when the store takes it, and what
// another instance has forgotten is no error.
func TestForgetting(t *testing.T) {
	f := &storetest.Faulty{Store: kept(t)}
	b := newBox(t, f)
	if err := b.Add(t.Context(), item("a")); err != nil {
		t.Fatal(err)
	}
	b.run(t, 1)
	b.clock.pass(91 * 24 * time.Hour)
	for _, lost := range []error{hub.ErrConflict, hub.ErrNotFound} {
		f.Break("delete", mails, lost)
		b.run(t, 1)
	}
	f.Break("delete", mails, hub.ErrUnavailable)
	if err := b.Send(t.Context()); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("%v, want not available", err)
	}
	asked := 0
	f.When(func(c storetest.Call) error {
		if c.Name == "list" {
			asked++
		}
		if asked == 2 { // the list of old causes
			return hub.ErrUnavailable
		}
		return nil
	})
	if err := b.Send(t.Context()); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("%v, want not available", err)
	}
	f.When(nil)
	b.run(t, 1)
	if err := b.Add(t.Context(), item("a")); err != nil {
		t.Fatal(err)
	}
	b.run(t, 2)
}

// TestTakenMeanwhile: a mail that another instance has taken between the list
// and the lease is the other's.
func TestTakenMeanwhile(t *testing.T) {
	s := kept(t)
	f := &storetest.Faulty{Store: s}
	b, other := newBox(t, f), newBox(t, s)
	if err := b.Add(t.Context(), item("a")); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	f.When(func(c storetest.Call) error {
		if c.Name == "update" {
			once.Do(func() { other.run(t, 1) })
		}
		return nil
	})
	b.run(t, 0)
	b.clock.pass(time.Hour)
	b.run(t, 0)
}

// together fails mails when so many are being sent at once.
type together struct{ wait sync.WaitGroup }

func (g *together) Send(context.Context, mail.Message) error {
	g.wait.Done()
	g.wait.Wait()
	return errors.New("connection refused")
}

// TestLateTogether: several who send at once from one outbox tell once that
// mails wait.
func TestLateTogether(t *testing.T) {
	const many = 4
	b := newBox(t, kept(t))
	var mu sync.Mutex
	told := 0
	b.Report = func(error) { mu.Lock(); told++; mu.Unlock() }
	g := &together{}
	g.wait.Add(many)
	b.Sender = g
	for n := range many {
		if err := b.Add(t.Context(), item(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.pass(20 * time.Minute)
	var wg sync.WaitGroup
	for range many {
		wg.Go(func() {
			if err := b.Send(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// TestOtherAddress: a letter goes to the address that the hub has, not to the
// one that was typed.
func TestOtherAddress(t *testing.T) {
	b := newBox(t, kept(t))
	compose := b.Compose
	b.Compose = func(ctx context.Context, i mail.Item) (mail.Letter, error) {
		l, err := compose(ctx, i)
		l.To, l.Unsubscribe = "ana@ministry.example", "https://hub.example/off/1"
		return l, err
	}
	if err := b.Add(t.Context(), item("a")); err != nil {
		t.Fatal(err)
	}
	b.run(t, 1)
	if m := b.post.sent[0]; m.To != "ana@ministry.example" || !strings.HasSuffix(m.Text, "\n\nhttps://hub.example/off/1\n") || m.Unsubscribe != "https://hub.example/off/1" {
		t.Errorf("%+v", m)
	}
}

// TestRefusedSays: why a mail is refused can be told from the error.
func TestRefusedSays(t *testing.T) {
	cause := errors.New("no such box")
	err := error(&mail.Refused{Err: cause})
	if !errors.Is(err, cause) || err.Error() != "the mail is refused: no such box" {
		t.Errorf("%v", err)
	}
}
