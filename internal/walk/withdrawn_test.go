package walk

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	vocab "nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// wordOfIt stands in everything that the State withdraws; its address and
// questions about it are written without the accent.
const wordOfIt, slugOfIt = "zörblaqword", "zorblaqword"

// TestWithdrawn has a State withdraw a practice that everybody reads and that
// others made use of: it is found, listed, saved, collected, adapted, asked
// about and shown as a card. Within five seconds no word of it is left at any
// address where somebody else was shown one.
func TestWithdrawn(t *testing.T) {
	s := open(t)
	author, other := s.as(t, "member"), s.as(t, "member2")
	at := s.usedByAll(t)
	waits(t, 10*time.Second, "it is found", func() bool { return strings.Contains(other.get(t, "/api/v1/search?q="+wordOfIt).body, at[len("/en"):]) })
	readers := []string{"", "stakeholder", "member2", "tbexpert", "admin"}
	shown := map[string][]string{}
	for _, name := range readers {
		shown[name] = s.as(t, name).shownAt(t, at)
	}
	for _, must := range []string{
		at, "/en/practices", "/en/search?q=" + slugOfIt, "/api/v1/search?q=" + slugOfIt, "/api/v1/suggest?q=" + slugOfIt, "/api/v1/practices.csv",
		"/api/v1/records/practice/" + path.Base(at), "/en/collections", "/en/account/lists", "/en/discuss", "/en/challenges", "/files/", "/en/contribute/",
	} {
		if !slices.ContainsFunc(shown["member2"], func(x string) bool {
			return x == must || strings.HasPrefix(x, must+"/") || strings.HasSuffix(must, "/") && strings.HasPrefix(x, must)
		}) {
			t.Errorf("%s does not show it before: the test would not see it stay", must)
		}
	}
	if len(shown[""]) < 20 {
		t.Errorf("the public is shown it at %q only", shown[""])
	}

	s.as(t, "coordinator").withdraw(t, at)
	end := time.Now().Add(5 * time.Second)
	for name, all := range shown {
		p := s.as(t, name)
		for _, x := range all {
			for strings.Contains(unpacked(p.get(t, x).body), wordOfIt) {
				if time.Now().After(end) {
					t.Errorf("%q is still shown a word of it at %s", name, x)
					break
				}
			}
		}
	}
	if a := other.get(t, at); a.status != http.StatusGone {
		t.Errorf("its address answers %d", a.status)
	}
	if a := author.get(t, at); a.status != http.StatusOK || !strings.Contains(a.body, "was withdrawn on") {
		t.Errorf("its author gets %d", a.status)
	}
}

// usedByAll is a practice of Moldova that everybody reads, of which others made
// all the use that there is; each of its texts, and its file, hold wordOfIt.
func (s *site) usedByAll(t *testing.T) (at string) {
	t.Helper()
	author, other := s.as(t, "member"), s.as(t, "member2")
	set, _ := asked(t, vocab.Practice)
	draft := author.draft(t, "practice", "en", wordOfIt)
	author.answerAll(t, "/en"+draft, vocab.Practice, func(*question.Question) string { return wordOfIt })
	author.attach(t, "/en"+draft+"/"+sectionWith(set, "files"), "files", false, slugOfIt+".txt", wordOfIt)
	s.publish(t, author, draft)
	at = "/en/practices/" + slugOfIt
	page := other.get(t, at).body
	other.save(t, at, "For the report", "To read.")
	collected := s.collects(t, "Good to know", at)
	s.curate(t, collected, "Good to know", "Some practices.", "public", "Read it.", "publish")
	other.submit(t, at+"/adapt", url.Values{"title": {"What we made of it"}, "lang": {"en"}})
	other.begin(t, "en", "practices", "Who knows more?", "Of "+s.url+at)
	if form := aboutIt.FindStringSubmatch(page); form != nil {
		key := replyKey.FindStringSubmatch(other.get(t, form[1]).body)
		other.submit(t, form[1], url.Values{"about": {form[2]}, "key": {key[1]}, "act": {"start"}, "title": {"How much does it cost?"}, "body": {"We have no budget."}, "lang": {"en"}})
	} else {
		t.Error("nobody can ask about it")
	}
	return at
}

// shownAt are the addresses where a person is shown a word of a practice: of
// all that they come to, of all routes that can lead to it, and of searches.
func (p *person) shownAt(t *testing.T, at string) (all []string) {
	t.Helper()
	answers := p.crawl(t, []string{at, "/en/", "/en/collections", "/en/account/lists", "/en/discuss/practices", "/en/contribute"}, 1200)
	known := usual()
	known.add(":slug", path.Base(at))
	try := []string{"/api/v1/records?q=" + slugOfIt, "/api/v1/records?kind=practice&limit=100", "/api/v1/practices.csv"}
	for _, route := range routes(t) {
		addresses, _ := known.of(route)
		try = append(try, addresses...)
	}
	for _, x := range searches {
		try = append(try, x+slugOfIt, x+slugOfIt[:6])
	}
	for _, x := range try {
		if _, done := answers[x]; !done {
			answers[x] = p.get(t, x)
		}
	}
	for x, a := range answers {
		if strings.Contains(unpacked(a.body), wordOfIt) {
			all = append(all, x)
		}
	}
	slices.Sort(all)
	return all
}
