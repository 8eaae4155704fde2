package walk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	vocab "nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// adapts has a member say that their mechanism adapted a practice, and returns
// the path of the draft.
func (p *person) adapts(t testing.TB, practice, title string, word func(*question.Question) string) string {
	t.Helper()
	at := p.submit(t, "/en"+practice+"/adapt", url.Values{"title": {title}, "lang": {"en"}}).header.Get("Location")
	path := strings.TrimSuffix(strings.TrimPrefix(at, "/en"), "/adaptation")
	set, words := asked(t, vocab.Practice)
	set = set.For(&vocab.Record{Adapts: "x"})
	for _, x := range set.Sections {
		answers := url.Values{}
		for i := range x.Questions {
			q := &x.Questions[i]
			switch {
			case q.At == "title":
				answers.Set(q.Code, title)
			case q.Required:
				for field, v := range sample(q, words, word(q)) {
					answers[field] = v
				}
			}
		}
		if a := p.answer(t, "/en"+path+"/"+x.Code, answers); a.status != http.StatusSeeOther {
			t.Fatalf("%s/%s answers %d: %s", path, x.Code, a.status, errorsIn(a.body))
		}
	}
	return path
}

// publish has what a member of Moldova wrote cleared and published.
func (s *site) publish(t testing.TB, author *person, path string) {
	t.Helper()
	author.act(t, "/en"+path, url.Values{"act": {"submit"}})
	s.as(t, "coordinator").act(t, "/en"+path, url.Values{"act": {"clear"}})
	s.as(t, "moderator").act(t, "/en"+path, url.Values{"act": {"publish"}})
}

// withdraw has the coordinator withdraw what is published at a path.
func (p *person) withdraw(t testing.TB, at string) {
	t.Helper()
	body := p.get(t, at).body
	to := regexp.MustCompile(`action="(/[a-z]+/published/[a-z0-9]+)"`).FindStringSubmatch(body)
	if to == nil {
		t.Fatalf("%s may not withdraw %s", p.name, at)
	}
	rev := regexp.MustCompile(`name="rev" value="([0-9]+)"`).FindStringSubmatch(body)
	a := p.post(t, to[1], url.Values{"_csrf": {csrfField.FindStringSubmatch(body)[1]}, "act": {"withdraw"}, "rev": {rev[1]}})
	if a.status != http.StatusSeeOther {
		t.Fatalf("withdrawing %s answers %d", at, a.status)
	}
}

// TestAdapted walks an adaptation: both pages lead to each other from the
// moment that it is published until one of them is withdrawn, and the page of
// the difficulty follows.
func TestAdapted(t *testing.T) {
	s := open(t)
	member, public := s.as(t, "member"), s.as(t, "")
	const from, at = "/practices/university-research-partnership", "/en/practices/two-students-of-law-a-year"
	if body := public.get(t, "/en"+from).body; strings.Contains(body, "/adapt") || !strings.Contains(body, "/en/join") {
		t.Error("the public may adapt, or does not learn who may")
	}
	for _, name := range []string{"", "stakeholder", "member2", "moderator"} { // member2 is of the State that runs it
		if a := s.as(t, name).get(t, "/en"+from+"/adapt"); a.status != http.StatusNotFound {
			t.Errorf("%q gets %d for the form", name, a.status)
		}
	}
	path := member.adapts(t, from, "Two students of law a year", always("zimmelword"))
	if body := public.get(t, "/en"+from).body; strings.Contains(body, "Two students") {
		t.Error("a draft is led to")
	}
	const difficulty = "/en/challenges/"
	code := regexp.MustCompile(`/en/practices\?challenge=([a-z-]+)`).FindStringSubmatch(public.get(t, "/en"+from).body)[1]
	before := public.get(t, difficulty+code).body
	s.publish(t, member, path)
	page := public.get(t, at)
	if page.status != http.StatusOK || !strings.Contains(page.body, `href="/en`+from+`"`) || !strings.Contains(page.body, "zimmelword changed") {
		t.Fatalf("the adaptation answers %d, or does not say of what and how", page.status)
	}
	if strings.Contains(page.body, "Not described") {
		t.Error("it says that what it did not change is not described")
	}
	if body := public.get(t, "/en"+from).body; !strings.Contains(body, at) {
		t.Error("the practice does not lead to its adaptation")
	}
	first := regexp.MustCompile(`/en/challenges/([a-z-]+)`)
	shown := map[string]bool{}
	for _, m := range first.FindAllStringSubmatch(public.get(t, "/en/challenges").body, -1) {
		shown[m[1]] = strings.Contains(public.get(t, difficulty+m[1]).body, at)
	}
	var there []string
	for c, is := range shown {
		if is {
			there = append(there, c)
		}
	}
	if len(there) == 0 || strings.Contains(before, at) {
		t.Error("no difficulty shows it at once")
	}
	s.as(t, "coordinator").withdraw(t, at)
	if body := public.get(t, "/en"+from).body; strings.Contains(body, at) {
		t.Error("the practice leads to what was withdrawn")
	}
	for _, c := range there {
		if strings.Contains(public.get(t, difficulty+c).body, at) {
			t.Errorf("the difficulty %s shows what was withdrawn", c)
		}
	}
	if a := public.get(t, at); a.status != http.StatusGone {
		t.Errorf("withdrawn, it answers %d", a.status)
	}
}

