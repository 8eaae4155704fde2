package discuss

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Thread is a question or a topic, with what was said to it.
type Thread struct {
	ID        string    `json:"id"`
	Space     string    `json:"space"`
	Slug      string    `json:"slug"` // within the space
	Title     string    `json:"title"`
	Lang      hub.Lang  `json:"lang"`
	By        string    `json:"by"`
	Anonymous bool      `json:"anonymous,omitempty"`
	Created   time.Time `json:"created"`
	Posts     int64     `json:"posts"`            // seq of the last post, as far as it was noted
	Active    time.Time `json:"active"`           // time of that post
	Told      int64     `json:"told"`             // seq of the last post that followers were told of
	Answer    int64     `json:"answer,omitempty"` // seq of the post that answers; 0 for none
	Tags      []Tag     `json:"tags,omitempty"`
	Summary   *Summary  `json:"summary,omitempty"`  // while the talk goes on; nil while there never was one
	Cited     []Cited   `json:"cited,omitempty"`    // whom its summaries mention
	Proposed  int       `json:"proposed,omitempty"` // how many proposals for it wait, as far as it was noted
	Decides   []string  `json:"decides,omitempty"`  // while some wait, who is asked to decide: persons, or OfSeat
	Outcome   *Outcome  `json:"outcome,omitempty"`
	Locked    *Decision `json:"locked,omitempty"`
	Held      bool      `json:"held,omitempty"`   // waits for a moderator; there for its author and for them alone
	Slow      int       `json:"slow,omitempty"`   // minutes between two posts of one person; 0 for none
	Was       []string  `json:"was,omitempty"`    // addresses that it was moved from, as "space/slug"
	Moving    bool      `json:"moving,omitempty"` // what belongs to it is still to be told that it was
	Seat      string    `json:"seat,omitempty"`   // of who began it, which the question belongs to; empty for none, and where they are not named
	Heard     bool      `json:"heard,omitempty"`  // somebody else has written in it
	Risen     time.Time `json:"risen,omitzero"`   // when it had waited too long
	Asked     []string  `json:"asked,omitempty"`  // who was asked to answer then: persons, or OfSeat
	Asking    bool      `json:"asking,omitempty"` // they are still to be told
	About     string    `json:"about,omitempty"`  // id of the record that it asks about; empty for none
}

