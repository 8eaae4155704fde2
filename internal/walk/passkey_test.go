package walk

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// withAuthenticator gives the browser a device that keeps passkeys and whose
// owner is there.
func (b *browser) withAuthenticator(t *testing.T) webauthn.AuthenticatorID {
	t.Helper()
	var id webauthn.AuthenticatorID
	b.run(t, webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		id, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}).Do(ctx)
		return err
	}))
	return id
}

// TestPasskey adds a passkey in a browser, signs in with it alone, and finds
// that a device whose owner is not there, or whose passkey was taken off,
// opens nothing.
func TestPasskey(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := serveAt(t, plainly, t.TempDir(), "localhost", freePort(t))
	b := openBrowser(t)
	device := b.withAuthenticator(t)
	b.set(t, window{390, true, false})
	b.signIn(t, s, "moderator")
	const form, button = `form[data-passkey]`, `form[data-passkey] button`
	b.run(t, chromedp.Navigate(s.url+"/en/account/security"), chromedp.WaitVisible(form))
	b.check(t, axe(t), s.url+"/en/account/security", "passkeys")
	b.run(t, chromedp.SendKeys(`input[name=device]`, "Office computer"))
	b.picture(t, "passkey-before")
	b.run(t, chromedp.Click(button), chromedp.WaitVisible(`#recovery`))
	b.picture(t, "passkey-added")
	if text := b.text(t); !strings.Contains(text, "Office computer") || !strings.Contains(text, "Not used yet") {
		t.Errorf("the passkey is not shown:\n%s", text)
	}
	b.signOut(t)
	enter := func() {
		b.run(t, chromedp.Navigate(s.url+"/fr/signin?next=/fr/account"), chromedp.WaitVisible(form))
		b.picture(t, "passkey-signin")
		b.run(t, chromedp.Click(button))
	}
	enter()
	b.run(t, chromedp.WaitVisible(`#profile`))
	if text := b.text(t); !strings.Contains(text, "moderator@demo.example") {
		t.Errorf("the passkey signs in somebody else:\n%s", text)
	}
	// With a password alone they come no further any more.
	b.signOut(t)
	p := s.as(t, "")
	if a := p.trySignIn(t, "moderator"); !strings.Contains(a.body, `name="pending"`) {
		t.Errorf("a password alone answers %d", a.status)
	}

	b.run(t, webauthn.SetUserVerified(device, false))
	enter()
	b.run(t, chromedp.WaitVisible(`[data-say]`))
	if text := b.text(t); !strings.Contains(text, "L’appareil n’a pas donné de clé") {
		t.Errorf("nobody is there, and the page says\n%s", text)
	}
	b.picture(t, "passkey-nobody")
	b.run(t, webauthn.SetUserVerified(device, true))
	b.run(t, chromedp.Click(button), chromedp.WaitVisible(`#profile`))

	b.run(t, chromedp.Navigate(s.url+"/en/account/security"), chromedp.Click(`button[value=unpasskey]`), chromedp.WaitVisible(`.notice[role=status]`))
	b.signOut(t)
	enter()
	b.run(t, chromedp.WaitVisible(`.notice.red:not([hidden])`))
	if text := b.text(t); !strings.Contains(text, "Cette clé d’accès n’ouvre aucun compte ici") {
		t.Errorf("a passkey that was taken off: the page says\n%s", text)
	}
	b.picture(t, "passkey-off")
	for _, said := range b.complaints() {
		if !strings.Contains(said, "422") {
			t.Errorf("the browser says: %s", said)
		}
	}
}

func (b *browser) signOut(t *testing.T) {
	t.Helper()
	b.run(t, chromedp.Click(`form[action$="/signout"] button`), chromedp.WaitVisible(`#em`))
}

// trySignIn sends the name and password of a demo account, and returns what
// the sign-in page says.
func (p *person) trySignIn(t *testing.T, name string) answer {
	t.Helper()
	form := p.get(t, "/en/signin").body
	return p.post(t, "/en/signin", map[string][]string{
		"_csrf": {csrfField.FindStringSubmatch(form)[1]}, "email": {name + "@demo.example"}, "password": {demoPassword},
	})
}

// TestInvitedWithPasskey takes an invitation up in a browser with a passkey and
// no password, is shown recovery codes once, and signs in with it later.
func TestInvitedWithPasskey(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := serveAt(t, plainly, t.TempDir(), "localhost", freePort(t))
	moderator := s.as(t, "moderator")
	moderator.submit(t, "/en/moderation/people", url.Values{"act": {"invite"}, "email": {"ana@example.org"}, "role": {"stakeholder"}, "lang": {"ar"}})
	link := s.mailTo(t, "ana@example.org")
	b := openBrowser(t)
	b.withAuthenticator(t)
	b.set(t, window{390, true, false})
	b.run(t, chromedp.Navigate(s.url+link), chromedp.WaitVisible(`[data-key]`))
	b.check(t, axe(t), s.url+link, "an invitation")
	b.picture(t, "invited")
	b.run(t,
		chromedp.SendKeys(`#name`, "آنا"), chromedp.Click(`input[name=langs][value=fr]`), chromedp.Click(`#consent`),
		chromedp.SendKeys(`#device`, "هاتف"), chromedp.Click(`[data-ask]`), chromedp.WaitVisible(`#recovery`),
	)
	b.picture(t, "invited-codes")
	b.run(t, chromedp.Click(`main a.btn`), chromedp.WaitVisible(`#profile`))
	var checked bool
	b.run(t, chromedp.Evaluate(`document.querySelector("input[name=langs][value=fr]").checked`, &checked))
	if text := b.text(t); !checked || !strings.Contains(text, "ana@example.org") {
		t.Errorf("French is checked: %v, and the page says\n%s", checked, text)
	}
	b.picture(t, "invited-account")
	b.signOut(t)
	b.run(t, chromedp.Navigate(s.url+"/ar/signin?next=/ar/account"), chromedp.WaitVisible(`form[data-passkey]`))
	b.run(t, chromedp.Click(`form[data-passkey] button`), chromedp.WaitVisible(`#profile`))
	for _, said := range b.complaints() {
		t.Errorf("the browser says: %s", said)
	}
}
