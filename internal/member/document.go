package member

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// encode writes a document. The types of the package always encode.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // a type with a channel or function: a mistake of ours
	}
	return b
}

// decode reads a document. A field that the type does not know is refused: a
// program older than the document would drop it with its next write, and it
// may be what keeps an account safe.
func decode[T any](body []byte) (T, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("decode %T: %w", v, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return v, fmt.Errorf("decode %T: more than one JSON value", v)
	}
	return v, nil
}
