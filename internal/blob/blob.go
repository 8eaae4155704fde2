// Package blob is the port to where files are kept: whole, by a name of our
// own making, written once. The contract stands in package blobtest.
package blob

import (
	"context"
	"io"
)

// Store keeps files. Safe for concurrent use. Keys are 1 to 100 letters a to
// z, digits, "-", "_" and "."; hub.Invalid (field "key") for others.
type Store interface {
	// Put keeps what r holds and says how much that was. It is durable when
	// Put returns, and not there at all after an error. hub.ErrConflict when
	// the key is taken; hub.Invalid (field "file") when r holds more than
	// most bytes.
	Put(ctx context.Context, key string, r io.Reader, most int64) (bytes int64, err error)
	// Open opens a file and says how long it is. The caller closes it.
	// hub.ErrNotFound when there is none.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, int64, error)
	// Delete removes a file; none of the key is no error.
	Delete(ctx context.Context, key string) error
}
