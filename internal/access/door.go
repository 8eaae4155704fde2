// Package access is the one door through which objects are read, and the one
// place that knows who may do what. The policy's files are read by casbin at
// the start and compiled into a table; a second copy of the rules, the
// matrix, must agree. What no rule allows is forbidden, and what a person may
// not read answers like what does not exist.
package access

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"sync/atomic"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Door decides and reads. Safe for concurrent use.
type Door struct {
	table   *table
	tiers   [len(hub.Actions)][len(hub.Roles)][]hub.Tier
	reader  store.Reader
	dropped atomic.Uint64
}

// New reads the policy from files and refuses to open a door whose policy is
// damaged or differs from the matrix; the error names rule or cell.
func New(files fs.FS, reader store.Reader) (*Door, error) {
	e, err := enforcer(files)
	if err != nil {
		return nil, err
	}
	policy, err := compile(e)
	if err != nil {
		return nil, err
	}
	matrix, err := readMatrix(files)
	if err != nil {
		return nil, err
	}
	if err := same(policy, matrix); err != nil {
		return nil, err
	}
	d := &Door{table: policy, reader: reader}
	d.fillTiers()
	return d, nil
}

// Decide says what the policy says of an act by somebody of a role who
// stands in one relation to an object of a kind. Unknown words are denied.
func (d *Door) Decide(k Kind, a hub.Action, role hub.Role, rel hub.Relation) Verdict {
	return d.table.decide(k, a, role, rel)
}

// May says whether the viewer may do something with an object now. nil when
// they may; hub.ErrNotFound when they may not even know of it; hub.ErrFresh
// when a fresh sign-in would make it possible; hub.ErrForbidden when they may
// read it and not do this.
func (d *Door) May(v hub.Viewer, a hub.Action, o Object, now time.Time) error {
	switch d.best(v, a, o) {
	case Allow:
		return nil
	case Fresh:
		if now.Before(v.Fresh) {
			return nil
		}
		return hub.ErrFresh
	}
	if a != hub.ActRead && d.best(v, hub.ActRead, o) == Allow {
		return hub.ErrForbidden
	}
	return hub.ErrNotFound
}

// acting is who the viewer is for an action: nobody without a person, and a
// stakeholder where their seat is for reading and the action is more.
func acting(v hub.Viewer, a hub.Action) hub.Viewer {
	switch {
	case v.Role == "", v.Person == "":
		v.Role = hub.RoleAnonymous
	case v.ReadOnly && !reading(a):
		v.Role, v.Mechanism = hub.RoleStakeholder, ""
	}
	return v
}

// reading says whether an action leaves everything as it is.
func reading(a hub.Action) bool {
	return a == hub.ActRead || a == hub.ActList || a == hub.ActSearch || a == hub.ActSubscribe
}

// best is the widest verdict of the relations that the viewer has to the
// object: somebody may be its owner and of its mechanism at once.
func (d *Door) best(v hub.Viewer, a hub.Action, o Object) Verdict {
	v = acting(v, a)
	role := v.Role
	verdict := d.Decide(o.Kind, a, role, hub.RelStranger)
	if !v.SignedIn() {
		return verdict
	}
	if o.Owner != "" && o.Owner == v.Person {
		verdict = wider(verdict, d.Decide(o.Kind, a, role, hub.RelOwner))
	}
	if o.Mechanism != "" {
		rel := hub.RelOtherMechanism
		if o.Mechanism == v.Mechanism {
			rel = hub.RelOwnMechanism
		}
		verdict = wider(verdict, d.Decide(o.Kind, a, role, rel))
	}
	if o.Space != "" && v.Spaces != nil {
		verdict = wider(verdict, d.Decide(o.Kind, a, role, v.Spaces(o.Space)))
	}
	return verdict
}

func wider(a, b Verdict) Verdict {
	if a == Allow || b == Allow {
		return Allow
	}
	return max(a, b)
}

// Tiers are the tiers whose published records the viewer may list, search or
// read as a stranger to them: what a query or a search is narrowed to. The
// slice is shared: never change it.
func (d *Door) Tiers(v hub.Viewer, a hub.Action) []hub.Tier {
	role := acting(v, a).Role
	i, j := placeOfAction(a), placeOfRole(role)
	if i < 0 || j < 0 {
		return nil
	}
	return d.tiers[i][j]
}

