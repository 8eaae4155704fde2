package member

import (
	"context"
	"errors"
	"fmt"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// SetProfile gives a person another name and language of mails. hub.Invalid
// with the field "name" or "lang"; sessions go on.
func (s *Service) SetProfile(ctx context.Context, personID, name string, l hub.Lang) error {
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	if name == "" {
		return &hub.Invalid{Field: "name", Reason: hub.ReasonRequired}
	}
	if _, err := hub.ParseLang(string(l)); err != nil {
		return err
	}
	for range maxTries {
		p, err := s.person(ctx, personID)
		if err != nil {
			return err
		}
		p.Name, p.Lang, p.Updated = name, l, s.now()
		if err = s.Store.Update(ctx, persons, p.doc()); !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("set profile: %w", hub.ErrConflict)
}

// Erase removes an account with its sign-ins. To erase one that is not there
// is no error. The account itself goes first, in one write: without it neither
// a session nor a token opens anything, so that a failure leaves an account
// that is whole or none, and never one that its person cannot get into.
func (s *Service) Erase(ctx context.Context, personID string) error {
	if err := s.removePerson(ctx, personID); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	for _, c := range []string{sessions, apiTokens} {
		if err := s.removeOf(ctx, c, personID); err != nil {
			return fmt.Errorf("erase %s: %w", c, err)
		}
	}
	return nil
}

func (s *Service) removePerson(ctx context.Context, id string) error {
	for range maxTries {
		p, err := s.person(ctx, id)
		if err == nil {
			err = s.Store.Delete(ctx, persons, p.ID, p.Rev)
		}
		if errors.Is(err, hub.ErrNotFound) {
			return nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return hub.ErrConflict
}

// removeOf removes the documents of a person from a collection.
func (s *Service) removeOf(ctx context.Context, collection, personID string) error {
	for range maxTries {
		page, err := s.Store.List(ctx, collection, store.Query{Index: "person", Equal: [][]store.Value{{personID}}, Limit: store.MaxLimit})
		if err != nil || len(page.Docs) == 0 {
			return err
		}
		for _, d := range page.Docs {
			err := s.Store.Delete(ctx, collection, d.ID, d.Rev)
			if err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrConflict) {
				return err
			}
		}
	}
	return hub.ErrConflict
}
