// Package library is what a publication adds to a record: what a citation
// needs, and by what a reader looks for it.
package library

import (
	"strconv"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// Publication is the body of a publication: facts without a language. The
// year of issue is the record's Date; the abstract is each version's Summary.
type Publication struct {
	Type         string   `json:"type"`                // document kind, code of the vocabulary "publication-type"
	Availability string   `json:"availability"`        // published, forthcoming or internal
	Authors      []Author `json:"authors,omitempty"`   // in the order of the title page
	Publisher    []string `json:"publisher,omitempty"` // organisations that issued it
	Place        string   `json:"place,omitempty"`     // of publication
	Symbol       string   `json:"symbol,omitempty"`    // UN document symbol: "A/HRC/50/64"
	ISBN         string   `json:"isbn,omitempty"`
	DOI          string   `json:"doi,omitempty"`
	Container    string   `json:"container,omitempty"` // journal, book or site that holds it
	Volume       string   `json:"volume,omitempty"`
	Number       string   `json:"number,omitempty"` // issue of a journal, number of a report that is no UN symbol
	Pages        string   `json:"pages,omitempty"`
	// DescriptiveTitle is true where no title of its own was seen and the
	// title says what the thing is.
	DescriptiveTitle bool    `json:"descriptive_title,omitempty"`
	Licence          string  `json:"licence,omitempty"` // what is known of it, in English
	Issues           []Issue `json:"issues,omitempty"`  // the languages in which the publication itself exists
}

// Author is a person or, with Literal, an organisation.
type Author struct {
	Family  string `json:"family,omitempty"`
	Given   string `json:"given,omitempty"`
	Literal string `json:"literal,omitempty"`
}

// Issue is the publication in one language.
type Issue struct {
	Lang  hub.Lang `json:"lang"`            // any BCP 47 language, also those the interface lacks
	Title string   `json:"title,omitempty"` // as printed, where it was seen
	URL   string   `json:"url,omitempty"`
}

// Kind joins publications to the records.
func Kind() record.Kind {
	return record.Kind{Name: hub.Publication, Check: check, Tags: tags, Names: names}
}

func check(r *hub.Record) error {
	p, err := record.Decode[Publication](r.Body)
	if err != nil {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonFormat, Value: err.Error()}
	}
	if p.Type == "" {
		return &hub.Invalid{Field: "body.type", Reason: hub.ReasonRequired}
	}
	switch p.Availability {
	case "published", "forthcoming", "internal":
	default:
		return &hub.Invalid{Field: "body.availability", Reason: hub.ReasonUnknown, Value: p.Availability}
	}
	for i, u := range p.Issues {
		if err := record.CheckURL(u.URL, "body.issues."+strconv.Itoa(i)+".url"); err != nil {
			return err
		}
	}
	return nil
}

func tags(r *hub.Record) []record.Tag {
	p, err := record.Decode[Publication](r.Body)
	if err != nil {
		return nil // check has refused it; a damaged body is found by no facet
	}
	t := []record.Tag{{Facet: record.FacetType, Value: p.Type}, {Facet: record.FacetStatus, Value: p.Availability}}
	for _, name := range p.Publisher {
		t = append(t, record.Tag{Facet: record.FacetPublisher, Value: PublisherCode(name)}, record.Tag{Facet: record.FacetName, Value: name})
	}
	for _, i := range p.Issues {
		t = append(t, record.Tag{Facet: record.FacetLanguage, Value: string(i.Lang)})
	}
	return t
}

func names(r *hub.Record) []string {
	p, err := record.Decode[Publication](r.Body)
	if err != nil {
		return nil
	}
	all := append([]string{p.Symbol, p.ISBN, p.DOI, p.Container, p.Number}, p.Publisher...)
	for _, a := range p.Authors {
		all = append(all, strings.TrimSpace(a.Given+" "+a.Family), a.Literal)
	}
	for _, i := range p.Issues {
		all = append(all, i.Title)
	}
	return all
}

// PublisherCode is the code of a publisher's name in addresses: lower-case
// letters and digits, everything else one hyphen.
func PublisherCode(name string) string {
	var b strings.Builder
	gap := false
	for _, c := range strings.ToLower(name) {
		if letterOrDigit := 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c > 127; !letterOrDigit {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(c)
	}
	return b.String()
}
