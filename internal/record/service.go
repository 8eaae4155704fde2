// Package record is the life that every kind of record shares: drafted,
// submitted, returned or published, revised, archived; who did what and when;
// and the lists in which published records are found. Reading goes through
// the access door. Each act is one guarded write: the revision it replaces is
// filed first, so a crash between the two leaves a copy too many and never
// one too few.
package record

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// The collections of this package.
const (
	collection = "records"
	revisions  = "revisions"
)

// Collections declares what the store must hold for records.
//
//	records    key: id of the record; body: hub.Record
//	revisions  key: "{record}:{rev}"; body: the hub.Record as it was at that revision
func Collections() []store.Collection {
	return []store.Collection{
		{Name: collection, Indexes: []store.Index{
			{Name: "slug", Fields: []string{"kind", "slug"}, Unique: true},
			{Name: "changed", Fields: []string{"updated"}},
			{Name: "author", Fields: []string{"author", "status", "updated"}},
			{Name: "mechanism", Fields: []string{"mechanism", "status", "updated"}},
			{Name: "status", Fields: []string{"status", "updated"}},
			{Name: "review", Fields: []string{"review"}},
			{Name: "week", Fields: []string{"week"}},
			{Name: "file", Fields: []string{"file"}},
			{Name: "questions", Fields: []string{"questions", "status", "updated"}},
		}},
		{Name: revisions, Indexes: []store.Index{
			{Name: "record", Fields: []string{"record", "rev"}},
		}},
	}
}

// Service is what may be done with records. Its fields are set once, before
// the first call. Safe for concurrent use.
type Service struct {
	Door      *access.Door
	Store     store.Writer
	Catalogue *Catalogue
	Kinds     map[hub.Kind]Kind
	Region    func(hub.State) string // regional group of a State, empty for none
	Now       func() time.Time       // UTC
	NewID     func() string
	// Asks says what a record lacks of the questionnaire that it answers; hub.Invalid for
	// each. Nil asks nothing.
	Asks func(*hub.Record) error
	// Changed is told the id of each record that was written, or that was
	// seen to have been written elsewhere; it may not wait. May be nil.
	Changed func(id string)
	// Decided puts on record that a step of the review was taken: the change of
	// r says which, and by whom. May be nil.
	Decided func(ctx context.Context, r *hub.Record) error
	// ArchiveMonths is how long after its day a record that nobody confirmed is
	// to be archived; 0: ArchiveMonths.
	ArchiveMonths int
}

// Find returns the record of a kind with a slug, for its page. hub.ErrNotFound
// when there is none that the viewer may read; it is a *hub.Gone for one that
// they could read until it was withdrawn.
func (s *Service) Find(ctx context.Context, v hub.Viewer, k hub.Kind, slug string) (*hub.Record, error) {
	if hub.CheckSlug(slug) != nil {
		return nil, hub.ErrNotFound
	}
	q := store.Query{Index: "slug", Equal: [][]store.Value{{string(k)}, {slug}}, Limit: 1}
	r, err := access.Find(ctx, s.Door, v, hub.ActRead, collection, q, access.Record)
	if errors.Is(err, hub.ErrNotFound) {
		if gone, _ := access.Find(ctx, s.Door, v, hub.ActRead, collection, q, asItWas); gone != nil {
			return nil, &hub.Gone{At: gone.Change.At, Archived: gone.Change.Act == hub.ActArchived}
		}
	}
	return r, err
}

// asItWas is a withdrawn record to the policy, as it was before; any other is
// nobody's.
func asItWas(r *hub.Record) access.Object {
	if r.Status != hub.StatusArchived || r.Published.IsZero() {
		return access.Object{}
	}
	was := *r
	was.Status = hub.StatusPublished
	return access.Record(&was)
}

// List returns a page of the published records of a kind that the viewer may
// list, with counts of the same.
func (s *Service) List(v hub.Viewer, q Query) (Listing, error) {
	return s.Catalogue.Select(s.Door.Tiers(v, hub.ActList), q)
}

// Carry is List for what leaves the hub as a file: what everybody may list,
// and of what is closed only what the viewer may export.
func (s *Service) Carry(v hub.Viewer, q Query) (Listing, error) {
	tiers := slices.Clone(s.Door.Tiers(hub.Public, hub.ActList))
	for _, t := range s.Door.Tiers(v, hub.ActExport) {
		if !slices.Contains(tiers, t) {
			tiers = append(tiers, t)
		}
	}
	return s.Catalogue.Select(tiers, q)
}

