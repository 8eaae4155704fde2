// Package mechanism is what the profile of a State's NMIRF adds to a record.
// Sources may contradict each other; every statement is kept with its source,
// and the profile shows the contradiction instead of hiding it.
package mechanism

import (
	"nmirfhub/internal/hub"
	"nmirfhub/internal/record"
)

// Profile is the body of a mechanism: facts without a language.
type Profile struct {
	Depth            string       `json:"depth"`           // how much is known: full, partial or mention
	AsOf             string       `json:"as_of,omitempty"` // date of what is said, as exact as known
	Acronym          string       `json:"acronym,omitempty"`
	Names            []Name       `json:"names,omitempty"`       // official names in their language
	Type             string       `json:"type"`                  // code of the vocabulary "mechanism-type"; "unknown" when not described
	Host             string       `json:"host,omitempty"`        // code of the vocabulary "host"
	ChairLevel       string       `json:"chair_level,omitempty"` // code of the vocabulary "anchorage"
	Established      string       `json:"established,omitempty"` // year or date
	LegalBasis       []LegalBasis `json:"legal_basis,omitempty"`
	Members          int          `json:"members,omitempty"`     // number of members; 0 when not described
	Secretariat      int          `json:"secretariat,omitempty"` // staff of the secretariat; 0 when not described
	FocalNational    int          `json:"focal_national,omitempty"`
	FocalLocal       int          `json:"focal_local,omitempty"`
	FocalPerMinistry int          `json:"focal_per_ministry,omitempty"`
	Covers           Coverage     `json:"covers"`
	SystemSlug       string       `json:"system,omitempty"` // slug of the System record it uses
	SystemName       string       `json:"system_name,omitempty"`
	SystemURL        string       `json:"system_url,omitempty"`
	SystemSince      string       `json:"system_since,omitempty"`
	SystemPublic     *bool        `json:"system_public,omitempty"` // nil: not described
	Networks         []Membership `json:"networks,omitempty"`
	Statements       []Statement  `json:"statements,omitempty"` // what further sources say
}

// Name is an official name in a language.
type Name struct {
	Lang hub.Lang `json:"lang,omitempty"`
	Name string   `json:"name"`
}

// LegalBasis is a text on which a mechanism rests.
type LegalBasis struct {
	Kind      string `json:"kind"`                // code of the vocabulary "legal-basis"; "unknown" when not described
	Reference string `json:"reference,omitempty"` // as the source has it
	Date      string `json:"date,omitempty"`
	Note      string `json:"note,omitempty"` // in English
}

// Coverage says which procedures the mechanism handles; nil: not described.
type Coverage struct {
	UPR               *bool  `json:"upr,omitempty"`
	TreatyBodies      *bool  `json:"treaty_bodies,omitempty"`
	SpecialProcedures *bool  `json:"special_procedures,omitempty"`
	Communications    *bool  `json:"communications,omitempty"`
	Regional          string `json:"regional,omitempty"` // as the source says it
}

// Membership is a place in a network of States, seen at a date.
type Membership struct {
	Network string `json:"network"`
	AsOf    string `json:"as_of,omitempty"`
	URL     string `json:"url,omitempty"`
}

// Statement is what one source says of the mechanism. Fields that the source
// does not speak of are empty.
type Statement struct {
	Name         string `json:"name,omitempty"`
	NameOriginal string `json:"name_original,omitempty"`
	Acronym      string `json:"acronym,omitempty"`
	Type         string `json:"type,omitempty"`         // code
	TypeWording  string `json:"type_wording,omitempty"` // the source's own words
	Host         string `json:"host,omitempty"`         // as the source has it
	Chair        string `json:"chair,omitempty"`
	LegalBasis   string `json:"legal_basis,omitempty"`
	Established  string `json:"established,omitempty"`
	Tool         string `json:"tool,omitempty"`
	AsOf         string `json:"as_of,omitempty"`
	Source       string `json:"source,omitempty"` // a document, where it has no address
	URL          string `json:"url,omitempty"`
	Caveat       string `json:"caveat,omitempty"`
	// Differs names the facts in which it contradicts the profile or another
	// statement: "type", "host", "established", "name".
	Differs []string `json:"differs,omitempty"`
}

// Text is what a profile says in a language. Empty parts were not described.
type Text struct {
	TypeNote         string      `json:"type_note,omitempty"`
	EstablishedNote  string      `json:"established_note,omitempty"`
	Host             string      `json:"host,omitempty"`
	HostSince        string      `json:"host_since,omitempty"`
	HostBefore       []string    `json:"host_before,omitempty"`
	Chair            string      `json:"chair,omitempty"`
	Secretariat      string      `json:"secretariat,omitempty"`
	Members          []string    `json:"members,omitempty"`      // kinds of members
	MembersUnit      string      `json:"members_unit,omitempty"` // what the number counts
	MembersNote      string      `json:"members_note,omitempty"`
	Observers        []string    `json:"observers,omitempty"`
	FocalNote        string      `json:"focal_note,omitempty"`
	Meetings         string      `json:"meetings,omitempty"`
	Functions        []string    `json:"functions,omitempty"`
	CoverageNote     string      `json:"coverage_note,omitempty"`
	NHRI             string      `json:"nhri,omitempty"`
	CivilSociety     string      `json:"civil_society,omitempty"`
	Parliament       string      `json:"parliament,omitempty"`
	Judiciary        string      `json:"judiciary,omitempty"`
	Statistics       string      `json:"statistics,omitempty"`
	LocalAuthorities string      `json:"local_authorities,omitempty"`
	OthersHeard      string      `json:"others_heard,omitempty"`
	ActionPlan       string      `json:"action_plan,omitempty"`
	SystemNote       string      `json:"system_note,omitempty"`
	Strengths        []string    `json:"strengths,omitempty"`
	Challenges       []string    `json:"challenges,omitempty"`
	Milestones       []Milestone `json:"milestones,omitempty"` // oldest first
	Related          []string    `json:"related,omitempty"`    // related bodies
}

// Milestone is a dated step in a mechanism's history.
type Milestone struct {
	Date  string `json:"date"`
	Event string `json:"event"`
}

// Kind joins mechanisms to the records.
func Kind() record.Kind {
	return record.Kind{Name: hub.Mechanism, Check: check, Tags: tags, Names: names}
}

func check(r *hub.Record) error {
	p, err := record.Decode[Profile](r.Body)
	if err != nil {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonFormat, Value: err.Error()}
	}
	if p.Type == "" {
		return &hub.Invalid{Field: "body.type", Reason: hub.ReasonRequired}
	}
	if len(r.States) != 1 {
		return &hub.Invalid{Field: "states", Reason: hub.ReasonRequired}
	}
	return record.CheckTexts[Text](r)
}

func tags(r *hub.Record) []record.Tag {
	p, err := record.Decode[Profile](r.Body)
	if err != nil {
		return nil
	}
	t := []record.Tag{{Facet: record.FacetType, Value: p.Type}}
	if p.Host != "" {
		t = append(t, record.Tag{Facet: record.FacetHost, Value: p.Host})
	}
	return t
}

func names(r *hub.Record) []string {
	p, err := record.Decode[Profile](r.Body)
	if err != nil {
		return nil
	}
	all := []string{p.Acronym, p.SystemName}
	for _, n := range p.Names {
		all = append(all, n.Name)
	}
	for _, b := range p.LegalBasis {
		all = append(all, b.Reference)
	}
	return all
}
