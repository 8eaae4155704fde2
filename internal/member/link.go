package member

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// How long a sign-in link, and one for a new password, can be redeemed.
const (
	LinkLife  = 24 * time.Hour
	ResetLife = 30 * time.Minute
)

// LinkPath is the address of a sign-in link below the language; the token
// follows.
const LinkPath = "/signin/link/"

// Purpose is what a single-use token is for. A token made for one is unknown
// to every other.
type Purpose string

// The purposes of single-use tokens.
const (
	PurposeSignIn Purpose = "signin" // a sign-in link
	PurposeReset  Purpose = "reset"  // the same, that asks for a new password
)

// tokenDoc is a single-use token as stored, and the claim of whoever has
// redeemed it (with the same fields).
type tokenDoc struct {
	Purpose Purpose   `json:"purpose"`
	Person  string    `json:"person"`
	Epoch   int64     `json:"epoch"` // of the person, when it was made
	Expires time.Time `json:"expires"`
}

func (v tokenDoc) doc(id string) store.Doc {
	return store.Doc{ID: id, Keys: map[string]store.Value{"expires": v.Expires.Unix()}, Body: encode(v)}
}

// SignInLink returns an address by which the person signs in once, within
// LinkLife, in English: who is given it has no language yet. Links made before
// stay good until one of them is used. hub.ErrNotFound for an unknown person,
// hub.ErrForbidden when the person may not sign in.
func (s *Service) SignInLink(ctx context.Context, personID string) (string, error) {
	return s.newLink(ctx, personID, hub.English, PurposeSignIn, LinkLife)
}

// ResetLink returns an address by which the person sets a new password, once,
// within ResetLife. Errors as SignInLink. It is made when the mail that holds
// it goes out, and kept nowhere else.
func (s *Service) ResetLink(ctx context.Context, personID string, l hub.Lang) (string, error) {
	return s.newLink(ctx, personID, l, PurposeReset, ResetLife)
}

func (s *Service) newLink(ctx context.Context, personID string, l hub.Lang, purpose Purpose, life time.Duration) (string, error) {
	if s.BaseURL == "" {
		return "", errors.New("sign-in link: no public address is set (HUB_BASE_URL)")
	}
	p, err := s.person(ctx, personID)
	if err != nil {
		return "", err
	}
	if !s.admits(p) {
		return "", fmt.Errorf("sign-in link for %s: %w", p, hub.ErrForbidden)
	}
	token, err := NewToken(s.rand())
	if err != nil {
		return "", err
	}
	id, _ := tokenID(token)
	v := tokenDoc{Purpose: purpose, Person: p.ID, Epoch: p.Epoch, Expires: s.now().Add(life)}
	if err := s.Store.Insert(ctx, tokens, v.doc(id)); err != nil {
		return "", fmt.Errorf("sign-in link: %w", err)
	}
	return strings.TrimSuffix(s.BaseURL, "/") + "/" + string(l) + LinkPath + token, nil
}

// LinkHolder returns the person whose link has the token, and what it is for,
// for the page that asks them to go on. It consumes nothing: mail scanners open links.
// hub.ErrNotFound when the link is unknown, used, expired or void, or its
// person may not sign in.
func (s *Service) LinkHolder(ctx context.Context, token string) (Person, Purpose, error) {
	_, v, p, err := s.link(ctx, token)
	return p, v.Purpose, err
}

// link reads the sign-in link of the token, the id of its document, and its
// person. hub.ErrNotFound as LinkHolder.
func (s *Service) link(ctx context.Context, token string) (id string, v tokenDoc, p Person, err error) {
	gone := fmt.Errorf("sign-in link: %w", hub.ErrNotFound)
	id, ok := tokenID(token)
	if !ok {
		return "", tokenDoc{}, Person{}, gone
	}
	d, err := s.Store.Get(ctx, tokens, id)
	if err != nil {
		return "", tokenDoc{}, Person{}, fmt.Errorf("sign-in link: %w", err)
	}
	if v, err = decode[tokenDoc](d.Body); err != nil {
		return "", tokenDoc{}, Person{}, fmt.Errorf("sign-in link: %w", err)
	}
	if p, err = s.person(ctx, v.Person); err != nil {
		return "", tokenDoc{}, Person{}, err
	}
	if (v.Purpose != PurposeSignIn && v.Purpose != PurposeReset) || v.Epoch != p.Epoch || !s.now().Before(v.Expires) || !s.admits(p) {
		return "", tokenDoc{}, Person{}, gone
	}
	return id, v, p, nil
}

// RedeemLink uses up the sign-in link of the token and signs its person in,
// with a new password unless newPassword is empty (hub.Invalid for a link that
// is for one). It ends the person's other
// sessions and links: whoever needs a link has lost something. Of all who
// redeem a link one succeeds; the others, and who comes later, get
// hub.ErrNotFound. A password that is refused (hub.Invalid as SetPassword)
// leaves the link good; so does hub.ErrUnavailable from the queue for hashes. A
// store that fails after the claim leaves it used: never twice comes first.
// *hub.TooMany after too many failures from the network; *NeedsCode when a code
// is needed besides: mail alone opens no account that has a second step.
func (s *Service) RedeemLink(ctx context.Context, token, newPassword string, from From) (Session, string, error) {
	a, err := s.limits.begin(s.now(), "", from.IP)
	if err != nil {
		return Session{}, "", err
	}
	p, err := s.redeem(ctx, token, newPassword)
	if errors.Is(err, hub.ErrNotFound) {
		return Session{}, "", err
	}
	a.withdraw() // the token was right, or nothing was decided
	if err != nil {
		return Session{}, "", err
	}
	return s.enter(ctx, p, from)
}

// redeem claims the link and begins the person's next epoch.
func (s *Service) redeem(ctx context.Context, token, newPassword string) (Person, error) {
	id, v, p, err := s.link(ctx, token)
	if err != nil {
		return Person{}, err
	}
	if v.Purpose == PurposeReset && newPassword == "" {
		return Person{}, &hub.Invalid{Field: "password", Reason: hub.ReasonRequired}
	}
	hash := p.Password
	if newPassword != "" {
		if hash, err = s.hashNew(ctx, p, newPassword); err != nil {
			return Person{}, err
		}
	}
	if err := s.claim(ctx, id, v); err != nil {
		return Person{}, err
	}
	return s.turn(ctx, p.ID, "", func(p *Person) error {
		// Asked again of the newest state: a sibling of the link, a new
		// password or a suspension may have come in between.
		if p.Epoch != v.Epoch || !s.admits(*p) {
			return fmt.Errorf("sign-in link: %w", hub.ErrNotFound)
		}
		if newPassword != "" {
			p.Password = hash
		}
		p.SignedIn = s.now()
		p.startGrace()
		return nil
	})
}

// claim makes the caller the one who redeems. It is an insert under an id that
// only one can have, not an update: that holds on every engine, whatever its
// isolation. The claim expires with the token, which the sweep takes away.
func (s *Service) claim(ctx context.Context, id string, v tokenDoc) error {
	err := s.Store.Insert(ctx, tokens, v.doc("used-"+id))
	if errors.Is(err, hub.ErrConflict) {
		return fmt.Errorf("sign-in link is used: %w", hub.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("claim sign-in link: %w", err)
	}
	return nil
}
