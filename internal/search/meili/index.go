// Package meili is the search index of a Meilisearch server, from 1.18 on.
//
// Each tier has an index of its own, so that no count, order or correction
// depends on what the reader may not know of. Words are cut, stemmed and read
// as concepts by the hub, the same way as for the embedded index, and
// Meilisearch is given the results: its own tokenizer knows no stems, and its
// synonyms neither languages nor capitals. A quoted word is matched as it is;
// a bare one with slips of the finger. Queries in several forms over one index
// are federated, which finds their union and counts it once.
package meili

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/search"
)

// Config says where the server is.
type Config struct {
	URL    string
	Key    string // may search, and keep documents, settings and indexes of names that begin with Prefix
	Prefix string // of the names of the indexes: "hub"
	Shape  string // changes with the table of concepts: an index of another shape is not used
}

// Index is search.Index on a Meilisearch server.
type Index struct {
	client   meilisearch.ServiceManager
	name     string
	concepts *search.Concepts

	rebuilding sync.Mutex // one at a time

	mu       sync.Mutex // one change at a time
	building bool       // changes go into the indexes beside, too
	dropped  map[string]int64
	closed   atomic.Bool
}

// Waiting for the server. A query is awaited as long as its context lasts.
const (
	taskWait  = 2 * time.Minute
	taskLook  = 20 * time.Millisecond
	openWait  = 10 * time.Second
	perFetch  = 1000 // documents read at once
	besideTag = "-next"
)

// shapeVersion names what the entries look like inside; see mappingVersion of
// the embedded index.
const shapeVersion = "1"

// Open makes the indexes that are not there yet, and declares their settings.
// hub.ErrUnavailable when the server does not answer: the index may be used
// all the same, and declares them later.
func Open(ctx context.Context, c Config, concepts *search.Concepts) (*Index, error) {
	client := meilisearch.New(c.URL, meilisearch.WithAPIKey(c.Key), meilisearch.DisableRetries(),
		meilisearch.WithCustomClient(&http.Client{Timeout: taskWait}))
	x := &Index{client: client, name: c.Prefix + "-" + shapeVersion + "-" + c.Shape, concepts: concepts, dropped: map[string]int64{}}
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	return x, x.declare(ctx, "")
}

// uid is the name of the index of a shelf.
func (x *Index) uid(t search.Shelf) string { return x.name + "-" + string(t) }

// settings are what the indexes must be told before they are asked.
func settings() *meilisearch.Settings {
	return &meilisearch.Settings{
		SearchableAttributes: []string{attrTitleConcept, attrCode, attrTitle, attrTitleWord, attrLabel, attrSummary, attrConcept, attrText, attrWord, attrFile},
		FilterableAttributes: []string{attrTag, attrNamed},
		SortableAttributes:   []string{attrDate, attrID},
		RankingRules:         []string{"sort", "words", "attribute", "typo", "proximity", "exactness", attrID + ":asc"},
		TypoTolerance: &meilisearch.TypoTolerance{
			Enabled: true, MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: 4, TwoTypos: 8},
			DisableOnAttributes: []string{attrTitleConcept, attrConcept, attrCode}, DisableOnNumbers: true, DisableOnWords: []string{},
		},
		Pagination: &meilisearch.Pagination{MaxTotalHits: search.MaxFrom + search.MaxSize},
		Faceting:   &meilisearch.Faceting{MaxValuesPerFacet: 10_000, SortFacetValuesBy: map[string]meilisearch.SortFacetType{}},
	}
}

// declare makes the indexes of all shelves with their settings; suffix tells
// those beside from those in use.
func (x *Index) declare(ctx context.Context, suffix string) error {
	for _, t := range search.Shelves {
		uid := x.uid(t) + suffix
		task, err := x.client.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: uid, PrimaryKey: attrID})
		if err := x.await(ctx, task, err); err != nil && !isCode(err, "index_already_exists") {
			return err
		}
		task, err = x.client.Index(uid).UpdateSettingsWithContext(ctx, settings())
		if err := x.await(ctx, task, err); err != nil {
			return err
		}
	}
	return nil
}

// failure is an answer of the server that is none. It names no word of the
// question: messages of the server do.
type failure struct {
	status int
	code   string
}

