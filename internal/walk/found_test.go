package walk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// room opens a space of a tier and admits some of the demo accounts.
func (s *site) room(t *testing.T, slug, tier string, people ...string) {
	t.Helper()
	moderator := s.as(t, "moderator")
	moderator.submit(t, "/en/moderation/spaces/new", url.Values{
		"act": {"open"}, "slug": {slug}, "tier": {tier}, "kind": {"questions"}, "keep": {"0"}, "title-en": {"Space " + slug}, "purpose-en": {"To talk."},
	})
	for _, p := range people {
		moderator.submit(t, "/en/moderation/spaces/"+slug, url.Values{"act": {"admit"}, "email": {p + "@demo.example"}})
	}
}

// waits asks again until something holds.
func waits(t testing.TB, most time.Duration, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(most); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", most, what)
		}
	}
}

// TestTalkIsFound walks a search for what was said: by whom it is for, from the
// page of everything and of a space, to the post; and its words leave when the
// post does.
func TestTalkIsFound(t *testing.T) {
	s := open(t)
	s.room(t, "peers", "closed", "member", "member2")
	asker, other, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator")
	const title = "Who keeps the narwhals?"
	thread := asker.begin(t, "en", "coordination", title, "They swim away.")
	other.reply(t, thread, "We count **axolotls** with the parliament.", nil)
	closed := asker.begin(t, "en", "peers", "A frank narwhal", "The minister said quokka.")
	finds := func(p *person, question string) bool {
		return strings.Contains(p.get(t, "/en/search?q="+question).body, `class="tag cedar">Discussion`)
	}
	waits(t, 5*time.Second, "a member finds what was said", func() bool { return finds(asker, "axolotls") })
	a := other.get(t, "/fr/search?q=axolotls+narwhals")
	for _, want := range []string{`href="/fr/discuss/coordination/who-keeps-the-narwhals#p2"`, "<mark>axolotls</mark>", "<mark>narwhals</mark>", "kind=thread"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the answer has no %s", want)
		}
	}
	if excerpt := regexp.MustCompile(`(?s)<ol class="records">.*?</ol>`).FindString(a.body); strings.Contains(excerpt, "Demo") || strings.Contains(excerpt, "Maroc") || strings.Contains(excerpt, "Moldova") {
		t.Errorf("the excerpt says who said it or from where: %s", excerpt)
	}
	for _, name := range []string{"", "stakeholder", "tbexpert", "admin"} {
		p := s.as(t, name)
		if finds(p, "axolotls") {
			t.Errorf("%q finds it", name)
		}
		for _, space := range []string{"coordination", "peers"} {
			got, none := p.get(t, "/en/search?space="+space+"&q=narwhal"), p.get(t, "/en/search?space=nonesuch&q=narwhal")
			if got.status != http.StatusNotFound || plain(got, space) != plain(none, "nonesuch") {
				t.Errorf("%q asks in %s: %d", name, space, got.status)
			}
		}
	}
	// In one space, from its own page.
	if a := other.get(t, "/en/discuss/coordination"); !strings.Contains(a.body, `name="space" value="coordination"`) {
		t.Error("the page of the space has no search")
	}
	if a := other.get(t, "/en/search?space=coordination&q=narwhal"); !strings.Contains(a.body, "who-keeps-the-narwhals") || !strings.Contains(a.body, "Only in the space") || strings.Contains(a.body, "frank") {
		t.Error("a space is not searched by itself")
	}
	if a := other.get(t, "/en/search?space=peers&q=quokka"); !strings.Contains(a.body, strings.TrimPrefix(closed, "/en")+"#p1") || !strings.Contains(a.body, "The whole space was searched: 1 post.") {
		t.Error("a closed space is not searched by its members")
	}
	if a := other.get(t, "/en/search?q=quokka"); strings.Contains(a.body, "minister") || !strings.Contains(a.body, "space=peers") {
		t.Error("a member is not told where else to look, or finds a closed space among the rest")
	}
	if a := s.as(t, "coordinator").get(t, "/en/search?space=peers&q=quokka"); a.status != http.StatusNotFound {
		t.Errorf("another member searches a closed space: %d", a.status)
	}
	if a := other.get(t, "/api/v1/search?q=axolotls"); !strings.Contains(a.body, `"kind":"thread"`) || !strings.Contains(a.body, `"state":[]`) || !strings.Contains(a.body, "who-keeps-the-narwhals#p2") {
		t.Errorf("JSON: %s", a.body)
	}
	if a := other.get(t, "/api/v1/search?space=peers&q=quokka"); !strings.Contains(a.body, `"covered":{"posts":1,"all":true}`) {
		t.Errorf("JSON of a closed space: %s", a.body)
	}
	for _, at := range []string{"/api/v1/suggest?q=narw", "/api/v1/suggest?q=who+keeps+the"} {
		if a := other.get(t, at); strings.Contains(a.body, "narwhal") {
			t.Errorf("titles of threads come while somebody types: %s", a.body)
		}
	}
	moderator.submit(t, thread, url.Values{"act": {"hide"}, "seq": {"2"}, "why": {"It names somebody."}})
	waits(t, 5*time.Second, "what was hidden is not found", func() bool { return !finds(asker, "axolotls") && !finds(moderator, "axolotls") })
}
