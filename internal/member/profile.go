package member

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// SetProfile gives a person another name and language of mails. hub.Invalid
// with the field "name" or "lang"; sessions go on.
func (s *Service) SetProfile(ctx context.Context, personID, name string, l hub.Lang) error {
	name = strings.TrimSpace(name)
	if name == "" {
		return &hub.Invalid{Field: "name", Reason: hub.ReasonRequired}
	}
	if err := checkName(name); err != nil {
		return err
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
// is no error.
func (s *Service) Erase(ctx context.Context, personID string) error {
	if _, err := s.turn(ctx, personID, "", func(p *Person) error { // nothing is signed in from here on
		p.Status = StatusSuspended
		return nil
	}); err != nil {
		if errors.Is(err, hub.ErrNotFound) {
			return nil
		}
		return err
	}
	if err := s.dropTokens(ctx, personID); err != nil {
		return err
	}
	for {
		page, err := s.Store.List(ctx, sessions, store.Query{Index: "person", Equal: [][]store.Value{{personID}}, Limit: 100})
		if err != nil {
			return err
		}
		for _, d := range page.Docs {
			if err := s.Store.Delete(ctx, sessions, d.ID, d.Rev); err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrConflict) {
				return err
			}
		}
		if len(page.Docs) == 0 {
			break
		}
	}
	for range maxTries {
		p, err := s.person(ctx, personID)
		if errors.Is(err, hub.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err = s.Store.Delete(ctx, persons, p.ID, p.Rev); !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("erase: %w", hub.ErrConflict)
}
