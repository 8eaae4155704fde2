package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// written is what a program writes into a record, in one language. What it
// does not name stays as it is.
type written struct {
	Title   string                     `json:"title,omitempty"`
	Lang    hub.Lang                   `json:"lang"`
	Tier    hub.Tier                   `json:"tier,omitempty"`
	Answers map[string]json.RawMessage `json:"answers,omitempty"` // by the code of the question; null takes one out
	Closed  map[string]bool            `json:"closed,omitempty"`  // whether an answer is for members of mechanisms alone
	Skipped map[string]bool            `json:"skipped,omitempty"` // whether a question does not apply
}

// text is the same for the service.
func (w written) text() contribute.Text {
	all := map[string]contribute.Entry{}
	for code, raw := range w.Answers {
		a := question.Answer(raw)
		if string(raw) == "null" {
			a = nil
		}
		all[code] = contribute.Entry{Answer: &a}
	}
	for code, closed := range w.Closed {
		e := all[code]
		e.Closed = &closed
		all[code] = e
	}
	for code, skipped := range w.Skipped {
		e := all[code]
		e.Skipped = &skipped
		all[code] = e
	}
	t := contribute.Text{Lang: w.Lang, Title: w.Title, Tier: w.Tier}
	for _, code := range slices.Sorted(maps.Keys(all)) {
		e := all[code]
		e.Question = code
		t.Entries = append(t.Entries, e)
	}
	return t
}

// wrong says that what was read cannot be done, and which questions it was
// about.
func wrong(err error, set *question.Set) error {
	if err == nil {
		return nil
	}
	return asks{understood{err}, set}
}

// newRecord makes a draft, whole or not at all. The same key again is the same
// draft.
func (a *API) newRecord(ctx context.Context, q asked) (any, error) {
	var w written
	if err := decode(q.body, &w); err != nil {
		return nil, err
	}
	k := hub.Kind(q.params["kind"])
	r, err := a.Writing.BeginWhole(ctx, q.viewer, k, w.text(), q.key)
	if err != nil {
		return nil, asks{attempted(err), a.Writing.For(k, q.viewer.Mechanism)}
	}
	return a.made(q, r), nil
}

// made answers with a new draft.
func (a *API) made(q asked, r *hub.Record) reply {
	x := a.asItIs(q, r)
	x.status, x.at = fiber.StatusCreated, "/api/v1/records/"+string(r.Kind)+"/"+r.ID
	return x
}

// putRecord writes into a record on its way. What is published stays as it is:
// a draft of it is made.
func (a *API) putRecord(ctx context.Context, q asked) (any, error) {
	r, err := a.found(ctx, q)
	if err != nil {
		return nil, err
	}
	var w written
	if err := decode(q.body, &w); err != nil {
		return nil, err
	}
	if q.match == "" {
		return nil, errNoMatch
	}
	rev, err := revOf(q.match, r.Rev)
	if err != nil {
		return nil, err
	}
	put := a.Writing.Put
	if r.Status == hub.StatusPublished {
		put = a.Writing.PutPublished
	}
	next, err := put(ctx, q.viewer, r.ID, rev, w.text())
	if err != nil {
		return nil, wrong(a.outrun(ctx, q, err, w), a.Writing.SetOf(r))
	}
	if next.ID != r.ID {
		return a.made(q, next), nil
	}
	return a.asItIs(q, next), nil
}

// revOf is the revision that If-Match names, -1 for one that is none of the
// hub's; any one is the last.
func revOf(match string, last int64) (int64, error) {
	if match == "*" {
		return last, nil
	}
	weak := strings.HasPrefix(match, "W/")
	tag, quoted := strings.CutPrefix(strings.TrimPrefix(match, "W/"), `"`)
	tag, ends := strings.CutSuffix(tag, `"`)
	if !quoted || !ends || strings.Contains(tag, `"`) {
		return 0, &hub.Invalid{Field: fiber.HeaderIfMatch, Reason: hub.ReasonFormat}
	}
	rev, err := strconv.ParseInt(tag, 10, 64)
	if weak || err != nil || rev < 1 {
		return -1, nil
	}
	return rev, nil
}

