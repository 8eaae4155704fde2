// Package discuss holds the spaces where people talk: threads with posts in
// sequence, what is marked as the answer, the summary and the outcome of a
// talk.
//
// A space is of one tier, and everything in it is as closed as the space. The
// posts are the truth: what a thread says of its length and its last activity
// is a hint that the posts mend.
package discuss

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/audit"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/member"
	"nmirfhub/internal/store"
)

// The collections of the package.
const (
	spaces    = "spaces"
	guests    = "space-members"
	threads   = "threads"
	posts     = "posts"
	reactions = "reactions"
	marks     = "thread-marks"
	glasses   = "broken-glass"
	looks     = "broken-glass-looks"
	reports   = "post-reports"
	uploads   = "post-files"
	wordings  = "summary-wordings"
	proposals = "summary-proposals"
)

// Collections declares what the store must hold for a Service.
func Collections() []store.Collection {
	by := func(name string, more ...string) store.Index {
		return store.Index{Name: name, Fields: append([]string{name}, more...)}
	}
	return []store.Collection{
		{Name: spaces, Indexes: []store.Index{by("created")}},
		{Name: guests, Indexes: []store.Index{by("person"), by("space")}},
		{Name: threads, Indexes: []store.Index{
			{Name: "slug", Fields: []string{"space", "slug"}, Unique: true}, {Name: "active", Fields: []string{"space", "active"}}, by("untold"),
			by("open"), by("asked"), by("waits"), by("risen"), by("was"), by("moving"),
			{Name: "tag", Fields: []string{"space", "tag", "active"}},
			{Name: "unanswered", Fields: []string{"space", "unanswered"}}, {Name: "mine", Fields: []string{"space", "mine", "active"}},
			by("about", "active"), by("settles"), by("decides"),
		}},
		{Name: posts, Indexes: []store.Index{
			{Name: "seq", Fields: []string{"thread", "seq"}, Unique: true}, {Name: "once", Fields: []string{"once"}, Unique: true},
			by("author", "created"), by("gone"), by("held"), by("file"), by("off"), by("consent"), by("unasked"), by("voice", "created"), by("uncalled"), by("struck"),
		}},
		{Name: uploads, Indexes: []store.Index{by("person", "at"), by("once"), by("place"), by("waits")}},
		{Name: reactions, Indexes: []store.Index{by("thread", "seq")}},
		{Name: glasses, Indexes: []store.Index{by("person", "until"), by("space", "at")}},
		{Name: looks},
		{Name: reports, Indexes: []store.Index{by("waits"), by("post"), by("person", "created")}},
		{Name: wordings, Indexes: []store.Index{by("thread", "n"), by("struck")}},
		{Name: proposals, Indexes: []store.Index{
			{Name: "once", Fields: []string{"once"}, Unique: true}, {Name: "slot", Fields: []string{"slot"}, Unique: true},
			{Name: "own", Fields: []string{"own"}, Unique: true}, by("waits", "created"), by("thread", "person", "created"), by("person", "created"),
			by("rings"), by("since"), by("untold"), by("ended"),
		}},
		{Name: marks, Indexes: []store.Index{by("person", "space"), by("thread"), by("news")}},
	}
}

// Service keeps spaces, threads and posts. Its fields are set once. Safe for
// concurrent use, by several instances on one store.
type Service struct {
	Door    *access.Door
	Store   store.Store
	Members interface {
		Person(ctx context.Context, id string) (member.Person, error)
		// Viewer is a person as they use the hub now. hub.ErrNotFound for who may
		// not.
		Viewer(ctx context.Context, id string) (hub.Viewer, member.Person, error)
		// OfRole are those with a role who may sign in.
		OfRole(ctx context.Context, r hub.Role) ([]member.Person, error)
	}
	// Somebody is what stands in a language for a person who is mentioned and not
	// named; former for who was a member. Nil gives a sign.
	Somebody func(l hub.Lang, former bool) string
	Words    func(list, code string) bool // the codes that threads are tagged with
	// Holders are the persons whom it concerns what a seat follows: who holds
	// it, or else the coordinators of its mechanism. Nil where there are no
	// seats.
	Holders func(ctx context.Context, seat string) ([]string, error)
	Log     *audit.Log // of what moderators do
	Files   Keeper
	// Hint is told, after the store, of what open pages may want to read: a
	// post that is new, or one that has changed; seq 0 is the thread as a whole.
	// The topic "person:" and an id is somebody whose rights have changed, or
	// for whom there is news. Nil tells nobody.
	Hint  func(topic string, seq int64, edit bool)
	Now   func() time.Time
	NewID func() string

	glimpses glimpses
	authors  authors
}

// Topic is the name of a thread where pages listen.
func Topic(thread string) string { return "thread:" + thread }

// topicOf is somebody, to the bus.
func topicOf(person string) string { return "person:" + person }

func (s *Service) hint(topic string, seq int64, edit bool) {
	if thread, is := strings.CutPrefix(topic, Topic("")); is {
		s.Changed(thread) // here at once; elsewhere when the hint arrives
	}
	if s.Hint != nil {
		s.Hint(topic, seq, edit)
	}
}

// note records what a moderator did.
func (s *Service) note(ctx context.Context, v hub.Viewer, what, object, reason string) error {
	return s.Log.Add(ctx, audit.Act{Who: v.Person, What: what, Object: object, Outcome: audit.Done, Reason: reason})
}

// put adds a document. hub.ErrConflict when it is there already.
func (s *Service) put(ctx context.Context, collection, id string, keys map[string]store.Value, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.Store.Insert(ctx, collection, store.Doc{ID: id, Keys: keys, Body: body})
}
