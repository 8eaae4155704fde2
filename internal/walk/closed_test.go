package walk

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/custom" // what the index was made with
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	_ "github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/fasthttp/websocket"
)

// idOf is the id of the account of a demo person.
func (s *site) idOf(t *testing.T, name string) string {
	t.Helper()
	id := idField.FindStringSubmatch(s.as(t, "admin").get(t, "/en/admin/accounts?email="+name+"@demo.example").body)
	if id == nil {
		t.Fatalf("the account of %s is not found", name)
	}
	return id[1]
}

// roomsClosed adds spaces whose members are named, with words in every place
// that a space and its threads have, and what waits for moderators or was hidden
// by them in a space of the network. It notes where all that stands.
func (s *site) roomsClosed(t *testing.T, known places, g *guest) (all []canary) {
	t.Helper()
	next := 600
	make := func(tier, field string) string {
		next++
		all = append(all, canary{word(tier, next), tier, "room", field})
		return word(tier, next)
	}
	moderator := s.as(t, "moderator")
	now := time.Now().UTC()
	for tier, people := range map[string][]string{"closed": {"member", "tbexpert"}, "dialogue": {"tbexpert", "member"}} {
		slug := make(tier, "slug")
		form := url.Values{
			"act": {"open"}, "slug": {slug}, "tier": {tier}, "kind": {"exchange"}, "keep": {"0"}, "title-en": {make(tier, "name")}, "purpose-en": {make(tier, "purpose")},
			"rules-en": {make(tier, "rules")}, "from": {now.Add(-time.Hour).Format("2006-01-02T15:04")}, "to": {now.Add(time.Hour).Format("2006-01-02T15:04")},
			"host": {people[0] + "@demo.example"}, "question": {make(tier, "exchange question")}, "opening": {make(tier, "opening note")}, "closing": {make(tier, "closing note")},
		}
		moderator.submit(t, "/en/moderation/spaces/new", form)
		for _, p := range people {
			moderator.submit(t, "/en/moderation/spaces/"+slug, url.Values{"act": {"admit"}, "email": {p + "@demo.example"}})
		}
		if tier == g.name.tier {
			moderator.submit(t, "/en/moderation/spaces/"+slug, url.Values{"act": {"admit"}, "email": {"quiet@example.org"}})
			all = append(all, g.name)
		}
		asker, other := s.as(t, people[0]), s.as(t, people[1])
		if tier == "dialogue" { // the members have few posts left on their first day
			other = moderator
		}
		thread := asker.begin(t, "en", slug, make(tier, "title"), make(tier, "question"))
		other.brings(t, thread, url.Values{"act": {"attach"}, "key": {usedKey[tier]}, "lang": {"fr"}, "body": {""}}, map[string]string{make(tier, "file name") + ".txt": make(tier, "file")})
		other.reply(t, thread, make(tier, "answer"), url.Values{"key": {usedKey[tier]}})
		if tier == g.name.tier {
			g.comes(t, s)
			g.person.reply(t, thread, make(tier, "answer of a guest"), nil)
			g.thread = threadID.FindStringSubmatch(asker.get(t, "/api/v1/spaces/"+slug+"/threads").body)[1]
			other.submit(t, thread, url.Values{"act": {"report"}, "seq": {"1"}, "report": {make("gone", "report of a closed space")}})
			moderator.submit(t, thread, url.Values{"act": {"follow"}, "follows": {"1"}, "way": {"once"}})
		}
		paper := talkFile.FindStringSubmatch(asker.get(t, thread).body)
		if paper == nil {
			t.Fatalf("who may read a %s space does not see the file of its post", tier)
		}
		known.add("files/:id", strings.Split(paper[1], "/")[2])
		asker.submit(t, thread+"/summary", url.Values{"act": {"summarise"}, "on": {"0"}, "summary": {make(tier, "earlier summary")}})
		for _, what := range []string{"summary", "proposal"} {
			other.submit(t, thread+"/summary", url.Values{"act": {"propose"}, "on": {"1"}, "summary": {make(tier, what)}, "why": {make(tier, "why of a "+what)}})
		}
		said := asker.get(t, thread+"/summary").body
		asker.submit(t, thread+"/summary", url.Values{"act": {"accept"}, "id": {asker.waiting(t, thread)[0]}, "seen": {"1"}})
		asker.submit(t, thread, url.Values{"act": {"conclude"}, "shared": {make(tier, "outcome")}})
		moderator.submit(t, "/en/moderation/spaces/"+slug, url.Values{"act": {"dismiss"}, "id": {s.idOf(t, "moderator")}, "reason": {"opened it"}})
		if tier == g.name.tier { // which is no news for the moderator any more
			g.person.reply(t, thread, make(tier, "answer after a dismissal"), nil)
		}
		page := said + asker.get(t, paper[1]).body + asker.get(t, "/en/discuss/"+slug).body + asker.get(t, thread).body
		for _, c := range all {
			if c.tier == tier && c.field != "closing note" && !strings.Contains(page, c.word) {
				t.Fatalf("who may read the %s of a %s space does not see it", c.field, tier)
			}
		}
		known.note(t, asker, slug, thread)
	}
	s.heldClosed(t, known, make)
	return all
}

