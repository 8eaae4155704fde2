package member

import (
	"container/list"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"nmirfhub/internal/hub"
)

// Limits of failed sign-ins.
const (
	FreeFailures   = 5                // per account and network, before any delay
	FirstDelay     = 15 * time.Second // after them; doubles with each further failure
	LongestDelay   = 15 * time.Minute
	HourlyFailures = 20 // per network in an hour
)

// forgetAfter is how long a failure counts. It is more than LongestDelay, or
// waiting would wipe the slate.
const forgetAfter = time.Hour

// maxTracked is how many pairs and how many networks are remembered: some 15
// MiB when full. The one untouched for longest is forgotten first.
const maxTracked = 20_000

// Network is the part of an address that one subscriber has for themself: an
// IPv4 address, or the /64 of an IPv6 one. No address counts as one network.
func Network(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if !ip.Is6() {
		return ip
	}
	return netip.PrefixFrom(ip, 64).Masked().Addr()
}

// pair is an account, as it was typed, and a network. The account is hashed:
// addresses that somebody only tried are not kept, and have a bounded size.
type pair struct {
	account [sha256.Size]byte
	network netip.Addr
}

// failures are the attempts counted against a key, oldest first.
type failures struct {
	count int         // all since the slate was clean
	times []time.Time // the last ones, as many as the limit needs
}

// limiter slows down guessing, for an account from a network and for a
// network as a whole. It never locks an account: another network is not
// delayed. The zero value is ready. Safe for concurrent use.
type limiter struct {
	mu       sync.Mutex
	pairs    lru[pair]
	networks lru[netip.Addr]
}

// attempt is one that was let through. It counts as failed from its begin, so
// that guesses sent all at once are not all let through before the first is
// known to be wrong.
type attempt struct {
	l       *limiter
	pair    pair
	paired  bool
	network netip.Addr
	at      time.Time
}

// begin lets an attempt through and counts it, or answers *hub.TooMany with
// the time to wait; attempts that are not let through do not count. Account
// is empty where there is none.
func (l *limiter) begin(now time.Time, account string, ip netip.Addr) (attempt, error) {
	a := attempt{l: l, network: Network(ip), at: now, paired: account != ""}
	a.pair = pair{sha256.Sum256([]byte(account)), a.network}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clean(now)
	wait := l.networks.get(a.network).hourly(now)
	if a.paired {
		wait = max(wait, l.pairs.get(a.pair).delay(now))
	}
	if wait > 0 {
		return attempt{}, &hub.TooMany{After: wait}
	}
	l.networks.count(a.network, now, HourlyFailures)
	if a.paired {
		l.pairs.count(a.pair, now, 1)
	}
	return a, nil
}

// succeed wipes the slate of the account on this network, and takes the
// attempt off the network's. The network's other failures stay: a guesser may
// have an account too.
func (a attempt) succeed() {
	a.l.mu.Lock()
	defer a.l.mu.Unlock()
	a.l.pairs.drop(a.pair)
	a.l.networks.undo(a.network, a.at)
}

// withdraw takes the attempt off the slates: it was not decided, for want of
// the store or of a core.
func (a attempt) withdraw() {
	a.l.mu.Lock()
	defer a.l.mu.Unlock()
	if a.paired {
		a.l.pairs.undo(a.pair, a.at)
	}
	a.l.networks.undo(a.network, a.at)
}

// forget is clean for who does not hold the lock.
func (l *limiter) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clean(now)
}

// clean forgets what no longer counts. Its caller holds the lock.
func (l *limiter) clean(now time.Time) {
	l.pairs.clean(now.Add(-forgetAfter))
	l.networks.clean(now.Add(-forgetAfter))
}

// delay is how long the pair has yet to wait. Nil waits not.
func (f *failures) delay(now time.Time) time.Duration {
	if f == nil || f.count < FreeFailures || len(f.times) == 0 {
		return 0
	}
	d := FirstDelay
	for range f.count - FreeFailures {
		if d *= 2; d >= LongestDelay {
			d = LongestDelay
			break
		}
	}
	return max(0, f.times[len(f.times)-1].Add(d).Sub(now))
}

// hourly is how long the network has yet to wait. Nil waits not.
func (f *failures) hourly(now time.Time) time.Duration {
	if f == nil || len(f.times) < HourlyFailures {
		return 0
	}
	return max(0, f.times[0].Add(time.Hour).Sub(now))
}

// lru maps keys to failures, at most maxTracked, in the order of the last
// failure. The zero value is ready. Its user locks.
type lru[K comparable] struct {
	byKey map[K]*list.Element
	order list.List // of *tracked[K]; the last failure in front
}

type tracked[K comparable] struct {
	key K
	failures
	last time.Time
}

// get returns the failures of the key, nil when there are none.
func (m *lru[K]) get(k K) *failures {
	e, ok := m.byKey[k]
	if !ok {
		return nil
	}
	return &e.Value.(*tracked[K]).failures
}

// count adds a failure and keeps the times of the last few.
func (m *lru[K]) count(k K, now time.Time, keep int) {
	if m.byKey == nil {
		m.byKey = map[K]*list.Element{}
	}
	e, ok := m.byKey[k]
	if !ok {
		e = m.order.PushFront(&tracked[K]{key: k})
		m.byKey[k] = e
	}
	m.order.MoveToFront(e)
	t := e.Value.(*tracked[K])
	t.count++
	t.last = now
	if len(t.times) == keep {
		t.times = append(t.times[:0], t.times[1:]...)
	}
	t.times = append(t.times, now)
	if len(m.byKey) > maxTracked {
		m.drop(m.order.Back().Value.(*tracked[K]).key)
	}
}

// undo takes back the failure counted at that time, if it is remembered.
func (m *lru[K]) undo(k K, at time.Time) {
	f := m.get(k)
	if f == nil {
		return
	}
	if f.count--; f.count <= 0 {
		m.drop(k)
		return
	}
	for i := len(f.times) - 1; i >= 0; i-- {
		if f.times[i].Equal(at) {
			f.times = append(f.times[:i], f.times[i+1:]...)
			return
		}
	}
}

func (m *lru[K]) drop(k K) {
	if e, ok := m.byKey[k]; ok {
		m.order.Remove(e)
		delete(m.byKey, k)
	}
}

// clean drops the keys whose last failure is not after the time.
func (m *lru[K]) clean(before time.Time) {
	for e := m.order.Back(); e != nil; e = m.order.Back() {
		t := e.Value.(*tracked[K])
		if t.last.After(before) {
			return
		}
		m.drop(t.key)
	}
}
