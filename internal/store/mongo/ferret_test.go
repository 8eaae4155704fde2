package mongo

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// peer is the FerretDB of the package's tests, started by the first that needs
// it and stopped after the last.
var peer ferret

func TestMain(m *testing.M) {
	code := m.Run()
	if err := peer.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop FerretDB:", err)
		code = 1
	}
	os.Exit(code)
}

type ferret struct {
	once    sync.Once
	folder  string
	process *exec.Cmd
	stdin   interface{ Close() error }
	uri     string
	err     error
}

// ferretURI returns the URI of a database of the peer. It is for one test,
// and the same at each call.
func ferretURI(t testing.TB) string {
	t.Helper()
	peer.once.Do(func() { peer.err = peer.start() })
	if peer.err != nil {
		t.Fatalf("start FerretDB: %v", peer.err)
	}
	return withDatabase(peer.uri, databaseOf(t))
}

// start builds the peer, which stands in a module of its own, and waits until
// it listens on the loopback address.
func (f *ferret) start() error {
	var err error
	if f.folder, err = os.MkdirTemp("", "ferret"); err != nil {
		return err
	}
	program := filepath.Join(f.folder, "ferret")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = "ferret"
	build.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	data := filepath.Join(f.folder, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	f.process = exec.Command(program, "-dir", data)
	f.process.Stderr = os.Stderr
	return f.listen()
}

func (f *ferret) listen() error {
	stdin, err := f.process.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := f.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := f.process.Start(); err != nil {
		return err
	}
	f.stdin = stdin
	line, err := bufio.NewReader(stdout).ReadString('\n')
	f.uri = strings.TrimSpace(line)
	return err
}

// stop ends the process by closing its input, or, after ten seconds, at once.
func (f *ferret) stop() error {
	var err error
	if f.stdin != nil {
		late := time.AfterFunc(10*time.Second, func() { f.process.Process.Kill() })
		f.stdin.Close()
		err = f.process.Wait()
		late.Stop()
	}
	return errors.Join(err, os.RemoveAll(f.folder))
}

// databases names a database for each test that runs; a test's own name does
// not fit.
var databases struct {
	sync.Mutex
	made int
	of   map[string]string // by name of the test
}

// databaseOf returns the name for the test, the same at each call.
func databaseOf(t testing.TB) string {
	databases.Lock()
	defer databases.Unlock()
	if databases.of == nil {
		databases.of = map[string]string{}
	}
	if name := databases.of[t.Name()]; name != "" {
		return name
	}
	databases.made++
	name := fmt.Sprintf("hubtest_%d_%d", os.Getpid(), databases.made)
	databases.of[t.Name()] = name
	t.Cleanup(func() { // so that the same test run again has a new one
		databases.Lock()
		defer databases.Unlock()
		delete(databases.of, t.Name())
	})
	return name
}

// withDatabase puts the name of a database into a MongoDB URI.
func withDatabase(uri, name string) string {
	scheme, rest, _ := strings.Cut(uri, "://")
	rest, query, _ := strings.Cut(rest, "?")
	hosts, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + hosts + "/" + name + "?" + query
}
