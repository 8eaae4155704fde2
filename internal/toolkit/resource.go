// Package toolkit is what a resource of the toolkit adds to a record: a
// checklist, template or guide that a mechanism can take and adapt.
package toolkit

import (
	"encoding/json"
	"slices"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// Resource is the body of a toolkit entry: facts without a language.
type Resource struct {
	Type      string   `json:"type"`                // code of the vocabulary "resource-type"
	Capacity  string   `json:"capacity"`            // code of the vocabulary "resource-capacity"
	Readiness string   `json:"readiness"`           // ready: usable text; pointer: exists elsewhere; requested: nobody has written it yet
	Audience  []string `json:"audience,omitempty"`  // codes of the vocabulary "audience"
	Practices []string `json:"practices,omitempty"` // slugs of the practices on which it rests
	// ForReview is true where the text goes beyond its source and OHCHR has
	// not looked at it yet.
	ForReview bool `json:"for_review,omitempty"`
}

// Text is a resource in a language.
type Text struct {
	Markdown string `json:"markdown,omitempty"` // headings from level 2
	Note     string `json:"note,omitempty"`     // what goes beyond the source, and what to check
}

// Kind joins resources to the records.
func Kind() record.Kind {
	return record.Kind{Name: hub.Resource, Check: check, Tags: tags, Without: without}
}

// without is a body without the practices that its reader may not read.
func without(body json.RawMessage, reads func(hub.Kind, string) bool) json.RawMessage {
	b, err := record.Decode[Resource](body)
	if err != nil {
		return nil
	}
	all := len(b.Practices)
	b.Practices = slices.DeleteFunc(b.Practices, func(slug string) bool { return !reads(hub.Practice, slug) })
	if len(b.Practices) == all {
		return nil
	}
	return record.Encode(b)
}

func check(r *hub.Record) error {
	b, err := record.Decode[Resource](r.Body)
	if err != nil {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonFormat, Value: err.Error()}
	}
	if b.Type == "" {
		return &hub.Invalid{Field: "body.type", Reason: hub.ReasonRequired}
	}
	switch b.Readiness {
	case "ready", "pointer", "requested":
	default:
		return &hub.Invalid{Field: "body.readiness", Reason: hub.ReasonUnknown, Value: b.Readiness}
	}
	return record.CheckTexts[Text](r)
}

func tags(r *hub.Record) []record.Tag {
	b, err := record.Decode[Resource](r.Body)
	if err != nil {
		return nil
	}
	t := []record.Tag{
		{Facet: record.FacetType, Value: b.Type},
		{Facet: record.FacetCapacity, Value: b.Capacity},
		{Facet: record.FacetStatus, Value: b.Readiness},
	}
	for _, a := range b.Audience {
		t = append(t, record.Tag{Facet: record.FacetAudience, Value: a})
	}
	for _, p := range b.Practices {
		t = append(t, record.Tag{Facet: record.FacetPractice, Value: p})
	}
	for _, v := range r.Versions {
		if len(v.Text) > 0 {
			t = append(t, record.Tag{Facet: record.FacetLanguage, Value: string(v.Lang)})
		}
	}
	return t
}
