package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"nmirfhub/internal/audit"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store/mongo"
)

// Cluster is several hubs that share a store, and hear of each other over NATS.
type Cluster struct {
	Hubs   []*Hub // the first has the people
	Faults *Faults

	nats    *server.Server
	ferret  *exec.Cmd
	storeIn io.Closer
	end     context.CancelFunc
}

// NewCluster makes and starts hubs on a MongoDB: that of HUB_TEST_MONGODB_URI,
// or else a FerretDB, which the program takes only when it is built for it.
// Both are built from the source. FerretDB loses concurrent updates; posts are
// inserts, which it keeps.
func NewCluster(ctx context.Context, program, dir string, instances, people int) (*Cluster, error) {
	c := &Cluster{}
	if err := c.open(ctx, program, dir, instances, people); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) open(ctx context.Context, program, dir string, instances, people int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	uri := os.Getenv("HUB_TEST_MONGODB_URI")
	if uri == "" {
		var err error
		program = filepath.Join(dir, "hub")
		if err := build(ctx, program, "nmirfhub/cmd/hub", "-tags", "ferret"); err != nil {
			return err
		}
		if uri, err = c.startFerret(ctx, dir); err != nil {
			return err
		}
	}
	var err error
	if c.nats, err = server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true}); err != nil {
		return err
	}
	go c.nats.Start()
	if !c.nats.ReadyForConnections(10 * time.Second) {
		return errors.New("NATS does not start")
	}
	var faulty context.Context
	faulty, c.end = context.WithCancel(context.WithoutCancel(ctx))
	if c.Faults, err = between(faulty, c.nats.Addr().String()); err != nil {
		return err
	}
	for i := range instances {
		h, err := newHub(program, filepath.Join(dir, fmt.Sprintf("hub%d", i)), "HUB_MONGODB_URI="+uri, "HUB_NATS_URL=nats://"+c.Faults.Address)
		if err != nil {
			return err
		}
		c.Hubs = append(c.Hubs, h)
	}
	return c.start(ctx, uri, people)
}

// start fills the store, has people join and the hubs serve.
func (c *Cluster) start(ctx context.Context, uri string, people int) error {
	first := c.Hubs[0]
	if out, err := first.command("seed").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	db, err := mongo.Open(ctx, uri, slices.Concat(member.Collections(), discuss.Collections(), audit.Collections()), mongo.AllowFerretDB())
	if err != nil {
		return err
	}
	defer db.Close()
	if first.People, err = first.join(ctx, db, hub.RoleMember, people); err != nil {
		return err
	}
	for _, h := range c.Hubs {
		if err := h.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// build builds a program of the module that this one is part of.
func build(ctx context.Context, into, what string, flags ...string) error {
	do := exec.CommandContext(ctx, "go", append(append([]string{"build", "-o", into}, flags...), what)...)
	do.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := do.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", what, err, out)
	}
	return nil
}

// startFerret builds a FerretDB, which stands in a module of its own, and starts
// it; it ends with its input. It keeps its data in a folder, or in the empty
// PostgreSQL of HUB_TEST_POSTGRES_URL, which bears more clients.
func (c *Cluster) startFerret(ctx context.Context, dir string) (uri string, err error) {
	where, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "nmirfhub/internal/store/mongo").Output()
	if err != nil {
		return "", fmt.Errorf("find the source, from which FerretDB is built: %w", err)
	}
	program, data := filepath.Join(dir, "ferret"), filepath.Join(dir, "store")
	made := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	made.Dir = filepath.Join(strings.TrimSpace(string(where)), "ferret")
	made.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if out, err := made.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build FerretDB: %w\n%s", err, out)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		return "", err
	}
	c.ferret = exec.Command(program, "-dir", data, "-postgres", os.Getenv("HUB_TEST_POSTGRES_URL"))
	c.ferret.Stderr = os.Stderr
	if c.storeIn, err = c.ferret.StdinPipe(); err != nil {
		return "", err
	}
	out, err := c.ferret.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := c.ferret.Start(); err != nil {
		c.ferret = nil
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("FerretDB does not start: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSpace(line), "/") + "/hubload", nil
}

// Stop ends everything.
func (c *Cluster) Stop() {
	for _, h := range c.Hubs {
		if h.process != nil {
			h.Kill()
		}
	}
	if c.end != nil {
		c.end()
	}
	if c.nats != nil {
		c.nats.Shutdown()
	}
	if c.ferret != nil {
		c.storeIn.Close()
		c.ferret.Wait()
	}
}
