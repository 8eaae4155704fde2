package mail

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Item is a mail to be sent.
type Item struct {
	Cause string            `json:"cause"` // what it is sent for; a second one of the same cause is not sent
	Kind  string            `json:"kind"`  // of the letter
	To    string            `json:"to"`    // address
	Lang  hub.Lang          `json:"lang"`
	Args  map[string]string `json:"args,omitempty"` // of the letter
	After time.Time         `json:"after,omitzero"` // it is not sent before; zero: at once
}

// ErrUnwanted is what Compose answers for a mail that is not to be sent any
// more: its reader may not have it, or it has lost its sense.
var ErrUnwanted = errors.New("not to be sent any more")

// Times of an outbox.
const (
	lease    = 5 * time.Minute     // a mail that is being sent is left alone by others so long
	giveUp   = 72 * time.Hour      // after this a mail that nobody takes is given up
	remember = 90 * 24 * time.Hour // a cause is known so long
	rest     = 30 * time.Second    // between looks when nothing tells of a new mail
	batch    = 20
	alarm    = 15 * time.Minute // Report is told when mails wait longer
)

// pauses are the times between tries; the last is repeated.
var pauses = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}

// Outbox keeps mails until they are sent. Its fields are set once, before Run.
// Safe for concurrent use, by several instances on one store.
type Outbox struct {
	Store   store.Store
	Sender  Sender
	Compose func(context.Context, Item) (Letter, error) // at the time of sending; ErrUnwanted drops the mail
	Host    string                                      // for the names of mails: "hub.example"
	Now     func() time.Time
	Report  func(error) // told of mails that are refused, given up, or late

	wake    chan struct{}
	wakeUp  sync.Once
	mu      sync.Mutex // guards alarmed
	alarmed time.Time
}

const outbox = "mails"

// Collections declares what the store must hold for an Outbox.
func Collections() []store.Collection {
	return []store.Collection{{Name: outbox, Indexes: []store.Index{
		{Name: "due", Fields: []string{"due"}}, {Name: "expires", Fields: []string{"expires"}},
	}}}
}

// waiting is a mail as stored. Once it is sent, its Item is gone and only the
// cause is remembered, as the id.
type waiting struct {
	Item  *Item     `json:"item,omitempty"`
	Since time.Time `json:"since"`
	Tries int       `json:"tries,omitempty"`
	Due   time.Time `json:"due,omitzero"`
	End   string    `json:"end,omitempty"` // "sent", "refused", "unwanted", "given up"
}

func (w waiting) doc(id string, rev int64) (store.Doc, error) {
	body, err := json.Marshal(w)
	d := store.Doc{ID: id, Rev: rev, Body: body, Keys: map[string]store.Value{}}
	if w.End == "" {
		d.Keys["due"] = w.Due.Unix()
	} else {
		d.Keys["expires"] = w.Since.Add(remember).Unix()
	}
	return d, err
}

// Add puts a mail into the outbox: it is sent once, whatever happens from now
// on. A cause that the outbox knows already is no error, and nothing is added.
func (o *Outbox) Add(ctx context.Context, i Item) error {
	now := o.Now()
	if i.After.After(now) {
		now = i.After
	}
	d, err := waiting{Item: &i, Since: now, Due: now}.doc(idOf(i.Cause), 0)
	if err != nil {
		return err
	}
	err = o.Store.Insert(ctx, outbox, d)
	if err != nil && !errors.Is(err, hub.ErrConflict) {
		return fmt.Errorf("add mail: %w", err)
	}
	select {
	case o.signal() <- struct{}{}:
	default: // it will look anyway
	}
	return nil
}

func idOf(cause string) string {
	sum := sha256.Sum256([]byte(cause))
	return hex.EncodeToString(sum[:])
}

func (o *Outbox) signal() chan struct{} {
	o.wakeUp.Do(func() { o.wake = make(chan struct{}, 1) })
	return o.wake
}

// Run sends what waits until ctx ends.
func (o *Outbox) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := o.Send(ctx); err != nil && ctx.Err() == nil {
			o.Report(err)
		}
		select {
		case <-ctx.Done():
		case <-o.signal():
		case <-time.After(rest):
		}
	}
}

