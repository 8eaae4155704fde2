package contribute

import (
	"context"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Translated says how a language version of a record was made: by a person,
// or by a machine whose text a person pasted. hub.Invalid with the field
// "made" for the original, and for one that is not there.
func (s *Service) Translated(ctx context.Context, v hub.Viewer, id string, l hub.Lang, by hub.Translation) (*hub.Record, error) {
	return s.Records.Edit(ctx, v, id, func(next *hub.Record) error {
		i := slices.IndexFunc(next.Versions, func(x hub.Version) bool { return x.Lang == l })
		if i < 0 || l == next.Original || by != hub.ByPerson && by != hub.Machine {
			return &hub.Invalid{Field: "made", Reason: hub.ReasonUnknown}
		}
		question.Loosen(next)
		next.Versions[i].Translation = by
		return nil
	})
}

// Rendered finds what the original said when an answer was translated, in the
// earlier revisions of a record; nil where no revision has it.
func (s *Service) Rendered(past []*hub.Record, q *question.Question, mark string) question.Answer {
	for _, r := range past {
		if a := q.Get(r, r.Original); question.Mark(a) == mark {
			return a
		}
	}
	return nil
}
