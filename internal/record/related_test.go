package record

import (
	"fmt"
	"slices"
	"testing"

	"nmirfhub/internal/hub"
)

// like is a practice with a title and tags.
func like(id string, tier hub.Tier, title string, tags ...Tag) *Head {
	return &Head{ID: id, Kind: hub.Practice, Slug: id, Rev: 1, Tier: tier, Date: "2020", Original: hub.English, Texts: []HeadText{{Lang: hub.English, Title: title}}, Tags: tags}
}

func related(c *Catalogue, tiers []hub.Tier, id string) []string {
	return ids(c.related(tiers, &hub.Record{ID: id, Kind: hub.Practice}, 5))
}

// TestRelated: what shares a difficulty comes before what shares a capacity,
// and rare words join what no facet does.
func TestRelated(t *testing.T) {
	silos, memory, coordination := Tag{FacetChallenge, "silos"}, Tag{FacetChallenge, "memory"}, Tag{FacetCapacity, "coordination"}
	c := NewCatalogue(code)
	c.put([]*Head{
		like("asked", hub.TierPublic, "A calendar of deadlines for ministries", silos, coordination),
		like("capacity", hub.TierPublic, "Something else", coordination),
		like("difficulty", hub.TierPublic, "Nothing alike", silos),
		like("words", hub.TierPublic, "Deadlines in one calendar", memory),
		like("nothing", hub.TierPublic, "A training for officials", memory),
		like("closed", hub.TierNetwork, "A calendar of deadlines for ministries", silos, coordination),
	}, nil)
	for _, x := range []struct {
		name, of string
		tiers    []hub.Tier
		want     []string
	}{
		{"Public", "asked", public, []string{"difficulty", "words", "capacity"}},
		{"Network", "asked", []hub.Tier{hub.TierPublic, hub.TierNetwork}, []string{"closed", "difficulty", "words", "capacity"}},
		{"Unknown", "missing", public, nil},
	} {
		if got := related(c, x.tiers, x.of); !slices.Equal(got, x.want) {
			t.Errorf("%s: got %v, want %v", x.name, got, x.want)
		}
	}
}

// TestRelatedKnowsNothingClosed: closed records that say the same words and
// bear the same tags change neither choice nor order for the public.
func TestRelatedKnowsNothingClosed(t *testing.T) {
	heads := func(closed int) *Catalogue {
		c := NewCatalogue(code)
		var all []*Head
		for i := range 60 {
			all = append(all, like(fmt.Sprintf("open%02d", i), hub.TierPublic, fmt.Sprintf("Title w%d w%d w%d", i%7, i%11, i%13),
				Tag{FacetChallenge, fmt.Sprint(i % 5)}, Tag{FacetCapacity, fmt.Sprint(i % 3)}))
		}
		for i := range closed {
			all = append(all, like(fmt.Sprintf("closed%03d", i), hub.TierNetwork, "Title w1 w2 w3 w4 w5", Tag{FacetChallenge, "1"}, Tag{FacetChallenge, "2"}, Tag{FacetCapacity, "1"}))
		}
		c.put(all, nil)
		return c
	}
	without, with := heads(0), heads(300)
	for i := range 60 {
		id := fmt.Sprintf("open%02d", i)
		got, want := related(with, public, id), related(without, public, id)
		if !slices.Equal(got, want) || len(want) != 5 {
			t.Errorf("%s: with closed records %v, without %v", id, got, want)
		}
	}
}

// BenchmarkRelated is what a page pays among 20,000 practices.
func BenchmarkRelated(b *testing.B) {
	c := NewCatalogue(code)
	var all []*Head
	for i := range 20000 {
		all = append(all, like(fmt.Sprintf("id%05d", i), hub.TierPublic, fmt.Sprintf("The title of practice %d about thing%d and matter%d with office%d", i, i%97, i%1009, i%311),
			Tag{FacetChallenge, fmt.Sprint(i % 22)}, Tag{FacetChallenge, fmt.Sprint(i % 19)}, Tag{FacetCapacity, fmt.Sprint(i % 4)}, Tag{FacetTheme, fmt.Sprint(i % 40)}))
	}
	c.put(all, nil)
	related(c, public, "id00000")
	b.ResetTimer()
	for i := range b.N {
		related(c, public, all[i*7919%len(all)].ID)
	}
}
