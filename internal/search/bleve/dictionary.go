package bleve

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// dictionary answers which words there are on the shelves of a query, and
// nowhere else.
type dictionary struct {
	ctx     context.Context
	shelves []*shelf
	counted map[[2]string]uint64
}

// count is how many entries have a term in a field.
func (d *dictionary) count(field, term string) (uint64, error) {
	key := [2]string{field, term}
	if n, known := d.counted[key]; known {
		return n, nil
	}
	var n uint64
	for _, s := range d.shelves {
		t, err := s.snapshot.TermFieldReader(d.ctx, []byte(term), field, false, false, false)
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
	return d.gather(field, most, func(r *scorch.IndexSnapshot) (index.FieldDict, error) {
		return r.FieldDictPrefix(field, []byte(prefix))
	})
}

// like are the words of a field that differ in at most so many letters, the
// nearest first, then the most frequent.
func (d *dictionary) like(field, word string, typos, most int) ([]candidate, error) {
	return d.gather(field, most, func(r *scorch.IndexSnapshot) (index.FieldDict, error) {
		return r.FieldDictFuzzy(field, word, typos, "")
	})
}

// Limits of a look into the dictionary: how many words it takes in, since a
// beginning as common as "co" has thousands, and of how many the entries are
// counted.
const (
	looked  = 4000
	weighed = 150
)

func (d *dictionary) gather(field string, most int, list func(*scorch.IndexSnapshot) (index.FieldDict, error)) ([]candidate, error) {
	found := map[string]candidate{}
	for _, s := range d.shelves {
		if err := readDict(s.snapshot, list, found); err != nil {
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

func readDict(r *scorch.IndexSnapshot, list func(*scorch.IndexSnapshot) (index.FieldDict, error), found map[string]candidate) error {
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
