package hub_test

import (
	"testing"

	"nmirfhub/internal/hub"
)

func TestNotInLine(t *testing.T) {
	for name, c := range map[string]struct {
		runes string
		want  bool
	}{
		"Letters":   {"aé日م", false},
		"Marks":     {"\u0301\u064e\u0651", false},
		"Joiners":   {"\u200c\u200d", false}, // Persian and Hindi need them
		"SideMarks": {"\u061c\u200e\u200f", false},
		"Spaces":    {" \u00a0\u3000", false},
		"Controls":  {"\x00\t\n\r\x1b\x7f\u0085\u009f", true},
		"LineEnds":  {"\u2028\u2029", true},
		"Turns":     {"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", true},
	} {
		for _, r := range c.runes {
			if got := hub.NotInLine(r); got != c.want {
				t.Errorf("%s: NotInLine(%U) = %v", name, r, got)
			}
		}
	}
}
