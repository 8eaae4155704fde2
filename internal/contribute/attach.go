package contribute

import (
	"context"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Limits of the files that one person gives as answers.
const (
	MostAnHour = 20
	MostBytes  = 1 << 30 // of all together
)

// MayAttach says whether the viewer may give one file more to a record, as an
// answer to a question: hub.ErrNotFound for who does not write it, hub.Invalid
// with the code of the question where it takes no more, or where they have
// given too many.
func (s *Service) MayAttach(ctx context.Context, v hub.Viewer, id, code string) error {
	r, err := s.Records.Load(ctx, v, id)
	if err != nil {
		return err
	}
	if !s.Records.Rights(v, r).Writes || r.Bare {
		return hub.ErrNotFound
	}
	n, bytes, err := s.Records.Given(ctx, v, s.Records.Now().Add(-time.Hour))
	switch {
	case err != nil:
		return err
	case n >= MostAnHour:
		return &hub.Invalid{Field: code, Reason: ReasonPause, Limit: MostAnHour}
	case bytes >= MostBytes:
		return &hub.Invalid{Field: code, Reason: ReasonFull}
	}
	next := *r
	return s.attach(&next, code, hub.Attachment{})
}

// Reasons why somebody may give no file more.
const (
	ReasonPause = "pause" // too many within the hour
	ReasonFull  = "full"  // too many bytes in all
)

// Attach gives a file that was kept to a record, as an answer to a question.
// Whoever may read the answer may read it, once it is in a record that they
// read. Errors as MayAttach, and as record.Service.Edit.
func (s *Service) Attach(ctx context.Context, v hub.Viewer, id, code string, a hub.Attachment) (*hub.Record, error) {
	a.By, a.At = v.Person, s.Records.Now()
	return s.Records.Edit(ctx, v, id, func(next *hub.Record) error {
		if next.Status == hub.StatusPublished {
			return hub.ErrNotFound
		}
		return s.attach(next, code, a)
	})
}

func (s *Service) attach(next *hub.Record, code string, a hub.Attachment) error {
	set := s.SetOf(next)
	if set == nil {
		return hub.ErrNotFound
	}
	q := set.Question(code)
	if q == nil {
		return &hub.Invalid{Field: code, Reason: hub.ReasonUnknown}
	}
	question.Loosen(next)
	next.Questions = set.Name()
	next.Skipped = slices.DeleteFunc(slices.Clone(next.Skipped), func(c string) bool { return c == code })
	return q.Attach(next, a)
}
