// Package archtest holds the house together: who may import whom, and who may
// touch what, with the reason.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "nmirfhub/"

// layer is a row of the package map: packages, what of the module they may
// import, and why.
type layer struct {
	packages, may []string
	why           string
}

// Patterns end in "*" where a folder with all below is meant.
var layers = []layer{
	{[]string{"internal/hub"}, nil, "the vocabulary stands in the middle and knows nobody"},
	{[]string{"internal/i18n"}, []string{"internal/hub"}, "words need the languages only"},
	{[]string{"internal/markup"}, []string{"internal/hub"}, "Markdown to safe HTML needs nothing of the hub but its errors"},
	{[]string{"internal/differ"}, nil, "in which words two texts differ is a plain function"},
	{[]string{"internal/store"}, []string{"internal/hub"}, "a port knows no driver"},
	{[]string{"internal/store/storetest"}, []string{"internal/hub", "internal/store"}, "a contract speaks of the port only"},
	{[]string{"internal/store/sqlite", "internal/store/mongo"}, []string{"internal/hub", "internal/store"}, "adapters never import each other"},
	{[]string{"internal/access"}, []string{"internal/hub", "internal/store"}, "the door stands between services and ports"},
	{[]string{"internal/search/words"}, []string{"internal/hub"}, "cutting and stemming words is for the index, the question and the marks alike"},
	{[]string{"internal/search"}, []string{"internal/hub", "internal/search/words"}, "a port knows no engine"},
	{[]string{"internal/search/searchtest"}, []string{"internal/hub", "internal/search"}, "a contract speaks of the port only"},
	{[]string{"internal/search/bleve", "internal/search/meili"}, []string{"internal/hub", "internal/search", "internal/search/words"}, "adapters never import each other"},
	{[]string{"internal/finder"}, []string{"internal/hub", "internal/access", "internal/discuss", "internal/store", "internal/record", "internal/search", "internal/search/words", "internal/shelf", "internal/vocabulary"}, "it asks the index and reads what it found through the records and the spaces"},
	{[]string{"internal/record"}, []string{"internal/hub", "internal/access", "internal/store"}, "the lifecycle reads through the door and writes through the port"},
	{[]string{"internal/library", "internal/practice", "internal/mechanism", "internal/toolkit", "internal/system", "internal/event", "internal/network"},
		[]string{"internal/hub", "internal/record"}, "a kind adds to the record and knows no other kind"},
	{[]string{"internal/member"}, []string{"internal/hub", "internal/store"}, "who the viewer is must be known before the door opens"},
	{[]string{"internal/openid"}, []string{"internal/hub"}, "a provider vouches for an address; who that is, it is not told"},
	{[]string{"internal/audit"}, []string{"internal/hub", "internal/store"}, "the record of acts asks nobody whether it may be written"},
	{[]string{"internal/mail"}, []string{"internal/hub", "internal/store"}, "an outbox is kept in the store; what carries mail on is an adapter"},
	{[]string{"internal/mail/wire"}, []string{"internal/hub", "internal/mail"}, "adapters import their port and the vocabulary"},
	{[]string{"internal/people"}, []string{"internal/hub", "internal/access", "internal/audit", "internal/store", "internal/member", "internal/mail", "internal/question"}, "accounts are member's; who gets one, and which seat they hold, is decided here"},
	{[]string{"internal/discuss"}, []string{"internal/hub", "internal/access", "internal/audit", "internal/markup", "internal/member", "internal/store"}, "talk asks the door for the space, and knows no records"},
	{[]string{"internal/bus"}, []string{"internal/hub"}, "a port knows no driver"},
	{[]string{"internal/bus/bustest", "internal/bus/nats"}, []string{"internal/hub", "internal/bus"}, "adapters import their port and the vocabulary"},
	{[]string{"internal/live"}, []string{"internal/hub", "internal/bus"}, "sockets know numbers; the content is handed to them"},
	{[]string{"internal/notify"}, []string{"internal/hub", "internal/discuss", "internal/mail", "internal/member"}, "it tells what the services know, to those who may know it"},
	{[]string{"internal/desk"}, []string{"internal/hub", "internal/access", "internal/audit", "internal/store", "internal/record", "internal/discuss", "internal/people", "internal/member"}, "it gathers what waits in the services, each of which says who may see it"},
	{[]string{"internal/trial"}, []string{"internal/hub", "internal/access", "internal/audit", "internal/store", "internal/question", "internal/record", "internal/vocabulary"}, "who is asked which questions is kept beside them; what became of those is counted over the records"},
	{[]string{"internal/letters"}, []string{"internal/contribute", "internal/hub", "internal/i18n", "internal/mail", "internal/notify", "internal/people"}, "what mails say is kept apart from why they are sent"},
	{[]string{"internal/vocabulary"}, []string{"internal/hub"}, "codes and names are read-only data"},
	{[]string{"internal/question"}, []string{"internal/hub", "internal/vocabulary"}, "questionnaires are read-only data, and answers plain functions"},
	{[]string{"internal/contribute"}, []string{"internal/hub", "internal/access", "internal/mail", "internal/question", "internal/record"}, "it writes answers into records, through their life"},
	{[]string{"internal/pace"}, []string{"internal/hub"}, "counting needs a clock only"},
	{[]string{"internal/charset"}, nil, "guessing an encoding needs the text only"},
	{[]string{"internal/bibliography"}, []string{"internal/charset", "internal/exchange"}, "reading what other programs write of publications is plain functions; exchange says what a citation is"},
	{[]string{"internal/shelf"}, []string{"internal/access", "internal/audit", "internal/hub", "internal/record", "internal/store"}, "lists and collections hold ids of records, which are read through their door"},
	{[]string{"internal/intake"}, []string{"internal/access", "internal/bibliography", "internal/blob", "internal/contribute", "internal/exchange", "internal/extract", "internal/hub", "internal/library", "internal/question", "internal/record", "internal/store"},
		"publications that are brought become records, through their life; what is there already is read through the door"},
	{[]string{"internal/sheet"}, []string{"internal/charset", "internal/hub", "internal/question", "internal/vocabulary"}, "questionnaires as spreadsheets are plain functions"},
	{[]string{"internal/exchange"}, []string{"internal/hub"}, "citation formats are plain functions"},
	{[]string{"internal/seeding"}, []string{"internal/hub", "internal/record", "internal/vocabulary", "internal/library", "internal/practice", "internal/mechanism", "internal/toolkit", "internal/system", "internal/event", "internal/network"},
		"shipped content becomes records of every kind"},
	{[]string{"internal/problem"}, []string{"internal/hub"}, "one table of errors for every delivery"},
	{[]string{"web"}, nil, "embedded files only"},
	{[]string{"web/layout", "web/part", "web/page/*"}, []string{"internal/hub", "internal/i18n", "internal/markup", "web/layout", "web/part", "web/page/home", "web/page/contribute"}, "components get what they show, and ask nobody"},
	{[]string{"internal/site"}, []string{"internal/audit", "internal/hub", "internal/i18n", "internal/markup", "internal/exchange", "internal/problem", "internal/contribute", "internal/differ", "internal/desk", "internal/discuss", "internal/file", "internal/finder", "internal/intake", "internal/live", "internal/member", "internal/notify", "internal/openid", "internal/pace", "internal/people", "internal/question", "internal/record", "internal/sheet", "internal/trial", "internal/shelf", "internal/vocabulary",
		"internal/library", "internal/practice", "internal/mechanism", "internal/toolkit", "internal/system", "internal/event", "internal/network", "web", "web/*"}, "delivery asks services, never a store or the policy"},
	{[]string{"internal/api"}, []string{"internal/contribute", "internal/differ", "internal/discuss", "internal/exchange", "internal/hub", "internal/markup", "internal/pace", "internal/problem", "internal/question", "internal/record", "internal/finder", "internal/vocabulary"}, "delivery asks services, never a store or the policy"},
	{[]string{"internal/blob"}, []string{"internal/hub"}, "a port knows no engine"},
	{[]string{"internal/blob/blobtest", "internal/blob/disk"}, []string{"internal/hub", "internal/blob"}, "adapters import their port and the vocabulary"},
	{[]string{"internal/file"}, []string{"internal/hub", "internal/record", "internal/blob", "internal/extract"}, "files belong to records and are read through them"},
	{[]string{"internal/extract"}, []string{"internal/hub"}, "reading hostile files knows nothing of records"},
	{[]string{"internal/load"}, []string{"internal/hub", "internal/access", "internal/audit", "internal/discuss", "internal/member", "internal/store", "internal/store/mongo", "internal/store/sqlite", "policies"}, "it makes a hub to be measured, from outside but for its accounts"},
	{[]string{"policies", "seed"}, nil, "data"},
	{[]string{"cmd/*", "internal/walk"}, []string{"*"}, "wiring joins all; the walks drive the whole program"},
	{[]string{"internal/archtest"}, []string{"internal/hub"}, "this test"},
}

