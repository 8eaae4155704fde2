package contribute

import (
	"context"
	"fmt"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Restore brings back what a record said at an earlier revision, as
// record.Service.Restore does. An answer that is for members of mechanisms
// alone today stays so, whoever could read it then.
func (s *Service) Restore(ctx context.Context, v hub.Viewer, id string, rev int64) (*hub.Record, error) {
	return s.Records.Restore(ctx, v, id, rev, func(now, next *hub.Record) error {
		set, was := s.SetOf(next), s.SetOf(now)
		if set == nil || was == nil { // which answers are closed is not known here
			return fmt.Errorf("the questions of record %s are not known here: %w", id, hub.ErrUnavailable)
		}
		question.Loosen(next)
		for _, q := range set.All() {
			before := was.Question(q.Code)
			if before == nil || !before.Closed(now) || q.Closed(next) || !q.Closable() {
				continue
			}
			if err := q.Turn(next, true); err != nil {
				return err
			}
		}
		return nil
	})
}