// aboutIt is where a member asks about a practice, with its id.
var aboutIt = regexp.MustCompile(`href="(/en/discuss/practices/new\?about=([a-z0-9]+))"`)

// TestAskTheAuthor: a question about a practice is asked from its page by who
// may write in the network, once for a key, and shows there to members alone.
func TestAskTheAuthor(t *testing.T) {
	s := open(t)
	member, other := s.as(t, "member"), s.as(t, "member2")
	const practice = "/en/practices/university-research-partnership"
	form := aboutIt.FindStringSubmatch(member.get(t, practice).body)
	if form == nil {
		t.Fatal("a member may not ask")
	}
	for _, name := range []string{"", "stakeholder", "tbexpert", "admin"} {
		p := s.as(t, name)
		if body := p.get(t, practice).body; strings.Contains(body, "/discuss/practices") {
			t.Errorf("%q may ask", name)
		}
		if a := p.get(t, form[1]); a.status != http.StatusNotFound {
			t.Errorf("%q gets %d for the form", name, a.status)
		}
	}
	page := member.get(t, form[1]).body
	about := regexp.MustCompile(`name="about" value="([a-z0-9]+)"`).FindStringSubmatch(page)
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(page)
	if about == nil || !strings.Contains(page, `href="/en/practices/university-research-partnership"`) || !regexp.MustCompile(`name="title"[^>]*value="About the practice|value="About the practice[^>]*name="title"`).MatchString(page) {
		t.Fatal("the form does not say what the question is about")
	}
	sent := url.Values{"about": {about[1]}, "key": {key[1]}, "act": {"start"}, "title": {"How much does a student cost?"}, "body": {"We have no budget."}, "lang": {"en"}, "tag-state": {"MAR"}}
	where := member.submit(t, form[1], sent).header.Get("Location")
	if again := member.submit(t, form[1], sent).header.Get("Location"); again != where {
		t.Errorf("asked twice it is at %s and %s", where, again)
	}
	at, _, _ := strings.Cut(where, "?")
	if body := other.get(t, practice).body; strings.Count(body, at) != 1 {
		t.Errorf("another member sees %d questions", strings.Count(body, at))
	}
	if body := other.get(t, at).body; !strings.Contains(body, `href="/en/practices/university-research-partnership"`) {
		t.Error("the question does not lead to the practice")
	}
	for _, name := range []string{"", "stakeholder", "admin"} {
		if body := s.as(t, name).get(t, practice).body; strings.Contains(body, "How much does a student") || strings.Contains(body, "use.questions") {
			t.Errorf("%q sees that something was asked", name)
		}
	}
	sent.Set("about", "no-such-practice")
	sent.Set("_csrf", csrfField.FindStringSubmatch(page)[1])
	if a := member.post(t, "/en/discuss/practices/new", sent); a.status != http.StatusNotFound {
		t.Errorf("a question about nothing answers %d", a.status)
	}
}

