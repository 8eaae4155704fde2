package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// options are the flags of a command beside the settings.
type options struct {
	set       *flag.FlagSet
	demo      bool
	role      string
	mechanism string
	name      string
	check     bool
	lang      string
}

var errHelp = errors.New("help was asked for")

func newFlags(name string, out io.Writer, c command) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {
		fmt.Fprintf(out, "%s %s\n\n%s\n\n", name, c.args, c.about)
		set.SetOutput(out)
		set.PrintDefaults()
		set.SetOutput(io.Discard)
	}
	return set
}

func demoFlag(o *options) {
	o.set.BoolVar(&o.demo, "demo", false, "bring in the shipped content and one account per role; loopback addresses only")
}

func userFlags(o *options) {
	o.set.StringVar(&o.role, "role", "", "stakeholder, tbexpert, member, coordinator, moderator or admin")
	o.set.StringVar(&o.mechanism, "mechanism", "", "alpha-3 code of the State, for members and coordinators")
	o.set.StringVar(&o.name, "name", "", "name of the person")
}

// parse reads flags wherever they stand and returns the other arguments.
func parse(set *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, errHelp
			}
			return nil, err
		}
		if set.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, set.Arg(0))
		args = set.Args()[1:]
	}
}
