package hub

// State is a country by its ISO 3166-1 alpha-3 code, upper case: "MDA".
// Empty means none.
type State string

// ParseState accepts three letters A to Z in either case and returns the code
// in upper case. Whether such a State exists is for the table of States to
// say. The error is Invalid with the field "state".
func ParseState(s string) (State, error) {
	if len(s) != 3 {
		return "", &Invalid{Field: "state", Reason: ReasonUnknown, Value: s}
	}
	var b [3]byte
	for i := range 3 {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < 'A' || c > 'Z' {
			return "", &Invalid{Field: "state", Reason: ReasonUnknown, Value: s}
		}
		b[i] = c
	}
	return State(b[:]), nil
}
