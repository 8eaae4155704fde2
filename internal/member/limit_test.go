package member

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"nmirfhub/internal/hub"
)

// try makes an attempt that stays failed and returns how long to wait: 0 when
// it was let through.
func (l *limiter) try(t *testing.T, now time.Time, account, ip string) time.Duration {
	t.Helper()
	_, err := l.begin(now, account, netip.MustParseAddr(ip))
	var tooMany *hub.TooMany
	if err != nil && !errors.As(err, &tooMany) {
		t.Fatalf("begin: %v", err)
	}
	if tooMany == nil {
		return 0
	}
	return tooMany.After
}

// Five failures are free, then the delay doubles from 15 seconds to 15
// minutes, and stays there. An attempt during the delay changes nothing.
func TestPairDelays(t *testing.T) {
	var l limiter
	now := start
	for i := range FreeFailures {
		if wait := l.try(t, now, "ana", "192.0.2.1"); wait != 0 {
			t.Fatalf("attempt %d waits %s", i+1, wait)
		}
	}
	s := time.Second
	for i, want := range []time.Duration{15 * s, 30 * s, 60 * s, 120 * s, 240 * s, 480 * s, 900 * s, 900 * s} {
		for range 3 {
			if wait := l.try(t, now, "ana", "192.0.2.1"); wait != want {
				t.Fatalf("delay %d: got %s, want %s", i+1, wait, want)
			}
		}
		if wait := l.try(t, now.Add(want-time.Nanosecond), "ana", "192.0.2.1"); wait != time.Nanosecond {
			t.Fatalf("delay %d, just before its end: got %s", i+1, wait)
		}
		now = now.Add(want)
		if wait := l.try(t, now, "ana", "192.0.2.1"); wait != 0 {
			t.Fatalf("delay %d, at its end: got %s", i+1, wait)
		}
	}
}

// Other accounts, and the same account from other networks, are not delayed.
func TestPairsAreApart(t *testing.T) {
	var l limiter
	for range FreeFailures {
		l.try(t, start, "ana", "192.0.2.1")
	}
	for name, c := range map[string]struct {
		account, ip string
		waits       bool
	}{
		"Same":         {"ana", "192.0.2.1", true},
		"SameMapped":   {"ana", "::ffff:192.0.2.1", true},
		"OtherAccount": {"bo", "192.0.2.1", false},
		"OtherNetwork": {"ana", "192.0.2.2", false},
		"IPv6":         {"ana", "2001:db8::1", false},
	} {
		if wait := l.try(t, start, c.account, c.ip); (wait > 0) != c.waits {
			t.Errorf("%s: waits %s", name, wait)
		}
	}
}

// Twenty an hour from a network, whatever the accounts; a /64 is one network.
func TestNetworkLimit(t *testing.T) {
	for name, ips := range map[string][3]string{
		"IPv4": {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
		"IPv6": {"2001:db8:0:1::1", "2001:db8:0:1:ffff::9", "2001:db8:0:2::1"},
	} {
		t.Run(name, func(t *testing.T) {
			var l limiter
			for i := range HourlyFailures {
				if wait := l.try(t, start.Add(time.Duration(i)*time.Minute), fmt.Sprint("account", i), ips[0]); wait != 0 {
					t.Fatalf("attempt %d waits %s", i+1, wait)
				}
			}
			now := start.Add(30 * time.Minute)
			if wait := l.try(t, now, "new", ips[1]); wait != 30*time.Minute {
				t.Errorf("same network: got %s, want until an hour after the first", wait)
			}
			if wait := l.try(t, now, "new", ips[2]); wait != 0 {
				t.Errorf("other network: waits %s", wait)
			}
			// One place an hour after the first, the next a minute later.
			now = start.Add(time.Hour)
			if wait := l.try(t, now, "new", ips[0]); wait != 0 {
				t.Errorf("after an hour: waits %s", wait)
			}
			if wait := l.try(t, now, "newer", ips[0]); wait != time.Minute {
				t.Errorf("after an hour, second: got %s, want 1m", wait)
			}
		})
	}
}

func TestSucceedAndWithdraw(t *testing.T) {
	ip := netip.MustParseAddr("192.0.2.1")
	t.Run("SucceedWipesThePairOnly", func(t *testing.T) {
		var l limiter
		for range FreeFailures - 1 {
			l.try(t, start, "ana", "192.0.2.1")
		}
		a, err := l.begin(start, "ana", ip)
		if err != nil {
			t.Fatal(err)
		}
		a.succeed()
		if l.pairs.get(a.pair) != nil || len(l.networks.get(ip).times) != FreeFailures-1 {
			t.Errorf("pair %v, network %v", l.pairs.get(a.pair), l.networks.get(ip))
		}
	})
	t.Run("WithdrawTakesBackOne", func(t *testing.T) {
		var l limiter
		l.try(t, start, "ana", "192.0.2.1")
		a, err := l.begin(start.Add(time.Second), "ana", ip)
		if err != nil {
			t.Fatal(err)
		}
		a.withdraw()
		if l.pairs.get(a.pair).count != 1 || len(l.networks.get(ip).times) != 1 {
			t.Errorf("pair %v, network %v", l.pairs.get(a.pair), l.networks.get(ip))
		}
	})
	t.Run("WithdrawLeavesNothing", func(t *testing.T) {
		var l limiter
		a, err := l.begin(start, "ana", ip)
		if err != nil {
			t.Fatal(err)
		}
		a.withdraw()
		a.withdraw()
		if len(l.pairs.byKey) != 0 || len(l.networks.byKey) != 0 {
			t.Errorf("%d pairs, %d networks", len(l.pairs.byKey), len(l.networks.byKey))
		}
	})
}

// Memory is bounded: the pair untouched for longest goes first.
func TestTrackedBound(t *testing.T) {
	var l limiter
	first := netip.AddrFrom4([4]byte{10, 0, 0, 0})
	for i := range maxTracked + 10 {
		ip := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		if _, err := l.begin(start, "ana", ip); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.pairs.byKey) != maxTracked || l.pairs.order.Len() != maxTracked || len(l.networks.byKey) != maxTracked {
		t.Errorf("%d pairs, %d networks, want %d", len(l.pairs.byKey), len(l.networks.byKey), maxTracked)
	}
	if l.networks.get(first) != nil {
		t.Error("the first network is still there")
	}
}

// What is an hour old is forgotten with the next attempt, or the sweep.
func TestForget(t *testing.T) {
	f := newFixture(t)
	l := &f.limits
	for i := range 100 {
		l.try(t, start, "ana", fmt.Sprintf("192.0.2.%d", i))
	}
	l.try(t, start.Add(30*time.Minute), "bo", "198.51.100.1")
	f.clock.advance(time.Hour)
	if _, err := f.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(l.pairs.byKey) != 1 || len(l.networks.byKey) != 1 {
		t.Errorf("%d pairs, %d networks, want 1 and 1", len(l.pairs.byKey), len(l.networks.byKey))
	}
	l.try(t, start.Add(2*time.Hour), "cy", "203.0.113.1")
	if len(l.pairs.byKey) != 1 || l.pairs.order.Len() != 1 {
		t.Errorf("%d pairs, want the new one", len(l.pairs.byKey))
	}
}

func TestNoAddressIsOneNetwork(t *testing.T) {
	var l limiter
	for i := range HourlyFailures {
		if _, err := l.begin(start, fmt.Sprint(i), netip.Addr{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.begin(start, "new", netip.Addr{}); err == nil {
		t.Error("want too many")
	}
}
