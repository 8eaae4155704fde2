package discuss

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Post is something that somebody said.
type Post struct {
	Thread    string    `json:"thread"`
	Space     string    `json:"space"`
	Seq       int64     `json:"seq"` // 1, 2, 3 without a gap within the thread
	By        string    `json:"by"`
	Anonymous bool      `json:"anonymous,omitempty"` // shown without name and State
	Body      string    `json:"body"`                // Markdown, at most MaxPost bytes; empty when it was deleted long ago
	Lang      hub.Lang  `json:"lang"`
	ReplyTo   int64     `json:"reply_to,omitempty"` // seq of another post; 0 for none
	Once      string    `json:"once"`               // author and key of the attempt
	Created   time.Time `json:"created"`
	Edited    time.Time `json:"edited,omitzero"`
	Before    []Version `json:"before,omitempty"`   // earlier wordings, the first one first
	Gone      *Decision `json:"gone,omitempty"`     // that it was deleted
	Unmasked  *Decision `json:"unmasked,omitempty"` // that a moderator has looked up who wrote it
}

// Version is an earlier wording of a post.
type Version struct {
	Body string    `json:"body"`
	At   time.Time `json:"at"` // until when it stood
}

// Limits of posting.
const (
	PostsAPage   = 20
	PostsAnHour  = 30
	FirstDay     = 24 * time.Hour
	PostsAtFirst = 5  // an hour, on the first day
	MaxKey       = 64 // bytes of the key of an attempt
	maxVersions  = 50
	KeepDeleted  = 30 * 24 * time.Hour
)

func postID(thread string, seq int64) string { return fmt.Sprintf("%s-%d", thread, seq) }

func postKeys(p Post) map[string]store.Value {
	k := map[string]store.Value{"thread": p.Thread, "seq": p.Seq, "once": p.Once, "author": p.By, "created": p.Created.UnixMicro()}
	if p.Gone != nil && (p.Body != "" || len(p.Before) > 0) {
		k["gone"] = p.Gone.At.UnixMicro()
	}
	return k
}

func (s *Service) post(ctx context.Context, thread string, seq int64) (Post, int64, error) {
	return store.Load[Post](ctx, s.Store, posts, postID(thread, seq))
}

// checkVoice accepts the language of a text, and that it stands without a name
// where the space allows that.
func (s *Service) checkVoice(x Space, l hub.Lang, anonymous bool) error {
	_, err := hub.ParseLang(string(l))
	if anonymous && !x.Anonymous {
		err = errors.Join(err, &hub.Invalid{Field: "as", Reason: hub.ReasonUnknown})
	}
	return err
}

// NewPost is what somebody says.
type NewPost struct {
	Body      string
	Lang      hub.Lang
	ReplyTo   int64
	Anonymous bool   // only where the space allows it
	Key       string // of this attempt; the same again is the same post
}

// Append adds a post at the end of a thread and returns it with its sequence,
// which starts at 1 and has no gap. What it returns is durable. The same key
// again returns the post of the first attempt. hub.Invalid with the field
// "body", "lang", "reply" or "as"; *hub.TooMany; hub.ErrForbidden when the
// thread is locked; hub.ErrNotFound when it is absent or not for the viewer.
func (s *Service) Append(ctx context.Context, v hub.Viewer, space, slug string, n NewPost) (Post, error) {
	x, t, v, err := s.find(ctx, v, hub.ActCreate, space, slug)
	if err != nil {
		return Post{}, err
	}
	if t.Locked != nil {
		if err := s.Door.May(v, hub.ActModerate, x.object(""), s.Now()); err != nil {
			return Post{}, fmt.Errorf("the thread is locked: %w", hub.ErrForbidden)
		}
	}
	body, err := checkBody("body", n.Body, true)
	if err := errors.Join(err, s.checkVoice(x, n.Lang, n.Anonymous)); err != nil {
		return Post{}, err
	}
	if n.ReplyTo != 0 {
		_, _, err := s.post(ctx, t.ID, n.ReplyTo)
		if errors.Is(err, hub.ErrNotFound) {
			err = &hub.Invalid{Field: "reply", Reason: hub.ReasonUnknown}
		}
		if err != nil {
			return Post{}, err
		}
	}
	p, _, err := s.insert(ctx, Post{
		Thread: t.ID, Space: x.Slug, By: v.Person, Anonymous: n.Anonymous, Body: body, Lang: n.Lang, ReplyTo: n.ReplyTo, Created: s.Now(),
	}, n.Key)
	if err != nil {
		return Post{}, err
	}
	if err := s.noteLast(ctx, p); err != nil {
		return p, err
	}
	s.hint(Topic(t.ID), p.Seq, false)
	return p, s.wrote(ctx, v, t, p)
}

