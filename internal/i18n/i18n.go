// Package i18n is what pages say, in the reader's language: catalogs of
// messages with plural rules, and numbers, dates and lists as the language
// writes them. English is complete; what another catalog lacks is said in
// English.
package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"nmirfhub/internal/hub"
)

// Catalogs holds the messages of every language. Safe for concurrent use.
type Catalogs struct {
	printers map[hub.Lang]*Printer
}

// Printer says messages in one language. Safe for concurrent use.
type Printer struct {
	Lang     hub.Lang
	Words    hub.Lang // in which most messages are: Lang, or English while its catalog has few
	tag      language.Tag
	messages map[string]text
	numbers  *numbers
}

// text is a message; with plural forms where it counts something. forms is
// keyed by the CLDR category: zero, one, two, few, many, other.
type text struct {
	plain parts
	forms map[string]parts
}

// parts alternates literal text and names of values: "a", "name", "b".
type parts []string

// Load reads the catalogs from fsys: a folder for each language, in it any
// number of JSON files that map keys to a message or to its plural forms. It
// refuses a key that stands twice, an unknown plural form, a message whose
// values differ from the English one, and a language without a folder of its
// own that is not one of hub.Langs.
func Load(fsys fs.FS) (*Catalogs, error) {
	english, err := readLang(fsys, hub.English)
	if err != nil {
		return nil, err
	}
	c := &Catalogs{printers: map[hub.Lang]*Printer{}}
	for _, l := range hub.Langs {
		own, err := readLang(fsys, l)
		if err != nil {
			return nil, err
		}
		if err := sameValues(l, own, english); err != nil {
			return nil, err
		}
		merged := maps.Clone(english)
		maps.Copy(merged, own)
		tag := language.MustParse(string(l) + "-u-nu-latn") // Western digits, as United Nations documents have them
		words := l
		if len(own) < len(english)/2 {
			words = hub.English
		}
		c.printers[l] = &Printer{Lang: l, Words: words, tag: tag, messages: merged, numbers: newNumbers(tag)}
	}
	return c, nil
}

// In returns the printer of a language of the interface.
func (c *Catalogs) In(l hub.Lang) *Printer {
	if p := c.printers[l]; p != nil {
		return p
	}
	return c.printers[hub.English]
}

func readLang(fsys fs.FS, l hub.Lang) (map[string]text, error) {
	files, err := fs.Glob(fsys, path.Join(string(l), "*.json"))
	if err != nil {
		return nil, err
	}
	all := map[string]text{}
	for _, name := range files {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var file map[string]json.RawMessage
		if err := json.Unmarshal(raw, &file); err != nil {
			return nil, fmt.Errorf("catalog %s: %w", name, err)
		}
		for key, value := range file {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("catalog %s: the key %q stands in another file too", name, key)
			}
			t, err := parse(value)
			if err != nil {
				return nil, fmt.Errorf("catalog %s: %s: %w", name, key, err)
			}
			all[key] = t
		}
	}
	return all, nil
}

var categories = []string{"zero", "one", "two", "few", "many", "other"}

func parse(raw json.RawMessage) (text, error) {
	var plain string
	if err := json.Unmarshal(raw, &plain); err == nil {
		p, err := split(plain)
		return text{plain: p}, err
	}
	var forms map[string]string
	if err := json.Unmarshal(raw, &forms); err != nil {
		return text{}, fmt.Errorf("neither a text nor plural forms: %w", err)
	}
	t := text{forms: map[string]parts{}}
	for form, s := range forms {
		if !slices.Contains(categories, form) {
			return text{}, fmt.Errorf("%q is no plural form", form)
		}
		p, err := split(s)
		if err != nil {
			return text{}, err
		}
		t.forms[form] = p
	}
	if t.forms["other"] == nil {
		return text{}, fmt.Errorf("the plural form %q is missing", "other")
	}
	return t, nil
}

func split(s string) (parts, error) {
	var p parts
	for {
		before, rest, found := strings.Cut(s, "{")
		if strings.Contains(before, "}") {
			return nil, fmt.Errorf("a brace closes that was not opened: %q", s)
		}
		p = append(p, before)
		if !found {
			return p, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" {
			return nil, fmt.Errorf("a brace opens that is not closed: %q", s)
		}
		p = append(p, name)
		s = after
	}
}

func (t text) values() []string {
	names := map[string]bool{}
	add := func(p parts) {
		for i := 1; i < len(p); i += 2 {
			names[p[i]] = true
		}
	}
	add(t.plain)
	for _, p := range t.forms {
		add(p)
	}
	return slices.Sorted(maps.Keys(names))
}

func sameValues(l hub.Lang, own, english map[string]text) error {
	for key, t := range own {
		e, known := english[key]
		if !known {
			return fmt.Errorf("catalog %s: the key %q is not in the English one", l, key)
		}
		if (t.forms == nil) != (e.forms == nil) {
			return fmt.Errorf("catalog %s: %s: one of it and English counts, the other does not", l, key)
		}
		if !slices.Equal(t.values(), e.values()) {
			return fmt.Errorf("catalog %s: %s: has the values %v, English has %v", l, key, t.values(), e.values())
		}
	}
	return nil
}

// T says the message of a key. args are names and values in turn:
// T("list.of", "page", "2", "all", "7"). A key that no catalog has is
// answered by itself in brackets, and a test finds it.
func (p *Printer) T(key string, args ...string) string {
	t, ok := p.messages[key]
	if !ok {
		return "[" + key + "]"
	}
	return t.plain.fill(args)
}

// Has says whether a catalog has the key.
func (p *Printer) Has(key string) bool {
	_, ok := p.messages[key]
	return ok
}

// N says the message of a key for the count n, in the plural form that the
// language has for it; {n} is the count as the language writes it.
func (p *Printer) N(key string, n int, args ...string) string {
	t, ok := p.messages[key]
	if !ok {
		return "[" + key + "]"
	}
	form := t.forms[p.form(n)]
	if form == nil {
		form = t.forms["other"]
	}
	return form.fill(append(args, "n", p.Number(n)))
}

func (p *Printer) form(n int) string {
	i := n
	if i < 0 {
		i = -i
	}
	switch plural.Cardinal.MatchPlural(p.tag, i, 0, 0, 0, 0) {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

func (p parts) fill(args []string) string {
	if len(p) == 0 {
		return ""
	}
	if len(p) == 1 {
		return p[0]
	}
	var b strings.Builder
	for i, s := range p {
		if i%2 == 0 {
			b.WriteString(s)
			continue
		}
		b.WriteString(lookup(args, s))
	}
	return b.String()
}

func lookup(args []string, name string) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return "{" + name + "}"
}

// Number writes a whole number with the separators of the language.
func (p *Printer) Number(n int) string { return p.numbers.write(n) }

// Size writes a number of bytes as people read it: "84 KB".
func (p *Printer) Size(bytes int64) string {
	switch {
	case bytes < 1000:
		return p.T("size.bytes", "n", p.Number(int(bytes)))
	case bytes < 1000*1000:
		return p.T("size.kb", "n", p.Number(int((bytes+999)/1000)))
	}
	return p.T("size.mb", "n", p.Number(int((bytes+999_999)/1_000_000)))
}
