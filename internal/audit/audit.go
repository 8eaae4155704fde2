// Package audit is the record of acts: who did what to which object, when, and
// how it ended. It holds no content, no address and no token. Each entry has
// the hash of the one before, so that none can be altered, cut out or moved
// without a trace; once a day the newest hash is sealed in a file outside the
// store, so that the end cannot be cut off either.
//
// Who acted stands in an entry under a name of its own, which leads to the
// person as long as the person wants: when they are erased, the link is
// destroyed and the chain stays whole.
package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Outcome is how an act ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Failed  Outcome = "failed"
)

// Act is something that somebody does or tries to do.
type Act struct {
	Who     string // person id; empty for the program itself
	What    string // "invitation.send"
	Object  string // kind and id: "invitation:x7f..."
	Outcome Outcome
	Reason  string // typed by a person, at most MaxReason runes; may be empty
	Request string // request id; may be empty
}

// MaxReason is how much of a reason is kept, in runes.
const MaxReason = 500

// Entry is an act as it is kept.
type Entry struct {
	Seq     int64     `json:"seq"` // 1, 2, 3 without gaps
	Time    time.Time `json:"time"`
	Who     string    `json:"who,omitempty"` // see Log.Person
	What    string    `json:"what"`
	Object  string    `json:"object"`
	Outcome Outcome   `json:"outcome"`
	Reason  string    `json:"reason,omitempty"`
	Request string    `json:"request,omitempty"`
	Prev    string    `json:"prev"` // hash of the entry before, hex
	Hash    string    `json:"hash"` // SHA-256 of all the rest, hex
}

// first is what stands before the first entry.
var first = strings.Repeat("0", 2*sha256.Size)

// sum is the hash of an entry: of its JSON without the hash, whose fields have
// a fixed order.
func (e Entry) sum() string {
	e.Hash = ""
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err) // a type with a channel or function: a mistake of ours
	}
	h := sha256.Sum256(raw)
	return hex.EncodeToString(h[:])
}

// The collections of the package.
const (
	entries = "audit"
	names   = "audit-names"
)

// Collections declares what the store must hold for a Log.
func Collections() []store.Collection {
	by := func(name string) store.Index { return store.Index{Name: name, Fields: []string{name, "seq"}} }
	return []store.Collection{
		{Name: entries, Indexes: []store.Index{{Name: "seq", Fields: []string{"seq"}, Unique: true}, by("who"), by("what"), by("object")}},
		{Name: names, Indexes: []store.Index{{Name: "name", Fields: []string{"name"}, Unique: true}}},
	}
}

// Log keeps the acts. Its fields are set once. Safe for concurrent use, by
// several instances on one store.
type Log struct {
	Store store.Store
	Now   func() time.Time
	Seals string // path of the file of seals
	Key   []byte // seals are signed with it

	mu sync.Mutex // one entry at a time in this process
}

// tries is how often an entry is put at the end when other instances put
// theirs there first.
const tries = 50

// Add adds an act at the end. What it has acknowledged is durable.
// hub.ErrConflict only after many lost races with other instances.
func (l *Log) Add(ctx context.Context, a Act) error {
	who, err := l.nameOf(ctx, a.Who)
	if err != nil {
		return fmt.Errorf("record an act: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for range tries {
		last, err := l.last(ctx)
		if err != nil {
			return fmt.Errorf("record an act: %w", err)
		}
		e := Entry{
			Seq: last.Seq + 1, Time: l.Now().UTC().Truncate(time.Microsecond), Who: who, What: a.What, Object: a.Object, Outcome: a.Outcome,
			Reason: cut(a.Reason), Request: a.Request, Prev: last.Hash,
		}
		e.Hash = e.sum()
		err = l.Store.Insert(ctx, entries, e.doc())
		if err == nil {
			return nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return fmt.Errorf("record an act: %w", err)
		}
	}
	return fmt.Errorf("record an act: %w", hub.ErrConflict)
}

func cut(reason string) string {
	reason = strings.ToValidUTF8(reason, "?")
	if runes := []rune(reason); len(runes) > MaxReason {
		return string(runes[:MaxReason])
	}
	return reason
}

func idOf(seq int64) string { return fmt.Sprintf("%019d", seq) }

func (e Entry) doc() store.Doc {
	body, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	keys := map[string]store.Value{"seq": e.Seq, "what": e.What, "object": e.Object}
	if e.Who != "" {
		keys["who"] = e.Who
	}
	return store.Doc{ID: idOf(e.Seq), Keys: keys, Body: body}
}

// entryOf reads an entry. What this program does not know makes it unreadable:
// its hash could not be checked.
func entryOf(raw []byte) (Entry, error) {
	var e Entry
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, fmt.Errorf("an entry cannot be read: %w", err)
	}
	return e, nil
}

