package hub

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
)

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns a new random id of 26 characters (128 bits), safe in
// addresses. It tells nothing of when or after what it was made.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return idEncoding.EncodeToString(b[:])
}

// MaxSlug is the greatest length of a slug in bytes.
const MaxSlug = 120

// CheckSlug says whether s may stand in an address: a to z, digits and single
// hyphens within, at most MaxSlug bytes. The error is Invalid with the field
// "slug".
func CheckSlug(s string) error {
	if s == "" {
		return &Invalid{Field: "slug", Reason: ReasonRequired}
	}
	if len(s) > MaxSlug {
		return &Invalid{Field: "slug", Reason: ReasonTooLong, Limit: MaxSlug}
	}
	for i := range len(s) {
		c := s[i]
		hyphen := c == '-' && i > 0 && i < len(s)-1 && s[i-1] != '-'
		if !hyphen && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return &Invalid{Field: "slug", Reason: ReasonFormat, Value: s}
		}
	}
	return nil
}

// IDOf returns the id that only these parts give, in this order: what is made
// under it cannot be made a second time.
func IDOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d %s", len(p), p)
	}
	return idEncoding.EncodeToString(h.Sum(nil)[:16])
}
