package walk

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A guard is what keeps something closed: texts of the source, each of which
// stands exactly once in its file, and what is in their place once the guard is
// taken out. Where several stand one behind the other, all are taken out.
type guard struct {
	name    string
	out     []edit
	notices string // the tests that must notice, as -run has them: of internal/walk, or of the package before a colon
	saying  string // what they must say, a regular expression; "" is that a closed word is shown
}

type edit struct{ file, text, instead string }

// shown is how the crawl says that it saw a closed word.
const shown = `(?:holds|hears) [a-z]+q, the [a-z. ]+ of a `

// as are the parts of the crawl of somebody.
func as(name, parts string) string { return "^TestLeak$/^As$/^" + name + "$/^(" + parts + ")$" }

var guards = []guard{
	{"page of a record", []edit{{"access/door.go", "\tif err := d.May(v, a, guard(x), time.Now()); err != nil {\n\t\treturn nil, fmt.Errorf(\"find in %s: %w\", collection, err)\n\t}\n", ""}}, as("visitor", "Routes"), ""},
	{"page of a draft", []edit{{"access/door.go", "\tif err := d.May(v, a, guard(x), time.Now()); err != nil {\n\t\treturn nil, fmt.Errorf(\"load from %s: %w\", collection, err)\n\t}\n", ""}}, as("stakeholder", "Routes"), ""},
	{"answers for members alone", []edit{{"access/door.go", "r, ok := x.(*hub.Record)\n\tif !ok {", "r, ok := x.(*hub.Record)\n\tif r != nil || !ok {"}}, as("visitor", "Routes"), ""},
	{"revisions of a record", []edit{{"access/door.go", "\tif err := d.May(v, hub.ActRead, Revision(now), time.Now()); err != nil {\n\t\treturn err\n\t}\n", ""}}, as("stakeholder", "Routes"), "the earlier summary of a mechanism writing"},
	{"files of records", []edit{{"access/door.go", "\t\tif d.May(v, a, guard(x), time.Now()) != nil {\n\t\t\tcontinue\n\t\t}\n", ""}}, as("visitor", "Routes"), ""},
	{"files of answers for members", []edit{{"access/door.go", "if d.bare(v, x); fits(x) {", "if fits(x) {"}}, as("visitor", "Routes"), ""},
	{"lists and counts", []edit{{"record/service.go", "return s.Catalogue.Select(s.Door.Tiers(v, hub.ActList), q)", "return s.Catalogue.Select(hub.Tiers[:], q)"}}, as("visitor", "Routes"), ""},
	{"tables", []edit{
		{"record/service.go", "slices.Clone(s.Door.Tiers(hub.Public, hub.ActList))", "slices.Clone(hub.Tiers[:])"},
		{"record/derived.go", "access.Load(ctx, s.Door, v, hub.ActSearch, collection, id, access.Record)", "access.Fetch[hub.Record](ctx, s.Door, collection, id)"},
	}, as("visitor", "Routes"), `\.csv ` + shown},
	{"cards of records in posts", []edit{{"record/service.go", "s.Catalogue.find(s.Door.Tiers(v, hub.ActList), k, slugs)", "s.Catalogue.find(hub.Tiers[:], k, slugs)"}}, as("visitor", "Routes"), ""},
	{"what is new", []edit{{"record/service.go", "s.Catalogue.recent(s.Door.Tiers(v, hub.ActList), n)", "s.Catalogue.recent(hub.Tiers[:], n)"}}, as("visitor", "Routes"), ""},
	{"what is related", []edit{{"record/service.go", "s.Catalogue.related(s.Door.Tiers(v, hub.ActList), r, n)", "s.Catalogue.related(hub.Tiers[:], r, n)"}}, as("visitor", "Routes"), ""},
	{"adaptations", []edit{{"record/service.go", "s.Catalogue.tagged(s.Door.Tiers(v, hub.ActList), hub.Practice,", "s.Catalogue.tagged(hub.Tiers[:], hub.Practice,"}}, as("visitor", "Routes"), ""},
	{"totals and facets of a search", []edit{{"record/derived.go", "return s.Door.Tiers(v, hub.ActSearch) }", "return hub.Tiers[:] }"}}, as("visitor", "Questions"), "answer differently"},
	{"what a search shows", []edit{
		{"record/derived.go", "return s.Door.Tiers(v, hub.ActSearch) }", "return hub.Tiers[:] }"},
		{"record/derived.go", "access.Load(ctx, s.Door, v, hub.ActSearch, collection, id, access.Record)", "access.Fetch[hub.Record](ctx, s.Door, collection, id)"},
	}, as("visitor", "Questions"), ""},
	{"suggestions", []edit{
		{"record/derived.go", "return s.Door.Tiers(v, hub.ActSearch) }", "return hub.Tiers[:] }"},
		{"record/derived.go", "s.Catalogue.byID(s.Door.Tiers(v, hub.ActList), ids)", "s.Catalogue.byID(hub.Tiers[:], ids)"},
	}, as("visitor", "Questions"), `/suggest\S* ` + shown},
	{"search of the talk", []edit{
		{"discuss/stretch.go", "if !t.Named() && s.Door.May(v, hub.ActSearch, access.Object{Kind: kinds[t]}, s.Now()) == nil {", "if x := (access.Object{}); !t.Named() && x.Kind == \"\" {"},
		{"discuss/stretch.go", "x, v, err := s.enter(ctx, v, hub.ActSearch, slug)", "x, _, err := store.Load[Space](ctx, s.Store, spaces, slug)"},
	}, as("visitor", "Questions"), "kind=thread.* " + shown},
	{"search in a space", []edit{{"discuss/stretch.go", "x, v, err := s.enter(ctx, v, hub.ActSearch, slug)", "x, _, err := store.Load[Space](ctx, s.Store, spaces, slug)"}}, as("stakeholder", "Questions"), "space=.* " + shown},
	{"shelves of the talk", []edit{{"discuss/stretch.go", "if p.Absent() == \"\" {", "if p.Seq > 0 {"}}, "^TestLeak$/^Disk$", "the shelf .* " + shown},
	{"page of a space", []edit{{"discuss/space.go", "\tif err := s.Door.May(v, a, x.object(\"\"), s.Now()); err != nil {\n\t\treturn Space{}, v, err\n\t}\n", ""}}, as("visitor", "Routes"), ""},
	{"list of spaces", []edit{{"discuss/space.go", "mine := slices.DeleteFunc(every, func(x Space) bool { return s.Door.May(v, hub.ActList, x.object(\"\"), s.Now()) != nil })", "mine := slices.Clone(every)"}}, as("visitor", "Routes"), ""},
	{"page of a thread", []edit{
		{"discuss/space.go", "\tif err := s.Door.May(v, a, x.object(\"\"), s.Now()); err != nil {\n\t\treturn Space{}, v, err\n\t}\n", ""},
		{"discuss/presence.go", "\tif err := s.Door.May(v, hub.ActRead, g.Space.object(\"\"), s.Now()); err != nil {\n\t\treturn v, err\n\t}\n", ""},
	}, as("visitor", "Routes"), "the (?:answer|question) of a closed room"},
	{"threads by their id", []edit{{"discuss/thread.go", "x, v, err := s.enter(ctx, v, hub.ActRead, t.Space)\n\tif err == nil && !s.shows", "x, _, err := store.Load[Space](ctx, s.Store, spaces, t.Space)\n\tif err == nil && !s.shows"}}, as("stakeholder", "Routes"), ""},
	{"threads that are held", []edit{{"discuss/thread.go", "return !t.Held || t.By == v.Person || s.Door.May(v, hub.ActModerate, x.object(\"\"), s.Now()) == nil", "return true"}}, as("member2", "Routes"), "the (?:title|question) of a held room"},
	{"posts that are hidden or held", []edit{{"discuss/post.go", "case a == \"\", close && (a == Hidden || a == Held):", "case a != Deleted:"}}, as("coordinator", "Routes"), "sees its earlier wording of a hidden post"},
	{"wordings of posts", []edit{{"discuss/post.go", "p = p.shown(s.Door.May(v, hub.ActModerate, x.object(\"\"), s.Now()) == nil || v.Person != \"\" && p.By == v.Person)\n\tif p.Body", "p = p.shown(x.Slug != \"\")\n\tif p.Body"}}, as("coordinator", "Routes"), "earlier wording of a hidden post"},
	{"proposals for a summary", []edit{{"discuss/decision.go", "\t\tif !x.Leads && !mine {\n\t\t\tcontinue\n\t\t}\n", ""}}, as("coordinator", "Routes"), "proposal of a hidden thread"},
	{"files of posts", []edit{{"discuss/file.go", "x, _, err := s.ThreadOf(ctx, v, p.Thread)", "in, err := s.thread(ctx, p.Thread)\n\t\tx := Space{Slug: in.Space}"}}, as("stakeholder", "Routes"), "/files/.* " + shown},
	{"who answers acts", []edit{
		{"discuss/space.go", "\tif err := s.Door.May(v, a, x.object(\"\"), s.Now()); err != nil {\n\t\treturn Space{}, v, err\n\t}\n", "\tif err := s.Door.May(v, a, x.object(\"\"), s.Now()); a == hub.ActRead && err != nil {\n\t\treturn Space{}, v, err\n\t}\n"},
	}, as("stakeholder", "Routes|Acts"), ""},
	{"keys of attempts", []edit{
		{"discuss/file.go", "return person + \" \" + key", "return key"},
		{"api/talk.go", "if p.Thread != t.ID || !p.Began(n.Body) {", "if p.Thread == \"\" {"},
	}, "^TestLeak$/^Keys$", ""},
	{"posts on sockets", []edit{{"discuss/presence.go", "\tif err := s.Door.May(v, hub.ActRead, g.Space.object(\"\"), s.Now()); err != nil {\n\t\treturn v, err\n\t}\n", ""}}, as("stakeholder", "Socket"), "a frame to .* " + shown},
	{"who is there and who writes", []edit{
		{"discuss/presence.go", "if v, err = s.reads(ctx, v, g); err != nil || !s.namesHere(v, g.Space) {", "if v, err = s.Known(ctx, v); err != nil {"},
		{"live/socket.go", "\ts.unsubscribe(x.topic.name)\n\tkind := KindDenied", "\tkind := KindDenied"},
		{"live/socket.go", "return x.open && !x.news", "return !x.news"},
	}, "^TestLeak$/^Presence$", "the name of a member of a closed room"},
	{"rights of open pages", []edit{{"live/live.go", "if p := l.persons[id]; p != nil {\n\t\t\tp.changed()\n\t\t}", "if l.persons[id] != nil {\n\t\t\treturn\n\t\t}"}}, "^TestRevoked$/^Suspended$", "does not end within a second"},
	{"what somebody follows", []edit{{"discuss/news.go", "if n.Space, p.v, err = p.s.enter(ctx, p.v, hub.ActRead, space); err != nil {", "if n.Space, _, err = store.Load[Space](ctx, p.s.Store, spaces, space); err != nil {"}}, as("moderator", "Routes"), "of a closed room"},
	{"own data", []edit{{"discuss/own.go", "store.Query{Index: \"author\", Equal: [][]store.Value{{person}}}", "store.Query{Index: \"held\"}"}}, as("stakeholder", "OwnData"), ""},
	{"requests to join", []edit{
		{"people/request.go", "\tif err := s.Door.May(v, hub.ActList, access.Object{Kind: access.Report}, s.Now()); err != nil {\n\t\treturn nil, err\n\t}\n", ""},
		{"desk/desk.go", "\tif !s.May(v) {\n\t\treturn hub.ErrNotFound\n\t}\n", ""},
		{"desk/item.go", "found, err := x.from(ctx, s, v)\n\t\tif err != nil {\n\t\t\treturn nil, err\n\t\t}\n", "found, _ := x.from(ctx, s, v)\n"},
		{"desk/item.go", "if _, p.Elsewhere, err = s.Talk.Reported(ctx, v, mostOfKind); err != nil {", "if _, p.Elsewhere, err = s.Talk.Reported(ctx, v, mostOfKind); f.Limit < 0 {"},
	}, as("stakeholder", "Routes"), ""},
	{"reports from spaces that a moderator does not read", []edit{{"discuss/keep.go", "if k.Space, k.Thread, err = s.ThreadOf(ctx, v, p.Thread); err != nil {", "k.Thread, err = s.thread(ctx, p.Thread)\n\tif k.Space.Slug = k.Thread.Space; err != nil {"}}, as("moderator", "Routes"), "report of a closed space of a gone room|of a closed room"},
	{"seats of a mechanism", []edit{{"people/seat.go", "err := s.Door.May(v, hub.ActRead, own(m), s.Now())\n\tif err != nil && v.Role", "var err error\n\tif err != nil && v.Role"}}, as("stakeholder", "Routes"), "of a mechanism person"},
	{"notes of a seat", []edit{{"people/seat.go", "return s.Door.May(v, hub.ActRead, own(m), s.Now()) == nil", "return true"}}, as("moderator", "Routes"), "the note of a own person"},
	{"roster of experts", []edit{{"people/roster.go", "if !x.shown() || s.Door.May(v, hub.ActRead, x.object(), s.Now()) != nil {", "if !x.shown() {"}}, as("stakeholder", "Routes"), "of a network person"},
	{"lists of collections", []edit{{"shelf/collection.go", "if fits(c) && s.Door.May(v, hub.ActList, c.object(), now) == nil {", "if fits(c) && !now.IsZero() {"}}, as("visitor", "Routes"), ""},
	{"page of a collection", []edit{{"shelf/collection.go", "\tif err := s.Door.May(v, hub.ActRead, c.object(), s.Now()); err != nil {\n\t\treturn Collection{}, err\n\t}\n", ""}}, as("visitor", "Routes"), ""},
	{"mails", []edit{{"notify/notify.go", "if thread == \"\" && n.Space.Tier.Open() && len", "if len"}}, "^TestLeak$/^Disk$", "a mail " + shown},
	{"digests", []edit{{"notify/notify.go", "n.Space.Tier.Open() && ", ""}}, "internal/letters:^TestDigest$", "--- FAIL"},
	{"log", []edit{{"site/guard.go", "slog.String(\"route\", c.Route().Path)", "slog.String(\"route\", c.OriginalURL())"}}, "^TestLeak$/^Log$", "the log " + shown},
	{"rights of a program", []edit{{"member/apitoken.go", "Role: hub.RoleStakeholder}", "Role: p.Role, Mechanism: p.Mechanism}"}}, "^TestLeak$/^Program$/^Routes$", ""},
	{"pages that are kept for the public", []edit{{"site/kept.go", "\tif hasSession(c) {\n\t\tc.Set(fiber.HeaderCacheControl, \"private, no-store\")\n\t\treturn c.Next()\n\t}\n", ""}}, "^TestCacheOrder$", "the public gets a member's page"},
	{"whose a kept page is", []edit{{"site/kept.go", "\th.Set(fiber.HeaderVary, \"Accept-Encoding, Cookie\")\n", ""}}, "^TestCacheOrder$", "Vary"},
	{"pages that nobody keeps", []edit{
		{"site/kept.go", "\t\tc.Set(fiber.HeaderCacheControl, \"private, no-store\")\n", ""},
		{"site/guard.go", "\tc.Set(fiber.HeaderCacheControl, \"private, no-store\")\n\tviewer", "\tviewer"},
	}, "^TestCacheOrder$", "Cache-Control"},
}

