// Package network is what a network of mechanisms or States adds to a record.
package network

import (
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// Network is the body of a network: facts without a language.
type Network struct {
	Status  string      `json:"status"`            // active, planned or proposed
	Since   string      `json:"since,omitempty"`   // year
	Members int         `json:"members,omitempty"` // 0 when not described
	Named   []hub.State `json:"named,omitempty"`   // member States that the source names
}

// Text is what a network says in a language.
type Text struct {
	Form        string   `json:"form,omitempty"` // what kind of network it is
	Founders    []string `json:"founders,omitempty"`
	MembersUnit string   `json:"members_unit,omitempty"` // what the number counts
	Others      []string `json:"others,omitempty"`       // members that are no States
	Rhythm      string   `json:"rhythm,omitempty"`
	Secretariat string   `json:"secretariat,omitempty"`
	Instruments []string `json:"instruments,omitempty"`
	Strengths   []string `json:"strengths,omitempty"`
	Limits      []string `json:"limits,omitempty"`
	Lessons     []string `json:"lessons,omitempty"`
}

// Kind joins networks to the records.
func Kind() record.Kind {
	return record.Kind{Name: hub.Network, Check: check, Tags: tags}
}

func check(r *hub.Record) error {
	n, err := record.Decode[Network](r.Body)
	if err != nil {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonFormat, Value: err.Error()}
	}
	switch n.Status {
	case "active", "planned", "proposed":
	default:
		return &hub.Invalid{Field: "body.status", Reason: hub.ReasonUnknown, Value: n.Status}
	}
	return record.CheckTexts[Text](r)
}

func tags(r *hub.Record) []record.Tag {
	n, err := record.Decode[Network](r.Body)
	if err != nil {
		return nil
	}
	return []record.Tag{{Facet: record.FacetStatus, Value: n.Status}}
}
