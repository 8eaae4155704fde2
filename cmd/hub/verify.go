package main

import (
	"context"
	"errors"
	"fmt"
)

// verifyCommand checks that the record of acts is as it was written.
func verifyCommand(ctx context.Context, p *program, _ *options, args []string) error {
	if len(args) > 0 {
		return usageError{errors.New("verify takes no argument")}
	}
	x, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	r, err := x.log.Verify(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "audit: %d entries, %d seals, head %s\n", r.Entries, r.Seals, r.Head)
	fmt.Fprintln(p.words, "All is well.")
	return nil
}
