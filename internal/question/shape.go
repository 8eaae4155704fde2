package question

import (
	"encoding/json"
	"errors"

	"nmirfhub/internal/hub"
)

// Shaped says whether an answer that a program sends has the type of its form,
// whatever it says. The error joins one hub.Invalid for each thing that has
// not: the field is the code of the question, or that of the cell as Field
// names it. Nothing, and null, are no answer and fit.
func (q *Question) Shaped(a Answer) error {
	if a == nil {
		return nil
	}
	if q.Form != Table {
		return shaped(q.Code, q.Form, a)
	}
	var rows []map[string]json.RawMessage
	if strictly(a, &rows) != nil {
		return wrong(q.Code, hub.ReasonFormat)
	}
	var errs []error
	for i, row := range rows {
		if row == nil {
			errs = append(errs, wrong(q.Code, hub.ReasonFormat))
		}
		for _, c := range q.Columns {
			if cell, there := row[c.Code]; there {
				errs = append(errs, shaped(Field(q.Code, i, c.Code), c.Form, cell))
			}
			delete(row, c.Code)
		}
		for name := range row {
			errs = append(errs, wrong(Field(q.Code, i, name), hub.ReasonUnknown))
		}
	}
	return errors.Join(errs...)
}

// shaped is Shaped for a value that is no table.
func shaped(field string, f Form, a Answer) error {
	switch f {
	case YesNo:
		var b bool
		return readInto(field, a, &b)
	case Number:
		var n int64
		return readInto(field, a, &n)
	case Points, Several, States, Files:
		var all []string
		return readInto(field, a, &all)
	}
	var s string
	return readInto(field, a, &s)
}
