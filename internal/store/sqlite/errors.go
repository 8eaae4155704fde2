package sqlite

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	engine "modernc.org/sqlite/lib"

	"nmirfhub/internal/hub"
)

// errDamaged is no hub error: trying again does not help, and the reader is
// told nothing but that something is wrong.
var errDamaged = errors.New("the database file is damaged: stop the hub, keep a copy of the file, and restore the last backup")

// What to do when the disk refuses; said to the operator.
const (
	mendFull     = "the disk is full: free some space, nothing needs a restart"
	mendReadOnly = "the data directory is read-only: make it writable for the user that runs the hub"
	mendBroken   = "the disk does not read or write as it should: look at the log of the system"
	mendBusy     = "another program holds the database: end it, backups are made with the hub's own command"
)

// translate makes hub errors of those of the engine and the context.
func translate(ctx context.Context, err error) error {
	var e *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, hub.ErrUnavailable):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", hub.ErrUnavailable, err)
	case errors.As(err, &e):
		return fault(ctx, e.Code(), err)
	}
	return err
}

// fault wraps an error of the engine by its primary result code, the low byte.
func fault(ctx context.Context, code int, err error) error {
	mend := ""
	switch code & 0xff {
	case engine.SQLITE_CONSTRAINT:
		return fmt.Errorf("%w: %w", hub.ErrConflict, err)
	case engine.SQLITE_CORRUPT, engine.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", errDamaged, err)
	case engine.SQLITE_INTERRUPT:
		return interrupted(ctx, err)
	case engine.SQLITE_FULL:
		mend = mendFull
	case engine.SQLITE_READONLY, engine.SQLITE_PERM:
		mend = mendReadOnly
	case engine.SQLITE_IOERR, engine.SQLITE_CANTOPEN:
		mend = mendBroken
	case engine.SQLITE_BUSY, engine.SQLITE_LOCKED:
		mend = mendBusy
	default:
		return err
	}
	return fmt.Errorf("%w: %w: %s", hub.ErrUnavailable, err, mend)
}

// interrupted is a statement that the end of its context stopped.
func interrupted(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%w: %w", context.Canceled, err)
	}
	return fmt.Errorf("%w: %w", hub.ErrUnavailable, err)
}
