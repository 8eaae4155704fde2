package desk

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/people"
)

// Kind is what sort of thing waits.
type Kind string

// The kinds of what waits.
const (
	Record     Kind = "record"     // submitted for review
	Reported   Kind = "reported"   // a post that somebody reported
	Held       Kind = "held"       // a post that is to be let through
	Request    Kind = "request"    // somebody asks to join
	Nomination Kind = "nomination" // somebody is nominated for a seat
	Expert     Kind = "expert"     // an entry of the roster
	Question   Kind = "question"   // nobody answered for long
	Summary    Kind = "summary"    // nobody decided on what was proposed for the summary of a thread
	Due        Kind = "due"        // a record to be archived
	Seats      Kind = "seats"      // nobody confirmed the seats of a mechanism
)

// Kinds lists them, in the order in which they are counted.
var Kinds = []Kind{Record, Reported, Held, Request, Nomination, Expert, Question, Summary, Due, Seats}

// Item is something that waits.
type Item struct {
	Kind  Kind
	ID    string    // of what waits
	Since time.Time // since when
	Lang  hub.Lang  // in which it is written; empty for none
	State hub.State // that it comes from, where moderators may know; empty for none
	Taken *Taking   // who has taken it; nil: nobody

	// What it is: the one of its kind is set.
	Record *hub.Record        // Record, Due
	Post   *discuss.Kept      // Reported, Held
	Asks   *people.Request    // Request
	Offer  *people.Invitation // Nomination
	Entry  *people.Expert     // Expert
	Thread *discuss.News      // Question, Summary
	Seats  *people.Due        // Seats
}

// Key names an item among all: "record:x7f...".
func (i Item) Key() string { return string(i.Kind) + ":" + i.ID }

// mostOfKind is how many of a kind the desk shows: the first that waited. The
// rest comes when those are done.
const mostOfKind = 500

// source says what waits of some kinds.
type source func(context.Context, *Service, hub.Viewer) ([]Item, error)

var sources = []struct {
	kinds []Kind
	from  source
}{
	{[]Kind{Record}, submitted},
	{[]Kind{Reported}, reported},
	{[]Kind{Held}, held},
	{[]Kind{Request}, requests},
	{[]Kind{Nomination}, nominations},
	{[]Kind{Expert}, experts},
	{[]Kind{Question}, questions},
	{[]Kind{Summary}, summaries},
	{[]Kind{Due}, due},
	{[]Kind{Seats}, seats},
}

func submitted(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, err := s.Records.Submitted(ctx, v, mostOfKind)
	for _, r := range all {
		found = append(found, Item{Kind: Record, ID: r.ID, Since: r.Since(), Lang: r.Original, State: r.Mechanism, Record: r})
	}
	return found, err
}

func due(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, err := s.Records.Due(ctx, v, mostOfKind)
	for _, r := range all {
		found = append(found, Item{Kind: Due, ID: r.ID, Since: s.Records.DueSince(r), Lang: r.Original, State: r.Mechanism, Record: r})
	}
	return found, err
}

func reported(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, _, err := s.Talk.Reported(ctx, v, mostOfKind)
	for _, k := range all {
		found = append(found, ofPost(Reported, k, k.Reports[0].Created))
	}
	return found, err
}

func held(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, err := s.Talk.HeldPosts(ctx, v, mostOfKind)
	for _, k := range all {
		found = append(found, ofPost(Held, k, k.Post.Created))
	}
	return found, err
}

// ofPost is a post that waits. From which State it comes is not said: the rule
// of the spaces.
func ofPost(kind Kind, k discuss.Kept, since time.Time) Item {
	return Item{Kind: kind, ID: k.Post.Thread + "-" + strconv.FormatInt(k.Post.Seq, 10), Since: since, Lang: k.Post.Lang, Post: &k}
}

func requests(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, err := s.People.Requests(ctx, v, mostOfKind)
	for _, x := range all {
		found = append(found, Item{Kind: Request, ID: x.ID, Since: x.Created, Lang: x.Lang, State: x.Country, Asks: &x})
	}
	return found, err
}

func nominations(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, err := s.People.Invitations(ctx, v, "", people.StateNominated, mostOfKind)
	for _, x := range all {
		found = append(found, Item{Kind: Nomination, ID: x.ID, Since: x.Created, Lang: x.Lang, State: x.Mechanism, Offer: &x})
	}
	return found, err
}

func experts(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, err := s.People.OfferedExperts(ctx, v)
	for _, x := range all {
		found = append(found, Item{Kind: Expert, ID: x.ID, Since: x.Said, State: x.Country(), Entry: &x})
	}
	return found, err
}

func questions(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, err := s.Talk.Risen(ctx, v, mostOfKind)
	for _, x := range all {
		found = append(found, Item{Kind: Question, ID: x.Thread.ID, Since: x.Thread.Created, Lang: x.Thread.Lang, Thread: &x})
	}
	return found, err
}

func summaries(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, since, err := s.Talk.Overdue(ctx, v, mostOfKind)
	for n, x := range all {
		found = append(found, Item{Kind: Summary, ID: x.Thread.ID, Since: since[n], Lang: x.Thread.Lang, Thread: &x})
	}
	return found, err
}

