package record

import (
	"context"
	"errors"
	"fmt"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
)

// Bring adds a record whose id its bringer gives, as a draft of the viewer, as
// one that waits for the moderators, or published: brought again, it is the
// one that is there. Who may publish may bring any; who may begin records, one
// that is not published. It belongs to no mechanism. hub.Invalid when it is
// not whole.
func (s *Service) Bring(ctx context.Context, v hub.Viewer, r hub.Record, status hub.Status) (*hub.Record, error) {
	r.Author, r.Mechanism, r.Rev, r.Slug, r.Status = v.Person, "", 1, nameless(r.ID), hub.StatusDraft
	if err := s.mayBring(v, &r, status); err != nil {
		return nil, err
	}
	act := hub.ActCreated
	switch status {
	case hub.StatusSubmitted:
		act = hub.ActSubmitted
	case hub.StatusPublished:
		act = hub.ActBrought
		r.Published = s.Now()
		s.confirm(&r)
	}
	r.Status = status
	s.begin(&r, v, hub.Change{Act: act})
	for _, n := range []int{1, 0} {
		if status == hub.StatusPublished {
			r.Slug = broughtSlug(&r, n)
		}
		err := s.insert(ctx, &r)
		if err == nil {
			return &r, nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return nil, fmt.Errorf("bring %s: %w", r.Kind, err)
		}
		there, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, r.ID, access.Record)
		if !errors.Is(err, hub.ErrNotFound) {
			return there, err
		}
	}
	return nil, fmt.Errorf("bring %s: %w", r.Kind, hub.ErrConflict)
}

func (s *Service) mayBring(v hub.Viewer, r *hub.Record, status hub.Status) error {
	err := s.Door.May(v, hub.ActPublish, access.Record(r), s.Now())
	if err != nil && (status == hub.StatusDraft || status == hub.StatusSubmitted) {
		err = s.Door.May(v, hub.ActCreate, access.Record(r), s.Now())
	}
	return err
}

// Publishes says whether the viewer may publish what others hand on.
func (s *Service) Publishes(v hub.Viewer) bool {
	return v.SignedIn() && s.Door.May(v, hub.ActPublish, access.Object{Kind: access.Unpublished}, s.Now()) == nil
}

// broughtSlug is the address made of the title; with the end of the id where
// that is taken.
func broughtSlug(r *hub.Record, n int) string {
	if n == 1 {
		return slugOf(r, 1)
	}
	end := nameless(r.ID)
	slug := slugOf(r, 1)
	return slug[:min(len(slug), hub.MaxSlug-11)] + "-" + end[len(end)-10:]
}

// TakeBack removes a record that was brought and that nobody has touched since:
// one that was never shown goes, a published one is archived. kept is one that
// somebody has changed, published or taken further. Taken back again, or not
// there, it is nil.
func (s *Service) TakeBack(ctx context.Context, v hub.Viewer, id string) (kept *hub.Record, err error) {
	r, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case r.Status == hub.StatusArchived:
		return nil, nil
	case r.Rev != 1:
		return r, nil
	case r.Status == hub.StatusPublished:
		_, err = s.Archive(ctx, v, id, r.Rev, "")
	default:
		err = s.remove(ctx, v, r)
	}
	if errors.Is(err, hub.ErrConflict) { // somebody has touched it just now
		return r, nil
	}
	return nil, err
}

func (s *Service) remove(ctx context.Context, v hub.Viewer, r *hub.Record) error {
	if err := s.Door.May(v, hub.ActEdit, access.Record(r), s.Now()); err != nil {
		return err
	}
	if err := s.Store.Delete(ctx, collection, r.ID, r.Rev); err != nil && !errors.Is(err, hub.ErrNotFound) {
		return fmt.Errorf("remove %s: %w", r.ID, err)
	}
	s.tell(r.ID)
	return nil
}

// Published are the heads of all published records of a kind, whoever may read
// them, for what is made from them: it bears their tier.
func (s *Service) Published(k hub.Kind) []*Head { return s.Catalogue.shelf(k).heads }

// Own hands out the viewer's own records of a kind that are on their way.
func (s *Service) Own(ctx context.Context, v hub.Viewer, k hub.Kind, each func(*hub.Record)) error {
	if !v.SignedIn() {
		return nil
	}
	return s.every(ctx, v, ownOpen(v), func(r *hub.Record) {
		if r.Kind == k {
			each(r)
		}
	})
}
