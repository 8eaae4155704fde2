package discuss

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/store"
)

// Tier says for whom a space is.
type Tier string

// The tiers of a space.
const (
	Public     Tier = "public"
	Registered Tier = "registered"
	Dialogue   Tier = "dialogue" // with treaty-body experts; members named
	Network    Tier = "network"  // members of mechanisms, under the Chatham House rule
	Closed     Tier = "closed"   // members named; that it exists is for them alone
)

// kinds are the rows of the policy for the tiers.
var kinds = map[Tier]access.Kind{
	Public: access.TalkPublic, Registered: access.TalkRegistered, Dialogue: access.TalkDialogue, Network: access.TalkNetwork, Closed: access.TalkClosed,
}

// Tiers lists them, the widest first.
var Tiers = []Tier{Public, Registered, Dialogue, Network, Closed}

// Named says whether the members of a space of the tier are named one by one.
func (t Tier) Named() bool { return t == Dialogue || t == Closed }

// Open says whether everybody with an account may read a space of the tier.
func (t Tier) Open() bool { return t == Public || t == Registered }

// Kind is what people do in a space.
type Kind string

// The kinds of a space.
const (
	Questions  Kind = "questions"
	Discussion Kind = "discussion"
	Hosted     Kind = "exchange" // a question, a host and a window of time
)

// Kinds lists them.
var Kinds = []Kind{Questions, Discussion, Hosted}

// Limits of a space.
const (
	MaxTitle   = 200  // runes, of a thread too
	MaxPurpose = 500  // runes
	MaxRules   = 4000 // runes
	MaxKeep    = 240  // months
	MaxSpaces  = 500
)

// Space is a room to talk in.
type Space struct {
	Slug      string            `json:"slug"` // names it, and is never changed
	Tier      Tier              `json:"tier"`
	Kind      Kind              `json:"kind"`
	Names     map[hub.Lang]Name `json:"names"`               // at least one
	Anonymous bool              `json:"anonymous,omitempty"` // people may post without their name and State
	Holds     bool              `json:"holds,omitempty"`     // the first post of somebody new waits for a moderator
	Keep      int               `json:"keep,omitempty"`      // months after its last post that a thread is kept; 0 for ever
	Langs     []hub.Lang        `json:"langs,omitempty"`     // in which people mostly write here; none says nothing
	Exchange  *Exchange         `json:"exchange,omitempty"`  // exactly where Kind is Hosted
	Created   time.Time         `json:"created"`
}

// Name is what a space is called in a language, and what it is for.
type Name struct {
	Title   string `json:"title" yaml:"title"`
	Purpose string `json:"purpose" yaml:"purpose"`
	Rules   string `json:"rules,omitempty" yaml:"rules"` // beside those of the network, shown at the door
}

// Exchange is a window of time in which a host asks a question.
type Exchange struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Host     string    `json:"host"` // person
	Question string    `json:"question"`
	Opening  string    `json:"opening,omitempty"` // Markdown, as the next
	Closing  string    `json:"closing,omitempty"`
}

// open says whether people write in the space at a time.
func (x Space) open(at time.Time) bool {
	return x.Exchange == nil || !at.Before(x.Exchange.From) && at.Before(x.Exchange.To)
}

// hosts says whether the viewer is the host of the space.
func (x Space) hosts(v hub.Viewer) bool {
	return x.Exchange != nil && v.Person != "" && x.Exchange.Host == v.Person
}

// In is the name in a language, or in the first of the hub's languages that it
// has one in, and which that is.
func (x Space) In(l hub.Lang) (Name, hub.Lang) {
	for _, l := range append([]hub.Lang{l}, hub.Langs[:]...) {
		if n, ok := x.Names[l]; ok {
			return n, l
		}
	}
	return Name{Title: x.Slug}, hub.English
}

// object is the space, or what somebody wrote there, to the policy.
func (x Space) object(author string) access.Object {
	return access.Object{Kind: kinds[x.Tier], Owner: author, Space: x.Slug}
}

