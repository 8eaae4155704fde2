package bibliography

import (
	"regexp"
	"strings"

	"nmirfhub/internal/exchange"
)

// months by how BibTeX abbreviates them.
var months = map[string]string{
	"jan": "1", "feb": "2", "mar": "3", "apr": "4", "may": "5", "jun": "6", "jul": "7", "aug": "8", "sep": "9", "oct": "10", "nov": "11", "dec": "12",
}

// monthOf is the number of a month by a name, a beginning of one, or a number;
// "" for none.
func monthOf(s string) string {
	s = strings.ToLower(strings.Trim(strings.TrimSpace(s), "."))
	if n := number.FindString(s); n != "" && len(n) <= 2 && n != "0" && n != "00" {
		if len(n) == 1 {
			n = "0" + n
		}
		if n <= "12" {
			return n
		}
		return ""
	}
	if len(s) < 3 {
		return ""
	}
	n := months[s[:3]]
	if len(n) == 1 {
		n = "0" + n
	}
	return n
}

var (
	number = regexp.MustCompile(`^\d+`)
	year   = regexp.MustCompile(`(?:^|\D)([12]\d{3})(?:\D|$)`)
	iso    = regexp.MustCompile(`^([12]\d{3})[-/](\d{1,2})(?:[-/](\d{1,2}))?(?:\D|$)`)
)

// dateOf is a date of a text, as far as one is there: "2016", "2016-04",
// "2016-04-30".
func dateOf(s string) string {
	if s = strings.TrimSpace(s); strings.HasPrefix(s, "-") { // before our era
		return ""
	}
	if m := iso.FindStringSubmatch(s); m != nil {
		date := m[1]
		if month := monthOf(m[2]); month != "" {
			date += "-" + month
			if day := dayOf(m[3]); day != "" {
				date += "-" + day
			}
		}
		return date
	}
	m := year.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '/' || r == ',' || r == '.' }) {
		if word[0] > '9' && monthOf(word) != "" {
			return m[1] + "-" + monthOf(word)
		}
	}
	return m[1]
}

func dayOf(s string) string {
	switch {
	case len(s) == 1 && s != "0":
		return "0" + s
	case len(s) == 2 && s > "00" && s <= "31":
		return s
	}
	return ""
}

// citation is what an entry says, with what it has of the one that it is a part
// of.
func (e *bibEntry) citation(parents map[string]*bibEntry) Entry {
	get := func(names ...string) string {
		for _, n := range names {
			if s := e.text(n, parents); s != "" {
				return s
			}
		}
		return ""
	}
	x := Entry{Line: e.line, Kind: e.kind}
	x.Key, x.Type = e.key, typeOf(e.kind)
	x.Title = get("title", "entrysubtitle", "maintitle")
	if sub := get("subtitle"); sub != "" && x.Title != "" {
		x.Title += ": " + sub
	}
	x.Authors = e.names(parents)
	for _, n := range []string{"publisher", "institution", "organization", "school", "collaborator"} {
		if s := get(n); s != "" {
			x.Publisher = splitAnd(s)
			break
		}
	}
	x.Place = get("address", "location")
	x.Date = first(dateOf(get("date")), joined(get("year"), get("month"), get("day")), dateOf(get("year")))
	x.ISBN, x.DOI, x.URL = get("isbn"), doiOf(get("doi")), e.link(parents)
	if e.kind != "book" {
		x.Container = get("journal", "journaltitle", "booktitle", "maintitle")
	}
	x.Volume, x.Number, x.Pages = get("volume"), get("number", "issue"), strings.ReplaceAll(get("pages"), "–", "-")
	x.Language, x.Abstract = languageOf(get("language", "langid")), get("abstract")
	return x
}

// joined is a date of its parts.
func joined(year, month, day string) string {
	date := dateOf(year)
	if len(date) != 4 || monthOf(month) == "" {
		return date
	}
	date += "-" + monthOf(month)
	if d := dayOf(number.FindString(day)); d != "" {
		date += "-" + d
	}
	return date
}

// inherited are the fields that an entry has of the one that it is a part of,
// by what they are called there.
var inherited = map[string]string{"booktitle": "title", "title": "", "author": "", "subtitle": "", "abstract": "", "doi": "", "pages": ""}