// heldClosed adds a post that waits for a moderator, one that was hidden, and a
// report.
func (s *site) heldClosed(t *testing.T, known places, make func(tier, field string) string) {
	t.Helper()
	moderator, author, newcomer := s.as(t, "moderator"), s.as(t, "member"), s.as(t, "coordinator")
	moderator.submit(t, "/en/moderation/spaces/new", url.Values{
		"act": {"open"}, "slug": {"kept"}, "tier": {"network"}, "kind": {"questions"}, "keep": {"0"}, "set": {"holds"}, "title-en": {"Kept"}, "purpose-en": {"To talk."},
	})
	thread := author.begin(t, "en", "kept", "What waits", "Said.")
	author.reply(t, thread, make("hidden", "hidden post"), nil)
	s.as(t, "member2").submit(t, thread, url.Values{"act": {"report"}, "seq": {"2"}, "report": {make("moderation", "report")}})
	moderator.submit(t, thread, url.Values{"act": {"hide"}, "seq": {"2"}, "why": {make("reason", "reason of hiding")}})
	newcomer.reply(t, thread, make("held", "held post"), nil)
	known.note(t, author, "kept", thread)
	held := newcomer.begin(t, "en", "kept", make("held", "title"), make("held", "question"))
	known.note(t, newcomer, "kept", held)
	queue := moderator.get(t, "/en/moderation/posts").body
	for _, tier := range []string{"held", "moderation"} {
		if !strings.Contains(queue, word(tier, 0)[:4]) {
			t.Fatalf("the moderators do not see the words of the tier %s in their queue", tier)
		}
	}
}

// note notes where a thread stands, as somebody sees it who may.
func (x places) note(t *testing.T, p *person, space, thread string) {
	t.Helper()
	x.add("discuss/:space", space)
	x.add("spaces/:space", space)
	x.add(":space/:thread", thread[strings.LastIndex(thread, "/")+1:])
	for _, id := range threadID.FindAllStringSubmatch(p.get(t, "/api/v1/spaces/"+space+"/threads").body, -1) {
		x.add("thread/:id", id[1])
		x.add("threads/:thread", id[1])
	}
}

// subscribes asks a socket for every thread from its beginning on, and for what
// is closed hears no more than that it is.
func (p *person) subscribes(t *testing.T, threads []string, closed []canary) {
	t.Helper()
	dial := websocket.Dialer{Jar: p.client.Jar}
	conn, answered, err := dial.Dial(strings.Replace(p.site.url, "http", "ws", 1)+"/live?lang=en", map[string][]string{"Origin": {p.site.url}})
	if err != nil {
		if p.name != "" {
			t.Errorf("%q gets no socket: %v, %v", p.name, err, answered)
		}
		return
	}
	defer conn.Close()
	// One after the other, so that each answer is known: the last topic is of none.
	for _, id := range append(slices.Clone(threads), "no-such-thread") {
		sub, _ := json.Marshal(map[string]any{"op": "sub", "topic": "thread:" + id, "after": 0})
		if err := conn.WriteMessage(websocket.TextMessage, sub); err != nil {
			t.Fatal(err)
		}
	}
	conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	for {
		_, raw, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("%q hears no end: %v", p.name, err)
		}
		for _, c := range closed {
			if strings.Contains(string(raw), c.word) {
				t.Errorf("a frame to %q holds %s, the %s of a %s %s", p.name, c.word, c.field, c.tier, c.kind)
			}
		}
		if strings.Contains(string(raw), `"thread:no-such-thread"`) {
			if strings.Contains(string(raw), "denied") {
				return
			}
			t.Fatalf("a thread of none answers %s", raw)
		}
	}
}

