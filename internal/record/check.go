package record

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"nmirfhub/internal/hub"
)

// Check says whether the envelope is whole. The error is hub.Invalid with the
// name of the field.
func Check(r *hub.Record) error {
	if _, err := hub.ParseKind(string(r.Kind)); err != nil {
		return err
	}
	if err := hub.CheckSlug(r.Slug); err != nil {
		return err
	}
	if _, err := hub.ParseTier(string(r.Tier)); err != nil {
		return err
	}
	for _, s := range r.States {
		if _, err := hub.ParseState(string(s)); err != nil {
			return &hub.Invalid{Field: "states", Reason: hub.ReasonUnknown, Value: string(s)}
		}
	}
	if err := CheckDate(r.Date, "date"); err != nil {
		return err
	}
	for field, n := range map[string]int{"states": len(r.States), "themes": len(r.Themes), "attachments": len(r.Attachments), "sources": len(r.Sources), "versions": len(r.Versions)} {
		if n > hub.MaxListed {
			return &hub.Invalid{Field: field, Reason: hub.ReasonTooLong, Limit: hub.MaxListed}
		}
	}
	if len(r.Body) > hub.MaxBodyBytes {
		return &hub.Invalid{Field: "body", Reason: hub.ReasonTooLong, Limit: hub.MaxBodyBytes}
	}
	for _, s := range r.Sources {
		if err := CheckURL(s.URL, "sources.url"); err != nil {
			return err
		}
	}
	return checkVersions(r)
}

func checkVersions(r *hub.Record) error {
	seen := map[hub.Lang]bool{}
	for _, v := range r.Versions {
		field := "versions." + string(v.Lang)
		if v.Lang == "" || seen[v.Lang] {
			return &hub.Invalid{Field: field, Reason: hub.ReasonTaken}
		}
		seen[v.Lang] = true
		if strings.TrimSpace(v.Title) == "" && (v.Lang == r.Original || !drafted(r)) {
			return &hub.Invalid{Field: field + ".title", Reason: hub.ReasonRequired}
		}
		for name, text := range map[string]string{".title": v.Title, ".summary": v.Summary} {
			if !utf8.ValidString(text) {
				return &hub.Invalid{Field: field + name, Reason: hub.ReasonFormat}
			}
		}
		if utf8.RuneCountInString(v.Title) > hub.MaxTitle {
			return &hub.Invalid{Field: field + ".title", Reason: hub.ReasonTooLong, Limit: hub.MaxTitle}
		}
		if utf8.RuneCountInString(v.Summary) > hub.MaxSummary {
			return &hub.Invalid{Field: field + ".summary", Reason: hub.ReasonTooLong, Limit: hub.MaxSummary}
		}
		if len(v.Text) > hub.MaxBodyBytes {
			return &hub.Invalid{Field: field + ".text", Reason: hub.ReasonTooLong, Limit: hub.MaxBodyBytes}
		}
	}
	if !seen[r.Original] {
		return &hub.Invalid{Field: "original", Reason: hub.ReasonRequired, Value: string(r.Original)}
	}
	return nil
}

// drafted says whether a record is still written: of a language that was just
// begun it may lack the title.
func drafted(r *hub.Record) bool {
	return r.Status == hub.StatusDraft || r.Status == hub.StatusReturned
}

// CheckTexts says whether the text of every version is a T.
func CheckTexts[T any](r *hub.Record) error {
	for _, v := range r.Versions {
		if _, err := Decode[T](v.Text); err != nil {
			return &hub.Invalid{Field: "text." + string(v.Lang), Reason: hub.ReasonFormat, Value: err.Error()}
		}
	}
	return nil
}

// CheckDate accepts a date as exact as it is known: "2022", "2022-12",
// "2022-12-07", or nothing.
func CheckDate(s, field string) error {
	if s == "" {
		return nil
	}
	for _, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if _, err := time.Parse(layout, s); err == nil && len(s) == len(layout) {
			return nil
		}
	}
	return &hub.Invalid{Field: field, Reason: hub.ReasonFormat, Value: s}
}

// CheckURL accepts an absolute http or https address of at most 2,000 bytes,
// or nothing.
func CheckURL(s, field string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || len(s) > 2000 {
		return &hub.Invalid{Field: field, Reason: hub.ReasonFormat, Value: s}
	}
	return nil
}
