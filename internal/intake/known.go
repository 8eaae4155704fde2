package intake

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"nmirfhub/internal/bibliography"
	"nmirfhub/internal/hub"
)

// known are the published publications by what they are found by, apart by
// tier: what is closed has no part in what is found among the open ones. It
// keeps step with the catalogue.
type known struct {
	mu    sync.Mutex
	at    uint64 // revision of the catalogue; 0 for none yet
	tiers map[hub.Tier]*bibliography.Index
	has   map[string]has // by id of the record
}

// has is what is known of a record.
type has struct {
	rev    int64
	tier   hub.Tier
	titles int
}

func name(id string, n int) string { return id + " " + strconv.Itoa(n) }

// step brings what is known in step with the catalogue.
func (s *Service) step(ctx context.Context) error {
	k := &s.known
	now := s.Records.Catalogue.Rev()
	if k.has != nil && k.at == now {
		return nil
	}
	if k.has == nil {
		k.has, k.tiers = map[string]has{}, map[hub.Tier]*bibliography.Index{}
	}
	there := map[string]bool{}
	for _, h := range s.Records.Published(hub.Publication) {
		there[h.ID] = true
		if is, known := k.has[h.ID]; known && is.rev == h.Rev {
			continue
		}
		r, err := s.Records.Fetch(ctx, h.ID)
		if err != nil {
			return err
		}
		k.forget(h.ID)
		if r != nil && r.Status == hub.StatusPublished {
			k.add(r)
		}
	}
	for id := range k.has {
		if !there[id] {
			k.forget(id)
		}
	}
	k.at = now
	return nil
}

func (k *known) add(r *hub.Record) {
	if k.tiers[r.Tier] == nil {
		k.tiers[r.Tier] = &bibliography.Index{}
	}
	all := citationsOf(r)
	for n, c := range all {
		k.tiers[r.Tier].Add(name(r.ID, n), c)
	}
	k.has[r.ID] = has{r.Rev, r.Tier, len(all)}
}

func (k *known) forget(id string) {
	is, known := k.has[id]
	if !known {
		return
	}
	for n := range is.titles {
		k.tiers[is.tier].Remove(name(id, n))
	}
	delete(k.has, id)
}

// mostWaiting is how many publications that wait for the moderators are looked
// through.
const mostWaiting = 1000

// finder finds what is there already, among what one person may read.
type finder struct {
	s      *Service
	v      hub.Viewer
	tiers  []*bibliography.Index
	own    bibliography.Index
	drafts map[string]*hub.Record
}

// finder is made for one viewer and one look; the lock of what is known is held
// until close.
func (s *Service) finder(ctx context.Context, v hub.Viewer) (*finder, func(), error) {
	f := &finder{s: s, v: v, drafts: map[string]*hub.Record{}}
	add := func(r *hub.Record) {
		f.drafts[r.ID] = r
		for n, c := range citationsOf(r) {
			f.own.Add(name(r.ID, n), c)
		}
	}
	if err := s.Records.Own(ctx, v, hub.Publication, add); err != nil {
		return nil, nil, err
	}
	if s.Records.Publishes(v) {
		waiting, err := s.Records.Submitted(ctx, v, mostWaiting)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range waiting {
			if r.Kind == hub.Publication {
				add(r)
			}
		}
	}
	s.known.mu.Lock()
	if err := s.step(ctx); err != nil {
		s.known.mu.Unlock()
		return nil, nil, err
	}
	for _, t := range s.Records.Searchable(v) {
		if x := s.known.tiers[t]; x != nil {
			f.tiers = append(f.tiers, x)
		}
	}
	return f, s.known.mu.Unlock, nil
}

// find is the record that is there already; nil for none that the viewer may
// read.
func (f *finder) find(ctx context.Context, e bibliography.Entry, except string) (*hub.Record, error) {
	for _, x := range f.tiers {
		id, _, _ := strings.Cut(x.Find(e.Citation), " ")
		if id == "" || id == except {
			continue
		}
		all, err := f.s.Records.Readable(ctx, f.v, id)
		if err != nil || len(all) > 0 {
			return first(all), err
		}
	}
	id, _, _ := strings.Cut(f.own.Find(e.Citation), " ")
	if id == except {
		return nil, nil
	}
	return f.drafts[id], nil
}

func first(all []*hub.Record) *hub.Record {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}
