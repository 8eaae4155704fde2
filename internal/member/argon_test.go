package member

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"nmirfhub/internal/hub"
)

// The real parameters, once: a hash of them is read back and matches.
func TestRealParameters(t *testing.T) {
	s := &Service{}
	hash, err := s.hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(hash), "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("got %s", string(hash))
	}
	h, err := parsePHC(string(hash))
	if err != nil || len(h.salt) != 16 || len(h.key) != 32 {
		t.Fatalf("parsed %+v, %v", h, err)
	}
	if ok, weak, err := s.matches(t.Context(), hash, goodPassword); !ok || weak || err != nil {
		t.Errorf("matches: %v, %v, %v", ok, weak, err)
	}
}

func TestMatches(t *testing.T) {
	f := newFixture(t)
	stored, err := f.hash(t.Context(), "Zażółć gęślą jaźń!")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		stored   Secret
		password string
		want     bool
	}{
		"OK":                {stored, "Zażółć gęślą jaźń!", true},
		"OKDecomposed":      {stored, "Zaz\u0307o\u0301łc\u0301 ge\u0328s\u0301la\u0328 jaz\u0301n\u0301!", true},
		"OtherCase":         {stored, "zażółć gęślą jaźń!", false},
		"SpaceAtTheEnd":     {stored, "Zażółć gęślą jaźń! ", false},
		"Empty":             {stored, "", false},
		"Huge":              {stored, strings.Repeat("x", 1<<20), false},
		"NotUTF8":           {stored, "Zażółć gęślą jaźń!\xff", false},
		"NoPasswordStored":  {"", "Zażółć gęślą jaźń!", false},
		"NeitherHasOne":     {"", "", false},
		"HugeAndNoneStored": {"", strings.Repeat("x", 1<<20), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before := f.hashes.Load()
			got, _, err := f.matches(t.Context(), c.stored, c.password)
			if got != c.want || err != nil {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
			if n := f.hashes.Load() - before; n != 1 {
				t.Errorf("computed %d hashes, want 1", n)
			}
		})
	}
}

