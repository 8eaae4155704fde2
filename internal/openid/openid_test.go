package openid

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"nmirfhub/internal/hub"
)

// challenge is what RFC 7636 makes of a verifier.
func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func TestBegin(t *testing.T) {
	p := newIssuer(t).provider()
	a, to := begin(t, p)
	for name, want := range map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": callback, "scope": "openid email", "max_age": "600",
		"state": a.State, "nonce": a.Nonce, "code_challenge": challenge(a.Verifier), "code_challenge_method": "S256",
	} {
		if got := to.Get(name); got != want || got == "" {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(to) != 9 || strings.Contains(to.Encode(), a.Verifier) {
		t.Errorf("the browser brings along %v", to)
	}
	if b, _ := begin(t, p); b.State == a.State || b.Nonce == a.Nonce || b.Verifier == a.Verifier {
		t.Error("two sign-ins have something in common")
	}
}

func TestFinish(t *testing.T) {
	claim := func(name string, value any) func(*signing) {
		return func(g *signing) { g.claims[name] = value }
	}
	now := time.Now()
	for name, c := range map[string]struct {
		change func(*signing)
		want   error
	}{
		"Good":         {nil, nil},
		"GoodOneOfTwo": {func(g *signing) { g.claims["aud"], g.claims["azp"] = []string{"project", clientID}, clientID }, nil},
		"GoodRecently": {claim("auth_time", now.Add(-9*time.Minute).Unix()), nil},

		"OtherNonce":       {claim("nonce", "of another sign-in"), ErrAnswer},
		"NoNonce":          {claim("nonce", ""), ErrAnswer},
		"OtherAudience":    {claim("aud", "another-client"), ErrAnswer},
		"NoAudience":       {claim("aud", nil), ErrAnswer},
		"OneOfTwo":         {claim("aud", []string{"project", clientID}), ErrAnswer},
		"OtherParty":       {claim("azp", "another-client"), ErrAnswer},
		"OtherIssuer":      {claim("iss", "https://other.example"), ErrAnswer},
		"Expired":          {claim("exp", now.Add(-time.Second).Unix()), ErrAnswer},
		"NeverExpires":     {claim("exp", nil), ErrAnswer},
		"OfTomorrow":       {claim("nbf", now.Add(24*time.Hour).Unix()), ErrAnswer},
		"SignedInLongAgo":  {claim("auth_time", now.Add(-12*time.Minute).Unix()), ErrAnswer},
		"Unverified":       {claim("email_verified", false), ErrUnverified},
		"VerifiedNotSaid":  {claim("email_verified", nil), ErrUnverified},
		"VerifiedAsText":   {claim("email_verified", "true"), ErrAnswer},
		"NoAddress":        {claim("email", ""), ErrUnverified},
		"SignedByAnother":  {func(g *signing) { g.sign = signedBy(oidc.RS256) }, ErrAnswer},
		"SignedByItsOwn":   {func(g *signing) { g.sign = signedByPublicKey }, ErrAnswer},
		"NotSigned":        {func(g *signing) { g.sign = notSigned }, ErrAnswer},
		"OtherAlgorithm":   {func(g *signing) { g.sign = signedBy(oidc.PS256) }, ErrAnswer},
		"NoToken":          {func(g *signing) { g.sign = func(string) string { return "" } }, ErrAnswer},
		"ChangedAfterward": {func(g *signing) { g.sign = changed }, ErrAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			s := newIssuer(t)
			email, err := s.signIn(t, s.provider(), c.change)
			if c.want == nil && (err != nil || email != "Ana.Rusu@gov.example") {
				t.Errorf("got %q, %v", email, err)
			}
			if c.want != nil && (!errors.Is(err, c.want) || email != "") {
				t.Errorf("got %q, %v, want %v", email, err, c.want)
			}
		})
	}
}

func signedBy(algorithm string) func(string) string {
	return func(claims string) string { return oidctest.SignIDToken(otherKey(), "k", algorithm, claims) }
}

// signedByPublicKey signs with what everybody knows, in a way that takes it
// for a secret.
func signedByPublicKey(claims string) string {
	return oidctest.SignIDToken(x509.MarshalPKCS1PublicKey(&ownKey().PublicKey), "k", "HS256", claims)
}

func notSigned(claims string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "."
}

func changed(claims string) string {
	parts := strings.Split(oidctest.SignIDToken(ownKey(), "k", oidc.RS256, claims), ".")
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(claims, "Ana.Rusu", "Ion.Rusu", 1)))
	return strings.Join(parts, ".")
}

