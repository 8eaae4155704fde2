package bibliography

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"nmirfhub/internal/exchange"
)

// cslItem is an item of CSL JSON. Programs write numbers as words and the other
// way round.
type cslItem struct {
	ID        loose    `json:"id"`
	Key       loose    `json:"citation-key"`
	Type      loose    `json:"type"`
	Title     loose    `json:"title"`
	Author    cslNames `json:"author"`
	Editor    cslNames `json:"editor"`
	Issued    cslDate  `json:"issued"`
	Publisher loose    `json:"publisher"`
	Place     loose    `json:"publisher-place"`
	Container loose    `json:"container-title"`
	Volume    loose    `json:"volume"`
	Issue     loose    `json:"issue"`
	Number    loose    `json:"number"`
	Page      loose    `json:"page"`
	DOI       loose    `json:"DOI"`
	ISBN      loose    `json:"ISBN"`
	URL       loose    `json:"URL"`
	Language  loose    `json:"language"`
	Abstract  loose    `json:"abstract"`
}

type cslName struct {
	Family   loose `json:"family"`
	Given    loose `json:"given"`
	Literal  loose `json:"literal"`
	Particle loose `json:"non-dropping-particle"`
	Dropping loose `json:"dropping-particle"`
}

type cslDate struct {
	Parts   cslParts `json:"date-parts"`
	Raw     loose    `json:"raw"`
	Literal loose    `json:"literal"`
}

// loose is words, a number, or the first of several.
type loose string

func (l *loose) UnmarshalJSON(raw []byte) error {
	switch raw = bytes.TrimSpace(raw); {
	case bytes.HasPrefix(raw, []byte("[")):
		firstOf(raw, func(one json.RawMessage) bool {
			if !bytes.HasPrefix(one, []byte("[")) {
				l.UnmarshalJSON(one)
			}
			return false
		})
	case bytes.HasPrefix(raw, []byte(`"`)):
		var s string
		if json.Unmarshal(raw, &s) == nil {
			*l = loose(strings.Join(strings.Fields(cut(s)), " "))
		}
	default:
		var n json.Number
		if json.Unmarshal(raw, &n) == nil {
			*l = loose(n)
		}
	}
	return nil
}

// firstOf hands over the elements of a list for as long as they are wanted.
func firstOf(raw []byte, each func(json.RawMessage) bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return
	}
	for n := 0; d.More() && n < maxNames; n++ {
		var one json.RawMessage
		if d.Decode(&one) != nil || !each(one) {
			return
		}
	}
}

// cslNames are names, as many as are read.
type cslNames []exchange.Name

func (all *cslNames) UnmarshalJSON(raw []byte) error {
	firstOf(raw, func(one json.RawMessage) bool {
		var a cslName
		if json.Unmarshal(one, &a) == nil && a.name() != (exchange.Name{}) {
			*all = append(*all, a.name())
		}
		return true
	})
	return nil
}

// cslParts are year, month and day of the first of some dates.
type cslParts []loose

func (all *cslParts) UnmarshalJSON(raw []byte) error {
	firstOf(raw, func(date json.RawMessage) bool {
		firstOf(date, func(part json.RawMessage) bool {
			var l loose
			l.UnmarshalJSON(part)
			*all = append(*all, l)
			return len(*all) < 3
		})
		return false
	})
	return nil
}

func readCSL(text string, into *Library) {
	d := json.NewDecoder(strings.NewReader(text))
	at := lines{text: text}
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		d.Token()
	}
	for d.More() {
		start := int(d.InputOffset())
		start += len(text[start:]) - len(strings.TrimLeft(text[start:], " \t\n,"))
		line := at.of(start)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			into.broken(line, Unclosed, text[start:])
			return
		}
		var x cslItem
		if !bytes.HasPrefix(raw, []byte("{")) || json.Unmarshal(raw, &x) != nil {
			into.broken(line, Shape, string(raw))
			continue
		}
		into.add(x.entry(line))
	}
}

func (x cslItem) entry(line int) Entry {
	e := Entry{Line: line, Kind: strings.ToLower(string(x.Type))}
	e.Key, e.Type, e.Title = first(string(x.Key), string(x.ID)), typeOf(e.Kind), string(x.Title)
	if e.Authors = x.Author; len(e.Authors) == 0 {
		e.Authors = x.Editor
	}
	e.Date = x.Issued.date()
	e.Publisher, e.Place, e.Container = some(string(x.Publisher)), string(x.Place), string(x.Container)
	e.Volume, e.Number, e.Pages = string(x.Volume), first(string(x.Issue), string(x.Number)), string(x.Page)
	e.DOI, e.ISBN, e.URL = doiOf(string(x.DOI)), string(x.ISBN), linkOf(string(x.URL))
	e.Language, e.Abstract = languageOf(string(x.Language)), string(x.Abstract)
	return e
}

func (a cslName) name() exchange.Name {
	if a.Literal != "" {
		return exchange.Name{Literal: string(a.Literal)}
	}
	family := strings.Fields(string(a.Dropping) + " " + string(a.Particle) + " " + string(a.Family))
	return exchange.Name{Family: strings.Join(family, " "), Given: string(a.Given)}
}

func (d cslDate) date() string {
	parts := append(append([]loose{}, d.Parts...), "", "", "")
	if n, err := strconv.Atoi(string(parts[0])); err == nil && n > 0 {
		return joined(string(parts[0]), string(parts[1]), string(parts[2]))
	}
	return dateOf(first(string(d.Raw), string(d.Literal)))
}
