package intake

import (
	"context"
	"errors"
	"slices"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Fill is what goes from an entry into a publication that is there already, as
// any change of its kind: into a draft of who writes records, and at once into
// what is published where somebody edits that and writes no drafts.
type Fill struct {
	N       int     `json:"n"`      // of the entry
	Record  string  `json:"record"` // id of what is there
	Answers []Taken `json:"answers"`
	Rev     int64   `json:"rev,omitempty"`  // of what is published, of which a draft is made; 0: none is made
	Into    string  `json:"into,omitempty"` // id of the record that is changed where no draft is made
}

// Taken is an answer that somebody takes over.
type Taken struct {
	Question string          `json:"question"`
	Was      question.Answer `json:"was,omitempty"`
	Is       question.Answer `json:"is"`
	Closed   bool            `json:"closed,omitempty"` // for members of mechanisms alone
}

// fill is what goes from an entry into what is there; nil for nothing.
func (i *Import) fill(n int) *Fill {
	at := slices.IndexFunc(i.Fills, func(f Fill) bool { return f.N == n })
	if at < 0 {
		return nil
	}
	return &i.Fills[at]
}

// Takes says whether an answer of an entry is to be taken over.
func (i *Import) Takes(n int, code string) bool {
	f := i.fill(n)
	return f != nil && slices.ContainsFunc(f.Answers, func(t Taken) bool { return t.Question == code })
}

// Offer is what the viewer may take over from an entry: Now is what would
// change, or what a draft would be made of.
type Offer struct {
	Now     *hub.Record
	Answers []Difference
}

// Offers says, for entries that are there and differ, what the viewer may take
// over of each; an entry whose record they may not change is left out.
func (s *Service) Offers(ctx context.Context, v hub.Viewer, i *Import, w *Weighed, numbers []int) (map[int]Offer, error) {
	var given []contribute.Several
	var of []int
	for _, n := range numbers {
		if n >= 0 && n < len(w.Entries) && w.Entries[n].Is == Different {
			given, of = append(given, contribute.Several{Record: w.Entries[n].There.ID}), append(of, n)
		}
	}
	all := map[int]Offer{}
	if len(given) == 0 {
		return all, nil
	}
	weighed, err := s.Writing.WeighMany(ctx, v, given)
	if err != nil {
		return nil, err
	}
	for at, x := range weighed {
		if x.Now == nil || s.Writing.SetOf(x.Now) == nil || x.Now.Status == hub.StatusPublished && !s.Records.Writes(v) && !s.Records.Rights(v, x.Now).Edits {
			continue
		}
		fresh := s.recordOf(w.Entries[of[at]].Entry, i.Lang)
		if same := s.differencesOf(s.Writing.SetOf(x.Now), x.Now, &fresh); len(same) > 0 {
			all[of[at]] = Offer{x.Now, same}
		}
	}
	return all, nil
}

// TakeOver keeps what is to be taken over of the entries of a page: seen has, by
// number and code, the question.Mark of the answer that was shown beside.
// hub.Invalid with the field "fill" for an answer that is another by now.
func (s *Service) TakeOver(ctx context.Context, v hub.Viewer, id string, shown []int, seen map[int]map[string]string) (*Import, error) {
	w, err := s.Weigh(ctx, v, id)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, v, id, func(i *Import) error {
		if i.State != Shown {
			return &hub.Invalid{Field: "state", Reason: hub.ReasonUnknown}
		}
		offers, err := s.Offers(ctx, v, i, w, shown)
		if err != nil {
			return err
		}
		i.Fills = slices.DeleteFunc(i.Fills, func(f Fill) bool { return slices.Contains(shown, f.N) })
		for _, n := range shown {
			if len(seen[n]) == 0 {
				continue
			}
			f, err := s.fillOf(v, n, offers[n], seen[n])
			if err != nil {
				return err
			}
			f.Record = w.Entries[n].There.ID
			i.Fills = append(i.Fills, f)
		}
		return nil
	})
}

// fillOf is what was chosen of an offer.
func (s *Service) fillOf(v hub.Viewer, n int, o Offer, seen map[string]string) (Fill, error) {
	f := Fill{N: n}
	for _, d := range o.Answers {
		mark, chosen := seen[d.Question.Code]
		if !chosen {
			continue
		}
		if mark != question.Mark(d.Was) {
			return f, errMoved
		}
		f.Answers = append(f.Answers, Taken{d.Question.Code, d.Was, d.Is, d.Question.Closed(o.Now)})
	}
	if len(f.Answers) != len(seen) {
		return f, errMoved
	}
	if f.Into = o.Now.ID; o.Now.Status == hub.StatusPublished && s.Records.Writes(v) {
		f.Into, f.Rev = "", o.Now.Rev
	}
	return f, nil
}

