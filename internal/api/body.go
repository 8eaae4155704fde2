package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"nmirfhub/internal/hub"
)

// Limits of what is sent.
const (
	MaxBody  = 256 << 10 // bytes
	maxDepth = 32
)

// decode reads a JSON object into a struct. Keys that it does not know, keys
// that stand twice, and nesting beyond maxDepth are refused: hub.Invalid with
// the field "body" and the key as its value; a value of the wrong type with
// its key as the field.
func decode(raw []byte, into any) error {
	if len(raw) > MaxBody {
		return errTooLarge
	}
	malformed := &hub.Invalid{Field: "body", Reason: hub.ReasonFormat}
	if !utf8.Valid(raw) {
		return malformed
	}
	keys, err := single(raw)
	if twice := (*hub.Invalid)(nil); errors.As(err, &twice) {
		return twice
	}
	if err != nil {
		return malformed
	}
	for _, k := range keys {
		if !knows(into, k) {
			return &hub.Invalid{Field: "body", Reason: hub.ReasonUnknown, Value: k}
		}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped) && mistyped.Field != "":
		return &hub.Invalid{Field: mistyped.Field, Reason: hub.ReasonFormat}
	case err != nil:
		return malformed
	}
	return nil
}

// knows says whether a struct has a field for a key, letter by letter.
func knows(into any, key string) bool {
	t := reflect.TypeOf(into).Elem()
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name == key {
			return true
		}
	}
	return false
}

var errShape = errors.New("it is no single JSON object")

// single says whether text is one JSON object in which no key stands twice,
// whatever its letters' case, and which keys it has.
func single(raw []byte) ([]string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errShape
	}
	keys, err := object(d, 1)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errShape
	}
	return keys, nil
}

// object reads the rest of an object and returns its keys.
func object(d *json.Decoder, depth int) ([]string, error) {
	var keys []string
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		if same := strings.ToLower(name); seen[same] {
			return nil, &hub.Invalid{Field: "body", Reason: hub.ReasonTaken, Value: name}
		} else {
			seen[same] = true
		}
		keys = append(keys, name)
		if err := value(d, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return keys, err
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
		_, err := object(d, depth+1)
		return err
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