func (f *failure) Error() string {
	if f.code == "" && f.status == 0 {
		return "meilisearch does not answer"
	}
	return fmt.Sprintf("meilisearch answers %d %s", f.status, f.code)
}

// Unwrap makes every failure hub.ErrUnavailable.
func (f *failure) Unwrap() error { return hub.ErrUnavailable }

func isCode(err error, code string) bool {
	var f *failure
	return errors.As(err, &f) && f.code == code
}

// failed turns an error of the client into one of ours.
func failed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	f := &failure{}
	var e *meilisearch.Error
	if errors.As(err, &e) {
		f.status, f.code = e.StatusCode, e.MeilisearchApiError.Code
	}
	return f
}

// await waits until a task is done.
func (x *Index) await(ctx context.Context, info *meilisearch.TaskInfo, err error) error {
	if err != nil {
		return failed(ctx, err)
	}
	ctx, cancel := context.WithTimeout(ctx, taskWait)
	defer cancel()
	task, err := x.client.WaitForTaskWithContext(ctx, info.TaskUID, taskLook)
	if err != nil {
		return failed(ctx, err)
	}
	if task.Status != meilisearch.TaskStatusSucceeded {
		return &failure{http.StatusOK, task.Error.Code}
	}
	return nil
}

// Put is search.Index's.
func (x *Index) Put(ctx context.Context, docs []search.Doc) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.put(ctx, docs, ""); err != nil || !x.building {
		return err
	}
	return x.put(ctx, docs, besideTag)
}

// put takes docs out of the indexes of other shelves before it puts them into
// their own: what was closed is gone before anything else happens.
func (x *Index) put(ctx context.Context, docs []search.Doc, suffix string) error {
	ids := make([]string, len(docs))
	for i, d := range docs {
		if !slices.Contains(search.Shelves[:], d.Shelf) { // the server would make an index of any name
			return fmt.Errorf("search: %s is for no shelf: %q", d.ID, d.Shelf)
		}
		ids[i] = d.ID
	}
	held, err := x.held(ctx, ids, suffix)
	if err != nil {
		return err
	}
	gone, come := map[search.Shelf][]string{}, map[search.Shelf][]entry{}
	for _, d := range docs {
		newer := d.Rev > x.dropped[d.ID]
		for _, h := range held[d.ID] {
			newer = newer && h.rev <= d.Rev
		}
		if !newer {
			continue
		}
		for _, h := range held[d.ID] {
			if h.shelf != d.Shelf {
				gone[h.shelf] = append(gone[h.shelf], d.ID)
			}
		}
		come[d.Shelf] = append(come[d.Shelf], entryOf(d, x.concepts))
	}
	if err := x.remove(ctx, gone, suffix); err != nil {
		return err
	}
	for t, entries := range come {
		task, err := x.client.Index(x.uid(t)+suffix).AddDocumentsWithContext(ctx, entries, nil)
		if err := x.await(ctx, task, err); err != nil {
			return err
		}
	}
	return nil
}

func (x *Index) remove(ctx context.Context, gone map[search.Shelf][]string, suffix string) error {
	for t, ids := range gone {
		task, err := x.client.Index(x.uid(t)+suffix).DeleteDocumentsWithContext(ctx, ids, nil)
		if err := x.await(ctx, task, err); err != nil {
			return err
		}
	}
	return nil
}

// Drop is search.Index's.
func (x *Index) Drop(ctx context.Context, revs map[string]int64) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, rev := range revs {
		x.dropped[id] = max(rev, x.dropped[id])
	}
	if err := x.drop(ctx, revs, ""); err != nil || !x.building {
		return err
	}
	return x.drop(ctx, revs, besideTag)
}

func (x *Index) drop(ctx context.Context, revs map[string]int64, suffix string) error {
	var ids []string
	for id := range revs {
		ids = append(ids, id)
	}
	held, err := x.held(ctx, ids, suffix)
	if err != nil {
		return err
	}
	gone := map[search.Shelf][]string{}
	for id, all := range held {
		for _, h := range all {
			if h.rev <= revs[id] {
				gone[h.shelf] = append(gone[h.shelf], id)
			}
		}
	}
	return x.remove(ctx, gone, suffix)
}

