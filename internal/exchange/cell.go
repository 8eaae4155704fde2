package exchange

import "strings"

// Cell is a text for a cell of a table. What a spreadsheet would take for a
// formula (it begins with =, +, -, @, a tab or a carriage return) gets an
// apostrophe before it, as OWASP advises against injection by CSV.
func Cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
