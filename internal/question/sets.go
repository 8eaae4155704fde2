package question

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/vocabulary"
)

// Standing is who is asked a version of the questions.
type Standing string

// The standings of a version.
const (
	Dormant Standing = "dormant" // nobody; that of a later version which nobody has opened, unless it is shipped open
	Test    Standing = "test"    // some mechanisms
	Open    Standing = "open"    // everybody; that of the first version of a kind, and of one that is shipped open
	Dropped Standing = "dropped" // nobody any more, save records that answer it already
)

// Stands is the standing of a version, with the mechanisms that test it.
type Stands struct {
	Standing   Standing
	Mechanisms []hub.State
}

// asks says whether a mechanism is asked the version; none for who has none.
func (s Stands) asks(m hub.State) bool {
	return s.Standing == Open || s.Standing == Test && m != "" && slices.Contains(s.Mechanisms, m)
}

// Sets are all questionnaires, and who is asked which. Safe for concurrent
// use.
type Sets struct {
	Advisor Advisor // on answers to their questions
	shipped map[hub.Kind][]*Set
	now     atomic.Pointer[shelf]
}

// shelf is what there is at a time. It never changes.
type shelf struct {
	of     map[hub.Kind][]*Set // by version
	stands map[string]Stands   // by the name of the set; none: as nature has it
}

func newSets(of map[hub.Kind][]*Set, words *vocabulary.Set) *Sets {
	for _, all := range of {
		slices.SortFunc(all, func(a, b *Set) int { return cmp.Compare(a.Version, b.Version) })
	}
	s := &Sets{Advisor: NewAdvisor(words), shipped: of}
	s.now.Store(&shelf{of: of})
	return s
}

// Stand says who is asked the versions from now on, by their names. A version
// that is not named stands as it was made: the first open, later ones dormant unless
// they are shipped open.
// One call at a time, of this and of Learn.
func (s *Sets) Stand(stands map[string]Stands) {
	s.now.Store(&shelf{s.now.Load().of, stands})
}

// Learn says which versions there are from now on besides those shipped. One
// that was brought stands in the place of one shipped with its number: records
// may answer it.
func (s *Sets) Learn(brought []*Set) {
	of := map[hub.Kind][]*Set{}
	for k, all := range s.shipped {
		of[k] = slices.Clone(all)
	}
	for _, x := range brought {
		of[x.Kind] = slices.DeleteFunc(of[x.Kind], func(old *Set) bool { return old.Version == x.Version })
		of[x.Kind] = append(of[x.Kind], x)
	}
	for _, all := range of {
		slices.SortFunc(all, func(a, b *Set) int { return cmp.Compare(a.Version, b.Version) })
	}
	s.now.Store(&shelf{of, s.now.Load().stands})
}

// Standing is that of a version.
func (s *Sets) Standing(x *Set) Stands { return s.now.Load().standing(x) }

func (h *shelf) standing(x *Set) Stands {
	if stands, there := h.stands[x.Name()]; there {
		return stands
	}
	if h.of[x.Kind][0] == x || x.Open {
		return Stands{Standing: Open}
	}
	return Stands{Standing: Dormant}
}

// Versions are all of a kind, the oldest first. The slice is shared.
func (s *Sets) Versions(k hub.Kind) []*Set { return s.now.Load().of[k] }

// Latest is the newest set of a kind that everybody is asked; nil where
// nothing is asked.
func (s *Sets) Latest(k hub.Kind) *Set { return s.For(k, "") }

// For is the set that a mechanism is asked for a new record of a kind: the
// newest that is open, or that it tests. Nil where nothing is asked.
func (s *Sets) For(k hub.Kind, m hub.State) *Set {
	h := s.now.Load()
	for _, x := range slices.Backward(h.of[k]) {
		if h.standing(x).asks(m) {
			return x
		}
	}
	return nil
}

// Named is the set of a name: "practice/1", whoever is asked it. Nil for none.
func (s *Sets) Named(name string) *Set {
	kind, _, _ := strings.Cut(name, "/")
	for _, x := range s.now.Load().of[hub.Kind(kind)] {
		if x.Name() == name {
			return x
		}
	}
	return nil
}
