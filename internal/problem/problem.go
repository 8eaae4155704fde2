// Package problem is the one table that turns an error into an answer: the
// HTTP status, the words that the reader sees, and when to come back.
package problem

import (
	"context"
	"errors"
	"time"

	"nmirfhub/internal/hub"
)

// Answer is what an error means to whoever asked.
type Answer struct {
	Status int
	// Key is the stem of the messages: "problem.404" has ".title", ".what"
	// (what happened) and ".do" (what to do).
	Key   string
	Field string        // of an Invalid
	After time.Duration // when to come back; 0 for no advice
	Since time.Time     // since when a thing is gone
	Bug   bool          // the cause belongs in the log: it is ours
}

// Of returns the answer to an error. decoded says that the request itself was
// well formed, so that an invalid field is a 422 and not a 400.
func Of(err error, decoded bool) Answer {
	var invalid *hub.Invalid
	var many *hub.TooMany
	var gone *hub.Gone
	switch {
	case errors.As(err, &invalid) && decoded:
		return Answer{Status: 422, Key: "problem.422", Field: invalid.Field}
	case errors.As(err, &invalid):
		return Answer{Status: 400, Key: "problem.400", Field: invalid.Field}
	case errors.As(err, &many):
		return Answer{Status: 429, Key: "problem.429", After: many.After}
	case errors.As(err, &gone) && gone.Archived:
		return Answer{Status: 410, Key: "problem.archived", Since: gone.At}
	case errors.As(err, &gone):
		return Answer{Status: 410, Key: "problem.410", Since: gone.At}
	case errors.Is(err, hub.ErrNotFound):
		return Answer{Status: 404, Key: "problem.404"}
	case errors.Is(err, hub.ErrFresh):
		return Answer{Status: 403, Key: "problem.fresh"}
	case errors.Is(err, hub.ErrForbidden):
		return Answer{Status: 403, Key: "problem.403"}
	case errors.Is(err, hub.ErrConflict):
		return Answer{Status: 409, Key: "problem.409"}
	case errors.Is(err, hub.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return Answer{Status: 503, Key: "problem.503", After: 10 * time.Second, Bug: true}
	}
	return Answer{Status: 500, Key: "problem.500", Bug: true}
}
