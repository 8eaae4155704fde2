package discuss

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// What moderators do to keep a room. Each act has a reason and leaves an entry
// in the record of acts.

// holds says whether what the viewer writes in a space waits for a moderator:
// where the space wants that, and nothing that they wrote stands anywhere yet.
func (s *Service) holds(ctx context.Context, v hub.Viewer, x Space) (bool, error) {
	if !x.Holds || x.hosts(v) || s.Door.May(v, hub.ActModerate, x.object(""), s.Now()) == nil {
		return false, nil
	}
	page, err := s.Store.List(ctx, posts, store.Query{Index: "author", Equal: [][]store.Value{{v.Person}}, Limit: PostsAnHour})
	if err != nil {
		return false, err
	}
	for _, d := range page.Docs {
		p, err := store.Decode[Post](d)
		if err != nil {
			return false, err
		}
		if p.Absent() == "" {
			return false, nil
		}
	}
	return true, nil
}

// keep changes a post for who moderates its space.
func (s *Service) keep(ctx context.Context, v hub.Viewer, space, slug string, seq int64, act, reason string, set func(*Post) error) error {
	_, t, v, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return err
	}
	_, err = store.Change(ctx, s.Store, posts, postID(t.ID, seq), postKeys, func(p *Post) error {
		if p.Gone != nil || p.Moved != "" {
			return hub.ErrNotFound
		}
		return set(p)
	})
	if err != nil {
		return err
	}
	s.hint(Topic(t.ID), seq, true)
	return s.note(ctx, v, act, "post:"+postID(t.ID, seq), reason)
}

// Hide takes the words of a post out of sight, until it is shown again. Its
// author and the moderators still read it. hub.Invalid with the field "reason".
func (s *Service) Hide(ctx context.Context, v hub.Viewer, space, slug string, seq int64, reason string) error {
	if err := checkText("reason", reason, MaxPurpose); err != nil {
		return err
	}
	return s.keep(ctx, v, space, slug, seq, "post.hide", reason, func(p *Post) error {
		if p.Hidden == nil {
			p.Hidden = &Decision{v.Person, s.Now(), reason}
		}
		return nil
	})
}

// Show shows a post that was hidden or held. What was held is news then, as if
// it had just come.
func (s *Service) Show(ctx context.Context, v hub.Viewer, space, slug string, seq int64) error {
	held, asked := false, []string(nil)
	err := s.keep(ctx, v, space, slug, seq, "post.show", "", func(p *Post) error {
		if asked = nil; p.Consent.Waits() {
			asked = []string{p.By}
		}
		if held = p.Held; held {
			p.Let = &Decision{By: v.Person, At: s.Now()}
		}
		p.Hidden, p.Held = nil, false
		return nil
	})
	if err == nil {
		err = s.ring(ctx, asked...)
	}
	if err != nil || !held {
		return err
	}
	_, t, _, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return err
	}
	_, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error {
		t.Told = min(t.Told, seq-1)
		t.Held = t.Held && seq != 1
		return nil
	})
	return err
}

// LetFor is for how long whoever let a post through can take it back.
const LetFor = 15 * time.Minute

// HoldAgain takes back that the viewer let a post through: it waits again.
// Whoever has read it meanwhile has read it. Done twice is done once.
// hub.ErrConflict when something else was done with it since, or too late.
func (s *Service) HoldAgain(ctx context.Context, v hub.Viewer, space, slug string, seq int64) error {
	err := s.keep(ctx, v, space, slug, seq, "post.hold", "", func(p *Post) error {
		if p.Let == nil || p.Let.By != v.Person || s.Now().Sub(p.Let.At) >= LetFor || p.Absent() != "" && p.Absent() != Held {
			return hub.ErrConflict
		}
		p.Held = true
		return nil
	})
	if err != nil || seq != 1 {
		return err
	}
	_, t, _, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return err
	}
	_, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error { t.Held = true; return nil })
	return err
}

