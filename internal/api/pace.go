package api

import (
	"slices"
	"sync"
	"time"

	"nmirfhub/internal/hub"
)

// Limits of tables.
const (
	tablesAnHour = 2 // of one kind, for one person or network
	maxPaced     = 20_000
)

// pace counts what somebody had within the last hour. The zero value is ready.
// Safe for concurrent use.
type pace struct {
	mu  sync.Mutex
	had map[string][]time.Time
}

// take counts one more, or answers *hub.TooMany with the time to wait.
func (p *pace) take(who string, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.had == nil || len(p.had) >= maxPaced {
		p.clean(now)
	}
	had := slices.DeleteFunc(p.had[who], func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	if len(had) >= tablesAnHour {
		return &hub.TooMany{After: had[0].Add(time.Hour).Sub(now)}
	}
	p.had[who] = append(had, now)
	return nil
}

// clean forgets who had nothing of late; all of them where that is not enough.
func (p *pace) clean(now time.Time) {
	for who, had := range p.had {
		if now.Sub(had[len(had)-1]) >= time.Hour {
			delete(p.had, who)
		}
	}
	if p.had == nil || len(p.had) >= maxPaced {
		p.had = map[string][]time.Time{}
	}
}
