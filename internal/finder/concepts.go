package finder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
	"nmirfhub/internal/vocabulary"
)

// ReadConcepts reads the table of names from concepts.yaml, with the names of
// all States beside it. shape changes whenever the table does: an index made
// with another table is made again.
func ReadConcepts(files fs.FS, v *vocabulary.Set) (concepts *search.Concepts, shape string, err error) {
	raw, err := fs.ReadFile(files, "concepts.yaml")
	if err != nil {
		return nil, "", fmt.Errorf("read the concepts: %w", err)
	}
	var table struct {
		Concepts []search.Concept `yaml:"concepts"`
	}
	if err := yaml.Unmarshal(raw, &table); err != nil {
		return nil, "", fmt.Errorf("concepts.yaml: %w", err)
	}
	for _, s := range v.States() {
		c := search.Concept{ID: "state " + string(s.Code), Names: map[hub.Lang][]string{}, Firm: true}
		for _, l := range hub.Langs {
			c.Names[l] = []string{v.StateName(s.Code, l)}
			if formal := v.FormalName(s.Code, l); formal != "" {
				c.Names[l] = append(c.Names[l], formal)
			}
		}
		table.Concepts = append(table.Concepts, c)
	}
	concepts, err = search.NewConcepts(table.Concepts)
	if err != nil {
		return nil, "", fmt.Errorf("concepts.yaml: %w", err)
	}
	sum := sha256.Sum256(raw)
	return concepts, hex.EncodeToString(sum[:6]), nil
}
