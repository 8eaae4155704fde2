package discuss_test

import (
	"errors"
	"slices"
	"testing"

	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
)

// TestHere: who is at a thread is named only where members are among
// themselves and everybody writes with their name, and only to them.
func TestHere(t *testing.T) {
	r := newRoom(t)
	name := map[hub.Lang]discuss.Name{hub.English: {Title: "Space", Purpose: "To talk."}}
	if err := r.Ship(t.Context(), []discuss.Space{{Slug: "named", Tier: discuss.Network, Kind: discuss.Questions, Names: name}}); err != nil {
		t.Fatal(err)
	}
	keeper := somebody("keeper", hub.RoleModerator)
	for _, x := range []discuss.Space{{Slug: "peers", Tier: discuss.Closed}, {Slug: "masked", Tier: discuss.Closed, Anonymous: true}, {Slug: "experts", Tier: discuss.Dialogue}} {
		x.Kind, x.Names = discuss.Discussion, name
		if err := r.OpenSpace(t.Context(), keeper, x); err != nil {
			t.Fatal(err)
		}
		if x.Slug == "peers" || x.Slug == "masked" {
			keeper.Fresh = r.now().Add(1e12)
		}
		for _, id := range []string{"ana", "expert"} {
			if err := r.Admit(t.Context(), keeper, x.Slug, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	expert, outsider, stakeholder := somebody("expert", hub.RoleTBExpert), somebody("out", hub.RoleMember), somebody("s", hub.RoleStakeholder)
	const none, counts, names = "absent", "counts", "names"
	for space, want := range map[string]map[*hub.Viewer]string{
		"public":     {&ana: counts, &moderator: counts, &stakeholder: counts, &hub.Public: counts},
		"registered": {&ana: counts, &moderator: counts, &stakeholder: counts, &hub.Public: none},
		"network":    {&ana: counts, &moderator: counts, &stakeholder: none, &expert: none}, // one may write there without a name
		"named":      {&ana: names, &outsider: names, &moderator: names, &stakeholder: none, &expert: none, &hub.Public: none},
		"peers":      {&ana: names, &expert: names, &outsider: none, &moderator: none, &stakeholder: none},
		"masked":     {&ana: counts, &expert: counts, &outsider: none},
		"experts":    {&ana: names, &expert: names, &moderator: names, &outsider: none, &stakeholder: none},
	} {
		x := r.start(t, ana, space, "Thread of "+space)
		g, err := r.Glimpse(t.Context(), x.ID)
		if err != nil {
			t.Fatal(err)
		}
		for v, want := range want {
			people, named, err := r.Here(t.Context(), *v, g, []string{"ana", "gone", "sam"})
			got := none
			switch {
			case err == nil && named:
				got = names
			case err == nil:
				got = counts
			case !errors.Is(err, hub.ErrNotFound):
				t.Fatal(err)
			}
			if got != want || named != (len(people) > 0) {
				t.Errorf("%s %s of %s: %s %q, want %s", v.Role, v.Person, space, got, people, want)
			}
			if named && slices.Contains(people, "ana") && v.Person == "ana" {
				t.Error("the reader is among the others")
			}
			writes, err := r.Writes(t.Context(), *v, g)
			if writes != (want == names) || (err != nil) != (want == none) {
				t.Errorf("%s %s is told of as writing in %s: %v, %v", v.Role, v.Person, space, writes, err)
			}
			unseen := *v
			if unseen.Unseen = true; want == names {
				if writes, _ := r.Writes(t.Context(), unseen, g); writes {
					t.Error("who is not to be seen is told of")
				}
			}
		}
	}
}