func (d *Door) fillTiers() {
	for i, a := range hub.Actions {
		for j, role := range hub.Roles {
			for _, t := range hub.Tiers {
				if k := recordTier(t); strangersRecord(k) && d.Decide(k, a, role, hub.RelStranger) == Allow {
					d.tiers[i][j] = append(d.tiers[i][j], t)
				}
			}
		}
	}
}

// strangersRecord says whether the kind is a published record that belongs to
// a whole tier, so that lists may hold it.
func strangersRecord(k Kind) bool {
	return k == RecordPublic || k == RecordRegistered || k == RecordNetwork
}

// Dropped is how many objects List has held back because the query's filter
// had let them through: a mistake of ours whenever it is not 0.
func (d *Door) Dropped() uint64 { return d.dropped.Load() }

// Load reads the object with the id, for an act. guard says what it is to the
// policy. hub.ErrNotFound when it does not exist or is not for the viewer to
// know of; hub.ErrForbidden and hub.ErrFresh as May.
func Load[T any](ctx context.Context, d *Door, v hub.Viewer, a hub.Action, collection, id string, guard func(*T) Object) (*T, error) {
	doc, err := d.reader.Get(ctx, collection, id)
	if err != nil {
		return nil, fmt.Errorf("load from %s: %w", collection, err)
	}
	x, err := decode[T](collection, doc)
	if err != nil {
		return nil, err
	}
	if err := d.May(v, a, guard(x), time.Now()); err != nil {
		return nil, fmt.Errorf("load from %s: %w", collection, err)
	}
	d.bare(v, x)
	return x, nil
}

// Find is Load for the first object that a query finds, such as the one with
// a slug.
func Find[T any](ctx context.Context, d *Door, v hub.Viewer, a hub.Action, collection string, q store.Query, guard func(*T) Object) (*T, error) {
	page, err := d.reader.List(ctx, collection, q)
	if err != nil {
		return nil, fmt.Errorf("find in %s: %w", collection, err)
	}
	if len(page.Docs) == 0 {
		return nil, fmt.Errorf("find in %s: %w", collection, hub.ErrNotFound)
	}
	x, err := decode[T](collection, page.Docs[0])
	if err != nil {
		return nil, err
	}
	if err := d.May(v, a, guard(x), time.Now()); err != nil {
		return nil, fmt.Errorf("find in %s: %w", collection, err)
	}
	d.bare(v, x)
	return x, nil
}

// First is Find for the first object, of those that a query finds, that the
// viewer may act on and that fits as they may see it.
func First[T any](ctx context.Context, d *Door, v hub.Viewer, a hub.Action, collection string, q store.Query, guard func(*T) Object, fits func(*T) bool) (*T, error) {
	page, err := d.reader.List(ctx, collection, q)
	if err != nil {
		return nil, fmt.Errorf("find in %s: %w", collection, err)
	}
	for _, doc := range page.Docs {
		x, err := decode[T](collection, doc)
		if err != nil {
			return nil, err
		}
		if d.May(v, a, guard(x), time.Now()) != nil {
			continue
		}
		if d.bare(v, x); fits(x) {
			return x, nil
		}
	}
	return nil, fmt.Errorf("find in %s: %w", collection, hub.ErrNotFound)
}

// List reads a page of objects. The query must already be narrowed to what
// the viewer may list; each object is looked at once more, and one that
// should not be there is held back and counted in Dropped. next is the cursor
// of the next page, empty on the last.
func List[T any](ctx context.Context, d *Door, v hub.Viewer, collection string, q store.Query, guard func(*T) Object) (items []*T, next string, err error) {
	page, err := d.reader.List(ctx, collection, q)
	if err != nil {
		return nil, "", fmt.Errorf("list %s: %w", collection, err)
	}
	now := time.Now()
	for _, doc := range page.Docs {
		x, err := decode[T](collection, doc)
		if err != nil {
			return nil, "", err
		}
		if d.May(v, hub.ActList, guard(x), now) != nil {
			d.dropped.Add(1)
			continue
		}
		d.bare(v, x)
		items = append(items, x)
	}
	return items, page.Next, nil
}

