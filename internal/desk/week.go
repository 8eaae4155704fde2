package desk

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
)

// Weeks is how many weeks the figures go back, the present one included.
const Weeks = 26

const week = 7 * 24 * time.Hour

// Week is what a week brought: numbers that name no State and no person. It is
// counted from the steps of the records, which an index finds by week; once the
// week is over it is counted for the last time and kept.
type Week struct {
	Name       string           `json:"name"`    // "2026-W48"
	Counted    time.Time        `json:"counted"` // when
	Over       bool             `json:"over,omitempty"`
	Kinds      map[hub.Kind]Sum `json:"kinds,omitempty"` // those with anything
	Median     int64            `json:"median"`          // seconds until a decision, over all kinds; -1: none was made
	Measured   bool             `json:"measured,omitempty"`
	Unanswered int              `json:"unanswered,omitempty"` // questions at the end of the week, where it was measured
	Monday     time.Time        `json:"-"`
}

// Sum is what a week brought of a kind.
type Sum struct {
	New       int   `json:"new,omitempty"`       // begun
	Returned  int   `json:"returned,omitempty"`  // by moderators or mechanisms
	Published int   `json:"published,omitempty"` // by moderators
	Withdrawn int   `json:"withdrawn,omitempty"` // or archived
	Stale     int   `json:"stale,omitempty"`     // to be looked at again, at the end of the week, where it was measured
	Median    int64 `json:"median"`              // seconds between submission and decision of moderators; -1: none was made
}

// Total is the sum over all kinds.
func (w Week) Total() Sum {
	t := Sum{Median: w.Median}
	for _, s := range w.Kinds {
		t.New, t.Returned, t.Published, t.Withdrawn, t.Stale = t.New+s.New, t.Returned+s.Returned, t.Published+s.Published, t.Withdrawn+s.Withdrawn, t.Stale+s.Stale
	}
	return t
}

// monday is the first moment of the week of a time, in UTC.
func monday(t time.Time) time.Time {
	day := t.UTC().Truncate(24 * time.Hour)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// Counts says whether the viewer reads the figures.
func (s *Service) Counts(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActRead, access.Object{Kind: access.Figures}, s.Now()) == nil
}

// Exact says whether the viewer reads small numbers too. Others read those
// under Group as one: a single record of a kind might tell of one State.
func (s *Service) Exact(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActList, access.Object{Kind: access.Unpublished}, s.Now()) == nil
}

// Group is the smallest number that everybody reads who reads figures.
const Group = 10

// Figures are the last Weeks weeks, the latest first. hub.ErrNotFound for who
// may not read them.
func (s *Service) Figures(ctx context.Context, v hub.Viewer) ([]Week, error) {
	if !s.Counts(v) {
		return nil, hub.ErrNotFound
	}
	first := monday(s.Now())
	all := make([]Week, Weeks)
	for n := range all {
		day := first.AddDate(0, 0, -7*n)
		w, err := s.week(ctx, record.Week(day))
		if err != nil {
			return nil, err
		}
		w.Monday = day
		all[n] = w
	}
	return all, nil
}

// ThisWeek is what the present week brought so far, for who has a desk.
func (s *Service) ThisWeek(ctx context.Context, v hub.Viewer) (Week, error) {
	if err := s.enter(v); err != nil {
		return Week{}, err
	}
	return s.week(ctx, record.Week(s.Now()))
}

// countEvery is how old the figures of the present week may be.
const countEvery = time.Minute

// week is what a week brought, counted again while it is not over.
func (s *Service) week(ctx context.Context, name string) (Week, error) {
	was, rev, err := store.Load[Week](ctx, s.Store, weeks, name)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return was, err
	}
	if err == nil && (was.Over || s.Now().Sub(was.Counted) < countEvery) {
		return was, nil
	}
	return s.recount(ctx, name, was, rev)
}

// recount counts a week whatever was counted of it, and keeps that.
func (s *Service) recount(ctx context.Context, name string, was Week, rev int64) (Week, error) {
	w, err := s.count(ctx, name, was)
	if err != nil {
		return w, err
	}
	body, err := json.Marshal(w)
	if err != nil {
		return w, err
	}
	d := store.Doc{ID: name, Rev: rev, Body: body}
	if rev == 0 {
		err = s.Store.Insert(ctx, weeks, d)
	} else {
		err = s.Store.Update(ctx, weeks, d)
	}
	if lost(err) { // another instance has counted the same
		err = nil
	}
	return w, err
}

// count counts a week. What is measured of the moment, and not of the steps,
// stays as it was when the week is over.
func (s *Service) count(ctx context.Context, name string, was Week) (Week, error) {
	now := s.Now()
	w := Week{Name: name, Counted: now, Over: name < record.Week(now), Kinds: map[hub.Kind]Sum{}}
	waits := map[hub.Kind][]time.Duration{}
	err := s.Records.InWeek(ctx, name, func(k hub.Kind, steps []hub.Step) error {
		sum := w.Kinds[k]
		for n, x := range steps {
			if record.Week(x.At) != name {
				continue
			}
			switch x.Act {
			case hub.ActCreated:
				sum.New++
			case hub.ActReturned:
				sum.Returned++
			case hub.ActPublished:
				sum.Published++
			case hub.ActWithdrawn, hub.ActArchived:
				sum.Withdrawn++
			}
			if decides(x.Act) && n > 0 && steps[n-1].Status == hub.StatusSubmitted {
				waits[k] = append(waits[k], x.At.Sub(steps[n-1].At))
			}
		}
		w.Kinds[k] = sum
		return nil
	})
	if err != nil {
		return w, err
	}
	if err := s.measure(ctx, &w, was); err != nil {
		return w, err
	}
	for k, sum := range w.Kinds {
		sum.Median = median(waits[k])
		w.Kinds[k] = sum
	}
	w.Median = median(slices.Concat(slices.Collect(maps.Values(waits))...))
	return w, nil
}

func decides(a hub.Act) bool { return a == hub.ActReturned || a == hub.ActPublished }

// measure notes what is stale and unanswered at this moment, of the present
// week.
func (s *Service) measure(ctx context.Context, w *Week, was Week) (err error) {
	stale := map[hub.Kind]int{}
	switch {
	case !w.Over:
		w.Measured = true
		if w.Unanswered, err = s.Talk.Unanswered(ctx); err != nil {
			return err
		}
		err = s.Records.StaleNow(ctx, func(k hub.Kind) { stale[k]++ })
	case was.Measured:
		w.Measured, w.Unanswered = true, was.Unanswered
		for k, sum := range was.Kinds {
			stale[k] = sum.Stale
		}
	}
	for k, n := range stale {
		if sum := w.Kinds[k]; n > 0 {
			sum.Stale = n
			w.Kinds[k] = sum
		}
	}
	return err
}

// median is the middle one in seconds; -1 for none.
func median(all []time.Duration) int64 {
	n := len(all)
	if n == 0 {
		return -1
	}
	slices.Sort(all)
	return int64((all[(n-1)/2] + all[n/2]) / 2 / time.Second)
}