// SetSlow sets how many minutes lie between two posts of one person in a
// thread, at most an hour; 0 for none. hub.Invalid with the field "slow".
func (s *Service) SetSlow(ctx context.Context, v hub.Viewer, space, slug string, minutes int, reason string) error {
	if minutes < 0 || minutes > 60 {
		return &hub.Invalid{Field: "slow", Reason: hub.ReasonRange, Limit: 60}
	}
	_, t, v, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return err
	}
	if _, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error { t.Slow = minutes; return nil }); err != nil {
		return err
	}
	s.hint(Topic(t.ID), 0, false)
	return s.note(ctx, v, "thread.slow", "thread:"+t.ID, reason)
}

// narrower says whether all who may read the second tier may read the first:
// nothing moves to where it was not for everybody.
func narrower(from, to Tier) bool {
	switch from {
	case Public:
		return true
	case Registered:
		return to != Public
	}
	return from == Network && to == Network
}

// MovesTo are the other spaces that threads of a space may be moved to.
func (s *Service) MovesTo(ctx context.Context, v hub.Viewer, x Space) ([]Space, error) {
	all, err := s.Spaces(ctx, v, hub.English)
	if err != nil {
		return nil, err
	}
	v, err = s.Known(ctx, v)
	return slices.DeleteFunc(all, func(to Space) bool {
		return to.Slug == x.Slug || !narrower(x.Tier, to.Tier) || s.Door.May(v, hub.ActModerate, to.object(""), s.Now()) != nil
	}), err
}

// Move takes a thread to another space, which is for nobody who may not read
// where it was. Its old address leads on. For who moderates both. hub.Invalid
// with the field "to" or "reason".
func (s *Service) Move(ctx context.Context, v hub.Viewer, space, slug, to, reason string) (Thread, error) {
	if err := checkText("reason", reason, MaxPurpose); err != nil {
		return Thread{}, err
	}
	x, t, v, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return Thread{}, err
	}
	if may, err := s.MovesTo(ctx, v, x); err != nil || !slices.ContainsFunc(may, func(x Space) bool { return x.Slug == to }) {
		return Thread{}, errors.Join(err, &hub.Invalid{Field: "to", Reason: hub.ReasonUnknown})
	}
	id, stem := t.ID, slugOf(t.Title)
	for n := range store.MaxTries {
		t, err = store.Change(ctx, s.Store, threads, id, threadKeys, func(t *Thread) error {
			if t.Space != x.Slug {
				return hub.ErrConflict // somebody else has moved it
			}
			t.Was = append(slices.Clone(t.Was), t.Space+"/"+t.Slug)
			t.Space, t.Slug, t.Moving = to, stem, true
			if n > 0 {
				t.Slug = stem + "-" + strconv.Itoa(n+1)
			}
			return nil
		})
		if !errors.Is(err, hub.ErrConflict) {
			break
		}
		if t, err := s.thread(ctx, id); err != nil || t.Space != x.Slug {
			return t, errors.Join(err, hub.ErrConflict)
		}
	}
	if err != nil {
		return t, err
	}
	if err := s.moved(ctx, t); err != nil {
		return t, err
	}
	s.hint(Topic(t.ID), 0, false)
	return t, s.note(ctx, v, "thread.move", "thread:"+t.ID, reason)
}

// moved tells the posts and marks of a thread where it is now. The thread says
// so already; a crash on the way is made good by the sweep.
func (s *Service) moved(ctx context.Context, t Thread) error {
	q := store.Query{Index: "seq", Equal: [][]store.Value{{t.ID}}}
	all, err := store.All[Post](ctx, s.Store, posts, q)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Space == t.Space {
			continue
		}
		if _, err := store.Change(ctx, s.Store, posts, postID(t.ID, p.Seq), postKeys, func(p *Post) error { p.Space = t.Space; return nil }); err != nil {
			return err
		}
	}
	own, err := store.All[Mark](ctx, s.Store, marks, store.Query{Index: "thread", Equal: [][]store.Value{{t.ID}}})
	if err != nil {
		return err
	}
	for _, m := range own {
		if _, err := store.Change(ctx, s.Store, marks, markID(m.Person, t.ID), markKeys, func(m *Mark) error { m.Space = t.Space; return nil }); err != nil {
			return err
		}
	}
	_, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(now *Thread) error {
		if now.Space == t.Space {
			now.Moving = false
		}
		return nil
	})
	return err
}

