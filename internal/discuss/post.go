package discuss

import (
	"context"
	"errors"
	"fmt"
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
	Files     []File    `json:"files,omitempty"`
	Off       []Off     `json:"off,omitempty"` // files that were taken off it lately
	Created   time.Time `json:"created"`
	Edited    time.Time `json:"edited,omitzero"`
	Before    []Version `json:"before,omitempty"`   // earlier wordings, the first one first
	Gone      *Decision `json:"gone,omitempty"`     // that it was deleted
	Hidden    *Decision `json:"hidden,omitempty"`   // that a moderator has hidden it
	Held      bool      `json:"held,omitempty"`     // waits for a moderator
	Let       *Decision `json:"let,omitempty"`      // that a moderator has let it through
	Moved     string    `json:"moved,omitempty"`    // id of the thread that it was split off to
	Consent   *Consent  `json:"consent,omitempty"`  // of its author, to make a draft of its words
	Unmasked  *Decision `json:"unmasked,omitempty"` // that a moderator has looked up who wrote it
	Mentions  []string  `json:"mentions,omitempty"` // persons, as the signs of markup.Mention number them in Body and Before
	Called    []string  `json:"called,omitempty"`   // those of them who were told
	First     string    `json:"first,omitempty"`    // SHA-256 of the first wording as it was typed; empty where it mentions nobody
}

// Version is an earlier wording of a post.
type Version struct {
	Body string    `json:"body"`
	At   time.Time `json:"at"` // until when it stood
	// Names of the files that came to the post then, and that were taken off it.
	Added []string `json:"added,omitempty"`
	Off   []string `json:"off,omitempty"`
	// That a moderator has struck it out, and why: nobody reads its words.
	Struck *Decision `json:"struck,omitempty"`
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
	if p.Held {
		k["held"] = p.Created.UnixMicro()
	}
	if p.Gone != nil && (p.Body != "" || len(p.Before) > 0 || len(p.Files) > 0 || len(p.Off) > 0) {
		k["gone"] = p.Gone.At.UnixMicro()
	}
	consentKeys(p, k)
	mentionKeys(p, k)
	var ids []string
	for _, f := range p.allFiles() {
		ids = append(ids, f.ID)
	}
	if len(p.Off) > 0 {
		k["off"] = p.Off[0].At.UnixMicro()
	}
	if len(ids) > 0 {
		k["file"] = ids
	}
	struckKeys(p, k)
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

	every time.Duration // between two of one person in the thread
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
	free, err := s.writes(v, x, t)
	if err != nil {
		return Post{}, err
	}
	body, err := checkBody("body", n.Body, true)
	if err := errors.Join(err, s.checkVoice(x, n.Lang, n.Anonymous)); err != nil {
		return Post{}, err
	}
	if n.ReplyTo != 0 {
		q, _, err := s.post(ctx, t.ID, n.ReplyTo)
		if errors.Is(err, hub.ErrNotFound) || err == nil && q.Held {
			err = &hub.Invalid{Field: "reply", Reason: hub.ReasonUnknown}
		}
		if err != nil {
			return Post{}, err
		}
	}
	wording, err := s.wording(ctx, v, x, t.ID, body)
	if err != nil {
		return Post{}, err
	}
	held, err := s.holds(ctx, v, x)
	if err != nil {
		return Post{}, err
	}
	if t.Slow > 0 && !free {
		n.every = time.Duration(t.Slow) * time.Minute
	}
	p, _, err := s.insert(ctx, Post{
		Thread: t.ID, Space: x.Slug, By: v.Person, Anonymous: n.Anonymous, Lang: n.Lang, ReplyTo: n.ReplyTo, Held: held, Created: s.Now(),
	}.worded(wording), n.Key, n.every)
	if err != nil {
		return Post{}, err
	}
	if err := s.noteLast(ctx, p); err != nil {
		return p, err
	}
	s.hint(Topic(t.ID), p.Seq, false)
	return p, s.wrote(ctx, v, t, p)
}

// writes is nil where the viewer, who may write in the space, may do so in the
// thread now; free says that no pause is for them.
func (s *Service) writes(v hub.Viewer, x Space, t Thread) (free bool, err error) {
	free = x.hosts(v) || s.Door.May(v, hub.ActModerate, x.object(""), s.Now()) == nil
	if (t.Locked != nil || !x.open(s.Now())) && !free {
		return false, fmt.Errorf("nobody writes here now: %w", hub.ErrForbidden)
	}
	return free, nil
}

// Began says whether a post was first worded so.
func (p Post) Began(body string) bool {
	first := p.Body
	if len(p.Before) > 0 {
		first = p.Before[0].Body
	}
	said, err := checkBody("body", body, true)
	if p.First != "" {
		first, said = p.First, sumOf(said)
	}
	return err == nil && said == first
}