// Heads returns the heads of the published records of a kind with the slugs
// that the viewer may list, in the order of the slugs; the rest is left out.
func (s *Service) Heads(v hub.Viewer, k hub.Kind, slugs ...string) []*Head {
	return s.Catalogue.find(s.Door.Tiers(v, hub.ActList), k, slugs)
}

// Recent returns the n records published or revised last that the viewer may
// list, newest first, at most two of each kind.
func (s *Service) Recent(v hub.Viewer, n int) []*Head {
	return s.Catalogue.recent(s.Door.Tiers(v, hub.ActList), n)
}

// Related returns at most n other published records of the kind of r that the
// viewer may list and that have something in common with it, those that have
// most first, then the newest. None for one that is not published.
func (s *Service) Related(v hub.Viewer, r *hub.Record, n int) []*Head {
	return s.Catalogue.related(s.Door.Tiers(v, hub.ActList), r, n)
}

// Adaptations returns the published practices that adapt one, as far as the
// viewer may list them, the newest first; at most MaxPage.
func (s *Service) Adaptations(v hub.Viewer, id string) []*Head {
	return s.Catalogue.tagged(s.Door.Tiers(v, hub.ActList), hub.Practice, Tag{FacetAdapts, id}, MaxPage)
}

// Create adds a draft by the viewer and returns it with its id and revision
// 1. One without a slug gets it of its title when it is published. The viewer's mechanism owns it. hub.Invalid when it is not whole,
// hub.ErrConflict when the slug is taken.
func (s *Service) Create(ctx context.Context, v hub.Viewer, r hub.Record) (*hub.Record, error) {
	r.Begun = ""
	return s.create(ctx, v, s.NewID(), r)
}

// MaxKey is how long the key of an attempt may be, in bytes.
const MaxKey = 64

// CreateOnce is Create for an attempt that its maker named by a key: sent
// again by the same person, it returns the record as it is now. The id comes
// of the key, so that the insert is the claim, and r.Begun says what the
// record is made of: hub.Invalid with the field "key" where the key was used
// for something else. hub.ErrConflict where the record is not theirs any more.
func (s *Service) CreateOnce(ctx context.Context, v hub.Viewer, r hub.Record, key string) (*hub.Record, error) {
	if len(key) > MaxKey {
		return nil, &hub.Invalid{Field: "key", Reason: hub.ReasonTooLong, Limit: MaxKey}
	}
	id := hub.IDOf("record", v.Person, key)
	made, err := s.create(ctx, v, id, r)
	if !errors.Is(err, hub.ErrConflict) {
		return made, err
	}
	there, err := s.Load(ctx, v, id)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return nil, fmt.Errorf("create %s again: %w", r.Kind, hub.ErrConflict)
	case err == nil && there.Begun != r.Begun:
		return nil, &hub.Invalid{Field: "key", Reason: hub.ReasonTaken}
	}
	return there, err
}

func (s *Service) create(ctx context.Context, v hub.Viewer, id string, r hub.Record) (*hub.Record, error) {
	r.ID, r.Author, r.Mechanism = id, v.Person, v.Mechanism
	if r.Slug == "" {
		r.Slug = nameless(r.ID)
	}
	r.Rev, r.Status, r.Seed = 1, hub.StatusDraft, ""
	r.Published, r.Confirmed, r.Attachments = time.Time{}, time.Time{}, nil
	r.Of, r.Cleared, r.Remarks, r.Asked = "", nil, nil, time.Time{}
	if err := s.Door.May(v, hub.ActCreate, access.Record(&r), s.Now()); err != nil {
		return nil, err
	}
	s.begin(&r, v, hub.Change{Act: hub.ActCreated})
	if err := s.insert(ctx, &r); err != nil {
		return nil, fmt.Errorf("create %s %s: %w", r.Kind, r.Slug, err)
	}
	return &r, nil
}

// begin is the first step of a draft.
func (s *Service) begin(r *hub.Record, v hub.Viewer, change hub.Change) {
	r.Created = s.Now()
	r.Steps = []hub.Step{{Status: r.Status, Act: change.Act, At: r.Created}}
	change.By = v.Person
	s.stamp(r, change)
}