// useClosed adds an adaptation that is for the network, and a question about a
// practice, both of one that everybody reads. It returns the addresses where
// they might show.
func (s *site) useClosed(t *testing.T) (all []canary, direct []string) {
	t.Helper()
	next := 600
	make := func(tier, field string) string {
		next++
		all = append(all, canary{word(tier, next), tier, "writing", field})
		return word(tier, next)
	}
	member, other := s.as(t, "member"), s.as(t, "member2")
	const open = "/practices/an-open-practice"        // of Moldova, as writingClosed leaves it
	const theirs = "/practices/a-practice-of-morocco" // as canaryContent ships it
	asker := s.as(t, "coordinator")
	form := aboutIt.FindStringSubmatch(asker.get(t, "/en"+theirs).body)
	question, body := make("network", "title of a question"), make("network", "question")
	asker.submit(t, form[1], url.Values{"about": {form[2]}, "key": {replyKey.FindStringSubmatch(asker.get(t, form[1]).body)[1]}, "act": {"start"}, "title": {question}, "body": {body}, "lang": {"en"}})
	draft := member.adapts(t, theirs, make("network", "title of an adaptation"), always(make("network", "adaptation")))
	member.act(t, "/en"+draft, url.Values{"act": {"tier"}, "tier": {"network"}})
	s.publish(t, member, draft)
	title := all[2].word
	if body := other.get(t, "/en"+theirs).body; !strings.Contains(body, title) {
		t.Fatal("a member does not see the adaptation")
	}
	list := member.save(t, "/en"+theirs, make("mine", "name of a list"), make("mine", "note"))
	direct = append(direct, list, list+".csv", list+".bib", "/en/account/lists", "/fr"+strings.TrimPrefix(list, "/en"))
	named := make("network", "collection")
	shut := s.collects(t, named, "/en"+open)
	s.curate(t, shut, named, make("network", "introduction"), "network", make("network", "sentence"), "publish")
	unfinished := s.collects(t, make("moderation", "draft of a collection"), "/en"+open)
	if !strings.Contains(member.get(t, list).body, all[5].word) || !strings.Contains(member.get(t, shut).body, all[len(all)-2].word) {
		t.Fatal("who may read the list and the collection does not")
	}
	for _, lang := range []string{"en", "fr", "ar"} {
		direct = append(direct, "/"+lang+"/collections", "/"+lang+strings.TrimPrefix(shut, "/en"), "/"+lang+strings.TrimPrefix(unfinished, "/en"), "/"+lang+strings.TrimPrefix(unfinished, "/en")+"/edit")
	}
	if pages := member.get(t, "/en"+theirs).body; !strings.Contains(pages, question) {
		t.Fatal("a member does not see the question")
	}
	for _, lang := range []string{"en", "fr", "ar"} {
		for _, at := range []string{open, open + "/adapt", theirs, theirs + "/adapt", "/practices/" + title, "/practices", "/discuss/practices", "/discuss/practices/new?about=" + form[2], "/challenges"} {
			direct = append(direct, "/"+lang+at)
		}
	}
	return all, direct
}

var saveLink = regexp.MustCompile(`href="(/en/account/lists/save\?record=[a-z0-9]+)"`)

// save saves the record of a page to a list of a name, and returns where that
// is.
func (p *person) save(t testing.TB, page, name, note string) string {
	t.Helper()
	m := saveLink.FindStringSubmatch(p.get(t, page).body)
	if m == nil {
		t.Fatalf("%s may not save %s", p.name, page)
	}
	at, _, _ := strings.Cut(p.submit(t, m[1], url.Values{"name": {name}, "note": {note}}).header.Get("Location"), "?")
	return at
}

