package contribute

import (
	"encoding/json"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Readable is a record without the answers that name another record which the
// viewer may not read, or which was withdrawn: its address tells its title.
// The record that is given stays as it is.
func (s *Service) Readable(v hub.Viewer, r *hub.Record) *hub.Record {
	reads := func(k hub.Kind, slug string) bool { return len(s.Records.Heads(v, k, slug)) > 0 }
	kept := r
	own := func() *hub.Record {
		if kept == r {
			without := *r
			question.Loosen(&without)
			kept = &without
		}
		return kept
	}
	if names := s.Records.Kinds[r.Kind].Without; names != nil {
		if body := names(r.Body, reads); body != nil {
			own().Body = body
		}
	}
	set := s.SetOf(r)
	if set == nil {
		return kept
	}
	for _, q := range set.Whole() {
		var slug string
		if q.Form != question.Record || json.Unmarshal(q.Get(r, r.Original), &slug) != nil || slug == "" {
			continue
		}
		if !reads(hub.Kind(q.List), slug) {
			q.Put(own(), r.Original, nil)
		}
	}
	return kept
}
