package extract

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
)

// Work is the worker's side of a Pool: it reads files that come over in and
// writes what they give to out, one after the other, until in ends. It is for
// a process that does nothing else: on Linux it takes away from the process
// what it does not need. Machine code is kept in cacheDir; "" for nowhere.
//
// An error is about the worker, never about a file.
func Work(ctx context.Context, in io.Reader, out io.Writer, cacheDir string) error {
	if err := confine(); err != nil {
		return fmt.Errorf("confine the worker: %w", err)
	}
	r, err := newReader(ctx, cacheDir)
	if err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	defer r.pool.Close()
	debug.FreeOSMemory() // compiling leaves much behind
	return serve(ctx, in, out, r.read)
}

// serve answers requests with what read gives.
func serve(ctx context.Context, in io.Reader, out io.Writer, read func(name string, data []byte) (Text, error)) error {
	w := bufio.NewWriter(out)
	if _, err := w.WriteString(greeting); err != nil {
		return fmt.Errorf("greet: %w", err)
	}
	for {
		if err := w.Flush(); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
		name, data, err := readRequest(in)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		text, err := read(name, data)
		if err := writeAnswer(w, text, err); err != nil {
			return fmt.Errorf("read %.64q: %w", name, err)
		}
	}
}
