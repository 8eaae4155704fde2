// Package event is what an event adds to a record. Its first day is the
// record's Date; where it was held, a State of the record's.
package event

import (
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// Event is the body of an event: facts without a language.
type Event struct {
	Type     string      `json:"type"`               // code of the vocabulary "event-type"
	End      string      `json:"end,omitempty"`      // last day; empty for one day or when unknown
	Host     hub.State   `json:"host,omitempty"`     // State in which it was held
	Attended int         `json:"attended,omitempty"` // number of States that took part; 0 when not described
	TookPart []hub.State `json:"took_part,omitempty"`
	Outcomes []string    `json:"outcomes,omitempty"` // slugs of publications
}

// Text is what an event says in a language.
type Text struct {
	Place      string   `json:"place,omitempty"`
	Organisers []string `json:"organisers,omitempty"`
}

// Kind joins events to the records.
func Kind() record.Kind {
	return record.Kind{Name: hub.Event, Check: check, Tags: tags}
}

func check(r *hub.Record) error {
	e, err := record.Decode[Event](r.Body)
	if err != nil {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonFormat, Value: err.Error()}
	}
	if e.Type == "" {
		return &hub.Invalid{Field: "body.type", Reason: hub.ReasonRequired}
	}
	if err := record.CheckDate(e.End, "body.end"); err != nil {
		return err
	}
	return record.CheckTexts[Text](r)
}

func tags(r *hub.Record) []record.Tag {
	e, err := record.Decode[Event](r.Body)
	if err != nil {
		return nil
	}
	return []record.Tag{{Facet: record.FacetType, Value: e.Type}}
}
