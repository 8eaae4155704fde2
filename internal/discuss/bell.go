package discuss

import (
	"context"
	"errors"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// A bell is the mark of somebody, of a seat or of the moderators that is of no
// thread: it rings while something may wait for them beside posts, as a
// proposal to decide on. What waits is the truth, and is looked for only while
// it rings, so that who has nothing costs one look into one index. It is rung
// after what it rings for is in the store, each time anew, and falls silent for
// the times that it had rung before nothing was found: what came meanwhile rings
// on.
const bell = "bell"

// Moderators stands for all who moderate, in bells and among those who are
// asked to decide.
const Moderators = "moderators"

// rings says whether the bell does.
func (m Mark) rings() bool { return m.Rung > m.Quiet }

// ring rings the bells of some, as they stand in marks.
func (s *Service) ring(ctx context.Context, whose ...string) error {
	var errs []error
	for _, who := range whose {
		_, _, err := s.mark(ctx, who, Thread{ID: bell}, func(m *Mark) { m.Rung++ })
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// bells are whose bells the viewer hears.
func (s *Service) bells(v hub.Viewer) []store.Value {
	whose := []store.Value{v.Person}
	if v.Seat != "" {
		whose = append(whose, OfSeat(v.Seat))
	}
	if s.Opens(v) {
		whose = append(whose, Moderators)
	}
	return whose
}

// silence notes that nothing waits of what some bells have rung for.
func (s *Service) silence(ctx context.Context, rung []Mark) error {
	var errs []error
	for _, m := range rung {
		_, err := store.Change(ctx, s.Store, marks, markID(m.Person, bell), markKeys, func(now *Mark) error {
			if now.Quiet >= m.Rung {
				return store.ErrSame
			}
			now.Quiet = m.Rung
			return nil
		})
		if !errors.Is(err, hub.ErrNotFound) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// tray is what is found for a viewer: one News for each thread, at most some.
type tray struct {
	at    places
	all   []News
	most  int
	waits bool // something waits for them beside posts, though it be nothing that they may read now
}

func (y *tray) full() bool { return len(y.all) >= y.most }

// in is what is found of a thread; nil where there is too much.
func (y *tray) in(n News) *News {
	i := slices.IndexFunc(y.all, func(o News) bool { return o.Thread.ID == n.Thread.ID })
	if i < 0 {
		if y.full() {
			return nil
		}
		i, y.all = len(y.all), append(y.all, n)
	}
	return &y.all[i]
}

// lookFor puts on the tray what waits for the viewer beside posts.
func (s *Service) lookFor(ctx context.Context, y *tray) error {
	for _, look := range []func(context.Context, *tray) error{s.asksOf, s.ledOf, s.fatesOf} {
		if err := look(ctx, y); err != nil {
			return err
		}
	}
	return nil
}

// told puts on the tray the posts that the viewer was told of. look says that
// what waits for them is to be looked for too, where a bell rings: before the
// posts.
func (s *Service) told(ctx context.Context, y *tray, look bool) error {
	q := store.Query{Index: "news", Equal: [][]store.Value{s.bells(y.at.v)}, Limit: y.most}
	for !y.full() {
		page, err := s.Store.List(ctx, marks, q)
		if err != nil {
			return err
		}
		all := make([]Mark, len(page.Docs))
		for i, d := range page.Docs {
			if all[i], err = store.Decode[Mark](d); err != nil {
				return err
			}
		}
		if rung := slices.DeleteFunc(slices.Clone(all), func(m Mark) bool { return !m.rings() }); look && len(rung) > 0 {
			look = false
			if err = s.lookFor(ctx, y); err == nil && !y.waits {
				err = s.silence(ctx, rung)
			}
			if err != nil {
				return err
			}
		}
		for _, m := range all {
			if err := s.toldOf(ctx, y, m); err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
	return nil
}

// toldOf puts on the tray the posts that a mark is of.
func (s *Service) toldOf(ctx context.Context, y *tray, m Mark) error {
	if m.Thread == bell || m.Seat != "" && m.Seat != y.at.v.Seat { // of a seat that they have left
		return nil
	}
	n, err := y.at.of(ctx, m)
	if errors.Is(err, hub.ErrNotFound) {
		return nil // not for them any more
	}
	if err == nil {
		y.in(n)
	}
	return err
}

// mendBells rings for what waits where a bell does not, as for what waited
// before there were bells, and notes anew who is asked to decide: spaces change
// their hosts.
func (s *Service) mendBells(ctx context.Context) error {
	whose, done := map[string]bool{}, map[string]bool{}
	open, err := store.All[Proposal](ctx, s.Store, proposals, store.Query{Index: "since"})
	errs := []error{err}
	for _, p := range open {
		if done[p.Thread] {
			continue
		}
		done[p.Thread] = true
		errs = append(errs, s.tally(ctx, p.Thread))
		t, err := s.thread(ctx, p.Thread)
		if !errors.Is(err, hub.ErrNotFound) {
			errs = append(errs, err)
		}
		for _, who := range t.Decides {
			whose[who] = true
		}
	}
	decided, err := store.All[Proposal](ctx, s.Store, proposals, store.Query{Index: "rings"})
	errs = append(errs, err)
	for _, p := range decided {
		whose[p.By] = true
	}
	asked, err := store.All[Post](ctx, s.Store, posts, store.Query{Index: "consent"})
	errs = append(errs, err)
	for _, p := range asked {
		whose[p.By] = true
	}
	for who := range whose {
		_, _, err := s.mark(ctx, who, Thread{ID: bell}, func(m *Mark) {
			if !m.rings() {
				m.Rung = m.Quiet + 1
			}
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