// Save replaces the content of the record whose id and revision r names. A
// draft stays a draft; a published record is revised in place, and its tier
// changes only by somebody who may publish. Errors: hub.ErrConflict when r.Rev
// is not the last revision, hub.Invalid, hub.ErrNotFound, hub.ErrForbidden.
func (s *Service) Save(ctx context.Context, v hub.Viewer, r hub.Record, note string) (*hub.Record, error) {
	return s.act(ctx, v, r.ID, r.Rev, hub.ActEdit, func(was, next *hub.Record) (hub.Change, error) {
		act := hub.ActSaved
		switch was.Status {
		case hub.StatusPublished:
			act = hub.ActRevised
			if r.Tier != was.Tier {
				if err := s.Door.May(v, hub.ActPublish, access.Record(was), s.Now()); err != nil {
					return hub.Change{}, err
				}
			}
		case hub.StatusArchived:
			return hub.Change{}, wrongStatus(was)
		}
		content(next, &r)
		next.Attachments = was.Attachments
		next.Seed = ""
		return hub.Change{Act: act, Note: note}, nil
	})
}

// Attach adds a file to a record, whose content the caller keeps. Errors as
// Save.
func (s *Service) Attach(ctx context.Context, v hub.Viewer, id string, rev int64, a hub.Attachment) (*hub.Record, error) {
	return s.act(ctx, v, id, rev, hub.ActEdit, func(was, next *hub.Record) (hub.Change, error) {
		if was.Status == hub.StatusArchived {
			return hub.Change{}, wrongStatus(was)
		}
		next.Attachments = append(slices.Clone(was.Attachments), a)
		act := hub.ActSaved
		if was.Status == hub.StatusPublished {
			act = hub.ActRevised
		}
		return hub.Change{Act: act, Note: a.Name}, nil
	})
}

// Attachment is the file with the id, for a viewer who may read a record that
// it belongs to: one, the drafts that are to replace it, and those that did.
// hub.ErrNotFound for everybody else.
func (s *Service) Attachment(ctx context.Context, v hub.Viewer, id string) (hub.Attachment, error) {
	var found hub.Attachment
	q := store.Query{Index: "file", Equal: [][]store.Value{{id}}, Limit: store.MaxLimit}
	_, err := access.First(ctx, s.Door, v, hub.ActRead, collection, q, access.Record, func(r *hub.Record) bool {
		i := slices.IndexFunc(r.Attachments, func(a hub.Attachment) bool { return a.ID == id })
		if i >= 0 {
			found = r.Attachments[i]
		}
		return i >= 0
	})
	return found, err
}

// Edit changes the content of a record as it is at that moment, for whoever
// may: set is called again when somebody else was faster. Errors as Save, and
// those of set.
func (s *Service) Edit(ctx context.Context, v hub.Viewer, id string, set func(next *hub.Record) error) (*hub.Record, error) {
	for range store.MaxTries {
		was, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
		if err != nil {
			return nil, err
		}
		next, err := s.act(ctx, v, id, was.Rev, hub.ActEdit, func(was, next *hub.Record) (hub.Change, error) {
			switch was.Status {
			case hub.StatusDraft, hub.StatusReturned:
				return hub.Change{Act: hub.ActSaved}, set(next)
			case hub.StatusPublished:
				next.Seed = ""
				return hub.Change{Act: hub.ActRevised}, set(next)
			}
			return hub.Change{}, wrongStatus(was)
		})
		if !errors.Is(err, hub.ErrConflict) {
			return next, err
		}
	}
	return nil, hub.ErrConflict
}

// Submit hands a draft or returned record on: to its mechanism, which says yes
// to its own text, and from there to the moderators. Who clears for the
// mechanism has said yes by submitting. hub.Invalid for each thing that the
// record lacks.
func (s *Service) Submit(ctx context.Context, v hub.Viewer, id string, rev int64) (*hub.Record, error) {
	return s.act(ctx, v, id, rev, hub.ActEdit, func(was, next *hub.Record) (hub.Change, error) {
		if err := s.replaces(ctx, v, was); err != nil {
			return hub.Change{}, err
		}
		next.Remarks, next.Cleared = nil, nil
		if was.Mechanism == "" {
			return to(hub.StatusSubmitted, hub.ActSubmitted, "", hub.StatusDraft, hub.StatusReturned)(was, next)
		}
		if s.Clears(v, was) {
			next.Cleared = &hub.Decision{By: v.Person, At: s.Now()}
			return to(hub.StatusSubmitted, hub.ActCleared, "", hub.StatusDraft, hub.StatusReturned)(was, next)
		}
		return to(hub.StatusClearing, hub.ActSubmitted, "", hub.StatusDraft, hub.StatusReturned)(was, next)
	})
}