// TestProof takes out one guard after the other and demands that the crawl
// notices. It runs for make proof alone.
func TestProof(t *testing.T) {
	if os.Getenv("HUB_TEST_PROOF") == "" {
		t.Skip("make proof runs it")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range guards {
		t.Run(strings.ReplaceAll(g.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			overlay := g.overlay(t)
			pkg, tests, other := strings.Cut(g.notices, ":")
			c := exec.Command("go", "test", "-count=1", "-overlay", overlay, "-run", tests, "nmirfhub/"+pkg)
			if !other {
				bin, err := build(filepath.Base(t.Name()), "0", "-overlay", overlay)
				if err != nil {
					t.Fatal(err)
				}
				defer os.Remove(bin)
				c = exec.Command(self, "-test.run", g.notices)
				c.Env = append(os.Environ(), "HUB_TEST_PROGRAM="+bin, "HUB_TEST_PROOF=")
			}
			said, err := c.CombinedOutput()
			want := g.saying
			if want == "" {
				want = shown
			}
			seen := regexp.MustCompile(want).FindString(string(said))
			if err == nil || seen == "" {
				t.Errorf("%s: the tests do not notice that it is gone: %v\n%.3000s", g.name, err, said)
			}
			t.Logf("%s", seen)
		})
	}
}

// overlay writes what the build needs to leave the guard out, and returns the
// file that says so.
func (g guard) overlay(t *testing.T) string {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	for _, e := range g.out {
		file, err := filepath.Abs(filepath.Join("..", e.file))
		if err != nil {
			t.Fatal(err)
		}
		at := file
		if replace[file] != "" {
			at = replace[file]
		}
		source, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), e.text); n != 1 {
			t.Fatalf("%s: the guard stands %d times in %s: say in guards how it reads now:\n%s", g.name, n, e.file, e.text)
		}
		replace[file] = filepath.Join(dir, strings.ReplaceAll(e.file, "/", "-"))
		if err := os.WriteFile(replace[file], []byte(strings.Replace(string(source), e.text, e.instead, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
