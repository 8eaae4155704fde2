package intake

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"nmirfhub/internal/bibliography"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Kind says what an entry is beside what is there.
type Kind string

// The kinds.
const (
	New       Kind = "new"
	Same      Kind = "same"      // it is there, and says nothing else
	Different Kind = "different" // it is there, and says something else
	Again     Kind = "again"     // it stands in the file twice
)

// Kinds in the order in which they are shown.
var Kinds = []Kind{New, Different, Same, Again}

// Weighed is an import beside what is there.
type Weighed struct {
	Entries []Row
	Broken  []bibliography.Broken
}

// Row is an entry.
type Row struct {
	bibliography.Entry
	Is          Kind
	There       *hub.Record // what is there; nil for none
	Repeats     int         // line of the entry that it repeats; 0 for none
	Differences []Difference
}

// Difference is an answer that is not what is there.
type Difference struct {
	Question *question.Question
	Was, Is  question.Answer
}

// weighed is what was weighed last.
type weighed struct {
	id, person string
	role       hub.Role
	rev        uint64 // of the catalogue
	drafts     int
	at         time.Time
	what       *Weighed
}

// ErrWeighing says that an import is still being weighed: ask again.
var ErrWeighing = errors.New("the import is being weighed")

// How long weighing may take, and how long what was weighed holds while other
// publications change.
const (
	weighWithin = 2 * time.Minute
	holds       = 4 * time.Second
)

// keptWeighed is for how many imports it is kept.
const keptWeighed = 4

// Weigh says what an import holds, beside what is there and its owner may read.
// ErrWeighing when that takes longer than ctx: it goes on, and is there when
// asked again.
func (s *Service) Weigh(ctx context.Context, v hub.Viewer, id string) (*Weighed, error) {
	i, err := s.Load(ctx, v, id)
	if err != nil {
		return nil, err
	}
	type result struct {
		w   *Weighed
		err error
	}
	key := id + " " + v.Person
	s.mu.Lock()
	if s.working[key] {
		s.mu.Unlock()
		return s.wait(ctx, v, i, key)
	}
	if s.working == nil {
		s.working = map[string]bool{}
	}
	s.working[key] = true
	s.mu.Unlock()
	ready := make(chan result, 1)
	go func() {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), weighWithin)
		defer cancel()
		w, err := s.weighNow(own, v, i)
		s.mu.Lock()
		delete(s.working, key)
		s.mu.Unlock()
		ready <- result{w, err}
	}()
	select {
	case r := <-ready:
		return r.w, r.err
	case <-ctx.Done():
		return nil, ErrWeighing
	}
}

// wait waits for who weighs the same already.
func (s *Service) wait(ctx context.Context, v hub.Viewer, i *Import, key string) (*Weighed, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ErrWeighing
		case <-tick.C:
		}
		s.mu.Lock()
		busy := s.working[key]
		s.mu.Unlock()
		if !busy {
			return s.Weigh(ctx, v, i.ID)
		}
	}
}

func (s *Service) weighNow(ctx context.Context, v hub.Viewer, i *Import) (*Weighed, error) {
	if w := s.justKept(i.ID, v); w != nil {
		return w, nil
	}
	f, done, err := s.finder(ctx, v)
	if err != nil {
		return nil, err
	}
	defer done()
	key := weighed{id: i.ID, person: v.Person, role: v.Role, rev: s.known.at, drafts: len(f.drafts)}
	if w := s.kept(key); w != nil {
		return w, nil
	}
	l, err := s.library(ctx, i)
	if err != nil {
		return nil, err
	}
	w, err := s.weigh(ctx, f, i, l)
	if err == nil {
		key.what, key.at = w, s.Now()
		s.keep(key)
	}
	return w, err
}

func (s *Service) weigh(ctx context.Context, f *finder, i *Import, l *bibliography.Library) (*Weighed, error) {
	w := &Weighed{Broken: l.Broken}
	var before bibliography.Index
	lines := map[string]int{}
	for n, e := range l.Entries {
		if n%100 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		row := Row{Entry: e, Is: New}
		there, err := f.find(ctx, e, i.Into)
		if err != nil {
			return nil, err
		}
		if there != nil {
			row.There, row.Is = there, Same
			fresh := s.recordOf(e, i.Lang)
			if row.Differences = s.differences(there, &fresh); len(row.Differences) > 0 {
				row.Is = Different
			}
		} else if of := before.Find(e.Citation); of != "" {
			row.Is, row.Repeats = Again, lines[of]
		}
		at := name("", n)
		before.Add(at, e.Citation)
		lines[at] = e.Line
		w.Entries = append(w.Entries, row)
	}
	return w, nil
}

func (s *Service) kept(key weighed) *Weighed {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.seen {
		if w := x.what; x.id == key.id && x.person == key.person && x.role == key.role && x.rev == key.rev && x.drafts == key.drafts {
			return w
		}
	}
	return nil
}

// justKept is what was weighed a moment ago, whatever has changed since.
func (s *Service) justKept(id string, v hub.Viewer) *Weighed {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.seen {
		if x.id == id && x.person == v.Person && x.role == v.Role && s.Now().Sub(x.at) < holds {
			return x.what
		}
	}
	return nil
}

func (s *Service) keep(x weighed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = slices.DeleteFunc(s.seen, func(o weighed) bool { return o.id == x.id && o.person == x.person })
	s.seen = append(s.seen, x)
	if len(s.seen) > keptWeighed {
		s.seen = slices.Delete(s.seen, 0, 1)
	}
}

// guesses are the questions that other programs answer too loosely to speak of
// a difference.
var guesses = []string{"type", "availability", "summary", "themes"}

// differences are the answers that an entry gives otherwise than a record, or
// that the record lacks.
func (s *Service) differences(there, fresh *hub.Record) []Difference {
	return s.differencesOf(s.Sets.Latest(hub.Publication), there, fresh)
}

func (s *Service) differencesOf(set *question.Set, there, fresh *hub.Record) []Difference {
	if set == nil {
		return nil
	}
	var all []Difference
	for _, q := range set.All() {
		was, is := q.Tidy(q.Get(there, there.Original)), q.Tidy(q.Get(fresh, fresh.Original))
		if is == nil || slices.Contains(guesses, q.Code) && was != nil {
			continue
		}
		if q.Code == "title" && slices.ContainsFunc(there.Versions, func(v hub.Version) bool { return folded(v.Title) == folded(fresh.Versions[0].Title) }) {
			continue
		}
		if saysAll(was, is) {
			continue
		}
		all = append(all, Difference{q, was, is})
	}
	return all
}

// saysAll says whether an answer holds every word of another.
func saysAll(was, is question.Answer) bool {
	a, b := folded(wordsIn(was)), folded(wordsIn(is))
	if strings.Contains(a, b) {
		return true
	}
	for _, part := range strings.Split(wordsIn(is), "\n") {
		if part = folded(part); !strings.Contains(a, part) {
			return false
		}
	}
	return true
}

// wordsIn are the strings of an answer, a line each.
func wordsIn(a question.Answer) string {
	var x any
	if json.Unmarshal(a, &x) != nil {
		return ""
	}
	var all []string
	var walk func(any)
	walk = func(x any) {
		switch x := x.(type) {
		case string:
			all = append(all, x)
		case []any:
			for _, y := range x {
				walk(y)
			}
		case map[string]any:
			for _, key := range sortedKeys(x) {
				walk(x[key])
			}
		}
	}
	walk(x)
	return strings.Join(all, "\n")
}

func sortedKeys(m map[string]any) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// folded are the letters and digits of a text, small.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}
