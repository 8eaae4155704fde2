package member

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Limits of tokens for programs.
const (
	APITokenLife  = 90 * 24 * time.Hour
	MaxAPITokens  = 10 // of a person
	MaxTokenName  = 100
	apiTokenStart = "hub_" // so that one that was left lying about is recognised
)

// APIToken lets a program ask as a person, without what is restricted: it sees
// what a stakeholder sees. The token itself is shown once and kept nowhere.
type APIToken struct {
	ID      string    `json:"-"` // SHA-256 of the token in hex
	Person  string    `json:"person"`
	Name    string    `json:"name"` // what it is for
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

func (t APIToken) doc() store.Doc {
	return store.Doc{ID: t.ID, Keys: map[string]store.Value{"expires": t.Expires.Unix(), "person": t.Person}, Body: encode(t)}
}

// NewAPIToken makes a token for a person. hub.Invalid with the field "token"
// for a name that is none, or when there are MaxAPITokens already.
func (s *Service) NewAPIToken(ctx context.Context, personID, name string) (token string, t APIToken, err error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return "", t, &hub.Invalid{Field: "token", Reason: hub.ReasonRequired}
	case utf8.RuneCountInString(name) > MaxTokenName:
		return "", t, &hub.Invalid{Field: "token", Reason: hub.ReasonTooLong, Limit: MaxTokenName}
	case !utf8.ValidString(name) || strings.ContainsFunc(name, hub.NotInLine):
		return "", t, &hub.Invalid{Field: "token", Reason: hub.ReasonFormat}
	}
	if _, err := s.person(ctx, personID); err != nil {
		return "", t, err
	}
	all, err := s.APITokens(ctx, personID)
	if err != nil {
		return "", t, err
	}
	if len(all) >= MaxAPITokens {
		return "", t, &hub.Invalid{Field: "token", Reason: hub.ReasonRange, Limit: MaxAPITokens}
	}
	plain, err := NewToken(s.rand())
	if err != nil {
		return "", t, err
	}
	id, _ := tokenID(plain)
	t = APIToken{ID: id, Person: personID, Name: name, Created: s.now(), Expires: s.now().Add(APITokenLife)}
	if err := s.Store.Insert(ctx, apiTokens, t.doc()); err != nil {
		return "", t, fmt.Errorf("new token: %w", err)
	}
	return apiTokenStart + plain, t, nil
}

// APITokens are the tokens of a person that are still good, the newest first.
func (s *Service) APITokens(ctx context.Context, personID string) ([]APIToken, error) {
	page, err := s.Store.List(ctx, apiTokens, store.Query{Index: "person", Equal: [][]store.Value{{personID}}, Limit: 100})
	if err != nil {
		return nil, err
	}
	var all []APIToken
	for _, d := range page.Docs {
		t, err := apiTokenOf(d)
		if err != nil {
			return nil, err
		}
		if s.now().Before(t.Expires) {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b APIToken) int { return b.Created.Compare(a.Created) })
	return all, nil
}

func apiTokenOf(d store.Doc) (APIToken, error) {
	t, err := decode[APIToken](d.Body)
	t.ID = d.ID
	return t, err
}

// DropAPIToken ends a token of a person. hub.ErrNotFound when it is none of
// theirs.
func (s *Service) DropAPIToken(ctx context.Context, personID, id string) error {
	d, err := s.Store.Get(ctx, apiTokens, id)
	if err != nil {
		return err
	}
	t, err := apiTokenOf(d)
	if err != nil {
		return err
	}
	if t.Person != personID {
		return hub.ErrNotFound
	}
	return s.Store.Delete(ctx, apiTokens, id, d.Rev)
}

// TokenViewer says for whom a program asks that has the token. hub.ErrNotFound
// when it is unknown or expired, or its person is not active any more.
func (s *Service) TokenViewer(ctx context.Context, token string) (hub.Viewer, error) {
	plain, is := strings.CutPrefix(token, apiTokenStart)
	id, ok := tokenID(plain)
	if !is || !ok {
		return hub.Viewer{}, hub.ErrNotFound
	}
	d, err := s.Store.Get(ctx, apiTokens, id)
	if err != nil {
		return hub.Viewer{}, err
	}
	t, err := apiTokenOf(d)
	if err != nil {
		return hub.Viewer{}, err
	}
	p, err := s.person(ctx, t.Person)
	if err != nil {
		return hub.Viewer{}, err
	}
	if !s.now().Before(t.Expires) || !s.admits(p) {
		return hub.Viewer{}, fmt.Errorf("token has ended: %w", hub.ErrNotFound)
	}
	return hub.Viewer{Person: p.ID, Role: hub.RoleStakeholder}, nil
}
