package load

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

const usage = `hubload measures the talk of a hub that it starts itself, in a folder of its own.

  hubload sockets   open pages: delivery, memory of each, one notice to all, other pages meanwhile
  hubload posts     how long posts take to be acknowledged
  hubload pages     threads of 20 and of 10,000 posts, signed in
  hubload chaos     the hub is killed and links drop while people write: what is lost
  hubload drafts    forms that save themselves: how long a save takes, what 100 kills lose
  hubload library   a library of publications is brought: how long until all of it is there

  -hub PATH   the program (bin/hub)      -for TIME    how long (30s)
  -n N        sockets, clients, kills    -rate N      posts or saves a second
  -file PATH  of library: what is brought (the messy one of the tests)
  -instances N   of chaos: several hubs over NATS, whose hints get lost, doubled and mixed up. They share the MongoDB at
                 HUB_TEST_MONGODB_URI, or else a FerretDB that is built for it, in the folder of the source; for many clients
                 name an empty PostgreSQL for it: HUB_TEST_POSTGRES_URL
`

// settings of a run.
type settings struct {
	program   string
	during    time.Duration
	n, rate   int
	instances int    // of the hub
	file      string // that is brought
	role      hub.Role
	out       io.Writer
	dir       string
	bad       int // figures that were not reached
}

// drafts measures forms that save themselves, and what of them is lost.
func drafts(ctx context.Context, s *settings) error {
	rate, people := or(s.rate, 20), 50
	h, err := s.open(ctx, people, nil)
	if err != nil {
		return err
	}
	defer func() { h.Kill() }()
	all, err := h.Drafts(ctx, people)
	if err != nil {
		return err
	}
	took, err := SaveRate(ctx, h, all, rate, s.during)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d saves by %d people at %d a second\n", len(took), people, rate)
	s.say("a save acknowledged, p50", quantile(took, .5), 0)
	s.say("a save acknowledged, p99", quantile(took, .99), 30*time.Millisecond)
	fresh, err := h.Drafts(ctx, 8)
	if err != nil {
		return err
	}
	kills := or(s.n, 100)
	saved, lost, err := KillWhileSaving(ctx, h, fresh, kills)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "killed %d times while %d people wrote: %d saves acknowledged, %d lost\n", kills, len(fresh), saved, lost)
	s.bad += lost
	return nil
}

// Run is the command. It returns an error when a figure was not reached.
func Run(ctx context.Context, args []string, out io.Writer) error {
	scenarios := map[string]func(context.Context, *settings) error{"sockets": sockets, "posts": posts, "pages": pages, "chaos": chaos, "drafts": drafts, "library": library}
	if len(args) > 0 && args[0] == "ears" {
		return Hear(ctx, os.Stdin, out)
	}
	if len(args) > 1 && args[0] == "bare" {
		rate, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return ServeBare(os.Stdin, out, rate)
	}
	if len(args) == 0 || scenarios[args[0]] == nil {
		fmt.Fprint(out, usage)
		return errors.New("say what is to be measured")
	}
	s := &settings{out: out, role: hub.RoleMember}
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&s.program, "hub", "bin/hub", "the program")
	f.DurationVar(&s.during, "for", 30*time.Second, "how long")
	f.IntVar(&s.n, "n", 0, "sockets, clients or kills")
	f.IntVar(&s.instances, "instances", 1, "hubs that share a store")
	f.StringVar(&s.file, "file", "internal/bibliography/testdata/messy.bib.gz", "what is brought")
	f.IntVar(&s.rate, "rate", 0, "posts or saves a second")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hubload")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.dir = filepath.Join(dir, "data")
	if err := scenarios[args[0]](ctx, s); err != nil {
		return err
	}
	if s.bad > 0 {
		return fmt.Errorf("%d figures were not reached", s.bad)
	}
	return nil
}

// or is a number of the settings, or what stands for none.
func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// say writes a line of the table. A figure above what is wanted is counted.
func (s *settings) say(what string, got, wanted time.Duration) {
	mark := ""
	if wanted > 0 && got > wanted {
		mark = "  NOT REACHED"
		s.bad++
	}
	fmt.Fprintf(s.out, "%-52s %12s", what, got.Round(10*time.Microsecond))
	if wanted > 0 {
		fmt.Fprintf(s.out, "   wanted %8s%s", wanted.Round(10*time.Microsecond), mark)
	}
	fmt.Fprintln(s.out)
}

