package contribute

import (
	"context"
	"encoding/json"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// Adapts says whether the viewer may describe how their mechanism adapted a
// practice: one that is published and is another's.
func (s *Service) Adapts(v hub.Viewer, from *hub.Record) bool {
	return from.Kind == hub.Practice && from.Status == hub.StatusPublished && v.Mechanism != "" && s.Records.Writes(v) &&
		from.Mechanism != v.Mechanism && !slices.Contains(from.States, v.Mechanism)
}

// carried are the facts of a practice that one made of it begins with.
var carried = []string{"capacity", "capacity_also", "challenges"}

// Adapt makes a draft, with a title in a language, of how the viewer's
// mechanism adapted a practice that they read. It begins with the difficulties
// and capacities of that one, and for the same readers. hub.ErrNotFound for who
// may not; hub.Invalid with the field "title".
func (s *Service) Adapt(ctx context.Context, v hub.Viewer, practice string, l hub.Lang, title string) (*hub.Record, error) {
	from, err := s.Records.Load(ctx, v, practice)
	if err != nil {
		return nil, err
	}
	if !s.Adapts(v, from) {
		return nil, hub.ErrNotFound
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(from.Body, &all); err != nil {
		return nil, err
	}
	for field := range all {
		if !slices.Contains(carried, field) {
			delete(all, field)
		}
	}
	return s.begin(ctx, v, l, title, hub.Record{
		Kind: hub.Practice, Tier: from.Tier, Adapts: from.ID, Themes: from.Themes, Body: record.Encode(all),
	})
}