func seats(ctx context.Context, s *Service, v hub.Viewer) (found []Item, err error) {
	all, err := s.People.Overdue(ctx, v)
	for _, x := range all {
		if x.By.Before(s.Now()) {
			found = append(found, Item{Kind: Seats, ID: string(x.Mechanism), Since: x.By, State: x.Mechanism, Seats: &x})
		}
	}
	return found, err
}

// Whose narrows the list to what somebody, or nobody, has taken.
type Whose string

// The ways to narrow it.
const (
	Everybodys Whose = ""
	Mine       Whose = "mine"
	Nobodys    Whose = "nobody"
)

// Filter narrows the list; the zero value is all of it.
type Filter struct {
	Kinds []Kind
	Lang  hub.Lang
	Whose Whose
	After string // Page.Next of the page before
	Limit int    // 1 or more
}

// Page is a part of what waits, the longest first.
type Page struct {
	Items     []Item
	Next      string             // what to go on with; empty at the end
	Fits      int                // how many fit the filter
	Counts    map[Kind]int       // of all that waits, whatever the filter
	Oldest    map[Kind]time.Time // since when what waits longest does, of each kind that waits
	Langs     []hub.Lang         // in which something waits, sorted
	Elsewhere int                // reports that wait in spaces that the viewer does not read
}

// Waiting is what waits, as far as the viewer may see it. hub.ErrNotFound for
// who has no desk; hub.Invalid with the field "after".
func (s *Service) Waiting(ctx context.Context, v hub.Viewer, f Filter) (Page, error) {
	all, err := s.all(ctx, v, Kinds)
	if err != nil {
		return Page{}, err
	}
	p := Page{Counts: map[Kind]int{}, Oldest: map[Kind]time.Time{}}
	if _, p.Elsewhere, err = s.Talk.Reported(ctx, v, mostOfKind); err != nil {
		return Page{}, err
	}
	var fits []Item
	for _, i := range all {
		if p.Counts[i.Kind]++; p.Counts[i.Kind] == 1 {
			p.Oldest[i.Kind] = i.Since
		}
		if i.Lang != "" && !slices.Contains(p.Langs, i.Lang) {
			p.Langs = append(p.Langs, i.Lang)
		}
		if f.fits(i, v) {
			fits = append(fits, i)
		}
	}
	slices.Sort(p.Langs)
	p.Fits = len(fits)
	return p, p.cut(fits, f)
}

// cut takes the items of one page out of those that fit.
func (p *Page) cut(fits []Item, f Filter) error {
	from := 0
	if f.After != "" {
		at, err := place(f.After)
		if err != nil {
			return err
		}
		for from < len(fits) && order(fits[from], at) <= 0 {
			from++
		}
	}
	p.Items = fits[from:min(from+f.Limit, len(fits))]
	if n := len(p.Items); from+n < len(fits) {
		p.Next = cursor(p.Items[n-1])
	}
	return nil
}

func (f Filter) fits(i Item, v hub.Viewer) bool {
	switch {
	case len(f.Kinds) > 0 && !slices.Contains(f.Kinds, i.Kind), f.Lang != "" && i.Lang != f.Lang:
		return false
	case f.Whose == Mine:
		return i.Taken != nil && i.Taken.By == v.Person
	case f.Whose == Nobodys:
		return i.Taken == nil
	}
	return true
}

// all is everything of some kinds that waits, the longest first.
func (s *Service) all(ctx context.Context, v hub.Viewer, kinds []Kind) ([]Item, error) {
	if err := s.enter(v); err != nil {
		return nil, err
	}
	v, err := s.Talk.Known(ctx, v)
	if err != nil {
		return nil, err
	}
	var all []Item
	for _, x := range sources {
		if !slices.ContainsFunc(x.kinds, func(k Kind) bool { return slices.Contains(kinds, k) }) {
			continue
		}
		found, err := x.from(ctx, s, v)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, order)
	return all, s.fillTaken(ctx, all)
}

// order is that of the list: what waits longest first.
func order(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Since.UnixMicro(), b.Since.UnixMicro()), cmp.Compare(a.Key(), b.Key()))
}

// cursor names the place of an item in the list: where it was, if it is gone.
func cursor(i Item) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(i.Since.UnixMicro(), 10) + " " + i.Key()))
}

// place is an item that stands where a cursor says.
func place(cursor string) (Item, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	since, key, found := strings.Cut(string(raw), " ")
	kind, id, named := strings.Cut(key, ":")
	at, notNumber := strconv.ParseInt(since, 10, 64)
	if err != nil || !found || !named || notNumber != nil {
		return Item{}, &hub.Invalid{Field: "after", Reason: hub.ReasonFormat}
	}
	return Item{Kind: Kind(kind), ID: id, Since: time.UnixMicro(at)}, nil
}

// lost says whether a write was in vain because somebody else was faster.
func lost(err error) bool { return errors.Is(err, hub.ErrNotFound) || errors.Is(err, hub.ErrConflict) }
