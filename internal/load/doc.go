// Package load proves the figures of talk and of writing: it starts a hub of its own,
// with as many accounts as it needs, and has them read, write and listen as
// browsers do. The accounts are made in the store before the hub opens it; the
// limits of the hub stand as they are.
package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
	"nmirfhub/internal/store/sqlite"
	"nmirfhub/policies"
)

// Space is where the accounts talk: one that the hub opens with.
const Space = "tools"

const secret = "0123456789abcdef0123456789abcdef0123456789abcdef"

// Person is an account with an open session.
type Person struct{ ID, Bearer string }

// csrf is the token of the person's forms.
func (p Person) csrf() string { return member.CSRF([]byte(secret), "session:"+p.Bearer) }

// Hub is a hub in a folder of its own.
type Hub struct {
	Program string // path of the hub
	Dir     string
	URL     string
	People  []Person

	env     []string // settings beside those of every hub
	process *exec.Cmd
	client  *http.Client
	pages   fasthttp.Client
}

// New makes a hub with so many people who have had a role for long. write may
// add talk before it opens.
func New(ctx context.Context, program, dir string, role hub.Role, people int, write func(*discuss.Service, []Person) error) (*Hub, error) {
	h, err := newHub(program, dir)
	if err != nil {
		return nil, err
	}
	if out, err := h.command("seed").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	db, err := sqlite.Open(filepath.Join(dir, "hub.db"), slices.Concat(member.Collections(), discuss.Collections(), audit.Collections()))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if h.People, err = h.join(ctx, db, role, people); err != nil || write == nil {
		return h, err
	}
	door, err := access.New(policies.Files, db)
	if err != nil {
		return nil, err
	}
	talk := &discuss.Service{
		Door: door, Store: db, Members: &member.Service{Store: db}, NewID: hub.NewID,
		Log: &audit.Log{Store: db, Now: time.Now, Key: []byte(secret), Seals: filepath.Join(dir, "audit.seal")},
	}
	return h, write(talk, h.People)
}

// newHub is a hub in a folder, with an address of its own.
func newHub(program, dir string, env ...string) (*Hub, error) {
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer at.Close()
	h := &Hub{
		Program: program, Dir: dir, URL: "http://" + at.Addr().String(), env: env,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 30 * time.Second},
	}
	return h, os.MkdirAll(dir, 0o700)
}

// join makes accounts, signed in by the link that opens an account.
func (h *Hub) join(ctx context.Context, db store.Store, role hub.Role, n int) ([]Person, error) {
	long := time.Now().Add(-60 * 24 * time.Hour)
	then := &member.Service{Store: db, BaseURL: h.URL, Key: []byte(secret), Now: func() time.Time { return long }}
	now := &member.Service{Store: db, BaseURL: h.URL, Key: []byte(secret)}
	mechanism := hub.State("MDA")
	if role != hub.RoleMember {
		mechanism = ""
	}
	var all []Person
	for i := range n {
		p, err := then.Create(ctx, member.NewPerson{Email: fmt.Sprintf("p%d@load.example", i), Name: fmt.Sprintf("Person %d", i), Role: role, Mechanism: mechanism})
		if err != nil {
			return nil, err
		}
		link, err := now.SignInLink(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		_, bearer, err := now.RedeemLink(ctx, link[strings.LastIndex(link, "/")+1:], "", member.From{IP: netip.MustParseAddr("127.0.0.1")})
		if err != nil {
			return nil, err
		}
		all = append(all, Person{p.ID, bearer})
	}
	return all, nil
}

// Start starts the hub and waits until it is ready.
func (h *Hub) Start(ctx context.Context) error {
	h.process = h.command("serve")
	log, err := os.OpenFile(h.Dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	h.process.Stdout, h.process.Stderr = log, log
	if err := h.process.Start(); err != nil {
		return err
	}
	log.Close()
	for {
		answer, err := h.client.Get(h.URL + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the hub is not ready: %w\n%s", ctx.Err(), h.said())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// said is the end of what the hub wrote down.
func (h *Hub) said() []byte {
	raw, err := os.ReadFile(h.Dir + ".log")
	if err != nil {
		return []byte(err.Error())
	}
	return raw[max(0, len(raw)-2000):]
}

func (h *Hub) command(args ...string) *exec.Cmd {
	c := exec.Command(h.Program, args...)
	c.Env = append(os.Environ(), "HUB_DATA="+h.Dir, "HUB_SECRET="+secret, "HUB_ADDR="+strings.TrimPrefix(h.URL, "http://"), "HUB_BASE_URL="+h.URL)
	c.Env = append(c.Env, h.env...)
	return c
}

// Kill ends the hub between any two of its lines.
func (h *Hub) Kill() {
	h.process.Process.Kill()
	h.process.Wait()
}

// Memory is what the hub holds, in bytes.
func (h *Hub) Memory() (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if kb, is := strings.CutPrefix(line, "VmRSS:"); is {
			n, err := strconv.ParseInt(strings.Fields(kb)[0], 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("the system does not say what a program holds")
}

// call asks the hub as a person, with JSON and an answer of JSON.
func (h *Hub) call(ctx context.Context, p Person, method, path, key string, body, into any) error {
	var raw []byte
	if body != nil {
		raw, _ = json.Marshal(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, h.URL+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header.Set("Cookie", "hub="+p.Bearer)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", h.URL)
		r.Header.Set("X-CSRF-Token", p.csrf())
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := h.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return &refused{answer.StatusCode, string(said)}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(said, into)
}

// refused is an answer that asks for no second try.
type refused struct {
	status int
	said   string
}

func (r *refused) Error() string { return fmt.Sprintf("the hub answers %d: %s", r.status, r.said) }

// Thread is where people write.
type Thread struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
}

// Begin begins a thread.
func (h *Hub) Begin(ctx context.Context, p Person, title string) (t Thread, err error) {
	err = h.call(ctx, p, http.MethodPost, "/api/v1/spaces/"+Space+"/threads", hub.NewID(), map[string]any{"title": title, "body": "How do you do it?", "lang": "en"}, &t)
	return t, err
}

// Post is a post as the hub serves it.
type Post struct {
	Seq  int64  `json:"seq"`
	Body string `json:"body"`
}

// Say adds a post.
func (h *Hub) Say(ctx context.Context, p Person, t Thread, key, body string) (said Post, err error) {
	err = h.call(ctx, p, http.MethodPost, "/api/v1/threads/"+t.ID+"/posts", key, map[string]any{"body": body, "lang": "en"}, &said)
	return said, err
}

// Posts are all posts of a thread.
func (h *Hub) Posts(ctx context.Context, p Person, t Thread) (all []Post, err error) {
	for {
		var page struct{ Items []Post }
		var after int64
		if n := len(all); n > 0 {
			after = all[n-1].Seq
		}
		path := fmt.Sprintf("/api/v1/threads/%s/posts?after=%d", t.ID, after)
		if err := h.call(ctx, p, http.MethodGet, path, "", nil, &page); err != nil || len(page.Items) == 0 {
			return all, err
		}
		all = append(all, page.Items...)
	}
}

// quantile is what so many of the times do not exceed.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(q*float64(len(all))))]
}
