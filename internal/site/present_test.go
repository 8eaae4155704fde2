package site

import (
	"slices"
	"testing"
	"time"
)

// TestPresent: people who have one form open see each other, for as long as
// their pages are heard of, and nobody sees who is at another record.
func TestPresent(t *testing.T) {
	var p present
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after          time.Duration
		record, person string
		want           []string
	}{
		{0, "one", "amina", nil},
		{0, "one", "bruno", []string{"amina"}},
		{0, "two", "carla", nil},
		{30 * time.Second, "one", "amina", []string{"bruno"}},
		{70 * time.Second, "one", "dalia", []string{"amina"}},
		{5 * time.Minute, "one", "bruno", nil},
	} {
		if got := p.others(c.record, c.person, now.Add(c.after)); !slices.Equal(got, c.want) {
			t.Errorf("after %v %s at %s sees %v, want %v", c.after, c.person, c.record, got, c.want)
		}
	}
	if len(p.seen) != 1 {
		t.Errorf("%d records are remembered", len(p.seen))
	}
}
