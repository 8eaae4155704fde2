package walk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	vocab "nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/vocabulary"
	"nmirfhub/seed"
)

var seenField = regexp.MustCompile(`name="seen\.([a-z0-9-]+)" value="([^"]+)"`)

// asked are the newest questions of a kind.
func asked(t testing.TB, k vocab.Kind) (*question.Set, *vocabulary.Set) {
	t.Helper()
	words, err := vocabulary.Load(seed.Files)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := question.Load(seed.Files, words)
	if err != nil {
		t.Fatal(err)
	}
	return sets.Latest(k), words
}

// draft begins a record and returns the path of its page, without the
// language.
func (p *person) draft(t testing.TB, kind, lang, title string) string {
	t.Helper()
	at := p.submit(t, "/"+lang+"/contribute/new?kind="+kind, url.Values{"title": {title}, "lang": {lang}}).header.Get("Location")
	return strings.TrimPrefix(at, "/"+lang)
}

// answer answers questions of a section, as a browser sends the form.
func (p *person) answer(t testing.TB, path string, answers url.Values) answer {
	t.Helper()
	form := p.get(t, path).body
	m := csrfField.FindStringSubmatch(form)
	if m == nil {
		t.Fatalf("%s has no form", path)
	}
	answers.Set("_csrf", m[1])
	answers.Set("whole", "1")
	for _, s := range seenField.FindAllStringSubmatch(form, -1) {
		if answers.Get("seen."+s[1]) == "" {
			answers.Set("seen."+s[1], s[2])
		}
		if strings.Contains(form, `name="closed.`+s[1]+`" value="1" checked`) {
			answers.Set("closed."+s[1], "1")
		}
	}
	return p.post(t, path, answers)
}

// sample is an answer to a question, with a word in all that is text.
func sample(q *question.Question, words *vocabulary.Set, word string) url.Values {
	v := url.Values{}
	value := func(field string, f question.Form, list string) {
		switch f {
		case question.Choice, question.Several:
			v.Set(field, words.Codes(list)[0].Code)
		case question.YesNo:
			v.Set(field, "yes")
		case question.Number:
			v.Set(field, "3")
		case question.Date, question.Day:
			v.Set(field, "2027-03-01")
		case question.Link:
			v.Set(field, "https://example.org/"+word)
		case question.States:
			v.Set(field, "MDA")
		case question.Line, question.Text, question.Points:
			v.Set(field, word+" "+q.Code)
		}
	}
	if q.Form != question.Table {
		value(q.Code, q.Form, q.List)
	}
	for _, c := range q.Columns {
		value(question.Field(q.Code, 0, c.Code), c.Form, c.List)
	}
	return v
}

// answerAll answers every question of a record but that of its title, with a
// word in all that is text.
func (p *person) answerAll(t testing.TB, path string, kind vocab.Kind, word func(*question.Question) string) {
	t.Helper()
	set, words := asked(t, kind)
	for _, x := range set.Sections {
		answers := url.Values{}
		for i := range x.Questions {
			q := &x.Questions[i]
			if q.At == "title" {
				answers.Set(q.Code, p.titleAt(t, path))
				continue
			}
			for field, v := range sample(q, words, word(q)) {
				answers[field] = v
			}
		}
		if a := p.answer(t, path+"/"+x.Code, answers); a.status != http.StatusSeeOther {
			t.Fatalf("%s/%s answers %d: %s", path, x.Code, a.status, errorsIn(a.body))
		}
	}
}

// always is the same word for every question.
func always(word string) func(*question.Question) string {
	return func(*question.Question) string { return word }
}

var h1 = regexp.MustCompile(`<h1[^>]*>([^<]*)</h1>`)

func (p *person) titleAt(t testing.TB, path string) string {
	t.Helper()
	m := h1.FindStringSubmatch(p.get(t, path).body)
	if m == nil {
		t.Fatalf("%s has no title", path)
	}
	return m[1]
}

var errorText = regexp.MustCompile(`(?s)<p class="error-msg"[^>]*>(.*?)</p>`)

func errorsIn(body string) string { return strings.Join(errorText.FindAllString(body, 5), " ") }

// act sends an act from the page of a record on its way.
func (p *person) act(t testing.TB, path string, form url.Values) {
	t.Helper()
	m := regexp.MustCompile(`name="rev" value="([0-9]+)"`).FindStringSubmatch(p.get(t, path).body)
	if m == nil {
		t.Fatalf("%s offers no act to %s", path, p.name)
	}
	form.Set("rev", m[1])
	p.submit(t, path, form)
}