// replaces is hub.Invalid with the field "of" for a draft that is to replace a
// record which is published no more.
func (s *Service) replaces(ctx context.Context, v hub.Viewer, draft *hub.Record) error {
	if draft.Of == "" {
		return nil
	}
	of, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, draft.Of, access.Record)
	if errors.Is(err, hub.ErrNotFound) || err == nil && of.Status != hub.StatusPublished {
		return &hub.Invalid{Field: "of", Reason: hub.ReasonUnknown}
	}
	return err
}

// Clears says whether the viewer says yes for the mechanism that owns a
// record.
func (s *Service) Clears(v hub.Viewer, r *hub.Record) bool {
	return r.Mechanism != "" && s.Door.May(v, hub.ActPublish, access.Object{Kind: access.MechanismOwn, Mechanism: r.Mechanism}, s.Now()) == nil
}

// Clear is the mechanism's yes to its own text: it goes to the moderators.
// hub.ErrForbidden for who reads it and does not clear.
func (s *Service) Clear(ctx context.Context, v hub.Viewer, id string, rev int64) (*hub.Record, error) {
	return s.act(ctx, v, id, rev, hub.ActRead, func(was, next *hub.Record) (hub.Change, error) {
		if !s.Clears(v, was) {
			return hub.Change{}, hub.ErrForbidden
		}
		next.Cleared = &hub.Decision{By: v.Person, At: s.Now()}
		return to(hub.StatusSubmitted, hub.ActCleared, "", hub.StatusClearing)(was, next)
	})
}

// Return gives a record back to its author with what is to be mended: one
// that was submitted by who publishes, one to be cleared by who clears.
// hub.Invalid with the field "note" when nothing is said.
func (s *Service) Return(ctx context.Context, v hub.Viewer, id string, rev int64, note string, remarks ...hub.Remark) (*hub.Record, error) {
	if note == "" && len(remarks) == 0 {
		return nil, &hub.Invalid{Field: "note", Reason: hub.ReasonRequired}
	}
	return s.act(ctx, v, id, rev, hub.ActRead, func(was, next *hub.Record) (hub.Change, error) {
		if was.Status != hub.StatusClearing || !s.Clears(v, was) {
			if err := s.Door.May(v, hub.ActPublish, access.Record(was), s.Now()); err != nil {
				return hub.Change{}, err
			}
		}
		next.Remarks = remarks
		return to(hub.StatusReturned, hub.ActReturned, note, hub.StatusClearing, hub.StatusSubmitted)(was, next)
	})
}

// Publish shows a submitted record to everybody of its tier. It is to be
// looked at again on the day that it names, or after FreshFor. A draft that was
// made to replace a published record replaces it and is archived; a crash
// between the two leaves it to be published again.
func (s *Service) Publish(ctx context.Context, v hub.Viewer, id string, rev int64) (*hub.Record, error) {
	for n := 1; ; n++ {
		r, err := s.publish(ctx, v, id, rev, n)
		if n == store.MaxTries || !errors.Is(err, errTaken) {
			return r, err
		}
	}
}

// errTaken answers a publication under an address that another record has.
var errTaken = fmt.Errorf("the address is taken: %w", hub.ErrConflict)

// publish is Publish, where the n-th address made of the title is taken for a
// record that has none.
func (s *Service) publish(ctx context.Context, v hub.Viewer, id string, rev int64, n int) (*hub.Record, error) {
	named := false
	r, err := s.act(ctx, v, id, rev, hub.ActPublish, func(was, next *hub.Record) (hub.Change, error) {
		if was.Of == "" {
			if named = was.Slug == nameless(was.ID); named {
				next.Slug = slugOf(was, n)
			}
			next.Published, next.Remarks = s.Now(), nil
			s.confirm(next)
			return to(hub.StatusPublished, hub.ActPublished, "", hub.StatusSubmitted)(was, next)
		}
		change, err := to(hub.StatusArchived, hub.ActPublished, "", hub.StatusSubmitted)(was, next)
		if err == nil {
			err = s.supersede(ctx, v, was)
		}
		return change, err
	})
	if named && errors.Is(err, hub.ErrConflict) {
		if now, loaded := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record); loaded == nil && now.Rev == rev {
			return nil, errTaken
		}
	}
	return r, err
}

