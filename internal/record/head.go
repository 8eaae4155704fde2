package record

import (
	"time"

	"nmirfhub/internal/hub"
)

// Head is what a list shows of a record: its names, when, where, and the tags
// it is found by. Heads are shared: never change one.
type Head struct {
	ID        string
	Kind      hub.Kind
	Slug      string
	Rev       int64
	Tier      hub.Tier
	Mechanism hub.State
	Author    string
	States    []hub.State
	Themes    []string
	Date      string
	Original  hub.Lang
	Texts     []HeadText // the original first
	Tags      []Tag      // as the kind gave them, with themes, States and year
	Cover     string     // attachment whose first page is its picture; empty for none
	Published time.Time
	Updated   time.Time
}

// HeadText is the title and summary in one language.
type HeadText struct {
	Lang        hub.Lang
	Title       string
	Summary     string
	Translation hub.Translation
}

// In returns the words in the wanted language, else in the original one.
func (h *Head) In(l hub.Lang) HeadText {
	for _, t := range h.Texts {
		if t.Lang == l {
			return t
		}
	}
	return h.Texts[0]
}

// Values returns the head's values of a facet, in the order of its tags; nil
// when it has none.
func (h *Head) Values(f Facet) []string {
	var vs []string
	for _, t := range h.Tags {
		if t.Facet == f {
			vs = append(vs, t.Value)
		}
	}
	return vs
}

// Value returns the first value of a facet, or nothing.
func (h *Head) Value(f Facet) string {
	for _, t := range h.Tags {
		if t.Facet == f {
			return t.Value
		}
	}
	return ""
}

// head makes the head of a record. region says to which regional group a
// State belongs; empty for none.
func head(r *hub.Record, k Kind, region func(hub.State) string) *Head {
	h := &Head{
		ID: r.ID, Kind: r.Kind, Slug: r.Slug, Rev: r.Rev, Tier: r.Tier, Mechanism: r.Mechanism, Author: r.Author,
		States: r.States, Themes: r.Themes, Date: r.Date, Original: r.Original, Published: r.Published, Updated: r.Updated,
	}
	if r.Change.Act == hub.ActConfirmed || r.Change.Act == hub.ActAsked {
		h.Updated = r.Published // nothing in it is new
	}
	for _, a := range r.Attachments {
		if a.Cover && !a.Closed && h.Cover == "" {
			h.Cover = a.ID
		}
	}
	original := r.In(r.Original)
	h.Texts = append(h.Texts, HeadText{original.Lang, original.Title, original.Summary, original.Translation})
	for _, v := range r.Versions {
		if v.Lang != original.Lang {
			h.Texts = append(h.Texts, HeadText{v.Lang, v.Title, v.Summary, v.Translation})
		}
	}
	h.Tags = append(h.Tags, k.Tags(r)...)
	for _, t := range r.Themes {
		h.Tags = append(h.Tags, Tag{FacetTheme, t})
	}
	if len(r.Date) >= 4 {
		h.Tags = append(h.Tags, Tag{FacetYear, r.Date[:4]})
	}
	regions := map[string]bool{}
	for _, s := range r.States {
		h.Tags = append(h.Tags, Tag{FacetState, string(s)})
		if g := region(s); g != "" && !regions[g] {
			regions[g] = true
			h.Tags = append(h.Tags, Tag{FacetRegion, g})
		}
	}
	return h
}
