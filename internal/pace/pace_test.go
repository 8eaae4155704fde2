package pace

import (
	"errors"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

// TestPace: two an hour, for each who asks.
func TestPace(t *testing.T) {
	var p Pace
	now := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		who  string
		at   time.Duration
		wait time.Duration
	}{{"a", 0, 0}, {"a", 20 * time.Minute, 0}, {"a", 30 * time.Minute, 30 * time.Minute}, {"b", 30 * time.Minute, 0}, {"a", time.Hour, 0}, {"a", 61 * time.Minute, 19 * time.Minute}} {
		var many *hub.TooMany
		err := p.Take(c.who, 2, time.Hour, now.Add(c.at))
		if errors.As(err, &many) != (c.wait > 0) || many != nil && many.After != c.wait {
			t.Errorf("%d: %v", i, err)
		}
	}
}