// Where there is no password none is right, even one that hashes to zeros; a
// password too long to be looked at is not the empty one.
func TestMatchesNothing(t *testing.T) {
	f := newFixture(t)
	empty, err := f.hash(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := f.matches(t.Context(), empty, strings.Repeat("x", maxTyped+1)); ok || err != nil {
		t.Errorf("too long: %v, %v", ok, err)
	}
	f.Service.hashes.derive = func(_, _ []byte, _ Params, n uint32) []byte { return make([]byte, n) }
	if ok, _, err := f.matches(t.Context(), "", goodPassword); ok || err != nil {
		t.Errorf("none stored: %v, %v", ok, err)
	}
}

func TestMatchesDamagedHash(t *testing.T) {
	f := newFixture(t)
	if _, _, err := f.matches(t.Context(), "$argon2id$nonsense", goodPassword); err == nil || strings.Contains(err.Error(), "nonsense") {
		t.Errorf("got %v, want an error that does not repeat the hash", err)
	}
}

const samplePHC = "$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

func TestParsePHC(t *testing.T) {
	h, err := parsePHC(samplePHC)
	if err != nil || h.Params != DefaultParams || h.salt[15] != 15 || h.key[31] != 31 || h.text() != samplePHC {
		t.Fatalf("got %+v, %v", h, err)
	}
	swap := func(old, new string) string { return strings.Replace(samplePHC, old, new, 1) }
	for name, s := range map[string]string{
		"Empty":         "",
		"Argon2i":       swap("argon2id", "argon2i"),
		"Version":       swap("v=19", "v=16"),
		"NoVersion":     swap("$v=19", ""),
		"NoMemory":      swap("m=65536,", ""),
		"HugeMemory":    swap("m=65536", "m=4294967295"),
		"MemoryTooBig":  swap("m=65536", "m=42949672960"),
		"LittleMemory":  swap("m=65536", "m=8"),
		"NoPasses":      swap("t=3", "t=0"),
		"ManyPasses":    swap("t=3", "t=100000"),
		"NoLanes":       swap("p=4", "p=0"),
		"ManyLanes":     swap("p=4", "p=255"),
		"LanesTooBig":   swap("p=4", "p=256"),
		"ZeroInFront":   swap("t=3", "t=03"),
		"Plus":          swap("t=3", "t=+3"),
		"MoreParams":    swap("p=4", "p=4,x=1"),
		"Padding":       samplePHC + "=",
		"LineEnd":       samplePHC + "\n",
		"LineEndWithin": swap("AAECAw", "AAEC\nAw"),
		"ShortSalt":     swap("AAECAwQFBgcICQoLDA0ODw$", "AAEC$"),
		"BadSalt":       swap("$AAEC", "$!!!!"),
		"ShortKey":      samplePHC[:strings.LastIndex(samplePHC, "$")] + "$AAEC",
		"BadKey":        samplePHC[:strings.LastIndex(samplePHC, "$")] + "$!!",
		"NonZeroBits":   swap("ODw$", "ODx$"),
		"SevenParts":    samplePHC + "$",
	} {
		t.Run(name, func(t *testing.T) {
			if h, err := parsePHC(s); err == nil {
				t.Errorf("parsePHC(%q) = %+v, want an error", s, h)
			}
		})
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(samplePHC)
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgc$AAECAwQFBgcICQoLDA0ODw")
	f.Add("$argon2id$v=19$m=-1,t=+1,p=1 $$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parsePHC(s)
		if err != nil {
			return
		}
		if h.text() != s || !h.bounded() {
			t.Fatalf("parsePHC(%q) = %+v, written %q", s, h, h.text())
		}
	})
}

func TestBelow(t *testing.T) {
	for _, c := range []struct {
		p    Params
		want bool
	}{
		{DefaultParams, false},
		{Params{Memory: 32 << 10, Time: 3, Threads: 4}, true},
		{Params{Memory: 64 << 10, Time: 2, Threads: 4}, true},
		{Params{Memory: 64 << 10, Time: 3, Threads: 2}, true},
		{Params{Memory: 128 << 10, Time: 4, Threads: 8}, false},
	} {
		if got := c.p.below(DefaultParams); got != c.want {
			t.Errorf("%v: got %v, want %v", c.p, got, c.want)
		}
	}
}

// As many hashes as there are cores run, maxWaiting wait, and the next is
// refused; whoever's context ends stops waiting; in the end all are served.
func TestHasherQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cores := runtime.GOMAXPROCS(0)
		var running, most, done atomic.Int32
		release := make(chan struct{})
		h := &hasher{derive: func([]byte, []byte, Params, uint32) []byte {
			if n := running.Add(1); n > most.Load() {
				most.Store(n)
			}
			<-release
			running.Add(-1)
			done.Add(1)
			return nil
		}}
		run := func(ctx context.Context) error {
			_, err := h.run(ctx, "", nil, cheap, keyBytes)
			return err
		}
		var wg sync.WaitGroup
		for range cores + maxWaiting - 1 {
			wg.Go(func() {
				if err := run(context.Background()); err != nil {
					t.Errorf("run: %v", err)
				}
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(context.Background())
		left := make(chan error, 1)
		go func() { left <- run(ctx) }()
		synctest.Wait()
		if err := run(context.Background()); !errors.Is(err, hub.ErrUnavailable) {
			t.Errorf("one too many: got %v, want not available", err)
		}
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: got %v, want the context's error", err)
		}
		close(release)
		wg.Wait()
		if int(most.Load()) != cores || int(done.Load()) != cores+maxWaiting-1 || h.waiting.Load() != 0 {
			t.Errorf("most at once %d, done %d, still waiting %d", most.Load(), done.Load(), h.waiting.Load())
		}
		if err := run(context.Background()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A source of randomness that ends makes no hash, token or session.
func TestNoRandomness(t *testing.T) {
	f := newFixture(t)
	f.AllowDemo = true
	p := f.mustCreate(t, moldovan)
	f.Rand = strings.NewReader("short")
	if _, err := f.Demo(t.Context(), demoPassword); err == nil {
		t.Error("Demo: want an error")
	}
	if err := f.SetPassword(t.Context(), p.ID, goodPassword+"x", ""); err == nil {
		t.Error("SetPassword: want an error")
	}
	if _, err := f.SignInLink(t.Context(), p.ID); err == nil {
		t.Error("SignInLink: want an error")
	}
	if _, token, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1)); err == nil || token != "" {
		t.Errorf("SignIn: got %v, want an error and no token", err)
	}
}

// busy makes every further hash be refused.
func (f fixture) busy() {
	f.Service.hashes.once.Do(f.Service.hashes.init)
	for range cap(f.Service.hashes.cores) {
		f.Service.hashes.cores <- struct{}{}
	}
	f.Service.hashes.waiting.Store(maxWaiting)
}

// idle ends busy.
func (f fixture) idle() {
	f.Service.hashes.waiting.Store(0)
	for range cap(f.Service.hashes.cores) {
		<-f.Service.hashes.cores
	}
}

// Whatever needs a hash says so when none is to be had, has changed nothing,
// and counts no failure.
func TestBusy(t *testing.T) {
	f := newFixture(t)
	f.AllowDemo = true
	if _, err := f.Demo(t.Context(), demoPassword); err != nil {
		t.Fatal(err)
	}
	p := f.mustCreate(t, moldovan)
	link := f.mustLink(t, p.ID)
	acts := map[string]func() error{
		"SignIn":      func() error { _, _, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1)); return err },
		"Unknown":     func() error { _, _, err := f.SignIn(t.Context(), "x@gov.example", goodPassword, host(1)); return err },
		"SetPassword": func() error { return f.SetPassword(t.Context(), p.ID, "another "+goodPassword, "") },
		"RedeemLink": func() error {
			_, _, err := f.RedeemLink(t.Context(), link, "another "+goodPassword, host(1))
			return err
		},
		"Demo": func() error { _, err := f.Demo(t.Context(), goodPassword); return err },
	}
	f.busy()
	for name, act := range acts {
		for range HourlyFailures + 1 {
			if err := act(); !errors.Is(err, hub.ErrUnavailable) {
				t.Fatalf("%s: got %v, want not available", name, err)
			}
		}
	}
	f.idle()
	if got := f.mustFind(t, p.Email); !same(got, p) {
		t.Errorf("got %+v, want it unchanged", got)
	}
	f.mustSignIn(t, p.Email)
	if _, _, err := f.RedeemLink(t.Context(), link, "", host(1)); err != nil {
		t.Errorf("RedeemLink: %v", err)
	}
}

// A damaged hash is an error of the hub's, not a failed sign-in.
func TestSignInDamagedHash(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	p.Password = "$argon2id$nonsense"
	if err := f.Store.Update(t.Context(), persons, p.doc()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.SignIn(t.Context(), p.Email, goodPassword, host(1)); err == nil || errors.Is(err, ErrSignIn) {
		t.Errorf("got %v, want another error", err)
	}
}

// The second hash of a rehash whose context has ended ends the sign-in.
func TestRehashCancelled(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	f.busy()
	defer f.idle()
	f.Service.hashes.waiting.Store(0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.noteSignIn(ctx, p, true, goodPassword); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}
