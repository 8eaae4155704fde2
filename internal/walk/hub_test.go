package walk

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The program under test, each built once for all tests: plain as it ships;
// watched with the race detector where the tests have it, for walks in which
// several people and the hub itself do things at once. It takes ten times the
// time, to start too, so the others ask the plain one.
var (
	watched = sync.OnceValues(func() (string, error) { return build("watched", "1", built...) })
	plainly = sync.OnceValues(func() (string, error) { return build("plain", "0") })
)

var programs string // folder

func build(name, cgo string, flags ...string) (string, error) {
	if bin := os.Getenv("HUB_TEST_PROGRAM"); bin != "" { // see TestProof
		return bin, nil
	}
	bin := filepath.Join(programs, name)
	c := exec.Command("go", append(append([]string{"build"}, flags...), "-o", bin, "nmirfhub/cmd/hub")...)
	c.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
}

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "hub-walk"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(programs)
	os.Exit(code)
}

// demoPassword is what the demo accounts of a test have.
const demoPassword = "nine calm herons wade"

// site is a running hub.
type site struct {
	url  string
	data string
	log  *logBuffer
	kill func() // as the power does
	stop func() // as it should; the end of the test does it too
}

// logBuffer collects what the program says.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.WriteString(line + "\n")
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// hub builds a command of the program over a data folder.
func hub(t testing.TB, data string, args ...string) *exec.Cmd {
	t.Helper()
	return command(t, plainly, data, args...)
}

func command(t testing.TB, program func() (string, error), data string, args ...string) *exec.Cmd {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bin, args...)
	c.Dir = t.TempDir()
	c.Env = append(os.Environ(), "HUB_DATA="+data, "HUB_ADDR=127.0.0.1:0", "HUB_DEMO_PASSWORD="+demoPassword, "HUB_LOG=warn")
	return c
}

var opened = regexp.MustCompile(`The hub is open: (http://\S+)`)

// open starts a hub with the shipped content and the demo accounts, and stops
// it when the test ends. The stop must be clean.
func open(t testing.TB) *site {
	t.Helper()
	return serve(t, plainly, shipped(t))
}

// openWatched does the same with the watched program.
func openWatched(t testing.TB) *site {
	t.Helper()
	return serve(t, watched, shipped(t))
}

var shipping sync.Once

// shipped is a data folder with the shipped content, its index and the demo
// accounts, as a hub leaves it that was opened once: made for the first test,
// and copied for each. To bring in all that anew takes most of a start.
func shipped(t testing.TB) string {
	t.Helper()
	once, data := filepath.Join(programs, "shipped"), t.TempDir()
	shipping.Do(func() { serve(t, plainly, once).stop() })
	if err := os.CopyFS(data, os.DirFS(once)); err != nil {
		t.Fatal(err)
	}
	return data
}

// serve starts a hub, with more flags where the test has some.
func serve(t testing.TB, program func() (string, error), data string, more ...string) *site {
	t.Helper()
	return serveAt(t, program, data, "127.0.0.1", freePort(t), more...)
}

// serveAt is the same for a hub whose public address has another name.
func serveAt(t testing.TB, program func() (string, error), data, name, port string, more ...string) *site {
	t.Helper()
	c := command(t, program, data, append([]string{"serve", "--demo", "--addr", "127.0.0.1:" + port, "--base-url", "http://" + name + ":" + port}, more...)...)
	words, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s := &site{data: data, log: &logBuffer{}}
	ready, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(words); lines.Scan(); {
			s.log.add(lines.Text())
			if m := opened.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m[1]
			}
		}
	}()
	over := false
	s.kill = func() {
		over = true
		c.Process.Kill()
		<-ended
		c.Wait()
	}
	s.stop = func() {
		if !over {
			over = true
			stop(t, c, s, ended)
		}
	}
	t.Cleanup(s.stop)
	select {
	case s.url = <-ready:
	case <-ended:
		t.Fatalf("the hub did not start:\n%s", s.log)
	case <-time.After(time.Minute):
		t.Fatalf("the hub did not start within a minute:\n%s", s.log)
	}
	return s
}

func stop(t testing.TB, c *exec.Cmd, s *site, ended <-chan struct{}) {
	c.Process.Signal(syscall.SIGTERM)
	<-ended
	if err := c.Wait(); err != nil {
		t.Errorf("the hub did not stop cleanly: %v\n%s", err, s.log)
	}
	if log := s.log.String(); strings.Contains(log, "DATA RACE") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the hub said:\n%s", log)
	}
}

// freePort asks the kernel for a port.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := listenLoopback()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	return port
}

// person is somebody who reads the hub over HTTP; redirects are not followed.
type person struct {
	name   string
	site   *site
	client *http.Client
	bearer string // the token of a program; empty for a browser
	token  string // for forms, where it was asked for before
}

// as signs a demo account in; an empty name stays anonymous.
func (s *site) as(t testing.TB, name string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{name: name, site: s, client: &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
	if name != "" {
		p.signIn(t)
	}
	return p
}

var csrfField = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

func (p *person) signIn(t testing.TB) {
	t.Helper()
	form := p.get(t, "/en/signin")
	m := csrfField.FindStringSubmatch(form.body)
	if m == nil {
		t.Fatal("the sign-in form has no token")
	}
	a := p.post(t, "/en/signin", url.Values{"_csrf": {m[1]}, "email": {p.name + "@demo.example"}, "password": {demoPassword}})
	if a.status != http.StatusSeeOther {
		t.Fatalf("%s could not sign in: %d\n%s", p.name, a.status, a.body)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (p *person) get(t testing.TB, path string) answer {
	t.Helper()
	return p.ask(t, http.MethodGet, path, nil, nil)
}

func (p *person) post(t testing.TB, path string, form url.Values) answer {
	t.Helper()
	return p.ask(t, http.MethodPost, path, strings.NewReader(form.Encode()), http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {p.site.url},
	})
}

// submit fills the form of a page and sends it; it must lead on.
func (p *person) submit(t testing.TB, path string, form url.Values) answer {
	t.Helper()
	m := csrfField.FindStringSubmatch(p.get(t, path).body)
	if m == nil {
		t.Fatalf("%s has no form", path)
	}
	form.Set("_csrf", m[1])
	a := p.post(t, path, form)
	if a.status != http.StatusSeeOther {
		t.Fatalf("%s answers %d to %v", path, a.status, form)
	}
	return a
}

func (p *person) ask(t testing.TB, method, path string, body io.Reader, header http.Header) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, p.site.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	if p.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+p.bearer)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatalf("%s %.200s: %v", method, path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %.200s: %v", method, path, err)
	}
	return answer{resp.StatusCode, resp.Header, string(raw)}
}
