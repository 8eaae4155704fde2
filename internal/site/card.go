package site

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	page "nmirfhub/web/page/discuss"
)

// Limits of the records that a post shows as cards.
const (
	maxCards   = 5
	maxAsked   = 20  // addresses that are looked up
	cardWords  = 180 // runes of what a record says of itself
	beforeLink = " \t\n(<\"'["
)

// recordDoors are the kinds of records, by where their pages stand.
var recordDoors = map[string]hub.Kind{
	"library": hub.Publication, "practices": hub.Practice, "mechanisms": hub.Mechanism, "toolkit": hub.Resource, "systems": hub.System, "events": hub.Event, "networks": hub.Network,
}

// recordAddress is where a record stands, in any language.
var recordAddress = regexp.MustCompile(`(https?://[^\s/<>()"']+)?/(?:ar|en|es|fr|pt|ru|zh)/(library|practices|mechanisms|toolkit|systems|events|networks)/([A-Za-z0-9-]+)`)

// cards are the records that a text leads to, as the reader may see them now:
// who may not read a record gets no card, and of one that was withdrawn those
// who could read it are told so. Nothing of it is kept from one reader to the
// next.
func (r *request) cards(ctx context.Context, text string) (all []page.Card, err error) {
	if !strings.Contains(text, "/") {
		return nil, nil
	}
	seen := map[string]bool{}
	for _, at := range recordAddress.FindAllStringSubmatchIndex(text, -1) {
		kind, slug := recordDoors[text[at[4]:at[5]]], strings.ToLower(text[at[6]:at[7]])
		ours := at[2] < 0 && (at[0] == 0 || strings.ContainsRune(beforeLink, rune(text[at[0]-1]))) || at[2] >= 0 && r.site.ourOrigin(text[at[2]:at[3]])
		if !ours || seen[string(kind)+"/"+slug] {
			continue
		}
		if seen[string(kind)+"/"+slug] = true; len(all) == maxCards || len(seen) > maxAsked {
			break
		}
		c, err := r.card(ctx, kind, slug)
		if err != nil {
			return nil, err
		}
		if c != nil {
			all = append(all, *c)
		}
	}
	return all, nil
}

// card is a record as a card; nil for none that the reader may know of.
func (r *request) card(ctx context.Context, kind hub.Kind, slug string) (*page.Card, error) {
	if found := r.site.Records.Heads(r.viewer, kind, slug); len(found) > 0 {
		h := found[0]
		t := h.In(r.Lang)
		c := &page.Card{Href: finder.Path(r.Lang, h.Kind, h.Slug), Title: t.Title, Kind: r.T("kind." + string(kind)), Summary: shortened(t.Summary, cardWords)}
		c.Lang, c.Dir = langDir(t.Lang)
		if len(h.States) == 1 {
			c.State = r.site.Vocabulary.StateName(h.States[0], r.Lang)
		}
		return c, nil
	}
	_, err := r.site.Records.Find(ctx, r.viewer, kind, slug)
	var gone *hub.Gone
	if errors.As(err, &gone) {
		return &page.Card{Gone: r.T("card.gone", "kind", r.T("kind."+string(kind)), "day", r.Day(gone.At))}, nil
	}
	if errors.Is(err, hub.ErrNotFound) {
		err = nil
	}
	return nil, err
}

// shortened is the beginning of a text, up to a word.
func shortened(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	cut := string(runes[:most])
	if at := strings.LastIndex(cut, " "); at > 0 {
		cut = cut[:at]
	}
	return cut + " …"
}

// cardsKey tells the cards of a post apart as different readers see them.
func cardsKey(all []page.Card) string {
	var b strings.Builder
	for _, c := range all {
		b.WriteString(c.Href + "\x00" + c.Title + "\x00" + c.State + "\x00" + c.Summary + "\x00" + c.Gone + "\x01")
	}
	return b.String()
}
