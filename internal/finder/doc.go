package finder

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
	"nmirfhub/internal/search"
	"nmirfhub/internal/vocabulary"
)

// FacetKind is the facet that says of which kind a hit is.
const FacetKind = "kind"

// Doc is what the index is to know of a published record.
func (s *Service) Doc(ctx context.Context, r *hub.Record) (search.Doc, error) {
	h := s.Records.HeadOf(r)
	d := search.Doc{ID: r.ID, Rev: r.Rev, Shelf: search.Shelf(r.Tier), Date: r.Date, Names: s.Records.Names(r), Labels: map[hub.Lang]string{}}
	d.Tags = append(d.Tags, FacetKind+"="+string(r.Kind))
	versions := false
	for _, t := range h.Tags {
		d.Tags = append(d.Tags, string(t.Facet)+"="+t.Value)
		versions = versions || t.Facet == record.FacetLanguage
	}
	for _, v := range r.Versions {
		d.Versions = append(d.Versions, search.Version{Lang: v.Lang, Title: v.Title, Summary: v.Summary, Text: plain(record.Said(v))})
		if !versions { // a publication says itself in which languages it exists
			d.Tags = append(d.Tags, string(record.FacetLanguage)+"="+string(v.Lang))
		}
	}
	for _, l := range hub.Langs {
		if words := s.labels(h, l); words != "" {
			d.Labels[l] = words
		}
	}
	for _, a := range r.Attachments {
		if s.Pages == nil {
			break
		}
		pages, err := s.Pages(ctx, a)
		if err != nil {
			return d, err
		}
		d.Files = append(d.Files, search.File{Lang: cmp.Or(a.Lang, r.Original), Text: a.Name + "\n" + strings.Join(pages, "\n")})
	}
	return d, nil
}

// labels are what the codes of a record are called in a language.
func (s *Service) labels(h *record.Head, l hub.Lang) string {
	var all []string
	for _, t := range h.Tags {
		if t.Facet == record.FacetState {
			all = append(all, s.Vocabulary.StateName(hub.State(t.Value), l))
		} else if list := ListOf(h.Kind, t.Facet); list != "" {
			all = append(all, labelIn(s.Vocabulary, list, t.Value, l))
		}
	}
	return strings.Join(all, "\n")
}

// labelIn is a label in this language and in no other: an English word is no
// Russian label.
func labelIn(v *vocabulary.Set, list, code string, l hub.Lang) string {
	label := v.Label(list, code, l)
	if l != hub.English && label == v.Label(list, code, hub.English) {
		return ""
	}
	return label
}

// ListOf is the vocabulary list that the values of a facet are codes of, by
// kind; empty for facets that hold names, or whose codes say nothing.
func ListOf(k hub.Kind, f record.Facet) string {
	switch f {
	case record.FacetTheme, record.FacetChallenge, record.FacetRegion, record.FacetHost:
		return string(f)
	case record.FacetCapacity:
		if k == hub.Resource {
			return "resource-capacity"
		}
		return "capacity"
	case record.FacetType:
		return string(k) + "-type"
	}
	return ""
}

// links, points and marks are those of Markdown.
var (
	links  = regexp.MustCompile(`\[([^\]\n]*)\]\([^)\n]*\)`)
	points = regexp.MustCompile(`(?m)^([ \t]*)\* `)
	marks  = strings.NewReplacer("---", "", "*", "", "`", "", "|", " ", "### ", "", "## ", "")
)

// plain is a text without the marks of Markdown.
func plain(text string) string {
	return marks.Replace(points.ReplaceAllString(links.ReplaceAllString(text, "$1"), "$1"))
}
