package contribute_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/storetest"
)

func entry(code, raw string) contribute.Entry {
	a := question.Answer(raw)
	return contribute.Entry{Question: code, Answer: &a}
}

// fieldsOf are the fields that an error names.
func fieldsOf(err error) string {
	var all []string
	if err == nil {
		return ""
	}
	for line := range strings.Lines(err.Error()) {
		field, _, _ := strings.Cut(line, ":")
		all = append(all, field)
	}
	return strings.Join(all, " ")
}

// TestBeginWhole: a draft is made with all that is sent or not at all, and of
// fifty who send one attempt at once each gets the same draft.
func TestBeginWhole(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	yes := true
	whole := contribute.Text{Lang: hub.English, Title: " Two  posts ", Entries: []contribute.Entry{
		entry("stage", `"emerging"`), entry("problem", `"turnover\r\n"`), {Question: "capacity", Skipped: &yes}, entry("tried", `"secret"`),
	}}
	for name, c := range map[string]struct {
		who    hub.Viewer
		text   contribute.Text
		fields string
	}{
		"NoTitle":   {author, contribute.Text{Lang: hub.English}, "title"},
		"Language":  {author, contribute.Text{Lang: "tlh", Title: "x"}, "lang"},
		"Tier":      {author, contribute.Text{Lang: hub.English, Title: "x", Tier: hub.TierModeration}, "tier"},
		"Several":   {author, contribute.Text{Lang: hub.English, Title: "x", Entries: []contribute.Entry{entry("stage", `"y"`), entry("shoe-size", `"43"`), entry("problem", `7`)}}, "stage shoe-size problem"},
		"Anonymous": {hub.Public, whole, "not found"},
		"Admin":     {hub.Viewer{Person: "a", Role: hub.RoleAdmin}, whole, "not found"},
	} {
		t.Run(name, func(t *testing.T) {
			if r, err := s.BeginWhole(ctx, c.who, hub.Practice, c.text, "bad"); r != nil || fieldsOf(err) != c.fields {
				t.Errorf("%v, %v", r, err)
			}
		})
	}
	if mine, _ := s.Records.Mine(ctx, author); len(mine) != 0 {
		t.Fatalf("something was made all the same: %v", mine)
	}
	ids := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			r, err := s.BeginWhole(ctx, author, hub.Practice, whole, "k1")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			ids[r.ID]++
		})
	}
	wg.Wait()
	mine, _ := s.Records.Mine(ctx, author)
	if len(ids) != 1 || len(mine) != 1 {
		t.Fatalf("%d ids, %d drafts", len(ids), len(mine))
	}
	r := mine[0]
	set := s.SetOf(r)
	if r.In(hub.English).Title != "Two posts" || string(set.Question("problem").Get(r, hub.English)) != `"turnover"` || string(r.Closed[hub.English]["tried"]) != `"secret"` || len(r.Skipped) != 1 {
		t.Errorf("made %+v", r)
	}
	var invalid *hub.Invalid
	other := whole
	other.Title = "Three posts"
	if _, err := s.BeginWhole(ctx, author, hub.Practice, other, "k1"); !errors.As(err, &invalid) || invalid.Field != "key" {
		t.Errorf("the key for something else: %v", err)
	}
	if x, err := s.BeginWhole(ctx, foreigner, hub.Practice, whole, "k1"); err != nil || x.ID == r.ID {
		t.Errorf("somebody else's key: %v, %v", x, err)
	}
	if _, err := s.Records.PassOn(ctx, "author", "coordinator", "MDA"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BeginWhole(ctx, author, hub.Practice, whole, "k1"); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("what is another's now: %v", err)
	}
	if a, err := s.BeginWhole(ctx, author, hub.Practice, whole, ""); err != nil || a.ID == r.ID {
		t.Errorf("without a key: %v", err)
	}
}

// TestBeginOf: of fifty who make a draft of one thing at once each gets the
// same, also with other words, and after an answer that was lost.
func TestBeginOf(t *testing.T) {
	s := newService(t)
	begin := func(v hub.Viewer, title string) (*hub.Record, error) {
		return s.BeginOf(t.Context(), v, hub.Practice, contribute.Text{Lang: hub.English, Title: title, Entries: []contribute.Entry{entry("problem", `"turnover"`)}}, "a post")
	}
	db := s.Records.Store
	lost := &storetest.Faulty{Store: db.(store.Store)}
	lost.FailWrite(1, true, hub.ErrUnavailable)
	s.Records.Store = lost
	if _, err := begin(author, "Two posts"); !errors.Is(err, hub.ErrUnavailable) {
		t.Fatalf("with the answer lost: %v", err)
	}
	s.Records.Store = db
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			if r, err := begin(author, fmt.Sprintf("Words %d", n)); err != nil || r.In(hub.English).Title != "Two posts" {
				t.Errorf("begun again: %v, %v", r, err)
			}
		})
	}
	wg.Wait()
	if mine, err := s.Records.Mine(t.Context(), author); err != nil || len(mine) != 1 {
		t.Errorf("%d drafts, %v", len(mine), err)
	}
	if r, err := begin(foreigner, "Three posts"); err != nil || r.In(hub.English).Title != "Three posts" {
		t.Errorf("of another: %v, %v", r, err)
	}
	if _, err := begin(hub.Public, "Three posts"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("of who may not: %v", err)
	}
}

