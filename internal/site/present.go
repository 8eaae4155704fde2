package site

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// presentFor is how long somebody counts as having a form open after they were
// last heard of: an open page says so every half of it.
const presentFor = time.Minute

// present is who has the form of which record open, on this instance. It is a
// courtesy: what they write is kept whether others know of them or not.
// Safe for concurrent use.
type present struct {
	mu   sync.Mutex
	seen map[string]map[string]time.Time // by record and person
}

// others notes that somebody has the form of a record open, and returns the
// other people who have.
func (p *present) others(record, person string, now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]map[string]time.Time{}
	}
	for id, people := range p.seen {
		for who, at := range people {
			if now.Sub(at) > presentFor {
				delete(people, who)
			}
		}
		if len(people) == 0 {
			delete(p.seen, id)
		}
	}
	if p.seen[record] == nil {
		p.seen[record] = map[string]time.Time{}
	}
	p.seen[record][person] = now
	var all []string
	for who := range p.seen[record] {
		if who != person {
			all = append(all, who)
		}
	}
	slices.Sort(all)
	return all
}

// alsoHere says who else has the form of a record open, by their first names;
// nothing for nobody. The viewer writes the record, as the others do.
func (r *request) alsoHere(ctx context.Context, record string) string {
	var names []string
	for _, id := range r.site.present.others(record, r.viewer.Person, r.site.Now()) {
		if name := strings.Fields(r.site.nameOf(ctx, id)); len(name) > 0 {
			names = append(names, name[0])
		}
	}
	if len(names) == 0 {
		return ""
	}
	return r.T("contribute.here", "who", r.List(names))
}
