// Package bibliography reads what other programs write of publications: BibTeX, RIS,
// CSL JSON, EndNote, MODS and PubMed, however messy. What can be read is read;
// what cannot is named by its line, and never keeps back the rest.
package bibliography

import (
	"errors"
	"strings"

	"nmirfhub/internal/exchange"
)

// Limits of what is read.
const (
	MaxFile    = 16 << 20 // bytes
	MaxEntries = 20_000
	maxBroken  = MaxEntries
	maxOpen    = 50        // entries without an end, each of which is looked for to the end
	maxEntry   = 256 << 10 // bytes of an entry, by which it must end
	maxFields  = 300       // of an entry; further ones are left out
	maxMeant   = 16 << 20  // bytes that abbreviations stand for in all
	maxField   = 64 << 10  // bytes of a value; the rest is left out
	maxNames   = 10_000    // of an entry
	maxDepth   = 200       // elements or braces within others
)

// Entry is a publication as a library describes it.
type Entry struct {
	exchange.Citation
	Line int    // where it begins, from 1
	Kind string // as the library calls it, in small letters: "article", "jour"
}

// Broken is something that could not be read.
type Broken struct {
	Line   int
	Reason string // one of the reasons below
	Text   string // how it begins
}

// Reasons of a Broken; each is a message key of the catalogs, "import.broken.".
const (
	Unclosed = "unclosed" // it never ends: a brace or a quotation mark is missing
	Shape    = "shape"    // it is not what the format wants
	Untitled = "untitled" // it has no title
	TooMany  = "toomany"  // one more than is read
)

// Format is how a library is written.
type Format string

// The formats.
const (
	BibTeX     Format = "bibtex"
	RIS        Format = "ris"
	PubMed     Format = "pubmed"
	EndNote    Format = "endnote" // tagged: %A, %T
	EndNoteXML Format = "endnotexml"
	MODS       Format = "mods"
	CSL        Format = "csl"
)

// Errors of a file as a whole.
var (
	ErrLarge   = errors.New("the file is too large")
	ErrUnknown = errors.New("the format is not known")
)

// Library is what was read of a file, in its order.
type Library struct {
	Format  Format
	Entries []Entry
	Broken  []Broken
}

// readers read a format. Their text is UTF-8.
var readers = map[Format]func(text string, into *Library){
	BibTeX: readBibTeX, RIS: readRIS, PubMed: readPubMed, EndNote: readEndNote, EndNoteXML: readEndNoteXML, MODS: readMODS, CSL: readCSL,
}

// Read reads a file in whichever format and encoding it is. ErrLarge or
// ErrUnknown.
func Read(raw []byte) (*Library, error) {
	if len(raw) > MaxFile {
		return nil, ErrLarge
	}
	text := decode(raw)
	f := Detect(text)
	if f == "" {
		return nil, ErrUnknown
	}
	into := &Library{Format: f}
	readers[f](text, into)
	return into, nil
}

// Detect says in which format a text is; empty for none.
func Detect(text string) Format {
	start := strings.TrimSpace(text[:min(len(text), 64<<10)])
	switch {
	case strings.HasPrefix(start, "<"):
		switch {
		case strings.Contains(start, "<mods"), strings.Contains(start, ":mods"):
			return MODS
		case strings.Contains(start, "<record"):
			return EndNoteXML
		}
		return ""
	case strings.HasPrefix(start, "[") && strings.Contains(start, "{"), strings.HasPrefix(start, "{") && strings.Contains(start, `"`):
		return CSL
	}
	for line := range strings.Lines(start) {
		switch line = strings.TrimRight(line, "\r\n"); {
		case risLine.MatchString(line) && strings.HasPrefix(line, "TY"):
			return RIS
		case strings.HasPrefix(line, "PMID-"):
			return PubMed
		case strings.HasPrefix(line, "%0 "):
			return EndNote
		case entryStart.MatchString(strings.TrimSpace(line)):
			return BibTeX
		}
	}
	return ""
}

// add keeps an entry, or says why it does not.
func (l *Library) add(e Entry) {
	e.Title = strings.TrimSpace(e.Title)
	switch {
	case len(l.Entries) == MaxEntries:
		l.broken(e.Line, TooMany, e.Title)
	case e.Title == "":
		l.broken(e.Line, Untitled, strings.TrimSpace(e.Kind+" "+e.Key))
	default:
		e.Symbol = first(e.Symbol, SymbolIn(e.Number), SymbolIn(e.Title), SymbolIn(e.URL))
		l.Entries = append(l.Entries, e)
	}
}

func (l *Library) broken(line int, reason, text string) {
	if len(l.Broken) == maxBroken || reason == TooMany && len(l.Broken) > 0 && l.Broken[len(l.Broken)-1].Reason == TooMany {
		return
	}
	text = strings.TrimSpace(text[:min(len(text), 1000)])
	text, _, _ = strings.Cut(strings.ToValidUTF8(text, ""), "\n")
	if runes := []rune(text); len(runes) > 80 {
		text = string(runes[:80]) + " …"
	}
	l.Broken = append(l.Broken, Broken{line, reason, text})
}

// cut is a value that is not too long.
func cut(s string) string {
	if len(s) > maxField {
		return strings.ToValidUTF8(s[:maxField], "")
	}
	return s
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// lines says in which line a place of a text is, from 1.
type lines struct {
	text string
	at   int
	line int
}

func (l *lines) of(at int) int {
	if at < l.at {
		l.at, l.line = 0, 0
	}
	l.line += strings.Count(l.text[l.at:at], "\n")
	l.at = at
	return l.line + 1
}
