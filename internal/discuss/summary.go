package discuss

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Summary is one wording of how far the talk of a thread has come. The thread
// has the present one; those before it are filed beside the thread, each before
// the next takes its place, so that none is ever lost.
type Summary struct {
	N        int64     `json:"n,omitempty"` // 1, 2, 3 within the thread
	Body     string    `json:"body"`        // Markdown; empty: it was taken back
	By       string    `json:"by"`          // who wrote it, or accepted it
	As       Lead      `json:"as,omitempty"`
	At       time.Time `json:"at"`
	From     string    `json:"from,omitempty"`     // id of the proposal that was accepted; empty: By wrote it
	Author   string    `json:"author,omitempty"`   // who proposed it
	Nameless bool      `json:"nameless,omitempty"` // who proposed it is not named
	Changed  bool      `json:"changed,omitempty"`  // what was proposed was changed on the way
	Settles  bool      `json:"settles,omitempty"`  // the proposal is still to say that it was accepted
	Struck   *Decision `json:"struck,omitempty"`   // of an earlier one: that a moderator has struck it out
}

// Lead is as what somebody leads a thread. Who began it is that, and nothing
// else: so nobody learns more of an asker without a name.
type Lead string

// The leads of a thread.
const (
	Asker     Lead = "asker"
	Host      Lead = "host"
	Moderator Lead = "moderator"
)

func leadOf(v hub.Viewer, x Space, t Thread) Lead {
	switch {
	case t.By == v.Person, t.Seat != "" && t.Seat == v.Seat:
		return Asker
	case x.hosts(v):
		return Host
	}
	return Moderator
}

// Wording is the number of the present wording of the summary; 0 where there
// never was one.
func (t Thread) Wording() int64 {
	if t.Summary == nil {
		return 0
	}
	return max(t.Summary.N, 1)
}

// Summed is the present wording of the summary; empty where there is none.
func (t Thread) Summed() string {
	if t.Summary == nil {
		return ""
	}
	return t.Summary.Body
}

// filed is an earlier wording of a summary. It never changes, but that it may be
// struck out.
type filed struct {
	Thread  string  `json:"thread"`
	Summary Summary `json:"summary"`
}

func filedKeys(w filed) map[string]store.Value {
	k := map[string]store.Value{"thread": w.Thread, "n": w.Summary.N}
	if x := w.Summary; x.Struck != nil && x.Body != "" {
		k["struck"] = x.Struck.At.UnixMicro()
	}
	return k
}

func summaryID(thread string, n int64) string { return fmt.Sprintf("%s-%d", thread, n) }

// Summarise words the summary of a thread, for who leads it; an empty text
// takes it back. seen is the number of the wording that they saw. hub.Invalid
// with the field "summary"; hub.ErrConflict when it was worded anew since, and
// nothing is lost.
func (s *Service) Summarise(ctx context.Context, v hub.Viewer, space, slug, body string, seen int64) (Thread, error) {
	body, err := checkBody("summary", body, false)
	if err != nil {
		return Thread{}, err
	}
	return s.word(ctx, v, space, slug, seen, func(t Thread) (Summary, error) {
		if body == t.Summed() {
			return Summary{}, store.ErrSame
		}
		return Summary{Body: body}, nil
	})
}

// Restore brings an earlier wording of the summary back, as its next wording.
// hub.ErrNotFound when there is none of that number; the rest as Summarise.
func (s *Service) Restore(ctx context.Context, v hub.Viewer, space, slug string, n, seen int64) (Thread, error) {
	return s.word(ctx, v, space, slug, seen, func(t Thread) (Summary, error) {
		w, err := s.summaryAt(ctx, t, n)
		switch {
		case err != nil:
			return w, err
		case w.Body == "":
			return w, hub.ErrNotFound
		case w.Body == t.Summed():
			return w, store.ErrSame
		}
		return Summary{Body: w.Body}, nil
	})
}

