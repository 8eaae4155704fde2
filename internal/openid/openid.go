// Package openid signs people in at the OpenID provider of an organisation: it
// says where to send the browser, and learns from the answer whose address the
// provider vouches for. Who that is at the hub is for others to say.
package openid

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"nmirfhub/internal/hub"
)

// CallbackPath is where a provider leads back to. It has no language: one
// address is registered there.
const CallbackPath = "/signin/oidc/callback"

// AttemptLife is how long somebody may take to sign in at the provider.
const AttemptLife = 10 * time.Minute

const (
	knownFor = time.Hour        // until the provider's addresses and keys are asked for anew
	awayFor  = 10 * time.Second // until a provider that did not answer is asked again
	skew     = time.Minute      // that the provider's clock may differ
)

// The ways in which a sign-in ends at the provider, besides hub.ErrUnavailable
// when that does not answer.
var (
	// ErrState: the answer belongs to no sign-in of this browser, or to one
	// that took too long.
	ErrState = errors.New("no such sign-in")
	// ErrRefused: the person or the provider said no.
	ErrRefused = errors.New("refused at the provider")
	// ErrUnverified: the provider gives no address, or does not vouch for it.
	ErrUnverified = errors.New("the provider vouches for no address")
	// ErrAnswer: what the provider answered cannot be trusted.
	ErrAnswer = errors.New("the provider's answer cannot be trusted")
)

// Config says which provider, and as whom the hub is registered there.
type Config struct {
	Issuer   string // its address, letter by letter as it calls itself
	ClientID string
	Secret   string
	Name     string // what people call an account there
	Callback string // of the hub, as registered: where the provider leads back to
	// Fresh is how old a sign-in at the provider may be that is used again;
	// after that it has to ask the person anew.
	Fresh time.Duration
}

// Provider is one OpenID provider. It is asked for nothing before somebody
// signs in there. Safe for concurrent use.
type Provider struct {
	Config
	now    func() time.Time
	client *http.Client

	mu    sync.Mutex
	doors *doors
	err   error     // of the last time it was asked, where there are no doors
	until time.Time // as long as doors or err hold
}

// doors are what a provider says of itself.
type doors struct {
	flow     oauth2.Config
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
}

// New returns the provider of a configuration. It asks nobody.
func New(c Config) *Provider {
	return &Provider{Config: c, now: time.Now, client: newClient()}
}

// Attempt is a sign-in under way. The browser keeps it while the person is at
// the provider.
type Attempt struct {
	State    string // comes back with the answer
	Nonce    string // comes back inside what the provider signs
	Verifier string // only who has it gets something for the code (PKCE)
	Began    time.Time
}

// Begin starts a sign-in and returns where the browser goes for it.
// hub.ErrUnavailable when the provider does not answer.
func (p *Provider) Begin(ctx context.Context) (Attempt, string, error) {
	d, err := p.open(ctx)
	if err != nil {
		return Attempt{}, "", err
	}
	a := Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Began: p.now()}
	return a, d.flow.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier),
		oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(p.Fresh.Seconds())))), nil
}

// Finish takes the answer with which the provider led back, and returns the
// address that it vouches for. ErrState, ErrRefused, ErrUnverified, ErrAnswer
// or hub.ErrUnavailable.
func (p *Provider) Finish(ctx context.Context, a Attempt, answer url.Values) (email string, err error) {
	late := p.now().After(a.Began.Add(AttemptLife))
	if a.State == "" || late || subtle.ConstantTimeCompare([]byte(a.State), []byte(answer.Get("state"))) != 1 {
		return "", ErrState
	}
	if err := p.refusal(answer); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), timeout)
	defer cancel()
	d, err := p.open(ctx)
	if err != nil {
		return "", err
	}
	token, err := d.flow.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return "", failed(ctx, err)
	}
	return p.address(ctx, d, token, a)
}

// refusal is what the provider says instead of a code.
func (p *Provider) refusal(answer url.Values) error {
	// Who another provider signed in is nobody here (RFC 9207).
	if iss := answer.Get("iss"); iss != "" && iss != p.Issuer {
		return fmt.Errorf("%w: it comes from %.100q", ErrAnswer, iss)
	}
	switch said := answer.Get("error"); said {
	case "":
		return nil
	case "access_denied", "login_required", "interaction_required", "consent_required":
		return fmt.Errorf("%w: %s", ErrRefused, said)
	case "server_error", "temporarily_unavailable":
		return fmt.Errorf("%w: the provider says %s", hub.ErrUnavailable, said)
	default:
		return fmt.Errorf("%w: it says %.100q", ErrAnswer, said)
	}
}

