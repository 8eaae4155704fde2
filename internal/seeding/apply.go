package seeding

import (
	"context"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// Keeper brings a shipped record in, and leaves one alone that a person has
// edited.
type Keeper interface {
	Seed(ctx context.Context, r *hub.Record) (record.Outcome, error)
}

// Report counts what became of shipped records.
type Report struct{ New, Refreshed, Same, Kept int }

// Apply brings records in, in their order. It stops at the first error of the
// keeper; doing it again goes on where it stopped.
func Apply(ctx context.Context, k Keeper, records []*hub.Record) (Report, error) {
	var report Report
	for _, r := range records {
		outcome, err := k.Seed(ctx, r)
		if err != nil {
			return report, err
		}
		switch outcome {
		case record.SeedNew:
			report.New++
		case record.SeedRefreshed:
			report.Refreshed++
		case record.SeedSame:
			report.Same++
		case record.SeedKept:
			report.Kept++
		}
	}
	return report, nil
}
