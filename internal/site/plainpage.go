package site

import (
	"strings"

	"nmirfhub/internal/hub"
	"nmirfhub/web/part"
)

// details gathers facts for a page about one thing. Facts without a value are
// left out: such a page lists what is known.
type details struct {
	*request
	prefix string   // of the messages that name the facts
	lang   hub.Lang // of what the source says in words
	facts  []part.Fact
}

// said adds what the source says in words.
func (d *details) said(key string, values ...string) {
	d.add(key, d.lang, values)
}

// told adds what is already in the reader's language.
func (d *details) told(key string, values ...string) {
	d.add(key, d.Lang, values)
}

func (d *details) add(key string, l hub.Lang, values []string) {
	f := part.Fact{Label: d.T(d.prefix + key)}
	f.Lang, f.Dir = langDir(l)
	for _, v := range values {
		if v != "" {
			f.Values = append(f.Values, v)
		}
	}
	if len(f.Values) > 0 {
		d.facts = append(d.facts, f)
	}
}

// linked adds places to go.
func (d *details) linked(key string, links []part.LinkTo) {
	if len(links) > 0 {
		d.facts = append(d.facts, part.Fact{Label: d.T(d.prefix + key), Links: links})
	}
}

// take returns the facts gathered so far and begins anew.
func (d *details) take() []part.Fact {
	facts := d.facts
	d.facts = nil
	return facts
}

// translated says that the words of a record are a translation, and from which
// language; nothing when they are not.
func (r *request) translated(rec *hub.Record) part.Translation {
	t := rec.In(r.Lang)
	if t.Translation == "" || t.Lang == rec.Original {
		return part.Translation{}
	}
	from := r.T("language." + string(rec.Original))
	to := part.Translation{Link: r.T("detail.to.original", "lang", from)}
	if rec.Status == hub.StatusPublished {
		to.Href = "/" + string(rec.Original) + strings.TrimPrefix(r.link(r.site.Records.HeadOf(rec)).Href, "/"+string(r.Lang))
	}
	if rec.Questions != "" {
		to.Say = r.T("detail.by."+string(t.Translation), "lang", from) + " " + r.T("detail.checked."+checkedBy(rec))
		return to
	}
	key := "detail.translated"
	if t.Summary == "" {
		key = "detail.translated.title"
	}
	to.Say = r.T(key, "lang", from)
	return to
}

// checkedBy is the role of those who have read a translation before it was
// published.
func checkedBy(rec *hub.Record) string {
	switch {
	case rec.Status != hub.StatusPublished:
		return "nobody"
	case rec.Mechanism != "":
		return "mechanism"
	}
	return "moderator"
}

// plain is what the pages of small kinds have in common.
func (r *request) plain(rec *hub.Record, eyebrow string, lang hub.Lang) part.Plain {
	t := rec.In(r.Lang)
	p := part.Plain{Eyebrow: eyebrow, Heading: t.Title, Summary: t.Summary, Translated: r.translated(rec), Locked: r.lockOf(rec.Tier), Sources: sourceLines(rec.Sources), More: r.more(rec)}
	p.Lang, p.Dir = langDir(t.Lang)
	if lang != r.Lang {
		p.Foreign = r.T("detail.foreign", "lang", r.T("language."+string(lang)))
	}
	return p
}
