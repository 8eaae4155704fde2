package contribute

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// Entry is what is said of one answer, together with others. What is nil
// stays as it is.
type Entry struct {
	Question string
	Answer   *question.Answer // to nil: no answer any more
	Closed   *bool            // for members of mechanisms alone
	Skipped  *bool            // it does not apply
}

// Text is what a program writes into a record at once, in one language.
type Text struct {
	Lang    hub.Lang
	Title   string   // empty: as it is
	Tier    hub.Tier // empty: as it is
	Entries []Entry
}

// BeginWhole makes a draft with all that is written for it, or nothing. The
// title is needed. A key names the attempt, as record.Service.CreateOnce has
// it; empty for none. hub.ErrNotFound as Begin; hub.Invalid, joined, for each
// thing that is wrong, with the code of the question as its field, or "title",
// "lang", "tier".
func (s *Service) BeginWhole(ctx context.Context, v hub.Viewer, k hub.Kind, t Text, key string) (*hub.Record, error) {
	r, err := s.whole(ctx, v, k, t)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return s.Records.Create(ctx, v, r)
	}
	r.Begun = digest(k, t)
	return s.Records.CreateOnce(ctx, v, r, key)
}

// BeginOf makes the one draft that a person makes of something, which key
// names, with all that is written for it. Made again, by however many at once,
// it is the draft as it is now, also where it would begin with other words.
// Errors as BeginWhole.
func (s *Service) BeginOf(ctx context.Context, v hub.Viewer, k hub.Kind, t Text, key string) (*hub.Record, error) {
	r, err := s.whole(ctx, v, k, t)
	if err != nil {
		return nil, err
	}
	r.Begun = "of " + key
	return s.Records.CreateOnce(ctx, v, r, key)
}

// whole is a draft with all that is written for it, before it is stored.
func (s *Service) whole(ctx context.Context, v hub.Viewer, k hub.Kind, t Text) (r hub.Record, err error) {
	set := s.For(k, v.Mechanism)
	if set == nil || !s.Records.Writes(v) {
		return r, hub.ErrNotFound
	}
	if _, err := hub.ParseLang(string(t.Lang)); err != nil {
		return r, err
	}
	r = hub.Record{Kind: k, Tier: hub.TierPublic, Original: t.Lang, Questions: set.Name(), Versions: []hub.Version{{Lang: t.Lang}}}
	if v.Mechanism != "" {
		r.States = []hub.State{v.Mechanism}
	}
	wrong := s.write(ctx, &r, t)
	if strings.TrimSpace(t.Title) == "" {
		wrong = errors.Join(&hub.Invalid{Field: "title", Reason: hub.ReasonRequired}, wrong)
	}
	return r, wrong
}

// digest stands for what a record is begun with.
func digest(k hub.Kind, t Text) string {
	t.Entries = slices.Clone(t.Entries)
	slices.SortFunc(t.Entries, func(a, b Entry) int { return strings.Compare(a.Question, b.Question) })
	raw, _ := json.Marshal([]any{k, t}) // the answers are JSON already
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:12])
}

// errStale ends a write to a record that has moved on.
var errStale = errors.New("the revision is not the last one")

// Put writes into a record on its way, at a revision: all of it, or nothing.
// hub.ErrConflict when that revision is not the last one; the rest as
// BeginWhole and record.Service.Edit.
func (s *Service) Put(ctx context.Context, v hub.Viewer, id string, rev int64, t Text) (*hub.Record, error) {
	if _, err := hub.ParseLang(string(t.Lang)); err != nil {
		return nil, err
	}
	r, err := s.Records.Edit(ctx, v, id, func(next *hub.Record) error {
		switch {
		case next.Rev != rev:
			return errStale
		case next.Status == hub.StatusPublished:
			return &hub.Invalid{Field: "status", Reason: hub.ReasonUnknown, Value: string(next.Status)}
		}
		return s.write(ctx, next, t)
	})
	if errors.Is(err, errStale) {
		return nil, fmt.Errorf("write into %s: %w", id, hub.ErrConflict)
	}
	return r, err
}

// Drafted answers who would begin a second draft of a published record.
type Drafted struct {
	Draft *hub.Record
}

func (e *Drafted) Error() string { return "there is a draft of it by the same person" }

// Unwrap says that it is a conflict.
func (e *Drafted) Unwrap() error { return hub.ErrConflict }

// PutPublished makes a draft of a published record, at a revision, with what
// is written into it; the record stays as it is until the draft is published.
// *Drafted where the viewer has one already. Errors as Put and
// record.Service.ReviseAs.
func (s *Service) PutPublished(ctx context.Context, v hub.Viewer, id string, rev int64, t Text) (*hub.Record, error) {
	if _, err := hub.ParseLang(string(t.Lang)); err != nil {
		return nil, err
	}
	drafts, err := s.Records.DraftsOf(ctx, v)
	if err != nil {
		return nil, err
	}
	if draft := drafts[id]; draft != nil {
		return nil, &Drafted{draft}
	}
	return s.Records.ReviseAs(ctx, v, id, rev, func(draft *hub.Record) error { return s.write(ctx, draft, t) })
}

