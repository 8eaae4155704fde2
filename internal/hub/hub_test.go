package hub_test

import (
	"errors"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
)

func TestCheckSlug(t *testing.T) {
	for slug, reason := range map[string]string{
		"a": "", "mda": "", "hrc-res-51-33": "", "2022": "", strings.Repeat("a", hub.MaxSlug): "",
		"": hub.ReasonRequired, strings.Repeat("a", hub.MaxSlug+1): hub.ReasonTooLong,
		"-a": hub.ReasonFormat, "a-": hub.ReasonFormat, "a--b": hub.ReasonFormat, "A": hub.ReasonFormat, "a b": hub.ReasonFormat,
		"a/b": hub.ReasonFormat, "..": hub.ReasonFormat, "é": hub.ReasonFormat, "a\x00": hub.ReasonFormat,
	} {
		got := ""
		var invalid *hub.Invalid
		if err := hub.CheckSlug(slug); errors.As(err, &invalid) {
			got = invalid.Reason
			if invalid.Field != "slug" {
				t.Errorf("%.20q: field %q", slug, invalid.Field)
			}
		}
		if got != reason {
			t.Errorf("%.20q: got %q, want %q", slug, got, reason)
		}
	}
}

func TestParseState(t *testing.T) {
	for in, want := range map[string]hub.State{"MDA": "MDA", "mda": "MDA", "mDa": "MDA", "": "", "MD": "", "MDAA": "", "M1A": "", "мда": "", "M A": ""} {
		got, err := hub.ParseState(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestLangs(t *testing.T) {
	for _, l := range hub.Langs {
		got, err := hub.ParseLang(string(l))
		if got != l || err != nil {
			t.Errorf("%s: got %s, %v", l, got, err)
		}
		if l.Name() == string(l) {
			t.Errorf("%s has no name of its own", l)
		}
		if (l.Dir() == "rtl") != (l == hub.Arabic) {
			t.Errorf("%s is written %s", l, l.Dir())
		}
	}
	for _, s := range []string{"", "EN", "de", "en-GB", "zz"} {
		if _, err := hub.ParseLang(s); err == nil {
			t.Errorf("%q is taken for a language", s)
		}
	}
}

// TestNewID: ids are 26 characters, fit for an address, and never the same.
func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := hub.NewID()
		if len(id) != 26 || hub.CheckSlug(id) != nil || seen[id] {
			t.Fatalf("a bad id: %q, seen before: %v", id, seen[id])
		}
		seen[id] = true
	}
}

// TestIn: the version in the reader's language, else the original, else the
// first.
func TestIn(t *testing.T) {
	r := hub.Record{Original: hub.French, Versions: []hub.Version{{Lang: hub.Spanish, Title: "es"}, {Lang: hub.French, Title: "fr"}}}
	for l, want := range map[hub.Lang]string{hub.Spanish: "es", hub.French: "fr", hub.Arabic: "fr"} {
		if got := r.In(l).Title; got != want {
			t.Errorf("in %s: %q, want %q", l, got, want)
		}
	}
	r.Original = hub.Russian
	if got := r.In(hub.Arabic).Title; got != "es" {
		t.Errorf("without the original: %q, want the first", got)
	}
}
