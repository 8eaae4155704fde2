package walk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestBadInput sends what no page of ours sends. Each gets a page that says
// what is wrong, and nothing breaks.
func TestBadInput(t *testing.T) {
	s := open(t)
	p := s.as(t, "")
	for _, c := range []struct {
		name, method, path string
		status             int
		says               string
	}{
		{"UnknownLanguage", "GET", "/xx/library", 404, "cannot find"},
		{"UnknownPage", "GET", "/en/nothing", 404, "cannot find"},
		{"UnknownSlug", "GET", "/en/practices/no-such-practice", 404, "cannot find"},
		{"SlugOfSigns", "GET", "/en/practices/%24ne", 404, "cannot find"},
		{"SlugClimbs", "GET", "/en/practices/..%2f..%2fetc%2fpasswd", 404, "cannot find"},
		{"UnknownState", "GET", "/en/mechanisms/xyz", 404, "cannot find"},
		{"UnknownFilterValue", "GET", "/en/library?type=spaceship", 400, "filter “type”"},
		{"UnknownOrder", "GET", "/en/library?sort=random", 400, "the order"},
		{"UnknownCursor", "GET", "/en/library?after=zzz", 400, "page number"},
		{"UnknownKind", "GET", "/en/search?q=x&kind=spaceship", 400, "filter “kind”"},
		{"RepeatedParameter", "GET", "/en/library?sort=title&sort=newest", 400, "the order"},
		{"NoUTF8", "GET", "/en/search?q=%ff%fe", 400, "question mark"},
		{"NoPercent", "GET", "/en/search?q=%zz", 400, "question mark"},
		{"NulByte", "GET", "/en/search?q=a%00b", 400, "question mark"},
		{"LongQuestion", "GET", "/en/search?q=" + strings.Repeat("a", 300), 200, "Nothing was found"},
		{"PageTenThousand", "GET", "/en/search?q=report&page=10000", 400, "page"},
		{"LongQuery", "GET", "/en/search?q=" + strings.Repeat("a", 5000), 400, "question mark"},
		{"TooManyStates", "GET", "/en/mechanisms/compare?s=MDA,MAR,PRY,BFA,LBN", 400, "the State"},
		{"StateOfSigns", "GET", "/en/mechanisms/compare?s=%3Cscript%3E", 400, "the State"},
		{"WrongMethod", "PUT", "/en/library", 405, "cannot be done here"},
		{"FormToAPageWithoutForms", "POST", "/en/library", 403, ""},
		{"WrongMethodOutside", "DELETE", "/healthz", 405, ""},
		{"Options", "OPTIONS", "/en/library", 204, ""},
		{"Head", "HEAD", "/en/library", 200, ""},
		{"OnlyPunctuation", "GET", "/en/search?q=%2C%3B%21", 200, "Type two or three words"},
		{"Script", "GET", "/en/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", 200, "&lt;script&gt;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := p.ask(t, c.method, c.path, nil, nil)
			if a.status != c.status || !strings.Contains(a.body, c.says) {
				t.Errorf("got %d, want %d with %q in\n%.1500s", a.status, c.status, c.says, a.body)
			}
			if c.status >= 400 && a.header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("an error says Cache-Control %q", a.header.Get("Cache-Control"))
			}
		})
	}
}

// TestHugeRequests are refused before they cost anything.
func TestHugeRequests(t *testing.T) {
	s := open(t)
	p := s.as(t, "")
	resp, err := p.client.Get(s.url + "/en/search?q=" + strings.Repeat("a", 10<<20))
	if err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge && resp.StatusCode != http.StatusRequestURITooLong {
			t.Errorf("10 MB of address: got %d, want 431 or 414", resp.StatusCode)
		}
	}
	req, err := http.NewRequest(http.MethodPost, s.url+"/en/signin", strings.NewReader("email="+strings.Repeat("a", 3<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := p.client.Do(req); err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("3 MB of form: got %d, want 413", resp.StatusCode)
		}
	}
	if a := p.get(t, "/en/"); a.status != http.StatusOK {
		t.Errorf("afterwards the home page answers %d", a.status)
	}
}

