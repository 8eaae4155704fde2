package bleve

import (
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/mapping"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/words"
)

// mappingVersion names what an index looks like inside. Whoever changes the
// fields, or how words are cut and stemmed, gives it another name: an index of
// another version is made again.
const mappingVersion = "1"

// The fields of an entry. Those with a language hold stems, and stand once for
// each language: "title_fr".
const (
	fieldTitle   = "title_"
	fieldSummary = "summary_"
	fieldLabel   = "label_"
	fieldText    = "text_"
	fieldFile    = "file_"

	fieldWord         = "word"         // every word, folded, of any language
	fieldTitleWord    = "titleword"    // every word of a title or name, folded
	fieldConcept      = "concept"      // concepts named anywhere
	fieldTitleConcept = "titleconcept" // concepts named in a title or label
	fieldCode         = "code"         // codes and their beginnings
	fieldTag          = "tag"          // "state=MDA"
	fieldDate         = "date"
	fieldRev          = "rev"
)

// proseFields are the fields with a language, and what a word found in one is
// worth.
var proseFields = []struct {
	name  string
	worth float64
}{
	{fieldTitle, 8}, {fieldSummary, 2.5}, {fieldLabel, 2}, {fieldText, 1}, {fieldFile, 0.6},
}

const split = "split"

// newMapping says how entries are kept. What comes in is cut and stemmed
// already: the index keeps the words as they are.
func newMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	err := m.AddCustomAnalyzer(split, map[string]any{"type": custom.Name, "tokenizer": whitespace.Name})
	if err != nil {
		return nil, err
	}
	// The scores rest on how many entries there are and how many have a word,
	// which the library counts without what was taken out. BM25 in this
	// library also takes the size of the dictionary, where words linger.
	m.DefaultAnalyzer = split
	m.IndexDynamic, m.StoreDynamic, m.DocValuesDynamic = false, false, false
	entry := bleve.NewDocumentStaticMapping()
	for _, l := range hub.Langs {
		for _, f := range proseFields {
			entry.AddFieldMappingsAt(f.name+string(l), textField(true))
		}
	}
	entry.AddFieldMappingsAt(fieldWord, textField(false))
	entry.AddFieldMappingsAt(fieldTitleWord, textField(false))
	for _, name := range []string{fieldConcept, fieldTitleConcept, fieldCode} {
		entry.AddFieldMappingsAt(name, codeField(false))
	}
	for _, name := range []string{fieldTag, fieldDate, fieldRev} {
		entry.AddFieldMappingsAt(name, codeField(true))
	}
	m.DefaultMapping = entry
	return m, nil
}

// textField holds words. Where they stand, which a phrase needs, and how often
// are kept for prose alone.
func textField(prose bool) *mapping.FieldMapping {
	f := bleve.NewTextFieldMapping()
	f.Analyzer, f.Store, f.IncludeInAll, f.DocValues = split, false, false, false
	f.IncludeTermVectors, f.SkipFreqNorm = prose, !prose
	return f
}

// codeField holds whole values.
func codeField(values bool) *mapping.FieldMapping {
	f := bleve.NewTextFieldMapping()
	f.Analyzer, f.Store, f.IncludeInAll, f.DocValues = keyword.Name, false, false, values
	f.IncludeTermVectors, f.SkipFreqNorm = false, true
	return f
}

// entry makes what the index keeps of a doc.
type entry struct {
	concepts   *search.Concepts
	prose      map[string]*strings.Builder
	words      map[string]bool
	titleWords map[string]bool
	named      map[string]bool
	titleNamed map[string]bool
	codes      map[string]bool
}

func entryOf(d search.Doc, concepts *search.Concepts) map[string]any {
	e := &entry{
		concepts: concepts, prose: map[string]*strings.Builder{}, words: map[string]bool{}, titleWords: map[string]bool{},
		named: map[string]bool{}, titleNamed: map[string]bool{}, codes: map[string]bool{},
	}
	for _, v := range d.Versions {
		e.add(fieldTitle, v.Lang, v.Title)
		e.add(fieldSummary, v.Lang, v.Summary)
		e.add(fieldText, v.Lang, v.Text)
	}
	for l, text := range d.Labels {
		e.add(fieldLabel, l, text)
	}
	for _, f := range d.Files {
		e.add(fieldFile, f.Lang, f.Text)
	}
	for _, name := range d.Names {
		e.name(name)
	}
	fields := map[string]any{
		fieldWord: joined(e.words), fieldTitleWord: joined(e.titleWords),
		fieldConcept: keysOf(e.named), fieldTitleConcept: keysOf(e.titleNamed), fieldCode: keysOf(e.codes),
		fieldTag: d.Tags, fieldRev: strconv.FormatInt(d.Rev, 10),
	}
	if d.Date != "" {
		fields[fieldDate] = d.Date
	}
	for name, b := range e.prose {
		fields[name] = b.String()
	}
	return fields
}

// add takes a text in a language into a field, and its words, codes and
// concepts into theirs.
func (e *entry) add(field string, l hub.Lang, text string) {
	if text == "" {
		return
	}
	all := words.Split(text)
	stems := make([]string, len(all))
	name := field + string(l)
	b := e.prose[name]
	if b == nil {
		b = &strings.Builder{}
		e.prose[name] = b
	}
	for i, w := range all {
		stems[i] = words.Stem(text[w.Start:w.End], l)
		b.WriteString(stems[i])
		b.WriteByte(' ')
		e.words[w.Fold] = true
		if field == fieldTitle {
			e.titleWords[w.Fold] = true
		}
	}
	for _, s := range e.concepts.In(text, all, stems, l) {
		e.named[s.Concept] = true
		if field == fieldTitle || field == fieldLabel {
			e.titleNamed[s.Concept] = true
		}
	}
	for _, c := range search.Codes(text) {
		e.codes[c] = true
	}
}

// name takes a proper name or symbol in.
func (e *entry) name(name string) {
	for _, w := range words.Split(name) {
		e.words[w.Fold], e.titleWords[w.Fold] = true, true
	}
	for _, c := range search.CodeForms(name) {
		e.codes[c] = true
	}
}

func joined(set map[string]bool) string { return strings.Join(keysOf(set), " ") }

func keysOf(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	return keys
}