// nameless is the slug of a record that has none yet.
func nameless(id string) string { return "draft-" + strings.ToLower(id) }

// pages stand where records of a kind do, and are none.
var pages = []string{"compare", "import", "new"}

// slugOf is the n-th address for a record, made of its title.
func slugOf(r *hub.Record, n int) string {
	slug := cmp.Or(hub.SlugOf(r.In(hub.English).Title), string(r.Kind))
	if slices.Contains(pages, slug) {
		slug += "-" + string(r.Kind)
	}
	if n > 1 {
		slug += "-" + strconv.Itoa(n)
	}
	return slug
}

// supersede gives a published record the content of a draft made from it.
func (s *Service) supersede(ctx context.Context, v hub.Viewer, draft *hub.Record) error {
	was, err := access.Load(ctx, s.Door, v, hub.ActPublish, collection, draft.Of, access.Record)
	if err != nil {
		return err
	}
	if was.Status != hub.StatusPublished {
		return wrongStatus(was)
	}
	next := *was
	content(&next, draft)
	next.Cleared, next.Seed = draft.Cleared, ""
	s.confirm(&next)
	return s.replace(ctx, was, &next, hub.Change{Act: hub.ActRevised, By: v.Person, Draft: draft.ID})
}

// content gives a record the content of another.
func content(to, from *hub.Record) {
	to.Tier, to.States, to.Themes, to.Date = from.Tier, from.States, from.Themes, from.Date
	to.Original, to.Versions, to.Body = from.Original, from.Versions, from.Body
	to.Sources, to.ReviewBy = from.Sources, from.ReviewBy
	to.Questions, to.Answers, to.Closed, to.Turned, to.Skipped = from.Questions, from.Answers, from.Closed, from.Turned, from.Skipped
	answers := func(a hub.Attachment) bool { return a.Question != "" }
	kept := slices.DeleteFunc(slices.Clone(to.Attachments), answers)
	for _, a := range from.Attachments {
		if answers(a) {
			kept = append(kept, a)
		}
	}
	to.Attachments = kept
}

// FreshMonths is after how many months, at most, a record is looked at again.
const FreshMonths = 24

// confirm notes that a record is right, and when to look at it again.
func (s *Service) confirm(r *hub.Record) {
	r.Confirmed, r.Asked = s.Now(), time.Time{}
	if last := r.Confirmed.AddDate(0, FreshMonths, 0); r.ReviewBy.Before(r.Confirmed) || r.ReviewBy.After(last) {
		r.ReviewBy = last
	}
}

// Confirm says that a published record is still right. For who may edit it.
func (s *Service) Confirm(ctx context.Context, v hub.Viewer, id string, rev int64) (*hub.Record, error) {
	return s.act(ctx, v, id, rev, hub.ActEdit, func(was, next *hub.Record) (hub.Change, error) {
		s.confirm(next)
		return to(hub.StatusPublished, hub.ActConfirmed, "", hub.StatusPublished)(was, next)
	})
}

// Revise makes a draft of a published record, which replaces it when it is
// published in its turn. For who wrote the record, and for who may edit it.
func (s *Service) Revise(ctx context.Context, v hub.Viewer, id string) (*hub.Record, error) {
	return s.ReviseAs(ctx, v, id, 0, func(*hub.Record) error { return nil })
}

// ReviseAs is Revise with a draft that set has changed before it is stored,
// of a revision of the record, or of the last one for 0. hub.ErrConflict when
// that is not the last one, and the errors of set.
func (s *Service) ReviseAs(ctx context.Context, v hub.Viewer, id string, rev int64, set func(*hub.Record) error) (*hub.Record, error) {
	was, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
	if err != nil {
		return nil, err
	}
	return s.revise(ctx, v, was, func(was, next *hub.Record) (hub.Change, error) {
		if rev != 0 && was.Rev != rev {
			return hub.Change{}, fmt.Errorf("revise %s %s: %w", was.Kind, was.Slug, hub.ErrConflict)
		}
		content(next, was)
		return hub.Change{Act: hub.ActCreated}, set(next)
	})
}

