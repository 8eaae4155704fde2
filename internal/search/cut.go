package search

import (
	"maps"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search/words"
)

// Field says what part of a record a text is.
type Field string

// The fields, the weightiest first.
const (
	FieldTitle   Field = "title"
	FieldSummary Field = "summary"
	FieldLabel   Field = "label"
	FieldText    Field = "text"
	FieldFile    Field = "file"
)

// Fields are all of them.
var Fields = [...]Field{FieldTitle, FieldSummary, FieldLabel, FieldText, FieldFile}

// Place is a field in a language.
type Place struct {
	Field Field
	Lang  hub.Lang
}

// Cut is a doc taken apart into what an index keeps of it.
type Cut struct {
	Stems         map[Place]string // stems in their order, with a space after each
	Words         []string         // every word, folded, of any language
	TitleWords    []string         // every word of a title or name, folded
	Concepts      []string         // ids of the concepts named anywhere
	TitleConcepts []string         // ids of those named in a title or label
	Codes         []string         // codes and their beginnings
}

// CutOf takes a doc apart.
func CutOf(d Doc, concepts *Concepts) Cut {
	c := &cutter{
		concepts: concepts, stems: map[Place]*strings.Builder{}, words: map[string]bool{}, titleWords: map[string]bool{},
		named: map[string]bool{}, titleNamed: map[string]bool{}, codes: map[string]bool{},
	}
	for _, v := range d.Versions {
		c.add(Place{FieldTitle, v.Lang}, v.Title)
		c.add(Place{FieldSummary, v.Lang}, v.Summary)
		c.add(Place{FieldText, v.Lang}, v.Text)
	}
	for l, text := range d.Labels {
		c.add(Place{FieldLabel, l}, text)
	}
	for _, f := range d.Files {
		c.add(Place{FieldFile, f.Lang}, f.Text)
	}
	for _, name := range d.Names {
		c.name(name)
	}
	cut := Cut{
		Stems: map[Place]string{}, Words: sorted(c.words), TitleWords: sorted(c.titleWords),
		Concepts: sorted(c.named), TitleConcepts: sorted(c.titleNamed), Codes: sorted(c.codes),
	}
	for at, b := range c.stems {
		cut.Stems[at] = b.String()
	}
	return cut
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

type cutter struct {
	concepts   *Concepts
	stems      map[Place]*strings.Builder
	words      map[string]bool
	titleWords map[string]bool
	named      map[string]bool
	titleNamed map[string]bool
	codes      map[string]bool
}

// add takes in a text, and its words, codes and concepts.
func (c *cutter) add(at Place, text string) {
	if text == "" {
		return
	}
	all := words.Split(text)
	stems := make([]string, len(all))
	b := c.stems[at]
	if b == nil {
		b = &strings.Builder{}
		c.stems[at] = b
	}
	for i, w := range all {
		stems[i] = words.Stem(text[w.Start:w.End], at.Lang)
		b.WriteString(stems[i])
		b.WriteByte(' ')
		c.words[w.Fold] = true
		if at.Field == FieldTitle {
			c.titleWords[w.Fold] = true
		}
	}
	for _, s := range c.concepts.In(text, all, stems, at.Lang) {
		c.named[s.Concept] = true
		if at.Field == FieldTitle || at.Field == FieldLabel {
			c.titleNamed[s.Concept] = true
		}
	}
	for _, code := range Codes(text) {
		c.codes[code] = true
	}
}

// name takes a proper name or symbol in.
func (c *cutter) name(name string) {
	for _, w := range words.Split(name) {
		c.words[w.Fold], c.titleWords[w.Fold] = true, true
	}
	for _, code := range CodeForms(name) {
		c.codes[code] = true
	}
}
