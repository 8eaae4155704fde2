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

// The engine orders int64 before text and text before blobs; these lie below
// and above every value of an index, so that an open bound needs no SQL of its
// own.
var (
	floor   any = int64(math.MinInt64)
	ceiling any = []byte{0}
)

// place is where an entry stands: the values that order a span, then the ID.
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
	more := len(ids) > p.Limit
	docs, err := x.documents(ctx, t, ids[:min(len(ids), p.Limit)])
	if err != nil {
		return store.Page{}, err
	}
	return p.Page(docs, more)
}

func (x *session) documents(ctx context.Context, t *tables, ids []string) ([]store.Doc, error) {
	docs := make([]store.Doc, len(ids))
	for i, id := range ids {
		var err error
		docs[i], err = x.get(ctx, t, id)
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
func (x *session) span(ctx context.Context, ix table, p *store.Plan, s store.Span, n int) ([]string, error) {
	query := ix.find(len(p.Equal)+len(s.Same), p.Desc)
	var found []place
	for _, branch := range branches(p.Equal) {
		args := append(branch, values2(s)...)
		args = append(args, bound(s.From, floor), bound(s.To, ceiling), n)
		if err := x.query(ctx, into(&found, len(p.Order)-len(s.Same)+1), query, args...); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b place) int {
		if p.Desc {
			a, b = b, a
		}
		return slices.CompareFunc(a, b, store.Compare)
	})
	var ids []string
	for _, e := range found {
		if id := e.id(); len(ids) < n && (len(ids) == 0 || ids[len(ids)-1] != id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
