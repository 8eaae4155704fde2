// Command hub is the Knowledge Hub: it serves the pages and does what an
// operator needs. It is the only place that knows which adapter stands behind
// which port.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"nmirfhub/internal/extract"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes of every command.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// Run is the program: the arguments without its name, the environment, where
// data and where words go. It returns the exit code. ctx ends it cleanly.
func Run(ctx context.Context, args []string, env func(string) (string, bool), out, words io.Writer) int {
	err := run(ctx, args, env, out, words)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(words, "hub: %v\n", err)
		fmt.Fprintln(words, "hub help lists the commands.")
		return exitUsage
	}
	fmt.Fprintf(words, "hub: %v\n", err)
	return exitFailed
}

// program is what a command works with.
type program struct {
	settings settings
	out      io.Writer // data
	words    io.Writer // what people read: progress, problems
}

// command is something the program does.
type command struct {
	name, args, about string
	flags             func(*options) // flags beside the settings; nil for none
	run               func(context.Context, *program, *options, []string) error
}

var commands = []command{
	{"serve", "", "serve the hub; --demo brings in the shipped content and one account per role", demoFlag, serve},
	{"seed", "[DIR]", "bring in or refresh the shipped content; never overwrites what a person edited", nil, seedCommand},
	{"user", "add EMAIL --role R [--mechanism ISO3] [--name N]", "add an account and print its one-time sign-in link", userFlags, userCommand},
	{"token", "EMAIL [--name WHAT-FOR]", "print a new token for a program that asks as somebody, without what is restricted", tokenFlags, tokenCommand},
	{"attach", "KIND SLUG FILE [--lang L]", "add a file to a record, with its text for the search and its first page as cover", attachFlags, attachCommand},
	{"reindex", "[--check]", "make the search index anew, while the hub serves or not; --check only says in what it differs from the records", reindexFlags, reindexCommand},
	{"verify", "", "check that the record of acts is as it was written; name the first entry that is not", nil, verifyCommand},
	{"check", "", "read the settings, try each dependency, say what is wrong and how to mend it", nil, checkCommand},
	{"version", "", "print the version", nil, versionCommand},
}

func run(ctx context.Context, args []string, env func(string) (string, bool), out, words io.Writer) error {
	if len(args) == 0 {
		return usageError{errors.New("say what to do: serve, seed, user, token, attach, reindex, verify, check or version")}
	}
	if args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		help(out)
		return nil
	}
	if args[0] == workerCommand && len(args) == 2 {
		return extract.Work(ctx, os.Stdin, out, args[1])
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.do(ctx, args[1:], env, out, words)
		}
	}
	return usageError{fmt.Errorf("there is no command %q", args[0])}
}

func help(out io.Writer) {
	fmt.Fprint(out, "The Knowledge Hub for national mechanisms for implementation, reporting and follow-up.\n\n")
	for _, c := range commands {
		fmt.Fprintf(out, "  hub %s %s\n        %s\n", c.name, c.args, c.about)
	}
	fmt.Fprint(out, "\nEvery command takes the settings as flags (--addr) or from the environment (HUB_ADDR); hub COMMAND --help lists them.\n")
}

func (c command) do(ctx context.Context, args []string, env func(string) (string, bool), out, words io.Writer) error {
	p := &program{out: out, words: words}
	o := &options{set: newFlags("hub "+c.name, out, c)}
	p.settings.flags(o.set)
	if c.flags != nil {
		c.flags(o)
	}
	rest, err := parse(o.set, args)
	if errors.Is(err, errHelp) {
		return nil
	}
	if err != nil {
		return usageError{err}
	}
	if err := p.settings.complete(o.set, env); err != nil {
		return usageError{err}
	}
	return c.run(ctx, p, o, rest)
}
