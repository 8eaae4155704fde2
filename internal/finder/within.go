package finder

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/words"
)

// Limits of a look through a space whose members are named.
const (
	mostThrough = 5000 // posts
	timeThrough = time.Second
)

// Covered is how far a space was looked through, the last active threads first.
type Covered struct {
	Posts int
	All   bool      // it is the whole space
	Since time.Time // the threads looked through were active since then
}

// within answers a question about a space whose members are named by looking
// through its posts, as the viewer may read them now. So its words stand in no
// index, in no file and on no server beside the store, and have no part in
// anybody else's answers. What that costs bounds how far it looks.
func (s *Service) within(ctx context.Context, v hub.Viewer, a Ask) (Result, error) {
	v, err := s.Talk.Known(ctx, v)
	if err != nil {
		return Result{}, err
	}
	q := search.Parse(a.Words, a.Lang, s.Concepts)
	r := Result{Question: q, Covered: &Covered{All: true}}
	look, m := s.looking(q), s.marker(q, nil)
	if len(look.parts) == 0 {
		return r, nil
	}
	var whole, part []*discuss.Stretch
	titled := map[string]bool{}
	end := time.Now().Add(timeThrough)
	err = s.Talk.Within(ctx, v, a.Space, func(f *discuss.Stretch) error {
		if r.Covered.Posts >= mostThrough || time.Now().After(end) {
			r.Covered.All = false
			return discuss.ErrEnough
		}
		r.Covered.Posts += len(f.Said)
		if r.Covered.Since.IsZero() || f.Active.Before(r.Covered.Since) {
			r.Covered.Since = f.Active
		}
		n, inTitle := look.at(f)
		switch {
		case n == len(look.parts):
			whole = append(whole, f)
			titled[f.ID] = inTitle
		case n >= q.Enough():
			part = append(part, f)
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	if len(whole) == 0 && len(part) > 0 {
		whole, r.Part = part, true
	}
	if !a.Newest {
		slices.SortStableFunc(whole, func(x, y *discuss.Stretch) int { // what has it in its title first
			switch {
			case titled[x.ID] == titled[y.ID]:
				return 0
			case titled[x.ID]:
				return -1
			}
			return 1
		})
	}
	size := cmp.Or(a.Size, PageSize)
	r.Total = len(whole)
	r.Pages = (r.Total + size - 1) / size
	from := min((max(a.Page, 1)-1)*size, len(whole))
	for _, f := range whole[from:min(from+size, len(whole))] {
		r.Hits = append(r.Hits, m.talk(f))
	}
	r.Also = s.also(q, a.Lang)
	return r, nil
}

// looking is a question that texts are looked through for.
type looking struct {
	concepts *search.Concepts
	parts    []search.Part
	not      []search.Part
	stems    map[hub.Lang]map[string]string // of the words of the question, by how they are typed
}

func (s *Service) looking(q search.Question) *looking {
	x := &looking{concepts: s.Concepts, not: q.Not, stems: map[hub.Lang]map[string]string{}}
	for _, p := range q.Parts {
		if !p.Weak {
			x.parts = append(x.parts, p)
		}
	}
	return x
}

// at says how many parts of the question stand in a stretch, none when it has
// what it must not have; and whether all stand in its title.
func (x *looking) at(f *discuss.Stretch) (n int, inTitle bool) {
	found := make([]bool, len(x.parts))
	if !x.mark(found, f.Title, f.Lang) {
		return -1, false
	}
	inTitle = !slices.Contains(found, false)
	for _, t := range f.Said {
		if !x.mark(found, plain(t.Body), t.Lang) {
			return -1, false
		}
	}
	for _, is := range found {
		if is {
			n++
		}
	}
	return n, inTitle
}

// mark notes which parts stand in a text; false when it has what it must not
// have.
func (x *looking) mark(found []bool, text string, l hub.Lang) bool {
	t := lookedText{text: text, split: words.Split(text)}
	for _, w := range t.split {
		t.stems = append(t.stems, words.Stem(text[w.Start:w.End], l))
	}
	for _, p := range x.not {
		if x.stands(p, &t, l) {
			return false
		}
	}
	for i, p := range x.parts {
		found[i] = found[i] || x.stands(p, &t, l)
	}
	return true
}

type lookedText struct {
	text     string
	split    []words.Word
	stems    []string
	concepts []search.Span
	known    bool // the concepts were looked for
}

// stands says whether a part of the question stands in a text: the concept that
// it names, or its words in any of their forms.
func (x *looking) stands(p search.Part, t *lookedText, l hub.Lang) bool {
	if p.Concept != "" {
		if !t.known {
			t.concepts, t.known = x.concepts.In(t.text, t.split, t.stems, l), true
		}
		if slices.ContainsFunc(t.concepts, func(c search.Span) bool { return c.Concept == p.Concept }) {
			return true
		}
	}
	fits := func(at, i int) bool {
		w := p.Words[i]
		return t.split[at].Fold == w.Fold || t.stems[at] == x.stem(w, l) ||
			p.Prefix && i == len(p.Words)-1 && strings.HasPrefix(t.split[at].Fold, w.Fold)
	}
	if p.Phrase {
		for at := 0; at+len(p.Words) <= len(t.split); at++ {
			i := 0
			for i < len(p.Words) && fits(at+i, i) {
				i++
			}
			if i == len(p.Words) {
				return true
			}
		}
		return false
	}
	for i := range p.Words {
		at := 0
		for at < len(t.split) && !fits(at, i) {
			at++
		}
		if at == len(t.split) {
			return false
		}
	}
	return true
}

// stem is the stem of a word of the question in a language.
func (x *looking) stem(w search.Word, l hub.Lang) string {
	if x.stems[l] == nil {
		x.stems[l] = map[string]string{}
	}
	stem, known := x.stems[l][w.Text]
	if !known {
		stem = words.Stem(w.Text, l)
		x.stems[l][w.Text] = stem
	}
	return stem
}
