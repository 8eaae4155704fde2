package trial

import (
	"context"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	"nmirfhub/internal/store"
)

// Figures is what became of the questions of a version.
type Figures struct {
	Records int // that answer it and were handed in or published; of experts: entries
	Shown   bool
	Of      []Figure // in the order of the questions
}

// Figure is what became of one question. It says nothing of any State or
// person.
type Figure struct {
	*question.Question
	Asked   int    // records that were asked it; not those of which it is not
	Skipped int    // how many of them left it empty, or say that it does not apply
	Brief   int    // how many answer in fewer than question.FewWords words
	Worded  bool   // answers have words to be counted
	Unclear []Flag // the newest first
}

// Least is of how many records there are figures. A group that tests is small,
// and moderators named it: with one record or two, a figure would be the
// answer of a State that everybody at the desk can name, and would say nothing
// of the question. With three it begins to. What people say of a question is
// shown from the first on: it was written to be read.
const Least = 3

// Figures counts, for moderators. It reads the records of the version, see
// record.Service.Answering, or the entries of the roster, and MostFlags flags; nothing is kept, so that what
// is withdrawn is counted no more. hub.ErrNotFound for everybody else.
func (s *Service) Figures(ctx context.Context, v hub.Viewer, x *question.Set) (Figures, error) {
	if !s.Moderates(v) {
		return Figures{}, hub.ErrNotFound
	}
	var all Figures
	at := map[string]int{}
	for _, q := range x.Whole() {
		at[q.Code] = len(all.Of)
		all.Of = append(all.Of, Figure{Question: q, Worded: q.Form == question.Text || q.Form == question.Points})
	}
	answering := s.Records.Answering
	if x.Kind == hub.Expert {
		answering = s.Roster.ExpertsAnswering
	}
	err := answering(ctx, v, x.Name(), func(r *hub.Record) {
		all.Records++
		for _, q := range x.For(r).All() {
			all.Of[at[q.Code]].count(q, r)
		}
	})
	if err != nil {
		return Figures{}, err
	}
	all.Shown = all.Records >= Least
	page, err := s.Store.List(ctx, flags, store.Query{Index: "set", Equal: [][]store.Value{{x.Name()}}, Desc: true, Limit: MostFlags})
	if err != nil {
		return Figures{}, err
	}
	for _, d := range page.Docs {
		f, err := store.Decode[Flag](d)
		if err != nil {
			return Figures{}, err
		}
		if i, known := at[f.Question]; known {
			all.Of[i].Unclear = append(all.Of[i].Unclear, f)
		}
	}
	return all, nil
}

// count adds what a record answers.
func (f *Figure) count(q *question.Question, r *hub.Record) {
	f.Asked++
	a := q.Get(r, r.Original)
	switch {
	case a == nil || slices.Contains(r.Skipped, q.Code):
		f.Skipped++
	case f.Worded && question.CountWords(strings.Join(q.Write(a)[q.Code], " ")) < question.FewWords:
		f.Brief++
	}
}
