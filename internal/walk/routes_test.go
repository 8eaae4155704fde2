package walk

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// places says what may stand in the variable places of routes: by the segment
// before and the place, "thread/:id", or by the place alone, ":slug".
type places map[string][]string

func (x places) add(place string, values ...string) {
	for _, v := range values {
		if !slices.Contains(x[place], v) {
			x[place] = append(x[place], v)
		}
	}
}

// usual are the places that need nothing of the closed content.
func usual() places {
	return places{
		":lang<len(2)>": {"en", "fr", "ar"}, ":kind": {"publication", "practice", "mechanism", "resource", "system", "event", "network", "expert"},
		":rev": {"1", "2"}, ":seq": {"1", "2", "4", "5"}, ":number": {"1", "2"}, ":code": {"silos"}, ":iso3": {"mda", "TUV", "nru"},
		":token": {"no-such-token"}, ":name": {"x", "cover.jpg"}, ":section": {"gist", "start", "work"}, ":version": {"1", "2"},
	}
}

var (
	underFiles  = regexp.MustCompile(`^/files/([^/]+)/`)
	contributed = regexp.MustCompile(`/contribute/([a-z0-9]{26})`)
	talkedAt    = regexp.MustCompile(`/discuss/([^/?]+)(?:/([^/?]+))?`)
	imported    = regexp.MustCompile(`/contribute/import/([^/?]+)`)
	listedAt    = regexp.MustCompile(`/account/lists/([a-z0-9]{26})`)
	talkedByID  = regexp.MustCompile(`/threads/([^/?]+)/`)
)

// fill notes where closed records stand, and what else the addresses name that
// who may read it goes to.
func (x places) fill(slugs map[string][]string, direct []string) {
	for _, kind := range slugs {
		x.add(":slug", kind...)
	}
	for _, at := range direct {
		if m := underFiles.FindStringSubmatch(at); m != nil {
			x.add("files/:id", m[1])
		}
		if m := contributed.FindStringSubmatch(at); m != nil {
			x.add("contribute/:id", m[1])
			x.add("experts/:id", m[1])
		}
		if m := imported.FindStringSubmatch(at); m != nil {
			x.add("import/:import", m[1])
		}
		if m := listedAt.FindStringSubmatch(at); m != nil {
			x.add("lists/:id", m[1])
		}
		if m := talkedAt.FindStringSubmatch(at); m != nil {
			x.add("discuss/:space", m[1])
			x.add("spaces/:space", m[1])
			if m[2] != "" && m[2] != "new" {
				x.add(":space/:thread", m[2])
			}
		}
		if m := talkedByID.FindStringSubmatch(at); m != nil {
			x.add("thread/:id", m[1])
			x.add("threads/:thread", m[1])
		}
	}
}

// of are the addresses of a route. None where nothing is known to stand in one
// of its places, which it names.
func (x places) of(route string) (all []string, missing string) {
	all = []string{""}
	before := ""
	for i, part := range strings.Split(route, "/") {
		values := []string{part}
		if strings.HasPrefix(part, ":") {
			if values = x[before+"/"+part]; values == nil {
				values = x[part]
			}
			if values == nil {
				return nil, before + "/" + part
			}
		}
		var next []string
		for _, at := range all {
			for _, v := range values {
				if i > 0 {
					next = append(next, at+"/"+v)
				} else {
					next = append(next, v)
				}
			}
		}
		all, before = next, part
	}
	return all, ""
}

// addresses are every route with all that may stand in it, and lists asked for
// every closed value. A route that is new is crawled by itself, or fails the
// test: it says what must be told of it.
func addresses(t *testing.T, known places) []string {
	t.Helper()
	var all []string
	for _, route := range routes(t) {
		if strings.HasPrefix(route, "/assets/") {
			continue
		}
		at, missing := known.of(route)
		if missing != "" {
			t.Errorf("the crawl does not see %s: say in places what closed things may stand in %s", route, missing)
		}
		for _, a := range at {
			all = append(all, a)
			if strings.HasSuffix(route, "/:slug") && strings.HasPrefix(a, "/en/") {
				for _, ending := range []string{".bib", ".ris", ".csl.json", ".md"} {
					all = append(all, a+ending)
				}
			}
		}
	}
	for _, q := range []string{"", "&lang=fr", "&kind=practice", "&kind=mechanism", "&theme=data", "&year=2033", "&state=TUV", "&state=NRU", "&publisher=x", "&cursor=practice."} {
		all = append(all, "/api/v1/records?limit=100"+q)
	}
	for _, list := range []string{"/library", "/practices", "/mechanisms", "/toolkit", "/systems", "/events"} {
		for _, q := range []string{"?year=2033", "?state=TUV", "?state=NRU", "?theme=data", "?type=ad-hoc", "?sort=title", "?q=parliament"} {
			all = append(all, "/en"+list+q)
		}
	}
	return append(all, "/en/mechanisms/compare?s=TUV,NRU", "/fr/mechanisms/compare?s=NRU")
}

// TestRoutesAreCrawled proves that a route of which nothing is known would be
// missed aloud.
func TestRoutesAreCrawled(t *testing.T) {
	known := usual()
	known.add("thread/:id", "abc")
	for _, c := range []struct{ route, want, missing string }{
		{"/:lang<len(2)>/thread/:id", "/en/thread/abc /fr/thread/abc /ar/thread/abc", ""}, {"/healthz", "/healthz", ""},
		{"/:lang<len(2)>/secret/:id", "", "secret/:id"}, {"/rooms/:room", "", "rooms/:room"}, {"/s/:token", "/s/no-such-token", ""},
	} {
		got, missing := known.of(c.route)
		if strings.Join(got, " ") != c.want || missing != c.missing {
			t.Errorf("%s: %v, missing %q", c.route, got, missing)
		}
	}
}

// asOthers asks for an address, the nth, in the ways that browsers and programs
// have beside the plain one: the public in all, the others in one way after the
// other, and at a file in all.
func (p *person) asOthers(t *testing.T, at string, n int) map[string]answer {
	t.Helper()
	answers := map[string]answer{}
	if strings.HasPrefix(at, "/fr/") || strings.HasPrefix(at, "/ar/") {
		return answers
	}
	ways := []func(){
		func() { answers["HEAD "+at] = p.ask(t, http.MethodHead, at, nil, nil) },
		func() { answers["OPTIONS "+at] = p.ask(t, http.MethodOptions, at, nil, nil) },
		func() {
			answers["a part of "+at] = p.ask(t, http.MethodGet, at, nil, http.Header{"Range": {"bytes=0-199"}})
		},
		func() {
			answers["again "+at] = p.ask(t, http.MethodGet, at, nil, http.Header{"If-None-Match": {`"x", *`}, "If-Modified-Since": {"Thu, 01 Jan 2026 00:00:00 GMT"}})
		},
	}
	for i, ask := range ways {
		if p.name == "" || strings.HasPrefix(at, "/files/") || i == (n+len(p.name))%len(ways) {
			ask()
		}
	}
	return answers
}
