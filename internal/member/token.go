package member

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
)

// TokenBytes is the randomness of a token.
const TokenBytes = 32

// tokenLength is the length of a token as text.
const tokenLength = 43

// NewToken returns TokenBytes from r (nil: crypto/rand) in base64url without
// padding: for sessions, links, and the nonce of a browser that is not signed
// in.
func NewToken(r io.Reader) (string, error) {
	if r == nil {
		r = rand.Reader
	}
	var b [TokenBytes]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("new token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// tokenID is the id of the document of a token: its SHA-256 in hex. Finding a
// document by it tells nothing of the token by its time. False for what has
// not the length of a token, so that nothing long is hashed and nothing empty
// looked up.
func tokenID(token string) (string, bool) {
	if len(token) != tokenLength {
		return "", false
	}
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:]), true
}
