package member

import "fmt"

// hidden is what a Secret shows of itself.
const hidden = "[hidden]"

// Secret is a password hash or a token. It shows itself in no print verb, log
// line or JSON; a conversion to string is the only way to its value, which is
// easy to see when reading code.
type Secret string

// Format writes "[hidden]" for every verb and flag. It is Format and not
// String alone because %d, %x and %#v pass String by.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// String returns "[hidden]".
func (Secret) String() string { return hidden }

// MarshalText returns "[hidden]"; JSON and slog use it.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
