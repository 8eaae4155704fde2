package member

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"nmirfhub/internal/hub"
)

// MaxAddress is the greatest length of an e-mail address in bytes (RFC 5321,
// section 4.5.3.1.3, less the angle brackets).
const MaxAddress = 254

// DemoDomain is the domain of the demo accounts. It can receive no mail: RFC
// 2606 keeps "example" for examples.
const DemoDomain = "demo.example"

// AddressKey returns the form of an e-mail address under which its account is
// found: trimmed, NFKC, lower case. Two spellings with the same key are one
// account. The key of a key is itself. The error is hub.Invalid with the field
// "email"; it never carries the address, since errors are logged.
func AddressKey(address string) (string, error) {
	address = strings.TrimSpace(address)
	if address == "" {
		return "", &hub.Invalid{Field: "email", Reason: hub.ReasonRequired}
	}
	key := foldAddress(address)
	if len(address) > MaxAddress || len(key) > MaxAddress {
		return "", &hub.Invalid{Field: "email", Reason: hub.ReasonTooLong, Limit: MaxAddress}
	}
	// What was typed must be an address as well as what it folds to: mails go
	// to the one, the account is found by the other.
	if foldAddress(key) != key || !isAddress(address) || !isAddress(key) {
		return "", &hub.Invalid{Field: "email", Reason: hub.ReasonFormat}
	}
	return key, nil
}

// foldAddress folds once, which is enough: no rune is known, alone or before a
// mark, that folds on when it was folded. AddressKey refuses what does.
func foldAddress(s string) string {
	return strings.TrimSpace(norm.NFKC.String(strings.ToLower(norm.NFKC.String(s))))
}

// isAddress says whether s is a bare address: no display name, no comment, no
// quotes, and nothing that cannot be seen, by which two addresses could look
// alike.
func isAddress(s string) bool {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}

// demoAddress says whether the key is of the domain of the demo accounts or of
// one below it.
func demoAddress(key string) bool {
	_, domain, _ := strings.Cut(key, "@")
	return domain == DemoDomain || strings.HasSuffix(domain, "."+DemoDomain)
}