func (x Space) check() error {
	var errs []error
	if err := hub.CheckSlug(x.Slug); err != nil {
		errs = append(errs, err)
	}
	if _, known := kinds[x.Tier]; !known {
		errs = append(errs, &hub.Invalid{Field: "tier", Reason: hub.ReasonUnknown, Value: string(x.Tier)})
	}
	if !slices.Contains(Kinds, x.Kind) {
		errs = append(errs, &hub.Invalid{Field: "kind", Reason: hub.ReasonUnknown, Value: string(x.Kind)})
	}
	if len(x.Names) == 0 {
		errs = append(errs, &hub.Invalid{Field: "title", Reason: hub.ReasonRequired})
	}
	for _, n := range x.Names {
		errs = append(errs, checkText("title", n.Title, MaxTitle), checkText("purpose", n.Purpose, MaxPurpose))
		if n.Rules != "" {
			errs = append(errs, checkText("rules", n.Rules, MaxRules))
		}
	}
	if x.Keep < 0 || x.Keep > MaxKeep {
		errs = append(errs, &hub.Invalid{Field: "keep", Reason: hub.ReasonRange, Limit: MaxKeep})
	}
	for _, l := range x.Langs {
		if _, err := hub.ParseLang(string(l)); err != nil {
			errs = append(errs, err)
		}
	}
	if (x.Kind == Hosted) != (x.Exchange != nil) {
		errs = append(errs, &hub.Invalid{Field: "kind", Reason: hub.ReasonFormat})
	}
	if e := x.Exchange; e != nil {
		errs = append(errs, e.check())
	}
	return errors.Join(errs...)
}

func (e Exchange) check() error {
	_, opening := checkBody("opening", e.Opening, false)
	_, closing := checkBody("closing", e.Closing, false)
	var window error
	if e.From.IsZero() || !e.To.After(e.From) {
		window = &hub.Invalid{Field: "to", Reason: hub.ReasonRange}
	}
	return errors.Join(window, checkText("question", e.Question, MaxPurpose), opening, closing)
}

// Ship adds spaces that come with the hub; those that are there stay as they
// are.
func (s *Service) Ship(ctx context.Context, shipped []Space) error {
	for _, x := range shipped {
		if err := x.check(); err != nil {
			return fmt.Errorf("space %s: %w", x.Slug, err)
		}
		if err := s.add(ctx, x); err != nil && !errors.Is(err, hub.ErrConflict) {
			return fmt.Errorf("space %s: %w", x.Slug, err)
		}
	}
	return nil
}

// noteSpace records what somebody did to a space.
func (s *Service) noteSpace(ctx context.Context, v hub.Viewer, what, slug, reason string) error {
	x, _, err := store.Load[Space](ctx, s.Store, spaces, slug)
	if err != nil {
		return err
	}
	return s.note(ctx, v, what, x.logged(), reason)
}

// logged is what a space is called in the record of acts. Who reads that may
// not know that a space with named members exists: it has a name there that
// tells its acts from those of others, and that nobody can guess.
func (x Space) logged() string {
	if !x.Tier.Named() {
		return "space:" + x.Slug
	}
	sum := sha256.Sum256([]byte(x.Slug + x.Created.Format(time.RFC3339Nano)))
	return "space:~" + hex.EncodeToString(sum[:6])
}

func (s *Service) add(ctx context.Context, x Space) error {
	x.Created = s.Now()
	return s.put(ctx, spaces, x.Slug, spaceKeys(x), x)
}

func spaceKeys(x Space) map[string]store.Value {
	return map[string]store.Value{"created": x.Created.UnixMicro()}
}

// OpenSpace adds a space, with its first members where they are named. For
// those who moderate spaces of the tier; who opens a closed one is its first
// member. hub.Invalid names the field, hub.ErrConflict when there is one of
// that slug.
func (s *Service) OpenSpace(ctx context.Context, v hub.Viewer, x Space) error {
	if !s.Opens(v) {
		return hub.ErrNotFound
	}
	if err := x.check(); err != nil {
		return err
	}
	if err := s.checkHost(ctx, x); err != nil {
		return err
	}
	if err := s.add(ctx, x); err != nil {
		return err
	}
	if x.Tier.Named() {
		if err := s.admit(ctx, x.Slug, v.Person); err != nil {
			return err
		}
	}
	return s.noteSpace(ctx, v, "space.open", x.Slug, "")
}

