package question

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Typed is what somebody typed into a form: the values of a field by its name.
type Typed func(field string) []string

// Field is the name of the field of a cell, rows counted from 0.
func Field(code string, row int, column string) string {
	return fmt.Sprintf("%s.%d.%s", code, row, column)
}

// Read makes an answer of what was typed: nil of nothing. What cannot be an
// answer comes back as text, for the check to name.
func (q *Question) Read(typed Typed) Answer {
	if q.Form == Table {
		return q.readRows(typed)
	}
	return readValue(q.Form, typed(q.Code))
}

func (q *Question) readRows(typed Typed) Answer {
	var rows []map[string]json.RawMessage
	for i := range orMost(q.Most, MostListed) + 1 { // one too many, for the check to name
		row := map[string]json.RawMessage{}
		for _, c := range q.Columns {
			if a := readValue(c.Form, typed(Field(q.Code, i, c.Code))); a != nil {
				row[c.Code] = a
			}
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	if rows == nil {
		return nil
	}
	raw, _ := json.Marshal(rows) // of JSON: never fails
	return raw
}

func readValue(f Form, values []string) Answer {
	var clean []string
	for _, v := range values {
		v = norm.NFC.String(strings.ReplaceAll(strings.ToValidUTF8(v, "\ufffd"), "\r\n", "\n"))
		if f == Points {
			for line := range strings.Lines(v) {
				clean = append(clean, strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-•*")))
			}
			continue
		}
		clean = append(clean, strings.TrimSpace(v))
	}
	kept := clean[:0]
	for _, v := range clean {
		if v != "" {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	switch f {
	case Points, Several, States, Files:
		return encode(kept)
	case YesNo:
		switch kept[0] {
		case "yes":
			return Answer("true")
		case "no":
			return Answer("false")
		}
	case Number:
		if n, err := strconv.ParseInt(kept[0], 10, 64); err == nil {
			return Answer(strconv.FormatInt(n, 10))
		}
	}
	return encode(kept[0])
}

// Write is the inverse of Read: the values that fields show for an answer.
func (q *Question) Write(a Answer) map[string][]string {
	shown := map[string][]string{}
	if q.Form != Table {
		if v := writeValue(q.Form, a); v != nil {
			shown[q.Code] = v
		}
		return shown
	}
	var rows []map[string]json.RawMessage
	decode(a, &rows)
	for i, row := range rows {
		for _, c := range q.Columns {
			if v := writeValue(c.Form, row[c.Code]); v != nil {
				shown[Field(q.Code, i, c.Code)] = v
			}
		}
	}
	return shown
}

// Tidy is an answer as a form that shows it would send it back.
func (q *Question) Tidy(a Answer) Answer {
	shown := q.Write(a)
	return q.Read(func(field string) []string { return shown[field] })
}

// Rows is how many rows the answer to a table has.
func Rows(a Answer) int {
	var rows []json.RawMessage
	decode(a, &rows)
	return len(rows)
}

func writeValue(f Form, a Answer) []string {
	if a == nil {
		return nil
	}
	switch f {
	case Points, Several, States, Files:
		var all []string
		decode(a, &all)
		if f == Points {
			return []string{strings.Join(all, "\n")}
		}
		return all
	case YesNo:
		if string(a) == "true" {
			return []string{"yes"}
		}
		return []string{"no"}
	case Number:
		return []string{string(a)}
	}
	var s string
	decode(a, &s)
	return []string{s}
}
