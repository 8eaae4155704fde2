package record

import (
	"context"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Given counts the files that the viewer gave as answers to records of their
// own: since a time, and the bytes of all.
func (s *Service) Given(ctx context.Context, v hub.Viewer, since time.Time) (n int, bytes int64, err error) {
	var statuses []store.Value
	for _, status := range hub.Statuses {
		statuses = append(statuses, string(status))
	}
	counted := map[string]bool{} // a draft has the files of what it is to replace
	q := store.Query{Index: "author", Equal: [][]store.Value{{v.Person}, statuses}}
	err = s.every(ctx, v, q, func(r *hub.Record) {
		for _, a := range r.Attachments {
			if a.By != v.Person || counted[a.ID] {
				continue
			}
			counted[a.ID] = true
			bytes += a.Bytes
			if a.At.After(since) {
				n++
			}
		}
	})
	return n, bytes, err
}
