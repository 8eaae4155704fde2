package member

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// MinSecret is the least length of the signing secret in bytes.
const MinSecret = 32

// csrfPurpose keeps these codes apart from others made with the same secret.
const csrfPurpose = "hub csrf 1\n"

// CSRF returns the token that a form of the bearer carries: HMAC-SHA256 of
// the session token in base64url, 43 characters. A browser that is not signed
// in is bound by a nonce cookie (NewToken) in its place, so that the sign-in
// form cannot be sent from elsewhere either. Empty when secret is shorter
// than MinSecret or bearer is empty: CheckCSRF refuses that too.
func CSRF(secret []byte, bearer string) string {
	if len(secret) < MinSecret || bearer == "" {
		return ""
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(csrfPurpose + bearer))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// CheckCSRF says, in constant time, whether token is the one that CSRF gives
// for the bearer. Always false when CSRF gives none.
func CheckCSRF(secret []byte, bearer, token string) bool {
	want := CSRF(secret, bearer)
	return want != "" && hmac.Equal([]byte(want), []byte(token))
}
