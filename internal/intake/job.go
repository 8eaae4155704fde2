package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// An instance that works on an import says so in it, for lease; it says it
// again, with how far it is, each tellEvery.
const (
	lease     = 10 * time.Second
	tellEvery = 500 * time.Millisecond
	lookEvery = 2 * time.Second
	sweepFor  = time.Hour
)

// Wake has Run look at once.
func (s *Service) Wake() {
	s.once.Do(func() { s.wake = make(chan struct{}, 1) })
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run brings in and takes back until ctx ends. What it does is written in the
// imports: after a crash it, or another instance, goes on where it was.
func (s *Service) Run(ctx context.Context, report func(error)) {
	s.Wake()
	me := s.NewID()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	swept := time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
		err := s.Work(ctx, me)
		if now := s.Now(); now.Sub(swept) > sweepFor {
			swept = now
			err = errors.Join(err, s.Sweep(ctx))
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

// Work does what waits to be done, in the name of me.
func (s *Service) Work(ctx context.Context, me string) error {
	for _, state := range []State{Applying, Undoing} {
		open, err := s.in(ctx, state)
		if err != nil {
			return err
		}
		for _, i := range open {
			if err := s.work(ctx, me, i); err != nil {
				return fmt.Errorf("import %s: %w", i.ID, err)
			}
		}
	}
	return nil
}

// in are the imports in a state, the oldest first.
func (s *Service) in(ctx context.Context, state State) ([]*Import, error) {
	var all []*Import
	q := store.Query{Index: "state", Equal: [][]store.Value{{string(state)}}, Limit: store.MaxLimit}
	for {
		page, err := s.Store.List(ctx, collection, q)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			var i Import
			if err := json.Unmarshal(d.Body, &i); err != nil {
				return nil, fmt.Errorf("decode import %s: %w", d.ID, err)
			}
			i.Rev = d.Rev
			all = append(all, &i)
		}
		if q.After = page.Next; q.After == "" {
			return all, nil
		}
	}
}

// errTaken says that somebody else works on it.
var errTaken = errors.New("another works on it")

// work takes an import on, and does it.
func (s *Service) work(ctx context.Context, me string, i *Import) error {
	if i.Claim != me && s.Now().Before(i.Until) {
		return nil
	}
	if err := s.claim(ctx, i, me); err != nil {
		return ignoring(err, errTaken)
	}
	v, err := s.Viewer(ctx, i.Owner)
	if errors.Is(err, hub.ErrNotFound) { // who brought it is gone: nothing more comes in
		return s.end(ctx, i)
	}
	if err != nil {
		return err
	}
	if i.State == Undoing {
		err = s.takeBack(ctx, v, i, me)
	} else {
		err = s.bringIn(ctx, v, i, me)
	}
	return ignoring(err, errTaken)
}

func ignoring(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

// claim says who works on an import, and how far it is.
func (s *Service) claim(ctx context.Context, i *Import, me string) error {
	i.Claim, i.Until = me, s.Now().Add(lease)
	err := s.Store.Update(ctx, collection, i.doc())
	if errors.Is(err, hub.ErrConflict) || errors.Is(err, hub.ErrNotFound) {
		return errTaken
	}
	i.Rev++
	return err
}

// end says that an import is done.
func (s *Service) end(ctx context.Context, i *Import) error {
	i.State = map[State]State{Applying: Applied, Undoing: Undone}[i.State]
	i.Claim, i.Until = "", time.Time{}
	err := s.Store.Update(ctx, collection, i.doc())
	i.Rev++
	return err
}

// bringIn brings in what is planned, from where it was. What came in before a
// crash without being counted comes in again as what it is.
func (s *Service) bringIn(ctx context.Context, v hub.Viewer, i *Import, me string) error {
	l, err := s.library(ctx, i)
	if err != nil {
		return err
	}
	return s.each(ctx, i, me, func(n int) error {
		if n >= len(l.Entries) {
			return nil
		}
		e := l.Entries[n]
		done, err := true, error(nil)
		if f := i.fill(n); f != nil {
			done, err = s.fillIn(ctx, v, f)
		} else {
			r := s.recordOf(e, i.Lang)
			r.ID = recordID(i.ID, n)
			_, err = s.Records.Bring(ctx, v, r, i.As)
		}
		var invalid *hub.Invalid
		if err == nil && !done || errors.As(err, &invalid) || errors.Is(err, hub.ErrForbidden) || errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrConflict) {
			i.Wrong = append(i.Wrong, Kept{Line: e.Line, Title: short(e.Title, 200)})
			return nil
		}
		return err
	})
}

// takeBack takes back what came in.
func (s *Service) takeBack(ctx context.Context, v hub.Viewer, i *Import, me string) error {
	return s.each(ctx, i, me, func(n int) error {
		var kept *hub.Record
		var err error
		if f := i.fill(n); f != nil {
			kept, err = s.fillBack(ctx, v, f)
		} else {
			kept, err = s.Records.TakeBack(ctx, v, recordID(i.ID, n))
		}
		if errors.Is(err, hub.ErrForbidden) {
			err = nil
		}
		if kept != nil {
			i.Kept = append(i.Kept, Kept{Record: kept.ID, Title: kept.In(kept.Original).Title})
		}
		return err
	})
}

// each does one after the other of the plan, and says on the way how far it is.
func (s *Service) each(ctx context.Context, i *Import, me string, do func(n int) error) error {
	told := s.Now()
	for ; i.Done < len(i.Plan); i.Done++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if now := s.Now(); now.Sub(told) >= tellEvery {
			if err := s.claim(ctx, i, me); err != nil {
				return err
			}
			told = now
		}
		if err := do(i.Plan[i.Done]); err != nil {
			return err
		}
	}
	return s.end(ctx, i)
}

// Sweep removes what was only shown, and the files of what is long done.
func (s *Service) Sweep(ctx context.Context) error {
	for _, state := range []State{Shown, Undone} {
		all, err := s.in(ctx, state)
		if err != nil {
			return err
		}
		for _, i := range all {
			if s.Now().Sub(i.Created) <= keepFor {
				continue
			}
			if err := ignoring(s.drop(ctx, i), hub.ErrConflict); err != nil {
				return err
			}
		}
	}
	return nil
}
