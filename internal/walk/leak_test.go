package walk

import (
	"archive/zip"
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.yaml.in/yaml/v3"

	"nmirfhub/internal/api"
	"nmirfhub/internal/finder"
	vocab "nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/member"
	"nmirfhub/internal/question"
	"nmirfhub/internal/record"
	"nmirfhub/internal/shelf"
	hubsite "nmirfhub/internal/site"
	"nmirfhub/seed"
)

// canary is a word that stands in one field of one closed record and nowhere
// else.
type canary struct {
	word, tier, kind, field string
}

// closedTiers are the tiers that the public must not know of.
var closedTiers = []string{"registered", "network"}

// readers are who crawls, with the closed tiers that each may read.
var readers = map[string][]string{
	"": nil, "stakeholder": {"registered"}, "tbexpert": {"registered", "closed", "dialogue"}, "admin": {"registered", "reason"},
	"member": {"registered", "network", "mechanism", "own", "closed", "dialogue", "hidden", "reason", "mine"}, "member2": {"registered", "network", "hidden", "reason"},
	"coordinator": {"registered", "network", "mechanism", "own", "held", "reason"}, "moderator": {"registered", "network", "mechanism", "moderation", "dialogue", "hidden", "held", "reason"},
}

// asksAll are those who put every closed word to the search: one of those for
// whom the same shelves of the index are, each. The others ask each third.
var asksAll = []string{"", "tbexpert", "admin", "coordinator"}

// tongues are the languages beside English in which somebody crawls: the public
// in both, the others in one, so that each is crawled in every tier.
var tongues = map[string]string{"stakeholder": "fr", "tbexpert": "ar", "admin": "fr", "member": "ar", "member2": "fr", "coordinator": "ar", "moderator": "fr"}

// goes says whether somebody asks for an address: a program only for those that
// are for programs, a person in their languages.
func (p *person) goes(at string) bool {
	if p.bearer != "" {
		return strings.HasPrefix(at, "/api/")
	}
	other := map[string]string{"fr": "/ar/", "ar": "/fr/"}[tongues[p.name]]
	return other == "" || !strings.HasPrefix(at, other)
}

// word makes a pronounceable word that no text holds, from a number. Words of
// one tier begin alike, and unlike those of the other: what begins like a
// word of the network answers like a word that nobody wrote.
func word(tier string, n int) string {
	syllables := []string{"zo", "vib", "qua", "plyx", "gru", "mex", "ulf", "jid", "bok", "tarn"}
	return map[string]string{"registered": "wejx", "network": "xylv", "mechanism": "quyf", "moderation": "zhom", "own": "gwip", "gone": "dwyk", "closed": "jurv", "dialogue": "fnoq", "hidden": "pweg", "held": "kwud", "reason": "lyzv", "mine": "fruj"}[tier] + syllables[n/100%10] + syllables[n/10%10] + syllables[n%10] + "q"
}

// bodies are the least that each kind asks for.
var bodies = map[string]map[string]any{
	"publication": {"type": "report", "availability": "published"},
	"practice":    {"capacity": "coordination", "challenges": []string{"silos"}, "stage": "established", "evidence": "self-reported"},
	"resource":    {"type": "checklist", "capacity": "coordination", "readiness": "ready"},
	"system":      {"type": "tracking-platform", "cost": "free", "stage": "established", "features": map[string]bool{"clusters": true}},
	"event":       {"type": "seminar"},
	"network":     {"status": "active"},
	"mechanism":   {"depth": "mention", "type": "ad-hoc", "covers": map[string]any{}},
}

// texts puts a canary into every field that a kind writes in a language.
var texts = map[string][]string{
	"practice": {"problem", "done", "results", "challenges"}, "resource": {"markdown", "note"}, "system": {"owner", "users_note"},
	"event": {"place"}, "network": {"form", "rhythm"}, "mechanism": {"host", "nhri"},
}

// mechanismOf names the State of each closed profile.
var mechanismOf = map[string]string{"registered": "TUV", "network": "NRU"}

// canaryContent writes content with a closed record of each kind and tier,
// and says which words it must keep closed.
func canaryContent(t *testing.T) (dir string, all []canary, slugs map[string][]string) {
	t.Helper()
	return content(t, closedTiers)
}

