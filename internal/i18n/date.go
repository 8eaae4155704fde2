package i18n

import (
	"strconv"
	"strings"
	"time"
)

// Day writes a day in full: "23 November 2026".
func (p *Printer) Day(t time.Time) string {
	return p.date(t.Year(), int(t.Month()), t.Day())
}

// Date writes a date as exact as it is known: "2022", "2022-12" and
// "2022-12-07" become "2022", "December 2022" and "7 December 2022". What is
// no date is answered as it is.
func (p *Printer) Date(s string) string {
	year, rest, _ := strings.Cut(s, "-")
	month, day, _ := strings.Cut(rest, "-")
	y, errYear := strconv.Atoi(year)
	m, errMonth := strconv.Atoi(month)
	d, errDay := strconv.Atoi(day)
	switch {
	case errYear != nil || (rest != "" && (errMonth != nil || m < 1 || m > 12)):
		return s
	case rest == "":
		return year
	case day == "":
		return p.T("date.month_year", "month", p.month(m), "year", year)
	case errDay != nil:
		return s
	}
	return p.date(y, m, d)
}

func (p *Printer) date(y, m, d int) string {
	return p.T("date.day", "day", strconv.Itoa(d), "month", p.month(m), "year", strconv.Itoa(y))
}

func (p *Printer) month(m int) string { return p.T("date.month." + strconv.Itoa(m)) }

// List joins names as the language does: "A", "A and B", "A, B and C".
func (p *Printer) List(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	last := len(names) - 1
	return p.T("list.last", "before", strings.Join(names[:last], p.T("list.comma")), "last", names[last])
}