// An answer that belongs to no sign-in of the browser is not looked into, and
// the provider is not asked.
func TestFinishState(t *testing.T) {
	s := newIssuer(t)
	p := s.provider()
	a, _ := begin(t, p)
	old := a
	old.Began = a.Began.Add(-AttemptLife - time.Second)
	for name, c := range map[string]struct {
		kept  Attempt
		state string
	}{
		"Other": {a, "other"}, "None": {a, ""}, "NothingKept": {Attempt{Began: a.Began}, ""}, "NothingKeptAtAll": {Attempt{}, a.State}, "Late": {old, a.State},
	} {
		for _, more := range []url.Values{{"code": {"good"}}, {"error": {"access_denied"}}} {
			more.Set("state", c.state)
			if email, err := p.Finish(t.Context(), c.kept, more); !errors.Is(err, ErrState) || email != "" {
				t.Errorf("%s: got %q, %v, want no such sign-in", name, email, err)
			}
		}
	}
	if n := s.times("/token"); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

func TestFinishRefused(t *testing.T) {
	s := newIssuer(t)
	p := s.provider()
	a, _ := begin(t, p)
	for said, want := range map[string]error{
		"error=access_denied": ErrRefused, "error=consent_required": ErrRefused,
		"error=temporarily_unavailable": hub.ErrUnavailable, "error=server_error": hub.ErrUnavailable,
		"error=invalid_scope": ErrAnswer, "code=good&iss=https://other.example": ErrAnswer,
	} {
		answer, err := url.ParseQuery(said + "&state=" + a.State)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Finish(t.Context(), a, answer); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", said, err, want)
		}
	}
	if n := s.times("/token"); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// What the provider answers to the code.
func TestFinishCode(t *testing.T) {
	elsewhere := newIssuer(t)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"UsedCode": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			say(map[string]string{"error": "invalid_grant"})(w, r)
		}, ErrAnswer},
		"Fault":   {status(http.StatusInternalServerError), hub.ErrUnavailable},
		"NoToken": {say(map[string]string{"access_token": "x"}), ErrAnswer},
		"NoJSON":  {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, ErrAnswer},
		"Endless": {endless, ErrAnswer},
		"LeadsAway": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.url+"/token", http.StatusTemporaryRedirect)
		}, ErrAnswer},
		"HangsUp": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, hub.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newIssuer(t)
			p := s.provider()
			a, to := begin(t, p)
			s.answers("/token", c.answer)
			if email, err := p.Finish(t.Context(), a, url.Values{"code": {"good"}, "state": {to.Get("state")}}); !errors.Is(err, c.want) || email != "" {
				t.Errorf("got %q, %.200v, want %v", email, err, c.want)
			}
			if n := s.times("/token"); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
	if n := elsewhere.times("/token"); n != 0 {
		t.Error("the code and the secret went to another server")
	}
}

// endless writes until nobody reads.
func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(make([]byte, 64<<10)); err != nil {
			return
		}
	}
}

// A provider that never answers is given up.
func TestSilence(t *testing.T) {
	s := newIssuer(t)
	ctx, cancel := context.WithCancel(t.Context())
	silent := func(_ http.ResponseWriter, r *http.Request) {
		r.ParseForm() // so that the server sees the connection end
		cancel()
		<-r.Context().Done()
	}
	p := s.provider()
	a, to := begin(t, p)
	s.answers("/token", silent)
	if _, err := p.Finish(ctx, a, url.Values{"code": {"good"}, "state": {to.Get("state")}}); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("got %v, want not available", err)
	}
	if p.client.Timeout != 5*time.Second {
		t.Errorf("an answer is waited for %s", p.client.Timeout)
	}
	s.answers(discovery, silent)
	p = s.provider()
	p.client.Timeout = 20 * time.Millisecond
	if _, _, err := p.Begin(t.Context()); !errors.Is(err, hub.ErrUnavailable) {
		t.Errorf("got %v, want not available", err)
	}
}

// Where the signed claims have no address the provider is asked for it.
func TestUserInfo(t *testing.T) {
	for name, c := range map[string]struct {
		says map[string]any
		want error
	}{
		"Good":       {map[string]any{"sub": "7", "email": "ana@gov.example", "email_verified": true}, nil},
		"Unverified": {map[string]any{"sub": "7", "email": "ana@gov.example", "email_verified": false}, ErrUnverified},
		"NoAddress":  {map[string]any{"sub": "7", "email_verified": true}, ErrUnverified},
		"Other":      {map[string]any{"sub": "8", "email": "ana@gov.example", "email_verified": true}, ErrAnswer},
		"Nobody":     {map[string]any{"email": "ana@gov.example", "email_verified": true}, ErrAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			s := newIssuer(t)
			s.says("userinfo_endpoint", s.url+"/userinfo")
			s.answers("/userinfo", func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer opens-userinfo" {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				say(c.says)(w, r)
			})
			email, err := s.signIn(t, s.provider(), func(g *signing) { delete(g.claims, "email") })
			if !errors.Is(err, c.want) || (err == nil) != (email == "ana@gov.example") {
				t.Errorf("got %q, %v, want %v", email, err, c.want)
			}
		})
	}
}

