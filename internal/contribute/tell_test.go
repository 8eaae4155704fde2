package contribute_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
)

// box keeps the mails that are added, each cause once.
type box map[string]mail.Item

func (b box) Add(_ context.Context, i mail.Item) error {
	b[i.Cause] = i
	return nil
}

// TestTurns: each is told when it is their turn, once, without a word of what
// was written, and not when somebody was faster.
func TestTurns(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	mails := box{}
	now := time.Now().UTC()
	keepers := []contribute.Reader{{ID: "coordinator", Address: "keeper@gov.example", Lang: hub.French}}
	turns := &contribute.Turns{
		Records: s.Records, Mail: mails, Now: func() time.Time { return now },
		Person: func(_ context.Context, id string) (contribute.Reader, error) {
			return contribute.Reader{ID: id, Address: id + "@gov.example", Lang: hub.English}, nil
		},
		Coordinators: func(context.Context, hub.State) ([]contribute.Reader, error) { return keepers, nil },
	}
	told := func() string {
		t.Helper()
		clear(mails)
		for range 2 {
			if err := turns.Tell(ctx); err != nil {
				t.Fatal(err)
			}
		}
		var all []string
		for _, m := range mails {
			all = append(all, m.Args["step"]+" "+m.To)
			if strings.Contains(strings.Join([]string{m.Cause, m.Args["step"]}, " "), "Two") {
				t.Errorf("a mail says what was written: %+v", m)
			}
			if to, _, err := turns.Told(ctx, m); err != nil || to != m.To {
				t.Errorf("at sending: %s, %v", to, err)
			}
		}
		return strings.Join(all, ", ")
	}
	none := question.Mark(nil)
	r, err := s.Begin(ctx, author, hub.Practice, hub.English, "Two posts")
	if err != nil {
		t.Fatal(err)
	}
	r, _, err = s.Answer(ctx, author, r.ID, hub.English, []contribute.Given{
		{Question: "capacity", Answer: text("coordination"), Seen: none}, {Question: "stage", Answer: text("emerging"), Seen: none},
		{Question: "evidence", Answer: text("self-reported"), Seen: none}, {Question: "problem", Answer: text("x"), Seen: none}, {Question: "tried", Seen: none, Closed: true, Skipped: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(); got != "" {
		t.Errorf("of a draft: %s", got)
	}
	step := func(want string, do func() (*hub.Record, error)) {
		t.Helper()
		if r, err = do(); err != nil {
			t.Fatal(err)
		}
		if got := told(); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	step("clear keeper@gov.example", func() (*hub.Record, error) { return s.Records.Submit(ctx, author, r.ID, r.Rev) })
	var first mail.Item
	for _, m := range mails {
		first = m
	}
	step("returned author@gov.example", func() (*hub.Record, error) { return s.Records.Return(ctx, coordinator, r.ID, r.Rev, "Why?") })
	if _, _, err := turns.Told(ctx, first); !errors.Is(err, mail.ErrUnwanted) {
		t.Errorf("the turn is over, and its mail goes out: %v", err)
	}
	step("clear keeper@gov.example", func() (*hub.Record, error) { return s.Records.Submit(ctx, author, r.ID, r.Rev) })
	step("", func() (*hub.Record, error) { return s.Records.Clear(ctx, coordinator, r.ID, r.Rev) })
	step("published author@gov.example", func() (*hub.Record, error) { return s.Records.Publish(ctx, moderator, r.ID, r.Rev) })
	now = r.ReviewBy.Add(time.Hour)
	if got := told(); got != "stale keeper@gov.example" {
		t.Errorf("stale: %q", got)
	}
	now = r.ReviewBy.AddDate(0, record.ArchiveMonths, 1)
	s.Records.Now = func() time.Time { return now }
	if r, err = s.Records.AskOnce(ctx, moderator, r.ID, r.Rev); err != nil {
		t.Fatal(err)
	}
	if got := told(); !strings.Contains(got, "asked keeper@gov.example") {
		t.Errorf("asked once more: %q", got)
	}
	for _, m := range mails {
		keepers = nil
		if _, _, err := turns.Told(ctx, m); !errors.Is(err, mail.ErrUnwanted) {
			t.Errorf("who lost the seat is told: %v", err)
		}
	}
}
