package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// get reads one document. A look-up of one row ends by itself, and soon: to
// watch the context meanwhile would cost more than the look-up.
func (x *session) get(ctx context.Context, t *tables, id string) (store.Doc, error) {
	d := store.Doc{ID: id}
	var keys string
	found := false
	err := x.query(context.WithoutCancel(ctx), func(rows *sql.Rows) error {
		found = true
		return rows.Scan(&d.Rev, &keys, &d.Body)
	}, t.get, id)
	if err != nil {
		return d, err
	}
	if !found {
		return d, hub.ErrNotFound
	}
	d.Keys, err = decodeKeys(keys)
	return d, err
}

func (x *session) insert(ctx context.Context, t *tables, d store.Doc) error {
	if _, err := x.exec(ctx, t.insert, d.ID, encodeKeys(d.Keys), blob(d.Body)); err != nil {
		return err
	}
	return x.reindex(ctx, t, d.ID, nil, d.Keys)
}

func (x *session) update(ctx context.Context, t *tables, d store.Doc) error {
	old, err := x.expect(ctx, t, d.ID, d.Rev)
	if err != nil {
		return err
	}
	if err := x.one(ctx, t.update, encodeKeys(d.Keys), blob(d.Body), d.ID, d.Rev); err != nil {
		return err
	}
	return x.reindex(ctx, t, d.ID, old, d.Keys)
}

func (x *session) delete(ctx context.Context, t *tables, id string, rev int64) error {
	old, err := x.expect(ctx, t, id, rev)
	if err != nil {
		return err
	}
	if err := x.one(ctx, t.remove, id, rev); err != nil {
		return err
	}
	return x.reindex(ctx, t, id, old, nil)
}

// expect returns the keys of a document that must have the revision.
func (x *session) expect(ctx context.Context, t *tables, id string, rev int64) (map[string]store.Value, error) {
	var is int64
	var keys string
	err := x.query(ctx, func(rows *sql.Rows) error { return rows.Scan(&is, &keys) }, t.head, id)
	switch {
	case err != nil:
		return nil, err
	case is == 0:
		return nil, hub.ErrNotFound
	case is != rev:
		return nil, fmt.Errorf("revision %d was expected, %d is stored: %w", rev, is, hub.ErrConflict)
	}
	return decodeKeys(keys)
}

// one runs a statement conditional on the revision.
func (x *session) one(ctx context.Context, query string, args ...any) error {
	n, err := x.exec(ctx, query, args...)
	if err == nil && n != 1 {
		return hub.ErrConflict
	}
	return err
}

// reindex replaces the rows of a document in the index tables. Those that stay
// the same are not touched, which is most of them at most updates.
func (x *session) reindex(ctx context.Context, t *tables, id string, old, keys map[string]store.Value) error {
	for _, ix := range t.indexes {
		before, after := entries(ix.Index, old), entries(ix.Index, keys)
		for _, e := range before {
			if !contains(after, e) {
				if _, err := x.exec(ctx, ix.remove, append(slices.Clone(e), id)...); err != nil {
					return err
				}
			}
		}
		for _, e := range after {
			if !contains(before, e) {
				if _, err := x.exec(ctx, ix.add, append(slices.Clone(e), id)...); err != nil {
					return fmt.Errorf("index %s: %w", ix.Name, err)
				}
			}
		}
	}
	return nil
}

// entries is what an index holds of a document: a row of values for each value
// of the field that has several, one row where none has, no row where a field
// is absent. No row twice.
func entries(ix store.Index, keys map[string]store.Value) [][]any {
	rows := [][]any{{}}
	for _, f := range ix.Fields {
		var next [][]any
		for _, row := range rows {
			for _, v := range values(keys[f]) {
				next = append(next, append(slices.Clone(row), v))
			}
		}
		rows = next
	}
	for i := len(rows) - 1; i > 0; i-- {
		if contains(rows[:i], rows[i]) {
			rows = slices.Delete(rows, i, i+1)
		}
	}
	return rows
}

func values(v store.Value) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []string:
		several := make([]any, len(v))
		for i, s := range v {
			several[i] = s
		}
		return several
	}
	return []any{v}
}

func contains(rows [][]any, row []any) bool {
	return slices.ContainsFunc(rows, func(r []any) bool { return slices.Equal(r, row) })
}

// blob keeps an empty body from being taken for NULL.
func blob(body []byte) []byte {
	if body == nil {
		return []byte{}
	}
	return body
}

func encodeKeys(keys map[string]store.Value) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(keys); err != nil {
		panic(fmt.Sprintf("encode keys: %v", err)) // store.Schema lets strings, int64 and lists of strings through
	}
	return string(bytes.TrimSpace(b.Bytes()))
}

// decodeKeys reads what encodeKeys wrote, in one pass: it is half the cost of
// reading a small document.
func decodeKeys(raw string) (map[string]store.Value, error) {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber() // an int64 does not fit a float64
	var keys map[string]store.Value
	if err := d.Decode(&keys); err != nil {
		return nil, fmt.Errorf("%w: keys: %w", errDamaged, err)
	}
	for f, v := range keys {
		value, err := decodeValue(v)
		if err != nil {
			return nil, fmt.Errorf("%w: key %s: %w", errDamaged, f, err)
		}
		keys[f] = value
	}
	return keys, nil
}

func decodeValue(v store.Value) (store.Value, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.Int64()
	case []any:
		several := make([]string, len(v))
		for i, s := range v {
			var ok bool
			if several[i], ok = s.(string); !ok {
				return nil, fmt.Errorf("%T in a list", s)
			}
		}
		return several, nil
	}
	return nil, fmt.Errorf("%T", v)
}
