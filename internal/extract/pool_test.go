package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestExtractRefuses(t *testing.T) {
	p := newPool(t, "real")
	for _, c := range []struct {
		name, file string
		size       int64
		want       error
	}{
		{"Extension", "a.exe", 0, ErrUnsupported},
		{"NoExtension", "pdf", 0, ErrUnsupported},
		{"Macros", "a.docm", 0, ErrUnsupported},
		{"TooLarge", "a.pdf", MaxFile + 1, ErrTooLarge},
		{"Negative", "a.pdf", -1, ErrTooLarge},
		{"LongName", strings.Repeat("a", MaxName) + ".pdf", 0, ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := p.Extract(t.Context(), c.file, strings.NewReader(""), c.size)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if p.worker != nil {
				t.Error("a worker was started for it")
			}
		})
	}
}

// TestSizeSaid: a file that is not of the size that the caller says is the
// caller's error, not the file's.
func TestSizeSaid(t *testing.T) {
	p := newPool(t, "tell")
	for _, size := range []int64{2, 4} {
		_, err := p.Extract(t.Context(), "a.txt", strings.NewReader("abc"), size)
		if err == nil || errors.Is(err, ErrDamaged) || errors.Is(err, ErrTooLarge) {
			t.Errorf("size %d of 3: %v", size, err)
		}
	}
}

// TestBreaks: whatever a worker does wrong, the answer is an error in time, and
// no worker of that kind is left.
func TestBreaks(t *testing.T) {
	for _, c := range []struct {
		which string
		want  error
	}{
		{"panic", ErrDamaged}, {"chatter", ErrDamaged}, {"header", ErrDamaged},
		{"liar", ErrDamaged}, {"negative", ErrDamaged}, {"many", ErrDamaged}, {"unknown", ErrDamaged},
		{"bigcover", ErrDamaged}, {"nocover", ErrDamaged}, {"nounicode", ErrDamaged},
	} {
		t.Run(c.which, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, c.which)
			text, err := give(t, p, "a.txt", []byte("abc"))
			if !errors.Is(err, c.want) || text.Count != 0 {
				t.Errorf("got %+v, %v, want %v", text, err, c.want)
			}
			if p.worker != nil {
				t.Error("the worker is kept")
			}
		})
	}
}

// TestNoWorker: a worker that does not start is no fault of the file.
func TestNoWorker(t *testing.T) {
	for _, which := range []string{"silent", "stranger", "absent"} {
		p := newPool(t, which)
		if which == "absent" {
			p.Command = []string{filepath.Join(t.TempDir(), "absent")}
		}
		_, err := give(t, p, "a.txt", nil)
		if err == nil || errors.Is(err, ErrDamaged) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", which, err)
		}
	}
	if _, err := (&Pool{}).Extract(t.Context(), "a.txt", strings.NewReader(""), 0); err == nil {
		t.Error("no command, no error")
	}
}

// TestTriedAgain: a file that breaks a worker is tried once more in a fresh one.
func TestTriedAgain(t *testing.T) {
	p := newPool(t, "once")
	text, err := give(t, p, "a.txt", []byte(filepath.Join(t.TempDir(), "mark")))
	if err != nil || text.Pages[0] != "the second time" {
		t.Errorf("got %+v, %v", text, err)
	}
}