// Outcome is what came out of a thread. It names no one. Each part is Markdown
// and may be empty, but not all of them.
type Outcome struct {
	Asked  string    `json:"asked,omitempty"`
	Shared string    `json:"shared,omitempty"`
	Reuse  string    `json:"reuse,omitempty"` // what others can use
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Text is all parts of an outcome, as Markdown.
func (o Outcome) Text() string {
	var all []string
	for _, part := range []string{o.Asked, o.Shared, o.Reuse} {
		if part != "" {
			all = append(all, part)
		}
	}
	return strings.Join(all, "\n\n")
}

// Ends is when a thread of a space is destroyed if nobody writes in it before;
// zero where it is kept.
func (x Space) Ends(t Thread) time.Time {
	if x.Keep == 0 {
		return time.Time{}
	}
	return t.Active.AddDate(0, x.Keep, 0)
}

// Decision is who decided something, and why.
type Decision struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

func threadKeys(t Thread) map[string]store.Value {
	k := map[string]store.Value{"space": t.Space, "slug": t.Slug, "active": t.Active.UnixMicro()}
	if len(t.Was) > 0 {
		k["was"] = t.Was
	}
	if t.Moving {
		k["moving"] = t.Active.UnixMicro()
	}
	if len(t.Tags) > 0 {
		k["tag"] = tagKeys(t.Tags)
	}
	if t.Summary != nil && t.Summary.Settles {
		k["settles"] = t.Active.UnixMicro()
	}
	if len(t.Decides) > 0 {
		k["decides"] = t.Decides
	}
	pickKeys(t, k)
	if t.About != "" {
		k["about"] = t.About
	}
	if t.Held {
		return k // nobody is told of it, and it rises to nobody
	}
	if t.Told < t.Posts {
		k["untold"] = t.Active.UnixMicro()
	}
	t.waitKeys(k)
	return k
}

// NewThread is what a thread begins with.
type NewThread struct {
	Title     string
	Body      string
	Lang      hub.Lang
	Tags      []Tag
	Anonymous bool     // only where the space allows it
	About     string   // id of a record that its author may read; empty for none
	Asked     []string // who knows the answer, as OfSeat, and follows the thread with it
	Key       string   // of this attempt; the same again is the same thread
}

// Start begins a thread with its first post. The same key again returns what
// the first attempt made. hub.Invalid with the field "title", "body", "lang",
// "tags" or "as"; *hub.TooMany; hub.ErrNotFound or hub.ErrForbidden for who may not.
func (s *Service) Start(ctx context.Context, v hub.Viewer, space string, n NewThread) (Thread, error) {
	x, v, err := s.enter(ctx, v, hub.ActCreate, space)
	if err != nil {
		return Thread{}, err
	}
	if may, err := s.Asks(ctx, v, x); err != nil || !may {
		return Thread{}, errors.Join(err, fmt.Errorf("nobody writes here now: %w", hub.ErrForbidden))
	}
	n.Title = oneLine(n.Title)
	body, err := checkBody("body", n.Body, true)
	if err := errors.Join(checkText("title", n.Title, MaxTitle), err, s.checkVoice(x, n.Lang, n.Anonymous), s.checkTags(n.Tags)); err != nil {
		return Thread{}, err
	}
	// The post comes first: it is the claim of the key. A crash before the
	// thread leaves a post that nothing leads to, and the same key finishes it.
	wording, err := s.wording(ctx, v, x, Whole(x.Slug), body)
	if err != nil {
		return Thread{}, err
	}
	held, err := s.holds(ctx, v, x)
	if err != nil {
		return Thread{}, err
	}
	p := Post{Thread: s.NewID(), Space: x.Slug, Seq: 1, Held: held, By: v.Person, Anonymous: n.Anonymous, Lang: n.Lang, Created: s.Now()}.worded(wording)
	p, fresh, err := s.insert(ctx, p, n.Key, 0)
	if err != nil {
		return Thread{}, err
	}
	if !fresh {
		t, err := s.thread(ctx, p.Thread)
		if !errors.Is(err, hub.ErrNotFound) {
			return t, err
		}
	}
	// So do the marks of whom it asks: without the thread they lead to nothing,
	// and without them nobody would hear of it.
	for _, whose := range n.Asked {
		if _, _, err := s.mark(ctx, whose, Thread{ID: p.Thread, Space: x.Slug}, func(m *Mark) { m.Follows = true }); err != nil {
			return Thread{}, err
		}
	}
	t := Thread{
		ID: p.Thread, Space: x.Slug, Title: n.Title, Lang: n.Lang, Tags: n.Tags, By: v.Person, Anonymous: n.Anonymous,
		Created: p.Created, Posts: 1, Active: p.Created, Held: p.Held, About: n.About, Asked: n.Asked,
	}
	if !t.Anonymous {
		t.Seat = v.Seat
	}
	if t, err = s.name(ctx, t); err != nil {
		return t, err
	}
	return t, s.wrote(ctx, v, t, p)
}

// oneLine is a title as it is kept.
func oneLine(title string) string { return strings.Join(strings.Fields(clean(title)), " ") }

// Began says whether a thread was given such a title.
func (t Thread) Began(title string) bool { return oneLine(title) == t.Title }

// name inserts a thread under a slug that is free in its space.
func (s *Service) name(ctx context.Context, t Thread) (Thread, error) {
	stem := slugOf(t.Title)
	for n := range store.MaxTries {
		t.Slug = stem
		if n > 0 {
			t.Slug = stem + "-" + strconv.Itoa(n+1)
		}
		err := s.put(ctx, threads, t.ID, threadKeys(t), t)
		if !errors.Is(err, hub.ErrConflict) {
			return t, err
		}
		if kept, err := s.thread(ctx, t.ID); err == nil {
			return kept, nil // the same attempt, twice at once
		}
	}
	return Thread{}, fmt.Errorf("name a thread: %w", hub.ErrConflict)
}

// newThread is the address where threads begin, and of none.
const newThread = "new"

// slugOf is the address of a thread with a title.
func slugOf(title string) string {
	if slug := hub.SlugOf(title); len(slug) > 2 && slug != newThread {
		return slug
	}
	return "thread"
}

func (s *Service) thread(ctx context.Context, id string) (Thread, error) {
	t, _, err := store.Load[Thread](ctx, s.Store, threads, id)
	return t, err
}

// find reads a thread by its address for an act of the viewer.
func (s *Service) find(ctx context.Context, v hub.Viewer, a hub.Action, space, slug string) (Space, Thread, hub.Viewer, error) {
	x, v, err := s.enter(ctx, v, a, space)
	if err != nil {
		return x, Thread{}, v, err
	}
	t, err := s.at(ctx, store.Query{Index: "slug", Equal: [][]store.Value{{space}, {slug}}})
	if errors.Is(err, hub.ErrNotFound) { // it may have been moved away
		if t, err = s.at(ctx, store.Query{Index: "was", Equal: [][]store.Value{{space + "/" + slug}}}); err == nil {
			x, v, err = s.enter(ctx, v, a, t.Space)
		}
	}
	if err == nil && !s.shows(v, x, t) {
		err = hub.ErrNotFound
	}
	if err != nil {
		return x, Thread{}, v, err
	}
	return x, t, v, s.look(ctx, v, t)
}

// at is the thread that a query finds.
func (s *Service) at(ctx context.Context, q store.Query) (Thread, error) {
	q.Limit = 1
	page, err := s.Store.List(ctx, threads, q)
	if err != nil {
		return Thread{}, err
	}
	if len(page.Docs) == 0 {
		return Thread{}, hub.ErrNotFound
	}
	return store.Decode[Thread](page.Docs[0])
}

// shows says whether a thread of a space that the viewer may read is there for
// them: one that is held is there for its author and the moderators.
func (s *Service) shows(v hub.Viewer, x Space, t Thread) bool {
	return !t.Held || t.By == v.Person || s.Door.May(v, hub.ActModerate, x.object(""), s.Now()) == nil
}

// Thread is one thread of a space. hub.ErrNotFound as if there were none for
// who may not read it.
func (s *Service) Thread(ctx context.Context, v hub.Viewer, space, slug string) (Thread, error) {
	_, t, _, err := s.find(ctx, v, hub.ActRead, space, slug)
	return t, err
}

// leads says whether the viewer began the thread, or holds the seat that did,
// or hosts or moderates its space: who may say what the answer and the outcome
// are.
func (s *Service) leads(v hub.Viewer, x Space, t Thread) error {
	mine := t.By == v.Person || t.Seat != "" && t.Seat == v.Seat || x.hosts(v)
	if mine && s.Door.May(v, hub.ActEdit, x.object(v.Person), s.Now()) == nil {
		return nil
	}
	return s.Door.May(v, hub.ActModerate, x.object(""), s.Now())
}

// lead changes a thread for who leads it.
func (s *Service) lead(ctx context.Context, v hub.Viewer, space, slug string, set func(*Thread) error) (Thread, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return t, err
	}
	if err := s.leads(v, x, t); err != nil {
		return t, err
	}
	t, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, set)
	if err == nil {
		s.hint(Topic(t.ID), 0, false)
	}
	return t, err
}

