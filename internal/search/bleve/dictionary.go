package bleve

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/blevesearch/bleve/v2"
	index "github.com/blevesearch/bleve_index_api"
)

// dictionary answers which words there are in the tiers of a query, and
// nowhere else.
type dictionary struct {
	ctx     context.Context
	readers []index.IndexReader
	counted map[[2]string]uint64
}

func openDictionary(ctx context.Context, tiers []bleve.Index) (*dictionary, error) {
	d := &dictionary{ctx: ctx, counted: map[[2]string]uint64{}}
	for _, t := range tiers {
		r, err := reader(t)
		if err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.readers = append(d.readers, r)
	}
	return d, nil
}

func (d *dictionary) close() error {
	var all []error
	for _, r := range d.readers {
		all = append(all, r.Close())
	}
	return errors.Join(all...)
}

// count is how many entries have a term in a field.
func (d *dictionary) count(field, term string) (uint64, error) {
	key := [2]string{field, term}
	if n, known := d.counted[key]; known {
		return n, nil
	}
	var n uint64
	for _, r := range d.readers {
		t, err := r.TermFieldReader(d.ctx, []byte(term), field, false, false, false)
		if err != nil {
			return 0, err
		}
		n += t.Count()
		if err := t.Close(); err != nil {
			return 0, err
		}
	}
	d.counted[key] = n
	return n, nil
}

// candidate is a word that a question may mean.
type candidate struct {
	word     string
	distance int // letters that differ
	count    uint64
}

// beginning are the words of a field that begin so, the most frequent first.
func (d *dictionary) beginning(field, prefix string, most int) ([]candidate, error) {
	return d.gather(field, most, func(r index.IndexReader) (index.FieldDict, error) {
		return r.FieldDictPrefix(field, []byte(prefix))
	})
}

// like are the words of a field that differ in at most so many letters, the
// nearest first, then the most frequent.
func (d *dictionary) like(field, word string, typos, most int) ([]candidate, error) {
	return d.gather(field, most, func(r index.IndexReader) (index.FieldDict, error) {
		fuzzy, ok := r.(index.IndexReaderFuzzy)
		if !ok {
			return nil, errors.New("the index finds no similar words")
		}
		return fuzzy.FieldDictFuzzy(field, word, typos, "")
	})
}

// Limits of a look into the dictionary: how many words it takes in, since a
// beginning as common as "co" has thousands, and of how many the entries are
// counted.
const (
	looked  = 4000
	weighed = 500
)

func (d *dictionary) gather(field string, most int, list func(index.IndexReader) (index.FieldDict, error)) ([]candidate, error) {
	found := map[string]candidate{}
	for _, r := range d.readers {
		if err := readDict(r, list, found); err != nil {
			return nil, err
		}
	}
	all := slices.SortedFunc(maps.Values(found), nearest)
	all = all[:min(weighed, len(all))]
	for i := range all { // the dictionary counts entries that were taken out; the reader does not
		n, err := d.count(field, all[i].word)
		if err != nil {
			return nil, err
		}
		all[i].count = n
	}
	all = slices.DeleteFunc(all, func(c candidate) bool { return c.count == 0 })
	slices.SortFunc(all, nearest)
	return all[:min(most, len(all))], nil
}

func nearest(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(b.count, a.count), cmp.Compare(a.word, b.word))
}

func readDict(r index.IndexReader, list func(index.IndexReader) (index.FieldDict, error), found map[string]candidate) error {
	dict, err := list(r)
	if err != nil {
		return err
	}
	defer dict.Close()
	for n := 0; n < looked; n++ {
		e, err := dict.Next()
		if err != nil || e == nil {
			return err
		}
		found[e.Term] = candidate{e.Term, int(e.EditDistance), found[e.Term].count + e.Count}
	}
	return nil
}