// revise makes a draft that is to replace a published record; fill gives it its
// content.
func (s *Service) revise(ctx context.Context, v hub.Viewer, was *hub.Record, fill step) (*hub.Record, error) {
	if was.Author != v.Person {
		if err := s.Door.May(v, hub.ActEdit, access.Record(was), s.Now()); err != nil {
			return nil, err
		}
	}
	if was.Status != hub.StatusPublished {
		return nil, wrongStatus(was)
	}
	if was.Bare {
		return nil, fmt.Errorf("%s %s is not whole and cannot be revised: %w", was.Kind, was.Slug, hub.ErrForbidden)
	}
	draft := hub.Record{ID: s.NewID(), Kind: was.Kind, Author: v.Person, Mechanism: was.Mechanism, Rev: 1, Status: hub.StatusDraft, Of: was.ID, Adapts: was.Adapts}
	draft.Slug = nameless(draft.ID)
	change, err := fill(was, &draft)
	if err != nil {
		return nil, err
	}
	if err := s.Door.May(v, hub.ActCreate, access.Record(&draft), s.Now()); err != nil {
		return nil, err
	}
	s.begin(&draft, v, change)
	if err := s.insert(ctx, &draft); err != nil {
		return nil, fmt.Errorf("revise %s %s: %w", was.Kind, was.Slug, err)
	}
	return &draft, nil
}

// mostInWork is how many records a list of those on their way holds.
const mostInWork = 200

// Mine are the viewer's own records on their way, the last changed first.
func (s *Service) Mine(ctx context.Context, v hub.Viewer) ([]*hub.Record, error) {
	if !v.SignedIn() {
		return nil, nil
	}
	return s.some(ctx, v, ownOpen(v))
}

// ToClear are the records that wait for the yes of the viewer's mechanism, the
// longest first; none for who does not clear.
func (s *Service) ToClear(ctx context.Context, v hub.Viewer) ([]*hub.Record, error) {
	if v.Mechanism == "" || !s.Clears(v, &hub.Record{Mechanism: v.Mechanism}) {
		return nil, nil
	}
	all, err := s.some(ctx, v, store.Query{Index: "mechanism", Equal: [][]store.Value{{string(v.Mechanism)}, {string(hub.StatusClearing)}}})
	slices.Reverse(all)
	return all, err
}

// Submitted are the records that wait for a moderator, the longest first, at
// most some. hub.ErrNotFound for others.
func (s *Service) Submitted(ctx context.Context, v hub.Viewer, most int) ([]*hub.Record, error) {
	if err := s.moderates(v); err != nil {
		return nil, err
	}
	q := store.Query{Index: "status", Equal: [][]store.Value{{string(hub.StatusSubmitted)}}, Limit: most}
	all, _, err := access.List(ctx, s.Door, v, collection, q, access.Record)
	return all, err
}

// moderates is hub.ErrNotFound for who is no moderator.
func (s *Service) moderates(v hub.Viewer) error {
	if s.Door.May(v, hub.ActModerate, access.Object{Kind: access.Unpublished}, s.Now()) != nil {
		return hub.ErrNotFound
	}
	return nil
}

// some are the first records that a query finds, the last changed first.
func (s *Service) some(ctx context.Context, v hub.Viewer, q store.Query) ([]*hub.Record, error) {
	q.Desc, q.Limit = true, mostInWork
	all, _, err := access.List(ctx, s.Door, v, collection, q, access.Record)
	slices.SortStableFunc(all, func(a, b *hub.Record) int { return b.Updated.Compare(a.Updated) })
	return all, err
}

// Load is a record by its id, on its way or published. hub.ErrNotFound for who
// may not read it.
func (s *Service) Load(ctx context.Context, v hub.Viewer, id string) (*hub.Record, error) {
	return access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
}

// Archive takes a published record from every list and page. The mechanism
// that owns it may, at any time, and gives its reason to the moderators only:
// it is withdrawn. What a moderator takes away once it waits for that is
// archived.
func (s *Service) Archive(ctx context.Context, v hub.Viewer, id string, rev int64, note string) (*hub.Record, error) {
	return s.act(ctx, v, id, rev, hub.ActEdit, func(was, next *hub.Record) (hub.Change, error) {
		act := hub.ActWithdrawn
		if s.due(was) && s.May(v, hub.ActModerate, was) {
			act = hub.ActArchived
		}
		return to(hub.StatusArchived, act, note, hub.StatusPublished)(was, next)
	})
}

