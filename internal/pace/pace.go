// Package pace counts how often somebody has something of late.
package pace

import (
	"slices"
	"sync"
	"time"

	"nmirfhub/internal/hub"
)

// most is how many are remembered; then who had nothing of late is forgotten.
const most = 20_000

// Pace counts what each had within some time. The zero value is ready. Safe for
// concurrent use.
type Pace struct {
	mu  sync.Mutex
	had map[string][]time.Time
}

// Take counts one more, or answers *hub.TooMany with the time to wait: within
// the time somebody may have n.
func (p *Pace) Take(who string, n int, within time.Duration, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.had == nil || len(p.had) >= most {
		p.clean(within, now)
	}
	had := slices.DeleteFunc(p.had[who], func(at time.Time) bool { return now.Sub(at) >= within })
	p.had[who] = had
	if len(had) >= n {
		return &hub.TooMany{After: had[0].Add(within).Sub(now)}
	}
	p.had[who] = append(had, now)
	return nil
}

// clean forgets who had nothing of late; all of them where that is not enough.
func (p *Pace) clean(within time.Duration, now time.Time) {
	for who, had := range p.had {
		if now.Sub(had[len(had)-1]) >= within {
			delete(p.had, who)
		}
	}
	if p.had == nil || len(p.had) >= most {
		p.had = map[string][]time.Time{}
	}
}
