package site

import (
	"context"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/live"
)

// Here says who has a thread open, in the words of the page.
func (s Posts) Here(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, people []string, count int) (live.Frame, error) {
	g, err := s.glimpse(ctx, topic)
	if err != nil {
		return live.Frame{}, err
	}
	names, named, err := s.Discuss.Here(ctx, v, g, people)
	if err != nil {
		return live.Frame{}, err
	}
	count = max(count, len(names)+1) // the reader is there
	data := map[string]any{"count": count, "text": hereWords(s.Catalogs.In(l), names, named, count)}
	if named {
		data["people"] = names
	}
	return live.Encode(live.Event{Topic: topic, Kind: live.KindPresence, Data: data}), nil
}

// hereWords say who is there: others by name, then the reader, then how many
// besides; or how many there are.
func hereWords(p *i18n.Printer, names []string, named bool, count int) string {
	switch {
	case count == 1:
		return p.T("here.alone")
	case !named:
		return p.N("here.count", count)
	}
	all := append(apart(names), p.T("here.you"))
	if more := count - len(all); more > 0 {
		all = append(all, p.N("here.more", more))
	}
	return p.List(all)
}

// apart are names that keep to themselves in a line of another direction.
func apart(names []string) (all []string) {
	for _, n := range names {
		all = append(all, isolated(n))
	}
	return all
}

// Writing says that persons write. hub.ErrNotFound for who may not know.
func (s Posts) Writing(ctx context.Context, v hub.Viewer, l hub.Lang, topic string, people []string) (live.Frame, error) {
	g, err := s.glimpse(ctx, topic)
	if err != nil {
		return live.Frame{}, err
	}
	names, _, err := s.Discuss.Here(ctx, v, g, people)
	if err == nil && len(names) == 0 {
		err = hub.ErrNotFound
	}
	if err != nil {
		return live.Frame{}, err
	}
	p := s.Catalogs.In(l)
	data := map[string]any{"people": names, "text": p.N("here.writing", len(names), "names", p.List(apart(names)))}
	return live.Encode(live.Event{Topic: topic, Kind: live.KindTyping, Data: data}), nil
}

// Writes says whether others may be told that the viewer writes.
func (s Posts) Writes(ctx context.Context, v hub.Viewer, topic string) (bool, error) {
	g, err := s.glimpse(ctx, topic)
	if err != nil {
		return false, err
	}
	return s.Discuss.Writes(ctx, v, g)
}
