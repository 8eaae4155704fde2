package member

import (
	"bytes"
	"strings"
	"testing"
)

func TestCSRF(t *testing.T) {
	secret, other := bytes.Repeat([]byte{1}, MinSecret), bytes.Repeat([]byte{2}, MinSecret)
	token := CSRF(secret, "session")
	if len(token) != 43 || token != CSRF(secret, "session") || strings.Contains(token, "session") {
		t.Errorf("got %q", token)
	}
	if CSRF(secret, "") != "" || CSRF(secret[1:], "session") != "" {
		t.Error("got a token without a bearer, or with a short secret")
	}
	cases := map[string]struct {
		secret        []byte
		bearer, token string
		want          bool
	}{
		"OK":          {secret, "session", token, true},
		"OtherBearer": {secret, "nonce", token, false},
		"OtherSecret": {other, "session", token, false},
		"NoToken":     {secret, "session", "", false},
		"Longer":      {secret, "session", token + "A", false},
		"Shorter":     {secret, "session", token[:42], false},
		"OtherCase":   {secret, "session", strings.ToLower(token), false},
		"NoBearer":    {secret, "", "", false},
		"NoSecret":    {nil, "session", CSRF(nil, "session"), false},
		"ShortSecret": {secret[1:], "session", CSRF(secret[1:], "session"), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := CheckCSRF(c.secret, c.bearer, c.token); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestNewToken(t *testing.T) {
	got, err := NewToken(bytes.NewReader(make([]byte, TokenBytes)))
	if want := strings.Repeat("A", tokenLength); got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	a, errA := NewToken(nil)
	b, errB := NewToken(nil)
	if a == b || errA != nil || errB != nil || len(a) != tokenLength {
		t.Errorf("got %q, %q, %v, %v", a, b, errA, errB)
	}
}
