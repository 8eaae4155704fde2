package hub

import (
	"errors"
	"fmt"
	"time"
)

// The errors that services answer with. They are compared with errors.Is and
// become an HTTP status in one table, package problem.
var (
	// ErrNotFound: absent, or not for this person to know of. Both answer alike.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: an act that is not theirs, on something they may see.
	ErrForbidden = errors.New("not allowed")
	// ErrFresh: the act needs a sign-in of the last minutes.
	ErrFresh = errors.New("a fresh sign-in is needed")
	// ErrConflict: the revision named is not the last one, or a unique key is taken.
	ErrConflict = errors.New("changed by somebody else meanwhile")
	// ErrUnavailable: a dependency does not answer; trying again later helps.
	ErrUnavailable = errors.New("not available for the moment")
)

// Reasons of an Invalid; each is a message key of the catalogs.
const (
	ReasonRequired = "required"
	ReasonTooLong  = "too_long"
	ReasonTooMany  = "too_many"
	ReasonUnknown  = "unknown"
	ReasonFormat   = "format"
	ReasonRange    = "range"
	ReasonTaken    = "taken"
)

// Invalid is an input that cannot be accepted. It names the field and says
// why, so that the page can put the mend beside it.
type Invalid struct {
	Field  string // name of the form field or query parameter; "body.stage" for a nested one
	Reason string // one of the Reason constants
	Value  string // what was given, for the log of an import; never shown raw
	Limit  int    // for ReasonTooLong and ReasonRange: the limit, in the unit of the field
}

func (e *Invalid) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("%s: %s", e.Field, e.Reason)
	}
	return fmt.Sprintf("%s: %s: %.80q", e.Field, e.Reason, e.Value)
}

// Gone is what was withdrawn or archived: it is not found, and whoever could
// read it may know since when.
type Gone struct {
	At       time.Time
	Archived bool // by a moderator, because nobody had confirmed it for long
}

func (e *Gone) Error() string { return "gone since " + e.At.Format(time.DateOnly) }

// Unwrap says that it is not found.
func (e *Gone) Unwrap() error { return ErrNotFound }

// TooMany is a limit of pace that was passed.
type TooMany struct {
	After time.Duration // when to come back
}

func (e *TooMany) Error() string { return fmt.Sprintf("too many requests, come back in %s", e.After) }
