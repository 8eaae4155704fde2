package mongo

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"nmirfhub/internal/store"
)

// List: see store.Reader. Each span of the plan is one query. Several values
// for a field go as $in: the server merges the stretches of the index in order
// and leaves out what it finds twice.
func (s *Store) List(ctx context.Context, collection string, q store.Query) (store.Page, error) {
	page, err := s.list(ctx, collection, q)
	if err != nil {
		return store.Page{}, fmt.Errorf("list %s by %q: %w", collection, q.Index, err)
	}
	return page, nil
}

func (s *Store) list(ctx context.Context, collection string, q store.Query) (store.Page, error) {
	p, err := s.schema.Plan(collection, q)
	if err != nil {
		return store.Page{}, err
	}
	var docs []store.Doc
	err = within(ctx, func(ctx context.Context) error {
		for _, span := range p.Spans {
			if len(docs) > p.Limit {
				return nil
			}
			found, err := s.span(ctx, p, span, p.Limit+1-len(docs))
			if err != nil {
				return err
			}
			docs = append(docs, found...)
		}
		return nil
	})
	if err != nil {
		return store.Page{}, err
	}
	return p.Page(docs[:min(len(docs), p.Limit)], len(docs) > p.Limit)
}

// span returns the first n documents of a span.
func (s *Store) span(ctx context.Context, p *store.Plan, span store.Span, n int) ([]store.Doc, error) {
	opts := options.Find().SetSort(order(p, span)).SetLimit(int64(n)).SetBatchSize(int32(n)).SetHint(listName(p.Index))
	cursor, err := s.db.Collection(p.Collection).Find(ctx, filter(p, span), opts)
	if err != nil {
		return nil, err
	}
	var found []document
	if err := cursor.All(ctx, &found); err != nil {
		return nil, err
	}
	docs := make([]store.Doc, len(found))
	for i, d := range found {
		if docs[i], err = d.doc(); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// filter says which documents are in a span. The order fields without a bound
// must be there: what lacks a field is left out.
func filter(p *store.Plan, span store.Span) bson.D {
	var f bson.D
	for i, values := range p.Equal {
		if len(values) == 1 {
			f = append(f, bson.E{Key: key(p.Index.Fields[i]), Value: values[0]})
		} else {
			f = append(f, bson.E{Key: key(p.Index.Fields[i]), Value: bson.D{{Key: "$in", Value: values}}})
		}
	}
	for i, v := range span.Same {
		f = append(f, bson.E{Key: key(p.Order[i]), Value: v})
	}
	free := p.Order[len(span.Same):]
	bounded := "_id"
	if len(free) > 0 {
		bounded = key(free[0])
	}
	if b := bounds(span); len(b) > 0 {
		f = append(f, bson.E{Key: bounded, Value: b})
		free = free[min(1, len(free)):]
	}
	for _, field := range free {
		f = append(f, bson.E{Key: key(field), Value: bson.D{{Key: "$exists", Value: true}}})
	}
	return f
}

func bounds(span store.Span) bson.D {
	var b bson.D
	if span.From != nil {
		b = append(b, bson.E{Key: "$gte", Value: span.From})
	}
	if span.To != nil {
		b = append(b, bson.E{Key: "$lt", Value: span.To})
	}
	return b
}

// order sorts by the fields that may differ within a span, then by the id.
func order(p *store.Plan, span store.Span) bson.D {
	direction := 1
	if p.Desc {
		direction = -1
	}
	var o bson.D
	for _, f := range p.Order[len(span.Same):] {
		o = append(o, bson.E{Key: key(f), Value: direction})
	}
	return append(o, bson.E{Key: "_id", Value: direction})
}

func key(field string) string { return "k." + field }
