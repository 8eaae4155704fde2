package finder

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/words"
)

// Run is a stretch of text that is marked or not.
type Run struct {
	Text   string
	Marked bool
}

// Passage is a stretch of a text around words that were found.
type Passage struct {
	Runs []Run
	Lang hub.Lang
}

// Empty says whether there is none.
func (p Passage) Empty() bool { return len(p.Runs) == 0 }

// Limits of a passage, in bytes: how much of a text is looked through, and how
// much of it is shown.
const (
	lookedAt = 64 << 10
	shown    = 280
)

// marker finds the words of a question in a text.
type marker struct {
	concepts *search.Concepts
	folds    map[string]bool
	begin    []string
	typed    []search.Word
	named    map[string][]search.Word // concept: the words that name it in the question
	codes    map[string]bool
	stems    map[hub.Lang]map[string]bool
}

func (s *Service) marker(q search.Question, corrected map[string][]string) *marker {
	m := &marker{concepts: s.Concepts, folds: map[string]bool{}, named: map[string][]search.Word{}, codes: map[string]bool{}, stems: map[hub.Lang]map[string]bool{}}
	for _, c := range q.CodeSpans() {
		m.codes[c.Code] = true
	}
	for _, p := range q.Parts {
		if p.Concept != "" {
			m.named[p.Concept] = p.Words
			if len(p.Words) > 1 {
				continue // marked as a whole, wherever it is named
			}
		}
		if p.Weak {
			continue
		}
		for i, w := range p.Words {
			m.typed = append(m.typed, w)
			m.folds[w.Fold] = true
			for _, c := range corrected[w.Fold] {
				m.folds[c] = true
				m.typed = append(m.typed, search.Word{Text: c, Fold: c})
			}
			if p.Prefix && i == len(p.Words)-1 {
				m.begin = append(m.begin, w.Fold)
			}
		}
	}
	return m
}

// stemsIn are the stems of the question's words in a language. Small words are
// left out: they would mark half the text.
func (m *marker) stemsIn(l hub.Lang) map[string]bool {
	if known := m.stems[l]; known != nil {
		return known
	}
	all := map[string]bool{}
	for _, w := range m.typed {
		if !words.IsStop(w.Fold, l) {
			all[words.Stem(w.Text, l)] = true
		}
	}
	m.stems[l] = all
	return all
}

// span is a stretch of a text to be marked.
type span struct {
	start, end int
	what       string // word or concept found: different ones make a better passage
	name       bool   // found as another name of the same thing
}

// spans are what is to be marked in a text, in order, none in another.
func (m *marker) spans(text string, l hub.Lang) []span {
	split := words.Split(text)
	stems := make([]string, len(split))
	for i, w := range split {
		stems[i] = words.Stem(text[w.Start:w.End], l)
	}
	var all []span
	wanted := m.stemsIn(l)
	for i, w := range split {
		if m.folds[w.Fold] && !words.IsStop(w.Fold, l) || wanted[stems[i]] || m.begins(w.Fold) {
			all = append(all, span{w.Start, w.End, stems[i], false})
		}
	}
	if len(m.named) > 0 {
		for _, c := range m.concepts.In(text, split, stems, l) {
			if typed, wanted := m.named[c.Concept]; wanted {
				all = append(all, span{split[c.From].Start, split[c.To-1].End, c.Concept, !sameWords(typed, stems[c.From:c.To], l)})
			}
		}
	}
	if len(m.codes) > 0 {
		for _, c := range search.CodesAt(text) {
			if m.codes[c.Code] {
				all = append(all, span{c.From, c.To, c.Code, false})
			}
		}
	}
	return merged(all)
}

// sameWords says whether words as typed have these stems.
func sameWords(typed []search.Word, stems []string, l hub.Lang) bool {
	return slices.EqualFunc(typed, stems, func(w search.Word, stem string) bool { return words.Stem(w.Text, l) == stem })
}

func (m *marker) begins(fold string) bool {
	return slices.ContainsFunc(m.begin, func(p string) bool { return strings.HasPrefix(fold, p) })
}

// merged puts spans in order and joins those that overlap.
func merged(all []span) []span {
	slices.SortFunc(all, func(a, b span) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	var out []span
	for _, s := range all {
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			out[n-1].name = out[n-1].name && s.name
			continue
		}
		out = append(out, s)
	}
	return out
}

// runs cuts text[from:to] at the spans.
func runs(text string, spans []span, from, to int) []Run {
	var all []Run
	at := from
	for _, s := range spans {
		if s.start < at || s.end > to {
			continue
		}
		if s.start > at {
			all = append(all, Run{Text: text[at:s.start]})
		}
		all = append(all, Run{text[s.start:s.end], true})
		at = s.end
	}
	if at < to {
		all = append(all, Run{Text: text[at:to]})
	}
	return all
}