// MarkAnswer says which post answers the question; 0 takes it back.
// hub.ErrNotFound when there is no such post, or it was deleted.
func (s *Service) MarkAnswer(ctx context.Context, v hub.Viewer, space, slug string, seq int64) (Thread, error) {
	return s.lead(ctx, v, space, slug, func(t *Thread) error {
		if seq != 0 {
			if p, _, err := s.post(ctx, t.ID, seq); err != nil || p.Absent() != "" || seq == 1 {
				return errors.Join(err, hub.ErrNotFound)
			}
		}
		t.Answer = seq
		return nil
	})
}

// Conclude writes what came out of a thread; one without a word takes it back.
// hub.Invalid with the field "asked", "shared" or "reuse"; hub.ErrConflict when
// somebody has written since the time seen, and nothing is lost.
func (s *Service) Conclude(ctx context.Context, v hub.Viewer, space, slug string, o Outcome, seen time.Time) (Thread, error) {
	var errs []error
	for field, part := range map[string]*string{"asked": &o.Asked, "shared": &o.Shared, "reuse": &o.Reuse} {
		var err error
		*part, err = checkBody(field, *part, false)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return Thread{}, err
	}
	if err := s.unname(ctx, v, space, slug, &o); err != nil {
		return Thread{}, err
	}
	return s.lead(ctx, v, space, slug, func(t *Thread) error {
		if t.Outcome == nil && !seen.IsZero() || t.Outcome != nil && !t.Outcome.At.Equal(seen) {
			return hub.ErrConflict
		}
		t.Outcome = nil
		if o.Text() != "" {
			o.By, o.At = v.Person, s.Now()
			t.Outcome = &o
		}
		return nil
	})
}