// checkHost accepts the host of a space: a person of the hub.
func (s *Service) checkHost(ctx context.Context, x Space) error {
	if x.Exchange == nil {
		return nil
	}
	_, err := s.Members.Person(ctx, x.Exchange.Host)
	if errors.Is(err, hub.ErrNotFound) {
		return &hub.Invalid{Field: "host", Reason: hub.ReasonUnknown}
	}
	return err
}

// SetSpace changes how a space is set; its address, tier and beginning stay.
// For who moderates it. hub.Invalid names the field.
func (s *Service) SetSpace(ctx context.Context, v hub.Viewer, slug string, set func(*Space)) error {
	if _, _, err := s.keeper(ctx, v, slug); err != nil {
		return err
	}
	_, err := store.Change(ctx, s.Store, spaces, slug, spaceKeys, func(x *Space) error {
		tier, created := x.Tier, x.Created
		set(x)
		x.Slug, x.Tier, x.Created = slug, tier, created
		return errors.Join(x.check(), s.checkHost(ctx, *x))
	})
	if err != nil {
		return err
	}
	return s.noteSpace(ctx, v, "space.set", slug, "")
}

// Keeps says whether the viewer moderates a space, at least after a fresh
// sign-in.
func (s *Service) Keeps(ctx context.Context, v hub.Viewer, slug string) (Space, error) {
	x, _, err := s.keeper(ctx, v, slug)
	return x, err
}

// Opens says whether the viewer may open spaces.
func (s *Service) Opens(v hub.Viewer) bool {
	return s.Door.May(v, hub.ActModerate, access.Object{Kind: access.TalkNetwork}, s.Now()) == nil
}

// guest is somebody's membership of a space whose members are named.
type guest struct {
	Space  string    `json:"space"`
	Person string    `json:"person"`
	Since  time.Time `json:"since"`
	Left   time.Time `json:"left,omitzero"`
}

func guestID(space, person string) string { return space + "/" + person }

func guestKeys(g guest) map[string]store.Value {
	return map[string]store.Value{"space": g.Space, "person": g.Person}
}

// admit makes somebody a member of a space.
func (s *Service) admit(ctx context.Context, space, person string) error {
	g := guest{Space: space, Person: person, Since: s.Now()}
	err := s.put(ctx, guests, guestID(space, person), guestKeys(g), g)
	if !errors.Is(err, hub.ErrConflict) {
		return err
	}
	_, err = store.Change(ctx, s.Store, guests, guestID(space, person), guestKeys, func(now *guest) error {
		if now.Left.IsZero() {
			return store.ErrSame
		}
		now.Since, now.Left = s.Now(), time.Time{}
		return nil
	})
	return err
}

// Admit makes somebody a member of a space whose members are named. For who
// moderates it.
func (s *Service) Admit(ctx context.Context, v hub.Viewer, space, person string) error {
	x, _, err := s.keeper(ctx, v, space)
	if err != nil {
		return err
	}
	if !x.Tier.Named() {
		return &hub.Invalid{Field: "person", Reason: hub.ReasonUnknown}
	}
	if _, err := s.Members.Person(ctx, person); err != nil {
		return err
	}
	if err := s.admit(ctx, space, person); err != nil {
		return err
	}
	s.hint(topicOf(person), 0, false)
	return s.noteSpace(ctx, v, "space.admit", space, "")
}

// Dismiss ends a membership: for who moderates the space, and for oneself. It
// works from the next request on.
func (s *Service) Dismiss(ctx context.Context, v hub.Viewer, space, person, reason string) error {
	if person != v.Person {
		if _, _, err := s.keeper(ctx, v, space); err != nil {
			return err
		}
	} else if _, _, err := s.enter(ctx, v, hub.ActRead, space); err != nil {
		return err
	}
	_, err := store.Change(ctx, s.Store, guests, guestID(space, person), guestKeys, func(now *guest) error {
		if !now.Left.IsZero() {
			return store.ErrSame
		}
		now.Left = s.Now()
		return nil
	})
	if err != nil {
		return err
	}
	s.hint(topicOf(person), 0, false)
	return s.noteSpace(ctx, v, "space.dismiss", space, reason)
}

