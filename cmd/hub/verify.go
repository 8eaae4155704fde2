package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// verifyCommand checks that the record of acts is as it was written. A hub
// that serves the same data does it, else the command does.
func verifyCommand(ctx context.Context, p *program, _ *options, args []string) error {
	if len(args) > 0 {
		return usageError{errors.New("verify takes no argument")}
	}
	served, err := p.askServer(ctx, "verify", nil, p.out)
	if !served && err == nil {
		var x *parts
		if x, err = p.open(ctx); err != nil {
			return err
		}
		defer x.Close()
		err = verify(ctx, x, p.out)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(p.words, "All is well.")
	return nil
}

// verify prints what the record of acts holds.
func verify(ctx context.Context, x *parts, out io.Writer) error {
	r, err := x.log.Verify(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "audit: %d entries, %d seals, head %s\n", r.Entries, r.Seals, r.Head)
	return nil
}
