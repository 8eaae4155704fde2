package member

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// FreshFor is how long after a sign-in dangerous acts need no new one.
const FreshFor = 10 * time.Minute

// seenEvery is how often at most the last use of a session is written: idle
// times are exact to it, and a page with thirty requests writes once.
const seenEvery = time.Minute

// lifetime says how long a session of the role lasts without use, and in all.
func lifetime(r hub.Role) (idle, absolute time.Duration) {
	if r == hub.RoleAdmin || r == hub.RoleModerator {
		return 30 * time.Minute, 12 * time.Hour
	}
	return 24 * time.Hour, 14 * 24 * time.Hour
}

// Session is a sign-in that goes on, with what the head of a page shows of
// the person.
type Session struct {
	ID        string    `json:"id"`     // SHA-256 of the token in hex: names the session, opens nothing
	Person    string    `json:"person"` // id
	Name      string    `json:"name"`   // the person's name, or their address when they gave none
	Mechanism hub.State `json:"mechanism,omitempty"`
	Created   time.Time `json:"created"` // the sign-in, UTC
	Seen      time.Time `json:"seen"`    // last use, exact to a minute
	Ends      time.Time `json:"ends"`    // at the latest; the browser may forget the token then
}

// LogValue shows the person's id only.
func (v Session) LogValue() slog.Value {
	return slog.GroupValue(slog.String("person", v.Person))
}

// sessionDoc is a session as stored. Nothing of the person is copied into it
// but the id, so that nothing of it can be out of date.
type sessionDoc struct {
	ID      string    `json:"-"`
	Rev     int64     `json:"-"`
	Person  string    `json:"person"`
	Epoch   int64     `json:"epoch"` // of the person, when their password or link was checked
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
}

func (v sessionDoc) doc(r hub.Role) store.Doc {
	return store.Doc{ID: v.ID, Rev: v.Rev, Keys: map[string]store.Value{"expires": v.expires(r).Unix(), "person": v.Person}, Body: encode(v)}
}

func sessionOf(d store.Doc) (sessionDoc, error) {
	v, err := decode[sessionDoc](d.Body)
	if err != nil {
		return sessionDoc{}, fmt.Errorf("session: %w", err)
	}
	v.ID, v.Rev = d.ID, d.Rev
	return v, nil
}

// expires is when the session ends if it is not used again.
func (v sessionDoc) expires(r hub.Role) time.Time {
	idle, absolute := lifetime(r)
	if unused, end := v.Seen.Add(idle), v.Created.Add(absolute); unused.Before(end) {
		return unused
	}
	return v.Created.Add(absolute)
}

// alive says whether the session is good for its person as they are now.
func (v sessionDoc) alive(p Person, now time.Time) bool {
	return (v.Epoch == p.Epoch || v.ID == p.Kept) && now.Before(v.expires(p.Role))
}

func (v sessionDoc) shown(p Person) Session {
	_, absolute := lifetime(p.Role)
	return Session{
		ID: v.ID, Person: p.ID, Name: p.shown(), Mechanism: p.Mechanism,
		Created: v.Created, Seen: v.Seen, Ends: v.Created.Add(absolute),
	}
}

// Session says for whom a request with the token is, and notes the use.
// hub.ErrNotFound when the token is unknown, expired, unused for too long or
// ended, or its person is not active any more; other errors are the store's,
// and the token may be good. Role, mechanism and status are read at each call,
// so that a change of them works from the next request on.
func (s *Service) Session(ctx context.Context, token string) (hub.Viewer, Session, error) {
	v, p, err := s.session(ctx, token)
	if err != nil {
		return hub.Viewer{}, Session{}, err
	}
	now := s.now()
	if !s.admits(p) || !v.alive(p, now) {
		return hub.Viewer{}, Session{}, fmt.Errorf("session has ended: %w", hub.ErrNotFound)
	}
	if now.Sub(v.Seen) >= seenEvery {
		v.Seen = now
		// What fails here is lost on purpose: another request has written a
		// use of the same minute, or the store takes no writes and reading
		// goes on. The next request tries again.
		_ = s.Store.Update(ctx, sessions, v.doc(p.Role))
	}
	viewer, p := s.viewer(p, now)
	viewer.Fresh = v.Created.Add(FreshFor)
	return viewer, v.shown(p), nil
}

