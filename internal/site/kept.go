package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/klauspost/compress/gzip"
)

// kept holds what the public gets, compressed, by address. An address bears
// the language; all of it is dropped when the content revision moves on. Only
// answers to requests without a session are ever put in, so nothing in it is
// for somebody in particular. Safe for concurrent use.
type kept struct {
	revision func() uint64

	mu    sync.RWMutex
	at    uint64 // revision of what is held
	bytes int
	pages map[string]*keptPage
}

type keptPage struct {
	gzip        []byte
	etag        string
	contentType string
}

// Limits of what is kept.
const (
	maxKept    = 24 << 20 // bytes, in all
	maxKeptKey = 512      // bytes of an address
)

// notKept marks an answer, in the locals of its request, that is made anew
// each time.
const notKept = "not kept"

func newKept(revision func() uint64) *kept {
	return &kept{revision: revision, pages: map[string]*keptPage{}}
}

func (k *kept) find(key string) *keptPage {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.at != k.revision() {
		return nil
	}
	return k.pages[key]
}

// put keeps a page that was made at a revision. When there is no room it
// starts anew: whoever asks for many odd addresses costs renders, not memory.
func (k *kept) put(key string, p *keptPage, made uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.revision(); made != now {
		return
	}
	size := len(p.gzip) + len(key)
	if k.at != made || k.bytes+size > maxKept {
		k.at, k.bytes, k.pages = made, 0, map[string]*keptPage{}
	}
	if k.pages[key] == nil {
		k.bytes += size
		k.pages[key] = p
	}
}

// keep answers the public from what is kept, and keeps what is made anew.
func (s *Site) keep(c *fiber.Ctx) error {
	if hasSession(c) {
		c.Set(fiber.HeaderCacheControl, "private, no-store")
		return c.Next()
	}
	key := string(c.Request().RequestURI())
	if len(key) > maxKeptKey {
		return c.Next()
	}
	if p := s.kept.find(key); p != nil {
		return p.send(c)
	}
	made := s.kept.revision()
	if err := c.Next(); err != nil {
		return err
	}
	if c.Locals(notKept) != nil {
		return nil
	}
	if c.Response().StatusCode() != fiber.StatusOK || len(c.Response().Header.Peek(fiber.HeaderSetCookie)) > 0 {
		return nil
	}
	p := compress(c.Response().Body(), string(c.Response().Header.ContentType()))
	s.kept.put(key, p, made)
	return p.send(c)
}

func compress(body []byte, contentType string) *keptPage {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // errors for an unknown level only
	w.Write(body)                                         // a buffer takes all
	w.Close()
	sum := sha256.Sum256(body)
	return &keptPage{gzip: b.Bytes(), etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, contentType: contentType}
}

// send answers with the page, compressed where the client takes that.
func (p *keptPage) send(c *fiber.Ctx) error {
	h := &c.Response().Header
	h.Set(fiber.HeaderCacheControl, "public, no-cache")
	h.Set(fiber.HeaderVary, "Accept-Encoding, Cookie")
	h.Set(fiber.HeaderETag, p.etag)
	if string(c.Request().Header.Peek(fiber.HeaderIfNoneMatch)) == p.etag {
		c.Response().ResetBody()
		c.Status(fiber.StatusNotModified)
		return nil
	}
	h.SetContentType(p.contentType)
	if !c.Request().Header.HasAcceptEncoding("gzip") {
		plain, err := p.plain()
		if err != nil {
			return err
		}
		return c.Send(plain)
	}
	h.Set(fiber.HeaderContentEncoding, "gzip")
	c.Response().SetBodyRaw(p.gzip)
	return nil
}

func (p *keptPage) plain() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(p.gzip))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = b.ReadFrom(r)
	return b.Bytes(), err
}
