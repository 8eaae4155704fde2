// Package vocabulary is the codes of the field with their labels, the States
// with their names, the plain guide to terms, and the places on the tile map.
// All of it is read-only data from the shipped content; nothing of it is
// compiled in.
package vocabulary

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"nmirfhub/internal/hub"
)

// Set is all vocabularies. Safe for concurrent use.
type Set struct {
	lists    map[string]*List
	states   map[hub.State]StateFacts
	byCode   []StateFacts
	byName   map[hub.Lang][]hub.State
	tiles    []Tile
	glossary map[hub.Lang][]Term
}

// List is one vocabulary.
type List struct {
	Name   string `yaml:"list"`
	Source string `yaml:"source"` // where the codes come from
	Codes  []Code `yaml:"codes"`

	places map[string]int
}

// Code is a value of a list.
type Code struct {
	Code        string              `yaml:"code"`
	Label       map[hub.Lang]string `yaml:"label"`       // English always
	Description map[hub.Lang]string `yaml:"description"` // may be missing
	Also        []string            `yaml:"also"`        // words that content files use for the same
	Status      string              `yaml:"status"`      // "deprecated", or nothing for active
	Source      string              `yaml:"source"`      // where it is not that of the list
}

// StateFacts is a State: its names and what it belongs to.
type StateFacts struct {
	Code   hub.State           `json:"iso3"`
	Status string              `json:"status"` // member or observer of the United Nations
	Region string              `json:"region"` // code of the list "region"; empty for observers
	Names  map[hub.Lang]string `json:"names"`  // short names, in all seven languages
	Formal map[hub.Lang]string `json:"formal"` // formal names, where the source has one
	SIDS   bool                `json:"sids"`   // small island developing State
	LDC    bool                `json:"ldc"`    // least developed country
	LLDC   bool                `json:"lldc"`   // landlocked developing country
}

// Tile is the place of a State on the tile map.
type Tile struct {
	State    hub.State
	Col, Row int
	Observer bool
}

// Term is an entry of the plain guide to terms, in one language.
type Term struct {
	ID           string
	Category     string // code of the list "glossary-category"
	Term         string
	Abbreviation string
	Definition   string
	Lang         hub.Lang // in which language term and definition are
	English      string   // the English term, for whoever reads another language
}

// Load reads the vocabularies. The error names file, entry and field.
func Load(fsys fs.FS) (*Set, error) {
	s := &Set{lists: map[string]*List{}, states: map[hub.State]StateFacts{}, byName: map[hub.Lang][]hub.State{}, glossary: map[hub.Lang][]Term{}}
	for _, read := range []func(fs.FS) error{s.readLists, s.readStates, s.readTiles, s.readGlossary} {
		if err := read(fsys); err != nil {
			return nil, err
		}
	}
	for _, l := range hub.Langs {
		s.sortStates(l)
	}
	return s, nil
}

// State returns the facts of a State; false when there is none with the code.
func (s *Set) State(c hub.State) (StateFacts, bool) {
	f, ok := s.states[c]
	return f, ok
}

// States lists the States by code. The slice is shared: never change it.
func (s *Set) States() []StateFacts { return s.byCode }

// StatesByName lists the codes of the States as a reader of l sorts their
// names. The slice is shared: never change it.
func (s *Set) StatesByName(l hub.Lang) []hub.State { return s.byName[l] }

// StateName is the short name of a State in a language, or its code.
func (s *Set) StateName(c hub.State, l hub.Lang) string {
	if name := s.states[c].Names[l]; name != "" {
		return name
	}
	return string(c)
}

// FormalName is the formal name of a State in a language; empty when the
// source has none.
func (s *Set) FormalName(c hub.State, l hub.Lang) string { return s.states[c].Formal[l] }

// Region is the code of the regional group of a State; empty for none.
func (s *Set) Region(c hub.State) string { return s.states[c].Region }

// Tiles lists the places on the tile map. The slice is shared: never change it.
func (s *Set) Tiles() []Tile { return s.tiles }

