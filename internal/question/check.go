package question

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/vocabulary"
)

// Limits of answers to which the question sets none of its own.
const (
	MostRunes  = 4000 // of a text, and of a cell
	MostLine   = 300  // runes of a line, and of a point
	MostListed = 50   // choices, points, States, rows
	MostNumber = 1_000_000_000
)

// Checker knows what answers must keep to.
type Checker struct {
	Words *vocabulary.Set
	// Exists says whether there is a record of a kind with a slug.
	Exists func(k hub.Kind, slug string) bool
}

// Answer says whether an answer fits its question. The error is hub.Invalid,
// with the code of the question as its field; for a cell of a table
// "code.2.column", rows counted from 0.
func (c Checker) Answer(q *Question, a Answer) error {
	if a == nil {
		return nil
	}
	if q.Form == Table {
		return c.table(q, a)
	}
	return c.value(q.Code, q.Form, q.List, q.Most, a)
}

func (c Checker) table(q *Question, a Answer) error {
	var rows []map[string]json.RawMessage
	if strictly(a, &rows) != nil {
		return wrong(q.Code, hub.ReasonFormat)
	}
	if most := orMost(q.Most, MostListed); len(rows) > most {
		return tooMuch(q.Code, hub.ReasonTooMany, most)
	}
	var errs []error
	for i, row := range rows {
		for _, col := range q.Columns {
			field := fmt.Sprintf("%s.%d.%s", q.Code, i, col.Code)
			switch a, there := row[col.Code]; {
			case there:
				errs = append(errs, c.value(field, col.Form, col.List, col.Most, a))
			case col.Required:
				errs = append(errs, wrong(field, hub.ReasonRequired))
			}
			delete(row, col.Code)
		}
		if len(row) > 0 {
			errs = append(errs, wrong(q.Code, hub.ReasonFormat))
		}
	}
	return errors.Join(errs...)
}

func (c Checker) value(field string, f Form, list string, most int, a Answer) error {
	switch f {
	case YesNo:
		var b bool
		return readInto(field, a, &b)
	case Number:
		var n int64
		if err := readInto(field, a, &n); err != nil {
			return err
		}
		if most := int64(orMost(most, MostNumber)); n < 0 || n > most {
			return tooMuch(field, hub.ReasonRange, int(most))
		}
		return nil
	case Points, Several, States, Files:
		return c.listed(field, f, list, most, a)
	}
	var s string
	if err := readInto(field, a, &s); err != nil {
		return err
	}
	return c.text(field, f, list, most, s)
}

func (c Checker) listed(field string, f Form, list string, most int, a Answer) error {
	var all []string
	if err := readInto(field, a, &all); err != nil {
		return err
	}
	if most = orMost(most, MostListed); len(all) > most {
		return tooMuch(field, hub.ReasonTooMany, most)
	}
	one := map[Form]Form{Points: Line, Several: Choice, States: State, Files: Line}[f]
	for i, s := range all {
		if err := c.text(field, one, list, 0, s); err != nil {
			return err
		}
		if f != Points && slices.Contains(all[:i], s) {
			return &hub.Invalid{Field: field, Reason: hub.ReasonFormat, Value: s}
		}
	}
	return nil
}

func (c Checker) text(field string, f Form, list string, most int, s string) error {
	fits := true
	switch f {
	case Line, Text:
		if f == Line {
			most = orMost(most, MostLine)
		}
		most = orMost(most, MostRunes)
		if utf8.RuneCountInString(s) > most {
			return tooMuch(field, hub.ReasonTooLong, most)
		}
		fits = utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return hub.NotInLine(r) && (f == Line || r != '\n') })
	case Date:
		fits = slices.ContainsFunc([]string{"2006", "2006-01", time.DateOnly}, func(layout string) bool {
			_, err := time.Parse(layout, s)
			return err == nil && len(s) == len(layout)
		})
	case Day:
		_, err := time.Parse(time.DateOnly, s)
		fits = err == nil
	case Choice:
		fits = c.Words.Known(list, s)
	case State:
		_, fits = c.Words.State(hub.State(s))
	case Record:
		fits = c.Exists(hub.Kind(list), s)
	case Link:
		u, err := url.Parse(s)
		fits = err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && len(s) <= 2000
	}
	if !fits {
		return &hub.Invalid{Field: field, Reason: hub.ReasonFormat, Value: s}
	}
	return nil
}

// Record says whether a record has what the questions ask for, in the language
// in which it was written: what it lacks, or has wrong. The error joins one
// hub.Invalid for each.
func (c Checker) Record(s *Set, r *hub.Record) error {
	var errs []error
	for _, q := range s.All() {
		for _, l := range q.langs(r) {
			if err := c.Answer(q, q.Get(r, l)); err != nil {
				errs = append(errs, err)
			}
		}
		if err := q.checkFiles(r); err != nil {
			errs = append(errs, err)
		}
		if q.Required && q.Get(r, r.Original) == nil && !slices.Contains(r.Skipped, q.Code) {
			errs = append(errs, wrong(q.Code, hub.ReasonRequired))
		}
	}
	return errors.Join(errs...)
}

// readInto decodes an answer into the type of its form.
func readInto[T any](field string, a Answer, into *T) error {
	if strictly(a, into) != nil {
		return wrong(field, hub.ReasonFormat)
	}
	return nil
}

func strictly(a Answer, into any) error {
	if bytes.Equal(bytes.TrimSpace(a), []byte("null")) {
		return errors.New("nothing is no answer")
	}
	return json.Unmarshal(a, into)
}

func orMost(most, otherwise int) int {
	if most > 0 {
		return most
	}
	return otherwise
}

func wrong(field, reason string) error { return &hub.Invalid{Field: field, Reason: reason} }

func tooMuch(field, reason string, most int) error {
	return &hub.Invalid{Field: field, Reason: reason, Limit: most}
}