// write puts a text into a record, or says what is wrong with it.
func (s *Service) write(ctx context.Context, next *hub.Record, t Text) error {
	set := s.SetOf(next)
	if set == nil {
		return hub.ErrNotFound
	}
	question.Loosen(next)
	next.Questions = set.Name()
	var wrong error
	if t.Tier != "" {
		wrong = s.tier(ctx, next, t.Tier)
	}
	entries, err := titled(set, t)
	if err != nil {
		wrong = errors.Join(wrong, err)
	}
	for _, e := range entries {
		q := set.Question(e.Question)
		if q == nil {
			wrong = errors.Join(wrong, &hub.Invalid{Field: e.Question, Reason: hub.ReasonUnknown})
			continue
		}
		wrong = errors.Join(wrong, s.enter(next, q, t.Lang, e))
	}
	return wrong
}

// titled are the entries of a text with its title among them. hub.Invalid with
// the field "title" when that stands twice.
func titled(set *question.Set, t Text) ([]Entry, error) {
	if strings.TrimSpace(t.Title) == "" {
		return t.Entries, nil
	}
	for _, q := range set.All() {
		if q.At != "title" {
			continue
		}
		if slices.ContainsFunc(t.Entries, func(e Entry) bool { return e.Question == q.Code }) {
			return t.Entries, &hub.Invalid{Field: "title", Reason: hub.ReasonTaken}
		}
		raw, _ := json.Marshal(strings.Join(strings.Fields(t.Title), " ")) // of a string: never fails
		a := question.Answer(raw)
		return append([]Entry{{Question: q.Code, Answer: &a}}, t.Entries...), nil
	}
	return t.Entries, &hub.Invalid{Field: "title", Reason: hub.ReasonUnknown}
}

// enter puts one answer into a record.
func (s *Service) enter(next *hub.Record, q *question.Question, l hub.Lang, e Entry) error {
	now := q.Get(next, l)
	g := Given{Question: q.Code, Answer: now, Seen: question.Mark(now), Closed: q.Closed(next), Skipped: slices.Contains(next.Skipped, q.Code)}
	if e.Answer != nil {
		if err := q.Shaped(*e.Answer); err != nil {
			return err
		}
		g.Answer = q.Tidy(*e.Answer)
	}
	if e.Closed != nil {
		if g.Closed = *e.Closed; g.Closed != q.Closed(next) && !q.Closable() {
			return &hub.Invalid{Field: q.Code, Reason: hub.ReasonUnknown}
		}
	}
	if e.Skipped != nil {
		g.Skipped = *e.Skipped
	}
	_, err := s.put(next, q, l, g)
	return err
}

// tier makes a record one for the readers of a tier. hub.Invalid with the
// field "tier": for one that records are not written for, and, with
// hub.ReasonRange, for one with more readers than the practice that the record
// adapts.
func (s *Service) tier(ctx context.Context, r *hub.Record, t hub.Tier) error {
	width := slices.Index(Tiers, t)
	if width < 0 {
		return &hub.Invalid{Field: "tier", Reason: hub.ReasonUnknown, Value: string(t)}
	}
	if r.Adapts != "" {
		from, err := s.Records.Bare(ctx, r.Adapts)
		if err != nil {
			return err
		}
		if width < slices.Index(Tiers, from.Tier) {
			return &hub.Invalid{Field: "tier", Reason: hub.ReasonRange}
		}
	}
	r.Tier = t
	return nil
}

// SetTier says for whom a record on its way is written. Errors as
// record.Service.Edit, and hub.Invalid with the field "tier".
func (s *Service) SetTier(ctx context.Context, v hub.Viewer, id string, t hub.Tier) (*hub.Record, error) {
	return s.Records.Edit(ctx, v, id, func(next *hub.Record) error { return s.tier(ctx, next, t) })
}

// Return gives a record back to its author, with remarks about single answers.
// hub.Invalid for a remark about no question of the record ("remarks.code"),
// and for what is longer than question.MostRunes; the rest as
// record.Service.Return.
func (s *Service) Return(ctx context.Context, v hub.Viewer, id string, rev int64, note string, remarks []hub.Remark) (*hub.Record, error) {
	r, err := s.Records.Load(ctx, v, id)
	if err != nil {
		return nil, err
	}
	set := s.SetOf(r)
	note = strings.TrimSpace(note)
	wrong := said("note", note)
	var all []hub.Remark
	for _, x := range remarks {
		field := "remarks." + x.Question
		if x.Text = strings.TrimSpace(x.Text); x.Text == "" {
			continue
		}
		if set == nil || x.Question != "" && set.Question(x.Question) == nil {
			wrong = errors.Join(wrong, &hub.Invalid{Field: field, Reason: hub.ReasonUnknown})
		}
		wrong = errors.Join(wrong, said(field, x.Text))
		all = append(all, x)
	}
	if wrong != nil {
		return nil, wrong
	}
	return s.Records.Return(ctx, v, id, rev, note, all...)
}

// said checks what a reviewer says.
func said(field, text string) error {
	if utf8.RuneCountInString(text) > question.MostRunes {
		return &hub.Invalid{Field: field, Reason: hub.ReasonTooLong, Limit: question.MostRunes}
	}
	return nil
}
