package walk

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const importPage = "/en/contribute/import"

// bringsLibrary brings a file, or what is pasted where name is empty, and returns the
// path of the page that shows it.
func (p *person) bringsLibrary(t testing.TB, name, text string) string {
	t.Helper()
	fields := url.Values{"lang": {"en"}}
	if name == "" {
		fields.Set("text", text)
	}
	a := p.bring(t, importPage, fields, name, []byte(text))
	if a.status != http.StatusSeeOther {
		t.Fatalf("%q: %d\n%s", name, a.status, a.body)
	}
	return a.header.Get("Location")
}

// settled waits until the work on an import is done, and returns its page.
func (p *person) settled(t testing.TB, path string) string {
	t.Helper()
	var page answer
	waits(t, 2*time.Minute, "the import is done", func() bool {
		page = p.get(t, path)
		return page.header.Get("Refresh") == ""
	})
	return page.body
}

// broughtClosed has a member bring a library, which nobody else knows of, and
// drafts, which moderators read too.
func (s *site) broughtClosed(t *testing.T) (all []canary, direct []string) {
	t.Helper()
	next := 600
	make := func(tier, field string) string {
		next++
		all = append(all, canary{word(tier, next), tier, "writing", field})
		return word(tier, next)
	}
	book := func(tier string) string {
		return "@book{k, title={The parliament and " + make(tier, "title") + "}, author={{" + make(tier, "author") + "}}, year=2020, abstract={" + make(tier, "abstract") + "}}\n"
	}
	member, coordinator := s.as(t, "member"), s.as(t, "coordinator")
	shown := member.bringsLibrary(t, make("own", "file name")+".bib", book("own")+book("own"))
	brought := member.bringsLibrary(t, "", book("mechanism")+book("mechanism"))
	member.submit(t, brought, url.Values{"act": {"apply"}, "as": {"draft"}})
	member.settled(t, brought)
	drafts := draftLink.FindAllStringSubmatch(member.get(t, "/en/contribute").body, -1)
	page := member.settled(t, shown) + member.get(t, importPage).body
	for _, m := range drafts {
		page += member.get(t, m[1]+"/preview").body
		if coordinator.get(t, m[1]).status == http.StatusOK && !strings.Contains(member.get(t, m[1]).body, "Practice") {
			t.Errorf("the coordinator reads %s, which is of no mechanism", m[1])
		}
		direct = append(direct, m[1], m[1]+"/preview", m[1]+"/history", importPage+"?into="+m[1][len("/en/contribute/"):])
	}
	for _, c := range all {
		if c.field != "abstract" && !strings.Contains(page, c.word) {
			t.Fatalf("who brought it does not see the %s", c.field)
		}
	}
	for _, at := range []string{shown, brought} {
		if a := coordinator.get(t, at); a.status != http.StatusNotFound {
			t.Errorf("the coordinator gets %d for what a member brought", a.status)
		}
		for _, lang := range []string{"/en", "/fr"} {
			at := lang + strings.TrimPrefix(at, "/en")
			direct = append(direct, at, at+"?show=same", at+"?show=broken", at+"?show=new&page=1")
		}
	}
	return all, direct
}

var draftLink = regexp.MustCompile(`href="(/en/contribute/[a-z0-9]{26})"`)

const pasted = "@techreport{x, title={A guide to following up recommendations}, author={Ndiaye, Awa and {OHCHR}}, year=2021, number={A/HRC/99/12}, url={https://example.org/x}}"

