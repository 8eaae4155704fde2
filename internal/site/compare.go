package site

import (
	"context"
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/web/layout"
	"nmirfhub/web/page/home"
	page "nmirfhub/web/page/mechanism"
)

// places are the parameters of the States to compare, one for each column.
var places = [4]string{"first", "second", "third", "fourth"}

// mechanismCompare sets up to four profiles side by side. The States are
// named one by one, or all in s=MDA,BFA,LBN.
func (s *Site) mechanismCompare(ctx context.Context, r *request) error {
	chosen, err := s.toCompare(r)
	if err != nil {
		return err
	}
	v := page.CompareView{Base: r.base(r.T("compare.title"), "mechanisms", r.crumb("/mechanisms", "door.mechanisms"))}
	v.Description = r.T("compare.description")
	if v.States, err = s.describedStates(r); err != nil {
		return err
	}
	var profiles []profileReader
	for i, c := range chosen {
		rec, err := s.profile(ctx, r, c)
		if err != nil {
			return err
		}
		if rec == nil {
			v.Unknown = append(v.Unknown, s.Vocabulary.StateName(c, r.Lang))
			continue
		}
		p, err := r.readProfile(rec)
		if err != nil {
			return err
		}
		v.Chosen[i] = string(c)
		profiles = append(profiles, p)
		v.Columns = append(v.Columns, layout.Link{Href: r.stateHref(c), Text: s.Vocabulary.StateName(c, r.Lang)})
	}
	v.Groups = r.compared(profiles)
	return r.render(ctx, page.ComparePage(v))
}

// toCompare is the States that the address names, each once, at most four.
func (s *Site) toCompare(r *request) ([]hub.State, error) {
	var codes []string
	for _, place := range places {
		codes = append(codes, r.query.Get(place))
	}
	codes = append(codes, strings.Split(r.query.Get("s"), ",")...)
	var chosen []hub.State
	seen := map[hub.State]bool{}
	for _, code := range codes {
		if code == "" {
			continue
		}
		c, err := s.knownState(code)
		if err != nil {
			return nil, err
		}
		if !seen[c] {
			seen[c] = true
			chosen = append(chosen, c)
		}
	}
	if len(chosen) > len(places) {
		return nil, &hub.Invalid{Field: "state", Reason: hub.ReasonTooLong, Limit: len(places)}
	}
	return chosen, nil
}

// describedStates is the States with a profile that the viewer may list.
func (s *Site) describedStates(r *request) ([]home.Option, error) {
	types, err := s.typeOfState(r.viewer)
	if err != nil {
		return nil, err
	}
	var all []home.Option
	for _, o := range r.stateOptions() {
		if _, described := types[hub.State(o.Code)]; described {
			all = append(all, o)
		}
	}
	return all, nil
}

// compared turns the facts of profiles into rows. A row that no profile
// speaks of is left out.
func (r *request) compared(profiles []profileReader) []page.Group {
	groups := []page.Group{
		{Name: r.T("compare.g.who"), Rows: rows(profiles, profileReader.who)},
		{Name: r.T("compare.g.mandate"), Rows: rows(profiles, profileReader.mandate)},
		{Name: r.T("compare.g.heard"), Rows: rows(profiles, profileReader.heard)},
	}
	return groups
}

func rows(profiles []profileReader, facts func(profileReader) []page.Fact) []page.CompareRow {
	var all []page.CompareRow
	place := map[string]int{}
	for column, p := range profiles {
		for _, f := range facts(p) {
			i, known := place[f.Label]
			if !known {
				i = len(all)
				place[f.Label] = i
				all = append(all, page.CompareRow{Label: f.Label, Cells: make([]page.Cell, len(profiles))})
			}
			all[i].Cells[column] = cell(f)
		}
	}
	said := all[:0]
	for _, row := range all {
		for _, c := range row.Cells {
			if c.Text != "" {
				said = append(said, row)
				break
			}
		}
	}
	return said
}

func cell(f page.Fact) page.Cell {
	if f.Link.Has() {
		return page.Cell{Text: f.Link.Text}
	}
	return page.Cell{Text: strings.Join(f.Values, "; "), Lang: f.Lang, Dir: f.Dir}
}