// TestSavedLists: a record is saved from its page and from a search, shows in
// the person's own list alone, and is gone from it when it is withdrawn.
func TestSavedLists(t *testing.T) {
	s := open(t)
	member, public := s.as(t, "member"), s.as(t, "")
	const practice, publication = "/en/practices/university-research-partnership", "/en/library/marrakech-seminar-report-2023"
	for _, at := range []string{practice, publication, "/en/search?q=parliament"} {
		if strings.Contains(public.get(t, at).body, "/account/lists") {
			t.Errorf("%s offers the public to save", at)
		}
	}
	if !saveLink.MatchString(member.get(t, "/en/search?q=parliament").body) {
		t.Error("what was found cannot be saved")
	}
	list := member.save(t, practice, "For the report", "=1+1 for page 3")
	form := saveLink.FindStringSubmatch(member.get(t, publication).body)[1]
	id := list[strings.LastIndex(list, "/")+1:]
	member.submit(t, form, url.Values{"in": {id}})
	path := member.adapts(t, "/practices/university-research-partnership", "Two students of law a year", always("parliament"))
	s.publish(t, member, path)
	const own = "/en/practices/two-students-of-law-a-year"
	member.submit(t, saveLink.FindStringSubmatch(member.get(t, own).body)[1], url.Values{"in": {id}})
	a := member.get(t, list)
	if cc := a.header.Get("Cache-Control"); cc != "private, no-store" {
		t.Errorf("the list says Cache-Control %q", cc)
	}
	for _, at := range []string{practice, publication, own} {
		if !strings.Contains(a.body, `href="`+at+`"`) {
			t.Errorf("the list does not hold %s", at)
		}
	}
	table := member.get(t, list+".csv").body
	if !strings.Contains(table, "'=1+1 for page 3") || strings.Contains(table, ",=1+1") {
		t.Errorf("a formula goes into the table: %s", table)
	}
	if cites := member.get(t, list+".bib").body; strings.Count(cites, "@") != 1 || !strings.Contains(cites, "marrakech-seminar-report-2023") {
		t.Errorf("the citations: %s", cites)
	}
	for _, name := range []string{"", "member2", "coordinator", "moderator", "admin"} {
		p := s.as(t, name)
		for _, at := range []string{list, list + ".csv", list + ".bib"} {
			if a := p.get(t, at); a.status != http.StatusNotFound {
				t.Errorf("%q gets %d for %s", name, a.status, at)
			}
		}
	}
	s.as(t, "coordinator").withdraw(t, own)
	for _, at := range []string{list, list + ".csv"} {
		if body := member.get(t, at).body; strings.Contains(body, "Two students") {
			t.Errorf("%s says what was withdrawn", at)
		}
	}
	if body := member.get(t, list).body; !strings.Contains(body, "No longer available") {
		t.Error("the list does not say that something is gone")
	}
	if body := member.get(t, "/en/account/lists").body; !strings.Contains(body, "For the report") {
		t.Error("the lists do not name it")
	}
	member.submit(t, list, url.Values{"act": {"drop"}, "sure": {"1"}})
	if a := member.get(t, list); a.status != http.StatusNotFound {
		t.Errorf("deleted, it answers %d", a.status)
	}
}

// collects has a moderator put records into a new collection.
func (s *site) collects(t testing.TB, title string, pages ...string) string {
	t.Helper()
	moderator := s.as(t, "moderator")
	at := moderator.submit(t, "/en/collections/new", url.Values{"title": {title}, "lang": {"en"}}).header.Get("Location")
	edit, _, _ := strings.Cut(at, "?")
	for _, page := range pages {
		form := saveLink.FindStringSubmatch(moderator.get(t, page).body)
		moderator.submit(t, form[1], url.Values{"act": {"collect"}, "collection": {strings.TrimSuffix(strings.TrimPrefix(edit, "/en/collections/"), "/edit")}})
	}
	return strings.TrimSuffix(edit, "/edit")
}

var sayField = regexp.MustCompile(`name="(say-[a-z0-9]+)"`)

// curate writes a collection as the form of it has it.
func (s *site) curate(t testing.TB, at, title, intro, tier, say, act string) {
	t.Helper()
	moderator := s.as(t, "moderator")
	form := moderator.get(t, at+"/edit").body
	v := url.Values{"title": {title}, "intro": {intro}, "tier": {tier}, "act": {act}, "rev": {regexp.MustCompile(`name="rev" value="([0-9]+)"`).FindStringSubmatch(form)[1]}}
	for _, m := range sayField.FindAllStringSubmatch(form, -1) {
		v.Set(m[1], say)
	}
	moderator.submit(t, at+"/edit", v)
}

