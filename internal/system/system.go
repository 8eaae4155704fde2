// Package system is what a digital tracking tool adds to a record.
package system

import (
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// System is the body of a digital tool: facts without a language.
type System struct {
	Type              string   `json:"type"` // code of the vocabulary "system-type"
	Acronym           string   `json:"acronym,omitempty"`
	URL               string   `json:"url,omitempty"`
	Cost              string   `json:"cost"`               // code of the vocabulary "cost"
	Stage             string   `json:"stage"`              // established, planned or replaced
	Since             string   `json:"since,omitempty"`    // year
	UsedBy            []string `json:"used_by,omitempty"`  // alpha-3 of States, or names
	BuiltOn           string   `json:"built_on,omitempty"` // slug of the system it is built on
	UsersInstitutions int      `json:"users_institutions,omitempty"`
	UsersPeople       int      `json:"users_people,omitempty"`
	UsersStates       int      `json:"users_states,omitempty"`
	// Features says what the tool can do: true or false as its source says,
	// absent where the source is silent. Keys are codes of the vocabulary
	// "feature".
	Features map[string]bool `json:"features,omitempty"`
}

// Text is what a system says in a language.
type Text struct {
	Owner        string   `json:"owner,omitempty"`
	AccessPoints []string `json:"access_points,omitempty"` // who works in it
	Languages    []string `json:"languages,omitempty"`
	UsersNote    string   `json:"users_note,omitempty"`
	Limits       []string `json:"limits,omitempty"`
	Planned      []string `json:"planned,omitempty"`
	Filters      []string `json:"filters,omitempty"`
	Contents     []string `json:"contents,omitempty"`
}

// Kind joins systems to the records.
func Kind() record.Kind {
	return record.Kind{Name: hub.System, Check: check, Tags: tags, Names: names}
}

func check(r *hub.Record) error {
	s, err := record.Decode[System](r.Body)
	if err != nil {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonFormat, Value: err.Error()}
	}
	if s.Type == "" {
		return &hub.Invalid{Field: "body.type", Reason: hub.ReasonRequired}
	}
	if err := record.CheckURL(s.URL, "body.url"); err != nil {
		return err
	}
	return record.CheckTexts[Text](r)
}

func tags(r *hub.Record) []record.Tag {
	s, err := record.Decode[System](r.Body)
	if err != nil {
		return nil
	}
	t := []record.Tag{
		{Facet: record.FacetType, Value: s.Type},
		{Facet: record.FacetCost, Value: s.Cost},
		{Facet: record.FacetStage, Value: s.Stage},
	}
	for code, has := range s.Features {
		facet := record.FacetLack
		if has {
			facet = record.FacetFeature
		}
		t = append(t, record.Tag{Facet: facet, Value: code})
	}
	return t
}

func names(r *hub.Record) []string {
	s, err := record.Decode[System](r.Body)
	if err != nil {
		return nil
	}
	return []string{s.Acronym}
}
