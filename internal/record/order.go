package record

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"nmirfhub/internal/hub"
)

// order is the records of a shelf in one order.
type order struct {
	at    []int            // positions on the shelf, first to last
	place []int            // where each position stands in at
	key   func(int) string // sort key of a position; keys never fall along at
}

func newOrder(at []int, key func(int) string) *order {
	o := &order{at: at, place: make([]int, len(at)), key: key}
	for place, i := range at {
		o.place[i] = place
	}
	return o
}

// newestFirst is the order in which the shelf itself stands.
func newestFirst(heads []*Head) *order {
	at := make([]int, len(heads))
	for i := range at {
		at[i] = i
	}
	return newOrder(at, func(i int) string { return newestKey(heads[i].Date) })
}

// newestKey falls as the date rises, so that keys rise along the order.
func newestKey(date string) string {
	b := []byte(date + strings.Repeat(" ", 10)[:max(0, 10-len(date))])
	for i, c := range b {
		b[i] = '~' - (c - ' ')
	}
	return string(b)
}

func (s *shelf) order(q Query) *order {
	if q.Order == Newest {
		return s.newest
	}
	return s.byName(naming{q.Order, q.Lang})
}

// titleKey is how many bytes of a collation key a cursor carries: enough to
// find the place of a title that is gone.
const titleKey = 24

// naming is an order of names in a language.
type naming struct {
	order Order // ByTitle or ByState
	lang  hub.Lang
}

// name is what a head is sorted by.
func (s *shelf) name(n naming, h *Head) string {
	title := h.In(n.lang).Title
	if n.order == ByState {
		return s.stateName(h.Mechanism, n.lang) + ", " + title
	}
	return title
}

// byName is the order of names as a reader of the language sorts them.
func (s *shelf) byName(n naming) *order {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.named[n]; o != nil {
		return o
	}
	col := collate.New(language.MustParse(string(n.lang)), collate.IgnoreCase, collate.Numeric)
	var buf collate.Buffer
	keys := make([]string, len(s.heads))
	at := make([]int, len(s.heads))
	for i, h := range s.heads {
		keys[i] = string(col.KeyFromString(&buf, s.name(n, h)))
		buf.Reset()
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int {
		return cmp.Or(cmp.Compare(keys[a], keys[b]), cmp.Compare(s.heads[a].ID, s.heads[b].ID))
	})
	o := newOrder(at, func(i int) string { return keys[i][:min(len(keys[i]), titleKey)] })
	s.named[n] = o
	return o
}

// cursor marks the place of a head in the order of q: order, language, key
// and id.
func (s *shelf) cursor(q Query, h *Head) string {
	key := s.order(q).key(s.ids[h.ID])
	return base64.RawURLEncoding.EncodeToString([]byte(cursorOf(q) + key + "\x00" + h.ID))
}

func cursorOf(q Query) string {
	if q.Order == Newest {
		return "d\x00"
	}
	return string(q.Order[0]) + string(q.Lang) + "\x00"
}

// parseCursor reads what cursor wrote. hub.Invalid with the field "page" when
// it is not a cursor of this order.
func parseCursor(q Query, raw string) (key, id string, err error) {
	invalid := &hub.Invalid{Field: "page", Reason: hub.ReasonUnknown, Value: raw}
	if len(raw) > 400 {
		return "", "", invalid
	}
	b, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil {
		return "", "", invalid
	}
	rest, ours := strings.CutPrefix(string(b), cursorOf(q))
	cut := strings.LastIndexByte(rest, 0)
	if !ours || cut < 0 {
		return "", "", invalid
	}
	return rest[:cut], rest[cut+1:], nil
}

// idOf is the id in a cursor that parseCursor has accepted.
func idOf(raw string) string {
	b, _ := base64.RawURLEncoding.DecodeString(raw)
	return string(b[strings.LastIndexByte(string(b), 0)+1:])
}
