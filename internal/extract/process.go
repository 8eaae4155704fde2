package extract

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// startLimit is how long a worker may take until it is ready. Compiling
	// PDFium is the longest part, when no cache has it.
	startLimit = 2 * time.Minute
	// measureEvery is how often the memory of a worker at work is measured.
	measureEvery = 50 * time.Millisecond
	// heapLimit is what the worker's own collector keeps to; the memory of the
	// WebAssembly machine comes on top.
	heapLimit = "GOMEMLIMIT=256MiB"
)

var (
	// errWorker: the worker ended or spoke nonsense, which may be the file's
	// doing or not.
	errWorker = errors.New("the worker broke")
	// errLimit: the worker was ended because it passed a limit.
	errLimit = errors.New("the worker passed a limit")
)

// process is a worker, seen from outside.
type process struct {
	cmd  *exec.Cmd
	in   *os.File
	out  *bufio.Reader
	pipe *os.File
	said *head         // what it wrote to its standard error
	done chan struct{} // closed when it has ended
}

// start starts a worker and waits until it is ready.
func start(ctx context.Context, command []string) (*process, error) {
	if len(command) == 0 {
		return nil, errors.New("start worker: no command")
	}
	w := &process{cmd: exec.Command(command[0], command[1:]...), said: &head{}, done: make(chan struct{})}
	if err := w.launch(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	err := w.guard(ctx, startLimit, 0, w.greeted)
	if err != nil {
		w.end()
		return nil, fmt.Errorf("start worker: %w", err)
	}
	return w, nil
}

// launch starts the process with two pipes, nothing else open, and no
// environment but a limit.
func (w *process) launch() error {
	childIn, in, err := os.Pipe()
	if err != nil {
		return err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return errors.Join(err, childIn.Close(), in.Close())
	}
	w.in, w.pipe, w.out = in, out, bufio.NewReader(out)
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = childIn, childOut, w.said
	w.cmd.Env = []string{heapLimit}
	w.cmd.SysProcAttr = attributes()
	w.cmd.WaitDelay = time.Second
	keepFiles()
	started := make(chan error)
	go w.wait(started)
	err = <-started
	childIn.Close()
	childOut.Close()
	if err != nil {
		in.Close()
		out.Close()
	}
	return err
}

// wait starts the process and waits for its end. The thread is kept, because
// Linux ends a worker together with the thread that started it.
func (w *process) wait(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(w.done)
	err := w.cmd.Start()
	started <- err
	if err == nil {
		_ = w.cmd.Wait() // how it ended, w.cmd.ProcessState says
	}
}

// greeted waits for the first words of a worker.
func (w *process) greeted() error {
	b := make([]byte, len(greeting))
	if _, err := io.ReadFull(w.out, b); err != nil {
		return w.broke(err)
	}
	if string(b) != greeting {
		return fmt.Errorf("%w: it does not greet as a worker does", errWorker)
	}
	return nil
}

// extract has a file read. errWorker when the worker did not last.
func (w *process) extract(name string, data []byte) (Text, error) {
	if err := writeRequest(w.in, name, data); err != nil {
		return Text{}, w.broke(err)
	}
	t, err := readAnswer(w.out)
	if of := (*fileError)(nil); err != nil && !errors.As(err, &of) {
		return Text{}, w.broke(err)
	}
	return t, err
}

// broke is errWorker with what is known of the cause. A worker that ended for
// want of memory met a file that is too large.
func (w *process) broke(err error) error {
	w.kill()
	<-w.done
	said := w.said.String()
	if strings.Contains(said, "out of memory") {
		return fmt.Errorf("%w: it ran out of memory", errLimit)
	}
	return fmt.Errorf("%w: %w (%v, %.200q)", errWorker, err, w.cmd.ProcessState, firstLine(said))
}

// guard runs act and kills the worker when ctx ends, the time is over, or its
// memory grows beyond a number of bytes (0 for any). The cause of a kill is
// the error.
func (w *process) guard(ctx context.Context, limit time.Duration, memory int64, act func() error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, stop := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: %v", errLimit, limit))
	defer stop()
	if memory > 0 {
		go w.measure(ctx, memory, cancel)
	}
	spare := context.AfterFunc(ctx, w.kill)
	err := act()
	if !spare() {
		return context.Cause(ctx)
	}
	return err
}

// measure cancels when the worker's memory grows beyond limit bytes.
func (w *process) measure(ctx context.Context, limit int64, cancel context.CancelCauseFunc) {
	every := time.NewTicker(measureEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if used := resident(w.cmd.Process.Pid); used > limit {
			cancel(fmt.Errorf("%w: %d MiB of memory", errLimit, used>>20))
			return
		}
	}
}

// resident is how much memory a process uses, in bytes; 0 when the system
// does not tell.
func resident(pid int) int64 { return statusOf(pid, "VmRSS:") }

// statusOf is a line of what Linux tells of a process's memory, in bytes.
func statusOf(pid int, name string) int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("\n"+name))
	line, _, _ := bytes.Cut(after, []byte("\n"))
	n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(string(line), "kB")), 10, 64)
	return n << 10
}

// alive says that the worker has not ended.
func (w *process) alive() bool {
	select {
	case <-w.done:
		return false
	default:
		return true
	}
}

// kill ends the worker at once. Killing one that has ended does nothing.
func (w *process) kill() { _ = w.cmd.Process.Kill() }

// end ends the worker and gives back what it held.
func (w *process) end() {
	w.kill()
	<-w.done
	w.in.Close()
	w.pipe.Close()
}

// head keeps the first bytes of what is written to it.
type head struct {
	mu sync.Mutex
	b  []byte
}

// maxHead is how many bytes are kept.
const maxHead = 4 << 10

// Write keeps what there is room for, and takes all.
func (h *head) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.b = append(h.b, b[:min(len(b), maxHead-len(h.b))]...)
	return len(b), nil
}

// String is what was kept.
func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return string(h.b)
}
