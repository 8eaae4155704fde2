package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/store"
)

// Act is what is done with several items at once.
type Act string

// The acts.
const (
	Publish Act = "publish" // records
	Return  Act = "return"  // records, with one reason
	Let     Act = "let"     // held posts through
	Archive Act = "archive" // records nobody confirmed, with a reason
	Ask     Act = "ask"     // the State once more, about such records
	Take    Act = "take"
	Give    Act = "give" // to another moderator
	Back    Act = "back" // hand back, for anybody to take
)

// acts says for which kinds an act is; none: for all.
var acts = map[Act][]Kind{
	Publish: {Record}, Return: {Record}, Let: {Held}, Archive: {Due}, Ask: {Due}, Take: nil, Give: nil, Back: nil,
}

// Undoes says whether an act can be taken back.
func (a Act) Undoes() bool { return a != Ask }

// Reasoned says whether an act asks for a reason.
func (a Act) Reasoned() bool { return a == Return || a == Archive }

// Limits of an act.
const (
	MaxItems  = 100
	MaxReason = 2000 // runes
	UndoFor   = record.UndoFor
)

// Chosen is an item that somebody chose, as they saw it.
type Chosen struct {
	Key string
	Rev int64  // of the record; 0 for others
	By  string // who had taken it; empty: nobody
}

// Order is what is to be done.
type Order struct {
	Once   string // key of the attempt: sent twice it is done once
	Act    Act
	Items  []Chosen
	Reason string
	To     string // to whom to Give
}

