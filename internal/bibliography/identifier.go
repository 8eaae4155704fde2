package bibliography

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"nmirfhub/internal/exchange"
)

var doi = regexp.MustCompile(`10\.\d{4,9}/[^\s"<>{}]+`)

// doiOf is the DOI in a text.
func doiOf(s string) string { return strings.TrimRight(doi.FindString(s), ".,;)") }

// identifiers are those that no other publication bears: each with what it is.
func identifiers(c exchange.Citation) []string {
	var all []string
	if d := strings.ToLower(doiOf(c.DOI)); d != "" {
		all = append(all, "doi "+d)
	}
	if s := symbolOf(c); s != "" {
		all = append(all, "un "+s)
	}
	if i := isbnOf(c.ISBN); i != "" {
		all = append(all, "isbn "+i)
	}
	if u := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(c.URL), "https://"), "http://"), "/"); strings.HasSuffix(u, ".pdf") {
		all = append(all, "file "+strings.TrimPrefix(u, "www."))
	}
	return all
}

// symbol is a document symbol of the United Nations, in capitals with its
// bars.
var symbol = regexp.MustCompile(`(?:^|[\s(/=])((?:A|E|S|ST|CCPR|CERD|CEDAW|CAT|CRC|CMW|CRPD|CED|HRI|HR)/[A-Z0-9][A-Za-z0-9./()-]*[A-Za-z0-9)])`)

// SymbolIn is the first symbol in a text, without what a sentence adds; empty
// for none.
func SymbolIn(s string) string {
	m := symbol.FindStringSubmatch(s)
	if m == nil || !strings.ContainsAny(m[1], "0123456789") {
		return ""
	}
	return m[1]
}

// prefixes are what symbols of the United Nations begin with.
var prefixes = words("A E S ST CCPR CERD CEDAW CAT CRC CMW CRPD CED HRI HR")

// symbolOf is the symbol of a publication, with its parts told from one
// another.
func symbolOf(c exchange.Citation) string {
	return first(symbolKey(c.Symbol), symbolKey(c.Number), symbolKey(SymbolIn(c.Title)))
}

// symbolKey is a symbol with its parts told from one another, in whatever
// punctuation, and whatever stands before it; empty for what is none: "UN Doc.
// A HRC RES 51 33" is "A/HRC/RES/51/33".
func symbolKey(s string) string {
	parts := strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for len(parts) > 0 && (parts[0] == "UN" || parts[0] == "DOC" || parts[0] == "DOCUMENT") {
		parts = parts[1:]
	}
	if len(parts) < 3 || len(parts) > 9 || !prefixes[parts[0]] || !strings.ContainsAny(s, "0123456789") {
		return ""
	}
	return strings.Join(parts, "/")
}

// isbnOf is an ISBN of thirteen digits, without what stands beside it.
func isbnOf(s string) string {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '(' }) {
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == 'X' || r == 'x' {
				return unicode.ToUpper(r)
			}
			return -1
		}, part)
		switch len(digits) {
		case 13:
			return digits
		case 10:
			return isbn13("978" + digits[:9])
		}
	}
	return ""
}

// isbn13 adds the digit that checks the others.
func isbn13(twelve string) string {
	sum := 0
	for i, r := range twelve {
		if r < '0' || r > '9' {
			return ""
		}
		sum += int(r-'0') * (1 + 2*(i%2))
	}
	return twelve + strconv.Itoa((10-sum%10)%10)
}
