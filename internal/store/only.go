package store

import (
	"context"
	"slices"

	"nmirfhub/internal/hub"
)

// Only returns a view of the store that knows the named collections and no
// others: any other gives hub.Invalid with the field "collection", as if it
// were not declared. It is for handing a service what is its own. To close the
// view does nothing; whoever opened the store closes it.
func Only(s Store, collections ...string) Store {
	return &only{s, slices.Clone(collections)}
}

type only struct {
	store Store
	names []string
}

func (o *only) has(collection string) error {
	if !slices.Contains(o.names, collection) {
		return &hub.Invalid{Field: "collection", Reason: hub.ReasonUnknown, Value: collection}
	}
	return nil
}

func (o *only) Get(ctx context.Context, collection, id string) (Doc, error) {
	if err := o.has(collection); err != nil {
		return Doc{}, err
	}
	return o.store.Get(ctx, collection, id)
}

func (o *only) List(ctx context.Context, collection string, q Query) (Page, error) {
	if err := o.has(collection); err != nil {
		return Page{}, err
	}
	return o.store.List(ctx, collection, q)
}

func (o *only) Insert(ctx context.Context, collection string, d Doc) error {
	if err := o.has(collection); err != nil {
		return err
	}
	return o.store.Insert(ctx, collection, d)
}

func (o *only) Update(ctx context.Context, collection string, d Doc) error {
	if err := o.has(collection); err != nil {
		return err
	}
	return o.store.Update(ctx, collection, d)
}

func (o *only) Delete(ctx context.Context, collection, id string, rev int64) error {
	if err := o.has(collection); err != nil {
		return err
	}
	return o.store.Delete(ctx, collection, id, rev)
}

func (o *only) Ping(ctx context.Context) error { return o.store.Ping(ctx) }

func (o *only) Close() error { return nil }
