// Package practice is what a practice adds to a record: what a mechanism did
// about a difficulty, with what result, and what another State would need.
package practice

import (
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// Practice is the body of a practice: facts without a language. The year in
// which it began is the record's Date; its States are the record's.
type Practice struct {
	Capacity     string      `json:"capacity"`                // the first of the four capacities it serves (HR/PUB/16/1)
	CapacityAlso []string    `json:"capacity_also,omitempty"` // further ones
	Challenges   []string    `json:"challenges,omitempty"`    // difficulties it answers, codes of the vocabulary "challenge"
	Stage        string      `json:"stage"`                   // code of the vocabulary "stage"
	Evidence     string      `json:"evidence"`                // code of the vocabulary "evidence"
	Organisation string      `json:"organisation,omitempty"`  // who runs it, where no State does
	AlsoIn       []hub.State `json:"also_in,omitempty"`       // States in which the like was seen
	Worked       string      `json:"worked,omitempty"`        // of an adaptation, code of the vocabulary "worked"
}

// Text is what a practice says in a language. Empty parts were not described.
type Text struct {
	Problem    string   `json:"problem,omitempty"`
	Done       string   `json:"done,omitempty"`
	Actors     []string `json:"actors,omitempty"`
	Results    string   `json:"results,omitempty"`
	Challenges string   `json:"challenges,omitempty"` // what was hard
	Lessons    []string `json:"lessons,omitempty"`
	Changed    string   `json:"changed,omitempty"`    // of an adaptation: what is done in another way
	WorkedHow  string   `json:"worked_how,omitempty"` // of an adaptation: how it is known whether it worked
}

// Kind joins practices to the records.
func Kind() record.Kind {
	return record.Kind{Name: hub.Practice, Check: check, Tags: tags}
}

func check(r *hub.Record) error {
	p, err := record.Decode[Practice](r.Body)
	if err != nil {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonFormat, Value: err.Error()}
	}
	for field, v := range map[string]string{"body.capacity": p.Capacity, "body.stage": p.Stage, "body.evidence": p.Evidence} {
		if v == "" {
			return &hub.Invalid{Field: field, Reason: hub.ReasonRequired}
		}
	}
	return record.CheckTexts[Text](r)
}

func tags(r *hub.Record) []record.Tag {
	p, err := record.Decode[Practice](r.Body)
	if err != nil {
		return nil
	}
	t := []record.Tag{
		{Facet: record.FacetCapacity, Value: p.Capacity},
		{Facet: record.FacetStage, Value: p.Stage},
	}
	for _, c := range p.CapacityAlso {
		t = append(t, record.Tag{Facet: record.FacetCapacity, Value: c})
	}
	for _, c := range p.Challenges {
		t = append(t, record.Tag{Facet: record.FacetChallenge, Value: c})
	}
	if r.Adapts != "" {
		t = append(t, record.Tag{Facet: record.FacetAdapts, Value: r.Adapts})
	}
	return t
}
