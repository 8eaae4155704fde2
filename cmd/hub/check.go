package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"nmirfhub/internal/bus/nats"
)

func checkCommand(ctx context.Context, p *program, _ *options, args []string) error {
	if len(args) > 0 {
		return usageError{errors.New("check takes no argument")}
	}
	p.settings.print(p.out)
	x, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	if err := x.store.Ping(ctx); err != nil {
		return fmt.Errorf("the store does not answer: %w", err)
	}
	if provider := p.settings.provider(); provider != nil {
		if err := provider.Check(ctx); err != nil {
			return fmt.Errorf("HUB_OIDC_ISSUER: %w", err)
		}
	}
	if p.settings.natsURL != "" {
		hints, err := nats.Open(p.settings.natsURL, func(bool, error) {})
		if err != nil {
			return fmt.Errorf("HUB_NATS_URL: %w", err)
		}
		defer hints.Close()
		if err := hints.Connected(); err != nil {
			return fmt.Errorf("HUB_NATS_URL: %w; the hub works without it, and open pages of other instances learn of news two seconds later", err)
		}
	}
	fmt.Fprintln(p.words, "All is well.")
	return nil
}

func versionCommand(_ context.Context, p *program, _ *options, _ []string) error {
	fmt.Fprintln(p.out, version())
	return nil
}

// version is the module version, else the commit that the program was built
// from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = " with changes"
		}
	}
	if revision == "" {
		return info.Main.Version
	}
	return revision[:min(12, len(revision))] + dirty
}
