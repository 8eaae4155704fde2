package record

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// What is made from records, such as the search index, reads them here,
// whoever may read them; what it makes bears their tier. What it finds is read
// by Readable before anybody sees it.

// Each hands every record to each, those changed longest ago first.
func (s *Service) Each(ctx context.Context, each func(*hub.Record) error) error {
	return access.Sweep(ctx, s.Door, collection, store.Query{Index: "changed", Limit: store.MaxLimit}, each)
}

// Fetch returns the record with the id; nil when there is none.
func (s *Service) Fetch(ctx context.Context, id string) (*hub.Record, error) {
	r, err := access.Fetch[hub.Record](ctx, s.Door, collection, id)
	if errors.Is(err, hub.ErrNotFound) {
		return nil, nil
	}
	return r, err
}

// Readable returns the records with the ids that the viewer may find, in the
// order of the ids; the rest is left out.
func (s *Service) Readable(ctx context.Context, v hub.Viewer, ids ...string) ([]*hub.Record, error) {
	var all []*hub.Record
	for _, id := range ids {
		r, err := access.Load(ctx, s.Door, v, hub.ActSearch, collection, id, access.Record)
		if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrForbidden) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.Status == hub.StatusPublished {
			all = append(all, r)
		}
	}
	return all, nil
}

// Searchable are the tiers that the viewer may search.
func (s *Service) Searchable(v hub.Viewer) []hub.Tier { return s.Door.Tiers(v, hub.ActSearch) }

// HeadsByID returns the heads with the ids that the viewer may list, in the
// order of the ids; the rest is left out.
func (s *Service) HeadsByID(v hub.Viewer, ids ...string) []*Head {
	return s.Catalogue.byID(s.Door.Tiers(v, hub.ActList), ids)
}

// HeadOf is the head of a record: its names and the tags it is found by.
func (s *Service) HeadOf(r *hub.Record) *Head { return head(r, s.Kinds[r.Kind], s.Region) }

// Names are the proper names and symbols that a record is asked for by.
func (s *Service) Names(r *hub.Record) []string {
	if names := s.Kinds[r.Kind].Names; names != nil {
		return names(r)
	}
	return nil
}

// Said is what a version says beside title and summary: its text, and the
// answers that everybody reads who reads the record.
func Said(v hub.Version) string {
	if len(v.Answers) == 0 {
		return Prose(v.Text)
	}
	return Prose(v.Text) + Prose(Encode(v.Answers))
}

// Prose is what a text of a version says: its strings in their order, a line
// each. Addresses are left out.
func Prose(raw json.RawMessage) string {
	var b strings.Builder
	d := json.NewDecoder(strings.NewReader(string(raw)))
	var inObject []bool // for each open bracket, whether it is an object
	key := false        // the next string in an object is a name
	for {
		t, err := d.Token()
		if err != nil {
			return b.String()
		}
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{', '[':
				inObject, key = append(inObject, t == '{'), t == '{'
				continue
			}
			inObject = inObject[:len(inObject)-1]
		case string:
			if key {
				key = false
				continue
			}
			if !strings.HasPrefix(t, "https://") && !strings.HasPrefix(t, "http://") {
				b.WriteString(t)
				b.WriteByte('\n')
			}
		}
		key = len(inObject) > 0 && inObject[len(inObject)-1]
	}
}

// Count is how many records there are, of any status.
func (s *Service) Count(ctx context.Context) (int, error) {
	n := 0
	err := s.Each(ctx, func(*hub.Record) error {
		n++
		return nil
	})
	return n, err
}

// May says whether the viewer may do something with a record that they read.
func (s *Service) May(v hub.Viewer, a hub.Action, r *hub.Record) bool {
	return s.Door.May(v, a, access.Record(r), s.Now()) == nil
}

// Since hands out the records of a status that were changed since a time,
// without what is for members alone: for what tells people that it is their
// turn.
func (s *Service) Since(ctx context.Context, status hub.Status, since time.Time, each func(*hub.Record) error) error {
	q := store.Query{Index: "status", Equal: [][]store.Value{{string(status)}}, From: timeKey(since), Limit: store.MaxLimit}
	return access.Sweep(ctx, s.Door, collection, q, each)
}

// Stale hands out the published records that were to be looked at again
// before a time, in the same way.
func (s *Service) Stale(ctx context.Context, now time.Time, each func(*hub.Record) error) error {
	q := store.Query{Index: "review", To: timeKey(now), Limit: store.MaxLimit}
	return access.Sweep(ctx, s.Door, collection, q, each)
}

// Bare is a record without what is for members alone, whoever may read it.
func (s *Service) Bare(ctx context.Context, id string) (*hub.Record, error) {
	return access.Fetch[hub.Record](ctx, s.Door, collection, id)
}
