package mail

import (
	"strings"
	"testing"
	"unicode/utf8"

	"nmirfhub/internal/hub"
)

// FuzzLetter: whatever a letter says, its subject is one line that can be
// seen, and what it says stands in both of its forms as text and not as tags.
func FuzzLetter(f *testing.F) {
	f.Add("About a seat", "Dear Ana,", "One <idea>.", "https://hub.example/x?a=1&b=2")
	f.Add("A", "", "", "")
	f.Add("A\r\nBcc: eve@example.org", "<script>", "\x00\x1b[2J", "javascript:alert(1)")
	f.Add(strings.Repeat("مُ", 200), "\u202eanA", "\xff", "\" onclick=\"x")
	f.Add("\u2028\u2029\u0085a\u202e\u2066b", "&lt;", "'", "https://hub.example/\"><b>")
	f.Fuzz(func(t *testing.T, subject, greeting, text, link string) {
		l := Letter{Lang: hub.Arabic, Subject: subject, Greeting: greeting, Paragraphs: []string{text}, Action: "Go on", Link: link, After: []string{text}, Closing: "The hub"}
		m, err := l.message("ana@example.org", "1@hub.example")
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.ValidString(m.Subject) || strings.ContainsFunc(m.Subject, hub.NotInLine) || utf8.RuneCountInString(m.Subject) > MaxSubject || m.Subject != strings.TrimSpace(m.Subject) {
			t.Errorf("subject %q of %q", m.Subject, subject)
		}
		if again := line(m.Subject); again != m.Subject {
			t.Errorf("subject %q becomes %q", m.Subject, again)
		}
		for _, said := range []string{greeting, text} {
			if !strings.Contains(m.Text, said) {
				t.Errorf("%q is missing from the text %q", said, m.Text)
			}
		}
		// As many tags as in a letter that says nothing: none was slipped in.
		none := Letter{Lang: l.Lang, Paragraphs: []string{""}, After: []string{""}}
		if link != "" {
			none.Link = "https://hub.example"
		}
		bare, err := none.message("", "")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(m.HTML, "<") != strings.Count(bare.HTML, "<") || strings.Count(m.HTML, `"`) != strings.Count(bare.HTML, `"`) || strings.Contains(m.HTML, `href="javascript:`) {
			t.Errorf("%s", m.HTML)
		}
		if strings.Contains(m.HTML, ">Go on</a>") != (link != "") {
			t.Errorf("link %q in %s", link, m.HTML)
		}
	})
}