// History returns the revisions of a record, newest first, the current one
// included, as far as the viewer may read them; at most 1,000.
func (s *Service) History(ctx context.Context, v hub.Viewer, id string) ([]*hub.Record, error) {
	now, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
	if err != nil {
		return nil, err
	}
	q := store.Query{Index: "record", Equal: [][]store.Value{{id}}, To: now.Rev, Desc: true, Limit: store.MaxLimit}
	var before []*hub.Record
	err = access.Past(ctx, s.Door, v, now, revisions, q, func(r *hub.Record) error {
		before = append(before, r)
		return nil
	})
	if errors.Is(err, hub.ErrNotFound) {
		return []*hub.Record{now}, nil
	}
	return append([]*hub.Record{now}, before...), err
}

// step decides what an act makes of a record: it changes next, a copy of was,
// and says what it did.
type step func(was, next *hub.Record) (hub.Change, error)

// to is the step into a status, from some.
func to(status hub.Status, act hub.Act, note string, from ...hub.Status) step {
	return func(was, next *hub.Record) (hub.Change, error) {
		if !slices.Contains(from, was.Status) {
			return hub.Change{}, wrongStatus(was)
		}
		next.Status = status
		return hub.Change{Act: act, Note: note}, nil
	}
}

func wrongStatus(r *hub.Record) error {
	return &hub.Invalid{Field: "status", Reason: hub.ReasonUnknown, Value: string(r.Status)}
}

func (s *Service) act(ctx context.Context, v hub.Viewer, id string, rev int64, action hub.Action, do step) (*hub.Record, error) {
	was, err := access.Load(ctx, s.Door, v, hub.ActRead, collection, id, access.Record)
	if err != nil {
		return nil, err
	}
	if err := s.Door.May(v, action, access.Record(was), s.Now()); err != nil {
		return nil, err
	}
	if was.Rev != rev {
		return nil, fmt.Errorf("%s %s is at revision %d, not %d: %w", was.Kind, was.Slug, was.Rev, rev, hub.ErrConflict)
	}
	next := *was
	change, err := do(was, &next)
	if err != nil {
		return nil, err
	}
	change.By = v.Person
	return &next, s.replace(ctx, was, &next, change)
}

// replace files the old revision and stores the new one.
func (s *Service) replace(ctx context.Context, was, next *hub.Record, change hub.Change) error {
	if was.Bare {
		return fmt.Errorf("%s %s is not whole and cannot be written", was.Kind, was.Slug)
	}
	next.Rev = was.Rev + 1
	change.Fields = Changed(was, next)
	goesOn := s.goesOn(was, change)
	if goesOn {
		change.Fields = slices.Compact(slices.Sorted(slices.Values(append(change.Fields, was.Change.Fields...))))
	}
	s.stamp(next, change)
	if next.Status != was.Status && change.Act != hub.ActUndone {
		next.Steps = further(was.Steps, hub.Step{Status: next.Status, Act: change.Act, At: next.Updated})
	}
	if err := s.whole(next); err != nil {
		return err
	}
	if !goesOn {
		if err := s.file(ctx, was); err != nil {
			return fmt.Errorf("file revision %d of %s: %w", was.Rev, was.ID, err)
		}
	}
	d := document(next)
	d.Rev = was.Rev
	if err := s.Store.Update(ctx, collection, d); err != nil {
		return fmt.Errorf("update %s %s: %w", next.Kind, next.Slug, err)
	}
	s.shelve(next)
	if s.Decided != nil && onRecord[change.Act] {
		return s.Decided(ctx, next)
	}
	return nil
}

// A sitting is one person's saves of a draft, each within pause of the one
// before. Of those only each keepEach-th is filed: a form saves itself.
const (
	pause    = 10 * time.Minute
	keepEach = 20
)

// goesOn says whether a change goes on with the sitting that made a revision.
func (s *Service) goesOn(was *hub.Record, change hub.Change) bool {
	return was.Change.Act == hub.ActSaved && change.Act == hub.ActSaved && was.Change.By == change.By &&
		s.Now().Sub(was.Change.At) < pause && was.Rev%keepEach != 0
}