// insert puts a post at the end of its thread, or at the Seq that it has. Who
// sends the same key again gets the post that is there, and fresh is false.
func (s *Service) insert(ctx context.Context, p Post, key string, every time.Duration) (_ Post, fresh bool, err error) {
	if len(key) > MaxKey {
		return Post{}, false, &hub.Invalid{Field: "key", Reason: hub.ReasonTooLong, Limit: MaxKey}
	}
	if key == "" {
		key = s.NewID()
	}
	p.Once = onceOf(p.By, key)
	if kept, err := s.sent(ctx, p.Once); !errors.Is(err, hub.ErrNotFound) {
		return kept, false, err
	}
	if p.Files, err = s.claim(ctx, p.Once); err != nil {
		return Post{}, false, err
	}
	if err := s.checkRate(ctx, p, every); err != nil {
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
			return p, true, s.bind(ctx, p.Files, true)
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

// checkRate refuses who has said too much within the hour, or too lately in a
// thread that is slow.
func (s *Service) checkRate(ctx context.Context, next Post, every time.Duration) error {
	person := next.By
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
	for _, d := range page.Docs {
		before, err := store.Decode[Post](d)
		if err != nil {
			return err
		}
		if wait := before.Created.Add(every).Sub(s.Now()); before.Thread == next.Thread && wait > 0 {
			return &hub.TooMany{After: wait}
		}
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
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return nil, 0, err
	}
	moderates := s.Door.May(v, hub.ActModerate, x.object(""), s.Now()) == nil
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
		found = append(found, p.shown(moderates || v.Person != "" && p.By == v.Person))
	}
	return found, last.Seq, nil
}

// Absence is why the words of a post are not there.
type Absence string

// The absences.
const (
	Deleted Absence = "deleted"
	Moved   Absence = "moved"  // into another thread
	Hidden  Absence = "hidden" // by a moderator, until one shows it again
	Held    Absence = "held"   // until a moderator has read it
)

// Absent is why the words of a post are not there for everybody; empty where
// they are.
func (p Post) Absent() Absence {
	switch {
	case p.Gone != nil:
		return Deleted
	case p.Moved != "":
		return Moved
	case p.Hidden != nil:
		return Hidden
	case p.Held:
		return Held
	}
	return ""
}

// shown is a post as readers get it: without what is absent. Its author, and
// who moderates, still read what is hidden or held; others do not learn who
// wrote what is held.
func (p Post) shown(close bool) Post {
	p.Once, p.First, p.Called, p.Off, p.Before = "", "", nil, nil, read(p.Before)
	switch a := p.Absent(); {
	case a == "", close && (a == Hidden || a == Held):
		return p
	case a == Held:
		p.By, p.Anonymous = "", true
	}
	p.Body, p.Before, p.Files, p.Mentions = "", nil, nil, nil
	return p
}

// One is one post of a thread, as Posts has it. hub.ErrNotFound where its words
// are not there for the viewer.
func (s *Service) One(ctx context.Context, v hub.Viewer, space, slug string, seq int64) (Thread, Post, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return t, Post{}, err
	}
	p, _, err := s.post(ctx, t.ID, seq)
	if err != nil {
		return t, p, err
	}
	p = p.shown(s.Door.May(v, hub.ActModerate, x.object(""), s.Now()) == nil || v.Person != "" && p.By == v.Person)
	if p.Body == "" {
		return t, Post{}, hub.ErrNotFound
	}
	return t, p, nil
}

// Edits says whether the viewer may change a post: who wrote it may, while the
// thread is open.
func (s *Service) Edits(ctx context.Context, v hub.Viewer, x Space, t Thread, p Post) (bool, error) {
	v, err := s.Known(ctx, v)
	return err == nil && (p.Absent() == "" || p.Absent() == Held) && t.Locked == nil && p.By == v.Person && s.Door.May(v, hub.ActEdit, x.object(p.By), s.Now()) == nil, err
}

// ofAuthor changes a post for who wrote it.
func (s *Service) ofAuthor(ctx context.Context, v hub.Viewer, space, slug string, seq int64, set func(*Post) error) (Post, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return Post{}, err
	}
	p, err := store.Change(ctx, s.Store, posts, postID(t.ID, seq), postKeys, func(p *Post) error {
		if p.Gone != nil || p.Moved != "" {
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

// Sweep destroys the wording and the files of posts that were deleted long ago,
// wordings that were struck out long ago,
// files that were never posted, and threads that were kept as long as their space wants, and finishes moves of threads
// that a crash has stopped. It rings for what waits and was not rung for.
func (s *Service) Sweep(ctx context.Context) error {
	return errors.Join(s.sweepPosts(ctx), s.sweepRooms(ctx), s.sweepFiles(ctx), s.sweepOff(ctx), s.sweepProposals(ctx), s.sweepStruck(ctx), s.mendBells(ctx))
}

func (s *Service) sweepPosts(ctx context.Context) error {
	long, err := store.All[Post](ctx, s.Store, posts, store.Query{Index: "gone", To: s.Now().Add(-KeepDeleted).UnixMicro()})
	for _, p := range long {
		if err := s.dropFiles(ctx, p); err != nil {
			return fmt.Errorf("files of deleted posts: %w", err)
		}
		_, err := store.Change(ctx, s.Store, posts, postID(p.Thread, p.Seq), postKeys, func(p *Post) error {
			p.Body, p.Before, p.Files, p.Off, p.Mentions = "", nil, nil, nil, nil
			return nil
		})
		if err != nil {
			return fmt.Errorf("deleted posts: %w", err)
		}
	}
	return err
}
