package load

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"nmirfhub/internal/hub"
)

const importPage = "/en/contribute/import"

// Brought is what came of a library that was brought.
type Brought struct {
	Read, Written time.Duration // until the hub says what is new, and until all of it is there
	Progress      int           // how many different states of the work the page showed
	Says          string        // "2,527 of 2,527"
}

// done is the line that says how far the work is.
var done = regexp.MustCompile(`role="status">([0-9,]+ of [0-9,]+)<`)

// Bring brings a library of publications as a browser does: the file is sent,
// the page is asked until the hub has read it, all that is new is said yes to,
// and the page is asked until it says that all is there.
func (h *Hub) Bring(ctx context.Context, p Person, name string, raw []byte) (b Brought, err error) {
	began := time.Now()
	at, err := h.sendFile(ctx, p, importPage, name, raw)
	if err != nil {
		return b, err
	}
	if _, err = h.settled(ctx, p, at); err != nil {
		return b, err
	}
	b.Read = time.Since(began)
	began = time.Now()
	if _, _, err = h.send(ctx, p, at, url.Values{"act": {"apply"}, "as": {"published"}}, ""); err != nil {
		return b, err
	}
	states, err := h.settled(ctx, p, at)
	if err != nil {
		return b, err
	}
	b.Written, b.Progress = time.Since(began), len(states)
	if b.Says = states[len(states)-1]; b.Says == "" {
		err = errors.New("the page does not say that anything came in")
	}
	return b, err
}

// settled asks for the page of an import until it no longer asks to be asked
// again, and returns what it said of the progress, each once.
func (h *Hub) settled(ctx context.Context, p Person, at string) (said []string, err error) {
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+at, nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Cookie", "hub="+p.Bearer)
		answer, err := h.client.Do(r)
		if err != nil {
			return nil, err
		}
		page, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return nil, err
		}
		if answer.StatusCode != http.StatusOK {
			return nil, &refused{answer.StatusCode, at}
		}
		now := ""
		if m := done.FindSubmatch(page); m != nil {
			now = string(m[1])
		}
		if len(said) == 0 || said[len(said)-1] != now {
			said = append(said, now)
		}
		if answer.Header.Get("Refresh") == "" {
			return said, nil
		}
		pause(ctx, 100*time.Millisecond)
	}
	return nil, ctx.Err()
}

// sendFile sends a form with a file as a person, and returns where it led.
func (h *Hub) sendFile(ctx context.Context, p Person, to, name string, raw []byte) (at string, err error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	w.WriteField("_csrf", p.csrf())
	w.WriteField("lang", "en")
	f, err := w.CreateFormFile("file", name)
	if err != nil {
		return "", err
	}
	f.Write(raw)
	w.Close()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL+to, &body)
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", h.URL)
	r.Header.Set("Cookie", "hub="+p.Bearer)
	answer, err := h.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = &refused{answer.StatusCode, string(said)}
	}
	return answer.Request.URL.Path, err
}

// library measures how long a library of publications takes to come in.
func library(ctx context.Context, s *settings) error {
	raw, err := readLibrary(s.file)
	if err != nil {
		return err
	}
	s.role = hub.RoleModerator
	h, err := s.open(ctx, 1, nil)
	if err != nil {
		return err
	}
	defer h.Kill()
	b, err := h.Bring(ctx, h.People[0], "library.bib", raw)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s came in; the page showed %d states on the way\n", b.Says, b.Progress)
	s.say("read and compared with what is there", b.Read, 0)
	s.say("written and published", b.Written, 0)
	s.say("together", b.Read+b.Written, 10*time.Second)
	return nil
}

// readLibrary reads a file, compressed by gzip or not.
func readLibrary(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