// Split takes posts of a thread, from one on, into a thread of their own in the
// same space. Where they were stays a trace that leads there. What is split
// off twice, after a crash, is split off once. For who moderates; hub.Invalid
// with the field "title", "seq" or "reason".
func (s *Service) Split(ctx context.Context, v hub.Viewer, space, slug string, from int64, title, reason string) (Thread, error) {
	title = oneLine(title)
	if err := errors.Join(checkText("title", title, MaxTitle), checkText("reason", reason, MaxPurpose)); err != nil {
		return Thread{}, err
	}
	_, t, v, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return Thread{}, err
	}
	all, err := store.All[Post](ctx, s.Store, posts, store.Query{Index: "seq", Equal: [][]store.Value{{t.ID}}, From: max(from, 2)})
	if err != nil {
		return Thread{}, err
	}
	off := Thread{ID: fmt.Sprintf("%ss%d", t.ID, from), Space: t.Space, Title: title, Told: t.Told, Heard: t.Heard}
	all = slices.DeleteFunc(all, func(p Post) bool { return p.Gone != nil || p.Held || p.Moved != "" && p.Moved != off.ID })
	if from < 2 || len(all) == 0 || len(all) > maxSplit {
		return Thread{}, &hub.Invalid{Field: "seq", Reason: hub.ReasonRange, Limit: maxSplit}
	}
	at := map[int64]int64{}
	for i, p := range all {
		at[p.Seq] = int64(i + 1)
	}
	for _, p := range all {
		copied := p
		copied.Thread, copied.Seq, copied.ReplyTo, copied.Moved = off.ID, at[p.Seq], at[p.ReplyTo], ""
		copied.Once = "split " + postID(p.Thread, p.Seq)
		if err := s.put(ctx, posts, postID(off.ID, copied.Seq), postKeys(copied), copied); err != nil && !errors.Is(err, hub.ErrConflict) {
			return Thread{}, err
		}
	}
	if err := s.splitOff(ctx, t, off, all, at); err != nil {
		return Thread{}, err
	}
	first, last := all[0], all[len(all)-1]
	off.Lang, off.By, off.Anonymous, off.Created = first.Lang, first.By, first.Anonymous, first.Created
	off.Posts, off.Active = int64(len(all)), last.Created
	off.Told = off.Posts // its people were told of these posts where they stood
	if off, err = s.name(ctx, off); err != nil {
		return off, err
	}
	for _, p := range all {
		if _, err := store.Change(ctx, s.Store, posts, postID(t.ID, p.Seq), postKeys, func(p *Post) error { p.Moved, p.Files, p.Off = off.ID, nil, nil; return nil }); err != nil {
			return off, err
		}
		s.hint(Topic(t.ID), p.Seq, true)
	}
	return off, s.note(ctx, v, "thread.split", "thread:"+off.ID, reason)
}

