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
)

// mappingVersion names what an index looks like inside. Whoever changes the
// fields, or how words are cut and stemmed, gives it another name: an index of
// another version is made again.
const mappingVersion = "1"

// The fields of an entry, beside those of prose.
const (
	fieldWord         = "word"         // every word, folded, of any language
	fieldTitleWord    = "titleword"    // every word of a title or name, folded
	fieldConcept      = "concept"      // concepts named anywhere
	fieldTitleConcept = "titleconcept" // concepts named in a title or label
	fieldCode         = "code"         // codes and their beginnings
	fieldTag          = "tag"          // "state=MDA"
	fieldDate         = "date"
	fieldRev          = "rev"
)

// prose is the first half of the name of a field that holds stems; the
// language is the other: "title_fr".
func prose(f search.Field) string { return string(f) + "_" }

// proseFields are those fields, and what a word found in one is worth.
var proseFields = []struct {
	name  string
	worth float64
}{
	{prose(search.FieldTitle), 8}, {prose(search.FieldSummary), 2.5}, {prose(search.FieldLabel), 2}, {prose(search.FieldText), 1}, {prose(search.FieldFile), 0.6},
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

// entryOf makes what the index keeps of a doc.
func entryOf(d search.Doc, concepts *search.Concepts) map[string]any {
	cut := search.CutOf(d, concepts)
	fields := map[string]any{
		fieldWord: strings.Join(cut.Words, " "), fieldTitleWord: strings.Join(cut.TitleWords, " "),
		fieldConcept: cut.Concepts, fieldTitleConcept: cut.TitleConcepts, fieldCode: cut.Codes,
		fieldTag: d.Tags, fieldRev: strconv.FormatInt(d.Rev, 10),
	}
	if d.Date != "" {
		fields[fieldDate] = d.Date
	}
	for at, stems := range cut.Stems {
		fields[prose(at.Field)+string(at.Lang)] = stems
	}
	return fields
}
