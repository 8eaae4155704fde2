package search_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
)

// answering answers with an id, after a time, or fails.
type answering struct {
	id    string
	after time.Duration
	err   error
	asked int
}

func (a *answering) answer(ctx context.Context) error {
	a.asked++
	select {
	case <-time.After(a.after):
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *answering) Search(ctx context.Context, _ search.Query) (search.Answer, error) {
	err := a.answer(ctx)
	return search.Answer{Hits: []search.Hit{{ID: a.id}}, Total: 1}, err
}

func (a *answering) Suggest(ctx context.Context, _ search.Question, _ []search.Shelf, _ int) ([]string, error) {
	err := a.answer(ctx)
	return []string{a.id}, err
}

// TestFailover: while the main index fails or dawdles, the other answers
// within two seconds; then the main one is asked again.
func TestFailover(t *testing.T) {
	for name, broken := range map[string]answering{
		"Fails": {err: errors.Join(errors.New("no"), hub.ErrUnavailable)}, "Dawdles": {after: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				main, spare, reports := broken, answering{id: "spare"}, 0
				main.id = "main"
				f := &search.Failover{Main: &main, Spare: &spare, Now: time.Now, Report: func(error) { reports++ }}
				began := time.Now()
				for range 3 {
					a, err := f.Search(t.Context(), search.Query{})
					if err != nil || a.Hits[0].ID != "spare" || !a.Spare {
						t.Fatalf("%+v, %v", a, err)
					}
					if ids, err := f.Suggest(t.Context(), search.Question{}, nil, 1); err != nil || ids[0] != "spare" {
						t.Fatalf("%v, %v", ids, err)
					}
				}
				if took := time.Since(began); took > 2*time.Second || main.asked != 1 || reports != 1 {
					t.Errorf("took %s, asked the main index %d times, reported %d times", took, main.asked, reports)
				}
				main.after, main.err = 0, nil
				<-time.After(time.Minute) // of the clock of the test: nobody waits
				if a, err := f.Search(t.Context(), search.Query{}); err != nil || a.Hits[0].ID != "main" || a.Spare {
					t.Errorf("afterwards: %+v, %v", a, err)
				}
			})
		})
	}
}

// TestFailoverKeepsErrors: a query beyond a limit is no outage, and neither is
// a reader who has gone.
func TestFailoverKeepsErrors(t *testing.T) {
	spare := answering{id: "spare"}
	main := answering{err: &hub.Invalid{Field: "page", Reason: hub.ReasonRange}}
	f := &search.Failover{Main: &main, Spare: &spare, Now: time.Now, Report: func(err error) { t.Errorf("reported %v", err) }}
	var invalid *hub.Invalid
	if _, err := f.Search(t.Context(), search.Query{}); !errors.As(err, &invalid) {
		t.Errorf("%v", err)
	}
	main = answering{after: time.Hour}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Search(ctx, search.Query{}); !errors.Is(err, context.Canceled) || spare.asked != 0 {
		t.Errorf("%v", err)
	}
}
