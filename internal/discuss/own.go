package discuss

import (
	"context"
	"errors"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// OwnTalk is what somebody said and follows, for that person.
type OwnTalk struct {
	Posts     []Post     `json:"posts,omitempty"`     // with earlier wordings, and those that they deleted lately
	Reports   []Report   `json:"reports,omitempty"`   // of posts, to the moderators
	Marks     []Mark     `json:"marks,omitempty"`     // how far they have read, and what they follow
	Proposals []Proposal `json:"proposals,omitempty"` // for summaries
}

// Own is what a person said, in spaces that they may not enter any more too,
// which is theirs; and what they follow where they may still read. Who may ask
// is for the caller to know.
func (s *Service) Own(ctx context.Context, person string) (any, error) {
	var own OwnTalk
	var err error
	if own.Posts, err = store.All[Post](ctx, s.Store, posts, store.Query{Index: "author", Equal: [][]store.Value{{person}}}); err != nil {
		return nil, err
	}
	for i, p := range own.Posts {
		own.Posts[i] = s.unnamed(p)
		if p.Consent != nil { // who asked is not theirs
			c := *p.Consent
			c.By = ""
			own.Posts[i].Consent = &c
		}
	}
	if own.Proposals, err = store.All[Proposal](ctx, s.Store, proposals, store.Query{Index: "person", Equal: [][]store.Value{{person}}}); err != nil {
		return own, err
	}
	for i, p := range own.Proposals {
		if p.Decided != nil && p.Decided.By != person { // who decided is not theirs
			own.Proposals[i].Decided = &Decision{At: p.Decided.At, Reason: p.Decided.Reason}
		}
	}
	if own.Reports, err = store.All[Report](ctx, s.Store, reports, store.Query{Index: "person", Equal: [][]store.Value{{person}}}); err != nil {
		return own, err
	}
	own.Marks, err = s.ownMarks(ctx, person)
	return own, err
}

// ownMarks are the marks of a person where they may still read: the others name
// spaces that are closed to them by now.
func (s *Service) ownMarks(ctx context.Context, person string) (kept []Mark, err error) {
	all, err := store.All[Mark](ctx, s.Store, marks, store.Query{Index: "person", Equal: [][]store.Value{{person}}})
	if err != nil {
		return nil, err
	}
	v, _, err := s.Members.Viewer(ctx, person)
	if err != nil {
		return nil, err
	}
	at := places{s: s, v: v}
	for _, m := range all {
		if m.Thread == bell {
			continue
		}
		_, err := at.of(ctx, m)
		switch {
		case errors.Is(err, hub.ErrNotFound), errors.Is(err, hub.ErrForbidden):
		case err != nil:
			return nil, err
		default:
			kept = append(kept, m)
		}
	}
	return kept, nil
}

// unnamed is a post for its author to take along: it names nobody else.
func (s *Service) unnamed(p Post) Post {
	p.Body, p.Before = s.Copy(p.Body, p.Lang), slices.Clone(p.Before)
	for i := range p.Before {
		p.Before[i].Body = s.Copy(p.Before[i].Body, p.Lang)
		if d := p.Before[i].Struck; d != nil { // who did is not theirs
			p.Before[i].Struck = &Decision{At: d.At, Reason: d.Reason}
		}
	}
	p.Mentions, p.Called, p.First = nil, nil, ""
	return p
}

// Forget destroys what leads to a person who is erased: what they read and
// follow, what they reported, which spaces they were in, and their files. Their
// posts stay, as a former member's.
func (s *Service) Forget(ctx context.Context, person string) error {
	if err := s.forgetFiles(ctx, person); err != nil {
		return err
	}
	for _, collection := range []string{marks, guests, reports} {
		for {
			page, err := s.Store.List(ctx, collection, store.Query{Index: "person", Equal: [][]store.Value{{person}}, Limit: 100})
			if err != nil {
				return err
			}
			if len(page.Docs) == 0 {
				break
			}
			for _, d := range page.Docs {
				err := s.Store.Delete(ctx, collection, d.ID, d.Rev)
				if err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrConflict) {
					return err
				}
			}
		}
	}
	return nil
}
