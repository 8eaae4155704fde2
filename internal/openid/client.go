package openid

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Limits of asking a provider.
const (
	timeout    = 5 * time.Second
	maxAnswer  = 1 << 20  // bytes of a body
	maxHeaders = 64 << 10 // bytes
)

// CheckAddress accepts what a provider may be asked at: https, or http on this
// machine.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || !safe(u) {
		return errors.New("it must be an https address; http is for this machine alone")
	}
	return nil
}

func safe(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// newClient asks a provider: for a limited time, to a limited length, only
// where CheckAddress lets it, and nowhere else that an answer leads.
func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = maxHeaders
	return &http.Client{
		Transport: bounded{t}, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type bounded struct{ next http.RoundTripper }

// RoundTrip is http.RoundTripper's.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !safe(r.URL) {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, errors.New("the provider names an address that is not https")
	}
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	return resp, nil
}
