package letters_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"nmirfhub/internal/hub"
	"nmirfhub/internal/i18n"
	"nmirfhub/internal/letters"
	"nmirfhub/internal/mail"
	"nmirfhub/internal/people"
)

// TestLetters: every letter says all it should, in each complete language.
func TestLetters(t *testing.T) {
	catalogs, err := i18n.Load(os.DirFS("../../web/catalog"))
	if err != nil {
		t.Fatal(err)
	}
	w := &letters.Writer{Catalogs: catalogs, Origin: "https://hub.example"}
	seen := map[string]bool{}
	for _, l := range []hub.Lang{hub.English, hub.French, hub.Arabic} {
		for _, i := range []mail.Item{
			{Kind: people.LetterDeclined}, {Kind: people.LetterNotice, Args: map[string]string{"what": people.NoticeDevice, "at": "2026-11-23T09:30:00Z"}},
			{Kind: people.LetterNotice, Args: map[string]string{"what": people.NoticePassword, "at": "2026-11-23T09:30:00Z"}},
			{Kind: people.LetterNotice, Args: map[string]string{"what": people.NoticeCodes, "at": "2026-11-23T09:30:00Z"}},
		} {
			i.Lang = l
			letter, err := w.Write(t.Context(), i)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(append([]string{letter.Subject, letter.Greeting, letter.Closing}, letter.Paragraphs...), "\n")
			if strings.ContainsAny(text, "[]{}") || letter.Lang != l || len(letter.Paragraphs) == 0 || seen[text] {
				t.Errorf("%s in %s:\n%s", i.Kind, l, text)
			}
			seen[text] = true
			if i.Kind == people.LetterNotice && (!strings.Contains(text, "09:30") || letter.Link != "https://hub.example/"+string(l)+"/account/security") {
				t.Errorf("%s in %s: %s\n%s", i.Kind, l, letter.Link, text)
			}
		}
	}
	var refused *mail.Refused
	if _, err := w.Write(t.Context(), mail.Item{Kind: "poem", Lang: hub.English}); !errors.As(err, &refused) {
		t.Errorf("a letter that nobody knows: %v", err)
	}
	if _, err := w.Write(t.Context(), mail.Item{Kind: people.LetterNotice, Lang: hub.English, Args: map[string]string{"what": people.NoticeCodes}}); err == nil {
		t.Error("a notice without its time is sent")
	}
}