// hit is a record with its title and the best passage for a reader: of their
// language, else of one that the question may be in, else of any.
func (m *marker) hit(r *hub.Record, h *record.Head, l hub.Lang) Hit {
	title := h.In(l)
	spans := m.spans(title.Title, title.Lang)
	hit := Hit{Head: h, Lang: title.Lang, Title: runs(title.Title, spans, 0, len(title.Title))}
	best := m.passage(r, title.Lang)
	if best.empty() && len(spans) == 0 {
		for _, v := range r.Versions {
			if v.Lang != title.Lang {
				best = better(best, m.passage(r, v.Lang))
				best = better(best, m.best(v.Title, v.Lang))
			}
		}
	}
	hit.said = !best.empty() || len(spans) > 0
	if best.empty() {
		if len(title.Summary) > 0 {
			best.text, best.lang, best.to = title.Summary, title.Lang, len(title.Summary)
		}
	}
	hit.Passage = Passage{Runs: clipped(best), Lang: best.lang}
	hit.Why = m.why(best, spans)
	return hit
}

// found is a passage being chosen.
type found struct {
	text     string
	lang     hub.Lang
	spans    []span
	from, to int
	worth    int // how many different words it has
}

func (f found) empty() bool { return f.worth == 0 }

func better(a, b found) found {
	if b.worth > a.worth {
		return b
	}
	return a
}

// passage is the best passage of a version: of its summary or of its text.
func (m *marker) passage(r *hub.Record, l hub.Lang) found {
	v := r.In(l)
	if v.Lang != l {
		return found{}
	}
	return better(m.best(v.Summary, l), m.best(plain(record.Said(v)), l))
}

// best is the stretch of a text that has most of the words.
func (m *marker) best(text string, l hub.Lang) found {
	if len(text) > lookedAt {
		text = strings.ToValidUTF8(text[:lookedAt], "")
	}
	best := found{text: text, lang: l}
	best.spans = m.spans(text, l)
	for i, first := range best.spans {
		different := map[string]bool{}
		for _, s := range best.spans[i:] {
			if s.end > first.start+shown*2/3 {
				break
			}
			different[s.what] = true
		}
		if len(different) > best.worth {
			best.worth, best.from = len(different), first.start
		}
	}
	if best.worth > 0 {
		best.from, best.to = stretch(text, best.from)
	}
	return best
}

// stretch is what is shown around a place: from the beginning of its sentence
// where that is near, to the end of one or of a word.
func stretch(text string, at int) (from, to int) {
	from = max(0, at-shown/3)
	if cut := lastSentence(text[from:at]); cut >= 0 {
		from += cut
	} else if from > 0 {
		from += max(0, strings.IndexAny(text[from:at], " \n")+1)
	}
	for from < len(text) && !utf8.RuneStart(text[from]) {
		from++
	}
	to = min(len(text), from+shown)
	if to < len(text) {
		if cut := lastSentence(text[from:to]); cut > shown/2 {
			to = from + cut
		} else if cut := strings.LastIndexAny(text[from:to], " \n"); cut > shown/2 {
			to = from + cut
		}
		for to > from && !utf8.RuneStart(text[to]) {
			to--
		}
	}
	return from, to
}

// lastSentence is where the last sentence or line of a text begins; -1 when it
// is all one.
func lastSentence(text string) int {
	at := -1
	for _, end := range []string{". ", "! ", "? ", "\n", "。", "؟ "} {
		if i := strings.LastIndex(text, end); i >= 0 {
			at = max(at, i+len(end))
		}
	}
	return at
}

func clipped(f found) []Run {
	if f.text == "" {
		return nil
	}
	if f.worth == 0 && f.to > shown {
		_, f.to = stretch(f.text, 0)
	}
	all := runs(f.text, f.spans, f.from, f.to)
	for i := range all {
		all[i].Text = strings.ReplaceAll(all[i].Text, "\n", " ")
	}
	if f.to < len(f.text) {
		all = append(all, Run{Text: " …"})
	}
	if f.from > 0 && len(all) > 0 {
		all = append([]Run{{Text: "… "}}, all...)
	}
	return all
}

// why is the name that was found, where only another name of the thing asked
// for was.
func (m *marker) why(f found, title []span) string {
	for _, s := range title {
		if !s.name {
			return ""
		}
	}
	for _, s := range f.spans {
		if s.start >= f.from && s.end <= f.to {
			if !s.name {
				return ""
			}
			return f.text[s.start:s.end]
		}
	}
	return ""
}

// filesLookedAt is how many bytes of the files of a record are looked through
// for a passage.
const filesLookedAt = 512 << 10

// inFiles finds the passage in the files of a record, where the record itself
// has none.
func (s *Service) inFiles(ctx context.Context, m *marker, r *hub.Record, hit *Hit) {
	if s.Pages == nil {
		return
	}
	left, worth := filesLookedAt, 0
	for _, a := range r.Attachments {
		pages, err := s.Pages(ctx, a)
		if err != nil {
			continue // a hit without a passage is better than none
		}
		lang := cmp.Or(a.Lang, r.Original)
		for i, page := range pages {
			if left -= len(page); left < 0 || worth >= len(m.typed) {
				return
			}
			if best := m.best(page, lang); best.worth > worth {
				worth = best.worth
				hit.Passage, hit.Why = Passage{Runs: clipped(best), Lang: lang}, m.why(best, nil)
				hit.File, hit.Page = a.Name, i+1
			}
		}
	}
}
