package hub

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// slugRunes is how long an address made of a title may be.
const slugRunes = 60

// SlugOf is an address made of a title: letters a to z and digits of it, at
// most 60. Empty for titles in other scripts, which have none of them.
func SlugOf(title string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= slugRunes {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
