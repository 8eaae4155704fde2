package hub

import "unicode"

// NotInLine says whether a rune has no place in a name or any other text of
// one line: a control, an end of a line, or one that turns the order of what
// comes after it, so that a line reads as another. Marks that only say in
// which direction a sign belongs may stand anywhere.
func NotInLine(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}
