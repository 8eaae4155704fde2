package record

import (
	"encoding/json"
	"fmt"

	"nmirfhub/internal/hub"
)

// Kind is what a kind of record adds to the envelope. Each feature package
// has one; cmd/hub hands them all to the service.
type Kind struct {
	Name hub.Kind
	// Check says whether body and texts are whole. The error is hub.Invalid
	// with the path of the field: "body.stage", "text.fr.problem".
	Check func(*hub.Record) error
	// Tags says what the record is found by beside its words.
	Tags func(*hub.Record) []Tag
	// Names are the proper names and symbols that it is asked for by, beside
	// its words: authors, publishers, "A/HRC/50/64". May be nil.
	Names func(*hub.Record) []string
	// Without is a body without what it says of other records that its reader
	// may not read: their slugs tell their titles. Nil where there is nothing
	// of that. May be nil for a kind that names none.
	Without func(body json.RawMessage, reads func(hub.Kind, string) bool) json.RawMessage
}

// Tag is a value of a facet: {"capacity", "coordination"}.
type Tag struct {
	Facet Facet
	Value string
}

// Facet is a name by which a list is narrowed, as it stands in addresses.
type Facet string

// The facets of lists.
const (
	FacetType      Facet = "type"      // kind of document, of tool, of event; type of a mechanism
	FacetLanguage  Facet = "language"  // language versions of the thing itself
	FacetYear      Facet = "year"      // four digits
	FacetPublisher Facet = "publisher" // code of the publisher's name
	FacetName      Facet = "name"      // the publisher's name itself: shown, never filtered by
	FacetTheme     Facet = "theme"
	FacetCapacity  Facet = "capacity"
	FacetChallenge Facet = "challenge"
	FacetState     Facet = "state"  // alpha-3, upper case
	FacetRegion    Facet = "region" // code of the UN regional group
	FacetStage     Facet = "stage"
	FacetHost      Facet = "host"
	FacetStatus    Facet = "status"
	FacetCost      Facet = "cost"
	FacetFeature   Facet = "feature"  // what a tool does
	FacetLack      Facet = "lack"     // what its source says that it does not do
	FacetAudience  Facet = "audience" // for whom a resource is
	FacetPractice  Facet = "practice" // slug of a practice that a resource rests on
	FacetAdapts    Facet = "adapts"   // id of the practice that a practice adapts: found by, never shown
)

// Decode reads the body of a record, or the text of one of its versions, into
// the type of its kind. Fields that the type does not know are refused, so
// that nothing written is lost by being read.
func Decode[T any](raw json.RawMessage) (T, error) {
	var v T
	if len(raw) == 0 {
		return v, nil
	}
	err := strictly(raw, &v)
	if err != nil {
		return v, fmt.Errorf("decode %T: %w", v, err)
	}
	return v, nil
}

// Encode writes a body or text. The types of the kinds always encode.
func Encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // a type with a channel or function: a mistake of ours
	}
	return b
}