// The hub proves who it is in the way that the provider takes.
func TestSecretInForm(t *testing.T) {
	s := newIssuer(t)
	s.says("token_endpoint_auth_methods_supported", []string{"client_secret_post"})
	p := s.provider()
	a, to := begin(t, p)
	s.answers("/token", func(w http.ResponseWriter, r *http.Request) {
		if _, _, header := r.BasicAuth(); header || r.FormValue("client_secret") != secret || r.FormValue("client_id") != clientID {
			t.Error("the secret is not in the form alone")
		}
		w.WriteHeader(http.StatusBadRequest)
	})
	p.Finish(t.Context(), a, url.Values{"code": {"good"}, "state": {to.Get("state")}})
	if n := s.times("/token"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A provider is asked when somebody signs in, not before; one that is away is
// left alone for a while, and found again.
func TestDiscovery(t *testing.T) {
	s := newIssuer(t)
	p := s.provider()
	now := time.Now()
	p.now = func() time.Time { return now }
	s.answers(discovery, status(http.StatusServiceUnavailable))
	want := func(away bool, asked int) {
		t.Helper()
		_, _, err := p.Begin(t.Context())
		if errors.Is(err, hub.ErrUnavailable) != away || (err != nil) != away || s.times(discovery) != asked {
			t.Fatalf("got %v after it was asked %d times, want away %v after %d", err, s.times(discovery), away, asked)
		}
	}
	if s.times(discovery) != 0 {
		t.Error("asked before anybody signs in")
	}
	want(true, 1)
	want(true, 1)
	now = now.Add(awayFor)
	want(true, 2)
	s.answers(discovery, nil)
	want(true, 2)
	now = now.Add(awayFor)
	want(false, 3)
	now = now.Add(knownFor - 1)
	want(false, 3)
	now = now.Add(1)
	want(false, 4)
}

func TestDiscoveryOnce(t *testing.T) {
	s := newIssuer(t)
	p := s.provider()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := p.Check(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.times(discovery); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestDiscoveryRefused(t *testing.T) {
	for name, change := range map[string]func(*issuer){
		"OtherIssuer":  func(s *issuer) { s.says("issuer", s.url+"/") },
		"PlainHTTP":    func(s *issuer) { s.says("authorization_endpoint", "http://id.example/auth") },
		"Script":       func(s *issuer) { s.says("authorization_endpoint", "javascript:alert(1)") },
		"NoAddress":    func(s *issuer) { s.says("authorization_endpoint", "") },
		"TooLarge":     func(s *issuer) { s.says("more", strings.Repeat("x", maxAnswer)) },
		"LeadsAway":    func(s *issuer) { s.answers(discovery, http.RedirectHandler(s.url+"/keys", http.StatusFound).ServeHTTP) },
		"NotWellKnown": func(s *issuer) { s.answers(discovery, status(http.StatusNotFound)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newIssuer(t)
			change(s)
			if err := s.provider().Check(t.Context()); !errors.Is(err, hub.ErrUnavailable) || len(err.Error()) > 500 {
				t.Errorf("got %.200v, want not available", err)
			}
		})
	}
}

// The secret goes nowhere without encryption, whatever the provider says of
// itself.
func TestPlainToken(t *testing.T) {
	s := newIssuer(t)
	s.says("token_endpoint", "http://id.example/token")
	p := s.provider()
	a, to := begin(t, p)
	if _, err := p.Finish(t.Context(), a, url.Values{"code": {"good"}, "state": {to.Get("state")}}); err == nil || !strings.Contains(err.Error(), "not https") {
		t.Errorf("got %v, want that the address is refused", err)
	}
}

func TestCheckAddress(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://id.example": true, "https://id.example/tenant/v2.0": true, "http://localhost:8080": true, "http://127.0.0.1:1/x": true, "http://[::1]:1": true,
		"http://id.example": false, "http://10.0.0.1": false, "http://localhost.example": false, "id.example": false, "": false, "https://": false,
		"ftp://localhost": false, "https://u:p@id.example": false, "https://id.example\n": false,
	} {
		if err := CheckAddress(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}