// splitOff gives a thread that was split off the reactions to its posts, and
// those who read and follow the one that it comes from. at is the seq of each
// post now, by what it was.
func (s *Service) splitOff(ctx context.Context, from, off Thread, all []Post, at map[int64]int64) error {
	said, err := store.All[reacted](ctx, s.Store, reactions, store.Query{Index: "thread", Equal: [][]store.Value{{from.ID}}, From: all[0].Seq})
	if err != nil {
		return err
	}
	for _, x := range said {
		if at[x.Seq] == 0 {
			continue
		}
		x.Thread, x.Seq = off.ID, at[x.Seq]
		if err := s.put(ctx, reactions, x.id(), x.keys(), x); err != nil && !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	own, err := store.All[Mark](ctx, s.Store, marks, store.Query{Index: "thread", Equal: [][]store.Value{{from.ID}}})
	if err != nil {
		return err
	}
	for _, m := range own {
		now := Mark{Person: m.Person, Space: off.Space, Thread: off.ID, Follows: m.Follows, Way: m.Way, Seat: m.Seat}
		for _, p := range all {
			if p.Seq <= m.Seq {
				now.Seq = at[p.Seq]
			}
			if p.Seq <= m.Told {
				now.Told = at[p.Seq]
			}
			if p.Seq == m.Named {
				now.Named = at[p.Seq]
			}
		}
		if err := s.put(ctx, marks, markID(now.Person, off.ID), markKeys(now), now); err != nil && !errors.Is(err, hub.ErrConflict) {
			return err
		}
	}
	return nil
}

// maxSplit is how many posts are split off at once.
const maxSplit = 500

// HeldPosts are posts that wait for a moderator, the first of them first, in
// spaces that the viewer moderates and may read, at most some.
func (s *Service) HeldPosts(ctx context.Context, v hub.Viewer, most int) ([]Kept, error) {
	all, err := store.All[Post](ctx, s.Store, posts, store.Query{Index: "held"})
	if err != nil {
		return nil, err
	}
	var found []Kept
	for _, p := range all {
		k, err := s.kept(ctx, v, p)
		if errors.Is(err, hub.ErrNotFound) || p.Absent() != Held {
			continue
		}
		if err != nil {
			return nil, err
		}
		if found = append(found, k); len(found) == most {
			break
		}
	}
	return found, nil
}

// Kept is a post in the queue of the moderators.
type Kept struct {
	Space   Space
	Thread  Thread
	Post    Post
	Reports []Report // that wait, without who made them
}

// kept is a post for who moderates its space and may read it.
func (s *Service) kept(ctx context.Context, v hub.Viewer, p Post) (k Kept, err error) {
	if k.Space, k.Thread, err = s.ThreadOf(ctx, v, p.Thread); err != nil {
		return k, err
	}
	if _, _, err := s.keeper(ctx, v, k.Space.Slug); err != nil {
		return k, hub.ErrNotFound
	}
	k.Post = p
	return k, nil
}

// sweepRooms finishes moves that a crash has stopped, and destroys threads that
// were kept as long as their space wants.
func (s *Service) sweepRooms(ctx context.Context) error {
	moving, err := store.All[Thread](ctx, s.Store, threads, store.Query{Index: "moving"})
	errs := []error{err}
	for _, t := range moving {
		errs = append(errs, s.moved(ctx, t))
	}
	every, err := store.All[Space](ctx, s.Store, spaces, store.Query{Index: "created"})
	errs = append(errs, err)
	for _, x := range every {
		if x.Keep == 0 {
			continue
		}
		q := store.Query{Index: "active", Equal: [][]store.Value{{x.Slug}}, To: s.Now().AddDate(0, -x.Keep, 0).UnixMicro()}
		old, err := store.All[Thread](ctx, s.Store, threads, q)
		errs = append(errs, err)
		for _, t := range old {
			errs = append(errs, s.destroy(ctx, t))
		}
	}
	return errors.Join(errs...)
}

// destroy takes a thread away with all that belongs to it, the thread last: a
// crash on the way leaves it for the next sweep.
func (s *Service) destroy(ctx context.Context, t Thread) error {
	for collection, index := range map[string]string{posts: "seq", reactions: "thread", marks: "thread", wordings: "thread", proposals: "thread"} {
		for {
			page, err := s.Store.List(ctx, collection, store.Query{Index: index, Equal: [][]store.Value{{t.ID}}, Limit: 100})
			if err != nil {
				return err
			}
			if len(page.Docs) == 0 {
				break
			}
			for _, d := range page.Docs {
				if p, err := store.Decode[Post](d); collection == posts {
					if err := errors.Join(err, s.dropFiles(ctx, p)); err != nil {
						return err
					}
				}
				if err := s.Store.Delete(ctx, collection, d.ID, d.Rev); err != nil && !errors.Is(err, hub.ErrNotFound) && !errors.Is(err, hub.ErrConflict) {
					return err
				}
			}
		}
	}
	d, err := s.Store.Get(ctx, threads, t.ID)
	if err == nil {
		err = s.Store.Delete(ctx, threads, t.ID, d.Rev)
	}
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return err
	}
	return s.Log.Add(ctx, audit.Act{What: "thread.destroyed", Object: "thread:" + t.ID, Outcome: audit.Done})
}