// claims are what the provider signs besides what every token has.
type claims struct {
	Email    string  `json:"email"`
	Verified bool    `json:"email_verified"`
	Party    string  `json:"azp"`
	SignedIn float64 `json:"auth_time"` // seconds; 0: the provider does not say
}

// address is the address in what the provider signed for this attempt, where
// it vouches for one.
func (p *Provider) address(ctx context.Context, d *doors, token *oauth2.Token, a Attempt) (string, error) {
	signed, _ := token.Extra("id_token").(string)
	id, err := d.verifier.Verify(ctx, signed) // signature, issuer, audience, expiry
	if err != nil {
		return "", failed(ctx, err)
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return "", failed(ctx, err)
	}
	switch {
	case a.Nonce == "" || subtle.ConstantTimeCompare([]byte(a.Nonce), []byte(id.Nonce)) != 1:
		return "", fmt.Errorf("%w: it is for another sign-in", ErrAnswer)
	case (len(id.Audience) > 1 || c.Party != "") && c.Party != p.ClientID:
		return "", fmt.Errorf("%w: it is for another party, %.100q", ErrAnswer, c.Party)
	case c.SignedIn != 0 && time.Unix(int64(c.SignedIn), 0).Before(a.Began.Add(-p.Fresh-skew)):
		return "", fmt.Errorf("%w: a fresh sign-in was asked for, and this one is old", ErrAnswer)
	}
	if c.Email == "" {
		if c.Email, c.Verified, err = d.ask(ctx, id.Subject, token); err != nil {
			return "", err
		}
	}
	if c.Email == "" || !c.Verified {
		return "", ErrUnverified
	}
	return c.Email, nil
}

// ask has the provider tell the address, where what it signed does not have
// it.
func (d *doors) ask(ctx context.Context, subject string, token *oauth2.Token) (email string, verified bool, err error) {
	if d.provider.UserInfoEndpoint() == "" {
		return "", false, nil
	}
	info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return "", false, failed(ctx, err)
	}
	if info.Subject != subject {
		return "", false, fmt.Errorf("%w: it tells of somebody else", ErrAnswer)
	}
	return info.Email, info.EmailVerified, nil
}

// Check asks the provider what it says of itself. hub.ErrUnavailable when
// that cannot be had or used.
func (p *Provider) Check(ctx context.Context) error {
	_, err := p.open(ctx)
	return err
}

// open returns the doors of the provider. One caller at a time asks; who comes
// while it does not answer waits no longer than that one, and after it nobody
// for awayFor.
func (p *Provider) open(ctx context.Context) (*doors, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now().Before(p.until) {
		return p.doors, p.err
	}
	p.doors, p.err = p.discover(ctx)
	hold := knownFor
	if p.err != nil {
		hold = awayFor
	}
	p.until = p.now().Add(hold)
	return p.doors, p.err
}

// discover asks the provider for its addresses. That the caller goes away ends
// nothing: others wait for the same.
func (p *Provider) discover(ctx context.Context) (*doors, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(context.WithoutCancel(ctx), p.client), timeout)
	defer cancel()
	away := func(err error) error { return fmt.Errorf("%w: ask the provider: %.300s", hub.ErrUnavailable, err) }
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, away(err)
	}
	var more struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, away(err)
	}
	at := found.Endpoint()
	if err := CheckAddress(at.AuthURL); err != nil {
		return nil, away(err)
	}
	// Where a provider does not say how to prove who asks, it is by the header.
	at.AuthStyle = oauth2.AuthStyleInHeader
	if len(more.Methods) > 0 && !slices.Contains(more.Methods, "client_secret_basic") {
		at.AuthStyle = oauth2.AuthStyleInParams
	}
	return &doors{
		flow:     oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: at, RedirectURL: p.Callback, Scopes: []string{oidc.ScopeOpenID, oidc.ScopeEmail}},
		provider: found, verifier: found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.now}),
	}, nil
}

// failed says whether the provider did not answer, or not well.
func failed(ctx context.Context, err error) error {
	var connection *url.Error
	var answer *oauth2.RetrieveError
	cause := ErrAnswer
	if ctx.Err() != nil || errors.As(err, &connection) || errors.As(err, &answer) && answer.Response.StatusCode >= http.StatusInternalServerError {
		cause = hub.ErrUnavailable
	}
	return fmt.Errorf("%w: %.300s", cause, err)
}