// TestPut: a revision is written into once, whole or not at all; what is
// published is changed through one draft of each person.
func TestPut(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	r, err := s.BeginWhole(ctx, author, hub.Practice, contribute.Text{Lang: hub.English, Title: "Two posts", Entries: []contribute.Entry{
		entry("capacity", `"coordination"`), entry("stage", `"emerging"`), entry("evidence", `"self-reported"`), entry("problem", `"turnover"`), entry("tried", `"secret"`),
	}}, "")
	if err != nil {
		t.Fatal(err)
	}
	text := contribute.Text{Lang: hub.English, Entries: []contribute.Entry{entry("problem", `"other"`)}}
	if _, err := s.Put(ctx, author, r.ID, r.Rev+1, text); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("a revision to come: %v", err)
	}
	if _, err := s.Put(ctx, foreigner, r.ID, r.Rev, text); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	done := make(chan error, 10)
	for range 10 {
		go func() {
			_, err := s.Put(ctx, author, r.ID, r.Rev, text)
			done <- err
		}()
	}
	wrote := 0
	for range 10 {
		if err := <-done; err == nil {
			wrote++
		} else if !errors.Is(err, hub.ErrConflict) {
			t.Error(err)
		}
	}
	if wrote != 1 {
		t.Errorf("%d of 10 wrote into one revision", wrote)
	}
	if r, err = s.Records.Load(ctx, author, r.ID); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() (*hub.Record, error){
		func() (*hub.Record, error) { return s.Records.Submit(ctx, author, r.ID, r.Rev) },
		func() (*hub.Record, error) { return s.Records.Clear(ctx, coordinator, r.ID, r.Rev) },
		func() (*hub.Record, error) { return s.Records.Publish(ctx, moderator, r.ID, r.Rev) },
	} {
		if r, err = step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Put(ctx, coordinator, r.ID, r.Rev, text); fieldsOf(err) != "status" {
		t.Errorf("a published record was written into where it stands: %v", err)
	}
	if _, err := s.PutPublished(ctx, foreigner, r.ID, r.Rev, text); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("a stranger's draft of it: %v", err)
	}
	if _, err := s.PutPublished(ctx, author, r.ID, r.Rev+1, text); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("a draft of another revision: %v", err)
	}
	if _, err := s.PutPublished(ctx, author, r.ID, r.Rev, contribute.Text{Lang: hub.English, Entries: []contribute.Entry{entry("stage", `"y"`)}}); fieldsOf(err) != "stage" {
		t.Errorf("a draft with something wrong: %v", err)
	}
	draft, err := s.PutPublished(ctx, author, r.ID, r.Rev, text)
	if err != nil || draft.Of != r.ID || string(draft.Closed[hub.English]["tried"]) != `"secret"` {
		t.Fatalf("%+v, %v", draft, err)
	}
	var drafted *contribute.Drafted
	if _, err := s.PutPublished(ctx, author, r.ID, r.Rev, text); !errors.As(err, &drafted) || drafted.Draft.ID != draft.ID {
		t.Errorf("a second draft: %v", err)
	}
	if now, _ := s.Records.Load(ctx, author, r.ID); now.Rev != r.Rev {
		t.Error("the published record was written")
	}
}

// TestReturnNames: remarks are about questions that there are.
func TestReturnNames(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	r, err := s.BeginWhole(ctx, author, hub.Practice, contribute.Text{Lang: hub.English, Title: "Two posts"}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Return(ctx, moderator, r.ID, r.Rev, strings.Repeat("x", question.MostRunes+1), []hub.Remark{{Question: "shoe-size", Text: "a"}, {Question: "stage", Text: "  "}})
	if fieldsOf(err) != "note remarks.shoe-size" {
		t.Errorf("%v", err)
	}
	if _, err := s.Return(ctx, foreigner, r.ID, r.Rev, "x", nil); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
}

// TestOpened: an answer that was opened is everybody's, one that was closed is
// for members alone, whatever their questions are by themselves.
func TestOpened(t *testing.T) {
	ctx := context.Background()
	s := newService(t)
	yes, no := true, false
	tried, problem := entry("tried", `"we tried"`), entry("problem", `"turnover"`)
	tried.Closed, problem.Closed = &no, &yes
	r, err := s.BeginWhole(ctx, author, hub.Practice, contribute.Text{Lang: hub.English, Title: "Two posts", Entries: []contribute.Entry{
		entry("capacity", `"coordination"`), entry("stage", `"emerging"`), entry("evidence", `"self-reported"`), problem, tried,
	}}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() (*hub.Record, error){
		func() (*hub.Record, error) { return s.Records.Submit(ctx, coordinator, r.ID, r.Rev) },
		func() (*hub.Record, error) { return s.Records.Publish(ctx, moderator, r.ID, r.Rev) },
	} {
		if r, err = step(); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		who    hub.Viewer
		closed string
	}{"Public": {hub.Public, ""}, "Member": {foreigner, `"turnover"`}} {
		t.Run(name, func(t *testing.T) {
			got, err := s.Records.Find(ctx, c.who, hub.Practice, r.Slug)
			if err != nil {
				t.Fatal(err)
			}
			set := s.SetOf(got)
			if a := set.Question("tried").Get(got, hub.English); string(a) != `"we tried"` {
				t.Errorf("what was opened is %s", a)
			}
			if a := set.Question("problem").Get(got, hub.English); string(a) != c.closed {
				t.Errorf("what was closed is %s", a)
			}
		})
	}
}
