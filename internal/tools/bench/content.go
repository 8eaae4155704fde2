package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// multiply writes a content folder with so many copies of every record, each
// under a slug and title of its own. Mechanisms stay as they are: a State has
// one.
func multiply(from, to string, times int) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(to, "records", "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "/mechanism.yaml") {
			continue
		}
		if err := copies(file, times); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func copies(file string, times int) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var records []map[string]any
	if err := yaml.Unmarshal(raw, &records); err != nil {
		return err
	}
	var out bytes.Buffer
	for n := range times {
		for _, r := range records {
			one := map[string]any{}
			for k, v := range r {
				one[k] = v
			}
			if n > 0 {
				one["slug"] = fmt.Sprintf("%s-%d", r["slug"], n)
			}
			line, err := json.Marshal(one)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "- %s\n", line)
		}
	}
	return os.WriteFile(file, out.Bytes(), 0o600)
}
