package record

import (
	"context"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// MostAnswering is how many records Answering reads at most.
const MostAnswering = 500

// answeringPart is how many it holds at once.
const answeringPart = 100

// handedIn are the standings of a record whose author thought it whole.
var handedIn = []store.Value{string(hub.StatusClearing), string(hub.StatusSubmitted), string(hub.StatusReturned), string(hub.StatusPublished)}

// Answering tells a moderator of the records that answer a version of the
// questions, once handed in or published, the last changed of each standing
// first, MostAnswering of them at most. A draft that is to replace what is
// published counts when it does. It reads the records whole, some 10 KB each,
// by one index, 100 at a time: 5 MB for the most there can be. hub.ErrNotFound
// for everybody else.
func (s *Service) Answering(ctx context.Context, v hub.Viewer, questions string, each func(*hub.Record)) error {
	if err := s.moderates(v); err != nil {
		return err
	}
	q := store.Query{Index: "questions", Equal: [][]store.Value{{questions}, handedIn}, Desc: true, Limit: answeringPart}
	for range MostAnswering / answeringPart {
		page, next, err := access.List(ctx, s.Door, v, collection, q, access.Record)
		if err != nil {
			return err
		}
		for _, r := range page {
			if r.Of == "" {
				each(r)
			}
		}
		if q.After = next; next == "" {
			break
		}
	}
	return nil
}
