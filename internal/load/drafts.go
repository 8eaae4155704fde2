package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a practice asks, as far as this needs to know: the question whose answer
// grows, and the part of the form that it is in.
const (
	written = "problem"
	section = "start"
)

// Draft is a practice that somebody writes, and the form that saves it.
type Draft struct {
	person Person
	form   string // path of the form
	seen   string // mark of the answer that the hub has, as the form knows it

	mu    sync.Mutex
	acked int // the last batch that the hub has acknowledged
}

// Drafts begins a practice for each of the first people.
func (h *Hub) Drafts(ctx context.Context, n int) ([]*Draft, error) {
	var all []*Draft
	for i := range n {
		p := h.People[i]
		at, _, err := h.send(ctx, p, "/en/contribute/new?kind=practice", url.Values{"title": {fmt.Sprintf("Draft %d", i)}, "lang": {"en"}}, "")
		if err != nil {
			return nil, err
		}
		d := &Draft{person: p, form: at + "/" + section}
		page, err := h.page(ctx, d)
		if err != nil {
			return nil, err
		}
		if m := mark.FindSubmatch(page); m != nil {
			d.seen = string(m[1])
		}
		all = append(all, d)
	}
	return all, nil
}

// send sends a form as a person, and returns where it led and what came.
func (h *Hub) send(ctx context.Context, p Person, to string, fields url.Values, accept string) (at string, body []byte, err error) {
	fields.Set("_csrf", p.csrf())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL+to, strings.NewReader(fields.Encode()))
	if err != nil {
		return "", nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", h.URL)
	r.Header.Set("Cookie", "hub="+p.Bearer)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	answer, err := h.client.Do(r)
	if err != nil {
		return "", nil, err
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err == nil && answer.StatusCode != http.StatusOK {
		err = &refused{answer.StatusCode, string(body)}
	}
	return path.Clean(answer.Request.URL.Path), body, err
}

// text is what stands in a draft after so many batches of keys.
func text(n int) string {
	return fmt.Sprintf("Ministries change their focal points faster than we can train them. batch-%d", n)
}

var (
	batch = regexp.MustCompile(`batch-(\d+)`)
	mark  = regexp.MustCompile(`name="seen\.` + written + `" value="([^"]*)"`)
)

// Save sends the answer after so many batches, as the page that saves itself
// does.
func (h *Hub) Save(ctx context.Context, d *Draft, n int) error {
	fields := url.Values{"whole": {"1"}, "seen." + written: {d.seen}, written: {text(n)}}
	_, body, err := h.send(ctx, d.person, d.form, fields, "application/json")
	if err != nil {
		return err
	}
	var saved struct {
		Seen    map[string]string
		Wrong   int
		Clashes int
	}
	if err := json.Unmarshal(body, &saved); err != nil {
		return err
	}
	if saved.Wrong+saved.Clashes > 0 {
		return &refused{http.StatusConflict, string(body)}
	}
	d.seen = saved.Seen[written]
	d.mu.Lock()
	d.acked = n
	d.mu.Unlock()
	return nil
}

// Holds is after how many batches the hub has the answer.
func (h *Hub) Holds(ctx context.Context, d *Draft) (int, error) {
	page, err := h.page(ctx, d)
	m := batch.FindSubmatch(page)
	if err != nil || m == nil {
		return 0, err
	}
	return strconv.Atoi(string(m[1]))
}

// page is the form of a draft.
func (h *Hub) page(ctx context.Context, d *Draft) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+d.form, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Cookie", "hub="+d.person.Bearer)
	answer, err := h.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = &refused{answer.StatusCode, d.form}
	}
	return body, err
}

// SaveRate saves drafts at a rate, each in turn, and returns how long each save
// took to be acknowledged.
func SaveRate(ctx context.Context, h *Hub, all []*Draft, perSecond int, during time.Duration) (took []time.Duration, err error) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	each := time.Duration(len(all)) * time.Second / time.Duration(perSecond)
	ctx, stop := context.WithTimeout(ctx, during)
	defer stop()
	for _, d := range all {
		wait.Go(func() {
			pause(ctx, time.Duration(rand.Int64N(int64(each))))
			for n := 1; ctx.Err() == nil; n++ {
				began := time.Now()
				failed := h.Save(context.WithoutCancel(ctx), d, n)
				spent := time.Since(began)
				mu.Lock()
				took = append(took, spent)
				if failed != nil {
					err = failed
				}
				mu.Unlock()
				pause(ctx, each-spent)
			}
		})
	}
	wait.Wait()
	return took, err
}

// KillWhileSaving kills the hub so many times while everybody writes without a
// pause, and counts the batches that were acknowledged and are not there when
// it is back.
func KillWhileSaving(ctx context.Context, h *Hub, all []*Draft, kills int) (saved, lost int, err error) {
	writing, stop := context.WithCancel(ctx)
	defer stop()
	var wait sync.WaitGroup
	failed := make(chan error, len(all))
	for _, d := range all {
		wait.Go(func() {
			for n := 1; writing.Err() == nil; n++ {
				if err := h.saveAtLast(ctx, d, n); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for range kills {
		pause(ctx, time.Duration(50+rand.IntN(250))*time.Millisecond)
		h.Kill()
		if lost, err = h.missing(ctx, all, lost); err != nil {
			return saved, lost, err
		}
	}
	stop()
	wait.Wait()
	for _, d := range all {
		saved += d.acked
	}
	if lost, err = h.count(ctx, all, lost); err != nil {
		return saved, lost, err
	}
	select {
	case err = <-failed:
	default:
	}
	return saved, lost, err
}

// saveAtLast sends the same batch until it is acknowledged.
func (h *Hub) saveAtLast(ctx context.Context, d *Draft, n int) error {
	for {
		err := h.Save(ctx, d, n)
		var no *refused
		if err == nil || ctx.Err() != nil || errors.As(err, &no) {
			return err
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// missing has a killed hub run again, and counts the drafts that hold less than
// was acknowledged when it was killed.
func (h *Hub) missing(ctx context.Context, all []*Draft, lost int) (int, error) {
	start, end := context.WithTimeout(ctx, 30*time.Second)
	defer end()
	if err := h.Start(start); err != nil {
		return lost, err
	}
	return h.count(ctx, all, lost)
}

func (h *Hub) count(ctx context.Context, all []*Draft, lost int) (int, error) {
	for _, d := range all {
		d.mu.Lock()
		acked := d.acked
		d.mu.Unlock()
		n, err := h.Holds(ctx, d)
		if err != nil {
			return lost, err
		}
		if n < acked {
			lost++
		}
	}
	return lost, nil
}
