package question

import (
	"regexp"
	"slices"
	"strings"
)

// Adds says whether rows of a table may be begun by choosing several codes of
// its first column at once, and not one by one.
func (q *Question) Adds() bool {
	return q.Form == Table && q.Columns[0].Form == Choice && orMost(q.Most, MostListed) >= 10
}

// Lined says whether rows of a table may be written or pasted as lines: see
// More.
func (q *Question) Lined() bool { return q.Form == Table && q.Columns[0].Form == Line }

// AddField and LinesField name the fields that begin rows of a table.
func AddField(code string) string   { return "add." + code }
func LinesField(code string) string { return "lines." + code }

var (
	bracketed = regexp.MustCompile(`^(.*\S)\s*[(（]\s*(\d+)[^()（）]{0,20}[)）]\s*\.?$`)
	numbered  = regexp.MustCompile(`^(?:[-•*–]|\d{1,2}[.)])\s+`)
)

// More is what was typed into a table with the rows that it asks for at once
// behind the others: one for each code of AddField that has no row yet, and
// one for each line of LinesField. A line has its cells between "|" or tabs,
// and may end with its number in brackets, for the one column of numbers.
// codeOf is the code that a list has for a text, and whether it has one. made is how many rows came so; left are the lines for which the table has no
// room.
func (q *Question) More(typed Typed, codeOf func(list, text string) (string, bool)) (all Typed, made int, left string) {
	rows := map[string][]string{}
	most, n := orMost(q.Most, MostListed), 0
	for i := range most + 1 {
		for _, c := range q.Columns {
			if readValue(c.Form, typed(Field(q.Code, i, c.Code))) != nil {
				n = i + 1
			}
		}
	}
	first := n
	if q.Adds() {
		column := q.Columns[0].Code
		there := map[string]bool{}
		for i := range n {
			for _, v := range typed(Field(q.Code, i, column)) {
				there[v] = true
			}
		}
		for _, code := range typed(AddField(q.Code)) {
			if code != "" && !there[code] { // one too many is for the check to name
				rows[Field(q.Code, n, column)] = []string{code}
				there[code], n = true, n+1
			}
		}
	}
	if q.Lined() {
		var over []string
		for line := range strings.Lines(strings.Join(typed(LinesField(q.Code)), "\n")) {
			cells := q.cells(strings.TrimSpace(line), codeOf)
			switch {
			case cells == nil:
			case n >= most:
				over = append(over, strings.TrimSpace(line))
			default:
				for column, value := range cells {
					rows[Field(q.Code, n, column)] = []string{value}
				}
				n++
			}
		}
		left = strings.Join(over, "\n")
	}
	return func(field string) []string {
		if v, is := rows[field]; is {
			return v
		}
		return typed(field)
	}, n - first, left
}

// cells are the values of a line by column; nil of an empty line. What fits no
// column stays in the first, so that nothing is lost.
func (q *Question) cells(line string, codeOf func(list, text string) (string, bool)) map[string]string {
	line = numbered.ReplaceAllString(line, "")
	if line == "" {
		return nil
	}
	all := map[string]string{}
	if i := q.Number(); i > 0 {
		if m := bracketed.FindStringSubmatch(line); m != nil {
			line, all[q.Columns[i].Code] = m[1], m[2]
		}
	}
	parts := strings.Split(line, "|")
	if strings.Contains(line, "\t") {
		parts = strings.Split(line, "\t")
	}
	var first []string
	for i, text := range parts {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if i > 0 && i < len(q.Columns) && all[q.Columns[i].Code] == "" {
			c := q.Columns[i]
			if c.Form == Choice {
				if code, is := codeOf(c.List, text); is {
					all[c.Code] = code
					continue
				}
			} else if c.Form != Number || strings.Trim(text, "0123456789") == "" {
				all[c.Code] = text
				continue
			}
		}
		first = append(first, text)
	}
	all[q.Columns[0].Code] = strings.Join(first, " ")
	return all
}

// Number is which column is the only one of numbers; -1 where there are none
// or several.
func (q *Question) Number() int {
	is := func(c Column) bool { return c.Form == Number }
	i := slices.IndexFunc(q.Columns, is)
	if i >= 0 && slices.ContainsFunc(q.Columns[i+1:], is) {
		return -1
	}
	return i
}
