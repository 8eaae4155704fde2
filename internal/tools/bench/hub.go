package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// password is that of the demo accounts of a measured hub.
const password = "seven slow otters swim"

// running is a server that the bench started.
type running struct {
	url string
	cmd *exec.Cmd
}

func (b *bench) hub(data string, args ...string) *exec.Cmd {
	c := exec.Command(b.bin, args...)
	c.Dir = b.work
	c.Env = append(os.Environ(), "HUB_DATA="+data, "HUB_LOG=error", "HUB_DEMO_PASSWORD="+password)
	return c
}

func (b *bench) seed(data, content string) error {
	if out, err := b.hub(data, "seed", content).CombinedOutput(); err != nil {
		return fmt.Errorf("seed: %w\n%.2000s", err, out)
	}
	return nil
}

// start starts the hub and waits until it is ready.
func (b *bench) start(data string, more ...string) (*running, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	h := &running{url: "http://" + addr, cmd: b.hub(data, append([]string{"serve", "--addr", addr}, more...)...)}
	if err := h.cmd.Start(); err != nil {
		return nil, err
	}
	return h, h.wait("/readyz")
}

func (h *running) wait(path string) error {
	client := http.Client{Timeout: time.Second}
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(2 * time.Millisecond) {
		resp, err := client.Get(h.url + path)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
	}
	h.stop()
	return fmt.Errorf("%s was not ready within a minute", h.url)
}

func (h *running) stop() error {
	h.cmd.Process.Signal(syscall.SIGTERM)
	return h.cmd.Wait()
}

// memory is what the process holds now, in bytes.
func (h *running) memory() (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS for process %d", h.cmd.Process.Pid)
}

// fetch gets the compressed bytes of a page.
func (h *running) fetch(path, cookie string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, h.url+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return raw, err
}

var (
	linked = regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`)
	token  = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)
)

// firstVisit adds up the page and what it links from the hub's assets.
func (h *running) firstVisit(path string) (bytes, requests int, err error) {
	raw, err := h.fetch(path, "")
	if err != nil {
		return 0, 0, err
	}
	bytes, requests = len(raw), 1
	html, err := unzip(raw)
	if err != nil {
		return 0, 0, err
	}
	seen := map[string]bool{}
	for _, m := range linked.FindAllStringSubmatch(html, -1) {
		if seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		asset, err := h.fetch(m[1], "")
		if err != nil {
			return 0, 0, err
		}
		bytes, requests = bytes+len(asset), requests+1
	}
	return bytes, requests, nil
}

func unzip(raw []byte) (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(z)
	return string(plain), err
}

// signIn signs a demo account in and returns the header of its cookies.
func (h *running) signIn(name string) (string, error) {
	resp, err := http.Get(h.url + "/en/signin")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	m := token.FindSubmatch(page)
	if m == nil {
		return "", fmt.Errorf("the sign-in form has no token")
	}
	form := url.Values{"_csrf": {string(m[1])}, "email": {name + "@demo.example"}, "password": {password}}
	req, err := http.NewRequest(http.MethodPost, h.url+"/en/signin", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", h.url)
	for _, c := range resp.Cookies() {
		req.AddCookie(c)
	}
	done, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer done.Body.Close()
	if done.StatusCode != http.StatusSeeOther {
		return "", fmt.Errorf("sign in: %s", done.Status)
	}
	var all []string
	for _, c := range done.Cookies() {
		all = append(all, c.Name+"="+c.Value)
	}
	return strings.Join(all, "; "), nil
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
