package discuss

import (
	"context"
	"strings"

	"nmirfhub/internal/access"
	"nmirfhub/internal/hub"
)

// MaxNamed is how many of those who are at a thread are named.
const MaxNamed = 12

// namesHere says whether it is told by name in a space who has a thread open
// and who writes. That is for spaces where members are among themselves, and
// see each other: elsewhere people may read without being watched, and who
// writes is named once they have said something. Where people may write
// without their name nobody is named, since who was there at the time would
// give away who wrote.
func (s *Service) namesHere(v hub.Viewer, x Space) bool {
	switch {
	case x.Anonymous || x.Tier.Open():
		return false
	case x.Tier == Network:
		return true // who reads it is a member of it
	}
	return s.Door.May(v, hub.ActRead, access.Object{Kind: access.PersonName, Space: x.Slug}, s.Now()) == nil
}

// Here are the first names of persons who have a thread open or write in it, as
// far as the viewer may know them, without the viewer, at most MaxNamed; named
// is false where nobody is. hub.ErrNotFound for who may not read the thread.
func (s *Service) Here(ctx context.Context, v hub.Viewer, g *Glimpse, people []string) (names []string, named bool, err error) {
	if v, err = s.reads(ctx, v, g); err != nil || !s.namesHere(v, g.Space) {
		return nil, false, err
	}
	for _, p := range people {
		if p == v.Person || len(names) == MaxNamed {
			continue
		}
		a, err := s.author(ctx, p, false)
		if err != nil {
			return nil, false, err
		}
		if name := firstName(a.Name); name != "" {
			names = append(names, name)
		}
	}
	return names, true, nil
}

// Writes says whether others are told that the viewer writes in a thread.
func (s *Service) Writes(ctx context.Context, v hub.Viewer, g *Glimpse) (bool, error) {
	v, err := s.reads(ctx, v, g)
	if err != nil || v.Unseen || !s.namesHere(v, g.Space) {
		return false, err
	}
	may, err := s.Rights(ctx, v, g.Space, g.Thread)
	return may.Write, err
}

// reads is the viewer, who may read what a glimpse is of.
func (s *Service) reads(ctx context.Context, v hub.Viewer, g *Glimpse) (hub.Viewer, error) {
	v, err := s.Known(ctx, v)
	if err != nil {
		return v, err
	}
	if err := s.Door.May(v, hub.ActRead, g.Space.object(""), s.Now()); err != nil {
		return v, err
	}
	if !s.shows(v, g.Space, g.Thread) {
		return v, hub.ErrNotFound
	}
	return v, nil
}

// maxFirst is the greatest length of a first name in runes.
const maxFirst = 24

// firstName is the first word of a name that is no title.
func firstName(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		if i+1 < len(words) && (strings.HasSuffix(w, ".") || titles[strings.ToLower(w)]) {
			continue
		}
		if r := []rune(w); len(r) > maxFirst {
			w = string(r[:maxFirst]) + "…"
		}
		return w
	}
	return ""
}

var titles = map[string]bool{"dr": true, "mr": true, "mrs": true, "ms": true, "prof": true, "m": true, "mme": true, "mlle": true, "me": true, "sr": true, "sra": true, "د": true, "السيد": true, "السيدة": true}