// file keeps a revision that is about to be replaced. What a revision holds
// never changes, so one that is filed already is filed right.
func (s *Service) file(ctx context.Context, r *hub.Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	err = s.Store.Insert(ctx, revisions, store.Doc{
		ID:   r.ID + ":" + strconv.FormatInt(r.Rev, 10),
		Keys: map[string]store.Value{"record": r.ID, "rev": r.Rev},
		Body: body,
	})
	if errors.Is(err, hub.ErrConflict) {
		return nil
	}
	return err
}

func (s *Service) insert(ctx context.Context, r *hub.Record) error {
	if err := s.whole(r); err != nil {
		return err
	}
	if err := s.Store.Insert(ctx, collection, document(r)); err != nil {
		return err
	}
	s.shelve(r)
	return nil
}

// whole checks the envelope, and of what is no draft any more what the kind
// adds and what its questions ask for.
func (s *Service) whole(r *hub.Record) error {
	if err := Check(r); err != nil {
		return err
	}
	k, ok := s.Kinds[r.Kind]
	if !ok {
		return &hub.Invalid{Field: "kind", Reason: hub.ReasonUnknown, Value: string(r.Kind)}
	}
	if drafted(r) || r.Status == hub.StatusArchived {
		return nil
	}
	if s.Asks != nil {
		if err := s.Asks(r); err != nil {
			return err
		}
	}
	return k.Check(r)
}

func (s *Service) stamp(r *hub.Record, c hub.Change) {
	c.At = s.Now()
	r.Change, r.Updated = c, c.At
}

// shelve brings the catalogue in step with a stored record.
func (s *Service) shelve(r *hub.Record) {
	defer s.tell(r.ID)
	if r.Status != hub.StatusPublished {
		s.Catalogue.put(nil, map[string]int64{r.ID: r.Rev})
		return
	}
	s.Catalogue.put([]*Head{head(r, s.Kinds[r.Kind], s.Region)}, nil)
}

func (s *Service) tell(id string) {
	if s.Changed != nil {
		s.Changed(id)
	}
}

func document(r *hub.Record) store.Doc {
	body, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("encode record %s: %v", r.ID, err)) // bodies and texts are JSON already, see check
	}
	keys := map[string]store.Value{
		"kind": string(r.Kind), "slug": r.Slug, "status": string(r.Status), "updated": timeKey(r.Updated),
	}
	if r.Author != "" {
		keys["author"] = r.Author
	}
	if r.Mechanism != "" {
		keys["mechanism"] = string(r.Mechanism)
	}
	if r.Status == hub.StatusPublished && !r.ReviewBy.IsZero() {
		keys["review"] = timeKey(r.ReviewBy)
	}
	if weeks := weeksOf(r); len(weeks) > 0 {
		keys["week"] = weeks
	}
	if r.Questions != "" {
		keys["questions"] = r.Questions
	}
	var files []string
	for _, a := range r.Attachments {
		files = append(files, a.ID)
	}
	if len(files) > 0 {
		keys["file"] = files
	}
	return store.Doc{ID: r.ID, Rev: r.Rev, Keys: keys, Body: body}
}

// timeKey writes a time so that keys sort as times do.
func timeKey(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// Rights are what a viewer may do with a record that they read.
type Rights struct {
	Writes  bool // change it, on its way, and hand it on
	Clears  bool // say yes for its mechanism, which is waited for
	Reviews bool // publish or return it, which is waited for
	Revises bool // begin a draft that replaces it
	Edits   bool // confirm or withdraw it
	Past    bool // read its earlier revisions
}

// Writes says whether the viewer may begin records.
func (s *Service) Writes(v hub.Viewer) bool {
	return v.SignedIn() && s.Door.May(v, hub.ActCreate, access.Object{Kind: access.Unpublished, Owner: v.Person}, s.Now()) == nil
}

// Rights are those of the viewer.
func (s *Service) Rights(v hub.Viewer, r *hub.Record) Rights {
	may := func(a hub.Action, o access.Object) bool { return s.Door.May(v, a, o, s.Now()) == nil }
	edits, o := may(hub.ActEdit, access.Record(r)), access.Record(r)
	return Rights{
		Writes:  drafted(r) && edits,
		Clears:  r.Status == hub.StatusClearing && s.Clears(v, r),
		Reviews: r.Status == hub.StatusSubmitted && may(hub.ActPublish, o),
		Revises: r.Status == hub.StatusPublished && (edits || r.Author == v.Person && s.Writes(v)),
		Edits:   r.Status == hub.StatusPublished && edits,
		Past:    may(hub.ActRead, access.Revision(r)),
	}
}
