package member

import (
	"strings"
	"testing"

	"nmirfhub/internal/hub"
)

func TestCheckPassword(t *testing.T) {
	ana := Person{Address: "ana.rusu@gov.example", Name: "Ana Maria Rusu"}
	cases := map[string]struct{ in, reason string }{
		"OKWords":              {in: goodPassword},
		"OKFifteen":            {in: "hV4!pQ8zr2@Lm0w"},
		"OKDigits":             {in: "840275619382746"},
		"OKMoreThanHub":        {in: "the hub cat reads 9 books"},
		"OKMoreThanName":       {in: "ana rusu ploughs foxtrot"},
		"OKChinese":            {in: "红山茶下老猫看着七条小鱼游过石桥"},
		"OKRussian":            {in: "семь лодок у причала"},
		"OKArabic":             {in: "سبعة قوارب عند المرفأ"},
		"OKEmoji":              {in: "🐢🚲🌵🎻🧂🛶🪁🧭🥨🪵🦔🛎🧦🪣🐌"},
		"OKSpacesAtTheEnds":    {in: "  tall pines 42 "},
		"OKLongest":            {in: strings.Repeat("ab9!Xk2 ", 16)},
		"OKControlCharacter":   {in: "tall\tpines\x01 sway 42"},
		"ErrEmpty":             {"", hub.ReasonRequired},
		"ErrShort":             {"hV4!pQ8zr2@Lm0", ReasonTooShort},
		"ErrShortWhenComposed": {strings.Repeat("e\u0301", 8), ReasonTooShort},
		"ErrOneRuneThatGrows":  {"\ufdfa", ReasonTooShort},
		"ErrLong":              {strings.Repeat("ab9!Xk2 ", 16) + "x", hub.ReasonTooLong},
		"ErrGrowsLong":         {strings.Repeat("\ufdfa", 20), hub.ReasonTooLong},
		"ErrHuge":              {strings.Repeat("x", 1<<20), hub.ReasonTooLong},
		"ErrNotUTF8":           {"violet tractor hums\xff", hub.ReasonFormat},
		"ErrOneLetter":         {"aaaaaaaaaaaaaaaaaaaa", ReasonCommon},
		"ErrFewLetters":        {"abcabcabcabcabcabc", ReasonCommon},
		"ErrDigitRow":          {"123456789012345678", ReasonCommon},
		"ErrDigitRowDown":      {"98765432109876543", ReasonCommon},
		"ErrAlphabet":          {"abcdefghijklmnopqrstuvwxyz", ReasonCommon},
		"ErrKeyboard":          {"qwertyuiopasdfghjkl", ReasonCommon},
		"ErrKeyboardRussian":   {"йцукенгшщзхъфывапролджэ", ReasonCommon},
		"ErrPasswordTwice":     {"PasswordPassword1!", ReasonCommon},
		"ErrHubAndYear":        {"NMIRF-Hub-2025-2025", ReasonCommon},
		"ErrOffice":            {"ohchr.geneva.2024", ReasonCommon},
		"ErrHumanRights":       {"Human Rights 1948", ReasonCommon},
		"ErrPhrase":            {"Correct Horse Battery Staple", ReasonCommon},
		"ErrDeclaration":       {"All human beings are born free and equal", ReasonCommon},
		"ErrFrench":            {"motdepasse-motdepasse", ReasonCommon},
		"ErrArabic":            {"كلمة المرور كلمة المرور", ReasonCommon},
		"ErrOwnAddress":        {"ana.rusu@gov.example", ReasonCommon},
		"ErrOwnLocalPart":      {"Ana_Rusu_Ana_Rusu_1", ReasonCommon},
		"ErrOwnName":           {"maria-ana-rusu-1987", ReasonCommon},
		"ErrFullWidth":         {"ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ", ReasonCommon},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := checkPassword(c.in, ownWords(ana)...)
			field := "password"
			if c.reason == "" {
				field = ""
			}
			wantInvalid(t, err, field, c.reason)
			if err != nil && len(c.in) > 8 && strings.Contains(err.Error(), c.in[:8]) {
				t.Errorf("the error repeats the password: %v", err)
			}
		})
	}
}

// The list is what its head says: folded, without separators, none twice.
func TestCommonWords(t *testing.T) {
	words := commonWords()
	if len(words) < 100 {
		t.Errorf("got %d words", len(words))
	}
	seen := map[string]bool{}
	for _, w := range words {
		if folded := strings.Map(dropSeparator, strings.ToLower(w)); w != folded || seen[w] {
			t.Errorf("%q: want it folded to %q, and once", w, folded)
		}
		seen[w] = true
	}
}

func TestSetPasswordRefused(t *testing.T) {
	f := newFixture(t)
	p := f.mustCreate(t, moldovan)
	_, token := f.mustSignIn(t, p.Email)
	wantInvalid(t, f.SetPassword(t.Context(), p.ID, "ana.rusu@gov.example", ""), "password", ReasonCommon)
	f.wantSession(t, token, true)
	f.mustSignIn(t, p.Email)
}