// Glossary lists the terms as a reader of l sorts them. The slice is shared:
// never change it.
func (s *Set) Glossary(l hub.Lang) []Term { return s.glossary[l] }

// Label is what a code is called in a language, else in English, else the
// code itself.
func (s *Set) Label(list, code string, l hub.Lang) string {
	c, ok := s.code(list, code)
	if !ok {
		return code
	}
	return cmp.Or(c.Label[l], c.Label[hub.English], code)
}

// Description says what a code means, in a language, else in English, else
// nothing.
func (s *Set) Description(list, code string, l hub.Lang) string {
	c, _ := s.code(list, code)
	return cmp.Or(c.Description[l], c.Description[hub.English])
}

// Known says whether a list has a code.
func (s *Set) Known(list, code string) bool {
	_, ok := s.code(list, code)
	return ok
}

// Codes lists the codes of a list in their order; nil for an unknown list.
// The slice is shared: never change it.
func (s *Set) Codes(list string) []Code {
	if l := s.lists[list]; l != nil {
		return l.Codes
	}
	return nil
}

// CodeOf is the code for a word of a content file: the code itself, or the
// one that lists the word under "also". False when there is none.
func (s *Set) CodeOf(list, word string) (string, bool) {
	l := s.lists[list]
	if l == nil {
		return "", false
	}
	i, ok := l.places[word]
	if !ok {
		return "", false
	}
	return l.Codes[i].Code, true
}

func (s *Set) code(list, code string) (Code, bool) {
	l := s.lists[list]
	if l == nil {
		return Code{}, false
	}
	i, ok := l.places[code]
	if !ok || l.Codes[i].Code != code {
		return Code{}, false
	}
	return l.Codes[i], true
}

func (s *Set) readLists(fsys fs.FS) error {
	files, err := fs.Glob(fsys, "vocabulary/*.yaml")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("vocabulary: there is no file vocabulary/*.yaml")
	}
	for _, name := range files {
		var l List
		if err := readYAML(fsys, name, &l); err != nil {
			return err
		}
		if err := l.check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if s.lists[l.Name] != nil {
			return fmt.Errorf("%s: the list %q stands in another file too", name, l.Name)
		}
		s.lists[l.Name] = &l
	}
	return nil
}

func (l *List) check() error {
	if l.Name == "" || l.Source == "" || len(l.Codes) == 0 {
		return errors.New("list, source and codes are needed")
	}
	l.places = map[string]int{}
	for i, c := range l.Codes {
		if c.Code == "" {
			return fmt.Errorf("entry %d: the code is missing", i+1)
		}
		if c.Label[hub.English] == "" {
			return fmt.Errorf("%s: the English label is missing", c.Code)
		}
		for _, word := range append([]string{c.Code}, c.Also...) {
			if _, twice := l.places[word]; twice {
				return fmt.Errorf("%s: %q stands for another code already", c.Code, word)
			}
			l.places[word] = i
		}
	}
	return nil
}

func (s *Set) sortStates(l hub.Lang) {
	names := make([]hub.State, 0, len(s.byCode))
	for _, f := range s.byCode {
		names = append(names, f.Code)
	}
	keys := sortKeys(l)
	slices.SortFunc(names, func(a, b hub.State) int {
		return cmp.Or(slices.Compare(keys(s.StateName(a, l)), keys(s.StateName(b, l))), cmp.Compare(a, b))
	})
	s.byName[l] = names
}

// sortKeys makes the keys by which a reader of l sorts, each once.
func sortKeys(l hub.Lang) func(string) []byte {
	col := collate.New(language.MustParse(string(l)), collate.IgnoreCase)
	var buf collate.Buffer
	made := map[string][]byte{}
	return func(s string) []byte {
		if k, ok := made[s]; ok {
			return k
		}
		k := slices.Clone(col.KeyFromString(&buf, s))
		buf.Reset()
		made[s] = k
		return k
	}
}
