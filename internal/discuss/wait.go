package discuss

import (
	"context"
	"errors"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// WaitFor is how long a question waits for an answer before others are asked.
const WaitFor = 7 * 24 * time.Hour

// open says whether a thread can still be answered, and was not.
func (t Thread) open() bool { return t.Answer == 0 && t.Outcome == nil && t.Locked == nil }

// waitKeys are the keys of a thread that nobody has answered: whose question it
// is, who was asked to answer it, and since when it waits or has risen.
func (t Thread) waitKeys(k map[string]store.Value) {
	if !t.open() {
		return
	}
	k["open"] = t.By
	if t.Seat != "" {
		k["open"] = OfSeat(t.Seat)
	}
	switch {
	case t.Heard:
	case t.Risen.IsZero() || t.Asking:
		k["waits"] = t.Created.UnixMicro()
	default:
		k["risen"] = t.Risen.UnixMicro()
	}
	if len(t.Asked) > 0 && !t.Heard {
		k["asked"] = t.Asked
	}
}

// Waiting are threads of spaces for questions that have waited for WaitFor, and
// those whose people are still to be told, at most some. Others that have
// waited as long are put aside: they do not come again.
func (s *Service) Waiting(ctx context.Context) (found []Thread, err error) {
	page, err := s.Store.List(ctx, threads, store.Query{Index: "waits", To: s.Now().Add(-WaitFor).UnixMicro(), Limit: 100})
	if err != nil {
		return nil, err
	}
	for _, d := range page.Docs {
		t, err := store.Decode[Thread](d)
		if err != nil {
			return nil, err
		}
		asks, err := s.stillWaits(ctx, t)
		if err != nil {
			return nil, err
		}
		if asks {
			found = append(found, t)
		}
	}
	return found, nil
}

// stillWaits says whether others are to be asked for an answer to a thread, and
// puts it aside when not. The posts are the truth of whether it was heard.
func (s *Service) stillWaits(ctx context.Context, t Thread) (bool, error) {
	x, _, err := store.Load[Space](ctx, s.Store, spaces, t.Space)
	if err != nil {
		return false, err
	}
	heard := false
	for after := ""; !heard; {
		page, err := s.Store.List(ctx, posts, store.Query{Index: "seq", Equal: [][]store.Value{{t.ID}}, After: after, Limit: PostsAPage})
		if err != nil {
			return false, err
		}
		for _, d := range page.Docs {
			p, err := store.Decode[Post](d)
			if err != nil {
				return false, err
			}
			heard = heard || p.By != t.By && p.Absent() == ""
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if x.Kind == Questions && !heard {
		return true, nil
	}
	_, err = store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error {
		t.Risen, t.Asking, t.Heard = s.Now(), false, heard
		return nil
	})
	return false, err
}

// Rise claims a thread for asking some people, once for all time: it returns
// who is to be told, those of the first claim when there was one. Whom it asked
// from the beginning is asked again.
func (s *Service) Rise(ctx context.Context, t Thread, whom []string) ([]string, error) {
	t, err := store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error {
		if !t.Risen.IsZero() {
			return store.ErrSame
		}
		t.Risen, t.Asking = s.Now(), true
		for _, who := range whom {
			if !slices.Contains(t.Asked, who) {
				t.Asked = append(t.Asked, who)
			}
		}
		return nil
	})
	return t.Asked, err
}

// Asked notes that all were told whom a thread asks.
func (s *Service) Asked(ctx context.Context, t Thread) error {
	_, err := store.Change(ctx, s.Store, threads, t.ID, threadKeys, func(t *Thread) error {
		t.Asking = false
		return nil
	})
	return err
}

// Answers says whether a viewer may be asked for an answer to a thread: they
// may write in its space, and did not begin it.
func (s *Service) Answers(ctx context.Context, v hub.Viewer, t Thread) (bool, error) {
	_, _, err := s.enter(ctx, v, hub.ActCreate, t.Space)
	if errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrForbidden) {
		return false, nil
	}
	return err == nil && t.By != v.Person && (t.Seat == "" || t.Seat != v.Seat), err
}

// AskedOf are the questions that the viewer was asked to answer, by themselves or
// by their seat, and that still wait, at most some.
func (s *Service) AskedOf(ctx context.Context, v hub.Viewer, most int) ([]News, error) {
	whose := []store.Value{v.Person}
	if v.Seat != "" {
		whose = append(whose, OfSeat(v.Seat))
	}
	found, err := s.threadsBy(ctx, v, store.Query{Index: "asked", Equal: [][]store.Value{whose}}, most)
	for i := range found {
		if err == nil {
			found[i].Mark, err = s.own(ctx, v, found[i].Thread)
		}
	}
	return found, err
}

// SeatAsked are the questions that whoever holds a seat was asked to answer,
// and SeatAsks those that the seat has asked and nobody answered, as far as the
// viewer may read them.
func (s *Service) SeatAsked(ctx context.Context, v hub.Viewer, seat string, most int) ([]News, error) {
	return s.threadsBy(ctx, v, store.Query{Index: "asked", Equal: [][]store.Value{{OfSeat(seat)}}}, most)
}

// SeatAsks is beside SeatAsked.
func (s *Service) SeatAsks(ctx context.Context, v hub.Viewer, seat string, most int) ([]News, error) {
	return s.threadsBy(ctx, v, store.Query{Index: "open", Equal: [][]store.Value{{OfSeat(seat)}}}, most)
}

// Risen are the threads that have waited too long and still do, the last first,
// for who moderates their space; at most some.
func (s *Service) Risen(ctx context.Context, v hub.Viewer, most int) ([]News, error) {
	v, err := s.Known(ctx, v)
	if err != nil {
		return nil, err
	}
	found, err := s.threadsBy(ctx, v, store.Query{Index: "risen", Desc: true}, store.MaxLimit)
	found = slices.DeleteFunc(found, func(n News) bool {
		return n.Space.Kind != Questions || s.Door.May(v, hub.ActModerate, n.Space.object(""), s.Now()) != nil
	})
	return found[:min(most, len(found))], err
}

// Unanswered is how many questions wait for an answer longer than WaitFor: a
// number that names none. Those of spaces whose members are named are not in
// it.
func (s *Service) Unanswered(ctx context.Context) (n int, err error) {
	all, err := store.All[Thread](ctx, s.Store, threads, store.Query{Index: "risen"})
	named := map[string]bool{}
	for _, t := range all {
		shut, known := named[t.Space]
		if !known {
			x, _, err := store.Load[Space](ctx, s.Store, spaces, t.Space)
			if err != nil {
				return 0, err
			}
			shut = x.Tier.Named() || x.Kind != Questions
			named[t.Space] = shut
		}
		if !shut {
			n++
		}
	}
	return n, err
}

// threadsBy are the threads of a query that the viewer may read, at most some.
func (s *Service) threadsBy(ctx context.Context, v hub.Viewer, q store.Query, most int) (found []News, err error) {
	all, err := store.All[Thread](ctx, s.Store, threads, q)
	at := places{s: s, v: v}
	for _, t := range all {
		n, err := at.ofThread(ctx, t)
		if errors.Is(err, hub.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if found = append(found, n); len(found) == most {
			break
		}
	}
	return found, err
}
