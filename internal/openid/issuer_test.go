package openid

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

const (
	clientID = "hub"
	secret   = "a secret: with signs/"
	callback = "https://hub.test" + CallbackPath

	discovery = "/.well-known/openid-configuration"
)

// The keys of the tests. Making one is slow.
var (
	ownKey   = sync.OnceValue(newKey)
	otherKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// issuer is a provider that answers what a test wants, so also what no real
// one would: package walk has a real one.
type issuer struct {
	url  string
	keys oidctest.Server

	mu    sync.Mutex
	asked map[string]int              // how often, by path
	in    map[string]http.HandlerFunc // by path, in the place of what is usual
	about map[string]any              // what it says of itself
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	s := &issuer{asked: map[string]int{}, in: map[string]http.HandlerFunc{}}
	s.keys.PublicKeys = []oidctest.PublicKey{{PublicKey: ownKey().Public(), KeyID: "k", Algorithm: oidc.RS256}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.about = map[string]any{
		"issuer": s.url, "authorization_endpoint": s.url + "/auth", "token_endpoint": s.url + "/token", "jwks_uri": s.url + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
	}
	return s
}

func (s *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	answer, about := s.in[r.URL.Path], maps.Clone(s.about)
	s.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, r)
	case r.URL.Path == discovery:
		say(about)(w, r)
	default:
		s.keys.ServeHTTP(w, r)
	}
}

// answers sets what it answers at a path; nil: what is usual.
func (s *issuer) answers(path string, with http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in[path] = with
}

func (s *issuer) says(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.about[name] = value
}

func (s *issuer) times(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

// say answers with JSON.
func say(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(v)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// provider is the one under test.
func (s *issuer) provider() *Provider {
	return New(Config{Issuer: s.url, ClientID: clientID, Secret: secret, Name: "Office", Callback: callback, Fresh: 10 * time.Minute})
}

// signing is a sign-in in which the test may change what is signed, and how.
type signing struct {
	claims map[string]any
	sign   func(claims string) string // nil: with the issuer's key
}

func (g signing) token() string {
	raw, err := json.Marshal(g.claims)
	if err != nil {
		panic(err)
	}
	if g.sign != nil {
		return g.sign(string(raw))
	}
	return oidctest.SignIDToken(ownKey(), "k", oidc.RS256, string(raw))
}

// signIn goes through a whole sign-in: the issuer gives a token only to who
// shows the code, the secret and the verifier of the beginning.
func (s *issuer) signIn(t *testing.T, p *Provider, change func(*signing)) (string, error) {
	t.Helper()
	a, to := begin(t, p)
	now := time.Now()
	g := signing{claims: map[string]any{
		"iss": s.url, "aud": clientID, "sub": "7", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": to.Get("nonce"),
		"email": "Ana.Rusu@gov.example", "email_verified": true,
	}}
	if change != nil {
		change(&g)
	}
	s.answers("/token", func(w http.ResponseWriter, r *http.Request) {
		id, key, _ := r.BasicAuth()
		shown, _ := url.QueryUnescape(key)
		if id != clientID || shown != secret || r.FormValue("code") != "good" || r.FormValue("redirect_uri") != callback || challenge(r.FormValue("code_verifier")) != to.Get("code_challenge") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		say(map[string]any{"access_token": "opens-userinfo", "token_type": "Bearer", "id_token": g.token()})(w, r)
	})
	return p.Finish(t.Context(), a, url.Values{"code": {"good"}, "state": {to.Get("state")}})
}

// begin starts a sign-in, and returns it with what the browser brings along.
func begin(t *testing.T, p *Provider) (Attempt, url.Values) {
	t.Helper()
	a, to, err := p.Begin(context.Background())
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return a, u.Query()
}