// insert puts a post at the end of its thread, or at the Seq that it has. Who
// sends the same key again gets the post that is there, and fresh is false.
func (s *Service) insert(ctx context.Context, p Post, key string) (_ Post, fresh bool, err error) {
	if len(key) > MaxKey {
		return Post{}, false, &hub.Invalid{Field: "key", Reason: hub.ReasonTooLong, Limit: MaxKey}
	}
	if key == "" {
		key = s.NewID()
	}
	p.Once = p.By + " " + key
	if kept, err := s.sent(ctx, p.Once); !errors.Is(err, hub.ErrNotFound) {
		return kept, false, err
	}
	if err := s.checkRate(ctx, p.By); err != nil {
		return Post{}, false, err
	}
	begins := p.Seq == 1
	for range store.MaxTries {
		if !begins {
			last, err := s.last(ctx, p.Thread)
			if err != nil {
				return Post{}, false, err
			}
			p.Seq = last.Seq + 1
		}
		err := s.put(ctx, posts, postID(p.Thread, p.Seq), postKeys(p), p)
		if err == nil {
			return p, true, nil
		}
		if !errors.Is(err, hub.ErrConflict) {
			return Post{}, false, fmt.Errorf("append to thread %s: %w", p.Thread, err)
		}
		if kept, err := s.sent(ctx, p.Once); !errors.Is(err, hub.ErrNotFound) {
			return kept, false, err // the same attempt, twice at once
		}
	}
	return Post{}, false, fmt.Errorf("append to thread %s: %w", p.Thread, hub.ErrConflict)
}

// sent is the post of an attempt. hub.ErrNotFound for a new one.
func (s *Service) sent(ctx context.Context, once string) (Post, error) {
	page, err := s.Store.List(ctx, posts, store.Query{Index: "once", Equal: [][]store.Value{{once}}, Limit: 1})
	if err != nil {
		return Post{}, err
	}
	if len(page.Docs) == 0 {
		return Post{}, hub.ErrNotFound
	}
	return store.Decode[Post](page.Docs[0])
}

// last is the last post of a thread; one with Seq 0 where there is none.
func (s *Service) last(ctx context.Context, thread string) (Post, error) {
	page, err := s.Store.List(ctx, posts, store.Query{Index: "seq", Equal: [][]store.Value{{thread}}, Desc: true, Limit: 1})
	if err != nil || len(page.Docs) == 0 {
		return Post{}, err
	}
	return store.Decode[Post](page.Docs[0])
}

// checkRate refuses who has said too much within the hour.
func (s *Service) checkRate(ctx context.Context, person string) error {
	p, err := s.Members.Person(ctx, person)
	if err != nil {
		return err
	}
	most := PostsAnHour
	if s.Now().Sub(p.Created) < FirstDay {
		most = PostsAtFirst
	}
	since := s.Now().Add(-time.Hour)
	page, err := s.Store.List(ctx, posts, store.Query{Index: "author", Equal: [][]store.Value{{person}}, From: since.UnixMicro() + 1, Limit: most})
	if err != nil {
		return err
	}
	if len(page.Docs) < most {
		return nil
	}
	oldest, err := store.Decode[Post](page.Docs[0])
	if err != nil {
		return err
	}
	return &hub.TooMany{After: oldest.Created.Add(time.Hour).Sub(s.Now())}
}

// noteLast tells the thread of its last post. The post is there already: what
// fails here is mended by the next one.
func (s *Service) noteLast(ctx context.Context, p Post) error {
	_, err := store.Change(ctx, s.Store, threads, p.Thread, threadKeys, func(t *Thread) error {
		heard := t.Heard || p.By != t.By
		if t.Posts >= p.Seq && t.Heard == heard {
			return store.ErrSame
		}
		if t.Heard = heard; t.Posts < p.Seq {
			t.Posts, t.Active = p.Seq, p.Created
		}
		return nil
	})
	return err
}

