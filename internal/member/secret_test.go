package member

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// No way of printing a public struct shows a password, a hash or a token.
func TestNothingShows(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	v, token := f.mustSignIn(t, p.Email)
	from := From{IP: host(1).IP, Replaces: Secret(token)}
	hash := string(p.Password)
	if !strings.HasPrefix(hash, "$argon2id$") {
		t.Fatalf("no hash to look for: %q", hash)
	}
	for name, value := range map[string]any{"Person": p, "*Person": &p, "Session": v, "From": from, "doc": []any{p, v, from}} {
		shown := everyWay(t, value)
		for _, secret := range []string{hash, hash[len(hash)-20:], token, goodPassword} {
			if strings.Contains(shown, secret) || strings.Contains(shown, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s shows %q in:\n%s", name, secret, shown)
			}
		}
	}
}

// everyWay prints the value with every verb, as JSON and into both kinds of
// log.
func everyWay(t *testing.T, value any) string {
	t.Helper()
	var b bytes.Buffer
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%c", "%U", "%t", "%e", "%10.3s"} {
		fmt.Fprintf(&b, format+"\n", value)
	}
	j, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(j)
	slog.New(slog.NewTextHandler(&b, nil)).Info("text", "value", value)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("json", "value", value)
	return b.String()
}

// Logs hold no address and no name either.
func TestLogValue(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	v, _ := f.mustSignIn(t, p.Email)
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "person", p, "session", v, "text", p.String())
	got := b.String()
	if strings.Contains(strings.ToLower(got), "rusu") || !strings.Contains(got, p.ID) {
		t.Errorf("logged %s, want the id and no name or address", got)
	}
}

func TestSecretString(t *testing.T) {
	if got := Secret("x").String(); got != hidden {
		t.Errorf("got %q, want %q", got, hidden)
	}
}
