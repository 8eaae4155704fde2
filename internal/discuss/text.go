package discuss

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/markup"
)

// Limits of a post.
const (
	MaxPost  = 32 << 10 // bytes of Markdown
	MaxLinks = 100
)

// checkText accepts a text of at most most runes that is not empty.
func checkText(field, text string, most int) error {
	switch {
	case strings.TrimSpace(text) == "":
		return &hub.Invalid{Field: field, Reason: hub.ReasonRequired}
	case utf8.RuneCountInString(text) > most:
		return &hub.Invalid{Field: field, Reason: hub.ReasonTooLong, Limit: most}
	case !utf8.ValidString(text):
		return &hub.Invalid{Field: field, Reason: hub.ReasonFormat}
	}
	return nil
}

// clean takes out of a text what shows nothing and can deceive: controls,
// marks that turn the direction of what follows (U+202A to U+202E, U+2066 to
// U+2069), and more than two zero-width signs in a row. Arabic and the emoji
// need some of the latter.
func clean(text string) string {
	hidden := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		case r == '\n', r == '\t':
		case unicode.IsControl(r):
			return -1
		case unicode.Is(unicode.Cf, r):
			if hidden++; hidden > 2 {
				return -1
			}
			return r
		}
		hidden = 0
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}

var link = regexp.MustCompile(`(?i)https?://|\]\(`)

// checkBody accepts the Markdown of a post, cleaned. hub.Invalid with the field.
func checkBody(field, body string, required bool) (string, error) {
	if len(body) > MaxPost {
		return "", &hub.Invalid{Field: field, Reason: hub.ReasonTooLong, Limit: MaxPost}
	}
	if !utf8.ValidString(body) {
		return "", &hub.Invalid{Field: field, Reason: hub.ReasonFormat}
	}
	body = strings.TrimSpace(clean(body))
	if body == "" {
		if required {
			return "", &hub.Invalid{Field: field, Reason: hub.ReasonRequired}
		}
		return "", nil
	}
	if len(link.FindAllStringIndex(body, MaxLinks+1)) > MaxLinks {
		return "", &hub.Invalid{Field: field, Reason: hub.ReasonRange, Limit: MaxLinks}
	}
	if _, err := markup.Render(body); err != nil {
		return "", &hub.Invalid{Field: field, Reason: hub.ReasonFormat}
	}
	return body, nil
}

// Finding is something in a text that looks like a person's case.
type Finding string

// What a post is looked through for, before it is sent.
const (
	FindAddress Finding = "address" // an email address
	FindPhone   Finding = "phone"
	FindCase    Finding = "case"   // the number of a communication or a file
	FindPaper   Finding = "papers" // the number of a passport or an identity card
)

var findings = []struct {
	what Finding
	re   *regexp.Regexp
}{
	{FindAddress, regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+`)},
	{FindPhone, regexp.MustCompile(`(?:^|[^\p{L}\p{N}/.-])(?:\+|00)\p{Nd}[\p{Nd} ().-]{7,}\p{Nd}`)},
	{FindCase, regexp.MustCompile(`(?i)(?:communication|case|file|complaint|affaire|dossier|requ[eê]te|communication n|القضية|البلاغ|الملف)\s*(?:n[o°º]?\.?|no\.|nr\.?|number|num[eé]ro|رقم)?\s*[:#]?\s*\p{Nd}{1,6}\s*/\s*\p{Nd}{2,4}`)},
	{FindPaper, regexp.MustCompile(`(?i)(?:passport|passeport|identity card|carte d.identit[eé]|جواز سفر|بطاقة الهوية)[^\n]{0,20}?[A-Z]{0,3}\p{Nd}{5,}`)},
}

// LookThrough says what in a text looks like a person's case. It decides
// nothing: the author does.
func LookThrough(text string) []Finding {
	var found []Finding
	for _, f := range findings {
		if f.re.MatchString(text) {
			found = append(found, f.what)
		}
	}
	return found
}

// Naming are those of some names that stand in a text as words of their own.
// Arabic writes small words together with what follows them.
func Naming(text string, names []string) []string {
	var all []string
	for _, name := range names {
		if name != "" && !slices.Contains(all, name) && stands(text, name) {
			all = append(all, name)
		}
	}
	return all
}

// stands says whether a name stands in a text, with its capitals.
func stands(text, name string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at+i])
		after, _ := utf8.DecodeRuneInString(text[at+i+len(name):])
		if !unicode.IsLetter(after) && (!unicode.IsLetter(before) || strings.ContainsRune("وفبلك", before)) {
			return true
		}
		at += i + len(name)
	}
}

// Quote is a text as a quotation in Markdown, at most some lines of it.
func Quote(body string) string {
	lines := strings.Split(body, "\n")
	cut := len(lines) > quoted
	if cut {
		lines = lines[:quoted]
	}
	q := "> " + strings.Join(lines, "\n> ") + "\n"
	if cut {
		q += "> …\n"
	}
	return q + "\n"
}

// quoted is how many lines of a post a quotation takes.
const quoted = 8
