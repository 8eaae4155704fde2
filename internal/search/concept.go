package search

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search/words"
)

// Concept is something that has several names: an acronym and what it stands
// for, in every language.
type Concept struct {
	ID       string                `yaml:"id"`
	Acronyms []string              `yaml:"acronyms"` // of any language; matched whole, in any punctuation
	Names    map[hub.Lang][]string `yaml:"names"`    // the first of a language is the one to show
	Firm     bool                  `yaml:"-"`        // who names it wants it: the last part of a question to let go
}

// Concepts finds concepts in texts and questions. It never changes; safe for
// concurrent use.
type Concepts struct {
	byID  map[string]Concept
	forms map[string][]form // by the first word
}

// form is a name as a row of words: stems of its language, or folds for an
// acronym.
type form struct {
	lang    hub.Lang // empty for an acronym
	words   []string
	concept string
}

// NewConcepts makes the table ready. An error names what two concepts claim.
func NewConcepts(all []Concept) (*Concepts, error) {
	c := &Concepts{byID: map[string]Concept{}, forms: map[string][]form{}}
	for _, x := range all {
		if _, twice := c.byID[x.ID]; twice || x.ID == "" {
			return nil, fmt.Errorf("concept %q: its id is missing or taken", x.ID)
		}
		c.byID[x.ID] = x
		for _, a := range x.Acronyms {
			folds := foldsOf(a)
			c.add(form{words: folds, concept: x.ID})
			if len(folds) > 1 {
				c.add(form{words: []string{strings.Join(folds, "")}, concept: x.ID})
			}
		}
		for l, names := range x.Names {
			for _, n := range names {
				c.add(form{lang: l, words: stemsOf(n, words.Split(n), l), concept: x.ID})
			}
		}
	}
	return c, nil
}

func (c *Concepts) add(f form) {
	if len(f.words) > 0 {
		c.forms[f.words[0]] = append(c.forms[f.words[0]], f)
	}
}

// Concept returns the concept with an id; the zero Concept for none.
func (c *Concepts) Concept(id string) Concept { return c.byID[id] }

// WithAcronyms are the concepts that have an acronym, by id.
func (c *Concepts) WithAcronyms() []Concept {
	var all []Concept
	for _, id := range slices.Sorted(maps.Keys(c.byID)) {
		if x := c.byID[id]; len(x.Acronyms) > 0 {
			all = append(all, x)
		}
	}
	return all
}

// Name is what a concept is called in a language, else in English, else by
// its first acronym.
func (c Concept) Name(l hub.Lang) string {
	for _, try := range []hub.Lang{l, hub.English} {
		if names := c.Names[try]; len(names) > 0 {
			return names[0]
		}
	}
	if len(c.Acronyms) > 0 {
		return c.Acronyms[0]
	}
	return c.ID
}

// IsAcronym says whether a folded word is an acronym of a concept.
func (c *Concepts) IsAcronym(fold string) bool {
	return slices.ContainsFunc(c.forms[fold], func(f form) bool { return f.lang == "" && len(f.words) == 1 })
}

func foldsOf(text string) []string {
	var all []string
	for _, w := range words.Split(text) {
		all = append(all, w.Fold)
	}
	return all
}

func stemsOf(text string, split []words.Word, l hub.Lang) []string {
	all := make([]string, len(split))
	for i, w := range split {
		all[i] = words.Stem(text[w.Start:w.End], l)
	}
	return all
}

// Span is a stretch of words that names a concept.
type Span struct {
	From, To int // words, To excluded
	Concept  string
}

// In finds the concepts named in a text of a language, the longest name at
// each place. stems are those of the words.
func (c *Concepts) In(text string, split []words.Word, stems []string, l hub.Lang) []Span {
	var all []Span
	for i := 0; i < len(split); {
		best := Span{From: i, To: i}
		c.longest(&best, split, stems, l, func(w words.Word) bool { return shouted(text[w.Start:w.End]) })
		if best.To > i {
			all = append(all, best)
			i = best.To
			continue
		}
		i++
	}
	return all
}

// longest widens the span to the longest form that begins where it does.
// acronym says of a word whether it may be an acronym.
func (c *Concepts) longest(best *Span, split []words.Word, stems []string, l hub.Lang, acronym func(words.Word) bool) {
	i := best.From
	if acronym(split[i]) {
		for _, f := range c.forms[split[i].Fold] {
			if f.lang == "" && i+len(f.words) > best.To && foldsBegin(split[i:], f.words) {
				best.To, best.Concept = i+len(f.words), f.concept
			}
		}
	}
	for _, f := range c.forms[stems[i]] {
		if f.lang == l && i+len(f.words) > best.To && begins(stems[i:], f.words) {
			best.To, best.Concept = i+len(f.words), f.concept
		}
	}
}

func begins(all, first []string) bool {
	if len(all) < len(first) {
		return false
	}
	for i := range first {
		if all[i] != first[i] {
			return false
		}
	}
	return true
}

func foldsBegin(all []words.Word, first []string) bool {
	if len(all) < len(first) {
		return false
	}
	for i := range first {
		if all[i].Fold != first[i] {
			return false
		}
	}
	return true
}

// shouted says whether a word of a text is written as acronyms are, so that
// the animal is not taken for the Convention against Torture. Scripts without
// capitals have no such sign.
func shouted(word string) bool {
	if s := words.ScriptOf(word); s == words.Arabic || s == words.Han {
		return true
	}
	return strings.ToLower(word) != word && strings.ToUpper(word[:min(2, len(word))]) == word[:min(2, len(word))]
}