// outside says which modules only certain packages may import.
var outside = []struct {
	prefix string
	only   []string
	why    string
}{
	{"modernc.org/sqlite", []string{"internal/store/sqlite"}, "one adapter for one driver"},
	{"go.mongodb.org/", []string{"internal/store/mongo"}, "one adapter for one driver"},
	{"github.com/blevesearch/bleve/v2/analysis/lang/", []string{"internal/search/words"}, "words are cut and stemmed in one place"},
	{"github.com/blevesearch/snowballstem", []string{"internal/search/words"}, "words are cut and stemmed in one place"},
	{"github.com/blevesearch/", []string{"internal/search/bleve", "internal/search/words"}, "one adapter for one engine"},
	{"github.com/meilisearch/", []string{"internal/search/meili"}, "one adapter for one engine"},
	{"github.com/klippa-app/", []string{"internal/extract"}, "hostile files are read in one place"},
	{"github.com/tetratelabs/", []string{"internal/extract"}, "hostile files are read in one place"},
	{"github.com/xuri/", []string{"internal/sheet"}, "spreadsheets are written in one place"},
	{"github.com/wneessen/go-mail", []string{"internal/mail/wire"}, "one adapter for one driver"},
	{"github.com/coreos/go-oidc", []string{"internal/openid"}, "one adapter for one protocol"},
	{"golang.org/x/oauth2", []string{"internal/openid"}, "one adapter for one protocol"},
	{"github.com/nats-io/", []string{"internal/bus/nats", "internal/load"}, "one adapter for one driver"},
	{"github.com/casbin/", []string{"internal/access"}, "access is decided in one place"},
	{"github.com/gofiber/", []string{"internal/site", "internal/api", "cmd/*"}, "Fiber ends at the handler"},
	{"github.com/valyala/", []string{"internal/site", "internal/api", "internal/load", "cmd/*"}, "Fiber ends at the handler; who measures needs a client that costs little"},
	{"github.com/yuin/goldmark", []string{"internal/markup"}, "raw HTML is made in one place"},
	{"github.com/microcosm-cc/bluemonday", []string{"internal/markup"}, "raw HTML is made in one place"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImportsGoDownOnly(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		l, ok := layerOf(name)
		if !ok {
			t.Errorf("%s stands in no layer: give it a row in layers with a reason", name)
			continue
		}
		for _, i := range p.Imports {
			if complaint := wrong(name, l, i); complaint != "" {
				t.Error(complaint)
			}
		}
	}
}

// TestImportRuleFinds proves that the rule would find what it is there for.
func TestImportRuleFinds(t *testing.T) {
	for _, c := range []struct{ name, from, imports string }{
		{"HandlerReadsStore", "internal/site", module + "internal/store"},
		{"HandlerAsksPolicy", "internal/site", module + "internal/access"},
		{"AdapterImportsAdapter", "internal/store/mongo", module + "internal/store/sqlite"},
		{"ComponentAsksService", "web/page/home", module + "internal/record"},
		{"ServiceKnowsFiber", "internal/record", "github.com/gofiber/fiber/v2"},
		{"KindKnowsKind", "internal/practice", module + "internal/mechanism"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, ok := layerOf(c.from)
			if !ok || wrong(c.from, l, c.imports) == "" {
				t.Errorf("%s imports %s and nobody complains", c.from, c.imports)
			}
		})
	}
}

func layerOf(name string) (layer, bool) {
	for _, l := range layers {
		if matches(l.packages, name) {
			return l, true
		}
	}
	return layer{}, false
}

func wrong(name string, l layer, imported string) string {
	if own, ok := strings.CutPrefix(imported, module); ok {
		if !matches(l.may, own) {
			return name + " may not import " + own + ": " + l.why
		}
		return ""
	}
	for _, o := range outside {
		if strings.HasPrefix(imported, o.prefix) && !matches(o.only, name) {
			return name + " may not import " + imported + ": " + o.why
		}
	}
	return ""
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if folder, all := strings.CutSuffix(p, "*"); all {
			return strings.HasPrefix(name+"/", folder)
		}
		return path.Clean(p) == name
	})
}