func TestTimeLimit(t *testing.T) {
	for _, which := range []string{"hang", "spin"} {
		p := newPool(t, which)
		p.time = 20 * time.Millisecond
		_, err := give(t, p, "a.txt", nil)
		if !errors.Is(err, ErrTooLarge) || p.worker != nil {
			t.Errorf("%s: %v", which, err)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is measured on Linux only")
	}
	p := newPool(t, "hungry")
	p.memory = 300 << 20
	_, err := give(t, p, "a.txt", nil)
	if !errors.Is(err, ErrTooLarge) || p.worker != nil {
		t.Errorf("got %v", err)
	}
}

// TestCancel: the end of the caller's context ends the reading and the waiting.
func TestCancel(t *testing.T) {
	p := newPool(t, "hang")
	if err := p.warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	started := p.worker
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan error)
	for range 2 {
		go func() {
			_, err := p.Extract(ctx, "a.txt", &announcing{cancel: cancel}, 1)
			got <- err
		}()
	}
	for range 2 {
		if err := <-got; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	<-started.done
}

// warm starts the worker as a first file does.
func (p *Pool) warm(ctx context.Context) error {
	p.once.Do(p.begin)
	if err := p.acquire(ctx); err != nil {
		return err
	}
	defer p.release()
	return p.ready(ctx)
}

// announcing is a file of one byte that cancels when it is read: by then the
// caller has its turn.
type announcing struct {
	cancel func()
	read   bool
}

func (a *announcing) Read([]byte) (int, error) {
	if a.read {
		return 0, io.EOF
	}
	a.read = true
	a.cancel()
	return 1, nil
}

func TestBusy(t *testing.T) {
	p := newPool(t, "tell")
	p.Queue = 1
	p.once.Do(p.begin)
	if err := p.acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.waiting.Add(1) // somebody waits
	if _, err := give(t, p, "a.txt", nil); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	p.waiting.Add(-1)
	p.release()
	if _, err := give(t, p, "a.txt", nil); err != nil {
		t.Errorf("got %v", err)
	}
}

// TestIdle: a worker without work ends, and the next file has a fresh one.
func TestIdle(t *testing.T) {
	p := newPool(t, "tell")
	p.Idle = time.Millisecond
	first := pidOf(t, p)
	<-p.turn
	w := p.worker
	p.timer.Reset(p.Idle)
	p.turn <- struct{}{}
	if w != nil {
		<-w.done
	}
	if second := pidOf(t, p); second == first {
		t.Errorf("the worker %s is still there", first)
	}
}

// TestKept: a worker with work to come is kept.
func TestKept(t *testing.T) {
	p := newPool(t, "tell")
	first := pidOf(t, p)
	if second := pidOf(t, p); second != first {
		t.Errorf("worker %s, then %s", first, second)
	}
}

// pidOf has a file read and says by which process.
func pidOf(t *testing.T, p *Pool) string {
	t.Helper()
	text, err := give(t, p, "a.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	return text.Pages[2]
}

// TestConfined: the worker knows nothing of the program's environment and has
// no file open but its three pipes.
func TestConfined(t *testing.T) {
	t.Setenv("HUB_TEST_SECRET", "secret")
	f, err := os.Create(filepath.Join(t.TempDir(), "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := give(t, newPool(t, "tell"), "a.txt", nil)
	if err != nil {
		t.Fatal(err)
	}
	if text.Pages[0] != heapLimit {
		t.Errorf("environment %q", text.Pages[0])
	}
	// Go itself opens its event queue and what a container allows.
	for _, open := range strings.Fields(text.Pages[1]) {
		own := slices.ContainsFunc([]string{"pipe:", "anon_inode:", "/proc/", "/sys/fs/cgroup/"}, func(s string) bool { return strings.HasPrefix(open, s) })
		if !own {
			t.Errorf("open in the worker: %s", open)
		}
	}
}

// TestClose: what is read when the pool closes ends, and nothing is read
// afterwards.
func TestClose(t *testing.T) {
	p := newPool(t, "hang")
	if err := p.warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := p.Extract(t.Context(), "a.txt", &announcing{cancel: func() { go p.Close() }}, 1)
	if !errors.Is(err, ErrClosed) {
		t.Errorf("while reading: %v", err)
	}
	p.Close()
	if _, err := give(t, p, "a.txt", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
	if p.worker != nil {
		t.Error("a worker is left")
	}
}

// TestTogether: many callers, each gets its own text.
func TestTogether(t *testing.T) {
	p := newPool(t, "real")
	var all sync.WaitGroup
	for n := range 24 {
		all.Go(func() {
			want := fmt.Sprintf("text %d", n)
			text, err := p.Extract(t.Context(), "a.txt", bytes.NewReader([]byte(want)), int64(len(want)))
			if err != nil || text.Pages[0] != want {
				t.Errorf("%s: %+v, %v", want, text, err)
			}
		})
	}
	all.Wait()
}

// TestDeadWorker: a worker that ended while nobody looked is replaced.
func TestDeadWorker(t *testing.T) {
	p := newPool(t, "tell")
	if err := p.warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.worker.kill()
	<-p.worker.done
	if _, err := give(t, p, "a.txt", nil); err != nil {
		t.Error(err)
	}
}