// TestPracticeFindsItsWay walks a practice from its title to the public: it is
// written, cleared, given back with a remark, mended, published, changed, and
// withdrawn; what is for members never leaves them.
func TestPracticeFindsItsWay(t *testing.T) {
	t.Parallel() // it takes long, and shares nothing
	s := open(t)
	author, coordinator, moderator, public := s.as(t, "member"), s.as(t, "coordinator"), s.as(t, "moderator"), s.as(t, "")
	path := author.draft(t, "practice", "fr", "Deux points focaux par ministère, nommés par écrit")
	if a := author.get(t, "/fr"+path); !strings.Contains(a.body, "/fr"+path+"/") || strings.Contains(a.body, `value="submit"`) {
		t.Fatalf("a bare draft may be handed on, or has no parts: %d", a.status)
	}
	author.answerAll(t, "/fr"+path, vocab.Practice, always("mirvaltexte"))
	author.act(t, "/fr"+path, url.Values{"act": {"submit"}})
	if a := public.get(t, "/fr"+path); a.status != http.StatusNotFound {
		t.Errorf("a stranger gets %d", a.status)
	}
	if a := s.as(t, "member2").get(t, "/fr"+path); a.status != http.StatusNotFound {
		t.Errorf("a member of another mechanism gets %d", a.status)
	}
	if a := coordinator.get(t, "/fr/contribute"); !strings.Contains(a.body, path) {
		t.Error("nothing waits for the coordinator")
	}
	coordinator.act(t, "/fr"+path, url.Values{"act": {"clear"}})
	if a := moderator.get(t, "/en/moderation/records"); !strings.Contains(a.body, path) {
		t.Error("nothing waits for the moderators")
	}
	moderator.act(t, "/en"+path, url.Values{"act": {"return"}, "note": {"Almost."}, "remark.problem": {"Since which year?"}})
	if a := author.get(t, "/fr"+path); !strings.Contains(a.body, "Since which year?") || !strings.Contains(a.body, "Almost.") {
		t.Error("the author does not read what is to be mended")
	}
	set, words := asked(t, vocab.Practice)
	section := "/fr" + path + "/" + sectionWith(set, "problem")
	if a := author.answer(t, section, url.Values{"problem": {"Depuis 2015."}, "seen.problem": {question.Mark(nil)}}); a.status != http.StatusConflict || !strings.Contains(a.body, "mirvaltexte problem") || !strings.Contains(a.body, "Depuis 2015.") {
		t.Errorf("an answer over one that was not seen: %d", a.status)
	}
	var rest url.Values
	for _, x := range set.Sections {
		if x.Code != sectionWith(set, "problem") {
			continue
		}
		rest = url.Values{}
		for i := range x.Questions {
			for field, v := range sample(&x.Questions[i], words, "mirvaltexte") {
				rest[field] = v
			}
		}
	}
	rest.Set("problem", "Depuis 2015, mirvaltexte.")
	if a := author.answer(t, section, rest); a.status != http.StatusSeeOther {
		t.Fatalf("mended: %d %s", a.status, errorsIn(a.body))
	}
	short := "C’est court."
	for p, at := range map[*person]string{author: section, moderator: "/fr" + path} {
		if !strings.Contains(p.get(t, at).body, short) {
			t.Errorf("%s: nobody is told that an answer is short", at)
		}
	}
	author.act(t, "/fr"+path, url.Values{"act": {"submit"}})
	coordinator.act(t, "/fr"+path, url.Values{"act": {"clear"}})
	moderator.act(t, "/en"+path, url.Values{"act": {"publish"}})
	const at = "/fr/practices/deux-points-focaux-par-ministere-nommes-par-ecrit"
	page := public.get(t, at)
	if page.status != http.StatusOK || !strings.Contains(page.body, "Depuis 2015") {
		t.Fatalf("published, the public gets %d", page.status)
	}
	member := s.as(t, "member2").get(t, at).body
	for _, q := range set.All() {
		word := "mirvaltexte " + q.Code
		if q.Members && sample(q, words, "mirvaltexte").Get(q.Code) == word {
			if strings.Contains(page.body, word) {
				t.Errorf("the public reads %s", q.Code)
			}
			if !strings.Contains(member, word) {
				t.Errorf("members do not read %s", q.Code)
			}
		}
	}
	if a := public.get(t, "/fr"+path+"/history"); a.status != http.StatusNotFound {
		t.Errorf("a stranger reads the history: %d", a.status)
	}
	if a := coordinator.get(t, "/fr"+path+"/history"); a.status != http.StatusOK || !strings.Contains(a.body, "Depuis 2015") {
		t.Errorf("the history: %d", a.status)
	}
	withdraw := regexp.MustCompile(`action="/fr(/published/[a-z0-9]+)"`).FindStringSubmatch(coordinator.get(t, at).body)
	if withdraw == nil {
		t.Fatal("the coordinator may do nothing with what was published")
	}
	rev := regexp.MustCompile(`name="rev" value="([0-9]+)"`).FindStringSubmatch(coordinator.get(t, at).body)
	csrf := csrfField.FindStringSubmatch(coordinator.get(t, at).body)
	if a := coordinator.post(t, "/fr"+withdraw[1], url.Values{"_csrf": {csrf[1]}, "act": {"withdraw"}, "rev": {rev[1]}}); a.status != http.StatusSeeOther {
		t.Errorf("withdrawing answers %d", a.status)
	}
	if a := public.get(t, at); a.status != http.StatusGone {
		t.Errorf("withdrawn, the public gets %d", a.status)
	}
}

// sectionWith is the code of the section that has a question.
func sectionWith(set *question.Set, code string) string {
	for _, x := range set.Sections {
		for _, q := range x.Questions {
			if q.Code == code {
				return x.Code
			}
		}
	}
	return ""
}

// TestHalfAForm: a form that came in half changes nothing, and says so.
func TestHalfAForm(t *testing.T) {
	s := open(t)
	author := s.as(t, "member")
	path := "/en" + author.draft(t, "practice", "en", "A calendar of reports")
	set, _ := asked(t, vocab.Practice)
	section := path + "/" + sectionWith(set, "problem")
	form := author.get(t, section).body
	half := url.Values{"_csrf": {csrfField.FindStringSubmatch(form)[1]}, "seen.problem": {question.Mark(nil)}, "problem": {"half of a"}}
	if a := author.post(t, section, half); a.status != http.StatusUnprocessableEntity && a.status != http.StatusBadRequest {
		t.Errorf("half a form answers %d", a.status)
	}
	if a := author.get(t, section).body; strings.Contains(a, "half of a") {
		t.Error("half a form was kept")
	}
}
