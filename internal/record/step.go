package record

import (
	"context"
	"fmt"
	"slices"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// maxSteps is how many steps a record keeps: the first one and the last ones.
const maxSteps = 60

// onRecord are the acts that Decided is told of.
var onRecord = map[hub.Act]bool{
	hub.ActCleared: true, hub.ActReturned: true, hub.ActPublished: true, hub.ActConfirmed: true,
	hub.ActWithdrawn: true, hub.ActArchived: true, hub.ActAsked: true, hub.ActUndone: true,
}

// further are steps and one more.
func further(all []hub.Step, x hub.Step) []hub.Step {
	all = append(slices.Clone(all), x)
	if len(all) > maxSteps {
		all = slices.Delete(all, 1, 2)
	}
	return all
}

// Week names the week of a time, which begins on Monday: "2026-W48" (ISO 8601).
// The names sort as the weeks do.
func Week(t time.Time) string {
	year, week := t.UTC().ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week)
}

// weeksOf are the weeks in which a record took steps.
func weeksOf(r *hub.Record) []string {
	var all []string
	for _, x := range r.Steps {
		if w := Week(x.At); !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// InWeek hands out kind and steps of each record that took a step in a week.
func (s *Service) InWeek(ctx context.Context, week string, each func(hub.Kind, []hub.Step) error) error {
	q := store.Query{Index: "week", Equal: [][]store.Value{{week}}, Limit: store.MaxLimit}
	return access.Steps(ctx, s.Door, collection, q, each)
}
