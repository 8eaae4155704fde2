package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"nmirfhub/internal/api"
	"nmirfhub/internal/bus"
	"nmirfhub/internal/bus/nats"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/file"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/intake"
	"nmirfhub/internal/live"
	"nmirfhub/internal/notify"
	"nmirfhub/internal/people"
	"nmirfhub/internal/site"
)

// Times of the server.
const (
	readTimeout  = 15 * time.Second
	writeTimeout = 30 * time.Second
	bringTimeout = 3 * time.Minute // for a request that brings files over a slow link
	idleTimeout  = 75 * time.Second
	drainTimeout = 30 * time.Second
	followEvery  = time.Second     // how soon an instance sees what another wrote
	sweepEvery   = 5 * time.Minute // how often what has expired is removed
)

// garbage is how much the heap may grow before it is collected, in percent.
// What lives is small, so that a page costs less and memory stays low: see
// BENCHMARKS.md. GOGC in the environment goes before it.
const garbage = 200

// Limits of what a request may send, in bytes.
const (
	maxHeaders = 16 << 10
	maxBody    = 1 << 20
)

func serve(ctx context.Context, p *program, o *options, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("serve takes no argument, got %q", args[0])}
	}
	if o.demo && !p.settings.loopback() {
		return usageError{fmt.Errorf("--demo serves loopback addresses only, and HUB_ADDR is %s: leave --demo out", p.settings.addr)}
	}
	log := p.settings.logger(p.words)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	x, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer x.Close()
	if o.demo {
		if err := p.demo(ctx, x); err != nil {
			return err
		}
	}
	from, err := x.records.Fill(ctx)
	if err != nil {
		return fmt.Errorf("read the records: %w", err)
	}
	if err := x.shelf.Fill(ctx); err != nil {
		return fmt.Errorf("read the collections: %w", err)
	}
	found, err := p.openSearch(ctx, x, log)
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
	catalogs, err := loadCatalogs()
	if err != nil {
		return err
	}
	folk, tell, box, err := p.openPeople(x, catalogs, log)
	if err != nil {
		return err
	}
	hints, err := p.openBus(log)
	if err != nil {
		return err
	}
	defer hints.Close()
	brought := p.newIntake(x, files)
	app, sockets, err := newApp(p.settings, x, found, files, brought, folk, tell, hints, catalogs, o.demo, log)
	if err != nil {
		return err
	}
	l, err := listen(p.settings.addr)
	if err != nil {
		return err
	}
	background, stop := context.WithCancel(ctx)
	defer stop()
	if p.settings.mongoURI != "" {
		go x.shelf.Follow(background, followEvery, func(err error) { log.Error("follow collections", "error", err) })
		go x.records.Follow(background, from, followEvery, func(err error) { log.Error("follow changes", "error", err) })
	}
	go sweep(background, x, log)
	go box.Run(background)
	go brought.Run(background, func(err error) { log.Error("imports", "error", err) })
	go x.log.Run(background, func(err error) { log.Error("audit", "error", err) })
	go folk.Run(background, func(err error) { log.Error("seats", "error", err) })
	go x.desk.Run(background, func(err error) { log.Error("desk", "error", err) })
	go x.trials.Run(background, func(err error) { log.Error("questions", "error", err) })
	go x.turns.Run(background, func(err error) { log.Error("turns", "error", err) })
	go tell.Run(background, func(err error) { log.Error("news", "error", err) })
	found.follow(background, log)
	if err := p.control(background, x, found.keepers, files, log); err != nil {
		log.Warn("commands cannot reach this hub while it serves", "error", err)
	}
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		found.missed.Run(background)
	}()
	defer func() {
		stop()
		<-counted
	}()
	fmt.Fprintf(p.words, "The hub is open: %s\n", at(p.settings.baseURL, l))
	return serveUntil(ctx, app, sockets, l, log)
}

// openBus is what carries hints: within the program, or over NATS.
func (p *program) openBus(log *slog.Logger) (bus.Bus, error) {
	if p.settings.natsURL == "" {
		return &bus.Memory{}, nil
	}
	return nats.Open(p.settings.natsURL, func(away bool, err error) {
		if away {
			log.Warn("NATS is away: open pages learn of news from other instances two seconds later", "error", err)
			return
		}
		log.Info("NATS is back")
	})
}