// unname puts words for anybody in the place of whom an outcome mentions.
func (s *Service) unname(ctx context.Context, v hub.Viewer, space, slug string, o *Outcome) error {
	if !strings.Contains(o.Text(), "@") {
		return nil
	}
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return err
	}
	all, err := s.crowd(ctx, v, x, t.ID)
	for _, part := range []*string{&o.Asked, &o.Shared, &o.Reuse} {
		*part = unnamed(*part, all, s.anybody(t.Lang, false))
	}
	return err
}

// Named are the names of those who have written in a thread, save those who
// did so without, and of those whom they mention; as they are typed in a mention
// too.
func (s *Service) Named(ctx context.Context, v hub.Viewer, space, slug string) ([]string, error) {
	known := map[string]bool{}
	var names []string
	for from := int64(1); ; from += PostsAPage {
		page, total, err := s.Posts(ctx, v, space, slug, from)
		if err != nil {
			return nil, err
		}
		for _, p := range page {
			people := p.Mentions
			if !p.Anonymous {
				people = append([]string{p.By}, people...)
			}
			for _, id := range people {
				if known[id] {
					continue
				}
				known[id] = true
				a, err := s.author(ctx, id, false)
				if err != nil {
					return nil, err
				}
				if names = append(names, a.Name); a.Name != "" {
					names = append(names, handleOf(a.Name))
				}
			}
		}
		if from+PostsAPage > total {
			return names, nil
		}
	}
}

// Lock ends the writing in a thread, or lets it go on. For who moderates.
func (s *Service) Lock(ctx context.Context, v hub.Viewer, space, slug string, locked bool, reason string) error {
	_, t, _, err := s.find(ctx, v, hub.ActModerate, space, slug)
	if err != nil {
		return err
	}
	what := "thread.unlock"
	if locked {
		what = "thread.lock"
	}
	_, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error {
		if (t.Locked != nil) == locked {
			return store.ErrSame
		}
		t.Locked = nil
		if locked {
			t.Locked = &Decision{v.Person, s.Now(), reason}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.hint(Topic(t.ID), 0, false)
	return s.note(ctx, v, what, "thread:"+t.ID, reason)
}

// Rights are what a viewer may do in a thread.
type Rights struct {
	Write    bool // post and react
	Edit     bool // what they wrote
	Lead     bool // mark the answer, write the outcome
	Moderate bool // lock, hide, move, delete what others wrote
	Follow   bool
	Report   bool // tell the moderators of a post
}

// Rights are what the viewer may do in a thread that they read.
func (s *Service) Rights(ctx context.Context, v hub.Viewer, x Space, t Thread) (Rights, error) {
	v, err := s.Known(ctx, v)
	if err != nil {
		return Rights{}, err
	}
	may := func(a hub.Action, author string) bool { return s.Door.May(v, a, x.object(author), s.Now()) == nil }
	r := Rights{
		Write: may(hub.ActCreate, ""), Edit: v.SignedIn() && t.Locked == nil && may(hub.ActEdit, v.Person),
		Lead: s.leads(v, x, t) == nil, Moderate: may(hub.ActModerate, ""), Follow: v.SignedIn() && may(hub.ActSubscribe, ""),
	}
	r.Write = r.Write && (t.Locked == nil && x.open(s.Now()) || r.Moderate || x.hosts(v))
	r.Report = !r.Moderate && s.mayReport(v) == nil
	return r, nil
}

// ThreadOf is the thread with an id, and its space, as Thread.
func (s *Service) ThreadOf(ctx context.Context, v hub.Viewer, id string) (Space, Thread, error) {
	t, err := s.thread(ctx, id)
	if err != nil {
		return Space{}, t, err
	}
	x, v, err := s.enter(ctx, v, hub.ActRead, t.Space)
	if err == nil && !s.shows(v, x, t) {
		err = hub.ErrNotFound
	}
	if err == nil {
		err = s.look(ctx, v, t)
	}
	if err != nil {
		return Space{}, Thread{}, err
	}
	return x, t, nil
}