// content writes the same with closed records of some tiers only: without any
// it is what everybody reads.
func content(t *testing.T, tiers []string) (dir string, all []canary, slugs map[string][]string) {
	t.Helper()
	dir, slugs = filepath.Join(t.TempDir(), "content"), map[string][]string{}
	if err := os.CopyFS(dir, seed.Files); err != nil {
		t.Fatal(err)
	}
	// The shipped records give way to the canaries, and so do their translations.
	for kind := range bodies {
		translated, err := filepath.Glob(filepath.Join(dir, "translations", "*", kind+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range translated {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	next := map[string]int{} // of each tier, so that its words are the same whichever others there are
	for _, kind := range slices.Sorted(maps.Keys(bodies)) {
		body, records := bodies[kind], []map[string]any{}
		for _, tier := range tiers {
			make := func(field string) string {
				next[tier]++
				all = append(all, canary{word(tier, next[tier]), tier, kind, field})
				return word(tier, next[tier])
			}
			record := map[string]any{"slug": make("slug"), "tier": tier, "themes": []string{"data"}, "date": "2033", "body": body}
			if kind == "mechanism" {
				record["slug"], record["states"], record["mechanism"] = strings.ToLower(mechanismOf[tier]), []string{mechanismOf[tier]}, mechanismOf[tier]
			}
			slugs[kind] = append(slugs[kind], record["slug"].(string))
			if kind == "publication" {
				record["body"] = map[string]any{"type": "report", "availability": "published", "symbol": make("symbol"), "publisher": []string{make("publisher")},
					"authors": []map[string]string{{"literal": make("author")}}, "issues": []map[string]string{{"lang": "en", "title": make("issue"), "url": "https://" + make("address") + ".example/"}}}
			}
			text := map[string]string{}
			for _, field := range texts[kind] {
				text[field] = make(field)
			}
			record["texts"] = map[string]any{
				"en": map[string]any{"title": make("title") + " parliament", "summary": make("summary"), "text": text},
				"fr": map[string]any{"title": make("title.fr"), "summary": make("summary.fr"), "translation": "person"},
			}
			record["sources"] = []map[string]string{{"title": make("source"), "note": make("source note")}}
			records = append(records, record)
		}
		if kind == "practice" {
			records = append(records, map[string]any{"slug": "a-practice-of-morocco", "tier": "public", "states": []string{"MAR"}, "themes": []string{"data"}, "body": body, "texts": map[string]any{"en": map[string]any{"title": "A practice of Morocco", "summary": "In short.", "text": map[string]any{"problem": "Late."}}}})
		}
		raw, err := yaml.Marshal(records)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "records", kind+".yaml"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, all, slugs
}

// seedWith brings content into a data folder before the hub opens.
func seedWith(t *testing.T, data, dir string) {
	t.Helper()
	if out, err := hub(t, data, "seed", dir).CombinedOutput(); err != nil {
		t.Fatalf("seed: %v\n%s", err, out)
	}
}

// attachClosed adds a file with words of its own to the closed practices.
func attachClosed(t *testing.T, data string, slugs map[string][]string) []canary {
	t.Helper()
	var all []canary
	for i, tier := range closedTiers {
		name, text := word(tier, 900), word(tier, 901)
		file := filepath.Join(t.TempDir(), name+".txt")
		if err := os.WriteFile(file, []byte("The parliament and "+text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := hub(t, data, "attach", "practice", slugs["practice"][i], file).CombinedOutput(); err != nil {
			t.Fatalf("attach: %v\n%s", err, out)
		}
		all = append(all, canary{name, tier, "practice", "file name"}, canary{text, tier, "practice", "file"})
	}
	return all
}

// peopleClosed adds a seat of a mechanism with its note, an offer of it, and a
// request to join, with words that are for few.
func (s *site) peopleClosed(t *testing.T) []canary {
	t.Helper()
	var all []canary
	next := 800
	make := func(tier, field string) string {
		next++
		all = append(all, canary{word(tier, next), tier, "person", field})
		return word(tier, next)
	}
	const seat = "/en/mechanisms/mda/seats"
	keeper := s.as(t, "coordinator")
	keeper.submit(t, seat, url.Values{"act": {"add"}, "title": {make("mechanism", "seat")}, "body": {make("mechanism", "body")}, "level": {"technical"}, "role": {"member"}, "lang": {"en"}})
	keeper.submit(t, seat+"/1", url.Values{"act": {"note"}, "seen": {"0001-01-01T00:00:00Z"}, "due": {make("own", "note")}})
	keeper.submit(t, seat+"/1", url.Values{"act": {"offer"}, "email": {make("moderation", "address") + "@example.org"}})
	s.as(t, "").submit(t, "/en/join", url.Values{
		"name": {make("moderation", "name")}, "email": {make("moderation", "email") + "@example.org"}, "body": {make("moderation", "body")},
		"position": {make("moderation", "position")}, "voucher": {make("moderation", "voucher")}, "why": {make("moderation", "why")},
	})
	member, moderator := s.as(t, "member"), s.as(t, "moderator")
	member.submit(t, "/en/experts/mine", url.Values{
		"act": {"offer"}, "name": {make("network", "expert")}, "about": {make("network", "about")}, "experience": {make("network", "experience")}, "support": {"call"},
		"yes-name": {"1"}, "yes-about": {"1"}, "yes-experience": {"1"}, "yes-support": {"1"},
	})
	entry := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(moderator.get(t, "/en/moderation/experts").body)
	moderator.submit(t, "/en/moderation/experts", url.Values{"act": {"publish"}, "id": {entry[1]}})
	own := member.get(t, seat+"/1").body
	queue := moderator.get(t, "/en/moderation/people").body
	roster := s.as(t, "member2").get(t, "/en/experts/"+entry[1]).body
	for _, c := range all {
		if page := map[string]string{"mechanism": own, "own": own, "moderation": queue, "network": roster}[c.tier]; !strings.Contains(page, c.word) {
			t.Fatalf("who may read the %s does not see it", c.field)
		}
	}
	return all
}

// talkClosed adds a thread of the network, with words in every place that it
// has; what was deleted is for nobody any more, what is hidden for its author
// and moderators. It returns the
// addresses of the thread too.
func (s *site) talkClosed(t *testing.T) (all []canary, direct []string) {
	t.Helper()
	next := 900
	make := func(tier, field string) string {
		next++
		all = append(all, canary{word(tier, next), tier, "thread", field})
		return word(tier, next)
	}
	member, other, moderator := s.as(t, "member"), s.as(t, "member2"), s.as(t, "moderator")
	member.submit(t, "/en/account/notifications", url.Values{"act": {"all"}, "news": {"once"}, "zone": {"UTC"}, "from": {"0"}, "to": {"0"}})
	thread := member.begin(t, "en", "tools", make("network", "title"), make("network", "question"))
	member.reply(t, thread, make("network", "answer"), nil) // other may write five posts on their first day
	for _, body := range []string{make("gone", "deleted post"), make("network", "earlier wording"), make("gone", "earlier wording of a deleted post"), make("hidden", "earlier wording of a hidden post")} {
		other.reply(t, thread, body, nil)
	}
	mail := s.letterTo(t, "member@demo.example")
	for _, c := range all {
		if strings.Contains(mail, c.word) {
			t.Errorf("the mail about it holds its %s", c.field)
		}
	}
	other.submit(t, thread, url.Values{"act": {"delete"}, "seq": {"3"}})
	other.submit(t, thread, url.Values{"act": {"edit"}, "seq": {"4"}, "seen": {"0001-01-01T00:00:00Z"}, "text": {make("network", "new wording")}})
	for seq, tier := range map[string]string{"5": "gone", "6": "hidden"} {
		other.submit(t, thread, url.Values{"act": {"edit"}, "seq": {seq}, "seen": {"0001-01-01T00:00:00Z"}, "text": {make(tier, "last wording")}})
	}
	member.submit(t, thread, url.Values{"act": {"consent-ask-practice"}, "seq": {"4"}})
	other.submit(t, thread, url.Values{"act": {"consent-yes"}, "seq": {"4"}})
	other.submit(t, thread, url.Values{"act": {"delete"}, "seq": {"5"}})
	moderator.submit(t, thread, url.Values{"act": {"hide"}, "seq": {"6"}, "why": {"to be looked at"}})
	member.submit(t, thread+"/summary", url.Values{"act": {"summarise"}, "on": {"0"}, "summary": {make("network", "earlier summary")}})
	other.proposes(t, thread, make("network", "summary"), url.Values{"why": {make("hidden", "why of a proposal")}})
	member.submit(t, thread+"/summary", url.Values{"act": {"accept"}, "id": {member.waiting(t, thread)[0]}, "seen": {"1"}})
	other.proposes(t, thread, make("hidden", "proposal"), url.Values{"as": {"nameless"}})
	if body := member.get(t, thread+"/summary").body; !strings.Contains(body, all[len(all)-1].word) || strings.Contains(body, all[len(all)-2].word) {
		t.Fatal("whoever leads does not see the proposal that waits, or sees the other one still")
	}
	moderator.submit(t, thread, url.Values{"act": {"conclude"}, "shared": {make("network", "outcome")}})
	id := threadID.FindStringSubmatch(member.get(t, "/api/v1/spaces/tools/threads").body)
	if id == nil {
		t.Fatal("a member does not get the threads as JSON")
	}
	direct = append(direct, "/api/v1/spaces", "/api/v1/spaces/tools/threads", "/api/v1/threads/"+id[1]+"/posts")
	page := member.get(t, thread).body + member.get(t, direct[2]).body + member.get(t, thread+"/summary/before").body
	for _, seq := range []string{"2", "4", "5", "6"} {
		page += member.get(t, thread+"/"+seq+"/before").body
	}
	for _, c := range all {
		if strings.Contains(page, c.word) != (c.tier == "network") {
			t.Fatalf("who may read the thread sees its %s: %v", c.field, c.tier != "network")
		}
	}
	for _, lang := range []string{"en", "fr", "ar"} {
		at := "/" + lang + strings.TrimPrefix(thread, "/en")
		direct = append(direct, at, at+"?from=1", at+"?reply=2", at+"?edit=4", at+"/4/before", at+"/5/before", at+"/6/before", at+"/summary", at+"/summary/before", "/"+lang+"/discuss/tools", "/"+lang+"/discuss/tools/new", "/"+lang+"/discuss/coordination")
	}
	return all, direct
}

// writingClosed adds a practice that is still written, and one that is
// published with answers for members alone.
func (s *site) writingClosed(t *testing.T) (all []canary, direct []string) {
	t.Helper()
	next := 700
	make := func(tier, field string) string {
		next++
		all = append(all, canary{word(tier, next), tier, "writing", field})
		return word(tier, next)
	}
	author, coordinator, moderator := s.as(t, "member"), s.as(t, "coordinator"), s.as(t, "moderator")
	draft := s.returned(t, make("mechanism", "title"), make("mechanism", "answers"), make("mechanism", "remark"))
	unclear := make("mechanism", "unclear")
	author.submit(t, "/en"+draft+"/gist", url.Values{"whole": {"1"}, "unclear.summary": {unclear}})
	published, closed, earlier := author.draft(t, "practice", "en", "An open practice"), make("network", "answers"), make("mechanism", "earlier summary")
	summary := earlier // which a revision has, and the record no more
	answers := func(q *question.Question) string {
		switch {
		case q.Members:
			return closed
		case q.Code == "summary":
			return summary
		}
		return "parliament"
	}
	author.answerAll(t, "/en"+published, vocab.Practice, answers)
	author.act(t, "/en"+published, url.Values{"act": {"submit"}})
	coordinator.act(t, "/en"+published, url.Values{"act": {"return"}, "remark.problem": {"Say more."}})
	summary = "parliament"
	author.answerAll(t, "/en"+published, vocab.Practice, answers)
	set, _ := asked(t, vocab.Practice)
	paper := author.attach(t, "/en"+published+"/"+sectionWith(set, "files"), "files", true, make("network", "file name")+".txt", make("network", "file"))
	author.act(t, "/en"+published, url.Values{"act": {"submit"}})
	coordinator.act(t, "/en"+published, url.Values{"act": {"clear"}})
	moderator.act(t, "/en"+published, url.Values{"act": {"publish"}})
	const records = "/api/v1/records/practice/"
	const version = "/moderation/questions/practice/1"
	direct = append(direct, "/en/moderation/questions", "/en"+version, "/fr"+version, "/ar"+version)
	asJSON := author.get(t, records+path.Base(draft)).body + s.as(t, "member2").get(t, records+"an-open-practice").body
	pages := moderator.get(t, "/en"+version).body + author.get(t, "/en"+published+"/history").body + author.get(t, "/en"+draft).body + unpacked(author.get(t, "/en"+draft+"/sheet.xlsx").body) + author.get(t, "/en"+draft+"/preview").body + s.as(t, "member2").get(t, "/en/practices/an-open-practice").body + s.as(t, "member2").get(t, paper).body
	for _, c := range all {
		if !strings.Contains(pages, c.word) || !strings.HasPrefix(c.field, "file") && c.field != "earlier summary" && c.field != "unclear" && !strings.Contains(asJSON, c.word) {
			t.Fatalf("who may read the %s does not see it", c.field)
		}
	}
	direct = append(direct, paper, path.Dir(paper)+"/cover.jpg")
	for _, m := range revisionLink.FindAllStringSubmatch(author.get(t, "/en"+published+"/history").body, -1) {
		direct = append(direct, m[1])
	}
	for _, form := range []string{"", ".csv", ".xlsx"} {
		direct = append(direct, "/en/contribute/table/practice/sheet"+form)
	}
	for _, at := range []string{draft, published} {
		record := "/api/v1/records/practice/" + path.Base(at)
		direct = append(direct, record, record+"?lang=fr", record+"/history")
		for _, lang := range []string{"en", "fr"} {
			direct = append(direct, "/"+lang+at, "/"+lang+at+"/preview", "/"+lang+at+"/history", "/"+lang+at+"/history/1", "/"+lang+at+"/history/2", "/"+lang+at+"/sheet", "/"+lang+at+"/sheet.csv", "/"+lang+at+"/sheet.xlsx")
			for _, x := range set.Sections {
				direct = append(direct, "/"+lang+at+"/"+x.Code, "/"+lang+at+"/"+x.Code+"?lang=ar")
			}
		}
	}
	return all, append(direct, "/en/practices/an-open-practice", "/fr/practices/an-open-practice")
}

// returned is a practice that was written and given back with a remark.
func (s *site) returned(t *testing.T, title, answers, remark string) string {
	t.Helper()
	author, coordinator := s.as(t, "member"), s.as(t, "coordinator")
	draft := author.draft(t, "practice", "en", title)
	author.answerAll(t, "/en"+draft, vocab.Practice, always(answers))
	author.act(t, "/en"+draft, url.Values{"act": {"submit"}})
	coordinator.act(t, "/en"+draft, url.Values{"act": {"return"}, "remark.problem": {remark}})
	return draft
}

var revisionLink = regexp.MustCompile(`href="(/en/contribute/[a-z0-9]+/history/[0-9]+)"`)

var threadID = regexp.MustCompile(`"id":"([^"]+)"`)

var expertLink = regexp.MustCompile(`href="/en/experts/([a-z0-9]{26})"`)

var fileLink = regexp.MustCompile(`/files/([^/"]+)/`)

// closedFiles are the addresses of the closed files, as a member sees them;
// without their names, which are not to be shown.
func (s *site) closedFiles(t *testing.T, slugs map[string][]string) []string {
	t.Helper()
	member := s.as(t, "member")
	var all []string
	for _, slug := range slugs["practice"] {
		m := fileLink.FindStringSubmatch(member.get(t, "/en/practices/"+slug).body)
		if m == nil {
			t.Fatal("a member does not see the file")
		}
		if a := member.get(t, "/files/"+m[1]+"/x"); a.status != http.StatusOK || !strings.Contains(a.body, "The parliament and") {
			t.Fatalf("a member gets %d for the file", a.status)
		}
		all = append(all, "/files/"+m[1]+"/x", "/files/"+m[1]+"/cover.jpg")
	}
	return all
}

// routes asks the router itself which addresses there are.
func routes(t *testing.T) []string {
	t.Helper()
	files, err := i18n.Load(os.DirFS("../../web/catalog"))
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New()
	s := &hubsite.Site{
		Records: &record.Service{Catalogue: record.NewCatalogue(nil)}, Members: &member.Service{}, Catalogs: files,
		Finder: &finder.Service{}, Shelf: &shelf.Service{}, API: &api.API{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now,
	}
	if err := s.Routes(app); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range app.GetRoutes(true) {
		if r.Method == http.MethodGet && !slices.Contains(all, r.Path) {
			all = append(all, r.Path)
		}
	}
	return all
}

var href = regexp.MustCompile(`(?:href|action|src)="(/[^"]*)"`)

// crawl follows every link from the home pages on and returns the answers by
// address.
func (p *person) crawl(t *testing.T, start []string, limit int) map[string]answer {
	t.Helper()
	seen := map[string]answer{}
	queue := slices.Clone(start)
	for len(queue) > 0 && len(seen) < limit {
		at := queue[0]
		queue = queue[1:]
		if _, done := seen[at]; done || !p.goes(at) {
			continue
		}
		a := p.get(t, at)
		seen[at] = a
		for _, m := range href.FindAllStringSubmatch(a.body, -1) {
			to, _, _ := strings.Cut(strings.ReplaceAll(m[1], "&amp;", "&"), "#")
			if _, done := seen[to]; !done && worthFollowing(to) {
				queue = append(queue, to)
			}
		}
	}
	return seen
}

// worthFollowing leaves out the languages that say what English says, and
// combinations of filters beyond one.
func worthFollowing(to string) bool {
	for _, l := range []string{"/es/", "/pt/", "/ru/", "/zh/"} {
		if strings.HasPrefix(to, l) {
			return false
		}
	}
	return strings.Count(to, "&") < 2 && !strings.Contains(to, "signout")
}

// TestLeak looks for closed words as everybody who must not see them, on
// every route, behind every link, by every search, on sockets, in mails, in the
// index and in the log.
func TestLeak(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	dir, canaries, slugs := canaryContent(t)
	data := t.TempDir()
	seedWith(t, data, dir)
	canaries = append(canaries, attachClosed(t, data, slugs)...)
	guest := quietName(t, data)
	s := serve(t, plainly, data, "--log", "info")
	canaries = append(canaries, s.peopleClosed(t)...)
	talk, threads := s.talkClosed(t)
	canaries = append(canaries, talk...)
	known := usual()
	canaries = append(canaries, s.roomsClosed(t, known, guest)...) // before the coordinator says anything: it is held
	s.cardsClosed(t, known, canaries)
	writing, writings := s.writingClosed(t)
	canaries, threads = append(canaries, writing...), append(threads, writings...)
	use, uses := s.useClosed(t)
	canaries, threads = append(canaries, use...), append(threads, uses...)
	brought, imports := s.broughtClosed(t)
	canaries, threads = append(canaries, brought...), append(threads, imports...)
	known.fill(slugs, append(s.closedFiles(t, slugs), threads...))
	for _, m := range expertLink.FindAllStringSubmatch(s.as(t, "member2").get(t, "/en/experts").body, -1) {
		known.add("experts/:id", m[1])
	}
	direct := append(addresses(t, known), threads...)
	t.Run("As", func(t *testing.T) {
		for name, may := range readers {
			t.Run(cmp.Or(name, "visitor"), func(t *testing.T) {
				t.Parallel()
				p := s.as(t, name)
				t.Run("Finds", func(t *testing.T) { p.seesWhatItMay(t, canaries, may, slugs) })
				if closed := closedTo(canaries, may); len(closed) > 0 {
					p.looksEverywhere(t, closed, direct)
					t.Run("Socket", func(t *testing.T) { p.subscribes(t, known["thread/:id"], closed) })
				}
			})
		}
	})
	t.Run("Keys", func(t *testing.T) { // it writes, and the pages of all others must stay as they are until they are done
		for name, may := range readers {
			if name != "" {
				lookFor(t, closedTo(canaries, may), "an attempt of "+name+" with a key that others used", s.as(t, name).postsAgain(t), "")
			}
		}
	})
	t.Run("Program", func(t *testing.T) {
		s.program(t, "member2").looksEverywhere(t, closedTo(canaries, readers["stakeholder"]), direct)
	})
	t.Run("Presence", func(t *testing.T) { s.listensIn(t, guest, canaries, known["thread/:id"]) })
	t.Run("Disk", func(t *testing.T) { s.onDisk(t, canaries) })
	t.Run("Log", func(t *testing.T) {
		log := s.log.String()
		if !strings.Contains(log, "msg=request") {
			t.Error("the log does not say what was asked for: the test sees nothing")
		}
		for _, c := range canaries {
			if strings.Contains(log, c.word) {
				t.Errorf("the log holds %s, the %s of a %s %s", c.word, c.field, c.tier, c.kind)
			}
		}
	})
}

// closedTo are the words that somebody who may read some tiers must not see.
func closedTo(all []canary, may []string) []canary {
	return slices.DeleteFunc(slices.Clone(all), func(c canary) bool { return slices.Contains(may, c.tier) })
}

// looksEverywhere looks for closed words behind every link, on every route, in
// what is answered to acts, in own data and in the answer to every question. Each
// address is asked for once.
func (p *person) looksEverywhere(t *testing.T, closed []canary, direct []string) {
	t.Helper()
	answers, forbidden := map[string]answer{}, []string(nil)
	look := func(t *testing.T, at string, a answer) {
		answers[at] = a
		lookFor(t, closed, at, a, "")
	}
	t.Run("Links", func(t *testing.T) {
		for at, a := range p.crawl(t, []string{"/en/", "/fr/", "/ar/"}, 1500) {
			look(t, at, a)
		}
	})
	t.Run("Routes", func(t *testing.T) {
		for n, at := range direct {
			if !p.goes(at) {
				continue
			}
			if _, done := answers[at]; !done {
				look(t, at, p.get(t, at))
			}
			if answers[at].status == http.StatusNotFound {
				forbidden = append(forbidden, at)
			}
			for how, a := range p.asOthers(t, at, n) {
				look(t, how, a)
			}
		}
	})
	t.Run("Acts", func(t *testing.T) {
		for _, at := range forbidden {
			for how, a := range p.actsAt(t, at) {
				look(t, how, a)
			}
		}
	})
	t.Run("OwnData", func(t *testing.T) {
		lookFor(t, slices.DeleteFunc(slices.Clone(closed), p.wrote), "own data", p.ownData(t), "")
	})
	t.Run("Questions", func(t *testing.T) {
		nobodys := map[string]string{} // to words that nobody ever wrote
		for n, asked := range askings(closed) {
			if n%3 == 0 || slices.Contains(asksAll, p.name) {
				p.searchFor(t, closed, asked, nobodys, n)
			}
		}
		for _, at := range within(direct) {
			for _, asked := range []string{"parliament", "said"} {
				lookFor(t, closed, at, p.get(t, at+asked), "")
			}
		}
	})
}

// askings are closed words, almost whole ones, and the words with a slip of the
// finger; of one word of each tier and kind all beginnings too.
func askings(closed []canary) []string {
	all, begun := map[string]bool{}, map[string]bool{}
	for _, c := range closed {
		for n := 2; n < 8 && !begun[c.tier+c.kind]; n++ {
			all[c.word[:n]] = true
		}
		begun[c.tier+c.kind] = true
		all[c.word[:len(c.word)-1]] = true
		all[c.word] = true
		all[c.word[:3]+c.word[4:]] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// settings are the words of a space beside its talk.
var settings = []string{"slug", "name", "purpose", "rules", "exchange question", "opening note", "closing note"}

// lookFor fails when an answer holds a closed word, beside the one that was
// asked for. The moderators' page of questions without an answer shows what
// the other walks asked.
func lookFor(t *testing.T, closed []canary, at string, a answer, asked string) {
	t.Helper()
	if strings.HasSuffix(at, "/moderation/unanswered") {
		return
	}
	all, begun := unpacked(a.body)+fmt.Sprint(a.header), map[string]bool{}
	has := func(word string) bool { // the words of a tier begin alike: most answers are looked through once for all of them
		in, known := begun[word[:4]]
		if !known {
			in = strings.Contains(all, word[:4])
			begun[word[:4]] = in
		}
		return in && strings.Contains(all, word)
	}
	for _, c := range closed {
		if c.kind == "room" && strings.Contains(at, "/moderation/spaces") && slices.Contains(settings, c.field) {
			continue // who moderates spaces sees how each is set, and nothing of its talk
		}
		if c.field == "name of a member" && strings.Contains(at, "/admin/") {
			continue // administrators know who has an account, and not in which spaces they are
		}
		if c.word != asked && !strings.Contains(at, c.word) && has(c.word) {
			t.Errorf("%s holds %s, the %s of a %s %s", at, c.word, c.field, c.tier, c.kind)
		}
		if strings.Contains(at, c.word) && a.status == http.StatusOK && asked == "" {
			t.Errorf("%s answers %d", at, a.status)
		}
	}
}

// unpacked is what a body says, where it is a workbook what its parts say.
func unpacked(body string) string {
	if !strings.HasPrefix(body, "PK") { // to look for the end of an archive in every page takes long
		return body
	}
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		return body
	}
	for _, f := range z.File {
		if r, err := f.Open(); err == nil {
			raw, _ := io.ReadAll(r)
			body += string(raw)
		}
	}
	return body
}

// searches are the addresses that answer a question. The crawl puts every word
// to those that look through everything, and each word to some of the others,
// which narrow the same answer.
var (
	widest   = []string{"/en/search?q=", "/api/v1/search?q=", "/api/v1/suggest?q=", "/en/search?kind=thread&q=", "/en/search?kind=collection&q=", "/api/v1/records?q="}
	narrowed = []string{
		"/ar/search?kind=practice&q=", "/en/search?sort=newest&q=parliament+", "/en/library?q=", "/en/practices?q=", "/en/search?space=tools&q=", "/api/v1/records?lang=fr&kind=practice&kind=event&q=",
		"/api/v1/search?lang=fr&theme=data&q=", "/api/v1/search?kind=thread&q=", "/api/v1/suggest?lang=fr&q=parliament+",
	}
	searches = slices.Concat(widest, narrowed)
)

// narrowedTo is of how many narrowed searches one is asked each word.
const narrowedTo = 3

// within are the addresses that answer questions about single spaces.
func within(direct []string) (all []string) {
	for _, at := range direct {
		if m := talkedAt.FindStringSubmatch(at); m != nil && m[2] == "" {
			all = append(all, "/en/search?space="+m[1]+"&q=", "/api/v1/search?space="+m[1]+"&q=")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// searchFor asks for what is closed, or is like it, the nth of such questions;
// the answer must be the one to a word that nobody ever wrote.
func (p *person) searchFor(t *testing.T, closed []canary, asked string, nobodys map[string]string, n int) {
	t.Helper()
	never := strings.Repeat("k", len(asked))
	for i, at := range searches {
		if i >= len(widest) && i%narrowedTo != n%narrowedTo || !p.goes(at) {
			continue
		}
		got, want := p.get(t, at+asked), nobodys[at+never]
		if want == "" {
			want = plain(p.get(t, at+never), never)
			nobodys[at+never] = want
		}
		lookFor(t, closed, at, got, asked)
		if is := plain(got, asked); is != want && len(asked) > 5 {
			t.Errorf("%s%s and %s%s answer differently: %s", at, asked, at, never, firstDifference(is, want))
		}
	}
}

var (
	moments   = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9]{2}:[0-9]{2} \(UTC\)`)
	csrfToken = regexp.MustCompile(`name="(?:csrf-token" content|_csrf" value)="([^"]+)"`)
)

// plain is what an answer says without what differs from request to request,
// and without the words that were asked for.
func plain(a answer, asked string) string {
	body := a.body
	if m := csrfToken.FindStringSubmatch(body); m != nil {
		body = strings.ReplaceAll(body, m[1], "TOKEN")
	}
	for _, without := range []string{a.header.Get("X-Request-Id"), asked} {
		if without != "" {
			body = strings.ReplaceAll(body, without, "LEFT OUT")
		}
	}
	return body
}

// seesWhatItMay proves that the crawl would have found the words: who may
// read a closed record finds it.
func (p *person) seesWhatItMay(t *testing.T, canaries []canary, may []string, slugs map[string][]string) {
	t.Helper()
	for _, c := range canaries {
		if c.field != "title" || c.kind == "mechanism" || c.kind == "writing" || c.kind == "room" || !slices.Contains(may, c.tier) {
			continue
		}
		if a := p.get(t, "/en/search?q="+c.word[:len(c.word)-1]); !strings.Contains(a.body, c.word) {
			t.Errorf("%q may read the %s %s and does not find it", p.name, c.tier, c.kind)
		}
	}
	for i, tier := range closedTiers {
		a := p.get(t, "/en/practices/"+slugs["practice"][i])
		if want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[slices.Contains(may, tier)]; a.status != want {
			t.Errorf("%q gets %d for a %s practice, want %d", p.name, a.status, tier, want)
		}
	}
}

// TestForbiddenIsMissing compares what is closed with what does not exist:
// status, headers and bytes must be the same.
func TestForbiddenIsMissing(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	dir, _, slugs := canaryContent(t)
	data := t.TempDir()
	seedWith(t, data, dir)
	s := serve(t, plainly, data)
	for _, name := range []string{"", "stakeholder"} {
		p := s.as(t, name)
		for kind, door := range map[string]string{"practice": "/practices/", "publication": "/library/", "resource": "/toolkit/", "system": "/systems/", "event": "/events/", "network": "/networks/"} {
			for _, at := range []string{"/en" + door, "/api/v1/records/" + kind + "/"} {
				closed, missing := p.get(t, at+slugs[kind][1]), p.get(t, at+"no-such-record")
				closed.body, missing.body = plain(closed, ""), plain(missing, "")
				for _, h := range []http.Header{closed.header, missing.header} {
					h.Del("Date")
					h.Del("X-Request-Id")
				}
				if closed.status != http.StatusNotFound || closed.status != missing.status || closed.body != missing.body || fmt.Sprint(closed.header) != fmt.Sprint(missing.header) {
					t.Errorf("as %q: a closed %s answers %d %v, a missing one %d %v", name, kind, closed.status, closed.header, missing.status, missing.header)
				}
			}
		}
	}
}

// world runs a hub whose records are of some tiers, with or without talk,
// drafts and lists beside them that are for few. It says what some people are
// answered everywhere.
func world(t *testing.T, tiers []string, more bool, people ...string) map[string]answer {
	t.Helper()
	data := t.TempDir()
	dir, _, _ := content(t, tiers)
	seedWith(t, data, dir)
	s := serve(t, plainly, data)
	if more {
		s.talkClosed(t)
		s.roomsHeld(t)
		s.broughtClosed(t)
		s.returned(t, word("mechanism", 701), word("mechanism", 702), word("mechanism", 703))
	}
	all := map[string]answer{}
	for _, name := range people {
		p := s.as(t, name)
		answers := p.crawl(t, []string{"/en/", "/fr/", "/ar/"}, 1500)
		for _, at := range questions() {
			answers[at] = p.get(t, at)
		}
		for at, a := range answers {
			if strings.Contains(at, "/admin") || strings.Contains(at, "/moderation/figures") || strings.HasSuffix(at, "/account/security") {
				continue // administrators see what was done on the hub, and how much; a new secret is offered each time
			}
			a.body = moments.ReplaceAllString(strings.ReplaceAll(plain(a, ""), s.url, "ORIGIN"), "TIME")
			all[name+" "+at] = a
		}
	}
	return all
}

// roomsHeld adds a space whose members are named, with a thread.
func (s *site) roomsHeld(t *testing.T) {
	t.Helper()
	s.room(t, word("closed", 1), "closed", "member", "member2")
	s.as(t, "member").begin(t, "en", word("closed", 1), word("closed", 2), word("closed", 3))
}

// TestTwoWorlds runs the hub with and without what is closed to somebody: every
// page that they get must be the same, byte for byte.
func TestTwoWorlds(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	for name, c := range map[string]struct{ with, without, people []string }{
		"Public":     {closedTiers, nil, []string{""}},
		"Registered": {closedTiers, []string{"registered"}, []string{"tbexpert", "admin"}},
	} {
		t.Run(name, func(t *testing.T) {
			with, without := world(t, c.with, true, c.people...), world(t, c.without, false, c.people...)
			if len(with) < 500*len(c.people) {
				t.Errorf("only %d pages were compared", len(with))
			}
			for at, a := range with {
				if b, both := without[at]; !both || a.body != b.body || a.status != b.status {
					t.Errorf("%s differs where closed things exist: %s", at, firstDifference(a.body, b.body))
				}
			}
			for at := range without {
				if _, both := with[at]; !both {
					t.Errorf("%s is led to only where no closed things exist", at)
				}
			}
		})
	}
}

// firstDifference is where two texts begin to differ.
func firstDifference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	part := func(s string) string { return s[max(0, min(i, len(s))-60):min(len(s), i+60)] }
	return fmt.Sprintf("%q, %q", part(a), part(b))
}

// questions are questions of all sorts at every address that answers one:
// words that closed records hold too, beginnings, slips of the finger,
// nonsense, filters.
func questions() []string {
	words := []string{
		"parliament", "parliment", "parlement", "parl", "pa", "data", "dta", "recommendations+data", "recomendations+parliamnet", "%22in+parliament%22", "parliament+-data",
		"wejx", "wejxzo", "xylvzozozo", "xylvzozozoq", "*", "focal+point", "NMIRF", "2033", "TUV", "Tuvalu", "A/HRC/50/64", "report+parliament+seminar+budget", "the",
	}
	var all []string
	for _, at := range searches {
		for _, w := range words {
			all = append(all, at+w)
		}
	}
	all = append(all, "/api/v1/states", "/api/v1/mechanisms.csv", "/api/v1/practices.csv", "/api/v1/publications.csv", "/api/v1/records?limit=100", "/api/v1/records?limit=2&kind=mechanism&lang=ar", "/api/v1/records?state=TUV", "/api/v1/records/mechanism/tuv")
	return append(all, "/en/search?state=TUV", "/en/search?year=2033", "/en/search?theme=data", "/en/search?sort=newest&q=data", "/en/search?page=2&q=report", "/api/v1/search?limit=100&q=report", "/api/v1/search?sort=date")
}

// TestCacheOrder asks for the same addresses high then low and low then high:
// what the public gets is the same each time, and never somebody's page.
func TestCacheOrder(t *testing.T) {
	s := open(t)
	public, someone := s.as(t, ""), s.as(t, "member")
	for _, at := range []string{"/en/", "/en/toolkit", "/en/library", "/en/search?q=rules", "/en/toolkit/rules-of-the-discussion-spaces"} {
		high := someone.get(t, at)
		low := public.get(t, at)
		again := someone.get(t, at)
		lowAgain := public.get(t, at)
		if plain(low, "") != plain(lowAgain, "") {
			t.Errorf("%s: the public gets another page after a member was there", at)
		}
		for _, a := range []answer{high, again} {
			if cc := a.header.Get("Cache-Control"); cc != "private, no-store" {
				t.Errorf("%s: a member's page says Cache-Control %q", at, cc)
			}
			if !strings.Contains(a.body, "signout") {
				t.Errorf("%s: a member gets the page of the public", at)
			}
		}
		for _, a := range []answer{low, lowAgain} {
			if vary := strings.Join(a.header["Vary"], ","); a.status == http.StatusOK && !strings.Contains(vary, "Cookie") {
				t.Errorf("%s: the public's page says Vary %q", at, vary)
			}
			if strings.Contains(a.body, "signout") || len(a.header["Set-Cookie"]) > 0 {
				t.Errorf("%s: the public gets a member's page or cookie", at)
			}
		}
	}
}
