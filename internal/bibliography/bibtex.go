package bibliography

import (
	"regexp"
	"strings"
)

// entryStart is how an entry begins.
var entryStart = regexp.MustCompile(`^@[A-Za-z][A-Za-z0-9_-]*\s*[{(]`)

// bib reads BibTeX and BibLaTeX.
type bib struct {
	text    string
	at      int
	lines   lines
	strings map[string]string // what abbreviations stand for, in small letters
	parents map[string]*bibEntry
	escapes bool // a brace after a backslash is a letter
	end     int  // by where the entry must end
	meant   int  // bytes that abbreviations have stood for
	line    int  // where the line begins that crossedOut saw last
	looked  int  // by where it has looked
	open    int  // comments without an end
}

// bibEntry is an entry as it stands there.
type bibEntry struct {
	line   int
	kind   string
	key    string
	fields map[string]string // TeX
}

func readBibTeX(text string, into *Library) {
	b := &bib{text: text, lines: lines{text: text}, strings: map[string]string{}, parents: map[string]*bibEntry{}}
	for abbreviation, month := range months {
		b.strings[abbreviation] = month
	}
	var all []*bibEntry
	unclosed := 0
	for b.next() {
		start := b.at
		b.end = min(len(text), start+maxEntry)
		e, ok := b.entry()
		if !ok { // once more, with the other rule for braces
			b.at, b.escapes = start, true
			e, ok = b.entry()
			b.escapes = false
		}
		if !ok {
			if unclosed++; unclosed > maxOpen {
				into.broken(b.lines.of(start), TooMany, b.text[start:])
				break
			}
			into.broken(b.lines.of(start), Unclosed, b.text[start:])
			b.skipTo(start + 1)
			continue
		}
		if e == nil {
			continue
		}
		if len(all) == MaxEntries {
			into.broken(e.line, TooMany, e.key)
			break
		}
		all = append(all, e)
		if key := strings.ToLower(e.key); key != "" && b.parents[key] == nil {
			b.parents[key] = e
		}
	}
	for _, e := range all {
		into.add(e.citation(b.parents))
	}
}

// next goes to where the next entry begins.
func (b *bib) next() bool {
	for {
		i := strings.IndexByte(b.text[b.at:], '@')
		if i < 0 {
			return false
		}
		b.at += i
		if entryStart.MatchString(b.text[b.at:min(len(b.text), b.at+100)]) && !b.crossedOut() {
			return true
		}
		b.at++
	}
}

// crossedOut says whether the line so far is a comment.
func (b *bib) crossedOut() bool {
	if i := strings.LastIndexByte(b.text[b.looked:b.at], '\n'); i >= 0 {
		b.line = b.looked + i + 1
	}
	b.looked = b.at
	rest := strings.TrimLeft(b.text[b.line:min(b.at, b.line+100)], " \t")
	return strings.HasPrefix(rest, "%")
}

// skipTo goes to the next line that begins an entry.
func (b *bib) skipTo(from int) {
	for b.at = from; ; {
		i := strings.Index(b.text[b.at:], "\n@")
		if i < 0 {
			b.at = len(b.text)
			return
		}
		b.at += i + 1
		if entryStart.MatchString(b.text[b.at:min(len(b.text), b.at+100)]) {
			return
		}
	}
}

// entry reads from an @ on; nil for what is none: a comment, an abbreviation.
func (b *bib) entry() (*bibEntry, bool) {
	e := &bibEntry{line: b.lines.of(b.at), fields: map[string]string{}}
	b.at++
	e.kind = strings.ToLower(b.word())
	b.space()
	end := byte('}')
	if b.text[b.at:b.end] == "" {
		return nil, false
	}
	if b.text[b.at] == '(' {
		end = ')'
	}
	switch e.kind {
	case "comment", "preamble":
		if end == ')' {
			b.at++
			i := strings.IndexByte(b.text[b.at:b.end], ')')
			b.at += max(i, 0)
			return nil, true
		}
		start := b.at
		ok := false
		if b.open <= maxOpen {
			_, ok = b.braced()
		}
		if !ok && e.kind == "comment" { // words after a sign, no more
			b.open++
			b.at = start + 1
			return nil, true
		}
		return nil, ok
	case "string":
		b.at++
		name, value, ok := b.field(end)
		if ok {
			b.strings[strings.ToLower(name)] = value
			b.close(end)
		}
		return nil, ok
	}
	b.at++
	e.key = b.key(end)
	for {
		b.space()
		if b.at >= b.end {
			return nil, false
		}
		switch c := b.text[b.at]; {
		case c == end:
			b.at++
			return e, true
		case c == ',':
			b.at++
			continue
		}
		if b.begins() {
			return nil, false
		}
		name, value, ok := b.field(end)
		if !ok {
			return nil, false
		}
		e.put(strings.ToLower(name), value)
	}
}

