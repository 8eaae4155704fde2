package intake

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"nmirfhub/internal/bibliography"
	"nmirfhub/internal/exchange"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/library"
	"nmirfhub/internal/record"
)

// Limits of what of an entry goes into a record: those of its questions.
const (
	maxAuthors   = 30
	maxPublisher = 6
	maxSummary   = 600
)

// recordOf is a publication as an entry describes it, in a language where it
// names none. What the questions do not take is left out.
func (s *Service) recordOf(e bibliography.Entry, l hub.Lang) hub.Record {
	if own, err := hub.ParseLang(e.Language); err == nil {
		l = own
	}
	p := library.Publication{
		Type: e.Type, Availability: "published", Place: short(e.Place, 200), Symbol: short(e.Symbol, 60), ISBN: short(e.ISBN, 60), DOI: short(e.DOI, 200),
		Container: short(e.Container, 300), Volume: short(e.Volume, 40), Number: short(e.Number, 60), Pages: short(e.Pages, 40),
	}
	if p.Symbol == p.Number {
		p.Number = ""
	}
	for _, a := range e.Authors[:min(len(e.Authors), maxAuthors)] {
		p.Authors = append(p.Authors, library.Author{Family: short(a.Family, 100), Given: short(a.Given, 100), Literal: short(a.Literal, 200)})
	}
	for _, name := range e.Publisher[:min(len(e.Publisher), maxPublisher)] {
		p.Publisher = append(p.Publisher, short(name, 200))
	}
	url := e.URL
	if record.CheckURL(url, "url") != nil {
		url = ""
	}
	if url == "" && p.DOI != "" && record.CheckURL("https://doi.org/"+p.DOI, "url") == nil {
		url = "https://doi.org/" + p.DOI
	}
	if url != "" || e.Language != "" {
		p.Issues = []library.Issue{{Lang: l, URL: url}}
	}
	r := hub.Record{
		Kind: hub.Publication, Tier: hub.TierPublic, Original: l, Date: dateOf(e.Date), Body: record.Encode(p),
		Versions: []hub.Version{{Lang: l, Title: short(e.Title, hub.MaxTitle), Summary: opening(e.Abstract, maxSummary)}},
	}
	if set := s.Sets.Latest(hub.Publication); set != nil {
		r.Questions = set.Name()
		for _, q := range set.All() {
			if a := q.Get(&r, l); a != nil && !q.Required && s.Checker.Answer(q, q.Tidy(a)) != nil {
				q.Put(&r, l, nil)
			}
		}
	}
	return r
}

// leaveOut takes answers out that somebody does not want.
func (s *Service) leaveOut(r *hub.Record, codes []string) {
	set := s.Sets.Latest(hub.Publication)
	if set == nil {
		return
	}
	for _, q := range set.All() {
		if slices.Contains(codes, q.Code) && q.At != "title" {
			q.Put(r, r.Original, nil)
		}
	}
}

// dateOf is a date as far as there is such a day.
func dateOf(s string) string {
	for s != "" && record.CheckDate(s, "date") != nil {
		s = s[:max(strings.LastIndexByte(s, '-'), 0)]
	}
	return s
}

// short is a value of one line, cut after a word where it is too long.
func short(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
	}), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	cut := string([]rune(s)[:most-2])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return cut + " …"
}

// opening are the first sentences of a text that are not too long together.
func opening(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	cut := string([]rune(s)[:most])
	for _, end := range []string{". ", "؟ ", "。", "? ", "! "} {
		if i := strings.LastIndex(cut, end); i > len(cut)/3 {
			return cut[:i+len(strings.TrimSpace(end))]
		}
	}
	return short(s, most)
}

// citationsOf are those that a record is found by: one for each of its titles.
func citationsOf(r *hub.Record) []exchange.Citation {
	p, err := record.Decode[library.Publication](r.Body)
	if err != nil {
		return nil
	}
	c := exchange.Citation{
		Date: r.Date, Symbol: p.Symbol, ISBN: p.ISBN, DOI: p.DOI, Container: p.Container, Volume: p.Volume, Number: p.Number,
	}
	for _, a := range p.Authors {
		c.Authors = append(c.Authors, exchange.Name(a))
	}
	var all []exchange.Citation
	add := func(title, url string) {
		if title != "" && len(all) < 20 {
			c.Title, c.URL = title, url
			all = append(all, c)
		}
	}
	for _, v := range r.Versions {
		url := ""
		for _, i := range p.Issues {
			if i.Lang == v.Lang {
				url = i.URL
			}
		}
		add(v.Title, url)
	}
	for _, i := range p.Issues {
		add(i.Title, i.URL)
	}
	return all
}
