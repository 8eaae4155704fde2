package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/mail/wire"
	"nmirfhub/internal/member"
	"nmirfhub/internal/openid"
)

// settings are read and checked before anything is opened.
type settings struct {
	addr         string
	baseURL      string
	data         string
	secret       string
	mongoURI     string
	natsURL      string
	smtpURL      string
	mailFrom     string
	meiliURL     string
	meiliKey     string
	oidcIssuer   string
	oidcID       string
	oidcSecret   string
	oidcName     string
	confirm      string
	demoPassword string
	log          string

	archive       string
	confirmMonths int
	archiveMonths int

	level  slog.Level
	format string
}

// setting describes one of them.
type setting struct {
	name, value, about string
	secret             bool
	into               func(*settings) *string
}

var allSettings = []setting{
	{"addr", "127.0.0.1:5133", "address to serve", false, func(s *settings) *string { return &s.addr }},
	{"base-url", "", "public address, used in links and cookies; from the address to serve when empty", false, func(s *settings) *string { return &s.baseURL }},
	{"data", "./data", "folder of the embedded store, the secret and the caches", false, func(s *settings) *string { return &s.data }},
	{"secret", "", "key for signing, at least 32 bytes; made in the data folder when empty", true, func(s *settings) *string { return &s.secret }},
	{"mongodb-uri", "", "MongoDB with the name of the database; the embedded store when empty", true, func(s *settings) *string { return &s.mongoURI }},
	{"meili-url", "", "Meilisearch; the embedded index when empty, and while that does not answer", false, func(s *settings) *string { return &s.meiliURL }},
	{"meili-key", "", "key of Meilisearch for indexes whose names begin with hub-", true, func(s *settings) *string { return &s.meiliKey }},
	{"nats-url", "", "NATS, which carries hints between instances; not with the embedded store, which is for one", true, func(s *settings) *string { return &s.natsURL }},
	{"smtp-url", "", "mail server; mails are written into the data folder when empty", true, func(s *settings) *string { return &s.smtpURL }},
	{"mail-from", "", "address that mails come from; hub@ and the name of the public address when empty", false, func(s *settings) *string { return &s.mailFrom }},
	{"oidc-issuer", "", "OpenID provider where people may sign in besides, as it calls itself; nowhere when empty", false, func(s *settings) *string { return &s.oidcIssuer }},
	{"oidc-client-id", "", "what the hub is called at the provider", false, func(s *settings) *string { return &s.oidcID }},
	{"oidc-client-secret", "", "how the hub shows there who it is", true, func(s *settings) *string { return &s.oidcSecret }},
	{"oidc-name", "", "what people call an account there, such as \"OHCHR account\"; the host of the provider when empty", false, func(s *settings) *string { return &s.oidcName }},
	{"confirm-months", "6", "for how many months a confirmation of the seats of a mechanism holds, 1 to 60", false, func(s *settings) *string { return &s.confirm }},
	{"archive-months", "6", "how many months after its day a record that nobody confirmed waits to be archived, 1 to 60", false, func(s *settings) *string { return &s.archive }},
	{"demo-password", "", "password of the demo accounts; made and printed when empty", true, func(s *settings) *string { return &s.demoPassword }},
	{"log", "info,text", "level (debug, info, warn, error) and format (text, json)", false, func(s *settings) *string { return &s.log }},
}

// variable is the name of a setting in the environment: HUB_BASE_URL.
func (s setting) variable() string {
	return "HUB_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

func (s *settings) flags(set *flag.FlagSet) {
	for _, a := range allSettings {
		set.StringVar(a.into(s), a.name, a.value, a.about+" ("+a.variable()+")")
	}
}

// complete fills what no flag gave from the environment, and checks all. The
// error names the setting and the mend.
func (s *settings) complete(set *flag.FlagSet, env func(string) (string, bool)) error {
	given := map[string]bool{}
	set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, a := range allSettings {
		if v, ok := env(a.variable()); ok && !given[a.name] {
			*a.into(s) = v
		}
	}
	return errors.Join(s.checkAddr(), s.checkMeili(), s.checkNATS(), s.checkMail(), s.checkOIDC(), s.checkConfirm(), s.checkArchive(), s.checkLog(), s.checkSecret())
}

func (s *settings) checkAddr() error {
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return fmt.Errorf("HUB_ADDR is %q: write host and port, such as 127.0.0.1:5133", s.addr)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("HUB_ADDR is %q: the port must be a number from 0 to 65535", s.addr)
	}
	if s.baseURL == "" {
		if host == "" || host == "0.0.0.0" || host == "::" {
			host = "localhost"
		}
		s.baseURL = "http://" + net.JoinHostPort(host, port)
	}
	u, err := url.Parse(s.baseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || (u.Path != "" && u.Path != "/") {
		return fmt.Errorf("HUB_BASE_URL is %q: write the public address without a path, such as https://hub.example", s.baseURL)
	}
	s.baseURL = strings.TrimSuffix(s.baseURL, "/")
	return nil
}

// checkNATS refuses NATS with the embedded store: several instances would need
// one store, and that one is for one process.
func (s *settings) checkNATS() error {
	if s.natsURL == "" {
		return nil
	}
	u, err := url.Parse(s.natsURL)
	if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
		return errors.New("HUB_NATS_URL is no address: write nats://user:password@host:4222, or tls:// in its place")
	}
	if s.mongoURI == "" {
		return errors.New("HUB_NATS_URL is for several instances, and the embedded store is for one: set HUB_MONGODB_URI too, or leave HUB_NATS_URL empty")
	}
	return nil
}

