package hub

// Kind says what a record is. The eight kinds share one envelope (Record) and
// one lifecycle; each adds a body of its own.
type Kind string

// The kinds of records, as they stand in addresses of the API.
const (
	Publication Kind = "publication"
	Practice    Kind = "practice"
	Mechanism   Kind = "mechanism"
	Expert      Kind = "expert"
	Resource    Kind = "resource"
	System      Kind = "system"
	Event       Kind = "event"
	Network     Kind = "network"
)

// Kinds lists every kind of record in the order in which pages show them.
var Kinds = [...]Kind{Publication, Practice, Mechanism, Expert, Resource, System, Event, Network}

// ParseKind returns the kind named s, or ErrInvalid naming the field "kind".
func ParseKind(s string) (Kind, error) {
	for _, k := range Kinds {
		if string(k) == s {
			return k, nil
		}
	}
	return "", &Invalid{Field: "kind", Reason: ReasonUnknown, Value: s}
}