// ownData is what a person downloads of their own.
func (p *person) ownData(t *testing.T) answer {
	t.Helper()
	if p.name == "" || p.bearer != "" {
		return answer{}
	}
	m := csrfField.FindStringSubmatch(p.get(t, "/en/account/data").body)
	if m == nil {
		t.Fatalf("%q has no form for their own data", p.name)
	}
	return p.post(t, "/en/account/data", url.Values{"_csrf": {m[1]}, "act": {"download"}})
}

// wrote says whether a word that is for nobody, or for moderators, is what the
// person wrote: it is in their own data, and nowhere else for them.
func (p *person) wrote(c canary) bool {
	return p.name == "member2" && (c.kind == "thread" && c.tier == "gone" || c.field == "report") || p.name == "tbexpert" && c.field == "report of a closed space"
}

// onDisk looks for closed words in what lies in the data folder beside the
// store: mails, and the shelves of the index that others are answered from.
func (s *site) onDisk(t *testing.T, all []canary) {
	t.Helper()
	mails, err := filepath.Glob(filepath.Join(s.data, "mail", "*"))
	if err != nil || len(mails) == 0 {
		t.Errorf("no mail lies in the folder: %v", err)
	}
	for _, at := range mails {
		raw, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("=\r\n", "", "=\n", "").Replace(string(raw))
		for _, c := range all {
			if slices.Contains([]string{"network", "closed", "dialogue", "hidden", "held", "gone", "own", "reason"}, c.tier) && strings.Contains(text, c.word) {
				t.Errorf("a mail holds %s, the %s of a %s %s", c.word, c.field, c.tier, c.kind)
			}
		}
	}
	// Who is answered from a shelf may read every word on it.
	may := map[string][]string{
		"public": nil, "registered": {"registered"}, "network": {"registered", "network"}, "talk-public": nil, "talk-registered": nil, "talk-network": {"network", "gone", "hidden"},
	}
	folders, err := filepath.Glob(filepath.Join(s.data, "search", "made-*"))
	if err != nil || len(folders) != 1 {
		t.Fatalf("the index lies in %v, %v", folders, err)
	}
	copied := filepath.Join(t.TempDir(), "index")
	if err := os.CopyFS(copied, os.DirFS(folders[0])); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for shelf, tiers := range may {
		for _, term := range termsOf(t, filepath.Join(copied, shelf)) {
			for _, c := range all {
				if strings.Contains(term, c.word[:len(c.word)-1]) {
					seen++
					if !slices.Contains(tiers, c.tier) {
						t.Errorf("the shelf %s holds %s, the %s of a %s %s", shelf, c.word, c.field, c.tier, c.kind)
					}
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no shelf holds a word that is for its readers: the test sees nothing")
	}
}

// termsOf are all words that a shelf of the index holds.
func termsOf(t *testing.T, dir string) (all []string) {
	t.Helper()
	x, err := bleve.OpenUsing(dir, map[string]any{"read_only": true})
	if err != nil {
		t.Fatal(fmt.Errorf("open %s: %w", dir, err))
	}
	defer x.Close()
	fields, err := x.Fields()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		dict, err := x.FieldDict(f)
		if err != nil {
			t.Fatal(err)
		}
		for e, err := dict.Next(); e != nil; e, err = dict.Next() {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, e.Term)
		}
		dict.Close()
	}
	return all
}
