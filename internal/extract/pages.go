package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pages gathers the text of a file within MaxPages and MaxText.
type pages struct {
	done      []string
	page      strings.Builder
	size      int // bytes of all pages
	turned    int // pages that ended
	known     int // pages of the file, 0 when only reading to the end tells
	truncated bool
}

// full says that no more text is taken: the reader can end.
func (p *pages) full() bool { return p.truncated }

// empty says that the page at hand has no text yet.
func (p *pages) empty() bool { return p.page.Len() == 0 }

// add adds text to the page at hand, cleaned, cut where the limit is reached.
func (p *pages) add(s string) {
	if p.truncated {
		return
	}
	s = clean(s)
	if left := MaxText - p.size; len(s) > left {
		s, p.truncated = cut(s, left), true
	}
	p.page.WriteString(s)
	p.size += len(s)
}

// newline ends a line unless the page has no text yet.
func (p *pages) newline() {
	if !p.empty() {
		p.add("\n")
	}
}

// turn ends the page at hand and begins the next. Pages beyond MaxPages are
// counted only.
func (p *pages) turn() {
	p.turned++
	if len(p.done) >= MaxPages {
		p.truncated = true
		p.page.Reset()
		return
	}
	p.done = append(p.done, strings.TrimSpace(p.page.String()))
	p.page.Reset()
}

// turnWhen turns the page if is.
func (p *pages) turnWhen(is bool) {
	if is {
		p.turn()
	}
}

// text ends the last page when it has text, or is the only one.
func (p *pages) text() Text {
	if !p.empty() || len(p.done) == 0 {
		p.turn()
	}
	return Text{Pages: p.done, Count: max(p.known, p.turned), Truncated: p.truncated}
}

// cut shortens s to at most n bytes, at a rune.
func cut(s string, n int) string {
	if n >= len(s) {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// clean makes s valid UTF-8 with "\n" as the only end of a line, and drops
// control characters and those that turn the direction of text around.
func clean(s string) string {
	if plain(s) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(cleanRune, s)
}

// plain says that s needs no cleaning.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func cleanRune(r rune) rune {
	switch {
	case r == '\n', r == '\t':
		return r
	case r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
		return '\n'
	case unicode.IsControl(r), turns(r), r == 0xFEFF, r&0xFFFE == 0xFFFE:
		return -1
	}
	return r
}

// turns says whether r sets the direction of the text after it. In an excerpt
// that is cut before its end it would turn the page around.
func turns(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }
