package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// The engine orders int64 before text and text before blobs: these lie below
// and above every value of an index, so that an open bound needs no SQL of its
// own.
var (
	floor   = any(int64(math.MinInt64))
	ceiling = any([]byte{0})
)

// place is where an entry stands in a span: the values that order it, then
// the ID.
type place []store.Value

func (p place) id() string { return p[len(p)-1].(string) }

// list answers a plan. To be called in a transaction, so that the entries and
// the documents are of one moment.
func (x *session) list(ctx context.Context, t *tables, p *store.Plan) (store.Page, error) {
	ix := t.indexes[slices.IndexFunc(t.indexes, func(ix table) bool { return ix.Name == p.Index.Name })]
	var ids []string
	for _, span := range p.Spans {
		if len(ids) > p.Limit {
			break
		}
		found, err := x.span(ctx, ix, p, span, p.Limit+1-len(ids))
		if err != nil {
			return store.Page{}, err
		}
		ids = append(ids, found...)
	}
	docs, err := x.documents(ctx, t, ids[:min(len(ids), p.Limit)])
	if err != nil {
		return store.Page{}, err
	}
	return p.Page(docs, len(ids) > p.Limit)
}

func (x *session) documents(ctx context.Context, t *tables, ids []string) ([]store.Doc, error) {
	docs := make([]store.Doc, len(ids))
	for i, id := range ids {
		err := ctx.Err()
		if err == nil {
			docs[i], err = x.get(ctx, t, id)
		}
		if errors.Is(err, hub.ErrNotFound) {
			return nil, fmt.Errorf("%w: an index of %s names %q, which is not there", errDamaged, t.name, id)
		}
		if err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// span returns the ids of the first n documents of a span, in order. Each
// combination of the values asked for is a branch that the index has in order;
// the branches are merged, and a document found by several of them comes once.
// Ids and keys are small, so that the merge reads n of each branch at once:
// only the documents that are in the answer are read whole.
func (x *session) span(ctx context.Context, ix table, p *store.Plan, s store.Span, n int) ([]string, error) {
	query := ix.find(len(p.Equal)+len(s.Same), p.Desc)
	columns := len(p.Order) - len(s.Same) + 1
	var found []place
	add := func(rows *sql.Rows) error {
		e, err := scanPlace(rows, columns)
		found = append(found, e)
		return err
	}
	several := branches(p.Equal)
	for _, branch := range several {
		if err := x.query(ctx, add, query, arguments(branch, s, n)...); err != nil {
			return nil, err
		}
	}
	if len(several) > 1 {
		slices.SortFunc(found, order(p.Desc))
	}
	return distinct(found, n), nil
}

// distinct returns the ids of the first n places; places of one document
// stand beside each other.
func distinct(found []place, n int) []string {
	var ids []string
	for _, e := range found {
		if id := e.id(); len(ids) < n && (len(ids) == 0 || ids[len(ids)-1] != id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func order(desc bool) func(a, b place) int {
	return func(a, b place) int {
		if desc {
			a, b = b, a
		}
		return slices.CompareFunc(a, b, store.Compare)
	}
}

func scanPlace(rows *sql.Rows, columns int) (place, error) {
	e := make(place, columns)
	into := make([]any, columns)
	for i := range e {
		into[i] = &e[i]
	}
	return e, rows.Scan(into...)
}

// branches is every combination of one value for each field.
func branches(equal [][]store.Value) [][]store.Value {
	all := [][]store.Value{{}}
	for _, values := range equal {
		var next [][]store.Value
		for _, b := range all {
			for _, v := range values {
				next = append(next, append(slices.Clone(b), v))
			}
		}
		all = next
	}
	return all
}

// arguments fills table.find.
func arguments(branch []store.Value, s store.Span, n int) []any {
	var args []any
	for _, v := range slices.Concat(branch, s.Same) {
		args = append(args, v)
	}
	return append(args, bound(s.From, floor), bound(s.To, ceiling), n)
}

func bound(v store.Value, open any) any {
	if v == nil {
		return open
	}
	return v
}
