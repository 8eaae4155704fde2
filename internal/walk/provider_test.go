package walk

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
)

// office is an organisation with sign-ins of its own: a real OpenID provider,
// where every address has an account.
type office struct {
	issuer, id, secret, password string
}

// officeProgram is built once for all tests, from a module of its own.
var officeProgram = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(programs, "provider")
	c := exec.Command("go", "build", "-o", bin, ".")
	c.Dir = "provider"
	c.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the provider: %w\n%s", err, out)
	}
	return bin, nil
})

// openOffice starts one that leads back to an address, and stops it when the
// test ends.
func openOffice(t *testing.T, callback string) office {
	t.Helper()
	bin, err := officeProgram()
	if err != nil {
		t.Fatal(err)
	}
	o := office{id: "hub", secret: "kept between the two", password: "at the office"}
	c := exec.Command(bin, "-callback", callback, "-client", o.id, "-secret", o.secret, "-password", o.password)
	c.Stderr = os.Stderr
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("stop the provider: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("start the provider: %v", err)
	}
	o.issuer = strings.TrimSpace(line)
	return o
}

// openWithOffice opens a hub where people may sign in by an office besides.
func openWithOffice(t *testing.T) (*site, office) {
	t.Helper()
	port := freePort(t)
	o := openOffice(t, "http://127.0.0.1:"+port+"/signin/oidc/callback")
	return serveAt(t, plainly, t.TempDir(), "127.0.0.1", port, "--oidc-issuer", o.issuer, "--oidc-client-id", o.id, "--oidc-client-secret", o.secret, "--oidc-name", "Office account"), o
}

// leave begins a sign-in, and returns where the hub leads.
func (p *person) leave(t *testing.T, next string) *url.URL {
	t.Helper()
	form := p.get(t, "/fr/signin").body
	token := csrfField.FindStringSubmatch(form)
	if token == nil || !strings.Contains(form, "Se connecter avec Office account") {
		t.Fatal("the sign-in page has no way to the office")
	}
	a := p.post(t, "/fr/signin/oidc", url.Values{"_csrf": {token[1]}, "next": {next}})
	to, found := strings.CutPrefix(a.header.Get("Refresh"), "0;url=")
	if a.status != http.StatusOK || !found || !strings.Contains(a.body, "Continuer vers Office account") {
		t.Fatalf("on the way to the office: %d\n%s", a.status, a.body)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// at signs in at the office, and returns the path with which it leads back.
func (p *person) at(t *testing.T, o office, to *url.URL, address string) string {
	t.Helper()
	login := p.follow(t, o, to.String(), nil)
	u, err := url.Parse(login)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"id": {u.Query().Get("authRequestID")}, "username": {address}, "password": {o.password}}
	return p.follow(t, o, p.follow(t, o, o.issuer+"/login/username", form), nil)
}

// follow asks the office, and returns where that leads: at the hub a path.
func (p *person) follow(t *testing.T, o office, address string, form url.Values) string {
	t.Helper()
	if strings.HasPrefix(address, "/") {
		address = o.issuer + address
	}
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Fatalf("%s %s answers %d", method, address, resp.StatusCode)
	}
	return strings.TrimPrefix(resp.Header.Get("Location"), p.site.url)
}

// through goes all the way, and returns what the hub answers at the end.
func (p *person) through(t *testing.T, o office, address, next string) answer {
	t.Helper()
	return p.get(t, p.at(t, o, p.leave(t, next), address))
}