// Look is for whom a session is now, without noting that it was used: an open
// page keeps nobody signed in. Errors as Session.
func (s *Service) Look(ctx context.Context, token string) (hub.Viewer, error) {
	v, p, err := s.session(ctx, token)
	if err != nil {
		return hub.Viewer{}, err
	}
	now := s.now()
	if !s.admits(p) || !v.alive(p, now) {
		return hub.Viewer{}, fmt.Errorf("session has ended: %w", hub.ErrNotFound)
	}
	viewer, _ := s.viewer(p, now)
	viewer.Fresh = v.Created.Add(FreshFor)
	return viewer, nil
}

// viewer is what an active person may be now: without the second step that
// they must have, a stakeholder until it is there.
func (s *Service) viewer(p Person, now time.Time) (hub.Viewer, Person) {
	if s.late(p, now) {
		p.Role, p.Mechanism, p.Reads, p.Seat = hub.RoleStakeholder, "", false, ""
	}
	return hub.Viewer{Person: p.ID, Role: p.Role, Mechanism: p.Mechanism, Seat: p.Seat, ReadOnly: p.Reads, Unseen: p.Unseen}, p
}

// Viewer is a person as the pages would have them now, for what is decided
// while they are not there, such as a mail. hub.ErrNotFound when they could
// not sign in.
func (s *Service) Viewer(ctx context.Context, personID string) (hub.Viewer, Person, error) {
	p, err := s.person(ctx, personID)
	if err != nil {
		return hub.Viewer{}, p, err
	}
	if !s.admits(p) {
		return hub.Viewer{}, p, hub.ErrNotFound
	}
	v, _ := s.viewer(p, s.now())
	return v, p, nil
}

// session reads the session of the token and its person, as they are.
func (s *Service) session(ctx context.Context, token string) (sessionDoc, Person, error) {
	id, ok := tokenID(token)
	if !ok {
		return sessionDoc{}, Person{}, fmt.Errorf("session: %w", hub.ErrNotFound)
	}
	d, err := s.Store.Get(ctx, sessions, id)
	if err != nil {
		return sessionDoc{}, Person{}, fmt.Errorf("session: %w", err)
	}
	v, err := sessionOf(d)
	if err != nil {
		return sessionDoc{}, Person{}, err
	}
	p, err := s.person(ctx, v.Person)
	return v, p, err
}

// open begins a session of the person, as their password or link was checked,
// and returns it with its token. The token is always a new one; the session
// that the browser had before ends first.
func (s *Service) open(ctx context.Context, p Person, from From) (Session, string, error) {
	if err := s.SignOut(ctx, string(from.Replaces)); err != nil {
		return Session{}, "", err
	}
	token, err := NewToken(s.rand())
	if err != nil {
		return Session{}, "", err
	}
	id, _ := tokenID(token)
	now := s.now()
	v := sessionDoc{ID: id, Person: p.ID, Epoch: p.Epoch, Created: now, Seen: now}
	if err := s.Store.Insert(ctx, sessions, v.doc(p.Role)); err != nil {
		return Session{}, "", fmt.Errorf("open session: %w", err)
	}
	if err := s.signedIn(ctx, p.ID, true); err != nil {
		return Session{}, "", err
	}
	return v.shown(p), token, nil
}

// SignOut ends the session of the token. A token that opens nothing is no
// error: signing out twice is signed out. hub.ErrConflict only after maxTries
// races with requests of the same session.
func (s *Service) SignOut(ctx context.Context, token string) error {
	id, ok := tokenID(token)
	if !ok {
		return nil
	}
	var err error
	for range maxTries {
		var d store.Doc
		if d, err = s.Store.Get(ctx, sessions, id); err == nil {
			err = s.Store.Delete(ctx, sessions, id, d.Rev)
		}
		if v, bad := sessionOf(d); err == nil && bad == nil {
			s.changed(v.Person)
		}
		if err == nil || errors.Is(err, hub.ErrNotFound) {
			return nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			break
		}
	}
	return fmt.Errorf("sign out: %w", err)
}
