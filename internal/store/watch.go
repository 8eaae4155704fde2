package store

import "context"

// Watch returns a view of the store that tells of every write that is tried
// through it, after it was: the collection and the id. Whether it was done is for
// the store to say. told may not wait.
func Watch(s Store, told func(collection, id string)) Store { return &watched{s, told} }

type watched struct {
	Store
	told func(collection, id string)
}

func (w *watched) Insert(ctx context.Context, collection string, d Doc) error {
	defer w.told(collection, d.ID)
	return w.Store.Insert(ctx, collection, d)
}

func (w *watched) Update(ctx context.Context, collection string, d Doc) error {
	defer w.told(collection, d.ID)
	return w.Store.Update(ctx, collection, d)
}

func (w *watched) Delete(ctx context.Context, collection, id string, rev int64) error {
	defer w.told(collection, id)
	return w.Store.Delete(ctx, collection, id, rev)
}