// cookie is one that the hub gave.
func (p *person) cookie(t *testing.T, name string) *http.Cookie {
	t.Helper()
	u, err := url.Parse(p.site.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.client.Jar.Cookies(u) {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (p *person) setCookie(t *testing.T, c *http.Cookie) {
	t.Helper()
	u, err := url.Parse(p.site.url)
	if err != nil {
		t.Fatal(err)
	}
	c.Path = "/"
	p.client.Jar.SetCookies(u, []*http.Cookie{c})
}

// attemptCookie keeps a sign-in while its person is at the office.
const attemptCookie = "hub-signin"

// TestOffice walks the sign-in at an organisation's provider, and the ways in
// which it ends.
func TestOffice(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s, o := openWithOffice(t)
	t.Run("SignIn", func(t *testing.T) {
		p := s.as(t, "")
		a := p.through(t, o, "Member@demo.example", "/fr/account")
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "/fr/account" || p.cookie(t, attemptCookie) != nil {
			t.Fatalf("back from the office: %d to %s\n%s", a.status, a.header.Get("Location"), a.body)
		}
		if page := p.get(t, "/fr/account"); page.status != http.StatusOK || !strings.Contains(page.body, "member@demo.example") {
			t.Errorf("signed in, the account answers %d", page.status)
		}
		if other := p.through(t, o, "stakeholder@demo.example", "https://other.example/"); other.header.Get("Location") != "/fr/" {
			t.Errorf("leads on to %s", other.header.Get("Location"))
		}
		if page := p.get(t, "/fr/account").body; !strings.Contains(page, "stakeholder@demo.example") {
			t.Error("the second sign-in does not take the place of the first")
		}
	})
	t.Run("Replayed", func(t *testing.T) {
		p := s.as(t, "")
		back := p.at(t, o, p.leave(t, ""), "member@demo.example")
		kept := *p.cookie(t, attemptCookie)
		if a := p.get(t, back); a.status != http.StatusSeeOther {
			t.Fatalf("the first time: %d", a.status)
		}
		wantEnd(t, p.get(t, back), http.StatusUnprocessableEntity, "This sign-in has ended")
		p.setCookie(t, &kept) // also for who kept it
		wantEnd(t, p.get(t, back), http.StatusUnprocessableEntity, "La connexion n&#39;a pas pu être vérifiée")
		wantEnd(t, s.as(t, "").get(t, back), http.StatusUnprocessableEntity, "This sign-in has ended")
	})
	t.Run("OtherState", func(t *testing.T) {
		p, q := s.as(t, ""), s.as(t, "")
		p.leave(t, "")
		back := q.at(t, o, q.leave(t, ""), "moderator@demo.example")
		wantEnd(t, p.get(t, back), http.StatusUnprocessableEntity, "Cette connexion a pris fin")
		p.wantNobody(t)
	})
	t.Run("ChangedCookie", func(t *testing.T) {
		p := s.as(t, "")
		back := p.at(t, o, p.leave(t, ""), "member@demo.example")
		c := *p.cookie(t, attemptCookie)
		c.Value = "x" + c.Value[1:]
		p.setCookie(t, &c)
		wantEnd(t, p.get(t, back), http.StatusUnprocessableEntity, "This sign-in has ended")
		p.wantNobody(t)
	})
	t.Run("OtherNonce", func(t *testing.T) {
		p := s.as(t, "")
		to := p.leave(t, "")
		q := to.Query()
		q.Set("nonce", "of another sign-in")
		to.RawQuery = q.Encode()
		wantEnd(t, p.get(t, p.at(t, o, to, "member@demo.example")), http.StatusUnprocessableEntity, "La connexion n&#39;a pas pu être vérifiée")
		p.wantNobody(t)
	})
	t.Run("Refused", func(t *testing.T) {
		p := s.as(t, "")
		to := p.leave(t, "")
		wantEnd(t, p.get(t, "/signin/oidc/callback?error=access_denied&state="+to.Query().Get("state")), http.StatusForbidden, "Vous n&#39;êtes pas connecté")
		p.wantNobody(t)
	})
	t.Run("Unverified", func(t *testing.T) {
		p := s.as(t, "")
		wantEnd(t, p.through(t, o, "unverified.member@demo.example", ""), http.StatusForbidden, "Votre adresse n&#39;est pas confirmée")
		p.wantNobody(t)
	})
	t.Run("UnknownOrSuspended", func(t *testing.T) {
		admin := s.as(t, "admin")
		const account = "/en/admin/accounts?email=member2@demo.example"
		id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(admin.get(t, account).body)
		if id == nil {
			t.Fatal("the account is not found")
		}
		token := csrfField.FindStringSubmatch(admin.get(t, account).body)
		if a := admin.post(t, "/en/admin/accounts", url.Values{"_csrf": {token[1]}, "id": {id[1]}, "act": {"suspend"}, "reason": {"left"}}); a.status != http.StatusSeeOther {
			t.Fatalf("suspend: %d", a.status)
		}
		p := s.as(t, "")
		suspended, unknown := p.through(t, o, "member2@demo.example", ""), p.through(t, o, "nobody@demo.example", "")
		wantEnd(t, unknown, http.StatusForbidden, "Cette adresse n&#39;ouvre aucun compte")
		number := regexp.MustCompile(`[0-9a-f]{16}`)
		if suspended.status != unknown.status || number.ReplaceAllString(suspended.body, "") != number.ReplaceAllString(unknown.body, "") {
			t.Error("the answer tells a suspended account from none")
		}
		p.wantNobody(t)
		if page := admin.get(t, "/en/admin/accounts?email=nobody@demo.example").body; strings.Contains(page, `name="id"`) {
			t.Error("an account was made")
		}
	})
	t.Run("CodesStillAsked", func(t *testing.T) { officeAndCode(t, s, o) })
	t.Run("WithoutFormToken", func(t *testing.T) {
		p := s.as(t, "")
		p.get(t, "/fr/signin")
		if a := p.post(t, "/fr/signin/oidc", url.Values{}); a.status != http.StatusForbidden || p.cookie(t, attemptCookie) != nil {
			t.Errorf("answers %d", a.status)
		}
	})
}

// wantEnd fails unless the answer is a page that says so and leads back to the
// sign-in.
func wantEnd(t *testing.T, a answer, status int, says string) {
	t.Helper()
	if a.status != status || !strings.Contains(a.body, "<h1>"+says) || !regexp.MustCompile(`href="/(en|fr)/signin"`).MatchString(a.body) || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
		t.Errorf("got %d, want %d with %q\n%s", a.status, status, says, a.body)
	}
}

func (p *person) wantNobody(t *testing.T) {
	t.Helper()
	if a := p.get(t, "/fr/account"); a.status != http.StatusSeeOther {
		t.Errorf("somebody is signed in: the account answers %d", a.status)
	}
}

// officeAndCode: the office is a first step, and the code is still asked for.
func officeAndCode(t *testing.T, s *site, o office) {
	owner := s.as(t, "tbexpert")
	page := owner.get(t, "/en/account/security").body
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(page)
	if secret == nil {
		t.Fatal("no secret to set up")
	}
	code, err := totp.GenerateCode(secret[1], time.Now())
	if err != nil {
		t.Fatal(err)
	}
	done := owner.post(t, "/en/account/security", url.Values{"_csrf": {csrfField.FindStringSubmatch(page)[1]}, "act": {"codes"}, "secret": {secret[1]}, "code": {code}})
	recovery := regexp.MustCompile(`<code dir="ltr">([A-Z2-7]{6}-[A-Z2-7-]+)</code>`).FindStringSubmatch(done.body)
	if recovery == nil {
		t.Fatalf("set up: %d", done.status)
	}
	p := s.as(t, "")
	asked := p.through(t, o, "tbexpert@demo.example", "/fr/account")
	pending := regexp.MustCompile(`name="pending" value="([^"]+)"`).FindStringSubmatch(asked.body)
	if asked.status != http.StatusOK || pending == nil || !strings.Contains(asked.body, `lang="fr"`) {
		t.Fatalf("back from the office: %d\n%s", asked.status, asked.body)
	}
	p.wantNobody(t)
	a := p.post(t, "/fr/signin/code", url.Values{"_csrf": {csrfField.FindStringSubmatch(asked.body)[1]}, "pending": {pending[1]}, "next": {"/fr/account"}, "code": {recovery[1]}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/fr/account" {
		t.Errorf("with the code: %d", a.status)
	}
	if a := p.get(t, "/fr/account"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
}

// TestOfficeAway: the hub starts without the provider, and passwords work.
func TestOfficeAway(t *testing.T) {
	s := serve(t, plainly, t.TempDir(), "--oidc-issuer", "http://127.0.0.1:1", "--oidc-client-id", "hub", "--oidc-client-secret", "s")
	p := s.as(t, "")
	form := p.get(t, "/ar/signin")
	if form.status != http.StatusOK || !strings.Contains(form.body, "تسجيل الدخول بواسطة 127.0.0.1") {
		t.Fatalf("the sign-in page answers %d", form.status)
	}
	a := p.post(t, "/ar/signin/oidc", url.Values{"_csrf": {csrfField.FindStringSubmatch(form.body)[1]}})
	if a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "سجّل الدخول بكلمة السر") || !strings.Contains(a.body, `href="/ar/signin"`) {
		t.Errorf("without the provider: %d\n%s", a.status, a.body)
	}
	s.as(t, "member")
}

// TestNoOffice: where no provider is set, nothing of it is there.
func TestNoOffice(t *testing.T) {
	s := open(t)
	p := s.as(t, "")
	form := p.get(t, "/en/signin").body
	if strings.Contains(form, "/signin/oidc") {
		t.Error("the sign-in page leads to a provider")
	}
	if a := p.post(t, "/en/signin/oidc", url.Values{"_csrf": {csrfField.FindStringSubmatch(form)[1]}}); a.status != http.StatusNotFound {
		t.Errorf("beginning answers %d", a.status)
	}
	if a := p.get(t, "/signin/oidc/callback?code=x&state=y"); a.status != http.StatusNotFound {
		t.Errorf("coming back answers %d", a.status)
	}
}

// TestOfficeInABrowser: no rule of the browser stands in the way, neither that
// forms lead to the hub alone nor that cookies are for one site.
func TestOfficeInABrowser(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s, o := openWithOffice(t)
	for _, w := range []window{{1280, true, false}, {390, false, false}} {
		t.Run(w.name(), func(t *testing.T) {
			b := openBrowser(t)
			b.set(t, w)
			var where string
			b.run(t,
				chromedp.Navigate(s.url+"/en/signin?next=/en/account"),
				chromedp.Click(`form[action$="/signin/oidc"] button`, chromedp.ByQuery),
				chromedp.WaitVisible("#username", chromedp.ByQuery),
				chromedp.Location(&where),
				chromedp.SetValue("#username", "member@demo.example", chromedp.ByQuery),
				chromedp.SetValue("#password", o.password, chromedp.ByQuery),
				chromedp.Click(`button[type="submit"]`, chromedp.ByQuery),
				chromedp.WaitVisible(".signout", chromedp.ByQuery),
			)
			if !strings.HasPrefix(where, o.issuer) {
				t.Errorf("the office is at %s", where)
			}
			if text := b.text(t); !strings.Contains(text, "member@demo.example") {
				t.Errorf("back at the hub it says\n%s", text)
			}
			for _, said := range b.complaints() {
				if !strings.Contains(said, o.issuer) {
					t.Errorf("the browser says: %s", said)
				}
			}
		})
	}
}
