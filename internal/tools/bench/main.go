// Command bench measures the built program from outside, beside a bare Fiber
// handler that returns the same bytes from memory, and prints the results as
// Markdown. It needs bin/hub and wrk; everything runs on loopback.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

func main() {
	log.SetFlags(0)
	bin := flag.String("hub", "bin/hub", "the built program")
	content := flag.String("content", "seed", "the shipped content")
	short := flag.Bool("short", false, "a tenth of the time, to try the measurements themselves")
	peer := flag.String("peer", "", "serve this file as the bare handler (the bench starts itself so)")
	flag.Parse()
	if *peer != "" {
		log.Fatal(servePeer(*peer, flag.Arg(0)))
	}
	work, err := os.MkdirTemp("", "hub-bench")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(work)
	program, err := filepath.Abs(*bin)
	if err != nil {
		log.Fatal(err)
	}
	shipped, err := filepath.Abs(*content)
	if err != nil {
		log.Fatal(err)
	}
	b := &bench{bin: program, content: shipped, work: work, round: 8 * time.Second, rated: 20 * time.Second}
	if *short {
		b.round, b.rated = time.Second, 2*time.Second
	}
	if err := b.all(); err != nil {
		log.Fatal(err)
	}
}

type bench struct {
	bin, content, work string
	round, rated       time.Duration // of a wrk round, and of a run at a fixed rate
}

// pages are what is measured: a list of 25 cards, a record, the first page.
var pages = []string{"/en/library", "/en/practices/two-focal-points-per-ministry", "/en"}

// largest is how many times the shipped content the large data folder holds.
const largest = 100

func (b *bench) all() error {
	fmt.Printf("Measured %s on %d cores, %s.\n", time.Now().Format("2006-01-02"), runtime.NumCPU(), runtime.Version())
	small := filepath.Join(b.work, "small")
	if err := b.seed(small, b.content); err != nil {
		return err
	}
	if err := b.starts(small); err != nil {
		return err
	}
	if err := b.side(small); err != nil {
		return err
	}
	content := filepath.Join(b.work, "content")
	if err := multiply(b.content, content, largest); err != nil {
		return err
	}
	large := filepath.Join(b.work, "large")
	if err := b.seed(large, content); err != nil {
		return err
	}
	return b.growth(small, large)
}

// starts measures a start on seeded data, and what it holds when idle and
// what the first page weighs.
func (b *bench) starts(data string) error {
	var took []time.Duration
	for range 5 {
		begin := time.Now()
		h, err := b.start(data)
		if err != nil {
			return err
		}
		took = append(took, time.Since(begin))
		if err := h.stop(); err != nil {
			return err
		}
	}
	slices.Sort(took)
	h, err := b.start(data)
	if err != nil {
		return err
	}
	defer h.stop()
	for _, p := range pages {
		if _, err := h.fetch(p, ""); err != nil {
			return err
		}
	}
	held, err := h.memory()
	if err != nil {
		return err
	}
	weight, requests, err := h.firstVisit("/en")
	if err != nil {
		return err
	}
	fmt.Printf("\n| Start | |\n|---|---|\n")
	fmt.Printf("| start to ready, seeded data, median of 5 | %d ms |\n", took[2].Milliseconds())
	fmt.Printf("| memory after the first pages | %.0f MB |\n", float64(held)/1e6)
	fmt.Printf("| first visit of the home page, gzip | %.1f KB in %d requests |\n", float64(weight)/1000, requests)
	return nil
}

// side measures the hub beside the bare handler, in turns.
func (b *bench) side(data string) error {
	h, err := b.start(data, "--demo")
	if err != nil {
		return err
	}
	defer h.stop()
	fmt.Printf("\n| Page, `wrk -t1 -c32` in turns, medians of 3 | bytes | hub, requests/s | bare handler | ratio |\n|---|---|---|---|---|\n")
	for _, page := range pages {
		if err := b.beside(h, page); err != nil {
			return err
		}
	}
	session, err := h.signIn("member")
	if err != nil {
		return err
	}
	rate, err := b.wrk(h.url+"/en/library", session)
	if err != nil {
		return err
	}
	fmt.Printf("| /en/library, signed in | | %.0f | | |\n", rate)
	busy, err := h.memory()
	if err != nil {
		return err
	}
	fmt.Printf("| memory after this load | %.0f MB | | | |\n", float64(busy)/1e6)
	return nil
}

func (b *bench) beside(h *running, page string) error {
	body, err := h.fetch(page, "")
	if err != nil {
		return err
	}
	p, err := b.startPeer(body)
	if err != nil {
		return err
	}
	defer p.stop()
	var ours, theirs []float64
	for range 3 {
		a, err := b.wrk(h.url+page, "")
		if err != nil {
			return err
		}
		c, err := b.wrk(p.url, "")
		if err != nil {
			return err
		}
		ours, theirs = append(ours, a), append(theirs, c)
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	fmt.Printf("| %s | %d | %.0f | %.0f | %.2f |\n", page, len(body), ours[1], theirs[1], ours[1]/theirs[1])
	return nil
}

// growth measures the same lists with the shipped content and with many times
// as much, at 500 requests/s.
func (b *bench) growth(small, large string) error {
	fmt.Printf("\n| At 500 requests/s | p50 | p99 | p99 with %d times the records | ratio |\n|---|---|---|---|---|\n", largest)
	type line struct{ p50, p99 time.Duration }
	var lines [2][]line
	names := []string{"/en/library, public", "/en/library, signed in", "/en/library?sort=title&type=report, signed in"}
	for i, data := range []string{small, large} {
		h, err := b.start(data, "--demo")
		if err != nil {
			return err
		}
		session, err := h.signIn("member")
		if err != nil {
			return err
		}
		for n := range names {
			path, cookie := "/en/library", session
			switch n {
			case 0:
				cookie = ""
			case 2:
				path = "/en/library?sort=title&type=report"
			}
			p50, p99, err := b.rate(h.url+path, cookie)
			if err != nil {
				return err
			}
			lines[i] = append(lines[i], line{p50, p99})
		}
		if i == 1 {
			held, err := h.memory()
			if err != nil {
				return err
			}
			defer fmt.Printf("| memory with %d times the records | %.0f MB | | | |\n", largest, float64(held)/1e6)
		}
		if err := h.stop(); err != nil {
			return err
		}
	}
	for n, name := range names {
		a, c := lines[0][n], lines[1][n]
		fmt.Printf("| %s | %.2f ms | %.2f ms | %.2f ms | %.2f |\n", name, ms(a.p50), ms(a.p99), ms(c.p99), float64(c.p99)/float64(a.p99))
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
