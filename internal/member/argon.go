package member

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"nmirfhub/internal/hub"
)

// Params are the cost of one argon2id hash (RFC 9106, section 3.1).
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8  // lanes
}

// DefaultParams are the cost of the hub: 64 MiB, three passes, four lanes
// (RFC 9106, section 4, the second recommended option).
var DefaultParams = Params{Memory: 64 << 10, Time: 3, Threads: 4}

// below says whether a hash made with p is weaker in any respect than one
// made with want.
func (p Params) below(want Params) bool {
	return p.Memory < want.Memory || p.Time < want.Time || p.Threads < want.Threads
}

// Sizes of a hash in bytes: those that are written, and the bounds of those
// that are read.
const (
	saltBytes, keyBytes = 16, 32
	minSalt, maxSalt    = 8, 64
	minKey, maxKey      = 16, 64
)

// Bounds of the cost of a hash that is read: a damaged document must not cost
// more than a second or two.
const (
	maxMemory  = 1 << 20 // KiB
	maxTime    = 64
	maxThreads = 64
)

// phc is an argon2id hash in its parts. Its text is the PHC string format:
// $argon2id$v=19$m=65536,t=3,p=4$SALT$KEY, salt and key in base64 without
// padding.
type phc struct {
	Params
	salt, key []byte
}

var phcBase64 = base64.RawStdEncoding.Strict()

func (h phc) text() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.Memory, h.Time, h.Threads, phcBase64.EncodeToString(h.salt), phcBase64.EncodeToString(h.key))
}

// parsePHC reads exactly what text writes, within the bounds above. The error
// does not repeat s.
func parsePHC(s string) (phc, error) {
	var h phc
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, fmt.Errorf("password hash is not argon2id version %d", argon2.Version)
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.Memory, &h.Time, &h.Threads); err != nil {
		return phc{}, fmt.Errorf("password hash: parameters cannot be read")
	}
	var err error
	if h.salt, err = phcBase64.DecodeString(parts[4]); err != nil {
		return phc{}, fmt.Errorf("password hash: salt cannot be read")
	}
	if h.key, err = phcBase64.DecodeString(parts[5]); err != nil {
		return phc{}, fmt.Errorf("password hash: key cannot be read")
	}
	// Scanning is lenient (signs, zeros in front, line ends in base64):
	// comparing with what text writes is the strict half.
	if !h.bounded() || h.text() != s {
		return phc{}, fmt.Errorf("password hash: out of bounds or not canonical")
	}
	return h, nil
}

func (h phc) bounded() bool {
	return h.Threads >= 1 && h.Threads <= maxThreads &&
		h.Time >= 1 && h.Time <= maxTime &&
		h.Memory >= 8*uint32(h.Threads) && h.Memory <= maxMemory &&
		len(h.salt) >= minSalt && len(h.salt) <= maxSalt &&
		len(h.key) >= minKey && len(h.key) <= maxKey
}

// maxWaiting is how many hashes may wait for a core. Beyond it a sign-in is
// refused at once: a queue of 32 is some seconds long already.
const maxWaiting = 32

// hasher computes hashes, at most one per core at once, since each takes 64
// MiB and a core. The zero value is ready. Safe for concurrent use.
type hasher struct {
	// derive is argon2id; tests count its calls or hold them up.
	derive func(password, salt []byte, p Params, keyBytes uint32) []byte

	once    sync.Once
	cores   chan struct{}
	waiting atomic.Int32
}

func (h *hasher) init() {
	h.cores = make(chan struct{}, runtime.GOMAXPROCS(0))
	if h.derive == nil {
		h.derive = argon
	}
}

func argon(password, salt []byte, p Params, keyBytes uint32) []byte {
	return argon2.IDKey(password, salt, p.Time, p.Memory, p.Threads, keyBytes)
}

// run derives a key when a core is free. hub.ErrUnavailable when maxWaiting
// others wait, the context's error when it ends first. A hash that has begun
// is finished whatever the context says.
func (h *hasher) run(ctx context.Context, password string, salt []byte, p Params, keyBytes int) ([]byte, error) {
	h.once.Do(h.init)
	if err := h.acquire(ctx); err != nil {
		return nil, err
	}
	defer func() { <-h.cores }()
	return h.derive([]byte(password), salt, p, uint32(keyBytes)), nil
}

func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.cores <- struct{}{}:
		return nil
	default:
	}
	if h.waiting.Add(1) > maxWaiting {
		h.waiting.Add(-1)
		return fmt.Errorf("hash password: %d wait already: %w", maxWaiting, hub.ErrUnavailable)
	}
	defer h.waiting.Add(-1)
	select {
	case h.cores <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hash password: %w", ctx.Err())
	}
}

func (s *Service) params() Params {
	if s.Params == (Params{}) {
		return DefaultParams
	}
	return s.Params
}

// hash makes the hash of a normalised password, with a new salt.
func (s *Service) hash(ctx context.Context, normal string) (Secret, error) {
	h := phc{Params: s.params(), salt: make([]byte, saltBytes)}
	if _, err := io.ReadFull(s.rand(), h.salt); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	var err error
	h.key, err = s.hashes.run(ctx, normal, h.salt, h.Params, keyBytes)
	if err != nil {
		return "", err
	}
	return Secret(h.text()), nil
}

// matches says whether the password as typed is the one of the hash, and
// whether the hash is weaker than the parameters of today. It computes
// exactly one hash, also when stored is empty and when the password cannot be
// right, so that an account without a password, and no account, cost what a
// wrong password costs.
func (s *Service) matches(ctx context.Context, stored Secret, password string) (ok, weak bool, err error) {
	normal, possible := normalise(password)
	h := phc{Params: s.params(), salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	if stored != "" {
		if h, err = parsePHC(string(stored)); err != nil {
			return false, false, err
		}
	}
	key, err := s.hashes.run(ctx, normal, h.salt, h.Params, len(h.key))
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(key, h.key) == 1
	return same && possible && stored != "", h.below(s.params()), nil
}
