package finder

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/words"
	"nmirfhub/internal/vocabulary"
)

// doors is under which path the records of a kind stand.
var doors = map[hub.Kind]string{
	hub.Publication: "library", hub.Practice: "practices", hub.Mechanism: "mechanisms", hub.Expert: "experts",
	hub.Resource: "toolkit", hub.System: "systems", hub.Event: "events", hub.Network: "networks",
}

// Path is the address of a record's page in a language, without the host.
func Path(l hub.Lang, k hub.Kind, slug string) string {
	return "/" + string(l) + "/" + doors[k] + "/" + slug
}

// TermKind is what a term is.
type TermKind string

// The terms that are suggested.
const (
	TermState     TermKind = "state"
	TermChallenge TermKind = "difficulty"
	TermName      TermKind = "name" // acronym and what it stands for
)

// Term is a word of the field that goes on as somebody types, and where it
// leads. Terms are the same for everybody: they are no record's.
type Term struct {
	Kind TermKind
	Text string
	Path string
}

// termIndex is the terms of each language, made when first asked for.
type termIndex struct {
	mu sync.Mutex
	of map[hub.Lang][]indexedTerm
}

type indexedTerm struct {
	Term
	folds []string
}

// Terms are at most n terms in which each word that was typed begins a word.
func (s *Service) Terms(typed string, l hub.Lang, n int) []Term {
	var folds []string
	for _, w := range words.Split(typed) {
		folds = append(folds, w.Fold)
	}
	if len(folds) == 0 || len(folds) > search.MaxWords {
		return nil
	}
	var all []Term
	for _, t := range s.termsIn(l) {
		if begun(t.folds, folds) {
			if all = append(all, t.Term); len(all) == n {
				break
			}
		}
	}
	return all
}

// begun says whether each of the typed words begins one of the others.
func begun(all, typed []string) bool {
	for _, t := range typed {
		if !slices.ContainsFunc(all, func(w string) bool { return strings.HasPrefix(w, t) }) {
			return false
		}
	}
	return true
}

func (s *Service) termsIn(l hub.Lang) []indexedTerm {
	s.terms.mu.Lock()
	defer s.terms.mu.Unlock()
	if known := s.terms.of[l]; known != nil {
		return known
	}
	if s.terms.of == nil {
		s.terms.of = map[hub.Lang][]indexedTerm{}
	}
	all := termsOf(s.Vocabulary, s.Concepts, l)
	s.terms.of[l] = all
	return all
}

func termsOf(v *vocabulary.Set, concepts *search.Concepts, l hub.Lang) []indexedTerm {
	var all []indexedTerm
	add := func(k TermKind, text, path string) {
		t := indexedTerm{Term: Term{k, text, "/" + string(l) + path}}
		for _, w := range words.Split(text) {
			t.folds = append(t.folds, w.Fold)
		}
		all = append(all, t)
	}
	for _, c := range v.StatesByName(l) {
		add(TermState, v.StateName(c, l), "/mechanisms/"+strings.ToLower(string(c)))
	}
	for _, c := range v.Codes("challenge") {
		add(TermChallenge, v.Label("challenge", c.Code, l), "/challenges/"+c.Code)
	}
	for _, c := range concepts.WithAcronyms() {
		text := c.Acronyms[0] + " – " + c.Name(l)
		add(TermName, text, "/search?q="+url.QueryEscape(c.Acronyms[0]))
	}
	return all
}
