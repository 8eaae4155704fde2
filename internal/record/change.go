package record

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"nmirfhub/internal/hub"
)

// Changed names what differs between two revisions, sorted: "tier", "states",
// "title.fr", "text.fr.problem", "body.stage".
func Changed(was, is *hub.Record) []string {
	fields := map[string]bool{}
	differ := func(name string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			fields[name] = true
		}
	}
	differ("author", was.Author, is.Author)
	differ("tier", was.Tier, is.Tier)
	differ("status", was.Status, is.Status)
	differ("states", was.States, is.States)
	differ("themes", was.Themes, is.Themes)
	differ("date", was.Date, is.Date)
	differ("original", was.Original, is.Original)
	differ("attachments", was.Attachments, is.Attachments)
	differ("sources", was.Sources, is.Sources)
	differ("review_by", was.ReviewBy, is.ReviewBy)
	members("body", was.Body, is.Body, fields)
	answers("answers", was.Answers, is.Answers, fields)
	for _, l := range append([]hub.Lang{""}, hub.Langs[:]...) {
		answers(strings.TrimSuffix("closed."+string(l), "."), was.Closed[l], is.Closed[l], fields)
	}
	differ("turned", was.Turned, is.Turned)
	differ("skipped", was.Skipped, is.Skipped)
	before, after := byLang(was), byLang(is)
	for lang := range maps.Keys(before) {
		if _, still := after[lang]; !still {
			fields["versions."+string(lang)] = true
		}
	}
	for lang, v := range after {
		old, had := before[lang]
		if !had {
			fields["versions."+string(lang)] = true
			continue
		}
		differ("title."+string(lang), old.Title, v.Title)
		differ("summary."+string(lang), old.Summary, v.Summary)
		differ("translation."+string(lang), old.Translation, v.Translation)
		members("text."+string(lang), old.Text, v.Text, fields)
		answers("answers."+string(lang), old.Answers, v.Answers, fields)
	}
	return slices.Sorted(maps.Keys(fields))
}

func byLang(r *hub.Record) map[hub.Lang]hub.Version {
	m := map[hub.Lang]hub.Version{}
	for _, v := range r.Versions {
		m[v.Lang] = v
	}
	return m
}

// members compares two JSON objects member by member.
func members(name string, a, b json.RawMessage, fields map[string]bool) {
	var was, is map[string]json.RawMessage
	if json.Unmarshal(orEmpty(a), &was) != nil || json.Unmarshal(orEmpty(b), &is) != nil {
		fields[name] = true
		return
	}
	answers(name, was, is, fields)
}

// answers compares two sets of members.
func answers(name string, was, is map[string]json.RawMessage, fields map[string]bool) {
	for k, v := range is {
		if !bytes.Equal(was[k], v) {
			fields[name+"."+k] = true
		}
	}
	for k := range was {
		if _, still := is[k]; !still {
			fields[name+"."+k] = true
		}
	}
}

func orEmpty(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}
