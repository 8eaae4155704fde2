package main

import (
	"context"
	"errors"
	"fmt"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/seeding"
)

func seedCommand(ctx context.Context, p *program, _ *options, args []string) error {
	if len(args) > 1 {
		return usageError{errors.New("seed takes one folder at most")}
	}
	dir := ""
	if len(args) == 1 {
		dir = args[0]
	}
	x, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	return p.seed(ctx, x, dir)
}

// seed brings content in. Broken records are named, the rest is brought in,
// and the command fails all the same.
func (p *program) seed(ctx context.Context, x *parts, dir string) error {
	files, err := content(dir)
	if err != nil {
		return err
	}
	spaces, err := discuss.ReadSpaces(files)
	if err == nil {
		err = x.talk.Ship(ctx, spaces)
	}
	if err != nil {
		return fmt.Errorf("bring the spaces in: %w", err)
	}
	records, problems := seeding.Read(files)
	for _, problem := range problems {
		fmt.Fprintf(p.words, "%s\n", problem)
	}
	report, err := seeding.Apply(ctx, x.records, records)
	if err != nil {
		return fmt.Errorf("bring the content in: %w", err)
	}
	fmt.Fprintf(p.words, "Content: %d new, %d refreshed, %d as shipped, %d edited and left alone\n", report.New, report.Refreshed, report.Same, report.Kept)
	if len(problems) > 0 {
		return fmt.Errorf("%d records of the content are broken, see above; the rest is in", len(problems))
	}
	return nil
}