// last is the newest entry; one with Seq 0 stands before the first.
func (l *Log) last(ctx context.Context) (Entry, error) {
	page, err := l.Store.List(ctx, entries, store.Query{Index: "seq", Desc: true, Limit: 1})
	if err != nil {
		return Entry{}, err
	}
	if len(page.Docs) == 0 {
		return Entry{Hash: first}, nil
	}
	return entryOf(page.Docs[0].Body)
}

// name leads from a name in the log to a person.
type name struct {
	Name string `json:"name"`
}

// nameOf is the name of a person in the log, made when it is first needed.
func (l *Log) nameOf(ctx context.Context, person string) (string, error) {
	if person == "" {
		return "", nil
	}
	called, err := l.known(ctx, person)
	if !errors.Is(err, hub.ErrNotFound) {
		return called, err
	}
	made := name{strings.ToLower(rand.Text())}
	body, err := json.Marshal(made)
	if err != nil {
		return "", err
	}
	err = l.Store.Insert(ctx, names, store.Doc{ID: person, Keys: map[string]store.Value{"name": made.Name}, Body: body})
	if errors.Is(err, hub.ErrConflict) { // another instance was faster
		return l.known(ctx, person)
	}
	return made.Name, err
}

// known is the name that a person has in the log. hub.ErrNotFound for none.
func (l *Log) known(ctx context.Context, person string) (string, error) {
	d, err := l.Store.Get(ctx, names, person)
	if err != nil {
		return "", err
	}
	var n name
	err = json.Unmarshal(d.Body, &n)
	return n.Name, err
}

// Person is the id of the person with a name in the log. hub.ErrNotFound when
// they were erased.
func (l *Log) Person(ctx context.Context, called string) (string, error) {
	page, err := l.Store.List(ctx, names, store.Query{Index: "name", Equal: [][]store.Value{{called}}, Limit: 1})
	if err != nil {
		return "", err
	}
	if len(page.Docs) == 0 {
		return "", hub.ErrNotFound
	}
	return page.Docs[0].ID, nil
}

// Erase destroys what leads from the entries of a person to them. To erase
// somebody who is not there is no error.
func (l *Log) Erase(ctx context.Context, person string) error {
	d, err := l.Store.Get(ctx, names, person)
	if err == nil {
		err = l.Store.Delete(ctx, names, person, d.Rev)
	}
	if errors.Is(err, hub.ErrNotFound) {
		return nil
	}
	return err
}

// Filter narrows a list; at most one of Who, What and Object is set.
type Filter struct {
	Who     string // person id
	What    string // of the act, whole
	Object  string
	Without string // what is left out
	After   string // List's next of the page before
	Limit   int
}

// pagesRead is how many pages of entries are read for one of a list that
// leaves some out.
const pagesRead = 20

// List returns acts, the newest first, and what to go on with; empty at the
// end. There are about Limit of them, fewer where much was left out. Who may
// read them is for the caller to ask.
func (l *Log) List(ctx context.Context, f Filter) (all []Entry, next string, err error) {
	q := store.Query{Index: "seq", Desc: true, After: f.After, Limit: f.Limit}
	switch {
	case f.Who != "":
		called, err := l.known(ctx, f.Who)
		if errors.Is(err, hub.ErrNotFound) {
			return nil, "", nil
		}
		if err != nil {
			return nil, "", err
		}
		q.Index, q.Equal = "who", [][]store.Value{{called}}
	case f.What != "":
		q.Index, q.Equal = "what", [][]store.Value{{f.What}}
	case f.Object != "":
		q.Index, q.Equal = "object", [][]store.Value{{f.Object}}
	}
	for range pagesRead {
		page, err := l.Store.List(ctx, entries, q)
		if err != nil {
			return nil, "", err
		}
		for _, d := range page.Docs {
			e, err := entryOf(d.Body)
			if err != nil {
				return nil, "", err
			}
			if f.Without == "" || e.What != f.Without {
				all = append(all, e)
			}
		}
		if q.After = page.Next; q.After == "" || len(all) >= f.Limit {
			break
		}
	}
	return all, q.After, nil
}
