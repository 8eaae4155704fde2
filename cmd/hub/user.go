package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
)

func userCommand(ctx context.Context, p *program, o *options, args []string) error {
	if len(args) != 2 || args[0] != "add" {
		return usageError{errors.New("write: hub user add EMAIL --role R")}
	}
	role, err := hub.ParseRole(o.role)
	if err != nil || role == hub.RoleAnonymous {
		return usageError{fmt.Errorf("--role is %q: choose stakeholder, tbexpert, member, coordinator, moderator or admin", o.role)}
	}
	x, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	n := member.NewPerson{Email: args[1], Name: o.name, Role: role, Mechanism: hub.State(strings.ToUpper(o.mechanism))}
	if _, known := x.vocabulary.State(n.Mechanism); n.Mechanism != "" && !known {
		return usageError{fmt.Errorf("--mechanism is %q: give the alpha-3 code of a State, such as MDA", o.mechanism)}
	}
	person, err := x.members.Create(ctx, n)
	if err != nil {
		return fmt.Errorf("add the account: %w", err)
	}
	link, err := x.members.SignInLink(ctx, person.ID)
	if err != nil {
		return fmt.Errorf("make the sign-in link: %w", err)
	}
	fmt.Fprintln(p.out, link)
	fmt.Fprintln(p.words, "The link signs in once, within 24 hours.")
	return nil
}