// holding is an entry that the server has.
type holding struct {
	shelf search.Shelf
	rev   int64
}

// held says what the server has of some ids.
func (x *Index) held(ctx context.Context, ids []string, suffix string) (map[string][]holding, error) {
	all := map[string][]holding{}
	if len(ids) == 0 {
		return all, nil
	}
	err := x.each(ctx, suffix, ids, func(id string, h holding) { all[id] = append(all[id], h) })
	return all, err
}

// each hands out what the server has of some ids, or of all.
func (x *Index) each(ctx context.Context, suffix string, ids []string, hand func(string, holding)) error {
	for _, t := range search.Shelves {
		for from := int64(0); ; from += perFetch {
			var page meilisearch.DocumentsResult
			q := &meilisearch.DocumentsQuery{Offset: from, Limit: perFetch, Fields: []string{attrID, attrRev}, Ids: ids}
			if err := x.client.Index(x.uid(t)+suffix).GetDocumentsWithContext(ctx, q, &page); err != nil {
				return failed(ctx, err)
			}
			for _, hit := range page.Results {
				var e entry
				if err := hit.DecodeInto(&e); err != nil {
					return fmt.Errorf("meilisearch: an entry cannot be read: %w", hub.ErrUnavailable)
				}
				hand(e.ID, holding{t, e.Rev})
			}
			if from+perFetch >= page.Total {
				break
			}
		}
	}
	return nil
}

// Revs is search.Index's. An index that was lost is declared anew, and is
// empty.
func (x *Index) Revs(ctx context.Context) (map[string]int64, error) {
	revs, err := x.revs(ctx)
	if isCode(err, "index_not_found") {
		if err := x.declare(ctx, ""); err != nil {
			return nil, err
		}
		revs, err = x.revs(ctx)
	}
	return revs, err
}

func (x *Index) revs(ctx context.Context) (map[string]int64, error) {
	revs, twice := map[string]int64{}, map[search.Shelf][]string{}
	at := map[string]holding{}
	err := x.each(ctx, "", nil, func(id string, h holding) {
		if other, there := at[id]; there { // a crash between two shelves: the older goes
			if other.rev > h.rev {
				h, other = other, h
			}
			twice[other.shelf] = append(twice[other.shelf], id)
		}
		at[id], revs[id] = h, h.rev
	})
	if err != nil {
		return nil, err
	}
	return revs, x.remove(ctx, twice, "")
}

// Rebuild is search.Index's.
func (x *Index) Rebuild(ctx context.Context, fill func(put func([]search.Doc) error) error) (err error) {
	x.rebuilding.Lock()
	defer x.rebuilding.Unlock()
	if err := x.clear(ctx, besideTag); err != nil {
		return err
	}
	if err := x.declare(ctx, besideTag); err != nil {
		return err
	}
	x.beside(true)
	defer func() {
		x.beside(false)
		err = errors.Join(err, x.clear(context.WithoutCancel(ctx), besideTag))
	}()
	err = fill(func(docs []search.Doc) error {
		x.mu.Lock()
		defer x.mu.Unlock()
		return x.put(ctx, docs, besideTag)
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	var pairs []*meilisearch.SwapIndexesParams
	for _, t := range search.Shelves {
		pairs = append(pairs, &meilisearch.SwapIndexesParams{Indexes: []string{x.uid(t), x.uid(t) + besideTag}})
	}
	task, err := x.client.SwapIndexesWithContext(ctx, pairs)
	return x.await(ctx, task, err)
}

func (x *Index) beside(now bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.building = now
}

// clear deletes the indexes with a suffix; there may be none.
func (x *Index) clear(ctx context.Context, suffix string) error {
	for _, t := range search.Shelves {
		task, err := x.client.DeleteIndexWithContext(ctx, x.uid(t)+suffix)
		if err := x.await(ctx, task, err); err != nil && !isCode(err, "index_not_found") {
			return err
		}
	}
	return nil
}

// Close is search.Index's.
func (x *Index) Close() error {
	if !x.closed.Swap(true) {
		x.client.Close()
	}
	return nil
}