// outrun shows who was outrun what is there now, beside what they sent.
func (a *API) outrun(ctx context.Context, q asked, err error, sent any) error {
	var drafted *contribute.Drafted
	if q.match == "" || !errors.Is(err, hub.ErrConflict) || errors.As(err, &drafted) {
		return err
	}
	now, lost := a.found(ctx, q)
	if lost != nil {
		return lost
	}
	return &stale{now: a.shape(q, now), sent: sent}
}

// said is what goes with an act.
type said struct {
	Note    string            `json:"note,omitempty"`
	Remarks map[string]string `json:"remarks,omitempty"` // by the code of the question
}

func (s said) remarks() []hub.Remark {
	var all []hub.Remark
	for _, code := range slices.Sorted(maps.Keys(s.Remarks)) {
		all = append(all, hub.Remark{Question: code, Text: s.Remarks[code]})
	}
	return all
}

// acts are the steps of a record's life, by the last part of their address.
func (a *API) acts() map[string]handler {
	type step func(ctx context.Context, q asked, r *hub.Record, rev int64, s said) (*hub.Record, error)
	steps := map[string]step{
		"submit": func(ctx context.Context, q asked, r *hub.Record, rev int64, _ said) (*hub.Record, error) {
			return a.Records.Submit(ctx, q.viewer, r.ID, rev)
		},
		"clear": func(ctx context.Context, q asked, r *hub.Record, rev int64, _ said) (*hub.Record, error) {
			return a.Records.Clear(ctx, q.viewer, r.ID, rev)
		},
		"publish": a.publish,
		"return": func(ctx context.Context, q asked, r *hub.Record, rev int64, s said) (*hub.Record, error) {
			return a.Writing.Return(ctx, q.viewer, r.ID, rev, s.Note, s.remarks())
		},
		"archive": func(ctx context.Context, q asked, r *hub.Record, rev int64, s said) (*hub.Record, error) {
			return a.Records.Archive(ctx, q.viewer, r.ID, rev, strings.TrimSpace(s.Note))
		},
		"confirm": func(ctx context.Context, q asked, r *hub.Record, rev int64, _ said) (*hub.Record, error) {
			return a.Records.Confirm(ctx, q.viewer, r.ID, rev)
		},
		"revise": func(ctx context.Context, q asked, r *hub.Record, rev int64, _ said) (*hub.Record, error) {
			return a.Writing.PutPublished(ctx, q.viewer, r.ID, rev, contribute.Text{Lang: r.Original})
		},
	}
	all := map[string]handler{}
	for name, do := range steps {
		all[name] = func(ctx context.Context, q asked) (any, error) {
			var s said
			r, err := a.found(ctx, q)
			if err == nil && len(q.body) > 0 {
				err = decode(q.body, &s)
			}
			rev := int64(0)
			if err == nil {
				rev, err = seen(q, r)
			}
			if err != nil {
				return nil, err
			}
			next, err := do(ctx, q, r, rev, s)
			if err != nil {
				return nil, wrong(a.outrun(ctx, q, err, s), a.Writing.SetOf(r))
			}
			if name == "revise" {
				return a.made(q, next), nil
			}
			return a.asItIs(q, next), nil
		}
	}
	return all
}

// seen is the revision that an act is about: the one that If-Match names, else
// the last.
func seen(q asked, r *hub.Record) (int64, error) {
	if q.match == "" {
		return r.Rev, nil
	}
	return revOf(q.match, r.Rev)
}

// publish answers with what everybody of its tier now reads, which for a draft
// of a published record is that record.
func (a *API) publish(ctx context.Context, q asked, r *hub.Record, rev int64, _ said) (*hub.Record, error) {
	next, err := a.Records.Publish(ctx, q.viewer, r.ID, rev)
	if err != nil || next.Of == "" {
		return next, err
	}
	return a.Records.Load(ctx, q.viewer, next.Of)
}
