package site

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"nmirfhub/internal/contribute"
	"nmirfhub/internal/discuss"
	"nmirfhub/internal/hub"
	"nmirfhub/internal/question"
	page "nmirfhub/web/page/discuss"
)

// promoted is the question of a practice that takes what somebody said in a
// talk: what they do.
const promoted = "done"

// promote begins a draft of a practice with what the reader wrote: a post, or,
// with seq 0, the outcome of a thread that they lead. Nothing else of the talk
// goes along, its title neither: that may be the words of another.
func (s *Site) promote(ctx context.Context, r *request, t discuss.Thread, seq int64) error {
	body, lang, err := s.ownWords(ctx, r, t, seq)
	if err != nil {
		return err
	}
	set := s.Writing.Sets.Latest(hub.Practice)
	if set == nil || set.Question(promoted) == nil {
		return hub.ErrNotFound
	}
	if most := set.Question(promoted).Most; most > 0 && utf8.RuneCountInString(body) > most {
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, nil, r.T("discuss.promote.long", "most", r.Number(most)))
	}
	rec, err := s.Writing.Begin(ctx, r.viewer, hub.Practice, lang, firstWords(body))
	if err != nil {
		return err
	}
	answer, err := json.Marshal(body)
	if err != nil {
		return err
	}
	given := contribute.Given{Question: promoted, Answer: answer, Seen: question.Mark(nil)}
	if _, _, err := s.Writing.Answer(ctx, r.viewer, rec.ID, lang, []contribute.Given{given}); err != nil {
		return err
	}
	return r.done(contributionPath(rec), "promote")
}

// ownWords are the words of the reader that a draft is to begin with.
// hub.ErrNotFound where they are somebody else's, or not there.
func (s *Site) ownWords(ctx context.Context, r *request, t discuss.Thread, seq int64) (string, hub.Lang, error) {
	x, err := s.Discuss.Space(ctx, r.viewer, t.Space)
	if err != nil {
		return "", "", err
	}
	if seq == 0 {
		may, err := s.Discuss.Rights(ctx, r.viewer, x, t)
		if err != nil || !may.Lead || t.Outcome == nil {
			return "", "", errors.Join(err, hub.ErrNotFound)
		}
		return t.Outcome.Text(), t.Lang, nil
	}
	_, p, err := s.Discuss.One(ctx, r.viewer, t.Space, t.Slug, seq)
	if err != nil {
		return "", "", err
	}
	if p.By != r.viewer.Person || p.Absent() != "" {
		return "", "", hub.ErrNotFound
	}
	return p.Body, p.Lang, nil
}

// firstWords is what a draft is called until its author names it: the first
// words of the text, without marks.
func firstWords(body string) string {
	const most = 80 // runes
	plain := strings.Fields(strings.Map(func(c rune) rune {
		if strings.ContainsRune("*_#>`[]", c) {
			return -1
		}
		return c
	}, body))
	return shortened(strings.Join(plain, " "), most)
}
