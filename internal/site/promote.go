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

// promote begins a draft of a practice with a post that the reader wrote, or
// whose author consented, or, with seq 0, the outcome of a thread that they lead. Nothing else of the talk
// goes along, its title neither: that may be the words of another.
func (s *Site) promote(ctx context.Context, r *request, t discuss.Thread, seq int64) error {
	body, lang, draft, err := s.wordsFor(ctx, r, t, seq)
	if err != nil {
		return err
	}
	if draft != "" {
		return r.done(contributionPath(&hub.Record{ID: draft}), "promote.of")
	}
	set := s.Writing.Sets.For(hub.Practice, r.viewer.Mechanism)
	if set == nil || set.Question(promoted) == nil {
		return hub.ErrNotFound
	}
	if most := set.Question(promoted).Most; most > 0 && utf8.RuneCountInString(body) > most {
		r.c.Status(fiber.StatusUnprocessableEntity)
		return s.threadPage(ctx, r, page.Composer{Key: hub.NewID()}, nil, r.T("discuss.promote.long", "most", r.Number(most)))
	}
	others, claimed, err := s.claim(ctx, r, t, seq)
	if err != nil {
		return err
	}
	done := "promote"
	if others {
		body, done = claimed, "promote.of"
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
	if others {
		if err := s.Discuss.Drafted(ctx, r.viewer, t.Space, t.Slug, seq, rec.ID); err != nil {
			return err
		}
	}
	return r.done(contributionPath(rec), done)
}

// wordsFor are the words that a draft is to begin with: of the reader, or of
// somebody who consented; or the draft that was made of the latter before.
// hub.ErrNotFound where they are somebody else's, or not there.
func (s *Site) wordsFor(ctx context.Context, r *request, t discuss.Thread, seq int64) (body string, l hub.Lang, draft string, err error) {
	x, err := s.Discuss.Space(ctx, r.viewer, t.Space)
	if err != nil {
		return "", "", "", err
	}
	if seq == 0 {
		may, err := s.Discuss.Rights(ctx, r.viewer, x, t)
		if err != nil || !may.Lead || t.Outcome == nil {
			return "", "", "", errors.Join(err, hub.ErrNotFound)
		}
		return t.Outcome.Text(), t.Lang, "", nil
	}
	_, p, err := s.Discuss.One(ctx, r.viewer, t.Space, t.Slug, seq)
	if err != nil {
		return "", "", "", err
	}
	if p.Absent() != "" || p.By != r.viewer.Person && (!p.Consent.Given(r.viewer.Person) || !s.Records.Writes(r.viewer)) {
		return "", "", "", hub.ErrNotFound
	}
	if p.By != r.viewer.Person {
		draft = p.Consent.Draft
	}
	return s.Discuss.Copy(p.Body, p.Lang), p.Lang, draft, nil
}

// claim takes the words of another before a draft is made of them: from then on
// their consent stands. others is false for words of the reader.
func (s *Site) claim(ctx context.Context, r *request, t discuss.Thread, seq int64) (others bool, body string, err error) {
	if seq == 0 {
		return false, "", nil
	}
	_, p, err := s.Discuss.One(ctx, r.viewer, t.Space, t.Slug, seq)
	if err != nil || p.By == r.viewer.Person {
		return false, "", err
	}
	p, err = s.Discuss.ClaimConsent(ctx, r.viewer, t.Space, t.Slug, seq)
	return true, s.Discuss.Copy(p.Body, p.Lang), err
}

// askConsent asks the author of a post for their consent, for a reader who writes
// records.
func (s *Site) askConsent(ctx context.Context, r *request, space, slug string, seq int64) error {
	if !s.Records.Writes(r.viewer) {
		return hub.ErrNotFound
	}
	return s.Discuss.AskConsent(ctx, r.viewer, space, slug, seq)
}

// consentOf fills what a reader sees and may do of the consent to a post: its
// author answers, and who leads the thread asks.
func (r *request) consentOf(x *page.Post, p discuss.Post, a discuss.Author, leads bool) {
	writes, mine, c := r.site.Records.Writes(r.viewer), p.By == r.viewer.Person, p.Consent
	switch {
	case x.Gone != "":
	case mine:
		x.Promote = writes
		if c == nil {
			return
		}
		x.Consent = &page.Consent{What: r.T("consent.mine." + c.State()), Yes: !c.Yes, No: c.Waits() || c.Yes && c.Claimed.IsZero(), Back: c.Yes && c.Claimed.IsZero()}
	case leads && c == nil:
		x.AskConsent = writes && !a.Gone
	case leads:
		x.Consent = &page.Consent{What: r.T("consent." + c.State())}
		x.Promote = writes && c.Given(r.viewer.Person)
	}
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