// put keeps a field. Authors may stand in several.
func (e *bibEntry) put(name, value string) {
	switch was := e.fields[name]; {
	case was == "" && len(e.fields) < maxFields:
		e.fields[name] = value
	case was != "" && len(was) < maxField && (name == "author" || name == "editor"):
		e.fields[name] = was + " and " + value
	}
}

// key is the name of an entry; empty where a field follows at once.
func (b *bib) key(end byte) string {
	b.space()
	rest := b.text[b.at:b.end]
	i := strings.IndexAny(rest, ",=\n\"{}")
	if i < 0 {
		return ""
	}
	switch rest[i] {
	case ',', '}':
		b.at += i
		return strings.TrimSpace(rest[:i])
	case '\n':
		if key := strings.TrimSpace(rest[:i]); !strings.ContainsAny(key, " \t") {
			b.at += i
			return strings.TrimSuffix(key, string(end))
		}
	}
	return ""
}

// field reads a name and its value.
func (b *bib) field(end byte) (name, value string, ok bool) {
	b.space()
	start := b.at
	for b.at < b.end && !strings.ContainsRune("=,{}()\"\n#", rune(b.text[b.at])) {
		b.at++
	}
	name = strings.TrimSpace(b.text[start:b.at])
	b.space()
	if b.at >= b.end || b.text[b.at] != '=' {
		if b.at < b.end && (b.text[b.at] == ',' || b.text[b.at] == end) && name != "" {
			return name, "", true // a field without a value
		}
		return "", "", false
	}
	b.at++
	value, ok = b.value(end)
	return name, value, ok && name != ""
}

// value reads pieces that are joined by #.
func (b *bib) value(end byte) (string, bool) {
	var all strings.Builder
	for {
		b.space()
		if b.at >= b.end {
			return "", false
		}
		var piece string
		ok := true
		switch c := b.text[b.at]; {
		case c == '{':
			piece, ok = b.braced()
		case c == '"':
			piece, ok = b.quoted()
		case c == ',' || c == end:
			return all.String(), true // nothing stands there
		default:
			word := b.word()
			if word == "" {
				return "", false
			}
			piece = word
			if is, known := b.strings[strings.ToLower(word)]; known && b.meant < maxMeant {
				b.meant += len(is)
				piece = is
			}
		}
		if !ok {
			return "", false
		}
		if all.Len() < maxField {
			all.WriteString(piece)
		}
		b.space()
		if b.at >= b.end || b.text[b.at] != '#' {
			return all.String(), true
		}
		b.at++
	}
}

// braced reads what stands between braces.
func (b *bib) braced() (string, bool) { return b.until('}', 1) }

// quoted reads what stands between quotation marks.
func (b *bib) quoted() (string, bool) { return b.until('"', 0) }

// until reads to a sign outside inner braces. Where a line begins an entry,
// the sign was forgotten.
func (b *bib) until(end byte, depth int) (string, bool) {
	b.at++
	start := b.at
	for ; b.at < b.end; b.at++ {
		switch c := b.text[b.at]; {
		case c == '\\' && b.escapes:
			b.at++
		case c == '{':
			depth++
		case c == '}':
			depth--
			if depth < 0 {
				return "", false
			}
			if depth == 0 && end == '}' {
				b.at++
				return cut(b.text[start : b.at-1]), true
			}
		case c == end && depth == 0:
			b.at++
			return cut(b.text[start : b.at-1]), true
		case c == '\n' && b.begins():
			return "", false
		}
	}
	return "", false
}

// keyed is an entry that begins with a key.
var keyed = regexp.MustCompile(`^\s?@[A-Za-z]+\s*[{(]\s*[^\s,={}]+\s*,\s*(\n|[A-Za-z-]+\s*=)`)

// begins says whether an entry begins in the next line, or here.
func (b *bib) begins() bool {
	rest := b.text[b.at:min(b.end, b.at+300)]
	return strings.IndexByte(rest[:min(2, len(rest))], '@') >= 0 && keyed.MatchString(rest)
}

// close passes over the sign that ends what was read.
func (b *bib) close(end byte) {
	b.space()
	if b.at < b.end && b.text[b.at] == end {
		b.at++
	}
}

// word reads a name, an abbreviation or a number.
func (b *bib) word() string {
	start := b.at
	for b.at < b.end && !strings.ContainsRune(" \t\r\n={}(),\"#%", rune(b.text[b.at])) {
		b.at++
	}
	return b.text[start:b.at]
}

// space passes over blanks, and over the rest of a line after a percent sign,
// which is a comment for many programs.
func (b *bib) space() {
	for b.at < b.end {
		switch b.text[b.at] {
		case ' ', '\t', '\r', '\n':
			b.at++
		case '%':
			i := strings.IndexByte(b.text[b.at:b.end], '\n')
			if i < 0 {
				b.at = b.end
				return
			}
			b.at += i
		default:
			return
		}
	}
}
