package storetest

import (
	"context"
	"sync"

	"nmirfhub/internal/store"
)

// Call is something that a store is asked to do.
type Call struct {
	Name       string // "get", "list", "insert", "update" or "delete"
	Collection string
}

// writes says whether the call changes something.
func (c Call) writes() bool { return c.Name != "get" && c.Name != "list" }

// Faulty is a store for tests of services: a real one whose calls fail when
// they are told to. Safe for concurrent use.
type Faulty struct {
	store.Store

	mu     sync.Mutex
	rule   func(Call) error
	nth    int  // write that fails; 0: none
	done   bool // and is done all the same
	fault  error
	failed bool
}

// When makes each call fail for which the rule has an error; it is not done.
// Nil ends that.
func (f *Faulty) When(rule func(Call) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rule = rule
}

// Break makes the calls of a name on a collection fail.
func (f *Faulty) Break(name, collection string, err error) {
	f.When(func(c Call) error {
		if c == (Call{name, collection}) {
			return err
		}
		return nil
	})
}

// FailWrite makes the n-th write from now on fail, and no other. With done it
// is carried out and only its answer is lost.
func (f *Faulty) FailWrite(n int, done bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nth, f.done, f.fault, f.failed = n, done, err, false
}

// Mend makes everything work again.
func (f *Faulty) Mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rule, f.nth = nil, 0
}

// Failed says whether the write of FailWrite was asked for.
func (f *Faulty) Failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// check is the error of a call; done when it is carried out all the same.
func (f *Faulty) check(c Call) (done bool, err error) {
	f.mu.Lock()
	rule := f.rule
	if c.writes() && f.nth > 0 {
		if f.nth--; f.nth == 0 {
			f.failed = true
			err, done = f.fault, f.done
		}
	}
	f.mu.Unlock()
	if err == nil && rule != nil {
		err = rule(c) // without the lock: it may use the store
	}
	return done, err
}

func (f *Faulty) write(c Call, do func() error) error {
	done, err := f.check(c)
	if err == nil || done {
		if real := do(); real != nil {
			return real
		}
	}
	return err
}

// Get is store.Reader's.
func (f *Faulty) Get(ctx context.Context, collection, id string) (store.Doc, error) {
	if _, err := f.check(Call{"get", collection}); err != nil {
		return store.Doc{}, err
	}
	return f.Store.Get(ctx, collection, id)
}

// List is store.Reader's.
func (f *Faulty) List(ctx context.Context, collection string, q store.Query) (store.Page, error) {
	if _, err := f.check(Call{"list", collection}); err != nil {
		return store.Page{}, err
	}
	return f.Store.List(ctx, collection, q)
}

// Insert is store.Writer's.
func (f *Faulty) Insert(ctx context.Context, collection string, d store.Doc) error {
	return f.write(Call{"insert", collection}, func() error { return f.Store.Insert(ctx, collection, d) })
}

// Update is store.Writer's.
func (f *Faulty) Update(ctx context.Context, collection string, d store.Doc) error {
	return f.write(Call{"update", collection}, func() error { return f.Store.Update(ctx, collection, d) })
}

// Delete is store.Writer's.
func (f *Faulty) Delete(ctx context.Context, collection, id string, rev int64) error {
	return f.write(Call{"delete", collection}, func() error { return f.Store.Delete(ctx, collection, id, rev) })
}
