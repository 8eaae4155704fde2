package site

import (
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/web/layout"
	page "nmirfhub/web/page/contribute"
)

// advice is what would make the answer to a question more precise, in
// sentences. None for a translation: its original is what can be mended.
func (r *request) advice(rec *hub.Record, q *question.Question, l hub.Lang) []string {
	if l != rec.Original {
		return nil
	}
	var all []string
	for _, a := range r.site.Writing.Sets.Advisor.On(q, q.Get(rec, l)) {
		all = append(all, r.T("advice."+string(a.Hint), "word", a.Word))
	}
	return all
}

// adviceIn is the advice on each of some questions that take any, by their
// codes; an empty list where their answers need none.
func (r *request) adviceIn(rec *hub.Record, some []question.Question, l hub.Lang) map[string][]string {
	all := map[string][]string{}
	for i := range some {
		if q := &some[i]; len(q.Hints) > 0 {
			all[q.Code] = append([]string{}, r.advice(rec, q, l)...)
		}
	}
	return all
}

// sharper is the advice on all answers of a record, each with the question that
// it is about.
func (r *request) sharper(rec *hub.Record, set *question.Set) (all []page.Remark) {
	for _, q := range set.All() {
		for i, say := range r.advice(rec, q, rec.Original) {
			link := layout.Link{}
			if i == 0 {
				link = r.toQuestion(rec, set, q.Code)
			}
			all = append(all, page.Remark{Link: link, Say: say})
		}
	}
	return all
}

// asking are the questions that a remark may be about, each with its answer and
// the advice on it.
func (r *request) asking(rec *hub.Record, set *question.Set) (all []page.Asking) {
	for _, q := range set.All() {
		x := page.Asking{Code: q.Code, Advice: r.advice(rec, q, rec.Original)}
		if x.Answered, x.There = r.answered(rec, q, rec.Original); !x.There {
			x.Ask = q.Ask.In(r.Lang)
		}
		all = append(all, x)
	}
	return all
}