func (s *settings) open(ctx context.Context, people int, write func(*discuss.Service, []Person) error) (*Hub, error) {
	fmt.Fprintf(s.out, "%d people join\n", people)
	h, err := New(ctx, s.program, s.dir, s.role, people, write)
	if err != nil {
		return nil, err
	}
	return h, h.Start(ctx)
}

func begin(ctx context.Context, h *Hub, n int) (all []Thread, err error) {
	for i := range n {
		t, err := h.Begin(ctx, h.People[i%len(h.People)], fmt.Sprintf("Thread %d", i))
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

const otherPage = "/en/practices"

func sockets(ctx context.Context, s *settings) error {
	n, rate, each := or(s.n, 10_000), or(s.rate, 20), 5
	h, err := s.open(ctx, (n+each-1)/each, nil)
	if err != nil {
		return err
	}
	defer h.Kill()
	threads, err := begin(ctx, h, 201)
	if err != nil {
		return err
	}
	all, threads := threads[200], threads[:200]
	Page(ctx, h, otherPage, 4, 2*time.Second) // warm
	before := s.look(ctx, h)
	beside, err := s.lookBesideBare(ctx, h, each, rate, threads)
	if err != nil {
		return err
	}
	empty, err := h.Memory()
	if err != nil {
		return err
	}
	began := time.Now()
	ears, err := Open(ctx, h, each, threads, all)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d sockets opened in %s\n", n, time.Since(began).Round(time.Millisecond))
	pause(ctx, 3*time.Second)
	full, err := h.Memory()
	if err != nil {
		return err
	}
	look, quiet := context.WithCancel(ctx)
	looked := make(chan []time.Duration)
	go func() { looked <- Look(look, h, otherPage) }()
	took, acked, err := Rate(ctx, h, threads, rate, s.during)
	quiet()
	during := <-looked
	if err != nil {
		return err
	}
	pause(ctx, time.Second)
	notice, err := h.Say(ctx, h.People[0], all, "notice", "A notice to all")
	if err != nil {
		return err
	}
	noticed := time.Now()
	pause(ctx, 3*time.Second)
	heard, err := ears.Close()
	if err != nil {
		return err
	}
	delays := Delays(heard, acked)
	var last time.Duration
	told := 0
	for _, a := range heard {
		if a.Thread == all.ID && a.Seq == notice.Seq {
			told++
			last = max(last, a.At.Sub(noticed))
		}
	}
	want := len(acked) * n / len(threads)
	fmt.Fprintf(s.out, "%d posts, heard %d times of %d; the notice %d times of %d\n", len(acked), len(delays), want, told, n)
	if len(delays) < want || told < n {
		s.bad++
	}
	s.say("delivery after the acknowledgement, p50", quantile(delays, .5), 50*time.Millisecond)
	s.say("delivery after the acknowledgement, p99", quantile(delays, .99), 250*time.Millisecond)
	s.say("a notice to all, the last one", last, 400*time.Millisecond)
	s.say("acknowledgement, p99", quantile(took, .99), 0)
	s.say("another page, p50: with no sockets", quantile(before, .5), 0)
	s.say("with as many sockets on a bare server", quantile(beside, .5), 0)
	s.say("with the hub's", quantile(during, .5), 0)
	s.say("another page, p99: with no sockets", quantile(before, .99), 0)
	s.say("with as many sockets on a bare server", quantile(beside, .99), 0)
	s.say("with the hub's", quantile(during, .99), quantile(beside, .99)*11/10)
	fmt.Fprintf(s.out, "memory of a socket: %.1f KB (wanted: under 24)\n", float64(full-empty)/1024/float64(n))
	return nil
}

// look asks for another page as long as a measurement takes.
func (s *settings) look(ctx context.Context, h *Hub) []time.Duration {
	ctx, stop := context.WithTimeout(ctx, s.during)
	defer stop()
	return Look(ctx, h, otherPage)
}

// lookBesideBare is the same while a bare server on the same machine holds the
// sockets and sends as much to the same clients: the rest is of the machine.
func (s *settings) lookBesideBare(ctx context.Context, h *Hub, each, rate int, threads []Thread) ([]time.Duration, error) {
	b, err := StartBare(ctx, rate)
	if err != nil {
		return nil, err
	}
	ears, err := Open(ctx, &Hub{URL: b.URL, People: h.People}, each, threads, Thread{})
	if err != nil {
		return nil, err
	}
	pause(ctx, 3*time.Second)
	took := s.look(ctx, h)
	if _, err := ears.Close(); err != nil {
		return nil, err
	}
	return took, b.Stop()
}

func posts(ctx context.Context, s *settings) error {
	rate := or(s.rate, 50)
	h, err := s.open(ctx, max(200, int(s.during.Seconds())*rate/25), nil)
	if err != nil {
		return err
	}
	defer h.Kill()
	threads, err := begin(ctx, h, 50)
	if err != nil {
		return err
	}
	took, _, err := Rate(ctx, h, threads, rate, s.during)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d posts at %d a second\n", len(took), rate)
	s.say("acknowledgement, p50", quantile(took, .5), 0)
	s.say("acknowledgement, p99", quantile(took, .99), 25*time.Millisecond)
	return nil
}

func pages(ctx context.Context, s *settings) error {
	var threads []Thread
	h, err := s.open(ctx, 400, func(talk *discuss.Service, people []Person) (err error) {
		threads, err = Fill(ctx, talk, people, 20, 10_000)
		return err
	})
	if err != nil {
		return err
	}
	defer h.Kill()
	path := func(t Thread) string { return "/en/discuss/" + Space + "/" + t.Slug }
	short, long := path(threads[0]), path(threads[1])
	for _, warm := range []string{short, long} {
		if _, _, err := Page(ctx, h, warm, 4, time.Second); err != nil {
			return err
		}
	}
	rate, _, err := Page(ctx, h, short, 16, s.during)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "a thread of 20 posts, signed in: %.0f requests/s (wanted: 2,000)\n", rate)
	if rate < 2000 {
		s.bad++
	}
	base, worst := time.Duration(0), 0.0
	for _, at := range []string{short, long, long + "?from=5001", long + "?from=9981"} {
		_, took, err := Page(ctx, h, at, 1, 4*time.Second)
		if err != nil {
			return err
		}
		half := quantile(took, .5)
		if base == 0 {
			base = half
		}
		worst = max(worst, float64(half)/float64(base))
		fmt.Fprintf(s.out, "%-52s %12s   %.2f times\n", at, half.Round(time.Microsecond), float64(half)/float64(base))
	}
	if worst > 1.3 {
		s.bad++
	}
	return nil
}

func chaos(ctx context.Context, s *settings) error {
	n := or(s.n, 200)
	x := Chaos{For: s.during, Kill: 8 * time.Second, Pause: max(5*time.Second, s.during/29)} // the limit of posts a person
	if s.rate > 0 {
		x.Pause = time.Duration(n) * time.Second / time.Duration(s.rate)
	}
	var faults *Faults
	if s.instances > 1 {
		c, err := NewCluster(ctx, s.program, s.dir, s.instances, n)
		if err != nil {
			return err
		}
		defer c.Stop()
		x.Hubs, faults = c.Hubs, c.Faults
	} else {
		h, err := s.open(ctx, n, nil)
		if err != nil {
			return err
		}
		defer func() { h.Kill() }()
		x.Hubs = []*Hub{h}
	}
	var err error
	if x.Threads, err = begin(ctx, x.Hubs[0], 10); err != nil {
		return err
	}
	told, err := x.Run(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d clients, %d instances, %s: killed %d times, %d links dropped\n", n, len(x.Hubs), s.during, told.Kills, told.Dropped)
	if faults != nil {
		fmt.Fprintf(s.out, "hints between instances: %s\n", faults)
	}
	fmt.Fprintf(s.out, "%d posts: %d lost, %d doubled, %d out of order, %d unheard\n", told.Posts, told.Lost, told.Doubled, told.Misplaced, told.Unheard)
	s.bad += told.Bad()
	return nil
}
