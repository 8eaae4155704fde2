package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"nmirfhub/internal/hub"
)

// Limits of what is sent.
const (
	MaxBody  = 256 << 10 // bytes
	maxDepth = 32
)

// decode reads a JSON object into a type. What the type does not know, keys
// that stand twice, and nesting beyond maxDepth are refused: hub.Invalid with
// the field "body".
func decode(raw []byte, into any) error {
	if len(raw) > MaxBody {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonTooLong, Limit: MaxBody}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if !utf8.Valid(raw) || single(raw) != nil || d.Decode(into) != nil {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonFormat}
	}
	return nil
}

var errShape = errors.New("it is no single JSON object with each key once")

// single says whether text is one JSON object in which no key stands twice.
func single(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errShape
	}
	if err := object(d, 1); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errShape
	}
	return nil
}

// object reads the rest of an object.
func object(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if seen[name] {
			return errShape
		}
		seen[name] = true
		if err := value(d, depth); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func value(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if depth >= maxDepth {
		return errShape
	}
	switch t {
	case json.Delim('{'):
		return object(d, depth+1)
	case json.Delim('['):
		for d.More() {
			if err := value(d, depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}
