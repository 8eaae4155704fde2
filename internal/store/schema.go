package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"nmirfhub/internal/hub"
)

// Schema is the declared collections, checked. It refuses what does not fit
// them before an adapter sees it. Safe for concurrent use.
type Schema struct {
	collections map[string]*declared
}

type declared struct {
	Collection
	fields map[string]bool // that some index names
}

// NewSchema checks the declarations. The error says which is wrong and why; it
// is a mistake in the program, so it is no hub error.
func NewSchema(cs []Collection) (*Schema, error) {
	s := &Schema{collections: map[string]*declared{}}
	for _, c := range cs {
		if err := checkName(c.Name); err != nil {
			return nil, fmt.Errorf("collection %q: %w", c.Name, err)
		}
		if s.collections[c.Name] != nil {
			return nil, fmt.Errorf("collection %q is declared twice", c.Name)
		}
		d := &declared{Collection: c, fields: map[string]bool{}}
		for i, x := range c.Indexes {
			if err := checkIndex(x, c.Indexes[:i]); err != nil {
				return nil, fmt.Errorf("collection %q, index %q: %w", c.Name, x.Name, err)
			}
			for _, f := range x.Fields {
				d.fields[f] = true
			}
		}
		s.collections[c.Name] = d
	}
	return s, nil
}

func checkIndex(x Index, before []Index) error {
	if err := checkName(x.Name); err != nil {
		return err
	}
	if len(x.Fields) == 0 {
		return fmt.Errorf("it names no field")
	}
	for i, f := range x.Fields {
		if err := checkName(f); err != nil {
			return fmt.Errorf("field %q: %w", f, err)
		}
		if slices.Contains(x.Fields[:i], f) {
			return fmt.Errorf("field %q stands twice", f)
		}
	}
	for _, o := range before {
		if o.Name == x.Name {
			return fmt.Errorf("the name stands twice")
		}
		if slices.Equal(o.Fields, x.Fields) {
			return fmt.Errorf("it has the fields of index %q", o.Name)
		}
	}
	return nil
}

// checkName holds names to what every engine takes without quoting rules of
// its own. The dot and the colon stay free for the adapters.
func checkName(s string) error {
	if s == "" || len(s) > 60 {
		return fmt.Errorf("a name has 1 to 60 bytes")
	}
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '_' && c != '-') {
			return fmt.Errorf("a name is a to z, then a to z, 0 to 9, _ and -")
		}
	}
	return nil
}

// Has says whether the collection is declared. The error is hub.Invalid with
// the field "collection".
func (s *Schema) Has(collection string) error {
	_, err := s.collection(collection)
	return err
}

// Indexes returns the indexes of a declared collection, nil for another. Not
// to be changed.
func (s *Schema) Indexes(collection string) []Index {
	if c := s.collections[collection]; c != nil {
		return c.Indexes
	}
	return nil
}

func (s *Schema) collection(name string) (*declared, error) {
	c := s.collections[name]
	if c == nil {
		return nil, &hub.Invalid{Field: "collection", Reason: hub.ReasonUnknown, Value: name}
	}
	return c, nil
}

// Find checks what Get and Delete are asked for: hub.Invalid when the
// collection is not declared, hub.ErrNotFound when no document can have the id.
func (s *Schema) Find(collection, id string) error {
	if err := s.Has(collection); err != nil {
		return err
	}
	if id == "" || len(id) > MaxID || !utf8.ValidString(id) {
		return hub.ErrNotFound
	}
	return nil
}

// Check returns the document as it is to be stored: its Keys copied and rid of
// empty lists. hub.Invalid with the field "collection", "id", "body" or
// "keys.NAME" when it does not fit the declarations or a limit.
func (s *Schema) Check(collection string, d Doc) (Doc, error) {
	c, err := s.collection(collection)
	if err != nil {
		return d, err
	}
	if err := checkID(d.ID); err != nil {
		return d, err
	}
	if len(d.Body) > MaxBody {
		return d, &hub.Invalid{Field: "body", Reason: hub.ReasonTooLong, Limit: MaxBody}
	}
	d.Keys, err = c.keys(d.Keys)
	return d, err
}

func checkID(id string) error {
	switch {
	case id == "":
		return &hub.Invalid{Field: "id", Reason: hub.ReasonRequired}
	case len(id) > MaxID:
		return &hub.Invalid{Field: "id", Reason: hub.ReasonTooLong, Value: id, Limit: MaxID}
	case !utf8.ValidString(id):
		return &hub.Invalid{Field: "id", Reason: hub.ReasonFormat, Value: id}
	}
	return nil
}

func (c *declared) keys(given map[string]Value) (map[string]Value, error) {
	keys := make(map[string]Value, len(given))
	for f, v := range given {
		if !c.fields[f] {
			return nil, &hub.Invalid{Field: "keys." + f, Reason: hub.ReasonUnknown}
		}
		if err := checkValue("keys."+f, v); err != nil {
			return nil, err
		}
		if several, ok := v.([]string); ok {
			if len(several) == 0 {
				continue
			}
			v = slices.Clone(several)
		}
		keys[f] = v
	}
	for _, x := range c.Indexes {
		if err := checkSeveral(x, keys); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// checkSeveral refuses a document with two lists in one index: every pair of
// their values would be an entry, and one of the engines has no such index.
func checkSeveral(x Index, keys map[string]Value) error {
	lists := 0
	for _, f := range x.Fields {
		if _, ok := keys[f].([]string); ok {
			if lists++; lists > 1 {
				return &hub.Invalid{Field: "keys." + f, Reason: hub.ReasonFormat, Value: "a second list in index " + x.Name}
			}
		}
	}
	return nil
}

func checkValue(field string, v Value) error {
	switch v := v.(type) {
	case int64:
		return nil
	case string:
		return checkString(field, v)
	case []string:
		if len(v) > MaxValues {
			return &hub.Invalid{Field: field, Reason: hub.ReasonTooLong, Limit: MaxValues}
		}
		for _, s := range v {
			if err := checkString(field, s); err != nil {
				return err
			}
		}
		return nil
	}
	return &hub.Invalid{Field: field, Reason: hub.ReasonFormat, Value: fmt.Sprintf("type %T", v)}
}

func checkString(field, s string) error {
	if len(s) > MaxKey {
		return &hub.Invalid{Field: field, Reason: hub.ReasonTooLong, Value: s, Limit: MaxKey}
	}
	if !utf8.ValidString(s) {
		return &hub.Invalid{Field: field, Reason: hub.ReasonFormat, Value: s}
	}
	return nil
}

// Compare orders two single values as indexes do: strings byte by byte, int64
// by size and before every string.
func Compare(a, b Value) int {
	x, xNumber := a.(int64)
	y, yNumber := b.(int64)
	switch {
	case xNumber && yNumber:
		return cmp.Compare(x, y)
	case xNumber:
		return -1
	case yNumber:
		return 1
	}
	return strings.Compare(a.(string), b.(string))
}
