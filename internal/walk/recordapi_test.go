package walk

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	vocab "nmirfhub/internal/hub"
)

// described is the description of the API, as the hub gives it.
type described struct {
	doc      any
	compiler *jsonschema.Compiler
}

const descriptionAt = "https://hub.example/openapi.json"

// description asks the hub for it.
func (s *site) description(t *testing.T) *described {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(s.as(t, "").get(t, "/api/v1/openapi.json").body))
	if err != nil {
		t.Fatal(err)
	}
	d := &described{doc, jsonschema.NewCompiler()}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(descriptionAt, doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows a way through the description and returns the pointer at which it
// ends, references followed.
func (d *described) at(way ...string) (string, any) {
	pointer, here := "", d.doc
	for _, part := range way {
		m, _ := here.(map[string]any)
		if here = m[part]; here == nil {
			return "", nil
		}
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part)
		if m, is := here.(map[string]any); is {
			if ref, is := m["$ref"].(string); is {
				pointer, here = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
		}
	}
	return pointer, here
}

// fits fails when an answer has not the shape that is described for it.
func (d *described) fits(t *testing.T, method, path string, a answer) {
	t.Helper()
	if a.status == http.StatusNotModified {
		return
	}
	way := []string{"paths", path, strings.ToLower(method), "responses", strconv.Itoa(a.status)}
	if p, _ := d.at(way...); p == "" {
		way[4] = "default"
	}
	if a.status < 400 && way[4] == "default" {
		t.Errorf("%s %s: %d is not described", method, path, a.status)
		return
	}
	mime, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	pointer, _ := d.at(append(way, "content", mime, "schema")...)
	if pointer == "" {
		t.Errorf("%s %s: %d as %s is not described", method, path, a.status, mime)
		return
	}
	if mime == "text/csv" {
		return
	}
	schema, err := d.compiler.Compile(descriptionAt + "#" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(a.body))
	if err == nil {
		err = schema.Validate(body)
	}
	if err != nil {
		t.Errorf("%s %s: %d does not fit: %v\n%.600s", method, path, a.status, err, a.body)
	}
}

const (
	recordPath = "/records/{kind}/{slug}"
	recordsAt  = "/api/v1/records/practice"
)

// practiceAnswers are answers to every question of a practice, with a word in
// all that is text, as a program sends them.
func practiceAnswers(t *testing.T, word string) map[string]json.RawMessage {
	t.Helper()
	set, words := asked(t, vocab.Practice)
	all := map[string]json.RawMessage{}
	for _, q := range set.All() {
		values := sample(q, words, word)
		if a := q.Read(func(field string) []string { return values[field] }); a != nil && q.At != "title" {
			all[q.Code] = a
		}
	}
	return all
}

func practiceJSON(t *testing.T, title string, given map[string]json.RawMessage) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"title": title, "lang": "en", "answers": given})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// gotRecord is what the tests look at in a record.
type gotRecord struct {
	ID, Slug, Status, Title, Of string
	Rev                         int64
	Acts, Closed                []string
	Answers                     map[string]map[string]json.RawMessage
}

func recordOf(t *testing.T, a answer) gotRecord {
	t.Helper()
	var r gotRecord
	if err := json.Unmarshal([]byte(a.body), &r); err != nil || r.ID == "" {
		t.Fatalf("no record: %d %s", a.status, a.body)
	}
	if want := `"` + strconv.FormatInt(r.Rev, 10) + `"`; a.header.Get("ETag") != want {
		t.Errorf("revision %d has the tag %s", r.Rev, a.header.Get("ETag"))
	}
	return r
}