// serveUntil serves until ctx ends, then lets open pages go and running
// requests finish.
func serveUntil(ctx context.Context, app *fiber.App, sockets *live.Live, l net.Listener, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() { failed <- app.Listener(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping: running requests finish first")
	sockets.Close()
	if err := app.ShutdownWithTimeout(drainTimeout); err != nil {
		return fmt.Errorf("stop: some requests did not finish within %s: %w", drainTimeout, err)
	}
	return nil
}

func newApp(s settings, x *parts, found *searching, files *file.Service, brought *intake.Service, folk *people.Service, tell *notify.Service, hints bus.Bus, catalogs *i18n.Catalogs, demo bool, log *slog.Logger) (*fiber.App, *live.Live, error) {
	x.members.AllowDemo = demo
	pages := &site.Site{
		Records: x.records, Writing: x.writing, Trials: x.trials, Intake: brought, Files: files, Finder: found.finder, Missed: found.missed, Members: x.members, People: folk, Desk: x.desk, Discuss: x.talk, Notify: tell, Shelf: x.shelf, Provider: s.provider(), Vocabulary: x.vocabulary, Catalogs: catalogs,
		Origin: s.baseURL, Secret: x.secret, Demo: demo, Log: log,
		Now: func() time.Time { return time.Now().UTC() }, Ready: x.store.Ping,
		API: &api.API{
			Finder: found.finder, Discuss: x.talk, Records: x.records, Writing: x.writing, Words: x.vocabulary,
			Origin: s.baseURL, Viewer: site.Viewer, Token: x.members.TokenViewer, Now: func() time.Time { return time.Now().UTC() },
			Say:    func(l hub.Lang, key string, args ...string) string { return catalogs.In(l).T(key, args...) },
			Report: func(c *fiber.Ctx, err error) { log.Error("failed", "route", c.Route().Path, "error", err) },
		},
	}
	pages.API.(*api.API).Genuine = pages.Genuine
	sockets := &live.Live{Topics: site.Posts{Site: pages}, Viewer: func(ctx context.Context, session string) (hub.Viewer, error) {
		v, err := x.members.Look(ctx, session)
		if err != nil {
			return v, err
		}
		return x.talk.Known(ctx, v)
	}}
	sockets.Publish = hints.Publish
	pages.Live = sockets
	hints.Listen(func(h bus.Hint) {
		if h.Here != nil {
			sockets.Hint(h)
			return
		}
		if thread, is := strings.CutPrefix(h.Topic, discuss.Topic("")); is || h.Topic == "" {
			x.talk.Changed(thread)
		}
		sockets.Hint(h)
	})
	hints.Listen(func(h bus.Hint) {
		if h.Here == nil && !h.Edit && !strings.HasPrefix(h.Topic, "person:") {
			tell.Wake()
		}
	})
	found.listen(x, hints)
	x.members.Changed = func(person string) { hints.Publish(bus.Hint{Topic: "person:" + person}) }
	x.talk.Hint = func(topic string, seq int64, edit bool) { hints.Publish(bus.Hint{Topic: topic, Seq: seq, Edit: edit}) }
	app := fiber.New(fiber.Config{
		Immutable: true, DisableStartupMessage: true, StrictRouting: false, CaseSensitive: true,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		// A socket would keep the buffer of its first request for as long as it is
		// open: 16 KB of each page that somebody reads.
		ReduceMemoryUsage: true,
		ReadBufferSize:    maxHeaders, BodyLimit: maxBody, ErrorHandler: pages.Fail,
	})
	app.Server().KeepHijackedConns = true // a socket is closed by who serves it: see site.listen
	app.Server().HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		path, _, _ := strings.Cut(string(h.RequestURI()), "?")
		if site.SendsFile(path) {
			return fasthttp.RequestConfig{WriteTimeout: bringTimeout}
		}
		most := site.Brings(string(h.Method()), path, string(h.ContentType()))
		if most == 0 {
			return fasthttp.RequestConfig{}
		}
		return fasthttp.RequestConfig{MaxRequestBodySize: most, ReadTimeout: bringTimeout, WriteTimeout: bringTimeout}
	}
	return app, sockets, pages.Routes(app)
}

func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program serves %s already: stop it, or choose another address with HUB_ADDR", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("serve %s: %w; choose another address with HUB_ADDR", addr, err)
	}
	return l, nil
}

// at is where the hub is served: with port 0 only the listener knows.
func at(base string, l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if n := len(base) - 2; n > 0 && base[n:] == ":0" {
		return base[:n] + ":" + port
	}
	return base
}

// demo brings in the shipped content and the demo accounts.
func (p *program) demo(ctx context.Context, x *parts) error {
	if err := p.seed(ctx, x, ""); err != nil {
		return err
	}
	password, made := p.settings.demoPassword, p.settings.demoPassword == ""
	if made {
		password = rand.Text()
	}
	x.members.AllowDemo = true
	people, err := x.members.Demo(ctx, password)
	if err != nil {
		return fmt.Errorf("demo accounts: %w", err)
	}
	fmt.Fprintf(p.words, "Demo accounts:")
	for _, person := range people {
		fmt.Fprintf(p.words, " %s", person.Email)
	}
	fmt.Fprintln(p.words)
	if made {
		fmt.Fprintf(p.words, "Their password, made for this start: %s\n", password)
	}
	return nil
}

func sweep(ctx context.Context, x *parts, log *slog.Logger) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if _, err := x.members.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Error("remove what has expired", "error", err)
		}
		if err := x.talk.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Error("remove deleted posts", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
