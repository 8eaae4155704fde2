package bleve

import (
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"nmirfhub/internal/search"
)

// anyOf is a word or phrase in all the forms in which it may be found.
type anyOf []form

// form is one way to find a word: a term in a field, words that stand together
// in it, or several things that are all found.
type form struct {
	field, term string
	phrase      []string
	all         []anyOf
	worth       float64
	flat        bool // counts the same however often and in how long a text it stands
}

// flat is a form that counts by how rare the word is, and by nothing else.
func flat(field, term string, worth float64) form {
	return form{field: field, term: term, worth: worth, flat: true}
}

// heads are the fields that say what an entry is about: what is found in one
// of them stands before what is found in a text only.
func (f form) head() bool {
	switch f.field {
	case fieldTitleWord, fieldTitleConcept, fieldCode:
		return true
	}
	return strings.HasPrefix(f.field, prose(search.FieldTitle)) || strings.HasPrefix(f.field, prose(search.FieldLabel))
}

// set is the entries of a segment that have one of the forms; with headsOnly,
// where it says what they are about.
func (a anyOf) set(s *shelf, p *part, headsOnly bool) (*roaring.Bitmap, error) {
	set := roaring.New()
	for _, f := range a {
		if len(f.all) > 0 {
			all, err := every(f.all, s, p, headsOnly)
			if err != nil {
				return nil, err
			}
			set.Or(all)
			continue
		}
		if headsOnly && !f.head() {
			continue
		}
		if err := f.into(set, s, p); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// every is the entries that have all of the words.
func every(all []anyOf, s *shelf, p *part, headsOnly bool) (*roaring.Bitmap, error) {
	var set *roaring.Bitmap
	for _, a := range all {
		has, err := a.set(s, p, headsOnly)
		if err != nil {
			return nil, err
		}
		if set == nil {
			set = has
		} else {
			set.And(has)
		}
		if set.IsEmpty() {
			break
		}
	}
	return set, nil
}

// into adds the entries of a segment that have the form.
func (f form) into(set *roaring.Bitmap, s *shelf, p *part) error {
	if len(f.phrase) == 0 {
		return p.into(set, f.field, f.term)
	}
	// Only where all its words stand can the phrase.
	var words *roaring.Bitmap
	for _, w := range f.phrase {
		has, err := p.has(f.field, w)
		if err != nil {
			return err
		}
		if words == nil {
			words = has
		} else {
			words.And(has)
		}
	}
	if words == nil || words.IsEmpty() {
		return nil
	}
	return s.walk(f.query(), p.onShelf(words), func(n uint64, _ float64) { set.Add(uint32(n - p.base)) })
}

// query is the form as the library knows it.
func (f form) query() query.Query {
	if len(f.phrase) > 0 {
		return query.NewPhraseQuery(f.phrase, f.field)
	}
	if len(f.all) > 0 {
		var all []query.Query
		for _, a := range f.all {
			all = append(all, a)
		}
		return query.NewConjunctionQuery(all)
	}
	q := query.NewTermQuery(f.term)
	q.SetField(f.field)
	return q
}