// word gives a summary its next wording, for who leads the thread. The thread
// is the truth of what was accepted: its one write says from which proposal the
// wording is, and what a crash leaves to be said to the proposal is said by the
// next who comes by.
func (s *Service) word(ctx context.Context, v hub.Viewer, space, slug string, seen int64, next func(Thread) (Summary, error)) (Thread, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return t, err
	}
	if err := s.leads(v, x, t); err != nil {
		return t, err
	}
	w, err := next(t)
	if errors.Is(err, store.ErrSame) {
		return t, nil
	}
	if err == nil && t.Wording() != seen {
		err = hub.ErrConflict
	}
	if err != nil {
		return t, err
	}
	if err := s.file(ctx, t); err != nil {
		return t, err
	}
	cited, err := s.cited(ctx, v, x, t, w.Body)
	if err != nil {
		return t, err
	}
	w.N, w.By, w.As, w.At, w.Settles = seen+1, v.Person, leadOf(v, x, t), s.Now(), w.From != ""
	t, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error {
		if t.Wording() != seen {
			return hub.ErrConflict
		}
		t.Summary = &w
		t.cite(cited)
		return nil
	})
	if err != nil {
		return t, err
	}
	err = errors.Join(s.settle(ctx, t), s.trim(ctx, t))
	s.hint(Topic(t.ID), 0, false)
	return t, err
}

// file keeps the present wording of a summary beside its thread. Filed twice it
// is filed once.
func (s *Service) file(ctx context.Context, t Thread) error {
	if t.Summary == nil {
		return nil
	}
	if err := s.settle(ctx, t); err != nil {
		return err
	}
	w := filed{t.ID, *t.Summary}
	w.Summary.N, w.Summary.Settles = t.Wording(), false
	err := s.put(ctx, wordings, summaryID(t.ID, w.Summary.N), filedKeys(w), w)
	if errors.Is(err, hub.ErrConflict) {
		return nil
	}
	return err
}

// trim forgets the wording that is one too many. The first one stays.
func (s *Service) trim(ctx context.Context, t Thread) error {
	n := t.Wording() - maxVersions
	if n < 2 {
		return nil
	}
	d, err := s.Store.Get(ctx, wordings, summaryID(t.ID, n))
	if err == nil {
		err = s.Store.Delete(ctx, wordings, d.ID, d.Rev)
	}
	if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrConflict) {
		return nil
	}
	return err
}

// summaryAt is one wording of a summary. hub.ErrNotFound when there is none of
// that number, or it is not kept any more. Of one that was struck out there are
// no words.
func (s *Service) summaryAt(ctx context.Context, t Thread, n int64) (Summary, error) {
	if n == t.Wording() && n > 0 {
		return *t.Summary, nil
	}
	w, _, err := store.Load[filed](ctx, s.Store, wordings, summaryID(t.ID, n))
	if w.Summary.Struck != nil {
		w.Summary.Body = ""
	}
	return w.Summary, err
}

// Wordings are all wordings of the summary of a thread, the first one first,
// for who reads the thread. hub.ErrNotFound where there are none, and, for who
// does not lead it, where the summary was taken back: as with a post that was
// deleted, nobody else reads what it said.
func (s *Service) Wordings(ctx context.Context, v hub.Viewer, space, slug string) (Thread, []Summary, error) {
	x, t, v, err := s.find(ctx, v, hub.ActRead, space, slug)
	if err != nil {
		return t, nil, err
	}
	if t.Summary == nil || t.Summed() == "" && s.leads(v, x, t) != nil {
		return t, nil, hub.ErrNotFound
	}
	kept, err := store.All[filed](ctx, s.Store, wordings, store.Query{Index: "thread", Equal: [][]store.Value{{t.ID}}, To: t.Wording()})
	var all []Summary
	for _, w := range kept {
		all = append(all, w.Summary.shown())
	}
	now := *t.Summary
	now.N = t.Wording()
	return t, append(all, now.shown()), err
}

// shown is a wording as readers get it: who proposed it without their name is
// nobody, and what was struck out has no words.
func (w Summary) shown() Summary {
	if w.Struck != nil {
		w.Body = ""
	}
	if w.Nameless {
		w.Author = ""
	}
	return w
}