func (s *settings) checkMail() error {
	if s.mailFrom == "" {
		u, _ := url.Parse(s.baseURL)
		s.mailFrom = "hub@localhost"
		if u != nil && strings.Contains(u.Hostname(), ".") && net.ParseIP(u.Hostname()) == nil {
			s.mailFrom = "hub@" + u.Hostname()
		}
	}
	if s.smtpURL == "" {
		return nil
	}
	if _, err := wire.NewServer(s.smtpURL, s.mailFrom); err != nil {
		return fmt.Errorf("HUB_SMTP_URL or HUB_MAIL_FROM: %w", err)
	}
	return nil
}

func (s *settings) checkMeili() error {
	if s.meiliURL == "" {
		return nil
	}
	u, err := url.Parse(s.meiliURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("HUB_MEILI_URL is no address of a server: write it like https://search.example:7700")
	}
	s.meiliURL = strings.TrimSuffix(s.meiliURL, "/")
	return nil
}

const maxProviderName = 60 // runes: it stands on a button

// checkOIDC accepts all that a provider needs, or nothing of it.
func (s *settings) checkOIDC() error {
	if s.oidcIssuer+s.oidcID+s.oidcSecret+s.oidcName == "" {
		return nil
	}
	for _, must := range []struct{ name, value string }{{"ISSUER", s.oidcIssuer}, {"CLIENT_ID", s.oidcID}, {"CLIENT_SECRET", s.oidcSecret}} {
		if must.value == "" {
			return fmt.Errorf("HUB_OIDC_%s is empty, and others of HUB_OIDC_ are not: set the issuer, the id and the secret, or leave all out", must.name)
		}
	}
	if err := openid.CheckAddress(s.oidcIssuer); err != nil {
		return fmt.Errorf("HUB_OIDC_ISSUER is %q: %w", s.oidcIssuer, err)
	}
	if s.oidcName == "" {
		u, _ := url.Parse(s.oidcIssuer)
		s.oidcName = u.Hostname()
	}
	if utf8.RuneCountInString(s.oidcName) > maxProviderName || strings.ContainsFunc(s.oidcName, unicode.IsControl) {
		return fmt.Errorf("HUB_OIDC_NAME is %.80q: write at most %d letters on one line", s.oidcName, maxProviderName)
	}
	return nil
}

// provider is where people may sign in besides; nil for nowhere.
func (s *settings) provider() *openid.Provider {
	if s.oidcIssuer == "" {
		return nil
	}
	return openid.New(openid.Config{
		Issuer: s.oidcIssuer, ClientID: s.oidcID, Secret: s.oidcSecret, Name: s.oidcName,
		Callback: s.baseURL + openid.CallbackPath, Fresh: member.FreshFor,
	})
}

func (s *settings) checkConfirm() (err error) {
	if s.confirmMonths, err = strconv.Atoi(s.confirm); err != nil || s.confirmMonths < 1 || s.confirmMonths > 60 {
		return fmt.Errorf("HUB_CONFIRM_MONTHS is %.80q: write a number of months from 1 to 60", s.confirm)
	}
	return nil
}

func (s *settings) checkArchive() (err error) {
	if s.archiveMonths, err = strconv.Atoi(s.archive); err != nil || s.archiveMonths < 1 || s.archiveMonths > 60 {
		return fmt.Errorf("HUB_ARCHIVE_MONTHS is %.80q: write a number of months from 1 to 60", s.archive)
	}
	return nil
}

func (s *settings) checkLog() error {
	level, format, _ := strings.Cut(s.log, ",")
	if err := s.level.UnmarshalText([]byte(level)); err != nil {
		return fmt.Errorf("HUB_LOG is %q: the level must be debug, info, warn or error", s.log)
	}
	if format == "" {
		format = "text"
	}
	if format != "text" && format != "json" {
		return fmt.Errorf("HUB_LOG is %q: the format must be text or json", s.log)
	}
	s.format = format
	return nil
}

const minSecret = 32 // bytes

func (s *settings) checkSecret() error {
	if s.secret != "" && len(s.secret) < minSecret {
		return fmt.Errorf("HUB_SECRET has %d bytes: give at least %d, or none to have one made", len(s.secret), minSecret)
	}
	return nil
}

// loopback says whether only this machine can reach what is served.
func (s *settings) loopback() bool {
	host, _, _ := net.SplitHostPort(s.addr)
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// print writes the effective settings, secrets masked.
func (s *settings) print(w io.Writer) {
	for _, a := range allSettings {
		v := *a.into(s)
		switch {
		case v == "":
			v = "(empty)"
		case a.secret:
			v = "(set)"
		}
		fmt.Fprintf(w, "%-22s %s\n", a.variable(), v)
	}
}

func (s *settings) logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: s.level}
	if s.format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// signingKey is the secret of the settings, else the one in the data folder,
// which is made when it is not there.
func (s *settings) signingKey() ([]byte, error) {
	if s.secret != "" {
		return []byte(s.secret), nil
	}
	name := filepath.Join(s.data, "secret")
	key, err := os.ReadFile(name)
	if err == nil && len(key) >= minSecret {
		return key, nil
	}
	if err == nil {
		return nil, fmt.Errorf("%s has %d bytes: put at least %d in, or remove it to have one made (everybody signs in again then)", name, len(key), minSecret)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	key = []byte(rand.Text() + rand.Text())
	if err := os.WriteFile(name, key, 0o600); err != nil {
		return nil, fmt.Errorf("write the signing key: %w", err)
	}
	return key, nil
}
