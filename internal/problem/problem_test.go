package problem_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/problem"
)

func TestOf(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("read the record: %w", err) }
	for _, c := range []struct {
		err     error
		decoded bool
		want    problem.Answer
	}{
		{wrapped(&hub.Invalid{Field: "page"}), false, problem.Answer{Status: 400, Key: "problem.400", Field: "page"}},
		{wrapped(&hub.Invalid{Field: "email"}), true, problem.Answer{Status: 422, Key: "problem.422", Field: "email"}},
		{wrapped(&hub.TooMany{After: time.Minute}), true, problem.Answer{Status: 429, Key: "problem.429", After: time.Minute}},
		{wrapped(&hub.Gone{At: time.Unix(1, 0)}), false, problem.Answer{Status: 410, Key: "problem.410", Since: time.Unix(1, 0)}},
		{wrapped(&hub.Gone{At: time.Unix(1, 0), Archived: true}), false, problem.Answer{Status: 410, Key: "problem.archived", Since: time.Unix(1, 0)}},
		{wrapped(hub.ErrNotFound), false, problem.Answer{Status: 404, Key: "problem.404"}},
		{wrapped(hub.ErrForbidden), false, problem.Answer{Status: 403, Key: "problem.403"}},
		{wrapped(hub.ErrFresh), false, problem.Answer{Status: 403, Key: "problem.fresh"}},
		{wrapped(hub.ErrConflict), true, problem.Answer{Status: 409, Key: "problem.409"}},
		{wrapped(hub.ErrUnavailable), false, problem.Answer{Status: 503, Key: "problem.503", After: 10 * time.Second, Bug: true}},
		{wrapped(context.DeadlineExceeded), false, problem.Answer{Status: 503, Key: "problem.503", After: 10 * time.Second, Bug: true}},
		{errors.New("anything else"), false, problem.Answer{Status: 500, Key: "problem.500", Bug: true}},
	} {
		if got := problem.Of(c.err, c.decoded); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.err, got, c.want)
		}
	}
}
