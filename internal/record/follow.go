package record

import (
	"context"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// overlap is how far back a look for changes reaches beyond the last one, so
// that the clocks of several instances may differ by as much.
const overlap = 90 * time.Second

// Fill reads every published record into the catalogue. It returns the time
// from which Follow has to look on.
func (s *Service) Fill(ctx context.Context) (time.Time, error) {
	start := s.Now()
	return start, s.since(ctx, time.Time{})
}

// Follow brings the catalogue in step with what other instances write, until
// ctx ends. An error is told to report and the look repeated.
func (s *Service) Follow(ctx context.Context, from time.Time, every time.Duration, report func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		start := s.Now()
		if err := s.since(ctx, from.Add(-overlap)); err != nil {
			if ctx.Err() == nil {
				report(err)
			}
			continue
		}
		from = start
	}
}

// since takes what changed at or after a time into the catalogue.
func (s *Service) since(ctx context.Context, from time.Time) error {
	q := store.Query{Index: "changed", From: timeKey(from), Limit: store.MaxLimit}
	var in []*Head
	out := map[string]int64{}
	err := access.Sweep(ctx, s.Door, collection, q, func(r *hub.Record) error {
		k, known := s.Kinds[r.Kind]
		if !known || r.Status != hub.StatusPublished {
			out[r.ID] = r.Rev
			return nil
		}
		in = append(in, head(r, k, s.Region))
		return nil
	})
	s.Catalogue.put(in, out)
	if !from.IsZero() {
		for _, h := range in {
			s.tell(h.ID)
		}
		for id := range out {
			s.tell(id)
		}
	}
	return err
}