// Bulk is what was done with several items at once.
type Bulk struct {
	ID     string    `json:"id"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Act    Act       `json:"act"`
	To     string    `json:"to,omitempty"`
	Items  []Done    `json:"items"`
	Undone time.Time `json:"undone,omitzero"` // when it was taken back
}

// Done is what became of one of them.
type Done struct {
	Key   string `json:"key"`
	Wrong Wrong  `json:"wrong,omitempty"` // why it was not done; empty: it was
	Stays Wrong  `json:"stays,omitempty"` // why it was not taken back
	Post  *Post  `json:"post,omitempty"`  // where a post stands
}

// Post is where a post stands.
type Post struct {
	Space  string `json:"space"`
	Thread string `json:"thread"` // slug
	Seq    int64  `json:"seq"`
}

// Wrong is why something was not done.
type Wrong string

// The reasons.
const (
	Elsewise Wrong = "kind"    // it is of a kind that this is not for
	Faster   Wrong = "changed" // somebody else has changed it, or decided, meanwhile
	Lacks    Wrong = "lacks"   // the record lacks something
	Blind    Wrong = "blind"   // who is to get it may not see it
	Late     Wrong = "late"    // the time to take it back is over
)

func bulkKeys(b Bulk) map[string]store.Value {
	return map[string]store.Value{"at": b.At.UnixMicro()}
}

// Undoable is how many of a bulk can still be taken back.
func (b Bulk) Undoable(now time.Time) (n int) {
	if !b.Act.Undoes() || !b.Undone.IsZero() || now.Sub(b.At) >= UndoFor {
		return 0
	}
	return b.Count()
}

// Count is how many were done.
func (b Bulk) Count() (n int) {
	for _, d := range b.Items {
		if d.Wrong == "" {
			n++
		}
	}
	return n
}

// mark names an attempt at an order: another order is another attempt, whatever
// its key.
func (o Order) mark() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q %q %q", o.Once, o.Act, o.Items, o.Reason, o.To)
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// check is what is wrong with an order; hub.Invalid with the field "item",
// "act", "reason", "to" or "once".
func (s *Service) check(ctx context.Context, v hub.Viewer, o Order) error {
	if err := s.enter(v); err != nil {
		return err
	}
	var errs []error
	if _, known := acts[o.Act]; !known {
		errs = append(errs, &hub.Invalid{Field: "act", Reason: hub.ReasonUnknown})
	}
	switch n := len(o.Items); {
	case n == 0:
		errs = append(errs, &hub.Invalid{Field: "item", Reason: hub.ReasonRequired})
	case n > MaxItems:
		errs = append(errs, &hub.Invalid{Field: "item", Reason: hub.ReasonTooLong, Limit: MaxItems})
	}
	if o.Once == "" || len(o.Once) > 64 || strings.Trim(o.Once, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		errs = append(errs, &hub.Invalid{Field: "once", Reason: hub.ReasonFormat})
	}
	if o.Act.Reasoned() {
		switch {
		case o.Reason == "":
			errs = append(errs, &hub.Invalid{Field: "reason", Reason: hub.ReasonRequired})
		case utf8.RuneCountInString(o.Reason) > MaxReason:
			errs = append(errs, &hub.Invalid{Field: "reason", Reason: hub.ReasonTooLong, Limit: MaxReason})
		}
	}
	if o.Act == Give {
		to, err := s.colleague(ctx, v, o.To)
		if err == nil && !to.SignedIn() {
			err = &hub.Invalid{Field: "to", Reason: hub.ReasonUnknown}
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// colleague is a moderator as the policy sees them; nobody for who is none.
func (s *Service) colleague(ctx context.Context, v hub.Viewer, id string) (hub.Viewer, error) {
	all, err := s.Colleagues(ctx, v)
	if err != nil {
		return hub.Viewer{}, err
	}
	for _, p := range all {
		if p.ID == id {
			to, _, err := s.Members.Viewer(ctx, id)
			return to, err
		}
	}
	return hub.Viewer{}, nil
}

// Do does something with several items, each by itself: what is wrong with one
// keeps none of the others, and each is done whole or not at all. What became of
// each is in the answer. The same attempt again answers as the first one did.
func (s *Service) Do(ctx context.Context, v hub.Viewer, o Order) (Bulk, error) {
	o.Reason = strings.TrimSpace(o.Reason)
	if err := s.check(ctx, v, o); err != nil {
		return Bulk{}, err
	}
	b := Bulk{ID: v.Person + ":" + o.mark(), By: v.Person, At: s.Now(), Act: o.Act, To: o.To}
	byKey, err := s.chosen(ctx, v, o)
	if err != nil {
		return b, err
	}
	for _, c := range o.Items {
		d := Done{Key: c.Key, Wrong: Faster} // until it is done
		if i, there := byKey[c.Key]; there && i.Post != nil {
			d.Post = &Post{i.Post.Thread.Space, i.Post.Thread.Slug, i.Post.Post.Seq}
		}
		b.Items = append(b.Items, d)
	}
	body, err := json.Marshal(b)
	if err != nil {
		return b, err
	}
	if err := s.Store.Insert(ctx, bulks, store.Doc{ID: b.ID, Keys: bulkKeys(b), Body: body}); errors.Is(err, hub.ErrConflict) {
		return s.Bulk(ctx, v, b.ID)
	} else if err != nil {
		return b, err
	}
	for n, c := range o.Items {
		i, there := byKey[c.Key]
		if !there {
			continue
		}
		if b.Items[n].Wrong, err = s.do(ctx, v, b, o, c, i); err != nil {
			return b, err
		}
	}
	return s.keep(ctx, b)
}

// keep notes what became of a bulk, and counts the week anew: who decided sees
// it in the figures.
func (s *Service) keep(ctx context.Context, b Bulk) (Bulk, error) {
	kept, err := store.Change(ctx, s.Store, bulks, b.ID, bulkKeys, func(now *Bulk) error {
		*now = b
		return nil
	})
	if err != nil || b.Act == Take || b.Act == Give || b.Act == Back {
		return kept, err
	}
	name := record.Week(s.Now())
	was, rev, err := store.Load[Week](ctx, s.Store, weeks, name)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		return kept, err
	}
	_, err = s.recount(ctx, name, was, rev)
	return kept, err
}

// chosen are the items of an order that still wait, by their keys.
func (s *Service) chosen(ctx context.Context, v hub.Viewer, o Order) (map[string]Item, error) {
	var kinds []Kind
	for _, c := range o.Items {
		kind, _, _ := strings.Cut(c.Key, ":")
		if k := Kind(kind); slices.Contains(Kinds, k) && !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	all, err := s.all(ctx, v, kinds)
	byKey := map[string]Item{}
	for _, i := range all {
		byKey[i.Key()] = i
	}
	return byKey, err
}

// do does it with one item, and says why not.
func (s *Service) do(ctx context.Context, v hub.Viewer, b Bulk, o Order, c Chosen, i Item) (Wrong, error) {
	if only := acts[o.Act]; only != nil && !slices.Contains(only, i.Kind) {
		return Elsewise, nil
	}
	var err error
	switch o.Act {
	case Publish:
		_, err = s.Records.Publish(ctx, v, i.ID, c.Rev)
	case Return:
		_, err = s.Records.Return(ctx, v, i.ID, c.Rev, o.Reason)
	case Archive:
		_, err = s.Records.Archive(ctx, v, i.ID, c.Rev, o.Reason)
	case Ask:
		_, err = s.Records.AskOnce(ctx, v, i.ID, c.Rev)
	case Let:
		if err = s.Talk.Show(ctx, v, i.Post.Thread.Space, i.Post.Thread.Slug, i.Post.Post.Seq); err == nil {
			err = s.Talk.Settle(ctx, v, i.Post.Thread.Space, i.Post.Thread.Slug, i.Post.Post.Seq, "")
		}
	case Take, Give, Back:
		return s.pass(ctx, v, b, o, c, i)
	}
	return why(err)
}

// pass gives an item to somebody, or to nobody.
func (s *Service) pass(ctx context.Context, v hub.Viewer, b Bulk, o Order, c Chosen, i Item) (Wrong, error) {
	has := ""
	if i.Taken != nil {
		has = i.Taken.By
	}
	if has != c.By {
		return Faster, nil
	}
	to := map[Act]string{Take: v.Person, Give: o.To}[o.Act]
	if o.Act == Give {
		sees, err := s.sees(ctx, v, o.To, i)
		if err != nil || !sees {
			return Blind, err
		}
	}
	return why(s.take(ctx, v, i, to, b.ID))
}

// sees says whether a colleague has an item on their own desk.
func (s *Service) sees(ctx context.Context, v hub.Viewer, to string, i Item) (bool, error) {
	w, err := s.colleague(ctx, v, to)
	if err != nil || i.Post == nil && i.Thread == nil {
		return err == nil, err
	}
	space := ""
	if i.Post != nil {
		space = i.Post.Space.Slug
	} else {
		space = i.Thread.Space.Slug
	}
	_, err = s.Talk.Space(ctx, w, space)
	if errors.Is(err, hub.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// why says in one word why something was not done; what nobody can mend is an
// error.
func why(err error) (Wrong, error) {
	var invalid *hub.Invalid
	switch {
	case err == nil:
		return "", nil
	case errors.As(err, &invalid) && invalid.Field != "status":
		return Lacks, nil
	case invalid != nil, lost(err), errors.Is(err, hub.ErrForbidden):
		return Faster, nil
	}
	return "", err
}

// Bulk is what the viewer did at once. hub.ErrNotFound for what others did.
func (s *Service) Bulk(ctx context.Context, v hub.Viewer, id string) (Bulk, error) {
	if err := s.enter(v); err != nil {
		return Bulk{}, err
	}
	b, _, err := store.Load[Bulk](ctx, s.Store, bulks, id)
	if err == nil && b.By != v.Person {
		return Bulk{}, hub.ErrNotFound
	}
	return b, err
}

// Undo takes back what the viewer did at once, as an act of its own: each item
// by itself, where nobody has done anything with it since. hub.ErrConflict when
// it is too late.
func (s *Service) Undo(ctx context.Context, v hub.Viewer, id string) (Bulk, error) {
	b, err := s.Bulk(ctx, v, id)
	if err != nil || !b.Undone.IsZero() {
		return b, err
	}
	if b.Undoable(s.Now()) == 0 {
		return b, hub.ErrConflict
	}
	for n, d := range b.Items {
		if d.Wrong != "" {
			continue
		}
		if b.Items[n].Stays, err = why(s.undo(ctx, v, b, d)); err != nil {
			return b, err
		}
	}
	b.Undone = s.Now()
	return s.keep(ctx, b)
}

func (s *Service) undo(ctx context.Context, v hub.Viewer, b Bulk, d Done) error {
	_, id, _ := strings.Cut(d.Key, ":")
	switch b.Act {
	case Publish, Return, Archive:
		_, err := s.Records.Undo(ctx, v, id, b.At)
		return err
	case Let:
		if d.Post == nil {
			return hub.ErrConflict
		}
		return s.Talk.HoldAgain(ctx, v, d.Post.Space, d.Post.Thread, d.Post.Seq)
	}
	return s.untake(ctx, v, d.Key, b.ID)
}

// String is a chosen item as a form has it: "record:x7f... 12 person".
func (c Chosen) String() string {
	return c.Key + " " + strconv.FormatInt(c.Rev, 10) + " " + c.By
}

// ParseChosen reads it back. hub.Invalid with the field "item".
func ParseChosen(text string) (Chosen, error) {
	key, rest, found := strings.Cut(text, " ")
	number, by, split := strings.Cut(rest, " ")
	rev, err := strconv.ParseInt(number, 10, 64)
	if !found || !split || err != nil || len(text) > 500 {
		return Chosen{}, &hub.Invalid{Field: "item", Reason: hub.ReasonFormat}
	}
	return Chosen{Key: key, Rev: rev, By: by}, nil
}