// TestUnsafeNeedsOurPage sends forms that another site could send.
func TestUnsafeNeedsOurPage(t *testing.T) {
	s := open(t)
	p := s.as(t, "")
	m := csrfField.FindStringSubmatch(p.get(t, "/en/signin").body)
	if m == nil {
		t.Fatal("the form has no token")
	}
	good := url.Values{"_csrf": {m[1]}, "email": {"member@demo.example"}, "password": {demoPassword}}
	form := "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name   string
		form   url.Values
		header http.Header
	}{
		{"NoOrigin", good, http.Header{}},
		{"NullOrigin", good, http.Header{"Origin": {"null"}}},
		{"OtherOrigin", good, http.Header{"Origin": {"https://evil.example"}}},
		{"OtherPort", good, http.Header{"Origin": {"http://127.0.0.1:1"}}},
		{"CrossSite", good, http.Header{"Origin": {s.url}, "Sec-Fetch-Site": {"cross-site"}}},
		{"NoToken", url.Values{"email": good["email"], "password": good["password"]}, http.Header{"Origin": {s.url}}},
		{"WrongToken", url.Values{"_csrf": {"x"}, "email": good["email"], "password": good["password"]}, http.Header{"Origin": {s.url}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.header.Set("Content-Type", form)
			a := p.ask(t, http.MethodPost, "/en/signin", strings.NewReader(c.form.Encode()), c.header)
			if a.status != http.StatusForbidden {
				t.Errorf("got %d, want 403", a.status)
			}
			for _, cookie := range a.header["Set-Cookie"] {
				if strings.HasPrefix(cookie, "hub=") {
					t.Error("a session was given")
				}
			}
		})
	}
	a := p.post(t, "/en/signin", url.Values{"_csrf": {m[1]}, "email": {"member@demo.example"}, "password": {"not the password at all"}, "next": {"//evil.example"}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `value="member@demo.example"`) {
		t.Errorf("a wrong password answers %d and must keep what was typed", a.status)
	}
	a = p.post(t, "/en/signin", url.Values{"_csrf": good["_csrf"], "email": good["email"], "password": good["password"], "next": {"//evil.example/"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/en/" {
		t.Errorf("signing in answers %d and leads to %q, want 303 to /en/", a.status, a.header.Get("Location"))
	}
}

// TestHeaders looks at what every answer tells the browser to hold to.
func TestHeaders(t *testing.T) {
	s := open(t)
	p := s.as(t, "")
	for _, at := range []string{"/", "/en/", "/en/library", "/en/signin", "/en/nothing", "/robots.txt", "/healthz", "/en/library/ohchr-study-2016.bib"} {
		h := p.get(t, at).header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=()",
		} {
			if !strings.HasPrefix(h.Get(name), want) {
				t.Errorf("%s: %s is %q", at, name, h.Get(name))
			}
		}
		if h.Get("X-Request-Id") == "" {
			t.Errorf("%s has no request id", at)
		}
	}
}

// TestCommands runs the program the way an operator does, the wrong ways too.
func TestCommands(t *testing.T) {
	broken := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
		env  string
		code int
		says string
	}{
		{"Nothing", nil, "", 2, "say what to do"},
		{"Unknown", []string{"dance"}, "", 2, `no command "dance"`},
		{"Help", []string{"--help"}, "", 0, "hub serve"},
		{"ServeHelp", []string{"serve", "--help"}, "", 0, "HUB_ADDR"},
		{"Version", []string{"version"}, "", 0, ""},
		{"Check", []string{"check"}, "", 0, "HUB_ADDR"},
		{"TokenOfNobody", []string{"token", "nobody@example.org"}, "", 1, "find the account"},
		{"Token", []string{"token"}, "", 2, "hub token EMAIL"},
		{"Verify", []string{"verify"}, "", 0, "audit: 0 entries"},
		{"BadAddr", []string{"check"}, "HUB_ADDR=here", 2, "HUB_ADDR"},
		{"BadLog", []string{"check"}, "HUB_LOG=loud", 2, "HUB_LOG"},
		{"ShortSecret", []string{"check"}, "HUB_SECRET=short", 2, "HUB_SECRET"},
		{"BadBase", []string{"check"}, "HUB_BASE_URL=hub.example", 2, "HUB_BASE_URL"},
		{"DemoInTheOpen", []string{"serve", "--demo"}, "HUB_ADDR=0.0.0.0:0", 2, "loopback"},
		{"UserWithoutRole", []string{"user", "add", "a@example.org"}, "", 2, "--role"},
		{"UserOfNowhere", []string{"user", "add", "a@example.org", "--role", "member", "--mechanism", "XYZ"}, "", 2, "--mechanism"},
		{"User", []string{"user", "add", "a@example.org", "--role", "member", "--mechanism", "MDA", "--name", "Ana"}, "", 0, "/signin/link/"},
		{"SeedNowhere", []string{"seed", broken + "/nowhere"}, "", 1, "folder"},
		{"Confirm", []string{"check"}, "HUB_CONFIRM_MONTHS=12", 0, "HUB_CONFIRM_MONTHS     12"},
		{"BadConfirm", []string{"check"}, "HUB_CONFIRM_MONTHS=soon", 2, "HUB_CONFIRM_MONTHS"},
		{"BadArchive", []string{"check"}, "HUB_ARCHIVE_MONTHS=never", 2, "HUB_ARCHIVE_MONTHS"},
		{"NeverConfirm", []string{"check"}, "HUB_CONFIRM_MONTHS=0", 2, "HUB_CONFIRM_MONTHS"},
		{"BadMeili", []string{"check"}, "HUB_MEILI_URL=search", 2, "HUB_MEILI_URL"},
		{"HalfAProvider", []string{"check", "--oidc-issuer", "https://id.example", "--oidc-client-id", "hub"}, "", 2, "HUB_OIDC_CLIENT_SECRET"},
		{"SecretWithoutProvider", []string{"check"}, "HUB_OIDC_CLIENT_SECRET=s", 2, "HUB_OIDC_ISSUER"},
		{"PlainProvider", []string{"check", "--oidc-issuer", "http://id.example", "--oidc-client-id", "hub", "--oidc-client-secret", "s"}, "", 2, "HUB_OIDC_ISSUER"},
		{"LongProvider", []string{"check", "--oidc-issuer", "https://id.example", "--oidc-client-id", "hub", "--oidc-client-secret", "s"}, "HUB_OIDC_NAME=" + strings.Repeat("x", 61), 2, "HUB_OIDC_NAME"},
		{"ProviderAway", []string{"check", "--oidc-issuer", "http://127.0.0.1:1", "--oidc-client-id", "hub", "--oidc-client-secret", "a secret"}, "", 1, "HUB_OIDC_CLIENT_SECRET (set)"},
		{"Mongo", []string{"check"}, "HUB_MONGODB_URI=mongodb://127.0.0.1:1/hub?serverSelectionTimeoutMS=300", 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := hub(t, t.TempDir(), c.args...)
			if c.env != "" {
				cmd.Env = append(cmd.Env, c.env)
			}
			out, err := cmd.CombinedOutput()
			code := 0
			if err != nil {
				code = cmd.ProcessState.ExitCode()
			}
			if code != c.code || !strings.Contains(string(out), c.says) {
				t.Errorf("exit %d, want %d with %q in\n%s", code, c.code, c.says, out)
			}
		})
	}
}

