package finder

import (
	"errors"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/search"
	"nmirfhub/internal/shelf"
)

// Collections are found by what they are called and what they are for, on the
// shelves of the records of their tiers: the policy takes a published one as a
// published record. Drafts and lists of single people are in no index.

// KindCollection is the kind of a hit that is a collection; there are no such
// records.
const KindCollection hub.Kind = "collection"

// collectionMark begins the id of every collection, and of nothing else that an
// index holds.
const collectionMark = "collection-"

// CollectionID is how an index calls a collection with an id.
func CollectionID(id string) string { return collectionMark + id }

func isCollection(id string) bool { return strings.HasPrefix(id, collectionMark) }

// collection is the one that an index calls so; false for none.
func (s *Service) collection(id string) (shelf.Collection, bool) {
	if s.Shelf == nil {
		return shelf.Collection{}, false
	}
	return s.Shelf.Known(strings.TrimPrefix(id, collectionMark))
}

func (s *Service) collectionEntry(id string) (e entry) {
	c, known := s.collection(id)
	if !known {
		return e
	}
	e.rev, e.public = c.Rev, true
	if !c.Published.IsZero() {
		d := collectionDoc(c)
		e.doc = &d
	}
	return e
}

// collectionDoc is what the index is to know of a published collection. What it
// holds, and what is said of that, is not in it: that depends on its reader.
func collectionDoc(c shelf.Collection) search.Doc {
	d := search.Doc{ID: CollectionID(c.ID), Rev: c.Rev, Shelf: search.Shelf(c.Tier), Date: c.Published.Format(time.DateOnly), Tags: []string{FacetKind + "=" + string(KindCollection)}}
	for _, l := range hub.Langs {
		if t := c.Texts[l]; t.Title != "" {
			d.Versions = append(d.Versions, search.Version{Lang: l, Title: t.Title, Text: plain(t.Intro)})
			d.Tags = append(d.Tags, string(record.FacetLanguage)+"="+string(l))
		}
	}
	return d
}

// eachCollection tells of each published collection.
func (s *Service) eachCollection(tell func(shelf.Collection) error) error {
	if s.Shelf == nil {
		return nil
	}
	for _, c := range s.Shelf.All() {
		if c.Published.IsZero() {
			continue
		}
		if err := tell(c); err != nil {
			return err
		}
	}
	return nil
}

// collectionHit is what the viewer may see of a collection that was found; nil
// when that is nothing now.
func (s *Service) collectionHit(m *marker, v hub.Viewer, id string, l hub.Lang) (*Hit, error) {
	c, known := s.collection(id)
	if !known || c.Published.IsZero() {
		return nil, nil
	}
	c, err := s.Shelf.Collection(v, c.Slug)
	if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	hit := m.collection(c, l)
	return &hit, nil
}

// collection marks what was found in a collection: in the reader's language,
// else in another that it has.
func (m *marker) collection(c shelf.Collection, l hub.Lang) Hit {
	t, in := c.In(l)
	spans := m.spans(t.Title, in)
	hit := Hit{Collection: &c, Lang: in, Title: runs(t.Title, spans, 0, len(t.Title))}
	intro := plain(t.Intro)
	best := m.best(intro, in)
	if best.empty() && len(spans) == 0 {
		for _, other := range hub.Langs {
			if x := c.Texts[other]; other != in && x.Title != "" {
				best = better(best, m.best(plain(x.Intro), other))
				best = better(best, m.best(x.Title, other))
			}
		}
	}
	hit.said = !best.empty() || len(spans) > 0
	if best.empty() {
		best = found{text: intro, lang: in, to: len(intro)}
	}
	hit.Passage = Passage{Runs: clipped(best), Lang: best.lang}
	hit.Why = m.why(best, spans)
	return hit
}

// suggestions are the records and collections with the ids, as far as the
// viewer may list them.
func (s *Service) suggestions(v hub.Viewer, ids []string, l hub.Lang) []Suggestion {
	var all []Suggestion
	for _, h := range s.Records.HeadsByID(v, slices.DeleteFunc(slices.Clone(ids), isCollection)...) {
		t := h.In(l)
		all = append(all, Suggestion{h.ID, h.Kind, t.Title, t.Lang, Path(l, h.Kind, h.Slug)})
	}
	for _, id := range ids {
		if c, known := s.collection(id); isCollection(id) && known && !c.Published.IsZero() {
			if c, err := s.Shelf.Collection(v, c.Slug); err == nil {
				t, in := c.In(l)
				all = append(all, Suggestion{id, KindCollection, t.Title, in, CollectionPath(l, c.Slug)})
			}
		}
	}
	return all
}

// CollectionPath is the address of a collection, without the host, for a reader
// of a language.
func CollectionPath(l hub.Lang, slug string) string {
	return "/" + string(l) + "/collections/" + slug
}
