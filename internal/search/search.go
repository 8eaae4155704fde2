// Package search is the port to the search index: what is looked for, in
// what, and what comes back. The index is derived: the store is the truth, an
// entry bears the revision it was made from, and whatever is lost is made
// again. The contract stands in package searchtest and holds for every
// adapter.
//
// Entries stand on shelves, one for what the same people may find: what the
// entries of one shelf hold, their words, how many there are, how often a word
// occurs, has no part in an answer for a reader of others. So no order, count,
// suggestion or correction depends on what the reader may not know of.
package search

import (
	"context"

	"nmirfhub/internal/hub"
)

// Shelf is a part of the index that is asked as a whole or not at all.
type Shelf string

// The shelves of talk. Talk of named people stands on none.
const (
	TalkPublic     Shelf = "talk-public"
	TalkRegistered Shelf = "talk-registered"
	TalkNetwork    Shelf = "talk-network"
)

// Shelves lists every shelf: those of records, which are named as their tiers,
// and those of talk. What is for fewer people stands after what is for more.
var Shelves = [...]Shelf{
	Shelf(hub.TierPublic), Shelf(hub.TierRegistered), Shelf(hub.TierNetwork), Shelf(hub.TierMechanism), Shelf(hub.TierModeration),
	TalkPublic, TalkRegistered, TalkNetwork,
}

// ShelvesOf are the shelves of the records of some tiers.
func ShelvesOf(tiers []hub.Tier) []Shelf {
	all := make([]Shelf, len(tiers))
	for i, t := range tiers {
		all[i] = Shelf(t)
	}
	return all
}

// Doc is what the index knows of a record, or of a stretch of a talk.
type Doc struct {
	ID    string
	Rev   int64 // grows with every change of what it is made from
	Shelf Shelf
	Date  string // of the thing itself: "2022", "2022-12" or "2022-12-07"; empty for unknown
	// Tags are values to narrow by: "kind=practice", "state=MDA".
	Tags     []string
	Versions []Version
	// Labels are what its codes are called, by language: names of States,
	// themes, difficulties. A record is found by them in languages that it
	// has no version in.
	Labels map[hub.Lang]string
	Names  []string // proper names and symbols of any language: authors, publishers, "A/HRC/50/64"
	Files  []File
}

// Version is a record in one language.
type Version struct {
	Lang                 hub.Lang
	Title, Summary, Text string // plain text
}

// File is the text of an attached file.
type File struct {
	Lang hub.Lang
	Text string
}

// Query asks for a page of hits. Nothing on any shelf but Shelves has a part
// in the answer.
type Query struct {
	Question Question
	Shelves  []Shelf
	Filter   map[string][]string // facet: values of which one must fit
	Newest   bool                // newest first, instead of the best
	From     int                 // 0 to MaxFrom
	Size     int                 // 0 to MaxSize
	Count    bool                // count the values of the tags
}

// Limits of a Query.
const (
	MaxFrom = 1000
	MaxSize = 100
)

// Answer is a page of hits.
type Answer struct {
	Hits  []Hit // best first; equal ones by id
	Total int
	// Counts says for each facet and value how many hits there would be with
	// the other facets as they are and this one set to the value.
	Counts map[string]map[string]int
	// Corrected maps words of the question, folded, to what was looked for
	// besides, since they were found nowhere: the likeliest first.
	Corrected map[string][]string
	// Part: nothing has all the words; the hits have most of them.
	Part bool
	// Spare: the index that usually answers is away, and another did.
	Spare bool
}

// Hit is an entry found.
type Hit struct {
	ID    string
	Rev   int64
	Score float64
}

// Searcher is what answers readers. Safe for concurrent use. Methods give
// hub.ErrUnavailable when it does not answer in time.
type Searcher interface {
	// Search answers a query. hub.Invalid when it is beyond a limit.
	Search(ctx context.Context, q Query) (Answer, error)
	// Suggest returns the ids of at most n entries in whose titles each word
	// of the question stands, the last as the beginning of a word.
	Suggest(ctx context.Context, q Question, shelves []Shelf, n int) ([]string, error)
}

// Index is a search index. Safe for concurrent use. Methods give
// hub.ErrUnavailable when the index does not answer in time.
type Index interface {
	Searcher
	// Put takes docs in, in place of what it holds of the same ids; a doc
	// older than that is left out. It is found by the time Put returns.
	Put(ctx context.Context, docs []Doc) error
	// Drop takes entries out, unless they are of a later revision.
	Drop(ctx context.Context, revs map[string]int64) error
	// Revs returns the revision of every entry by id.
	Revs(ctx context.Context) (map[string]int64, error)
	// Rebuild makes the index anew beside the one in use, from the docs that
	// fill puts, and then takes it into use in its stead. Searches go on in
	// the old one meanwhile, and changes go into both. After an error of fill
	// the old one stays.
	Rebuild(ctx context.Context, fill func(put func([]Doc) error) error) error
	Close() error
}

// Check says whether a query is within the limits.
func (q Query) Check() error {
	if q.From < 0 || q.From > MaxFrom {
		return &hub.Invalid{Field: "page", Reason: hub.ReasonRange, Limit: MaxFrom}
	}
	if q.Size < 0 || q.Size > MaxSize {
		return &hub.Invalid{Field: "limit", Reason: hub.ReasonRange, Limit: MaxSize}
	}
	return nil
}

// Typos is how many slips of the finger are forgiven in a word: one from four
// letters on, two from eight.
func Typos(letters int) int {
	switch {
	case letters >= 8:
		return 2
	case letters >= 4:
		return 1
	}
	return 0
}
