package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// tokenFlags are those of hub token.
func tokenFlags(o *options) {
	o.set.StringVar(&o.name, "name", "", "what the token is for")
}

// tokenCommand makes a token for a program that asks as somebody. A hub that
// serves the same data makes it, else the command does.
func tokenCommand(ctx context.Context, p *program, o *options, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("write: hub token EMAIL [--name WHAT-FOR]")}
	}
	name := cmp.Or(o.name, "made on the command line")
	what := "token?" + url.Values{"email": {args[0]}, "name": {name}}.Encode()
	if served, err := p.askServer(ctx, what, nil, p.out); served || err != nil {
		return err
	}
	x, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	return newToken(ctx, x, args[0], name, p.out)
}

// newToken prints a token, which is shown once.
func newToken(ctx context.Context, x *parts, email, name string, out io.Writer) error {
	person, err := x.members.Find(ctx, email)
	if err != nil {
		return fmt.Errorf("find the account: %w", err)
	}
	token, _, err := x.members.NewAPIToken(ctx, person.ID, name)
	if err != nil {
		return fmt.Errorf("make the token: %w", err)
	}
	fmt.Fprintln(out, token)
	return nil
}

// tokenOrder makes a token for a command.
func tokenOrder(x *parts) func(context.Context, *http.Request, io.Writer) error {
	return func(ctx context.Context, r *http.Request, w io.Writer) error {
		return newToken(ctx, x, r.URL.Query().Get("email"), r.URL.Query().Get("name"), w)
	}
}
