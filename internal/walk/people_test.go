package walk

import (
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

var linkInMail = regexp.MustCompile(`https?://\S+(/[a-z]{2}/(?:invite|signin/link)/\S+)`)

// mailTo waits for a mail to an address that the hub wrote, and returns the
// path of the link in it.
func (s *site) mailTo(t *testing.T, address string) string {
	t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-look.C {
		files, err := filepath.Glob(filepath.Join(s.data, "mail", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil || !strings.Contains(string(raw), "<"+address+">") {
				continue
			}
			body, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(string(raw))))
			if m := linkInMail.FindStringSubmatch(string(body)); m != nil {
				return m[1]
			}
		}
	}
	t.Fatalf("no mail to %s", address)
	return ""
}

// TestSeatChangesHands walks what the seats are for: a coordinator adds one and
// nominates, a moderator accepts, the invited joins and writes the note,
// leaves, and the next one finds the note. The leaver has nothing left.
func TestSeatChangesHands(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	keeper, moderator := s.as(t, "coordinator"), s.as(t, "moderator")
	const seats, seat = "/fr/mechanisms/mda/seats", "/fr/mechanisms/mda/seats/1"
	keeper.submit(t, seats, url.Values{"act": {"add"}, "title": {"Point focal"}, "body": {"Ministère du travail"}, "level": {"technical"}, "role": {"member"}, "lang": {"fr"}})
	join := func(seat, address, name string) *person {
		t.Helper()
		keeper.submit(t, seat, url.Values{"act": {"offer"}, "email": {address}})
		queue := moderator.get(t, "/en/moderation/people").body
		m := regexp.MustCompile(`(?s)q-plum.*?name="id" value="([^"]+)"`).FindStringSubmatch(queue)
		if m == nil {
			t.Fatal("no nomination waits")
		}
		moderator.submit(t, "/en/moderation/people", url.Values{"act": {"accept"}, "id": {m[1]}})
		link := s.mailTo(t, address)
		p := s.as(t, "")
		if bad := p.get(t, link[:len(link)-1]); bad.status != http.StatusNotFound {
			t.Errorf("a truncated link answers %d", bad.status)
		}
		a := p.submit(t, link, url.Values{"name": {name}, "lang": {"fr"}, "password": {"un héron calme marche le soir"}, "consent": {"1"}})
		if at := a.header.Get("Location"); at != seat+"?done=joined" {
			t.Errorf("after joining: %s", at)
		}
		if again := s.as(t, "").get(t, link); again.status != http.StatusNotFound {
			t.Errorf("a used link answers %d", again.status)
		}
		return p
	}
	ana := join(seat, "ana@example.org", "Ana L.")
	seen := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(ana.get(t, seat).body)
	if seen == nil {
		t.Fatal("the holder cannot write the note")
	}
	ana.submit(t, seat, url.Values{"act": {"note"}, "seen": {seen[1]}, "due": {"Rapport CEDAW en mai"}})
	// The same note from a page that is out of date is refused, and kept on the page.
	stale := csrfField.FindStringSubmatch(ana.get(t, seat).body)
	a := ana.post(t, seat, url.Values{"_csrf": {stale[1]}, "act": {"note"}, "seen": {seen[1]}, "due": {"Autre chose"}})
	if a.status != http.StatusConflict || !strings.Contains(a.body, "Autre chose") {
		t.Errorf("a note from an old page answers %d", a.status)
	}
	mihai := join(seat, "mihai@example.org", "Mihai C.")
	if page := mihai.get(t, seat).body; !strings.Contains(page, "Rapport CEDAW en mai") || !strings.Contains(page, "Vous reprenez ce siège") {
		t.Error("the successor does not find the note")
	}
	keeper.submit(t, seat, url.Values{"act": {"end"}})
	for _, at := range []string{seat, seats, "/fr/toolkit/rules-of-the-discussion-spaces"} {
		if a := ana.get(t, at); a.status == http.StatusOK {
			t.Errorf("the leaver still reads %s", at)
		}
	}
	page := mihai.get(t, seat).body
	if !strings.Contains(page, "Vous occupez ce siège") || !strings.Contains(page, "Rapport CEDAW en mai") || !strings.Contains(page, "Ana L.") {
		t.Error("the successor does not hold the seat with its note and history")
	}

	// On leave, the holder names who acts for the seat: they write its note.
	keeper.submit(t, seats, url.Values{"act": {"add"}, "title": {"Lecture"}, "body": {"Chancellerie"}, "level": {"technical"}, "role": {"reader"}, "lang": {"fr"}})
	const second = seats + "/2"
	vera := join(second, "vera@example.org", "Vera P.")
	if page := vera.get(t, second); page.status != http.StatusOK || strings.Contains(page.body, `name="due"`) || !strings.Contains(page.body, "Peut lire") {
		t.Error("a seat for reading writes, or reads nothing")
	}
	until := time.Now().UTC().AddDate(0, 0, 7).Format(time.DateOnly)
	mihai.submit(t, seat, url.Values{"act": {"deputy"}, "deputy": {"2"}, "until": {until}})
	vera = s.enter(t, "vera@example.org", "un héron calme marche le soir")
	if page := vera.get(t, seat).body; !strings.Contains(page, "Vera P. assure la suppléance") || !strings.Contains(page, `name="due"`) {
		t.Error("the deputy does not act for the seat")
	}
	mihai.submit(t, seat, url.Values{"act": {"undeputy"}})
	vera = s.enter(t, "vera@example.org", "un héron calme marche le soir")
	if page := vera.get(t, seat).body; strings.Contains(page, "Vera P. assure la suppléance") || strings.Contains(page, `name="due"`) {
		t.Error("the deputy goes on acting for the seat")
	}
}