// TestBringOne: a citation fills a draft, after a yes; brought again it is found
// by its symbol, by who may read it only.
func TestBringOne(t *testing.T) {
	s := open(t)
	member, other := s.as(t, "member"), s.as(t, "stakeholder")
	if a := s.as(t, "").get(t, importPage); a.status != http.StatusNotFound {
		t.Errorf("a visitor gets %d", a.status)
	}
	if a := member.bring(t, importPage, url.Values{"text": {"Dear colleague"}, "lang": {"en"}}, "", nil); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Dear colleague") {
		t.Errorf("what is no citation: %d, and what was pasted is lost", a.status)
	}
	at := member.bringsLibrary(t, "", pasted)
	if a := other.get(t, at); a.status != http.StatusNotFound {
		t.Errorf("another gets %d", a.status)
	}
	a := member.submit(t, at, url.Values{"act": {"begin"}, "title": {"A guide"}, "lang": {"fr"}, "shown": {"date", "symbol"}, "choose": {"symbol"}})
	draft, _, _ := strings.Cut(a.header.Get("Location"), "?")
	if again := member.submit(t, at, url.Values{"act": {"begin"}, "title": {"A guide"}, "lang": {"fr"}}); !strings.HasPrefix(again.header.Get("Location"), draft) {
		t.Errorf("said twice it is two drafts: %s, %s", draft, again.header.Get("Location"))
	}
	what := member.get(t, draft+"/what").body
	if !strings.Contains(what, "A guide") || strings.Contains(what, `value="2021"`) {
		t.Error("the draft does not hold what was chosen")
	}
	if !strings.Contains(member.get(t, draft+"/who").body, "A/HRC/99/12") {
		t.Error("the draft lacks the symbol")
	}
	const there = "There is already"
	twin := strings.Replace(pasted, "A/HRC/99/12", "UN Doc. A-HRC-99-12", 1)
	if !strings.Contains(member.get(t, member.bringsLibrary(t, "", twin)).body, there) {
		t.Error("the author is not told that it is there")
	}
	if strings.Contains(other.get(t, other.bringsLibrary(t, "", twin)).body, there) {
		t.Error("another is told of a draft")
	}
	into := member.bring(t, importPage+"?into="+draft[len("/en/contribute/"):], url.Values{"text": {pasted}, "lang": {"en"}}, "", nil).header.Get("Location")
	page := member.get(t, into).body
	seen := regexp.MustCompile(`name="seen.date" value="([^"]+)"`).FindStringSubmatch(page)
	if seen == nil {
		t.Fatal("the date is not offered to the draft")
	}
	member.submit(t, into, url.Values{"act": {"fill"}, "choose": {"date"}, "seen.date": {seen[1]}})
	if !strings.Contains(member.get(t, draft+"/what").body, `value="2021"`) {
		t.Error("the draft is not filled")
	}
}

// TestBringLibrary brings the messy library, kills the hub on the way, and
// takes all back.
func TestBringLibrary(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	data := t.TempDir()
	s := serve(t, plainly, data)
	f, err := os.Open("../bibliography/testdata/messy.bib.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	moderator := s.as(t, "moderator")
	before := total(t, moderator)
	at := moderator.bringsLibrary(t, "library.bib", string(raw))
	for show, says := range map[string]string{"new": "Fleece", "broken": "It has no title", "again": "The same as in line"} {
		if !strings.Contains(moderator.settled(t, at+"?show="+show), says) {
			t.Errorf("%s does not say %q", show, says)
		}
	}
	moderator.submit(t, at, url.Values{"act": {"apply"}, "as": {"published"}})
	waits(t, time.Minute, "fifty are there", func() bool { return total(t, moderator) >= before+50 })
	s.kill()
	s = serve(t, plainly, data)
	moderator = s.as(t, "moderator")
	page := moderator.settled(t, at)
	m := regexp.MustCompile(`role="status">([0-9,]+) of ([0-9,]+)<`).FindStringSubmatch(page)
	if m == nil || m[1] != m[2] {
		t.Fatalf("it is not done: %v", m)
	}
	if got, want := total(t, moderator)-before, number(t, m[2]); got != want {
		t.Errorf("%d came in, want %d, each once", got, want)
	}
	moderator.submit(t, at, url.Values{"act": {"undo"}})
	moderator.settled(t, at)
	if got := total(t, moderator); got != before {
		t.Errorf("%d are left, of which %d were there before", got, before)
	}
}

var publications = regexp.MustCompile(`([0-9,]+) publications`)

// total is how many publications the library has.
func total(t testing.TB, p *person) int {
	t.Helper()
	m := publications.FindStringSubmatch(p.get(t, "/en/library").body)
	if m == nil {
		t.Fatal("the library does not say how many publications it has")
	}
	return number(t, m[1])
}

func number(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