// TestCollection walks a collection: a draft for moderators, then for its
// readers, each of whom sees the records that they may read.
func TestCollection(t *testing.T) {
	s := open(t)
	member, public := s.as(t, "member"), s.as(t, "")
	path := member.adapts(t, "/practices/university-research-partnership", "Two students of law a year", always("parliament"))
	s.publish(t, member, path)
	const shut, practice, own = "/en/toolkit/rules-of-the-discussion-spaces", "/en/practices/university-research-partnership", "/en/practices/two-students-of-law-a-year"
	at := s.collects(t, "Working with universities", practice, own, shut)
	for _, name := range []string{"", "stakeholder", "member", "coordinator", "admin"} {
		p := s.as(t, name)
		for _, x := range []string{at, at + "/edit", "/en/collections/new"} {
			if a := p.get(t, x); a.status != http.StatusNotFound {
				t.Errorf("%q gets %d for %s", name, a.status, x)
			}
		}
		if strings.Contains(p.get(t, "/en/collections").body+p.get(t, practice).body, "Working with universities") {
			t.Errorf("%q is told of a draft", name)
		}
	}
	s.curate(t, at, "Working with universities", "For *small* mechanisms.", "public", "Zimmelsentence.", "publish")
	page := public.get(t, at).body
	if !strings.Contains(page, "<em>small</em>") || strings.Count(page, "Zimmelsentence.") != 2 || strings.Contains(page, shut) {
		t.Error("the public does not see its two records, or sees a third")
	}
	if body := member.get(t, at).body; strings.Count(body, "Zimmelsentence.") != 3 || !strings.Contains(body, shut) {
		t.Error("a member does not see all three")
	}
	if !strings.Contains(public.get(t, practice).body, at) || !strings.Contains(public.get(t, "/en/collections").body, at) {
		t.Error("neither the record nor the list leads to it")
	}
	public.finds(t, "for small mechanisms", at, true)
	if body := public.get(t, "/ar/search?kind=collection").body; !strings.Contains(body, "مجموعة مختارة") || !strings.Contains(body, strings.Replace(at, "/en/", "/ar/", 1)) {
		t.Error("collections are no kind of their own")
	}
	s.as(t, "coordinator").withdraw(t, own)
	if body := public.get(t, at).body; strings.Contains(body, "Two students") || strings.Count(body, "Zimmelsentence.") != 1 {
		t.Error("what was withdrawn is still there")
	}
	s.curate(t, at, "Working with universities", "", "network", "", "keep")
	if a := public.get(t, at); a.status != http.StatusNotFound || strings.Contains(public.get(t, practice).body+public.get(t, "/en/collections").body, at) {
		t.Errorf("made one for members, the public gets %d", a.status)
	}
	if a := member.get(t, at); a.status != http.StatusOK {
		t.Errorf("a member gets %d", a.status)
	}
	public.finds(t, "working with universities", at, false)
	member.finds(t, "working with universities", at, true)
	s.curate(t, at, "Working with universities", "", "public", "", "withdraw")
	if a := member.get(t, at); a.status != http.StatusNotFound {
		t.Errorf("made a draft again, a member gets %d", a.status)
	}
	member.finds(t, "working with universities", at, false)
}

// finds waits until the search, and what is shown while typing, lead to an
// address, or do not any more.
func (p *person) finds(t testing.TB, words, at string, there bool) {
	t.Helper()
	q := url.Values{"q": {words}}.Encode()
	end := time.Now().Add(5 * time.Second)
	for strings.Contains(p.get(t, "/en/search?kind=collection&"+q).body, `href="`+at+`"`) != there {
		if time.Now().After(end) {
			t.Fatalf("%s: %s is found: %t", words, at, !there)
		}
	}
	title := url.Values{"q": {"working with univ"}, "lang": {"en"}}.Encode()
	if strings.Contains(p.get(t, "/api/v1/suggest?"+title).body, at) != there {
		t.Errorf("%s is shown while typing: %t", at, !there)
	}
}
