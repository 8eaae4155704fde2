package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"nmirfhub/internal/hub"
)

// MaxTries is how often Change tries again when others change the same
// document.
const MaxTries = 50

// ErrSame is what set of Change answers when there is nothing to change.
var ErrSame = errors.New("as it should be")

// Load reads a document and the revision it has. hub.ErrNotFound when there is
// none.
func Load[T any](ctx context.Context, s Reader, collection, id string) (v T, rev int64, err error) {
	d, err := s.Get(ctx, collection, id)
	if err != nil {
		return v, 0, err
	}
	v, err = Decode[T](d)
	return v, d.Rev, err
}

// Decode reads what a document holds. A field that this program does not know
// is refused: it would be lost with the next write.
func Decode[T any](d Doc) (v T, err error) {
	dec := json.NewDecoder(bytes.NewReader(d.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, fmt.Errorf("read %s: %w", d.ID, err)
	}
	return v, nil
}

// All reads every document that a query finds, page by page; its Limit and
// After are not looked at.
func All[T any](ctx context.Context, s Reader, collection string, q Query) (all []T, err error) {
	for q.Limit, q.After = MaxLimit, ""; ; {
		page, err := s.List(ctx, collection, q)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			v, err := Decode[T](d)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		if q.After = page.Next; q.After == "" {
			return all, nil
		}
	}
}

// Change changes a document, guarded by its revision. set is called again with
// the newest state after a lost race; its error ends the attempt. hub.ErrConflict
// only after MaxTries lost races.
func Change[T any](ctx context.Context, s Store, collection, id string, keys func(T) map[string]Value, set func(*T) error) (T, error) {
	for range MaxTries {
		v, rev, err := Load[T](ctx, s, collection, id)
		if err != nil {
			return v, err
		}
		if err := set(&v); errors.Is(err, ErrSame) {
			return v, nil
		} else if err != nil {
			return v, err
		}
		body, err := json.Marshal(v)
		if err != nil {
			return v, err
		}
		err = s.Update(ctx, collection, Doc{ID: id, Rev: rev, Keys: keys(v), Body: body})
		if !errors.Is(err, hub.ErrConflict) {
			return v, err
		}
	}
	var none T
	return none, hub.ErrConflict
}