// Send sends everything that is due, and forgets old causes.
func (o *Outbox) Send(ctx context.Context) error {
	for {
		due, err := o.Store.List(ctx, outbox, store.Query{Index: "due", To: o.Now().Unix() + 1, Limit: batch})
		if err != nil {
			return fmt.Errorf("read the outbox: %w", err)
		}
		for _, d := range due.Docs {
			if err := o.try(ctx, d); err != nil {
				return err
			}
		}
		if len(due.Docs) < batch {
			return o.forget(ctx)
		}
	}
}

// try sends one mail, or puts it off. Whoever has taken the lease is the one
// who sends.
func (o *Outbox) try(ctx context.Context, d store.Doc) error {
	var w waiting
	if err := json.Unmarshal(d.Body, &w); err != nil || w.Item == nil {
		o.Report(fmt.Errorf("mail %s cannot be read", d.ID))
		return o.remove(ctx, d)
	}
	w.Tries++
	w.Due = o.Now().Add(lease)
	taken, err := o.write(ctx, d.ID, d.Rev, w)
	if err != nil || !taken {
		return err
	}
	failure := o.send(ctx, d.ID, *w.Item)
	if failure != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *Refused
	switch {
	case failure == nil:
		w.End = "sent"
	case errors.Is(failure, ErrUnwanted):
		w.End = "unwanted"
	case errors.As(failure, &refused):
		w.End = "refused"
		o.Report(fmt.Errorf("a mail of the kind %s: %w", w.Item.Kind, failure))
	case o.Now().Sub(w.Since) > giveUp:
		w.End = "given up"
		o.Report(fmt.Errorf("a mail of the kind %s is given up after %d tries: %w", w.Item.Kind, w.Tries, failure))
	default:
		w.Due = o.Now().Add(pauses[min(w.Tries, len(pauses))-1])
		o.late(w, failure)
	}
	if w.End != "" {
		w.Item, w.Due = nil, time.Time{}
	}
	// A mail that went out is marked even while the program ends, or it would
	// go out again when it begins.
	_, err = o.write(context.WithoutCancel(ctx), d.ID, d.Rev+1, w)
	return err
}

// late reports mails that wait too long, at most once in as long a time.
func (o *Outbox) late(w waiting, failure error) {
	now := o.Now()
	o.mu.Lock()
	tell := now.Sub(w.Since) > alarm && now.Sub(o.alarmed) > alarm
	if tell {
		o.alarmed = now
	}
	o.mu.Unlock()
	if tell {
		o.Report(fmt.Errorf("mails wait for %s: %w", now.Sub(w.Since).Round(time.Minute), failure))
	}
}

// write stores a mail; false when another instance was faster.
func (o *Outbox) write(ctx context.Context, id string, rev int64, w waiting) (bool, error) {
	d, err := w.doc(id, rev)
	if err != nil {
		return false, err
	}
	err = o.Store.Update(ctx, outbox, d)
	if errors.Is(err, hub.ErrConflict) || errors.Is(err, hub.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("write the outbox: %w", err)
	}
	return true, nil
}

func (o *Outbox) send(ctx context.Context, id string, i Item) error {
	l, err := o.Compose(ctx, i)
	if err != nil {
		return err
	}
	m, err := l.message(cmp.Or(l.To, i.To), id[:32]+"@"+o.Host)
	if err != nil {
		return &Refused{err}
	}
	return o.Sender.Send(ctx, m)
}

// forget removes causes that are remembered long enough.
func (o *Outbox) forget(ctx context.Context) error {
	old, err := o.Store.List(ctx, outbox, store.Query{Index: "expires", To: o.Now().Unix(), Limit: batch})
	if err != nil {
		return fmt.Errorf("read the outbox: %w", err)
	}
	for _, d := range old.Docs {
		if err := o.remove(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// remove takes a document out, unless another instance was faster.
func (o *Outbox) remove(ctx context.Context, d store.Doc) error {
	err := o.Store.Delete(ctx, outbox, d.ID, d.Rev)
	if err != nil && !errors.Is(err, hub.ErrConflict) && !errors.Is(err, hub.ErrNotFound) {
		return fmt.Errorf("write the outbox: %w", err)
	}
	return nil
}
