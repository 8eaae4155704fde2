package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"nmirfhub/internal/file"
	"nmirfhub/internal/finder"
)

// reindexFlags are those of hub reindex.
func reindexFlags(o *options) {
	o.set.BoolVar(&o.check, "check", false, "change nothing: say in what the search index differs from the records and the talk, and fail when it does")
}

// reindexCommand makes the search index anew, or says in what it differs. A
// hub that serves the same data does it, and goes on answering from the old
// index meanwhile; else the command does it itself.
func reindexCommand(ctx context.Context, p *program, o *options, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("reindex takes no argument, got %q", args[0])}
	}
	what, into := "reindex", p.words
	if o.check {
		what, into = "reindex/check", p.out
	}
	served, err := p.askServer(ctx, what, nil, into)
	if served || err != nil {
		return err
	}
	x, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	if err := x.shelf.Fill(ctx); err != nil {
		return fmt.Errorf("read the collections: %w", err)
	}
	found, err := p.openSearch(ctx, x, p.settings.logger(p.words))
	if err != nil {
		return err
	}
	defer found.close()
	files, pool, err := p.openFiles(x)
	if err != nil {
		return err
	}
	defer pool.Close()
	found.finder.Pages = files.Pages
	if o.check {
		return compare(ctx, found.keepers, p.out)
	}
	return rebuild(ctx, found.keepers, p.words)
}

// errDiffers is the failure of a check that found something.
var errDiffers = errors.New("the search index differs from the records and the talk: hub reindex makes it anew, a hub that serves mends it by itself")

// compare writes a line for each difference.
func compare(ctx context.Context, all []*finder.Keeper, out io.Writer) error {
	differs := false
	for _, k := range all {
		d, err := k.Compare(ctx)
		if err != nil {
			return err
		}
		for _, id := range d.Missing {
			fmt.Fprintf(out, "missing %s\n", id)
		}
		for id := range d.Surplus {
			fmt.Fprintf(out, "surplus %s\n", id)
		}
		differs = differs || !d.Empty()
	}
	if differs {
		return errDiffers
	}
	return nil
}

// rebuild makes each index anew and shows how far it is.
func rebuild(ctx context.Context, all []*finder.Keeper, words io.Writer) error {
	for _, k := range all {
		total, err := k.Finder.Count(ctx)
		if err != nil {
			return err
		}
		err = k.Rebuild(ctx, func(n int) { fmt.Fprint(words, bar(n, total)) })
		fmt.Fprintln(words)
		if err != nil {
			return fmt.Errorf("make the search index anew: %w; the old one is still in use", err)
		}
	}
	fmt.Fprintf(words, "The search index is made anew and in use.\n")
	return nil
}

// bar is a line that shows how much of the whole is done.
func bar(n, total int) string {
	const width = 40
	filled := width
	if total > 0 {
		filled = min(width, n*width/total)
	}
	line := make([]rune, width)
	for i := range line {
		line[i] = '.'
		if i < filled {
			line[i] = '#'
		}
	}
	return fmt.Sprintf("\r%s %d of %d entries", string(line), n, total)
}

// The server takes orders from commands of the same machine and account by a
// socket in its data folder, which nobody else can open.

func (s *settings) controlPath() string { return filepath.Join(s.data, "control.sock") }

// askServer has the hub that serves this data do something, and copies what it
// says. served is false when none does.
func (p *program) askServer(ctx context.Context, what string, send io.Reader, into io.Writer) (served bool, err error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", p.settings.controlPath())
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://hub/"+what, send)
	if err != nil {
		return false, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return false, ctx.Err() // nobody serves
	}
	defer answer.Body.Close()
	if _, err := io.Copy(into, answer.Body); err != nil {
		return true, fmt.Errorf("the hub that serves stopped answering: %w", err)
	}
	if failed := answer.Trailer.Get(failure); failed != "" {
		return true, errors.New(failed)
	}
	return true, nil
}

// failure is the trailer that says how an order failed.
const failure = "Hub-Failure"

// control takes orders until ctx ends.
func (p *program) control(ctx context.Context, x *parts, all []*finder.Keeper, files *file.Service, log *slog.Logger) error {
	path := p.settings.controlPath()
	os.Remove(path) // of a hub that was killed: the store's lock says that none runs
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("take orders at %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	orders := http.NewServeMux()
	orders.HandleFunc("POST /reindex", order(func(ctx context.Context, _ *http.Request, w io.Writer) error { return rebuild(ctx, all, w) }))
	orders.HandleFunc("POST /reindex/check", order(func(ctx context.Context, _ *http.Request, w io.Writer) error { return compare(ctx, all, w) }))
	orders.HandleFunc("POST /verify", order(func(ctx context.Context, _ *http.Request, w io.Writer) error { return verify(ctx, x, w) }))
	orders.HandleFunc("POST /token", order(tokenOrder(x)))
	orders.HandleFunc("POST /attach", order(attachOrder(x, files)))
	s := &http.Server{Handler: orders, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() {
		<-ctx.Done()
		s.Close()
	}()
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("orders", "error", err)
		}
	}()
	return nil
}

// order carries something out and sends what it says as it says it.
func order(do func(context.Context, *http.Request, io.Writer) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", failure)
		if err := do(r.Context(), r, flushing{w}); err != nil {
			w.Header().Set(failure, err.Error())
		}
	}
}

// flushing sends each piece at once.
type flushing struct{ http.ResponseWriter }

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.ResponseWriter.Write(b)
	if flusher, ok := f.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
	return n, err
}
