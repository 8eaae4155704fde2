package bibliography

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/exchange"
)

// bibNames are the names of a field of BibTeX.
func bibNames(tex string) []exchange.Name {
	var all []exchange.Name
	for _, raw := range splitTeX(tex, " and ") {
		if n := bibName(raw); n != (exchange.Name{}) && len(all) < maxNames {
			all = append(all, n)
		}
	}
	return all
}

// bibName reads one name: "First von Last", "von Last, First", "von Last, Jr,
// First", or parts by what they are called.
func bibName(raw string) exchange.Name {
	raw = strings.TrimSpace(raw)
	if strings.EqualFold(raw, "others") || raw == "" {
		return exchange.Name{}
	}
	if whole(raw) {
		return exchange.Name{Literal: plain(raw)}
	}
	parts := splitTeX(raw, ",")
	if called, is := calledParts(parts); is {
		return called
	}
	switch len(parts) {
	case 1:
		return spoken(splitTeX(raw, " "))
	case 2:
		return exchange.Name{Family: plain(parts[0]), Given: plain(parts[1])}
	}
	return exchange.Name{Family: plain(parts[0]), Given: strings.TrimSpace(plain(parts[2]) + " " + plain(parts[1]))}
}

// calledParts reads "family=Beethoven, given=Ludwig, prefix=van".
func calledParts(parts []string) (exchange.Name, bool) {
	var n exchange.Name
	prefix := ""
	for _, p := range parts {
		name, value, is := strings.Cut(p, "=")
		if !is {
			return n, false
		}
		value = plain(strings.Trim(strings.TrimSpace(value), `"`))
		switch strings.ToLower(strings.Trim(strings.TrimSpace(name), `"`)) {
		case "family":
			n.Family = value
		case "given":
			n.Given = value
		case "prefix":
			prefix = value
		case "suffix", "useprefix", "given-i", "family-i", "prefix-i", "juniorcomma", "id", "hash":
		default:
			return n, false
		}
	}
	n.Family = strings.TrimSpace(prefix + " " + n.Family)
	return n, n.Family != ""
}

// spoken reads a name in the order in which it is said: the family is the last
// word, with the small words before it.
func spoken(words []string) exchange.Name {
	for i, w := range words {
		words[i] = strings.TrimSpace(w)
	}
	if len(words) == 1 {
		return exchange.Name{Family: plain(words[0])}
	}
	last := len(words) - 1
	from := last
	for i := 1; i < last; i++ {
		if small(words[i]) {
			from = i
			break
		}
	}
	if small(words[0]) {
		from = 0
	}
	n := exchange.Name{Family: plain(strings.Join(words[from:], " ")), Given: plain(strings.Join(words[:from], " "))}
	if n.Family == "" {
		n.Family, n.Given = n.Given, ""
	}
	return n
}

// small says whether a word begins with a small letter.
func small(word string) bool {
	if strings.HasPrefix(word, "{") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(plain(word))
	return unicode.IsLower(r)
}

// whole says whether one pair of braces holds all of a text.
func whole(s string) bool {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' || strings.HasPrefix(s, `{\`) {
		return false
	}
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 && i < len(s)-1 {
			return false
		}
	}
	return true
}

// splitTeX splits at a separator outside braces. White space of any kind is a
// blank, and letters of the separator may be large.
func splitTeX(s, sep string) []string {
	before := rune(0)
	s = strings.Map(func(r rune) rune {
		tie := r == '~' && before != '\\'
		if before = r; unicode.IsSpace(r) || tie {
			return ' '
		}
		return r
	}, s)
	if sep == " and " {
		s = " " + strings.Join(strings.Fields(s), " ") + " "
	}
	var all []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
			continue
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth > 0 || len(s)-i < len(sep) || !strings.EqualFold(s[i:i+len(sep)], sep) {
			continue
		}
		all = append(all, strings.TrimSpace(s[start:i]))
		start = i + len(sep)
		i = start - 2 // the blank that ends one "and" begins the next
		if sep != " and " {
			i = start - 1
		}
	}
	var kept []string
	for _, p := range append(all, strings.TrimSpace(s[min(start, len(s)):])) {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// splitAnd splits a text without TeX.
func splitAnd(s string) []string {
	var all []string
	for p := range strings.SplitSeq(s, " and ") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// NameOf reads a name of a text: with a comma it is "Family, Given"; else it is
// what somebody calls themselves.
func NameOf(s string) exchange.Name {
	s = strings.Join(strings.Fields(s), " ")
	if body, is := strings.CutSuffix(s, ","); is || strings.Contains(s, ",,") { // how EndNote marks an organisation
		return exchange.Name{Literal: strings.TrimSpace(strings.Replace(body, ",,", ",", 1))}
	}
	family, given, both := strings.Cut(s, ",")
	if !both {
		return spokenPlain(s)
	}
	return exchange.Name{Family: strings.TrimSpace(family), Given: strings.Trim(strings.TrimSpace(given), ",")}
}

// spokenPlain is a name without a comma: of a person where it is of few words
// and ends in none that organisations bear.
func spokenPlain(s string) exchange.Name {
	words := strings.Fields(s)
	if len(words) < 2 || len(words) > 4 {
		return exchange.Name{Literal: s}
	}
	for _, w := range words {
		if bodies[strings.ToLower(strings.Trim(w, ".,"))] {
			return exchange.Name{Literal: s}
		}
	}
	return spoken(words)
}

// bodies are words that a name of an organisation has, and one of a person has
// not.
var bodies = map[string]bool{
	"office": true, "institute": true, "university": true, "council": true, "committee": true, "commission": true, "ministry": true, "department": true, "nations": true, "union": true, "group": true, "centre": true, "center": true,
	"organization": true, "organisation": true, "association": true, "network": true, "rights": true, "international": true, "programme": true, "program": true, "agency": true, "secretariat": true, "society": true, "foundation": true,
	"of": true, "for": true, "and": true, "the": true, "world": true, "bank": true, "team": true, "collaboration": true, "consortium": true, "inc": true, "ltd": true,
}
