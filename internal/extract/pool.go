package extract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of a Pool and limits of a file.
const (
	defaultIdle  = time.Minute
	defaultQueue = 32
	// timeLimit is how long one file may take.
	timeLimit = 20 * time.Second
	// memoryLimit is how much memory the worker may use, in bytes.
	memoryLimit = 600 << 20
	// tries is how often a file is tried that breaks the worker.
	tries = 2
)

// Pool has files read, one at a time, by a worker process that it starts when
// there is work and ends after Idle without any. A worker that met a bad file
// is not used again. Safe for concurrent use; close it when done. It must not
// be copied once in use.
type Pool struct {
	// Command starts a worker: a program that calls Work with its standard
	// input and output, and its arguments. CacheDir is added as the last
	// argument.
	Command []string
	// CacheDir is the folder where the machine code of PDFium is kept between
	// starts, made when absent. Only this program may be able to write there:
	// what lies there is run. "" for none, which makes each start take seconds.
	CacheDir string
	// Idle is how long a worker stays without work: a minute when 0.
	Idle time.Duration
	// Queue is how many files may wait: 32 when 0.
	Queue int

	time   time.Duration // timeLimit when 0
	memory int64         // memoryLimit when 0

	once    sync.Once
	turn    chan struct{} // holds one token while nobody works; who has it owns worker and timer
	closed  context.Context
	close   context.CancelFunc
	waiting atomic.Int64
	worker  *process
	timer   *time.Timer
}

// Extract reads a file of size bytes. Its kind is what the extension of name
// says, and the content must agree. The errors about the file are ErrUnsupported,
// ErrEncrypted, ErrDamaged and ErrTooLarge; ErrBusy and ErrClosed speak of the
// pool, and ctx ends the waiting as well as the reading. The file is read only
// when its turn has come, and then held in memory.
func (p *Pool) Extract(ctx context.Context, name string, file io.Reader, size int64) (Text, error) {
	t, err := p.extract(ctx, name, file, size)
	if err != nil {
		return Text{}, fmt.Errorf("extract text of %.64q: %w", name, err)
	}
	return t, nil
}

func (p *Pool) extract(ctx context.Context, name string, file io.Reader, size int64) (Text, error) {
	p.once.Do(p.begin)
	if _, err := kindOf(name); err != nil {
		return Text{}, err
	}
	if size < 0 || size > MaxFile || len(name) > MaxName {
		return Text{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, size)
	}
	if err := p.acquire(ctx); err != nil {
		return Text{}, err
	}
	defer p.release()
	data, err := readFile(file, size)
	if err != nil {
		return Text{}, err
	}
	return p.try(ctx, name, data)
}

// Close ends the worker, and with it what it reads. A closed pool reads
// nothing any more.
func (p *Pool) Close() error {
	p.once.Do(p.begin)
	p.close()
	if _, open := <-p.turn; open {
		p.retire()
		close(p.turn)
	}
	return nil
}

// begin makes the pool ready.
func (p *Pool) begin() {
	p.turn = make(chan struct{}, 1)
	p.turn <- struct{}{}
	p.closed, p.close = context.WithCancel(context.Background())
	p.Idle = cmp.Or(p.Idle, defaultIdle)
	p.Queue = cmp.Or(p.Queue, defaultQueue)
	p.time = cmp.Or(p.time, timeLimit)
	p.memory = cmp.Or(p.memory, memoryLimit)
}

// acquire waits for this caller's turn.
func (p *Pool) acquire(ctx context.Context) error {
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > int64(p.Queue) {
		return ErrBusy
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.closed.Done():
		return ErrClosed
	case _, open := <-p.turn:
		if !open {
			return ErrClosed
		}
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	return nil
}

// release gives the turn to the next, and ends the worker when nobody comes
// for a while.
func (p *Pool) release() {
	p.timer = time.AfterFunc(p.Idle, p.rest)
	p.turn <- struct{}{}
}

// rest ends the worker unless it works.
func (p *Pool) rest() {
	select {
	case _, open := <-p.turn:
		if open {
			p.retire()
			p.turn <- struct{}{}
		}
	default:
	}
}

// retire ends the worker.
func (p *Pool) retire() {
	if p.worker != nil {
		p.worker.end()
		p.worker = nil
	}
}

// try reads a file, once more when it broke the worker.
func (p *Pool) try(ctx context.Context, name string, data []byte) (Text, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.closed, func() { cancel(ErrClosed) })()
	var broke error
	for range tries {
		if err := p.ready(ctx); err != nil {
			return Text{}, err
		}
		t, err := p.tryOnce(ctx, name, data)
		if !errors.Is(err, errWorker) {
			return t, err
		}
		broke = err
	}
	return Text{}, fmt.Errorf("%w: %w", ErrDamaged, broke)
}

// ready sees to it that there is a worker.
func (p *Pool) ready(ctx context.Context) (err error) {
	if p.worker != nil && p.worker.alive() {
		return nil
	}
	p.retire()
	p.worker, err = start(ctx, append(slices.Clone(p.Command), p.CacheDir))
	return err
}

// tryOnce has the worker read a file, and ends it when the file was bad.
func (p *Pool) tryOnce(ctx context.Context, name string, data []byte) (t Text, err error) {
	err = p.worker.guard(ctx, p.time, p.memory, func() (err error) {
		t, err = p.worker.extract(name, data)
		return err
	})
	if err == nil || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrEncrypted) {
		return t, err
	}
	p.retire()
	if errors.Is(err, errLimit) {
		err = fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return Text{}, err
}

// readFile reads a file that must have size bytes.
func readFile(file io.Reader, size int64) ([]byte, error) {
	data := make([]byte, size)
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, fmt.Errorf("read the file: %w", noEOF(err))
	}
	if n, _ := io.ReadFull(file, make([]byte, 1)); n > 0 {
		return nil, fmt.Errorf("read the file: it has more than %d bytes", size)
	}
	return data, nil
}