// TestRecordAPI: a program writes a practice, its mechanism clears it, a
// moderator publishes it, and it is on the pages; at each step only who may
// sees it, and who may not gets what one gets for nothing.
func TestRecordAPI(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	d := s.description(t)
	member, coordinator, moderator, other, public := s.as(t, "member"), s.as(t, "coordinator"), s.as(t, "moderator"), s.as(t, "member2"), s.as(t, "")
	given := practiceAnswers(t, "wagtail")
	body := practiceJSON(t, "Two people on every desk", given)

	begun := member.send(t, recordsAt, "k1", body)
	d.fits(t, "POST", "/records/{kind}", begun)
	draft := recordOf(t, begun)
	at := recordsAt + "/" + draft.ID
	if begun.status != http.StatusCreated || begun.header.Get("Location") != at || draft.Status != "draft" || draft.Slug != draft.ID {
		t.Fatalf("%d at %s: %s", begun.status, begun.header.Get("Location"), begun.body)
	}
	for code, a := range given {
		var got string
		for _, x := range draft.Answers[code] {
			got = string(x)
		}
		if !sameJSON(got, string(a)) {
			t.Errorf("%s is %s, sent was %s", code, got, a)
		}
	}
	if again := member.send(t, recordsAt, "k1", body); again.status != begun.status || again.body != begun.body {
		t.Errorf("sent twice: %d %s", again.status, again.body)
	}
	if a := member.send(t, recordsAt, "k1", practiceJSON(t, "Something else", given)); a.status != http.StatusBadRequest || !strings.Contains(a.body, "Idempotency-Key") {
		t.Errorf("the key for something else: %d %s", a.status, a.body)
	}

	t.Run("WhoSees", func(t *testing.T) { seesDraft(t, s, d, at) })
	t.Run("Stale", func(t *testing.T) { draft = writesOver(t, d, member, coordinator, at) })

	for _, step := range []struct {
		who         *person
		act, status string
	}{{member, "submit", "clearing"}, {coordinator, "clear", "submitted"}, {moderator, "publish", "published"}} {
		for _, no := range []*person{public, other} {
			if a := no.sendAs(t, "POST", at+"/"+step.act, "", nil); a.status != http.StatusNotFound && no != public || a.status < 400 {
				t.Errorf("%q may %s: %d", no.name, step.act, a.status)
			}
		}
		a := step.who.sendAs(t, "POST", at+"/"+step.act, "", http.Header{"If-Match": {fmt.Sprintf("%q", strconv.FormatInt(draft.Rev, 10))}})
		d.fits(t, "POST", recordPath+"/"+step.act, a)
		if draft = recordOf(t, a); draft.Status != step.status {
			t.Fatalf("%s answers %d: %s", step.act, a.status, a.body)
		}
	}
	if a := moderator.sendAs(t, "POST", at+"/submit", "", nil); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `"field":"status"`) {
		t.Errorf("handed on again: %d %s", a.status, a.body)
	}

	slug := recordsAt + "/" + draft.Slug
	if page := public.get(t, "/en/practices/"+draft.Slug); page.status != http.StatusOK || !strings.Contains(page.body, "wagtail problem") {
		t.Errorf("the page answers %d", page.status)
	}
	for _, p := range []*person{public, other} {
		a := p.get(t, slug)
		d.fits(t, "GET", recordPath, a)
		r := recordOf(t, a)
		for _, code := range []string{"dropped", "results"} {
			if closed := len(r.Answers[code]) > 0; closed != (p == other) {
				t.Errorf("%q sees the %s, for members: %v", p.name, code, closed)
			}
		}
		if len(r.Answers["staff-months"]) == 0 || strings.Contains(a.body, "skipped") {
			t.Errorf("%q does not see what was opened, or what does not apply: %s", p.name, a.body)
		}
		if byID := p.get(t, at); byID.body != a.body {
			t.Errorf("by its id it is %s", byID.body)
		}
	}
	if a := public.get(t, "/api/v1/records?kind=practice&q=people+desk"); !strings.Contains(a.body, draft.ID) {
		t.Errorf("the list: %s", a.body)
	}
	t.Run("Published", func(t *testing.T) { changesPublished(t, s, d, slug, draft) })
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && fmt.Sprint(x) == fmt.Sprint(y)
}