// errMoved says that what is there has changed since it was shown.
var errMoved = &hub.Invalid{Field: "fill", Reason: hub.ReasonTaken}

// fillable says whether all that is to be taken over can be: nothing of it
// begins otherwise.
func (s *Service) fillable(ctx context.Context, v hub.Viewer, i *Import) error {
	var all []contribute.Several
	for _, f := range i.Fills {
		all = append(all, contribute.Several{Record: f.Record, Given: f.given(false)})
	}
	if len(all) == 0 {
		return nil
	}
	weighed, err := s.Writing.WeighMany(ctx, v, all)
	if err != nil {
		return err
	}
	for at, x := range weighed {
		f := i.Fills[at]
		if x.Now == nil || contribute.Held(x.Changes) || f.Into == "" && (x.Now.Status != hub.StatusPublished || x.Now.Rev != f.Rev) || f.Into != "" && x.Now.ID != f.Into {
			return errMoved
		}
	}
	return nil
}

// given are the answers of a fill, or those that were there before.
func (f *Fill) given(back bool) []contribute.Given {
	var all []contribute.Given
	for _, t := range f.Answers {
		g := contribute.Given{Question: t.Question, Answer: t.Is, Seen: question.Mark(t.Was), Closed: t.Closed}
		if back {
			g.Answer, g.Seen = t.Was, question.Mark(t.Is)
		}
		all = append(all, g)
	}
	return all
}

// text is what is written into a new draft.
func (f *Fill) text(l hub.Lang) contribute.Text {
	t := contribute.Text{Lang: l}
	for _, x := range f.Answers {
		t.Entries = append(t.Entries, contribute.Entry{Question: x.Question, Answer: &x.Is})
	}
	return t
}

// fillIn takes the answers of an entry over, all or none: false for none. Done
// again, it changes nothing more.
func (s *Service) fillIn(ctx context.Context, v hub.Viewer, f *Fill) (bool, error) {
	if f.Into != "" {
		draft, err := s.Records.Load(ctx, v, f.Into)
		if err != nil {
			return false, err
		}
		r, _, err := s.Writing.AnswerWhole(ctx, v, f.Into, draft.Original, f.given(false))
		return r != nil, err
	}
	there, err := s.Records.Load(ctx, v, f.Record)
	if err != nil {
		return false, err
	}
	_, err = s.Writing.PutPublished(ctx, v, f.Record, f.Rev, f.text(there.Original))
	var drafted *contribute.Drafted
	if errors.As(err, &drafted) {
		return s.says(drafted.Draft, f), nil // made before a crash
	}
	return err == nil, err
}

// says whether a record has the answers of a fill.
func (s *Service) says(r *hub.Record, f *Fill) bool {
	set := s.Writing.SetOf(r)
	return set != nil && !slices.ContainsFunc(f.Answers, func(t Taken) bool {
		q := set.Question(t.Question)
		return q == nil || question.Mark(q.Tidy(q.Get(r, r.Original))) != question.Mark(t.Is)
	})
}

// fillBack takes back what was taken over, unless somebody has written there
// since, or has published it: that record is kept.
func (s *Service) fillBack(ctx context.Context, v hub.Viewer, f *Fill) (kept *hub.Record, err error) {
	if f.Into == "" {
		drafts, err := s.Records.DraftsOf(ctx, v)
		if err != nil {
			return nil, err
		}
		if draft := drafts[f.Record]; draft != nil {
			return s.Records.TakeBack(ctx, v, draft.ID)
		}
	}
	id := f.Record
	if f.Into != "" {
		id = f.Into
	}
	r, err := s.Records.Load(ctx, v, id)
	if err != nil || f.Into == "" {
		if err == nil && s.says(r, f) {
			kept = r
		}
		return kept, ignoring(err, hub.ErrNotFound)
	}
	back, _, err := s.Writing.AnswerWhole(ctx, v, id, r.Original, f.given(true))
	var invalid *hub.Invalid
	if err == nil && back == nil || errors.As(err, &invalid) || errors.Is(err, hub.ErrForbidden) {
		return r, nil
	}
	return nil, err
}

// Filled are the records that an import has filled, as far as they are there.
func (s *Service) Filled(ctx context.Context, v hub.Viewer, i *Import) ([]*hub.Record, error) {
	if len(i.Fills) == 0 {
		return nil, nil
	}
	drafts, err := s.Records.DraftsOf(ctx, v)
	if err != nil {
		return nil, err
	}
	var all []*hub.Record
	for _, f := range i.Fills {
		r := drafts[f.Record]
		if f.Into != "" {
			if r, err = s.Records.Load(ctx, v, f.Into); errors.Is(err, hub.ErrNotFound) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		if r != nil && s.says(r, &f) {
			all = append(all, r)
		}
	}
	return all, nil
}