// TestSecondStart is refused while another process has the data folder.
func TestSecondStart(t *testing.T) {
	s := open(t)
	out, err := hub(t, s.data, "check").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "uses this data directory") {
		t.Errorf("a second process on the same data says %v:\n%s", err, out)
	}
}

// TestSearchServerAway: without the search server that is set, the embedded
// index answers within two seconds, with the same filters, and says so.
func TestSearchServerAway(t *testing.T) {
	t.Setenv("HUB_MEILI_URL", "http://127.0.0.1:1")
	s := open(t)
	p := s.as(t, "")
	for _, at := range []string{"/en/search?q=parliament", "/en/search?q=parliament&kind=practice", "/en/practices?q=parliament"} {
		began := time.Now()
		a := p.get(t, at)
		if took := time.Since(began); a.status != http.StatusOK || took > 2*time.Second {
			t.Errorf("%s answers %d after %s", at, a.status, took)
		}
		if !strings.Contains(a.body, "The usual search is away") || !strings.Contains(strings.ToLower(a.body), "parliament") {
			t.Errorf("%s says nothing of the other index, or finds nothing", at)
		}
	}
	if a := p.get(t, "/api/v1/search?q=parliament"); a.status != http.StatusOK || !strings.Contains(a.body, "parliament") {
		t.Errorf("the API answers %d", a.status)
	}
}