// Sweep reads everything that a query finds, page by page, whoever may read
// it, for what is derived from objects: the catalogue, a search index, an
// export. What is derived must carry the tier with it, and every answer from
// it is narrowed again; answers for members alone are not in it. Only the
// packages that archtest lists call it.
func Sweep[T any](ctx context.Context, d *Door, collection string, q store.Query, each func(*T) error) error {
	return sweep(ctx, d, collection, q, func(x *T) error {
		d.bare(hub.Viewer{}, x)
		return each(x)
	})
}

// Steps reads when the records that a query finds came to each status, for
// figures that name none of them: nothing else leaves the door.
func Steps(ctx context.Context, d *Door, collection string, q store.Query, each func(hub.Kind, []hub.Step) error) error {
	return sweep(ctx, d, collection, q, func(r *hub.Record) error { return each(r.Kind, r.Steps) })
}

// Past reads the revisions of a record that a query finds, for a viewer who
// may read them: hub.ErrNotFound for others.
func Past(ctx context.Context, d *Door, v hub.Viewer, now *hub.Record, collection string, q store.Query, each func(*hub.Record) error) error {
	if err := d.May(v, hub.ActRead, Revision(now), time.Now()); err != nil {
		return err
	}
	return sweep(ctx, d, collection, q, each)
}

func sweep[T any](ctx context.Context, d *Door, collection string, q store.Query, each func(*T) error) error {
	for {
		page, err := d.reader.List(ctx, collection, q)
		if err != nil {
			return fmt.Errorf("sweep %s: %w", collection, err)
		}
		for _, doc := range page.Docs {
			x, err := decode[T](collection, doc)
			if err != nil {
				return err
			}
			if err := each(x); err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}

// Fetch reads one object, whoever may read it: Sweep for one id.
func Fetch[T any](ctx context.Context, d *Door, collection, id string) (*T, error) {
	doc, err := d.reader.Get(ctx, collection, id)
	if err != nil {
		return nil, fmt.Errorf("fetch from %s: %w", collection, err)
	}
	x, err := decode[T](collection, doc)
	if err == nil {
		d.bare(hub.Viewer{}, x)
	}
	return x, err
}

// Whole reads one record with all that is in it, for the hub itself to write
// it again: never to show it.
func Whole(ctx context.Context, d *Door, collection, id string) (*hub.Record, error) {
	doc, err := d.reader.Get(ctx, collection, id)
	if err != nil {
		return nil, fmt.Errorf("read from %s: %w", collection, err)
	}
	return decode[hub.Record](collection, doc)
}

// bare takes out of a record what is for members of mechanisms alone, and what
// was said of it and how long it took before it was published, unless the viewer may read records
// of the network, or this one before it was published.
func (d *Door) bare(v hub.Viewer, x any) {
	r, ok := x.(*hub.Record)
	if !ok {
		return
	}
	for _, k := range []Kind{RecordNetwork, Unpublished} {
		if d.best(v, hub.ActRead, Object{Kind: k, Owner: r.Author, Mechanism: r.Mechanism}) == Allow {
			return
		}
	}
	open := slices.DeleteFunc(slices.Clone(r.Attachments), func(a hub.Attachment) bool { return a.Closed })
	r.Bare = r.Closed != nil || r.Turned != nil || r.Remarks != nil || r.Cleared != nil || r.Steps != nil || len(open) < len(r.Attachments)
	r.Closed, r.Turned, r.Remarks, r.Cleared, r.Steps = nil, opened(r), nil, nil, nil
	r.Attachments = open
	for i := range r.Versions {
		r.Bare = r.Bare || r.Versions[i].Renders != nil
		r.Versions[i].Renders = nil
	}
}

// opened are the questions for members alone whose answers were opened to all
// readers of a record: those stand among the open ones.
func opened(r *hub.Record) []string {
	var all []string
	for _, code := range r.Turned {
		_, open := r.Answers[code]
		for _, v := range r.Versions {
			_, in := v.Answers[code]
			open = open || in
		}
		if open {
			all = append(all, code)
		}
	}
	return all
}

func decode[T any](collection string, doc store.Doc) (*T, error) {
	var x T
	if err := json.Unmarshal(doc.Body, &x); err != nil {
		return nil, fmt.Errorf("decode %s %s: %w", collection, doc.ID, err)
	}
	return &x, nil
}
