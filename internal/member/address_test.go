package member

import (
	"strings"
	"testing"

	"nmirfhub/internal/hub"
)

func TestAddressKey(t *testing.T) {
	long := strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 93) + "example"
	cases := map[string]struct{ in, want, reason string }{
		"Plain":                {in: "ana@gov.example", want: "ana@gov.example"},
		"Capitals":             {in: "ANA.Rusu@GOV.Example", want: "ana.rusu@gov.example"},
		"Spaces":               {in: " \tana@gov.example\n", want: "ana@gov.example"},
		"Plus":                 {in: "ana+hub@gov.example", want: "ana+hub@gov.example"},
		"Arabic":               {in: "آنا@gov.example", want: "آنا@gov.example"},
		"Composed":             {in: "andre\u0301@gov.example", want: "andr\u00e9@gov.example"},
		"FullWidthLetters":     {in: "ＡＮＡ@gov.example", want: "ana@gov.example"},
		"Longest":              {in: long[len(long)-MaxAddress:], want: long[len(long)-MaxAddress:]},
		"ErrEmpty":             {reason: hub.ReasonRequired},
		"ErrBlank":             {in: " \u00a0 ", reason: hub.ReasonRequired},
		"ErrTooLong":           {in: "a" + long[len(long)-MaxAddress:], reason: hub.ReasonTooLong},
		"ErrGrowsTooLong":      {in: strings.Repeat("\ufdfa", 30) + "@gov.example", reason: hub.ReasonTooLong},
		"ErrNoAt":              {in: "ana.gov.example", reason: hub.ReasonFormat},
		"ErrNoDomain":          {in: "ana@", reason: hub.ReasonFormat},
		"ErrTwo":               {in: "a@x.example, b@x.example", reason: hub.ReasonFormat},
		"ErrDisplayName":       {in: "Ana <ana@gov.example>", reason: hub.ReasonFormat},
		"ErrAngles":            {in: "<ana@gov.example>", reason: hub.ReasonFormat},
		"ErrComment":           {in: "ana@gov.example (Ana)", reason: hub.ReasonFormat},
		"ErrQuoted":            {in: `"a b"@gov.example`, reason: hub.ReasonFormat},
		"ErrFullWidthAt":       {in: "ana＠gov.example", reason: hub.ReasonFormat},
		"ErrFoldsToComma":      {in: "a\ufe50b@gov.example", reason: hub.ReasonFormat},
		"ErrLineBreak":         {in: "ana@gov.example\r\nBcc: b@x.example", reason: hub.ReasonFormat},
		"ErrZero":              {in: "a\x00na@gov.example", reason: hub.ReasonFormat},
		"ErrInvisible":         {in: "an\u200ba@gov.example", reason: hub.ReasonFormat},
		"ErrDirectionMark":     {in: "an\u202ea@gov.example", reason: hub.ReasonFormat},
		"ErrNotUTF8":           {in: "an\xffa@gov.example", reason: hub.ReasonFormat},
		"ErrOperatorCharacter": {in: `{"$ne":""}`, reason: hub.ReasonFormat},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := AddressKey(c.in)
			if c.reason != "" {
				wantInvalid(t, err, "email", c.reason)
				return
			}
			if got != c.want || err != nil {
				t.Errorf("AddressKey(%q) = %q, %v, want %q", c.in, got, err, c.want)
			}
		})
	}
}

func TestDemoAddress(t *testing.T) {
	for key, want := range map[string]bool{
		"admin@demo.example":     true,
		"admin@sub.demo.example": true,
		"admin@notdemo.example":  false,
		"demo.example@gov.md":    false,
		"":                       false,
	} {
		if got := demoAddress(key); got != want {
			t.Errorf("demoAddress(%q) = %v, want %v", key, got, want)
		}
	}
}

func FuzzAddressKey(f *testing.F) {
	for _, s := range []string{"ana@gov.example", " ANA@Gov.Example ", "ＡＮＡ@gov.example", "İ@x.example", "ß@ẞ.example", "a@[1.2.3.4]", `"a b"@x.example`, "a\u200b@x", "\u03d3@x", "K@x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := AddressKey(s)
		if err != nil {
			if strings.Contains(err.Error(), s) && len(s) > 8 {
				t.Fatalf("the error repeats the address: %v", err)
			}
			return
		}
		if len(key) > MaxAddress || key != strings.TrimSpace(key) || strings.ContainsAny(key, "\r\n\x00<>") || strings.Count(key, "@") < 1 {
			t.Fatalf("AddressKey(%q) = %q", s, key)
		}
		if again, err := AddressKey(key); again != key || err != nil {
			t.Fatalf("AddressKey(%q) = %q, its key is %q, %v", s, key, again, err)
		}
		if upper, err := AddressKey(" " + s + " "); upper != key || err != nil {
			t.Fatalf("with spaces: %q, %v, want %q", upper, err, key)
		}
	})
}
