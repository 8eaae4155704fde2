package vocabulary

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"nmirfhub/internal/hub"
)

// readYAML reads a file into a type and refuses keys that the type lacks.
func readYAML(fsys fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (s *Set) readStates(fsys fs.FS) error {
	const name = "states.json"
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := json.Unmarshal(raw, &s.byCode); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i, f := range s.byCode {
		if _, err := hub.ParseState(string(f.Code)); err != nil {
			return fmt.Errorf("%s: State %d: %w", name, i+1, err)
		}
		if _, twice := s.states[f.Code]; twice {
			return fmt.Errorf("%s: %s stands there twice", name, f.Code)
		}
		for _, l := range hub.Langs {
			if f.Names[l] == "" {
				return fmt.Errorf("%s: %s has no name in %s", name, f.Code, l)
			}
		}
		if f.Region != "" && !s.Known("region", f.Region) {
			return fmt.Errorf("%s: %s: there is no region %q", name, f.Code, f.Region)
		}
		s.states[f.Code] = f
	}
	slices.SortFunc(s.byCode, func(a, b StateFacts) int { return cmp.Compare(a.Code, b.Code) })
	return nil
}

func (s *Set) readTiles(fsys fs.FS) error {
	const name = "tilegrid.csv"
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	taken := map[[2]int]hub.State{}
	for i, row := range rows[min(1, len(rows)):] {
		t, err := tile(row)
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", name, i+2, err)
		}
		if _, known := s.states[t.State]; !known {
			return fmt.Errorf("%s: line %d: there is no State %q", name, i+2, t.State)
		}
		if other, twice := taken[[2]int{t.Col, t.Row}]; twice {
			return fmt.Errorf("%s: line %d: %s has the place of %s", name, i+2, t.State, other)
		}
		taken[[2]int{t.Col, t.Row}] = t.State
		s.tiles = append(s.tiles, t)
	}
	return nil
}

func tile(row []string) (Tile, error) {
	if len(row) != 4 {
		return Tile{}, errors.New("want iso3, col, row, status")
	}
	col, errCol := strconv.Atoi(row[1])
	at, errRow := strconv.Atoi(row[2])
	if err := errors.Join(errCol, errRow); err != nil {
		return Tile{}, err
	}
	return Tile{State: hub.State(row[0]), Col: col, Row: at, Observer: row[3] == "observer"}, nil
}

// term is an entry of glossary.yaml. Source is kept for editors.
type term struct {
	ID           string    `yaml:"id"`
	Term         string    `yaml:"term"`
	Abbreviation string    `yaml:"abbreviation"`
	Category     string    `yaml:"category"`
	Definition   string    `yaml:"definition"`
	Source       yaml.Node `yaml:"source"`
}

// translated is an entry of translations/{lang}/glossary.yaml.
type translated struct {
	Term         string `yaml:"term"`
	Abbreviation string `yaml:"abbreviation"`
	Definition   string `yaml:"definition"`
}

func (s *Set) readGlossary(fsys fs.FS) error {
	const name = "glossary.yaml"
	var file struct {
		Version int    `yaml:"version"`
		Source  string `yaml:"source_document"`
		Items   []term `yaml:"items"`
	}
	if err := readYAML(fsys, name, &file); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, t := range file.Items {
		if t.ID == "" || t.Term == "" || t.Definition == "" {
			return fmt.Errorf("%s: entry %d: id, term and definition are needed", name, i+1)
		}
		if seen[t.ID] {
			return fmt.Errorf("%s: %s stands there twice", name, t.ID)
		}
		seen[t.ID] = true
		if !s.Known("glossary-category", t.Category) {
			return fmt.Errorf("%s: %s: there is no category %q", name, t.ID, t.Category)
		}
	}
	for _, l := range hub.Langs {
		own := map[string]translated{}
		path := "translations/" + string(l) + "/" + name
		if err := readYAML(fsys, path, &own); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for id := range own {
			if !seen[id] {
				return fmt.Errorf("%s: %s: there is no term of this id", path, id)
			}
		}
		s.glossary[l] = glossaryIn(l, file.Items, own)
	}
	return nil
}

func glossaryIn(l hub.Lang, items []term, own map[string]translated) []Term {
	var all []Term
	for _, t := range items {
		x := Term{ID: t.ID, Category: t.Category, Term: t.Term, Abbreviation: t.Abbreviation, Definition: t.Definition, Lang: hub.English, English: t.Term}
		if o, ok := own[t.ID]; ok && o.Term != "" {
			x.Term, x.Definition, x.Lang = o.Term, cmp.Or(o.Definition, t.Definition), l
			x.Abbreviation = cmp.Or(o.Abbreviation, t.Abbreviation)
		}
		all = append(all, x)
	}
	keys := sortKeys(l)
	slices.SortFunc(all, func(a, b Term) int {
		return cmp.Or(slices.Compare(keys(a.Term), keys(b.Term)), cmp.Compare(a.ID, b.ID))
	})
	return all
}
