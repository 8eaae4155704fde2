package discuss

import (
	"context"
	"errors"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// GlassLife is how long a space stays open to who has broken its glass.
const GlassLife = time.Hour

// noticed is how long a space tells its members that its glass was broken.
const noticed = 30 * 24 * time.Hour

// Glass is that somebody who keeps the hub running, and is outside its talk,
// has opened a space: with a reason, for an hour, in sight of its members.
type Glass struct {
	ID     string    `json:"id"`
	Space  string    `json:"space"`
	Person string    `json:"person"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
}

func glassKeys(g Glass) map[string]store.Value {
	return map[string]store.Value{"person": g.Person, "until": g.Until.UnixMicro(), "space": g.Space, "at": g.At.UnixMicro()}
}

// mayBreak is nil for who may break a glass, and hub.ErrFresh where a fresh
// sign-in would make it possible: who may change how the hub is set.
func (s *Service) mayBreak(v hub.Viewer) error {
	return s.Door.May(v, hub.ActEdit, access.Object{Kind: access.Settings}, s.Now())
}

// Breaks says whether the viewer may break a glass, at least after a fresh
// sign-in.
func (s *Service) Breaks(v hub.Viewer) bool {
	err := s.mayBreak(v)
	return err == nil || errors.Is(err, hub.ErrFresh)
}

// Break opens a space for GlassLife to the viewer. It is on record before it
// is open, also where there is no such space. hub.ErrFresh for who must sign in
// again; hub.Invalid with the field "reason" or "space".
func (s *Service) Break(ctx context.Context, v hub.Viewer, space, reason string) (Glass, error) {
	if err := s.mayBreak(v); err != nil {
		return Glass{}, err
	}
	if err := errors.Join(hub.CheckSlug(space), checkText("reason", reason, MaxPurpose)); err != nil {
		return Glass{}, named(err, "slug", "space")
	}
	x, _, err := store.Load[Space](ctx, s.Store, spaces, space)
	missing := errors.Is(err, hub.ErrNotFound)
	if err != nil && !missing {
		return Glass{}, err
	}
	outcome, object := audit.Done, x.logged()
	if missing {
		outcome, object = audit.Refused, "space:"+space
	}
	if err := s.Log.Add(ctx, audit.Act{Who: v.Person, What: "glass.break", Object: object, Outcome: outcome, Reason: reason}); err != nil {
		return Glass{}, err
	}
	if missing {
		return Glass{}, &hub.Invalid{Field: "space", Reason: hub.ReasonUnknown}
	}
	g := Glass{ID: s.NewID(), Space: space, Person: v.Person, Reason: reason, At: s.Now(), Until: s.Now().Add(GlassLife)}
	return g, s.put(ctx, glasses, g.ID, glassKeys(g), g)
}

// named gives a field of an invalid input another name.
func named(err error, from, to string) error {
	var i *hub.Invalid
	if errors.As(err, &i) && i.Field == from {
		return &hub.Invalid{Field: to, Reason: i.Reason, Limit: i.Limit}
	}
	return err
}

// Glasses are those of the viewer that are broken now.
func (s *Service) Glasses(ctx context.Context, v hub.Viewer) ([]Glass, error) {
	if !s.Breaks(v) {
		return nil, nil
	}
	return store.All[Glass](ctx, s.Store, glasses, store.Query{Index: "person", Equal: [][]store.Value{{v.Person}}, From: s.Now().UnixMicro() + 1})
}

// opened are the spaces whose glass the viewer has broken.
func (s *Service) opened(ctx context.Context, v hub.Viewer) ([]string, error) {
	all, err := s.Glasses(ctx, v)
	var found []string
	for _, g := range all {
		found = append(found, g.Space)
	}
	return found, err
}

// Broken are the times at which the glass of a space was broken of late, the
// last first: for everybody who reads the space.
func (s *Service) Broken(ctx context.Context, v hub.Viewer, space string) ([]Glass, error) {
	if _, _, err := s.enter(ctx, v, hub.ActRead, space); err != nil {
		return nil, err
	}
	q := store.Query{Index: "space", Equal: [][]store.Value{{space}}, From: s.Now().Add(-noticed).UnixMicro(), Desc: true, Limit: 20}
	page, err := s.Store.List(ctx, glasses, q)
	if err != nil {
		return nil, err
	}
	var all []Glass
	for _, d := range page.Docs {
		g, err := store.Decode[Glass](d)
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

// look puts on record that a thread is read through a broken glass, once for
// each glass; for everybody else it does nothing.
func (s *Service) look(ctx context.Context, v hub.Viewer, t Thread) error {
	if v.Spaces == nil || v.Spaces(t.Space) != hub.RelBrokenGlass {
		return nil
	}
	all, err := s.Glasses(ctx, v)
	for _, g := range all {
		if g.Space != t.Space {
			continue
		}
		err := s.put(ctx, looks, g.ID+"/"+t.ID, nil, struct{}{})
		if errors.Is(err, hub.ErrConflict) {
			continue
		}
		if err == nil {
			err = s.note(ctx, v, "glass.read", "thread:"+t.ID, "")
		}
		if err != nil {
			return err
		}
	}
	return err
}

// Unmask says who wrote a post without a name. For who moderates the space,
// with a fresh sign-in and a reason; it is on record before it is said, and the
// post tells its readers from then on. Errors as Delete, and hub.ErrFresh.
func (s *Service) Unmask(ctx context.Context, v hub.Viewer, space, slug string, seq int64, reason string) (person string, err error) {
	_, t, v, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return "", err
	}
	if !s.Now().Before(v.Fresh) {
		return "", hub.ErrFresh
	}
	if err := checkText("reason", reason, MaxPurpose); err != nil {
		return "", err
	}
	p, _, err := s.post(ctx, t.ID, seq)
	if err != nil {
		return "", err
	}
	if !p.Anonymous || p.Gone != nil || p.Moved != "" {
		return "", hub.ErrNotFound
	}
	if err := s.note(ctx, v, "post.unmask", "post:"+postID(t.ID, seq), reason); err != nil {
		return "", err
	}
	_, err = store.Change(ctx, s.Store, posts, postID(t.ID, seq), postKeys, func(p *Post) error {
		p.Unmasked = &Decision{By: v.Person, At: s.Now(), Reason: reason}
		return nil
	})
	if err != nil {
		return "", err
	}
	s.hint(Topic(t.ID), seq, true)
	return p.By, nil
}
