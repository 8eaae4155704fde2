package meili

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/search/words"
)

// The attributes of an entry.
const (
	attrID           = "id"
	attrRev          = "rev"
	attrDate         = "date"
	attrTag          = "tag"          // "state=MDA"
	attrNamed        = "named"        // ids of the concepts named
	attrTitleConcept = "titleConcept" // tokens of the concepts named in a title or label
	attrConcept      = "concept"      // tokens of those named anywhere
	attrCode         = "code"         // tokens of codes
	attrTitle        = "title"        // stems, an item for each language
	attrSummary      = "summary"
	attrLabel        = "label"
	attrText         = "text"
	attrFile         = "file"
	attrTitleWord    = "titleWord" // every word of a title or name, folded
	attrWord         = "word"      // every word, folded
)

// entry is what the server keeps of a doc.
type entry struct {
	ID           string   `json:"id"`
	Rev          int64    `json:"rev"`
	Date         string   `json:"date,omitempty"`
	Tag          []string `json:"tag"`
	Named        []string `json:"named"`
	TitleConcept string   `json:"titleConcept"`
	Concept      string   `json:"concept"`
	Code         string   `json:"code"`
	Title        []string `json:"title"`
	Summary      []string `json:"summary"`
	Label        []string `json:"label"`
	Text         []string `json:"text"`
	File         []string `json:"file"`
	TitleWord    string   `json:"titleWord"`
	Word         string   `json:"word"`
}

func entryOf(d search.Doc, table *search.Concepts) entry {
	cut := search.CutOf(d, table)
	e := entry{
		ID: d.ID, Rev: d.Rev, Date: d.Date, Tag: d.Tags, Named: cut.Concepts,
		TitleConcept: tokens(concepts, cut.TitleConcepts), Concept: tokens(concepts, cut.Concepts), Code: tokens(codes, cut.Codes),
		TitleWord: veiled(cut.TitleWords, table), Word: veiled(cut.Words, table),
	}
	into := map[search.Field]*[]string{
		search.FieldTitle: &e.Title, search.FieldSummary: &e.Summary, search.FieldLabel: &e.Label, search.FieldText: &e.Text, search.FieldFile: &e.File,
	}
	for _, f := range search.Fields {
		for _, l := range hub.Langs {
			if stems := cut.Stems[search.Place{Field: f, Lang: l}]; stems != "" {
				*into[f] = append(*into[f], veiled(strings.Fields(stems), table))
			}
		}
	}
	for _, name := range d.Names {
		e.Title = append(e.Title, stemmed(name, table)...)
	}
	return e
}

// stemmed is a name as a text of each language, since it is of any.
func stemmed(name string, table *search.Concepts) []string {
	var all []string
	for _, l := range hub.Langs {
		var stems []string
		for _, w := range words.Split(name) {
			stems = append(stems, words.Stem(name[w.Start:w.End], l))
		}
		if s := veiled(stems, table); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// veiled are words with a token in the place of each acronym, so that no word
// with a slip of the finger is read as one.
func veiled(all []string, table *search.Concepts) string {
	all = slices.Clone(all)
	for i, w := range all {
		if table.IsAcronym(w) {
			all[i] = token(acronyms, w)
		}
	}
	return strings.Join(all, " ")
}

// What a token stands for.
const (
	acronyms = "a"
	concepts = "c"
	codes    = "d"
)

// token is a word of nothing but letters that stands for a concept or code,
// which the server would take apart.
func token(kind, value string) string {
	sum := sha256.Sum256([]byte(value))
	n := binary.BigEndian.Uint64(sum[:])
	letters := []byte("q" + kind)
	for range 13 {
		letters = append(letters, byte('a'+n%26))
		n /= 26
	}
	return string(letters)
}

func tokens(kind string, values []string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = token(kind, v)
	}
	return strings.Join(all, " ")
}