// raw is a field as it stands there, or in the entry that this is a part of.
func (e *bibEntry) raw(name string, parents map[string]*bibEntry) string {
	if s := e.fields[name]; strings.TrimSpace(s) != "" {
		return s
	}
	of := parents[strings.ToLower(strings.TrimSpace(first(e.fields["crossref"], e.fields["xdata"])))]
	if of == nil || of == e {
		return ""
	}
	from, other := inherited[name]
	if !other || e.fields["title"] == "" && e.kind == of.kind { // it is but another name for that one
		from = name
	}
	return of.fields[from]
}

func (e *bibEntry) text(name string, parents map[string]*bibEntry) string {
	return plain(e.raw(name, parents))
}

// link is the address of an entry, as it stands there.
func (e *bibEntry) link(parents map[string]*bibEntry) string {
	s := strings.NewReplacer(`\_`, "_", `\%`, "%", `\&`, "&", `\#`, "#", `{`, "", `}`, "", `\~`, "~", `\url`, "").Replace(first(e.raw("url", parents), e.raw("howpublished", parents)))
	if s = strings.TrimSpace(s); strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		s, _, _ = strings.Cut(s, " ")
		return s
	}
	return ""
}

func (e *bibEntry) names(parents map[string]*bibEntry) []exchange.Name {
	for _, n := range []string{"author", "editor"} {
		if names := bibNames(e.raw(n, parents)); len(names) > 0 {
			return names
		}
	}
	return nil
}

// types says what kinds of other programs are called here, in the vocabulary
// "publication-type".
var types = map[string]string{
	"article": "article", "jour": "article", "journal article": "article", "article-journal": "article", "inproceedings": "article", "conference": "article", "cpaper": "article",
	"article-newspaper": "press", "article-magazine": "press", "newspaper": "press", "magazine": "press", "news": "press", "mgzn": "press", "newspaper article": "press",
	"phdthesis": "thesis", "mastersthesis": "thesis", "thesis": "thesis", "thes": "thesis",
	"techreport": "report", "report": "report", "rprt": "report", "book": "study", "monograph": "study", "inbook": "study", "incollection": "study", "chap": "study", "chapter": "study", "edbook": "study", "book section": "study",
	"online": "website", "web": "website", "www": "website", "electronic": "website", "elec": "website", "webpage": "website", "web page": "website", "post-weblog": "blog", "blog": "blog",
	"legislation": "law", "stat": "law", "statute": "law", "bill": "law", "standard": "standard", "stand": "standard", "manual": "guide", "govdoc": "report", "gen": "report",
	"video": "media", "movie": "media", "audio": "media", "mult": "media", "motion_picture": "media", "broadcast": "media", "speech": "speech", "presentation": "speech", "slide": "speech",
}

// typeOf is the type of a kind; a report where it is not known.
func typeOf(kind string) string {
	if t := types[strings.ToLower(strings.TrimSpace(kind))]; t != "" {
		return t
	}
	return "report"
}

// languages by what programs call them.
var languages = map[string]string{
	"en": "en", "english": "en", "eng": "en", "american": "en", "british": "en", "usenglish": "en", "ukenglish": "en", "fr": "fr", "french": "fr", "francais": "fr", "français": "fr", "fre": "fr", "fra": "fr",
	"ar": "ar", "arabic": "ar", "ara": "ar", "es": "es", "spanish": "es", "español": "es", "spa": "es", "pt": "pt", "portuguese": "pt", "por": "pt", "brazilian": "pt", "ru": "ru", "russian": "ru", "rus": "ru",
	"zh": "zh", "chinese": "zh", "chi": "zh", "zho": "zh", "de": "de", "german": "de", "ger": "de", "deu": "de", "ngerman": "de", "it": "it", "italian": "it", "ita": "it",
}

// languageOf is a language as BCP 47; empty where it is not known.
func languageOf(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), ";")
	if l := languages[strings.TrimSpace(s)]; l != "" {
		return l
	}
	s, _, _ = strings.Cut(s, "-")
	return languages[strings.TrimSpace(s)]
}
