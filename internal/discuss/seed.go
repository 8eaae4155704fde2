package discuss

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"

	"nmirfhub/internal/hub"
)

// ReadSpaces reads the spaces that come with the hub from spaces.yaml; none
// where there is no such file.
func ReadSpaces(files fs.FS) ([]Space, error) {
	raw, err := fs.ReadFile(files, "spaces.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list struct {
		Spaces []struct {
			Slug      string
			Tier      Tier
			Kind      Kind
			Anonymous bool
			Names     map[hub.Lang]Name
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("spaces.yaml: %w", err)
	}
	var all []Space
	for _, x := range list.Spaces {
		all = append(all, Space{Slug: x.Slug, Tier: x.Tier, Kind: x.Kind, Anonymous: x.Anonymous, Names: x.Names})
	}
	return all, nil
}