// Posts are the posts of a thread from one on, at most PostsAPage, and how
// many there are in all.
func (s *Service) Posts(ctx context.Context, v hub.Viewer, space, slug string, from int64) (found []Post, total int64, err error) {
	_, t, _, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return nil, 0, err
	}
	last, err := s.last(ctx, t.ID)
	if err != nil {
		return nil, 0, err
	}
	if last.Seq > t.Posts { // a crash came between the post and the thread
		if err := s.noteLast(ctx, last); err != nil {
			return nil, 0, err
		}
	}
	page, err := s.Store.List(ctx, posts, store.Query{Index: "seq", Equal: [][]store.Value{{t.ID}}, From: max(from, 1), Limit: PostsAPage})
	if err != nil {
		return nil, 0, err
	}
	for _, d := range page.Docs {
		p, err := store.Decode[Post](d)
		if err != nil {
			return nil, 0, err
		}
		found = append(found, p.shown())
	}
	return found, last.Seq, nil
}

// shown is a post as readers get it: without what was deleted, and without who
// wrote it where they asked for that.
func (p Post) shown() Post {
	p.Once = ""
	if p.Gone != nil {
		p.Body, p.Before = "", nil
	}
	return p
}

// Edits says whether the viewer may change a post: who wrote it may, while the
// thread is open.
func (s *Service) Edits(ctx context.Context, v hub.Viewer, x Space, t Thread, p Post) (bool, error) {
	v, err := s.Known(ctx, v)
	return err == nil && p.Gone == nil && t.Locked == nil && p.By == v.Person && s.Door.May(v, hub.ActEdit, x.object(p.By), s.Now()) == nil, err
}

// Edit words a post anew; the earlier wording is kept beside. For who wrote
// it. hub.Invalid with the field "body"; hub.ErrConflict when it was changed
// since the time seen.
func (s *Service) Edit(ctx context.Context, v hub.Viewer, space, slug string, seq int64, text string, seen time.Time) (Post, error) {
	text, err := checkBody("body", text, true)
	if err != nil {
		return Post{}, err
	}
	return s.ofAuthor(ctx, v, space, slug, seq, func(p *Post) error {
		switch {
		case !p.Edited.Equal(seen):
			return hub.ErrConflict
		case p.Body == text:
			return store.ErrSame
		}
		p.Before = append(p.Before, Version{p.Body, s.Now()})
		if len(p.Before) > maxVersions {
			p.Before = slices.Delete(p.Before, 1, 2) // the first wording stays
		}
		p.Body, p.Edited = text, s.Now()
		return nil
	})
}

// ofAuthor changes a post for who wrote it.
func (s *Service) ofAuthor(ctx context.Context, v hub.Viewer, space, slug string, seq int64, set func(*Post) error) (Post, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return Post{}, err
	}
	p, err := store.Change(ctx, s.Store, posts, postID(t.ID, seq), postKeys, func(p *Post) error {
		if p.Gone != nil {
			return hub.ErrNotFound
		}
		may, err := s.Edits(ctx, v, x, t, *p)
		if err != nil {
			return err
		}
		if !may {
			return hub.ErrForbidden
		}
		return set(p)
	})
	if err == nil {
		s.hint(Topic(t.ID), seq, true)
	}
	return p, err
}

// Delete takes a post away and leaves a trace that there was one. For who
// wrote it, and with a reason for who moderates. The wording is kept for
// KeepDeleted, and read by nobody here. hub.Invalid with the field "reason".
func (s *Service) Delete(ctx context.Context, v hub.Viewer, space, slug string, seq int64, reason string) error {
	_, err := s.ofAuthor(ctx, v, space, slug, seq, func(p *Post) error {
		p.Gone = &Decision{By: v.Person, At: s.Now()}
		return nil
	})
	if !errors.Is(err, hub.ErrForbidden) {
		return err
	}
	_, t, v, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return err
	}
	if err := checkText("reason", reason, MaxPurpose); err != nil {
		return err
	}
	_, err = store.Change(ctx, s.Store, posts, postID(t.ID, seq), postKeys, func(p *Post) error {
		if p.Gone != nil {
			return hub.ErrNotFound
		}
		p.Gone = &Decision{v.Person, s.Now(), reason}
		return nil
	})
	if err != nil {
		return err
	}
	s.hint(Topic(t.ID), seq, true)
	return s.note(ctx, v, "post.delete", "post:"+postID(t.ID, seq), reason)
}

// Sweep destroys the wording of posts that were deleted long ago.
func (s *Service) Sweep(ctx context.Context) error {
	long, err := store.All[Post](ctx, s.Store, posts, store.Query{Index: "gone", To: s.Now().Add(-KeepDeleted).UnixMicro()})
	for _, p := range long {
		_, err := store.Change(ctx, s.Store, posts, postID(p.Thread, p.Seq), postKeys, func(p *Post) error {
			p.Body, p.Before = "", nil
			return nil
		})
		if err != nil {
			return fmt.Errorf("deleted posts: %w", err)
		}
	}
	return err
}