// seesDraft: a draft is its author's, the coordinator's and the moderators';
// for everybody else it answers as what does not exist, whatever is done.
func seesDraft(t *testing.T, s *site, d *described, at string) {
	for name, may := range map[string]bool{"": false, "stakeholder": false, "tbexpert": false, "admin": false, "member2": false, "member": true, "coordinator": true, "moderator": true} {
		p := s.as(t, name)
		for _, end := range []string{"", "/history"} {
			a := p.get(t, at+end)
			d.fits(t, "GET", recordPath+end, a)
			if want := map[bool]int{true: 200, false: 404}[may]; a.status != want {
				t.Errorf("%q gets %d for %s", name, a.status, end)
			}
			if cc := a.header.Get("Cache-Control"); cc != "private, no-store" && (may || name != "") {
				t.Errorf("%q may keep it: %s", name, cc)
			}
			missing := p.get(t, recordsAt+"/0000000000000000000000000a"+end)
			if !may && (plain(missing, "") != plain(a, "") || bare(missing.header) != bare(a.header)) {
				t.Errorf("%q: forbidden is %v %s, missing %v %s", name, a.header, a.body, missing.header, missing.body)
			}
		}
		if may || name == "" {
			continue
		}
		for _, act := range []string{"submit", "clear", "publish", "return", "archive", "confirm", "revise"} {
			a, missing := p.sendAs(t, "POST", at+"/"+act, `{"note":"x"}`, nil), p.sendAs(t, "POST", recordsAt+"/none/"+act, `{"note":"x"}`, nil)
			if a.status != http.StatusNotFound || a.body != missing.body {
				t.Errorf("%q may %s: %d %s", name, act, a.status, a.body)
			}
		}
		if a := p.sendAs(t, "PUT", at, `{"lang":"en","title":"Mine now"}`, http.Header{"If-Match": {`"1"`}}); a.status != http.StatusNotFound {
			t.Errorf("%q may write: %d", name, a.status)
		}
	}
}

// bare are headers without what differs from answer to answer.
func bare(h http.Header) string {
	h = maps.Clone(h)
	h.Del("Date")
	h.Del("X-Request-Id")
	return fmt.Sprint(h)
}

