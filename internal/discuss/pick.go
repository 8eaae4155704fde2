package discuss

import (
	"context"
	"slices"
	"time"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// View is which of the threads of a space somebody looks at.
type View string

// The views.
const (
	AllThreads View = ""
	Unread     View = "unread"     // with posts that the viewer has not seen
	Unanswered View = "unanswered" // without an answer and an outcome, and not closed
	Mine       View = "mine"       // that the viewer or their seat began
)

// Views lists them, as a page offers them.
var Views = []View{AllThreads, Unread, Unanswered, Mine}

// Pick narrows the threads of a space: to those that bear a tag, or else to a
// view. Its zero value is all of them.
type Pick struct {
	Tag  Tag
	View View
}

// ThreadsAPage is how many threads Threads returns at most.
const ThreadsAPage = 20

// maxLooked is how many pages Threads looks through for threads that are
// unread: the rest comes with the next page, so that a page costs the same
// however much somebody has read.
const maxLooked = 10

// pickKeys are the keys by which threads of a space are picked.
func pickKeys(t Thread, k map[string]store.Value) {
	k["mine"] = []string{t.By}
	if t.Seat != "" {
		k["mine"] = []string{t.By, OfSeat(t.Seat)}
	}
	if t.open() {
		k["unanswered"] = t.Active.UnixMicro()
	}
}

// query finds the threads of a space that a pick narrows to, and more where
// that depends on what the viewer has read.
func (p Pick) query(v hub.Viewer, space string) store.Query {
	q := store.Query{Index: "active", Equal: [][]store.Value{{space}}, Desc: true, Limit: ThreadsAPage}
	switch {
	case p.Tag != (Tag{}):
		q.Index, q.Equal = "tag", append(q.Equal, []store.Value{p.Tag.key()})
	case p.View == Unanswered:
		q.Index = "unanswered"
	case p.View == Mine:
		whose := []store.Value{v.Person}
		if v.Seat != "" {
			whose = append(whose, OfSeat(v.Seat))
		}
		q.Index, q.Equal = "mine", append(q.Equal, whose)
	}
	return q
}

// ParseView reads a view as addresses have it; AllThreads for what is none.
func ParseView(text string) View {
	if slices.Contains(Views, View(text)) {
		return View(text)
	}
	return AllThreads
}

// Threads are the threads of a space that a pick narrows to, the last active
// first, at most ThreadsAPage (twice as many of those unread), with what to go
// on with; "" at the end.
func (s *Service) Threads(ctx context.Context, v hub.Viewer, space string, pick Pick, after string) (found []Thread, next string, err error) {
	x, v, err := s.enter(ctx, v, hub.ActList, space)
	if err != nil {
		return nil, "", err
	}
	marks := map[string]Mark{}
	if pick.View == Unread {
		if marks, err = s.Marks(ctx, v, space); err != nil {
			return nil, "", err
		}
	}
	q := pick.query(v, space)
	q.After = after
	for range maxLooked {
		page, err := s.Store.List(ctx, threads, q)
		if err != nil {
			return nil, "", err
		}
		for _, d := range page.Docs {
			t, err := store.Decode[Thread](d)
			if err != nil {
				return nil, "", err
			}
			if s.shows(v, x, t) && (pick.View != Unread || t.Posts > marks[t.ID].Seq) {
				found = append(found, t)
			}
		}
		if q.After = page.Next; page.Next == "" || pick.View != Unread || len(found) >= ThreadsAPage {
			break
		}
	}
	return found, q.After, nil
}

// LastActive is when somebody last wrote in a space, as far as the viewer may
// know; zero where nobody has.
func (s *Service) LastActive(ctx context.Context, v hub.Viewer, x Space) (time.Time, error) {
	q := Pick{}.query(v, x.Slug)
	q.Limit = 5 // those that are held are few
	page, err := s.Store.List(ctx, threads, q)
	if err != nil || s.Door.May(v, hub.ActList, x.object(""), s.Now()) != nil {
		return time.Time{}, err
	}
	for _, d := range page.Docs {
		t, err := store.Decode[Thread](d)
		if err != nil || s.shows(v, x, t) {
			return t.Active, err
		}
	}
	return time.Time{}, nil
}
