package finder

import (
	"context"
	"errors"
	"strconv"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/search"
)

// Talk is found by stretches of its threads, on shelves of their own. Who may
// search the records of a tier may not always search its talk, so the policy is
// asked for each. The words of spaces whose members are named stand on no
// shelf: see Service.within.

// KindThread is the kind of a hit that is talk; there are no such records.
const KindThread hub.Kind = "thread"

// FacetSpace is the facet that says in which space a hit was said.
const FacetSpace record.Facet = "space"

// shelves are where the talk of a tier stands; a tier whose members are named
// has none.
var shelves = map[discuss.Tier]search.Shelf{
	discuss.Public: search.TalkPublic, discuss.Registered: search.TalkRegistered, discuss.Network: search.TalkNetwork,
}

// shelvesFor are the shelves that an answer may come from.
func (s *Service) shelvesFor(v hub.Viewer, a Ask) []search.Shelf {
	talk, records := len(a.Kinds) == 0, len(a.Kinds) == 0
	for _, k := range a.Kinds {
		talk, records = talk || k == KindThread, records || k != KindThread
	}
	var all []search.Shelf
	if records && a.Space == "" {
		all = search.ShelvesOf(s.Records.Searchable(v))
	}
	if talk && s.Talk != nil {
		for _, t := range s.Talk.SearchedTiers(v) {
			all = append(all, shelves[t])
		}
	}
	return all
}

// talkDoc is what the index is to know of a stretch. Nobody who wrote in it is
// in it.
func (s *Service) talkDoc(f *discuss.Stretch) (search.Doc, error) {
	d := search.Doc{ID: f.ID, Rev: f.Rev, Shelf: shelves[f.Space.Tier], Date: f.Active.Format(time.DateOnly), Labels: map[hub.Lang]string{}}
	if d.Shelf == "" {
		return d, errors.New("index: a space whose members are named has no shelf")
	}
	d.Tags = []string{FacetKind + "=" + string(KindThread), string(FacetSpace) + "=" + f.Space.Slug, string(record.FacetYear) + "=" + strconv.Itoa(f.Active.Year())}
	head := record.Head{Kind: KindThread}
	for _, t := range f.Tags {
		d.Tags = append(d.Tags, t.List+"="+t.Code)
		head.Tags = append(head.Tags, record.Tag{Facet: record.Facet(t.List), Value: t.Code})
	}
	for _, l := range hub.Langs {
		if words := s.labels(&head, l); words != "" {
			d.Labels[l] = words
		}
		v := search.Version{Lang: l}
		for _, x := range f.Said {
			if x.Lang == l {
				v.Text += plain(x.Body) + "\n"
			}
		}
		if l == f.Lang && f.First {
			v.Title = f.Title
		} else if l == f.Lang {
			v.Text += f.Title
		}
		if v.Title != "" || v.Text != "" {
			d.Versions = append(d.Versions, v)
			d.Tags = append(d.Tags, string(record.FacetLanguage)+"="+string(l))
		}
	}
	return d, nil
}

// Said is where a hit that is talk was said.
type Said struct {
	Space  discuss.Space
	Thread string // slug
	Seq    int64  // of the post; 0 for the thread as a whole
}

// Path is the address of what was said, without the host, for a reader of a
// language.
func (x Said) Path(l hub.Lang) string {
	at := "/" + string(l) + "/discuss/" + x.Space.Slug + "/" + x.Thread
	if x.Seq == 0 {
		return at
	}
	if page := (x.Seq - 1) / discuss.PostsAPage * discuss.PostsAPage; page > 0 {
		at += "?from=" + strconv.FormatInt(page+1, 10)
	}
	return at + "#p" + strconv.FormatInt(x.Seq, 10)
}

// talkHit is what the viewer may see of a stretch that was found; nil when that
// is nothing, or its words have changed meanwhile.
func (s *Service) talkHit(ctx context.Context, m *marker, v hub.Viewer, id string) (*Hit, error) {
	f, err := s.Talk.FoundStretch(ctx, v, id)
	if errors.Is(err, hub.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	hit := m.talk(f)
	if !hit.said && !f.First {
		return nil, nil
	}
	return &hit, nil
}

// talk marks what was found in a stretch, and chooses the post that has most of
// it.
func (m *marker) talk(f *discuss.Stretch) Hit {
	spans := m.spans(f.Title, f.Lang)
	hit := Hit{Talk: &Said{Space: f.Space, Thread: f.Slug}, Lang: f.Lang, Title: runs(f.Title, spans, 0, len(f.Title))}
	var best found
	for _, x := range f.Said {
		if text := m.best(plain(x.Body), x.Lang); text.worth > best.worth {
			best, hit.Talk.Seq = text, x.Seq
		}
		if best.worth > 0 && best.worth >= len(m.typed) {
			break // no other has more
		}
	}
	hit.said = !best.empty() || len(spans) > 0
	if best.empty() && len(f.Said) > 0 {
		text := plain(f.Said[0].Body)
		best = found{text: text, lang: f.Said[0].Lang, to: len(text)}
	}
	hit.Passage = Passage{Runs: clipped(best), Lang: best.lang}
	hit.Why = m.why(best, spans)
	return hit
}