// writesOver: of two who write into one revision the second changes nothing
// and gets both texts.
func writesOver(t *testing.T, d *described, member, coordinator *person, at string) gotRecord {
	put := func(p *person, match, body string) answer {
		h := http.Header{}
		if match != "" {
			h.Set("If-Match", match)
		}
		a := p.sendAs(t, "PUT", at, body, h)
		d.fits(t, "PUT", recordPath, a)
		return a
	}
	tag := member.get(t, at).header.Get("ETag")
	if a := put(member, "", `{"lang":"en","answers":{"problem":"Mine."}}`); a.status != http.StatusPreconditionRequired {
		t.Errorf("without If-Match: %d %s", a.status, a.body)
	}
	mine := put(member, tag, `{"lang":"en","answers":{"problem":"Theirs stays."},"closed":{"problem":true}}`)
	if r := recordOf(t, mine); mine.status != 200 || !slices.Contains(r.Closed, "problem") {
		t.Fatalf("%d %s", mine.status, mine.body)
	}
	stale := put(coordinator, tag, `{"lang":"en","answers":{"problem":"Hers is lost?"}}`)
	if stale.status != http.StatusPreconditionFailed || !strings.Contains(stale.body, "Theirs stays.") || !strings.Contains(stale.body, "Hers is lost?") {
		t.Errorf("stale: %d %s", stale.status, stale.body)
	}
	for _, x := range []string{`"1`, "1", `W/"2"`, `"x"`, `"-1"`} {
		if a := put(member, x, `{"lang":"en","title":"No"}`); a.status != 400 && a.status != 412 {
			t.Errorf("If-Match %s: %d %s", x, a.status, a.body)
		}
	}
	for name, c := range map[string]struct {
		body   string
		status int
		holds  string
	}{
		"WrongType":     {`{"lang":"en","answers":{"stage":5,"problem":"x"}}`, 422, `"question":"stage"`},
		"NoChoice":      {`{"lang":"en","answers":{"stage":"none such"}}`, 422, `"choices":["`},
		"Unknown":       {`{"lang":"en","answers":{"shoe-size":"43"}}`, 422, `"field":"shoe-size"`},
		"Cell":          {`{"lang":"en","answers":{"steps":[{"step":"a","days":3},{"who":"b"}]}}`, 422, `"row":1`},
		"Column":        {`{"lang":"en","answers":{"steps":[{"step":"a","foot":"b"}]}}`, 422, `"column":"foot"`},
		"TwoThings":     {`{"lang":"en","tier":"moderation","answers":{"stage":"x","shoe-size":"43"}}`, 422, `"field":"tier"`},
		"TitleTwice":    {`{"lang":"en","title":"a","answers":{"title":"b"}}`, 422, `"field":"title"`},
		"NoTitle":       {`{"lang":"en","answers":{"title":null}}`, 422, `"reason":"required"`},
		"CannotClose":   {`{"lang":"en","closed":{"title":true}}`, 422, `"question":"title"`},
		"Language":      {`{"lang":"tlh","title":"a"}`, 422, `"field":"lang"`},
		"UnknownKey":    {`{"lang":"en","rev":1}`, 400, `"field":"body"`},
		"OtherCase":     {`{"lang":"en","Title":"a"}`, 400, `"field":"body"`},
		"Twice":         {`{"lang":"en","answers":{"stage":"a","stage":"b"}}`, 400, `"field":"body"`},
		"MistypedKey":   {`{"lang":"en","title":["a"]}`, 400, `"field":"title"`},
		"NotJSON":       {`lang=en`, 400, `"field":"body"`},
		"TooLarge":      {`{"lang":"en","title":"` + strings.Repeat("a", 257<<10) + `"}`, 413, `"field":"body"`},
		"LongTitle":     {`{"lang":"en","title":"` + strings.Repeat("a", 600) + `"}`, 422, `"limit":`},
		"ControlSigns":  {`{"lang":"en","title":"a\u0000b"}`, 422, `"question":"title"`},
		"NestedBeyond":  {`{"lang":"en","answers":{"steps":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, 400, `"field":"body"`},
		"OperatorsInIt": {`{"lang":"en","answers":{"problem":{"$ne":""}}}`, 422, `"question":"problem"`},
	} {
		t.Run(name, func(t *testing.T) {
			if a := put(member, mine.header.Get("ETag"), c.body); a.status != c.status || !strings.Contains(a.body, c.holds) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	now := recordOf(t, member.get(t, at))
	if now.Rev != recordOf(t, mine).Rev {
		t.Error("what is wrong was written in part")
	}
	last := put(coordinator, mine.header.Get("ETag"), `{"lang":"en","answers":{"problem":"wagtail problem"},"closed":{"problem":false,"staff-months":false,"results":true},"skipped":{"trigger":true}}`)
	if last.status != 200 {
		t.Fatalf("%d %s", last.status, last.body)
	}
	return recordOf(t, last)
}

// changesPublished: a published record is changed through a draft, confirmed,
// and withdrawn by its mechanism, with the rights of the pages.
func changesPublished(t *testing.T, s *site, d *described, slug string, was gotRecord) {
	member, coordinator, moderator, public := s.as(t, "member"), s.as(t, "coordinator"), s.as(t, "moderator"), s.as(t, "")
	tag := public.get(t, slug)
	if tag.header.Get("Cache-Control") != "public, no-cache" || !strings.Contains(tag.header.Get("Vary"), "Cookie") || !strings.Contains(tag.header.Get("Vary"), "Authorization") {
		t.Errorf("the public's copy: %v", tag.header)
	}
	if a := public.ask(t, "GET", slug, nil, http.Header{"If-None-Match": {tag.header.Get("ETag")}}); a.status != http.StatusNotModified || a.body != "" {
		t.Errorf("asked again: %d", a.status)
	}
	for _, p := range []*person{s.as(t, "member2"), s.as(t, "stakeholder")} {
		if a := p.sendAs(t, "PUT", slug, `{"lang":"en","title":"Theirs"}`, http.Header{"If-Match": {"*"}}); a.status != http.StatusForbidden {
			t.Errorf("%q changes what all may read: %d %s", p.name, a.status, a.body)
		}
	}
	made := member.sendAs(t, "PUT", slug, `{"lang":"en","title":"Three people on every desk"}`, http.Header{"If-Match": {tag.header.Get("ETag")}})
	d.fits(t, "PUT", recordPath, made)
	draft := recordOf(t, made)
	if made.status != http.StatusCreated || draft.Of != was.ID || recordOf(t, public.get(t, slug)).Title != "Two people on every desk" {
		t.Fatalf("%d %s", made.status, made.body)
	}
	if a := member.sendAs(t, "POST", slug+"/revise", "", nil); a.status != http.StatusConflict || !strings.Contains(a.body, draft.ID) {
		t.Errorf("a second draft: %d %s", a.status, a.body)
	}
	at := recordsAt + "/" + draft.ID
	if a := moderator.sendAs(t, "POST", at+"/return", `{"note":" "}`, nil); a.status != 422 {
		t.Errorf("returned without a word: %d %s", a.status, a.body)
	}
	for _, step := range []struct {
		who       *person
		act, body string
		status    int
	}{
		{member, "submit", "", 200}, {coordinator, "return", `{"remarks":{"shoe-size":"x"}}`, 422}, {coordinator, "return", `{"note":"Say who.","remarks":{"problem":"Which year?"}}`, 200},
		{member, "submit", "", 200}, {member, "clear", "", 403}, {coordinator, "clear", "", 200}, {coordinator, "publish", "", 403}, {moderator, "publish", "", 200},
	} {
		a := step.who.sendAs(t, "POST", at+"/"+step.act, step.body, nil)
		d.fits(t, "POST", recordPath+"/"+step.act, a)
		if a.status != step.status {
			t.Fatalf("%q: %s answers %d: %s", step.who.name, step.act, a.status, a.body)
		}
		if step.act == "return" && step.status == 200 {
			if b := member.get(t, at).body; !strings.Contains(b, "Which year?") || !strings.Contains(b, "Say who.") {
				t.Errorf("the remarks: %s", b)
			}
		}
	}
	if got := recordOf(t, public.get(t, slug)); got.Title != "Three people on every desk" || got.ID != was.ID {
		t.Errorf("replaced by %+v", got)
	}
	h := coordinator.get(t, slug+"/history")
	d.fits(t, "GET", recordPath+"/history", h)
	if !strings.Contains(h.body, "Three people") || !strings.Contains(h.body, "Two people") {
		t.Errorf("history: %s", h.body)
	}
	if a := member.sendAs(t, "POST", slug+"/confirm", "", nil); a.status != http.StatusForbidden {
		t.Errorf("a member confirms: %d", a.status)
	}
	if a := coordinator.sendAs(t, "POST", slug+"/confirm", "", nil); a.status != 200 {
		t.Errorf("confirm: %d %s", a.status, a.body)
	}
	if a := coordinator.sendAs(t, "POST", slug+"/archive", `{"note":"frogmouth"}`, nil); a.status != 200 {
		t.Errorf("archive: %d %s", a.status, a.body)
	}
	gone := public.get(t, slug)
	d.fits(t, "GET", recordPath, gone)
	if gone.status != http.StatusGone || strings.Contains(gone.body, "frogmouth") {
		t.Errorf("withdrawn: %d %s", gone.status, gone.body)
	}
}

// TestRecordReads: every address that is read fits its description, for
// several persons, and a program with a token sees what a stakeholder sees and
// writes what a stakeholder writes.
func TestRecordReads(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := openWatched(t)
	d := s.description(t)
	for _, name := range []string{"", "member", "moderator"} {
		p := s.as(t, name)
		for path, at := range map[string][]string{
			"/records":          {"", "?limit=3", "?kind=practice&kind=event", "?lang=ar&q=data", "?state=mda", "?limit=0", "?limit=101", "?kind=none", "?cursor=x", "?cursor=practice.x", "?state=x", "?q=" + strings.Repeat("a", 300), "?%ff"},
			"/states":           {"", "?lang=fr", "?lang=tlh"},
			"/questions/{kind}": {"/practice", "/publication", "/mechanism", "/expert", "/none"},
			"/openapi.json":     {""},
			"/mechanisms.csv":   {"", "?lang=ar", ""},
			"/search":           {"?q=data", "?sort=x"},
			"/suggest":          {"?q=par"},
			"/spaces":           {""},
			recordPath:          {"/mechanism/mda", "/mechanism/MDA", "/practice/mda", "/expert/x", "/x/x"},
		} {
			base, _, _ := strings.Cut(path, "/{")
			for i, query := range at {
				a := p.get(t, "/api/v1"+base+query)
				d.fits(t, "GET", path, a)
				if path == "/mechanisms.csv" && (a.status == http.StatusTooManyRequests) != (i == 2) {
					t.Errorf("%q: the table number %d answers %d", name, i+1, a.status)
				}
				if cc := a.header.Get("Cache-Control"); cc != "private, no-store" && (name != "" || cc != "public, no-cache" || a.status >= 400) {
					t.Errorf("%q %s%s: %d Cache-Control %q", name, path, query, a.status, cc)
				}
			}
		}
	}
	t.Run("Pages", func(t *testing.T) { pagesWhole(t, s.as(t, "")) })
	t.Run("Token", func(t *testing.T) { tokenWrites(t, s, d) })
}

// pagesWhole: page by page one gets each record once, across kinds.
func pagesWhole(t *testing.T, p *person) {
	seen := map[string]bool{}
	for at, pages := "/api/v1/records?limit=7", 0; ; pages++ {
		var page struct {
			Items []gotRecord
			Next  string
		}
		if err := json.Unmarshal([]byte(p.get(t, at).body), &page); err != nil || pages > 500 {
			t.Fatal(at, err)
		}
		for _, r := range page.Items {
			if seen[r.ID] {
				t.Errorf("%s comes twice", r.Slug)
			}
			seen[r.ID] = true
		}
		if page.Next == "" {
			break
		}
		if len(page.Items) != 7 {
			t.Errorf("%s has %d records and goes on", at, len(page.Items))
		}
		at = "/api/v1/records?limit=7&cursor=" + page.Next
	}
	sitemap := 0
	for _, k := range []string{"publication", "practice", "mechanism", "resource", "system", "event", "network"} {
		var found struct{ Total int }
		json.Unmarshal([]byte(p.get(t, "/api/v1/search?kind="+k).body), &found)
		sitemap += found.Total
	}
	if len(seen) != sitemap || sitemap < 50 {
		t.Errorf("%d records come, %d are found", len(seen), sitemap)
	}
}

func tokenWrites(t *testing.T, s *site, d *described) {
	out, err := hub(t, s.data, "token", "member@demo.example").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := s.as(t, "")
	ask := func(method, at, body, token string) answer {
		return p.ask(t, method, at, strings.NewReader(body), http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}})
	}
	token := strings.TrimSpace(string(out))
	body := practiceJSON(t, "By a program", practiceAnswers(t, "dunlin"))
	a := ask("POST", recordsAt, body, token)
	d.fits(t, "POST", "/records/{kind}", a)
	draft := recordOf(t, a)
	at := recordsAt + "/" + draft.ID
	if b := ask("POST", at+"/submit", "", token); b.status != 200 || recordOf(t, b).Status != "submitted" {
		t.Errorf("handed on: %d %s", b.status, b.body)
	}
	for _, act := range []string{"clear", "publish"} {
		if b := ask("POST", at+"/"+act, "", token); b.status != http.StatusForbidden {
			t.Errorf("a program may %s: %d", act, b.status)
		}
	}
	for _, b := range []answer{ask("POST", recordsAt, body, "hub_none"), p.ask(t, "POST", recordsAt, strings.NewReader(body), http.Header{"Content-Type": {"application/json"}})} {
		d.fits(t, "POST", "/records/{kind}", b)
		if b.status != http.StatusUnauthorized {
			t.Errorf("nobody writes: %d %s", b.status, b.body)
		}
	}
}