// enter signs somebody in with their own address and password.
func (s *site) enter(t *testing.T, email, password string) *person {
	t.Helper()
	p := s.as(t, "")
	p.submit(t, "/fr/signin", url.Values{"email": {email}, "password": {password}})
	return p
}

// TestVetting walks a stranger in: a request, a look by a moderator, an
// invitation; the answer to the request is the same for any address.
func TestVetting(t *testing.T) {
	s := open(t)
	ask := url.Values{"name": {"Ion C."}, "email": {"ion@gmail.com"}, "country": {"MDA"}, "body": {"Ministry"}, "position": {"Adviser"}, "voucher": {"The head of unit"}, "why": {"I write the report."}}
	first := s.as(t, "").submit(t, "/ar/join", ask)
	ask.Set("email", "member@demo.example")
	if other := s.as(t, "").submit(t, "/ar/join", ask); other.header.Get("Location") != first.header.Get("Location") || other.body != first.body {
		t.Error("the answer tells whether an address has an account")
	}
	moderator := s.as(t, "moderator")
	queue := moderator.get(t, "/en/moderation/people").body
	ids := regexp.MustCompile(`name="id" value="([^"]+)"`).FindAllStringSubmatch(queue, -1)
	if len(ids) != 2 {
		t.Fatalf("%d requests wait", len(ids))
	}
	token := csrfField.FindStringSubmatch(queue)[1]
	if a := moderator.post(t, "/en/moderation/people", url.Values{"_csrf": {token}, "act": {"refuse"}, "id": {ids[1][1]}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("declined without a reason: %d", a.status)
	}
	moderator.submit(t, "/en/moderation/people", url.Values{"act": {"refuse"}, "id": {ids[1][1]}, "reason": {"has an account"}})
	moderator.submit(t, "/en/moderation/people", url.Values{"act": {"answer"}, "id": {ids[0][1]}, "role": {"stakeholder"}})
	if link := s.mailTo(t, "ion@gmail.com"); !strings.HasPrefix(link, "/ar/invite/") {
		t.Errorf("the mail is not in the language of the request: %s", link)
	}
	for _, name := range []string{"coordinator", "member", "admin", ""} {
		p := s.as(t, name)
		if a := p.get(t, "/en/moderation/people"); a.status != http.StatusNotFound {
			t.Errorf("%q gets %d for the queue", name, a.status)
		}
	}
}

// TestLostTelephone walks the second step: it is set up, asked for, and a
// recovery code opens the account when the telephone is gone.
func TestLostTelephone(t *testing.T) {
	s := open(t)
	p := s.as(t, "tbexpert")
	page := p.get(t, "/en/account/security").body
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`).FindStringSubmatch(page)
	if secret == nil {
		t.Fatal("no secret to set up")
	}
	token := csrfField.FindStringSubmatch(page)[1]
	bad := p.post(t, "/en/account/security", url.Values{"_csrf": {token}, "act": {"codes"}, "secret": {secret[1]}, "code": {"000000"}})
	if bad.status != http.StatusUnprocessableEntity || !strings.Contains(bad.body, secret[1]) {
		t.Errorf("a wrong code answers %d, or changes the secret", bad.status)
	}
	code, err := totp.GenerateCode(secret[1], time.Now())
	if err != nil {
		t.Fatal(err)
	}
	done := p.post(t, "/en/account/security", url.Values{"_csrf": {token}, "act": {"codes"}, "secret": {secret[1]}, "code": {code}})
	recovery := regexp.MustCompile(`<code dir="ltr">([A-Z2-7]{6}-[A-Z2-7-]+)</code>`).FindAllStringSubmatch(done.body, -1)
	if done.status != http.StatusOK || len(recovery) != 10 {
		t.Fatalf("set up: %d, %d recovery codes", done.status, len(recovery))
	}
	if again := p.get(t, "/en/account/security").body; strings.Contains(again, recovery[0][1]) || !strings.Contains(again, "10 recovery codes are left") {
		t.Error("recovery codes are shown twice, or not counted")
	}
	fresh := s.as(t, "")
	form := fresh.get(t, "/fr/signin").body
	asked := fresh.post(t, "/fr/signin", url.Values{"_csrf": {csrfField.FindStringSubmatch(form)[1]}, "email": {"tbexpert@demo.example"}, "password": {demoPassword}, "next": {"/fr/account"}})
	pending := regexp.MustCompile(`name="pending" value="([^"]+)"`).FindStringSubmatch(asked.body)
	if asked.status != http.StatusOK || pending == nil || len(asked.header["Set-Cookie"]) > 1 {
		t.Fatalf("after the password: %d", asked.status)
	}
	if a := fresh.get(t, "/fr/account"); a.status != http.StatusSeeOther {
		t.Errorf("without the code: %d", a.status)
	}
	token = csrfField.FindStringSubmatch(asked.body)[1]
	if a := fresh.post(t, "/fr/signin/code", url.Values{"_csrf": {token}, "pending": {pending[1]}, "code": {code}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a used code: %d", a.status)
	}
	if a := fresh.post(t, "/fr/signin/code", url.Values{"_csrf": {token}, "pending": {pending[1]}, "next": {"/fr/account"}, "code": {recovery[4][1]}}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/fr/account" {
		t.Errorf("a recovery code: %d", a.status)
	}
	if a := fresh.get(t, "/fr/account"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
}

// TestOwnData walks what is a person's own: the profile, the file of all that
// the hub has, and the end of the account.
func TestOwnData(t *testing.T) {
	s := open(t)
	p := s.as(t, "stakeholder")
	p.submit(t, "/en/account", url.Values{"act": {"profile"}, "name": {"Nadia \u0627\u0644\u0639\u0644\u0648\u064a"}, "lang": {"ar"}})
	if page := p.get(t, "/en/account").body; !strings.Contains(page, "Nadia \u0627\u0644\u0639\u0644\u0648\u064a") {
		t.Error("the name is not kept")
	}
	token := csrfField.FindStringSubmatch(p.get(t, "/en/account").body)[1]
	if a := p.post(t, "/en/account", url.Values{"_csrf": {token}, "act": {"profile"}, "name": {"a\x00b"}, "lang": {"ar"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a name with a control character: %d", a.status)
	}
	file := p.post(t, "/en/account/data", url.Values{"_csrf": {token}, "act": {"download"}})
	if file.status != http.StatusOK || !strings.Contains(file.header.Get("Content-Disposition"), "hub-data-") || !strings.Contains(file.body, "stakeholder@demo.example") || strings.Contains(file.body, "argon2") {
		t.Errorf("own data: %d %v %.300s", file.status, file.header, file.body)
	}
	if a := p.post(t, "/en/account/data", url.Values{"_csrf": {token}, "act": {"erase"}}); a.header.Get("Location") != "/en/account/data" {
		t.Errorf("erased without saying so: %d", a.status)
	}
	p.submit(t, "/en/account/data", url.Values{"act": {"erase"}, "sure": {"1"}})
	if a := p.get(t, "/en/account"); a.status != http.StatusSeeOther {
		t.Errorf("after the erasure: %d", a.status)
	}
}

// TestNewPassword walks who has lost their password; the page says the same
// where there is no account.
func TestNewPassword(t *testing.T) {
	s := open(t)
	known := s.as(t, "").submit(t, "/fr/signin/forgot", url.Values{"email": {"Member2@demo.example"}})
	if other := s.as(t, "").submit(t, "/fr/signin/forgot", url.Values{"email": {"nobody@demo.example"}}); other.header.Get("Location") != known.header.Get("Location") {
		t.Error("the answer tells whether an address has an account")
	}
	link := s.mailTo(t, "member2@demo.example")
	p := s.as(t, "")
	token := csrfField.FindStringSubmatch(p.get(t, link).body)
	if token == nil || !strings.HasPrefix(link, "/fr/signin/link/") {
		t.Fatalf("no form behind %.20s", link)
	}
	for _, bad := range []string{"", "short"} {
		if a := p.post(t, link, url.Values{"_csrf": {token[1]}, "password": {bad}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("password %q: %d", bad, a.status)
		}
	}
	p.submit(t, link, url.Values{"password": {"trois hérons gris au bord de l'eau"}})
	if a := p.get(t, "/fr/account"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
	if a := s.as(t, "").get(t, link); a.status != http.StatusNotFound {
		t.Errorf("the used link: %d", a.status)
	}
}

// TestTokens walks a token for a program: what it sees, and its end.
func TestTokens(t *testing.T) {
	s := open(t)
	p := s.as(t, "member")
	page := p.get(t, "/en/account/security").body
	token := csrfField.FindStringSubmatch(page)[1]
	made := p.post(t, "/en/account/security", url.Values{"_csrf": {token}, "act": {"token"}, "token": {"nightly list"}})
	plain := regexp.MustCompile(`hub_[A-Za-z0-9_-]{43}`).FindString(made.body)
	if made.status != http.StatusOK || plain == "" || strings.Contains(p.get(t, "/en/account/security").body, plain) {
		t.Fatalf("a new token: %d", made.status)
	}
	program := s.as(t, "")
	ask := func(bearer string) answer {
		return program.ask(t, http.MethodGet, "/api/v1/search?q=rules+discussion", nil, http.Header{"Authorization": {"Bearer " + bearer}})
	}
	const closed = "rules-of-the-discussion-spaces" // of the network
	if a := ask(plain); a.status != http.StatusOK || strings.Contains(a.body, closed) {
		t.Errorf("with the token: %d, or sees what is restricted", a.status)
	}
	if a := p.get(t, "/api/v1/search?q=rules+discussion"); !strings.Contains(a.body, closed) {
		t.Error("the member does not find what the test rests on")
	}
	for _, bad := range []string{plain[:20], "", "x", strings.Repeat("x", 5000)} {
		if a := ask(bad); a.status != http.StatusUnauthorized {
			t.Errorf("with a bad token of %d letters: %d", len(bad), a.status)
		}
	}
	out, err := hub(t, s.data, "token", "member2@demo.example").Output()
	if err != nil || ask(strings.TrimSpace(string(out))).status != http.StatusOK {
		t.Errorf("by command while the hub serves: %q, %v", out, err)
	}
	if out, err := hub(t, s.data, "verify").Output(); err != nil || !strings.Contains(string(out), "audit: ") {
		t.Errorf("verified while the hub serves: %q, %v", out, err)
	}
	id := regexp.MustCompile(`(?s)nightly list.*?name="id" value="([^"]+)"`).FindStringSubmatch(p.get(t, "/en/account/security").body)
	p.submit(t, "/en/account/security", url.Values{"act": {"untoken"}, "id": {id[1]}})
	if a := ask(plain); a.status != http.StatusUnauthorized {
		t.Errorf("after its end: %d", a.status)
	}
}

// TestRoster walks an expert who says yes field by field, is found, is written
// to, and takes one field back.
func TestRoster(t *testing.T) {
	s := open(t)
	ana, reader, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator")
	offer := url.Values{
		"act": {"offer"}, "name": {"Ana L."}, "country": {"MDA"}, "about": {"How a committee was founded"}, "experience": {"Six years"}, "support": {"call", "question"}, "langs": {"fr", "en"},
		"yes-name": {"1"}, "yes-about": {"1"}, "yes-support": {"1"}, "yes-langs": {"1"}, "yes-experience": {"1"},
	}
	offer.Set("_csrf", csrfField.FindStringSubmatch(ana.get(t, "/en/experts/mine").body)[1])
	offer.Set("training", "Second group, 2021")
	offer.Set("seen.training", "-")
	if a := ana.post(t, "/en/experts/mine", offer); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `value="Second group, 2021"`) || !strings.Contains(a.body, "without a yes it is not kept") {
		t.Errorf("written without a yes: %d, or not given back", a.status)
	}
	offer.Del("training")
	offer.Set("questions", "expert/9")
	if a := ana.post(t, "/en/experts/mine", offer); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "The questions have changed") {
		t.Errorf("an answer to other questions: %d", a.status)
	}
	offer.Set("questions", "expert/1")
	offer.Set("unclear.training", "Which training?")
	ana.submit(t, "/en/experts/mine", offer)
	if page := moderator.get(t, "/en/moderation/questions/expert/1").body; !strings.Contains(page, "1 entry of the roster") || !strings.Contains(page, "Which training?") {
		t.Error("moderators do not see what became of the questions")
	}
	if a := ana.get(t, "/en/contribute/new?kind=expert"); a.status != http.StatusNotFound {
		t.Errorf("an expert as a record: %d", a.status)
	}
	if page := reader.get(t, "/en/experts").body; strings.Contains(page, "Ana L.") {
		t.Error("shown before a moderator has seen it")
	}
	queue := moderator.get(t, "/ar/moderation/experts").body
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(queue)
	if id == nil || strings.Contains(queue, "Republic of Moldova") {
		t.Fatal("no entry waits, or it tells what was not said yes to")
	}
	moderator.submit(t, "/ar/moderation/experts", url.Values{"act": {"publish"}, "id": {id[1]}})
	at := "/fr/experts/" + id[1]
	if page := reader.get(t, "/fr/experts?support=call&langs=fr&q=committee").body; !strings.Contains(page, at) {
		t.Error("not found by filters")
	}
	if page := reader.get(t, "/en/experts").body; !strings.Contains(page, `<option value="fr">`) || strings.Contains(page, `<option value="ru">`) || strings.Contains(page, `value="MDA"`) {
		t.Error("the filters offer what no entry says, or what it has no yes for")
	}
	if page := reader.get(t, at).body; !strings.Contains(page, "Six years") || strings.Contains(page, "member@demo.example") {
		t.Error("the entry lacks a field, or shows an address")
	}
	reader.submit(t, at, url.Values{"message": {"Comment avez-vous commencé ?"}})
	offer.Del("yes-experience")
	ana.submit(t, "/en/experts/mine", offer)
	if page := reader.get(t, at).body; strings.Contains(page, "Six years") || !strings.Contains(page, "How a committee was founded") {
		t.Error("a field that was taken back is still there, or took others along")
	}
	for _, name := range []string{"", "stakeholder", "tbexpert", "admin"} {
		p := s.as(t, name)
		if a := p.get(t, at); a.status != http.StatusNotFound {
			t.Errorf("%q gets %d for an entry", name, a.status)
		}
		if page := p.get(t, "/en/experts").body; strings.Contains(page, "Ana L.") || strings.Contains(page, "1 person") {
			t.Errorf("%q sees the roster", name)
		}
	}
	ana.submit(t, "/en/experts/mine", url.Values{"act": {"withdraw"}})
	if a := reader.get(t, at); a.status != http.StatusNotFound {
		t.Errorf("after all was taken back: %d", a.status)
	}
}