// Guests are the persons who are members of a space whose members are named.
func (s *Service) Guests(ctx context.Context, v hub.Viewer, space string) ([]string, error) {
	if _, _, err := s.enter(ctx, v, hub.ActRead, space); err != nil {
		return nil, err
	}
	return s.guestsOf(ctx, space)
}

func (s *Service) guestsOf(ctx context.Context, space string) (people []string, err error) {
	all, err := store.All[guest](ctx, s.Store, guests, store.Query{Index: "space", Equal: [][]store.Value{{space}}})
	for _, g := range all {
		if g.Left.IsZero() {
			people = append(people, g.Person)
		}
	}
	return people, err
}

// Known is the viewer with what they are to each space. A page that asks
// several things asks this first, and it is read once.
func (s *Service) Known(ctx context.Context, v hub.Viewer) (hub.Viewer, error) {
	if !v.SignedIn() || v.Spaces != nil {
		return v, nil
	}
	all, err := store.All[guest](ctx, s.Store, guests, store.Query{Index: "person", Equal: [][]store.Value{{v.Person}}})
	if err != nil {
		return v, err
	}
	opened, err := s.opened(ctx, v)
	if err != nil {
		return v, err
	}
	v.Spaces = func(space string) hub.Relation {
		if slices.Contains(opened, space) {
			return hub.RelBrokenGlass
		}
		for _, g := range all {
			switch {
			case g.Space != space:
			case g.Left.IsZero():
				return hub.RelSpaceMember
			default:
				return hub.RelFormerMember
			}
		}
		return hub.RelStranger
	}
	return v, nil
}

// enter reads a space for an act of the viewer there. hub.ErrNotFound when
// there is none, or none for them to know of.
func (s *Service) enter(ctx context.Context, v hub.Viewer, a hub.Action, slug string) (Space, hub.Viewer, error) {
	v, err := s.Known(ctx, v)
	if err != nil {
		return Space{}, v, err
	}
	x, _, err := store.Load[Space](ctx, s.Store, spaces, slug)
	if err != nil {
		return Space{}, v, err
	}
	if err := s.Door.May(v, a, x.object(""), s.Now()); err != nil {
		return Space{}, v, err
	}
	return x, v, nil
}

// keeper is the same for who moderates the space.
func (s *Service) keeper(ctx context.Context, v hub.Viewer, slug string) (Space, hub.Viewer, error) {
	return s.enter(ctx, v, hub.ActModerate, slug)
}

// Space is one space. hub.ErrNotFound as if there were none for who may not
// read it.
func (s *Service) Space(ctx context.Context, v hub.Viewer, slug string) (Space, error) {
	x, _, err := s.enter(ctx, v, hub.ActRead, slug)
	return x, err
}

// Spaces are the spaces that the viewer may know of, by title in a language.
func (s *Service) Spaces(ctx context.Context, v hub.Viewer, l hub.Lang) ([]Space, error) {
	v, err := s.Known(ctx, v)
	if err != nil {
		return nil, err
	}
	every, err := store.All[Space](ctx, s.Store, spaces, store.Query{Index: "created"})
	if err != nil {
		return nil, err
	}
	mine := slices.DeleteFunc(every, func(x Space) bool { return s.Door.May(v, hub.ActList, x.object(""), s.Now()) != nil })
	slices.SortFunc(mine, func(a, b Space) int {
		x, _ := a.In(l)
		y, _ := b.In(l)
		return cmp.Or(strings.Compare(x.Title, y.Title), strings.Compare(a.Slug, b.Slug))
	})
	return mine, nil
}

// Asks says whether the viewer may begin a thread in the space.
func (s *Service) Asks(ctx context.Context, v hub.Viewer, x Space) (bool, error) {
	v, err := s.Known(ctx, v)
	if err != nil || s.Door.May(v, hub.ActCreate, x.object(""), s.Now()) != nil {
		return false, err
	}
	return x.open(s.Now()) || x.hosts(v) || s.Door.May(v, hub.ActModerate, x.object(""), s.Now()) == nil, nil
}

// MayFollow says whether the viewer may follow the space; what they are to it
// must be known.
func (s *Service) MayFollow(v hub.Viewer, x Space) bool {
	return v.SignedIn() && s.Door.May(v, hub.ActSubscribe, x.object(""), s.Now()) == nil
}
