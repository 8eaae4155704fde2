package walk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var proposalID = regexp.MustCompile(`<li id="w-([^"]+)"`)

// waiting are the ids of the proposals that a person sees waiting in a thread,
// the first one first.
func (p *person) waiting(t testing.TB, thread string) (ids []string) {
	t.Helper()
	for _, m := range proposalID.FindAllStringSubmatch(p.get(t, thread+"/summary").body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// proposes proposes a summary of a thread as the form has it.
func (p *person) proposes(t testing.TB, thread, body string, more url.Values) answer {
	t.Helper()
	page := p.get(t, thread+"/summary").body
	on := regexp.MustCompile(`name="on" value="([0-9]+)"`).FindStringSubmatch(page)
	if on == nil {
		t.Fatalf("%s may not propose a summary of %s", p.name, thread)
	}
	form := url.Values{"act": {"propose"}, "on": {on[1]}, "key": {replyKey.FindStringSubmatch(page)[1]}, "summary": {body}}
	for name, values := range more {
		form[name] = values
	}
	form.Set("_csrf", csrfField.FindStringSubmatch(page)[1])
	return p.post(t, thread+"/summary", form)
}

// TestSummary walks the summary of a thread: a member proposes, another without
// their name, whoever asked accepts and sets aside, a third reads it; nobody
// else learns of any of it.
func TestSummary(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	asker, other, third, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "coordinator"), s.as(t, "moderator")
	asker.submit(t, "/en/account/notifications", url.Values{"act": {"all"}, "news": {"once"}, "zone": {"UTC"}, "from": {"0"}, "to": {"0"}})
	thread := asker.begin(t, "en", "tools", "A question among us", "How do you do it?")
	at := thread + "/summary"
	sees := func(p *person, path, words string, want bool) {
		t.Helper()
		if strings.Contains(p.get(t, path).body, words) != want {
			t.Errorf("%s: %s has %q: %v", path, p.name, words, !want)
		}
	}
	do := func(p *person, form url.Values) answer {
		t.Helper()
		form.Set("_csrf", csrfField.FindStringSubmatch(p.get(t, at).body)[1])
		return p.post(t, at, form)
	}

	// A text with an address is asked about first, an empty one is refused, and
	// nothing of either is lost.
	if a := other.proposes(t, thread, "Write to ion.c@gmail.com", nil); a.status != http.StatusOK || !strings.Contains(a.body, "ion.c@gmail.com</textarea>") || !strings.Contains(a.body, `name="sure"`) {
		t.Errorf("a text with an address: %d", a.status)
	}
	if a := other.proposes(t, thread, " ", url.Values{"why": {"wombat"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "wombat") {
		t.Errorf("an empty text: %d", a.status)
	}
	if a := other.proposes(t, thread, "**Zwei** words", url.Values{"act": {"preview"}, "of": {"propose"}}); a.status != http.StatusOK || !strings.Contains(a.body, "<strong>Zwei</strong>") || !strings.Contains(a.body, "**Zwei** words</textarea>") {
		t.Errorf("the preview: %d", a.status)
	}
	for _, sent := range []url.Values{{"why": {"As said in post 2."}}, {"as": {"nameless"}}} {
		p, body := other, "We name **two**."
		if sent.Has("as") {
			p, body = third, "We name three."
		}
		if a := p.proposes(t, thread, body, sent); a.status != http.StatusSeeOther {
			t.Fatalf("%s proposes: %d", p.name, a.status)
		}
	}
	for _, lang := range []string{"/en", "/fr", "/ar"} {
		page := moderator.get(t, lang+strings.TrimPrefix(at, "/en")).body
		if !strings.Contains(page, "Demo member 2") || !strings.Contains(page, "As said in post 2.") || !strings.Contains(page, "We name three.") || strings.Contains(page, "Demo coordinator") {
			t.Errorf("%s: the moderator does not read both, or learns who is behind the nameless one", lang)
		}
	}
	sees(asker, at, "Demo coordinator", false)
	sees(other, at, "We name three.", false)
	sees(third, at, "As said in post 2.", false)
	sees(third, at, "Your proposal, without your name", true)
	for p, want := range map[*person]bool{asker: true, other: false, third: false, moderator: true} {
		sees(p, "/en/news", `href="`+at+`"`, want)
	}
	sees(third, thread, "2 proposals wait", true)
	if page := moderator.get(t, "/en/library").body; !strings.Contains(page, `data-bell="1"`) {
		t.Error("the bell of the moderator does not ring")
	}
	if mail := s.letterTo(t, "member@demo.example"); strings.Contains(mail, "question among us") || strings.Contains(mail, "tools") || strings.Contains(strings.ToLower(mail), "summary") || !strings.Contains(mail, "/news") {
		t.Errorf("the mail says more than that there is news:\n%s", mail)
	}

	ids := asker.waiting(t, thread)
	if len(ids) != 2 {
		t.Fatalf("%d wait", len(ids))
	}
	for _, form := range []url.Values{{"act": {"accept"}, "id": {ids[0]}, "seen": {"0"}}, {"act": {"aside"}, "id": {ids[0]}, "reason": {"x"}}, {"act": {"summarise"}, "on": {"0"}, "summary": {"Mine"}}} {
		if a := do(other, form); a.status != http.StatusForbidden {
			t.Errorf("who does not lead does %v: %d", form, a.status)
		}
	}
	if a := do(asker, url.Values{"act": {"accept"}, "id": {ids[0]}, "seen": {"0"}, "summary": {"We name **two**, as said."}}); a.status != http.StatusSeeOther {
		t.Fatalf("accepted: %d", a.status)
	}
	for _, words := range []string{"<strong>two</strong>, as said.", "Proposed by Demo member 2, Morocco, accepted with changes by the person who asked."} {
		sees(third, thread, words, true)
	}
	sees(other, "/en/news", `href="`+at+`"`, true)
	sees(other, at, "Accepted with changes on", true)
	sees(other, "/en/news", `href="`+at+`"`, false)
	sees(moderator, at, "starts from an older wording", true)
	if a := do(moderator, url.Values{"act": {"accept"}, "id": {ids[1]}, "seen": {"0"}, "summary": {"We name three, or so."}}); a.status != http.StatusConflict || !strings.Contains(a.body, "We name three, or so.</textarea>") || !strings.Contains(a.body, "<strong>two</strong>, as said.") {
		t.Errorf("accepted over a wording that was not seen: %d", a.status)
	}
	if a := do(asker, url.Values{"act": {"aside"}, "id": {ids[1]}, "reason": {" "}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", a.status)
	}
	if a := do(asker, url.Values{"act": {"aside"}, "id": {ids[1]}, "reason": {"Nobody said three."}}); a.status != http.StatusSeeOther {
		t.Errorf("set aside: %d", a.status)
	}
	sees(third, at, "Nobody said three.", true)
	sees(other, at, "Nobody said three.", false)

	if a := do(moderator, url.Values{"act": {"summarise"}, "on": {"1"}, "summary": {"Over it."}}); a.status != http.StatusSeeOther {
		t.Fatalf("written by a moderator: %d", a.status)
	}
	sees(third, thread, "Written by a moderator.", true)
	sees(third, at+"/before", "as said.", true)
	sees(third, at+"/before", `value="restore"`, false)
	sees(asker, at+"/before", `value="restore"`, true)
	if a := do(asker, url.Values{"act": {"restore"}, "n": {"1"}, "seen": {"2"}}); a.status != http.StatusSeeOther {
		t.Errorf("brought back: %d", a.status)
	}
	sees(asker, thread, "We name **two**, as said.</textarea>", true) // the outcome begins with it
	asker.submit(t, thread, url.Values{"act": {"conclude"}, "shared": {"We name two."}})
	sees(third, thread, "How the summary was worded", true)
	if a := do(other, url.Values{"act": {"propose"}, "on": {"3"}, "summary": {"Late"}}); a.status != http.StatusForbidden {
		t.Errorf("proposed after the outcome: %d", a.status)
	}

	// Whom a summary mentions is named in the space, and in no copy.
	asker.submit(t, thread, url.Values{"act": {"conclude"}, "seen": {outcomeSeen.FindStringSubmatch(asker.get(t, thread).body)[1]}})
	if a := do(asker, url.Values{"act": {"preview"}, "of": {"summarise"}, "on": {"3"}, "summary": {"As @Demo-member said."}}); !strings.Contains(a.body, `<bdi class="mention">@Demo member</bdi>`) {
		t.Error("the preview of a summary shows no mention")
	}
	if a := do(asker, url.Values{"act": {"summarise"}, "on": {"3"}, "summary": {"As @Demo-member said."}}); a.status != http.StatusSeeOther {
		t.Errorf("a summary with a mention: %d", a.status)
	}
	sees(third, thread, `As <bdi class="mention">@Demo member</bdi> said.`, true)
	sees(third, "/ar"+strings.TrimPrefix(at, "/en"), `As <bdi class="mention">@Demo member</bdi> said.`, true)
	sees(third, at+"/before", "@Demo member", true)
	sees(asker, thread, "As a participant said.</textarea>", true)
	asker.submit(t, thread, url.Values{"act": {"conclude"}, "sure": {"1"}, "shared": {"As @Demo-member said."}, "reuse": {"> @Demo-member"}})
	sees(third, thread, "As a participant said.", true)
	if o := outcomeOf.FindString(third.get(t, thread).body); o == "" || strings.Contains(o, "Demo") {
		t.Errorf("the outcome names somebody: %s", o)
	}

	// A moderator takes an earlier wording out of sight, with a reason.
	strike := func(p *person, reason string) answer {
		t.Helper()
		form := url.Values{"act": {"strike"}, "wording": {"1"}, "reason": {reason}}
		form.Set("_csrf", csrfField.FindStringSubmatch(p.get(t, at).body)[1])
		return p.post(t, at+"/before", form)
	}
	sees(asker, at+"/before", `value="strike"`, false)
	if a := strike(asker, "Mine."); a.status != http.StatusForbidden {
		t.Errorf("struck out by the asker: %d", a.status)
	}
	if a := strike(moderator, " "); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Say why") {
		t.Errorf("struck out without a reason: %d", a.status)
	}
	if a := strike(moderator, "Names somebody."); a.status != http.StatusSeeOther {
		t.Errorf("struck out: %d", a.status)
	}
	for _, p := range []*person{asker, other, third, moderator} {
		if page := p.get(t, at+"/before").body; !strings.Contains(page, "A moderator removed this wording") || !strings.Contains(page, "Names somebody.") || strings.Count(page, "as said") != 1 {
			t.Errorf("%s reads what was struck out, or not that it was: %s", p.name, page)
		}
	}

	missing := s.as(t, "tbexpert").get(t, "/en/discuss/tools/none/summary")
	for _, name := range []string{"tbexpert", "stakeholder", "admin", ""} {
		p := s.as(t, name)
		for _, path := range []string{at, at + "/before"} {
			if a := p.get(t, path); a.status != http.StatusNotFound || strings.Contains(a.body, "name") && name == "tbexpert" && plain(a, "") != plain(missing, "") {
				t.Errorf("%q gets %d for %s", name, a.status, path)
			}
		}
		for _, form := range []url.Values{{"act": {"propose"}, "summary": {"x"}}, {"act": {"accept"}, "id": {ids[0]}, "seen": {"3"}}} {
			if m := csrfField.FindStringSubmatch(p.get(t, "/en/signin").body); m != nil {
				form.Set("_csrf", m[1])
			}
			if a := p.post(t, at, form); a.status != http.StatusNotFound {
				t.Errorf("%q gets %d for %v", name, a.status, form)
			}
		}
		if a := p.get(t, "/en/search?q=name+two+said"); strings.Contains(a.body, "question among us") {
			t.Errorf("%q finds it", name)
		}
	}
}

// TestSummaryAPI: the same by JSON, each answer as it is described.
func TestSummaryAPI(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	d := s.description(t)
	asker, other := s.as(t, "member"), s.as(t, "member2")
	asker.begin(t, "en", "tools", "By JSON", "How?")
	id := threadID.FindStringSubmatch(asker.get(t, "/api/v1/spaces/tools/threads").body)
	at := "/api/v1/threads/" + id[1] + "/summary"
	const path = "/threads/{thread}/summary"
	match := func(n string) http.Header { return http.Header{"If-Match": {`"` + n + `"`}} }
	check := func(p *person, method, more, body string, h http.Header, status int, holds string) answer {
		t.Helper()
		var a answer
		if method == http.MethodGet {
			a = p.get(t, at+more)
		} else {
			a = p.sendAs(t, method, at+more, body, h)
		}
		described := regexp.MustCompile(`^/proposals/[^/]+/`).ReplaceAllString(more, "/proposals/{proposal}/")
		described = regexp.MustCompile(`^/history/[0-9]+/`).ReplaceAllString(described, "/history/{number}/")
		d.fits(t, method, path+described, a)
		if a.status != status || !strings.Contains(a.body, holds) {
			t.Errorf("%s %s %s: %d %s, want %d with %s", p.name, method, more, a.status, a.body, status, holds)
		}
		return a
	}
	check(other, "GET", "", "", nil, 200, `"wording":0`)
	check(other, "GET", "/history", "", nil, 404, "")
	check(other, "POST", "/proposals", `{"body":" "}`, nil, 422, `"field":"body"`)
	check(other, "POST", "/proposals", `{"body":"x","on":7}`, nil, 422, `"field":"on"`)
	check(other, "POST", "/proposals", `{"body":"x","who":"me"}`, nil, 400, `"field":"body"`)
	key := http.Header{"Idempotency-Key": {"k1"}}
	first := check(other, "POST", "/proposals", `{"body":"We name **two**.","why":"As said.","on":0}`, key, 201, `"author":"Demo member 2"`)
	if again := check(other, "POST", "/proposals", `{"body":"We name **two**.","why":"As said.","on":0}`, key, 201, `"mine":true`); again.body != first.body {
		t.Errorf("sent twice: %s", again.body)
	}
	check(other, "POST", "/proposals", `{"body":"Else."}`, key, 400, "Idempotency-Key")
	check(other, "POST", "/proposals", `{"body":"Quietly.","nameless":true}`, nil, 201, `"author":""`)
	field := regexp.MustCompile(`"id":"([^"]+)"`)
	ids := field.FindAllStringSubmatch(check(asker, "GET", "", "", nil, 200, `"waiting":2`).body, -1)
	if len(ids) != 2 {
		t.Fatalf("%d wait", len(ids))
	}
	one, two := "/proposals/"+ids[0][1], "/proposals/"+ids[1][1]
	check(other, "PUT", "", `{"body":"Mine."}`, match("0"), 403, "")
	check(other, "POST", one+"/accept", `{}`, match("0"), 403, "")
	check(asker, "POST", one+"/accept", `{}`, nil, 428, "If-Match")
	check(asker, "POST", one+"/accept", ``, match("0"), 200, `"by":"asker"`)
	check(asker, "PUT", "", `{"body":"Over it."}`, match("0"), 412, `"sent":{"body":"Over it."}`)
	check(asker, "PUT", "", `{"body":"We name two."}`, match("1"), 200, `"wording":2`)
	check(asker, "POST", two+"/aside", `{"reason":""}`, nil, 422, `"field":"reason"`)
	check(asker, "POST", two+"/aside", `{"reason":"No."}`, nil, 200, `"waiting":0`)
	check(other, "GET", "", "", nil, 200, `"reason":"No."`)
	third := field.FindStringSubmatch(check(other, "POST", "/proposals", `{"body":"Three.","on":2}`, nil, 201, `"state":"waits"`).body)
	check(asker, "POST", "/proposals/"+third[1]+"/withdraw", ``, nil, 404, "")
	check(other, "POST", "/proposals/"+third[1]+"/withdraw", ``, nil, 200, `"waiting":0`)
	check(asker, "POST", "/proposals/"+third[1]+"/accept", ``, match("2"), 409, "")
	check(other, "GET", "/history", "", nil, 200, `"body":"We name **two**."`)
	const restore = "/history/1/restore"
	check(other, "POST", restore, ``, match("2"), 403, "")
	check(asker, "POST", restore, ``, nil, 428, "If-Match")
	check(asker, "POST", restore, ``, match("1"), 412, `"wording":2`)
	for range 2 { // the answer was lost
		check(asker, "POST", restore, ``, match("2"), 200, `"wording":3`)
	}
	check(asker, "POST", "/history/9/restore", ``, match("3"), 404, "")
	for _, name := range []string{"", "stakeholder", "tbexpert", "admin"} {
		p := s.as(t, name)
		for _, more := range []string{"", "/history"} {
			if a := p.get(t, at+more); a.status != http.StatusNotFound {
				t.Errorf("%q gets %d", name, a.status)
			}
		}
		if name != "" {
			check(p, "POST", "/proposals", `{"body":"x"}`, nil, 404, "")
			check(p, "POST", two+"/withdraw", ``, nil, 404, "")
			check(p, "POST", restore, ``, match("3"), 404, "")
		}
	}
}

// The outcome of a thread on its page, and what its form says of when it was
// read.
var (
	outcomeOf   = regexp.MustCompile(`(?s)<section class="outcome".*?</section>`)
	outcomeSeen = regexp.MustCompile(`(?s)id="conclude".*?name="seen" value="([^"]+)"`)
)
