package intake

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/bibliography"
	"nmirfhub/internal/exchange"
	"nmirfhub/internal/extract"
	"nmirfhub/internal/hub"
)

// Found is what a PDF says of itself, and what its first page lets one guess.
type Found struct {
	Title   string   `json:"title"`
	Authors []string `json:"authors,omitempty"`
	Date    string   `json:"date,omitempty"`
	Symbol  string   `json:"symbol,omitempty"`
	Lang    string   `json:"lang,omitempty"`
	Guessed []string `json:"guessed,omitempty"` // codes of the questions whose answer is a guess
	Unread  bool     `json:"unread,omitempty"`  // its text could not be read
}

// readPDF reads properties and first page of a PDF. One that cannot be read is
// kept all the same: its title is a guess of its name.
func (s *Service) readPDF(ctx context.Context, name string, raw []byte) (*Found, error) {
	reading, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	text, err := s.Read(reading, "file.pdf", bytes.NewReader(raw), int64(len(raw)))
	switch {
	case errors.Is(err, extract.ErrUnsupported):
		return nil, &hub.Invalid{Field: "file", Reason: hub.ReasonFormat}
	case errors.Is(err, extract.ErrEncrypted), errors.Is(err, extract.ErrDamaged), errors.Is(err, extract.ErrTooLarge), errors.Is(err, extract.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		f := found(name, extract.Text{})
		f.Unread = true
		return f, nil
	case err != nil:
		return nil, err
	}
	return found(name, text), nil
}

// found is what is known of a PDF: first what it says of itself, then what its
// first page lets one guess.
func found(name string, text extract.Text) *Found {
	page := ""
	if len(text.Pages) > 0 {
		page = text.Pages[0][:min(len(text.Pages[0]), 20_000)]
	}
	f := &Found{Title: properTitle(text.Title), Date: dateOf(text.Date), Symbol: symbolOf(page), Lang: string(languageOf(page))}
	if f.Symbol == "" { // of a document with a symbol it is who typed it
		f.Authors = authorsIn(text.Author)
	}
	guess := func(code string, is bool) {
		if is {
			f.Guessed = append(f.Guessed, code)
		}
	}
	if f.Title == "" {
		f.Title = titleOn(page)
		if f.Title == "" {
			f.Title = nameless(name)
		}
		guess("title", true)
	}
	if printed := dayOn(page); printed != "" {
		f.Date = printed
	}
	guess("date", f.Date != "") // it is when the file was made, or some day on its first page
	guess("symbol", f.Symbol != "")
	guess("authors", len(f.Authors) > 0) // it is often who typed it
	guess("issues", f.Lang != "")
	guess("type", true)
	return f
}

func (f *Found) entry() bibliography.Entry {
	e := bibliography.Entry{Line: 1, Kind: "pdf", Citation: exchange.Citation{Type: "report", Title: f.Title, Date: f.Date, Symbol: f.Symbol, Language: f.Lang}}
	for _, a := range f.Authors {
		e.Authors = append(e.Authors, bibliography.NameOf(a))
	}
	return e
}

// office is what programs write where no title was given.
var office = regexp.MustCompile(`(?i)^(microsoft (word|powerpoint|excel) - |untitled|document\d*$|slide \d|layout \d|presentation\d*$|titre du document|titel|title$)|\.(docx?|pptx?|xlsx?|indd|qxd|pdf|odt|rtf|tex|dvi)$`)

func properTitle(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if office.MatchString(s) || utf8.RuneCountInString(s) < 6 || !strings.ContainsFunc(s, unicode.IsLetter) {
		return ""
	}
	return s
}

// authorsIn are the people whom a PDF names: one, or several between commas.
func authorsIn(s string) []string {
	s = strings.TrimSpace(s)
	all := []string{s}
	if strings.Count(s, ",") > 1 || strings.Contains(s, ";") {
		all = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' })
	}
	var names []string
	for _, name := range all {
		if name = strings.TrimSpace(name); properAuthor(name) {
			names = append(names, name)
		}
	}
	return names
}

func properAuthor(s string) bool {
	switch strings.ToLower(s) {
	case "", "user", "admin", "administrator", "owner", "author", "pc", "hp", "dell", "windows user", "utilisateur":
		return false
	}
	return utf8.RuneCountInString(s) >= 3 && len(s) < 200 && !strings.Contains(s, "@")
}

func nameless(name string) string {
	name = strings.TrimSpace(strings.NewReplacer("_", " ", "-", " ").Replace(strings.TrimSuffix(strings.TrimSuffix(name, ".pdf"), ".PDF")))
	if name == "" {
		return "PDF"
	}
	return name
}

func symbolOf(page string) string {
	for line := range strings.Lines(page[:min(len(page), 3000)]) {
		if s := bibliography.SymbolIn(strings.TrimSpace(line)); s != "" {
			return s
		}
	}
	return ""
}

// masthead are lines that stand above the title of a document.
var masthead = regexp.MustCompile(`(?i)^(united nations|nations unies|naciones unidas|الأمم المتحدة|general assembly|assembl[ée]e g[ée]n[ée]rale|human rights council|conseil des droits|distr\.|original|agenda item|point \d+ de l|(geneva|gen[èe]ve|new york), \d|page \d|\d+|www\.|https?:|e-?mail|tel|isbn|issn)|@|\b(session|période de sessions)$`)

// titleOn is a guess: the first lines of a page, one after the other, that are
// of several words and of no masthead.
func titleOn(page string) string {
	var title []string
	n := 0
	for line := range strings.Lines(strings.ToValidUTF8(page[:min(len(page), 4000)], "")) {
		n++
		line = strings.Join(strings.Fields(line), " ")
		switch {
		case masthead.MatchString(line) || bibliography.SymbolIn(line) != "":
			if n > mastheadLines && len(title) > 0 {
				return joinTitle(title)
			}
			title = nil // what stood above it is no title either
			continue
		case len(title) == 0 && (len(strings.Fields(line)) < 3 && utf8.RuneCountInString(line) < 20 || !strings.ContainsFunc(line, unicode.IsLetter)):
			continue
		case line == "" && n <= mastheadLines:
			continue
		case line == "", len(title) == 3, strings.HasSuffix(line, ".") && len(title) > 0:
			if n > mastheadLines || len(title) == 3 {
				return joinTitle(title)
			}
		}
		title = append(title, line)
	}
	return joinTitle(title)
}

// mastheadLines are how many lines a masthead has at most.
const mastheadLines = 14

func joinTitle(lines []string) string {
	return short(strings.Join(lines[:min(len(lines), 3)], " "), 200)
}

var day = regexp.MustCompile(`\b(\d{1,2})(?:er|st|nd|rd|th)? (January|February|March|April|May|June|July|August|September|October|November|December|janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre) ((?:19|20)\d\d)\b`)

var months = map[string]int{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
	"janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6, "juillet": 7, "aout": 8, "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
}

// dayOn is the first day that a page names.
func dayOn(page string) string {
	m := day.FindStringSubmatch(page[:min(len(page), 4000)])
	if m == nil {
		return ""
	}
	month := months[strings.NewReplacer("é", "e", "û", "u").Replace(strings.ToLower(m[2]))]
	t, err := time.Parse("2 1 2006", m[1]+" "+strconv.Itoa(month)+" "+m[3])
	if err != nil {
		return m[3]
	}
	return t.Format(time.DateOnly)
}

// common are small words by which a language is told.
var common = map[hub.Lang]string{
	"en": " the of and to in for on is that with by ", "fr": " le la les des et du une dans pour sur est par ",
	"es": " el los las del y en una para con por que se ", "pt": " o os as do da dos das em uma para com não ",
}

// languageOf is the language of a text; empty where it cannot be told.
func languageOf(text string) hub.Lang {
	arabic, han, cyrillic, latin := 0, 0, 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Arabic, r):
			arabic++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	switch most := max(arabic, 2*han, cyrillic, latin); {
	case most < 40:
		return ""
	case most == arabic:
		return "ar"
	case most == 2*han:
		return "zh"
	case most == cyrillic:
		return "ru"
	}
	best, hits := hub.Lang(""), 4
	for _, l := range hub.Langs {
		n := 0
		for _, w := range strings.Fields(strings.ToLower(text)) {
			if common[l] != "" && strings.Contains(common[l], " "+w+" ") {
				n++
			}
		}
		if n > hits {
			best, hits = l, n
		}
	}
	return best
}
