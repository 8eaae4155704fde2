package member

import (
	"strings"
	"testing"
	"unicode/utf8"

	"nmirfhub/internal/hub"
)

func TestCleanName(t *testing.T) {
	const meem = "م\u064e\u0651" // a letter with two marks
	for name, c := range map[string]struct{ in, want, reason string }{
		"Plain":        {in: "Ana Rusu", want: "Ana Rusu"},
		"Trimmed":      {in: "\u3000 Ana \n", want: "Ana"},
		"None":         {in: " \t", want: ""},
		"One":          {in: "李", want: "李"},
		"Composed":     {in: "Jose\u0301", want: "Jos\u00e9"},
		"Persian":      {in: "می\u200cرزا", want: "می\u200cرزا"},
		"Devanagari":   {in: "क्\u200dष", want: "क्\u200dष"},
		"Apostrophe":   {in: "N’Diaye-O'Neill, Jr.", want: "N’Diaye-O'Neill, Jr."},
		"Longest":      {in: strings.Repeat("é", MaxName), want: strings.Repeat("é", MaxName)},
		"LongestTyped": {in: " " + strings.Repeat("e\u0301", MaxName), want: strings.Repeat("é", MaxName)},
		"ArabicMarks":  {in: strings.Repeat(meem, MaxName/3) + "مم", want: strings.Repeat("م\u064e\u0651", MaxName/3) + "مم"},
		"ErrTooLong":   {in: strings.Repeat("é", MaxName+1), reason: hub.ReasonTooLong},
		"ErrMarks":     {in: strings.Repeat(meem, MaxName/3) + "ممم", reason: hub.ReasonTooLong},
		"ErrGrows":     {in: strings.Repeat("\ufb2c", MaxName/2), reason: hub.ReasonTooLong}, // one rune typed, three kept
		"ErrLine":      {in: "Ana\r\nBcc: eve@gov.example", reason: hub.ReasonFormat},
		"ErrLineEnd":   {in: "Ana\u2028Rusu", reason: hub.ReasonFormat},
		"ErrZero":      {in: "A\x00na", reason: hub.ReasonFormat},
		"ErrTurned":    {in: "Ana \u202egnp.exe", reason: hub.ReasonFormat},
		"ErrIsolated":  {in: "Ana \u2067Rusu", reason: hub.ReasonFormat},
		"ErrUnseen":    {in: "\u200b\u200d", reason: hub.ReasonFormat},
		"ErrOnlyMarks": {in: "\u0301\u0651", reason: hub.ReasonFormat},
		"ErrNotUTF8":   {in: "An\xffa", reason: hub.ReasonFormat},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := cleanName(c.in)
			if c.reason != "" {
				wantInvalid(t, err, "name", c.reason)
				return
			}
			if got != c.want || err != nil {
				t.Errorf("cleanName(%q) = %q, %v, want %q", c.in, got, err, c.want)
			}
		})
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"Ana Rusu", " Jose\u0301 ", "م\u0651\u064e", "\u202eanA", "a\u2028b", "\u200b", "\xff", "e" + strings.Repeat("\u0301", 60), "\u2000 \u0340", "\ufb2c", strings.Repeat("é", MaxName)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := cleanName(s)
		if err != nil {
			if name != "" {
				t.Errorf("%q was refused and kept as %q", s, name)
			}
			return
		}
		if n := utf8.RuneCountInString(name); n > MaxName || (n == 0) != (strings.TrimSpace(s) == "") || !utf8.ValidString(name) || strings.ContainsFunc(name, hub.NotInLine) || name != strings.TrimSpace(name) {
			t.Fatalf("cleanName(%q) = %q", s, name)
		}
		if again, err := cleanName(name); again != name || err != nil {
			t.Fatalf("cleanName(%q) = %q, and that is cleaned to %q, %v", s, name, again, err)
		}
	})
}
