package live

import (
	"runtime"
	"sync"
)

// maxSlow is how many sockets may have a worker of their own because they do
// not take what they are told; one more is let go, and comes back for the rest.
const maxSlow = 1000

// pool does the work of the sockets, each in its turn, with a few workers: a
// socket that is silent costs none. A worker whose socket does not take what
// it is told is replaced by another until it has, so that nobody waits for it.
type pool struct {
	mu          sync.Mutex
	woken       *sync.Cond
	first, last *socket // those that wait for a worker
	most        int     // workers beside those with a slow socket
	running     int     // of these
	idle        int     // of the running
	slow        int
	closed      bool
}

func newPool() *pool {
	p := &pool{most: 4 * runtime.GOMAXPROCS(0)}
	p.woken = sync.NewCond(&p.mu)
	return p
}

// add puts a socket at the end; it must not wait already.
func (p *pool) add(s *socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.first = s
	} else {
		p.last.next = s
	}
	p.last = s
	p.serve()
}

// serve sees that somebody works. p.mu is held.
func (p *pool) serve() {
	switch {
	case p.first == nil:
	case p.idle > 0:
		p.idle--
		p.woken.Signal()
	case p.running < p.most:
		p.running++
		go p.work()
	}
}

func (p *pool) work() {
	for s := p.next(); s != nil; s = p.next() {
		s.work()
	}
}

// next is the socket whose turn it is; nil for a worker that is needed no more.
func (p *pool) next() *socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.running <= p.most {
		if s := p.first; s != nil {
			if p.first, s.next = s.next, nil; p.first == nil {
				p.last = nil
			}
			return s
		}
		if p.closed {
			break
		}
		p.idle++ // whoever wakes one takes it off
		p.woken.Wait()
	}
	p.running--
	return nil
}

// away takes a worker off for a slow socket; false when too many are.
func (p *pool) away() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slow >= maxSlow {
		return false
	}
	p.slow++
	p.running--
	p.serve()
	return true
}

// back ends that.
func (p *pool) back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow--
	p.running++
}

// close lets the workers go once nothing waits.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.woken.Broadcast()
}
