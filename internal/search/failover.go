package search

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"nmirfhub/internal/hub"
)

// Failover asks an index, and another one while the first does not answer. Its
// fields are set once. Safe for concurrent use.
type Failover struct {
	Main, Spare Searcher
	Report      func(error) // told when the main index stops answering
	Now         func() time.Time

	until atomic.Int64 // the main index is left alone; Unix nanoseconds
}

// Times of a Failover: a reader waits for the main index so long, and it is
// asked again after so long.
const (
	mainWait = 1500 * time.Millisecond
	mainRest = 10 * time.Second
)

// Search is Searcher's. Answer.Spare tells which index answered.
func (f *Failover) Search(ctx context.Context, q Query) (Answer, error) {
	var a Answer
	err := f.main(ctx, func(ctx context.Context) (err error) {
		a, err = f.Main.Search(ctx, q)
		return err
	})
	if !errors.Is(err, hub.ErrUnavailable) {
		return a, err
	}
	a, err = f.Spare.Search(ctx, q)
	a.Spare = err == nil
	return a, err
}

// Suggest is Searcher's.
func (f *Failover) Suggest(ctx context.Context, q Question, shelves []Shelf, n int) ([]string, error) {
	var ids []string
	err := f.main(ctx, func(ctx context.Context) (err error) {
		ids, err = f.Main.Suggest(ctx, q, shelves, n)
		return err
	})
	if !errors.Is(err, hub.ErrUnavailable) {
		return ids, err
	}
	return f.Spare.Suggest(ctx, q, shelves, n)
}

// main asks the main index unless it is left alone. hub.ErrUnavailable when
// the spare one is to be asked.
func (f *Failover) main(ctx context.Context, ask func(context.Context) error) error {
	if f.Now().UnixNano() < f.until.Load() {
		return hub.ErrUnavailable
	}
	in, cancel := context.WithTimeout(ctx, mainWait)
	defer cancel()
	err := ask(in)
	if errors.Is(err, hub.ErrUnavailable) || err != nil && in.Err() != nil && ctx.Err() == nil {
		f.until.Store(f.Now().Add(mainRest).UnixNano())
		f.Report(err)
		return hub.ErrUnavailable
	}
	return err
}
