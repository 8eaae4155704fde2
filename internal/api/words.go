package api

import (
	"context"
	"strings"

	"nmirfhub/internal/finder"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
)

// state is a State, and the profile of its mechanism where there is one that
// the caller may read.
type state struct {
	Code      hub.State `json:"code"`
	Name      string    `json:"name"`
	Formal    string    `json:"formal_name,omitempty"`
	Region    string    `json:"region,omitempty"` // code of the regional group
	Status    string    `json:"status"`           // member or observer of the United Nations
	Mechanism string    `json:"mechanism,omitempty"`
	URL       string    `json:"url"`
}

// states lists the States by their names in the reader's language.
func (a *API) states(_ context.Context, q asked) (any, error) {
	all := list[state]{Items: []state{}}
	for _, code := range a.Words.StatesByName(q.lang) {
		facts, _ := a.Words.State(code)
		slug := strings.ToLower(string(code))
		s := state{
			Code: code, Name: a.Words.StateName(code, q.lang), Formal: a.Words.FormalName(code, q.lang), Region: facts.Region, Status: facts.Status,
			URL: a.Origin + finder.Path(q.lang, hub.Mechanism, slug),
		}
		if len(a.Records.Heads(q.viewer, hub.Mechanism, slug)) > 0 {
			s.Mechanism = slug
		}
		all.Items = append(all.Items, s)
	}
	return all, nil
}

// asking is a question of a kind of record, as a program needs it.
type asking struct {
	Code     string        `json:"code"`
	Section  string        `json:"section,omitempty"`
	Ask      string        `json:"ask"`
	Help     string        `json:"help,omitempty"`
	Form     question.Form `json:"form"`
	Record   string        `json:"record,omitempty"`  // kind of record that is named by its slug
	Choices  []choice      `json:"choices,omitempty"` // of the forms choice and several
	Most     int           `json:"most,omitempty"`
	Required bool          `json:"required"`
	Worded   bool          `json:"worded"`  // answered anew in each language
	Members  bool          `json:"members"` // for members of mechanisms alone, unless it is opened
	Columns  []asking      `json:"columns,omitempty"`
}

type choice struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

// questions are what the viewer is asked of a new record of a kind.
func (a *API) questions(_ context.Context, q asked) (any, error) {
	set := a.Writing.For(hub.Kind(q.params["kind"]), q.viewer.Mechanism)
	if set == nil {
		return nil, hub.ErrNotFound
	}
	all := struct {
		Questions string   `json:"questions"` // the version: "practice/1"
		Items     []asking `json:"items"`
	}{Questions: set.Name()}
	for _, s := range set.Sections {
		for i := range s.Questions {
			ask := &s.Questions[i]
			x := a.asking(q.lang, question.Column{Code: ask.Code, Form: ask.Form, List: ask.List, Most: ask.Most, Required: ask.Required, Ask: ask.Ask})
			x.Section, x.Help, x.Worded, x.Members = s.Title.In(q.lang), ask.Help.In(q.lang), ask.Worded(), ask.Members
			for _, c := range ask.Columns {
				x.Columns = append(x.Columns, a.asking(q.lang, c))
			}
			all.Items = append(all.Items, x)
		}
	}
	return all, nil
}

func (a *API) asking(l hub.Lang, c question.Column) asking {
	x := asking{Code: c.Code, Ask: c.Ask.In(l), Form: c.Form, Most: c.Most, Required: c.Required}
	switch c.Form {
	case question.Record:
		x.Record = c.List
	case question.Choice, question.Several:
		for _, code := range a.codes(c.List) {
			x.Choices = append(x.Choices, choice{code, a.Words.Label(c.List, code, l)})
		}
	}
	return x
}
