package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

var perSecond = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// wrk measures requests/s with 32 connections. Answers other than 2xx fail it.
func (b *bench) wrk(url, cookie string) (float64, error) {
	args := []string{"-t1", "-c32", "-d" + strconv.Itoa(int(b.round.Seconds())) + "s", "-H", "Accept-Encoding: gzip"}
	if cookie != "" {
		args = append(args, "-H", "Cookie: "+cookie)
	}
	out, err := exec.Command("wrk", append(args, url)...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	if regexp.MustCompile(`Non-2xx|Socket errors`).Match(out) {
		return 0, fmt.Errorf("wrk %s:\n%s", url, out)
	}
	m := perSecond.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk said no rate:\n%s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// rate asks 500 times a second, whatever the answers take, and returns how
// long half and 99 of 100 took at most.
func (b *bench) rate(url, cookie string) (p50, p99 time.Duration, err error) {
	header := http.Header{"Accept-Encoding": {"gzip"}}
	if cookie != "" {
		header.Set("Cookie", cookie)
	}
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: url, Header: header})
	var m vegeta.Metrics
	for r := range vegeta.NewAttacker(vegeta.Redirects(vegeta.NoFollow)).Attack(target, vegeta.Rate{Freq: 500, Per: time.Second}, b.rated, url) {
		m.Add(r)
	}
	m.Close()
	if m.Success < 1 {
		return 0, 0, fmt.Errorf("%s: %.2f%% of the answers were right: %v", url, 100*m.Success, m.Errors)
	}
	return m.Latencies.P50, m.Latencies.P99, nil
}

// startPeer starts the bare handler in a process of its own.
func (b *bench) startPeer(body []byte) (*running, error) {
	file := filepath.Join(b.work, "peer.gz")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	p := &running{url: "http://" + addr, cmd: exec.Command(self, "-peer", file, addr)}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, p.wait("/")
}

// servePeer is a Fiber handler that returns the bytes of a file from memory.
func servePeer(file, addr string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Get("/*", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(body)
	})
	return app.Listen(addr)
}
